//===- AttentionModels.cpp - Attention and its parts -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "dag/Dialect/Dag/IR/Number.h"

#include <array>
#include <cmath>

using namespace mlir;
using namespace mlir::dag;

using Tensors = ArrayRef<const Tensor *>;
using Results = SmallVectorImpl<Tensor>;

/// A range of features as a range of heads.
static ShardRange toHeads(ShardRange features, int64_t headDim) {
  return {features.offset / headDim, features.size / headDim,
          features.valid / headDim, features.total / headDim};
}

/// `x[batch, token, hidden]` projected to heads.
static Tensor projectToHeads(const Operands &operands, const Tensor &x,
                             Value weight, const Tensor *bias,
                             int64_t headDim) {
  return kernels::splitHeads(
      kernels::linear(x, operands[weight], bias,
                      operands.getRange(weight, 1).valid),
      headDim);
}

/// Heads back to hidden states.
static Tensor projectBack(const Operands &operands, const Tensor &x,
                          Value weight, Value bias) {
  return kernels::linear(kernels::joinHeads(x), operands[weight],
                         operands.find(bias),
                         operands.getRange(weight, 1).valid);
}

/// Makes `tokens` what the cache holds with them; there has to be room.
static LogicalResult writeCache(Operation *op, const Tensor &cache,
                                Tensor &tokens, int64_t position) {
  int64_t count = tokens.getDim(1), room = cache.getDim(1);
  if (position < 0 || position > room - count)
    return op->emitError() << "expected room for " << count
                           << " tokens in a cache of " << room
                           << ", but got position " << position;
  tokens = kernels::updateCache(cache, tokens, position);
  return success();
}

static LogicalResult expectNoDropout(Operation *op, double p) {
  if (p == 0)
    return success();
  return op->emitError() << "expected no dropout, which is random, but got p = "
                         << formatNumber(p);
}

/// Queries, keys and values, by heads.
template <typename OpT>
static std::array<Tensor, 3> projectQkv(const Operands &operands, OpT op) {
  Value weights[] = {op.getWq(), op.getWk(), op.getWv()};
  ValueRange biases = op.getBiases();
  std::array<Tensor, 3> qkv;
  for (unsigned i = 0; i < 3; ++i)
    qkv[i] = projectToHeads(operands, operands[op.getX()], weights[i],
                            biases.empty() ? nullptr : operands.find(biases[i]),
                            op.getHeadDim());
  return qkv;
}

namespace {
/// What heads look at.
struct Heads {
  const Tensor &q, &k, &v;
};
/// What only some attention has.
struct Extras {
  std::optional<double> softCap;
  Value sinks, outBias;
};
} // namespace

/// What both kinds of attention do with queries, keys and values.
template <typename OpT>
static Tensor attend(const Operands &operands, OpT op, const Heads &heads,
                     const kernels::HeadMap &map,
                     const kernels::Masking &masking, const Extras &extras) {
  Tensor scores = kernels::attentionScores(heads.q, heads.k,
                                           op.getScale().convertToDouble(), map,
                                           heads.q.getDim(3));
  if (extras.softCap)
    for (int64_t i = 0, e = scores.getNumElements(); i < e; ++i)
      scores[i] = *extras.softCap * std::tanh(scores[i] / *extras.softCap);
  Tensor weights = kernels::attentionWeights(
      scores, operands.find(extras.sinks), masking, map.heads);
  Tensor sum =
      kernels::attentionOutput(weights, heads.v, map, heads.v.getDim(1));
  return projectBack(operands, sum, op.getWo(), extras.outBias);
}

namespace {

template <typename ConcreteT, typename OpT>
using Model = InterpretOpInterface::ExternalModel<ConcreteT, OpT>;

struct QkvProjectionModel : Model<QkvProjectionModel, QkvProjectionOp> {
  LogicalResult interpret(Operation *op, const RankContext &rank,
                          Tensors tensors, Results &results) const {
    auto qkv = cast<QkvProjectionOp>(op);
    Operands operands(op, rank, tensors);
    for (Tensor &tensor : projectQkv(operands, qkv))
      results.push_back(std::move(tensor));
    return success();
  }
};

struct LatentQkvProjectionModel
    : Model<LatentQkvProjectionModel, LatentQkvProjectionOp> {
  LogicalResult interpret(Operation *op, const RankContext &rank,
                          Tensors tensors, Results &results) const {
    auto qkv = cast<LatentQkvProjectionOp>(op);
    Operands operands(op, rank, tensors);
    results.push_back(projectToHeads(
        operands, operands[qkv.getQInput()], qkv.getWq(), /*bias=*/nullptr,
        static_cast<int64_t>(qkv.getNopeDim() + qkv.getRopeDim())));
    Tensor k, v;
    kernels::latentKeysAndValues(
        operands[qkv.getLatent()], operands[qkv.getKRope()],
        operands[qkv.getWkv()], qkv.getNopeDim(), qkv.getVDim(), k, v);
    results.push_back(std::move(k));
    results.push_back(std::move(v));
    return success();
  }
};

struct QkNormModel : Model<QkNormModel, QkNormOp> {
  LogicalResult interpret(Operation *op, const RankContext &, Tensors tensors,
                          Results &results) const {
    auto norm = cast<QkNormOp>(op);
    results.push_back(kernels::qkNorm(*tensors[0], *tensors[1],
                                      norm.getEpsilon().convertToDouble(),
                                      norm.getUnitOffset()));
    return success();
  }
};

struct AttentionScoresModel : Model<AttentionScoresModel, AttentionScoresOp> {
  LogicalResult interpret(Operation *op, const RankContext &rank,
                          Tensors tensors, Results &results) const {
    auto scores = cast<AttentionScoresOp>(op);
    Operands operands(op, rank, tensors);
    kernels::HeadMap map{operands.getRange(scores.getQ(), 2),
                         operands.getRange(scores.getK(), 2)};
    results.push_back(kernels::attentionScores(
        *tensors[0], *tensors[1], scores.getScale().convertToDouble(), map,
        operands.getRange(scores.getQ(), 3).valid));
    return success();
  }
};

struct AttentionWeightsModel
    : Model<AttentionWeightsModel, AttentionWeightsOp> {
  LogicalResult interpret(Operation *op, const RankContext &rank,
                          Tensors tensors, Results &results) const {
    auto weights = cast<AttentionWeightsOp>(op);
    Operands operands(op, rank, tensors);
    Value scores = weights.getScores();
    kernels::Masking masking{weights.getMask(), weights.getWindow(),
                             toDouble(weights.getAlibi()),
                             operands.getPosition(weights.getPosition()) +
                                 operands.getRange(scores, 2).offset};
    results.push_back(kernels::attentionWeights(
        *tensors[0], operands.find(weights.getSinks()), masking,
        operands.getRange(scores, 1)));
    return success();
  }
};

struct DropoutModel : Model<DropoutModel, DropoutOp> {
  LogicalResult interpret(Operation *op, const RankContext &, Tensors tensors,
                          Results &results) const {
    results.push_back(*tensors[0]);
    return expectNoDropout(op, cast<DropoutOp>(op).getP().convertToDouble());
  }
};

struct AttentionOutputModel : Model<AttentionOutputModel, AttentionOutputOp> {
  LogicalResult interpret(Operation *op, const RankContext &rank,
                          Tensors tensors, Results &results) const {
    auto output = cast<AttentionOutputOp>(op);
    Operands operands(op, rank, tensors);
    kernels::HeadMap map{operands.getRange(output.getWeights(), 1),
                         operands.getRange(output.getV(), 2)};
    results.push_back(
        kernels::attentionOutput(*tensors[0], *tensors[1], map,
                                 operands.getRange(output.getV(), 1).valid));
    return success();
  }
};

struct OutputProjectionModel
    : Model<OutputProjectionModel, OutputProjectionOp> {
  LogicalResult interpret(Operation *op, const RankContext &rank,
                          Tensors tensors, Results &results) const {
    auto projection = cast<OutputProjectionOp>(op);
    Operands operands(op, rank, tensors);
    results.push_back(projectBack(operands, *tensors[0], projection.getWeight(),
                                  projection.getBias()));
    return success();
  }
};

struct KvCacheUpdateModel : Model<KvCacheUpdateModel, KvCacheUpdateOp> {
  LogicalResult interpret(Operation *op, const RankContext &rank,
                          Tensors tensors, Results &results) const {
    auto update = cast<KvCacheUpdateOp>(op);
    Operands operands(op, rank, tensors);
    Tensor tokens = *tensors[1];
    if (failed(writeCache(op, *tensors[0], tokens,
                          operands.getPosition(update.getPosition()))))
      return failure();
    // The result, and what the cache holds then.
    results.push_back(tokens);
    results.push_back(std::move(tokens));
    return success();
  }
  SmallVector<Value, 2> getWrittenCaches(Operation *op) const {
    return {cast<KvCacheUpdateOp>(op).getCache()};
  }
};

struct AttentionModel : Model<AttentionModel, AttentionOp> {
  LogicalResult interpret(Operation *op, const RankContext &rank,
                          Tensors tensors, Results &results) const {
    auto attention = cast<AttentionOp>(op);
    Operands operands(op, rank, tensors);
    int64_t headDim = attention.getHeadDim();
    int64_t position = operands.getPosition(attention.getPosition());
    std::array<Tensor, 3> qkv = projectQkv(operands, attention);
    auto &[q, k, v] = qkv;
    if (ValueRange norms = attention.getNorms(); !norms.empty()) {
      double epsilon = attention.getNormEpsilon()->convertToDouble();
      for (unsigned i = 0; i < 2; ++i)
        qkv[i] = kernels::qkNorm(qkv[i], operands[norms[i]], epsilon,
                                 attention.getUnitOffset());
    }
    if (std::optional<double> theta = toDouble(attention.getTheta())) {
      FailureOr<kernels::RotaryTable> table = kernels::getRotaryTable(
          op->getLoc(), *theta, attention.getRotaryDim().value_or(headDim),
          attention.getScalingAttr(), position + q.getDim(1));
      if (failed(table))
        return failure();
      for (unsigned i = 0; i < 2; ++i)
        qkv[i] = kernels::rotate(qkv[i], *table, /*offset=*/0,
                                 attention.getInterleaved(), position);
    }
    if (ValueRange caches = attention.getCache(); !caches.empty())
      for (unsigned i = 0; i < 2; ++i)
        if (failed(writeCache(op, operands[caches[i]], qkv[i + 1], position)))
          return failure();
    kernels::HeadMap map{
        toHeads(operands.getRange(attention.getWq(), 0), headDim),
        toHeads(operands.getRange(attention.getWk(), 0), headDim)};
    results.push_back(attend(operands, attention, {q, k, v}, map,
                             {attention.getMask(), attention.getWindow(),
                              toDouble(attention.getAlibi()), position},
                             {toDouble(attention.getSoftCap()),
                              attention.getSinks(), attention.getOutBias()}));
    if (!attention.getCache().empty()) {
      results.push_back(std::move(k));
      results.push_back(std::move(v));
    }
    return expectNoDropout(op, toDouble(attention.getDropout()).value_or(0));
  }
  SmallVector<Value, 2> getWrittenCaches(Operation *op) const {
    return SmallVector<Value, 2>(cast<AttentionOp>(op).getCache());
  }
};

struct LatentAttentionModel : Model<LatentAttentionModel, LatentAttentionOp> {
  LogicalResult interpret(Operation *op, const RankContext &rank,
                          Tensors tensors, Results &results) const {
    auto attention = cast<LatentAttentionOp>(op);
    Operands operands(op, rank, tensors);
    int64_t nopeDim = attention.getNopeDim(), ropeDim = attention.getRopeDim();
    int64_t position = operands.getPosition(attention.getPosition());
    double epsilon = attention.getEpsilon().convertToDouble();
    const Tensor &x = *tensors[0];
    auto project = [&](const Tensor &from, Value weight) {
      return kernels::linear(from, operands[weight], /*bias=*/nullptr,
                             from.getDim(2));
    };
    FailureOr<kernels::RotaryTable> table = kernels::getRotaryTable(
        op->getLoc(), attention.getTheta().convertToDouble(), ropeDim,
        attention.getScalingAttr(), position + x.getDim(1));
    if (failed(table))
      return failure();
    auto rotate = [&](const Tensor &from, int64_t offset) {
      return kernels::rotate(from, *table, offset, attention.getInterleaved(),
                             position);
    };
    Tensor qInput = x;
    if (attention.getWQDown())
      qInput = kernels::rmsNorm(project(x, attention.getWQDown()),
                                operands[attention.getQNorm()], epsilon,
                                /*unitOffset=*/false);
    Tensor q = rotate(kernels::splitHeads(project(qInput, attention.getWQ()),
                                          nopeDim + ropeDim),
                      nopeDim);
    Tensor both = project(x, attention.getWKvDown());
    int64_t kvRank = both.getDim(2) - ropeDim;
    Tensor latent = kernels::rmsNorm(both.slice(2, 0, kvRank),
                                     operands[attention.getKvNorm()], epsilon,
                                     /*unitOffset=*/false);
    Tensor kRope = rotate(both.slice(2, kvRank, ropeDim), 0);
    if (ValueRange caches = attention.getCache(); !caches.empty())
      if (failed(writeCache(op, operands[caches[0]], latent, position)) ||
          failed(writeCache(op, operands[caches[1]], kRope, position)))
        return failure();
    Tensor k, v;
    kernels::latentKeysAndValues(latent, kRope, operands[attention.getWKv()],
                                 nopeDim, attention.getVDim(), k, v);
    ShardRange heads =
        toHeads(operands.getRange(attention.getWQ(), 0), nopeDim + ropeDim);
    results.push_back(
        attend(operands, attention, {q, k, v}, {heads, heads},
               {MaskKind::Causal, std::nullopt, std::nullopt, position}, {}));
    if (!attention.getCache().empty()) {
      results.push_back(std::move(latent));
      results.push_back(std::move(kRope));
    }
    return expectNoDropout(op, toDouble(attention.getDropout()).value_or(0));
  }
  SmallVector<Value, 2> getWrittenCaches(Operation *op) const {
    return SmallVector<Value, 2>(cast<LatentAttentionOp>(op).getCache());
  }
};

} // namespace

void dag::attachAttentionModels(MLIRContext *context) {
  QkvProjectionOp::attachInterface<QkvProjectionModel>(*context);
  LatentQkvProjectionOp::attachInterface<LatentQkvProjectionModel>(*context);
  QkNormOp::attachInterface<QkNormModel>(*context);
  AttentionScoresOp::attachInterface<AttentionScoresModel>(*context);
  AttentionWeightsOp::attachInterface<AttentionWeightsModel>(*context);
  DropoutOp::attachInterface<DropoutModel>(*context);
  AttentionOutputOp::attachInterface<AttentionOutputModel>(*context);
  OutputProjectionOp::attachInterface<OutputProjectionModel>(*context);
  KvCacheUpdateOp::attachInterface<KvCacheUpdateModel>(*context);
  AttentionOp::attachInterface<AttentionModel>(*context);
  LatentAttentionOp::attachInterface<LatentAttentionModel>(*context);
}
