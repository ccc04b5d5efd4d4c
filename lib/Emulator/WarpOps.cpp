//===- WarpOps.cpp - What lanes of a warp do together -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lanes.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir::dag::ptx;
using llvm::Twine;

/// Whether all live lanes that `members` names are here, and these are named.
static void checkMembers(Warp &warp, uint32_t members) {
  uint32_t absent = members & warp.getLive() & ~warp.mask;
  uint32_t unnamed = warp.mask & ~members;
  if (absent == 0 && unnamed == 0)
    return;
  auto list = [](uint32_t mask) {
    return "0x" + llvm::utohexstr(mask, true, 8);
  };
  warp.machine.report(Code::MemberMask, warp,
                      absent
                          ? "lanes " + list(absent) + " of the member mask " +
                                list(members) + " are not here"
                          : "lanes " + list(unnamed) +
                                " are not in the member mask " + list(members));
}

/// Lanes of one mask that are elsewhere may be at another instruction that does
/// the same: false if they go first. All that a barrier of lanes needs is that
/// they meet.
static bool meetMembers(Warp &warp, const Inst &inst, uint32_t members,
                        bool isBarrier) {
  uint32_t absent = members & warp.getLive() & ~warp.mask;
  if (absent == 0)
    return true;
  if (warp.defer())
    return false;
  uint32_t met = 0;
  auto others = warp.findDeferred([&](const Inst &next, uint32_t lanes) {
    bool isSame = next.execute == inst.execute && next.numOps == inst.numOps &&
                  std::equal(next.aux, next.aux + 4, inst.aux);
    const uint64_t *masks =
        isSame ? warp.source(next.ops[inst.aux[3] - 1]) : nullptr;
    forEachLane(isSame ? lanes : 0, [&](unsigned lane) {
      isSame &= uint32_t(masks[lane]) == members;
    });
    met |= isSame ? lanes : 0;
    return isSame;
  });
  if ((absent & ~met) != 0)
    return true;
  if (isBarrier) {
    warp.meet(others);
    warp.mask |= met;
    return true;
  }
  warp.machine.fault(Code::Limit, warp,
                     "'" + inst.source->name +
                         "' of lanes at several places is not emulated");
  return false;
}

/// `aux[3]` has one more than the operand of the mask of members, 0 for none.
/// Lanes of one mask do `Body` together, and those of others beside them.
template <Execute Body, bool IsBarrier = false>
static void byMembers(Warp &warp, const Inst &inst) {
  if (inst.aux[3] == 0)
    return Body(warp, inst);
  uint64_t members[kLanes];
  std::copy_n(warp.source(inst.ops[inst.aux[3] - 1]), kLanes, members);
  uint32_t all = warp.mask;
  for (uint32_t rest = all; rest != 0; rest &= ~warp.mask) {
    uint32_t mask = uint32_t(members[__builtin_ctz(rest)]), together = 0;
    forEachLane(rest, [&](unsigned lane) {
      together |= uint32_t(uint32_t(members[lane]) == mask) << lane;
    });
    warp.mask = together;
    if (together == all && !meetMembers(warp, inst, mask, IsBarrier))
      return;
    checkMembers(warp, mask);
    Body(warp, inst);
  }
  warp.mask = all;
}

enum class Shuffle : uint32_t { Up, Down, Butterfly, Index };

/// What a lane gives that does not take part: it is undefined.
static constexpr uint32_t kNobodys = 0xffffffff;

static void runShfl(Warp &warp, const Inst &inst) {
  uint64_t values[kLanes], results[kLanes];
  std::copy_n(warp.source(inst.ops[1]), kLanes, values);
  uint32_t isValid = 0;
  forEachLane(warp.mask, [&](unsigned lane) {
    unsigned by = warp.get(inst.ops[2], lane) & 31;
    unsigned control = warp.get(inst.ops[3], lane);
    unsigned segment = control >> 8 & 31, clamp = control & 31;
    int last = (lane & segment) | (clamp & ~segment);
    int first = lane & segment, from = 0;
    bool isIn = false;
    switch (Shuffle(inst.aux[0])) {
    case Shuffle::Up:
      from = int(lane) - int(by);
      isIn = from >= last;
      break;
    case Shuffle::Down:
      from = lane + by;
      isIn = from <= last;
      break;
    case Shuffle::Butterfly:
      from = lane ^ by;
      isIn = from <= last;
      break;
    case Shuffle::Index:
      from = first | (by & ~segment);
      isIn = from <= last;
      break;
    }
    isValid |= uint32_t(isIn) << lane;
    unsigned source = isIn ? from & 31 : lane;
    results[lane] = warp.mask >> source & 1 ? values[source] : kNobodys;
  });
  uint64_t *to = warp.destination(inst.ops[0]);
  forEachLane(warp.mask, [&](unsigned lane) { to[lane] = results[lane]; });
  if (inst.ops[0].second == kNoRow)
    return;
  uint64_t *valid =
      warp.destination(warp.machine.program.getExtra(inst.ops[0]));
  forEachLane(warp.mask,
              [&](unsigned lane) { valid[lane] = isValid >> lane & 1; });
}

static Execute selectShfl(const Modifiers &modifiers, Inst &inst) {
  if (getBits(modifiers.type()) != 32)
    return nullptr;
  inst.aux[0] = unsigned(modifiers.has("up")     ? Shuffle::Up
                         : modifiers.has("down") ? Shuffle::Down
                         : modifiers.has("bfly") ? Shuffle::Butterfly
                                                 : Shuffle::Index);
  inst.aux[3] = modifiers.has("sync") ? inst.numOps : 0;
  return byMembers<runShfl>;
}

static uint32_t ballot(Warp &warp, const Op &op) {
  uint32_t result = 0;
  forEachLane(warp.mask, [&](unsigned lane) {
    result |= uint32_t(warp.get(op, lane) & 1) << lane;
  });
  return result;
}

static void setAll(Warp &warp, const Op &op, uint64_t value) {
  uint64_t *to = warp.destination(op);
  forEachLane(warp.mask, [&](unsigned lane) { to[lane] = value; });
}

enum class Vote : uint32_t { All, Any, Uniform, Ballot };
static void runVote(Warp &warp, const Inst &inst) {
  uint32_t votes = ballot(warp, inst.ops[1]);
  uint64_t result = votes;
  switch (Vote(inst.aux[0])) {
  case Vote::All:
    result = votes == warp.mask;
    break;
  case Vote::Any:
    result = votes != 0;
    break;
  case Vote::Uniform:
    result = votes == 0 || votes == warp.mask;
    break;
  case Vote::Ballot:
    break;
  }
  setAll(warp, inst.ops[0], result);
}
static Execute selectVote(const Modifiers &modifiers, Inst &inst) {
  inst.aux[0] = unsigned(modifiers.has("all")   ? Vote::All
                         : modifiers.has("any") ? Vote::Any
                         : modifiers.has("uni") ? Vote::Uniform
                                                : Vote::Ballot);
  inst.aux[3] = modifiers.has("sync") ? inst.numOps : 0;
  return byMembers<runVote>;
}

static void runMatch(Warp &warp, const Inst &inst) {
  uint64_t values[kLanes], results[kLanes];
  std::copy_n(warp.source(inst.ops[1]), kLanes, values);
  bool isAll = true;
  forEachLane(warp.mask, [&](unsigned lane) {
    uint32_t same = 0;
    forEachLane(warp.mask, [&](unsigned other) {
      same |= uint32_t(values[lane] == values[other]) << other;
    });
    results[lane] = same;
    isAll &= same == warp.mask;
  });
  if (inst.aux[0]) {
    setAll(warp, inst.ops[0], isAll ? warp.mask : 0);
    if (inst.ops[0].second != kNoRow)
      setAll(warp, warp.machine.program.getExtra(inst.ops[0]), isAll);
    return;
  }
  uint64_t *to = warp.destination(inst.ops[0]);
  forEachLane(warp.mask, [&](unsigned lane) { to[lane] = results[lane]; });
}
static Execute selectMatch(const Modifiers &modifiers, Inst &inst) {
  inst.aux[0] = modifiers.has("all");
  inst.aux[3] = inst.numOps;
  return byMembers<runMatch>;
}

static void runRedux(Warp &warp, const Inst &inst) {
  const uint64_t *from = warp.source(inst.ops[1]);
  uint64_t result = 0;
  bool isFirst = true;
  forEachLane(warp.mask, [&](unsigned lane) {
    result = isFirst ? from[lane]
                     : reduce(inst.aux[0], inst.type, result, from[lane]);
    isFirst = false;
  });
  setAll(warp, inst.ops[0], result);
}
static Execute selectRedux(const Modifiers &modifiers, Inst &inst) {
  int operation = findOperation(modifiers);
  Type type = modifiers.type();
  if (operation < 0 || getBits(type) != 32 ||
      !(isBits(type) || isSigned(type) || isUnsigned(type)))
    return nullptr;
  inst.aux[0] = operation;
  inst.aux[3] = inst.numOps;
  return byMembers<runRedux>;
}

static void runActivemask(Warp &warp, const Inst &inst) {
  setAll(warp, inst.ops[0], warp.mask);
}
static Execute selectActivemask(const Modifiers &, Inst &) {
  return runActivemask;
}

static void runElect(Warp &warp, const Inst &inst) {
  unsigned leader = warp.firstLane();
  setAll(warp, inst.ops[0], leader);
  if (inst.ops[0].second == kNoRow)
    return;
  uint64_t *to = warp.destination(warp.machine.program.getExtra(inst.ops[0]));
  forEachLane(warp.mask, [&](unsigned lane) { to[lane] = lane == leader; });
}
static Execute selectElect(const Modifiers &, Inst &inst) {
  inst.aux[3] = inst.numOps;
  return byMembers<runElect>;
}

/// Orders the memory accesses of the lanes.
static void runWarpSync(Warp &warp, const Inst &inst) {
  unsigned lane = __builtin_ctz(warp.mask & warp.top().mask);
  warp.syncLanes(warp.mask | uint32_t(warp.get(inst.ops[0], lane)));
}
static Execute selectWarpSync(const Modifiers &, Inst &inst) {
  inst.aux[3] = 1;
  return byMembers<runWarpSync, /*IsBarrier=*/true>;
}

static const InstructionRow kRows[] = {
    {"shfl", "dssss?", "sync up down bfly idx", selectShfl},
    {"vote", "dss?", "sync all any uni ballot", selectVote},
    {"match", "dss", "sync any all", selectMatch},
    {"redux", "dss", "sync and or xor add min max", selectRedux},
    {"activemask", "d", "", selectActivemask},
    {"elect", "ds", "sync", selectElect},
    {"bar.warp.sync", "s", "", selectWarpSync},
};

llvm::ArrayRef<InstructionRow> mlir::dag::ptx::getWarpRows() { return kRows; }
