//===- NumberRange.cpp - Which numbers attributes may be -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/IR/NumberRange.h"
#include "dag/Dialect/Dag/IR/Number.h"
#include "llvm/ADT/StringSwitch.h"

#include <cmath>

using namespace mlir;
using namespace mlir::dag;

NumberRange dag::getNumberRange(StringRef name) {
  return llvm::StringSwitch<NumberRange>(name)
      // A root is taken of a sum with it.
      .Cases({"epsilon", "norm_epsilon"}, NumberRange::NotNegative)
      // Bases of powers.
      .Cases({"alibi", "base", "theta"}, NumberRange::Positive)
      // Bounds.
      .Cases({"cap", "limit", "soft_cap"}, NumberRange::Positive)
      // A softmax of nothing, or of the opposite, is no attention.
      .Case("scale", NumberRange::Positive)
      .Cases({"dropout", "p"}, NumberRange::Probability)
      .Default(NumberRange::Finite);
}

std::optional<std::string>
dag::describeWrongNumber(StringRef name, NumberRange range, double value) {
  StringRef wanted;
  if (!std::isfinite(value))
    wanted = "to be finite";
  else if (range == NumberRange::NotNegative && value < 0)
    wanted = "not to be negative";
  else if (range == NumberRange::Positive && value <= 0)
    wanted = "to be positive";
  else if (range == NumberRange::Probability && (value < 0 || value >= 1))
    wanted = "to lie in [0, 1)";
  else
    return std::nullopt;
  return ("expected '" + name + "' " + wanted + ", but got ").str() +
         formatNumber(value);
}

LogicalResult dag::expectNumber(const TypingRule &rule, StringRef constraint,
                                StringRef name, double value) {
  std::optional<std::string> message =
      describeWrongNumber(name, getNumberRange(name), value);
  return message ? rule.error(TypingKind::Shape, constraint, *message)
                 : success();
}

/// What is wrong with the numbers of an attribute. Figures of a dictionary, one
/// by one or in lists, are what they stand for elsewhere.
static std::optional<std::string> findWrongNumber(StringRef name,
                                                  Attribute attribute) {
  if (auto number = dyn_cast_if_present<FloatAttr>(attribute))
    return describeWrongNumber(name, getNumberRange(name),
                               number.getValueAsDouble());
  auto dictionary = dyn_cast_if_present<DictionaryAttr>(attribute);
  if (!dictionary)
    return std::nullopt;
  for (NamedAttribute entry : dictionary) {
    SmallVector<Attribute> values = {entry.getValue()};
    if (auto list = dyn_cast<ArrayAttr>(entry.getValue()))
      values.assign(list.begin(), list.end());
    for (Attribute value : values)
      if (auto number = dyn_cast<FloatAttr>(value))
        if (std::optional<std::string> message = describeWrongNumber(
                (name + "." + entry.getName().getValue()).str(),
                NumberRange::Finite, number.getValueAsDouble()))
          return message;
  }
  return std::nullopt;
}

LogicalResult dag::checkNumbers(Operation *op, std::optional<Location> loc) {
  for (StringAttr name : op->getName().getAttributeNames()) {
    std::optional<Attribute> attribute = op->getInherentAttr(name);
    std::optional<std::string> message =
        attribute ? findWrongNumber(name, *attribute) : std::nullopt;
    if (!message)
      continue;
    if (loc) {
      InFlightDiagnostic diagnostic = emitError(*loc) << "'" << op->getName()
                                                      << "' op " << *message;
      setTypingCode(diagnostic, TypingKind::Shape);
    }
    return failure();
  }
  return success();
}
