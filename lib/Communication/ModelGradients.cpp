//===- ModelGradients.cpp - What types say of backwards -----*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelGradients.h"
#include "dag/Dialect/Dag/IR/LookThrough.h"
#include "dag/Dialect/Dag/IR/Sharding.h"
#include "dag/Interfaces/NumberingOpInterface.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::dag;

bool dag::mayHaveGradient(Type type) {
  auto shaped = dyn_cast_if_present<ShapedType>(type);
  return !shaped || !shaped.getElementType().isIntOrIndex();
}

static bool hasGradientType(Value value) {
  return mayHaveGradient(value.getType());
}

/// True if a result is another one where the operand is.
static bool dependsOn(OpResult result, OpOperand &operand) {
  auto op = dyn_cast<NumberingOpInterface>(result.getOwner());
  return !op ||
         op.dependsOn(result.getResultNumber(), operand.getOperandNumber());
}

/// Calls back for each value that a use gives its value to: over the edges of
/// stages and layers as they stand, and from operands to results.
static void forEachTaker(OpOperand &use,
                         llvm::function_ref<void(Value)> callback) {
  Operation *op = use.getOwner();
  unsigned number = use.getOperandNumber();
  Operation *parent = op->getParentOp();
  if (op->hasTrait<OpTrait::IsTerminator>() && parent &&
      !isa<ModelOp>(parent)) {
    if (isa<StageOp, LayerOp>(parent) && number < parent->getNumResults())
      return callback(parent->getResult(number));
    llvm::for_each(parent->getResults(), callback);
    return;
  }
  if (isa<StageOp, LayerOp>(op) && !op->getRegion(0).empty() &&
      number < op->getRegion(0).getNumArguments())
    return callback(op->getRegion(0).getArgument(number));
  for (Region &region : op->getRegions())
    for (Block &block : region)
      llvm::for_each(block.getArguments(), callback);
  for (OpResult result : op->getResults())
    if (dependsOn(result, use))
      callback(result);
}

/// All values that depend on those of `open`, and these.
static DenseSet<Value> spread(SmallVector<Value> open,
                              llvm::function_ref<bool(Value)> isOne) {
  DenseSet<Value> seen(open.begin(), open.end());
  while (!open.empty())
    for (OpOperand &use : open.pop_back_val().getUses())
      forEachTaker(use, [&](Value taker) {
        if (isOne(taker) && seen.insert(taker).second)
          open.push_back(taker);
      });
  return seen;
}

ModelGradients::ModelGradients(ModelOp model) {
  if (MeshOp op = model.lookupMesh())
    mesh = MeshShape(op);
  SmallVector<Value> parameters, others;
  model.walk([&](Operation *op) {
    if (isa<ParameterOp>(op))
      llvm::append_range(parameters, llvm::make_filter_range(op->getResults(),
                                                             hasGradientType));
    else if (op->getNumOperands() == 0 && op->getNumRegions() == 0 &&
             !op->hasTrait<OpTrait::ConstantLike>())
      llvm::append_range(others, op->getResults());
  });
  trained = spread(std::move(parameters), hasGradientType);
  fed = spread(std::move(others), [](Value) { return true; });
  model.walk<WalkOrder::PreOrder>([&](Operation *op) { addGathered(op); });
  model.walk([&](StageOp stage) { addStage(stage); });
}

/// The axes that the parts of a tensor lie on, and those of its summands.
static void addAxes(const ShardedType &type, SmallVectorImpl<StringAttr> &axes,
                    bool withPartial) {
  for (DimShardingAttr dim : type.dims)
    llvm::append_range(axes, dim.getAxes());
  if (withPartial)
    llvm::append_range(axes, type.partial);
}

/// The axes over which the gradient of an operand is a sum of what ranks have:
/// those of the results that depend on it, and of the other operands that these
/// depend on, which are not its own.
static SmallVector<StringAttr, 2> getSummedAxes(OpOperand &operand) {
  Operation *op = operand.getOwner();
  SmallVector<StringAttr, 2> axes, own;
  std::optional<ShardedType> type = ShardedType::get(operand.get().getType());
  if (!type)
    return axes;
  addAxes(*type, own, /*withPartial=*/true);
  for (OpResult result : op->getResults()) {
    if (!dependsOn(result, operand))
      continue;
    for (OpOperand &other : op->getOpOperands())
      if (auto of = ShardedType::get(other.get().getType());
          of && dependsOn(result, other))
        addAxes(*of, axes, /*withPartial=*/true);
    // A result that is a pending sum has the whole gradient on each rank.
    if (auto of = ShardedType::get(result.getType()))
      addAxes(*of, axes, /*withPartial=*/false);
  }
  llvm::erase_if(
      axes, [&](StringAttr axis) { return llvm::is_contained(own, axis); });
  return axes;
}

const ModelGradients::Gathered *ModelGradients::lookupGathered(Value value) {
  llvm::SmallDenseSet<Value, 4> seen;
  while (value && seen.insert(value).second) {
    if (auto it = gathered.find(value); it != gathered.end())
      return &it->second;
    value = lookThroughRegion(value);
  }
  return nullptr;
}

void ModelGradients::addGathered(Operation *op) {
  if (op->getNumRegions() != 0)
    return;
  auto gather = dyn_cast<CollectiveOpInterface>(op);
  bool isGather =
      gather && gather.getCollectiveKind() == CollectiveKind::AllGather;
  for (OpResult result : op->getResults()) {
    if (!isWeight(result))
      continue;
    Gathered axes;
    bool isFirst = true;
    for (OpOperand &operand : op->getOpOperands()) {
      if (!isTrained(operand.get()) || !dependsOn(result, operand))
        continue;
      const Gathered *before = lookupGathered(operand.get());
      if (before)
        axes.once.insert_range(before->once);
      if (isFirst && before)
        axes.always = before->always;
      else
        axes.always.remove_if([&](StringAttr axis) {
          return !before || !before->always.contains(axis);
        });
      isFirst = false;
    }
    if (isGather) {
      for (StringAttr axis :
           gather.getCollectiveAxes().getAsRange<StringAttr>()) {
        axes.once.insert(axis);
        axes.always.insert(axis);
      }
    }
    if (!axes.once.empty())
      gathered[result] = std::move(axes);
  }
}

void ModelGradients::findNames(Value weight, ArrayRef<StringAttr> axes,
                               llvm::SetVector<StringAttr> &names) {
  // What was gathered is added up there.
  auto isSummed = [&](Value value) {
    const Gathered *of = isTrained(value) ? lookupGathered(value) : nullptr;
    return isTrained(value) && !(of && llvm::all_of(axes, [&](StringAttr axis) {
                                   return of->always.contains(axis);
                                 }));
  };
  llvm::SmallDenseSet<Value, 4> seen;
  SmallVector<Value> open{weight};
  while (!open.empty()) {
    Value value = open.pop_back_val();
    if (!seen.insert(value).second)
      continue;
    if (Value before = lookThroughRegion(value)) {
      open.push_back(before);
      continue;
    }
    Operation *op = value.getDefiningOp();
    if (auto parameter = dyn_cast_if_present<ParameterOp>(op))
      names.insert(parameter.getNameAttr());
    else if (op)
      llvm::append_range(open, llvm::make_filter_range(
                                   llvm::reverse(op->getOperands()), isSummed));
  }
}

void ModelGradients::addUse(StageOp stage, OpOperand &use,
                            DenseSet<Value> &summed) {
  Value value = use.get();
  if (!isTrained(value))
    return;
  SmallVector<StringAttr, 2> axes = getSummedAxes(use);
  llvm::erase_if(axes,
                 [&](StringAttr axis) { return mesh.getSize(axis) == 1; });
  if (axes.empty())
    return;
  NumCalls &number = numCalls[stage];
  if (!isWeight(value)) {
    number.ofInputs += summed.insert(value).second;
    return;
  }
  // The transpose of what a plan gathers adds up.
  if (const Gathered *of = lookupGathered(value)) {
    if (llvm::any_of(axes,
                     [&](StringAttr axis) { return of->once.contains(axis); }))
      number.ofWeights += summed.insert(value).second;
    llvm::erase_if(axes,
                   [&](StringAttr axis) { return of->always.contains(axis); });
  }
  if (axes.empty())
    return;
  // In the order of the mesh.
  SmallVector<Attribute, 2> names;
  for (StringAttr axis : mesh.getAxes())
    if (llvm::is_contained(axes, axis))
      names.push_back(axis);
  findNames(value, axes,
            weightSums[stage][ArrayAttr::get(stage.getContext(), names)]);
}

void ModelGradients::addStage(StageOp stage) {
  StringAttr placed = stage.getAxisAttr();
  NumCalls &number = numCalls[stage];
  DenseSet<Value> summed;
  if (llvm::any_of(stage->getOperands(),
                   [&](Value value) { return isWeight(value); }))
    weighted.insert(stage);
  stage->walk([&](Operation *op) {
    if (auto parameter = dyn_cast<ParameterOp>(op);
        parameter && mayHaveGradient(parameter.getType()))
      weighted.insert(stage);
    auto collective = dyn_cast<CollectiveOpInterface>(op);
    if (collective && isCollective(collective.getCollectiveKind())) {
      // What is whole has its whole gradient on each rank: of that of a gather
      // a rank takes its part. Sums stand where it is used in parts.
      Value operand = collective.getCollectiveOperand();
      CollectiveKind kind = collective.getCollectiveKind();
      if (kind == CollectiveKind::AllReduce ||
          kind == CollectiveKind::AllGather ||
          kind == CollectiveKind::Broadcast || !isTrained(operand) ||
          llvm::is_contained(collective.getCollectiveAxes(), placed))
        return;
      ++(isWeight(operand) ? number.ofWeights : number.ofInputs);
      return;
    }
    if (op->getNumRegions() != 0 || op->hasTrait<OpTrait::IsTerminator>() ||
        isa<TransferOpInterface>(op))
      return;
    for (OpOperand &operand : op->getOpOperands())
      addUse(stage, operand, summed);
  });
}
