//===- ShardAttention.cpp - Attention, sharded by heads -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ShardBuilder.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::shard;

LogicalResult ShardBuilder::shardQkv(QkvProjectionOp op) {
  DimShardingAttr heads = DimShardingAttr::get(
      op.getContext(), layout.getHeadAxes(op.getNumHeads()));
  DimShardingAttr kvHeads = DimShardingAttr::get(
      op.getContext(), layout.getHeadAxes(op.getNumKvHeads()));
  DimShardingAttr rows[] = {heads, kvHeads, kvHeads};
  SmallVector<Value, 7> operands = {getWhole(op.getX())};
  Value weights[] = {op.getWq(), op.getWk(), op.getWv()};
  for (auto [weight, dim] : llvm::zip_equal(weights, rows))
    operands.push_back(getParameter(weight, {dim, unsplit()}));
  for (auto [index, bias] : llvm::enumerate(op.getBiases()))
    operands.push_back(getParameter(bias, rows[index]));
  return rebuildAndDefine(op, operands);
}

LogicalResult ShardBuilder::shardLatentQkv(LatentQkvProjectionOp op) {
  DimShardingAttr heads = DimShardingAttr::get(
      op.getContext(), layout.getHeadAxes(op.getNumHeads()));
  return rebuildAndDefine(op,
                          {getWhole(op.getQInput()), getWhole(op.getLatent()),
                           getWhole(op.getKRope()),
                           getParameter(op.getWq(), {heads, unsplit()}),
                           getParameter(op.getWkv(), {heads, unsplit()})});
}

LogicalResult ShardBuilder::shardQkNorm(QkNormOp op) {
  Value x = getReduced(op.getX());
  Value weight = getReplicated(op.getWeight());
  SmallVector<DimShardingAttr, 4> dims = getType(x).dims;
  bool isPerHead = op.getWeight().getType().getShape()[0] ==
                   op.getX().getType().getShape()[3];
  if (isPerHead || !dims[2].isSharded())
    return rebuildAndDefine(op, {x, weight});
  // The mean is over all heads.
  SmallVector<DimShardingAttr, 4> allHeads = dims;
  allHeads[2] = unsplit();
  Operation *norm = rebuild(op, {reshard(x, allHeads), weight});
  if (!norm)
    return failure();
  define(op.getResult(), reshard(norm->getResult(0), dims));
  return success();
}

LogicalResult ShardBuilder::shardRotary(RotaryEmbeddingOp op) {
  // What all heads share may be split over the sequence; heads are not.
  bool isShared = op.getX().getType().getRank() == 3;
  SmallVector<Value, 2> operands = {isShared ? getWhole(op.getX())
                                             : getReduced(op.getX())};
  if (op.getPosition())
    operands.push_back(getReduced(op.getPosition()));
  return rebuildAndDefine(op, operands);
}

LogicalResult ShardBuilder::shardScores(AttentionScoresOp op) {
  return rebuildAndDefine(op, {getReduced(op.getQ()), getReduced(op.getK())});
}

LogicalResult ShardBuilder::shardWeights(AttentionWeightsOp op) {
  Value scores = getReduced(op.getScores());
  SmallVector<Value, 3> operands = {scores};
  if (op.getPosition())
    operands.push_back(getReduced(op.getPosition()));
  if (op.getSinks())
    operands.push_back(getParameter(op.getSinks(), getType(scores).dims[1]));
  return rebuildAndDefine(op, operands);
}

LogicalResult ShardBuilder::shardAttentionOutput(AttentionOutputOp op) {
  return rebuildAndDefine(op,
                          {getReduced(op.getWeights()), getReduced(op.getV())});
}

LogicalResult ShardBuilder::shardOutputProjection(OutputProjectionOp op) {
  Value x = getReduced(op.getX());
  DimShardingAttr heads = getType(x).dims[2];
  Value weight = getParameter(op.getWeight(), {unsplit(), heads});
  return rebuildWithBias(op, x, weight, op.getBias(), Role::OutputProjection);
}

LogicalResult ShardBuilder::shardCacheUpdate(KvCacheUpdateOp op) {
  Value cache = getReduced(op.getCache());
  return rebuildAndDefine(
      op, {cache, reshard(getReduced(op.getNewTokens()), getType(cache).dims),
           getReduced(op.getPosition())});
}
