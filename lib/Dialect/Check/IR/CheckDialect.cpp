//===- CheckDialect.cpp - Asserts on what a program computes -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Check/IR/Check.h"
#include "dag/Dialect/Dag/IR/Number.h"
#include "dag/Dialect/Dag/IR/Sharding.h"
#include "dag/Support/BytecodeVersion.h"
#include "mlir/IR/Builders.h"

#include <cmath>

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::check;

#include "dag/Dialect/Check/IR/CheckDialect.cpp.inc"

#define GET_OP_CLASSES
#include "dag/Dialect/Check/IR/CheckOps.cpp.inc"

//===----------------------------------------------------------------------===//
// Verification
//===----------------------------------------------------------------------===//

/// A rank's shard has to say by itself what the tensor is.
static LogicalResult verifyShards(Operation *op) {
  ShardedType type(cast<RankedTensorType>(op->getOperand(0).getType()));
  // (C2) No pending sum, no root.
  if (type.hasPartial())
    return op->emitOpError("(C2) expected no pending sum, but got one over ")
           << formatAxes(type.partial);
  if (type.hasRoot())
    return op->emitOpError("(C2) expected a tensor on all ranks, but it exists "
                           "only at '")
           << type.roots.front().axis.getValue()
           << "' = " << type.roots.front().coordinate;
  return success();
}

LogicalResult EqualOp::verify() { return verifyShards(*this); }

LogicalResult CloseOp::verify() {
  if (failed(verifyShards(*this)))
    return failure();
  // (C3) One bound, finite and not negative.
  SmallVector<FloatAttr, 3> bounds;
  for (FloatAttr bound : {getUlpAttr(), getRelativeAttr(), getAbsoluteAttr()})
    if (bound)
      bounds.push_back(bound);
  if (bounds.size() != 1)
    return emitOpError("(C3) expected one of 'ulp', 'relative' and 'absolute', "
                       "but got ")
           << bounds.size();
  double bound = bounds.front().getValueAsDouble();
  if (!std::isfinite(bound) || bound < 0)
    return emitOpError("(C3) expected a bound that is finite and not negative, "
                       "but got ")
           << formatNumber(bound);
  return success();
}

//===----------------------------------------------------------------------===//
// What is only checked
//===----------------------------------------------------------------------===//

llvm::DenseSet<Operation *> check::findChecked(Operation *root) {
  llvm::DenseSet<Operation *> checked;
  SmallVector<Operation *> worklist;
  root->walk([&](Operation *op) {
    if (isCheck(op))
      worklist.push_back(op);
  });
  // Uses of an op that are not known to be asserts' yet.
  DenseMap<Operation *, int64_t> others;
  while (!worklist.empty()) {
    for (Value operand : worklist.pop_back_val()->getOperands()) {
      Operation *op = operand.getDefiningOp();
      if (!op || op->getNumRegions() != 0 || !isMemoryEffectFree(op))
        continue;
      auto [it, isNew] = others.try_emplace(op, 0);
      if (isNew)
        it->second = std::distance(op->use_begin(), op->use_end());
      if (--it->second == 0 && checked.insert(op).second)
        worklist.push_back(op);
    }
  }
  return checked;
}

//===----------------------------------------------------------------------===//
// Dialect
//===----------------------------------------------------------------------===//

void CheckDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dag/Dialect/Check/IR/CheckOps.cpp.inc"
      >();
  addInterfaces<VersionedBytecode<CheckDialect>>();
}
