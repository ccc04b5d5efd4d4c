//===- Attention.cpp - Attention, sharded by heads -*- C++ -*-===//
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

namespace {

/// Attention is sharded in its parts.
template <typename OpT>
struct CompositeModel : Model<CompositeModel<OpT>, OpT> {
  LogicalResult shard(Operation *op, ShardBuilder &) const {
    return refuse(op);
  }
  LogicalResult constrain(Operation *op, ShardStrategy &) const {
    return refuse(op);
  }

private:
  static LogicalResult refuse(Operation *op) {
    return op->emitError("expected attention in parts, but got '")
           << op->getName()
           << "': run --dag-decompose-attention before --dag-shard";
  }
};

struct QkvProjectionModel : Model<QkvProjectionModel, QkvProjectionOp> {
  LogicalResult shard(Operation *op, ShardBuilder &builder) const {
    auto qkv = cast<QkvProjectionOp>(op);
    auto splitHeads = [&](int64_t heads) {
      return DimShardingAttr::get(op->getContext(),
                                  builder.getStrategy().getHeadAxes(heads));
    };
    DimShardingAttr heads = splitHeads(qkv.getNumHeads());
    DimShardingAttr kvHeads = splitHeads(qkv.getNumKvHeads());
    DimShardingAttr rows[] = {heads, kvHeads, kvHeads};
    SmallVector<Value, 7> operands = {builder.getWhole(qkv.getX())};
    Value weights[] = {qkv.getWq(), qkv.getWk(), qkv.getWv()};
    for (auto [weight, dim] : llvm::zip_equal(weights, rows))
      operands.push_back(
          builder.getParameter(weight, {dim, builder.unsplit()}));
    for (auto [index, bias] : llvm::enumerate(qkv.getBiases()))
      operands.push_back(builder.getParameter(bias, rows[index]));
    return builder.rebuildAndDefine(op, operands);
  }
  LogicalResult constrain(Operation *op, ShardStrategy &strategy) const {
    auto qkv = cast<QkvProjectionOp>(op);
    return strategy.addHeads(op, qkv.getNumHeads(), qkv.getNumKvHeads());
  }
  std::optional<int64_t> getFeaturesGatheredBehind(Operation *,
                                                   OpOperand &) const {
    return std::nullopt;
  }
};

/// Of latent attention, expanded or absorbed.
template <typename OpT>
struct LatentProjectionModel : Model<LatentProjectionModel<OpT>, OpT> {
  LogicalResult shard(Operation *op, ShardBuilder &builder) const {
    auto qkv = cast<OpT>(op);
    DimShardingAttr heads = DimShardingAttr::get(
        op->getContext(), builder.getStrategy().getHeadAxes(qkv.getNumHeads()));
    DimShardingAttr none = builder.unsplit();
    return builder.rebuildAndDefine(
        op,
        {builder.getWhole(qkv.getQInput()), builder.getWhole(qkv.getLatent()),
         builder.getWhole(qkv.getKRope()),
         builder.getParameter(qkv.getWq(), {heads, none}),
         builder.getParameter(qkv.getWkv(), {heads, none})});
  }
  LogicalResult constrain(Operation *op, ShardStrategy &strategy) const {
    auto qkv = cast<OpT>(op);
    return strategy.addHeads(op, qkv.getNumHeads(), qkv.getNumHeads());
  }
  std::optional<int64_t> getFeaturesGatheredBehind(Operation *,
                                                   OpOperand &) const {
    return std::nullopt;
  }
};

struct AbsorbedValuesModel : Model<AbsorbedValuesModel, AbsorbedValuesOp> {
  LogicalResult shard(Operation *op, ShardBuilder &builder) const {
    auto values = cast<AbsorbedValuesOp>(op);
    Value x = builder.getReduced(values.getX());
    DimShardingAttr heads = ShardBuilder::getType(x).dims[2];
    return builder.rebuildAndDefine(
        op,
        {x, builder.getParameter(values.getWkv(), {heads, builder.unsplit()})});
  }
};

struct QkNormModel : Model<QkNormModel, QkNormOp> {
  LogicalResult shard(Operation *op, ShardBuilder &builder) const {
    auto norm = cast<QkNormOp>(op);
    Value x = builder.getReduced(norm.getX());
    Value weight = builder.getReplicated(norm.getWeight());
    SmallVector<DimShardingAttr, 4> dims = ShardBuilder::getType(x).dims;
    bool isPerHead = norm.getWeight().getType().getShape()[0] ==
                     norm.getX().getType().getShape()[3];
    if (isPerHead || !dims[2].isSharded())
      return builder.rebuildAndDefine(op, {x, weight});
    // The mean is over all heads.
    SmallVector<DimShardingAttr, 4> allHeads = dims;
    allHeads[2] = builder.unsplit();
    Operation *result =
        builder.rebuild(op, {builder.reshard(x, allHeads), weight});
    if (!result)
      return failure();
    builder.define(norm.getResult(),
                   builder.reshard(result->getResult(0), dims));
    return success();
  }
};

struct AttentionWeightsModel
    : Model<AttentionWeightsModel, AttentionWeightsOp> {
  LogicalResult shard(Operation *op, ShardBuilder &builder) const {
    auto weights = cast<AttentionWeightsOp>(op);
    Value scores = builder.getReduced(weights.getScores());
    SmallVector<Value, 3> operands = {scores};
    if (weights.getPosition())
      operands.push_back(getOneEach(builder, weights.getPosition(), scores));
    if (weights.getSinks())
      operands.push_back(builder.getParameter(
          weights.getSinks(), ShardBuilder::getType(scores).dims[1]));
    return builder.rebuildAndDefine(op, operands);
  }
};

struct OutputProjectionModel
    : Model<OutputProjectionModel, OutputProjectionOp> {
  LogicalResult shard(Operation *op, ShardBuilder &builder) const {
    auto projection = cast<OutputProjectionOp>(op);
    Value x = builder.getReduced(projection.getX());
    DimShardingAttr heads = ShardBuilder::getType(x).dims[2];
    Value weight = builder.getParameter(projection.getWeight(),
                                        {builder.unsplit(), heads});
    return builder.rebuildWithBias(op, x, weight, projection.getBias(),
                                   Role::OutputProjection);
  }
};

struct KvCacheModel : Model<KvCacheModel, KvCacheOp> {
  LogicalResult shard(Operation *op, ShardBuilder &builder) const {
    const ShardStrategy &strategy = builder.getStrategy();
    Value old = op->getResult(0);
    ShardedType type = ShardBuilder::getType(old);
    type.dims[0] = builder.split(type.shape[0], strategy.getBatchAxes());
    if (type.getRank() == 4)
      type.dims[2] =
          builder.split(type.shape[2], strategy.getHeadAxes(type.shape[2]));
    builder.define(old, builder.rebuildAs(op, type.toType()));
    return success();
  }
  LogicalResult constrain(Operation *op, ShardStrategy &strategy) const {
    auto cache = cast<KvCacheOp>(op);
    ArrayRef<int64_t> shape = cache.getType().getShape();
    if (shape.empty())
      return success();
    if (strategy.isPaged(cache))
      strategy.addPages(shape.front());
    else
      strategy.addBatch(shape.front());
    return success();
  }
  bool isState(Operation *) const { return true; }
  StringRef getNameKey(Operation *op) const {
    return cast<KvCacheOp>(op).getNameAttrName();
  }
};

struct KvCacheUpdateModel : Model<KvCacheUpdateModel, KvCacheUpdateOp> {
  LogicalResult shard(Operation *op, ShardBuilder &builder) const {
    auto update = cast<KvCacheUpdateOp>(op);
    Value cache = builder.getReduced(update.getCache());
    Value tokens = builder.reshard(builder.getReduced(update.getNewTokens()),
                                   ShardBuilder::getType(cache).dims);
    SmallVector<Value, 4> operands = {
        cache, tokens, getOneEach(builder, update.getPosition(), tokens)};
    if (update.getPages())
      operands.push_back(builder.getReduced(update.getPages()));
    return builder.rebuildAndDefine(op, operands);
  }
  bool isState(Operation *) const { return true; }
};

} // namespace

void shard::attachAttentionModels(MLIRContext *context) {
  AttentionOp::attachInterface<CompositeModel<AttentionOp>>(*context);
  LatentAttentionOp::attachInterface<CompositeModel<LatentAttentionOp>>(
      *context);
  QkvProjectionOp::attachInterface<QkvProjectionModel>(*context);
  LatentQkvProjectionOp::attachInterface<
      LatentProjectionModel<LatentQkvProjectionOp>>(*context);
  AbsorbedQkvProjectionOp::attachInterface<
      LatentProjectionModel<AbsorbedQkvProjectionOp>>(*context);
  AbsorbedValuesOp::attachInterface<AbsorbedValuesModel>(*context);
  QkNormOp::attachInterface<QkNormModel>(*context);
  AttentionScoresOp::attachInterface<Reduced<AttentionScoresOp>>(*context);
  AttentionWeightsOp::attachInterface<AttentionWeightsModel>(*context);
  DropoutOp::attachInterface<Reduced<DropoutOp>>(*context);
  AttentionOutputOp::attachInterface<Reduced<AttentionOutputOp>>(*context);
  OutputProjectionOp::attachInterface<OutputProjectionModel>(*context);
  KvCacheOp::attachInterface<KvCacheModel>(*context);
  KvCacheUpdateOp::attachInterface<KvCacheUpdateModel>(*context);
  KvCacheGatherOp::attachInterface<Reduced<KvCacheGatherOp>>(*context);
}
