//===- Number.cpp - Numbers as they are written -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/IR/Number.h"
#include "dag/Support/ShortestNumber.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringExtras.h"

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
