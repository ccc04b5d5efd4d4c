//===- Interpreter.cpp - Runs programs on small tensors -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Interpreter/Interpreter.h"
#include "Collectives.h"
#include "ProgramExecution.h"
#include "Shards.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using namespace mlir::dag;

/// One run of a model.
class Interpreter::Execution {
public:
  Execution(Interpreter &interpreter, const MeshShape &mesh)
      : interpreter(interpreter), ranks(mesh) {
    for (size_t rank = 0; rank < ranks.size(); ++rank)
      everyone.push_back(rank);
  }

  LogicalResult runBlock(Block &block, ArrayRef<size_t> active);
  llvm::MapVector<StringAttr, Tensor> takeOutputs() {
    return std::move(outputs);
  }

private:
  /// A value on each rank.
  using Shards = std::vector<Tensor>;

  LogicalResult runOp(Operation *op, ArrayRef<size_t> active);
  LogicalResult runRegion(Operation *op, ArrayRef<size_t> active);
  LogicalResult runLocal(Operation *op, ArrayRef<size_t> active);
  LogicalResult runCache(KvCacheOp op, ArrayRef<size_t> active);
  LogicalResult runOutput(OutputOp op);
  LogicalResult runRecv(RecvOp op, ArrayRef<size_t> active);
  SmallVector<size_t> getRanksOf(StageOp stage) const;

  /// Hands the whole tensor out to the ranks, each its shard.
  LogicalResult distribute(Operation *op, FailureOr<Tensor> whole,
                           ArrayRef<size_t> active, Shards &shards);
  void round(Operation *op, unsigned result, Tensor &tensor);

  Interpreter &interpreter;
  RankSet ranks;
  SmallVector<size_t> everyone;
  DenseMap<Value, Shards> values;
  llvm::MapVector<StringAttr, Tensor> outputs;
};

void Interpreter::Execution::round(Operation *op, unsigned result,
                                   Tensor &tensor) {
  if (interpreter.precision == Precision::AsTyped)
    if (auto type = dyn_cast<RankedTensorType>(op->getResult(result).getType()))
      tensor.roundTo(type.getElementType());
}

LogicalResult Interpreter::Execution::distribute(Operation *op,
                                                 FailureOr<Tensor> whole,
                                                 ArrayRef<size_t> active,
                                                 Shards &shards) {
  if (failed(whole))
    return failure();
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  if (failed(checkWhole(op, *whole, type)))
    return failure();
  if (interpreter.precision == Precision::AsTyped)
    whole->roundTo(type.getElementType());
  shards.resize(ranks.size());
  for (size_t rank : active)
    if (ranks.getRanks()[rank].holds(type))
      shards[rank] = ranks.getRanks()[rank].getShard(*whole, type);
  return success();
}

SmallVector<size_t> Interpreter::Execution::getRanksOf(StageOp stage) const {
  if (!stage.getAxisAttr() || !stage.getCoordinate())
    return everyone;
  SmallVector<size_t> active;
  for (size_t rank : everyone)
    if (ranks.getRanks()[rank].getIndex(stage.getAxisAttr()) ==
        static_cast<int64_t>(*stage.getCoordinate()))
      active.push_back(rank);
  return active;
}

LogicalResult Interpreter::Execution::runRegion(Operation *op,
                                                ArrayRef<size_t> active) {
  Block &block = op->getRegion(0).front();
  for (auto [argument, operand] :
       llvm::zip_equal(block.getArguments(), op->getOperands())) {
    Shards shards = values[operand];
    values[argument] = std::move(shards);
  }
  if (failed(runBlock(block, active)))
    return failure();
  for (auto [result, yielded] :
       llvm::zip_equal(op->getResults(), block.back().getOperands())) {
    Shards shards = values[yielded];
    values[result] = std::move(shards);
  }
  // What is inside is not used outside.
  for (BlockArgument argument : block.getArguments())
    values.erase(argument);
  for (Operation &inner : block)
    for (Value result : inner.getResults())
      values.erase(result);
  return success();
}

LogicalResult Interpreter::Execution::runLocal(Operation *op,
                                               ArrayRef<size_t> active) {
  auto interpretable = dyn_cast<InterpretOpInterface>(op);
  if (!interpretable)
    return op->emitError()
           << "expected an op that can be interpreted, but got '"
           << op->getName() << "'";
  std::vector<Shards> results(op->getNumResults(), Shards(ranks.size()));
  for (size_t rank : active) {
    SmallVector<const Tensor *> operands;
    for (Value operand : op->getOperands()) {
      const Tensor &shard = values[operand][rank];
      if (!shard.exists())
        return op->emitError() << "expected the operands on every rank, but "
                                  "rank "
                               << rank << " does not have one";
      operands.push_back(&shard);
    }
    SmallVector<Tensor> tensors;
    if (failed(
            interpretable.interpret(ranks.getRanks()[rank], operands, tensors)))
      return failure();
    for (unsigned i = 0; i < results.size(); ++i) {
      round(op, i, tensors[i]);
      results[i][rank] = std::move(tensors[i]);
    }
    // What is written outlives the run.
    for (auto [i, value] : llvm::enumerate(interpretable.getWrittenCaches())) {
      auto cache = value.getDefiningOp<KvCacheOp>();
      if (!cache)
        continue;
      Tensor &kept = interpreter.caches[cache.getName()][rank];
      kept = std::move(tensors[results.size() + i]);
      if (interpreter.precision == Precision::AsTyped)
        kept.roundTo(cast<RankedTensorType>(value.getType()).getElementType());
    }
  }
  for (auto [value, shards] : llvm::zip_equal(op->getResults(), results))
    values[value] = std::move(shards);
  return success();
}

LogicalResult Interpreter::Execution::runCache(KvCacheOp op,
                                               ArrayRef<size_t> active) {
  std::vector<Tensor> &shards = interpreter.caches[op.getName()];
  bool isNew = shards.empty() || llvm::any_of(active, [&](size_t rank) {
                 return rank >= shards.size() || !shards[rank].exists();
               });
  if (isNew &&
      failed(distribute(op, interpreter.source.getCache(op), active, shards)))
    return failure();
  values[op.getResult()] = shards;
  return success();
}

LogicalResult Interpreter::Execution::runOutput(OutputOp op) {
  FailureOr<Tensor> whole =
      assemble(op, cast<RankedTensorType>(op.getValue().getType()),
               ranks.getRanks(), values[op.getValue()]);
  if (failed(whole))
    return failure();
  if (!outputs.insert({op.getNameAttr(), std::move(*whole)}).second)
    return op.emitError() << "expected outputs with different names, but '"
                          << op.getName() << "' is there already";
  return success();
}

LogicalResult Interpreter::Execution::runRecv(RecvOp op,
                                              ArrayRef<size_t> active) {
  auto stage = op->getParentOfType<StageOp>();
  SmallVector<StringAttr, 1> axes;
  if (stage && stage.getAxisAttr())
    axes.push_back(stage.getAxisAttr());
  const Shards &sent = values[op.getTransfer()];
  Shards received(ranks.size());
  for (size_t rank : active) {
    // The peer has the same coordinates on all other axes.
    for (size_t peer : ranks.getGroup(rank, axes))
      if (sent[peer].exists())
        received[rank] = sent[peer];
    if (!received[rank].exists())
      return op.emitError() << "expected a peer that sends to rank " << rank
                            << ", but there is none";
  }
  values[op.getResult()] = std::move(received);
  return success();
}

LogicalResult Interpreter::Execution::runOp(Operation *op,
                                            ArrayRef<size_t> active) {
  for (Type type : op->getResultTypes())
    if (failed(checkSize(op, type)))
      return failure();
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](StageOp stage) { return runRegion(op, getRanksOf(stage)); })
      .Case([&](LayerOp) { return runRegion(op, active); })
      .Case<YieldOp, CommBufferOp, ScheduleOp>(
          [](Operation *) { return success(); })
      .Case([&](ParameterOp parameter) {
        return distribute(op, interpreter.source.getParameter(parameter),
                          active, values[parameter.getResult()]);
      })
      .Case([&](InputOp input) {
        return distribute(op, interpreter.source.getInput(input), everyone,
                          values[input.getResult()]);
      })
      .Case([&](KvCacheOp cache) { return runCache(cache, active); })
      .Case([&](OutputOp output) { return runOutput(output); })
      .Case([&](SendOp send) {
        Shards shards = values[send.getValue()];
        values[send.getResult()] = std::move(shards);
        return success();
      })
      .Case([&](RecvOp recv) { return runRecv(recv, active); })
      .Case([&](CollectiveOpInterface collective) -> LogicalResult {
        FailureOr<Shards> results =
            ranks.run(op, values[collective.getCollectiveOperand()], active);
        if (failed(results))
          return failure();
        for (size_t rank : active)
          round(op, 0, (*results)[rank]);
        values[op->getResult(0)] = std::move(*results);
        return success();
      })
      .Default([&](Operation *) { return runLocal(op, active); });
}

LogicalResult Interpreter::Execution::runBlock(Block &block,
                                               ArrayRef<size_t> active) {
  for (Operation &op : block)
    if (failed(runOp(&op, active)))
      return failure();
  return success();
}

/// Ranks are simulated one by one.
static LogicalResult checkRanks(Operation *op, const MeshShape &mesh) {
  constexpr int64_t kMaxRanks = 4096;
  int64_t numRanks = mesh.getSize(mesh.getAxes());
  if (numRanks <= kMaxRanks)
    return success();
  return op->emitError() << "expected at most " << kMaxRanks
                         << " ranks, but got " << numRanks;
}

FailureOr<llvm::MapVector<StringAttr, Tensor>> Interpreter::run(ModelOp model) {
  MeshShape shape;
  if (MeshOp mesh = model.lookupMesh())
    shape = MeshShape(mesh);
  if (failed(checkRanks(model, shape)))
    return failure();
  Execution execution(*this, shape);
  SmallVector<size_t> everyone =
      llvm::to_vector(llvm::seq<size_t>(0, shape.getSize(shape.getAxes())));
  if (failed(execution.runBlock(model.getBody().front(), everyone)))
    return failure();
  return execution.takeOutputs();
}

FailureOr<llvm::MapVector<StringAttr, Tensor>>
Interpreter::run(ProgramOp program) {
  MeshShape shape(program.lookupMesh());
  if (failed(checkRanks(program, shape)))
    return failure();
  return ProgramExecution(program, shape, source, precision, caches).run();
}
