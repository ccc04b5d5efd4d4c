//===- CollectiveOps.cpp - Collectives and slices -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Syntax.h"
#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Dialect/Dag/IR/Typing.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace mlir::dag;

//===----------------------------------------------------------------------===//
// Pieces of syntax
//===----------------------------------------------------------------------===//

/// `{tp = 0}`.
static ParseResult parseRootedAxes(OpAsmParser &parser, ArrayAttr &axes,
                                   DenseI64ArrayAttr &root) {
  return parseNumberedAxes(parser, AsmParser::Delimiter::Braces, axes, root);
}

static void printRootedAxes(OpAsmPrinter &printer, Operation *, ArrayAttr axes,
                            DenseI64ArrayAttr root) {
  printer << '{';
  printNumberedAxes(printer, axes, root);
  printer << '}';
}

//===----------------------------------------------------------------------===//
// Parts of rules
//===----------------------------------------------------------------------===//

/// (C1) A non-empty list without repetition.
static FailureOr<SmallVector<StringAttr, 2>> collectAxes(const TypingRule &rule,
                                                         ArrayAttr attr) {
  SmallVector<StringAttr, 2> axes;
  for (Attribute axis : attr) {
    auto name = cast<StringAttr>(axis);
    if (llvm::is_contained(axes, name))
      return rule.error(TypingKind::AxisOrRoot, "C1",
                        "expected different axes, but got '" + name.getValue() +
                            "' twice");
    axes.push_back(name);
  }
  if (axes.empty())
    return rule.error(TypingKind::AxisOrRoot, "C1",
                      "expected at least one axis");
  return axes;
}

/// (C1) Axes with one coordinate each.
static FailureOr<SmallVector<AxisCoordinate, 2>>
collectRoot(const TypingRule &rule, ArrayAttr attr,
            ArrayRef<int64_t> coordinates) {
  auto axes = collectAxes(rule, attr);
  if (failed(axes))
    return failure();
  if (axes->size() != coordinates.size())
    return rule.error(TypingKind::AxisOrRoot, "C1",
                      "expected " + Twine(axes->size()) +
                          " coordinates of the root, but got " +
                          Twine(coordinates.size()));
  SmallVector<AxisCoordinate, 2> root;
  for (auto [axis, coordinate] : llvm::zip_equal(*axes, coordinates)) {
    if (coordinate < 0)
      return rule.error(TypingKind::AxisOrRoot, "C1",
                        "expected the root on '" + axis.getValue() +
                            "' not to be negative, but got " +
                            Twine(coordinate));
    root.push_back({axis, coordinate});
  }
  return root;
}

static SmallVector<StringAttr, 2> axesOf(ArrayRef<AxisCoordinate> root) {
  return llvm::map_to_vector<2>(
      root, [](const AxisCoordinate &place) { return place.axis; });
}

/// (C2) A dimension of the operand.
static LogicalResult expectDim(const TypingRule &rule, const TypedOperand &x,
                               StringRef name, uint64_t dim) {
  if (dim < x.getRank())
    return success();
  return rule.error(TypingKind::AxisOrRoot, "C2",
                    "expected '" + name + "' below the rank " +
                        Twine(x.getRank()) + " of 'x', but got " +
                        Twine(static_cast<int64_t>(dim)));
}

/// The sum over each of `axes` is pending on `x`.
static LogicalResult expectPending(const TypingRule &rule, StringRef constraint,
                                   const TypedOperand &x,
                                   ArrayRef<StringAttr> axes) {
  for (StringAttr axis : axes)
    if (!x.isPartialOver(axis))
      return rule.error(TypingKind::NothingPending, constraint,
                        "expected the sum over '" + axis.getValue() +
                            "' to be pending, but " +
                            (x.hasPartial()
                                 ? "those are over " + formatAxes(x.partial)
                                 : std::string("none is")));
  return success();
}

/// `x` exists only at `root`, which the result forgets.
static LogicalResult removeRoot(const TypingRule &rule, StringRef constraint,
                                const TypedOperand &x,
                                ArrayRef<AxisCoordinate> root,
                                ShardedType &result) {
  for (const AxisCoordinate &place : root) {
    if (llvm::is_contained(x.roots, place)) {
      llvm::erase(result.roots, place);
      continue;
    }
    const auto *other = llvm::find_if(x.roots, [&](const AxisCoordinate &at) {
      return at.axis == place.axis;
    });
    return rule.error(
        TypingKind::AxisOrRoot, constraint,
        "expected 'x' to exist only at '" + place.axis.getValue() +
            "' = " + Twine(place.coordinate) + ", but it exists " +
            (other == x.roots.end()
                 ? std::string("at all of them")
                 : "at " + std::to_string(other->coordinate)));
  }
  return success();
}

/// (C3) `axes` are the minor-most ones of the dimension; (C4) all of them if it
/// is uneven. The result has the dimension without them, and without padding if
/// none are left.
static LogicalResult removeMinorAxes(const TypingRule &rule,
                                     const TypedOperand &x, unsigned dim,
                                     ArrayRef<StringAttr> axes,
                                     ShardedType &result) {
  DimShardingAttr sharding = x.dims[dim];
  ArrayRef<StringAttr> all = sharding.getAxes();
  if (axes.size() > all.size() || all.take_back(axes.size()) != axes)
    return rule.error(TypingKind::AxisOrRoot, "C3",
                      "expected " + formatAxes(axes) +
                          " to be the minor-most axes of dimension " +
                          Twine(dim) + ", but it is sharded over " +
                          formatAxes(all));
  ArrayRef<StringAttr> left = all.drop_back(axes.size());
  if (sharding.getUneven() && !left.empty())
    return rule.error(TypingKind::Division, "C4",
                      "expected all axes of an uneven dimension, " +
                          formatAxes(all) + ", but got " + formatAxes(axes));
  int64_t size = x.shape[dim];
  if (left.empty() && !ShapedType::isDynamic(size))
    size -= sharding.getPad();
  result.setDim(dim, size,
                DimShardingAttr::get(rule.getContext(), left,
                                     left.empty() ? 0 : sharding.getPad(),
                                     /*uneven=*/false));
  return success();
}

/// (C4) The dimension can be split further. The result has `axes` as the
/// minor-most ones of it.
static LogicalResult addMinorAxes(const TypingRule &rule, const TypedOperand &x,
                                  unsigned dim, ArrayRef<StringAttr> axes,
                                  std::optional<int64_t> pad, bool uneven,
                                  ShardedType &result) {
  DimShardingAttr sharding = x.dims[dim];
  if (pad && *pad <= 0)
    return rule.error(TypingKind::Division, "C4",
                      "expected 'pad' to be positive, but got " + Twine(*pad));
  if (pad && uneven)
    return rule.error(TypingKind::Division, "C4",
                      "expected 'pad' or 'uneven', but got both");
  if ((pad || uneven) && sharding.isSharded())
    return rule.error(TypingKind::Division, "C4",
                      "expected 'pad' and 'uneven' only on a dimension that is "
                      "not sharded yet, but it is over " +
                          formatAxes(sharding.getAxes()));
  if (sharding.getUneven())
    return rule.error(TypingKind::Division, "C4",
                      "expected dimension " + Twine(dim) +
                          " not to be uneven before it is split further");
  SmallVector<StringAttr> all(sharding.getAxes());
  llvm::append_range(all, axes);
  for (StringAttr axis : axes)
    if (sharding.contains(axis))
      return rule.error(TypingKind::Sharding, "C4",
                        "expected dimension " + Twine(dim) +
                            " not to be sharded over '" + axis.getValue() +
                            "' yet");
  int64_t size = result.shape[dim];
  if (pad && !ShapedType::isDynamic(size) &&
      (*pad > std::numeric_limits<int64_t>::max() - size || size == 0))
    return rule.error(TypingKind::Division, "C4",
                      "expected a size that can be padded by " + Twine(*pad) +
                          ", but got " + Twine(size));
  if (pad && !ShapedType::isDynamic(size))
    size += *pad;
  result.setDim(dim, size,
                DimShardingAttr::get(rule.getContext(), all,
                                     pad ? *pad : sharding.getPad(), uneven));
  return success();
}

static std::optional<int64_t> getSigned(std::optional<uint64_t> number) {
  if (number)
    return static_cast<int64_t>(*number);
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Typing rules
//===----------------------------------------------------------------------===//

LogicalResult
AllReduceOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                              Adaptor adaptor,
                              SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C1) Axes; (C2) the sums over them are pending.
  auto axes = collectAxes(rule, adaptor.getAxes());
  auto x = rule.getOperandAtRoot("C2", adaptor.getX(), "x");
  if (failed(axes) || failed(x) || failed(expectPending(rule, "C2", *x, *axes)))
    return failure();
  ShardedType result = *x;
  result.removePartial(*axes);
  return rule.addResult("C2", result, inferredReturnTypes);
}

LogicalResult
AllGatherOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                              Adaptor adaptor,
                              SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C1) Axes; (C2) a dimension; (C3), (C4) that they split last.
  auto axes = collectAxes(rule, adaptor.getAxes());
  auto x = rule.getOperandAtRoot("C3", adaptor.getX(), "x");
  if (failed(axes) || failed(x) ||
      failed(expectDim(rule, *x, "dim", adaptor.getDim())))
    return failure();
  ShardedType result = *x;
  if (failed(removeMinorAxes(rule, *x, adaptor.getDim(), *axes, result)))
    return failure();
  return rule.addResult("C3", result, inferredReturnTypes);
}

LogicalResult
ReduceScatterOp::inferReturnTypes(MLIRContext *context,
                                  std::optional<Location> loc, Adaptor adaptor,
                                  SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C1) Axes; (C2) a dimension; (C3) the sums over the axes are pending.
  auto axes = collectAxes(rule, adaptor.getAxes());
  auto x = rule.getOperandAtRoot("C3", adaptor.getX(), "x");
  if (failed(axes) || failed(x) ||
      failed(expectDim(rule, *x, "dim", adaptor.getDim())) ||
      failed(expectPending(rule, "C3", *x, *axes)))
    return failure();
  ShardedType result = *x;
  result.removePartial(*axes);
  // (C4) The dimension can be split.
  if (failed(addMinorAxes(rule, *x, adaptor.getDim(), *axes,
                          getSigned(adaptor.getPad()), adaptor.getUneven(),
                          result)))
    return failure();
  return rule.addResult("C4", result, inferredReturnTypes);
}

LogicalResult
SliceOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                          Adaptor adaptor,
                          SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C1) Axes; (C2) a dimension.
  auto axes = collectAxes(rule, adaptor.getAxes());
  auto x = rule.getOperandAtRoot("C3", adaptor.getX(), "x");
  if (failed(axes) || failed(x) ||
      failed(expectDim(rule, *x, "dim", adaptor.getDim())))
    return failure();
  // (C3) Replicated: a rank has what it keeps.
  for (StringAttr axis : *axes) {
    if (x->isPartialOver(axis))
      return rule.expectReduced("C3", *x);
    bool sharded = llvm::any_of(
        x->dims, [&](DimShardingAttr dim) { return dim.contains(axis); });
    bool rooted = llvm::any_of(x->roots, [&](const AxisCoordinate &place) {
      return place.axis == axis;
    });
    if (sharded || rooted)
      return rule.error(
          sharded ? TypingKind::Sharding : TypingKind::AxisOrRoot, "C3",
          "expected 'x' to be replicated over '" + axis.getValue() +
              "', but it is " + (sharded ? "sharded" : "at a root"));
  }
  // (C4) The dimension can be split.
  ShardedType result = *x;
  if (failed(addMinorAxes(rule, *x, adaptor.getDim(), *axes,
                          getSigned(adaptor.getPad()), adaptor.getUneven(),
                          result)))
    return failure();
  return rule.addResult("C4", result, inferredReturnTypes);
}

LogicalResult
AllToAllOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                             Adaptor adaptor,
                             SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C1) Axes; (C2) two dimensions.
  auto axes = collectAxes(rule, adaptor.getAxes());
  auto x = rule.getOperandAtRoot("C3", adaptor.getX(), "x");
  uint64_t split = adaptor.getSplitDim(), concat = adaptor.getConcatDim();
  if (failed(axes) || failed(x) ||
      failed(expectDim(rule, *x, "split_dim", split)) ||
      failed(expectDim(rule, *x, "concat_dim", concat)))
    return failure();
  if (split == concat)
    return rule.error(TypingKind::AxisOrRoot, "C2",
                      "expected two different dimensions, but got " +
                          Twine(split) + " twice");
  // (C4) Equal shards on both sides.
  for (uint64_t dim : {split, concat})
    if (x->dims[dim].isRagged())
      return rule.error(TypingKind::Division, "C4",
                        "expected dimension " + Twine(dim) +
                            " to be neither padded nor uneven");
  // (C3) Axes that split the other dimension last.
  ShardedType result = *x;
  if (failed(removeMinorAxes(rule, *x, concat, *axes, result)) ||
      failed(addMinorAxes(rule, *x, split, *axes, /*pad=*/std::nullopt,
                          /*uneven=*/false, result)))
    return failure();
  return rule.addResult("C3", result, inferredReturnTypes);
}

LogicalResult
BroadcastOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                              Adaptor adaptor,
                              SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C1) A root; (C2) where the tensor is.
  auto root = collectRoot(rule, adaptor.getAxes(), adaptor.getRoot());
  auto x = rule.getOperandAtRoot("C2", adaptor.getX(), "x");
  if (failed(root) || failed(x))
    return failure();
  ShardedType result = *x;
  if (failed(removeRoot(rule, "C2", *x, *root, result)))
    return failure();
  return rule.addResult("C2", result, inferredReturnTypes);
}

LogicalResult
ScatterOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                            Adaptor adaptor,
                            SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C1) A root; (C2) a dimension; (C3) the tensor is at the root.
  auto root = collectRoot(rule, adaptor.getAxes(), adaptor.getRoot());
  auto x = rule.getOperandAtRoot("C3", adaptor.getX(), "x");
  if (failed(root) || failed(x) ||
      failed(expectDim(rule, *x, "dim", adaptor.getDim())))
    return failure();
  ShardedType result = *x;
  // (C4) The dimension can be split.
  if (failed(removeRoot(rule, "C3", *x, *root, result)) ||
      failed(addMinorAxes(rule, *x, adaptor.getDim(), axesOf(*root),
                          getSigned(adaptor.getPad()), adaptor.getUneven(),
                          result)))
    return failure();
  return rule.addResult("C4", result, inferredReturnTypes);
}

LogicalResult
GatherOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                           Adaptor adaptor,
                           SmallVectorImpl<Type> &inferredReturnTypes) {
  TypingRule rule(context, loc, getOperationName());
  // (C1) A root; (C2) a dimension; (C3), (C4) that the axes split last.
  auto root = collectRoot(rule, adaptor.getAxes(), adaptor.getRoot());
  auto x = rule.getOperandAtRoot("C3", adaptor.getX(), "x");
  if (failed(root) || failed(x) ||
      failed(expectDim(rule, *x, "dim", adaptor.getDim())))
    return failure();
  ShardedType result = *x;
  if (failed(
          removeMinorAxes(rule, *x, adaptor.getDim(), axesOf(*root), result)))
    return failure();
  llvm::append_range(result.roots, *root);
  return rule.addResult("C3", result, inferredReturnTypes);
}

//===----------------------------------------------------------------------===//
// Folds and patterns
//===----------------------------------------------------------------------===//

OpFoldResult AllGatherOp::fold(FoldAdaptor) {
  // all_gather(slice(x)) -> x: saves (n - 1) / n of the bytes of x per rank,
  // in n - 1 steps of a ring.
  auto slice = getX().getDefiningOp<SliceOp>();
  if (slice && slice.getDim() == getDim() && slice.getAxes() == getAxes() &&
      slice.getX().getType() == getType())
    return slice.getX();
  return {};
}

OpFoldResult SliceOp::fold(FoldAdaptor) {
  // slice(all_gather(x)) -> x. The gather goes with its last use, and with it
  // (n - 1) / n of its bytes per rank.
  auto gather = getX().getDefiningOp<AllGatherOp>();
  if (gather && gather.getDim() == getDim() && gather.getAxes() == getAxes() &&
      gather.getX().getType() == getType())
    return gather.getX();
  return {};
}

namespace {
/// slice(all_reduce(x)) -> reduce_scatter(x). With b bytes of x on each of n
/// ranks of a ring: before 2 (n - 1) / n * b bytes in 2 (n - 1) steps, after
/// (n - 1) / n * b bytes in n - 1 steps. Another use of the sum would make it
/// three steps for two, so there must be none.
struct SliceOfAllReduce : OpRewritePattern<SliceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(SliceOp op,
                                PatternRewriter &rewriter) const override {
    auto reduce = op.getX().getDefiningOp<AllReduceOp>();
    if (!reduce)
      return rewriter.notifyMatchFailure(op, "not a slice of an all-reduce");
    if (!reduce->hasOneUse())
      return rewriter.notifyMatchFailure(op, "the sum has another use");
    if (reduce.getAxes().size() != op.getAxes().size() ||
        !llvm::all_of(reduce.getAxes(), [&](Attribute axis) {
          return llvm::is_contained(op.getAxes(), axis);
        }))
      return rewriter.notifyMatchFailure(op, "other axes are reduced");
    rewriter.replaceOpWithNewOp<ReduceScatterOp>(
        op, op.getType(), reduce.getX(), op.getDimAttr(), op.getAxesAttr(),
        op.getPadAttr(), op.getUnevenAttr());
    return success();
  }
};
} // namespace

void SliceOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                          MLIRContext *context) {
  patterns.add<SliceOfAllReduce>(context);
}

//===----------------------------------------------------------------------===//
// Registration
//===----------------------------------------------------------------------===//

void DagDialect::registerCollectiveOps() {
  addOperations<
#define GET_OP_LIST
#include "dag/Dialect/Dag/IR/DagCollectiveOps.cpp.inc"
      >();
}

#define GET_OP_CLASSES
#include "dag/Dialect/Dag/IR/DagCollectiveOps.cpp.inc"
