//===- ValueTable.cpp - Hash-consed values -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Interfaces/Numbering/ValueTable.h"
#include "Models.h"
#include "dag/Dialect/Dag/IR/Elements.h"
#include "dag/Dialect/Dag/IR/Number.h"
#include "dag/Dialect/Dag/IR/WholeType.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::dag;

/// A sum of more summands is one summand of the sum that it is a part of, so
/// that a long chain of sums takes linear time.
static constexpr size_t kMaxSummands = 64;

//===----------------------------------------------------------------------===//
// Opcodes
//===----------------------------------------------------------------------===//

ValueTable::ValueTable(MLIRContext *context) : context(context) {
  sumOpcode = getOpcode(ValueOpcode::Sum, "sum");
  broadcastOpcode = getOpcode(ValueOpcode::Broadcast, "broadcast");
}

uint32_t ValueTable::intern(ValueOpcode opcode) {
  auto [it, inserted] = opcodeIds.try_emplace(
      {opcode.name, opcode.attributes}, static_cast<uint32_t>(opcodes.size()));
  if (inserted)
    opcodes.push_back(opcode);
  return it->second;
}

uint32_t ValueTable::getOpcode(ValueOpcode::Kind kind, StringRef name,
                               ArrayRef<NamedAttribute> attributes) {
  return intern({kind, StringAttr::get(context, name),
                 DictionaryAttr::get(context, attributes)});
}

/// A constant is the same one however it is sharded.
static Attribute getGlobal(Attribute attribute, ValueTable &table) {
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attribute)) {
    auto type = dyn_cast<ShapedType>(table.getGlobalType(resource.getType()));
    return type && type.getShape() == resource.getType().getShape()
               ? DenseResourceElementsAttr::get(type, resource.getRawHandle())
               : resource;
  }
  auto elements = dyn_cast<DenseElementsAttr>(attribute);
  if (!elements || !isa<RankedTensorType>(elements.getType()))
    return attribute;
  return resizeElements(elements, cast<RankedTensorType>(
                                      table.getGlobalType(elements.getType())));
}

/// True if there is a handle in it of elements that nobody has.
static bool isLeftOut(Attribute attribute) {
  return attribute
      .walk([](DenseResourceElementsAttr elements) {
        return elements.getRawHandle().getBlob() ? WalkResult::advance()
                                                 : WalkResult::interrupt();
      })
      .wasInterrupted();
}

static bool haveSameElements(Operation *a, Operation *b) {
  return llvm::equal(
      a->getResultTypes(), b->getResultTypes(), [](Type first, Type second) {
        return getElementTypeOrSelf(first) == getElementTypeOrSelf(second);
      });
}

uint32_t ValueTable::getOpcodeOf(Operation *op) {
  // Attributes are put together once for all ops that are equal.
  auto &known = knownOps[{op->getName().getAsOpaquePointer(),
                          static_cast<size_t>(op->hashProperties())}];
  bool isForeign = !isa_and_nonnull<DagDialect>(op->getDialect());
  bool hasTypes = !isForeign && isRounded(op);
  if (!isForeign)
    for (const KnownOp &other : known)
      if (op->getName().compareOpProperties(op->getPropertiesStorage(),
                                            other.op->getPropertiesStorage()) &&
          hasTypes == other.hasTypes &&
          (!hasTypes || haveSameElements(op, other.op)))
        return other.opcode;
  SmallVector<NamedAttribute> attributes;
  // Discardable attributes mean nothing on an op of this dialect.
  if (isForeign) {
    for (NamedAttribute attribute : op->getAttrDictionary())
      attributes.push_back(
          {attribute.getName(), getGlobal(attribute.getValue(), *this)});
    for (auto [index, type] : llvm::enumerate(op->getResultTypes()))
      attributes.push_back({StringAttr::get(context, "result" + Twine(index)),
                            TypeAttr::get(getGlobalType(type))});
  } else if (auto properties = dyn_cast_if_present<DictionaryAttr>(
                 op->getPropertiesAsAttribute())) {
    for (NamedAttribute attribute : properties)
      if (attribute.getName() != "role")
        attributes.push_back(
            {attribute.getName(), roundFigures(attribute.getValue())});
  }
  if (hasTypes)
    for (auto [index, type] : llvm::enumerate(op->getResultTypes()))
      attributes.push_back(
          {StringAttr::get(context, "element_type" +
                                        (index == 0 ? Twine() : Twine(index))),
           TypeAttr::get(getElementTypeOrSelf(type))});
  uint32_t opcode =
      getOpcode(ValueOpcode::Op, op->getName().getStringRef(), attributes);
  if (llvm::any_of(attributes, [](NamedAttribute attribute) {
        return isLeftOut(attribute.getValue());
      }))
    leftOut.insert(opcode);
  if (!isForeign)
    known.push_back({op, opcode, hasTypes});
  return opcode;
}

Type ValueTable::getGlobalType(Type type) {
  Type &global = globalTypes[type];
  if (global)
    return global;
  return global = getWholeType(type);
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

ValueNumber ValueTable::getValue(uint32_t opcode,
                                 ArrayRef<ValueNumber> operands, Operation *op,
                                 uint32_t result) {
  SmallVector<uint32_t, 12> key = {opcode, result};
  llvm::append_range(key, operands);
  auto it = numbers.find(ArrayRef<uint32_t>(key));
  if (it != numbers.end())
    return it->second;
  ArrayRef<uint32_t> stored = ArrayRef<uint32_t>(key).copy(allocator);
  ValueNumber number = nodes.size();
  numbers[stored] = number;
  nodes.push_back({opcode, result, stored.drop_front(2), op});
  return number;
}

ValueNumber ValueTable::getSum(ArrayRef<ValueNumber> operands, Operation *op) {
  SmallVector<ValueNumber, 16> summands;
  for (const ValueNumber &operand : operands) {
    ArrayRef<ValueNumber> parts = getSummands(operand);
    if (parts.size() > kMaxSummands)
      summands.push_back(operand);
    else
      llvm::append_range(summands, parts);
  }
  llvm::sort(summands);
  return getValue(sumOpcode, summands, op);
}

ValueNumber ValueTable::getBiased(ValueNumber x, ValueNumber bias,
                                  Operation *op) {
  return getSum({x, getValue(broadcastOpcode, bias, op)}, op);
}

ValueNumber ValueTable::getScaled(uint32_t opcode, ValueNumber x,
                                  Operation *op) {
  if (!isSum(x) || getSummands(x).size() > kMaxSummands)
    return getValue(opcode, x, op);
  SmallVector<ValueNumber, 16> operands(getSummands(x)), scaled;
  for (ValueNumber operand : operands) {
    bool isVector = nodes[operand].opcode == broadcastOpcode;
    ValueNumber product = getValue(
        opcode, isVector ? nodes[operand].operands.front() : operand, op);
    scaled.push_back(isVector ? getValue(broadcastOpcode, product, op)
                              : product);
  }
  return getSum(scaled, op);
}
