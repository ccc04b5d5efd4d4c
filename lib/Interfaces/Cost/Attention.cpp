//===- Attention.cpp - Costs of the parts of attention -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::costs;

/// Between scores and their use there are a cap, a bias, weights, a dropout.
static constexpr unsigned kMaxSteps = 8;

bool costs::isFusedScores(Value value) {
  for (unsigned step = 0; step < kMaxSteps && value; ++step) {
    Operation *op = value.getDefiningOp();
    if (isa_and_present<AttentionScoresOp>(op))
      return true;
    if (!isa_and_present<AlibiOp, AttentionWeightsOp, DropoutOp, ScaleOp,
                         SoftCapOp>(op))
      return false;
    value = op->getOperand(0);
  }
  return false;
}

/// The weights that come of scores, or null where something else is made of
/// them.
static AttentionWeightsOp findWeightsOf(Value scores) {
  for (unsigned step = 0; step < kMaxSteps && scores.hasOneUse(); ++step) {
    Operation *user = *scores.user_begin();
    if (auto weights = dyn_cast<AttentionWeightsOp>(user))
      return weights;
    if (!isa<AlibiOp, ScaleOp, SoftCapOp>(user))
      break;
    scores = user->getResult(0);
  }
  return {};
}

/// The pool that keys or values lie in, or null where they lie otherwise.
static Value findPool(Value tokens) {
  if (auto qkv = tokens.getDefiningOp<AbsorbedQkvProjectionOp>())
    tokens = qkv.getLatent();
  while (auto dequantize = tokens.getDefiningOp<DequantizeOp>())
    tokens = dequantize->getOperand(0);
  auto gather = tokens.getDefiningOp<KvCacheGatherOp>();
  return gather ? gather.getCache() : Value();
}

/// The bytes of keys, which may be latent vectors where they lie.
static int64_t getKeyBytes(Value k, CostBuilder &cost) {
  auto qkv = k.getDefiningOp<AbsorbedQkvProjectionOp>();
  return qkv ? addSaturating(cost.bytes(qkv.getLatent()),
                             cost.bytes(qkv.getKRope()))
             : cost.bytes(k);
}

/// The keys that queries may see, of all that scores or weights, `[sequences,
/// heads, queries, keys]`, have room for: those that the first query looks back
/// at and those of the new tokens, and no more than there are in a pool of
/// pages.
static Share getSeenKeys(Value scores, AttentionWeightsOp weights, Value tokens,
                         CostBuilder &cost) {
  int64_t sequences = cost.dim(scores, 0), keys = cost.dim(scores, 3);
  int64_t seen = keys;
  if (weights && weights.getMask() == MaskKind::SlidingWindow &&
      weights.getWindow().value_or(0) > 0) {
    int64_t others = std::max<int64_t>(cost.dim(scores, 2), 1) - 1;
    seen = std::min(keys, addSaturating(*weights.getWindow(), others));
  }
  Share share{multiplySaturating(sequences, seen),
              multiplySaturating(sequences, keys)};
  if (Value pool = findPool(tokens))
    share.part = std::min(
        share.part, multiplySaturating(cost.dim(pool, 0), cost.dim(pool, 1)));
  return share;
}

namespace {
struct QkvProjectionModel : Model<QkvProjectionModel, QkvProjectionOp> {
  OpCost getCost(Operation *op, CostContext &context) const {
    auto qkv = cast<QkvProjectionOp>(op);
    CostBuilder cost(context);
    int64_t features = cost.dim(qkv.getWq(), 0);
    features = addSaturating(features, cost.dim(qkv.getWk(), 0));
    features = addSaturating(features, cost.dim(qkv.getWv(), 0));
    return cost.multiply({cost.elements(qkv.getX()), features})
        .in({qkv.getX(), qkv.getWq()})
        .read(op->getOperands())
        .write(op->getResults());
  }
};

struct LatentQkvProjectionModel
    : Model<LatentQkvProjectionModel, LatentQkvProjectionOp> {
  OpCost getCost(Operation *op, CostContext &context) const {
    auto qkv = cast<LatentQkvProjectionOp>(op);
    Value latent = qkv.getLatent();
    CostBuilder cost(context);
    return cost
        .multiply({cost.elements(qkv.getQInput()), cost.dim(qkv.getWq(), 0)})
        .multiply({cost.elements(latent), cost.dim(qkv.getWkv(), 0)})
        .in({latent, qkv.getWkv()})
        .read(op->getOperands())
        .write(op->getResults());
  }
};

struct AbsorbedQkvProjectionModel
    : Model<AbsorbedQkvProjectionModel, AbsorbedQkvProjectionOp> {
  OpCost getCost(Operation *op, CostContext &context) const {
    auto qkv = cast<AbsorbedQkvProjectionOp>(op);
    Value q = qkv.getQ();
    CostBuilder cost(context);
    return cost
        .multiply({cost.elements(qkv.getQInput()), cost.dim(qkv.getWq(), 0)})
        .multiply({cost.dim(q, 0), cost.dim(q, 1), cost.dim(q, 2),
                   static_cast<int64_t>(qkv.getNopeDim()),
                   cost.dim(qkv.getWkv(), 1)})
        .in({qkv.getQInput(), qkv.getWkv()})
        .read({qkv.getQInput(), qkv.getWq(), qkv.getWkv()})
        .write(q);
  }
  /// Kernels read the latent vectors where they lie, and what is behind them.
  ResultPlace getResultPlace(Operation *, OpResult result,
                             const LivenessContext &) const {
    return result.getResultNumber() == 0 ? ResultPlace::own()
                                         : ResultPlace::whereRead();
  }
};

struct AbsorbedValuesModel : Model<AbsorbedValuesModel, AbsorbedValuesOp> {
  OpCost getCost(Operation *op, CostContext &context) const {
    auto values = cast<AbsorbedValuesOp>(op);
    CostBuilder cost(context);
    // The rows of the keys are not read again.
    return cost
        .multiply({cost.elements(values.getX()),
                   static_cast<int64_t>(values.getVDim())})
        .in(op->getOperands())
        .read(values.getX())
        .write(op->getResults());
  }
};

struct AttentionScoresModel : Model<AttentionScoresModel, AttentionScoresOp> {
  OpCost getCost(Operation *op, CostContext &context) const {
    auto scores = cast<AttentionScoresOp>(op);
    Value result = scores.getResult(), k = scores.getK();
    CostBuilder cost(context);
    Share seen = getSeenKeys(result, findWeightsOf(result), k, cost);
    return cost
        .multiply(
            {seen.apply(cost.elements(result)), cost.dim(scores.getQ(), 3)})
        .in(op->getOperands())
        .read(scores.getQ())
        .read(seen.apply(getKeyBytes(k, cost)));
  }
  /// In place of the scores there is a logarithm of a sum for each query, in
  /// 4 bytes, and queries and keys stay.
  ResultPlace getResultPlace(Operation *op, OpResult result,
                             const LivenessContext &context) const {
    if (context.kernels.materializesAttention)
      return ResultPlace::own();
    ResultPlace place;
    place.keepsOperands = true;
    const LocalTensor &tensor = context.costs.getLocal(result.getType());
    if (tensor.isKnown && tensor.shape.size() == 4)
      place.bytes =
          multiplySaturating({tensor.shape[0], tensor.shape[1], tensor.shape[2],
                              int64_t(sizeof(float))});
    return place;
  }
};

struct AttentionWeightsModel
    : Model<AttentionWeightsModel, AttentionWeightsOp> {
  OpCost getCost(Operation *op, CostContext &context) const {
    if (isFusedScores(op->getOperand(0)))
      return {};
    return CostBuilder(context).read(op->getOperands()).write(op->getResults());
  }
  ResultPlace getResultPlace(Operation *op, OpResult result,
                             const LivenessContext &context) const {
    Value scores = op->getOperand(0);
    return context.isFused(scores) ? ResultPlace::shared(scores)
                                   : ResultPlace::own();
  }
};

struct DropoutModel : Model<DropoutModel, DropoutOp> {
  OpCost getCost(Operation *op, CostContext &context) const {
    auto dropout = cast<DropoutOp>(op);
    if (dropout.getP().isZero() || isFusedScores(dropout.getX()))
      return {};
    return CostBuilder(context).read(op->getOperands()).write(op->getResults());
  }
  ResultPlace getResultPlace(Operation *op, OpResult result,
                             const LivenessContext &context) const {
    auto dropout = cast<DropoutOp>(op);
    if (dropout.getP().isZero() || context.isFused(dropout.getX()))
      return ResultPlace::shared(dropout.getX());
    return ResultPlace::own();
  }
};

struct AttentionOutputModel : Model<AttentionOutputModel, AttentionOutputOp> {
  OpCost getCost(Operation *op, CostContext &context) const {
    auto output = cast<AttentionOutputOp>(op);
    Value weights = output.getWeights(), v = output.getV();
    Value made = weights;
    if (auto dropout = made.getDefiningOp<DropoutOp>())
      made = dropout.getX();
    CostBuilder cost(context);
    Share seen =
        getSeenKeys(weights, made.getDefiningOp<AttentionWeightsOp>(), v, cost);
    cost.multiply({seen.apply(cost.elements(weights)), cost.dim(v, 3)})
        .in({weights, v});
    bool isFused = isFusedScores(weights);
    if (!isFused)
      cost.read(weights);
    // Absorbed values are a part of the keys, which the kernel has read.
    if (!isFused || !v.getDefiningOp<AbsorbedQkvProjectionOp>())
      cost.read(seen.apply(getKeyBytes(v, cost)));
    return cost.write(op->getResults());
  }
};

struct OutputProjectionModel
    : Model<OutputProjectionModel, OutputProjectionOp> {
  OpCost getCost(Operation *op, CostContext &context) const {
    auto projection = cast<OutputProjectionOp>(op);
    Value x = projection.getX(), weight = projection.getWeight();
    CostBuilder cost(context);
    return cost.multiply({cost.elements(x), cost.dim(weight, 0)})
        .in({x, weight})
        .read(op->getOperands())
        .write(op->getResults());
  }
};

struct KvCacheModel : Model<KvCacheModel, KvCacheOp> {
  OpCost getCost(Operation *op, CostContext &context) const {
    const LocalTensor &tensor = context.getLocal(cast<KvCacheOp>(op).getType());
    OpCost cost;
    cost.cacheBytes = tensor.bytes;
    cost.unknown.cache = !tensor.isKnown;
    return cost;
  }
  ResultPlace getResultPlace(Operation *op, OpResult result,
                             const LivenessContext &context) const {
    return ResultPlace::elsewhere();
  }
};

struct KvCacheUpdateModel : Model<KvCacheUpdateModel, KvCacheUpdateOp> {
  OpCost getCost(Operation *op, CostContext &context) const {
    Value tokens = cast<KvCacheUpdateOp>(op).getNewTokens();
    return CostBuilder(context).read(tokens).write(tokens);
  }
  ResultPlace getResultPlace(Operation *op, OpResult result,
                             const LivenessContext &context) const {
    return ResultPlace::elsewhere();
  }
};

/// Kernels load pages where they lie: who reads the tokens reads them.
struct KvCacheGatherModel : Model<KvCacheGatherModel, KvCacheGatherOp> {
  OpCost getCost(Operation *op, CostContext &context) const { return {}; }
  ResultPlace getResultPlace(Operation *op, OpResult result,
                             const LivenessContext &context) const {
    return ResultPlace::whereRead();
  }
};
} // namespace

void costs::attachAttentionModels(MLIRContext *context) {
  QkvProjectionOp::attachInterface<QkvProjectionModel>(*context);
  LatentQkvProjectionOp::attachInterface<LatentQkvProjectionModel>(*context);
  AbsorbedQkvProjectionOp::attachInterface<AbsorbedQkvProjectionModel>(
      *context);
  AbsorbedValuesOp::attachInterface<AbsorbedValuesModel>(*context);
  AttentionScoresOp::attachInterface<AttentionScoresModel>(*context);
  AttentionWeightsOp::attachInterface<AttentionWeightsModel>(*context);
  DropoutOp::attachInterface<DropoutModel>(*context);
  AttentionOutputOp::attachInterface<AttentionOutputModel>(*context);
  OutputProjectionOp::attachInterface<OutputProjectionModel>(*context);
  KvCacheOp::attachInterface<KvCacheModel>(*context);
  KvCacheUpdateOp::attachInterface<KvCacheUpdateModel>(*context);
  KvCacheGatherOp::attachInterface<KvCacheGatherModel>(*context);
  attachStream<QkNormOp>(context);
}
