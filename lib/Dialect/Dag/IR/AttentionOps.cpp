//===- AttentionOps.cpp - Attention and its parts -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PartTyper.h"
#include "Syntax.h"
#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Dialect/Dag/IR/NumberRange.h"

using namespace mlir;
using namespace mlir::dag;

//===----------------------------------------------------------------------===//
// AttentionOp
//===----------------------------------------------------------------------===//

/// What is there together, or not at all: (C6) to (C8).
static LogicalResult checkOptions(const TypingRule &rule,
                                  AttentionOp::Adaptor adaptor) {
  // (C6) Norms.
  ValueRange norms = adaptor.getNorms();
  bool hasEpsilon = adaptor.getNormEpsilon().has_value();
  if ((!norms.empty() && norms.size() != 2) || norms.empty() == hasEpsilon)
    return rule.error(TypingKind::Shape, "C6",
                      "expected no norms, or two with an epsilon, but got " +
                          Twine(norms.size()) +
                          (hasEpsilon ? " with one" : " without one"));
  if (norms.empty() && adaptor.getUnitOffset())
    return rule.error(TypingKind::Shape, "C6",
                      "expected norms for a 'unit_offset'");
  // (C8) A rotation, and the position.
  if (!adaptor.getTheta() && (adaptor.getRotaryDim() || adaptor.getScaling() ||
                              adaptor.getInterleaved()))
    return rule.error(TypingKind::Shape, "C8",
                      "expected 'theta' for a rotation");
  FailureOr<TypedOperand> x = rule.getOperand("C8", adaptor.getX(), "x", 3);
  if (failed(x) ||
      failed(rule.expectPosition("C8", adaptor.getPosition(), &*x)))
    return failure();
  // (C7) Caches.
  ValueRange caches = adaptor.getCache();
  if (!caches.empty() && (caches.size() != 2 || !adaptor.getPosition()))
    return rule.error(
        TypingKind::Shape, "C7",
        "expected no cache, or one for keys and one for values "
        "with a position, but got " +
            Twine(caches.size()) +
            (adaptor.getPosition() ? " with one" : " without one"));
  if (adaptor.getPages() && caches.empty())
    return rule.error(TypingKind::Shape, "C7", "expected a cache for 'pages'");
  return success();
}

LogicalResult
AttentionOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                              Adaptor adaptor,
                              SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  if (failed(checkOptions(rule, adaptor)))
    return failure();
  // (C1) to (C8), as the parts.
  PartTyper parts(rule);
  TypedOperand result = tellAttention(parts, adaptor);
  return addPartsResult(rule, "C4", parts, result, inferredReturnTypes);
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
  // (C4) One position for all, or one each.
  if (failed(rule.expectPosition("C4", adaptor.getPosition(), &*scores)))
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
      failed(expectNumber(rule, "C2", "p", adaptor.getP().convertToDouble())))
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

/// (C1), (C2) Reduced floats by token and head, or by what heads share.
static FailureOr<TypedOperand> expectCache(const TypingRule &rule,
                                           StringRef constraint, Value value) {
  FailureOr<TypedOperand> cache =
      rule.getReducedFloats(constraint, value, "cache");
  if (failed(cache) || cache->getRank() == 3 || cache->getRank() == 4)
    return cache;
  return rule.error(TypingKind::Shape, constraint,
                    "expected '" + cache->name +
                        "' to be of rank 3 or 4, but got " +
                        Twine(cache->getRank()));
}

LogicalResult KvCacheOp::verify() {
  // (C2) Reduced floats by token and head.
  TypingRule rule(getContext(), getLoc(), getOperationName());
  return failure(failed(expectCache(rule, "C2", getResult())));
}

LogicalResult
KvCacheUpdateOp::inferReturnTypes(MLIRContext *context,
                                  std::optional<Location> loc, Adaptor adaptor,
                                  SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C1) Reduced floats of one rank.
  FailureOr<TypedOperand> cache = expectCache(rule, "C1", adaptor.getCache());
  if (failed(cache))
    return failure();
  FailureOr<TypedOperand> tokens = rule.getReducedFloats(
      "C1", adaptor.getNewTokens(), "new_tokens", cache->getRank());
  if (failed(tokens) ||
      // (C2) to (C4), (C6).
      failed(checkCacheUpdate(rule, *cache, *tokens, adaptor.getPages())) ||
      // (C5) One position for all, or one each.
      failed(rule.expectPosition("C5", adaptor.getPosition(), &*tokens)))
    return failure();
  return rule.addResult("C1", *cache, inferredReturnTypes);
}

LogicalResult
KvCacheGatherOp::inferReturnTypes(MLIRContext *context,
                                  std::optional<Location> loc, Adaptor adaptor,
                                  SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C1) Reduced floats.
  FailureOr<TypedOperand> cache = expectCache(rule, "C1", adaptor.getCache());
  if (failed(cache))
    return failure();
  // (C2) to (C4).
  FailureOr<TypedOperand> result =
      inferGather(rule, *cache, adaptor.getPages());
  return failed(result) ? failure()
                        : rule.addResult("C4", *result, inferredReturnTypes);
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
