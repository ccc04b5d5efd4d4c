//===- Syntax.cpp - Pieces of custom assembly -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Syntax.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace mlir::dag;

//===----------------------------------------------------------------------===//
// Lists
//===----------------------------------------------------------------------===//

ParseResult
mlir::dag::parseList(AsmParser &parser, AsmParser::Delimiter delimiter,
                     llvm::function_ref<ParseResult()> parseElement) {
  if (delimiter != AsmParser::Delimiter::LessGreater)
    return parser.parseCommaSeparatedList(delimiter, parseElement);
  if (parser.parseLess())
    return failure();
  if (succeeded(parser.parseOptionalGreater()))
    return success();
  return failure(parser.parseCommaSeparatedList(parseElement) ||
                 parser.parseGreater());
}

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
  if (parseList(parser, delimiter, parseAxis))
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
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Paren, parseOperand))
    return failure();
  if (succeeded(parser.parseOptionalArrow())) {
    SmallVector<Type> results;
    auto parseResult = [&] { return parser.parseType(results.emplace_back()); };
    if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Paren,
                                       parseResult))
      return failure();
    result.addTypes(results);
  }
  if (parser.parseOptionalAttrDictWithKeyword(result.attributes) ||
      parser.parseRegion(*result.addRegion(), arguments))
    return failure();
  // Behind the region: were an operand a name that only the region defines, the
  // parser would take the value in it, and free what stands for the operand.
  return parser.resolveOperands(operands, types, loc, result.operands);
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
