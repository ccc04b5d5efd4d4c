//===- Loads.cpp - Loads, stores and fences -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lanes.h"

#include <algorithm>
#include <cstring>

using namespace mlir::dag::ptx;

uint64_t Machine::getKey(Warp &warp, Space space, uint64_t address) {
  bool isShared = space == Space::Shared || space == Space::SharedCluster ||
                  address >> window::kSlotBits == 1;
  if (!isShared)
    return address;
  uint32_t offset;
  Block *block = findShared(warp, address, offset);
  return uint64_t(1) << 63 |
         uint64_t(block ? block->number : 0) << window::kRankShift | offset;
}

/// Sectors of 32 bytes in global memory; in shared memory how often the banks
/// have to be asked again. Wide accesses go by parts of a warp.
void Machine::count(Space space, uint32_t mask, const uint64_t *addresses,
                    unsigned bytes, unsigned place) {
  bool isShared = space == Space::Shared || space == Space::SharedCluster ||
                  addresses[__builtin_ctz(mask)] >> window::kSlotBits == 1;
  llvm::SmallVector<uint64_t, 128> units;
  if (!isShared) {
    forEachLane(mask,
                [&](unsigned lane) { units.push_back(addresses[lane] / 32); });
    llvm::sort(units);
    size_t number = std::unique(units.begin(), units.end()) - units.begin();
    counters.sectors += number;
    counters.globalBytes += uint64_t(__builtin_popcount(mask)) * bytes;
    sectors[place] += number;
    return;
  }
  unsigned lanes = bytes <= 4 ? 32 : 128 / bytes, asked = 0;
  for (unsigned first = 0; first < kLanes; first += lanes) {
    units.clear();
    for (unsigned lane = first; lane < first + lanes; ++lane)
      for (unsigned i = 0; i < std::max(1u, bytes / 4); ++i)
        if (mask >> lane & 1)
          units.push_back(addresses[lane] / 4 + i);
    llvm::sort(units);
    units.erase(std::unique(units.begin(), units.end()), units.end());
    unsigned banks[32] = {}, most = 0;
    for (uint64_t unit : units)
      most = std::max(most, ++banks[unit % 32]);
    asked += most;
    counters.sharedConflicts += most > 0 ? most - 1 : 0;
    conflictCounts[place] += most > 0 ? most - 1 : 0;
  }
  counters.sharedAccesses += asked;
  counters.sharedBytes += uint64_t(__builtin_popcount(mask)) * bytes;
}

/// What an order of a load or a store asks for, by what it says.
void mlir::dag::ptx::acquireFor(Warp &warp, const Inst &inst, uint64_t address,
                                unsigned lane) {
  Machine &machine = warp.machine;
  uint64_t key = machine.getKey(warp, inst.space, address);
  if (inst.order >= Order::Acquire) {
    machine.acquire(warp, key, inst.scope, lane);
    return;
  }
  machine.acquireByFence(warp, key, inst.scope);
}

void mlir::dag::ptx::releaseFor(Warp &warp, const Inst &inst, uint64_t address,
                                unsigned lane) {
  Machine &machine = warp.machine;
  uint64_t key = machine.getKey(warp, inst.space, address);
  if (inst.order >= Order::Acquire && inst.order != Order::Acquire) {
    machine.release(warp, key, inst.scope, lane);
    return;
  }
  machine.releaseAgain(warp, key, inst.scope, lane);
}

static uint64_t readValue(const uint8_t *bytes, unsigned size) {
  uint64_t value = 0;
  std::memcpy(&value, bytes, size);
  return value;
}

static void runLoad(Warp &warp, const Inst &inst) {
  Machine &machine = warp.machine;
  const Op &to = inst.ops[0];
  auto rows = machine.program.getList(to);
  unsigned size = std::max(1u, getBits(inst.type) / 8);
  unsigned total = size * rows.size();
  const uint64_t *base = warp.source(inst.ops[1].row);
  uint64_t addresses[kLanes];
  for (unsigned lane = 0; lane < kLanes; ++lane)
    addresses[lane] = base[lane] + inst.ops[1].offset;
  uint64_t *results[8];
  for (unsigned i = 0; i < rows.size(); ++i)
    results[i] =
        warp.destinationRow(to.kind == Op::Kind::Sink ? kNoRow : rows[i]);
  bool extends = isSigned(inst.type) && size < 8;
  uint64_t mask = to.bits >= 64 ? ~uint64_t(0) : (uint64_t(1) << to.bits) - 1;
  bool isStrong = inst.order != Order::Weak;
  if (machine.launch.profiles && inst.space != Space::Param)
    machine.count(inst.space, warp.mask, addresses, total, warp.current);
  Actor actor = warp.getActor(warp.firstLane(), isStrong);
  actor.access.isReadOnly = inst.aux[0];
  actor.observes = isStrong && machine.program.isRead(to);
  forEachLane(warp.mask, [&](unsigned lane) {
    if (machine.hasStopped ||
        !machine.checkAlignment(warp, addresses[lane], total, lane))
      return;
    actor.setLane(lane, warp.laneClocks[lane]);
    const uint8_t *bytes = machine.resolveFor(
        warp, actor, inst.space, addresses[lane], total, AccessKind::Read);
    if (!bytes)
      return;
    // A vector is accessed element by element (8.2.1).
    for (unsigned i = 0; isStrong && i < rows.size(); ++i)
      acquireFor(warp, inst, addresses[lane] + i * size, lane);
    for (unsigned i = 0; i < rows.size(); ++i) {
      uint64_t value = readValue(bytes + i * size, size);
      if (extends && (value >> (8 * size - 1) & 1))
        value |= ~uint64_t(0) << (8 * size);
      results[i][lane] = value & mask;
    }
  });
  if (!isStrong)
    return;
  // Who asks again and sees the same waits for others.
  llvm::SmallVector<uint64_t, kLanes> places, values;
  forEachLane(warp.mask, [&](unsigned lane) {
    places.push_back(addresses[lane]);
    for (unsigned i = 0; i < rows.size(); ++i)
      values.push_back(results[i][lane]);
  });
  warp.isSpinning = warp.isSame(places, values);
}

static void runStore(Warp &warp, const Inst &inst) {
  Machine &machine = warp.machine;
  const Op &from = inst.ops[1];
  auto rows = machine.program.getList(from);
  unsigned size = std::max(1u, getBits(inst.type) / 8);
  unsigned total = size * rows.size();
  const uint64_t *base = warp.source(inst.ops[0].row);
  const uint64_t *values[8];
  for (unsigned i = 0; i < rows.size(); ++i)
    values[i] = warp.source(rows[i]);
  bool isStrong = inst.order != Order::Weak;
  uint64_t addresses[kLanes];
  for (unsigned lane = 0; lane < kLanes; ++lane)
    addresses[lane] = base[lane] + inst.ops[0].offset;
  if (machine.launch.profiles && inst.space != Space::Param)
    machine.count(inst.space, warp.mask, addresses, total, warp.current);
  Actor actor = warp.getActor(warp.firstLane(), isStrong);
  forEachLane(warp.mask, [&](unsigned lane) {
    if (machine.hasStopped ||
        !machine.checkAlignment(warp, addresses[lane], total, lane))
      return;
    actor.setLane(lane, warp.laneClocks[lane]);
    actor.access.clock = warp.clock;
    actor.released = warp.released;
    uint8_t *bytes = machine.resolveFor(
        warp, actor, inst.space, addresses[lane], total, AccessKind::Write);
    if (!bytes)
      return;
    for (unsigned i = 0; isStrong && i < rows.size(); ++i) {
      machine.overwrite(warp, inst.space, addresses[lane] + i * size);
      releaseFor(warp, inst, addresses[lane] + i * size, lane);
    }
    for (unsigned i = 0; i < rows.size(); ++i)
      std::memcpy(bytes + i * size, &values[i][lane], size);
  });
  machine.progress();
}

/// `aux[0]` of an instruction with a vector is checked against its modifiers.
static bool hasVector(const Modifiers &modifiers, const Op &op) {
  unsigned count = modifiers.getVectorSize();
  return op.kind == Op::Kind::List ? op.count == count : count == 1;
}

static bool fillAccess(const Modifiers &modifiers, Inst &inst) {
  if (modifiers.types.size() != 1 || modifiers.spaces.size() > 1 ||
      modifiers.type() == Type::B128 || modifiers.type() == Type::Pred)
    return false;
  inst.scope = getScope(modifiers);
  inst.order = getOrder(modifiers, Order::Weak);
  if (modifiers.has("volatile") || modifiers.has("mmio"))
    inst.scope = Scope::Sys;
  return true;
}

static Execute selectLoad(const Modifiers &modifiers, Inst &inst) {
  bool isKnown =
      fillAccess(modifiers, inst) && hasVector(modifiers, inst.ops[0]);
  inst.aux[0] = modifiers.has("nc");
  isKnown &= !inst.aux[0] || inst.space == Space::Global;
  return isKnown ? runLoad : nullptr;
}

static Execute selectStore(const Modifiers &modifiers, Inst &inst) {
  bool isKnown = fillAccess(modifiers, inst) &&
                 hasVector(modifiers, inst.ops[1]) &&
                 inst.space != Space::Const;
  return isKnown ? runStore : nullptr;
}

/// Hints about caches change nothing that can be seen.
static void runHint(Warp &, const Inst &) {}
static Execute selectHint(const Modifiers &, Inst &) { return runHint; }

/// What was in these 128 bytes is not there any more.
static void runDiscard(Warp &warp, const Inst &inst) {
  Machine &machine = warp.machine;
  constexpr unsigned kBytes = 128;
  forEachLane(warp.mask, [&](unsigned lane) {
    uint64_t address = warp.getAddress(inst.ops[0], lane);
    if (machine.hasStopped ||
        !machine.resolve(warp, inst.space, address, kBytes, AccessKind::Write,
                         lane, /*isStrong=*/false))
      return;
    Region *region = machine.memory.find(address);
    if (region && region->shadow)
      region->shadow->discard(address - region->address, kBytes);
  });
  machine.progress();
}
static Execute selectDiscard(const Modifiers &, Inst &) { return runDiscard; }

static void runPolicy(Warp &warp, const Inst &inst) {
  uint64_t *to = warp.destination(inst.ops[0]);
  forEachLane(warp.mask, [&](unsigned lane) { to[lane] = 0; });
}
static Execute selectPolicy(const Modifiers &, Inst &) { return runPolicy; }

static void runFence(Warp &warp, const Inst &inst) {
  warp.machine.fence(warp, inst.scope, inst.order);
}
static Execute selectFence(const Modifiers &modifiers, Inst &inst) {
  inst.scope = getScope(modifiers);
  inst.order = getOrder(modifiers, Order::AcquireRelease);
  return runFence;
}
static Execute selectMembar(const Modifiers &modifiers, Inst &inst) {
  inst.scope = modifiers.has("cta")   ? Scope::Cta
               : modifiers.has("sys") ? Scope::Sys
                                      : Scope::Gpu;
  inst.order = Order::Sequential;
  return runFence;
}

/// What generic accesses have written is seen by asynchronous ones after this.
static void runProxyFence(Warp &warp, const Inst &inst) {
  LaneFence &fence = warp.proxyFence;
  uint32_t epoch = warp.laneOrder.getEpoch();
  bool isSame = fence.epoch == epoch;
  uint32_t lanes = isSame ? fence.lanes : 0;
  Clock told = std::max(warp.getTold(warp.mask), isSame ? fence.told : 0);
  fence = {warp.isConverged() ? kAllLanes : lanes | warp.mask, epoch,
           warp.clock, told};
  // Of other blocks' shared memory `.shared::cta` says nothing.
  if (inst.space == Space::Shared && warp.machine.hasClusters())
    warp.known.fencedBlocks.join(warp.block.rank, warp.known.order);
  else if (inst.space != Space::Global)
    warp.known.fencedShared.join(warp.known.order);
  if (inst.space == Space::Generic || inst.space == Space::Global)
    warp.known.fencedGlobal.join(warp.known.order);
  warp.tick();
}
static Execute selectProxyFence(const Modifiers &modifiers, Inst &) {
  return modifiers.spaces.size() <= 1 ? runProxyFence : nullptr;
}

/// What is restricted to mbarriers orders no less than they do.
template <bool IsProxy>
static void runRestrictedFence(Warp &warp, const Inst &inst) {
  if (IsProxy) {
    warp.known.fencedShared.join(warp.known.order);
    warp.tick();
  }
  warp.machine.fence(warp, inst.scope);
}
template <bool IsProxy>
static Execute selectRestrictedFence(const Modifiers &modifiers, Inst &inst) {
  inst.scope = getScope(modifiers);
  return modifiers.has("cluster") ? runRestrictedFence<IsProxy> : nullptr;
}

/// Publishes where mbarriers begin, and nothing else.
static void runInitFence(Warp &warp, const Inst &) {
  for (auto &[offset, barrier] : warp.block.mbarriers)
    if (warp.known.order.covers(barrier.initAgent, barrier.initClock)) {
      barrier.fenceAgent = warp.agent;
      barrier.fenceClock = warp.clock;
    }
  warp.initRelease = warp.known;
  warp.tick();
}
static Execute selectInitFence(const Modifiers &, Inst &) {
  return runInitFence;
}

static constexpr llvm::StringRef kLoadFlags =
    "@space weak volatile relaxed acquire mmio cta cluster gpu sys ca cg cs lu "
    "cv nc v2 v4 v8 unified L1::* L2::*";

static const InstructionRow kRows[] = {
    {"ld", "Dms?", kLoadFlags, selectLoad},
    {"ldu", "Dm", "@space v2 v4", selectLoad},
    {"st", "mSs?",
     "@space weak volatile relaxed release mmio cta cluster gpu sys wb cg cs "
     "wt "
     "v2 v4 v8 L1::* L2::*",
     selectStore},
    {"prefetch", "m", "@space L1 L2 L2::* tensormap", selectHint},
    {"prefetchu", "m", "L1", selectHint},
    {"applypriority", "ms", "@space L2::*", selectHint},
    {"discard", "ms", "@space L2", selectDiscard},
    {"createpolicy.fractional", "ds?", "L2::*", selectPolicy},
    {"createpolicy.range", "dmss", "@space L2::*", selectPolicy},
    {"createpolicy.cvt", "ds", "L2", selectPolicy},
    {"fence", "", "sc acq_rel acquire release cta cluster gpu sys",
     selectFence},
    {"membar", "", "cta gl sys", selectMembar},
    {"fence.proxy.async", "", "@space", selectProxyFence},
    {"fence.acquire.sync_restrict::shared::cluster", "", "cluster",
     selectRestrictedFence<false>},
    {"fence.release.sync_restrict::shared::cta", "", "cluster",
     selectRestrictedFence<false>},
    {"fence.proxy.async::generic.acquire.sync_restrict::shared::cluster", "",
     "cluster", selectRestrictedFence<true>},
    {"fence.proxy.async::generic.release.sync_restrict::shared::cta", "",
     "cluster", selectRestrictedFence<true>},
    {"fence.proxy.alias", "", "", selectHint},
    {"membar.proxy.alias", "", "", selectHint},
    {"membar.proxy.async", "", "@space", selectProxyFence},
    {"fence.mbarrier_init", "", "release cluster", selectInitFence},
};

llvm::ArrayRef<InstructionRow> mlir::dag::ptx::getMemoryRows() { return kRows; }
