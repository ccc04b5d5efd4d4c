//===- ShardModel.cpp - Re-create a model on a mesh -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ShardModel.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::shard;

//===----------------------------------------------------------------------===//
// Equal layers
//===----------------------------------------------------------------------===//

/// The attribute that equal layers differ in, or nothing.
static StringRef getNameKey(Operation *op) {
  auto sharded = dyn_cast<ShardOpInterface>(op);
  return sharded ? sharded.getNameKey() : StringRef();
}

/// What distinguishes an op, its operands and names aside.
static llvm::hash_code hashOp(Operation *op) {
  llvm::hash_code hash = llvm::hash_combine(
      op->getName().getAsOpaquePointer(), op->getDiscardableAttrDictionary(),
      op->getNumOperands(), llvm::hash_combine_range(op->getResultTypes()));
  if (!getNameKey(op).empty())
    return hash;
  return llvm::hash_combine(hash, op->hashProperties());
}

static llvm::hash_code hashLayer(LayerOp layer) {
  llvm::hash_code hash = llvm::hash_combine_range(layer->getOperandTypes());
  for (Operation &op : layer.getBody().front())
    hash = llvm::hash_combine(hash, hashOp(&op));
  return hash;
}

static bool areOpsEqual(Operation *a, Operation *b) {
  if (a->getName() != b->getName() ||
      a->getDiscardableAttrDictionary() != b->getDiscardableAttrDictionary() ||
      a->getResultTypes() != b->getResultTypes() || a->getNumRegions() != 0 ||
      b->getNumRegions() != 0)
    return false;
  StringRef key = getNameKey(a);
  if (key.empty())
    return a->getName().compareOpProperties(a->getPropertiesStorage(),
                                            b->getPropertiesStorage());
  auto getOthers = [&](Operation *op) {
    NamedAttrList attributes(op->getAttrDictionary());
    attributes.erase(key);
    return attributes.getDictionary(op->getContext());
  };
  return getOthers(a) == getOthers(b);
}

/// True if both layers are the same but for their index and for the names and
/// places of their ops.
static bool areLayersEqual(LayerOp a, LayerOp b) {
  Block &left = a.getBody().front(), &right = b.getBody().front();
  if (a->getOperandTypes() != b->getOperandTypes() ||
      a->getResultTypes() != b->getResultTypes())
    return false;
  DenseMap<Value, Value> values;
  for (auto [from, to] :
       llvm::zip_equal(left.getArguments(), right.getArguments()))
    values[from] = to;
  Block::iterator other = right.begin();
  for (Operation &op : left) {
    if (other == right.end() || !areOpsEqual(&op, &*other) ||
        op.getNumOperands() != other->getNumOperands())
      return false;
    for (auto [from, to] :
         llvm::zip_equal(op.getOperands(), other->getOperands()))
      if (values.lookup(from) != to)
        return false;
    for (auto [from, to] :
         llvm::zip_equal(op.getResults(), other->getResults()))
      values[from] = to;
    ++other;
  }
  return other == right.end();
}

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

/// Hidden states go from layer to layer in the layout that they have between
/// blocks; caches go as they are.
static Value getPassed(ShardBuilder &builder, Value old) {
  auto type = dyn_cast<RankedTensorType>(old.getType());
  auto source = dyn_cast_if_present<ShardOpInterface>(old.getDefiningOp());
  if ((source && source.isState()) || !type || type.getRank() != 3)
    return builder.getReduced(old);
  return builder.getHidden(old);
}

LogicalResult ModelSharder::shardBody(LayerOp layer, Block &block,
                                      LayerClass &layerClass) {
  Block &body = layer.getBody().front();
  ShardBuilder builder(strategy, layer.getContext(), &block);
  for (auto [old, argument] :
       llvm::zip_equal(body.getArguments(), block.getArguments()))
    builder.define(old, argument);
  for (Operation &op : body.without_terminator())
    if (failed(builder.shardOp(&op)))
      return failure();
  Operation *yield = body.getTerminator();
  builder.setCurrent(yield);
  SmallVector<Value> results;
  for (Value value : yield->getOperands())
    results.push_back(getPassed(builder, value));
  if (!builder.rebuild(yield, results))
    return failure();

  assert(builder.getOrigins().size() == block.getOperations().size() &&
         "models record the ops that they make");
  DenseMap<Operation *, unsigned> indices;
  for (auto [index, op] : llvm::enumerate(body))
    indices[&op] = index;
  for (Operation *origin : builder.getOrigins())
    layerClass.origins.push_back(indices.lookup(origin));
  return success();
}

void ModelSharder::copyBody(LayerOp layer, const LayerClass &layerClass,
                            Block &block) {
  ++numCopied;
  SmallVector<Operation *> ops = llvm::map_to_vector(
      layer.getBody().front(), [](Operation &op) { return &op; });
  IRMapping mapping;
  LayerOp sharded = layerClass.sharded;
  Block &body = sharded.getBody().front();
  mapping.map(body.getArguments(), block.getArguments());
  for (auto [op, index] : llvm::zip_equal(body, layerClass.origins)) {
    Operation *copy = op.clone(mapping);
    block.push_back(copy);
    copy->setLoc(ops[index]->getLoc());
    if (StringRef key = getNameKey(copy); !key.empty())
      copy->setAttr(key, ops[index]->getAttr(key));
  }
}

LogicalResult ModelSharder::shardLayer(LayerOp layer, ShardBuilder &outer) {
  outer.setCurrent(layer);
  SmallVector<Value> operands;
  for (Value value : layer->getOperands())
    operands.push_back(getPassed(outer, value));
  SmallVector<Type> types = llvm::to_vector(ValueRange(operands).getTypes());

  // Types of results are known when the body is there.
  Region region;
  Block &block = region.emplaceBlock();
  for (auto [type, argument] :
       llvm::zip_equal(types, layer.getBody().front().getArguments()))
    block.addArgument(type, argument.getLoc());

  auto &candidates = classes[llvm::hash_combine(
      hashLayer(layer), llvm::hash_combine_range(types))];
  auto *it = llvm::find_if(candidates, [&](const auto &candidate) {
    return candidate->operandTypes == types &&
           areLayersEqual(candidate->logical, layer);
  });
  LayerClass *layerClass = it == candidates.end() ? nullptr : it->get();
  bool isNew = !layerClass;
  if (isNew) {
    layerClass = candidates.emplace_back(std::make_unique<LayerClass>()).get();
    layerClass->logical = layer;
    layerClass->operandTypes = types;
    if (failed(shardBody(layer, block, *layerClass)))
      return failure();
  } else {
    copyBody(layer, *layerClass, block);
  }
  outer.record(layer);
  auto result = LayerOp::create(outer.getBuilder(), layer.getLoc(),
                                block.getTerminator()->getOperandTypes(),
                                layer.getIndexAttr(), operands);
  result->setDiscardableAttrs(layer->getDiscardableAttrDictionary());
  result.getBody().takeBody(region);
  if (isNew)
    layerClass->sharded = result;
  for (auto [old, value] :
       llvm::zip_equal(layer->getResults(), result->getResults()))
    outer.define(old, value);
  return success();
}

LogicalResult ModelSharder::shard(ModelOp model, ModelOp result) {
  ShardBuilder builder(strategy, model.getContext(), &result.getBody().front());
  for (Operation &op : model.getBody().front()) {
    auto layer = dyn_cast<LayerOp>(op);
    if (failed(layer ? shardLayer(layer, builder) : builder.shardOp(&op)))
      return failure();
  }
  return success();
}
