//===- Passes.td - Passes that make and mend plans -*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_TRANSFORMS_PASSES_TD
#define DAG_DIALECT_DAG_TRANSFORMS_PASSES_TD

include "dag/Support/EnumOption.td"

class Dag_TransformPass<string argument, string theSummary>
    : Pass<argument, "::mlir::ModuleOp"> {
  let summary = theSummary;
  let dependentDialects = ["::mlir::dag::DagDialect"];
}

def DagAbsorbLatent : Dag_TransformPass<"dag-absorb-latent",
    "Let latent attention work on latent vectors"> {
  let description = [{
    Sets `absorbed` on `dag.latent_attention`, a reference's aside: queries are
    brought into the basis of the latent vectors, which are keys and values of
    one head for all, and values are made of their weighted sum (arXiv
    2405.04434, 2.1.2). What it computes is the same; the proof of equivalence
    knows it by the associativity of products of matrices.

    With `when=auto`, where it takes fewer operations. For each head and
    sequence, with `s` new tokens that look back at `t`, latents of `c`
    elements, and heads of `n` elements without a position, `r` with one, and
    `v` of values, that is

    ```text
    s c (n + v) + s t (2 c + r)  <  t c (n + v) + s t (n + r + v)
    ```

    so for decode with a long context, and not for prefill. Sizes that are not
    known stay as they are.

    ```mlir
    %0 = dag.latent_attention %x, ... dropout = 0.0 absorbed : ...
    ```
  }];
  let options = [
    Dag_EnumOption<"when", "when", "Absorption", "Auto", "Where it is done">
  ];
  let statistics = [
    Statistic<"numAbsorbed", "num-absorbed", "Latent attention absorbed">
  ];
}

def DagDecomposeAttention : Dag_TransformPass<"dag-decompose-attention",
    "Split attention into its parts"> {
  let description = [{
    Replaces `dag.attention` and `dag.latent_attention` by their parts, in the
    order in which the composite types, in a logical program or in a sharded
    one. The output projection has the type of the composite and its
    discardable attributes; all parts have its location.

    Every attention has a `dag.dropout`: with `p = 0.0` where the composite
    states none, so that a plan says that nothing was forgotten.

    ```mlir
    %0 = dag.attention %x, %wq, %wk, %wv, %wo heads = 4 kv_heads = 2
        head_dim = 16 scale = 0.25 mask causal theta = 10000.0 : ...
    ```

    becomes

    ```mlir
    %q, %k, %v = dag.qkv_projection %x, %wq, %wk, %wv
        heads = 4 kv_heads = 2 head_dim = 16 : ...
    %0 = dag.rotary_embedding %q theta = 10000.0 : ...
    %1 = dag.rotary_embedding %k theta = 10000.0 : ...
    %2 = dag.attention_scores %0, %1 scale = 0.25 : ...
    %3 = dag.attention_weights %2 mask causal : ...
    %4 = dag.dropout %3 p = 0.0 : ...
    %5 = dag.attention_output %4, %v : ...
    %6 = dag.output_projection %5, %wo : ...
    ```
  }];
  let statistics = [
    Statistic<"numDecomposed", "num-decomposed", "Composites split">
  ];
}

def DagDecomposeComposites : Dag_TransformPass<"dag-decompose-composites",
    "Split all composites into their parts"> {
  let description = [{
    Replaces every op that says what it is made of (`CompositeOpInterface`), in
    whatever dialect and in a logical program or a sharded one; parts that are
    composites themselves stay. Attention is split as by
    `--dag-decompose-attention`, and

    ```mlir
    %0 = dag.moe %x, %r, %g, %u, %d top_k = 2 capacity = 16 activation silu : ...
    ```

    becomes

    ```mlir
    %w, %i = dag.router %x, %r top_k = 2 : ...
    %0 = dag.dispatch %x, %i experts = 8 capacity = 16 : ...
    %1 = dag.slice %0 dim 0 over {ep} : ...
    %2 = dag.expert silu %1, %g, %u, %d : ...
    %3 = dag.combine %2, %w, %i : ...
    ```

    with a slice where the experts are sharded.
  }];
  let statistics = [
    Statistic<"numDecomposed", "num-decomposed", "Composites split">
  ];
}

def DagFuseAttention : Dag_TransformPass<"dag-fuse-attention",
    "Gather the parts of attention into one op"> {
  let description = [{
    The inverse of `--dag-decompose-attention`, in the place of the output
    projection: what one pass makes, the other takes back, but for a dropout
    that was not stated, which comes back as `dropout = 0.0`.

    A chain of parts stays as it is if something else uses what is between
    them, if queries and keys are treated in different ways, if a collective
    stands between the parts, or if a part has discardable attributes, which
    would be lost. With `explain`, a remark at the output projection gives the
    reason.
  }];
  let options = [
    Option<"explain", "explain", "bool", "false",
           "Say as a remark why a chain is not fused">
  ];
  let statistics = [
    Statistic<"numFused", "num-fused", "Chains fused">,
    Statistic<"numLeft", "num-left", "Output projections left">
  ];
}

def DagLocalize : Dag_TransformPass<"dag-localize",
    "Turn plans into the programs of their ranks"> {
  let description = [{
    Replaces each model on a mesh by a `dag.program` of the same name: a
    function for each stage, with local shapes, for the ranks that the stage
    stands on, or a function for each set of ranks whose shards are equal in
    size where uneven shards differ. What comes from outside is taken through
    `dag.to_local`, what is handed out goes through `dag.from_local`;
    collectives become calls on communicators over their axes, sends and recvs
    become calls on the communicator of the stages' axis, or stay on the rank.
    Attention in one op is decomposed first.

    Padding is zero where it arises, and cut off by what gathers it
    (docs/Rationale/RankPrograms.md).

    ```mlir
    dag.model @m on @mesh {
      %x = dag.input "x" : tensor<8x4xf32, #dag.sharding<[{tp}, {} ]>>
      %0 = dag.all_gather %x dim 0 over {tp} : ... -> tensor<8x4xf32>
      dag.output %0 "y" : tensor<8x4xf32>
    }
    ```

    becomes, with two ranks on `tp`,

    ```mlir
    dag.program @m on @mesh {
      dag.communicator @tp over {tp}
      dag.function @main ranks 0 to 1 {
        %x = dag.input "x" : tensor<8x4xf32, #dag.sharding<[{tp}, {} ]>>
        %0 = dag.to_local %x : ... -> tensor<4x4xf32>
        %1 = dag.comm.all_gather %0 dim 0 on @tp : ... -> tensor<8x4xf32>
        %2 = dag.from_local %1 : (tensor<8x4xf32>) -> tensor<8x4xf32>
        dag.output %2 "y" : tensor<8x4xf32>
      }
    }
    ```
  }];
  let statistics = [
    Statistic<"numFunctions", "num-functions", "Functions made">
  ];
}

def DagMakeSchedule : Dag_TransformPass<"dag-make-schedule",
    "Write the actions of each rank into a schedule"> {
  let description = [{
    Puts a `dag.schedule` with a table into each model with a mesh, in the place
    of the one that is there: what each rank of the pipeline computes, and the
    sends and recvs between. Ranks and chunks are those of the model's stages. A
    module without a model gets a schedule for `stages` stages on
    `stages / chunks` ranks.

    ```mlir
    // with kind=1f1b stages=2 microbatches=2
    dag.schedule "1f1b" microbatches = 2
        table ["0F0,0SEND_F0,0F1,0SEND_F1,0RECV_B0,0B0,0RECV_B1,0B1",
               "1RECV_F0,1F0,1B0,1SEND_B0,1RECV_F1,1F1,1B1,1SEND_B1"]
    ```
  }];
  let options = [
    Dag_EnumOption<"kind", "kind", "ScheduleKind", "OneFOneB",
                   "The order of stages and micro-batches">,
    Option<"stages", "stages", "int64_t", "0",
           "Stages, where there is no model">,
    Option<"microbatches", "microbatches", "int64_t", "1", "Micro-batches">,
    Option<"chunks", "chunks", "int64_t", "1",
           "Stages on each rank, where there is no model">,
    Option<"slots", "slots", "int64_t", "0",
           "Buffers of each transfer where there is no model; 0 is as many as "
           "it takes">,
    Option<"transfers", "transfers", "bool", "true",
           "Write sends and recvs, too">
  ];
}

def DagShard : Dag_TransformPass<"dag-shard",
    "Split a model over the devices of a tensor-parallel group"> {
  let description = [{
    Gives every parameter of a logical program its sharding and inserts the
    collectives: column- and row-parallel linear layers, vocabulary-parallel
    embedding and head, KV heads replicated where there are fewer of them than
    ranks, experts over an axis of their own with all-to-all, and sums reduced
    as late and as few as the types allow.

    Takes models without a mesh whose attention is in parts. Each gets a mesh,
    `<[ep,] tp[, rep]>`, where `rep` is there if the KV heads are fewer than
    `tp` and more than one. Sizes that do not divide are padded; heads and
    experts that do not divide are errors. A model that is marked as a
    reference stays as it is.

    ```mlir
    // before
    %0 = dag.linear %x, %w as ffn_down
        : (tensor<1x8x256xbf16>, tensor<64x256xbf16>) -> tensor<1x8x64xbf16>
    // after, with tp = 2
    %0 = dag.linear %x, %w as ffn_down : (
        tensor<1x8x256xbf16, #dag.sharding<[{}, {}, {tp} ]>>,
        tensor<64x256xbf16, #dag.sharding<[{}, {tp} ]>>)
        -> tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {} ], partial = {tp}>>
    %1 = dag.all_reduce %0 over {tp}
        : (tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {} ], partial = {tp}>>)
        -> tensor<1x8x64xbf16>
    ```
  }];
  let options = [
    Option<"axis", "axis", "std::string", "\"tp\"",
           "Name of the mesh axis">,
    Option<"tp", "tp", "int64_t", "1", "Ranks of a tensor-parallel group">,
    Option<"ep", "ep", "int64_t", "1",
           "Ranks that experts are spread over, beside tensor parallelism">,
    Option<"sequenceParallel", "sequence-parallel", "bool", "false",
           "Keep the hidden states split over the sequence between layers' "
           "blocks: reduce-scatter and all-gather in place of all-reduce">
  ];
  let statistics = [
    Statistic<"numAllReduces", "all-reduces", "All-reduces inserted">,
    Statistic<"numAllGathers", "all-gathers", "All-gathers inserted">,
    Statistic<"numReduceScatters", "reduce-scatters",
              "Reduce-scatters inserted">,
    Statistic<"numAllToAlls", "all-to-alls", "All-to-alls inserted">,
    Statistic<"numSplitParameters", "split-parameters",
              "Parameters that are split">,
    Statistic<"numCopiedLayers", "copied-layers",
              "Layers copied from an equal one">
  ];
}

def DagPartitionStages : Dag_TransformPass<"dag-partition-stages",
    "Put layers into pipeline stages"> {
  let description = [{
    Puts the layers of a model, and what stands before and behind them, into
    stages on a new mesh axis `pp`, the first one. A model that is not sharded
    gets a mesh of that axis alone.

    Layers are shared out evenly, and earlier stages take the remainder (10
    layers over 4 stages: 3, 3, 2, 2); or by `layout`; or, with `balance=cost`,
    such that the longest stage is as short as can be. For that, each op takes
    the longer of computing and of moving its bytes, or the time of its
    collective, on a rank of `device` (docs/Memory.md); the embedding counts with
    the first layer, and the head with the last. Layers that are sampled go where
    they are in the whole model, and every stage has to have one.

    With `virtual` stages, stage `i` stands on coordinate `i mod stages`, and
    the stages of a coordinate share its devices (interleaved schedules). With
    `placement=v` they go there and back, so that the first and the last of each
    `2 stages` stand on one coordinate (schedules `zbv` and `dualpipev`). A
    device's number is its place in `devices`, which goes over the coordinates
    of the mesh in row-major order, `pp` first.

    Parameters go to the stage that uses them, and to each stage that does where
    there are several; other ops go behind the last layer that they depend on
    or, if they depend on none, before the first one that uses them. Inputs and
    outputs stay in the model: an input is an operand of each stage that uses
    it. What goes from one stage to another is a result and an operand, for
    `--dag-insert-transfers` to carry.

    Before:

    ```mlir
    dag.model @m {
      %0 = dag.input "x" : tensor<1x8x64xbf16>
      %1 = dag.layer 0 (%a = %0 : tensor<1x8x64xbf16>)
          -> (tensor<1x8x64xbf16>) {
        dag.yield %a : tensor<1x8x64xbf16>
      }
      %2 = dag.layer 1 (%a = %1 : tensor<1x8x64xbf16>)
          -> (tensor<1x8x64xbf16>) {
        dag.yield %a : tensor<1x8x64xbf16>
      }
      dag.output %2 "y" : tensor<1x8x64xbf16>
    }
    ```

    After `--dag-partition-stages=stages=2`, layers left out:

    ```mlir
    dag.mesh @mesh <pp = 2>
    dag.model @m on @mesh {
      %0 = dag.input "x" : tensor<1x8x64xbf16>
      %1 = dag.stage 0 on pp = 0 layers [0, 1) devices [0]
          (%a = %0 : tensor<1x8x64xbf16>) -> (tensor<1x8x64xbf16>) { ... }
      %2 = dag.stage 1 on pp = 1 layers [1, 2) devices [1]
          (%a = %1 : tensor<1x8x64xbf16>) -> (tensor<1x8x64xbf16>) { ... }
      dag.output %2 "y" : tensor<1x8x64xbf16>
    }
    ```
  }];
  let options = [
    Option<"stages", "stages", "int64_t", "1", "Number of pipeline ranks">,
    Option<"virtualStages", "virtual", "int64_t", "1",
           "Stages on each pipeline rank (interleaved)">,
    Dag_EnumOption<"placement", "placement", "Placement", "Loop",
                   "How virtual stages are dealt out">,
    ListOption<"layout", "layout", "int64_t",
               "Layers of each stage, in order; excludes balance">,
    Dag_EnumOption<"balance", "balance", "Balance", "Layers",
                   "What is balanced">,
    Option<"device", "device", "std::string", "\"h100-sxm\"",
           "Device that balance=cost counts the time on, by its name in the "
           "table of devices">,
    Option<"deviceFile", "device-file", "std::string", "\"\"",
           "File of devices, in JSON, that adds to the table">,
    ListOption<"devices", "devices", "int64_t",
               "Device of each coordinate, row-major; ascending by default">
  ];
  let statistics = [
    Statistic<"numStages", "stages", "Number of stages">,
    Statistic<"numCopies", "copied-parameters",
              "Number of parameters that several stages hold">
  ];
}

def DagInsertTransfers : Dag_TransformPass<"dag-insert-transfers",
    "Insert send and recv where data changes stage"> {
  let description = [{
    Inserts `dag.send`, `dag.recv` and the buffer between them wherever a value
    of one stage is used in a later one: one transfer for each value and stage
    that uses it, straight from the stage that makes it. What goes to an output
    stays as it is. It is an error if data goes to an earlier stage, or if a sum
    is pending on it. A second run finds nothing to do.

    A tensor that is sharded travels as it is, each rank its shard. Of a tensor
    of `N` bytes that each of the `n` ranks of a stage holds, all ranks send all
    of it: `n N` bytes in one step. With scatter-gather each rank sends another
    shard of it and the ranks behind gather: `N` bytes between the stages, and
    `(n - 1) / n N` for each rank in a gather of `n - 1` steps. By default that
    is done where a rank and its peer are on different nodes, whose network is
    slower than what joins the devices of one. The last dimension is split if it
    divides by `n`, or else the one before it, and so on; if none divides, the
    tensor travels whole.

    Before:

    ```mlir
    %1 = dag.stage 0 on pp = 0 (%a = %0 : tensor<64xf32>) -> (tensor<64xf32>) {
      dag.yield %a : tensor<64xf32>
    }
    %2 = dag.stage 1 on pp = 1 (%a = %1 : tensor<64xf32>) -> (tensor<64xf32>) {
      dag.yield %a : tensor<64xf32>
    }
    ```

    After:

    ```mlir
    dag.comm_buffer @stage0_to_1 : tensor<64xf32>, slots = 2
    %1 = dag.stage 0 on pp = 0 (%a = %0 : tensor<64xf32>)
        -> (!dag.transfer<tensor<64xf32>>) {
      %s = dag.send %a to 1 via @stage0_to_1
          : (tensor<64xf32>) -> !dag.transfer<tensor<64xf32>>
      dag.yield %s : !dag.transfer<tensor<64xf32>>
    }
    %2 = dag.stage 1 on pp = 1 (%a = %1 : !dag.transfer<tensor<64xf32>>)
        -> (tensor<64xf32>) {
      %r = dag.recv %a from 0 via @stage0_to_1
          : (!dag.transfer<tensor<64xf32>>) -> tensor<64xf32>
      dag.yield %r : tensor<64xf32>
    }
    ```
  }];
  let options = [
    Option<"slots", "slots", "int64_t", "2",
           "Tensors that a buffer holds">,
    Dag_EnumOption<"scatterGather", "scatter-gather", "ScatterGather", "Auto",
                   "Where a replicated tensor is sent in shards that are "
                   "gathered on arrival">,
    Option<"devicesPerNode", "devices-per-node", "int64_t", "8",
           "Devices that share the fast interconnect">
  ];
  let statistics = [
    Statistic<"numTransfers", "transfers", "Number of transfers">,
    Statistic<"numScattered", "scattered-transfers",
              "Number of transfers in shards that are gathered on arrival">
  ];
}

def DagKeepReference : Dag_TransformPass<"dag-keep-reference",
    "Keep a copy of the logical program, to compare the plan with"> {
  let description = [{
    Puts a copy of each model beside it, as `@logical`, with the attribute
    `dag.reference`. Transforms leave the copy alone and checks do not read it.
    Nothing is done where there is a reference already. A model that is on a
    mesh is no logical program, which is an error.

    Before:

    ```mlir
    dag.model @llama { ... }
    ```

    After:

    ```mlir
    dag.model @llama { ... }
    dag.model @logical attributes {dag.reference} { ... }
    ```
  }];
}

def DagVerifyPhase
    : PassBase<"dag-verify-phase", "::mlir::dag::VerificationPass"> {
  let summary = "Report every op that does not belong to a phase";
  let description = [{
    The gate at the border of a phase: `sketch` (what somebody drew), `plan`
    (logical programs are in this phase as well) or `rank`. Ops say by a trait
    which phases they belong to; every op of the dialect that lacks it is
    reported, and of other dialects those that belong to other phases only.
    References are left out: a later phase is compared with them.

    ```mlir
    // with phase=rank
    // error: expected only ops of the rank phase, but got 'dag.all_reduce'
    %0 = dag.all_reduce %x over {tp} : ...
    ```
  }];
  let options = [
    Dag_EnumOption<"phase", "phase", "DialectPhase", "Plan",
                   "The phase that ops have to belong to">
  ];
}

#endif // DAG_DIALECT_DAG_TRANSFORMS_PASSES_TD
