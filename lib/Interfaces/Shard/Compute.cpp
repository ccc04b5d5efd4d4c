//===- Compute.cpp - Linear layers, norms, sums, sharded -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::shard;

//===----------------------------------------------------------------------===//
// Embedding and norms
//===----------------------------------------------------------------------===//

namespace {

/// Vocabulary-parallel.
struct EmbeddingModel : Model<EmbeddingModel, EmbeddingOp> {
  LogicalResult shard(Operation *op, ShardBuilder &builder) const {
    auto embedding = cast<EmbeddingOp>(op);
    int64_t rows = embedding.getTable().getType().getShape()[0];
    Value table = builder.getParameter(
        embedding.getTable(),
        {builder.split(rows, builder.getStrategy().getTensorAxes()),
         builder.unsplit()});
    return builder.rebuildAndDefine(
        op, {builder.getReduced(embedding.getIds()), table});
  }
};

struct PositionEmbeddingModel
    : Model<PositionEmbeddingModel, PositionEmbeddingOp> {
  LogicalResult shard(Operation *op, ShardBuilder &builder) const {
    auto embedding = cast<PositionEmbeddingOp>(op);
    Value ids = builder.getReduced(embedding.getIds());
    SmallVector<Value, 3> operands = {
        ids, builder.getReplicated(embedding.getTable())};
    if (embedding.getPosition())
      operands.push_back(getOneEach(builder, embedding.getPosition(), ids));
    return builder.rebuildAndDefine(op, operands);
  }
};

struct RotaryEmbeddingModel : Model<RotaryEmbeddingModel, RotaryEmbeddingOp> {
  LogicalResult shard(Operation *op, ShardBuilder &builder) const {
    auto rotary = cast<RotaryEmbeddingOp>(op);
    Value x = rotary.getX();
    // What all heads share may be split over the sequence; heads are not.
    bool isShared = rotary.getX().getType().getRank() == 3;
    SmallVector<Value, 2> operands = {isShared ? builder.getWhole(x)
                                               : builder.getReduced(x)};
    if (rotary.getPosition())
      operands.push_back(
          getOneEach(builder, rotary.getPosition(), operands.front()));
    return builder.rebuildAndDefine(op, operands);
  }
};

struct LastTokenModel : Model<LastTokenModel, LastTokenOp> {
  LogicalResult shard(Operation *op, ShardBuilder &builder) const {
    auto last = cast<LastTokenOp>(op);
    SmallVector<Value, 2> operands = {builder.getWhole(last.getX())};
    if (last.getLengths())
      operands.push_back(
          getOneEach(builder, last.getLengths(), operands.front()));
    return builder.rebuildAndDefine(op, operands);
  }
  std::optional<int64_t> getFeaturesGatheredBehind(Operation *,
                                                   OpOperand &) const {
    return std::nullopt;
  }
};

/// The mean is over a whole dimension, of any share of the tokens. Two norms of
/// one value whose results are needed whole gather that once.
template <typename OpT>
struct NormModel : Model<NormModel<OpT>, OpT> {
  LogicalResult shard(Operation *op, ShardBuilder &builder) const {
    Value old = op->getOperand(0);
    Value x = builder.getReduced(old);
    if (ShardBuilder::getType(x).dims.back().isSharded() ||
        (builder.getStrategy().splitsHiddenStates() &&
         builder.getTokenNeeds().isGatheredForMany(old)))
      x = builder.getWhole(old);
    SmallVector<Value, 3> operands = {x};
    for (Value vector : op->getOperands().drop_front())
      operands.push_back(builder.getReplicated(vector));
    return builder.rebuildAndDefine(op, operands);
  }
  bool mayGatherInFront(Operation *, OpOperand &operand) const {
    return operand.getOperandNumber() == 0;
  }
};

} // namespace

//===----------------------------------------------------------------------===//
// Linear layers
//===----------------------------------------------------------------------===//

static bool isColumnParallel(LinearOp op) {
  Role role = op.getDeploymentRole();
  return role == Role::FfnGate || role == Role::FfnUp || role == Role::Head;
}

/// What a linear layer that does not split its features works on.
static Value getLinearInput(LinearOp op, ShardBuilder &builder) {
  Value x = op.getX();
  TokenNeeds &needs = builder.getTokenNeeds();
  if (builder.getStrategy().getExpertTokens() == ExpertTokens::Sequence &&
      needs.feedsExperts(x))
    return builder.getTokens(x);
  if (isColumnParallel(op) || needs.isNeededWhole(x))
    return builder.getWhole(x);
  return builder.getReduced(x);
}

namespace {

struct LinearModel : Model<LinearModel, LinearOp> {
  LogicalResult shard(Operation *op, ShardBuilder &builder) const {
    auto linear = cast<LinearOp>(op);
    Value x = builder.getReduced(linear.getX());
    DimShardingAttr features = ShardBuilder::getType(x).dims.back();
    DimShardingAttr rows = builder.unsplit(), columns = builder.unsplit();
    if (isColumnParallel(linear)) {
      x = getLinearInput(linear, builder);
      rows = builder.split(linear.getWeight().getType().getShape()[0],
                           builder.getStrategy().getTensorAxes());
    } else if (features.isSharded()) {
      columns = features; // row-parallel, padding included
    } else {
      x = getLinearInput(linear, builder);
    }
    Value weight = builder.getParameter(linear.getWeight(), {rows, columns});
    return builder.rebuildWithBias(op, x, weight, linear.getBias(),
                                   linear.getDeploymentRole());
  }
  std::optional<int64_t> getFeaturesGatheredBehind(Operation *op,
                                                   OpOperand &) const {
    // A replicated layer works on any tokens.
    auto linear = cast<LinearOp>(op);
    if (isColumnParallel(linear))
      return std::nullopt;
    return linear.getWeight().getType().getShape()[0];
  }
};

} // namespace

//===----------------------------------------------------------------------===//
// Weights in another type
//===----------------------------------------------------------------------===//

/// How `scale`, or zeros, lie where the values are of `type`. Emits an error
/// where ranks would cut a block.
static FailureOr<SmallVector<DimShardingAttr, 4>>
splitScales(DequantizeOp op, ShardBuilder &builder, const ShardedType &type,
            Value scale) {
  ArrayRef<int64_t> sizes = op.getX().getType().getShape();
  ArrayRef<int64_t> counts = cast<RankedTensorType>(scale.getType()).getShape();
  SmallVector<DimShardingAttr, 4> dims;
  for (auto [index, dim] : llvm::enumerate(type.dims)) {
    int64_t block = (*op.getBlock())[index], count = counts[index];
    if (!dim.isSharded() || (count == 1 && sizes[index] <= block)) {
      dims.push_back(builder.unsplit());
      continue;
    }
    int64_t ranks = builder.getStrategy().getRanks(dim.getAxes());
    int64_t share = type.shape[index] / ranks;
    if (share % block != 0)
      return op.emitError("expected ranks to have whole blocks of ")
             << block << " weights with one scale, but " << sizes[index]
             << " over " << ranks << " ranks are " << share << " for each";
    dims.push_back(DimShardingAttr::get(op.getContext(), dim.getAxes(),
                                        share / block * ranks - count,
                                        dim.getUneven()));
  }
  return dims;
}

namespace {

/// Weights lie as their users ask, and their scales with them.
struct DequantizeModel : Model<DequantizeModel, DequantizeOp> {
  LogicalResult shard(Operation *op, ShardBuilder &builder) const {
    if (isMadeWhereUsed(op))
      return success();
    return builder.rebuildAndDefine(
        op, llvm::map_to_vector(op->getOperands(), [&](Value operand) {
          return builder.getReduced(operand);
        }));
  }
  bool isMadeWhereUsed(Operation *op) const {
    auto source = dyn_cast_if_present<ShardOpInterface>(
        cast<DequantizeOp>(op).getX().getDefiningOp());
    return source && source.isMadeWhereUsed();
  }
  Value makeAs(Operation *op, ShardBuilder &builder,
               RankedTensorType type) const {
    auto dequantize = cast<DequantizeOp>(op);
    ShardedType sharded(type);
    SmallVector<Value, 3> operands = {
        builder.getParameter(dequantize.getX(), sharded.dims)};
    for (Value scale : op->getOperands().drop_front()) {
      FailureOr<SmallVector<DimShardingAttr, 4>> dims =
          splitScales(dequantize, builder, sharded, scale);
      if (failed(dims))
        builder.refuse();
      operands.push_back(succeeded(dims) ? builder.getParameter(scale, *dims)
                                         : builder.getReplicated(scale));
    }
    return builder.rebuild(op, operands, type)->getResult(0);
  }
};

} // namespace

//===----------------------------------------------------------------------===//
// Sums and products
//===----------------------------------------------------------------------===//

/// True if `to` differs from `from` in split features only, so that a rank has
/// what it keeps.
static bool isSliceOfFeatures(ArrayRef<DimShardingAttr> from,
                              ArrayRef<DimShardingAttr> to) {
  return !from.empty() && from.drop_back() == to.drop_back() &&
         !from.back().isSharded();
}

/// Brings two reduced values into one layout, and makes `op` of them.
static LogicalResult shardHarmonized(Operation *op, ShardBuilder &builder) {
  Value oldLhs = op->getOperand(0), oldRhs = op->getOperand(1);
  Value lhs = builder.getReduced(oldLhs), rhs = builder.getReduced(oldRhs);
  SmallVector<DimShardingAttr, 4> lhsDims = ShardBuilder::getType(lhs).dims;
  SmallVector<DimShardingAttr, 4> rhsDims = ShardBuilder::getType(rhs).dims;
  if (lhsDims != rhsDims) {
    if (isSliceOfFeatures(lhsDims, rhsDims))
      lhs = builder.reshard(lhs, rhsDims);
    else if (isSliceOfFeatures(rhsDims, lhsDims))
      rhs = builder.reshard(rhs, lhsDims);
    else if (lhsDims == builder.getHiddenDims(lhs))
      rhs = builder.getHidden(oldRhs);
    else if (rhsDims == builder.getHiddenDims(rhs))
      lhs = builder.getHidden(oldLhs);
    // Whatever is left.
    lhsDims = ShardBuilder::getType(lhs).dims;
    if (lhsDims != ShardBuilder::getType(rhs).dims)
      rhs = builder.reshard(rhs, lhsDims);
  }
  return builder.rebuildAndDefine(op, {lhs, rhs});
}

namespace {

struct MultiplyModel : Model<MultiplyModel, MultiplyOp> {
  LogicalResult shard(Operation *op, ShardBuilder &builder) const {
    return shardHarmonized(op, builder);
  }
};

struct AddModel : Model<AddModel, AddOp> {
  LogicalResult shard(Operation *op, ShardBuilder &builder) const {
    auto add = cast<AddOp>(op);
    Form lhs = builder.getForm(add.getLhs());
    Form rhs = builder.getForm(add.getRhs());
    ShardedType lhsType = ShardBuilder::getType(lhs.value);
    ShardedType rhsType = ShardBuilder::getType(rhs.value);
    SmallVector<StringAttr, 2> left, right;
    bool meet = false;
    for (StringAttr axis : lhsType.partial)
      if (rhsType.isPartialOver(axis))
        meet = true;
      else
        left.push_back(axis);
    for (StringAttr axis : rhsType.partial)
      if (!lhsType.isPartialOver(axis))
        right.push_back(axis);
    if (!meet || lhsType.dims != rhsType.dims)
      return shardHarmonized(op, builder);
    // One reduction for both.
    Operation *result =
        builder.rebuild(op, {builder.makeAllReduce(lhs.value, left),
                             builder.makeAllReduce(rhs.value, right)});
    if (!result)
      return failure();
    SmallVector<DeferredBias, 2> biases(lhs.biases.begin(), lhs.biases.end());
    llvm::append_range(biases, rhs.biases);
    builder.define(add.getResult(), result->getResult(0), biases);
    return success();
  }
};

struct BiasAddModel : Model<BiasAddModel, BiasAddOp> {
  LogicalResult shard(Operation *op, ShardBuilder &builder) const {
    auto add = cast<BiasAddOp>(op);
    Form form = builder.getForm(add.getX());
    ShardedType type = ShardBuilder::getType(form.value);
    if (!type.hasPartial())
      return builder.rebuildAndDefine(
          op,
          {form.value, builder.getParameter(add.getBias(), type.dims.back())});
    SmallVector<DeferredBias, 2> biases(form.biases.begin(), form.biases.end());
    biases.push_back({builder.getReplicated(add.getBias()), add.getRoleAttr()});
    builder.define(add.getResult(), form.value, biases);
    return success();
  }
};

} // namespace

void shard::attachComputeModels(MLIRContext *context) {
  EmbeddingOp::attachInterface<EmbeddingModel>(*context);
  PositionEmbeddingOp::attachInterface<PositionEmbeddingModel>(*context);
  RotaryEmbeddingOp::attachInterface<RotaryEmbeddingModel>(*context);
  RmsNormOp::attachInterface<NormModel<RmsNormOp>>(*context);
  LayerNormOp::attachInterface<NormModel<LayerNormOp>>(*context);
  LinearOp::attachInterface<LinearModel>(*context);
  ActivationOp::attachInterface<Reduced<ActivationOp>>(*context);
  SoftCapOp::attachInterface<Reduced<SoftCapOp>>(*context);
  ScaleOp::attachInterface<Scaled<ScaleOp>>(*context);
  MultiplyOp::attachInterface<MultiplyModel>(*context);
  AddOp::attachInterface<AddModel>(*context);
  BiasAddOp::attachInterface<BiasAddModel>(*context);
  LastTokenOp::attachInterface<LastTokenModel>(*context);
  DequantizeOp::attachInterface<DequantizeModel>(*context);
  SplitOp::attachInterface<Whole<SplitOp>>(*context);
}
