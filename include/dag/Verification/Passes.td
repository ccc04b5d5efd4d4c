//===- Passes.td - The checks as passes -------------------*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_VERIFICATION_PASSES_TD
#define DAG_VERIFICATION_PASSES_TD

include "dag/Verification/CheckPass.td"
include "llvm/TableGen/SearchableTable.td"

def CheckPassTable : GenericTable {
  let FilterClass = "Dag_CheckPass";
  let CppTypeName = "CheckPassRow";
  let Fields = ["Check", "Argument", "Create"];
  string TypeOf_Check = "code";
  string TypeOf_Create = "code";
}

def DagVerifyInput : Dag_CheckPass<"Input",
    "Check that the input was understood"> {
  let description = [{
    Reports what of the input could not be read or understood: syntax errors of
    a drawing, nodes without a recognized role, contradictions between name,
    label and cluster, nodes that only edges mention, and ops of a plan that
    are malformed (DAG0xx). An input that was not understood is UNVERIFIED,
    never a pass.

    ```mlir
    dag.sketch @d {
      // warning: DAG002: no rule says what 'foo' is
      %0 = dag.node unknown "foo"
    }
    ```
  }];
}

def DagVerifyAttention : Dag_CheckPass<"Attention",
    "Check that attention is decomposed, in order, on every rank"> {
  let description = [{
    Each layer and tensor-parallel rank has the projections of queries, keys
    and values, the scores, the weights, the dropout where it is stated at all,
    and the weighted sum of the values, once each and in that order (DAG1xx).
  }];
}

def DagVerifyLayers : Dag_CheckPass<"Layers",
    "Check that every layer is there once, in order, in its stage"> {
  let description = [{
    Each layer of the model appears exactly once, in order, in the stage that
    owns it, and is made like its peers; or the sampling of layers is declared
    and true (DAG2xx).
  }];
}

def DagVerifyTransfers : Dag_CheckPass<"Transfers",
    "Check that data changes stage by a send and a recv"> {
  let description = [{
    Wherever data changes stage there are a send and a recv of equal types with
    a buffer, or one node or edge label that names both ends (DAG3xx).
  }];
}

def DagVerifyConnectivity : Dag_CheckPass<"Connectivity",
    "Check that the graph is acyclic and connected"> {
  let description = [{
    There is no cycle; only inputs lack a predecessor and only outputs lack a
    successor; every node is reached from an input and reaches an output; no
    edge is drawn twice, and none is missing that the node's peers have
    (DAG4xx).
  }];
}

def DagVerifyCollectives : Dag_CheckPass<"Collectives",
    "Check the tensor-parallel communication"> {
  let description = [{
    Collectives state kind, group and dimensions, and their kind can produce
    those dimensions; a pending sum is reduced once, before it is used; all
    ranks of a group are alike. In a plan, every op follows its typing rule for
    shardings (DAG5xx).
  }];
}

def DagVerifyStages : Dag_CheckPass<"Stages",
    "Check stages, their devices and their layers"> {
  let description = [{
    Stages are marked; stage, device and layer range agree; stages do not share
    devices (DAG6xx).
  }];
}

def DagVerifyDimensions : Dag_CheckPass<"Dimensions",
    "Check that dimensions agree along every edge"> {
  let description = [{
    Dimensions agree along every edge, inside of each node, with its peers, and
    with the model: heads, groups of heads, uneven shards, element types. In a
    plan, every op follows its typing rule for shapes (DAG7xx).
  }];
}

def DagVerifyDeadlock : Dag_CheckPass<"Deadlock",
    "Check that every rank can run to its end", [
    Dag_EnumOption<"schedule", "schedule", "ScheduleKind", "Forward",
                   "The order of stages and micro-batches where the model "
                   "states none">,
    Option<"microbatches", "microbatches", "int64_t", "1",
           "Micro-batches where the model states none">,
    Option<"bufferedSends", "buffered-sends", "bool", "false",
           "A send does not wait for its recv; by default it does">,
    Option<"lazyPairs", "lazy-pairs", "bool", "false",
           "Each two ranks make a communicator of their own at their first "
           "transfer, as PyTorch does for sends and recvs that are not batched">,
    Option<"directedPairs", "directed-pairs", "bool", "false",
           "What goes from one rank to another and what comes back go over "
           "communicators of their own; by default over one">
    ]> {
  let description = [{
    Runs the order of communication of all ranks under the rules of NCCL: a send
    and its recv meet, those that stand together in a group progress together, and
    the collectives of a communicator match in order, with equal kind, count,
    element type and root, and in one order over all communicators inside of a
    group (DAG8xx). Where no rank can move, the smallest cycle
    of waiting ranks is shown. Ranks that behave alike are simulated once. Calls
    of several communicators on several streams need events that order them.

    Takes plans, schedules without a model, and the programs of ranks. Beyond
    the checklist: `--verify-pipeline` makes it for plans and programs.

    ```mlir
    // error: DAG801: expected every rank to run to its end, but 2 ranks wait
    // for each other
    dag.schedule "mine" microbatches = 1
        table ["0SEND_F0,0RECV_B0", "1SEND_B0,1RECV_F0"]
    ```
  }];
}

def DagVerifyMemory : Dag_CheckPass<"Memory",
    "Check that each rank fits into its device", [
    Option<"device", "device", "std::string", "\"\"",
           "The device of all ranks, such as h100-sxm">,
    Option<"devices", "devices", "std::string", "\"\"",
           "JSON file with further devices">,
    Option<"reserve", "reserve", "std::string", "\"3584MiB\"",
           "Memory that the context and libraries but NCCL take, with a unit">,
    Option<"ncclReserve", "nccl-reserve", "std::string", "\"auto\"",
           "Memory that NCCL takes, with a unit; auto goes by the size of the "
           "largest group">,
    Dag_EnumOption<"attention", "attention", "AttentionMemory", "Fused",
                   "What attention keeps in memory">,
    Dag_EnumOption<"experts", "experts", "ExpertMemory", "Grouped",
                   "The tokens that experts have memory for">,
    Option<"padExperts", "pad-experts", "std::string", "\"auto\"",
           "Multiples that kernels pad the matrices of experts to: of hidden "
           "and inner size (256x128), of what a product sums over (256), or "
           "none; auto goes by how they are stored">,
    Option<"microBatches", "micro-batches", "std::string", "\"auto\"",
           "Batches whose KV caches are held at one time; auto for those of "
           "the schedule, or one without it">,
    Option<"kvPercent", "kv-percent", "int64_t", "90",
           "Percent of what is free that engines give to the KV cache">,
    Option<"memoryPercent", "memory-percent", "int64_t", "100",
           "Percent of the device that engines take for all there is">,
    Option<"imbalancePercent", "imbalance-percent", "int64_t", "20",
           "Percent that the fullest rank may need more than the average">
    ], ["device", "devices", "reserve", "ncclReserve", "attention", "experts",
        "padExperts", "microBatches", "kvPercent", "memoryPercent",
        "imbalancePercent"]> {
  let description = [{
    Adds up what a rank of each stage holds: weights, KV cache, activations,
    buffers of transfers, and what libraries keep, and compares it with the
    device (DAG9xx). Beyond the checklist: `--verify-pipeline` makes it where a
    device is named.

    ```mlir
    // error: DAG901: expected a rank of stage 0 to fit into the 79.10 GiB of
    // h100-sxm, but it needs 141.22 GiB
    dag.stage 0 on pp = 0 { ... }
    ```
  }];
}

def DagVerifyEquivalence : Dag_CheckPass<"Equivalence",
    "Check that a plan computes what its model computes", [
    Option<"reference", "reference", "std::string", "\"\"",
           "The model to compute, in the same module; @logical where no "
           "configuration is named">,
    Option<"config", "config", "std::string", "\"\"",
           "The model's config.json, whose program is to be computed">,
    Option<"ignoreFields", "ignore-fields", "std::string", "\"\"",
           "Fields of the configuration that are not looked at, with commas">,
    Option<"proof", "proof", "bool", "true",
           "Prove it; without, only the trial is made, and what it finds no "
           "difference in is not verified">,
    Dag_EnumOption<"trial", "trial", "TrialMode", "Off",
                   "Run the plan beside its reference, on small sizes">,
    Option<"trialSeed", "trial-seed", "int64_t", "0",
           "Other random weights and inputs of the trial">
    ], [], ["reference", "config", "ignoreFields", "trial", "trialSeed"]> {
  let description = [{
    Typing rules prove that each op computes its share. This proves the rest:
    without shardings, padding, collectives, stages and transfers the plan is
    the reference again, value by value (DAG79x); outputs and writes to KV
    caches are equal, whatever the weights and inputs are. A plan that breaks
    typing rules is UNVERIFIED. Beyond the checklist: `--verify-pipeline` makes
    it where a reference is named, or, for a plan, a configuration: what that
    leaves open (sizes, phase, types that are stored) is as the plan has it. It
    takes time linear in the ops of both. Programs of ranks beside a plan that
    are not made of it are UNVERIFIED in any case.

    With `trial`, the plan is run as well: with all sizes as small as its splits
    allow, the programs of its ranks have to give the numbers of the reference
    (DAG797). What could not be tried leaves the proof as it is.

    ```mlir
    // error: DAG790: expected epsilon = 1e-05 of dag.rms_norm, but got 1e-06
    %1 = dag.rms_norm %0, %w epsilon = 1.0e-06 : ...
    ```
  }];
  let dependentDialects = ["::mlir::dag::DagDialect"];
}

def DagState : PassBase<"dag-state", "::mlir::dag::VerificationPass"> {
  let summary = "State facts of the deployment for the checks behind";
  let description = [{
    What is stated here is the strongest fact that the checks behind it know: it
    comes before what a drawing states, and decides what its devices share. What
    the drawing or the plan states otherwise is a finding (DAG009, DAG207,
    DAG706). A configuration says what the model is, and gives numbers to symbols
    such as `hidden` in the shapes of a drawing.

    ```sh
    dag-opt --dag-state="tp=2 layers=32" --dag-verify-layers plan.dot
    ```
  }];
  let options = [
    Option<"tp", "tp", "std::string", "\"\"",
           "Ranks of a tensor-parallel group">,
    Option<"pp", "pp", "std::string", "\"\"", "Pipeline stages">,
    Option<"dp", "dp", "std::string", "\"\"", "Data-parallel replicas">,
    Option<"ep", "ep", "std::string", "\"\"",
           "Ranks that share the experts of a layer">,
    Option<"cp", "cp", "std::string", "\"\"",
           "Ranks that share a sequence: context or sequence parallelism">,
    Option<"layers", "layers", "std::string", "\"\"", "Layers of the model">,
    Option<"config", "config", "std::string", "\"\"",
           "The model's config.json">,
    Option<"ignoreFields", "ignore-fields", "std::string", "\"\"",
           "Fields of the configuration that are not looked at, with commas">,
    Option<"reference", "reference", "std::string", "\"\"",
           "The model to compute, in the same module, which is no plan itself; "
           "@logical where no configuration is named">
  ];
  let dependentDialects = ["::mlir::dag::DagDialect"];
}

def DagReport : PassBase<"dag-report", "::mlir::dag::VerificationPass"> {
  let summary = "Report what the checks before it have found";
  let description = [{
    Emits the findings of the deferred checks that ran before it as
    diagnostics, writes the report, and fails unless the verdict is PASS. A
    check of the checklist that did not run is UNVERIFIED.
  }];
  let options = [
    Option<"report", "report", "std::string", "\"\"",
           "File for the report; .md, .json or .sarif by ending, or - for "
           "Markdown on standard output">,
    Dag_EnumOption<"failOn", "fail-on", "Severity", "Medium",
                   "Least severity that fails">,
    Option<"maxDiagnostics", "max-diagnostics", "unsigned", "20",
           "Diagnostics to emit for one code; 0 is all of them">
  ];
}

#endif // DAG_VERIFICATION_PASSES_TD
