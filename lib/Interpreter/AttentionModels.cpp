//===- AttentionModels.cpp - Attention and its parts -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "dag/Dialect/Dag/IR/Elements.h"
#include "dag/Dialect/Dag/IR/Number.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mlir::dag;

using Tensors = ArrayRef<const Tensor *>;
using Results = SmallVectorImpl<Tensor>;

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

/// Of sequences with one position there is room for all tokens; of those with
/// one each, for the first, since others may be padding.
static LogicalResult checkRoom(Operation *op, const Tensor &tokens,
                               const kernels::Positions &positions,
                               int64_t room) {
  int64_t count = tokens.getDim(1);
  for (int64_t b = 0, e = tokens.getDim(0); b < e; ++b) {
    int64_t position = positions.get(b);
    if (position < 0 || position > room - (positions.areEach() ? 0 : count))
      return op->emitError()
             << "expected room for " << count << " tokens in a cache of "
             << room << ", but got position " << position;
  }
  return success();
}

/// Each sequence of a rank has its position and its row of a table.
static LogicalResult checkSequences(Operation *op, const Tensor &tokens,
                                    const kernels::Positions &positions,
                                    const Tensor *table) {
  int64_t count = tokens.getDim(0);
  if (positions.fit(count) && (!table || table->getDim(0) == count))
    return success();
  return op->emitError() << "expected positions and pages for " << count
                         << " sequences, but got another number of them";
}

/// Counts pages within the rank's part of the pool. All pages of a table are
/// there.
static LogicalResult takePages(Operation *op, Tensor &table,
                               const RankContext &rank, Value pool) {
  ShardRange range = rank.getRange(cast<RankedTensorType>(pool.getType()), 0);
  int64_t end = range.offset + range.size;
  for (int64_t i = 0, e = table.getNumElements(); i < e; ++i) {
    // Padding is none, too.
    if (!(table[i] >= 0))
      continue;
    auto page = static_cast<int64_t>(table[i]);
    if (page < range.offset || page >= end) {
      InFlightDiagnostic diagnostic = op->emitError() << "expected pages ";
      if (range.offset != 0)
        diagnostic << "from " << range.offset << " on and ";
      return diagnostic << "below " << end << ", but got page " << page
                        << " of sequence " << i / table.getDim(1);
    }
    table[i] = static_cast<double>(page - range.offset);
  }
  return success();
}

/// No place is written twice.
static LogicalResult checkWrites(Operation *op, const Tensor &tokens,
                                 const kernels::Positions &positions,
                                 const kernels::Pages &pages, int64_t size) {
  DenseMap<std::pair<int64_t, int64_t>, int64_t> writers;
  for (int64_t b = 0; b < tokens.getDim(0); ++b)
    for (int64_t i = 0; i < tokens.getDim(1); ++i) {
      int64_t place = positions.get(b) + i;
      int64_t page =
          place / size < pages.getNumBlocks() ? pages.get(b, place / size) : -1;
      if (page < 0)
        continue;
      auto [it, isNew] = writers.insert({{page, place % size}, b});
      if (!isNew)
        return op->emitError()
               << "expected each page to be written for one sequence, but page "
               << page << " is for " << it->second << " and " << b;
    }
  return success();
}

/// Tokens that are no padding have a page: of sequences with one position all
/// of them, of others the first.
static LogicalResult checkPages(Operation *op, const Tensor &tokens,
                                const kernels::Positions &positions,
                                const Tensor &table, int64_t size) {
  int64_t count = positions.areEach() ? 1 : tokens.getDim(1);
  for (int64_t b = 0, e = tokens.getDim(0); b < e; ++b)
    for (int64_t i = 0; i < count && i < tokens.getDim(1); ++i) {
      int64_t place = positions.get(b) + i;
      // A sequence that is full takes padding alone.
      if (place / size < table.getDim(1) &&
          table[b * table.getDim(1) + place / size] < 0)
        return op->emitError() << "expected a page for token " << place
                               << " of sequence " << b << ", but got none";
    }
  return success();
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
    ValueRange biases = qkv.getBiases();
    for (auto [i, weight] : llvm::enumerate(weights))
      results.push_back(
          projectToHeads(operands, *tensors[0], weight,
                         biases.empty() ? nullptr : operands.find(biases[i]),
                         static_cast<int64_t>(qkv.getHeadDim())));
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

struct AbsorbedQkvProjectionModel
    : Model<AbsorbedQkvProjectionModel, AbsorbedQkvProjectionOp> {
  LogicalResult interpret(Operation *op, const RankContext &rank,
                          Tensors tensors, Results &results) const {
    auto qkv = cast<AbsorbedQkvProjectionOp>(op);
    Operands operands(op, rank, tensors);
    Tensor q = projectToHeads(
        operands, operands[qkv.getQInput()], qkv.getWq(), /*bias=*/nullptr,
        static_cast<int64_t>(qkv.getNopeDim() + qkv.getRopeDim()));
    const Tensor &latent = operands[qkv.getLatent()];
    results.push_back(kernels::absorbQueries(q, operands[qkv.getWkv()],
                                             qkv.getNopeDim(), qkv.getVDim()));
    results.push_back(
        kernels::joinAsOneHead(latent, &operands[qkv.getKRope()]));
    results.push_back(kernels::joinAsOneHead(latent, /*kRope=*/nullptr));
    return success();
  }
};

struct AbsorbedValuesModel : Model<AbsorbedValuesModel, AbsorbedValuesOp> {
  LogicalResult interpret(Operation *op, const RankContext &, Tensors tensors,
                          Results &results) const {
    auto values = cast<AbsorbedValuesOp>(op);
    results.push_back(kernels::absorbedValues(
        *tensors[0], *tensors[1], values.getNopeDim(), values.getVDim()));
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
                             operands.getPositions(weights.getPosition()) +
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
    const Tensor &cache = *tensors[0];
    Tensor tokens = *tensors[1];
    // What is written is read as it is stored, within a composite as well.
    Type type = getElementTypeOrSelf(update.getType());
    if (areRoundedFloats(type))
      tokens.roundTo(type);
    kernels::Positions positions = operands.getPositions(update.getPosition());
    std::optional<Tensor> table;
    std::optional<kernels::Pages> pages;
    int64_t room = cache.getDim(1);
    const Tensor *stated = operands.find(update.getPages());
    if (failed(checkSequences(op, tokens, positions, stated)))
      return failure();
    if (stated) {
      table = *stated;
      if (failed(takePages(op, *table, rank, update.getCache())))
        return failure();
      pages.emplace(*table);
      if (failed(checkWrites(op, tokens, positions, *pages, room)))
        return failure();
      room *= pages->getNumBlocks();
    }
    if (failed(checkRoom(op, tokens, positions, room)) ||
        (table &&
         failed(checkPages(op, tokens, positions, *table, cache.getDim(1)))))
      return failure();
    tokens = kernels::updateCache(cache, tokens, positions,
                                  pages ? &*pages : nullptr);
    // The result, and what the cache holds then.
    results.push_back(tokens);
    results.push_back(std::move(tokens));
    return success();
  }
  SmallVector<Value, 2> getWrittenCaches(Operation *op) const {
    return {cast<KvCacheUpdateOp>(op).getCache()};
  }
};

struct KvCacheGatherModel : Model<KvCacheGatherModel, KvCacheGatherOp> {
  LogicalResult interpret(Operation *op, const RankContext &rank,
                          Tensors tensors, Results &results) const {
    Tensor table = *tensors[1];
    if (failed(
            takePages(op, table, rank, cast<KvCacheGatherOp>(op).getCache())))
      return failure();
    results.push_back(kernels::gatherCache(*tensors[0], kernels::Pages(table),
                                           table.getDim(0)));
    return success();
  }
};

} // namespace

void dag::attachAttentionModels(MLIRContext *context) {
  QkvProjectionOp::attachInterface<QkvProjectionModel>(*context);
  LatentQkvProjectionOp::attachInterface<LatentQkvProjectionModel>(*context);
  AbsorbedQkvProjectionOp::attachInterface<AbsorbedQkvProjectionModel>(
      *context);
  AbsorbedValuesOp::attachInterface<AbsorbedValuesModel>(*context);
  QkNormOp::attachInterface<QkNormModel>(*context);
  AttentionScoresOp::attachInterface<AttentionScoresModel>(*context);
  AttentionWeightsOp::attachInterface<AttentionWeightsModel>(*context);
  DropoutOp::attachInterface<DropoutModel>(*context);
  AttentionOutputOp::attachInterface<AttentionOutputModel>(*context);
  OutputProjectionOp::attachInterface<OutputProjectionModel>(*context);
  KvCacheUpdateOp::attachInterface<KvCacheUpdateModel>(*context);
  KvCacheGatherOp::attachInterface<KvCacheGatherModel>(*context);
}
