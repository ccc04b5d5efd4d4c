//===- Number.cpp - Numbers as they are written -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/IR/Number.h"
#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Support/ShortestNumber.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringExtras.h"

#include <charconv>
#include <cmath>

using namespace mlir;
using namespace mlir::dag;

ParseResult dag::parseNumber(OpAsmParser &parser, FloatAttr &number) {
  double value;
  // Plain integers are welcome; bits (0x7FF0...) stand for what has no literal.
  StringRef text(parser.getCurrentLocation().getPointer(), 2);
  if (llvm::isDigit(text.front()) && text.lower() != "0x") {
    int64_t integer;
    OptionalParseResult result = parser.parseOptionalInteger(integer);
    if (result.has_value()) {
      if (failed(*result))
        return failure();
      number = parser.getBuilder().getF64FloatAttr(integer);
      return success();
    }
  }
  if (parser.parseFloat(value))
    return failure();
  number = parser.getBuilder().getF64FloatAttr(value);
  return success();
}

std::string dag::formatNumber(double value) {
  if (!std::isfinite(value))
    return std::isnan(value) ? "nan" : value < 0 ? "-inf" : "inf";
  std::string text = formatShortest(value, NumberForm::Whole);
  // A literal has a point before its exponent.
  StringRef rest = text;
  StringRef mantissa = rest.take_until([](char c) { return c == 'e'; });
  return (mantissa + (mantissa.contains('.') ? "" : ".0") +
          rest.drop_front(mantissa.size()))
      .str();
}

void dag::printNumber(OpAsmPrinter &printer, Operation *, FloatAttr number) {
  double value = number.getValueAsDouble();
  if (std::isfinite(value))
    printer << formatNumber(value);
  else
    printer << "0x" << llvm::utohexstr(llvm::bit_cast<uint64_t>(value));
}

double dag::roundFigure(double value) {
  auto single = static_cast<float>(value);
  // Too large, or too small to have all of its digits.
  if (!std::isfinite(single) ||
      (value != 0 && std::fpclassify(single) != FP_NORMAL))
    return value;
  char text[32];
  std::to_chars_result end = std::to_chars(text, std::end(text), single);
  double result = value;
  std::from_chars(text, end.ptr, result);
  return result;
}

Attribute dag::roundFigures(Attribute attribute) {
  AttrTypeReplacer replacer;
  replacer.addReplacement([](FloatAttr number) -> std::optional<Attribute> {
    if (!number.getType().isF64())
      return std::nullopt;
    return FloatAttr::get(number.getType(),
                          roundFigure(number.getValueAsDouble()));
  });
  return replacer.replace(attribute);
}

void dag::roundFigures(Operation *root) {
  root->walk([](Operation *op) {
    if (!isa_and_nonnull<DagDialect>(op->getDialect()))
      return;
    for (NamedAttribute attribute : op->getAttrs())
      if (Attribute rounded = roundFigures(attribute.getValue());
          rounded != attribute.getValue())
        op->setAttr(attribute.getName(), rounded);
  });
}
