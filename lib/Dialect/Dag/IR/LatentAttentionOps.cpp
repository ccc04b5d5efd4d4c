//===- LatentAttentionOps.cpp - Multi-head latent attention -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionRules.h"
#include "Syntax.h"
#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Dialect/Dag/IR/Typing.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::dag;

namespace {
/// The sizes of the parts of a head.
struct LatentFigures {
  int64_t heads, nopeDim, ropeDim, vDim;
};
} // namespace

/// (C2) to (C5) of the projection, whose operands are reduced floats.
static FailureOr<Qkv>
inferLatentQkv(const TypingRule &rule, const TypedOperand &qInput,
               const TypedOperand &latent, const TypedOperand &kRope,
               const TypedOperand &wq, const TypedOperand &wkv,
               const LatentFigures &figures) {
  // (C2) Whole sums.
  if (failed(rule.expectSameDim("C2", qInput, 2, wq, 1)) ||
      failed(rule.expectUnsharded("C2", qInput, 2)) ||
      failed(rule.expectSameDim("C2", latent, 2, wkv, 1)) ||
      failed(rule.expectUnsharded("C2", latent, 2)))
    return failure();
  // (C3) Whole heads.
  auto [heads, nopeDim, ropeDim, vDim] = figures;
  int64_t qkDim, kvDim;
  if (heads <= 0 || nopeDim <= 0 || ropeDim <= 0 || vDim <= 0 ||
      llvm::AddOverflow(nopeDim, ropeDim, qkDim) ||
      llvm::AddOverflow(nopeDim, vDim, kvDim))
    return rule.error(TypingKind::Heads, "C3",
                      "expected heads and the sizes of their parts to be "
                      "positive, but got " +
                          Twine(heads) + ", " + Twine(nopeDim) + ", " +
                          Twine(ropeDim) + " and " + Twine(vDim));
  TypingRule headRule = rule.under("C3");
  auto q = inferHeads(headRule, "C3", wq, heads, qkDim);
  if (failed(q))
    return failure();
  auto kv = inferHeads(headRule, "C3", wkv, heads, kvDim);
  if (failed(kv))
    return failure();
  // (C4) The heads of queries, keys and values lie on the same ranks.
  ArrayRef<StringAttr> axes = q->second.getAxes(),
                       kvAxes = kv->second.getAxes();
  if (axes != kvAxes)
    return rule.error(TypingKind::Sharding, "C4",
                      "expected the heads of '" + wq.name + "' and '" +
                          wkv.name + "' to be sharded alike, but got " +
                          formatAxes(axes) + " and " + formatAxes(kvAxes));
  if (q->second != kv->second)
    return rule.error(TypingKind::Division, "C4",
                      "expected the heads of '" + wq.name + "' and '" +
                          wkv.name + "' to be padded alike, but got " +
                          Twine(q->second.getPad()) + " and " +
                          Twine(kv->second.getPad()) + " more");
  // (C5) What the heads share.
  if (failed(rule.expectDimSize("C5", kRope, 2, ropeDim)) ||
      failed(rule.expectUnsharded("C5", kRope, 2)) ||
      failed(rule.expectSameDim("C5", latent, 0, kRope, 0)) ||
      failed(rule.expectSameDim("C5", latent, 1, kRope, 1)))
    return failure();
  auto makeHeads = [&](const TypedOperand &tokens, int64_t size,
                       StringRef name) {
    ShardedType type({}, tokens.elementType);
    type.addDim(tokens.shape[0], tokens.dims[0]);
    type.addDim(tokens.shape[1], tokens.dims[1]);
    type.addDim(q->first, q->second);
    type.addDim(size);
    return asOperand(type, name);
  };
  return Qkv{makeHeads(qInput, qkDim, "q"), makeHeads(latent, qkDim, "k"),
             makeHeads(latent, vDim, "v")};
}

//===----------------------------------------------------------------------===//
// LatentQkvProjectionOp
//===----------------------------------------------------------------------===//

LogicalResult LatentQkvProjectionOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
    SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C1) Reduced floats of one type.
  struct {
    Value value;
    StringRef name;
    int64_t rank;
  } values[] = {{adaptor.getQInput(), "q_input", 3},
                {adaptor.getLatent(), "latent", 3},
                {adaptor.getKRope(), "k_rope", 3},
                {adaptor.getWq(), "wq", 2},
                {adaptor.getWkv(), "wkv", 2}};
  SmallVector<TypedOperand, 5> operands;
  for (auto [value, name, rank] : values) {
    FailureOr<TypedOperand> operand =
        rule.getReducedFloats("C1", value, name, rank);
    if (failed(operand) ||
        (!operands.empty() &&
         failed(rule.expectSameElementType("C1", operands[0], *operand))))
      return failure();
    operands.push_back(*operand);
  }
  // (C2) to (C5).
  FailureOr<Qkv> qkv = inferLatentQkv(
      rule, operands[0], operands[1], operands[2], operands[3], operands[4],
      {static_cast<int64_t>(adaptor.getNumHeads()),
       static_cast<int64_t>(adaptor.getNopeDim()),
       static_cast<int64_t>(adaptor.getRopeDim()),
       static_cast<int64_t>(adaptor.getVDim())});
  if (failed(qkv))
    return failure();
  // (C6) No axis is used twice.
  for (const TypedOperand &result : {qkv->q, qkv->k, qkv->v})
    if (failed(rule.addResult("C6", result, inferredReturnTypes)))
      return failure();
  return success();
}

//===----------------------------------------------------------------------===//
// LatentAttentionOp
//===----------------------------------------------------------------------===//

/// `x` after an unsharded linear layer.
static FailureOr<TypedOperand> project(const TypingRule &rule,
                                       const TypedOperand &x,
                                       const TypedOperand &weight,
                                       StringRef name) {
  if (failed(rule.expectSameDim("C2", x, 2, weight, 1)))
    return failure();
  ShardedType result = x;
  result.setDim(2, weight.shape[0], weight.dims[0]);
  return asOperand(result, name);
}

/// A vector as long as the last dimension of `x`.
static LogicalResult checkNorm(const TypingRule &rule, const TypedOperand &x,
                               const TypedOperand &norm) {
  return rule.expectSameDim("C2", x, 2, norm, 0);
}

LogicalResult LatentAttentionOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
    SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  LatentFigures figures{static_cast<int64_t>(adaptor.getNumHeads()),
                        static_cast<int64_t>(adaptor.getNopeDim()),
                        static_cast<int64_t>(adaptor.getRopeDim()),
                        static_cast<int64_t>(adaptor.getVDim())};
  // (C1) Reduced floats of one type; only what has heads is sharded.
  FailureOr<TypedOperand> x =
      rule.getReducedFloats("C1", adaptor.getX(), "x", 3);
  if (failed(x) || failed(rule.expectUnsharded("C1", *x, 2)))
    return failure();
  auto get = [&](Value value, StringRef name, int64_t rank, bool mayShard) {
    FailureOr<TypedOperand> operand =
        rule.getReducedFloats("C1", value, name, rank);
    if (failed(operand) ||
        failed(rule.expectSameElementType("C1", *x, *operand)))
      return FailureOr<TypedOperand>(failure());
    if (!mayShard)
      for (int64_t dim = 0; dim < rank; ++dim)
        if (failed(rule.expectUnsharded("C1", *operand, dim)))
          return FailureOr<TypedOperand>(failure());
    return operand;
  };
  FailureOr<TypedOperand> wq = get(adaptor.getWQ(), "w_q", 2, true);
  if (failed(wq))
    return failure();
  FailureOr<TypedOperand> kvDown =
      get(adaptor.getWKvDown(), "w_kv_down", 2, false);
  if (failed(kvDown))
    return failure();
  FailureOr<TypedOperand> kvNorm =
      get(adaptor.getKvNorm(), "kv_norm", 1, false);
  if (failed(kvNorm))
    return failure();
  FailureOr<TypedOperand> wkv = get(adaptor.getWKv(), "w_kv", 2, true);
  if (failed(wkv))
    return failure();
  // (C2) The queries' latent.
  TypedOperand qInput = *x;
  if (!adaptor.getWQDown() != !adaptor.getQNorm())
    return rule.error(TypingKind::Shape, "C2", "expected 'q_down' with a norm");
  if (adaptor.getWQDown()) {
    FailureOr<TypedOperand> qDown =
        get(adaptor.getWQDown(), "w_q_down", 2, false);
    if (failed(qDown))
      return failure();
    FailureOr<TypedOperand> qNorm = get(adaptor.getQNorm(), "q_norm", 1, false);
    if (failed(qNorm))
      return failure();
    FailureOr<TypedOperand> latent = project(rule, *x, *qDown, "q_latent");
    if (failed(latent) || failed(checkNorm(rule, *latent, *qNorm)))
      return failure();
    qInput = *latent;
  }
  // (C2) The latent of keys and values, and the part that heads share.
  FailureOr<TypedOperand> compressed =
      project(rule, *x, *kvDown, "compressed_kv");
  if (failed(compressed))
    return failure();
  int64_t rank = compressed->shape[2];
  if (ShapedType::isDynamic(rank) || figures.ropeDim <= 0 ||
      rank <= figures.ropeDim)
    return rule.error(TypingKind::Heads, "C2",
                      "expected 'rope_dim' to be positive and less than the "
                      "first dimension of 'w_kv_down', but got " +
                          Twine(figures.ropeDim));
  TypedOperand latent = *compressed, kRope = *compressed;
  latent.name = "latent";
  latent.shape[2] = rank - figures.ropeDim;
  kRope.name = "k_rope";
  kRope.shape[2] = figures.ropeDim;
  if (failed(checkNorm(rule, latent, *kvNorm)))
    return failure();
  // (C5) Figures.
  double epsilon = adaptor.getEpsilon().convertToDouble();
  if (!(epsilon >= 0))
    return rule.error(TypingKind::Shape, "C5",
                      "expected 'epsilon' not to be negative, but got " +
                          formatNumber(epsilon));
  Rotation rotation{std::nullopt, /*offset=*/0,
                    adaptor.getTheta().convertToDouble()};
  if (failed(checkRotation(rule.under("C5"), kRope, rotation)) ||
      failed(rule.expectPosition("C5", adaptor.getPosition())))
    return failure();
  if (std::optional<APFloat> dropout = adaptor.getDropout())
    if (failed(checkDropout(rule, "C5", dropout->convertToDouble())))
      return failure();
  // (C6) What is cached.
  ValueRange caches = adaptor.getCache();
  if (!caches.empty() && (caches.size() != 2 || !adaptor.getPosition()))
    return rule.error(
        TypingKind::Shape, "C6",
        "expected no cache, or one for the latent and one for "
        "the rotated part with a position, but got " +
            Twine(caches.size()) +
            (adaptor.getPosition() ? " with one" : " without one"));
  TypedOperand *kept[] = {&latent, &kRope};
  for (auto [tokens, value] : llvm::zip(kept, caches)) {
    FailureOr<TypedOperand> cache =
        rule.getReducedFloats("C6", value, "cache", 3);
    if (failed(cache) ||
        failed(rule.expectSameElementType("C6", *cache, *tokens)) ||
        failed(checkCacheUpdate(rule.under("C6"), *cache, *tokens)))
      return failure();
    StringRef name = tokens->name;
    *tokens = asOperand(*cache, name);
  }
  // (C3) As the projection.
  FailureOr<Qkv> qkv = inferLatentQkv(rule.under("C3"), qInput, latent, kRope,
                                      *wq, *wkv, figures);
  if (failed(qkv))
    return failure();
  FailureOr<TypedOperand> scores =
      inferScores(rule.under("C3"), qkv->q, qkv->k);
  if (failed(scores) ||
      failed(checkWeights(rule.under("C3"), *scores, MaskKind::Causal,
                          std::nullopt, Value(), std::nullopt)))
    return failure();
  FailureOr<TypedOperand> heads =
      inferOutput(rule.under("C3"), *scores, qkv->v);
  if (failed(heads))
    return failure();
  // (C4) As the projection back.
  FailureOr<ShardedType> result =
      inferProjection(rule.under("C4"), *heads, adaptor.getWo(), Value());
  if (failed(result))
    return failure();
  return rule.under("C4").addResult("C4", *result, inferredReturnTypes);
}
