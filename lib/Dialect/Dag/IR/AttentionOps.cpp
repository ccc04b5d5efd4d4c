//===- AttentionOps.cpp - Attention and its parts -*- C++ -*-===//
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

using namespace mlir;
using namespace mlir::dag;

//===----------------------------------------------------------------------===//
// AttentionOp
//===----------------------------------------------------------------------===//

LogicalResult
AttentionOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                              Adaptor adaptor,
                              SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C1) As the projection.
  FailureOr<Qkv> qkv = inferQkv(
      rule.under("C1"), adaptor.getX(),
      {adaptor.getWq(), adaptor.getWk(), adaptor.getWv()}, adaptor.getBiases(),
      {static_cast<int64_t>(adaptor.getNumHeads()),
       static_cast<int64_t>(adaptor.getNumKvHeads()),
       static_cast<int64_t>(adaptor.getHeadDim())});
  if (failed(qkv))
    return failure();
  // (C6) As the normalizations.
  ValueRange norms = adaptor.getNorms();
  std::optional<APFloat> epsilon = adaptor.getNormEpsilon();
  if ((!norms.empty() && norms.size() != 2) || norms.empty() == !!epsilon)
    return rule.error(TypingKind::Shape, "C6",
                      "expected no norms, or two with an epsilon, but got " +
                          Twine(norms.size()) +
                          (epsilon ? " with one" : " without one"));
  if (norms.empty() && adaptor.getUnitOffset())
    return rule.error(TypingKind::Shape, "C6",
                      "expected norms for a 'unit_offset'");
  TypedOperand *normalized[] = {&qkv->q, &qkv->k};
  for (auto [x, norm] : llvm::zip(normalized, norms))
    if (failed(checkQkNorm(rule.under("C6"), *x, norm,
                           epsilon->convertToDouble())))
      return failure();
  // (C8) As the rotation.
  if (std::optional<APFloat> theta = adaptor.getTheta()) {
    Rotation rotation{adaptor.getRotaryDim(), /*offset=*/0,
                      theta->convertToDouble()};
    if (failed(checkRotation(rule.under("C8"), qkv->q, rotation)))
      return failure();
  } else if (adaptor.getRotaryDim() || adaptor.getScaling() ||
             adaptor.getInterleaved()) {
    return rule.error(TypingKind::Shape, "C8",
                      "expected 'theta' for a rotation");
  }
  if (failed(rule.expectPosition("C8", adaptor.getPosition())))
    return failure();
  if (std::optional<APFloat> cap = adaptor.getSoftCap())
    if (failed(checkSoftCap(rule, "C8", cap->convertToDouble())))
      return failure();
  // (C7) As the updates of the cache.
  ValueRange caches = adaptor.getCache();
  if (!caches.empty() && (caches.size() != 2 || !adaptor.getPosition()))
    return rule.error(
        TypingKind::Shape, "C7",
        "expected no cache, or one for keys and one for values "
        "with a position, but got " +
            Twine(caches.size()) +
            (adaptor.getPosition() ? " with one" : " without one"));
  TypedOperand *kept[] = {&qkv->k, &qkv->v};
  for (auto [tokens, value] : llvm::zip(kept, caches)) {
    FailureOr<TypedOperand> cache =
        rule.getReducedFloats("C7", value, "cache", 4);
    if (failed(cache) ||
        failed(rule.expectSameElementType("C7", *cache, *tokens)) ||
        failed(checkCacheUpdate(rule.under("C7"), *cache, *tokens)))
      return failure();
    StringRef name = tokens->name;
    *tokens = asOperand(*cache, name);
  }
  // (C2) As the scores.
  FailureOr<TypedOperand> scores =
      inferScores(rule.under("C2"), qkv->q, qkv->k);
  if (failed(scores))
    return failure();
  // (C3) As mask and softmax.
  if (failed(checkWeights(rule.under("C3"), *scores, adaptor.getMask(),
                          adaptor.getWindow(), adaptor.getSinks(),
                          adaptor.getAlibi())))
    return failure();
  // (C5) A probability.
  if (std::optional<APFloat> dropout = adaptor.getDropout())
    if (failed(checkDropout(rule, "C5", dropout->convertToDouble())))
      return failure();
  // (C4) As the projection back.
  FailureOr<TypedOperand> heads =
      inferOutput(rule.under("C2"), *scores, qkv->v);
  if (failed(heads))
    return failure();
  FailureOr<ShardedType> result = inferProjection(
      rule.under("C4"), *heads, adaptor.getWo(), adaptor.getOutBias());
  if (failed(result))
    return failure();
  return rule.under("C4").addResult("C4", *result, inferredReturnTypes);
}

//===----------------------------------------------------------------------===//
// The parts
//===----------------------------------------------------------------------===//

LogicalResult
QkvProjectionOp::inferReturnTypes(MLIRContext *context,
                                  std::optional<Location> loc, Adaptor adaptor,
                                  SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C1) to (C6).
  FailureOr<Qkv> qkv = inferQkv(
      rule, adaptor.getX(), {adaptor.getWq(), adaptor.getWk(), adaptor.getWv()},
      adaptor.getBiases(),
      {static_cast<int64_t>(adaptor.getNumHeads()),
       static_cast<int64_t>(adaptor.getNumKvHeads()),
       static_cast<int64_t>(adaptor.getHeadDim())});
  if (failed(qkv))
    return failure();
  // (C7) No axis is used twice.
  for (const TypedOperand &result : {qkv->q, qkv->k, qkv->v})
    if (failed(rule.addResult("C7", result, inferredReturnTypes)))
      return failure();
  return success();
}

LogicalResult AttentionScoresOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
    SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C1) to (C5).
  auto pair = getPair(rule, adaptor.getQ(), "q", adaptor.getK(), "k");
  if (failed(pair))
    return failure();
  FailureOr<TypedOperand> scores = inferScores(rule, pair->first, pair->second);
  // (C6) No axis is used twice.
  return failed(scores) ? failure()
                        : rule.addResult("C6", *scores, inferredReturnTypes);
}

LogicalResult AttentionWeightsOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
    SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C1) to (C3).
  FailureOr<TypedOperand> scores =
      rule.getReducedFloats("C1", adaptor.getScores(), "scores", 4);
  // (C5), (C6) Sinks and slopes.
  if (failed(scores) ||
      failed(checkWeights(rule, *scores, adaptor.getMask(), adaptor.getWindow(),
                          adaptor.getSinks(), adaptor.getAlibi())))
    return failure();
  // (C4) One position for all.
  if (failed(rule.expectPosition("C4", adaptor.getPosition())))
    return failure();
  return rule.addResult("C1", *scores, inferredReturnTypes);
}

LogicalResult
DropoutOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                            Adaptor adaptor,
                            SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C1) Reduced floats: ranks would drop different summands.
  FailureOr<TypedOperand> x = rule.getReducedFloats("C1", adaptor.getX(), "x");
  // (C2) A probability.
  if (failed(x) ||
      failed(checkDropout(rule, "C2", adaptor.getP().convertToDouble())))
    return failure();
  return rule.addResult("C1", *x, inferredReturnTypes);
}

LogicalResult AttentionOutputOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
    SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C1) to (C5).
  auto pair =
      getPair(rule, adaptor.getWeights(), "weights", adaptor.getV(), "v");
  if (failed(pair))
    return failure();
  FailureOr<TypedOperand> result = inferOutput(rule, pair->first, pair->second);
  // (C6) No axis is used twice.
  return failed(result) ? failure()
                        : rule.addResult("C6", *result, inferredReturnTypes);
}

LogicalResult OutputProjectionOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
    SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C1) to (C6).
  FailureOr<TypedOperand> x =
      rule.getReducedFloats("C1", adaptor.getX(), "x", 4);
  if (failed(x))
    return failure();
  FailureOr<ShardedType> result =
      inferProjection(rule, *x, adaptor.getWeight(), adaptor.getBias());
  // (C7) No axis is used twice.
  return failed(result) ? failure()
                        : rule.addResult("C7", *result, inferredReturnTypes);
}

LogicalResult
QkNormOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                           Adaptor adaptor,
                           SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C1) to (C4).
  FailureOr<TypedOperand> x =
      rule.getReducedFloats("C1", adaptor.getX(), "x", 4);
  if (failed(x) || failed(checkQkNorm(rule, *x, adaptor.getWeight(),
                                      adaptor.getEpsilon().convertToDouble())))
    return failure();
  return rule.addResult("C1", *x, inferredReturnTypes);
}

//===----------------------------------------------------------------------===//
// The cache
//===----------------------------------------------------------------------===//

/// (C1), (C2) Heads, or what they share.
static LogicalResult expectCacheRank(const TypingRule &rule,
                                     StringRef constraint,
                                     const TypedOperand &cache) {
  if (cache.getRank() == 3 || cache.getRank() == 4)
    return success();
  return rule.error(TypingKind::Shape, constraint,
                    "expected '" + cache.name +
                        "' to be of rank 3 or 4, but got " +
                        Twine(cache.getRank()));
}

LogicalResult KvCacheOp::verify() {
  // (C2) Reduced floats by token and head.
  TypingRule rule(getContext(), getLoc(), getOperationName());
  FailureOr<TypedOperand> cache =
      rule.getReducedFloats("C2", getResult(), "cache");
  return failure(failed(cache) || failed(expectCacheRank(rule, "C2", *cache)));
}

LogicalResult
KvCacheUpdateOp::inferReturnTypes(MLIRContext *context,
                                  std::optional<Location> loc, Adaptor adaptor,
                                  SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C1) Reduced floats of one type and rank.
  FailureOr<TypedOperand> cache =
      rule.getReducedFloats("C1", adaptor.getCache(), "cache");
  if (failed(cache) || failed(expectCacheRank(rule, "C1", *cache)))
    return failure();
  FailureOr<TypedOperand> tokens = rule.getReducedFloats(
      "C1", adaptor.getNewTokens(), "new_tokens", cache->getRank());
  if (failed(tokens) ||
      failed(rule.expectSameElementType("C1", *cache, *tokens)) ||
      // (C2) to (C4).
      failed(checkCacheUpdate(rule, *cache, *tokens)) ||
      // (C5) One position for all.
      failed(rule.expectPosition("C5", adaptor.getPosition())))
    return failure();
  return rule.addResult("C1", *cache, inferredReturnTypes);
}

//===----------------------------------------------------------------------===//
// Registration
//===----------------------------------------------------------------------===//

void DagDialect::registerAttentionOps() {
  addOperations<
#define GET_OP_LIST
#include "dag/Dialect/Dag/IR/DagAttentionOps.cpp.inc"
      >();
}

#define GET_OP_CLASSES
#include "dag/Dialect/Dag/IR/DagAttentionOps.cpp.inc"
