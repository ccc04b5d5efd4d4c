//===- CompareCaches.cpp - Is what was written found again? -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What one run writes to a KV cache, the next one reads: where it lies. A cache
// that lies in several places is one cache if all that is written to it is
// written in each of them.
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/IR/Caches.h"
#include "dag/Dialect/Dag/IR/LookThrough.h"
#include "dag/Equivalence/PlanComparison.h"
#include "dag/Interfaces/CostOpInterface.h"
#include "llvm/ADT/STLExtras.h"

#include <tuple>

using namespace mlir;
using namespace mlir::dag;

namespace {
/// Where a cache lies: the ranks of a stage, and its type there.
struct CachePlace {
  /// An op that has it there.
  Operation *op;
  /// The stage, or none.
  StageOp stage;
  Type type;
  /// What is written there, in order.
  SmallVector<ValueNumber, 1> writes;

  bool isAt(StageOp otherStage, Type otherType) {
    return type == otherType && areOnSameRanks(stage, otherStage);
  }
};

/// The places of one cache.
using CachePlaces = SmallVector<CachePlace, 1>;
} // namespace

static CachePlace &getPlace(CachePlaces &places, Operation *op, StageOp stage,
                            Type type) {
  for (CachePlace &place : places)
    if (place.isAt(stage, type))
      return place;
  return places.emplace_back(CachePlace{op, stage, type, {}});
}

/// Where `op` lies: in its stage, or, outside of all, in those that take it.
static void addPlaces(KvCacheOp op, CachePlaces &places) {
  Type type = op.getType();
  if (auto stage = op->getParentOfType<StageOp>()) {
    getPlace(places, op, stage, type);
    return;
  }
  // Users are listed from the last to the first.
  SmallVector<Operation *> users(op->getUsers());
  for (Operation *user : llvm::reverse(users))
    if (auto stage = dyn_cast<StageOp>(user))
      getPlace(places, op, stage, type);
    else
      getPlace(places, op, StageOp(), type);
}

/// The cache that `value` is, written or not; or null.
static KvCacheOp findCache(Value value) {
  while (value) {
    if (auto cache = value.getDefiningOp<KvCacheOp>())
      return cache;
    auto update = value.getDefiningOp<KvCacheUpdateOp>();
    value = update ? update->getOperand(0) : lookThroughRegion(value);
  }
  return {};
}

/// The type of the cache `name` where `op` writes it.
static Type findType(Operation *op, StringAttr name) {
  if (auto update = dyn_cast<KvCacheUpdateOp>(op))
    return update->getOperand(0).getType();
  for (Value operand : op->getOperands())
    if (KvCacheOp cache = findCache(operand))
      if (cache.getNameAttr() == name)
        return operand.getType();
  return {};
}

static std::string describe(StageOp stage) {
  return stage ? "in stage " + std::to_string(stage.getIndex())
               : std::string("in no stage");
}

/// What is expected of the cache at `place`, which is not written as at
/// `first`.
static std::string getExpectation(CachePlace &first, CachePlace &place) {
  std::string text;
  llvm::raw_string_ostream os(text);
  if (first.isAt(place.stage, first.type)) {
    os << "to have the type that it has elsewhere, " << first.type
       << ", but got " << place.type;
  } else if (place.writes.empty()) {
    os << "to be on the ranks that have it already, ";
    if (first.stage)
      os << "those of stage " << first.stage.getIndex();
    else
      os << "which are in no stage";
    os << ", but it is "
       << (place.stage ? describe(place.stage) : std::string("in none"));
  } else {
    os << "to be written alike wherever it is, but what is written "
       << describe(place.stage) << " is not what is written "
       << describe(first.stage);
  }
  return text;
}

void PlanComparison::checkCaches(const ValueNumbering &actual) {
  llvm::MapVector<StringAttr, CachePlaces> caches;
  plan->walk([&](KvCacheOp op) { addPlaces(op, caches[op.getNameAttr()]); });
  for (const auto &[root, uses] : actual.getWrites()) {
    auto name = table.getOpcode(root).attributes.getAs<StringAttr>("name");
    auto it = caches.find(name);
    if (!name || it == caches.end())
      continue;
    CachePlaces &places = it->second;
    if (places.empty())
      continue;
    for (const Use &use : uses) {
      Type type =
          places.size() == 1 ? places.front().type : findType(use.op, name);
      if (!type)
        continue;
      CachePlace &place =
          getPlace(places, use.op, use.op->getParentOfType<StageOp>(), type);
      // To write the same once more changes nothing.
      if (place.writes.empty() || place.writes.back() != use.number)
        place.writes.push_back(use.number);
    }
    if (llvm::all_of(places,
                     [](CachePlace &place) { return place.writes.empty(); }))
      continue;
    CachePlace &first = *llvm::find_if(
        places, [](CachePlace &place) { return !place.writes.empty(); });
    // A rank has one cache of a name, in one type.
    CachePlace *other = llvm::find_if(places, [&](CachePlace &place) {
      return place.writes != first.writes ||
             (&place != &first && areOnSameRanks(first.stage, place.stage));
    });
    if (other == places.end())
      continue;
    report(Code::DAG791, other->op,
           "expected KV cache '" + name.getValue() + "' " +
               getExpectation(first, *other))
        .note(first.op->getLoc(), "the cache is here");
  }
}

//===----------------------------------------------------------------------===//
// What is read behind a write
//===----------------------------------------------------------------------===//

namespace {
/// Follows what lies in the memory of caches through a plan, in its order.
class CacheReads {
public:
  explicit CacheReads(ModelOp plan)
      : costs(plan.lookupMesh() ? MeshShape(plan.lookupMesh()) : MeshShape()) {}

  /// True if `op` takes what was written over in front of it. To be asked of
  /// each op in turn.
  bool isLate(Operation *op);

private:
  /// The memory of a cache on the ranks of a stage, or of none.
  using Memory = std::tuple<StringAttr, StringAttr, uint64_t>;
  /// A cache as it was behind a write, or, without one, before all.
  struct Version {
    StringAttr name;
    Operation *write;
  };
  using Versions = SmallVector<Version, 1>;

  static Memory getMemory(StringAttr name, Operation *op) {
    auto stage = op->getParentOfType<StageOp>();
    return stage ? Memory(name, stage.getAxisAttr(),
                          stage.getCoordinate().value_or(0))
                 : Memory(name, StringAttr(), 0);
  }
  /// True if what `version` was lies there no more when `op` runs.
  bool isOver(const Version &version, Operation *op);
  /// The caches that `value` lies in, itself or seen through views.
  Versions getVersions(Value value);
  void addViews(Operation *op);

  CostContext costs;
  KernelMemory kernels;
  DenseMap<Value, Versions> versions;
  DenseMap<Memory, Operation *> lastWrites;
  /// Writes into what had been written over: as a tensor, their result lacks
  /// what lies there.
  DenseSet<Operation *> lateWrites;
};
} // namespace

CacheReads::Versions CacheReads::getVersions(Value value) {
  for (; value; value = lookThroughRegion(value))
    if (auto it = versions.find(value); it != versions.end())
      return it->second;
  return {};
}

/// Who reads a view reads what it is a view of, at that time.
void CacheReads::addViews(Operation *op) {
  auto cost = dyn_cast<CostOpInterface>(op);
  if (!cost)
    return;
  auto isFused = [](Value) { return false; };
  LivenessContext context{costs, kernels, isFused};
  for (OpResult result : op->getResults()) {
    ResultPlace place = cost.getResultPlace(result, context);
    Versions seen;
    if (place.kind == ResultPlace::Kind::Shared)
      seen = getVersions(place.source);
    else if (place.isMadeWhereRead)
      for (Value operand : op->getOperands())
        llvm::append_range(seen, getVersions(operand));
    if (!seen.empty())
      versions[result] = std::move(seen);
  }
}

bool CacheReads::isOver(const Version &version, Operation *op) {
  auto last = lastWrites.find(
      getMemory(version.name, version.write ? version.write : op));
  return last != lastWrites.end() && last->second != version.write;
}

bool CacheReads::isLate(Operation *op) {
  if (auto cache = dyn_cast<KvCacheOp>(op)) {
    versions[cache] = {{cache.getNameAttr(), nullptr}};
    return false;
  }
  // What is handed on is read elsewhere.
  if (op->getNumRegions() != 0 || isa<YieldOp>(op))
    return false;
  auto update = dyn_cast<KvCacheUpdateOp>(op);
  for (Value operand : op->getOperands().drop_front(update ? 1 : 0))
    for (const Version &version : getVersions(operand))
      if (isOver(version, op) || lateWrites.contains(version.write))
        return true;
  if (!update) {
    addViews(op);
    return false;
  }
  for (const Version &version : getVersions(update->getOperand(0))) {
    Operation *&last = lastWrites[getMemory(version.name, op)];
    // To write the same once more changes nothing.
    if (!last || last->getOperands() != update->getOperands()) {
      if (isOver(version, op) || lateWrites.contains(version.write))
        lateWrites.insert(update);
      last = update;
    }
    versions[update->getResult(0)].push_back({version.name, last});
  }
  return false;
}

Operation *PlanComparison::findLateRead() {
  CacheReads reads(plan);
  Operation *found = nullptr;
  plan->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (!reads.isLate(op))
      return WalkResult::advance();
    found = op;
    return WalkResult::interrupt();
  });
  return found;
}
