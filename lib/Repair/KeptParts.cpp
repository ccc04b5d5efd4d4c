//===- KeptParts.cpp - What a plan made anew keeps -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KeptParts.h"
#include "dag/Dialect/Dag/IR/Elements.h"

using namespace mlir;
using namespace mlir::dag;

/// True if a plan made anew has the axis as this one has it.
static bool isKeptAxis(StringRef axis, ModelOp plan) {
  if (axis == "tp" || axis == "rep" || axis == "ep" || axis == "pp")
    return true;
  auto stages = plan.getBody().getOps<StageOp>();
  return !stages.empty() && (*stages.begin()).getAxis() == axis;
}

/// True if the cache has room for more than the several new tokens of a run.
static bool isOfChunks(KvCacheOp cache, int64_t tokens) {
  auto type = cast<RankedTensorType>(cache.getType());
  return tokens > 1 && type.getRank() >= 2 && type.getDimSize(1) > tokens;
}

Operation *dag::findUnkept(ModelOp plan) {
  if (MeshOp mesh = plan.lookupMesh())
    for (auto [axis, size] : llvm::zip(
             mesh.getAxes().getAsValueRange<StringAttr>(), mesh.getSizes()))
      if (size > 1 && !isKeptAxis(axis, plan))
        return mesh;
  int64_t tokens = 0;
  Operation *found = nullptr;
  plan->walk([&](Operation *op) {
    auto cache = dyn_cast<KvCacheOp>(op);
    auto input = dyn_cast<InputOp>(op);
    if (input && input.getName() == "tokens")
      if (auto type = dyn_cast<RankedTensorType>(input.getResult().getType());
          type && type.getRank() == 2)
        tokens = type.getDimSize(1);
    if (!isa<DequantizeOp, ScheduleOp>(op) &&
        !(cache &&
          (areRoundedFloats(cache.getType()) || isOfChunks(cache, tokens))) &&
        !(input && (input.getName() == "query_lens" ||
                    input.getName() == "block_table")))
      return WalkResult::advance();
    found = op;
    return WalkResult::interrupt();
  });
  return found;
}

ParameterOp dag::findOtherWeight(ModelOp reference, ModelOp model) {
  DenseSet<StringAttr> names;
  model->walk([&](ParameterOp weight) { names.insert(weight.getNameAttr()); });
  ParameterOp found;
  reference->walk([&](ParameterOp weight) {
    if (names.contains(weight.getNameAttr()))
      return WalkResult::advance();
    found = weight;
    return WalkResult::interrupt();
  });
  return found;
}

void dag::keepSlots(ModelOp source, ModelOp plan) {
  for (auto buffer : source.getBody().getOps<CommBufferOp>())
    if (auto other = plan.lookupSymbol<CommBufferOp>(buffer.getSymName());
        other && other.getType() == buffer.getType())
      other.setSlots(buffer.getSlots());
}
