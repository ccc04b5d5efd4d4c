//===- StagePartitioner.cpp - The body of a model into stages -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StagePartitioner.h"
#include "dag/Cost/Cost.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/SetVector.h"

#include <limits>

using namespace mlir;
using namespace mlir::dag;

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

LogicalResult StagePartitioner::readLayers() {
  for (StageOp stage : body.getOps<StageOp>()) {
    InFlightDiagnostic diagnostic =
        emitError(model.getLoc(), "expected a model without stages, but '@")
        << model.getSymName() << "' has one";
    diagnostic.attachNote(stage.getLoc()) << "the stage";
    return diagnostic;
  }
  layers.assign(body.op_begin<LayerOp>(), body.op_end<LayerOp>());
  if (layers.empty())
    return emitError(model.getLoc(),
                     "expected layers to put into stages, but '@")
           << model.getSymName() << "' has none";

  std::optional<ArrayRef<int64_t>> sampling = model.getSampling();
  int64_t previous = -1;
  for (LayerOp layer : layers) {
    auto index = static_cast<int64_t>(layer.getIndex());
    if (sampling ? index <= previous : index != previous + 1)
      return emitError(layer.getLoc(), "expected layer ")
             << previous + 1 << (sampling ? " or a later one" : "")
             << (previous < 0 ? " first" : " behind layer ")
             << (previous < 0 ? "" : std::to_string(previous))
             << ", but got layer " << index;
    previous = index;
  }
  auto count = static_cast<int64_t>(layers.size());
  if (!sampling) {
    numLayers = count;
    if (model.getNumLayers() &&
        static_cast<int64_t>(*model.getNumLayers()) != count)
      return emitError(model.getLoc(), "expected ")
             << static_cast<int64_t>(*model.getNumLayers()) << " layers, as '@"
             << model.getSymName() << "' states, but got " << count;
    return success();
  }
  // Sampled layers keep the stages that they have in the whole model.
  numLayers = model.getNumLayers() ? static_cast<int64_t>(*model.getNumLayers())
                                   : previous + 1;
  if (previous >= numLayers)
    return emitError(layers.back().getLoc(), "expected layers below ")
           << numLayers << ", but got layer " << previous;
  return success();
}

void StagePartitioner::forEachOperand(
    Operation &op, function_ref<void(OpOperand &)> callback) const {
  for (OpOperand &operand : op.getOpOperands())
    callback(operand);
  if (op.getNumRegions() == 0 || op.hasTrait<OpTrait::IsIsolatedFromAbove>())
    return;
  op.walk([&](Operation *inner) {
    if (inner == &op)
      return;
    for (OpOperand &operand : inner->getOpOperands())
      if (!op.isAncestor(operand.get().getParentBlock()->getParentOp()))
        callback(operand);
  });
}

void StagePartitioner::placeOps() {
  constexpr int64_t kFree = -1;
  int64_t numSeen = 0;
  for (Operation &op : body) {
    if (stays(op))
      continue;
    ops.push_back(&op);
    int64_t place = kFree;
    if (isa<LayerOp>(op))
      place = numSeen++;
    else
      forEachOperand(op, [&](OpOperand &operand) {
        if (Operation *producer = operand.get().getDefiningOp())
          if (auto it = layerOf.find(producer); it != layerOf.end())
            place = std::max(place, it->second);
      });
    layerOf[&op] = place;
  }
  // What depends on no layer stands beside its first user; users stand behind.
  for (Operation *op : llvm::reverse(ops)) {
    int64_t &place = layerOf[op];
    if (place != kFree)
      continue;
    int64_t first = std::numeric_limits<int64_t>::max();
    for (Operation *user : op->getUsers())
      if (Operation *ancestor = body.findAncestorOpInBlock(*user))
        if (auto it = layerOf.find(ancestor); it != layerOf.end())
          first = std::min(first, it->second);
    place = first == std::numeric_limits<int64_t>::max() ? 0 : first;
  }
}

FailureOr<std::vector<int64_t>>
StagePartitioner::estimateTimes(const MeshShape &mesh, TimeModel &times) const {
  CostContext context(mesh);
  std::vector<double> seconds(layers.size());
  for (Operation *op : ops) {
    double &sum = seconds[layerOf.lookup(op)];
    Operation *unknown = nullptr;
    if (failed(
            forEachCost(op, context, [&](Operation *part, const OpCost &cost) {
              sum += times.getTime(cost).getTotal();
              const UnknownFigures &figures = cost.unknown;
              if (!unknown && (figures.flops || figures.moved || figures.wire))
                unknown = part;
            })))
      return failure();
    // Of times that are not known, none is the longest.
    if (unknown)
      return emitError(unknown->getLoc())
             << "expected known sizes for balance=cost, but what '"
             << unknown->getName() << "' takes is not known; give a 'layout'";
  }
  constexpr double kPicoseconds = 1e12, kMax = 1e18;
  std::vector<int64_t> result;
  for (double time : seconds)
    result.push_back(static_cast<int64_t>(std::min(time * kPicoseconds, kMax)));
  return result;
}

//===----------------------------------------------------------------------===//
// Stages
//===----------------------------------------------------------------------===//

/// What every stage that uses it has for itself.
static bool isCopied(Operation *op) {
  return isa_and_present<ParameterOp, arith::ConstantOp>(op);
}

void StagePartitioner::buildStage(int64_t index, const StagePlan &plan,
                                  ArrayRef<Operation *> ops) {
  // A parameter that another stage has too: both hold it.
  SmallVector<Operation *> members;
  DenseMap<Operation *, Operation *> copies;
  auto isHere = [&](Operation *op) {
    auto it = stageOf.find(op);
    return it != stageOf.end() && it->second == index;
  };
  OpBuilder builder(model.getContext());
  llvm::SetVector<Value> operands;
  for (Operation *op : ops) {
    forEachOperand(*op, [&](OpOperand &operand) {
      Operation *producer = operand.get().getDefiningOp();
      if (producer && isHere(producer))
        return;
      if (!isCopied(producer)) {
        operands.insert(operand.get());
        return;
      }
      Operation *&copy = copies[producer];
      if (!copy) {
        copy = producer->clone();
        numCopies += isa<ParameterOp>(producer);
        members.push_back(copy);
      }
      operand.set(copy->getResult(0));
    });
    members.push_back(op);
  }

  // Results: what other stages or outputs use, but for what they have
  // themselves.
  SmallVector<Value> results;
  for (Operation *op : ops)
    for (Value result : op->getResults())
      if (llvm::any_of(result.getUsers(), [&](Operation *user) {
            Operation *ancestor = body.findAncestorOpInBlock(*user);
            return ancestor && !isHere(ancestor) &&
                   (stays(*ancestor) || !isCopied(op));
          }))
        results.push_back(result);

  SmallVector<Value> actuals;
  for (Value operand : operands) {
    auto it = exported.find(operand);
    actuals.push_back(it == exported.end() ? operand : it->second);
  }
  builder.setInsertionPointToEnd(&body);
  auto stage = StageOp::create(
      builder, layers[layerOf.lookup(ops.front())].getLoc(),
      TypeRange(ValueRange(results)), builder.getI64IntegerAttr(index),
      builder.getStringAttr(kStageAxisName),
      builder.getI64IntegerAttr(plan.coordinate),
      builder.getI64IntegerAttr(plan.firstLayer),
      builder.getI64IntegerAttr(plan.endLayer),
      builder.getDenseI64ArrayAttr(plan.devices), actuals);
  Block &block = stage.getBody().emplaceBlock();
  DenseMap<Value, Value> arguments;
  for (Value operand : operands)
    arguments[operand] = block.addArgument(operand.getType(), operand.getLoc());
  for (Operation *op : members) {
    if (op->getBlock())
      op->moveBefore(&block, block.end());
    else
      block.push_back(op);
    forEachOperand(*op, [&](OpOperand &operand) {
      if (auto it = arguments.find(operand.get()); it != arguments.end())
        operand.set(it->second);
    });
  }
  builder.setInsertionPointToEnd(&block);
  YieldOp::create(builder, stage.getLoc(), results);
  for (auto [result, outside] : llvm::zip_equal(results, stage.getResults()))
    exported[result] = outside;
}

unsigned StagePartitioner::build(ArrayRef<StagePlan> plans) {
  SmallVector<Operation *> ends;
  for (Operation &op : body)
    if (isa<OutputOp>(op))
      ends.push_back(&op);

  std::vector<SmallVector<Operation *>> members(plans.size());
  SmallVector<int64_t> stageOfLayer;
  size_t stage = 0;
  for (LayerOp layer : layers) {
    while (static_cast<int64_t>(layer.getIndex()) >= plans[stage].endLayer)
      ++stage;
    stageOfLayer.push_back(stage);
  }
  for (Operation *op : ops) {
    int64_t index = stageOfLayer[layerOf.lookup(op)];
    stageOf[op] = index;
    members[index].push_back(op);
  }
  for (auto [index, plan] : llvm::enumerate(plans))
    buildStage(index, plan, members[index]);
  for (Operation *end : ends) {
    end->moveBefore(&body, body.end());
    for (OpOperand &operand : end->getOpOperands())
      if (auto it = exported.find(operand.get()); it != exported.end())
        operand.set(it->second);
  }
  return numCopies;
}
