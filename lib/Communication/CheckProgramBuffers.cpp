//===- CheckProgramBuffers.cpp - Buffers of programs --------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CheckProgramBuffers.h"
#include "BufferUses.h"

using namespace mlir;
using namespace mlir::dag;

static std::string formatSlots(int64_t slots) {
  return std::to_string(slots) + (slots == 1 ? " slot" : " slots");
}

ProgramBuffers::ProgramBuffers(ProgramOp program,
                               std::vector<OrderIssue> &issues)
    : issues(issues) {
  for (auto buffer : program.getBody().getOps<CommBufferOp>())
    slots[buffer.getSymNameAttr()] = buffer.getSlots();
}

void ProgramBuffers::report(Operation *op, const Twine &message) {
  if (reported.insert(op).second)
    issues.push_back({Code::DAG806, op->getLoc(), message.str(), {}});
}

void ProgramBuffers::checkFunction(FunctionOp function) {
  // By buffer, as they stand. One alone has the buffer for itself.
  llvm::MapVector<StringAttr, SmallVector<Operation *, 2>> ends;
  function->walk<WalkOrder::PreOrder>([&](Operation *op) {
    FlatSymbolRefAttr buffer;
    if (auto send = dyn_cast<CommSendOp>(op))
      buffer = send.getBufferAttr();
    if (auto recv = dyn_cast<CommRecvOp>(op))
      buffer = recv.getBufferAttr();
    if (buffer)
      ends[buffer.getAttr()].push_back(op);
    if (isa<StashOp, UnstashOp>(op))
      kept[function].push_back(op);
  });
  BufferUses uses(function);
  for (auto &[buffer, ofBuffer] : ends) {
    if (ofBuffer.size() < 2)
      continue;
    int64_t numSlots = slots.lookup(buffer);
    for (Operation *op : ofBuffer) {
      bool isSend = isa<CommSendOp>(op);
      int64_t numHeld = isSend ? uses.send(buffer, op, op->getOperand(0))
                               : uses.receive(buffer, op, op->getResult(0));
      if (numHeld == numSlots + 1)
        report(op, "expected the last tensor in '@" + buffer.getValue() +
                       "' to be used before the next one " +
                       (isSend ? "goes" : "comes") +
                       ", but it is used behind it, and the buffer has " +
                       formatSlots(numSlots));
    }
  }
}

void ProgramBuffers::runRank(FunctionOp function, uint32_t rank) {
  auto it = kept.find(function);
  if (it == kept.end())
    return;
  for (Operation *op : it->second) {
    auto stash = dyn_cast<StashOp>(op);
    StringAttr buffer = stash ? stash.getBufferAttr().getAttr()
                              : cast<UnstashOp>(op).getBufferAttr().getAttr();
    int64_t &numKept = numKeptOf[{buffer, rank}];
    int64_t numSlots = slots.lookup(buffer);
    if (stash && ++numKept == numSlots + 1)
      report(op, "expected rank " + Twine(rank) +
                     " to take the last tensor out of '@" + buffer.getValue() +
                     "' before the next one is kept there, but it does not, "
                     "and the buffer has " +
                     formatSlots(numSlots));
    if (!stash && numKept-- <= 0) {
      numKept = 0;
      report(op, "expected rank " + Twine(rank) + " to keep a tensor in '@" +
                     buffer.getValue() +
                     "' before it takes one out, but it is empty");
    }
  }
}
