//===- DagSharding.td - Sharding as part of a type --------*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_IR_DAGSHARDING_TD
#define DAG_DIALECT_DAG_IR_DAGSHARDING_TD

include "dag/Dialect/Dag/IR/DagDialect.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/TensorEncoding.td"

def Dag_DimShardingAttr : AttrDef<Dag_Dialect, "DimSharding"> {
  let mnemonic = "dim_sharding";
  let summary = "how one dimension of a tensor is split";
  let description = [{
    The mesh axes that split one dimension, from the major to the minor one,
    and what happens to a size that does not divide by their product `n`:

    * nothing said: the size must divide;
    * `pad p`: the dimension ends in `p` elements of padding, and with them it
      divides. What they hold is unspecified, and no op lets them be seen: a
      sum over the dimension leaves them out;
    * `uneven`: the first `size mod n` ranks hold one element more.

    (C1) an axis stands at most once in the list.
    (C2) `pad` is not negative.
    (C3) `pad` and `uneven` exclude each other and need an axis.

    Example:

    ```mlir
    #dag.dim_sharding<{tp, rep} pad 63>
    ```
  }];
  let parameters = (ins
    ArrayRefParameter<"::mlir::StringAttr">:$axes,
    "int64_t":$pad,
    "bool":$uneven
  );
  let builders = [
    AttrBuilder<(ins CArg<"ArrayRef<StringAttr>", "{}">:$axes), [{
      return $_get($_ctxt, axes, /*pad=*/int64_t(0), /*uneven=*/false);
    }]>
  ];
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    bool isSharded() const { return !getAxes().empty(); }
    /// True if the axes alone do not say how large the shards are.
    bool isRagged() const { return getPad() != 0 || getUneven(); }
    bool contains(StringAttr axis) const;
  }];
}

def Dag_ShardingAttr : AttrDef<Dag_Dialect, "Sharding", [
    DeclareAttrInterfaceMethods<VerifiableTensorEncoding>]> {
  let mnemonic = "sharding";
  let summary = "how a tensor lies on a mesh of devices";
  let description = [{
    The encoding of a `RankedTensorType` of GLOBAL shape. Every dimension has
    an ordered list of mesh axes; over all other axes of the mesh the tensor is
    replicated, except for

    * `partial = {tp}`: every coordinate of these axes holds a summand, the
      tensor is the sum of them, and the sum is still pending;
    * `root = {tp = 0}`: the tensor exists only at this coordinate of the axis,
      as before a broadcast or a scatter and after a gather.

    A tensor that is replicated everywhere has no encoding, so that its type
    has one form.

    (C1) an axis is used at most once in the whole attribute.
    (C2) something is sharded, partial or at a root.
    (C3) coordinates of roots are not negative.
    (C4) as an encoding: as many dimensions as the tensor has.
    (C5) as an encoding: less padding than the dimension has elements.

    Example:

    ```mlir
    tensor<1x2048x8192xbf16, #dag.sharding<[{}, {}, {tp} ]>>
    tensor<1x2048x8192xbf16, #dag.sharding<[{}, {}, {} ], partial = {tp}>>
    tensor<32064x1024xf32, #dag.sharding<[{tp} pad 63, {} ]>>
    tensor<1x2048xi32, #dag.sharding<[{}, {} ], root = {tp = 0}>>
    ```
  }];
  let parameters = (ins
    ArrayRefParameter<"::mlir::dag::DimShardingAttr">:$dims,
    ArrayRefParameter<"::mlir::StringAttr">:$partial,
    ArrayRefParameter<"::mlir::StringAttr">:$rootAxes,
    ArrayRefParameter<"int64_t">:$rootCoordinates
  );
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    unsigned getRank() const { return getDims().size(); }
    /// Calls `callback` on every axis that the attribute names.
    void walkAxes(function_ref<void(StringAttr)> callback) const;
  }];
}

#endif // DAG_DIALECT_DAG_IR_DAGSHARDING_TD
