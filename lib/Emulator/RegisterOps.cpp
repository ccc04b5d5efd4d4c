//===- RegisterOps.cpp - setmaxnreg -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A block has a pool of registers: what warps give back by setmaxnreg.dec,
// others get by setmaxnreg.inc, and wait until it is there (PTX ISA,
// 9.7.19.5). How many a thread has at first is known from .maxnreg, or from
// .maxntid with .minnctapersm; without them ptxas ignores the instruction.
//
//===----------------------------------------------------------------------===//

#include "Lanes.h"

using namespace mlir::dag::ptx;
using llvm::Twine;

/// Registers of a multiprocessor, and those that a thread may have.
static constexpr unsigned kRegisterFile = 65536, kMostRegisters = 256;

/// Of a thread when the kernel begins; 0 if it is not known.
static unsigned getFirstRegisters(const Function &entry) {
  if (entry.maxRegisters != 0)
    return entry.maxRegisters;
  uint64_t threads = 1;
  for (unsigned i = 0; i < 3; ++i)
    threads *= std::max(entry.reqThreads[i], entry.maxThreads[i]);
  threads *= entry.minBlocks;
  if (threads == 0)
    return 0;
  uint64_t most = std::min<uint64_t>(kRegisterFile / threads, kMostRegisters);
  return most / 8 * 8;
}

void Machine::grantRegisters(Block &block) {
  for (auto &warp : block.warps) {
    unsigned more = warp->waitsFor - warp->numRegisters;
    if (warp->wait != Wait::Registers || more > block.freeRegisters)
      continue;
    block.freeRegisters -= more;
    warp->numRegisters = warp->waitsFor;
    warp->wait = Wait::None;
    progress();
  }
}

/// The warps of a warpgroup execute the same ones, and meet between two.
static void checkWarpgroup(Warp &warp, uint64_t count) {
  Machine &machine = warp.machine;
  std::vector<Warpgroup::Request> &requests =
      warp.block.warpgroups[warp.index / 4].requests;
  unsigned number = warp.numRequests++;
  if (number == requests.size())
    requests.push_back({warp.current, unsigned(count)});
  else if (requests[number].count != count)
    machine.report(Code::RegisterPool, warp,
                   "setmaxnreg asks for " + Twine(count) +
                       " registers, and for " + Twine(requests[number].count) +
                       " in another warp of the warpgroup");
  unsigned first = warp.index / 4 * 4;
  for (unsigned i = 0; number > 0 && machine.launch.tracks && i < 4; ++i) {
    if (first + i >= warp.block.warps.size())
      break;
    const Warp &other = *warp.block.warps[first + i];
    Clock clock = requests[number - 1].clocks[i];
    if (clock == 0 || !warp.known.order.covers(other.agent, clock))
      machine.report(Code::WarpgroupMismatch, warp,
                     "nothing tells that all warps of the warpgroup have "
                     "executed the setmaxnreg before this one");
  }
  requests[number].clocks[warp.index % 4] = warp.clock;
  warp.tick();
}

static void runSetmaxnreg(Warp &warp, const Inst &inst) {
  Machine &machine = warp.machine;
  if (!warp.isConverged())
    machine.report(Code::Divergence, warp,
                   "not all lanes of the warp are here");
  uint64_t count = warp.getUniform(inst.ops[0]);
  if (count < 24 || count > kMostRegisters || count % 8 != 0) {
    machine.report(Code::RegisterPool, warp,
                   "expected a multiple of 8 from 24 to 256 registers, but "
                   "got " +
                       Twine(count));
    return;
  }
  if (warp.numRegisters == 0)
    warp.numRegisters = getFirstRegisters(*machine.program.entry);
  if (warp.numRegisters == 0)
    return;
  checkWarpgroup(warp, count);
  bool isMore = inst.aux[0];
  if (isMore ? count < warp.numRegisters : count > warp.numRegisters) {
    machine.report(Code::RegisterPool, warp,
                   "setmaxnreg." + Twine(isMore ? "inc" : "dec") +
                       " asks for " + Twine(count) +
                       " registers, and a thread has " +
                       Twine(warp.numRegisters));
    return;
  }
  machine.progress();
  if (isMore) {
    warp.wait = Wait::Registers;
    warp.waitsFor = count;
  } else {
    warp.block.freeRegisters += warp.numRegisters - count;
    warp.numRegisters = count;
  }
  machine.grantRegisters(warp.block);
}

static Execute selectSetmaxnreg(const Modifiers &modifiers, Inst &inst) {
  inst.aux[0] = modifiers.has("inc");
  return modifiers.has("inc") != modifiers.has("dec") ? runSetmaxnreg : nullptr;
}

static const InstructionRow kRows[] = {
    {"setmaxnreg", "s", "inc dec sync aligned", selectSetmaxnreg},
};

llvm::ArrayRef<InstructionRow> mlir::dag::ptx::getRegisterRows() {
  return kRows;
}
