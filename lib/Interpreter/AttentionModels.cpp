//===- AttentionModels.cpp - Attention and its parts -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "dag/Dialect/Dag/IR/Number.h"

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

/// New tokens have to find room in a cache.
static LogicalResult expectRoom(Operation *op, const Tensor &cache,
                                int64_t tokens, int64_t position) {
  if (position >= 0 && position <= cache.getDim(1) - tokens)
    return success();
  return op->emitError() << "expected room for " << tokens
                         << " tokens in a cache of " << cache.getDim(1)
                         << ", but got position " << position;
}

static LogicalResult expectNoDropout(Operation *op, double p) {
  if (p == 0)
    return success();
  return op->emitError() << "expected no dropout, which is random, but got p = "
                         << formatNumber(p);
}

namespace {

template <typename ConcreteT, typename OpT>
using Model = InterpretOpInterface::ExternalModel<ConcreteT, OpT>;

struct QkvProjectionModel : Model<QkvProjectionModel, QkvProjectionOp> {
  LogicalResult interpret(Operation *op, const RankContext &rank,
                          Tensors tensors, Results &results) const {
    auto qkv = cast<QkvProjectionOp>(op);
    Operands operands(op, rank, tensors);
    Value weights[] = {qkv.getWq(), qkv.getWk(), qkv.getWv()};
    for (auto [i, weight] : llvm::enumerate(weights)) {
      ValueRange biases = qkv.getBiases();
      const Tensor *bias = biases.empty() ? nullptr : operands.find(biases[i]);
      results.push_back(projectToHeads(operands, *tensors[0], weight, bias,
                                       qkv.getHeadDim()));
    }
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
    int64_t position = operands.getPosition(update.getPosition());
    if (failed(expectRoom(op, *tensors[0], tensors[1]->getDim(1), position)))
      return failure();
    results.push_back(kernels::updateCache(*tensors[0], *tensors[1], position));
    // What the cache holds then.
    Tensor kept = results.back();
    results.push_back(std::move(kept));
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
    Value weights[] = {attention.getWq(), attention.getWk(), attention.getWv()};
    Tensor qkv[3];
    for (unsigned i = 0; i < 3; ++i) {
      ValueRange biases = attention.getBiases();
      qkv[i] = projectToHeads(
          operands, *tensors[0], weights[i],
          biases.empty() ? nullptr : operands.find(biases[i]), headDim);
    }
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
      for (unsigned i = 0; i < 2; ++i) {
        const Tensor &cache = operands[caches[i]];
        if (failed(expectRoom(op, cache, q.getDim(1), position)))
          return failure();
        qkv[i + 1] = kernels::updateCache(cache, qkv[i + 1], position);
      }
    kernels::HeadMap map{
        toHeads(operands.getRange(attention.getWq(), 0), headDim),
        toHeads(operands.getRange(attention.getWk(), 0), headDim)};
    Tensor scores = kernels::attentionScores(
        q, k, attention.getScale().convertToDouble(), map, headDim);
    if (std::optional<double> cap = toDouble(attention.getSoftCap()))
      for (int64_t i = 0, e = scores.getNumElements(); i < e; ++i)
        scores[i] = *cap * std::tanh(scores[i] / *cap);
    Tensor shares =
        kernels::attentionWeights(scores, operands.find(attention.getSinks()),
                                  {attention.getMask(), attention.getWindow(),
                                   toDouble(attention.getAlibi()), position},
                                  map.heads);
    Tensor sum = kernels::attentionOutput(shares, v, map, v.getDim(1));
    results.push_back(
        projectBack(operands, sum, attention.getWo(), attention.getOutBias()));
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
    if (ValueRange caches = attention.getCache(); !caches.empty()) {
      if (failed(expectRoom(op, operands[caches[0]], x.getDim(1), position)))
        return failure();
      latent = kernels::updateCache(operands[caches[0]], latent, position);
      kRope = kernels::updateCache(operands[caches[1]], kRope, position);
    }
    Tensor k, v;
    kernels::latentKeysAndValues(latent, kRope, operands[attention.getWKv()],
                                 nopeDim, attention.getVDim(), k, v);
    ShardRange heads =
        toHeads(operands.getRange(attention.getWQ(), 0), nopeDim + ropeDim);
    kernels::HeadMap map{heads, heads};
    Tensor scores = kernels::attentionScores(
        q, k, attention.getScale().convertToDouble(), map, nopeDim + ropeDim);
    Tensor shares = kernels::attentionWeights(
        scores, /*sinks=*/nullptr,
        {MaskKind::Causal, std::nullopt, std::nullopt, position}, heads);
    Tensor sum = kernels::attentionOutput(shares, v, map, v.getDim(1));
    results.push_back(
        projectBack(operands, sum, attention.getWo(), /*bias=*/Value()));
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
