//===- AttentionOps.cpp - Attention and its parts -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The rules of the parts are functions of types, so that the composite op can
// apply one after the other.
//
//===----------------------------------------------------------------------===//

#include "Syntax.h"
#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Dialect/Dag/IR/Typing.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace mlir::dag;

namespace {
/// The numbers of heads and their size.
struct HeadFigures {
  int64_t heads;
  int64_t kvHeads;
  int64_t headDim;
};

/// Queries, keys and values.
struct Qkv {
  TypedOperand q, k, v;
};
} // namespace

/// Names an intermediate of a composite.
static TypedOperand asOperand(const ShardedType &type, StringRef name) {
  return TypedOperand{type, name, Value()};
}

//===----------------------------------------------------------------------===//
// Parts of rules
//===----------------------------------------------------------------------===//

/// The dimension of heads that the features of `weight` are seen as.
static FailureOr<std::pair<int64_t, DimShardingAttr>>
inferHeads(const TypingRule &rule, StringRef constraint,
           const TypedOperand &weight, int64_t heads, int64_t headDim) {
  DimShardingAttr features = weight.dims[0];
  // (C5) Whole heads.
  if (features.getUneven())
    return rule.error(TypingKind::Division, "C5",
                      "expected the heads of '" + weight.name +
                          "' not to be uneven; pad them");
  if (features.getPad() % headDim != 0)
    return rule.error(TypingKind::Division, "C5",
                      "expected the padding of '" + weight.name +
                          "' to be whole heads of " + Twine(headDim) +
                          ", but got " + Twine(features.getPad()));
  // (C3), (C4) As many features as heads times head size.
  std::optional<int64_t> expected = multiplySizes(heads, headDim);
  int64_t size = weight.shape[0];
  if (!expected || ShapedType::isDynamic(size) ||
      size - features.getPad() != *expected)
    return rule.error(TypingKind::Heads, constraint,
                      "expected '" + weight.name + "' to have " + Twine(heads) +
                          " heads of " + Twine(headDim) +
                          " as its first dimension, but got " +
                          (ShapedType::isDynamic(size)
                               ? std::string("?")
                               : std::to_string(size - features.getPad())));
  int64_t padHeads = features.getPad() / headDim;
  return std::make_pair(heads + padHeads,
                        DimShardingAttr::get(rule.getContext(),
                                             features.getAxes(), padHeads,
                                             /*uneven=*/false));
}

static FailureOr<Qkv> inferQkv(const TypingRule &rule, Value xValue,
                               ArrayRef<Value> weightValues, ValueRange biases,
                               HeadFigures figures) {
  static constexpr StringRef kWeights[] = {"wq", "wk", "wv"};
  static constexpr StringRef kBiases[] = {"bq", "bk", "bv"};
  // (C1) Reduced floats of one type.
  FailureOr<TypedOperand> x = rule.getReducedFloats("C1", xValue, "x", 3);
  if (failed(x))
    return failure();
  SmallVector<TypedOperand, 3> weights;
  for (auto [value, name] : llvm::zip_equal(weightValues, kWeights)) {
    FailureOr<TypedOperand> weight =
        rule.getReducedFloats("C1", value, name, 2);
    // (C2) The sum runs over dimensions that are alike.
    if (failed(weight) ||
        failed(rule.expectSameElementType("C1", *x, *weight)) ||
        failed(rule.expectSameDim("C2", *x, 2, *weight, 1)))
      return failure();
    weights.push_back(*weight);
  }
  // (C3) Positive figures.
  if (figures.heads <= 0 || figures.kvHeads <= 0 || figures.headDim <= 0)
    return rule.error(TypingKind::Heads, "C3",
                      "expected heads, KV heads and head size to be positive, "
                      "but got " +
                          Twine(figures.heads) + ", " + Twine(figures.kvHeads) +
                          " and " + Twine(figures.headDim));
  // (C6) No biases, or three.
  if (!biases.empty() && biases.size() != 3)
    return rule.error(TypingKind::Shape, "C6",
                      "expected no biases or three, but got " +
                          Twine(biases.size()));
  SmallVector<TypedOperand, 3> results;
  for (unsigned i = 0; i < 3; ++i) {
    // (C3), (C4), (C5) Features are whole heads.
    auto heads =
        inferHeads(rule, i == 0 ? "C3" : "C4", weights[i],
                   i == 0 ? figures.heads : figures.kvHeads, figures.headDim);
    if (failed(heads))
      return failure();
    ShardedType result = *x;
    ArrayRef<StringAttr> pending = x->dims[2].getAxes();
    result.setDim(2, heads->first, heads->second);
    result.addDim(figures.headDim);
    result.addPartial(pending);
    results.push_back(asOperand(result, kWeights[i].drop_front()));
    if (biases.empty())
      continue;
    // (C6) Biases fit, and are added once.
    FailureOr<TypedOperand> bias =
        rule.getOperand("C6", biases[i], kBiases[i], 1);
    if (failed(bias) || failed(rule.expectReduced("C6", *bias)) ||
        failed(rule.expectSameElementType("C6", *x, *bias)) ||
        failed(rule.expectSameDim("C6", weights[i], 0, *bias, 0)))
      return failure();
    if (!pending.empty())
      return rule.error(TypingKind::PendingSum, "C6",
                        "expected no bias on a sum that is pending over " +
                            formatAxes(pending) + ": every rank would add it");
  }
  // (C4) Keys and values lie on the same ranks.
  if (failed(rule.expectSameDim("C4", weights[1], 0, weights[2], 0)))
    return failure();
  return Qkv{results[0], results[1], results[2]};
}

/// Heads and the KV heads that they share, in whatever dimensions they are.
static LogicalResult expectGroups(const TypingRule &rule, const TypedOperand &q,
                                  unsigned qDim, const TypedOperand &k,
                                  unsigned kDim) {
  DimShardingAttr heads = q.dims[qDim], kvHeads = k.dims[kDim];
  int64_t numHeads = q.shape[qDim], numKvHeads = k.shape[kDim];
  if (!ShapedType::isDynamic(numHeads) && !ShapedType::isDynamic(numKvHeads)) {
    // (C3) A multiple, with and without padding.
    int64_t realHeads = numHeads - heads.getPad();
    int64_t realKvHeads = numKvHeads - kvHeads.getPad();
    if (realKvHeads <= 0 || realHeads % realKvHeads != 0)
      return rule.error(TypingKind::Heads, "C3",
                        "expected the heads of '" + q.name +
                            "' to be a multiple of those of '" + k.name +
                            "', but got " + Twine(realHeads) + " and " +
                            Twine(realKvHeads));
    if (numHeads % numKvHeads != 0 ||
        numHeads / numKvHeads != realHeads / realKvHeads)
      return rule.error(TypingKind::Heads, "C3",
                        "expected heads to share KV heads alike with and "
                        "without padding, but got " +
                            Twine(numHeads) + " and " + Twine(numKvHeads) +
                            " with padding, " + Twine(realHeads) + " and " +
                            Twine(realKvHeads) + " without");
  }
  // (C4) Every rank has the KV heads of its heads.
  ArrayRef<StringAttr> axes = heads.getAxes(), kvAxes = kvHeads.getAxes();
  if (kvAxes.size() > axes.size() || axes.take_front(kvAxes.size()) != kvAxes)
    return rule.error(TypingKind::Heads, "C4",
                      "expected the axes of the KV heads to be the first axes "
                      "of the heads, but got " +
                          formatAxes(kvAxes) + " and " + formatAxes(axes));
  // (C5) Remainders of different numbers do not line up.
  if ((heads.getUneven() || kvHeads.getUneven()) &&
      (heads != kvHeads || numHeads != numKvHeads))
    return rule.error(TypingKind::Division, "C5",
                      "expected uneven heads to be as many as the KV heads and "
                      "sharded alike; pad them");
  return success();
}

/// Two reduced tensors of rank 4 with one batch.
static FailureOr<std::pair<TypedOperand, TypedOperand>>
getPair(const TypingRule &rule, Value first, StringRef firstName, Value second,
        StringRef secondName) {
  FailureOr<TypedOperand> a = rule.getReducedFloats("C1", first, firstName, 4);
  FailureOr<TypedOperand> b =
      failed(a) ? a : rule.getReducedFloats("C1", second, secondName, 4);
  if (failed(b) || failed(rule.expectSameElementType("C1", *a, *b)))
    return failure();
  return std::make_pair(*a, *b);
}

static FailureOr<TypedOperand> inferScores(const TypingRule &rule,
                                           const TypedOperand &q,
                                           const TypedOperand &k) {
  // (C1) Nothing is pending; (C2) equal batches and head sizes.
  if (failed(rule.expectReduced("C1", q)) ||
      failed(rule.expectReduced("C1", k)) ||
      failed(rule.expectSameDim("C2", q, 0, k, 0)) ||
      failed(rule.expectSameDim("C2", q, 3, k, 3)) ||
      // (C3), (C4), (C5) Groups of heads.
      failed(expectGroups(rule, q, 2, k, 2)))
    return failure();
  ShardedType result({}, q.elementType);
  result.addDim(q.shape[0], q.dims[0]);
  result.addDim(q.shape[2], q.dims[2]);
  result.addDim(q.shape[1], q.dims[1]);
  result.addDim(k.shape[1], k.dims[1]);
  result.addPartial(q.dims[3].getAxes());
  return asOperand(result, "scores");
}

static LogicalResult checkWeights(const TypingRule &rule,
                                  const TypedOperand &scores, MaskKind mask,
                                  std::optional<uint64_t> window) {
  // (C1) Nothing is pending; (C2) softmax sees all keys.
  if (failed(rule.expectReduced("C1", scores)) ||
      failed(rule.expectUnsharded("C2", scores, 3)))
    return failure();
  // (C3) A window for a sliding window.
  bool sliding = mask == MaskKind::SlidingWindow;
  if (sliding != window.has_value())
    return rule.error(TypingKind::Shape, "C3",
                      sliding ? "expected a 'window' for a sliding window"
                              : "expected no 'window' without a sliding "
                                "window");
  if (sliding && static_cast<int64_t>(*window) <= 0)
    return rule.error(TypingKind::Shape, "C3",
                      "expected 'window' to be positive, but got " +
                          Twine(static_cast<int64_t>(*window)));
  return success();
}

static LogicalResult checkDropout(const TypingRule &rule, StringRef constraint,
                                  double p) {
  if (p >= 0 && p < 1)
    return success();
  return rule.error(TypingKind::Shape, constraint,
                    "expected the probability of dropout in [0, 1), but got " +
                        formatNumber(p));
}

static FailureOr<TypedOperand> inferOutput(const TypingRule &rule,
                                           const TypedOperand &weights,
                                           const TypedOperand &v) {
  // (C2) Equal batches and keys.
  if (failed(rule.expectSameDim("C2", weights, 0, v, 0)) ||
      failed(rule.expectSameDim("C2", weights, 3, v, 1)) ||
      // (C3), (C4), (C5) Groups of heads.
      failed(expectGroups(rule, weights, 1, v, 2)))
    return failure();
  ShardedType result({}, weights.elementType);
  result.addDim(weights.shape[0], weights.dims[0]);
  result.addDim(weights.shape[2], weights.dims[2]);
  result.addDim(weights.shape[1], weights.dims[1]);
  result.addDim(v.shape[3], v.dims[3]);
  result.addPartial(weights.dims[3].getAxes());
  return asOperand(result, "x");
}

static FailureOr<ShardedType> inferProjection(const TypingRule &rule,
                                              const TypedOperand &x,
                                              Value weightValue,
                                              Value biasValue) {
  // (C1) Reduced floats of one type.
  FailureOr<TypedOperand> weight =
      rule.getReducedFloats("C1", weightValue, "weight", 2);
  if (failed(weight) || failed(rule.expectReduced("C1", x)) ||
      failed(rule.expectSameElementType("C1", x, *weight)) ||
      // (C2) Whole heads.
      failed(rule.expectUnsharded("C2", x, 3)))
    return failure();
  // (C3) As many features as heads times head size.
  std::optional<int64_t> features = multiplySizes(x.shape[2], x.shape[3]);
  if (!features || *features != weight->shape[1])
    return rule.error(
        TypingKind::Heads, "C3",
        "expected the second dimension of 'weight' to be heads times head "
        "size of 'x', but got " +
            Twine(weight->shape[1]) + " for " + Twine(x.shape[2]) + " times " +
            Twine(x.shape[3]));
  // (C4) Heads and features lie on the same ranks.
  DimShardingAttr heads = x.dims[2], columns = weight->dims[1];
  if (heads.getAxes() != columns.getAxes())
    return rule.error(TypingKind::Sharding, "C4",
                      "expected the heads of 'x' and the second dimension of "
                      "'weight' to be sharded alike, but got " +
                          formatAxes(heads.getAxes()) + " and " +
                          formatAxes(columns.getAxes()));
  std::optional<int64_t> pad = multiplySizes(heads.getPad(), x.shape[3]);
  if (heads.getUneven() || columns.getUneven() || !pad ||
      (!ShapedType::isDynamic(*pad) && *pad != columns.getPad()))
    return rule.error(TypingKind::Division, "C4",
                      "expected the padding of 'weight' to be that of the "
                      "heads, and neither to be uneven");
  ShardedType result({}, x.elementType);
  result.addDim(x.shape[0], x.dims[0]);
  result.addDim(x.shape[1], x.dims[1]);
  result.addDim(weight->shape[0], weight->dims[0]);
  result.addPartial(columns.getAxes());
  if (!biasValue)
    return result;
  // (C5) A bias that fits.
  FailureOr<TypedOperand> bias = rule.getOperand("C5", biasValue, "bias", 1);
  if (failed(bias) || failed(rule.expectReduced("C5", *bias)) ||
      failed(rule.expectSameElementType("C5", x, *bias)) ||
      failed(rule.expectSameDim("C5", *weight, 0, *bias, 0)))
    return failure();
  // (C6) A bias is added once.
  if (result.hasPartial())
    return rule.error(TypingKind::PendingSum, "C6",
                      "expected no bias on a sum that is pending over " +
                          formatAxes(result.partial) +
                          ": every rank would add it");
  return result;
}

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
  // (C2) As the scores.
  FailureOr<TypedOperand> scores =
      inferScores(rule.under("C2"), qkv->q, qkv->k);
  if (failed(scores))
    return failure();
  // (C3) As mask and softmax.
  if (failed(checkWeights(rule.under("C3"), *scores, adaptor.getMask(),
                          adaptor.getWindow())))
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
  if (failed(scores) || failed(checkWeights(rule, *scores, adaptor.getMask(),
                                            adaptor.getWindow())))
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

//===----------------------------------------------------------------------===//
// The cache
//===----------------------------------------------------------------------===//

LogicalResult KvCacheOp::verify() {
  // (C1) A name.
  if (getName().empty())
    return emitOpError("(C1) expected a name that is not empty");
  // (C2) Reduced floats by token and head.
  TypingRule rule(getContext(), getLoc(), getOperationName());
  return failure(failed(rule.getReducedFloats("C2", getResult(), "cache", 4)));
}

LogicalResult
KvCacheUpdateOp::inferReturnTypes(MLIRContext *context,
                                  std::optional<Location> loc, Adaptor adaptor,
                                  SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C1) Reduced floats of one type.
  auto pair = getPair(rule, adaptor.getCache(), "cache", adaptor.getNewTokens(),
                      "new_tokens");
  if (failed(pair))
    return failure();
  auto &[cache, tokens] = *pair;
  // (C2) Equal but for the tokens.
  for (unsigned dim : {0, 2, 3})
    if (failed(rule.expectSameDim("C2", cache, dim, tokens, dim)))
      return failure();
  // (C3) Tokens are not sharded.
  if (failed(rule.expectUnsharded("C3", cache, 1)) ||
      failed(rule.expectUnsharded("C3", tokens, 1)))
    return failure();
  // (C4) They find room.
  if (!ShapedType::isDynamic(cache.shape[1]) &&
      !ShapedType::isDynamic(tokens.shape[1]) &&
      tokens.shape[1] > cache.shape[1])
    return rule.error(TypingKind::Shape, "C4",
                      "expected at most " + Twine(cache.shape[1]) +
                          " new tokens, but got " + Twine(tokens.shape[1]));
  // (C5) One position for all.
  if (failed(rule.expectPosition("C5", adaptor.getPosition())))
    return failure();
  return rule.addResult("C1", cache, inferredReturnTypes);
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
