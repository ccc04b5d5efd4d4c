//===- TileRegisterOps.td - Products and fragments -*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_TILE_IR_TILEREGISTEROPS_TD
#define DAG_DIALECT_TILE_IR_TILEREGISTEROPS_TD

include "dag/Dialect/Tile/IR/TileTypes.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Tile_MultiplyOp : Tile_RoleBodyOp<"multiply", [
    InferTypeOpAdaptor, Tile_InfersFirst]> {
  let summary = "issue the product of two tiles of a slot";
  let description = [{
    Contracts the axis that the two tiles have in common; the sum has the other
    axis of the first tile as rows, and that of the second as columns. It adds
    to `sum`, or begins one. The product is in flight, and so are those that
    `sum` has in flight; it holds the slot until it is done.

    (C1) two different tiles of the slot.
    (C2) they have one axis in common, the last of both, of one extent that is
    a multiple of 32 bytes.
    (C3) their elements are of one type, bf16, f16 or of 8 bits, and they have
    one swizzle, not none.
    (C4) 64 rows for each warpgroup of the role; at most 256 columns, a
    multiple of 8.
    (C5) `sum` has the axes, extents and elements of the product.

    Example:

    ```mlir
    %1 = tile.multiply %slot[0, 1] : !tile.full<!ring>
    %2 = tile.multiply %next[0, 1] into %1 : !tile.full<!ring>, !tile.product<!sum, holds !ring>
    ```
  }];
  let arguments = (ins
    Tile_FullType:$slot, I64Attr:$lhs, I64Attr:$rhs,
    Optional<AnyTypeOf<[Tile_FragmentType, Tile_ProductType]>>:$sum);
  let results = (outs Tile_ProductType:$result);
  let assemblyFormat = [{
    $slot `[` $lhs `,` $rhs `]` (`into` $sum^)? attr-dict `:` qualified(type($slot))
    (`,` qualified(type($sum))^)?
  }];
  let hasVerifier = 1;
}

def Tile_RetireOp : Tile_RoleBodyOp<"retire", [
    InferTypeOpAdaptor, Tile_InfersFirst]> {
  let summary = "wait for the oldest product in flight";
  let description = [{
    Its slot is read; the sum stays in flight with the other products.

    (C1) at least two products are in flight.

    Example:

    ```mlir
    %sum, %slot = tile.retire %2 : !tile.product<!sum, holds !ring, !ring>
    ```
  }];
  let arguments = (ins Tile_ProductType:$product);
  let results = (outs Tile_ProductType:$sum, Tile_ReadType:$slot);
  let assemblyFormat = "$product attr-dict `:` qualified(type($product))";
}

def Tile_FinishOp : Tile_RoleBodyOp<"finish", [
    InferTypeOpAdaptor, Tile_InfersFirst]> {
  let summary = "wait for the last product in flight";
  let description = [{
    The sum can be read.

    (C1) one product is in flight.

    Example:

    ```mlir
    %sum, %slot = tile.finish %2 : !tile.product<!sum, holds !ring>
    ```
  }];
  let arguments = (ins Tile_ProductType:$product);
  let results = (outs Tile_FragmentType:$sum, Tile_ReadType:$slot);
  let assemblyFormat = "$product attr-dict `:` qualified(type($product))";
}

def Tile_ElementwiseOp : Tile_RoleBodyOp<"elementwise", [
    Pure, SingleBlock, SameOperandsAndResultType]> {
  let summary = "compute each element of a fragment by itself";
  let description = [{
    The body has an argument for each operand.

    (C1) fragments of f32, and a body of ops without effects and regions that
    takes and yields f32.

    Example:

    ```mlir
    %y = tile.elementwise %x : !sum {
    ^bb0(%e: f32):
      %zero = arith.constant 0.0 : f32
      %r = arith.maximumf %e, %zero : f32
      tile.yield %r : f32
    }
    ```
  }];
  let arguments = (ins Variadic<Tile_FragmentType>:$operands);
  let results = (outs Tile_FragmentType:$result);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $operands attr-dict `:` qualified(type($result)) $body
  }];
  let hasRegionVerifier = 1;
}

def Tile_YieldOp : Tile_Op<"yield", [
    Pure, Terminator, HasParent<"ElementwiseOp">]> {
  let summary = "the element that a body computes";
  let description = [{
    Example:

    ```mlir
    tile.yield %y : f32
    ```
  }];
  let arguments = (ins F32:$value);
  let assemblyFormat = "$value attr-dict `:` qualified(type($value))";
}

def Tile_CastOp : Tile_RoleBodyOp<"cast", [Pure]> {
  let summary = "round the elements of a fragment to 16 bits";
  let description = [{
    To the nearest, ties to even.

    (C1) the operand is of f32, the result of bf16 or f16, with its axes,
    extents and warps.

    Example:

    ```mlir
    %y = tile.cast %x : !sum to !tile.fragment<[m = 128, n = 256], bf16>
    ```
  }];
  let arguments = (ins Tile_FragmentType:$operand);
  let results = (outs Tile_FragmentType:$result);
  let assemblyFormat = [{
    $operand attr-dict `:` qualified(type($operand)) `to` qualified(type($result))
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Stores
//===----------------------------------------------------------------------===//

def Tile_StagingOp : Tile_Op<"staging", [HasParent<"RoleOp">]> {
  let summary = "tiles of shared memory for what the role stores";
  let description = [{
    (C1) the role has no elected thread.

    Example:

    ```mlir
    %0 = tile.staging : !tile.staging<2, !tile.buffer<[m = 64, n = 64], bf16, swizzle = 128>>
    ```
  }];
  let results = (outs Tile_StagingType:$result);
  let assemblyFormat = "attr-dict `:` qualified(type($result))";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Bytes of the tiles of all warpgroups of the role.
    int64_t getBytes();
  }];
}

def Tile_StoreOp : Tile_RoleBodyOp<"store", [
    TypesMatchWith<"the staging stays the same type", "staging", "result",
                   "$_self">]> {
  let summary = "store a fragment, by way of shared memory";
  let description = [{
    Each warpgroup writes its rows into the next tile of the staging when the
    store before has read it, and issues the copy to global memory: a box after
    the other. The fragment's registers are free afterwards. `row` and `column`
    are of the first element of the role's tile.

    (C1) fragment, map and tile are of one type of 16 bits.
    (C2) the box of the map is the tile of the staging.
    (C3) the fragment has the axes of the box, and a multiple of its columns;
    128 bytes of a swizzle are a row of the box.

    Example:

    ```mlir
    %1 = tile.store %y to %d[%m, %n] via %0
        : !tile.fragment<[m = 128, n = 256], bf16>, !d_map, !tile.staging<2, !box>
    ```
  }];
  let arguments = (ins Tile_FragmentType:$value, Tile_TensorMapType:$map,
                       I32:$row, I32:$column, Tile_StagingType:$staging);
  let results = (outs Tile_StagingType:$result);
  let assemblyFormat = [{
    $value `to` $map `[` $row `,` $column `]` `via` $staging attr-dict `:`
    qualified(type($value)) `,` qualified(type($map)) `,` qualified(type($staging))
  }];
  let hasVerifier = 1;
}

def Tile_DrainOp : Tile_RoleBodyOp<"drain"> {
  let summary = "wait until all stores have read their tiles";
  let description = [{
    Before a block ends its shared memory must have been read.

    Example:

    ```mlir
    tile.drain %1 : !tile.staging<2, !box>
    ```
  }];
  let arguments = (ins Tile_StagingType:$staging);
  let assemblyFormat = "$staging attr-dict `:` qualified(type($staging))";
}

#endif // DAG_DIALECT_TILE_IR_TILEREGISTEROPS_TD
