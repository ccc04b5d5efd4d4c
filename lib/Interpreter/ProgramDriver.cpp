//===- ProgramDriver.cpp - Ranks that run their programs -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ProgramDriver.h"
#include "Collectives.h"
#include "Shards.h"
#include "dag/Support/WaitForGraph.h"
#include "mlir/IR/Diagnostics.h"

using namespace mlir;
using namespace mlir::dag;

ProgramDriver::ProgramDriver(ProgramOp program, const MeshShape &mesh,
                             TensorSource &source, Precision precision,
                             llvm::StringMap<std::vector<Tensor>> &caches)
    : program(program),
      machine(mesh, source, caches,
              {precision, /*padding=*/0, /*mayLackOperands=*/true}),
      ranks(machine.size()), rendezvous(machine.getRanks()) {
  for (auto function : program.getBody().getOps<FunctionOp>()) {
    RangeSet set = function.getRanks().getSet();
    for (RangeSet::Range range : set.getRanges())
      for (int64_t rank = range.first; rank <= range.last; ++rank)
        ranks[rank].functions.push_back(function);
  }
}

//===----------------------------------------------------------------------===//
// Communication
//===----------------------------------------------------------------------===//

void ProgramDriver::end(size_t rank) {
  if (--ranks[rank].pending == 0)
    ready.push_back(rank);
}

LogicalResult ProgramDriver::meetTransfer(PostedCall send, PostedCall recv) {
  Value from = send.op->getOperand(0), to = recv.op->getResult(0);
  if (from.getType() != to.getType()) {
    InFlightDiagnostic diagnostic =
        recv.op.emitError()
        << "expected rank " << send.rank << " to send " << to.getType()
        << " to rank " << recv.rank << ", but got " << from.getType();
    diagnostic.attachNote(send.op.getLoc()) << "it is sent here";
    return diagnostic;
  }
  Tensor sent = machine.get(send.rank, from);
  machine.get(recv.rank, to) = std::move(sent);
  end(send.rank);
  end(recv.rank);
  return success();
}

LogicalResult ProgramDriver::meetCollective(ArrayRef<PostedCall> calls) {
  PostedCall first = calls.front();
  SmallVector<const Tensor *> tensors;
  for (PostedCall call : calls) {
    StringRef expected = rendezvous.getSignature(first);
    // Looking up a signature may move the others.
    std::string wanted = expected.str();
    StringRef actual = rendezvous.getSignature(call);
    if (actual != wanted) {
      InFlightDiagnostic diagnostic =
          call.op.emitError()
          << "expected the members of " << call.op.getCommunicatorAttr()
          << " to make the same call, but rank " << call.rank << " makes '"
          << actual << "'";
      diagnostic.attachNote(first.op.getLoc())
          << "rank " << first.rank << " makes '" << wanted << "'";
      return diagnostic;
    }
    tensors.push_back(&machine.get(call.rank, call.op->getOperand(0)));
  }
  CollectiveCall what(first.op.getCallKind(), first.op.getCallDims());
  what.uneven = first.op.hasUnevenParts();
  what.root = first.op.getRootMember().value_or(0);
  bool isSameForAll =
      llvm::is_contained({CollectiveKind::AllReduce, CollectiveKind::AllGather,
                          CollectiveKind::Broadcast},
                         what.kind);
  ArrayRef<size_t> members = rendezvous.getMembers(first);
  std::vector<Tensor> results(calls.size());
  for (size_t self = 0; self < calls.size(); ++self) {
    if (isSameForAll && self > 0) {
      results[self] = results.front();
      continue;
    }
    PostedCall call = calls[self];
    FailureOr<Tensor> result =
        runCollective(call.op.getLoc(), what, tensors, members, self);
    if (failed(result))
      return failure();
    results[self] = std::move(*result);
  }
  for (auto [call, result] : llvm::zip_equal(calls, results)) {
    machine.set(call.rank, call.op->getResult(0), std::move(result));
    end(call.rank);
  }
  return success();
}

LogicalResult ProgramDriver::begin(size_t rank, CommunicationOpInterface call) {
  for (Type type : call->getResultTypes())
    if (failed(checkSize(call, type)))
      return failure();
  ++ranks[rank].pending;
  SmallVector<PostedCall> met = rendezvous.post({rank, call});
  if (met.empty())
    return success();
  return call.getPeerMember() ? meetTransfer(met[0], met[1])
                              : meetCollective(met);
}

LogicalResult ProgramDriver::begin(size_t rank, Operation *op) {
  auto group = dyn_cast<CommGroupOp>(op);
  ranks[rank].nextCall = group ? &group.getBody().front().front() : op;
  return beginNext(rank);
}

LogicalResult ProgramDriver::beginNext(size_t rank) {
  // Held up, so that it does not end before all of it has begun.
  ++ranks[rank].pending;
  Operation *&next = ranks[rank].nextCall;
  bool isTransfer = false;
  do {
    auto call = dyn_cast<CommunicationOpInterface>(next);
    if (!call)
      break;
    isTransfer = call.getPeerMember().has_value();
    if (failed(begin(rank, call)))
      return failure();
    Operation *behind = next->getNextNode();
    bool isInGroup = isa<CommGroupOp>(next->getParentOp()) && behind &&
                     !isa<YieldOp>(behind);
    next = isInGroup ? behind : nullptr;
  } while (next && isTransfer &&
           cast<CommunicationOpInterface>(next).getPeerMember());
  end(rank);
  return success();
}

//===----------------------------------------------------------------------===//
// Ranks
//===----------------------------------------------------------------------===//

/// Ends a block: what it yields are the results of the op around it, and what
/// is inside is not used outside.
void ProgramDriver::enter(size_t rank, LayerOp layer) {
  Block &block = layer.getBody().front();
  machine.copy(rank, layer->getOperands(), block.getArguments());
  ranks[rank].frames.push_back({&block, block.begin()});
}

void ProgramDriver::leave(size_t rank) {
  Block &block = *ranks[rank].frames.pop_back_val().block;
  Operation *parent = block.getParentOp();
  if (isa<LayerOp>(parent))
    machine.copy(rank, block.getTerminator()->getOperands(),
                 parent->getResults());
  machine.forget(rank, block);
}

LogicalResult ProgramDriver::advance(size_t index) {
  Rank &rank = ranks[index];
  while (true) {
    if (rank.frames.empty()) {
      if (rank.nextFunction == rank.functions.size()) {
        rank.hasEnded = true;
        return success();
      }
      Block &block = rank.functions[rank.nextFunction++].getBody().front();
      rank.frames.push_back({&block, block.begin()});
    }
    Frame &frame = rank.frames.back();
    if (frame.next == frame.block->end() || isa<YieldOp>(*frame.next)) {
      leave(index);
      continue;
    }
    Operation *op = &*frame.next;
    if (isa<CommunicationOpInterface, CommGroupOp>(op)) {
      if (!rank.hasBegun) {
        rank.hasBegun = true;
        // It is ready at once if all of its calls meet.
        return begin(index, op);
      }
      if (rank.nextCall)
        return beginNext(index);
      rank.hasBegun = false;
      if (auto group = dyn_cast<CommGroupOp>(op))
        machine.copy(index, group.getBody().front().back().getOperands(),
                     group.getResults());
      ++frame.next;
      continue;
    }
    ++frame.next;
    if (auto layer = dyn_cast<LayerOp>(op))
      enter(index, layer);
    else if (failed(machine.run(index, op)))
      return failure();
  }
}

InFlightDiagnostic ProgramDriver::reportDeadlock() {
  std::vector<std::vector<uint32_t>> waits(ranks.size());
  std::vector<SmallVector<PostedCall>> callOfWaits(ranks.size());
  size_t numStuck = 0;
  for (size_t rank = 0; rank < ranks.size(); ++rank) {
    numStuck += !ranks[rank].hasEnded;
    for (PostedCall call : rendezvous.getWaiting(rank))
      for (uint32_t missing : rendezvous.getMissing(call)) {
        waits[rank].push_back(missing);
        callOfWaits[rank].push_back(call);
      }
  }
  InFlightDiagnostic diagnostic =
      program.emitError() << "expected every rank to reach its end, but "
                          << numStuck << " of " << ranks.size()
                          << " wait for ever";
  auto addNote = [&](uint32_t rank, uint32_t wait) {
    CommunicationOpInterface op = callOfWaits[rank][wait].op;
    uint32_t other = waits[rank][wait];
    diagnostic.attachNote(op.getLoc())
        << "rank " << rank << " waits in "
        << stringifyCollectiveKind(op.getCallKind()) << " on "
        << op.getCommunicatorAttr() << " for rank " << other
        << (ranks[other].hasEnded ? ", which has ended" : "");
  };
  SmallVector<WaitStep> cycle = findSmallestCycle(waits);
  for (auto [rank, wait] : cycle)
    addNote(rank, wait);
  // Without a cycle somebody waits for a rank that has ended.
  for (uint32_t rank = 0; cycle.empty() && rank < waits.size(); ++rank)
    for (uint32_t wait = 0; wait < waits[rank].size(); ++wait)
      if (ranks[waits[rank][wait]].hasEnded) {
        addNote(rank, wait);
        return diagnostic;
      }
  return diagnostic;
}

FailureOr<llvm::MapVector<StringAttr, Tensor>> ProgramDriver::run() {
  for (size_t rank = 0; rank < ranks.size(); ++rank)
    ready.push_back(rank);
  while (!ready.empty()) {
    size_t rank = ready.front();
    ready.pop_front();
    if (failed(advance(rank)))
      return failure();
  }
  if (llvm::any_of(ranks, [](const Rank &rank) { return !rank.hasEnded; }))
    return reportDeadlock();
  return machine.takeOutputs();
}
