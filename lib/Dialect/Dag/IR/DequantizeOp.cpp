//===- DequantizeOp.cpp - Values from what is stored -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionRules.h"
#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Dialect/Dag/IR/Scales.h"
#include "dag/Dialect/Dag/IR/Typing.h"
#include "mlir/IR/Builders.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::dag;

Role DequantizeOp::getDeploymentRole() {
  // More than once is of no use; ops that do not verify may be in a circle.
  constexpr unsigned kMaxSteps = 4;
  Value source = getX();
  for (unsigned step = 0; step < kMaxSteps; ++step)
    if (auto dequantize = source.getDefiningOp<DequantizeOp>())
      source = dequantize.getX();
  return source.getDefiningOp<ParameterOp>() ? Role::Parameter : Role::Multiply;
}

/// Scales have a scale of their own at most.
static bool scalesOthers(Value value, unsigned depth = 0) {
  constexpr unsigned kMaxDepth = 4;
  return depth < kMaxDepth && !value.use_empty() &&
         llvm::all_of(
             value.getUses(),
             [&](OpOperand &use) {
               auto op = dyn_cast<DequantizeOp>(use.getOwner());
               return op && (use.getOperandNumber() != 0 ||
                             scalesOthers(op.getResult(), depth + 1));
             });
}

bool dag::isScaleOrZero(ParameterOp parameter) {
  return scalesOthers(parameter.getResult());
}

/// (C5) Blocks and what shares them lie on the same ranks.
static LogicalResult checkBlockSplit(const TypingRule &rule,
                                     const TypedOperand &x,
                                     const TypedOperand &scale, unsigned dim) {
  DimShardingAttr split = x.dims[dim], scaleSplit = scale.dims[dim];
  if (split.getAxes() == scaleSplit.getAxes() &&
      split.getUneven() == scaleSplit.getUneven())
    return success();
  return rule.error(TypingKind::Sharding, "C5",
                    "expected dimension " + Twine(dim) + " of '" + x.name +
                        "' and '" + scale.name +
                        "' to be sharded alike, but got " +
                        formatAxes(split.getAxes()) + " and " +
                        formatAxes(scaleSplit.getAxes()));
}

/// (C4, C5) Where a size is not known, that of the blocks or of what shares
/// them: one element for all is not sharded, and several blocks are sharded as
/// what they are of. How many there are, and whether a rank has a part of one,
/// the sizes alone can tell.
static LogicalResult checkUnknownBlocks(const TypingRule &rule,
                                        const TypedOperand &x,
                                        const TypedOperand &scale,
                                        unsigned dim) {
  if (scale.shape[dim] == 1 && !scale.dims[dim].isSharded())
    return success();
  return checkBlockSplit(rule, x, scale, dim);
}

/// (C5) Padding is as many whole blocks as what shares them has of it, where no
/// size is known: in place of each stands one that cuts between blocks.
static LogicalResult checkUnknownPadding(const TypingRule &rule,
                                         const TypedOperand &x,
                                         const TypedOperand &scale,
                                         unsigned dim, int64_t block) {
  DimShardingAttr split = x.dims[dim], scaleSplit = scale.dims[dim];
  if (!split.isSharded())
    return success();
  if (split.getUneven() && block != 1)
    return rule.error(TypingKind::Division, "C5",
                      "expected dimension " + Twine(dim) + " of '" + x.name +
                          "' to be cut between blocks of " + Twine(block) +
                          ", but it is uneven");
  int64_t expected = split.getPad() / block;
  if (scaleSplit.getPad() == expected)
    return success();
  return rule.error(
      TypingKind::Division, "C5",
      "expected " + Twine(expected) + " elements of padding in dimension " +
          Twine(dim) + " of '" + scale.name + "', for " +
          Twine(split.getPad()) + " of '" + x.name + "' in blocks of " +
          Twine(block) + ", but got " + Twine(scaleSplit.getPad()));
}

/// The elements of `scale` for `size` elements of `x`, padding included, or
/// nothing if they are too many.
static std::optional<int64_t> countBlocks(int64_t size, DimShardingAttr split,
                                          DimShardingAttr scaleSplit,
                                          int64_t block) {
  int64_t real = size - split.getPad(), count;
  if (llvm::AddOverflow(real / block + (real % block > 0), scaleSplit.getPad(),
                        count))
    return std::nullopt;
  return count;
}

/// (C4), (C5) Elements of `scale`, or of zeros, for the blocks of `x`, in a
/// dimension in which one size at most is not known: it follows from the other.
static LogicalResult checkKnownBlocks(const TypingRule &rule,
                                      const TypedOperand &x,
                                      const TypedOperand &scale, unsigned dim,
                                      int64_t block) {
  int64_t size = x.shape[dim], count = scale.shape[dim];
  DimShardingAttr split = x.dims[dim], scaleSplit = scale.dims[dim];
  if (ShapedType::isDynamic(size)) {
    if (!split.isSharded())
      return checkUnknownBlocks(rule, x, scale, dim);
    if (count == 1 && !scaleSplit.isSharded())
      return success();
    std::optional<int64_t> whole = multiplySizes(count, block);
    size = whole.value_or(count);
  } else if (ShapedType::isDynamic(count)) {
    std::optional<int64_t> blocks = countBlocks(size, split, scaleSplit, block);
    if (!blocks)
      return checkUnknownBlocks(rule, x, scale, dim);
    count = *blocks;
  }
  int64_t real = size - split.getPad();
  if (count == 1 && !scaleSplit.isSharded() && real <= block)
    return success();
  // (C4) An element for each block.
  int64_t expected = real / block + (real % block != 0);
  int64_t got = count - scaleSplit.getPad();
  if (got != expected)
    return rule.error(TypingKind::Shape, "C4",
                      "expected dimension " + Twine(dim) + " of '" +
                          scale.name + "' to have " + Twine(expected) +
                          " elements, one for each block of " + Twine(block) +
                          " of " + Twine(real) + ", but got " + Twine(got));
  // (C5) On the same ranks, whole.
  if (failed(checkBlockSplit(rule, x, scale, dim)))
    return failure();
  std::optional<int64_t> whole = multiplySizes(count, block);
  if (split.isSharded() &&
      (!whole || *whole != size || (split.getUneven() && block != 1)))
    return rule.error(TypingKind::Division, "C5",
                      "expected dimension " + Twine(dim) + " of '" + x.name +
                          "' to be cut between blocks of " + Twine(block) +
                          ", but got " + Twine(size) + " elements in " +
                          Twine(count) + " blocks over " +
                          formatAxes(split.getAxes()));
  return success();
}

/// (C4), (C5) Elements of `scale`, or of zeros, for the blocks of `x`.
static LogicalResult checkBlocks(const TypingRule &rule, const TypedOperand &x,
                                 const TypedOperand &scale,
                                 ArrayRef<int64_t> block) {
  for (unsigned dim = 0, rank = x.getRank(); dim < rank; ++dim) {
    bool isUnknown = ShapedType::isDynamic(x.shape[dim]) &&
                     ShapedType::isDynamic(scale.shape[dim]);
    LogicalResult result =
        isUnknown ? checkUnknownBlocks(rule, x, scale, dim)
                  : checkKnownBlocks(rule, x, scale, dim, block[dim]);
    if (failed(result) || (isUnknown && failed(checkUnknownPadding(
                                            rule, x, scale, dim, block[dim]))))
      return failure();
  }
  return success();
}

/// (C3) Blocks for scales.
static LogicalResult checkBlockSizes(const TypingRule &rule, unsigned rank,
                                     DequantizeOp::Adaptor adaptor) {
  std::optional<ArrayRef<int64_t>> block = adaptor.getBlock();
  if (!adaptor.getScale() != !block)
    return rule.error(TypingKind::Shape, "C3",
                      "expected a 'block' and a 'scale', or neither");
  if (adaptor.getZero() && !adaptor.getScale())
    return rule.error(TypingKind::Shape, "C3",
                      "expected a 'scale' with a 'zero'");
  if (block && (block->size() != rank ||
                llvm::any_of(*block, [](int64_t size) { return size <= 0; })))
    return rule.error(TypingKind::Shape, "C3",
                      "expected 'block' to have a positive size for each of " +
                          Twine(rank) + " dimensions");
  return success();
}

LogicalResult
DequantizeOp::inferReturnTypes(MLIRContext *context,
                               std::optional<Location> loc, Adaptor adaptor,
                               SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C1) Numbers; rounded sums are no sum of rounded ones.
  FailureOr<TypedOperand> x = rule.getOperand("C1", adaptor.getX(), "x");
  if (failed(x) || failed(rule.expectReduced("C1", *x)))
    return failure();
  if (!x->elementType.isIntOrFloat())
    return rule.error(TypingKind::ElementType, "C1",
                      "expected 'x' to be of floats or integers");
  // (C3) Blocks for scales.
  if (failed(checkBlockSizes(rule, x->getRank(), adaptor)))
    return failure();
  // (C2) Scales and zeros.
  if (Value value = adaptor.getScale()) {
    FailureOr<TypedOperand> scale =
        rule.getReducedFloats("C2", value, "scale", x->getRank());
    if (failed(scale) ||
        failed(checkBlocks(rule, *x, *scale, *adaptor.getBlock())))
      return failure();
  }
  if (Value value = adaptor.getZero()) {
    FailureOr<TypedOperand> zero =
        rule.getOperand("C2", value, "zero", x->getRank());
    if (failed(zero) || failed(rule.expectReduced("C2", *zero)) ||
        failed(rule.expectInteger("C2", *zero)) ||
        failed(rule.expectInteger("C2", *x)) ||
        failed(checkBlocks(rule, *x, *zero, *adaptor.getBlock())))
      return failure();
  }
  // (C6) Floats.
  if (!isa<FloatType>(adaptor.getTo()))
    return rule.error(TypingKind::ElementType, "C6",
                      "expected 'to' to be a type of floats");
  ShardedType result = *x;
  result.elementType = adaptor.getTo();
  return rule.addResult("C1", result, inferredReturnTypes);
}

/// Where a size of scales is not known, but that of their weight: they divide
/// by the ranks of their axes as any dimension does.
static LogicalResult verifyBlocksOnMesh(Operation *op, Value scaleValue,
                                        StringRef name, ArrayRef<int64_t> block,
                                        const MeshShape &mesh) {
  std::optional<ShardedType> x = ShardedType::get(op->getOperand(0).getType());
  std::optional<ShardedType> scale = ShardedType::get(scaleValue.getType());
  if (!x || !scale || x->shape.size() != block.size() ||
      scale->shape.size() != block.size())
    return success(); // The op's own rule says so.
  for (unsigned dim = 0, rank = block.size(); dim < rank; ++dim) {
    DimShardingAttr split = scale->dims[dim];
    ArrayRef<StringAttr> axes = split.getAxes();
    if (ShapedType::isDynamic(x->shape[dim]) || block[dim] <= 0 ||
        !ShapedType::isDynamic(scale->shape[dim]) || split.getUneven() ||
        llvm::any_of(axes,
                     [&](StringAttr axis) { return !mesh.getSize(axis); }))
      continue;
    std::optional<int64_t> count =
        countBlocks(x->shape[dim], x->dims[dim], split, block[dim]);
    // That blocks are cut is for the op's own rule, too.
    if (!count || multiplySizes(*count, block[dim]) != x->shape[dim])
      continue;
    int64_t ranks = mesh.getSize(axes);
    if (*count % ranks != 0)
      return emitTypingError(
          op->getLoc(), op->getName().getStringRef(), TypingKind::Division,
          "C5",
          "expected the " + Twine(*count) + " elements of dimension " +
              Twine(dim) + " of '" + name + "' to divide by the " +
              Twine(ranks) + " ranks of " + formatAxes(axes) + ", but " +
              Twine(*count % ranks) + " remain");
  }
  return success();
}

LogicalResult dag::verifyBlocksOnMesh(Operation *op, const MeshShape &mesh) {
  auto dequantize = dyn_cast<DequantizeOp>(op);
  if (!dequantize || !dequantize.getProperties().block ||
      op->getNumOperands() == 0)
    return success();
  ArrayRef<int64_t> block = dequantize.getProperties().block;
  bool isGood = true;
  for (auto [index, value] : llvm::enumerate(op->getOperands().drop_front()))
    isGood &= succeeded(::verifyBlocksOnMesh(
        op, value, index == 0 ? "scale" : "zero", block, mesh));
  return success(isGood);
}
