//===- Control.cpp - Branches and ends -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lanes.h"

using namespace mlir::dag::ptx;

static void runBranch(Warp &warp, const Inst &inst) {
  warp.branch(warp.mask, inst);
}
static Execute selectBranch(const Modifiers &, Inst &) { return runBranch; }

/// Lanes go where their index says; beyond the last target nothing is said.
static void runIndexed(Warp &warp, const Inst &inst) {
  const Program &program = warp.machine.program;
  const std::vector<unsigned> &targets = program.branchTargets[inst.targets];
  const uint64_t *index = warp.source(inst.ops[0]);
  llvm::SmallVector<std::pair<unsigned, uint32_t>, 4> parts;
  uint32_t rest = warp.groups.back().mask & ~warp.mask;
  if (rest != 0)
    parts.push_back({warp.groups.back().place, rest});
  bool isWithin = true;
  forEachLane(warp.mask, [&](unsigned lane) {
    uint32_t choice = uint32_t(index[lane]);
    isWithin &= choice < targets.size();
    unsigned place = targets[std::min<size_t>(choice, targets.size() - 1)];
    for (auto &[to, lanes] : parts)
      if (to == place) {
        lanes |= 1u << lane;
        return;
      }
    parts.push_back({place, 1u << lane});
  });
  if (!isWithin)
    return warp.machine.fault(Code::OutOfBounds, warp,
                              "the index of a branch is not below " +
                                  llvm::Twine(targets.size()));
  warp.split(parts, inst);
}
static Execute selectIndexed(const Modifiers &, Inst &) { return runIndexed; }

static void runExit(Warp &warp, const Inst &) { warp.exitLanes(warp.mask); }
static Execute selectExit(const Modifiers &, Inst &inst) {
  inst.isExit = true;
  return runExit;
}

static void runTrap(Warp &warp, const Inst &) {
  warp.machine.fault(Code::Trap, warp, "the kernel stops itself by a trap",
                     warp.firstLane());
}
static Execute selectTrap(const Modifiers &, Inst &) { return runTrap; }

static void runNothing(Warp &, const Inst &) {}
static Execute selectNothing(const Modifiers &, Inst &) { return runNothing; }

/// Others run meanwhile.
static void runSleep(Warp &warp, const Inst &) { warp.isSpinning = true; }
static Execute selectSleep(const Modifiers &, Inst &) { return runSleep; }

/// The end of launches before is what it waits for: what makes dependent ones
/// begin earlier orders nothing.
static void runGridWait(Warp &warp, const Inst &) {
  warp.machine.waitForLaunches(warp);
  warp.noteSync();
}
static Execute selectGridControl(const Modifiers &modifiers, Inst &) {
  return modifiers.has("wait") ? runGridWait : runNothing;
}

static const InstructionRow kRows[] = {
    {"bra", "l", "uni", selectBranch},
    {"brx.idx", "sn", "uni", selectIndexed},
    {"exit", "", "", selectExit},
    {"ret", "", "uni", selectExit},
    {"trap", "", "", selectTrap},
    {"brkpt", "", "", selectNothing},
    {"pmevent", "s", "mask", selectNothing},
    {"nanosleep", "s", "", selectSleep},
    {"griddepcontrol", "", "launch_dependents wait", selectGridControl},
};

llvm::ArrayRef<InstructionRow> mlir::dag::ptx::getControlRows() {
  return kRows;
}
