//===- RankMachine.cpp - What ranks hold and do by themselves -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Interpreter/RankMachine.h"
#include "Shards.h"
#include "dag/Dialect/Dag/IR/Elements.h"
#include "dag/Dialect/Dag/IR/LookThrough.h"
#include "dag/Interpreter/InterpretOpInterface.h"
#include "mlir/IR/Diagnostics.h"

#include <cmath>

using namespace mlir;
using namespace mlir::dag;

RankMachine::RankMachine(const MeshShape &mesh, TensorSource &source,
                         llvm::StringMap<std::vector<Tensor>> &caches,
                         const Conventions &conventions)
    : ranks(mesh), source(source), caches(caches), conventions(conventions),
      values(ranks.size()), stashes(ranks.size()) {}

void RankMachine::round(Tensor &tensor, Type type) const {
  auto ranked = dyn_cast<RankedTensorType>(type);
  if (!ranked || !tensor.exists())
    return;
  // What is stored in few bits is what it is stored as, however exact the rest.
  if (conventions.precision == Precision::AsTyped || areRoundedFloats(ranked))
    tensor.roundTo(ranked.getElementType());
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

SmallVector<const Tensor *> RankMachine::getAll(Value value) {
  SmallVector<const Tensor *> shards;
  for (size_t rank = 0; rank < size(); ++rank)
    shards.push_back(&get(rank, value));
  return shards;
}

void RankMachine::set(size_t rank, Value value, Tensor tensor) {
  round(tensor, value.getType());
  get(rank, value) = std::move(tensor);
}

void RankMachine::copy(size_t rank, ValueRange from, ValueRange to) {
  for (auto [before, after] : llvm::zip_equal(from, to)) {
    // A new value may move the others.
    Tensor tensor = get(rank, before);
    get(rank, after) = std::move(tensor);
  }
}

void RankMachine::forget(size_t rank, Block &block) {
  for (BlockArgument argument : block.getArguments())
    values[rank].erase(argument);
  for (Operation &op : block)
    for (Value result : op.getResults())
      values[rank].erase(result);
}

//===----------------------------------------------------------------------===//
// Borders
//===----------------------------------------------------------------------===//

FailureOr<Tensor> RankMachine::takeWhole(Operation *op,
                                         FailureOr<Tensor> whole) const {
  Type type = op->getResult(0).getType();
  if (failed(whole) ||
      failed(checkWhole(op, *whole, cast<RankedTensorType>(type))))
    return failure();
  round(*whole, type);
  return whole;
}

Tensor RankMachine::getShard(size_t rank, const Tensor &whole,
                             RankedTensorType type) const {
  const RankContext &context = getContext(rank);
  return context.holds(type)
             ? context.getShard(whole, type, conventions.padding)
             : Tensor();
}

LogicalResult RankMachine::readSource(size_t rank, Operation *op) {
  auto it = wholes.find(op);
  if (it == wholes.end()) {
    auto parameter = dyn_cast<ParameterOp>(op);
    FailureOr<Tensor> whole =
        takeWhole(op, parameter ? source.getParameter(parameter)
                                : source.getInput(cast<InputOp>(op)));
    if (failed(whole))
      return failure();
    it = wholes.try_emplace(op, std::move(*whole)).first;
  }
  Value result = op->getResult(0);
  get(rank, result) =
      getShard(rank, it->second, cast<RankedTensorType>(result.getType()));
  return success();
}

LogicalResult RankMachine::readCache(size_t rank, KvCacheOp op) {
  std::vector<Tensor> &shards = caches[op.getName()];
  shards.resize(size());
  if (!shards[rank].exists()) {
    FailureOr<Tensor> whole = takeWhole(op, source.getCache(op));
    if (failed(whole))
      return failure();
    shards[rank] = getShard(rank, *whole, cast<RankedTensorType>(op.getType()));
  }
  get(rank, op.getResult()) = shards[rank];
  return success();
}

LogicalResult RankMachine::writeOutput(size_t rank, OutputOp op) {
  auto [it, isNew] = outputs.insert({op.getNameAttr(), Output()});
  Output &output = it->second;
  if (isNew) {
    output.op = op;
    output.shards.resize(size());
  }
  if (output.op.getValue().getType() != op.getValue().getType()) {
    InFlightDiagnostic diagnostic =
        op.emitError() << "expected output '" << op.getName() << "' of type "
                       << output.op.getValue().getType() << ", but got "
                       << op.getValue().getType();
    diagnostic.attachNote(output.op.getLoc()) << "as it is handed out here";
    return diagnostic;
  }
  // The ranks of one program hand out an output once; several programs may
  // have a part of it each.
  bool isSecond = output.op != op && output.op->getParentOfType<FunctionOp>() ==
                                         op->getParentOfType<FunctionOp>();
  if (isSecond || output.shards[rank].exists())
    return op.emitError() << "expected outputs with different names, but '"
                          << op.getName() << "' is there already";
  output.shards[rank] = get(rank, op.getValue());
  // In a plan the ranks of other stages have nothing of it.
  auto type = cast<RankedTensorType>(op.getValue().getType());
  if (op->getParentOfType<FunctionOp>() && !output.shards[rank].exists() &&
      ranks.getRanks()[rank].holds(type))
    return op.emitError() << "expected output '" << op.getName() << "' on rank "
                          << rank
                          << ", as its type says, but the rank does not have "
                             "it";
  return success();
}

FailureOr<llvm::MapVector<StringAttr, Tensor>> RankMachine::takeOutputs() {
  llvm::MapVector<StringAttr, Tensor> results;
  for (auto &[name, output] : outputs) {
    FailureOr<Tensor> whole = assemble(
        output.op, cast<RankedTensorType>(output.op.getValue().getType()),
        ranks.getRanks(), output.shards);
    if (failed(whole))
      return failure();
    results[name] = std::move(*whole);
  }
  outputs.clear();
  for (auto &entry : written)
    for (auto [held, tensor] :
         llvm::zip_equal(caches[entry.getKey()], entry.getValue()))
      if (tensor.exists())
        held = std::move(tensor);
  written.clear();
  return results;
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

LogicalResult RankMachine::getOperands(size_t rank, Operation *op,
                                       SmallVectorImpl<const Tensor *> &result,
                                       bool &isComplete) {
  // Before pointers are taken: a new value may move the others.
  for (Value operand : op->getOperands())
    (void)get(rank, operand);
  isComplete = true;
  for (Value operand : op->getOperands()) {
    result.push_back(&get(rank, operand));
    isComplete &= result.back()->exists();
  }
  if (!isComplete && !conventions.mayLackOperands)
    return op->emitError() << "expected the operands on every rank, but "
                              "rank "
                           << rank << " does not have one";
  return success();
}

/// The cache that `value` is, or is the local part of, before all writes.
static KvCacheOp findCache(Value value) {
  while (value) {
    if (auto cache = value.getDefiningOp<KvCacheOp>())
      return cache;
    if (auto local = value.getDefiningOp<ToLocalOp>())
      value = local.getX();
    else if (auto update = value.getDefiningOp<KvCacheUpdateOp>())
      value = update.getCache();
    else
      value = lookThroughRegion(value);
  }
  return KvCacheOp();
}

/// Sets what pads a shard. Constants have it as an op, not as a source.
static void setPadding(Tensor &shard, RankedTensorType type,
                       const RankContext &rank, double padding) {
  if (!shard.exists() || std::isnan(padding))
    return;
  Tensor padded(shard.getShape());
  for (int64_t i = 0, e = padded.getNumElements(); i < e; ++i)
    padded[i] = padding;
  rank.forEachElement(type, [&](int64_t i, int64_t) { padded[i] = shard[i]; });
  shard = std::move(padded);
}

LogicalResult RankMachine::runLocal(size_t rank, Operation *op) {
  auto interpretable = dyn_cast<InterpretOpInterface>(op);
  if (!interpretable)
    return op->emitError()
           << "expected an op that can be interpreted, but got '"
           << op->getName() << "'";
  SmallVector<const Tensor *> operands;
  bool isComplete;
  if (failed(getOperands(rank, op, operands, isComplete)))
    return failure();
  SmallVector<Tensor> results(isComplete ? 0 : op->getNumResults());
  const RankContext &context = getContext(rank);
  if (isComplete && failed(interpretable.interpret(context, operands, results)))
    return failure();
  // What is written outlives the run.
  if (isComplete)
    for (auto [i, value] : llvm::enumerate(interpretable.getWrittenCaches()))
      if (KvCacheOp cache = findCache(value)) {
        Tensor &tensor = results[op->getNumResults() + i];
        round(tensor, value.getType());
        std::vector<Tensor> &shards = written[cache.getName()];
        shards.resize(size());
        shards[rank] = std::move(tensor);
      }
  for (OpResult result : op->getResults()) {
    Tensor &tensor = results[result.getResultNumber()];
    if (op->hasTrait<OpTrait::ConstantLike>())
      setPadding(tensor, cast<RankedTensorType>(result.getType()), context,
                 conventions.padding);
    set(rank, result, std::move(tensor));
  }
  return success();
}

LogicalResult RankMachine::run(size_t rank, Operation *op) {
  for (Type type : op->getResultTypes())
    if (failed(checkSize(op, type)))
      return failure();
  if (auto stateful = dyn_cast<RankStateOpInterface>(op))
    return stateful.runOnRank(*this, rank);
  return runLocal(rank, op);
}
