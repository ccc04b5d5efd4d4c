//===- Cost.cpp - What ops cost on a rank -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Cost/Cost.h"
#include "dag/Support/Saturating.h"

using namespace mlir;
using namespace mlir::dag;

MeshShape dag::getMeshShape(ModelOp model) {
  MeshOp mesh = model.lookupMesh();
  return mesh ? MeshShape(mesh) : MeshShape();
}

/// Calls `callback` with each figure and its counterpart.
template <typename A, typename B, typename Fn>
static void forEachFigure(A &a, B &b, Fn callback) {
  callback(a.flops, b.flops);
  callback(a.bytesRead, b.bytesRead);
  callback(a.bytesWritten, b.bytesWritten);
  callback(a.parameters, b.parameters);
  callback(a.parameterBytes, b.parameterBytes);
  callback(a.cacheBytes, b.cacheBytes);
  callback(a.collectives, b.collectives);
  callback(a.collectiveBytes, b.collectiveBytes);
  callback(a.sends, b.sends);
  callback(a.sendBytes, b.sendBytes);
  for (auto [left, right] : llvm::zip_equal(a.traffic, b.traffic)) {
    callback(left.count, right.count);
    callback(left.bytes, right.bytes);
  }
}

Cost &Cost::operator+=(const Cost &other) {
  forEachFigure(*this, other,
                [](int64_t &a, int64_t b) { a = addSaturating(a, b); });
  unknown |= other.unknown;
  return *this;
}

Cost &Cost::operator+=(const OpCost &op) {
  Cost cost;
  cost.flops = op.flops;
  cost.bytesRead = op.bytesRead;
  cost.bytesWritten = op.bytesWritten;
  cost.parameters = op.parameters;
  cost.parameterBytes = op.parameterBytes;
  cost.cacheBytes = op.cacheBytes;
  cost.unknown = op.unknown;
  if (op.wire && op.wire->kind == CollectiveKind::Send) {
    cost.sends = 1;
    cost.sendBytes = op.wire->bytes;
  } else if (op.wire) {
    Traffic traffic{1, op.wire->bytes};
    cost.collectives = traffic.count;
    cost.collectiveBytes = traffic.bytes;
    const auto *kind = llvm::find(kTrafficKinds, op.wire->kind);
    if (kind != std::end(kTrafficKinds))
      cost.traffic[kind - std::begin(kTrafficKinds)] = traffic;
  }
  return *this += cost;
}

bool Cost::operator==(const Cost &other) const {
  bool isEqual = unknown == other.unknown;
  forEachFigure(*this, other, [&](int64_t a, int64_t b) { isEqual &= a == b; });
  return isEqual;
}

bool Cost::fits() const {
  bool result = true;
  forEachFigure(*this, *this, [&](int64_t figure, int64_t) {
    result &= !isSaturated(figure);
  });
  return result;
}

LogicalResult
dag::forEachCost(Operation *op, CostContext &context,
                 function_ref<void(Operation *, const OpCost &)> callback) {
  WalkResult result = op->walk([&](Operation *nested) -> WalkResult {
    std::optional<OpCost> cost = context.getCost(nested);
    if (!cost)
      return emitNoCost(nested);
    if (failed(expectCostFits(nested->getLoc(), *cost,
                              "'" + nested->getName().getStringRef() + "'")))
      return WalkResult::interrupt();
    callback(nested, *cost);
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

FailureOr<Cost> dag::getTotalCost(Operation *op, CostContext &context) {
  Cost total;
  if (failed(forEachCost(op, context, [&](Operation *, const OpCost &cost) {
        total += cost;
      })))
    return failure();
  return total;
}
