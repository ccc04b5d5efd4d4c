//===- ThreadOps.cpp - Copies and products of all threads -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Inference.h"
#include "Products.h"
#include "dag/Dialect/Tile/IR/Tile.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace mlir::dag::tile;

/// Matrices with the row and the column that copies begin at.
static ParseResult
parseSources(OpAsmParser &parser,
             SmallVectorImpl<OpAsmParser::UnresolvedOperand> &matrices,
             SmallVectorImpl<OpAsmParser::UnresolvedOperand> &rows,
             SmallVectorImpl<OpAsmParser::UnresolvedOperand> &columns) {
  return parser.parseCommaSeparatedList([&]() -> ParseResult {
    return failure(
        parser.parseOperand(matrices.emplace_back()) || parser.parseLSquare() ||
        parser.parseOperand(rows.emplace_back()) || parser.parseComma() ||
        parser.parseOperand(columns.emplace_back()) || parser.parseRSquare());
  });
}

static void printSources(OpAsmPrinter &printer, Operation *,
                         OperandRange matrices, OperandRange rows,
                         OperandRange columns) {
  llvm::interleaveComma(
      llvm::seq<size_t>(0, matrices.size()), printer, [&](size_t i) {
        printer << matrices[i] << '[' << rows[i] << ", " << columns[i] << ']';
      });
}

/// A tile that copies of 16 bytes fill and `ldmatrix` reads without conflicts.
static bool hasWideRows(BufferType tile) { return tile.getSwizzle() == 128; }

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

LogicalResult OpenOp::verify() {
  auto role = cast<RoleOp>((*this)->getParentOp());
  // (C1) All threads of the block meet at its barrier.
  if (role.getElected() ||
      !llvm::hasSingleElement(role->getBlock()->getOps<RoleOp>()))
    return emitOpError("(C1) expected the only role of a kernel, without an "
                       "elected thread");
  // (C2) The start.
  CopiesType type = getType();
  if (type.getInFlight() != 0 ||
      type.getEmpty() != type.getPipeline().getDepth())
    return emitOpError("(C2) expected ")
           << type.getPipeline().getDepth()
           << " empty slots and nothing in flight, but got " << type.getEmpty()
           << " and " << type.getInFlight() << " in flight";
  return success();
}

int64_t OpenOp::getBytes() {
  PipelineType pipeline = getType().getPipeline();
  return pipeline.getDepth() * pipeline.getSlotBytes();
}

LogicalResult FetchOp::inferReturnTypes(MLIRContext *context,
                                        std::optional<Location> location,
                                        Adaptor adaptor,
                                        SmallVectorImpl<Type> &types) {
  auto copies =
      getInferredFrom<CopiesType>(location, adaptor.getCopies(), "copies");
  if (!copies)
    return failure();
  // (C1) Room.
  if (copies.getEmpty() == 0)
    return emitOptionalError(location, "(C1) expected an empty slot, but got "
                                       "none");
  types.push_back(CopiesType::get(context, copies.getPipeline(),
                                  copies.getInFlight() + 1,
                                  copies.getEmpty() - 1));
  return success();
}

LogicalResult FetchOp::verify() {
  ArrayRef<BufferType> tiles = getCopies().getType().getPipeline().getBuffers();
  // (C2) A matrix for each tile.
  if (getMatrices().size() != tiles.size())
    return emitOpError("(C2) expected a matrix for each of ")
           << tiles.size() << " tiles, but got " << getMatrices().size();
  for (auto [matrix, tile] : llvm::zip_equal(getMatrices(), tiles)) {
    auto type = cast<MatrixType>(matrix.getType());
    ExtentsAttr extents = tile.getExtents();
    if (type.getRows() != extents.getNames().front() ||
        type.getColumns() != extents.getNames().back() ||
        type.getElementType() != tile.getElementType())
      return emitOpError("(C2) expected the axes and elements of ")
             << tile << ", but got those of " << type;
    if (!hasWideRows(tile))
      return emitOpError("(C2) expected rows of 128 bytes and their swizzle, "
                         "but got ")
             << tile;
  }
  return success();
}

LogicalResult ArriveOp::inferReturnTypes(MLIRContext *context,
                                         std::optional<Location> location,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  auto copies =
      getInferredFrom<CopiesType>(location, adaptor.getCopies(), "copies");
  if (!copies)
    return failure();
  // (C1) Something to wait for.
  if (copies.getInFlight() == 0)
    return emitOptionalError(location, "(C1) expected a group of copies in "
                                       "flight, but got none");
  PipelineType pipeline = copies.getPipeline();
  types.push_back(FullType::get(context, pipeline));
  types.push_back(
      CopiesType::get(context, pipeline, copies.getInFlight() - 1,
                      copies.getEmpty() + (adaptor.getRead() ? 1 : 0)));
  return success();
}

LogicalResult ArriveOp::verify() {
  // (C2) A slot of these copies.
  if (!getRead() ||
      getRead().getType().getPipeline() == getCopies().getType().getPipeline())
    return success();
  return emitOpError(
             "(C2) expected a slot of the pipeline of the copies, but got "
             "one of ")
         << getRead().getType().getPipeline();
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

LogicalResult ZeroOp::verify() {
  // (C1) Sums.
  if (!getType().getElementType().isF32())
    return emitOpError("(C1) expected a fragment of f32, but got ")
           << getType();
  return success();
}

LogicalResult AccumulateOp::inferReturnTypes(MLIRContext *context,
                                             std::optional<Location> location,
                                             Adaptor adaptor,
                                             SmallVectorImpl<Type> &types) {
  auto slot = getInferredFrom<FullType>(location, adaptor.getSlot(), "slot");
  if (!slot)
    return failure();
  types.push_back(adaptor.getSum().getType());
  types.push_back(ReadType::get(context, slot.getPipeline()));
  return success();
}

LogicalResult AccumulateOp::verify() {
  ArrayRef<BufferType> tiles = getSlot().getType().getPipeline().getBuffers();
  // (C1) Two tiles.
  if (std::string fault = describeTileFault(tiles, getLhs(), getRhs());
      !fault.empty())
    return emitOpError(fault);
  BufferType lhs = tiles[getLhs()], rhs = tiles[getRhs()];
  ExtentsAttr rows = lhs.getExtents(), columns = rhs.getExtents();
  // (C2) What is contracted.
  if (rows.getNames().back() != columns.getNames().back() ||
      rows.getNames().front() == columns.getNames().front() ||
      rows.getColumns() != columns.getColumns() || !hasWideRows(lhs) ||
      !hasWideRows(rhs) || lhs.getElementType() != rhs.getElementType() ||
      !isa<BFloat16Type, Float16Type>(lhs.getElementType()))
    return emitOpError("(C2) expected one axis in common, the last of both, "
                       "with rows of 128 bytes and their swizzle, of bf16 or "
                       "f16, but got ")
           << lhs << " and " << rhs;
  // (C3) What it adds to.
  FragmentType sum = getSum().getType();
  ExtentsAttr extents = getProductExtents(lhs, rhs);
  if (sum.getExtents() != extents || !sum.getElementType().isF32())
    return emitOpError("(C3) expected a sum of f32 with extents ")
           << extents << ", but got " << sum;
  int64_t warps = (*this)->getParentOfType<RoleOp>().getWarpgroups() * 4;
  int64_t grid = 1;
  for (int64_t count : sum.getWarps())
    grid *= count;
  if (sum.getWarps().empty() || grid != warps)
    return emitOpError("(C3) expected a sum that is split over the ")
           << warps << " warps of the role, but got " << sum;
  return success();
}

LogicalResult WriteOp::verify() {
  FragmentType value = getValue().getType();
  MatrixType matrix = getMatrix().getType();
  // (C1) Warps and elements.
  if (value.getWarps().empty() ||
      value.getElementType() != matrix.getElementType())
    return emitOpError("(C1) expected a fragment with warps, and elements of ")
           << matrix << ", but got " << value;
  // (C2) Axes.
  ArrayRef<StringAttr> names = value.getExtents().getNames();
  if (names.front() != matrix.getRows() || names.back() != matrix.getColumns())
    return emitOpError("(C2) expected the axes of ")
           << matrix << ", but got " << value;
  return success();
}

//===----------------------------------------------------------------------===//
// Registration
//===----------------------------------------------------------------------===//

void TileDialect::registerThreadOps() {
  addOperations<
#define GET_OP_LIST
#include "dag/Dialect/Tile/IR/TileThreadOps.cpp.inc"
      >();
}

#define GET_OP_CLASSES
#include "dag/Dialect/Tile/IR/TileThreadOps.cpp.inc"
