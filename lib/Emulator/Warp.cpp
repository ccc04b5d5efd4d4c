//===- Warp.cpp - Lanes that run together -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Machine.h"
#include "Specials.h"

#include "llvm/Support/xxhash.h"

using namespace mlir::dag::ptx;

Warp::Warp(Machine &machine, Block &block, unsigned index)
    : machine(machine), block(block), index(index), known(block.cluster.number),
      ended(block.cluster.number), initRelease(block.cluster.number),
      knownInits(block.cluster.number), scratch(kLanes) {
  pendingAcquire.fill(Knowledge(block.cluster.number));
  fenceRelease.fill(Knowledge(block.cluster.number));
  const Program &program = machine.program;
  size_t numRows = program.numRegisters + program.constants.size();
  registers.resize(numRows * kLanes);
  for (size_t i = 0; i < program.constants.size(); ++i)
    std::fill_n(registers.begin() + (program.numRegisters + i) * kLanes, kLanes,
                program.constants[i]);
  local.resize(program.localBytes * kLanes);
  if (program.usesWgmma && machine.launch.tracks) {
    writeStamp.resize(program.numRegisters);
    inFlight.resize(program.numRegisters);
    isInput.resize(program.numRegisters);
  }
}

uint64_t Warp::getUniform(const Op &op) { return get(op, firstLane()); }

/// Lanes that branch to an exit leave at once: nobody waits for them.
void Warp::split(llvm::ArrayRef<std::pair<unsigned, uint32_t>> all,
                 const Inst &inst) {
  // What comes again has another clock.
  if (all.size() > 1 || all[0].first <= current)
    tick();
  llvm::SmallVector<std::pair<unsigned, uint32_t>, 4> parts;
  for (auto [place, lanes] : all) {
    const Inst &next = machine.program.code[place];
    if (next.isExit && next.guard == kNoRow)
      exitLanes(lanes);
    else
      parts.push_back({place, lanes});
  }
  if (parts.empty())
    return;
  if (parts.size() == 1) {
    groups.back().place = parts[0].first;
    return;
  }
  Group &group = groups.back();
  unsigned meet =
      inst.reconverge == kNoTarget ? group.reconverge : inst.reconverge;
  // The lanes that go there at once wait in the group below.
  if (meet != kNoTarget && group.reconverge != meet)
    group.place = meet;
  else
    groups.pop_back();
  unsigned start = machine.random() % parts.size();
  for (size_t i = 0; i < parts.size(); ++i) {
    auto [place, lanes] = parts[(start + i) % parts.size()];
    if (place != meet)
      groups.push_back({place, lanes, meet});
  }
}

void Warp::branch(uint32_t taken, const Inst &inst) {
  const Group &group = groups.back();
  uint32_t rest = group.mask & ~taken;
  if (rest == 0)
    return split({{inst.target, taken}}, inst);
  split({{inst.target, taken}, {group.place, rest}}, inst);
}

void Warp::exitLanes(uint32_t lanes) {
  live &= ~lanes;
  size_t kept = 0;
  for (Group &group : groups) {
    group.mask &= ~lanes;
    if (group.mask != 0)
      groups[kept++] = group;
  }
  groups.resize(kept);
  if (live == 0)
    wait = Wait::Done;
  tick();
}

void Warp::tickFor(uint32_t lanes) {
  if (lanes != 0) {
    released = clock;
    noteRelease({clock, lanes, laneOrder.getFull()});
  }
  // Barriers of some lanes have told these of others.
  if (lanes != 0 && lanes != kAllLanes && machine.launch.isStrict)
    forEachLane(lanes, [&](unsigned lane) {
      forEachLane(~lanes, [&](unsigned other) {
        uint32_t told = laneOrder.getTold(lane, other);
        if (told > laneOrder.getFull())
          noteRelease({told - 1, 1u << other, laneOrder.getFull()});
      });
    });
  known.order.raise(agent, clock);
  ++clock;
  known.order.raise(agent, clock);
}

void Warp::noteRelease(const LaneRelease &release) {
  if (!machine.launch.isStrict || !machine.launch.tracks ||
      release.clock <= forgotten)
    return;
  constexpr size_t kMost = 1 << 16;
  if (releases.size() >= kMost) {
    forgotten = releases[kMost / 2 - 1].clock;
    releases.erase(releases.begin(), releases.begin() + kMost / 2);
  }
  // A fence is told of behind later releases, and again.
  auto place = releases.end();
  while (place != releases.begin() &&
         std::prev(place)->clock >= release.clock) {
    --place;
    if (place->clock == release.clock && place->full == release.full) {
      place->lanes |= release.lanes;
      return;
    }
  }
  releases.insert(place, release);
}

void Warp::noteFence(unsigned scope) {
  if (!machine.launch.isStrict || !machine.launch.tracks)
    return;
  auto &fences = laneFences[scope];
  for (LaneRelease &fence : fences)
    fence.lanes &= ~mask;
  llvm::erase_if(fences,
                 [](const LaneRelease &fence) { return fence.lanes == 0; });
  fences.push_back({clock, mask, laneOrder.getFull()});
}

void Warp::noteFenceTold(unsigned scope, uint32_t mask) {
  forEachLane(laneFences[scope].empty() ? 0 : mask, [&](unsigned lane) {
    const auto &fences = laneFences[scope];
    bool hasOwn = llvm::any_of(fences, [&](const LaneRelease &fence) {
      return fence.lanes >> lane & 1;
    });
    for (LaneRelease fence : fences) {
      uint32_t told = 0;
      forEachLane(hasOwn ? fence.lanes : 0, [&](unsigned other) {
        if (laneOrder.isOrdered(1u << other, fence.clock, lane))
          told |= 1u << other;
      });
      fence.lanes = told;
      if (told != 0)
        noteRelease(fence);
    }
  });
}

Clock Warp::findRelease(const Access &access) const {
  // What is long ago has been told of.
  if (access.clock <= forgotten)
    return access.clock;
  auto it = llvm::lower_bound(
      releases, access.clock,
      [](const LaneRelease &release, Clock at) { return release.clock < at; });
  for (; it != releases.end(); ++it) {
    uint32_t told = it->lanes | ~firstLive;
    if (access.clock < it->full || (access.lanes & ~told) == 0)
      return it->clock;
  }
  return 0;
}

Actor Warp::getActor(unsigned lane, bool isStrong) {
  Actor actor;
  actor.access.agent = agent;
  actor.access.clock = clock;
  actor.access.inst = current;
  actor.access.lanes = 1u << lane;
  actor.access.isStrong = isStrong;
  if (isStrong) {
    const Inst &inst = machine.program.code[current];
    // Packed halves are accessed one by one (8.2.2).
    bool isPacked = inst.type == Type::F16x2 || inst.type == Type::BF16x2;
    unsigned bytes = isPacked ? 2 : getBits(inst.type) / 8;
    actor.access.scope = unsigned(inst.scope);
    actor.access.width = bytes > 0 ? llvm::Log2_32(bytes) : 7;
  }
  actor.lane = lane;
  actor.laneOrder = &laneOrder;
  actor.proxyFence = &proxyFence;
  actor.sibling = copies.agent;
  actor.laneAgents = laneAgents;
  actor.laneClock = laneClocks[lane];
  actor.released = released;
  actor.known = &known;
  return actor;
}

static uint64_t hashOf(llvm::ArrayRef<uint64_t> values) {
  return llvm::xxh3_64bits(llvm::ArrayRef(
      reinterpret_cast<const uint8_t *>(values.data()), values.size() * 8));
}

bool Warp::isSame(llvm::ArrayRef<uint64_t> addresses,
                  llvm::ArrayRef<uint64_t> values) {
  constexpr unsigned kMost = 1 << 16;
  if (seen.size() >= kMost)
    seen.clear();
  uint64_t key = (hashOf(addresses) + current) >> 1, hash = hashOf(values);
  auto [it, isNew] = seen.try_emplace(key, hash);
  return !isNew && std::exchange(it->second, hash) == hash;
}

void Warp::syncLanes(uint32_t lanes) {
  tick();
  laneOrder.sync(lanes, firstLive, clock);
  Clock told = 0;
  forEachLane(lanes,
              [&](unsigned lane) { told = std::max(told, laneClocks[lane]); });
  forEachLane(lanes, [&](unsigned lane) { laneClocks[lane] = told; });
}

void Warp::acquireFor(uint32_t lanes, const Knowledge &other) {
  Clock told = other.order.get(agent);
  forEachLane(lanes, [&](unsigned lane) {
    laneClocks[lane] = std::max(laneClocks[lane], told);
  });
  known.join(other);
}

Clock Warp::getTold(uint32_t lanes) const {
  Clock told = ~Clock(0);
  forEachLane(lanes,
              [&](unsigned lane) { told = std::min(told, laneClocks[lane]); });
  return told;
}

void Warp::noteWait(Agent agent, Clock first, Clock last, uint32_t lanes) {
  if (first > last || !machine.launch.tracks)
    return;
  Clock told = getTold(live);
  auto isKnown = [&](const LaneAgent &wait) {
    return wait.waitEpoch < laneOrder.getFull() || wait.waitClock <= told;
  };
  if (laneAgents.size() > mostLaneAgents) {
    llvm::erase_if(laneAgents, isKnown);
    mostLaneAgents = 2 * laneAgents.size() + 64;
  }
  auto *begin = llvm::lower_bound(
      laneAgents, agent,
      [](const LaneAgent &wait, Agent value) { return wait.agent < value; });
  auto *end = begin;
  while (end != laneAgents.end() && end->agent == agent)
    ++end;
  // Phases and groups are done in their order.
  bool isAll = lanes != 0 && (live & ~lanes) == 0;
  auto *kept = std::remove_if(begin, end, [&](const LaneAgent &wait) {
    return isAll || isKnown(wait);
  });
  // Of what is long ago nobody asks.
  constexpr ptrdiff_t kMost = 8;
  if (kept - begin >= kMost)
    kept = std::move(begin + 1, kept, begin);
  auto *place = laneAgents.erase(kept, end);
  if (isAll)
    return;
  uint32_t epoch = laneOrder.getEpoch();
  if (place != laneAgents.begin()) {
    LaneAgent &wait = *std::prev(place);
    if (wait.agent == agent && wait.first == first && wait.last == last &&
        wait.waitEpoch == epoch && lanes != 0) {
      wait.lanes |= lanes;
      wait.waitClock = clock;
      return;
    }
  }
  laneAgents.insert(place, {agent, first, last, lanes, epoch, clock});
}

void Warp::noteSync() { lastSync = current + 1; }

bool Warp::defer() {
  Group &group = groups.back();
  if (group.isDeferred || groups.size() < 2)
    return false;
  Group &other = groups[groups.size() - 2];
  if (other.reconverge != group.reconverge || other.place == group.reconverge)
    return false;
  --group.place;
  group.isDeferred = true;
  tick();
  std::swap(group, other);
  return true;
}

llvm::SmallVector<Group *, 4>
Warp::findDeferred(llvm::function_ref<bool(const Inst &, uint32_t)> isSame) {
  llvm::SmallVector<Group *, 4> found;
  uint32_t met = mask;
  for (Group &group : llvm::drop_end(groups)) {
    const Inst &next = machine.program.code[group.place];
    if (!group.isDeferred || (group.mask & met) != 0 || next.guard != kNoRow ||
        !isSame(next, group.mask))
      continue;
    met |= group.mask;
    found.push_back(&group);
  }
  return found;
}

void Warp::meet(llvm::ArrayRef<Group *> others) {
  parts.assign(1, {current, mask});
  groups.back().isDeferred = false;
  for (Group *group : others) {
    parts.push_back({group->place, group->mask});
    ++group->place;
    group->isDeferred = false;
  }
}

/// What a wgmma is not waited for is one fault, whatever number of registers
/// it has.
static void reportInFlight(Warp &warp, const char *what) {
  Machine &machine = warp.machine;
  Finding &finding = machine.reportFor(
      Code::RegisterInFlight, warp, machine.getCause(warp.lastProduct), what);
  if (finding.parties.size() == 1)
    finding.parties.push_back({machine.getPlace(warp.lastProduct),
                               "the last wgmma of the warp", "is in flight"});
}

void Warp::checkSource(unsigned row) {
  if (inFlight[row] <= productsDone || isInput[row])
    return;
  reportInFlight(*this,
                 "an accumulator of a wgmma that is not waited for is read");
  inFlight[row] = 0;
}

void Warp::checkDestination(unsigned row) {
  if (inFlight[row] <= productsDone)
    return;
  reportInFlight(*this, isInput[row]
                            ? "a register that a wgmma reads, which is not "
                              "waited for, is written"
                            : "an accumulator of a wgmma that is not waited "
                              "for is written");
  inFlight[row] = 0;
}
