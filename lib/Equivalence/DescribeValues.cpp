//===- DescribeValues.cpp - Values in words ---------------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DescribeValues.h"
#include "dag/Equivalence/PlanComparison.h"
#include "dag/Support/ShortestNumber.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace mlir::dag;

std::string dag::describePlace(Operation *op) {
  if (auto layer = op->getParentOfType<LayerOp>())
    return " of layer " + std::to_string(layer.getIndex());
  return "";
}

std::string PlanComparison::describe(ValueNumber number) {
  const ValueTable::Node &node = table.getNode(number);
  const ValueOpcode &opcode = table.getOpcode(number);
  switch (opcode.kind) {
  case ValueOpcode::Leaf: {
    StringRef name = cast<StringAttr>(opcode.attributes.get("name")).getValue();
    StringRef kind = opcode.name.getValue() == "dag.parameter" ? "parameter"
                     : opcode.name.getValue() == "dag.input"   ? "input"
                                                               : "KV cache";
    return ("the " + kind + " '" + name + "'").str();
  }
  case ValueOpcode::Broadcast:
    return "the sum with " + describe(node.operands.front());
  case ValueOpcode::Sum:
    return "the sum of " + std::to_string(node.operands.size()) + " values" +
           describePlace(node.op);
  case ValueOpcode::Op:
    break;
  }
  std::string result =
      node.result == 0 ? "" : "#" + std::to_string(node.result);
  std::string name;
  for (ValueNumber operand : node.operands)
    if (table.isLeaf(operand) && name.empty() &&
        table.getOpcode(operand).name != "dag.input")
      name = " with '" +
             cast<StringAttr>(table.getOpcode(operand).attributes.get("name"))
                 .str() +
             "'";
  return opcode.name.str() + result + name + describePlace(node.op);
}

std::string dag::formatAttribute(Attribute attribute) {
  if (!attribute)
    return "none";
  std::string text;
  llvm::raw_string_ostream os(text);
  if (auto number = dyn_cast<FloatAttr>(attribute)) {
    os << formatShortest(number.getValueAsDouble());
  } else if (auto number = dyn_cast<IntegerAttr>(attribute)) {
    os << number.getValue();
  } else if (auto kind = dyn_cast<ActivationKindAttr>(attribute)) {
    os << stringifyActivationKind(kind.getValue());
  } else if (auto kind = dyn_cast<MaskKindAttr>(attribute)) {
    os << stringifyMaskKind(kind.getValue());
  } else if (auto kind = dyn_cast<ScoringKindAttr>(attribute)) {
    os << stringifyScoringKind(kind.getValue());
  } else {
    os << attribute;
  }
  return text;
}

std::string dag::formatOrigin(Attribute attribute) {
  auto checkpoint = dyn_cast_if_present<CheckpointAttr>(attribute);
  if (!checkpoint)
    return attribute ? formatAttribute(attribute)
                     : std::string("the tensor as it is stored");
  std::string text;
  llvm::raw_string_ostream os(text);
  os << (checkpoint.getView().empty() ? "the tensor" : "elements ");
  llvm::interleave(
      llvm::zip_equal(checkpoint.getOffsets(), checkpoint.getSizes()), os,
      [&](auto part) {
        auto [offset, size] = part;
        os << "[" << offset << ", " << offset + size << ")";
      },
      " x ");
  if (!checkpoint.getView().empty()) {
    os << " of [";
    llvm::interleaveComma(checkpoint.getView(), os);
    os << "]";
  }
  if (checkpoint.getPacking() != Packing::None)
    os << ", unpacked from " << stringifyPacking(checkpoint.getPacking());
  if (checkpoint.getStacked())
    os << ", stacked";
  if (checkpoint.getTransposed())
    os << ", transposed";
  return text;
}

/// A long text in a message, cut.
static std::string shorten(std::string text) {
  constexpr size_t kMaxText = 80;
  if (text.size() <= kMaxText)
    return text;
  text.resize(kMaxText - 3);
  return text + "...";
}

/// The attributes that tell two values apart, as they are of the first one.
static std::string formatDifferences(const ValueOpcode &opcode,
                                     const ValueOpcode &other) {
  std::string text;
  llvm::SetVector<StringAttr> names;
  for (const ValueOpcode *each : {&opcode, &other})
    for (NamedAttribute attribute : each->attributes)
      names.insert(attribute.getName());
  for (StringAttr name : names) {
    Attribute value = opcode.attributes.get(name);
    if (value == other.attributes.get(name))
      continue;
    text += name == "checkpoint" ? " from " + formatOrigin(value)
                                 : " with " + name.str() + " = " +
                                       shorten(formatAttribute(value));
  }
  return text;
}

std::string PlanComparison::describeApart(ValueNumber number,
                                          ValueNumber other) {
  constexpr unsigned kMaxDepth = 4;
  std::string text = describe(number);
  for (unsigned depth = 0; depth < kMaxDepth; ++depth) {
    if (describe(number) != describe(other))
      return text;
    std::string details =
        formatDifferences(table.getOpcode(number), table.getOpcode(other));
    ArrayRef<ValueNumber> left = table.getNode(number).operands;
    ArrayRef<ValueNumber> right = table.getNode(other).operands;
    size_t i = 0, e = std::min(left.size(), right.size());
    while (i < e && left[i] == right[i])
      ++i;
    if (!details.empty() || i == e)
      return text + details;
    number = left[i];
    other = right[i];
    text += " of " + describe(number);
  }
  return text;
}

std::string PlanComparison::describe(ArrayRef<ValueNumber> numbers) {
  constexpr size_t kMaxShown = 4;
  std::string text;
  for (ValueNumber number : numbers.take_front(kMaxShown))
    text += (text.empty() ? "" : ", ") + describe(number);
  if (numbers.size() > kMaxShown)
    text += " and " + std::to_string(numbers.size() - kMaxShown) + " more";
  return text;
}
