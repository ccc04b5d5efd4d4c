//===- Moe.cpp - Experts of a rank -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::localize;

namespace {

struct DispatchModel : Model<DispatchModel, DispatchOp> {
  LogicalResult localize(Operation *op, Localizer &localizer) const {
    auto copy = cast<DispatchOp>(localizer.clone(op));
    copy.setCapacity(Localizer::getType(copy.getResult()).getDimSize(1));
    return success();
  }
};

struct CombineModel : Model<CombineModel, CombineOp> {
  LogicalResult localize(Operation *op, Localizer &localizer) const {
    auto combine = cast<CombineOp>(op);
    DimShardingAttr split = Localizer::getSplit(combine.getY(), 0);
    if (!split.isSharded()) {
      localizer.clone(op);
      return success();
    }
    Value offset = localizer.getOffset(
        op->getLoc(), Localizer::getType(combine.getY()).getDimSize(0), split);
    localizer.define(op->getResult(0),
                     ExpertParallelCombineOp::create(
                         localizer.getBuilder(), op->getLoc(),
                         localizer.get(combine.getY()),
                         localizer.get(combine.getWeights()),
                         localizer.get(combine.getIndices()), offset)
                         .getResult());
    return success();
  }
};

/// The composite types as its parts do where every rank has all tokens.
struct MoeModel : Model<MoeModel, MoeOp> {
  LogicalResult localize(Operation *op, Localizer &localizer) const;
};

} // namespace

LogicalResult MoeModel::localize(Operation *op, Localizer &localizer) const {
  auto moe = cast<MoeOp>(op);
  OpBuilder &builder = localizer.getBuilder();
  Location loc = op->getLoc();
  Value x = localizer.get(moe.getX());
  ShardedType tokens(Localizer::getType(moe.getX()));
  for (unsigned dim = 0; dim < 2; ++dim)
    if (tokens.dims[dim].isRagged())
      return moe.emitError() << "expected tokens to divide over the ranks, but "
                                "dimension "
                             << dim << " is padded or uneven";
  auto router = RouterOp::create(
      builder, loc, x, localizer.get(moe.getWRouter()), /*bias=*/Value(),
      /*correction=*/Value(), moe.getTopKAttr(), moe.getScoringAttr(),
      moe.getNormalizeAttr(), /*scale=*/FloatAttr(), /*groups=*/IntegerAttr(),
      /*top_groups=*/IntegerAttr(), /*group_top=*/IntegerAttr());
  DimShardingAttr split = Localizer::getSplit(moe.getWGate(), 0);
  int64_t experts = Localizer::getType(moe.getWGate()).getDimSize(0);
  Value slots = DispatchOp::create(builder, loc, x, router.getIndices(),
                                   experts - split.getPad(), moe.getCapacity());
  Value offset;
  if (split.isSharded()) {
    offset = localizer.getOffset(loc, experts, split);
    slots = localizer.pad(slots, 0,
                          split.getPad() ? std::optional(split.getPad())
                                         : std::nullopt);
    int64_t local =
        Localizer::getType(localizer.get(moe.getWGate())).getDimSize(0);
    slots = localizer.slice(slots, 0, offset, local);
  }
  Value y = ExpertOp::create(
      builder, loc, moe.getActivation(), slots, localizer.get(moe.getWGate()),
      localizer.get(moe.getWUp()), localizer.get(moe.getWDown()),
      /*biases=*/ValueRange(),
      /*alpha=*/FloatAttr(), /*limit=*/FloatAttr(),
      /*up_offset=*/FloatAttr());
  Value result;
  if (offset)
    result = ExpertParallelCombineOp::create(
        builder, loc, y, router.getWeights(), router.getIndices(), offset);
  else
    result = CombineOp::create(builder, loc, y, router.getWeights(),
                               router.getIndices());
  localizer.define(moe.getResult(), result);
  return success();
}

void localize::attachMoeModels(MLIRContext *context) {
  RouterOp::attachInterface<SameOnShards<RouterOp>>(*context);
  DispatchOp::attachInterface<DispatchModel>(*context);
  ExpertOp::attachInterface<SameOnShards<ExpertOp>>(*context);
  CombineOp::attachInterface<CombineModel>(*context);
  MoeOp::attachInterface<MoeModel>(*context);
}
