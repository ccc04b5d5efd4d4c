//===- LatentAttentionOps.cpp - Multi-head latent attention -*- C++ -*-===//
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
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::dag;

FailureOr<Qkv>
dag::inferLatentQkv(const TypingRule &rule, const TypedOperand &qInput,
                    const TypedOperand &latent, const TypedOperand &kRope,
                    const TypedOperand &wq, const TypedOperand &wkv,
                    const LatentHeads &figures) {
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

/// A head of keys and values for all.
FailureOr<Qkv>
dag::inferAbsorbedQkv(const TypingRule &rule, const TypedOperand &qInput,
                      const TypedOperand &latent, const TypedOperand &kRope,
                      const TypedOperand &wq, const TypedOperand &wkv,
                      const LatentHeads &figures) {
  FailureOr<Qkv> heads =
      inferLatentQkv(rule, qInput, latent, kRope, wq, wkv, figures);
  if (failed(heads))
    return failure();
  int64_t rank = latent.shape[2], width;
  if (ShapedType::isDynamic(rank))
    width = rank;
  else if (llvm::AddOverflow(rank, figures.ropeDim, width))
    return rule.error(TypingKind::Heads, "C3",
                      "expected the latent and the rotated part to be a size "
                      "together, but got " +
                          Twine(rank) + " and " + Twine(figures.ropeDim));
  ShardedType q(heads->q), keys(latent);
  q.setDim(3, width, q.dims[3]);
  DimShardingAttr whole = keys.dims[2];
  keys.setDim(2, 1, whole);
  ShardedType values = keys;
  keys.addDim(width);
  values.addDim(rank);
  return Qkv{asOperand(q, "q"), asOperand(keys, "k"), asOperand(values, "v")};
}

FailureOr<TypedOperand> dag::inferAbsorbedValues(const TypingRule &rule,
                                                 const TypedOperand &x,
                                                 const TypedOperand &wkv,
                                                 int64_t nopeDim,
                                                 int64_t vDim) {
  // (C2) Whole sums.
  if (failed(rule.expectSameDim("C2", x, 3, wkv, 1)) ||
      failed(rule.expectUnsharded("C2", x, 3)))
    return failure();
  // (C3) Whole heads.
  int64_t kvDim;
  if (nopeDim <= 0 || vDim <= 0 || llvm::AddOverflow(nopeDim, vDim, kvDim))
    return rule.error(TypingKind::Heads, "C3",
                      "expected the sizes of the parts of a head to be "
                      "positive, but got " +
                          Twine(nopeDim) + " and " + Twine(vDim));
  int64_t all = x.shape[2], pad = x.dims[2].getPad();
  FailureOr<std::pair<int64_t, DimShardingAttr>> heads =
      inferHeads(rule.under("C3"), "C3", wkv,
                 ShapedType::isDynamic(all) ? all : all - pad, kvDim);
  if (failed(heads))
    return failure();
  // (C4) The heads of both are one dimension.
  if (heads->first != all || heads->second != x.dims[2])
    return rule.error(TypingKind::Sharding, "C4",
                      "expected the heads of '" + x.name + "' and '" +
                          wkv.name + "' to be sharded and padded alike");
  ShardedType type(x);
  type.setDim(3, vDim, type.dims[3]);
  return asOperand(type, "values");
}

//===----------------------------------------------------------------------===//
// LatentQkvProjectionOp, AbsorbedQkvProjectionOp
//===----------------------------------------------------------------------===//

using InferQkv = decltype(dag::inferLatentQkv);

/// (C1) to (C6) of either.
template <typename AdaptorT>
static LogicalResult inferFromLatents(const TypingRule &rule, AdaptorT adaptor,
                                      InferQkv infer,
                                      SmallVectorImpl<Type> &results) {
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
  FailureOr<Qkv> qkv = infer(rule, operands[0], operands[1], operands[2],
                             operands[3], operands[4],
                             {static_cast<int64_t>(adaptor.getNumHeads()),
                              static_cast<int64_t>(adaptor.getNopeDim()),
                              static_cast<int64_t>(adaptor.getRopeDim()),
                              static_cast<int64_t>(adaptor.getVDim())});
  if (failed(qkv))
    return failure();
  // (C6) No axis is used twice.
  for (const TypedOperand &result : {qkv->q, qkv->k, qkv->v})
    if (failed(rule.addResult("C6", result, results)))
      return failure();
  return success();
}

LogicalResult LatentQkvProjectionOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
    SmallVectorImpl<Type> &inferredReturnTypes) {
  return inferFromLatents(TypingRule(context, loc, getOperationName()), adaptor,
                          inferLatentQkv, inferredReturnTypes);
}

LogicalResult AbsorbedQkvProjectionOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
    SmallVectorImpl<Type> &inferredReturnTypes) {
  return inferFromLatents(TypingRule(context, loc, getOperationName()), adaptor,
                          inferAbsorbedQkv, inferredReturnTypes);
}

//===----------------------------------------------------------------------===//
// AbsorbedValuesOp
//===----------------------------------------------------------------------===//

LogicalResult
AbsorbedValuesOp::inferReturnTypes(MLIRContext *context,
                                   std::optional<Location> loc, Adaptor adaptor,
                                   SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C1) Reduced floats of one type.
  FailureOr<TypedOperand> x =
      rule.getReducedFloats("C1", adaptor.getX(), "x", 4);
  if (failed(x))
    return failure();
  FailureOr<TypedOperand> wkv =
      rule.getReducedFloats("C1", adaptor.getWkv(), "wkv", 2);
  if (failed(wkv) || failed(rule.expectSameElementType("C1", *x, *wkv)))
    return failure();
  // (C2) to (C4).
  FailureOr<TypedOperand> result = inferAbsorbedValues(
      rule, *x, *wkv, adaptor.getNopeDim(), adaptor.getVDim());
  // (C5) No axis is used twice.
  return failed(result) ? failure()
                        : rule.addResult("C5", *result, inferredReturnTypes);
}

//===----------------------------------------------------------------------===//
// LatentAttentionOp
//===----------------------------------------------------------------------===//

/// (C1) Reduced floats of one type; only what has heads is sharded.
static LogicalResult checkOperands(const TypingRule &rule,
                                   LatentAttentionOp::Adaptor adaptor) {
  FailureOr<TypedOperand> x =
      rule.getReducedFloats("C1", adaptor.getX(), "x", 3);
  if (failed(x) || failed(rule.expectUnsharded("C1", *x, 2)))
    return failure();
  struct {
    Value value;
    StringRef name;
    int64_t rank;
    bool mayShard;
  } weights[] = {{adaptor.getWQ(), "w_q", 2, true},
                 {adaptor.getWKvDown(), "w_kv_down", 2, false},
                 {adaptor.getKvNorm(), "kv_norm", 1, false},
                 {adaptor.getWKv(), "w_kv", 2, true},
                 {adaptor.getWQDown(), "w_q_down", 2, false},
                 {adaptor.getQNorm(), "q_norm", 1, false}};
  for (auto [value, name, rank, mayShard] : weights) {
    if (!value)
      continue;
    FailureOr<TypedOperand> weight =
        rule.getReducedFloats("C1", value, name, rank);
    if (failed(weight) || failed(rule.expectSameElementType("C1", *x, *weight)))
      return failure();
    for (int64_t dim = 0; dim < rank && !mayShard; ++dim)
      if (failed(rule.expectUnsharded("C1", *weight, dim)))
        return failure();
  }
  return success();
}

/// What is there together, or not at all, and figures: (C2), (C5), (C6).
static LogicalResult checkOptions(const TypingRule &rule,
                                  LatentAttentionOp::Adaptor adaptor) {
  // (C2) The queries' latent.
  if (!adaptor.getWQDown() != !adaptor.getQNorm())
    return rule.error(TypingKind::Shape, "C2", "expected 'q_down' with a norm");
  // (C5) Figures.
  if (failed(expectNumber(rule, "C5", "epsilon",
                          adaptor.getEpsilon().convertToDouble())))
    return failure();
  FailureOr<TypedOperand> x = rule.getOperand("C5", adaptor.getX(), "x", 3);
  if (failed(x) ||
      failed(rule.expectPosition("C5", adaptor.getPosition(), &*x)))
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
  if (adaptor.getPages() && caches.empty())
    return rule.error(TypingKind::Shape, "C6", "expected a cache for 'pages'");
  return success();
}

LogicalResult LatentAttentionOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
    SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  if (failed(checkOperands(rule, adaptor)) ||
      failed(checkOptions(rule, adaptor)))
    return failure();
  // (C2) to (C6), as the parts.
  PartTyper parts(rule);
  TypedOperand result = tellLatentAttention(parts, adaptor);
  return addPartsResult(rule, "C4", parts, result, inferredReturnTypes);
}

//===----------------------------------------------------------------------===//
// Registration
//===----------------------------------------------------------------------===//

void DagDialect::registerLatentAttentionOps() {
  addOperations<
#define GET_OP_LIST
#include "dag/Dialect/Dag/IR/DagLatentAttentionOps.cpp.inc"
      >();
}

#define GET_OP_CLASSES
#include "dag/Dialect/Dag/IR/DagLatentAttentionOps.cpp.inc"
