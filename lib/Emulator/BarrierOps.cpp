//===- BarrierOps.cpp - Barriers of blocks and clusters -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lanes.h"

using namespace mlir::dag::ptx;
using llvm::Twine;

void mlir::dag::ptx::checkAligned(Warp &warp, const Inst &inst) {
  if (warp.isConverged())
    return;
  std::string what = inst.source ? inst.source->name.str() : "";
  warp.machine.report(Code::Divergence, warp,
                      Twine(__builtin_popcount(warp.mask)) + " of " +
                          Twine(__builtin_popcount(warp.getLive())) +
                          " lanes of the warp are at '" + what +
                          "', which all have to reach together");
}

enum class Kind : uint32_t { Sync, Arrive, Red };
enum class Reduction : uint32_t { Popc, And, Or };

void mlir::dag::ptx::setReductions(Warp &warp, const NamedBarrier &barrier) {
  const Inst &inst = warp.machine.program.code[warp.current];
  if (Kind(inst.aux[0]) != Kind::Red)
    return;
  uint64_t result = barrier.trueLanes;
  if (Reduction(inst.aux[1]) == Reduction::And)
    result = barrier.trueLanes == barrier.lanes;
  if (Reduction(inst.aux[1]) == Reduction::Or)
    result = barrier.trueLanes != 0;
  for (auto [place, lanes] : warp.parts) {
    uint64_t *to = warp.destination(warp.machine.program.code[place].ops[0]);
    forEachLane(lanes, [&](unsigned lane) { to[lane] = result; });
  }
}

static bool checkCount(Warp &warp, uint64_t id, uint64_t count) {
  if (id >= 16) {
    warp.machine.fault(Code::BarrierCount, warp,
                       "expected a barrier from 0 to 15, but got " + Twine(id));
    return false;
  }
  if (count % kLanes != 0) {
    warp.machine.fault(Code::BarrierCount, warp,
                       "expected a number of threads that is a multiple of "
                       "32, but got " +
                           Twine(count));
    return false;
  }
  return true;
}

/// Whether all lanes of the warp are at barriers that are not `.aligned`, of
/// one kind and number: the parts of the warp meet there, and go on.
static bool meetApart(Warp &warp, const Inst &inst) {
  unsigned first = inst.aux[2];
  unsigned numbers =
      inst.numOps - first - (Kind(inst.aux[0]) == Kind::Red ? 1 : 0);
  uint32_t met = warp.mask;
  auto others = warp.findDeferred([&](const Inst &next, uint32_t lanes) {
    if (next.execute != inst.execute || next.aux[0] != inst.aux[0] ||
        next.aux[1] != inst.aux[1] || next.aux[3] || next.numOps != inst.numOps)
      return false;
    for (unsigned operand = first; operand < first + numbers; ++operand)
      if (warp.get(next.ops[operand], __builtin_ctz(lanes)) !=
          warp.getUniform(inst.ops[operand]))
        return false;
    met |= lanes;
    return true;
  });
  if (met != warp.getLive())
    return false;
  warp.meet(others);
  return true;
}

/// Lanes come together; false if others go first, or after a finding that ends
/// the launch. They all have to, where the instruction is `.aligned`, or the
/// barrier is for all threads of the block.
static bool gather(Warp &warp, const Inst &inst, bool haveTo) {
  warp.parts.assign(1, {warp.current, warp.mask});
  if (warp.isConverged())
    return true;
  if (warp.defer())
    return false;
  bool isAligned = inst.aux[3];
  if (!isAligned && meetApart(warp, inst))
    return true;
  if (isAligned || haveTo) {
    checkAligned(warp, inst);
    return true;
  }
  warp.machine.fault(Code::Limit, warp,
                     "lanes of a warp that are at barriers of their own are "
                     "not emulated");
  return false;
}

/// `aux[2]`: operands before the barrier's number; `aux[3]`: whether lanes have
/// to be together.
static void runBarrier(Warp &warp, const Inst &inst) {
  Machine &machine = warp.machine;
  auto kind = Kind(inst.aux[0]);
  unsigned first = inst.aux[2];
  bool isRed = kind == Kind::Red;
  unsigned numbers = inst.numOps - first - (isRed ? 1 : 0);
  if (!gather(warp, inst, /*haveTo=*/numbers < 2))
    return;
  uint64_t id = numbers > 0 ? warp.getUniform(inst.ops[first]) : 0;
  if (numbers > 0)
    forEachLane(warp.mask, [&](unsigned lane) {
      if (warp.get(inst.ops[first], lane) != id)
        machine.report(Code::BarrierCount, warp,
                       "lanes of the warp name different barriers", lane);
    });
  uint64_t count = numbers > 1 ? warp.getUniform(inst.ops[first + 1]) : 0;
  if (!checkCount(warp, id, count))
    return;
  NamedBarrier &barrier = warp.block.barriers[id];
  if (barrier.isOpen && barrier.expected != count)
    machine.report(Code::BarrierCount, warp,
                   "barrier " + Twine(id) + " is used with " + Twine(count) +
                       " threads, while others are there with " +
                       Twine(barrier.expected) + " (0: all of the block)");
  unsigned reduction = isRed ? 1 + inst.aux[1] : 0;
  if (barrier.isOpen && barrier.reduction != reduction)
    machine.report(Code::BarrierCount, warp,
                   "'" + inst.source->name + "' is used at barrier " +
                       Twine(id) +
                       ", where others are by another kind of instruction");
  if (!barrier.isOpen) {
    barrier.isOpen = true;
    barrier.reduction = reduction;
    barrier.expected = count;
    barrier.known = Knowledge(warp.block.cluster.number);
    barrier.fenced.fill(barrier.known);
  }
  uint32_t own = 1u << warp.index;
  if (barrier.warps & own)
    machine.report(Code::BarrierCount, warp,
                   "the warp arrives again at barrier " + Twine(id) +
                       ", where others have not been since");
  barrier.warps |= own;
  ++machine.counters.barriers;
  machine.progress();
  barrier.known.join(warp.known);
  for (unsigned i = 0; i < 3; ++i) {
    barrier.fenced[i].join(warp.fenceRelease[i]);
    for (const LaneRelease &fence : warp.laneFences[i])
      warp.noteRelease(fence);
  }
  barrier.time = std::max(barrier.time, warp.times.now);
  barrier.arrived += kLanes;
  for (auto [place, lanes] : warp.parts) {
    const Inst &part = machine.program.code[place];
    barrier.lanes += __builtin_popcount(lanes);
    forEachLane(isRed ? lanes : 0, [&, &part = part](unsigned lane) {
      barrier.trueLanes += warp.get(part.ops[part.numOps - 1], lane) & 1;
    });
  }
  if (kind == Kind::Arrive) {
    warp.tickFor(kAllLanes);
    warp.noteSync();
  } else {
    warp.wait = Wait::Barrier;
    warp.waitsFor = id;
    barrier.waiting.push_back(&warp);
  }
  if (count != 0 && barrier.arrived > count)
    machine.report(Code::BarrierCount, warp,
                   Twine(barrier.arrived) + " threads arrive at barrier " +
                       Twine(id) + ", which is for " + Twine(count));
  unsigned expected = count == 0 ? warp.block.alive * kLanes : count;
  if (barrier.arrived < expected)
    return;
  machine.releaseBarrier(warp.block, barrier);
}

template <Kind K>
static Execute selectBarrier(const Modifiers &modifiers, Inst &inst) {
  inst.aux[0] = uint32_t(K);
  inst.aux[2] = K == Kind::Red ? 1 : 0;
  inst.aux[1] = uint32_t(modifiers.has("and")  ? Reduction::And
                         : modifiers.has("or") ? Reduction::Or
                                               : Reduction::Popc);
  inst.aux[3] = modifiers.has("aligned") ||
                llvm::StringRef(inst.source->name).starts_with("bar.");
  return runBarrier;
}

static void runClusterArrive(Warp &warp, const Inst &inst) {
  Machine &machine = warp.machine;
  Cluster &cluster = warp.block.cluster;
  if (!gather(warp, inst, /*haveTo=*/false))
    return;
  if (warp.clusterPhase != 0)
    machine.report(Code::BarrierCount, warp,
                   "the warp arrives at the barrier of the cluster again, and "
                   "has not waited there");
  if (!inst.aux[0]) {
    cluster.arriving.join(warp.known);
    warp.tickFor(kAllLanes);
  } else {
    unsigned scope = unsigned(Scope::Cluster);
    for (auto [place, lanes] : warp.parts)
      warp.noteFenceTold(scope, lanes);
    cluster.arriving.join(warp.fenceRelease[scope]);
  }
  cluster.arrivingInits.join(warp.initRelease);
  cluster.arrivingTime = std::max(cluster.arrivingTime, warp.times.now);
  warp.noteSync();
  machine.progress();
  warp.clusterPhase = cluster.phase + 1;
  ++cluster.arrived;
  machine.checkClusterBarrier(cluster);
}

static void runClusterWait(Warp &warp, const Inst &inst) {
  Cluster &cluster = warp.block.cluster;
  if (!gather(warp, inst, /*haveTo=*/false))
    return;
  if (warp.clusterPhase == 0) {
    warp.machine.fault(Code::BarrierCount, warp,
                       "the warp waits for the barrier of the cluster, and "
                       "has not arrived there");
    return;
  }
  if (cluster.phase >= warp.clusterPhase) {
    warp.machine.resume(warp, cluster.doneTime);
    cluster.tell(warp);
    warp.clusterPhase = 0;
    return;
  }
  warp.clusterPhase = 0;
  warp.wait = Wait::Cluster;
  cluster.waiting.push_back(&warp);
}

static Execute selectClusterArrive(const Modifiers &modifiers, Inst &inst) {
  inst.aux[0] = modifiers.has("relaxed");
  inst.aux[3] = modifiers.has("aligned");
  return runClusterArrive;
}
static Execute selectClusterWait(const Modifiers &modifiers, Inst &inst) {
  inst.aux[3] = modifiers.has("aligned");
  return runClusterWait;
}

static const InstructionRow kRows[] = {
    {"bar.sync", "ss?", "", selectBarrier<Kind::Sync>},
    {"bar.cta.sync", "ss?", "", selectBarrier<Kind::Sync>},
    {"bar.arrive", "ss", "", selectBarrier<Kind::Arrive>},
    {"bar.cta.arrive", "ss", "", selectBarrier<Kind::Arrive>},
    {"bar.red", "dsss?", "popc and or", selectBarrier<Kind::Red>},
    {"bar.cta.red", "dsss?", "popc and or", selectBarrier<Kind::Red>},
    {"barrier.sync", "ss?", "aligned", selectBarrier<Kind::Sync>},
    {"barrier.cta.sync", "ss?", "aligned", selectBarrier<Kind::Sync>},
    {"barrier.arrive", "ss", "aligned", selectBarrier<Kind::Arrive>},
    {"barrier.cta.arrive", "ss", "aligned", selectBarrier<Kind::Arrive>},
    {"barrier.red", "dsss?", "popc and or aligned", selectBarrier<Kind::Red>},
    {"barrier.cta.red", "dsss?", "popc and or aligned",
     selectBarrier<Kind::Red>},
    {"barrier.cluster.arrive", "", "aligned release relaxed",
     selectClusterArrive},
    {"barrier.cluster.wait", "", "aligned acquire", selectClusterWait},
};

llvm::ArrayRef<InstructionRow> mlir::dag::ptx::getBarrierRows() {
  return kRows;
}
