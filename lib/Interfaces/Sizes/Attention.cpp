//===- Attention.cpp - Heads, tokens and caches -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::sizes;

/// `result[batch, token, head, element]` out of `x[batch, token, ...]` by
/// `weight[heads times elements, ...]`.
static void relateHeads(SizeRelations &sizes, Value x, Value weight,
                        Value result, Size size) {
  equateDims(sizes, x, result, {0, 1});
  sizes.multiplyDims(weight, 0, result, 2, size);
  sizes.equate(sizes.get(result, 3), size);
}

/// Each KV head is shared by as many heads.
static void relateGroups(SizeRelations &sizes, Value heads, int64_t headDim,
                         Value kvHeads) {
  ShapeSizes q = sizes.getShape(heads), kv = sizes.getShape(kvHeads);
  Size group = sizes.getQuotient(sizes.get(q, headDim), sizes.get(kv, 2));
  if (sizes.getRoot(sizes.getPadded(q, headDim)) !=
      sizes.getRoot(sizes.get(q, headDim)))
    sizes.multiply(sizes.getPadded(q, headDim), sizes.getPadded(kv, 2), group);
}

namespace {

struct QkvProjectionModel : Model<QkvProjectionModel, QkvProjectionOp> {
  void relateSizes(Operation *op, SizeRelations &sizes) const {
    auto qkv = cast<QkvProjectionOp>(op);
    Size size = sizes.get(op, "head_dim");
    Value weights[] = {qkv.getWq(), qkv.getWk(), qkv.getWv()};
    for (auto [weight, result] : llvm::zip_equal(weights, op->getResults())) {
      sizes.equateDims(qkv.getX(), 2, weight, 1);
      relateHeads(sizes, qkv.getX(), weight, result, size);
    }
    sizes.equate(sizes.get(op, "num_heads"), sizes.get(qkv.getQ(), 2));
    sizes.equate(sizes.get(op, "num_kv_heads"), sizes.get(qkv.getK(), 2));
    sizes.equateShapes(qkv.getK(), qkv.getV());
    for (auto [bias, weight] : llvm::zip(qkv.getBiases(), weights))
      sizes.equateDims(bias, 0, weight, 0);
  }
};

struct LatentQkvProjectionModel
    : Model<LatentQkvProjectionModel, LatentQkvProjectionOp> {
  void relateSizes(Operation *op, SizeRelations &sizes) const {
    auto qkv = cast<LatentQkvProjectionOp>(op);
    Size nope = sizes.get(op, "nope_dim"), rope = sizes.get(op, "rope_dim"),
         v = sizes.get(op, "v_dim");
    Size qk = sizes.getSum(nope, rope), kv = sizes.getSum(nope, v);
    sizes.equateDims(qkv.getQInput(), 2, qkv.getWq(), 1);
    sizes.equateDims(qkv.getLatent(), 2, qkv.getWkv(), 1);
    equateDims(sizes, qkv.getLatent(), qkv.getKRope(), {0, 1});
    sizes.equate(sizes.get(qkv.getKRope(), 2), rope);
    relateHeads(sizes, qkv.getQInput(), qkv.getWq(), qkv.getQ(), qk);
    sizes.multiplyDims(qkv.getWkv(), 0, qkv.getQ(), 2, kv);
    sizes.equate(sizes.get(op, "num_heads"), sizes.get(qkv.getQ(), 2));
    for (Value result : {qkv.getK(), qkv.getV()}) {
      equateDims(sizes, qkv.getLatent(), result, {0, 1});
      sizes.equateDims(qkv.getQ(), 2, result, 2);
    }
    sizes.equate(sizes.get(qkv.getK(), 3), qk);
    sizes.equate(sizes.get(qkv.getV(), 3), v);
  }
};

struct AbsorbedQkvProjectionModel
    : Model<AbsorbedQkvProjectionModel, AbsorbedQkvProjectionOp> {
  void relateSizes(Operation *op, SizeRelations &sizes) const {
    auto qkv = cast<AbsorbedQkvProjectionOp>(op);
    Size nope = sizes.get(op, "nope_dim"), rope = sizes.get(op, "rope_dim"),
         latent = sizes.get(qkv.getLatent(), 2);
    sizes.equateDims(qkv.getQInput(), 2, qkv.getWq(), 1);
    sizes.equateDims(qkv.getLatent(), 2, qkv.getWkv(), 1);
    equateDims(sizes, qkv.getLatent(), qkv.getKRope(), {0, 1});
    sizes.equate(sizes.get(qkv.getKRope(), 2), rope);
    Size width = sizes.getSum(latent, rope);
    equateDims(sizes, qkv.getQInput(), qkv.getQ(), {0, 1});
    sizes.multiplyDims(qkv.getWq(), 0, qkv.getQ(), 2, sizes.getSum(nope, rope));
    sizes.multiplyDims(qkv.getWkv(), 0, qkv.getQ(), 2,
                       sizes.getSum(nope, sizes.get(op, "v_dim")));
    sizes.equate(sizes.get(op, "num_heads"), sizes.get(qkv.getQ(), 2));
    for (Value result : {qkv.getK(), qkv.getV()})
      equateDims(sizes, qkv.getLatent(), result, {0, 1});
    sizes.equate(sizes.get(qkv.getQ(), 3), width);
    sizes.equate(sizes.get(qkv.getK(), 3), width);
    sizes.equate(sizes.get(qkv.getV(), 3), latent);
  }
};

struct AbsorbedValuesModel : Model<AbsorbedValuesModel, AbsorbedValuesOp> {
  void relateSizes(Operation *op, SizeRelations &sizes) const {
    auto values = cast<AbsorbedValuesOp>(op);
    Value x = values.getX(), result = values.getResult();
    Size v = sizes.get(op, "v_dim");
    sizes.equateDims(x, 3, values.getWkv(), 1);
    equateDims(sizes, x, result, {0, 1, 2});
    sizes.multiplyDims(values.getWkv(), 0, x, 2,
                       sizes.getSum(sizes.get(op, "nope_dim"), v));
    sizes.equate(sizes.get(result, 3), v);
  }
};

struct QkNormModel : Model<QkNormModel, QkNormOp> {
  void relateSizes(Operation *op, SizeRelations &sizes) const {
    auto norm = cast<QkNormOp>(op);
    sizes.equateShapes(norm.getX(), norm.getResult());
    Size weight = sizes.get(norm.getWeight(), 0),
         size = sizes.get(norm.getX(), 3);
    // Of a head, or of all of them.
    if (sizes.getOriginal(weight) == sizes.getOriginal(size))
      return sizes.equate(weight, size);
    sizes.multiply(weight, sizes.get(norm.getX(), 2), size);
  }
};

struct AttentionScoresModel : Model<AttentionScoresModel, AttentionScoresOp> {
  void relateSizes(Operation *op, SizeRelations &sizes) const {
    auto scores = cast<AttentionScoresOp>(op);
    Value q = scores.getQ(), k = scores.getK(), result = scores.getResult();
    equateDims(sizes, q, k, {0, 3});
    relateGroups(sizes, q, 2, k);
    sizes.equateDims(result, 0, q, 0);
    sizes.equateDims(result, 1, q, 2);
    sizes.equateDims(result, 2, q, 1);
    sizes.equateDims(result, 3, k, 1);
  }
};

struct AttentionWeightsModel
    : Model<AttentionWeightsModel, AttentionWeightsOp> {
  void relateSizes(Operation *op, SizeRelations &sizes) const {
    auto weights = cast<AttentionWeightsOp>(op);
    sizes.equateShapes(weights.getScores(), weights.getResult());
    relateSequences(sizes, weights.getPosition(), weights.getScores());
    if (weights.getSinks())
      sizes.equateDims(weights.getSinks(), 0, weights.getScores(), 1);
    // A window that hides some of the keys, or none.
    if (weights.getWindow())
      sizes.keepOrder(sizes.get(op, "window"),
                      sizes.get(weights.getScores(), 3));
  }
};

struct AttentionOutputModel : Model<AttentionOutputModel, AttentionOutputOp> {
  void relateSizes(Operation *op, SizeRelations &sizes) const {
    auto output = cast<AttentionOutputOp>(op);
    Value weights = output.getWeights(), v = output.getV(),
          result = output.getResult();
    sizes.equateDims(weights, 0, v, 0);
    sizes.equateDims(weights, 3, v, 1);
    relateGroups(sizes, weights, 1, v);
    sizes.equateDims(result, 0, weights, 0);
    sizes.equateDims(result, 1, weights, 2);
    sizes.equateDims(result, 2, weights, 1);
    sizes.equateDims(result, 3, v, 3);
  }
};

struct OutputProjectionModel
    : Model<OutputProjectionModel, OutputProjectionOp> {
  void relateSizes(Operation *op, SizeRelations &sizes) const {
    auto projection = cast<OutputProjectionOp>(op);
    Value x = projection.getX(), weight = projection.getWeight(),
          result = projection.getResult();
    equateDims(sizes, x, result, {0, 1});
    sizes.multiplyDims(weight, 1, x, 2, sizes.get(x, 3));
    sizes.equateDims(result, 2, weight, 0);
    if (projection.getBias())
      sizes.equateDims(projection.getBias(), 0, weight, 0);
  }
};

/// A pool of pages that a table leads into has a page for each block of each
/// sequence, or more; of fewer, as of windows, each sequence has its share.
static void relatePool(SizeRelations &sizes, Value pool, Value table) {
  Size pages = sizes.get(pool, 0), sequences = sizes.get(table, 0);
  Size blocks = sizes.getProduct(sequences, sizes.get(table, 1));
  int64_t numPages = sizes.getOriginal(pages),
          numBlocks = sizes.getOriginal(blocks),
          numSequences = sizes.getOriginal(sequences);
  if (numPages == numBlocks)
    return sizes.equate(pages, blocks);
  if (numPages > numBlocks)
    return sizes.keepAtMost(blocks, pages);
  // How far a window reaches over pages only gets less.
  sizes.keep(sizes.get(pool, 1));
  if (numSequences <= 0 || numPages % numSequences != 0)
    return sizes.keep(pages);
  sizes.keep(sizes.getQuotient(pages, sequences));
}

struct KvCacheUpdateModel : Model<KvCacheUpdateModel, KvCacheUpdateOp> {
  void relateSizes(Operation *op, SizeRelations &sizes) const {
    auto update = cast<KvCacheUpdateOp>(op);
    Value cache = update.getCache(), tokens = update.getNewTokens(),
          table = update.getPages();
    relateSequences(sizes, update.getPosition(), tokens);
    relateSequences(sizes, table, tokens);
    sizes.equateShapes(cache, update.getResult());
    for (int64_t dim = 2, rank = sizes.getShape(cache).rank; dim < rank; ++dim)
      sizes.equateDims(cache, dim, tokens, dim);
    Size room = sizes.get(cache, 1), count = sizes.get(tokens, 1);
    if (table) {
      relatePool(sizes, cache, table);
      room = sizes.getProduct(sizes.get(table, 1), room);
    } else {
      sizes.equateDims(cache, 0, tokens, 0);
    }
    // Room for two runs behind a token that is there before.
    sizes.wishAtMost(
        sizes.getSum(sizes.getSum(count, count), sizes.getConstant(1)), room);
    sizes.keepAtMost(count, room);
    sizes.boundPositions(room, count);
  }
};

struct KvCacheGatherModel : Model<KvCacheGatherModel, KvCacheGatherOp> {
  void relateSizes(Operation *op, SizeRelations &sizes) const {
    auto gather = cast<KvCacheGatherOp>(op);
    Value cache = gather.getCache(), table = gather.getPages(),
          result = gather.getResult();
    relatePool(sizes, cache, table);
    sizes.equateDims(table, 0, result, 0);
    sizes.multiply(sizes.get(result, 1), sizes.get(table, 1),
                   sizes.get(cache, 1));
    for (int64_t dim = 2, rank = sizes.getShape(cache).rank; dim < rank; ++dim)
      sizes.equateDims(cache, dim, result, dim);
  }
};

} // namespace

void sizes::attachAttentionModels(MLIRContext *context) {
  QkvProjectionOp::attachInterface<QkvProjectionModel>(*context);
  LatentQkvProjectionOp::attachInterface<LatentQkvProjectionModel>(*context);
  AbsorbedQkvProjectionOp::attachInterface<AbsorbedQkvProjectionModel>(
      *context);
  AbsorbedValuesOp::attachInterface<AbsorbedValuesModel>(*context);
  QkNormOp::attachInterface<QkNormModel>(*context);
  AttentionScoresOp::attachInterface<AttentionScoresModel>(*context);
  AttentionWeightsOp::attachInterface<AttentionWeightsModel>(*context);
  AttentionOutputOp::attachInterface<AttentionOutputModel>(*context);
  OutputProjectionOp::attachInterface<OutputProjectionModel>(*context);
  KvCacheUpdateOp::attachInterface<KvCacheUpdateModel>(*context);
  KvCacheGatherOp::attachInterface<KvCacheGatherModel>(*context);
  attachModels<SameShapeModel, DropoutOp>(context);
}
