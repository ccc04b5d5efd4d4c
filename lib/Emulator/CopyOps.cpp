//===- CopyOps.cpp - Copies in groups: cp.async -*- C++ -*-===//
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

/// The agent that copies for a warp.
static Agent getAgent(Warp &warp) {
  if (warp.copies.agent == kNoAgent)
    warp.copies.agent = warp.block.cluster.addAgent(
        "cp.async of " + warp.machine.describe(warp.agent, kSeveralLanes));
  return warp.copies.agent;
}

/// Until which clock all copies of the warp are done, which have lanes that
/// wait for them: each lane for its own.
static Clock getDone(const Warp &warp) {
  Clock done = warp.copies.clock - 1;
  for (unsigned lane = 0; lane < kLanes; ++lane)
    if (warp.copies.last[lane] > warp.copies.done[lane])
      done = std::min(done, warp.copies.done[lane]);
  return done;
}

/// What is copied is there when its group is waited for; the values are at
/// once, and reading them too early is a race with the agent that copies.
static void runCopy(Warp &warp, const Inst &inst) {
  Machine &machine = warp.machine;
  Agent agent = getAgent(warp);
  uint64_t size = warp.getUniform(inst.ops[2]);
  if (size != 4 && size != 8 && size != 16)
    return machine.fault(Code::BadAddress, warp,
                         "expected to copy 4, 8 or 16 bytes, but got " +
                             llvm::Twine(size));
  uint64_t from[kLanes], to[kLanes];
  forEachLane(warp.mask, [&](unsigned lane) {
    to[lane] = warp.getAddress(inst.ops[0], lane);
    from[lane] = warp.getAddress(inst.ops[1], lane);
  });
  if (machine.launch.profiles) {
    machine.count(Space::Shared, warp.mask, to, size, warp.current);
    machine.count(Space::Global, warp.mask, from, size, warp.current);
  }
  forEachLane(warp.mask, [&](unsigned lane) {
    if (machine.hasStopped)
      return;
    uint64_t taken = size;
    if (inst.aux[0] == 1) // Bytes of the source; the rest is zero.
      taken = uint32_t(warp.get(inst.ops[3], lane));
    if (taken > size)
      return machine.fault(Code::BadAddress, warp,
                           "expected a source of at most " + llvm::Twine(size) +
                               " bytes, but got " + llvm::Twine(taken),
                           lane);
    if (inst.aux[0] == 2 && (warp.get(inst.ops[3], lane) & 1))
      taken = 0;
    if ((from[lane] | to[lane]) & (size - 1))
      return machine.fault(
          Code::Misaligned, warp,
          "an address is not a multiple of " + llvm::Twine(size), lane);
    Actor actor = warp.getActor(lane);
    actor.access.agent = agent;
    actor.access.clock = warp.copies.last[lane] = warp.copies.clock;
    actor.access.isGroup = true;
    actor.sibling = warp.agent;
    uint8_t bytes[16] = {};
    if (taken > 0) {
      const uint8_t *source = machine.resolveFor(
          warp, actor, Space::Global, from[lane], taken, AccessKind::Read);
      if (!source)
        return;
      std::memcpy(bytes, source, taken);
    }
    if (uint8_t *target = machine.resolveFor(warp, actor, Space::Shared,
                                             to[lane], size, AccessKind::Write))
      std::memcpy(target, bytes, size);
  });
  if (machine.times)
    warp.times.copies.note(
        warp.copies.clock,
        machine.times->copy(warp, warp.block,
                            size * __builtin_popcount(warp.mask),
                            /*isLoad=*/true));
  machine.progress();
}

/// `aux[0]`: what the fourth operand is: nothing, bytes, or a predicate to
/// ignore the source.
static Execute selectCopy(const Modifiers &, Inst &inst) {
  if (inst.numOps > 3) {
    const Operand &last = inst.source->operands[3];
    bool isPredicate = inst.ops[3].bits == 1 || last.isNegated;
    inst.aux[0] =
        isPredicate                                                      ? 2
        : inst.ops[3].bits == 64 && last.kind == Operand::Kind::Register ? 0
                                                                         : 1;
  }
  return runCopy;
}

static void runCommit(Warp &warp, const Inst &) {
  warp.copies.committed.push_back({warp.copies.clock++, warp.mask});
}
static Execute selectCommit(const Modifiers &, Inst &) { return runCommit; }

/// Groups are those of each thread.
static void runWaitGroup(Warp &warp, const Inst &inst) {
  uint64_t left = inst.numOps > 0 ? warp.getUniform(inst.ops[0]) : 0;
  CopyGroups &copies = warp.copies;
  if (inst.aux[0]) // wait_all: a group of what is left is committed, too.
    copies.committed.push_back({copies.clock++, warp.mask});
  warp.noteSync();
  // Lanes that have left `left` groups behind a group wait for it.
  uint32_t waiting = warp.mask;
  std::array<uint64_t, kLanes> behind{};
  for (auto it = copies.committed.rbegin();
       it != copies.committed.rend() && waiting != 0; ++it)
    forEachLane(it->second & waiting, [&, clock = it->first](unsigned lane) {
      if (behind[lane]++ < left)
        return;
      copies.done[lane] = std::max(copies.done[lane], clock);
      waiting &= ~(1u << lane);
    });
  Clock done = getDone(warp);
  warp.machine.resume(warp, warp.times.copies.get(done));
  Agent agent = getAgent(warp);
  warp.noteWait(agent, warp.known.order.get(agent) + 1, done, /*lanes=*/0);
  warp.known.order.raise(agent, done);
  llvm::erase_if(copies.committed, [&](const auto &group) {
    uint32_t isOpen = 0;
    forEachLane(group.second, [&](unsigned lane) {
      isOpen |= uint32_t(copies.done[lane] < group.first) << lane;
    });
    return (isOpen & warp.getLive()) == 0;
  });
  warp.tick();
}
static Execute selectWaitGroup(const Modifiers &, Inst &) {
  return runWaitGroup;
}
static Execute selectWaitAll(const Modifiers &, Inst &inst) {
  inst.aux[0] = 1;
  return runWaitGroup;
}

/// The barrier is told when all copies of the thread so far are done: for the
/// clocks, what arrives knows of them.
static void runArriveOn(Warp &warp, const Inst &inst) {
  Machine &machine = warp.machine;
  Knowledge known = warp.known;
  CopyGroups &copies = warp.copies;
  std::array<Clock, kLanes> waited = copies.done;
  forEachLane(warp.mask,
              [&](unsigned lane) { copies.done[lane] = copies.clock; });
  ++copies.clock;
  known.order.raise(getAgent(warp), getDone(warp));
  copies.done = waited;
  forEachLane(warp.mask, [&](unsigned lane) {
    Block *block;
    uint32_t offset;
    Mbarrier *barrier =
        machine.hasStopped
            ? nullptr
            : findMbarrier(warp, inst.space, warp.getAddress(inst.ops[0], lane),
                           lane, block, offset);
    if (!barrier)
      return;
    // Without .noinc the barrier expects one arrival more, which is this.
    if (inst.aux[0]) {
      if (barrier->pending == 0)
        return machine.fault(Code::TooManyArrivals, warp,
                             "more arrivals of copies than are expected", lane);
      checkPhase(warp, *barrier, offset, lane);
      --barrier->pending;
    }
    barrier->pendingKnown.join(known);
    barrier->pendingTime = std::max({barrier->pendingTime, warp.times.now,
                                     warp.times.copies.get(copies.clock - 1)});
    machine.advancePhase(*barrier);
  });
  warp.tickFor(warp.mask);
  warp.noteSync();
}
static Execute selectArriveOn(const Modifiers &modifiers, Inst &inst) {
  inst.aux[0] = modifiers.has("noinc");
  return runArriveOn;
}

static const InstructionRow kRows[] = {
    {"cp.async.ca", "mmss?s?", "@space L2::*", selectCopy},
    {"cp.async.cg", "mmss?s?", "@space L2::*", selectCopy},
    {"cp.async.commit_group", "", "", selectCommit},
    {"cp.async.wait_group", "s", "", selectWaitGroup},
    {"cp.async.wait_all", "", "", selectWaitAll},
    {"cp.async.mbarrier.arrive", "m", "noinc @space", selectArriveOn},
};

llvm::ArrayRef<InstructionRow> mlir::dag::ptx::getCopyRows() { return kRows; }
