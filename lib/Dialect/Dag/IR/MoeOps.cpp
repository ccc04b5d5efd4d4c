//===- MoeOps.cpp - Mixture of experts and its parts -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionRules.h"
#include "Composites.h"
#include "Syntax.h"
#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Dialect/Dag/IR/NumberRange.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace mlir::dag;

//===----------------------------------------------------------------------===//
// Parts of rules
//===----------------------------------------------------------------------===//

namespace {
/// What a router gives, and its operands.
struct Routing {
  TypedOperand x, weight;
  ShardedType weights, indices;
};
} // namespace

static FailureOr<Routing> inferRouter(const TypingRule &rule, Value xValue,
                                      Value weightValue, int64_t topK) {
  // (C1) Reduced floats.
  FailureOr<TypedOperand> x = rule.getReducedFloats("C1", xValue, "x", 3);
  if (failed(x))
    return failure();
  FailureOr<TypedOperand> weight =
      rule.getReducedFloats("C1", weightValue, "weight", 2);
  if (failed(weight) ||
      // (C2) A whole sum.
      failed(rule.expectSameDim("C2", *x, 2, *weight, 1)) ||
      failed(rule.expectUnsharded("C2", *x, 2)) ||
      // (C3) All experts.
      failed(rule.expectUnsharded("C3", *weight, 0)))
    return failure();
  // (C4) Some of the experts.
  int64_t experts = weight->shape[0];
  if (topK <= 0 || (!ShapedType::isDynamic(experts) && topK > experts))
    return rule.error(TypingKind::Shape, "C4",
                      "expected 'top_k' to be positive and at most the number "
                      "of experts, but got " +
                          Twine(topK));
  ShardedType weights({}, x->elementType);
  weights.addDim(x->shape[0], x->dims[0]);
  weights.addDim(x->shape[1], x->dims[1]);
  weights.addDim(topK);
  ShardedType indices = weights;
  indices.elementType = IntegerType::get(rule.getContext(), 32);
  return Routing{*x, *weight, weights, indices};
}

namespace {
/// The weights of experts.
struct Experts {
  TypedOperand gate, up, down;
};
} // namespace

static FailureOr<Experts> getExperts(const TypingRule &rule, Value gateValue,
                                     Value upValue, Value downValue) {
  // (C1) Reduced floats of one type.
  auto gate = rule.getReducedFloats("C1", gateValue, "w_gate", 3);
  if (failed(gate))
    return failure();
  auto up = rule.getReducedFloats("C1", upValue, "w_up", 3);
  if (failed(up))
    return failure();
  auto down = rule.getReducedFloats("C1", downValue, "w_down", 3);
  if (failed(down) || failed(rule.expectSameElementType("C1", *gate, *up)) ||
      failed(rule.expectSameElementType("C1", *gate, *down)) ||
      // (C2) The same experts.
      failed(rule.expectSameDim("C2", *gate, 0, *up, 0)) ||
      failed(rule.expectSameDim("C2", *gate, 0, *down, 0)) ||
      // (C3) Whole sums under the activation.
      failed(rule.expectSameDim("C3", *gate, 2, *up, 2)) ||
      failed(rule.expectUnsharded("C3", *gate, 2)) ||
      // (C4) One inner dimension.
      failed(rule.expectSameDim("C4", *gate, 1, *up, 1)) ||
      failed(rule.expectSameDim("C4", *gate, 1, *down, 2)))
    return failure();
  return Experts{*gate, *up, *down};
}

/// The elements of a dimension that are no padding.
static int64_t getUnpaddedSize(const TypedOperand &operand, unsigned dim) {
  int64_t size = operand.shape[dim];
  return ShapedType::isDynamic(size) ? size : size - operand.dims[dim].getPad();
}

/// Dimensions whose shards are concatenated have equal shards.
static LogicalResult expectNotRagged(const TypingRule &rule,
                                     StringRef constraint,
                                     const TypedOperand &operand,
                                     unsigned dim) {
  if (!operand.dims[dim].isRagged())
    return success();
  return rule.error(TypingKind::Division, constraint,
                    "expected dimension " + Twine(dim) + " of '" +
                        operand.name + "' to be neither padded nor uneven");
}

/// (C2) to (C5) of a dispatch.
static FailureOr<ShardedType> inferDispatch(const TypingRule &rule,
                                            const TypedOperand &x,
                                            const TypedOperand &indices,
                                            int64_t experts, int64_t capacity) {
  SmallVector<StringAttr> slots;
  for (unsigned dim : {0, 1}) {
    // (C2) The same tokens; (C3) equal shards of them.
    if (failed(rule.expectSameDim("C2", x, dim, indices, dim)) ||
        failed(expectNotRagged(rule, "C3", x, dim)))
      return failure();
    llvm::append_range(slots, x.dims[dim].getAxes());
  }
  // (C5) All choices of a token.
  if (failed(rule.expectUnsharded("C5", indices, 2)))
    return failure();
  // (C4) Positive figures.
  if (experts <= 0 || capacity <= 0)
    return rule.error(TypingKind::Shape, "C4",
                      "expected experts and capacity to be positive, but got " +
                          Twine(experts) + " and " + Twine(capacity));
  ShardedType result({}, x.elementType);
  result.addDim(experts);
  // The operand's axes are different, so that these are as well.
  result.addDim(capacity, DimShardingAttr::get(rule.getContext(), slots));
  result.addDim(x.shape[2], x.dims[2]);
  return result;
}

/// What experts make of `x`, which fits them.
static ShardedType inferExperts(const TypedOperand &x, const Experts &experts) {
  const TypedOperand &down = experts.down;
  ShardedType result = x;
  result.setDim(2, down.shape[1], down.dims[1]);
  result.addPartial(down.dims[2].getAxes());
  return result;
}

/// (C2) to (C5) of a combination.
static FailureOr<ShardedType> inferCombine(const TypingRule &rule,
                                           const TypedOperand &y,
                                           const TypedOperand &weights,
                                           const TypedOperand &indices) {
  // (C2) The same choices; (C3) all of a token's.
  if (failed(rule.expectSameLayout("C2", weights, indices)) ||
      failed(rule.expectUnsharded("C3", weights, 2)))
    return failure();
  // (C4) A rank has the slots of its tokens.
  SmallVector<StringAttr> slots(weights.dims[0].getAxes());
  llvm::append_range(slots, weights.dims[1].getAxes());
  ArrayRef<StringAttr> capacity = y.dims[1].getAxes();
  if (capacity != ArrayRef<StringAttr>(slots))
    return rule.error(TypingKind::Sharding, "C4",
                      "expected the capacity of 'y' to be sharded as the "
                      "tokens, over " +
                          formatAxes(slots) + ", but got " +
                          formatAxes(capacity));
  // (C5) Equal shards of tokens and slots.
  if (failed(expectNotRagged(rule, "C5", y, 1)) ||
      failed(expectNotRagged(rule, "C5", weights, 0)) ||
      failed(expectNotRagged(rule, "C5", weights, 1)))
    return failure();
  ShardedType result({}, y.elementType);
  result.addDim(weights.shape[0], weights.dims[0]);
  result.addDim(weights.shape[1], weights.dims[1]);
  result.addDim(y.shape[2], y.dims[2]);
  result.partial = y.partial;
  result.addPartial(y.dims[0].getAxes());
  return result;
}

//===----------------------------------------------------------------------===//
// MoeOp
//===----------------------------------------------------------------------===//

namespace {
/// Types the parts of a mixture of experts, whose operands fit, one after the
/// other.
class MoeTyper {
public:
  using Part = TypedOperand;
  using Pair = std::pair<TypedOperand, TypedOperand>;

  MoeTyper(const TypingRule &rule, const Routing &routing,
           const Experts &experts)
      : rule(rule), routing(routing), experts(experts) {}

  bool hasFailed() const { return isFailed; }

  Part take(StringRef, Value, StringRef) { return routing.x; }
  Pair route(StringRef, const Part &, Value, IntegerAttr, ScoringKindAttr,
             UnitAttr) {
    return {asOperand(routing.weights, "weights"),
            asOperand(routing.indices, "indices")};
  }
  Part dispatch(StringRef constraint, const Part &x, const Part &indices, Value,
                IntegerAttr capacity) {
    return keep(inferDispatch(rule.under(constraint), x, indices,
                              getUnpaddedSize(experts.gate, 0),
                              capacity.getInt()),
                "slots");
  }
  /// That the axes are free shows in the result, whose sum is pending over
  /// them.
  Part sliceExperts(StringRef, Part x, Value) {
    if (!isFailed)
      x.setDim(0, experts.gate.shape[0], experts.gate.dims[0]);
    return x;
  }
  Part runExperts(StringRef, const Part &x, Value, Value, Value,
                  ActivationKindAttr) {
    return isFailed ? x : asOperand(inferExperts(x, experts), "y");
  }
  Part combine(StringRef constraint, const Part &y, const Part &weights,
               const Part &indices) {
    return isFailed
               ? y
               : keep(inferCombine(rule.under(constraint), y, weights, indices),
                      "result");
  }

private:
  Part keep(FailureOr<ShardedType> type, StringRef name) {
    isFailed |= failed(type);
    return isFailed ? Part() : asOperand(*type, name);
  }

  TypingRule rule;
  const Routing &routing;
  const Experts &experts;
  bool isFailed = false;
};
} // namespace

/// (C6) No token is dropped that one device would keep: padding takes no slots,
/// and ranks that see some of the tokens have slots for all of them.
static LogicalResult expectNoOtherDrops(const TypingRule &rule,
                                        const TypedOperand &x,
                                        int64_t capacity) {
  if (failed(expectNotRagged(rule, "C6", x, 0)) ||
      failed(expectNotRagged(rule, "C6", x, 1)))
    return failure();
  if (!x.dims[0].isSharded() && !x.dims[1].isSharded())
    return success();
  std::optional<int64_t> tokens = multiplySizes(x.shape[0], x.shape[1]);
  if (tokens && !ShapedType::isDynamic(*tokens) && capacity >= *tokens)
    return success();
  return rule.error(TypingKind::Sharding, "C6",
                    "expected a 'capacity' for all tokens where they are "
                    "sharded, but got " +
                        Twine(capacity) + " for " +
                        (tokens ? formatSize(*tokens) : "more"));
}

LogicalResult
MoeOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                        Adaptor adaptor,
                        SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C1) As the router.
  FailureOr<Routing> routing =
      inferRouter(rule.under("C1"), adaptor.getX(), adaptor.getWRouter(),
                  static_cast<int64_t>(adaptor.getTopK()));
  if (failed(routing))
    return failure();
  // (C2) As the experts.
  FailureOr<Experts> experts = getExperts(rule.under("C2"), adaptor.getWGate(),
                                          adaptor.getWUp(), adaptor.getWDown());
  const TypedOperand &x = routing->x;
  if (failed(experts) ||
      failed(rule.expectSameElementType("C2", x, experts->gate)) ||
      // (C3) Hidden states go in and come out.
      failed(rule.expectSameDim("C3", x, 2, experts->gate, 2)) ||
      failed(rule.expectSameDim("C3", x, 2, experts->down, 1)) ||
      // (C4) As many experts as the router knows; padding is none.
      failed(rule.expectDimSize("C4", routing->weight, 0,
                                getUnpaddedSize(experts->gate, 0))))
    return failure();
  auto capacity = static_cast<int64_t>(adaptor.getCapacity());
  if (capacity <= 0)
    return rule.error(TypingKind::Shape, "C4",
                      "expected 'capacity' to be positive, but got " +
                          Twine(capacity));
  // (C6) The tokens that one device drops.
  if (failed(expectNoOtherDrops(rule, x, capacity)))
    return failure();
  // (C5) No axis is used twice.
  MoeTyper parts(rule, *routing, *experts);
  TypedOperand result = tellMoe(parts, adaptor);
  return parts.hasFailed() ? failure()
                           : rule.addResult("C5", result, inferredReturnTypes);
}

//===----------------------------------------------------------------------===//
// The parts
//===----------------------------------------------------------------------===//

LogicalResult
RouterOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                           Adaptor adaptor,
                           SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C1) to (C4).
  FailureOr<Routing> routing =
      inferRouter(rule, adaptor.getX(), adaptor.getWeight(),
                  static_cast<int64_t>(adaptor.getTopK()));
  if (failed(routing))
    return failure();
  // (C5) An element for each expert.
  int64_t experts = routing->weight.shape[0];
  std::pair<Value, StringRef> vectors[] = {
      {adaptor.getBias(), "bias"}, {adaptor.getCorrection(), "correction"}};
  for (auto [value, name] : vectors) {
    if (!value)
      continue;
    FailureOr<TypedOperand> vector =
        rule.getReducedFloats("C5", value, name, 1);
    if (failed(vector) || failed(rule.expectUnsharded("C5", *vector, 0)) ||
        failed(rule.expectDimSize("C5", *vector, 0, experts)))
      return failure();
  }
  // (C6) Groups of experts.
  std::optional<int64_t> groups = adaptor.getGroups(),
                         topGroups = adaptor.getTopGroups(),
                         groupTop = adaptor.getGroupTop();
  if (groups.has_value() != topGroups.has_value() ||
      groups.has_value() != groupTop.has_value())
    return rule.error(TypingKind::Shape, "C6",
                      "expected 'groups', 'top_groups' and 'group_top' "
                      "together");
  if (groups && !ShapedType::isDynamic(experts)) {
    auto topK = static_cast<int64_t>(adaptor.getTopK());
    if (*groups <= 0 || experts % *groups != 0)
      return rule.error(TypingKind::Shape, "C6",
                        "expected 'groups' to divide " + Twine(experts) +
                            " experts, but got " + Twine(*groups));
    int64_t size = experts / *groups;
    if (*topGroups <= 0 || *topGroups > *groups || *groupTop <= 0 ||
        *groupTop > size || *topGroups * size < topK)
      return rule.error(TypingKind::Shape, "C6",
                        "expected some of " + Twine(*groups) + " groups of " +
                            Twine(size) + " experts, with " + Twine(topK) +
                            " experts in them, but got " + Twine(*topGroups) +
                            " groups, by their best " + Twine(*groupTop));
  }
  if (failed(rule.addResult("C1", routing->weights, inferredReturnTypes)))
    return failure();
  return rule.addResult("C1", routing->indices, inferredReturnTypes);
}

LogicalResult
DispatchOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                             Adaptor adaptor,
                             SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C1) Reduced floats and integers.
  FailureOr<TypedOperand> x =
      rule.getReducedFloats("C1", adaptor.getX(), "x", 3);
  if (failed(x))
    return failure();
  FailureOr<TypedOperand> indices =
      rule.getOperand("C1", adaptor.getIndices(), "indices", 3);
  if (failed(indices) || failed(rule.expectInteger("C1", *indices)) ||
      failed(rule.expectReduced("C1", *indices)))
    return failure();
  // (C2) to (C5).
  FailureOr<ShardedType> result = inferDispatch(
      rule, *x, *indices, static_cast<int64_t>(adaptor.getNumExperts()),
      static_cast<int64_t>(adaptor.getCapacity()));
  return failed(result) ? failure()
                        : rule.addResult("C2", *result, inferredReturnTypes);
}

LogicalResult
ExpertOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                           Adaptor adaptor,
                           SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C1) to (C4).
  FailureOr<TypedOperand> x =
      rule.getReducedFloats("C1", adaptor.getX(), "x", 3);
  if (failed(x))
    return failure();
  FailureOr<Experts> experts = getExperts(rule, adaptor.getWGate(),
                                          adaptor.getWUp(), adaptor.getWDown());
  if (failed(experts) ||
      failed(rule.expectSameElementType("C1", *x, experts->gate)) ||
      failed(rule.expectSameDim("C2", *x, 0, experts->gate, 0)) ||
      failed(rule.expectSameDim("C3", *x, 2, experts->gate, 2)))
    return failure();
  const TypedOperand &down = experts->down;
  ShardedType result = inferExperts(*x, *experts);
  // (C6) Biases fit, and are added once.
  ValueRange biases = adaptor.getBiases();
  if (!biases.empty() && biases.size() != 3)
    return rule.error(TypingKind::Shape, "C6",
                      "expected no biases or three, but got " +
                          Twine(biases.size()));
  static constexpr StringRef kBiases[] = {"b_gate", "b_up", "b_down"};
  const TypedOperand *weights[] = {&experts->gate, &experts->up, &down};
  for (auto [value, name, weight] : llvm::zip(biases, kBiases, weights)) {
    FailureOr<TypedOperand> bias = rule.getOperand("C6", value, name, 2);
    if (failed(bias) || failed(rule.expectReduced("C6", *bias)) ||
        failed(rule.expectSameElementType("C6", *x, *bias)) ||
        failed(rule.expectSameDim("C6", *weight, 0, *bias, 0)) ||
        failed(rule.expectSameDim("C6", *weight, 1, *bias, 1)))
      return failure();
  }
  if (!biases.empty() && down.dims[2].isSharded())
    return rule.error(TypingKind::PendingSum, "C6",
                      "expected no biases on a sum that is pending over " +
                          formatAxes(down.dims[2].getAxes()) +
                          ": every rank would add them");
  // (C7) Figures of the gate.
  if (adaptor.getAlpha() && adaptor.getActivation() != ActivationKind::Silu)
    return rule.error(TypingKind::Shape, "C7",
                      "expected 'alpha' for silu only, but got " +
                          stringifyActivationKind(adaptor.getActivation()));
  if (std::optional<APFloat> limit = adaptor.getLimit())
    if (failed(expectNumber(rule, "C7", "limit", limit->convertToDouble())))
      return failure();
  // (C5) No axis is used twice.
  return rule.addResult("C5", result, inferredReturnTypes);
}

LogicalResult
CombineOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                            Adaptor adaptor,
                            SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C1) Floats of one type, integers; `y` may be pending.
  FailureOr<TypedOperand> y = rule.getOperand("C1", adaptor.getY(), "y", 3);
  if (failed(y) || failed(rule.expectFloat("C1", *y)))
    return failure();
  FailureOr<TypedOperand> weights =
      rule.getReducedFloats("C1", adaptor.getWeights(), "weights", 3);
  if (failed(weights) || failed(rule.expectSameElementType("C1", *y, *weights)))
    return failure();
  FailureOr<TypedOperand> indices =
      rule.getOperand("C1", adaptor.getIndices(), "indices", 3);
  if (failed(indices) || failed(rule.expectInteger("C1", *indices)) ||
      failed(rule.expectReduced("C1", *indices)))
    return failure();
  // (C2) to (C5).
  FailureOr<ShardedType> result = inferCombine(rule, *y, *weights, *indices);
  return failed(result) ? failure()
                        : rule.addResult("C4", *result, inferredReturnTypes);
}

//===----------------------------------------------------------------------===//
// Registration
//===----------------------------------------------------------------------===//

void DagDialect::registerMoeOps() {
  addOperations<
#define GET_OP_LIST
#include "dag/Dialect/Dag/IR/DagMoeOps.cpp.inc"
      >();
}

#define GET_OP_CLASSES
#include "dag/Dialect/Dag/IR/DagMoeOps.cpp.inc"
