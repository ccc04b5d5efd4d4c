//===- BufferLives.cpp - What lies in a buffer of a rank ----*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BufferLives.h"

#include <deque>
#include <set>

using namespace mlir;
using namespace mlir::dag;

//===----------------------------------------------------------------------===//
// Places
//===----------------------------------------------------------------------===//

uint32_t OpPlaces::getPlace(Operation *op) {
  // Most ranks have no two tensors in a buffer, and need no places.
  if (places.empty())
    root->walk<WalkOrder::PreOrder>(
        [&](Operation *inner) { places.try_emplace(inner, places.size()); });
  return places.lookup(op);
}

uint32_t OpPlaces::getBegin(Operation *op) {
  auto group = dyn_cast_or_null<CommGroupOp>(op->getParentOp());
  return getPlace(group ? group.getOperation() : op);
}

uint32_t OpPlaces::getEnd(Operation *op) {
  auto group = dyn_cast_or_null<CommGroupOp>(op->getParentOp());
  return getPlace(group ? &group.getBody().front().back() : op);
}

//===----------------------------------------------------------------------===//
// Other names of a tensor
//===----------------------------------------------------------------------===//

namespace {

/// Follows a tensor to its last use.
class LifeWalk {
public:
  explicit LifeWalk(OpPlaces &places) : places(places) {}

  void run(Value value);

  /// All names of the tensor.
  SmallVector<Value> names;
  uint32_t end = 0;
  /// With all that `unknown` and others of its kind may share.
  uint32_t possibleEnd = 0;
  Operation *unknown = nullptr;

private:
  /// What is known of a value: that it lies where the tensor does, that it is
  /// computed from it piece by piece, that it is made of it where it is read,
  /// that it is not known whether it does.
  struct Name {
    bool isFused, isPossible;
    bool isMade = false;
  };

  void visitUse(OpOperand &use, Name name);
  void visitResults(OpOperand &use, Name name);
  void add(Value value, Name name);

  OpPlaces &places;
  DenseMap<Value, Name> known;
  SmallVector<Value> worklist;
};

} // namespace

void LifeWalk::add(Value value, Name name) {
  auto [it, isNew] = known.try_emplace(value, name);
  // Of what is certain more follows than of what is possible.
  if (!isNew && (!it->second.isPossible || name.isPossible))
    return;
  it->second = name;
  worklist.push_back(value);
  if (!name.isFused && !name.isPossible && !name.isMade)
    names.push_back(value);
}

void LifeWalk::visitResults(OpOperand &use, Name name) {
  Operation *user = use.getOwner();
  auto model = dyn_cast<CostOpInterface>(user);
  if (!model) {
    // Ops of the dialect that do not say it are made of others, and compute.
    if (isa_and_present<DagDialect>(user->getDialect()))
      return;
    for (OpResult result : user->getResults()) {
      unknown = unknown ? unknown : user;
      add(result, {name.isFused, /*isPossible=*/true, name.isMade});
    }
    return;
  }
  CostContext costs{MeshShape()};
  KernelMemory kernels;
  auto isFused = [&](Value value) {
    auto it = known.find(value);
    return it != known.end() && it->second.isFused;
  };
  LivenessContext context{costs, kernels, isFused};
  for (OpResult result : user->getResults()) {
    ResultPlace place = model.getResultPlace(result, context);
    if (place.isMadeWhereRead)
      add(result, {name.isFused, name.isPossible, /*isMade=*/true});
    else if (place.kind == ResultPlace::Kind::Shared &&
             place.source == use.get())
      add(result, name);
    else if (place.kind == ResultPlace::Kind::Own && place.keepsOperands)
      add(result, {/*isFused=*/true, name.isPossible, name.isMade});
  }
}

void LifeWalk::visitUse(OpOperand &use, Name name) {
  Operation *user = use.getOwner();
  unsigned index = use.getOperandNumber();
  uint32_t place = places.getEnd(user);
  possibleEnd = std::max(possibleEnd, place);
  if (!name.isPossible)
    end = std::max(end, place);
  if (isa<LayerOp, StageOp>(user)) {
    if (!user->getRegion(0).empty() &&
        index < user->getRegion(0).getNumArguments())
      add(user->getRegion(0).getArgument(index), name);
    return;
  }
  Operation *parent = user->getParentOp();
  if (isa<YieldOp>(user) &&
      isa_and_present<LayerOp, StageOp, CommGroupOp>(parent)) {
    if (index < parent->getNumResults())
      add(parent->getResult(index), name);
    return;
  }
  visitResults(use, name);
}

void LifeWalk::run(Value value) {
  add(value, {/*isFused=*/false, /*isPossible=*/false});
  while (!worklist.empty()) {
    Value next = worklist.pop_back_val();
    Name name = known.lookup(next);
    for (OpOperand &use : next.getUses())
      visitUse(use, name);
  }
}

//===----------------------------------------------------------------------===//
// Lives
//===----------------------------------------------------------------------===//

BufferUse BufferUse::get(Operation *op, Kind kind) {
  bool isIn = kind == Kind::Send || kind == Kind::Keep;
  return {op, kind, isIn ? op->getOperand(0) : op->getResult(0)};
}

BufferLives::BufferLives(OpPlaces &places, ArrayRef<BufferUse> all) {
  // By its names, the use by which a tensor has come.
  DenseMap<Value, size_t> sources;
  for (auto [index, use] : llvm::enumerate(all)) {
    uint32_t end = places.getEnd(use.op);
    uses.push_back({use, places.getBegin(use.op), end, end, std::nullopt});
    if (use.kind == BufferUse::Kind::Recv ||
        use.kind == BufferUse::Kind::Take) {
      follow(places, index, sources);
      continue;
    }
    auto [it, isNew] = sources.try_emplace(use.value, index);
    if (isNew)
      continue;
    uses.back().source = it->second;
    BufferUse::Kind before = uses[it->second].use.kind;
    if (before == BufferUse::Kind::Send || before == BufferUse::Kind::Keep)
      it->second = index;
  }
}

void BufferLives::follow(OpPlaces &places, size_t use,
                         DenseMap<Value, size_t> &sources) {
  TimedUse &timed = uses[use];
  LifeWalk walk(places);
  walk.run(timed.use.value);
  timed.end = std::max(timed.end, walk.end);
  timed.possibleEnd = std::max(timed.end, walk.possibleEnd);
  unknown = unknown ? unknown : walk.unknown;
  for (Value name : walk.names)
    sources.try_emplace(name, use);
}

BufferLives::Outcome BufferLives::run(int64_t slots, int64_t numKept,
                                      bool possible) const {
  struct Life {
    uint32_t end;
    bool isKept;
  };
  Outcome outcome;
  // By the use that begins it; of others, the life that they go on with.
  std::vector<Life> lives(uses.size());
  std::vector<size_t> lifeOf(uses.size());
  std::multiset<uint32_t> ends;
  // What was kept here, with the use that has kept it.
  std::deque<std::pair<size_t, size_t>> kept;
  for (auto [index, timed] : llvm::enumerate(uses)) {
    // What is used here for the last time is still there.
    ends.erase(ends.begin(), ends.lower_bound(timed.begin));
    lives[index] = {possible ? timed.possibleEnd : timed.end, false};
    lifeOf[index] = index;
    if (timed.use.kind == BufferUse::Kind::Take) {
      if (numKept > 0) {
        --numKept;
      } else if (kept.empty()) {
        outcome.empty.push_back(index);
      } else {
        auto [life, keptBy] = kept.front();
        kept.pop_front();
        outcome.taken.push_back({keptBy, index});
        lives[life] = {std::max(lives[life].end, lives[index].end), false};
        lifeOf[index] = life;
      }
      ends.insert(lives[lifeOf[index]].end);
      continue;
    }
    bool isKeep = timed.use.kind == BufferUse::Kind::Keep;
    if (timed.source) {
      size_t life = lifeOf[*timed.source];
      bool wasKept = lives[life].isKept;
      bool isThere = wasKept || lives[life].end >= timed.begin;
      // It stays where it lies; what is kept twice comes out twice.
      if (isThere && !(isKeep && wasKept)) {
        if (auto it = ends.find(lives[life].end); !wasKept && it != ends.end())
          ends.erase(it);
        lives[life].end = std::max(lives[life].end, timed.end);
        lives[life].isKept = wasKept || isKeep;
        lifeOf[index] = life;
        if (isKeep)
          kept.push_back({life, index});
        else if (!wasKept)
          ends.insert(lives[life].end);
        continue;
      }
    }
    int64_t numBefore = numKept + kept.size();
    if (numBefore + static_cast<int64_t>(ends.size()) == slots)
      outcome.full.push_back({index, numBefore > 0});
    lives[index].isKept = isKeep;
    if (isKeep)
      kept.push_back({index, index});
    else
      ends.insert(lives[index].end);
  }
  outcome.numKept = numKept + kept.size();
  return outcome;
}

std::string BufferLives::getUnknownText(StringAttr name) const {
  return ("'" + unknown->getName().getStringRef() +
          "' does not say whether its result lies in '@" + name.getValue() +
          "', with the tensor that it is made of, when the next one comes")
      .str();
}
