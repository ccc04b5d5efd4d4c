//===- Attention.cpp - Attention of the heads of a rank -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::localize;

/// The shard of `kv` with the KV heads that the rank's `heads` use, which are
/// dimension `headDim` there.
static FailureOr<Value> getUsedHeads(Operation *op, Localizer &localizer,
                                     Value heads, unsigned headDim, Value kv) {
  constexpr unsigned kKvDim = 2;
  Value local = localizer.get(kv);
  DimShardingAttr split = Localizer::getSplit(heads, headDim);
  size_t shared = Localizer::getSplit(kv, kKvDim).getAxes().size();
  if (split.getAxes().size() == shared)
    return local;
  // Heads are split further than KV heads: the rank's heads use some of them.
  int64_t group = Localizer::getType(heads).getDimSize(headDim) /
                  Localizer::getType(kv).getDimSize(kKvDim);
  int64_t numHeads =
      localizer.getLocalType(heads.getType()).getDimSize(headDim);
  int64_t numKvHeads = Localizer::getType(local).getDimSize(kKvDim);
  if (numKvHeads == 1)
    return local;
  if (numHeads % group != 0)
    return op->emitError()
           << "expected the heads of a rank to use whole groups of " << group
           << " heads, one for each KV head, but got " << numHeads
           << " heads on a rank with " << numKvHeads << " KV heads";
  auto rest = DimShardingAttr::get(op->getContext(),
                                   split.getAxes().drop_front(shared));
  Value offset = localizer.getOffset(op->getLoc(), numKvHeads, rest);
  return localizer.slice(local, kKvDim, offset, numHeads / group);
}

/// Makes a number of heads that of the rank: those of a result.
static void setHeads(Localizer &localizer, Operation *copy, StringRef name,
                     Value result) {
  copy->setAttr(name, localizer.getBuilder().getI64IntegerAttr(
                          Localizer::getType(result).getDimSize(2)));
}

namespace {

struct QkvProjectionModel : Model<QkvProjectionModel, QkvProjectionOp> {
  LogicalResult localize(Operation *op, Localizer &localizer) const {
    Operation *copy = localizer.clone(op);
    setHeads(localizer, copy, "num_heads", copy->getResult(0));
    setHeads(localizer, copy, "num_kv_heads", copy->getResult(1));
    return success();
  }
};

/// Of latent attention, expanded or absorbed.
template <typename OpT>
struct LatentProjectionModel : Model<LatentProjectionModel<OpT>, OpT> {
  LogicalResult localize(Operation *op, Localizer &localizer) const {
    Operation *copy = localizer.clone(op);
    setHeads(localizer, copy, "num_heads", copy->getResult(0));
    return success();
  }
};

struct AttentionScoresModel : Model<AttentionScoresModel, AttentionScoresOp> {
  LogicalResult localize(Operation *op, Localizer &localizer) const {
    auto scores = cast<AttentionScoresOp>(op);
    FailureOr<Value> k = getUsedHeads(op, localizer, scores.getQ(),
                                      /*headDim=*/2, scores.getK());
    if (failed(k))
      return failure();
    cast<AttentionScoresOp>(localizer.clone(op)).getKMutable().assign(*k);
    return success();
  }
};

struct AttentionWeightsModel
    : Model<AttentionWeightsModel, AttentionWeightsOp> {
  LogicalResult localize(Operation *op, Localizer &localizer) const {
    constexpr unsigned kHeads = 1, kQueries = 2;
    auto old = cast<AttentionWeightsOp>(op);
    Location loc = op->getLoc();
    OpBuilder &builder = localizer.getBuilder();
    Value position = localizer.getPosition(loc, old.getPosition(),
                                           old.getScores(), kQueries);
    Value scores = localizer.get(old.getScores());
    FloatAttr alibi = old.getAlibiAttr();
    DimShardingAttr split = Localizer::getSplit(old.getScores(), kHeads);
    // The slope of a head depends on its number among all of them.
    if (alibi && split.isSharded()) {
      int64_t heads = Localizer::getType(old.getScores()).getDimSize(kHeads);
      Value offset = localizer.getOffset(loc, heads, split);
      scores = AlibiOp::create(
          builder, loc, scores, position, offset,
          builder.getI64IntegerAttr(heads - split.getPad()), alibi);
      alibi = FloatAttr();
    }
    Value sinks = old.getSinks() ? localizer.get(old.getSinks()) : Value();
    auto weights =
        AttentionWeightsOp::create(builder, loc, scores, position, sinks,
                                   old.getMask(), old.getWindowAttr(), alibi);
    weights->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    localizer.define(old.getResult(), weights.getResult());
    return success();
  }
};

struct AttentionOutputModel : Model<AttentionOutputModel, AttentionOutputOp> {
  LogicalResult localize(Operation *op, Localizer &localizer) const {
    auto output = cast<AttentionOutputOp>(op);
    FailureOr<Value> v = getUsedHeads(op, localizer, output.getWeights(),
                                      /*headDim=*/1, output.getV());
    if (failed(v))
      return failure();
    cast<AttentionOutputOp>(localizer.clone(op)).getVMutable().assign(*v);
    return success();
  }
};

/// Writes or reads pages: a rank that has some of them counts within these.
template <typename OpT>
struct PagedModel : Model<PagedModel<OpT>, OpT> {
  LogicalResult localize(Operation *op, Localizer &localizer) const {
    auto old = cast<OpT>(op);
    auto copy = cast<OpT>(localizer.clone(op));
    DimShardingAttr split = Localizer::getSplit(old.getCache(), 0);
    Value pages = copy->getOperands().back();
    if (!old.getPages() || !split.isSharded())
      return success();
    OpBuilder &builder = localizer.getBuilder();
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(copy);
    Value offset = localizer.getOffset(
        op->getLoc(), Localizer::getType(old.getCache()).getDimSize(0), split,
        Localizer::getType(pages), /*negated=*/true);
    copy->setOperand(
        copy->getNumOperands() - 1,
        AddOp::create(builder, op->getLoc(), pages, offset, RoleAttr()));
    return success();
  }
};

} // namespace

void localize::attachAttentionModels(MLIRContext *context) {
  QkvProjectionOp::attachInterface<QkvProjectionModel>(*context);
  LatentQkvProjectionOp::attachInterface<
      LatentProjectionModel<LatentQkvProjectionOp>>(*context);
  AbsorbedQkvProjectionOp::attachInterface<
      LatentProjectionModel<AbsorbedQkvProjectionOp>>(*context);
  AbsorbedValuesOp::attachInterface<SameOnShards<AbsorbedValuesOp>>(*context);
  QkNormOp::attachInterface<SameOnShards<QkNormOp>>(*context);
  AttentionScoresOp::attachInterface<AttentionScoresModel>(*context);
  AttentionWeightsOp::attachInterface<AttentionWeightsModel>(*context);
  DropoutOp::attachInterface<SameOnShards<DropoutOp>>(*context);
  AttentionOutputOp::attachInterface<AttentionOutputModel>(*context);
  OutputProjectionOp::attachInterface<SameOnShards<OutputProjectionOp>>(
      *context);
  KvCacheOp::attachInterface<BorderModel<KvCacheOp>>(*context);
  KvCacheUpdateOp::attachInterface<PagedModel<KvCacheUpdateOp>>(*context);
  KvCacheGatherOp::attachInterface<PagedModel<KvCacheGatherOp>>(*context);
}
