//===- ShardCheck.cpp - Asserts and constants -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ShardBuilder.h"
#include "dag/Dialect/Check/IR/Check.h"
#include "dag/Dialect/Dag/IR/Elements.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::shard;

Value ShardBuilder::makeConstant(arith::ConstantOp op, RankedTensorType type) {
  record(op);
  return arith::ConstantOp::create(
      builder, op.getLoc(),
      resizeElements(cast<DenseElementsAttr>(op.getValue()), type));
}

LogicalResult ShardBuilder::shardConstant(arith::ConstantOp op) {
  // Made where it is used, as its users need it.
  if (isa<DenseElementsAttr>(op.getValue()))
    return success();
  return rebuildAndDefine(op, ValueRange());
}

LogicalResult ShardBuilder::shardCheck(Operation *op) {
  // On the value as others see it; what it is compared with follows.
  Value actual = getReduced(op->getOperand(0));
  Value expected = getParameter(op->getOperand(1), getType(actual).dims);
  return success(rebuild(op, {actual, expected}) != nullptr);
}
