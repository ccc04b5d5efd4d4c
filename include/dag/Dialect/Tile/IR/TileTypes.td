//===- TileTypes.td - What is ready and what is pending -*- tablegen -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_TILE_IR_TILETYPES_TD
#define DAG_DIALECT_TILE_IR_TILETYPES_TD

include "dag/Dialect/Tile/IR/TileDialect.td"
include "mlir/IR/AttrTypeBase.td"

class Tile_Op<string mnemonic, list<Trait> traits = []>
    : Op<Tile_Dialect, mnemonic, traits>;

/// Result types are held against the inferred ones before the op's own verifier,
/// which may take for granted what inference has looked at.
def Tile_InfersFirst : NativeOpTrait<"InfersFirst"> {
  let cppNamespace = "::mlir::dag::tile";
}

/// An op somewhere in a role.
def Tile_InRole : PredOpTrait<
  "it stands in a role", CPred<"$_op.getParentOfType<RoleOp>()">>;
class Tile_RoleBodyOp<string mnemonic, list<Trait> traits = []>
    : Tile_Op<mnemonic, [Tile_InRole] # traits>;

class Tile_Type<string name, string typeMnemonic, list<Trait> traits = []>
    : TypeDef<Tile_Dialect, name, traits> {
  let mnemonic = typeMnemonic;
}

/// A value that stands for something pending: it is used exactly once, in the
/// block in which it is defined.
def Tile_LinearType : TypeInterface<"LinearType"> {
  let cppNamespace = "::mlir::dag::tile";
  let description = [{
    Values of such a type are used exactly once, by an op of the block that
    defines them: a state of a pipeline, a slot, a product in flight. The
    verifier of `tile.kernel` asks for it.
  }];
}

def Tile_ExtentsAttr : AttrDef<Tile_Dialect, "Extents"> {
  let mnemonic = "extents";
  let summary = "how long a tile is along each of its axes";
  let description = [{
    Axes have names, so that a product knows what it contracts.

    Example:

    ```mlir
    #tile.extents<[m = 128, k = 64]>
    ```
  }];
  let parameters = (ins ArrayRefParameter<"::mlir::StringAttr">:$names,
                        ArrayRefParameter<"int64_t">:$sizes);
  let hasCustomAssemblyFormat = 1;
  let extraClassDeclaration = [{
    int64_t getRows() { return getSizes().front(); }
    int64_t getColumns() { return getSizes().back(); }
    int64_t getNumElements() { return getRows() * getColumns(); }
  }];
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

/// Elements with named extents, rows of a swizzle's width in bytes.
class Tile_MemoryType<string name, string mnemonic>
    : Tile_Type<name, mnemonic> {
  let parameters = (ins "::mlir::dag::tile::ExtentsAttr":$extents, "::mlir::Type":$elementType,
                        DefaultValuedParameter<"int64_t", "0">:$swizzle);
  let assemblyFormat = [{
    `<` custom<Extents>($extents) `,` $elementType
    (`,` `swizzle` `=` $swizzle^)? `>`
  }];
  let genVerifyDecl = 1;
}

def Tile_BufferType : Tile_MemoryType<"Buffer", "buffer"> {
  let summary = "a tile in shared memory";
  let description = [{
    Rows of the last axis, one behind the other. With a `swizzle` of 32, 64 or
    128 bytes, a row has that many, and its parts of 16 bytes are exchanged by
    the number of the row, as tensor maps and `wgmma` know it.

    (C1) two axes with different names, extents of at least 1 and at most 2^20.
    (C2) the elements are bf16, f16, f32, f8E4M3FN or f8E5M2.
    (C3) the swizzle is 0, 32, 64 or 128, and a row has as many bytes.
    (C4) with a swizzle, the rows are a multiple of 8, its period.

    Example:

    ```mlir
    !tile.buffer<[m = 128, k = 64], bf16, swizzle = 128>
    ```
  }];
  let extraClassDeclaration = [{
    /// Bytes of the tile.
    int64_t getBytes();
    /// Bytes from one tile to the next in shared memory.
    int64_t getStride();
  }];
}

def Tile_TensorMapType : Tile_MemoryType<"TensorMap", "tensor_map"> {
  let summary = "a matrix in global memory, in boxes that one copy moves";
  let description = [{
    What `cuTensorMapEncodeTiled` makes: the box, the elements and the swizzle
    are those of the type, sizes and strides of the matrix are with the host.
    What a box has beyond the matrix is zeros, and is not stored.

    (C1) to (C4) as of `tile.buffer`.
    (C5) an axis of a box is not longer than 256.

    Example:

    ```mlir
    !tile.tensor_map<[n = 128, k = 64], bf16, swizzle = 128>
    ```
  }];
}

//===----------------------------------------------------------------------===//
// Pipelines
//===----------------------------------------------------------------------===//

def Tile_PipelineType : Tile_Type<"Pipeline", "pipeline"> {
  let summary = "slots of shared memory that go around";
  let description = [{
    `depth` slots, each with one tile of each buffer's type and two barriers:
    full, that its copies have arrived, and empty, that all consumers have read
    it. With `multicast`, copies fill slots of all blocks of the cluster at a
    time, so that a slot is empty when the consumers of all blocks have read
    theirs.

    (C1) the depth is from 1 to 64, and there is at least one buffer.

    Example:

    ```mlir
    !tile.pipeline<4, !tile.buffer<[m = 128, k = 64], bf16, swizzle = 128>,
                      !tile.buffer<[n = 256, k = 64], bf16, swizzle = 128>>
    !tile.pipeline<4, multicast, !a_tile, !b_tile>
    ```
  }];
  let parameters = (ins "int64_t":$depth, "bool":$multicast,
                        ArrayRefParameter<"::mlir::dag::tile::BufferType",
                                          "tiles of a slot">:$buffers);
  let assemblyFormat = [{
    `<` $depth `,` custom<Multicast>($multicast) $buffers `>`
  }];
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Bytes of the tiles of one slot.
    int64_t getSlotBytes();
    /// Bytes of all slots and their barriers.
    int64_t getBytes();
  }];
}

/// A value that belongs to a pipeline and is used once.
class Tile_TokenType<string name, string mnemonic>
    : Tile_Type<name, mnemonic, [Tile_LinearType]> {
  let parameters = (ins "::mlir::dag::tile::PipelineType":$pipeline);
  let assemblyFormat = "`<` $pipeline `>`";
}

def Tile_ProducerType : Tile_TokenType<"Producer", "producer"> {
  let summary = "which slot is filled next, in which phase";
}

def Tile_ConsumerType : Tile_TokenType<"Consumer", "consumer"> {
  let summary = "which slot is read next, in which phase";
}

def Tile_FillingType : Tile_TokenType<"Filling", "filling"> {
  let summary = "a slot whose copies are being issued";
  let description = [{
    `filled` of its tiles have their copy. Nobody reads it: what the copies
    bring is a slot of type `tile.full`, behind a wait.

    (C1) `filled` is from 0 to the number of tiles.
  }];
  let parameters = (ins "::mlir::dag::tile::PipelineType":$pipeline,
                        "int64_t":$filled);
  let assemblyFormat = "`<` $pipeline `,` $filled `>`";
  let genVerifyDecl = 1;
}

def Tile_FullType : Tile_TokenType<"Full", "full"> {
  let summary = "a slot whose copies have arrived";
}

def Tile_ReadType : Tile_TokenType<"Read", "read"> {
  let summary = "a slot that nothing reads any more";
}

def Tile_CopiesType : Tile_Type<"Copies", "copies", [Tile_LinearType]> {
  let summary = "copies of all threads that are in flight";
  let description = [{
    Slots that threads fill by themselves, one group of copies for each:
    `in_flight` are on their way, `empty` may be filled. The others are read, or
    were and are not known to be empty: that is known behind the barrier of the
    next `tile.arrive`.

    (C1) neither is less than 0, and together they are not more than the slots.

    Example:

    ```mlir
    !tile.copies<!ring, in_flight = 2, empty = 1>
    ```
  }];
  let parameters = (ins "::mlir::dag::tile::PipelineType":$pipeline,
                        "int64_t":$inFlight, "int64_t":$empty);
  let assemblyFormat = [{
    `<` $pipeline `,` `in_flight` `=` $inFlight `,` `empty` `=` $empty `>`
  }];
  let genVerifyDecl = 1;
}

def Tile_MatrixType : Tile_Type<"Matrix", "matrix"> {
  let summary = "a matrix in global memory that threads access";
  let description = [{
    Rows one behind the other, at an address of 16 bytes. Two axes with
    different names; how long they are is known at run time.

    (C1) the axes have different names; elements are bf16 or f16.

    Example:

    ```mlir
    !tile.matrix<m, k, bf16>
    ```
  }];
  let parameters = (ins "::mlir::StringAttr":$rows, "::mlir::StringAttr":$columns,
                        "::mlir::Type":$elementType);
  let assemblyFormat = [{
    `<` custom<Name>($rows) `,` custom<Name>($columns) `,` $elementType `>`
  }];
  let genVerifyDecl = 1;
}

//===----------------------------------------------------------------------===//
// Registers
//===----------------------------------------------------------------------===//

def Tile_FragmentType : Tile_Type<"Fragment", "fragment"> {
  let summary = "a tile in the registers of a role";
  let description = [{
    Each warpgroup of the role has 64 rows, which lie in it as `wgmma` leaves its
    accumulator: thread t of 128 has, of rows 16 * (t / 32) + t / 4 % 8 and 8
    below, columns 8 * j + 2 * (t % 4) and the next one.

    With `warps`, the tile is split over a grid of warps, and a warp has its part
    in pieces of 16 x 8 as `mma` has its accumulator, laid out likewise.

    Elements of 16 bits lie two in a register.

    (C1) two axes with different names; the rows are a multiple of 64, the
    columns a multiple of 8; with `warps`, of 16 and 16 for each warp.
    (C2) the elements are f32, bf16 or f16.

    Example:

    ```mlir
    !tile.fragment<[m = 128, n = 256], f32>
    !tile.fragment<[m = 128, n = 128], f32, warps = [2, 4]>
    ```
  }];
  let parameters = (ins "::mlir::dag::tile::ExtentsAttr":$extents,
                        "::mlir::Type":$elementType,
                        OptionalArrayRefParameter<"int64_t",
                                                  "grid of warps">:$warps);
  let assemblyFormat = [{
    `<` custom<Extents>($extents) `,` $elementType
    (`,` `warps` `=` `[` $warps^ `]`)? `>`
  }];
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Registers of 32 bits that a thread has of it.
    int64_t getNumRegisters();
  }];
}

def Tile_ProductType : Tile_Type<"Product", "product", [Tile_LinearType]> {
  let summary = "a sum of products of matrices that are in flight";
  let description = [{
    Each product in flight holds the slot that it reads; `holds` are their
    pipelines, the oldest product first. The sum is read, and a slot released,
    behind `tile.retire` and `tile.finish` only.

    (C1) it holds at least one slot, and the fragment is of f32.

    Example:

    ```mlir
    !tile.product<!tile.fragment<[m = 128, n = 256], f32>, holds !ring>
    ```
  }];
  let parameters = (ins "::mlir::dag::tile::FragmentType":$fragment,
                        ArrayRefParameter<"::mlir::dag::tile::PipelineType",
                                          "pipelines of the slots">:$holds);
  let assemblyFormat = "`<` $fragment `,` `holds` $holds `>`";
  let genVerifyDecl = 1;
}

//===----------------------------------------------------------------------===//
// Stores
//===----------------------------------------------------------------------===//

def Tile_StagingType : Tile_Type<"Staging", "staging", [Tile_LinearType]> {
  let summary = "tiles of shared memory on their way to global memory";
  let description = [{
    `depth` tiles for each warpgroup of a role. A tile is written again when the
    store before has read it; at the end all stores are waited for.

    (C1) the depth is from 1 to 8, and the tile has 64 rows.

    Example:

    ```mlir
    !tile.staging<2, !tile.buffer<[m = 64, n = 64], bf16, swizzle = 128>>
    ```
  }];
  let parameters = (ins "int64_t":$depth,
                        "::mlir::dag::tile::BufferType":$buffer);
  let assemblyFormat = "`<` $depth `,` $buffer `>`";
  let genVerifyDecl = 1;
}

#endif // DAG_DIALECT_TILE_IR_TILETYPES_TD
