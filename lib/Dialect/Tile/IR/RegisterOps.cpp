//===- RegisterOps.cpp - Products and fragments -*- C++ -*-===//
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

//===----------------------------------------------------------------------===//
// MultiplyOp
//===----------------------------------------------------------------------===//

ExtentsAttr dag::tile::getProductExtents(BufferType lhs, BufferType rhs) {
  ExtentsAttr rows = lhs.getExtents(), columns = rhs.getExtents();
  return ExtentsAttr::get(lhs.getContext(),
                          {rows.getNames().front(), columns.getNames().front()},
                          {rows.getRows(), columns.getRows()});
}

std::string dag::tile::describeTileFault(ArrayRef<BufferType> tiles,
                                        uint64_t lhs, uint64_t rhs) {
  for (uint64_t number : {lhs, rhs})
    if (number >= tiles.size())
      return "(C1) expected tiles from 0 to " +
             std::to_string(tiles.size() - 1) + ", but got " +
             std::to_string(static_cast<int64_t>(number));
  return lhs == rhs ? "(C1) expected two tiles, but got one: " +
                          std::to_string(lhs)
                    : std::string();
}

LogicalResult MultiplyOp::inferReturnTypes(MLIRContext *context,
                                           std::optional<Location> location,
                                           Adaptor adaptor,
                                           SmallVectorImpl<Type> &types) {
  auto slot = getInferredFrom<FullType>(location, adaptor.getSlot(), "slot");
  if (!slot)
    return failure();
  // (C1) Two tiles.
  ArrayRef<BufferType> tiles = slot.getPipeline().getBuffers();
  uint64_t left = adaptor.getLhs(), right = adaptor.getRhs();
  if (std::string fault = describeTileFault(tiles, left, right); !fault.empty())
    return emitOptionalError(location, fault);
  BufferType lhs = tiles[left], rhs = tiles[right];
  // (C2) What is contracted.
  ExtentsAttr rows = lhs.getExtents(), columns = rhs.getExtents();
  if (rows.getNames().back() != columns.getNames().back() ||
      rows.getNames().front() == columns.getNames().front())
    return emitOptionalError(location,
                             "(C2) expected one axis in common, the last of "
                             "both, but got ",
                             lhs, " and ", rhs);
  if (rows.getColumns() != columns.getColumns())
    return emitOptionalError(location, "(C2) expected one extent of axis ",
                             rows.getNames().back(), ", but got ",
                             rows.getColumns(), " and ", columns.getColumns());
  int64_t bytes =
      rows.getColumns() * (lhs.getElementType().getIntOrFloatBitWidth() / 8);
  if (bytes % 32 != 0)
    return emitOptionalError(location,
                             "(C2) expected a multiple of 32 bytes "
                             "of axis ",
                             rows.getNames().back(), ", but got ", bytes);
  // (C4) What warpgroups and instructions have.
  if (rows.getRows() % kWarpgroupRows != 0)
    return emitOptionalError(location, "(C4) expected a multiple of ",
                             kWarpgroupRows, " rows, but got ", rows.getRows());
  constexpr int64_t kMaxColumns = 256;
  if (columns.getRows() > kMaxColumns || columns.getRows() % 8 != 0)
    return emitOptionalError(location,
                             "(C4) expected a multiple of 8 columns, at most ",
                             kMaxColumns, ", but got ", columns.getRows());
  SmallVector<PipelineType> holds;
  if (Value sum = adaptor.getSum())
    if (auto product = dyn_cast<ProductType>(sum.getType()))
      llvm::append_range(holds, product.getHolds());
  holds.push_back(slot.getPipeline());
  auto sum = FragmentType::get(context, getProductExtents(lhs, rhs),
                               Float32Type::get(context), /*warps=*/{});
  types.push_back(ProductType::get(context, sum, holds));
  return success();
}

LogicalResult MultiplyOp::verify() {
  ArrayRef<BufferType> tiles = getSlot().getType().getPipeline().getBuffers();
  BufferType lhs = tiles[getLhs()], rhs = tiles[getRhs()];
  // (C3) Elements and swizzle.
  if (lhs.getElementType() != rhs.getElementType() ||
      lhs.getElementType().isF32())
    return emitOpError("(C3) expected elements of one type of 16 or 8 bits, "
                       "but got ")
           << lhs.getElementType() << " and " << rhs.getElementType();
  if (lhs.getSwizzle() != rhs.getSwizzle() || lhs.getSwizzle() == 0)
    return emitOpError("(C3) expected one swizzle, not none, but got ")
           << lhs.getSwizzle() << " and " << rhs.getSwizzle();
  // (C4) Rows of warpgroups.
  FragmentType fragment = getResult().getType().getFragment();
  int64_t warpgroups = (*this)->getParentOfType<RoleOp>().getWarpgroups();
  int64_t rows = fragment.getExtents().getRows();
  if (rows != warpgroups * kWarpgroupRows)
    return emitOpError("(C4) expected ")
           << kWarpgroupRows << " rows for each of " << warpgroups
           << " warpgroups, but got " << rows;
  // (C5) What it adds to.
  if (Value sum = getSum()) {
    Type type = sum.getType();
    if (auto product = dyn_cast<ProductType>(type))
      type = product.getFragment();
    if (type != fragment)
      return emitOpError("(C5) expected a sum of type ")
             << fragment << ", but got " << type;
  }
  return success();
}

//===----------------------------------------------------------------------===//
// RetireOp and FinishOp
//===----------------------------------------------------------------------===//

LogicalResult RetireOp::inferReturnTypes(MLIRContext *context,
                                         std::optional<Location> location,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  auto product =
      getInferredFrom<ProductType>(location, adaptor.getProduct(), "product");
  if (!product)
    return failure();
  ArrayRef<PipelineType> holds = product.getHolds();
  // (C1) One stays in flight.
  if (holds.size() < 2)
    return emitOptionalError(location,
                             "(C1) expected at least two products "
                             "in flight, but got ",
                             holds.size());
  types.push_back(
      ProductType::get(context, product.getFragment(), holds.drop_front()));
  types.push_back(ReadType::get(context, holds.front()));
  return success();
}

LogicalResult FinishOp::inferReturnTypes(MLIRContext *context,
                                         std::optional<Location> location,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  auto product =
      getInferredFrom<ProductType>(location, adaptor.getProduct(), "product");
  if (!product)
    return failure();
  // (C1) The last one.
  if (product.getHolds().size() != 1)
    return emitOptionalError(location,
                             "(C1) expected one product in flight, "
                             "but got ",
                             product.getHolds().size());
  types.push_back(product.getFragment());
  types.push_back(ReadType::get(context, product.getHolds().front()));
  return success();
}

//===----------------------------------------------------------------------===//
// ElementwiseOp and CastOp
//===----------------------------------------------------------------------===//

LogicalResult ElementwiseOp::verifyRegions() {
  // (C1) Numbers, and nothing else.
  if (!getType().getElementType().isF32())
    return emitOpError("(C1) expected fragments of f32, but got ") << getType();
  Block &body = getBody().front();
  if (body.getNumArguments() != getOperands().size() ||
      !llvm::all_of(body.getArgumentTypes(),
                    [](Type type) { return type.isF32(); }))
    return emitOpError("(C1) expected an argument of f32 for each of ")
           << getOperands().size() << " operands";
  for (Operation &op : body)
    if (op.getNumRegions() != 0 || !isMemoryEffectFree(&op))
      return op.emitOpError("(C1) expected an op without effects and regions "
                            "in 'tile.elementwise'");
  return success();
}

LogicalResult CastOp::verify() {
  FragmentType from = getOperand().getType(), to = getType();
  // (C1) Types and extents.
  if (!from.getElementType().isF32() || to.getElementType().isF32() ||
      from.getExtents() != to.getExtents() || from.getWarps() != to.getWarps())
    return emitOpError("(C1) expected elements of f32 to become ones of 16 "
                       "bits of the same axes, extents and warps, but got ")
           << from << " to " << to;
  return success();
}

//===----------------------------------------------------------------------===//
// Stores
//===----------------------------------------------------------------------===//

LogicalResult StagingOp::verify() {
  // (C1) Warpgroups store.
  if (cast<RoleOp>((*this)->getParentOp()).getElected())
    return emitOpError("(C1) expected a role without an elected thread");
  return success();
}

int64_t StagingOp::getBytes() {
  StagingType type = getType();
  return cast<RoleOp>((*this)->getParentOp()).getWarpgroups() *
         type.getDepth() * type.getBuffer().getStride();
}

LogicalResult StoreOp::verify() {
  FragmentType value = getValue().getType();
  TensorMapType map = getMap().getType();
  BufferType tile = getStaging().getType().getBuffer();
  // (C1) Elements.
  Type element = value.getElementType();
  if (element.getIntOrFloatBitWidth() != 16 ||
      element != map.getElementType() || element != tile.getElementType())
    return emitOpError("(C1) expected elements of one type of 16 bits, but "
                       "got ")
           << element << ", " << map.getElementType() << " and "
           << tile.getElementType();
  // (C2) Boxes.
  if (map.getExtents() != tile.getExtents() ||
      map.getSwizzle() != tile.getSwizzle())
    return emitOpError("(C2) expected the box of the map to be ")
           << tile << ", but got " << map;
  // (C3) Boxes make the fragment.
  ExtentsAttr box = map.getExtents(), whole = value.getExtents();
  if (!value.getWarps().empty() || box.getNames() != whole.getNames() ||
      whole.getColumns() % box.getColumns() != 0)
    return emitOpError("(C3) expected the axes of ")
           << map << " and a multiple of its columns, but got " << value;
  if (map.getSwizzle() != 128)
    return emitOpError("(C3) expected a swizzle of 128 bytes, but got ")
           << map.getSwizzle();
  int64_t warpgroups = (*this)->getParentOfType<RoleOp>().getWarpgroups();
  if (whole.getRows() != warpgroups * kWarpgroupRows)
    return emitOpError("(C3) expected ")
           << kWarpgroupRows << " rows for each of " << warpgroups
           << " warpgroups, but got " << whole.getRows();
  return success();
}

//===----------------------------------------------------------------------===//
// Registration
//===----------------------------------------------------------------------===//

void TileDialect::registerRegisterOps() {
  addOperations<
#define GET_OP_LIST
#include "dag/Dialect/Tile/IR/TileRegisterOps.cpp.inc"
      >();
}

#define GET_OP_CLASSES
#include "dag/Dialect/Tile/IR/TileRegisterOps.cpp.inc"
