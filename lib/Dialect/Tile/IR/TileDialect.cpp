//===- TileDialect.cpp - Types of kernels -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Tile/IR/Tile.h"
#include "dag/Support/BytecodeVersion.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::dag::tile;

/// Extents in brackets, as types have them.
static ParseResult parseExtents(AsmParser &parser, ExtentsAttr &extents);
static void printExtents(AsmPrinter &printer, ExtentsAttr extents);

/// `multicast` and a comma, or nothing.
static ParseResult parseMulticast(AsmParser &parser, bool &multicast) {
  multicast = succeeded(parser.parseOptionalKeyword("multicast"));
  return multicast ? parser.parseComma() : success();
}
static void printMulticast(AsmPrinter &printer, bool multicast) {
  if (multicast)
    printer << "multicast,";
}

/// The name of an axis.
static ParseResult parseName(AsmParser &parser, StringAttr &name) {
  std::string text;
  if (parser.parseKeywordOrString(&text))
    return failure();
  name = parser.getBuilder().getStringAttr(text);
  return success();
}
static void printName(AsmPrinter &printer, StringAttr name) {
  printer.printKeywordOrString(name.getValue());
}

#include "dag/Dialect/Tile/IR/TileDialect.cpp.inc"

#include "dag/Dialect/Tile/IR/TileTypeInterfaces.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dag/Dialect/Tile/IR/TileAttributes.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "dag/Dialect/Tile/IR/TileTypes.cpp.inc"

//===----------------------------------------------------------------------===//
// Extents
//===----------------------------------------------------------------------===//

static ParseResult parseExtents(AsmParser &parser, ExtentsAttr &extents) {
  SmallVector<StringAttr, 2> names;
  SmallVector<int64_t, 2> sizes;
  auto parseAxis = [&]() -> ParseResult {
    std::string name;
    if (parser.parseKeywordOrString(&name) || parser.parseEqual() ||
        parser.parseInteger(sizes.emplace_back()))
      return failure();
    names.push_back(parser.getBuilder().getStringAttr(name));
    return success();
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, parseAxis))
    return failure();
  extents = ExtentsAttr::get(parser.getContext(), names, sizes);
  return success();
}

static void printExtents(AsmPrinter &printer, ExtentsAttr extents) {
  printer << '[';
  llvm::interleaveComma(llvm::zip_equal(extents.getNames(), extents.getSizes()),
                        printer, [&](auto axis) {
                          auto [name, size] = axis;
                          printer.printKeywordOrString(name.getValue());
                          printer << " = " << size;
                        });
  printer << ']';
}

Attribute ExtentsAttr::parse(AsmParser &parser, Type) {
  ExtentsAttr extents;
  if (parser.parseLess() || parseExtents(parser, extents) ||
      parser.parseGreater())
    return {};
  return extents;
}

void ExtentsAttr::print(AsmPrinter &printer) const {
  printer << '<';
  printExtents(printer, *this);
  printer << '>';
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

using EmitError = function_ref<InFlightDiagnostic()>;

/// (C1) of tiles: two axes with different names.
static LogicalResult verifyExtents(EmitError emitError, ExtentsAttr extents) {
  constexpr int64_t kMaxExtent = int64_t(1) << 20;
  ArrayRef<StringAttr> names = extents.getNames();
  if (names.size() != 2)
    return emitError() << "(C1) expected two axes, but got " << names.size();
  if (names[0] == names[1])
    return emitError() << "(C1) expected axes of different names, but both are "
                       << names[0];
  for (auto [name, size] : llvm::zip_equal(names, extents.getSizes()))
    if (size < 1 || size > kMaxExtent)
      return emitError() << "(C1) expected an extent from 1 to " << kMaxExtent
                         << " of axis " << name << ", but got " << size;
  return success();
}

/// (C1) to (C4) of what has elements in memory.
static LogicalResult verifyMemory(EmitError emitError, ExtentsAttr extents,
                                  Type elementType, int64_t swizzle) {
  if (failed(verifyExtents(emitError, extents)))
    return failure();
  // (C2) Element types.
  if (!isa<BFloat16Type, Float16Type, Float32Type, Float8E4M3FNType,
           Float8E5M2Type>(elementType))
    return emitError() << "(C2) expected elements of bf16, f16, f32, f8E4M3FN "
                          "or f8E5M2, but got "
                       << elementType;
  // (C3) Swizzle.
  if (swizzle == 0)
    return success();
  if (swizzle != 32 && swizzle != 64 && swizzle != 128)
    return emitError() << "(C3) expected a swizzle of 0, 32, 64 or 128 bytes, "
                          "but got "
                       << swizzle;
  int64_t rowBytes =
      extents.getColumns() * (elementType.getIntOrFloatBitWidth() / 8);
  if (rowBytes != swizzle)
    return emitError() << "(C3) expected rows of " << swizzle
                       << " bytes, those of the swizzle, but got " << rowBytes;
  // (C4) Its period.
  if (extents.getRows() % 8 != 0)
    return emitError() << "(C4) expected a multiple of 8 rows for a swizzle, "
                          "but got "
                       << extents.getRows();
  return success();
}

LogicalResult BufferType::verify(EmitError emitError, ExtentsAttr extents,
                                 Type elementType, int64_t swizzle) {
  return verifyMemory(emitError, extents, elementType, swizzle);
}

int64_t BufferType::getBytes() {
  return getExtents().getNumElements() *
         (getElementType().getIntOrFloatBitWidth() / 8);
}

int64_t BufferType::getStride() {
  return llvm::alignTo(getBytes(), kTileAlignment);
}

LogicalResult TensorMapType::verify(EmitError emitError, ExtentsAttr extents,
                                    Type elementType, int64_t swizzle) {
  constexpr int64_t kMaxBox = 256;
  if (failed(verifyMemory(emitError, extents, elementType, swizzle)))
    return failure();
  // (C5) Boxes.
  for (auto [name, size] :
       llvm::zip_equal(extents.getNames(), extents.getSizes()))
    if (size > kMaxBox)
      return emitError() << "(C5) expected at most " << kMaxBox
                         << " elements of a box along axis " << name
                         << ", but got " << size;
  return success();
}

//===----------------------------------------------------------------------===//
// Pipelines
//===----------------------------------------------------------------------===//

LogicalResult PipelineType::verify(EmitError emitError, int64_t depth,
                                   bool multicast,
                                   ArrayRef<BufferType> buffers) {
  constexpr int64_t kMaxDepth = 64;
  // (C1) Depth and tiles.
  if (depth < 1 || depth > kMaxDepth)
    return emitError() << "(C1) expected from 1 to " << kMaxDepth
                       << " slots, but got " << depth;
  if (buffers.empty())
    return emitError() << "(C1) expected a tile in each slot";
  return success();
}

int64_t PipelineType::getSlotBytes() {
  int64_t bytes = 0;
  for (BufferType buffer : getBuffers())
    bytes += buffer.getStride();
  return bytes;
}

int64_t PipelineType::getBytes() {
  return getDepth() * (getSlotBytes() + 2 * kBarrierBytes);
}

LogicalResult FillingType::verify(EmitError emitError, PipelineType pipeline,
                                  int64_t filled) {
  // (C1) Tiles that have a copy.
  int64_t tiles = pipeline.getBuffers().size();
  if (filled < 0 || filled > tiles)
    return emitError() << "(C1) expected from 0 to " << tiles
                       << " tiles with a copy, but got " << filled;
  return success();
}

LogicalResult CopiesType::verify(EmitError emitError, PipelineType pipeline,
                                 int64_t inFlight, int64_t empty) {
  // (C1) As many slots as there are.
  int64_t slots = pipeline.getDepth();
  if (inFlight < 0 || empty < 0 || inFlight > slots || empty > slots - inFlight)
    return emitError() << "(C1) expected " << slots
                       << " slots that are in flight, empty or read, but got "
                       << inFlight << " in flight and " << empty << " empty";
  return success();
}

LogicalResult MatrixType::verify(EmitError emitError, StringAttr rows,
                                 StringAttr columns, Type elementType) {
  // (C1) Axes and elements.
  if (rows == columns)
    return emitError() << "(C1) expected axes of different names, but both are "
                       << rows;
  if (!isa<BFloat16Type, Float16Type>(elementType))
    return emitError() << "(C1) expected elements of bf16 or f16, but got "
                       << elementType;
  return success();
}

//===----------------------------------------------------------------------===//
// Registers and stores
//===----------------------------------------------------------------------===//

/// (C1) of a fragment that is split over a grid of warps.
static LogicalResult verifyGrid(EmitError emitError, ExtentsAttr extents,
                                ArrayRef<int64_t> warps) {
  constexpr int64_t kPiece = 16, kMaxWarps = 32;
  if (warps.size() != 2)
    return emitError() << "(C1) expected a grid of warps with two extents, but "
                          "got "
                       << warps.size();
  for (auto [name, size, count] :
       llvm::zip_equal(extents.getNames(), extents.getSizes(), warps)) {
    if (count < 1 || count > kMaxWarps)
      return emitError() << "(C1) expected 1 to " << kMaxWarps
                         << " warps along axis " << name << ", but got "
                         << count;
    if (size % (kPiece * count) != 0)
      return emitError() << "(C1) expected a multiple of " << kPiece
                         << " elements for each of " << count
                         << " warps along axis " << name << ", but got "
                         << size;
  }
  return success();
}

LogicalResult FragmentType::verify(EmitError emitError, ExtentsAttr extents,
                                   Type elementType, ArrayRef<int64_t> warps) {
  if (failed(verifyExtents(emitError, extents)))
    return failure();
  // (C2) Element types.
  if (!isa<BFloat16Type, Float16Type, Float32Type>(elementType))
    return emitError() << "(C2) expected elements of f32, bf16 or f16, but got "
                       << elementType;
  // (C1) Rows of warpgroups, columns of instructions.
  if (!warps.empty())
    return verifyGrid(emitError, extents, warps);
  if (extents.getRows() % kWarpgroupRows != 0)
    return emitError() << "(C1) expected a multiple of " << kWarpgroupRows
                       << " rows, but got " << extents.getRows();
  if (extents.getColumns() % 8 != 0)
    return emitError() << "(C1) expected a multiple of 8 columns, but got "
                       << extents.getColumns();
  return success();
}

int64_t FragmentType::getNumRegisters() {
  constexpr int64_t kLanes = 32, kRegisterBits = 32;
  int64_t elements = kWarpgroupRows * getExtents().getColumns();
  int64_t threads = kWarpgroupSize;
  if (!getWarps().empty()) {
    elements = getExtents().getNumElements();
    threads = kLanes * getWarps()[0] * getWarps()[1];
  }
  int64_t bits = getElementType().getIntOrFloatBitWidth();
  return elements / threads * bits / kRegisterBits;
}

LogicalResult ProductType::verify(EmitError emitError, FragmentType fragment,
                                  ArrayRef<PipelineType> holds) {
  // (C1) Slots, and the type of sums.
  if (holds.empty())
    return emitError() << "(C1) expected a product in flight to hold a slot";
  if (!fragment.getElementType().isF32())
    return emitError() << "(C1) expected a sum of f32, but got "
                       << fragment.getElementType();
  return success();
}

LogicalResult StagingType::verify(EmitError emitError, int64_t depth,
                                  BufferType buffer) {
  constexpr int64_t kMaxDepth = 8;
  // (C1) Depth and rows.
  if (depth < 1 || depth > kMaxDepth)
    return emitError() << "(C1) expected from 1 to " << kMaxDepth
                       << " tiles, but got " << depth;
  if (buffer.getExtents().getRows() != kWarpgroupRows)
    return emitError() << "(C1) expected " << kWarpgroupRows
                       << " rows, those of a warpgroup, but got "
                       << buffer.getExtents().getRows();
  return success();
}

//===----------------------------------------------------------------------===//
// Dialect
//===----------------------------------------------------------------------===//

namespace {
/// Long types are printed once, by a name.
struct TypeAliases : OpAsmDialectInterface {
  using OpAsmDialectInterface::OpAsmDialectInterface;

  AliasResult getAlias(Type type, raw_ostream &os) const override {
    StringRef name = llvm::TypeSwitch<Type, StringRef>(type)
                         .Case([](BufferType) { return "buffer"; })
                         .Case([](TensorMapType) { return "map"; })
                         .Case([](PipelineType) { return "pipeline"; })
                         .Case([](FragmentType) { return "fragment"; })
                         .Case([](ProductType) { return "product"; })
                         .Case([](StagingType) { return "staging"; })
                         .Default([](Type) { return ""; });
    if (name.empty())
      return AliasResult::NoAlias;
    os << name;
    return AliasResult::OverridableAlias;
  }
};
} // namespace

void TileDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dag/Dialect/Tile/IR/TileAttributes.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "dag/Dialect/Tile/IR/TileTypes.cpp.inc"
      >();
  registerStructureOps();
  registerPipelineOps();
  registerRegisterOps();
  registerThreadOps();
  addInterfaces<TypeAliases, dag::VersionedBytecode<TileDialect>>();
}
