//===- Warp.cpp - Lanes that run together -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Machine.h"
#include "Specials.h"

using namespace mlir::dag::ptx;

Warp::Warp(Machine &machine, Block &block, unsigned index)
    : machine(machine), block(block), index(index), known(block.cluster.number),
      fenceRelease(block.cluster.number), pendingAcquire(block.cluster.number),
      scratch(kLanes) {
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

void Warp::branch(uint32_t taken, const Inst &inst) {
  Group &group = groups.back();
  uint32_t rest = group.mask & ~taken;
  if (rest == 0) {
    group.place = inst.target;
    return;
  }
  unsigned fall = group.place;
  unsigned meet =
      inst.reconverge == kNoTarget ? group.reconverge : inst.reconverge;
  // The lanes that go there at once wait in the group below.
  if (meet != kNoTarget && group.reconverge != meet)
    group.place = meet;
  else
    groups.pop_back();
  bool startsTaken = machine.random() & 1;
  for (bool isTaken : {!startsTaken, startsTaken}) {
    unsigned place = isTaken ? inst.target : fall;
    if (place != meet)
      groups.push_back({place, isTaken ? taken : rest, meet});
  }
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
}

void Warp::tick() {
  known.order.raise(agent, clock);
  ++clock;
  known.order.raise(agent, clock);
}

Actor Warp::getActor(unsigned lane, bool isStrong) {
  Actor actor;
  actor.access.agent = agent;
  actor.access.clock = clock;
  actor.access.inst = current;
  actor.access.lane = lane;
  actor.access.isStrong = isStrong;
  actor.access.laneEpoch = laneEpoch;
  actor.known = &known;
  return actor;
}

void Warp::noteSync() {
  lastSync = current + 1;
  syncLanes();
}

void Warp::checkSource(unsigned row) {
  if (inFlight[row] <= productsDone || isInput[row])
    return;
  machine.report(Code::RegisterInFlight, *this,
                 "an accumulator of a wgmma that is not waited for is read");
  inFlight[row] = 0;
}

void Warp::checkDestination(unsigned row) {
  if (inFlight[row] <= productsDone)
    return;
  machine.report(Code::RegisterInFlight, *this,
                 isInput[row] ? "a register that a wgmma reads, which is not "
                                "waited for, is written"
                              : "an accumulator of a wgmma that is not waited "
                                "for is written");
  inFlight[row] = 0;
}
