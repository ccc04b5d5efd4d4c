//===- ShardCompute.cpp - Linear layers, norms, sums, sharded -*- C++ -*-===//
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

//===----------------------------------------------------------------------===//
// Embedding and norms
//===----------------------------------------------------------------------===//

LogicalResult ShardBuilder::shardEmbedding(EmbeddingOp op) {
  // Vocabulary-parallel.
  int64_t rows = op.getTable().getType().getShape()[0];
  Value table = getParameter(op.getTable(),
                             {split(rows, layout.getTensorAxes()), unsplit()});
  return rebuildAndDefine(op, {getReduced(op.getIds()), table});
}

LogicalResult ShardBuilder::shardPositionEmbedding(PositionEmbeddingOp op) {
  SmallVector<Value, 3> operands = {getReduced(op.getIds()),
                                    getReplicated(op.getTable())};
  if (op.getPosition())
    operands.push_back(getReduced(op.getPosition()));
  return rebuildAndDefine(op, operands);
}

bool ShardBuilder::isNormedTwice(Value old) {
  if (!layout.splitsHiddenStates())
    return false;
  auto [it, inserted] = normInputs.try_emplace(old, false);
  if (!inserted)
    return it->second;
  unsigned count = 0;
  for (Operation *user : old.getUsers())
    if (isa<RmsNormOp, LayerNormOp>(user) && user->getOperand(0) == old &&
        isNeededWhole(user->getResult(0)) && ++count == 2)
      break;
  return it->second = count == 2;
}

LogicalResult ShardBuilder::shardNorm(Operation *op) {
  // The mean is over a whole dimension, of any share of the tokens. Two norms
  // of one value whose results are needed whole gather that once.
  Value old = op->getOperand(0);
  Value x = getReduced(old);
  if (getType(x).dims.back().isSharded() || isNormedTwice(old))
    x = getWhole(old);
  SmallVector<Value, 3> operands = {x};
  for (Value vector : op->getOperands().drop_front())
    operands.push_back(getReplicated(vector));
  return rebuildAndDefine(op, operands);
}

//===----------------------------------------------------------------------===//
// Linear layers
//===----------------------------------------------------------------------===//

static bool isColumnParallel(Role role) {
  return role == Role::FfnGate || role == Role::FfnUp || role == Role::Head;
}

bool ShardBuilder::feedsExperts(Value old) {
  auto [it, inserted] = expertInputs.try_emplace(old, false);
  if (inserted)
    it->second = llvm::any_of(old.getUsers(), [](Operation *user) {
      return isa<RouterOp, DispatchOp>(user);
    });
  return it->second;
}

bool ShardBuilder::isNeededWhole(Value old) {
  auto [it, inserted] = wholeInputs.try_emplace(old, false);
  if (!inserted)
    return it->second;
  // What replicated layers make of it: they work on split tokens as well, and
  // their results are gathered with fewer bytes if they are smaller.
  int64_t left = cast<RankedTensorType>(old.getType()).getShape().back();
  for (Operation *user : old.getUsers()) {
    auto linear = dyn_cast<LinearOp>(user);
    if (linear && !isColumnParallel(linear.getDeploymentRole()))
      left -= linear.getWeight().getType().getShape()[0];
    else
      left = linear || isa<QkvProjectionOp, LatentQkvProjectionOp, RouterOp,
                           DispatchOp, MoeOp, SplitOp, OutputOp>(user)
                 ? -1
                 : left;
    if (left < 0)
      break;
  }
  return it->second = left < 0;
}

Value ShardBuilder::getLinearInput(LinearOp op) {
  Value x = op.getX();
  if (layout.getExpertTokens() == ExpertTokens::Sequence && feedsExperts(x))
    return getTokens(x);
  if (isColumnParallel(op.getDeploymentRole()) || isNeededWhole(x))
    return getWhole(x);
  return getReduced(x);
}

LogicalResult ShardBuilder::rebuildWithBias(Operation *op, Value x,
                                            Value weight, Value bias,
                                            Role role) {
  SmallVector<Value, 3> operands = {x, weight};
  ShardedType type = getType(weight);
  bool isPending = type.dims[1].isSharded();
  if (bias && !isPending)
    operands.push_back(getParameter(bias, type.dims[0]));
  Operation *result = rebuild(op, operands);
  if (!result)
    return failure();
  SmallVector<DeferredBias, 1> biases;
  if (bias && isPending)
    biases.push_back(
        {getReplicated(bias), RoleAttr::get(op->getContext(), role)});
  define(op->getResult(0), result->getResult(0), biases);
  return success();
}

LogicalResult ShardBuilder::shardLinear(LinearOp op) {
  Role role = op.getDeploymentRole();
  Value x = getReduced(op.getX());
  ShardedType type = getType(x);
  DimShardingAttr rows = unsplit(), columns = unsplit();
  if (isColumnParallel(role)) {
    x = getLinearInput(op);
    rows =
        split(op.getWeight().getType().getShape()[0], layout.getTensorAxes());
  } else if (type.dims.back().isSharded()) {
    columns = type.dims.back(); // row-parallel, padding included
  } else {
    x = getLinearInput(op);
  }
  Value weight = getParameter(op.getWeight(), {rows, columns});
  return rebuildWithBias(op, x, weight, op.getBias(), role);
}

//===----------------------------------------------------------------------===//
// Pointwise ops
//===----------------------------------------------------------------------===//

LogicalResult ShardBuilder::shardPointwise(Operation *op) {
  return rebuildAndDefine(op, getReduced(op->getOperand(0)));
}

LogicalResult ShardBuilder::shardWhole(Operation *op) {
  return rebuildAndDefine(op, getWhole(op->getOperand(0)));
}

LogicalResult ShardBuilder::shardScale(ScaleOp op) {
  // Linear: a sum stays pending, and its biases are scaled with it.
  Form form = getForm(op.getX());
  Operation *result = rebuild(op, form.value);
  if (!result)
    return failure();
  SmallVector<DeferredBias, 1> biases;
  for (const DeferredBias &bias : form.biases) {
    Operation *scaled = rebuild(op, bias.bias);
    if (!scaled)
      return failure();
    biases.push_back({scaled->getResult(0), bias.role});
  }
  define(op.getResult(), result->getResult(0), biases);
  return success();
}

/// True if `to` differs from `from` in split features only, so that a rank has
/// what it keeps.
static bool isSliceOfFeatures(ArrayRef<DimShardingAttr> from,
                              ArrayRef<DimShardingAttr> to) {
  return !from.empty() && from.drop_back() == to.drop_back() &&
         !from.back().isSharded();
}

void ShardBuilder::harmonize(Value oldLhs, Value &lhs, Value oldRhs,
                             Value &rhs) {
  SmallVector<DimShardingAttr, 4> lhsDims = getType(lhs).dims;
  SmallVector<DimShardingAttr, 4> rhsDims = getType(rhs).dims;
  if (lhsDims == rhsDims)
    return;
  if (isSliceOfFeatures(lhsDims, rhsDims))
    lhs = reshard(lhs, rhsDims);
  else if (isSliceOfFeatures(rhsDims, lhsDims))
    rhs = reshard(rhs, lhsDims);
  else if (lhsDims == getHiddenDims(lhs))
    rhs = getHidden(oldRhs);
  else if (rhsDims == getHiddenDims(rhs))
    lhs = getHidden(oldLhs);
  // Whatever is left.
  if (getType(lhs).dims != getType(rhs).dims)
    rhs = reshard(rhs, getType(lhs).dims);
}

LogicalResult ShardBuilder::shardMultiply(MultiplyOp op) {
  Value lhs = getReduced(op.getLhs()), rhs = getReduced(op.getRhs());
  harmonize(op.getLhs(), lhs, op.getRhs(), rhs);
  return rebuildAndDefine(op, {lhs, rhs});
}

LogicalResult ShardBuilder::shardAdd(AddOp op) {
  Form lhs = getForm(op.getLhs()), rhs = getForm(op.getRhs());
  ShardedType lhsType = getType(lhs.value), rhsType = getType(rhs.value);
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
  // One reduction for both.
  if (meet && lhsType.dims == rhsType.dims) {
    Operation *result = rebuild(
        op, {makeAllReduce(lhs.value, left), makeAllReduce(rhs.value, right)});
    if (!result)
      return failure();
    SmallVector<DeferredBias, 2> biases(lhs.biases.begin(), lhs.biases.end());
    llvm::append_range(biases, rhs.biases);
    define(op.getResult(), result->getResult(0), biases);
    return success();
  }
  Value lhsValue = getReduced(op.getLhs()), rhsValue = getReduced(op.getRhs());
  harmonize(op.getLhs(), lhsValue, op.getRhs(), rhsValue);
  return rebuildAndDefine(op, {lhsValue, rhsValue});
}

LogicalResult ShardBuilder::shardBiasAdd(BiasAddOp op) {
  Form form = getForm(op.getX());
  ShardedType type = getType(form.value);
  if (!type.hasPartial())
    return rebuildAndDefine(
        op, {form.value, getParameter(op.getBias(), type.dims.back())});
  SmallVector<DeferredBias, 2> biases(form.biases.begin(), form.biases.end());
  biases.push_back({getReplicated(op.getBias()), op.getRoleAttr()});
  define(op.getResult(), form.value, biases);
  return success();
}
