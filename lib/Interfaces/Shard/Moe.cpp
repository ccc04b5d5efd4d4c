//===- Moe.cpp - Experts, sharded -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::shard;

//===----------------------------------------------------------------------===//
// Slots
//===----------------------------------------------------------------------===//

/// True if all uses are as the first operand of an op of which `isUser` holds.
template <typename FnT>
static bool areUsersAll(Operation *op, FnT isUser) {
  return llvm::all_of(op->getUses(), [&](OpOperand &use) {
    return use.getOperandNumber() == 0 && isUser(use.getOwner());
  });
}

/// True if `op` is one of a dispatch, experts and a combination that follow one
/// another and nothing else: no one but them sees which slot a token has.
static bool isHiddenInChain(DispatchOp op) {
  return areUsersAll(op, [](Operation *user) { return isa<ExpertOp>(user); });
}

static bool isHiddenInChain(ExpertOp op) {
  auto dispatch = op.getX().getDefiningOp<DispatchOp>();
  return dispatch && areUsersAll(op, [&](Operation *user) {
           auto combine = dyn_cast<CombineOp>(user);
           return combine && combine.getIndices() == dispatch.getIndices();
         });
}

static bool isHiddenInChain(CombineOp op) {
  return op.getY().getDefiningOp<ExpertOp>() != nullptr;
}

//===----------------------------------------------------------------------===//
// Models
//===----------------------------------------------------------------------===//

namespace {

struct RouterModel : Model<RouterModel, RouterOp> {
  LogicalResult shard(Operation *op, ShardBuilder &builder) const {
    SmallVector<Value, 4> operands = {builder.getTokens(op->getOperand(0))};
    for (Value parameter : op->getOperands().drop_front())
      operands.push_back(builder.getReplicated(parameter));
    return builder.rebuildAndDefine(op, operands);
  }
  std::optional<int64_t> getFeaturesGatheredBehind(Operation *,
                                                   OpOperand &) const {
    return std::nullopt;
  }
  bool takesExpertTokens(Operation *) const { return true; }
};

struct DispatchModel : Model<DispatchModel, DispatchOp> {
  LogicalResult shard(Operation *op, ShardBuilder &builder) const {
    auto dispatch = cast<DispatchOp>(op);
    Value x = builder.getTokens(dispatch.getX());
    SmallVector<DimShardingAttr, 4> dims = ShardBuilder::getType(x).dims;
    dims[2] = builder.unsplit();
    return builder.rebuildAndDefine(
        op,
        {x, builder.reshard(builder.getReduced(dispatch.getIndices()), dims)});
  }
  LogicalResult constrain(Operation *op, ShardStrategy &strategy) const {
    auto dispatch = cast<DispatchOp>(op);
    if (!isHiddenInChain(dispatch))
      strategy.keepExpertTokensWhole();
    ArrayRef<int64_t> shape = dispatch.getX().getType().getShape();
    strategy.addDispatch(shape[0], shape[1],
                         static_cast<int64_t>(dispatch.getCapacity()));
    return success();
  }
  std::optional<int64_t> getFeaturesGatheredBehind(Operation *,
                                                   OpOperand &) const {
    return std::nullopt;
  }
  bool takesExpertTokens(Operation *) const { return true; }
};

struct ExpertModel : Model<ExpertModel, ExpertOp> {
  LogicalResult shard(Operation *op, ShardBuilder &builder) const;
  LogicalResult constrain(Operation *op, ShardStrategy &strategy) const {
    auto expert = cast<ExpertOp>(op);
    if (!isHiddenInChain(expert))
      strategy.keepExpertTokensWhole();
    return strategy.addExperts(op, expert.getWGate().getType().getShape()[0],
                               !expert.getBiases().empty());
  }
};

struct CombineModel : Model<CombineModel, CombineOp> {
  LogicalResult shard(Operation *op, ShardBuilder &builder) const;
  LogicalResult constrain(Operation *op, ShardStrategy &strategy) const {
    if (!isHiddenInChain(cast<CombineOp>(op)))
      strategy.keepExpertTokensWhole();
    return success();
  }
};

struct MoeModel : Model<MoeModel, MoeOp> {
  LogicalResult shard(Operation *op, ShardBuilder &builder) const;
  LogicalResult constrain(Operation *op, ShardStrategy &strategy) const {
    strategy.keepExpertTokensWhole();
    return strategy.addExperts(
        op, cast<MoeOp>(op).getWGate().getType().getShape()[0],
        /*biased=*/false);
  }
  std::optional<int64_t> getFeaturesGatheredBehind(Operation *,
                                                   OpOperand &) const {
    return std::nullopt;
  }
};

} // namespace

LogicalResult ExpertModel::shard(Operation *op, ShardBuilder &builder) const {
  auto expert = cast<ExpertOp>(op);
  ArrayRef<StringAttr> expertAxes = builder.getStrategy().getExpertAxes();
  ArrayRef<StringAttr> tensorAxes = builder.getStrategy().getTensorAxes();
  // A bias on a pending sum would be added by every rank: experts with biases
  // are split as a whole.
  bool isBiased = !expert.getBiases().empty();
  Value x = builder.getReduced(expert.getX());
  DimShardingAttr none = builder.unsplit();
  DimShardingAttr capacity = ShardBuilder::getType(x).dims[1];
  bool exchange = !expertAxes.empty() && capacity.getAxes() == expertAxes &&
                  !capacity.isRagged();
  x = builder.reshard(x, {none, exchange ? capacity : none, none});

  // Slices come first: they leave less to exchange.
  SmallVector<StringAttr, 3> slices;
  if (!exchange)
    llvm::append_range(slices, expertAxes);
  if (isBiased)
    llvm::append_range(slices, tensorAxes);
  x = builder.makeSlice(x, 0, slices);
  if (exchange)
    x = builder.makeAllToAll(x, /*splitDim=*/0, /*concatDim=*/1, expertAxes);

  DimShardingAttr experts = ShardBuilder::getType(x).dims[0];
  DimShardingAttr inner = none;
  if (!isBiased)
    inner =
        builder.split(expert.getWGate().getType().getShape()[1], tensorAxes);
  SmallVector<Value, 7> operands = {
      x, builder.getParameter(expert.getWGate(), {experts, inner, none}),
      builder.getParameter(expert.getWUp(), {experts, inner, none}),
      builder.getParameter(expert.getWDown(), {experts, none, inner})};
  for (Value bias : expert.getBiases())
    operands.push_back(builder.getParameter(bias, {experts, none}));
  Operation *result = builder.rebuild(op, operands);
  if (!result)
    return failure();
  Value y = result->getResult(0);
  if (exchange)
    y = builder.makeAllToAll(y, /*splitDim=*/1, /*concatDim=*/0, expertAxes);
  builder.define(expert.getResult(), y);
  return success();
}

LogicalResult CombineModel::shard(Operation *op, ShardBuilder &builder) const {
  auto combine = cast<CombineOp>(op);
  Value weights = builder.getReduced(combine.getWeights());
  ShardedType type = ShardBuilder::getType(weights);
  Value indices =
      builder.reshard(builder.getReduced(combine.getIndices()), type.dims);
  // A rank needs the slots of its tokens.
  SmallVector<StringAttr, 2> slots(type.dims[0].getAxes());
  llvm::append_range(slots, type.dims[1].getAxes());
  Form form = builder.getForm(combine.getY());
  Value y =
      form.biases.empty() ? form.value : builder.getReduced(combine.getY());
  DimShardingAttr experts = ShardBuilder::getType(y).dims[0];
  if (llvm::any_of(slots,
                   [&](StringAttr axis) { return experts.contains(axis); }))
    experts = builder.unsplit();
  y = builder.reshard(y,
                      {experts, DimShardingAttr::get(op->getContext(), slots),
                       builder.unsplit()});
  return builder.rebuildAndDefine(op, {y, weights, indices});
}

LogicalResult MoeModel::shard(Operation *op, ShardBuilder &builder) const {
  auto moe = cast<MoeOp>(op);
  const ShardStrategy &strategy = builder.getStrategy();
  ArrayRef<int64_t> shape = moe.getWGate().getType().getShape();
  DimShardingAttr none = builder.unsplit();
  DimShardingAttr experts = builder.split(shape[0], strategy.getExpertAxes());
  DimShardingAttr inner = builder.split(shape[1], strategy.getTensorAxes());
  return builder.rebuildAndDefine(
      op,
      {builder.getWhole(moe.getX()), builder.getReplicated(moe.getWRouter()),
       builder.getParameter(moe.getWGate(), {experts, inner, none}),
       builder.getParameter(moe.getWUp(), {experts, inner, none}),
       builder.getParameter(moe.getWDown(), {experts, none, inner})});
}

void shard::attachMoeModels(MLIRContext *context) {
  RouterOp::attachInterface<RouterModel>(*context);
  DispatchOp::attachInterface<DispatchModel>(*context);
  ExpertOp::attachInterface<ExpertModel>(*context);
  CombineOp::attachInterface<CombineModel>(*context);
  MoeOp::attachInterface<MoeModel>(*context);
}
