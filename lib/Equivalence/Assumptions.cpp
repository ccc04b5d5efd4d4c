//===- Assumptions.cpp - What the proof of a plan rests on ------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/IR/Sharding.h"
#include "dag/Equivalence/PlanComparison.h"

#include <map>

using namespace mlir;
using namespace mlir::dag;

/// Axes that cut a dimension of unknown size, with the number of their ranks.
static std::map<std::string, int64_t> findUnknownDivisions(ModelOp plan) {
  std::map<std::string, int64_t> result;
  MeshOp meshOp = plan.lookupMesh();
  if (!meshOp)
    return result;
  MeshShape mesh(meshOp);
  DenseSet<Type> seen;
  plan->walk([&](Operation *op) {
    for (Type type : op->getResultTypes()) {
      if (!seen.insert(type).second)
        continue;
      std::optional<dag::ShardedType> tensor = dag::ShardedType::get(type);
      if (!tensor)
        continue;
      for (auto [dim, size] : llvm::zip(tensor->dims, tensor->shape))
        if (ShapedType::isDynamic(size) && dim.isSharded() && !dim.getUneven())
          result.try_emplace(formatAxes(dim.getAxes()),
                             mesh.getSize(dim.getAxes()));
    }
  });
  return result;
}

std::string dag::describeAssumptions(ModelOp plan) {
  std::string text = "one forward pass in exact arithmetic; parameters and "
                     "caches that are loaded by their names";
  bool hasSchedule = !plan.getBody().getOps<ScheduleOp>().empty();
  if (hasSchedule)
    text += "; micro-batches that each compute what the program says";
  bool hasCaches = plan->walk([](KvCacheOp) { return WalkResult::interrupt(); })
                       .wasInterrupted();
  if (hasSchedule && hasCaches)
    text += ", each with KV caches of its own";
  for (const auto &[axes, ranks] : findUnknownDivisions(plan))
    text += "; unknown sizes that divide by the " + std::to_string(ranks) +
            " ranks of " + axes;
  return text;
}
