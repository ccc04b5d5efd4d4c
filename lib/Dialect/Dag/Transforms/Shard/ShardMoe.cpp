//===- ShardMoe.cpp - Experts, sharded -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ShardBuilder.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::shard;

LogicalResult ShardBuilder::shardRouter(RouterOp op) {
  SmallVector<Value, 4> operands = {getTokens(op.getX())};
  for (Value parameter : op->getOperands().drop_front())
    operands.push_back(getReplicated(parameter));
  return rebuildAndDefine(op, operands);
}

LogicalResult ShardBuilder::shardDispatch(DispatchOp op) {
  Value x = getTokens(op.getX());
  SmallVector<DimShardingAttr, 4> dims = getType(x).dims;
  dims[2] = unsplit();
  return rebuildAndDefine(op, {x, reshard(getReduced(op.getIndices()), dims)});
}

LogicalResult ShardBuilder::shardExpert(ExpertOp op) {
  ArrayRef<StringAttr> expertAxes = layout.getExpertAxes();
  ArrayRef<StringAttr> tensorAxes = layout.getTensorAxes();
  // A bias on a pending sum would be added by every rank: experts with biases
  // are split as a whole.
  bool isBiased = !op.getBiases().empty();
  Value x = getReduced(op.getX());
  ShardedType type = getType(x);
  DimShardingAttr capacity = type.dims[1];
  bool exchange = !expertAxes.empty() && capacity.getAxes() == expertAxes &&
                  !capacity.isRagged();
  x = reshard(x, {unsplit(), exchange ? capacity : unsplit(), unsplit()});

  // Slices come first: they leave less to exchange.
  SmallVector<StringAttr, 3> slices;
  if (!exchange)
    llvm::append_range(slices, expertAxes);
  if (isBiased)
    llvm::append_range(slices, tensorAxes);
  x = makeSlice(x, 0, slices);
  if (exchange)
    x = makeAllToAll(x, /*splitDim=*/0, /*concatDim=*/1, expertAxes);

  DimShardingAttr experts = getType(x).dims[0];
  DimShardingAttr inner = unsplit();
  if (!isBiased)
    inner = split(op.getWGate().getType().getShape()[1], tensorAxes);
  SmallVector<Value, 7> operands = {
      x, getParameter(op.getWGate(), {experts, inner, unsplit()}),
      getParameter(op.getWUp(), {experts, inner, unsplit()}),
      getParameter(op.getWDown(), {experts, unsplit(), inner})};
  for (Value bias : op.getBiases())
    operands.push_back(getParameter(bias, {experts, unsplit()}));
  Operation *result = rebuild(op, operands);
  if (!result)
    return failure();
  Value y = result->getResult(0);
  if (exchange)
    y = makeAllToAll(y, /*splitDim=*/1, /*concatDim=*/0, expertAxes);
  define(op.getResult(), y);
  return success();
}

LogicalResult ShardBuilder::shardCombine(CombineOp op) {
  Value weights = getReduced(op.getWeights());
  ShardedType type = getType(weights);
  Value indices = reshard(getReduced(op.getIndices()), type.dims);
  // A rank needs the slots of its tokens.
  SmallVector<StringAttr, 2> slots(type.dims[0].getAxes());
  llvm::append_range(slots, type.dims[1].getAxes());
  Form form = getForm(op.getY());
  Value y = form.biases.empty() ? form.value : getReduced(op.getY());
  DimShardingAttr experts = getType(y).dims[0];
  if (llvm::any_of(slots,
                   [&](StringAttr axis) { return experts.contains(axis); }))
    experts = unsplit();
  y = reshard(
      y, {experts, DimShardingAttr::get(op.getContext(), slots), unsplit()});
  return rebuildAndDefine(op, {y, weights, indices});
}

LogicalResult ShardBuilder::shardMoe(MoeOp op) {
  ArrayRef<int64_t> shape = op.getWGate().getType().getShape();
  DimShardingAttr experts = split(shape[0], layout.getExpertAxes());
  DimShardingAttr inner = split(shape[1], layout.getTensorAxes());
  return rebuildAndDefine(
      op, {getWhole(op.getX()), getReplicated(op.getWRouter()),
           getParameter(op.getWGate(), {experts, inner, unsplit()}),
           getParameter(op.getWUp(), {experts, inner, unsplit()}),
           getParameter(op.getWDown(), {experts, unsplit(), inner})});
}
