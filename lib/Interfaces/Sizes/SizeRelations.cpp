//===- SizeRelations.cpp - How the sizes of models hang together -*- C++
//-*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Interfaces/Sizes/SizeRelations.h"
#include "dag/Interfaces/SizesOpInterface.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/StringExtras.h"

#include <numeric>

using namespace mlir;
using namespace mlir::dag;

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

Size SizeRelations::makeSize(int64_t original, size_t role, bool isMade) {
  parents.push_back(parents.size());
  Class &made = classes.emplace_back();
  made.original = original;
  made.role = role;
  made.isMade = isMade;
  return parents.size() - 1;
}

Size SizeRelations::getRoot(Size size) {
  while (parents[size] != size) {
    parents[size] = parents[parents[size]];
    size = parents[size];
  }
  return size;
}

/// A number that ops have in common that do the same in different layers.
size_t SizeRelations::getRole(Operation *op, StringRef part, unsigned number) {
  std::string name;
  if (op)
    if (auto attribute = op->getAttrOfType<StringAttr>("name"))
      for (char c : attribute.getValue())
        if (!llvm::isDigit(c))
          name += c;
  return llvm::hash_combine(op ? op->getName().getStringRef()
                               : StringRef("argument"),
                            StringRef(name), part, number);
}

ShapeSizes SizeRelations::makeShape(Type type, size_t role) {
  if (auto transfer = dyn_cast<TransferType>(type))
    type = transfer.getPayload();
  std::optional<dag::ShardedType> tensor = dag::ShardedType::get(type);
  if (!tensor)
    return {};
  ShapeSizes shape{static_cast<Size>(parents.size()), tensor->getRank()};
  for (auto [i, pair] :
       llvm::enumerate(llvm::zip_equal(tensor->shape, tensor->dims))) {
    auto [size, dim] = pair;
    bool isStatic = !ShapedType::isDynamic(size);
    int64_t pad = isStatic ? dim.getPad() : 0;
    Size whole = makeSize(size - pad, llvm::hash_combine(role, i));
    Size padded = makeSize(size, llvm::hash_combine(role, i, "padded"));
    int64_t ranks = 1;
    if (llvm::all_of(dim.getAxes(),
                     [&](StringAttr axis) { return mesh.getSize(axis); }))
      ranks = mesh.getSize(dim.getAxes());
    if (pad == 0)
      equate(whole, padded);
    else {
      classes[padded].isPadded = true;
      orders.push_back({whole, padded, /*distance=*/1, /*isWish=*/false});
    }
    if (dim.getUneven())
      getClass(whole).remainders.push_back(ranks);
    else
      setDivisor(padded, ranks);
  }
  return shape;
}

ShapeSizes SizeRelations::getShape(Value value) {
  auto it = shapes.find(value);
  if (it != shapes.end())
    return it->second;
  auto result = dyn_cast<OpResult>(value);
  size_t role = getRole(result ? result.getOwner() : nullptr, "",
                        result ? result.getResultNumber() : 0);
  ShapeSizes shape = makeShape(value.getType(), role);
  shapes[value] = shape;
  if (shape.rank != 0)
    values.push_back(value);
  return shape;
}

ShapeSizes SizeRelations::getShape(Operation *op, StringRef name) {
  auto key = std::pair(op, StringAttr::get(op->getContext(), name));
  auto it = typeShapes.find(key);
  if (it != typeShapes.end())
    return it->second;
  auto type = op->getAttrOfType<TypeAttr>(name);
  ShapeSizes shape =
      type ? makeShape(type.getValue(), getRole(op, name, 0)) : ShapeSizes();
  typeShapes[key] = shape;
  if (shape.rank != 0)
    typeAttributes.push_back(key);
  return shape;
}

Size SizeRelations::get(ShapeSizes shape, int64_t dim) const {
  if (dim < 0)
    dim += shape.rank;
  assert(dim >= 0 && dim < static_cast<int64_t>(shape.rank) &&
         "expected a dimension of the tensor");
  return shape.first + 2 * dim;
}

Size SizeRelations::getPadded(ShapeSizes shape, int64_t dim) const {
  return get(shape, dim) + 1;
}

Size SizeRelations::get(Operation *op, StringRef name, unsigned index) {
  auto key =
      std::pair(std::pair(op, StringAttr::get(op->getContext(), name)), index);
  auto it = attributeSizes.find(key);
  if (it != attributeSizes.end())
    return it->second;
  int64_t original = ShapedType::kDynamic;
  if (auto integer = op->getAttrOfType<IntegerAttr>(name))
    original = integer.getInt();
  else if (auto array = op->getAttrOfType<DenseI64ArrayAttr>(name))
    original = array[index];
  Size size = makeSize(original, getRole(op, name, index));
  attributeSizes[key] = size;
  attributes.push_back({op, key.first.second, index, size, std::nullopt});
  return size;
}

Size SizeRelations::getConstant(int64_t size) {
  auto [it, isNew] = constants.try_emplace(size, 0);
  if (isNew) {
    it->second = makeSize(size, llvm::hash_combine("constant", size), true);
    keep(it->second);
  }
  return it->second;
}

Size SizeRelations::getProduct(Size left, Size right) {
  int64_t a = getOriginal(left), b = getOriginal(right);
  Size whole = makeSize(
      multiplySizes(a, b).value_or(ShapedType::kDynamic),
      llvm::hash_combine("product", getClass(left).role, getClass(right).role),
      true);
  multiply(whole, left, right);
  return whole;
}

Size SizeRelations::getSum(Size left, Size right) {
  int64_t a = getOriginal(left), b = getOriginal(right), sum = 0;
  if (ShapedType::isDynamic(a) || ShapedType::isDynamic(b) ||
      llvm::AddOverflow(a, b, sum))
    sum = ShapedType::kDynamic;
  Size whole = makeSize(
      sum, llvm::hash_combine("sum", getClass(left).role, getClass(right).role),
      true);
  add(whole, {left, right});
  return whole;
}

Size SizeRelations::getQuotient(Size whole, Size part) {
  int64_t a = getOriginal(whole), b = getOriginal(part);
  bool divides = !ShapedType::isDynamic(a) && !ShapedType::isDynamic(b) &&
                 b > 0 && a % b == 0;
  Size factor = makeSize(
      divides ? a / b : ShapedType::kDynamic,
      llvm::hash_combine("quotient", getClass(whole).role, getClass(part).role),
      true);
  multiply(whole, part, factor);
  return factor;
}

Size SizeRelations::getRest(Size whole, Size part) {
  int64_t a = getOriginal(whole), b = getOriginal(part);
  bool areKnown = !ShapedType::isDynamic(a) && !ShapedType::isDynamic(b);
  Size rest = makeSize(
      areKnown ? a - b : ShapedType::kDynamic,
      llvm::hash_combine("rest", getClass(whole).role, getClass(part).role),
      true);
  add(whole, {part, rest});
  return rest;
}

//===----------------------------------------------------------------------===//
// Relations
//===----------------------------------------------------------------------===//

void SizeRelations::equate(Size left, Size right) {
  left = getRoot(left);
  right = getRoot(right);
  if (left == right)
    return;
  // The first one tells what it is.
  if (right < left)
    std::swap(left, right);
  Class &into = classes[left], &from = classes[right];
  if (ShapedType::isDynamic(into.original))
    into.original = from.original;
  else if (!ShapedType::isDynamic(from.original) &&
           from.original != into.original)
    return;
  parents[right] = left;
  into.isKept |= from.isKept;
  into.isPadded &= from.isPadded;
  into.isMade &= from.isMade;
  into.least = std::max(into.least, from.least);
  for (int64_t ranks : from.remainders)
    if (!llvm::is_contained(into.remainders, ranks))
      into.remainders.push_back(ranks);
  setDivisor(left, from.divisor);
}

void SizeRelations::setDivisor(Size size, int64_t divisor) {
  Class &of = getClass(size);
  int64_t factor = divisor / std::gcd(of.divisor, divisor);
  // What is too large for a size is found when no size is.
  if (llvm::MulOverflow(of.divisor, factor, of.divisor))
    of.divisor = std::numeric_limits<int64_t>::max();
}

void SizeRelations::setLeast(Size size, int64_t least) {
  Class &of = getClass(size);
  if (!ShapedType::isDynamic(of.original))
    least = std::min(least, of.original);
  of.least = std::max(of.least, least);
}

void SizeRelations::equateDims(Value left, int64_t leftDim, Value right,
                               int64_t rightDim) {
  ShapeSizes a = getShape(left), b = getShape(right);
  equate(get(a, leftDim), get(b, rightDim));
  // Those that are padded by as much, and those that are not.
  equate(getPadded(a, leftDim), getPadded(b, rightDim));
}

void SizeRelations::equateShapes(ShapeSizes left, ShapeSizes right) {
  if (left.rank != right.rank)
    return;
  for (Size i = 0; i < 2 * left.rank; ++i)
    equate(left.first + i, right.first + i);
}

void SizeRelations::equateNamed(const Twine &name, Value value) {
  for (Value other : named[name.str()])
    equateShapes(other, value);
  SmallVector<Value, 1> &all = named[name.str()];
  if (all.empty())
    all.push_back(value);
}

void SizeRelations::multiply(Size whole, Size left, Size right) {
  if (getOriginal(left) == 1)
    return equate(whole, right);
  if (getOriginal(right) == 1)
    return equate(whole, left);
  relations.push_back({Kind::Product, whole, {left, right}});
}

void SizeRelations::multiplyDims(Value whole, int64_t wholeDim, Value part,
                                 int64_t partDim, Size factor) {
  ShapeSizes a = getShape(whole), b = getShape(part);
  multiply(get(a, wholeDim), get(b, partDim), factor);
  if (getRoot(getPadded(a, wholeDim)) != getRoot(get(a, wholeDim)))
    multiply(getPadded(a, wholeDim), getPadded(b, partDim), factor);
}

void SizeRelations::add(Size whole, ArrayRef<Size> parts) {
  SmallVector<Size, 2> summands;
  for (Size part : parts)
    if (getOriginal(part) != 0)
      summands.push_back(part);
  if (summands.size() == 1)
    return equate(whole, summands.front());
  relations.push_back({Kind::Sum, whole, std::move(summands)});
}

void SizeRelations::keepAtMost(Size less, Size more) {
  int64_t a = getOriginal(less), b = getOriginal(more);
  bool isLess = !ShapedType::isDynamic(a) && !ShapedType::isDynamic(b) && a < b;
  orders.push_back({less, more, isLess ? 1 : 0, /*isWish=*/false});
}

void SizeRelations::keepOrder(Size left, Size right) {
  int64_t a = getOriginal(left), b = getOriginal(right);
  bool areKnown = !ShapedType::isDynamic(a) && !ShapedType::isDynamic(b);
  if (areKnown && a == b)
    return equate(left, right);
  if (areKnown && b < a)
    std::swap(left, right);
  keepAtMost(left, right);
}

void SizeRelations::keepAll(Operation *op) {
  auto keepShape = [&](ShapeSizes shape) {
    for (Size i = 0; i < 2 * shape.rank; ++i)
      keep(shape.first + i);
  };
  for (Value value : op->getOperands())
    keepShape(getShape(value));
  for (Value value : op->getResults())
    keepShape(getShape(value));
}

void SizeRelations::bindPadding(Operation *op, StringRef name, Value value,
                                int64_t dim) {
  if (!op->hasAttr(name))
    return;
  ShapeSizes shape = getShape(value);
  attributes.push_back({op, StringAttr::get(op->getContext(), name), 0,
                        getPadded(shape, dim), get(shape, dim)});
}

Operation *SizeRelations::lookup(Operation *op, FlatSymbolRefAttr name) {
  return name ? tables.lookupNearestSymbolFrom(op, name) : nullptr;
}

//===----------------------------------------------------------------------===//
// Models
//===----------------------------------------------------------------------===//

void SizeRelations::relate(Operation *op) {
  if (auto asked = dyn_cast<SizesOpInterface>(op))
    return asked.relateSizes(*this);
  // Element by element.
  if (op->hasTrait<OpTrait::Elementwise>() && op->getNumResults() > 0) {
    for (Value value : op->getOperands())
      equateShapes(value, op->getResult(0));
    for (Value value : op->getResults())
      equateShapes(value, op->getResult(0));
    return;
  }
  keepAll(op);
}

void SizeRelations::addModel(ModelOp model) {
  model->walk<WalkOrder::PreOrder>([&](Operation *op) {
    for (Value value : op->getResults())
      getShape(value);
    for (Region &region : op->getRegions())
      for (Block &block : region)
        for (Value argument : block.getArguments())
          getShape(argument);
    if (op != model)
      relate(op);
  });
}

/// The type with the sizes of `shape`.
static Type resize(Type type, ShapeSizes shape,
                   function_ref<int64_t(Size)> pick) {
  if (auto transfer = dyn_cast<TransferType>(type)) {
    auto payload = resize(transfer.getPayload(), shape, pick);
    return TransferType::get(type.getContext(),
                             cast<RankedTensorType>(payload));
  }
  dag::ShardedType tensor(cast<RankedTensorType>(type));
  for (unsigned dim = 0; dim < shape.rank; ++dim) {
    int64_t whole = pick(shape.first + 2 * dim),
            padded = pick(shape.first + 2 * dim + 1);
    DimShardingAttr split = tensor.dims[dim];
    tensor.setDim(dim, padded,
                  DimShardingAttr::get(type.getContext(), split.getAxes(),
                                       padded - whole, split.getUneven()));
  }
  return tensor.toType();
}

void SizeRelations::apply(function_ref<int64_t(Size)> pick) {
  for (Value value : values)
    value.setType(resize(value.getType(), shapes[value], pick));
  for (auto [op, name] : typeAttributes)
    op->setAttr(
        name, TypeAttr::get(resize(op->getAttrOfType<TypeAttr>(name).getValue(),
                                   typeShapes[{op, name}], pick)));
  for (const Attribute &attribute : attributes) {
    int64_t size = pick(attribute.size);
    if (attribute.minus)
      size -= pick(*attribute.minus);
    Operation *op = attribute.op;
    if (auto integer = op->getAttrOfType<IntegerAttr>(attribute.name)) {
      op->setAttr(attribute.name, IntegerAttr::get(integer.getType(), size));
    } else if (auto array =
                   op->getAttrOfType<DenseI64ArrayAttr>(attribute.name)) {
      SmallVector<int64_t> sizes(array.asArrayRef());
      sizes[attribute.index] = size;
      op->setAttr(attribute.name,
                  DenseI64ArrayAttr::get(op->getContext(), sizes));
    }
  }
}
