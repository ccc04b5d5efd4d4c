//===- ProgramExecution.cpp - Ranks that run their programs -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ProgramExecution.h"
#include "Shards.h"
#include "dag/Support/WaitForGraph.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::dag;

ProgramExecution::ProgramExecution(ProgramOp program, const MeshShape &mesh,
                                   TensorSource &source, Precision precision,
                                   llvm::StringMap<std::vector<Tensor>> &caches)
    : program(program), rankSet(mesh), source(source), precision(precision),
      caches(caches), ranks(rankSet.size()), rendezvous(rankSet) {
  for (auto function : program.getBody().getOps<FunctionOp>()) {
    RangeSet set = function.getRanks().getSet();
    for (RangeSet::Range range : set.getRanges())
      for (int64_t rank = range.first; rank <= range.last; ++rank)
        ranks[rank].functions.push_back(function);
  }
}

void ProgramExecution::round(Tensor &tensor, Type type) const {
  if (precision == Precision::AsTyped)
    tensor.roundTo(cast<RankedTensorType>(type).getElementType());
}

//===----------------------------------------------------------------------===//
// Local ops
//===----------------------------------------------------------------------===//

LogicalResult ProgramExecution::runBorder(size_t rank, Operation *op) {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  auto it = wholes.find(op);
  if (it == wholes.end()) {
    FailureOr<Tensor> whole = isa<ParameterOp>(op)
                                  ? source.getParameter(cast<ParameterOp>(op))
                                  : source.getInput(cast<InputOp>(op));
    if (failed(whole) || failed(checkWhole(op, *whole, type)))
      return failure();
    round(*whole, type);
    it = wholes.try_emplace(op, std::move(*whole)).first;
  }
  const RankContext &context = rankSet.getRanks()[rank];
  getValue(rank, op->getResult(0)) =
      context.holds(type) ? context.getShard(it->second, type, /*padding=*/0)
                          : Tensor();
  return success();
}

LogicalResult ProgramExecution::runCache(size_t rank, KvCacheOp op) {
  std::vector<Tensor> &shards = caches[op.getName()];
  shards.resize(ranks.size());
  if (!shards[rank].exists()) {
    auto type = cast<RankedTensorType>(op.getType());
    FailureOr<Tensor> whole = source.getCache(op);
    if (failed(whole) || failed(checkWhole(op, *whole, type)))
      return failure();
    round(*whole, type);
    shards[rank] =
        rankSet.getRanks()[rank].getShard(*whole, type, /*padding=*/0);
  }
  getValue(rank, op.getResult()) = shards[rank];
  return success();
}

LogicalResult ProgramExecution::runOutput(size_t rank, OutputOp op) {
  auto [it, isNew] = outputs.insert({op.getNameAttr(), Output()});
  Output &output = it->second;
  if (isNew) {
    output.op = op;
    output.shards.resize(ranks.size());
  }
  if (output.op.getValue().getType() != op.getValue().getType()) {
    InFlightDiagnostic diagnostic =
        op.emitError() << "expected output '" << op.getName() << "' of type "
                       << output.op.getValue().getType() << ", but got "
                       << op.getValue().getType();
    diagnostic.attachNote(output.op.getLoc()) << "as it is handed out here";
    return diagnostic;
  }
  if (output.shards[rank].exists())
    return op.emitError() << "expected outputs with different names, but '"
                          << op.getName() << "' is there already";
  output.shards[rank] = getValue(rank, op.getValue());
  return success();
}

/// What pads a constant's shard is zero, as in all that comes from outside.
static void clearPadding(Tensor &shard, RankedTensorType type,
                         const RankContext &rank) {
  if (!shard.exists())
    return;
  Tensor cleared(shard.getShape());
  rank.forEachElement(type, [&](int64_t i, int64_t) { cleared[i] = shard[i]; });
  shard = std::move(cleared);
}

/// The cache that a value is the rank's shard of, or null.
static KvCacheOp findCache(Value value) {
  if (auto local = value.getDefiningOp<ToLocalOp>())
    value = local.getX();
  return value.getDefiningOp<KvCacheOp>();
}

LogicalResult ProgramExecution::runLocal(size_t rank, Operation *op) {
  auto interpretable = dyn_cast<InterpretOpInterface>(op);
  if (!interpretable)
    return op->emitError()
           << "expected an op that can be interpreted, but got '"
           << op->getName() << "'";
  SmallVector<const Tensor *> operands;
  bool isComplete = true;
  for (Value operand : op->getOperands()) {
    operands.push_back(&getValue(rank, operand));
    isComplete &= operands.back()->exists();
  }
  SmallVector<Tensor> results;
  // Off the root of a tensor there is nothing to compute.
  if (!isComplete)
    results.resize(op->getNumResults());
  else if (failed(interpretable.interpret(rankSet.getRanks()[rank], operands,
                                          results)))
    return failure();
  unsigned numResults = op->getNumResults();
  // What is written outlives the run.
  if (isComplete)
    for (auto [i, value] : llvm::enumerate(interpretable.getWrittenCaches()))
      if (KvCacheOp cache = findCache(value)) {
        round(results[numResults + i], value.getType());
        caches[cache.getName()][rank] = std::move(results[numResults + i]);
      }
  for (OpResult result : op->getResults()) {
    Tensor &tensor = results[result.getResultNumber()];
    if (op->hasTrait<OpTrait::ConstantLike>())
      clearPadding(tensor, cast<RankedTensorType>(result.getType()),
                   rankSet.getRanks()[rank]);
    if (tensor.exists())
      round(tensor, result.getType());
    getValue(rank, result) = std::move(tensor);
  }
  return success();
}

LogicalResult ProgramExecution::runOp(size_t rank, Operation *op) {
  for (Type type : op->getResultTypes())
    if (failed(checkSize(op, type)))
      return failure();
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case<ParameterOp, InputOp>(
          [&](Operation *) { return runBorder(rank, op); })
      .Case([&](KvCacheOp cache) { return runCache(rank, cache); })
      .Case([&](OutputOp output) { return runOutput(rank, output); })
      .Case<ToLocalOp, FromLocalOp>([&](auto border) {
        Tensor tensor = getValue(rank, border.getX());
        getValue(rank, border.getResult()) = std::move(tensor);
        return success();
      })
      .Case([&](StashOp stash) {
        ranks[rank].stashes[stash.getBuffer()].push_back(
            getValue(rank, stash.getX()));
        return success();
      })
      .Case([&](UnstashOp unstash) -> LogicalResult {
        std::deque<Tensor> &stash = ranks[rank].stashes[unstash.getBuffer()];
        if (stash.empty())
          return op->emitError()
                 << "expected something in " << unstash.getBufferAttr()
                 << " of rank " << rank << ", but it is empty";
        getValue(rank, unstash.getResult()) = std::move(stash.front());
        stash.pop_front();
        return success();
      })
      .Default([&](Operation *) { return runLocal(rank, op); });
}

//===----------------------------------------------------------------------===//
// Communication
//===----------------------------------------------------------------------===//

void ProgramExecution::end(size_t rank) {
  if (--ranks[rank].pending == 0)
    ready.push_back(rank);
}

LogicalResult ProgramExecution::meetTransfer(PostedCall send, PostedCall recv) {
  Value from = send.op->getOperand(0), to = recv.op->getResult(0);
  if (from.getType() != to.getType()) {
    InFlightDiagnostic diagnostic =
        recv.op.emitError()
        << "expected rank " << send.rank << " to send " << to.getType()
        << " to rank " << recv.rank << ", but got " << from.getType();
    diagnostic.attachNote(send.op.getLoc()) << "it is sent here";
    return diagnostic;
  }
  getValue(recv.rank, to) = getValue(send.rank, from);
  end(send.rank);
  end(recv.rank);
  return success();
}

LogicalResult ProgramExecution::meetCollective(ArrayRef<PostedCall> calls) {
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
    tensors.push_back(&getValue(call.rank, call.op->getOperand(0)));
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
    Value value = call.op->getResult(0);
    if (result.exists())
      round(result, value.getType());
    getValue(call.rank, value) = std::move(result);
    end(call.rank);
  }
  return success();
}

LogicalResult ProgramExecution::begin(size_t rank,
                                      CommunicationOpInterface call) {
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

LogicalResult ProgramExecution::begin(size_t rank, Operation *op) {
  // Held up, so that a group does not end before all of it has begun.
  ++ranks[rank].pending;
  if (auto call = dyn_cast<CommunicationOpInterface>(op)) {
    if (failed(begin(rank, call)))
      return failure();
  } else {
    for (Operation &inner : op->getRegion(0).front().without_terminator())
      if (failed(begin(rank, cast<CommunicationOpInterface>(inner))))
        return failure();
  }
  end(rank);
  return success();
}

//===----------------------------------------------------------------------===//
// Ranks
//===----------------------------------------------------------------------===//

/// Ends a block: what it yields are the results of the op around it, and what
/// is inside is not used outside.
void ProgramExecution::leave(Rank &rank) {
  Block &block = *rank.frames.pop_back_val().block;
  Operation *parent = block.getParentOp();
  if (isa<LayerOp>(parent))
    for (auto [result, yielded] : llvm::zip_equal(
             parent->getResults(), block.getTerminator()->getOperands())) {
      Tensor tensor = rank.values[yielded];
      rank.values[result] = std::move(tensor);
    }
  for (BlockArgument argument : block.getArguments())
    rank.values.erase(argument);
  for (Operation &op : block)
    for (Value result : op.getResults())
      rank.values.erase(result);
}

LogicalResult ProgramExecution::advance(size_t index) {
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
      leave(rank);
      continue;
    }
    Operation *op = &*frame.next;
    if (isa<CommunicationOpInterface, CommGroupOp>(op)) {
      if (!rank.hasBegun) {
        rank.hasBegun = true;
        // It is ready at once if all of its calls meet.
        return begin(index, op);
      }
      rank.hasBegun = false;
      if (auto group = dyn_cast<CommGroupOp>(op))
        for (auto [result, yielded] :
             llvm::zip_equal(group.getResults(),
                             group.getBody().front().back().getOperands())) {
          Tensor tensor = rank.values[yielded];
          rank.values[result] = std::move(tensor);
        }
      ++frame.next;
      continue;
    }
    ++frame.next;
    if (auto layer = dyn_cast<LayerOp>(op)) {
      Block &block = layer.getBody().front();
      for (auto [argument, operand] :
           llvm::zip_equal(block.getArguments(), layer->getOperands())) {
        Tensor tensor = rank.values[operand];
        rank.values[argument] = std::move(tensor);
      }
      rank.frames.push_back({&block, block.begin()});
      continue;
    }
    if (failed(runOp(index, op)))
      return failure();
  }
}

InFlightDiagnostic ProgramExecution::reportDeadlock() {
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

FailureOr<llvm::MapVector<StringAttr, Tensor>> ProgramExecution::run() {
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
  llvm::MapVector<StringAttr, Tensor> results;
  for (auto &[name, output] : outputs) {
    FailureOr<Tensor> whole = assemble(
        output.op, cast<RankedTensorType>(output.op.getValue().getType()),
        rankSet.getRanks(), output.shards);
    if (failed(whole))
      return failure();
    results[name] = std::move(*whole);
  }
  return results;
}
