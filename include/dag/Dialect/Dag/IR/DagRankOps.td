//===- DagRankOps.td - Programs of ranks ------------------*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_IR_DAGRANKOPS_TD
#define DAG_DIALECT_DAG_IR_DAGRANKOPS_TD

include "dag/Dialect/Dag/IR/DagPlanBase.td"

//===----------------------------------------------------------------------===//
// Structure
//===----------------------------------------------------------------------===//

def Dag_ProgramOp : Dag_Op<"program", [
    Dag_RankPhase, IsolatedFromAbove, NoTerminator, SingleBlock, Symbol,
    SymbolTable, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "what the ranks of a mesh run";
  let description = [{
    Holds the communicators of a mesh's ranks, the buffers of their transfers,
    and functions. A rank is the row-major index of its coordinates. It runs the
    functions that name it, in the order in which they stand. `figures` are
    those of the model.

    (C1) the mesh exists.
    (C2) functions name ranks of the mesh.
    (C3) every tensor is local: only what is handed to the program, and what it
    hands out, has a sharding.

    Example:

    ```mlir
    dag.mesh @m <tp = 2>
    dag.program @p on @m {
      dag.communicator @tp over {tp}
      dag.function @main ranks 0 to 1 {
        %0 = dag.input "x" : tensor<8xf32, #dag.sharding<[{tp} ]>>
        %1 = dag.to_local %0
            : (tensor<8xf32, #dag.sharding<[{tp} ]>>) -> tensor<4xf32>
        %2 = dag.comm.all_gather %1 dim 0 on @tp
            : (tensor<4xf32>) -> tensor<8xf32>
        %3 = dag.from_local %2 : (tensor<8xf32>) -> tensor<8xf32>
        dag.output %3 "y" : tensor<8xf32>
      }
    }
    ```
  }];
  let arguments = (ins
    SymbolNameAttr:$sym_name,
    FlatSymbolRefAttr:$mesh,
    OptionalAttr<DictionaryAttr>:$figures
  );
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $sym_name `on` $mesh (`figures` $figures^)? attr-dict-with-keyword $body
  }];
  let extraClassDeclaration = [{
    /// The mesh, or null for a dangling name.
    MeshOp lookupMesh(SymbolTableCollection *tables = nullptr);
  }];
}

def Dag_CommunicatorOp : Dag_Op<"communicator", [
    Dag_RankPhase, HasParent<"ProgramOp">, Symbol,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "ranks that communicate with each other";
  let description = [{
    One communicator for each coordinate on the other axes of the mesh: its
    members differ on `axes` only, and are numbered by their position on them,
    major to minor. All ranks make theirs before they run a function, in the
    order in which communicators stand in the program: a split of all ranks by
    color.

    (C1) `axes` is a non-empty list without repetition.
    (C2) the mesh has the axes.

    Example:

    ```mlir
    dag.communicator @ep_tp over {ep, tp}
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, StrArrayAttr:$axes);
  let assemblyFormat = "$sym_name `over` custom<Axes>($axes) attr-dict";
  let hasVerifier = 1;
}

def Dag_FunctionOp : Dag_Op<"function", [
    Dag_RankPhase, HasParent<"ProgramOp">, IsolatedFromAbove, NoTerminator,
    SingleBlock, Symbol]> {
  let summary = "what some ranks run";
  let description = [{
    The program of the ranks of one stage, or, where shards of these differ in
    size, of those with equal sizes. `devices` are those of `ranks`, in
    ascending order of these.

    (C1) the stage is not negative.
    (C2) there is at least one rank.
    (C3) `devices` has one entry for each rank, which is not negative.

    Example:

    ```mlir
    dag.function @stage1 stage 1 ranks 2 to 3 {
    }
    ```
  }];
  let arguments = (ins
    SymbolNameAttr:$sym_name,
    OptionalAttr<Dag_Index>:$stage,
    Dag_RangesAttr:$ranks,
    OptionalAttr<DenseI64ArrayAttr>:$devices
  );
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $sym_name (`stage` $stage^)? `ranks` custom<Ranges>($ranks)
    (`devices` `=` $devices^)? attr-dict-with-keyword $body
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Borders to the outside
//===----------------------------------------------------------------------===//

class Dag_BorderOp<string mnemonic> : Dag_Op<mnemonic, [
    Dag_RankPhase, Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let arguments = (ins Dag_Tensor:$x);
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = [{
    $x attr-dict `:` functional-type(operands, results)
  }];
}

def Dag_ToLocalOp : Dag_BorderOp<"to_local"> {
  let summary = "a rank's shard of what comes from outside";
  let description = [{
    What the rank that runs the function holds of a parameter, an input, a cache
    or a constant of global shape. Padding of it is zero. The shard of a tensor
    at a root exists on the ranks at the root only.

    (C1) no sum is pending on `x`.
    (C2) the result has the element type of `x`, no sharding, and the shape of
    the shard on every rank of the function.

    Example:

    ```mlir
    %l = dag.to_local %w : (tensor<8x4xf32, #dag.sharding<[{tp}, {} ]>>)
        -> tensor<4x4xf32>
    ```
  }];
}

def Dag_FromLocalOp : Dag_BorderOp<"from_local"> {
  let summary = "the tensor whose shards ranks hold";
  let description = [{
    The inverse of `dag.to_local`: names the tensor that all ranks together
    hand out.

    (C1) no sum is pending on the result.
    (C2) `x` has the element type of the result, no sharding, and the shape of
    the shard on every rank of the function.

    Example:

    ```mlir
    %g = dag.from_local %l
        : (tensor<1x8x64xf32>)
        -> tensor<1x8x128xf32, #dag.sharding<[{}, {}, {tp} ]>>
    ```
  }];
}

//===----------------------------------------------------------------------===//
// Where a rank's shard lies
//===----------------------------------------------------------------------===//

def Dag_ShardOffsetOp : Dag_Op<"shard_offset", [
    Dag_RankPhase, Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "where a rank's shard of a dimension begins";
  let description = [{
    The index, in a dimension of `size` elements (padding included) that is
    split as `split` says, of the first element that the rank holds; `negated`,
    what leads from an index in the dimension to the one in the rank's shard.

    (C1) `size` is not negative, and less than `size` of it is padding.
    (C2) the mesh has the axes, and `size` divides by their product, or has an
    element for each rank if it is uneven.
    (C3) the result is of integers and of rank 0, 1 or 2, with the index in each
    element.

    Example:

    ```mlir
    %0 = dag.shard_offset 128256 split <{tp}> : tensor<i32>
    ```
  }];
  let arguments = (ins I64Attr:$size, Dag_DimShardingAttr:$split,
                       UnitAttr:$negated);
  let results = (outs AnyTypeOf<[0DTensorOf<[AnyInteger]>,
                                1DTensorOf<[AnyInteger]>,
                                2DTensorOf<[AnyInteger]>]>:$result);
  let assemblyFormat = [{
    $size `split` $split (`negated` $negated^)? attr-dict `:` type($result)
  }];
  let hasVerifier = 1;
}

/// An op on local tensors, with a typing rule.
class Dag_LocalOp<string mnemonic, string theRole, string theBlock,
                  list<Trait> traits = []>
    : Dag_TypedOp<mnemonic, theRole, !listconcat([Pure], traits), theBlock,
                  Dag_RankPhase>;

def Dag_DynamicSliceOp : Dag_LocalOp<"dynamic_slice", "Slice", "Unknown"> {
  let summary = "neighboring elements of a dimension";
  let description = [{
    `size` elements of dimension `dim` from `offset` on, from the first one if
    none is given.

    (C1) `dim` is a dimension of `x`.
    (C2) `size` is positive and at most the dimension.
    (C3) `offset` is an integer tensor of rank 0.
    (C4) at run time the elements lie within the dimension.
    (C5) operands are what a rank holds: they have no sharding.

    Result: `x` with `size` elements in `dim`.

    Example:

    ```mlir
    %1 = dag.dynamic_slice %x dim 1 at %0 size 4
        : (tensor<1x8x64xf32>, tensor<i32>) -> tensor<1x4x64xf32>
    ```
  }];
  let arguments = (ins Dag_Tensor:$x, Optional<Dag_Tensor>:$offset,
                       I64Attr:$dim, I64Attr:$size);
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = [{
    $x `dim` $dim (`at` $offset^)? `size` $size attr-dict `:`
    functional-type(operands, results)
  }];
}

def Dag_PadOp : Dag_LocalOp<"pad", "Concat", "Unknown"> {
  let summary = "zeros behind a dimension";
  let description = [{
    (C1) `dim` is a dimension of `x`.
    (C2) `amount` is positive.
    (C3) `x` is what a rank holds: it has no sharding.

    Result: `x` with `amount` more elements in `dim`, which are zero.

    Example:

    ```mlir
    %0 = dag.pad %x dim 1 by 3 : (tensor<1x5x64xf32>) -> tensor<1x8x64xf32>
    ```
  }];
  let arguments = (ins Dag_Tensor:$x, I64Attr:$dim, I64Attr:$amount);
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = [{
    $x `dim` $dim `by` $amount attr-dict `:`
    functional-type(operands, results)
  }];
}

//===----------------------------------------------------------------------===//
// Ops of a plan that have to know where their shard lies
//===----------------------------------------------------------------------===//

def Dag_VocabParallelEmbeddingOp
    : Dag_LocalOp<"vocab_parallel_embedding", "Embedding", "Unknown"> {
  let summary = "look up the vectors of tokens in some rows of a table";
  let description = [{
    `result[i..., h] = table[ids[i...] - offset, h]`, zero where the table does
    not have this row: another rank does (arXiv 1909.08053).

    (C1) `ids` are integers; `table` is of rank 2, of floats.
    (C2) `offset` is an integer tensor of rank 0.
    (C3) operands are what a rank holds: they have no sharding.

    Result: dimensions of `ids`, then the second of `table`.

    Example:

    ```mlir
    %1 = dag.vocab_parallel_embedding %ids, %table from %0
        : (tensor<1x8xi32>, tensor<64x64xf32>, tensor<i32>)
        -> tensor<1x8x64xf32>
    ```
  }];
  let arguments = (ins Dag_Tensor:$ids, Dag_Tensor:$table, Dag_Tensor:$offset);
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = [{
    $ids `,` $table `from` $offset attr-dict `:`
    functional-type(operands, results)
  }];
}

def Dag_AlibiOp : Dag_LocalOp<"alibi", "AttentionMask", "Attention",
                              [AttrSizedOperandSegments]> {
  let summary = "add what distance costs, for some of the heads";
  let description = [{
    `result[b, h, i, j] = scores[b, h, i, j] + slope(offset + h) * (j - i)`,
    with query `i` at `position + i`, and the slopes that
    `dag.attention_weights` has for `heads` heads.

    (C1) `scores` are of rank 4, of floats.
    (C2) `offset` is an integer tensor of rank 0, and so is `position`, or it has
    one for each sequence.
    (C3) `heads` and `base` are positive.
    (C4) operands are what a rank holds: they have no sharding.

    Result: the type of `scores`.

    Example:

    ```mlir
    %1 = dag.alibi %s from %0 heads = 8 base = 8.0
        : (tensor<1x4x8x8xf32>, tensor<i32>) -> tensor<1x4x8x8xf32>
    ```
  }];
  let arguments = (ins Dag_Tensor:$scores, Optional<Dag_Tensor>:$position,
                       Optional<Dag_Tensor>:$offset, I64Attr:$heads,
                       F64Attr:$base);
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = [{
    $scores (`at` $position^)? (`from` $offset^)? `heads` `=` $heads
    `base` `=` custom<Number>($base) attr-dict `:`
    functional-type(operands, results)
  }];
}

def Dag_ExpertParallelCombineOp
    : Dag_LocalOp<"expert_parallel_combine", "Combine", "Moe"> {
  let summary = "weighted sum of the results of some experts";
  let description = [{
    `dag.combine` over the experts from `offset` on, as many as `y` has.
    `indices` are those of all experts; what other experts give is not added.

    (C1) `y` and `weights` are of rank 3, of floats of one type, `indices` of
    rank 3, of integers.
    (C2) `weights` and `indices` have one shape.
    (C3) `offset` is an integer tensor of rank 0.
    (C4) operands are what a rank holds: they have no sharding.

    Result: `[batch, sequence, hidden]`.

    Example:

    ```mlir
    %1 = dag.expert_parallel_combine %y, %w, %i from %0
        : (tensor<4x16x64xf32>, tensor<1x8x2xf32>, tensor<1x8x2xi32>,
           tensor<i32>) -> tensor<1x8x64xf32>
    ```
  }];
  let arguments = (ins Dag_Tensor:$y, Dag_Tensor:$weights, Dag_Tensor:$indices,
                       Dag_Tensor:$offset);
  let results = (outs Dag_Tensor:$result);
  let assemblyFormat = [{
    $y `,` $weights `,` $indices `from` $offset attr-dict `:`
    functional-type(operands, results)
  }];
}

#endif // DAG_DIALECT_DAG_IR_DAGRANKOPS_TD
