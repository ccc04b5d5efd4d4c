//===- CheckProgramBuffers.cpp - Buffers of programs --------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CheckProgramBuffers.h"

using namespace mlir;
using namespace mlir::dag;

ProgramBuffers::ProgramBuffers(ProgramOp program, CommunicationOrder &order)
    : order(order) {
  for (auto buffer : program.getBody().getOps<CommBufferOp>())
    slots[buffer.getSymNameAttr()] = buffer.getSlots();
}

void ProgramBuffers::report(Operation *op, const Twine &message) {
  if (reported.insert(op).second)
    order.issues.push_back({Code::DAG806, op->getLoc(), message.str(), {}});
}

void ProgramBuffers::addFunction(FunctionOp op) {
  llvm::MapVector<StringAttr, SmallVector<BufferUse, 2>> uses;
  auto add = [&](FlatSymbolRefAttr buffer, Operation *end,
                 BufferUse::Kind kind) {
    if (buffer)
      uses[buffer.getAttr()].push_back(BufferUse::get(end, kind));
  };
  op->walk<WalkOrder::PreOrder>([&](Operation *end) {
    if (auto send = dyn_cast<CommSendOp>(end))
      add(send.getBufferAttr(), end, BufferUse::Kind::Send);
    if (auto recv = dyn_cast<CommRecvOp>(end))
      add(recv.getBufferAttr(), end, BufferUse::Kind::Recv);
    if (auto stash = dyn_cast<StashOp>(end))
      add(stash.getBufferAttr(), end, BufferUse::Kind::Keep);
    if (auto unstash = dyn_cast<UnstashOp>(end))
      add(unstash.getBufferAttr(), end, BufferUse::Kind::Take);
  });
  function.clear();
  OpPlaces places(op);
  for (auto &[buffer, ofBuffer] : uses) {
    Operation *lastKeep = nullptr;
    for (const BufferUse &use : ofBuffer)
      if (use.kind == BufferUse::Kind::Keep)
        lastKeep = use.op;
    function.push_back({buffer, BufferLives(places, ofBuffer), lastKeep, {}});
  }
}

/// What has to happen before the next tensor is in the buffer.
static StringRef describeNext(BufferUse::Kind kind) {
  switch (kind) {
  case BufferUse::Kind::Send:
    return "goes";
  case BufferUse::Kind::Recv:
    return "comes";
  default:
    return "is kept there";
  }
}

int64_t ProgramBuffers::run(const OfFunction &ofFunction, int64_t numKept,
                            uint32_t rank) {
  const BufferLives &lives = ofFunction.lives;
  int64_t numSlots = slots.lookup(ofFunction.buffer);
  std::string name = ("'@" + ofFunction.buffer.getValue() + "'").str();
  BufferLives::Outcome outcome = lives.run(numSlots, numKept);
  for (const BufferLives::Outcome::Full &full : outcome.full) {
    const BufferUse &use = lives.getUse(full.use);
    StringRef next = describeNext(use.kind);
    report(use.op,
           (full.hasKept
                ? "expected rank " + std::to_string(rank) +
                      " to take the last tensor out of " + name +
                      " before the next one " + next.str() + ", but it does not"
                : "expected the last tensor in " + name +
                      " to be used before the next one " + next.str() +
                      ", but it is used behind it") +
               ", and the buffer has " + Twine(numSlots) +
               (numSlots == 1 ? " slot" : " slots"));
  }
  for (size_t use : outcome.empty)
    report(lives.getUse(use).op,
           "expected rank " + Twine(rank) + " to keep a tensor in " + name +
               " before it takes one out, but it is empty");
  if (outcome.full.empty() && lives.getUnknown() &&
      !lives.run(numSlots, numKept, /*possible=*/true).full.empty())
    order.unknown = lives.getUnknownText(ofFunction.buffer);
  return outcome.numKept;
}

void ProgramBuffers::runRank(uint32_t rank) {
  for (OfFunction &ofFunction : function) {
    Kept &kept = keptOf[{ofFunction.buffer, rank}];
    auto [it, isNew] = ofFunction.numKept.try_emplace(kept.number, 0);
    if (isNew)
      it->second = run(ofFunction, kept.number, rank);
    kept.number = it->second;
    if (ofFunction.lastKeep)
      kept.last = ofFunction.lastKeep;
  }
}

void ProgramBuffers::end() {
  for (auto &[place, kept] : keptOf)
    if (kept.number > 0)
      report(kept.last, "expected rank " + Twine(place.second) +
                            " to take out of '@" + place.first.getValue() +
                            "' all that it keeps there, but " +
                            Twine(kept.number) +
                            (kept.number == 1 ? " tensor is" : " tensors are") +
                            " left at its end");
}
