//===- TileThreadOps.td - Copies and products of all threads -*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_TILE_IR_TILETHREADOPS_TD
#define DAG_DIALECT_TILE_IR_TILETHREADOPS_TD

include "dag/Dialect/Tile/IR/TileTypes.td"
include "mlir/Dialect/LLVMIR/LLVMOpBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

//===----------------------------------------------------------------------===//
// What a GPU without a tensor memory accelerator has (sm_80): all threads copy,
// in groups, meet, and multiply, warp by warp.
//===----------------------------------------------------------------------===//

def Tile_MatrixOp : Tile_RoleBodyOp<"matrix", [Pure]> {
  let summary = "a matrix in global memory";
  let description = [{
    `rows` by `columns` elements at `pointer`. What is copied beyond them is
    zeros, and is not written.

    Example:

    ```mlir
    %x = tile.matrix %pointer, %m, %k : !tile.matrix<m, k, bf16>
    ```
  }];
  let arguments = (ins LLVM_AnyPointer:$pointer, I32:$rows, I32:$columns);
  let results = (outs Tile_MatrixType:$result);
  let assemblyFormat = [{
    $pointer `,` $rows `,` $columns attr-dict `:` type($pointer) `,`
    qualified(type($result))
  }];
}

def Tile_OpenOp : Tile_Op<"open", [HasParent<"RoleOp">]> {
  let summary = "slots of shared memory that the role fills by itself";
  let description = [{
    All of them are empty.

    (C1) the role is the only one of its kernel, and has no elected thread.
    (C2) nothing is in flight, and all slots are empty.

    Example:

    ```mlir
    %copies = tile.open : !tile.copies<!ring, in_flight = 0, empty = 3>
    ```
  }];
  let results = (outs Tile_CopiesType:$result);
  let assemblyFormat = "attr-dict `:` qualified(type($result))";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Bytes of all slots.
    int64_t getBytes();
  }];
}

def Tile_FetchOp : Tile_RoleBodyOp<"fetch", [
    InferTypeOpAdaptor, Tile_InfersFirst, SameVariadicOperandSize]> {
  let summary = "issue the copies of the next slot, as one group";
  let description = [{
    A copy for each tile of the slot, in their order, from a row and a column of
    a matrix.

    (C1) a slot is empty.
    (C2) a matrix for each tile, with its axes and elements; rows of the tile
    have 128 bytes and their swizzle.

    Example:

    ```mlir
    %1 = tile.fetch %0, %x[%m, %k], %w[%n, %k]
        : !tile.copies<!ring, in_flight = 0, empty = 3>, !x, !w
    ```
  }];
  let arguments = (ins Tile_CopiesType:$copies,
                       Variadic<Tile_MatrixType>:$matrices,
                       Variadic<I32>:$rows, Variadic<I32>:$columns);
  let results = (outs Tile_CopiesType:$result);
  let assemblyFormat = [{
    $copies `,` custom<Sources>($matrices, $rows, $columns) attr-dict `:`
    qualified(type($copies)) `,` type($matrices)
  }];
  let hasVerifier = 1;
}

def Tile_ArriveOp : Tile_RoleBodyOp<"arrive", [InferTypeOpAdaptor, Tile_InfersFirst]> {
  let summary = "wait for the oldest group of copies, and meet";
  let description = [{
    Behind the barrier the copies of all threads have arrived, and all of them
    have read `read`: its slot is empty.

    (C1) a group is in flight.
    (C2) `read` is a slot of the same pipeline.

    Example:

    ```mlir
    %slot, %2 = tile.arrive %1 : !tile.copies<!ring, in_flight = 2, empty = 1>
    %next, %4 = tile.arrive %3, %read
        : !tile.copies<!ring, in_flight = 2, empty = 0>, !tile.read<!ring>
    ```
  }];
  let arguments = (ins Tile_CopiesType:$copies, Optional<Tile_ReadType>:$read);
  let results = (outs Tile_FullType:$slot, Tile_CopiesType:$rest);
  let assemblyFormat = [{
    $copies (`,` $read^)? attr-dict `:` qualified(type($copies))
    (`,` qualified(type($read))^)?
  }];
  let hasVerifier = 1;
}

def Tile_CloseOp : Tile_RoleBodyOp<"close"> {
  let summary = "wait for all copies";
  let description = [{
    Nothing is filled or read any more.

    Example:

    ```mlir
    tile.close %copies : !tile.copies<!ring, in_flight = 2, empty = 0>
    ```
  }];
  let arguments = (ins Tile_CopiesType:$copies);
  let assemblyFormat = "$copies attr-dict `:` qualified(type($copies))";
}

def Tile_DiscardOp : Tile_RoleBodyOp<"discard"> {
  let summary = "a slot that is not filled again";
  let description = [{
    Example:

    ```mlir
    tile.discard %read : !tile.read<!ring>
    ```
  }];
  let arguments = (ins Tile_ReadType:$read);
  let assemblyFormat = "$read attr-dict `:` qualified(type($read))";
}

def Tile_ZeroOp : Tile_RoleBodyOp<"zero", [Pure]> {
  let summary = "a fragment of zeros";
  let description = [{
    (C1) the fragment is of f32.

    Example:

    ```mlir
    %sum = tile.zero : !tile.fragment<[m = 128, n = 128], f32, warps = [2, 4]>
    ```
  }];
  let results = (outs Tile_FragmentType:$result);
  let assemblyFormat = "attr-dict `:` qualified(type($result))";
  let hasVerifier = 1;
}

def Tile_AccumulateOp : Tile_RoleBodyOp<"accumulate", [InferTypeOpAdaptor, Tile_InfersFirst]> {
  let summary = "add the product of two tiles of a slot";
  let description = [{
    Contracts the axis that the two tiles have in common; each warp makes its
    part of `sum`. The slot is read behind it.

    (C1) two different tiles of the slot.
    (C2) they have one axis in common, the last of both, of one extent, with
    rows of 128 bytes and their swizzle; elements are bf16 or f16, of one type.
    (C3) `sum` has the other axes and extents, and as many warps as the role.

    Example:

    ```mlir
    %sum, %read = tile.accumulate %slot[0, 1] into %zero
        : !tile.full<!ring>, !sum
    ```
  }];
  let arguments = (ins Tile_FullType:$slot, I64Attr:$lhs, I64Attr:$rhs,
                       Tile_FragmentType:$sum);
  let results = (outs Tile_FragmentType:$result, Tile_ReadType:$read);
  let assemblyFormat = [{
    $slot `[` $lhs `,` $rhs `]` `into` $sum attr-dict `:`
    qualified(type($slot)) `,` qualified(type($sum))
  }];
  let hasVerifier = 1;
}

def Tile_WriteOp : Tile_RoleBodyOp<"write"> {
  let summary = "write a fragment to global memory, thread by thread";
  let description = [{
    `row` and `column` are those of the first element. What is beyond the matrix
    is not written.

    (C1) the fragment has warps, and elements of 16 bits, those of the matrix.
    (C2) it has the axes of the matrix.

    Example:

    ```mlir
    tile.write %y to %matrix[%m, %n] : !rounded, !tile.matrix<m, n, bf16>
    ```
  }];
  let arguments = (ins Tile_FragmentType:$value, Tile_MatrixType:$matrix,
                       I32:$row, I32:$column);
  let assemblyFormat = [{
    $value `to` $matrix `[` $row `,` $column `]` attr-dict `:`
    qualified(type($value)) `,` qualified(type($matrix))
  }];
  let hasVerifier = 1;
}

#endif // DAG_DIALECT_TILE_IR_TILETHREADOPS_TD
