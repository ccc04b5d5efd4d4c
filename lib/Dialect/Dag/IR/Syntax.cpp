//===- Syntax.cpp - Pieces of custom assembly -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Syntax.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"

#include <cmath>
#include <cstdlib>

using namespace mlir;
using namespace mlir::dag;

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

ParseResult mlir::dag::parseNumber(OpAsmParser &parser, FloatAttr &number) {
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

std::string mlir::dag::formatNumber(double value) {
  if (!std::isfinite(value))
    return std::isnan(value) ? "nan" : value < 0 ? "-inf" : "inf";
  // As many digits as keep whole numbers of common size without exponent.
  double magnitude = std::fabs(value);
  int digits = 1;
  if (magnitude >= 1 && magnitude < 1e16)
    digits += static_cast<int>(std::log10(magnitude));
  llvm::SmallString<32> text;
  for (; digits <= 17; ++digits) {
    text.clear();
    llvm::raw_svector_ostream(text) << llvm::format("%.*g", digits, value);
    if (std::strtod(text.c_str(), nullptr) == value)
      break;
  }
  // A literal has a point before its exponent.
  StringRef mantissa = text.str().take_until([](char c) { return c == 'e'; });
  return (mantissa + (mantissa.contains('.') ? "" : ".0") +
          text.str().drop_front(mantissa.size()))
      .str();
}

void mlir::dag::printNumber(OpAsmPrinter &printer, Operation *,
                            FloatAttr number) {
  double value = number.getValueAsDouble();
  if (std::isfinite(value))
    printer << formatNumber(value);
  else
    printer << "0x" << llvm::utohexstr(llvm::bit_cast<uint64_t>(value));
}

//===----------------------------------------------------------------------===//
// Lists
//===----------------------------------------------------------------------===//

ParseResult mlir::dag::parseNumberedAxes(OpAsmParser &parser,
                                         AsmParser::Delimiter delimiter,
                                         ArrayAttr &axes,
                                         DenseI64ArrayAttr &numbers) {
  SmallVector<Attribute, 4> names;
  SmallVector<int64_t, 4> values;
  auto parseAxis = [&]() -> ParseResult {
    std::string name;
    if (parser.parseKeywordOrString(&name) || parser.parseEqual() ||
        parser.parseInteger(values.emplace_back()))
      return failure();
    names.push_back(parser.getBuilder().getStringAttr(name));
    return success();
  };
  if (parser.parseCommaSeparatedList(delimiter, parseAxis))
    return failure();
  axes = parser.getBuilder().getArrayAttr(names);
  numbers = parser.getBuilder().getDenseI64ArrayAttr(values);
  return success();
}

void mlir::dag::printNumberedAxes(OpAsmPrinter &printer, ArrayAttr axes,
                                  DenseI64ArrayAttr numbers) {
  llvm::interleaveComma(llvm::zip(axes, numbers.asArrayRef()),
                        printer.getStream(), [&](auto pair) {
                          auto [axis, number] = pair;
                          printer.printKeywordOrString(
                              cast<StringAttr>(axis).getValue());
                          printer << " = " << number;
                        });
}

ParseResult mlir::dag::parseAxes(OpAsmParser &parser, ArrayAttr &axes) {
  SmallVector<Attribute, 2> names;
  auto parseAxis = [&]() -> ParseResult {
    std::string name;
    if (parser.parseKeywordOrString(&name))
      return failure();
    names.push_back(parser.getBuilder().getStringAttr(name));
    return success();
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Braces, parseAxis))
    return failure();
  axes = parser.getBuilder().getArrayAttr(names);
  return success();
}

void mlir::dag::printAxes(OpAsmPrinter &printer, Operation *, ArrayAttr axes) {
  printer << '{';
  llvm::interleaveComma(axes, printer.getStream(), [&](Attribute axis) {
    printer.printKeywordOrString(cast<StringAttr>(axis).getValue());
  });
  printer << '}';
}

ParseResult mlir::dag::parseRanges(OpAsmParser &parser, RangesAttr &ranges) {
  RangeSet set;
  if (RangesAttr::parseElements(parser, AsmParser::Delimiter::None, set))
    return failure();
  ranges = RangesAttr::get(parser.getContext(), set);
  return success();
}

void mlir::dag::printRanges(OpAsmPrinter &printer, Operation *,
                            RangesAttr ranges) {
  ranges.printElements(printer);
}

ParseResult mlir::dag::parseIntegers(OpAsmParser &parser,
                                     SmallVectorImpl<int64_t> &list) {
  return parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&] {
    return parser.parseInteger(list.emplace_back());
  });
}

void mlir::dag::printIntegers(OpAsmPrinter &printer, ArrayRef<int64_t> list) {
  printer << '[';
  llvm::interleaveComma(list, printer.getStream());
  printer << ']';
}

//===----------------------------------------------------------------------===//
// Isolated regions
//===----------------------------------------------------------------------===//

ParseResult mlir::dag::parseBody(OpAsmParser &parser, OperationState &result) {
  SmallVector<OpAsmParser::Argument> arguments;
  SmallVector<OpAsmParser::UnresolvedOperand> operands;
  SmallVector<Type> types;
  SMLoc loc = parser.getCurrentLocation();
  auto parseOperand = [&]() -> ParseResult {
    OpAsmParser::Argument &argument = arguments.emplace_back();
    if (parser.parseArgument(argument) || parser.parseEqual() ||
        parser.parseOperand(operands.emplace_back()) ||
        parser.parseColonType(argument.type))
      return failure();
    types.push_back(argument.type);
    return success();
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Paren,
                                     parseOperand) ||
      parser.resolveOperands(operands, types, loc, result.operands))
    return failure();
  if (succeeded(parser.parseOptionalArrow())) {
    types.clear();
    auto parseResult = [&] { return parser.parseType(types.emplace_back()); };
    if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Paren,
                                       parseResult))
      return failure();
    result.addTypes(types);
  }
  return failure(parser.parseOptionalAttrDictWithKeyword(result.attributes) ||
                 parser.parseRegion(*result.addRegion(), arguments));
}

void mlir::dag::printBody(OpAsmPrinter &printer, Operation *op,
                          ArrayRef<StringRef> elidedAttributes) {
  Region &region = op->getRegion(0);
  printer << " (";
  llvm::interleaveComma(llvm::zip(region.getArguments(), op->getOperands()),
                        printer.getStream(), [&](auto pair) {
                          auto [argument, operand] = pair;
                          printer << argument << " = " << operand << " : "
                                  << operand.getType();
                        });
  printer << ')';
  if (op->getNumResults() != 0) {
    printer << " -> (";
    llvm::interleaveComma(op->getResultTypes(), printer.getStream(),
                          [&](Type type) { printer << type; });
    printer << ')';
  }
  printer.printOptionalAttrDictWithKeyword(op->getAttrs(), elidedAttributes);
  printer << ' ';
  printer.printRegion(region, /*printEntryBlockArgs=*/false);
}
