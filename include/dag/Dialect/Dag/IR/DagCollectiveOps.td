//===- DagCollectiveOps.td - Collectives and slices -------*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_IR_DAGCOLLECTIVEOPS_TD
#define DAG_DIALECT_DAG_IR_DAGCOLLECTIVEOPS_TD

include "dag/Dialect/Dag/IR/DagPlanBase.td"

/// An op that changes a sharding and nothing else. On all of them:
/// the axes are a list without repetition, major to minor as in a dimension.
class Dag_CollectiveOp<string mnemonic, string theKind,
                       list<Trait> traits = []>
    : Dag_TypedOp<mnemonic, /*theRole=*/theKind,
                  !listconcat([Pure, Dag_CollectiveOpInterface], traits)> {
  let results = (outs Dag_Tensor:$result);
  code kindDeclaration = [{
    ::mlir::dag::CollectiveKind getCollectiveKind() {
      return ::mlir::dag::CollectiveKind::}] # theKind # [{;
    }
  }];
  let roleDeclaration = kindDeclaration # [{
    ::mlir::dag::Role getDeploymentRole() {
      return ::mlir::dag::toRole(getCollectiveKind());
    }
    ::mlir::dag::Role getDeploymentBlock() {
      return ::mlir::dag::Role::Unknown;
    }
  }];
}

/// One with a dimension that is gathered or split.
class Dag_DimCollectiveOp<string mnemonic, string theKind>
    : Dag_CollectiveOp<mnemonic, theKind> {
  code dimsDeclaration = [{
    ::llvm::SmallVector<int64_t, 2> getCollectiveDims() {
      return {static_cast<int64_t>(getDim())};
    }
  }];
  let extraDeclaration = dimsDeclaration;
}

def Dag_AllReduceOp : Dag_CollectiveOp<"all_reduce", "AllReduce"> {
  let summary = "add up a pending sum on all ranks";
  let description = [{
    Moves `2 (n - 1) / n` of the local bytes per rank over a ring of `n` ranks.

    (C1) `axes` is a non-empty list without repetition.
    (C2) the sum over each axis is pending on `x`.

    Result: `x`, no longer pending over `axes`.

    Example:

    ```mlir
    %0 = dag.all_reduce %x over {tp}
        : (tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {} ], partial = {tp}>>)
        -> tensor<1x8x64xbf16>
    ```
  }];
  let arguments = (ins Dag_Tensor:$x, StrArrayAttr:$axes);
  let assemblyFormat = [{
    $x `over` custom<Axes>($axes) attr-dict `:`
    functional-type(operands, results)
  }];
}

def Dag_AllGatherOp : Dag_DimCollectiveOp<"all_gather", "AllGather"> {
  let summary = "collect the shards of a dimension on all ranks";
  let description = [{
    Moves `(n - 1) / n` of the gathered bytes per rank. Padding ends where the
    last axis goes: the result has the dimension without it. A sum that is
    pending over other axes stays so.

    (C1) `axes` is a non-empty list without repetition.
    (C2) `dim` is a dimension of `x`.
    (C3) `axes` are the minor-most axes of the dimension, in its order.
    (C4) of an uneven dimension all axes are gathered at once.

    Result: `x` without `axes` in `dim`.

    Example:

    ```mlir
    %0 = dag.all_gather %x dim 2 over {tp}
        : (tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {tp} ]>>)
        -> tensor<1x8x64xbf16>
    ```
  }];
  let arguments = (ins Dag_Tensor:$x, I64Attr:$dim, StrArrayAttr:$axes);
  let assemblyFormat = [{
    $x `dim` $dim `over` custom<Axes>($axes) attr-dict `:`
    functional-type(operands, results)
  }];
  let hasFolder = 1;
}

def Dag_ReduceScatterOp : Dag_DimCollectiveOp<"reduce_scatter", "ReduceScatter"> {
  let summary = "add up a pending sum, each rank a shard of it";
  let description = [{
    Moves `(n - 1) / n` of the local bytes per rank. A dimension that does not
    divide is padded by `pad` elements, or split `uneven`.

    (C1) `axes` is a non-empty list without repetition.
    (C2) `dim` is a dimension of `x`.
    (C3) the sum over each axis is pending on `x`.
    (C4) `pad` is positive, not set together with `uneven`, and both only on a
    dimension that is not sharded yet; an uneven dimension is not split
    further.

    Result: `x`, no longer pending over `axes`, with `axes` as the minor-most
    axes of `dim`.

    Example:

    ```mlir
    %0 = dag.reduce_scatter %x dim 1 over {tp}
        : (tensor<1x8x64xbf16, #dag.sharding<[{}, {}, {} ], partial = {tp}>>)
        -> tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {} ]>>
    ```
  }];
  let arguments = (ins Dag_Tensor:$x, I64Attr:$dim, StrArrayAttr:$axes,
                       OptionalAttr<I64Attr>:$pad, UnitAttr:$uneven);
  let assemblyFormat = [{
    $x `dim` $dim `over` custom<Axes>($axes) (`pad` $pad^)?
    (`uneven` $uneven^)? attr-dict `:` functional-type(operands, results)
  }];
}

def Dag_SliceOp : Dag_DimCollectiveOp<"slice", "Slice"> {
  let summary = "keep a rank's shard of a dimension";
  let description = [{
    Local: no communication. A dimension that does not divide is padded by
    `pad` elements, or split `uneven`. A sum that is pending over other axes
    stays so.

    (C1) `axes` is a non-empty list without repetition.
    (C2) `dim` is a dimension of `x`.
    (C3) `x` is replicated over `axes`.
    (C4) `pad` is positive, not set together with `uneven`, and both only on a
    dimension that is not sharded yet; an uneven dimension is not split
    further.

    Result: `x` with `axes` as the minor-most axes of `dim`.

    Example:

    ```mlir
    %0 = dag.slice %x dim 1 over {tp} : (tensor<1x8x64xbf16>)
        -> tensor<1x8x64xbf16, #dag.sharding<[{}, {tp}, {} ]>>
    ```
  }];
  let arguments = (ins Dag_Tensor:$x, I64Attr:$dim, StrArrayAttr:$axes,
                       OptionalAttr<I64Attr>:$pad, UnitAttr:$uneven);
  let assemblyFormat = [{
    $x `dim` $dim `over` custom<Axes>($axes) (`pad` $pad^)?
    (`uneven` $uneven^)? attr-dict `:` functional-type(operands, results)
  }];
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Dag_AllToAllOp : Dag_CollectiveOp<"all_to_all", "AllToAll"> {
  let summary = "move a sharding from one dimension to another";
  let description = [{
    Splits `split_dim` and concatenates `concat_dim`: `axes` leave the latter
    for the former. Moves `(n - 1) / n` of the local bytes per rank. A sum that
    is pending over other axes stays so.

    (C1) `axes` is a non-empty list without repetition.
    (C2) `split_dim` and `concat_dim` are different dimensions of `x`.
    (C3) `axes` are the minor-most axes of `concat_dim`, in its order.
    (C4) neither dimension is padded or uneven.

    Result: `x` with `axes` as the minor-most axes of `split_dim`, not of
    `concat_dim`.

    Example:

    ```mlir
    %0 = dag.all_to_all %x split 0 concat 1 over {ep}
        : (tensor<8x16x64xbf16, #dag.sharding<[{}, {ep}, {} ]>>)
        -> tensor<8x16x64xbf16, #dag.sharding<[{ep}, {}, {} ]>>
    ```
  }];
  let arguments = (ins Dag_Tensor:$x, I64Attr:$split_dim, I64Attr:$concat_dim,
                       StrArrayAttr:$axes);
  let assemblyFormat = [{
    $x `split` $split_dim `concat` $concat_dim `over` custom<Axes>($axes)
    attr-dict `:` functional-type(operands, results)
  }];
  let extraDeclaration = [{
    ::llvm::SmallVector<int64_t, 2> getCollectiveDims() {
      return {static_cast<int64_t>(getSplitDim()),
              static_cast<int64_t>(getConcatDim())};
    }
  }];
}

def Dag_BroadcastOp : Dag_CollectiveOp<"broadcast", "Broadcast"> {
  let summary = "copy a tensor from a root to all ranks";
  let description = [{
    (C1) `axes` is a non-empty list without repetition, with one coordinate
    each, none negative.
    (C2) `x` exists only at this root.

    Result: `x`, at no root on `axes`.

    Example:

    ```mlir
    %0 = dag.broadcast %x from {tp = 0}
        : (tensor<1x8xi32, #dag.sharding<[{}, {} ], root = {tp = 0}>>)
        -> tensor<1x8xi32>
    ```
  }];
  let arguments = (ins Dag_Tensor:$x, StrArrayAttr:$axes,
                       DenseI64ArrayAttr:$root);
  let assemblyFormat = [{
    $x `from` custom<RootedAxes>($axes, $root) attr-dict `:`
    functional-type(operands, results)
  }];
  let extraDeclaration = [{
    ::llvm::ArrayRef<int64_t> getRootCoordinates() { return getRoot(); }
  }];
}

def Dag_ScatterOp : Dag_DimCollectiveOp<"scatter", "Scatter"> {
  let summary = "hand out the shards of a dimension from a root";
  let description = [{
    A dimension that does not divide is padded by `pad` elements, or split
    `uneven`.

    (C1) `axes` is a non-empty list without repetition, with one coordinate
    each, none negative.
    (C2) `dim` is a dimension of `x`.
    (C3) `x` exists only at this root.
    (C4) `pad` is positive, not set together with `uneven`, and both only on a
    dimension that is not sharded yet; an uneven dimension is not split
    further.

    Result: `x`, at no root on `axes`, with `axes` as the minor-most axes of
    `dim`.

    Example:

    ```mlir
    %0 = dag.scatter %x dim 0 from {dp = 0}
        : (tensor<8x16xi32, #dag.sharding<[{}, {} ], root = {dp = 0}>>)
        -> tensor<8x16xi32, #dag.sharding<[{dp}, {} ]>>
    ```
  }];
  let arguments = (ins Dag_Tensor:$x, I64Attr:$dim, StrArrayAttr:$axes,
                       DenseI64ArrayAttr:$root, OptionalAttr<I64Attr>:$pad,
                       UnitAttr:$uneven);
  let assemblyFormat = [{
    $x `dim` $dim `from` custom<RootedAxes>($axes, $root) (`pad` $pad^)?
    (`uneven` $uneven^)? attr-dict `:` functional-type(operands, results)
  }];
  let extraDeclaration = dimsDeclaration # [{
    ::llvm::ArrayRef<int64_t> getRootCoordinates() { return getRoot(); }
  }];
}

def Dag_GatherOp : Dag_DimCollectiveOp<"gather", "Gather"> {
  let summary = "collect the shards of a dimension at a root";
  let description = [{
    Padding ends where the last axis goes, as in `dag.all_gather`.

    (C1) `axes` is a non-empty list without repetition, with one coordinate
    each, none negative.
    (C2) `dim` is a dimension of `x`.
    (C3) `axes` are the minor-most axes of the dimension, in its order.
    (C4) of an uneven dimension all axes are gathered at once.

    Result: `x` without `axes` in `dim`, at the root.

    Example:

    ```mlir
    %0 = dag.gather %x dim 0 to {dp = 0}
        : (tensor<8x16xi32, #dag.sharding<[{dp}, {} ]>>)
        -> tensor<8x16xi32, #dag.sharding<[{}, {} ], root = {dp = 0}>>
    ```
  }];
  let arguments = (ins Dag_Tensor:$x, I64Attr:$dim, StrArrayAttr:$axes,
                       DenseI64ArrayAttr:$root);
  let assemblyFormat = [{
    $x `dim` $dim `to` custom<RootedAxes>($axes, $root) attr-dict `:`
    functional-type(operands, results)
  }];
  let extraDeclaration = dimsDeclaration # [{
    ::llvm::ArrayRef<int64_t> getRootCoordinates() { return getRoot(); }
  }];
}

#endif // DAG_DIALECT_DAG_IR_DAGCOLLECTIVEOPS_TD
