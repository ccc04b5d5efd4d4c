//===- PlansBeside.cpp - Plans on one set of devices -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../ScheduledMemory.h"
#include "CacheWriters.h"
#include "PlannedRules.h"
#include "dag/Cost/Cost.h"
#include "dag/Dialect/Dag/IR/Caches.h"
#include "dag/Dialect/Dag/IR/Reference.h"
#include "dag/Dialect/Dag/IR/Sharding.h"
#include "dag/Graph/Violations.h"
#include "dag/Support/RangeSet.h"
#include "dag/Trial/Trial.h"
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

ModelOp dag::findPlanBeside(ModelOp model, StringRef reference) {
  if (model->hasAttr(kReferenceAttrName))
    return nullptr;
  std::optional<RangeSet> devices;
  for (auto other : model->getBlock()->getOps<ModelOp>()) {
    // What is compared with, be it a plan, is not run beside it.
    if (other == model || !other.getMeshAttr() ||
        other->hasAttr(kReferenceAttrName) || other.getSymName() == reference)
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

SmallVector<ProgramOp> dag::findForeignPrograms(Operation *module) {
  SmallVector<ProgramOp> programs;
  auto models = module->getRegion(0).front().getOps<ModelOp>();
  for (auto program : module->getRegion(0).front().getOps<ProgramOp>())
    if (llvm::none_of(models, [&](ModelOp plan) {
          return plan.getMeshAttr() && Violations(plan).empty() &&
                 isProgramOf(program, plan);
        }))
      programs.push_back(program);
  return programs;
}

//===----------------------------------------------------------------------===//
// Caches
//===----------------------------------------------------------------------===//

namespace {
/// A plan with what is asked for each of its caches.
struct Plan {
  explicit Plan(ModelOp model)
      : model(model), mesh(getMeshShape(model)), devices(getDevices(model)) {}

  /// Each micro-batch has caches of its own, and all have one pool of pages.
  int64_t getNumBatches(KvCacheOp cache) {
    if (!microBatches) {
      microBatches = ScheduledMemory(model).microBatches;
      pools = findPagedCaches(model);
    }
    return pools.contains(cache.getNameAttr()) ? 1 : *microBatches;
  }

  /// Where a cache lies: the devices of its ranks, in their order; of a mesh of
  /// more than 4096 ranks the first ones.
  StringRef describePlace(KvCacheOp cache);

  ModelOp model;
  MeshShape mesh;
  RangeSet devices;

private:
  std::optional<int64_t> microBatches;
  DenseSet<StringAttr> pools;
  SmallVector<int64_t, 0> findDevices(StageOp stage);

  DenseMap<Operation *, std::string> places;
};
} // namespace

/// In row-major order of the axes that a stage does not stand on.
SmallVector<int64_t, 0> Plan::findDevices(StageOp stage) {
  SmallVector<int64_t, 0> result;
  if (stage && stage.getDevices()) {
    llvm::append_range(result, *stage.getDevices());
    return result;
  }
  std::optional<ArrayRef<int64_t>> stated;
  if (MeshOp op = model.lookupMesh())
    stated = op.getDevices();
  // How many ranks stand between two coordinates of the axis.
  constexpr int64_t kMaxRanks = 1 << 12;
  int64_t size = mesh.getSize(mesh.getAxes()), stride = size, numOnAxis = 1;
  bool isPlaced = stage && stage.getAxisAttr() && stage.getCoordinate();
  for (auto [axis, count] : llvm::zip_equal(mesh.getAxes(), mesh.getSizes())) {
    stride /= std::max<int64_t>(1, count);
    numOnAxis = count;
    if (isPlaced && axis == stage.getAxisAttr())
      break;
  }
  for (int64_t rank = 0; rank < std::min(size, kMaxRanks); ++rank)
    if (!isPlaced || rank / std::max<int64_t>(1, stride) % numOnAxis ==
                         static_cast<int64_t>(*stage.getCoordinate()))
      result.push_back(stated && rank < static_cast<int64_t>(stated->size())
                           ? (*stated)[rank]
                           : rank);
  return result;
}

StringRef Plan::describePlace(KvCacheOp cache) {
  auto stage = cache->getParentOfType<StageOp>();
  auto [it, isNew] = places.try_emplace(stage);
  if (!isNew)
    return it->second;
  llvm::raw_string_ostream os(it->second);
  llvm::interleaveComma(findDevices(stage), os);
  os << " as <";
  // Axes of one rank part nothing.
  auto axes =
      llvm::make_filter_range(llvm::zip_equal(mesh.getAxes(), mesh.getSizes()),
                              [](auto axis) { return std::get<1>(axis) != 1; });
  llvm::interleaveComma(axes, os, [&](auto axis) {
    os << std::get<0>(axis).getValue() << " = " << std::get<1>(axis);
  });
  os << ">";
  return it->second;
}

namespace {
/// The caches of several plans, by their names.
class CachesBeside {
public:
  CachesBeside(MLIRContext *context, CheckLog &log)
      : log(log), writers(context) {}

  /// False at a cache that may be another one than its namesake of a plan that
  /// was added before.
  bool add(ModelOp model);

private:
  struct Known {
    size_t plan;
    KvCacheOp cache;
  };
  bool report(KvCacheOp cache, Known first, StringRef what, const Twine &there,
              const Twine &here);
  /// True if two caches of one name may be one.
  bool agree(Known first, KvCacheOp cache, Plan &own);
  bool agreeOnPlace(Known first, KvCacheOp cache, Plan &own);
  bool agreeOnAccess(Known first, KvCacheOp cache, Plan &own);

  CheckLog &log;
  CacheWriters writers;
  std::vector<Plan> plans;
  DenseMap<StringAttr, SmallVector<Known, 1>> known;
};
} // namespace

bool CachesBeside::report(KvCacheOp cache, Known first, StringRef what,
                          const Twine &there, const Twine &here) {
  log.setUnverified("KV cache '" + cache.getName() + "' " + what + " " + there +
                        " in '@" + plans[first.plan].model.getSymName() +
                        "', but " + here +
                        " here: on one set of devices nobody says that the two "
                        "are one cache",
                    cache.getLoc());
  return false;
}

bool CachesBeside::agreeOnPlace(Known first, KvCacheOp cache, Plan &own) {
  StringRef there = plans[first.plan].describePlace(first.cache),
            here = own.describePlace(cache);
  if (there == here)
    return true;
  // From the first device on that differs.
  size_t begin = 0;
  for (size_t i = 0; i < std::min(there.size(), here.size()); ++i) {
    if (there[i] != here[i])
      break;
    if (there[i] == ' ')
      begin = i + 1;
  }
  constexpr size_t kMaxShown = 120;
  auto shorten = [&](StringRef text) {
    text = text.drop_front(begin);
    return (begin > 0 ? "... " : "") + text.take_front(kMaxShown).str() +
           (text.size() > kMaxShown ? " ..." : "");
  };
  return report(cache, first, "is on devices", shorten(there), shorten(here));
}

bool CachesBeside::agreeOnAccess(Known first, KvCacheOp cache, Plan &own) {
  CacheWriters::Access by = writers.getAccess(plans[first.plan].model,
                                              first.cache),
                       ownBy = writers.getAccess(own.model, cache);
  auto expectSame = [&](std::optional<uint32_t> theirs,
                        std::optional<uint32_t> ours, StringRef what) {
    if (!theirs || !ours || *theirs == *ours)
      return true;
    auto [there, here] = writers.describeDifference(*theirs, *ours);
    return report(cache, first, what, there, here);
  };
  return expectSame(by.writes, ownBy.writes, "is written with") &&
         expectSame(by.tables, ownBy.tables, "is found by");
}

bool CachesBeside::agree(Known first, KvCacheOp cache, Plan &own) {
  if (first.cache.getType() != cache.getType())
    return report(cache, first, "is", debugString(first.cache.getType()),
                  debugString(cache.getType()));
  int64_t there = plans[first.plan].getNumBatches(first.cache),
          here = own.getNumBatches(cache);
  if (there != here)
    return report(cache, first, "is there once for each of",
                  Twine(there) + " micro-batches", Twine(here));
  return agreeOnPlace(first, cache, own) && agreeOnAccess(first, cache, own);
}

bool CachesBeside::add(ModelOp model) {
  size_t index = plans.size();
  plans.emplace_back(model);
  // Of each two plans the answer is the same for all caches.
  DenseMap<size_t, bool> isOnDevicesOf;
  WalkResult result = model->walk([&](KvCacheOp cache) {
    SmallVector<Known, 1> &others = known[cache.getNameAttr()];
    if (!others.empty() && others.back().plan == index)
      return WalkResult::advance();
    for (const Known &first : others) {
      auto [shares, isFirst] = isOnDevicesOf.try_emplace(first.plan, false);
      if (isFirst)
        shares->second =
            plans[first.plan].devices.intersects(plans[index].devices);
      if (shares->second && !agree(first, cache, plans[index]))
        return WalkResult::interrupt();
    }
    others.push_back({index, cache});
    return WalkResult::advance();
  });
  return !result.wasInterrupted();
}

void dag::checkCachesBeside(ArrayRef<ModelOp> plans, CheckLog &log) {
  if (plans.empty())
    return;
  CachesBeside caches(ModelOp(plans.front()).getContext(), log);
  for (ModelOp plan : plans)
    if (!caches.add(plan))
      return;
}
