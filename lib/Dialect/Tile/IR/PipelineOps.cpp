//===- PipelineOps.cpp - Slots that go around -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Inference.h"
#include "dag/Dialect/Tile/IR/Tile.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace mlir::dag::tile;

LogicalResult PipelineOp::verify() {
  // (C1) Blocks that copies go to.
  if (getType().getMulticast() &&
      cast<KernelOp>((*this)->getParentOp()).getCluster() < 2)
    return emitOpError("(C1) expected a cluster of more than one block for "
                       "'multicast'");
  return success();
}

/// (C2) of an end: whoever counts the readers of a pipeline finds all of them.
static LogicalResult verifySource(Operation *op, Value pipeline) {
  if (pipeline.getDefiningOp<PipelineOp>())
    return success();
  return op->emitOpError("(C2) expected a pipeline of 'tile.pipeline'");
}

LogicalResult ProduceOp::verify() {
  // (C1) One thread issues copies.
  if (!cast<RoleOp>((*this)->getParentOp()).getElected())
    return emitOpError("(C1) expected a role with an elected thread");
  return verifySource(*this, getPipeline());
}

LogicalResult ConsumeOp::verify() {
  // (C1) Warpgroups read.
  if (cast<RoleOp>((*this)->getParentOp()).getElected())
    return emitOpError("(C1) expected a role without an elected thread");
  return verifySource(*this, getPipeline());
}

//===----------------------------------------------------------------------===//
// LoadOp
//===----------------------------------------------------------------------===//

LogicalResult LoadOp::inferReturnTypes(MLIRContext *context,
                                       std::optional<Location> location,
                                       Adaptor adaptor,
                                       SmallVectorImpl<Type> &types) {
  auto slot = getInferredFrom<FillingType>(location, adaptor.getSlot(), "slot");
  if (!slot)
    return failure();
  int64_t tiles = slot.getPipeline().getBuffers().size();
  // (C1) A tile without a copy.
  if (slot.getFilled() >= tiles)
    return emitOptionalError(location,
                             "(C1) expected a tile without a copy, "
                             "but all ",
                             tiles, " of the slot have one");
  types.push_back(
      FillingType::get(context, slot.getPipeline(), slot.getFilled() + 1));
  return success();
}

LogicalResult LoadOp::verify() {
  TensorMapType map = getMap().getType();
  FillingType slot = getSlot().getType();
  BufferType tile = slot.getPipeline().getBuffers()[slot.getFilled()];
  // (C1) One kind of elements.
  if (map.getElementType() != tile.getElementType() ||
      map.getSwizzle() != tile.getSwizzle() ||
      map.getExtents().getNames() != tile.getExtents().getNames())
    return emitOpError("(C1) expected the axes, elements and swizzle of ")
           << tile << ", but got those of " << map;
  // (C3) Slots of other blocks.
  if (getMulticast() && !slot.getPipeline().getMulticast())
    return emitOpError("(C3) expected a slot of a pipeline with 'multicast', "
                       "but got one of ")
           << slot.getPipeline();
  // (C2) Boxes that make the tile.
  int64_t blocks =
      getMulticast() ? (*this)->getParentOfType<KernelOp>().getCluster() : 1;
  ExtentsAttr box = map.getExtents();
  ExtentsAttr whole = tile.getExtents();
  if (box.getRows() * blocks != whole.getRows() ||
      box.getColumns() != whole.getColumns()) {
    auto diag = emitOpError("(C2) expected ");
    if (blocks != 1)
      diag << blocks << " boxes";
    else
      diag << "a box";
    return diag << " that make " << tile << ", but got " << map;
  }
  return success();
}

LogicalResult CommitOp::verify() {
  FillingType slot = getSlot().getType();
  int64_t tiles = slot.getPipeline().getBuffers().size();
  // (C1) Nothing is missing.
  if (slot.getFilled() != tiles)
    return emitOpError("(C1) expected a copy for each of ")
           << tiles << " tiles, but got " << slot.getFilled();
  return success();
}

//===----------------------------------------------------------------------===//
// Registration
//===----------------------------------------------------------------------===//

void TileDialect::registerPipelineOps() {
  addOperations<
#define GET_OP_LIST
#include "dag/Dialect/Tile/IR/TilePipelineOps.cpp.inc"
      >();
}

#define GET_OP_CLASSES
#include "dag/Dialect/Tile/IR/TilePipelineOps.cpp.inc"
