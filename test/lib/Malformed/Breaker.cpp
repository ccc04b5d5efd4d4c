//===- Breaker.cpp - Takes ops apart -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Breaker.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringSet.h"

#include <limits>

using namespace mlir;
using namespace mlir::dag::malformed;

size_t Breaker::draw(size_t end) {
  if (!choices)
    return random() % end;
  size_t number = 0;
  for (size_t left = end - 1; left != 0 && !choices->empty(); left >>= 8) {
    number = number << 8 | choices->front();
    choices = choices->drop_front();
  }
  return number % end;
}

static SmallVector<Block *> getBlocks(ModuleOp module) {
  SmallVector<Block *> blocks;
  module->walk<WalkOrder::PreOrder>([&](Operation *op) {
    for (Region &region : op->getRegions())
      for (Block &block : region)
        blocks.push_back(&block);
  });
  return blocks;
}

static SmallVector<Operation *> getOps(ModuleOp module) {
  SmallVector<Operation *> ops;
  module->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (op != module)
      ops.push_back(op);
  });
  return ops;
}

/// What the ops of a block may use.
static SmallVector<Value> getVisible(Block &block) {
  SmallVector<Value> values(block.getArguments());
  for (Operation &op : block)
    llvm::append_range(values, op.getResults());
  return values;
}

Breaker::Breaker(MLIRContext *context, ArrayRef<OwningOpRef<ModuleOp>> seeds)
    : context(context), seeds(seeds) {
  for (RegisteredOperationName name : context->getRegisteredOperations()) {
    StringRef dialect = name.getDialectNamespace();
    if (dialect == "dag" || dialect == "check" || dialect == "builtin")
      names.push_back(name);
  }
  llvm::sort(names, [](OperationName left, OperationName right) {
    return left.getStringRef() < right.getStringRef();
  });
  llvm::SetVector<Type> seenTypes;
  llvm::SetVector<std::pair<StringAttr, Attribute>> seenAttributes;
  llvm::StringSet<> parents;
  for (auto [i, seed] : llvm::enumerate(seeds)) {
    for (auto [j, block] : llvm::enumerate(getBlocks(*seed)))
      if (parents.insert(block->getParentOp()->getName().getStringRef()).second)
        places.push_back({i, j});
    for (Operation *op : getOps(*seed)) {
      seenTypes.insert_range(op->getResultTypes());
      for (NamedAttribute attribute : op->getAttrs())
        seenAttributes.insert({attribute.getName(), attribute.getValue()});
      if (auto inherent =
              dyn_cast_or_null<DictionaryAttr>(op->getPropertiesAsAttribute()))
        for (NamedAttribute attribute : inherent)
          seenAttributes.insert({attribute.getName(), attribute.getValue()});
    }
  }
  Builder builder(context);
  types = {
      builder.getI64Type(), builder.getNoneType(),
      RankedTensorType::get({}, builder.getF32Type()),
      RankedTensorType::get({ShapedType::kDynamic, 4}, builder.getF32Type()),
      UnrankedTensorType::get(builder.getF32Type())};
  llvm::append_range(types, seenTypes);
  for (auto [name, value] : seenAttributes)
    attributes.emplace_back(name, value);
}

//===----------------------------------------------------------------------===//
// Ops with pieces missing
//===----------------------------------------------------------------------===//

ArrayRef<Breaker::Shape> Breaker::getShapes() {
  static const Shape shapes[] = {
      {0, 0, 0, 0, false}, {0, 1, 0, 0, false}, {1, 0, 0, 0, false},
      {1, 1, 0, 0, false}, {2, 1, 0, 0, true},  {3, 2, 0, 0, true},
      {0, 0, 1, 0, false}, {0, 0, 1, 1, false}, {1, 1, 1, 1, true},
      {0, 0, 2, 2, true},  {0, 0, 0, 0, true},  {1, 1, 0, 0, true},
  };
  return shapes;
}

size_t Breaker::getNumBare() const {
  // Each at the front and at the back of the block.
  return names.size() * places.size() * getShapes().size() * 2;
}

void Breaker::insert(OperationName name, Shape shape, Block *block,
                     bool isAtFront, ArrayRef<Value> values) {
  OperationState state(UnknownLoc::get(context), name);
  for (unsigned i = 0; i < shape.operands && !values.empty(); ++i)
    state.operands.push_back(values[draw(values.size())]);
  for (unsigned i = 0; i < shape.results; ++i)
    state.types.push_back(drawType());
  for (unsigned i = 0; i < shape.regions; ++i) {
    Region *region = state.addRegion();
    for (unsigned j = 0; j < shape.blocks; ++j)
      region->push_back(new Block());
  }
  Operation *op = Operation::create(state);
  if (shape.hasAttributes)
    for (StringAttr attribute : name.getAttributeNames())
      for (size_t i = 0; i < attributes.size(); ++i) {
        const NamedAttribute &other = attributes[draw(attributes.size())];
        if (other.getName() == attribute)
          op->setAttr(attribute, other.getValue());
      }
  if (isAtFront)
    block->push_front(op);
  else
    block->push_back(op);
}

OwningOpRef<ModuleOp> Breaker::makeBare(size_t index) {
  random.seed(index);
  bool isAtFront = index % 2;
  index /= 2;
  Shape shape = getShapes()[index % getShapes().size()];
  index /= getShapes().size();
  auto [seed, place] = places[index % places.size()];
  OperationName name = names[index / places.size() % names.size()];
  OwningOpRef<ModuleOp> module = cast<ModuleOp>((*seeds[seed])->clone());
  Block *block = getBlocks(*module)[place];
  insert(name, shape, block, isAtFront, getVisible(*block));
  return module;
}

//===----------------------------------------------------------------------===//
// Changes
//===----------------------------------------------------------------------===//

/// Something of a type for those that used what is gone.
static void replaceByCast(Value value, Operation *before) {
  if (value.use_empty())
    return;
  OpBuilder builder(before);
  value.replaceAllUsesWith(
      UnrealizedConversionCastOp::create(builder, before->getLoc(),
                                         value.getType(), ValueRange())
          .getResult(0));
}

static void erase(Operation *op) {
  SmallVector<Operation *> inner;
  op->walk([&](Operation *other) { inner.push_back(other); });
  for (Operation *other : inner)
    for (Value result : other->getResults())
      replaceByCast(result, op);
  op->erase();
}

void Breaker::changeOperands(Operation *op) {
  unsigned number = op->getNumOperands();
  // A value of another block is not visible to the printer.
  SmallVector<Value> values = getVisible(*op->getBlock());
  switch (draw(4)) {
  case 0:
    op->setOperands({});
    return;
  case 1:
    if (number != 0)
      op->eraseOperand(draw(number));
    return;
  case 2:
    if (!values.empty())
      op->insertOperands(draw(number + 1), values[draw(values.size())]);
    return;
  case 3:
    if (number != 0 && !values.empty())
      op->setOperand(draw(number), values[draw(values.size())]);
    return;
  }
}

void Breaker::changeResults(Operation *op) {
  SmallVector<Type> results(op->getResultTypes());
  switch (draw(3)) {
  case 0:
    results.clear();
    break;
  case 1:
    results.push_back(drawType());
    break;
  case 2:
    if (results.empty())
      return;
    // In place: what uses it has another type as well.
    op->getResult(draw(results.size())).setType(drawType());
    return;
  }
  OperationState state(op->getLoc(), op->getName());
  state.addOperands(op->getOperands());
  state.addTypes(results);
  state.addAttributes(op->getDiscardableAttrDictionary().getValue());
  for (Region &region : op->getRegions())
    state.addRegion()->takeBody(region);
  state.propertiesAttr = op->getPropertiesAsAttribute();
  Operation *other = Operation::create(state);
  op->getBlock()->getOperations().insert(op->getIterator(), other);
  for (auto [i, result] : llvm::enumerate(op->getResults()))
    if (i < results.size())
      result.replaceAllUsesWith(other->getResult(i));
    else
      replaceByCast(result, op);
  op->erase();
}

Attribute Breaker::makeExtreme(Attribute attribute) {
  Builder builder(context);
  constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();
  const int64_t numbers[] = {0,
                             1,
                             kLargest,
                             -kLargest - 1,
                             -1,
                             kLargest - 1,
                             kLargest / 2,
                             int64_t(1) << 32,
                             2,
                             1 << 20};
  int64_t number = numbers[draw(std::size(numbers))];
  if (auto integer = dyn_cast<IntegerAttr>(attribute))
    return integer.getType().isInteger(64)
               ? IntegerAttr::get(integer.getType(), number)
               : Attribute(integer);
  if (isa<StringAttr>(attribute))
    return builder.getStringAttr(draw(2) ? "" : "\x01@\"{}");
  if (isa<FlatSymbolRefAttr>(attribute))
    return FlatSymbolRefAttr::get(context, draw(2) ? "nothing" : "mesh");
  if (auto array = dyn_cast<DenseI64ArrayAttr>(attribute)) {
    SmallVector<int64_t> elements(array.asArrayRef());
    if (elements.empty() || draw(3) == 0)
      elements.push_back(number);
    elements[draw(elements.size())] = number;
    return builder.getDenseI64ArrayAttr(elements);
  }
  if (auto array = dyn_cast<ArrayAttr>(attribute)) {
    SmallVector<Attribute> elements(array.getValue());
    Attribute other = attributes[draw(attributes.size())].getValue();
    if (elements.empty() || draw(3) == 0)
      elements.push_back(other);
    Attribute &one = elements[draw(elements.size())];
    one = draw(2) ? makeExtreme(one) : other;
    return builder.getArrayAttr(draw(4) ? elements : SmallVector<Attribute>());
  }
  if (isa<FloatAttr>(attribute))
    return builder.getF64FloatAttr(
        draw(2) ? std::numeric_limits<double>::quiet_NaN() : -1e300);
  return attribute;
}

void Breaker::changeAttribute(Operation *op) {
  auto inherent =
      dyn_cast_or_null<DictionaryAttr>(op->getPropertiesAsAttribute());
  SmallVector<NamedAttribute> all(op->getDiscardableAttrs());
  if (inherent)
    llvm::append_range(all, inherent.getValue());
  if (all.empty() || draw(6) == 0) {
    const NamedAttribute &other = attributes[draw(attributes.size())];
    op->setAttr(other.getName(), other.getValue());
    return;
  }
  NamedAttribute chosen = all[draw(all.size())];
  Attribute value = chosen.getValue();
  switch (draw(3)) {
  case 0:
    value = {};
    break;
  case 1:
    value = makeExtreme(value);
    break;
  case 2:
    // Another of the name; of another kind where it may be.
    for (int i = 0; i < 64; ++i) {
      const NamedAttribute &other = attributes[draw(attributes.size())];
      if (other.getName() == chosen.getName() || !inherent ||
          !inherent.contains(chosen.getName())) {
        value = other.getValue();
        break;
      }
    }
    break;
  }
  if (inherent && inherent.contains(chosen.getName()))
    op->getName().setInherentAttr(op, chosen.getName(), value);
  else if (value)
    op->setDiscardableAttr(chosen.getName(), value);
  else
    op->removeDiscardableAttr(chosen.getName());
}

void Breaker::changeRegion(Operation *op) {
  if (op->getNumRegions() == 0)
    return;
  Region &region = op->getRegion(draw(op->getNumRegions()));
  if (region.empty() || draw(6) == 0) {
    region.push_back(new Block());
    return;
  }
  Block &block = region.front();
  switch (draw(5)) {
  case 0:
    for (Block &other : region)
      while (!other.empty())
        other.back().dropAllUses(), other.back().erase();
    region.dropAllReferences();
    region.getBlocks().clear();
    return;
  case 1:
    if (!block.empty())
      erase(&block.back());
    return;
  case 2:
    block.addArgument(drawType(), UnknownLoc::get(context));
    return;
  case 3:
    if (block.getNumArguments() == 0)
      return;
    if (!block.empty())
      replaceByCast(block.getArguments().back(), &block.front());
    if (block.getArguments().back().use_empty())
      block.eraseArgument(block.getNumArguments() - 1);
    return;
  case 4:
    // What stands for their results stays.
    for (Operation &inner : llvm::make_early_inc_range(llvm::reverse(block)))
      erase(&inner);
    return;
  }
}

/// Moves, doubles or erases an op.
void Breaker::move(Operation *op, ModuleOp module) {
  if (draw(3) == 0)
    return erase(op);
  Operation *copy = op->clone();
  SmallVector<Block *> blocks = getBlocks(module);
  Block *block = draw(2) ? op->getBlock() : blocks[draw(blocks.size())];
  if (block != op->getBlock()) {
    // Its operands are not visible there.
    copy->setOperands({});
    SmallVector<Value> values = getVisible(*block);
    SmallVector<Value> operands;
    for (unsigned i = 0; i < op->getNumOperands() && !values.empty(); ++i)
      operands.push_back(values[draw(values.size())]);
    copy->setOperands(operands);
  }
  if (draw(2))
    block->push_front(copy);
  else
    block->push_back(copy);
}

void Breaker::change(ModuleOp module) {
  SmallVector<Operation *> ops = getOps(module);
  if (ops.empty())
    return;
  Operation *op = ops[draw(ops.size())];
  switch (draw(7)) {
  case 0:
    return changeOperands(op);
  case 1:
    return changeResults(op);
  case 2:
  case 3:
    return changeAttribute(op);
  case 4:
    return changeRegion(op);
  case 5:
    return move(op, module);
  case 6:
    return insertAnywhere(module);
  }
}

void Breaker::insertAnywhere(ModuleOp module) {
  SmallVector<Block *> blocks = getBlocks(module);
  Block *block = blocks[draw(blocks.size())];
  SmallVector<Value> values = getVisible(*block);
  OperationName name = names[draw(names.size())];
  Shape shape = getShapes()[draw(getShapes().size())];
  insert(name, shape, block, draw(2), values);
}

OwningOpRef<ModuleOp> Breaker::makeRandom(uint64_t number) {
  random.seed(number);
  OwningOpRef<ModuleOp> module =
      cast<ModuleOp>((*seeds[draw(seeds.size())])->clone());
  for (size_t i = 0, e = 1 + draw(4); i < e; ++i)
    change(*module);
  return module;
}

OwningOpRef<ModuleOp> Breaker::makeOf(ArrayRef<uint8_t> bytes) {
  choices = bytes;
  size_t seed = draw(2 * seeds.size() + 1);
  OwningOpRef<ModuleOp> module =
      seed < seeds.size() ? cast<ModuleOp>((*seeds[seed])->clone())
                          : ModuleOp::create(UnknownLoc::get(context));
  // More makes a module slow to read, and shows nothing else.
  constexpr unsigned kMaxChanges = 64;
  for (unsigned i = 0; i < kMaxChanges && !choices->empty(); ++i)
    if (draw(2))
      insertAnywhere(*module);
    else
      change(*module);
  choices.reset();
  return module;
}
