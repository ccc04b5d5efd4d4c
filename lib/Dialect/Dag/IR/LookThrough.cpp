//===- LookThrough.cpp - Values across stages and layers -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/IR/LookThrough.h"
#include "dag/Dialect/Dag/IR/Dag.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/DenseSet.h"

using namespace mlir;
using namespace mlir::dag;

Value dag::lookThroughRegion(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    Operation *parent = argument.getOwner()->getParentOp();
    unsigned index = argument.getArgNumber();
    if (!isa_and_nonnull<StageOp, LayerOp>(parent) ||
        index >= parent->getNumOperands())
      return {};
    return parent->getOperand(index);
  }
  auto result = cast<OpResult>(value);
  Operation *op = result.getOwner();
  if (!isa<StageOp, LayerOp>(op) || op->getNumRegions() == 0 ||
      op->getRegion(0).empty() || op->getRegion(0).front().empty())
    return {};
  Operation *yield = &op->getRegion(0).front().back();
  if (!isa<YieldOp>(yield) ||
      result.getResultNumber() >= yield->getNumOperands())
    return {};
  return yield->getOperand(result.getResultNumber());
}

Value dag::lookThroughRegions(Value value) {
  llvm::SmallDenseSet<Value, 8> seen;
  while (value && seen.insert(value).second) {
    Value before = lookThroughRegion(value);
    if (!before)
      return value;
    value = before;
  }
  return {};
}

bool dag::carriesOn(Operation *op) {
  return op->getNumOperands() > 0 && op->getNumResults() == 1 &&
         isa<CollectiveOpInterface, TransferOpInterface, SliceOp, ToLocalOp,
             DynamicSliceOp, CommAllGatherOp, CommAllToAllOp, CommBroadcastOp,
             CommScatterOp, CommGatherOp, arith::ExtSIOp, arith::ExtUIOp,
             arith::IndexCastOp>(op);
}

Value dag::lookThroughCarriers(Value value) {
  llvm::SmallDenseSet<Value, 8> seen;
  while (value && seen.insert(value).second) {
    Operation *op = value.getDefiningOp();
    Value before =
        op && carriesOn(op) ? op->getOperand(0) : lookThroughRegion(value);
    if (!before)
      return value;
    value = before;
  }
  return {};
}
