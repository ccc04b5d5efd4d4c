//===- AttentionRules.cpp - Rules of the parts of attention -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionRules.h"
#include "Syntax.h"
#include "dag/Dialect/Dag/IR/NumberRange.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::dag;

/// Names an intermediate of a composite.
TypedOperand dag::asOperand(const ShardedType &type, StringRef name) {
  return TypedOperand{type, name, Value()};
}

//===----------------------------------------------------------------------===//
// Parts of rules
//===----------------------------------------------------------------------===//

/// The dimension of heads that the features of `weight` are seen as.
FailureOr<std::pair<int64_t, DimShardingAttr>>
dag::inferHeads(const TypingRule &rule, StringRef constraint,
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

FailureOr<Qkv> dag::inferQkv(const TypingRule &rule, Value xValue,
                             ArrayRef<Value> weightValues, ValueRange biases,
                             HeadSizes figures) {
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

FailureOr<std::pair<TypedOperand, TypedOperand>>
dag::getPair(const TypingRule &rule, Value first, StringRef firstName,
             Value second, StringRef secondName, int64_t rank) {
  FailureOr<TypedOperand> a =
      rule.getReducedFloats("C1", first, firstName, rank);
  FailureOr<TypedOperand> b =
      failed(a) ? a : rule.getReducedFloats("C1", second, secondName, rank);
  if (failed(b) || failed(rule.expectSameElementType("C1", *a, *b)))
    return failure();
  return std::make_pair(*a, *b);
}

LogicalResult dag::checkQkNorm(const TypingRule &rule, const TypedOperand &x,
                               Value weightValue, double epsilon) {
  // (C1) Whole heads.
  if (failed(rule.expectReduced("C1", x)) ||
      failed(rule.expectUnsharded("C1", x, 3)))
    return failure();
  // (C2) A weight for a head, or for all of them.
  FailureOr<TypedOperand> weight =
      rule.getOperand("C2", weightValue, "weight", 1);
  if (failed(weight) || failed(rule.expectReduced("C2", *weight)) ||
      failed(rule.expectUnsharded("C2", *weight, 0)) ||
      failed(rule.expectSameElementType("C2", x, *weight)))
    return failure();
  int64_t heads = x.shape[2];
  if (!ShapedType::isDynamic(heads))
    heads -= x.dims[2].getPad();
  std::optional<int64_t> features = multiplySizes(heads, x.shape[3]);
  if (weight->shape[0] != x.shape[3]) {
    if (!features || weight->shape[0] != *features)
      return rule.error(
          TypingKind::Heads, "C2",
          "expected 'weight' to have as many elements as a head "
          "or as all heads of '" +
              x.name + "', but got " + formatSize(weight->shape[0]) + " for " +
              formatSize(heads) + " heads of " + formatSize(x.shape[3]));
    // (C3) A mean over all heads.
    if (failed(rule.expectUnsharded("C3", x, 2)))
      return failure();
  }
  // (C4) A root of a number that is not negative.
  if (failed(expectNumber(rule, "C4", "epsilon", epsilon)))
    return failure();
  // A head of padding is zero, and what it is normalized to is multiplied with
  // the padding of the projection behind.
  if (epsilon == 0 && x.dims[2].getPad() != 0)
    return rule.error(TypingKind::Division, "C4",
                      "expected 'epsilon' to be positive where heads are "
                      "padded: those of padding are divided by its root");
  return success();
}

LogicalResult dag::checkRotation(const TypingRule &rule, const TypedOperand &x,
                                 const Rotation &rotation) {
  // (C1) Heads, or what they share.
  if (x.getRank() != 3 && x.getRank() != 4)
    return rule.error(TypingKind::Shape, "C1",
                      "expected '" + x.name +
                          "' to be of rank 3 or 4, but got " +
                          Twine(x.getRank()));
  if (failed(rule.expectReduced("C1", x)))
    return failure();
  // (C2) Pairs stay together.
  unsigned last = x.getRank() - 1;
  if (failed(rule.expectUnsharded("C2", x, last)))
    return failure();
  // (C3) Whole pairs.
  int64_t size = x.shape[last], offset = rotation.offset;
  bool dynamic = ShapedType::isDynamic(size);
  if (offset < 0 || (!dynamic && offset >= size))
    return rule.error(TypingKind::Shape, "C3",
                      "expected 'offset' to lie in the last dimension of '" +
                          x.name + "', but got " + Twine(offset));
  int64_t rotated = rotation.rotaryDim.value_or(dynamic ? size : size - offset);
  if (!(dynamic && ShapedType::isDynamic(rotated)) &&
      (rotated <= 0 || rotated % 2 != 0 ||
       (!dynamic && rotated > size - offset)))
    return rule.error(TypingKind::Shape, "C3",
                      "expected an even number of rotated elements, positive "
                      "and at most the head size, but got " +
                          Twine(rotated));
  // (C4) A base of powers.
  return expectNumber(rule, "C4", "theta", rotation.theta);
}

/// (C4) New tokens find room.
static LogicalResult expectRoom(const TypingRule &rule,
                                const TypedOperand &tokens,
                                std::optional<int64_t> room) {
  if (!room || ShapedType::isDynamic(*room) ||
      ShapedType::isDynamic(tokens.shape[1]) || tokens.shape[1] <= *room)
    return success();
  return rule.error(TypingKind::Shape, "C4",
                    "expected at most " + Twine(*room) +
                        " new tokens, but got " + Twine(tokens.shape[1]));
}

/// The tokens that all blocks of a sequence have room for; unknown where a size
/// is, or where they are too many to count.
static std::optional<int64_t> getRoom(const TypedOperand &cache,
                                      const TypedOperand &pages) {
  if (ShapedType::isDynamic(cache.shape[1]) ||
      ShapedType::isDynamic(pages.shape[1]))
    return ShapedType::kDynamic;
  return multiplySizes(cache.shape[1], pages.shape[1]);
}

/// A block table, whose blocks every rank has.
static FailureOr<TypedOperand> getPages(const TypingRule &rule,
                                        StringRef constraint, Value value) {
  FailureOr<TypedOperand> pages =
      rule.getOperand(constraint, value, "pages", 2);
  if (failed(pages) || failed(rule.expectInteger(constraint, *pages)) ||
      failed(rule.expectReduced(constraint, *pages)) ||
      failed(rule.expectUnsharded(constraint, *pages, 1)))
    return failure();
  return pages;
}

/// Pages are split as sequences are, evenly: each has pages of its ranks.
static LogicalResult expectPagesOf(const TypingRule &rule, StringRef constraint,
                                   const TypedOperand &cache,
                                   const TypedOperand &sequences) {
  // Of padding there would be pages that belong to nobody.
  TypedOperand pages = cache;
  pages.setDim(0, sequences.shape[0], cache.dims[0]);
  if (failed(rule.expectSameDim(constraint, pages, 0, sequences, 0)))
    return failure();
  DimShardingAttr split = cache.dims[0];
  if (!split.isRagged())
    return success();
  return rule.error(TypingKind::Division, constraint,
                    "expected pages to be split evenly over " +
                        formatAxes(split.getAxes()));
}

LogicalResult dag::checkCacheUpdate(const TypingRule &rule,
                                    const TypedOperand &cache,
                                    const TypedOperand &tokens, Value pages) {
  // (C2) Equal but for the tokens, and the batch that pages are shared by.
  for (unsigned dim = pages ? 2 : 0, rank = cache.getRank(); dim < rank; ++dim)
    if (dim != 1 && failed(rule.expectSameDim("C2", cache, dim, tokens, dim)))
      return failure();
  // (C3) Tokens are not sharded.
  if (failed(rule.expectUnsharded("C3", cache, 1)) ||
      failed(rule.expectUnsharded("C3", tokens, 1)))
    return failure();
  if (!pages)
    return expectRoom(rule, tokens, cache.shape[1]);
  // (C3) Ranks write the pages of their sequences.
  if (failed(expectPagesOf(rule, "C3", cache, tokens)))
    return failure();
  // (C6) A row for each sequence.
  FailureOr<TypedOperand> table = getPages(rule, "C6", pages);
  if (failed(table) || failed(rule.expectSameDim("C6", *table, 0, tokens, 0)))
    return failure();
  return expectRoom(rule, tokens, getRoom(cache, *table));
}

FailureOr<TypedOperand> dag::inferGather(const TypingRule &rule,
                                         const TypedOperand &cache,
                                         Value pages) {
  // (C2) Whole pages.
  if (failed(rule.expectUnsharded("C2", cache, 1)))
    return failure();
  // (C3) A block table.
  FailureOr<TypedOperand> table = getPages(rule, "C3", pages);
  if (failed(table))
    return failure();
  // (C2) Any page, or those of the rank's sequences.
  if (cache.dims[0].isSharded() &&
      failed(expectPagesOf(rule, "C2", cache, *table)))
    return failure();
  // (C4) A size that can be counted.
  std::optional<int64_t> room = getRoom(cache, *table);
  if (!room)
    return rule.error(TypingKind::Shape, "C4",
                      "expected a number of tokens of 64 bits, but got " +
                          Twine(table->shape[1]) + " pages of " +
                          Twine(cache.shape[1]));
  ShardedType result = cache;
  result.setDim(0, table->shape[0], table->dims[0]);
  result.setDim(1, *room, cache.dims[1]);
  return asOperand(result, "keys");
}

FailureOr<TypedOperand> dag::inferScores(const TypingRule &rule,
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

LogicalResult dag::checkWeights(const TypingRule &rule,
                                const TypedOperand &scores, MaskKind mask,
                                std::optional<uint64_t> window,
                                Value sinksValue,
                                std::optional<APFloat> alibi) {
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
  // (C5) A sink for each head.
  if (sinksValue) {
    FailureOr<TypedOperand> sinks =
        rule.getOperand("C5", sinksValue, "sinks", 1);
    if (failed(sinks) || failed(rule.expectReduced("C5", *sinks)) ||
        failed(rule.expectSameElementType("C5", scores, *sinks)) ||
        failed(rule.expectSameDim("C5", scores, 1, *sinks, 0)))
      return failure();
  }
  // (C6) Slopes that fall.
  return alibi ? expectNumber(rule, "C6", "alibi", alibi->convertToDouble())
               : success();
}

FailureOr<TypedOperand> dag::inferOutput(const TypingRule &rule,
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

FailureOr<ShardedType> dag::inferProjection(const TypingRule &rule,
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
            formatSize(weight->shape[1]) + " for " + formatSize(x.shape[2]) +
            " times " + formatSize(x.shape[3]));
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

/// What makes heads: a weight, the heads that the op states, and their size.
static LogicalResult verifyHeadsOnMesh(Operation *op, Value weightValue,
                                       StringRef name, IntegerAttr heads,
                                       int64_t size, const MeshShape &mesh) {
  TypingRule rule(op->getContext(), /*loc=*/std::nullopt,
                  op->getName().getStringRef());
  FailureOr<TypedOperand> weight = rule.getOperand("C6", weightValue, name, 2);
  if (failed(weight) || !heads || heads.getInt() <= 0 || size <= 0)
    return success(); // The op's own rule says so.
  auto dim = inferHeads(rule, "C6", *weight, heads.getInt(), size);
  ArrayRef<StringAttr> axes = weight->dims[0].getAxes();
  if (failed(dim) ||
      llvm::any_of(axes, [&](StringAttr axis) { return !mesh.getSize(axis); }))
    return success();
  int64_t ranks = mesh.getSize(axes);
  if (dim->first % ranks == 0)
    return success();
  return emitTypingError(
      op->getLoc(), op->getName().getStringRef(), TypingKind::Division, "C6",
      "expected the " + Twine(dim->first) + " heads of '" + name +
          "' to divide by the " + Twine(ranks) + " ranks of " +
          formatAxes(axes) + ", but " + Twine(dim->first % ranks) + " remain");
}

LogicalResult dag::verifyHeadsOnMesh(Operation *op, const MeshShape &mesh) {
  // An op that does not verify may come by: `x`, `wq` and `wk` lead.
  if (op->getNumOperands() < 3)
    return success();
  if (auto attention = dyn_cast<AttentionOp>(op)) {
    AttentionOp::Properties &properties = attention.getProperties();
    if (!properties.head_dim)
      return success();
    int64_t size = properties.head_dim.getInt();
    return success(
        succeeded(::verifyHeadsOnMesh(op, op->getOperand(1), "wq",
                                      properties.num_heads, size, mesh)) &&
        succeeded(::verifyHeadsOnMesh(op, op->getOperand(2), "wk",
                                      properties.num_kv_heads, size, mesh)));
  }
  if (auto attention = dyn_cast<LatentAttentionOp>(op)) {
    LatentAttentionOp::Properties &properties = attention.getProperties();
    int64_t size;
    if (!properties.nope_dim || !properties.rope_dim ||
        llvm::AddOverflow(properties.nope_dim.getInt(),
                          properties.rope_dim.getInt(), size))
      return success();
    return ::verifyHeadsOnMesh(op, op->getOperand(1), "w_q",
                               properties.num_heads, size, mesh);
  }
  return success();
}
