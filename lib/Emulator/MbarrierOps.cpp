//===- MbarrierOps.cpp - Barriers in shared memory -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lanes.h"

#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/StringExtras.h"

#include <cstring>

using namespace mlir::dag::ptx;
using llvm::Twine;

static std::string where(uint32_t offset) {
  return "the mbarrier at shared memory +0x" + llvm::utohexstr(offset, true);
}

namespace mlir::dag::ptx {
Mbarrier *findMbarrier(Warp &warp, Space space, uint64_t address, unsigned lane,
                       Block *&block, uint32_t &offset) {
  Machine &machine = warp.machine;
  block = machine.getShared(warp, space, address, 8, offset, lane);
  if (!block)
    return nullptr;
  if (offset % 8 != 0) {
    machine.fault(Code::Misaligned, warp,
                  where(offset) + " is not at a multiple of 8", lane);
    return nullptr;
  }
  auto it = block->mbarriers.find(offset);
  if (it == block->mbarriers.end() || !it->second.isLive) {
    machine.fault(Code::NotABarrier, warp,
                  where(offset) + " is used and not initialised", lane);
    return nullptr;
  }
  Mbarrier &barrier = it->second;
  if (machine.launch.tracks &&
      !warp.known.order.covers(barrier.initAgent, barrier.initClock) &&
      !warp.knownInits.order.covers(barrier.initAgent, barrier.initClock)) {
    Finding &finding = machine.report(
        Code::NotABarrier, warp,
        where(offset) +
            " is used, and nothing orders this behind its initialisation",
        lane);
    if (finding.parties.size() == 1)
      finding.parties.push_back({machine.getPlace(barrier.initInst),
                                 machine.describe(barrier.initAgent, 0),
                                 "initialised it"});
  }
  return &barrier;
}

void checkPhase(Warp &warp, const Mbarrier &barrier, uint32_t offset,
                unsigned lane) {
  // One arrival alone ends a phase, whatever the order.
  if (warp.machine.launch.tracks && barrier.expected > 1 &&
      !warp.known.order.covers(barrier.agent, barrier.phase) &&
      !warp.ended.covers(barrier.agent, barrier.phase))
    warp.machine.report(Code::TooManyArrivals, warp,
                        "the warp arrives at " + where(offset) + " in phase " +
                            Twine(barrier.phase) +
                            ", and nothing tells it that phase " +
                            Twine(barrier.phase - 1) + " has ended",
                        lane);
}
} // namespace mlir::dag::ptx

/// Notes an access that is no copy's: those end with their phase.
static void noteUse(Warp &warp, Block &block, Mbarrier &barrier) {
  if (!warp.machine.launch.tracks)
    return;
  barrier.uses.raise(warp.agent, warp.clock);
  if (&block != &warp.block)
    block.visitors[warp.agent] = {warp.clock, warp.current};
}

static void runInit(Warp &warp, const Inst &inst) {
  Machine &machine = warp.machine;
  forEachLane(warp.mask, [&](unsigned lane) {
    uint32_t offset;
    uint64_t count = warp.get(inst.ops[1], lane);
    Block *block =
        machine.getShared(warp, Space::Shared,
                          warp.getAddress(inst.ops[0], lane), 8, offset, lane);
    if (!block)
      return;
    if (offset % 8 != 0)
      return machine.fault(Code::Misaligned, warp,
                           where(offset) + " is not at a multiple of 8", lane);
    if (count == 0 || count >= 1u << 20)
      return machine.fault(Code::BarrierCount, warp,
                           "expected from 1 to 2^20 - 1 arrivals, but got " +
                               Twine(count),
                           lane);
    Mbarrier &barrier = block->mbarriers[offset];
    if (barrier.isLive)
      machine.report(Code::Reinitialised, warp,
                     where(offset) +
                         " is initialised again, and was not invalidated",
                     lane);
    if (barrier.agent == kNoAgent)
      barrier.agent = block->cluster.addAgent(
          "a copy that " + where(offset) + " of block (" +
          std::to_string(block->id[0]) + "," + std::to_string(block->id[1]) +
          "," + std::to_string(block->id[2]) + ") tells of");
    barrier.isLive = true;
    barrier.expected = barrier.nextExpected = barrier.pending = count;
    barrier.transactions = 0;
    barrier.phase = 0;
    barrier.pendingKnown = barrier.doneKnown = Knowledge(block->cluster.number);
    barrier.pendingEnded = barrier.doneEnded =
        VectorClock(block->cluster.number);
    barrier.uses = VectorClock(block->cluster.number);
    barrier.initInst = warp.current;
    barrier.initAgent = warp.agent;
    barrier.initClock = warp.clock;
    barrier.fenceAgent = kNoAgent;
    barrier.late = 0;
    if (block->region.shadow) {
      // It is a store of the generic proxy.
      block->region.shadow->setBarrier(offset, false);
      machine.track(block->region, offset, 8, AccessKind::Write,
                    warp.getActor(lane));
      block->region.shadow->setBarrier(offset, true);
    }
    std::memset(block->shared.data() + offset, 0, 8);
  });
  machine.progress();
}
static Execute selectInit(const Modifiers &, Inst &) { return runInit; }

/// What others do with a barrier has to be done before it is no more.
static void checkUses(Warp &warp, const Mbarrier &barrier, const Block &block,
                      uint32_t offset, unsigned lane) {
  if (!warp.machine.launch.tracks)
    return;
  for (const auto &other : block.cluster.blocks)
    for (const auto &user : other->warps) {
      Clock last = barrier.uses.get(user->agent);
      if (user.get() == &warp || warp.known.order.covers(user->agent, last) ||
          warp.ended.covers(user->agent, last))
        continue;
      Machine &machine = warp.machine;
      machine
          .report(Code::NotABarrier, warp,
                  where(offset) +
                      " is invalidated, and nothing orders this behind its "
                      "use by " +
                      machine.describe(user->agent, kSeveralLanes),
                  lane)
          .hint = "a barrier between the last use and mbarrier.inval";
      machine.hasStopped = true;
      return;
    }
}

static void runInval(Warp &warp, const Inst &inst) {
  forEachLane(warp.mask, [&](unsigned lane) {
    Block *block;
    uint32_t offset;
    if (Mbarrier *barrier = findMbarrier(warp, Space::Shared,
                                         warp.getAddress(inst.ops[0], lane),
                                         lane, block, offset)) {
      checkUses(warp, *barrier, *block, offset, lane);
      barrier->isLive = false;
      if (block->region.shadow)
        block->region.shadow->setBarrier(offset, false);
    }
  });
}
static Execute selectInval(const Modifiers &, Inst &) { return runInval; }

enum ArriveFlags : uint32_t {
  kExpects = 1,
  kDrops = 2,
  kRelaxed = 4,
  kNoArrival = 8,
  kCompletes = 16,
  kNoComplete = 32
};

static void arrive(Warp &warp, Mbarrier &barrier, uint64_t count,
                   uint32_t flags, uint32_t offset, unsigned lane) {
  Machine &machine = warp.machine;
  if (barrier.pending < count)
    return machine.fault(Code::TooManyArrivals, warp,
                         Twine(count) + " arrivals at " + where(offset) +
                             ", which expects " + Twine(barrier.pending) +
                             " more of " + Twine(barrier.expected) +
                             " in phase " + Twine(barrier.phase),
                         lane);
  checkPhase(warp, barrier, offset, lane);
  if (machine.launch.tracks) {
    auto scope = unsigned(machine.hasClusters() ? Scope::Cluster : Scope::Cta);
    if (flags & kRelaxed)
      warp.noteFenceTold(scope, 1u << lane);
    barrier.pendingKnown.join(flags & kRelaxed ? warp.fenceRelease[scope]
                                               : warp.known);
    barrier.pendingEnded.join(warp.ended);
    barrier.pendingEnded.raise(warp.agent, warp.clock);
  }
  barrier.pending -= count;
  barrier.pendingTime = std::max(barrier.pendingTime, warp.times.now);
  if (flags & kDrops)
    barrier.nextExpected -= std::min<uint64_t>(count, barrier.nextExpected);
  machine.advancePhase(barrier);
}

/// `aux[0]`: flags; `aux[1]`: whether the state is given; operands from the
/// address on.
static void runArrive(Warp &warp, const Inst &inst) {
  Machine &machine = warp.machine;
  uint32_t flags = inst.aux[0];
  unsigned first = inst.aux[1];
  uint64_t states[kLanes] = {};
  forEachLane(warp.mask, [&](unsigned lane) {
    Block *block;
    uint32_t offset;
    Mbarrier *barrier =
        machine.hasStopped
            ? nullptr
            : findMbarrier(warp, inst.space,
                           warp.getAddress(inst.ops[first], lane), lane, block,
                           offset);
    if (!barrier)
      return;
    noteUse(warp, *block, *barrier);
    states[lane] = barrier->phase | uint64_t(barrier->pending) << 32;
    bool hasCount = inst.numOps > first + 1;
    uint64_t count = hasCount ? warp.get(inst.ops[first + 1], lane) : 1;
    if (flags & kExpects) {
      barrier->transactions += uint32_t(count);
      count = 1;
    }
    if (flags & kCompletes)
      barrier->transactions -= uint32_t(count);
    if (std::abs(barrier->transactions) >= 1 << 20)
      machine.report(Code::Transactions, warp,
                     Twine(barrier->transactions) + " bytes pending at " +
                         where(offset) + ", of at most 2^20 - 1",
                     lane);
    if (count == 0 && !(flags & kNoArrival))
      return machine.fault(Code::BarrierCount, warp,
                           "expected at least one arrival, but got 0", lane);
    if (flags & kNoArrival)
      machine.advancePhase(*barrier);
    else
      arrive(warp, *barrier, count, flags, offset, lane);
    if ((flags & kNoComplete) && barrier->phase != uint32_t(states[lane]))
      machine.report(Code::TooManyArrivals, warp,
                     "an arrival with .noComplete ends the phase of " +
                         where(offset),
                     lane);
  });
  warp.tickFor(flags & kRelaxed ? 0 : warp.mask);
  warp.noteSync();
  if (first == 0 || inst.ops[0].kind == Op::Kind::Sink)
    return;
  uint64_t *to = warp.destination(inst.ops[0]);
  forEachLane(warp.mask, [&](unsigned lane) { to[lane] = states[lane]; });
}

static Execute selectArriveWith(const Modifiers &modifiers, Inst &inst,
                                uint32_t flags) {
  // The first operand is the state, unless it is the address.
  bool hasState = inst.numOps > 0 && inst.source &&
                  inst.source->operands[0].kind != Operand::Kind::Address;
  unsigned addresses = 0;
  for (const Operand &operand : inst.source->operands)
    addresses += operand.kind == Operand::Kind::Address;
  if (addresses != 1 || inst.numOps > (hasState ? 3 : 2) ||
      inst.source->operands[hasState].kind != Operand::Kind::Address)
    return nullptr;
  bool needsCount = flags & (kExpects | kCompletes | kNoComplete);
  if (needsCount && inst.numOps != (hasState ? 3 : 2))
    return nullptr;
  inst.aux[0] = flags | (modifiers.has("relaxed") ? kRelaxed : 0);
  inst.aux[1] = hasState;
  return runArrive;
}
static Execute selectArrive(const Modifiers &modifiers, Inst &inst) {
  uint32_t flags = (modifiers.has("expect_tx") ? kExpects : 0) |
                   (modifiers.has("noComplete") ? kNoComplete : 0);
  return selectArriveWith(modifiers, inst, flags);
}
static Execute selectDrop(const Modifiers &modifiers, Inst &inst) {
  return selectArriveWith(modifiers, inst,
                          kDrops | (modifiers.has("expect_tx") ? kExpects : 0));
}
static Execute selectExpect(const Modifiers &modifiers, Inst &inst) {
  // Only the bytes change.
  return selectArriveWith(modifiers, inst, kExpects | kNoArrival);
}
static Execute selectComplete(const Modifiers &modifiers, Inst &inst) {
  return selectArriveWith(modifiers, inst, kCompletes | kNoArrival);
}

/// What is copied arrives as late as it may: when somebody asks, and has asked
/// in vain once, or more often.
static void completeLate(Machine &machine, Block &block, Mbarrier &barrier,
                         uint32_t offset) {
  bool isFirst = barrier.late != barrier.phase + 1;
  // Nothing that nobody will bring is late.
  bool isPending = llvm::any_of(block.cluster.pending, [&](const auto &copy) {
    return copy.block == &block && copy.barrier == offset;
  });
  if (barrier.transactions != 0 &&
      (isFirst || (isPending && machine.random() % 2 == 0))) {
    barrier.late = barrier.phase + 1;
    machine.progress();
    return;
  }
  machine.completeOne(block.cluster, &block, offset);
}

/// Lanes know what a barrier knows whose phase has ended.
static void passBarrier(Warp &warp, Mbarrier &barrier, uint32_t lanes) {
  if (!warp.machine.launch.tracks)
    return;
  warp.acquireFor(lanes, barrier.doneKnown);
  warp.known.order.raise(barrier.agent, barrier.phase);
  warp.noteWait(barrier.agent, barrier.phase, barrier.phase, lanes);
}

/// Waits for a phase. `aux[0]`: by its parity; otherwise by a state.
static void runWait(Warp &warp, const Inst &inst) {
  Machine &machine = warp.machine;
  bool isParity = inst.aux[0];
  uint32_t isDone = 0;
  llvm::SmallVector<std::pair<Mbarrier *, uint32_t>, 4> passed;
  // Lanes of one instruction see one state of a barrier.
  llvm::SmallPtrSet<Mbarrier *, 4> asked;
  forEachLane(warp.mask, [&](unsigned lane) {
    Block *block;
    uint32_t offset;
    Mbarrier *barrier = machine.hasStopped
                            ? nullptr
                            : findMbarrier(warp, Space::Shared,
                                           warp.getAddress(inst.ops[1], lane),
                                           lane, block, offset);
    if (!barrier)
      return;
    noteUse(warp, *block, *barrier);
    uint64_t value = warp.get(inst.ops[2], lane);
    if (isParity && uint32_t(value) > 1)
      machine.report(Code::BarrierCount, warp,
                     "expected the parity of a phase, 0 or 1, but got " +
                         Twine(uint32_t(value)),
                     lane);
    auto hasPassed = [&] {
      return isParity ? (barrier->phase & 1) != (value & 1)
                      : barrier->phase != uint32_t(value);
    };
    if (!hasPassed() && asked.insert(barrier).second)
      completeLate(machine, *block, *barrier, offset);
    if (!hasPassed()) {
      warp.isSpinning = true;
      warp.spinAddress = uint64_t(block->rank) << window::kRankShift | offset;
      warp.spinPhase = isParity ? value & 1 : value;
      return;
    }
    isDone |= 1u << lane;
    auto *it = llvm::find_if(
        passed, [&](const auto &entry) { return entry.first == barrier; });
    if (it == passed.end())
      passed.push_back({barrier, 1u << lane});
    else
      it->second |= 1u << lane;
  });
  for (auto [barrier, lanes] : passed) {
    machine.resume(warp, barrier->doneTime);
    if (machine.launch.tracks)
      warp.ended.join(barrier->doneEnded);
    if (!inst.aux[1]) {
      passBarrier(warp, *barrier, lanes);
      continue;
    }
    // A fence behind it acquires that.
    Knowledge &later = warp.pendingAcquire[unsigned(
        machine.hasClusters() ? Scope::Cluster : Scope::Cta)];
    later.join(barrier->doneKnown);
    later.order.raise(barrier->agent, barrier->phase);
  }
  if (!passed.empty() && !inst.aux[1]) {
    warp.tick();
    warp.noteSync();
    warp.spinAddress = 0;
  }
  uint64_t *to = warp.destination(inst.ops[0]);
  forEachLane(warp.mask, [&](unsigned lane) { to[lane] = isDone >> lane & 1; });
}
static Execute selectWait(const Modifiers &modifiers, Inst &inst) {
  inst.aux[0] = modifiers.has("parity");
  inst.aux[1] = modifiers.has("relaxed");
  return runWait;
}

/// The arrivals that were missing before the one whose state this is.
static void runPendingCount(Warp &warp, const Inst &inst) {
  const uint64_t *states = warp.source(inst.ops[1]);
  uint64_t *to = warp.destination(inst.ops[0]);
  forEachLane(warp.mask, [&](unsigned lane) { to[lane] = states[lane] >> 32; });
}
static Execute selectPendingCount(const Modifiers &, Inst &) {
  return runPendingCount;
}

static constexpr llvm::StringRef kArrive =
    "release relaxed cta cluster expect_tx noComplete @space";

static const InstructionRow kRows[] = {
    {"mbarrier.init", "ms", "@space", selectInit},
    {"mbarrier.inval", "m", "@space", selectInval},
    {"mbarrier.arrive", "xy?s?", kArrive, selectArrive},
    {"mbarrier.arrive_drop", "xy?s?", kArrive, selectDrop},
    {"mbarrier.pending_count", "ds", "", selectPendingCount},
    {"mbarrier.expect_tx", "ms", "relaxed cta cluster @space", selectExpect},
    {"mbarrier.complete_tx", "ms", "relaxed cta cluster @space",
     selectComplete},
    {"mbarrier.test_wait", "dms", "parity acquire relaxed cta cluster @space",
     selectWait},
    {"mbarrier.try_wait", "dmss?", "parity acquire relaxed cta cluster @space",
     selectWait},
};

llvm::ArrayRef<InstructionRow> mlir::dag::ptx::getMbarrierRows() {
  return kRows;
}
