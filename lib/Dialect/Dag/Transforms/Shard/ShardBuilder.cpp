//===- ShardBuilder.cpp - Re-create a block with sharded types -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ShardBuilder.h"
#include "dag/Dialect/Check/IR/Check.h"
#include "llvm/ADT/TypeSwitch.h"
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
  return make<AllReduceOp>(value, getAxesAttr(layout.sortAxes(axes)));
}

//===----------------------------------------------------------------------===//
// Layouts
//===----------------------------------------------------------------------===//

DimShardingAttr ShardBuilder::split(int64_t size,
                                    ArrayRef<StringAttr> axes) const {
  int64_t ranks = layout.getRanks(axes);
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
static DimShardingAttr keepBatch(const Layout &layout, DimShardingAttr dim) {
  ArrayRef<StringAttr> batch = layout.getBatchAxes();
  return !batch.empty() && dim.getAxes() == batch && !dim.isRagged()
             ? dim
             : DimShardingAttr::get(dim.getContext());
}

SmallVector<DimShardingAttr, 4> ShardBuilder::getWholeDims(Value value) const {
  ShardedType type = getType(value);
  SmallVector<DimShardingAttr, 4> dims(type.getRank(), unsplit());
  if (type.getRank() > 1)
    dims[0] = keepBatch(layout, type.dims[0]);
  return dims;
}

SmallVector<DimShardingAttr, 4> ShardBuilder::getHiddenDims(Value value) const {
  SmallVector<DimShardingAttr, 4> dims = getWholeDims(value);
  if (!layout.splitsHiddenStates() || dims.size() != 3)
    return dims;
  ShardedType type = getType(value);
  ArrayRef<StringAttr> axes = layout.getTensorAxes();
  int64_t size = type.shape[1] - type.dims[1].getPad();
  // Fewer tokens than ranks would be mostly padding.
  if (size >= layout.getRanks(axes))
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
  ArrayRef<StringAttr> axes = layout.getTensorAxes();
  bool scatter =
      type.getRank() == 3 && getHiddenDims(value)[1].getAxes() == axes &&
      layout.splitsHiddenStates() && llvm::all_of(axes, [&](StringAttr axis) {
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
  if (!layout.splitsHiddenStates())
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
  if (layout.getExpertTokens() != ExpertTokens::Sequence)
    return getWhole(old);
  Value value = getReduced(old);
  if (Value tokens = forms[old].tokens)
    return tokens;
  ShardedType type = getType(value);
  if (type.getRank() < 2)
    return getWhole(old);
  SmallVector<DimShardingAttr, 4> dims = getWholeDims(value);
  int64_t size = type.shape[1] - type.dims[1].getPad();
  dims[1] = split(size, layout.getExpertAxes());
  if (ArrayRef(type.dims) != ArrayRef(dims))
    value = getWhole(old); // which others may need as well
  llvm::SaveAndRestore scope(origin, getOrigin(old));
  return forms[old].tokens = reshard(value, dims);
}

Value ShardBuilder::getParameter(Value old, ArrayRef<DimShardingAttr> dims) {
  Operation *op = old.getDefiningOp();
  auto constant = dyn_cast_if_present<arith::ConstantOp>(op);
  if (constant ? !isa<DenseElementsAttr>(constant.getValue())
               : !isa_and_present<ParameterOp>(op)) {
    Value value = getReduced(old);
    llvm::SaveAndRestore scope(origin, getOrigin(old));
    return reshard(value, dims);
  }
  ShardedType type = getType(old);
  for (auto [index, dim] : llvm::enumerate(dims))
    type.setDim(index, type.shape[index] + dim.getPad(), dim);
  RankedTensorType sharded = type.toType();
  Value &parameter = parameters[{old, sharded}];
  if (!parameter && constant) {
    parameter = makeConstant(constant, sharded);
  } else if (!parameter) {
    record(op);
    parameter = recreate(builder, op, ValueRange(), sharded)->getResult(0);
  }
  return parameter;
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
  return TypeSwitch<Operation *, LogicalResult>(op)
      // Made where they are used, as their users need them.
      .Case([](ParameterOp) { return success(); })
      .Case([&](InputOp op) { return shardInput(op); })
      .Case([&](EmbeddingOp op) { return shardEmbedding(op); })
      .Case([&](PositionEmbeddingOp op) { return shardPositionEmbedding(op); })
      .Case<RmsNormOp, LayerNormOp>(
          [&](Operation *op) { return shardNorm(op); })
      .Case([&](LinearOp op) { return shardLinear(op); })
      .Case<ActivationOp, SoftCapOp, DropoutOp>(
          [&](Operation *op) { return shardPointwise(op); })
      .Case([&](ScaleOp op) { return shardScale(op); })
      .Case([&](MultiplyOp op) { return shardMultiply(op); })
      .Case([&](AddOp op) { return shardAdd(op); })
      .Case([&](BiasAddOp op) { return shardBiasAdd(op); })
      .Case<SplitOp, OutputOp>([&](Operation *op) { return shardWhole(op); })
      .Case([&](QkvProjectionOp op) { return shardQkv(op); })
      .Case([&](LatentQkvProjectionOp op) { return shardLatentQkv(op); })
      .Case([&](QkNormOp op) { return shardQkNorm(op); })
      .Case([&](RotaryEmbeddingOp op) { return shardRotary(op); })
      .Case([&](AttentionScoresOp op) { return shardScores(op); })
      .Case([&](AttentionWeightsOp op) { return shardWeights(op); })
      .Case([&](AttentionOutputOp op) { return shardAttentionOutput(op); })
      .Case([&](OutputProjectionOp op) { return shardOutputProjection(op); })
      .Case([&](KvCacheOp op) { return shardCache(op); })
      .Case([&](KvCacheUpdateOp op) { return shardCacheUpdate(op); })
      .Case([&](RouterOp op) { return shardRouter(op); })
      .Case([&](DispatchOp op) { return shardDispatch(op); })
      .Case([&](ExpertOp op) { return shardExpert(op); })
      .Case([&](CombineOp op) { return shardCombine(op); })
      .Case([&](MoeOp op) { return shardMoe(op); })
      .Case([&](arith::ConstantOp op) { return shardConstant(op); })
      .Case<check::EqualOp, check::CloseOp>(
          [&](Operation *op) { return shardCheck(op); })
      .Default([](Operation *op) {
        return op->emitError("expected an op of a logical program, but got '")
               << op->getName() << "'";
      });
}

LogicalResult ShardBuilder::shardInput(InputOp op) {
  ShardedType type = getType(op.getResult());
  if (type.getRank() > 0)
    type.dims[0] = split(type.shape[0], layout.getBatchAxes());
  record(op);
  define(op.getResult(),
         recreate(builder, op, ValueRange(), type.toType())->getResult(0));
  return success();
}

LogicalResult ShardBuilder::shardCache(KvCacheOp op) {
  ShardedType type = getType(op.getResult());
  type.dims[0] = split(type.shape[0], layout.getBatchAxes());
  if (type.getRank() == 4)
    type.dims[2] = split(type.shape[2], layout.getHeadAxes(type.shape[2]));
  record(op);
  define(op.getResult(),
         recreate(builder, op, ValueRange(), type.toType())->getResult(0));
  return success();
}
