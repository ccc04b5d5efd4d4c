//===- PlansBeside.cpp - Plans on one set of devices -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PlannedRules.h"
#include "dag/Cost/Cost.h"
#include "dag/Dialect/Dag/IR/Reference.h"
#include "dag/Dialect/Dag/IR/Sharding.h"
#include "dag/Support/RangeSet.h"
#include "mlir/Support/DebugStringHelper.h"
#include "llvm/ADT/STLExtras.h"

#include <vector>

using namespace mlir;
using namespace mlir::dag;

/// The devices of a plan: those that its mesh and its stages state, or, if they
/// state none, one for each rank from 0 on.
static RangeSet getDevices(ModelOp model) {
  RangeSet devices;
  auto add = [&](std::optional<ArrayRef<int64_t>> stated) {
    for (int64_t device : stated.value_or(ArrayRef<int64_t>()))
      devices.insert(device);
  };
  if (MeshOp mesh = model.lookupMesh())
    add(mesh.getDevices());
  for (auto stage : model.getBody().getOps<StageOp>())
    add(stage.getDevices());
  MeshShape mesh = getMeshShape(model);
  if (devices.empty() && !mesh.getAxes().empty())
    devices.insert(RangeSet(0, mesh.getSize(mesh.getAxes()) - 1));
  return devices;
}

ModelOp dag::findPlanBeside(ModelOp model) {
  if (model->hasAttr(kReferenceAttrName))
    return nullptr;
  std::optional<RangeSet> devices;
  for (auto other : model->getBlock()->getOps<ModelOp>()) {
    // What is compared with, be it a plan, is not run beside it.
    if (other == model || !other.getMeshAttr() ||
        other->hasAttr(kReferenceAttrName))
      continue;
    if (other.getMeshAttr() == model.getMeshAttr())
      return other;
    if (!devices)
      devices = getDevices(model);
    if (devices->intersects(getDevices(other)))
      return other;
  }
  return nullptr;
}

/// Where a cache lies, as far as two plans can be compared in it.
static std::string describePlace(KvCacheOp cache, const MeshShape &mesh,
                                 const RangeSet &devices) {
  std::string text;
  llvm::raw_string_ostream os(text);
  auto stage = cache->getParentOfType<StageOp>();
  if (stage && stage.getDevices()) {
    RangeSet own;
    for (int64_t device : *stage.getDevices())
      own.insert(device);
    os << own.str() << " of ";
  }
  os << devices.str() << " as <";
  llvm::interleaveComma(
      llvm::zip_equal(mesh.getAxes(), mesh.getSizes()), os, [&](auto axis) {
        os << std::get<0>(axis).getValue() << " = " << std::get<1>(axis);
      });
  os << ">";
  if (stage && stage.getAxisAttr() && stage.getCoordinate())
    os << " at " << stage.getAxisAttr().getValue() << " = "
       << *stage.getCoordinate();
  return text;
}

void dag::checkCachesBeside(Operation *module, Operation *reference,
                            CheckLog &log) {
  struct Plan {
    ModelOp model;
    MeshShape mesh;
    RangeSet devices;
  };
  struct Known {
    size_t plan;
    KvCacheOp cache;
  };
  std::vector<Plan> plans;
  DenseMap<StringAttr, Known> known;
  auto report = [&](KvCacheOp cache, Known first, StringRef what,
                    const Twine &there, const Twine &here) {
    log.setUnverified(
        "KV cache '" + cache.getName() + "' " + what + " " + there + " in '@" +
            plans[first.plan].model.getSymName() + "', but " + here +
            " here: on one set of devices "
            "nobody says that the two are one cache",
        cache.getLoc());
  };
  for (auto model : module->getRegion(0).front().getOps<ModelOp>()) {
    if (!model.getMeshAttr() || model->hasAttr(kReferenceAttrName) ||
        model == reference)
      continue;
    size_t index = plans.size();
    plans.push_back({model, getMeshShape(model), getDevices(model)});
    // Of each two plans the answer is the same for all caches.
    DenseMap<size_t, bool> isOnDevicesOf;
    WalkResult result = model->walk([&](KvCacheOp cache) {
      auto [it, isNew] =
          known.try_emplace(cache.getNameAttr(), Known{index, cache});
      Known first = it->second;
      if (isNew || first.plan == index)
        return WalkResult::advance();
      auto [shares, isFirst] = isOnDevicesOf.try_emplace(first.plan, false);
      if (isFirst)
        shares->second =
            plans[first.plan].devices.intersects(plans[index].devices);
      if (!shares->second)
        return WalkResult::advance();
      if (first.cache.getType() != cache.getType()) {
        report(cache, first, "is", debugString(first.cache.getType()),
               debugString(cache.getType()));
        return WalkResult::interrupt();
      }
      const Plan &other = plans[first.plan], &own = plans[index];
      std::string there = describePlace(first.cache, other.mesh, other.devices);
      std::string here = describePlace(cache, own.mesh, own.devices);
      if (there == here)
        return WalkResult::advance();
      report(cache, first, "is on devices", there, here);
      return WalkResult::interrupt();
    });
    if (result.wasInterrupted())
      return;
  }
}
