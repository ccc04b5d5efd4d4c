//===- ComputeOps.cpp - Norms, linears, pointwise ops -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionRules.h"
#include "Syntax.h"
#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Dialect/Dag/IR/ForeignOps.h"
#include "dag/Dialect/Dag/IR/NumberRange.h"
#include "mlir/IR/Builders.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::dag;

//===----------------------------------------------------------------------===//
// EmbeddingOp
//===----------------------------------------------------------------------===//

LogicalResult
EmbeddingOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                              Adaptor adaptor,
                              SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C1) Integers, and a table of floats.
  FailureOr<TypedOperand> ids = rule.getOperand("C1", adaptor.getIds(), "ids");
  if (failed(ids) || failed(rule.expectInteger("C1", *ids)) ||
      failed(rule.expectReduced("C1", *ids)))
    return failure();
  FailureOr<TypedOperand> table =
      rule.getReducedFloats("C1", adaptor.getTable(), "table", 2);
  if (failed(table))
    return failure();
  ShardedType result = *ids;
  result.elementType = table->elementType;
  result.addDim(table->shape[1], table->dims[1]);
  result.addPartial(table->dims[0].getAxes());
  // (C2) No axis is used twice.
  return rule.addResult("C2", result, inferredReturnTypes);
}

LogicalResult PositionEmbeddingOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
    SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C1) Tokens, and a table of floats.
  FailureOr<TypedOperand> ids =
      rule.getOperand("C1", adaptor.getIds(), "ids", 2);
  if (failed(ids) || failed(rule.expectInteger("C1", *ids)) ||
      failed(rule.expectReduced("C1", *ids)))
    return failure();
  FailureOr<TypedOperand> table =
      rule.getReducedFloats("C1", adaptor.getTable(), "table", 2);
  // (C2) All positions.
  if (failed(table) || failed(rule.expectUnsharded("C2", *table, 0)))
    return failure();
  // (C3) A row of the table.
  auto offset = static_cast<int64_t>(adaptor.getOffset());
  if (offset < 0)
    return rule.error(TypingKind::Shape, "C3",
                      "expected 'offset' not to be negative, but got " +
                          Twine(offset));
  // Padding tokens look up a row, too.
  int64_t tokens = ids->shape[1], rows = table->shape[0];
  if (!ShapedType::isDynamic(tokens) && !ShapedType::isDynamic(rows) &&
      (offset > rows || tokens > rows - offset))
    return rule.error(TypingKind::Shape, "C3",
                      "expected a table with a row for each of " +
                          Twine(tokens) + " tokens from " + Twine(offset) +
                          ", padding included, but got " + Twine(rows));
  // (C4) One position for all, or one each.
  if (failed(rule.expectPosition("C4", adaptor.getPosition(), &*ids)))
    return failure();
  ShardedType result = *ids;
  result.elementType = table->elementType;
  result.addDim(table->shape[1], table->dims[1]);
  // (C5) No axis is used twice.
  return rule.addResult("C5", result, inferredReturnTypes);
}

//===----------------------------------------------------------------------===//
// RmsNormOp, LayerNormOp
//===----------------------------------------------------------------------===//

/// The rule of a normalization over the last dimension; a null `bias` is none.
static LogicalResult inferNorm(const TypingRule &rule, Value xValue,
                               Value weight, Value bias, double epsilon,
                               SmallVectorImpl<Type> &results) {
  // (C1) Reduced floats with a dimension.
  FailureOr<TypedOperand> x = rule.getReducedFloats("C1", xValue, "x");
  if (failed(x))
    return failure();
  if (x->getRank() == 0)
    return rule.error(TypingKind::Shape, "C1",
                      "expected 'x' to have at least one dimension");
  // (C2) The mean is over a whole dimension.
  unsigned last = x->getRank() - 1;
  if (failed(rule.expectUnsharded("C2", *x, last)))
    return failure();
  // (C3) Vectors that fit.
  std::pair<Value, StringRef> vectors[] = {{weight, "weight"}, {bias, "bias"}};
  for (auto [value, name] : vectors) {
    if (!value)
      continue;
    FailureOr<TypedOperand> vector = rule.getOperand("C3", value, name, 1);
    if (failed(vector) || failed(rule.expectReduced("C3", *vector)) ||
        failed(rule.expectSameElementType("C3", *x, *vector)) ||
        failed(rule.expectSameDim("C3", *x, last, *vector, 0)))
      return failure();
  }
  // (C4) A root of a number that is not negative.
  if (failed(expectNumber(rule, "C4", "epsilon", epsilon)))
    return failure();
  // Zero by zero is no number, and what it is multiplied with neither.
  if (epsilon == 0 && hasContractedPadding(*x))
    return rule.error(
        TypingKind::Division, "C4",
        "expected 'epsilon' to be positive where more than tokens "
        "is padded: what is padding is divided by its root");
  return rule.addResult("C1", *x, results);
}

LogicalResult
RmsNormOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                            Adaptor adaptor,
                            SmallVectorImpl<Type> &inferredReturnTypes) {
  return inferNorm(TypingRule(context, loc, getOperationName()), adaptor.getX(),
                   adaptor.getWeight(), Value(),
                   adaptor.getEpsilon().convertToDouble(), inferredReturnTypes);
}

LogicalResult
LayerNormOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                              Adaptor adaptor,
                              SmallVectorImpl<Type> &inferredReturnTypes) {
  return inferNorm(TypingRule(context, loc, getOperationName()), adaptor.getX(),
                   adaptor.getWeight(), adaptor.getBias(),
                   adaptor.getEpsilon().convertToDouble(), inferredReturnTypes);
}

//===----------------------------------------------------------------------===//
// LinearOp
//===----------------------------------------------------------------------===//

Role LinearOp::getDeploymentBlock() {
  switch (getDeploymentRole()) {
  case Role::FfnGate:
  case Role::FfnUp:
  case Role::FfnDown:
    return Role::Ffn;
  case Role::QProjection:
  case Role::KProjection:
  case Role::VProjection:
  case Role::OutputProjection:
    return Role::Attention;
  case Role::Head:
    return Role::Head;
  default:
    return Role::Unknown;
  }
}

LogicalResult
LinearOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                           Adaptor adaptor,
                           SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C1) Floats of one type.
  FailureOr<TypedOperand> x = rule.getOperand("C1", adaptor.getX(), "x");
  if (failed(x) || failed(rule.expectFloat("C1", *x)))
    return failure();
  if (x->getRank() == 0)
    return rule.error(TypingKind::Shape, "C1",
                      "expected 'x' to have at least one dimension");
  FailureOr<TypedOperand> weight =
      rule.getOperand("C1", adaptor.getWeight(), "weight", 2);
  if (failed(weight) || failed(rule.expectSameElementType("C1", *x, *weight)))
    return failure();
  // (C4) A product of sums is no sum of products; what is pending on `x` stays
  // if ranks have the same weight.
  if (failed(rule.expectReduced("C4", *weight)))
    return failure();
  for (StringAttr axis : x->partial)
    if (llvm::any_of(weight->dims,
                     [&](DimShardingAttr dim) { return dim.contains(axis); }))
      return rule.expectReduced("C4", *x);
  // (C2), (C3) The sum runs over dimensions that are alike.
  unsigned last = x->getRank() - 1;
  if (failed(
          rule.expectSameDim(x->shape[last] == weight->shape[1] ? "C3" : "C2",
                             *x, last, *weight, 1)))
    return failure();
  ShardedType result = *x;
  ArrayRef<StringAttr> pending = weight->dims[1].getAxes();
  result.setDim(last, weight->shape[0], weight->dims[0]);
  result.addPartial(pending);
  if (adaptor.getBias()) {
    FailureOr<TypedOperand> bias =
        rule.getOperand("C5", adaptor.getBias(), "bias", 1);
    if (failed(bias))
      return failure();
    // (C4) A bias is added once.
    if (failed(rule.expectReduced("C4", *bias)))
      return failure();
    if (result.hasPartial())
      return rule.error(TypingKind::PendingSum, "C4",
                        "expected no bias on a sum that is pending over " +
                            formatAxes(result.partial) +
                            ": every rank would add it");
    // (C5) The bias fits the features.
    if (failed(rule.expectSameElementType("C5", *x, *bias)) ||
        failed(rule.expectSameDim("C5", *weight, 0, *bias, 0)))
      return failure();
  }
  // (C6) No axis is used twice.
  return rule.addResult("C6", result, inferredReturnTypes);
}

//===----------------------------------------------------------------------===//
// RotaryEmbeddingOp
//===----------------------------------------------------------------------===//

LogicalResult RotaryEmbeddingOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
    SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  FailureOr<TypedOperand> x = rule.getReducedFloats("C1", adaptor.getX(), "x");
  // (C1) to (C4).
  if (failed(x) ||
      failed(checkRotation(rule, *x,
                           {adaptor.getRotaryDim(),
                            static_cast<int64_t>(adaptor.getOffset()),
                            adaptor.getTheta().convertToDouble()})))
    return failure();
  // (C5) One position for all, or one each.
  if (failed(rule.expectPosition("C5", adaptor.getPosition(), &*x)))
    return failure();
  return rule.addResult("C1", *x, inferredReturnTypes);
}

//===----------------------------------------------------------------------===//
// Pointwise ops
//===----------------------------------------------------------------------===//

LogicalResult
ActivationOp::inferReturnTypes(MLIRContext *context,
                               std::optional<Location> loc, Adaptor adaptor,
                               SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C1) Reduced floats: the function is not linear.
  FailureOr<TypedOperand> x = rule.getReducedFloats("C1", adaptor.getX(), "x");
  return failed(x) ? failure() : rule.addResult("C1", *x, inferredReturnTypes);
}

LogicalResult
MultiplyOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                             Adaptor adaptor,
                             SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C1) Reduced: a product of sums is not the sum of products.
  FailureOr<TypedOperand> lhs = rule.getOperand("C1", adaptor.getLhs(), "lhs");
  FailureOr<TypedOperand> rhs = rule.getOperand("C1", adaptor.getRhs(), "rhs");
  if (failed(lhs) || failed(rhs) || failed(rule.expectReduced("C1", *lhs)) ||
      failed(rule.expectReduced("C1", *rhs)))
    return failure();
  // (C2) One shape and element type; (C3) sharded alike.
  if (failed(rule.expectSameElementType("C2", *lhs, *rhs)) ||
      failed(rule.expectSameLayout(lhs->shape == rhs->shape ? "C3" : "C2", *lhs,
                                   *rhs)))
    return failure();
  return rule.addResult("C3", *lhs, inferredReturnTypes);
}

LogicalResult
AddOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                        Adaptor adaptor,
                        SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  FailureOr<TypedOperand> lhs = rule.getOperand("C1", adaptor.getLhs(), "lhs");
  FailureOr<TypedOperand> rhs = rule.getOperand("C1", adaptor.getRhs(), "rhs");
  // (C1) One shape and element type.
  if (failed(lhs) || failed(rhs) ||
      failed(rule.expectSameElementType("C1", *lhs, *rhs)))
    return failure();
  bool sameShape = lhs->shape == rhs->shape;
  if (!sameShape && failed(rule.expectSameLayout("C1", *lhs, *rhs)))
    return failure();
  // (C2) The same sums are pending.
  if (lhs->partial != rhs->partial)
    return rule.expectSamePending("C2", *lhs, *rhs);
  // (C3) Sharded alike.
  if (failed(rule.expectSameLayout("C3", *lhs, *rhs)))
    return failure();
  return rule.addResult("C3", *lhs, inferredReturnTypes);
}

LogicalResult
BiasAddOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                            Adaptor adaptor,
                            SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C1) Reduced floats with a dimension: a bias is added once.
  FailureOr<TypedOperand> x = rule.getReducedFloats("C1", adaptor.getX(), "x");
  if (failed(x))
    return failure();
  if (x->getRank() == 0)
    return rule.error(TypingKind::Shape, "C1",
                      "expected 'x' to have at least one dimension");
  // (C2) A bias that fits.
  FailureOr<TypedOperand> bias =
      rule.getOperand("C2", adaptor.getBias(), "bias", 1);
  if (failed(bias) || failed(rule.expectReduced("C2", *bias)) ||
      failed(rule.expectSameElementType("C2", *x, *bias)) ||
      failed(rule.expectSameDim("C2", *x, x->getRank() - 1, *bias, 0)))
    return failure();
  return rule.addResult("C1", *x, inferredReturnTypes);
}

LogicalResult
SplitOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                          Adaptor adaptor,
                          SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C1) Something to cut; a pending sum may stay, the op is linear.
  FailureOr<TypedOperand> x = rule.getOperand("C1", adaptor.getX(), "x");
  if (failed(x))
    return failure();
  if (x->getRank() == 0)
    return rule.error(TypingKind::Shape, "C1",
                      "expected 'x' to have at least one dimension");
  // (C2) All of it.
  unsigned last = x->getRank() - 1;
  if (failed(rule.expectUnsharded("C2", *x, last)))
    return failure();
  // (C3) Parts that add up, without leaving the range of a size.
  int64_t total = 0;
  for (int64_t size : adaptor.getSizes())
    if (size <= 0 || llvm::AddOverflow(total, size, total))
      return rule.error(TypingKind::Shape, "C3",
                        "expected sizes to be positive, but got " +
                            Twine(size));
  if (x->shape[last] != total)
    return rule.error(TypingKind::Shape, "C3",
                      "expected sizes to add up to the last dimension, " +
                          formatSize(x->shape[last]) + ", but got " +
                          Twine(total));
  for (int64_t size : adaptor.getSizes()) {
    ShardedType part = *x;
    part.shape[last] = size;
    if (failed(rule.addResult("C1", part, inferredReturnTypes)))
      return failure();
  }
  return success();
}

LogicalResult
LastTokenOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                              Adaptor adaptor,
                              SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C1) Tokens of sequences; a pending sum may stay, the op is linear.
  FailureOr<TypedOperand> x = rule.getOperand("C1", adaptor.getX(), "x", 3);
  // (C2) One rank has the last one.
  if (failed(x) || failed(rule.expectUnsharded("C2", *x, 1)))
    return failure();
  // (C3) A length for each sequence.
  if (adaptor.getLengths() &&
      failed(rule.expectOneEach("C3", adaptor.getLengths(), "lengths", *x)))
    return failure();
  // No length is zero, as padding is.
  if (adaptor.getLengths() && x->dims[0].getPad() != 0)
    return rule.error(TypingKind::Division, "C3",
                      "expected sequences without padding, which has no "
                      "length, but got " +
                          Twine(x->dims[0].getPad()) + " more");
  ShardedType result = *x;
  result.shape[1] = 1;
  return rule.addResult("C1", result, inferredReturnTypes);
}

LogicalResult
ScaleOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                          Adaptor adaptor,
                          SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C1) Floats; a pending sum may stay, the op is linear.
  FailureOr<TypedOperand> x = rule.getOperand("C1", adaptor.getX(), "x");
  if (failed(x) || failed(rule.expectFloat("C1", *x)))
    return failure();
  return rule.addResult("C1", *x, inferredReturnTypes);
}

OpFoldResult ScaleOp::fold(FoldAdaptor) {
  // By one: nothing happens.
  if (getFactor().isExactlyValue(1.0) && getX().getType() == getType())
    return getX();
  return {};
}

LogicalResult
SoftCapOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                            Adaptor adaptor,
                            SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C1) Reduced floats: the function is not linear.
  FailureOr<TypedOperand> x = rule.getReducedFloats("C1", adaptor.getX(), "x");
  if (failed(x))
    return failure();
  // (C2) A bound.
  if (failed(
          expectNumber(rule, "C2", "cap", adaptor.getCap().convertToDouble())))
    return failure();
  return rule.addResult("C1", *x, inferredReturnTypes);
}

//===----------------------------------------------------------------------===//
// Registration
//===----------------------------------------------------------------------===//

void DagDialect::registerComputeOps() {
  addOperations<
#define GET_OP_LIST
#include "dag/Dialect/Dag/IR/DagComputeOps.cpp.inc"
      >();
}

#define GET_OP_CLASSES
#include "dag/Dialect/Dag/IR/DagComputeOps.cpp.inc"
