//===- Padding.cpp - What stands in the padding of tensors --*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/IR/Padding.h"
#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Dialect/Dag/IR/LookThrough.h"
#include "dag/Dialect/Dag/IR/Sharding.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::dag;

/// More ops between a tensor and where it comes from are not looked at.
static constexpr unsigned kMaxOps = 64;

/// False if a norm without an epsilon makes 0 / 0 of the padding of what a
/// value is computed from: a product of that with zero is no number, either.
static bool isFinite(Value value) {
  SmallVector<Value> open{value};
  llvm::SmallDenseSet<Value> seen;
  while (!open.empty()) {
    Value next = open.pop_back_val();
    if (!seen.insert(next).second)
      continue;
    if (seen.size() > kMaxOps)
      break;
    if (Value before = lookThroughRegion(next)) {
      open.push_back(before);
      continue;
    }
    Operation *op = next.getDefiningOp();
    if (!op)
      continue;
    if (llvm::TypeSwitch<Operation *, bool>(op)
            .Case<RmsNormOp, LayerNormOp, QkNormOp>(
                [](auto norm) { return norm.getEpsilon().isZero(); })
            .Default(false))
      return false;
    llvm::append_range(open, op->getOperands());
  }
  return true;
}

static bool hasZeroPadding(Value value, int64_t dim, unsigned &numOps) {
  while (Value before = lookThroughRegion(value)) {
    if (++numOps > kMaxOps)
      return false;
    value = before;
  }
  Operation *op = value.getDefiningOp();
  if (!op || ++numOps > kMaxOps)
    return false;
  auto isZero = [&](Value operand) {
    return hasZeroPadding(operand, dim, numOps);
  };
  if (isa<TransferOpInterface>(op))
    return op->getNumOperands() != 0 && isZero(op->getOperand(0));
  if (auto slice = dyn_cast<SliceOp>(op))
    return static_cast<int64_t>(slice.getDim()) == dim || isZero(slice.getX());
  if (auto collective = dyn_cast<CollectiveOpInterface>(op))
    return isZero(collective.getCollectiveOperand());
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case<ParameterOp, InputOp>([](auto) { return true; })
      // Tokens that there are are written; of what pads these, nobody knows.
      .Case<KvCacheOp>([&](auto) { return dim == 1; })
      .Case<KvCacheUpdateOp>(
          [&](auto update) { return dim == 1 && isZero(update.getCache()); })
      .Case<ActivationOp>([&](ActivationOp activation) {
        return activation.getKind() != ActivationKind::Sigmoid &&
               isZero(activation.getX());
      })
      .Case<DropoutOp, RotaryEmbeddingOp, SoftCapOp>(
          [&](auto) { return isZero(op->getOperand(0)); })
      .Case<ScaleOp>([&](ScaleOp scale) {
        return scale.getFactor().isFinite() && isZero(scale.getX());
      })
      .Case<DequantizeOp>([&](DequantizeOp dequantize) {
        return !dequantize.getZero() && isZero(dequantize.getX());
      })
      .Case<MultiplyOp>([&](auto) {
        return llvm::any_of(op->getOperands(), isZero) &&
               llvm::all_of(op->getOperands(), isFinite);
      })
      .Case<AddOp>(
          [&](auto) { return llvm::all_of(op->getOperands(), isZero); })
      .Default(false);
}

bool dag::hasZeroPadding(Value value, int64_t dim) {
  unsigned numOps = 0;
  return ::hasZeroPadding(value, dim, numOps);
}

bool dag::addsUpPadding(Value left, int64_t leftDim, Value right,
                        int64_t rightDim) {
  auto isPadded = [](Value value, int64_t dim) {
    std::optional<ShardedType> type = ShardedType::get(value.getType());
    return type && dim < type->getRank() && type->dims[dim].getPad() != 0;
  };
  return (isPadded(left, leftDim) || isPadded(right, rightDim)) &&
         !(hasZeroPadding(left, leftDim) && isFinite(right)) &&
         !(hasZeroPadding(right, rightDim) && isFinite(left));
}
