//===- ShardBuilder.cpp - Re-create a block with sharded types -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Interfaces/Shard/ShardBuilder.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::shard;

//===----------------------------------------------------------------------===//
// Making ops
//===----------------------------------------------------------------------===//

template <typename OpTy, typename... Args>
Value ShardBuilder::make(Args &&...args) {
  Operation *source = origin ? origin : current;
  record(source);
  return OpTy::create(builder, source->getLoc(), std::forward<Args>(args)...);
}

/// `op` with other operands and types.
static Operation *recreate(OpBuilder &builder, Operation *op,
                           ValueRange operands, TypeRange types) {
  return builder.insert(
      Operation::create(op->getLoc(), op->getName(), types, operands,
                        op->getRawDictionaryAttrs(), op->getPropertiesStorage(),
                        /*successors=*/BlockRange(), /*numRegions=*/0));
}

Operation *ShardBuilder::rebuild(Operation *op, ValueRange operands) {
  SmallVector<Type, 3> types;
  if (auto inference = dyn_cast<InferTypeOpInterface>(op))
    if (failed(inference.inferReturnTypes(op->getContext(), op->getLoc(),
                                          operands, op->getRawDictionaryAttrs(),
                                          op->getPropertiesStorage(),
                                          op->getRegions(), types)))
      return nullptr;
  record(op);
  return recreate(builder, op, operands, types);
}

Operation *ShardBuilder::rebuild(Operation *op, ValueRange operands,
                                 RankedTensorType type) {
  record(op);
  return recreate(builder, op, operands, type);
}

LogicalResult ShardBuilder::rebuildAndDefine(Operation *op,
                                             ValueRange operands) {
  Operation *result = rebuild(op, operands);
  if (!result)
    return failure();
  for (auto [old, value] :
       llvm::zip_equal(op->getResults(), result->getResults()))
    define(old, value);
  return success();
}

Value ShardBuilder::rebuildAs(Operation *op, RankedTensorType type) {
  record(op);
  return recreate(builder, op, ValueRange(), type)->getResult(0);
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

ArrayAttr ShardBuilder::getAxesAttr(ArrayRef<StringAttr> axes) {
  return builder.getArrayAttr(SmallVector<Attribute>(axes.begin(), axes.end()));
}

Value ShardBuilder::makeSlice(Value value, unsigned dim,
                              ArrayRef<StringAttr> axes) {
  if (axes.empty())
    return value;
  int64_t pad = split(getType(value).shape[dim], axes).getPad();
  return make<SliceOp>(value, builder.getI64IntegerAttr(dim), getAxesAttr(axes),
                       pad ? builder.getI64IntegerAttr(pad) : IntegerAttr(),
                       UnitAttr());
}

Value ShardBuilder::makeAllToAll(Value value, unsigned splitDim,
                                 unsigned concatDim,
                                 ArrayRef<StringAttr> axes) {
  return make<AllToAllOp>(value, builder.getI64IntegerAttr(splitDim),
                          builder.getI64IntegerAttr(concatDim),
                          getAxesAttr(axes));
}

Value ShardBuilder::makeAllReduce(Value value, ArrayRef<StringAttr> axes) {
  if (axes.empty())
    return value;
  return make<AllReduceOp>(value, getAxesAttr(strategy.sortAxes(axes)));
}

//===----------------------------------------------------------------------===//
// Layouts
//===----------------------------------------------------------------------===//

DimShardingAttr ShardBuilder::split(int64_t size,
                                    ArrayRef<StringAttr> axes) const {
  int64_t ranks = strategy.getRanks(axes);
  int64_t pad = (ranks - size % ranks) % ranks;
  return DimShardingAttr::get(builder.getContext(), axes, pad,
                              /*uneven=*/false);
}

DimShardingAttr ShardBuilder::unsplit() const {
  return DimShardingAttr::get(builder.getContext());
}

ShardedType ShardBuilder::getType(Value value) {
  return ShardedType(cast<RankedTensorType>(value.getType()));
}

/// The first dimension of hidden states is the batch; it stays as it is.
static DimShardingAttr keepBatch(const ShardStrategy &strategy,
                                 DimShardingAttr dim) {
  ArrayRef<StringAttr> batch = strategy.getBatchAxes();
  return !batch.empty() && dim.getAxes() == batch && !dim.isRagged()
             ? dim
             : DimShardingAttr::get(dim.getContext());
}

SmallVector<DimShardingAttr, 4> ShardBuilder::getWholeDims(Value value) const {
  ShardedType type = getType(value);
  SmallVector<DimShardingAttr, 4> dims(type.getRank(), unsplit());
  if (type.getRank() > 1)
    dims[0] = keepBatch(strategy, type.dims[0]);
  return dims;
}

SmallVector<DimShardingAttr, 4> ShardBuilder::getHiddenDims(Value value) const {
  SmallVector<DimShardingAttr, 4> dims = getWholeDims(value);
  if (!strategy.splitsHiddenStates() || dims.size() != 3)
    return dims;
  ShardedType type = getType(value);
  ArrayRef<StringAttr> axes = strategy.getTensorAxes();
  int64_t size = type.shape[1] - type.dims[1].getPad();
  // Fewer tokens than ranks would be mostly padding.
  if (size >= strategy.getRanks(axes))
    dims[1] = split(size, axes);
  return dims;
}

Value ShardBuilder::reshard(Value value, ArrayRef<DimShardingAttr> dims) {
  ShardedType type = getType(value);
  // What is to split a dimension cannot be pending.
  SmallVector<StringAttr, 2> pending;
  for (DimShardingAttr dim : dims)
    llvm::copy_if(dim.getAxes(), std::back_inserter(pending),
                  [&](StringAttr axis) { return type.isPartialOver(axis); });
  value = makeAllReduce(value, pending);
  for (auto [index, dim] : llvm::enumerate(dims))
    if (type.dims[index].isSharded() && type.dims[index] != dim)
      value = make<AllGatherOp>(value, builder.getI64IntegerAttr(index),
                                getAxesAttr(type.dims[index].getAxes()));
  for (auto [index, dim] : llvm::enumerate(dims))
    if (type.dims[index] != dim)
      value = makeSlice(value, index, dim.getAxes());
  return value;
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

void ShardBuilder::define(Value old, Value value,
                          ArrayRef<DeferredBias> biases) {
  Form &form = forms[old];
  form = Form();
  form.value = value;
  form.biases.assign(biases.begin(), biases.end());
}

Form &ShardBuilder::getForm(Value old) {
  if (!forms.contains(old))
    define(old, getReplicated(old));
  return forms[old];
}

Operation *ShardBuilder::getOrigin(Value old) const {
  Operation *op = old.getDefiningOp();
  return op ? op : current;
}

Value ShardBuilder::reduce(Value value, ArrayRef<DeferredBias> biases) {
  ShardedType type = getType(value);
  ArrayRef<StringAttr> axes = strategy.getTensorAxes();
  bool scatter =
      type.getRank() == 3 && getHiddenDims(value)[1].getAxes() == axes &&
      strategy.splitsHiddenStates() && llvm::all_of(axes, [&](StringAttr axis) {
        return type.isPartialOver(axis);
      });
  SmallVector<StringAttr, 2> others(type.partial);
  if (scatter) {
    // Gather what is split otherwise, and scatter first: what is left to
    // reduce is smaller then.
    value = reshard(value, getWholeDims(value));
    type = getType(value);
    int64_t pad = split(type.shape[1], axes).getPad();
    value = make<ReduceScatterOp>(
        value, builder.getI64IntegerAttr(1), getAxesAttr(axes),
        pad ? builder.getI64IntegerAttr(pad) : IntegerAttr(), UnitAttr());
    llvm::erase_if(others, [&](StringAttr axis) {
      return llvm::is_contained(axes, axis);
    });
  }
  value = makeAllReduce(value, others);
  if (type.getRank() == 3)
    value = reshard(value, getHiddenDims(value));
  for (const DeferredBias &bias : biases)
    value = make<BiasAddOp>(value, bias.bias, bias.role);
  return value;
}

Value ShardBuilder::getReduced(Value old) {
  Form form = getForm(old);
  if (!getType(form.value).hasPartial())
    return form.value;
  llvm::SaveAndRestore scope(origin, getOrigin(old));
  Value value = reduce(form.value, form.biases);
  define(old, value);
  return value;
}

Value ShardBuilder::getHidden(Value old) {
  if (!strategy.splitsHiddenStates())
    return getWhole(old);
  Value value = getReduced(old);
  if (Value hidden = forms[old].hidden)
    return hidden;
  llvm::SaveAndRestore scope(origin, getOrigin(old));
  return forms[old].hidden = reshard(value, getHiddenDims(value));
}

Value ShardBuilder::getWhole(Value old) {
  Value value = getReduced(old);
  if (Value whole = forms[old].whole)
    return whole;
  llvm::SaveAndRestore scope(origin, getOrigin(old));
  return forms[old].whole = reshard(value, getWholeDims(value));
}

Value ShardBuilder::getTokens(Value old) {
  if (strategy.getExpertTokens() != ExpertTokens::Sequence)
    return getWhole(old);
  Value value = getReduced(old);
  if (Value tokens = forms[old].tokens)
    return tokens;
  ShardedType type = getType(value);
  if (type.getRank() < 2)
    return getWhole(old);
  SmallVector<DimShardingAttr, 4> dims = getWholeDims(value);
  int64_t size = type.shape[1] - type.dims[1].getPad();
  dims[1] = split(size, strategy.getExpertAxes());
  if (ArrayRef(type.dims) != ArrayRef(dims))
    value = getWhole(old); // which others may need as well
  llvm::SaveAndRestore scope(origin, getOrigin(old));
  return forms[old].tokens = reshard(value, dims);
}

Value ShardBuilder::getParameter(Value old, ArrayRef<DimShardingAttr> dims) {
  auto source = dyn_cast_if_present<ShardOpInterface>(old.getDefiningOp());
  if (!source || !source.isMadeWhereUsed()) {
    Value value = getReduced(old);
    llvm::SaveAndRestore scope(origin, getOrigin(old));
    return reshard(value, dims);
  }
  ShardedType type = getType(old);
  for (auto [index, dim] : llvm::enumerate(dims))
    type.setDim(index, type.shape[index] + dim.getPad(), dim);
  RankedTensorType sharded = type.toType();
  if (Value parameter = parameters.lookup({old, sharded}))
    return parameter;
  return parameters[{old, sharded}] = source.makeAs(*this, sharded);
}

Value ShardBuilder::getReplicated(Value old) {
  unsigned rank = cast<RankedTensorType>(old.getType()).getRank();
  return getParameter(old, SmallVector<DimShardingAttr, 4>(rank, unsplit()));
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

LogicalResult ShardBuilder::shardOp(Operation *op) {
  setCurrent(op);
  auto sharded = dyn_cast<ShardOpInterface>(op);
  if (!sharded)
    return op->emitError("expected an op of a logical program, but got '")
           << op->getName()
           << "', which does not say how it is sharded (ShardOpInterface)";
  if (failed(sharded.shard(*this)) || hasRefused)
    return failure();
  assert((sharded.isMadeWhereUsed() ||
          llvm::all_of(op->getResults(),
                       [&](Value old) { return forms.contains(old); })) &&
         "a model defines all results");
  return success();
}
