//===- Assumptions.cpp - What the proof of a plan rests on ------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/IR/Caches.h"
#include "dag/Dialect/Dag/IR/Sharding.h"
#include "dag/Equivalence/PlanComparison.h"

#include <set>

using namespace mlir;
using namespace mlir::dag;

/// What a size that is not known has to be to be cut so.
static std::string describeDivision(DimShardingAttr dim, int64_t ranks) {
  std::string of =
      std::to_string(ranks) + " ranks of " + formatAxes(dim.getAxes());
  if (dim.getUneven())
    return "have an element for each of the " + of;
  std::string padding =
      dim.getPad() == 0
          ? ""
          : "with " + std::to_string(dim.getPad()) + " of padding ";
  return padding + "divide by the " + of;
}

static bool hasUnknownSizes(ModelOp plan) {
  return plan
      ->walk([](Operation *op) {
        return llvm::any_of(op->getResultTypes(),
                            [](Type type) {
                              auto tensor = dyn_cast<RankedTensorType>(type);
                              return tensor && !tensor.hasStaticShape();
                            })
                   ? WalkResult::interrupt()
                   : WalkResult::advance();
      })
      .wasInterrupted();
}

/// What sizes that are not known have to be for the axes that cut them, in
/// words and in order.
static std::set<std::string> findUnknownDivisions(ModelOp plan) {
  std::set<std::string> result;
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
        if (ShapedType::isDynamic(size) && dim.isSharded())
          result.insert(describeDivision(dim, mesh.getSize(dim.getAxes())));
    }
  });
  return result;
}

/// Which caches micro-batches have.
static StringRef describeCaches(ModelOp plan) {
  DenseSet<StringAttr> pools = findPagedCaches(plan);
  bool hasOwn = plan->walk([&](KvCacheOp cache) {
                      return pools.contains(cache.getNameAttr())
                                 ? WalkResult::advance()
                                 : WalkResult::interrupt();
                    })
                    .wasInterrupted();
  if (pools.empty())
    return hasOwn ? ", each with KV caches of its own" : "";
  return hasOwn
             ? ", each with pages of its own in the pools, and with other KV "
               "caches of its own"
             : ", each with pages of its own in the pools of KV caches";
}

/// True if a rank has a part of the pages of a pool.
static bool splitsPages(ModelOp plan) {
  DenseSet<StringAttr> pools = findPagedCaches(plan);
  return plan
      ->walk([&](KvCacheOp cache) {
        std::optional<ShardedType> type = ShardedType::get(cache.getType());
        return pools.contains(cache.getNameAttr()) && type &&
                       !type->dims.empty() && type->dims[0].isSharded()
                   ? WalkResult::interrupt()
                   : WalkResult::advance();
      })
      .wasInterrupted();
}

std::string dag::describeAssumptions(ModelOp plan) {
  std::string text = "one forward pass in exact arithmetic, of figures as "
                     "32 bits hold them; parameters and "
                     "caches that are loaded by their names";
  bool hasSchedule = !plan.getBody().getOps<ScheduleOp>().empty();
  if (hasSchedule)
    text += "; micro-batches that each compute what the program says";
  if (hasSchedule)
    text += describeCaches(plan);
  if (splitsPages(plan))
    text += "; block tables that have the pages of a sequence on its ranks";
  for (const std::string &division : findUnknownDivisions(plan))
    text += "; unknown sizes that " + division;
  // Rules compare what they can: the rest is left to whoever knows the sizes.
  if (hasUnknownSizes(plan))
    text += "; sizes in place of the unknown ones with which the plan verifies";
  return text;
}
