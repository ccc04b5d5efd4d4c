//===- Syntax.h - Pieces of custom assembly -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_DIALECT_DAG_IR_SYNTAX_H
#define DAG_LIB_DIALECT_DAG_IR_SYNTAX_H

#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Dialect/Dag/IR/Number.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/OpImplementation.h"

namespace mlir::dag {

/// A list between delimiters. MLIR's own parser says that a `<` is missing, and
/// goes on as if it had read an empty list.
ParseResult parseList(AsmParser &parser, AsmParser::Delimiter delimiter,
                      llvm::function_ref<ParseResult()> parseElement);

/// Axes with a number each: `<pp = 4, tp = 2>`, `{tp = 0}`.
ParseResult parseNumberedAxes(OpAsmParser &parser,
                              AsmParser::Delimiter delimiter, ArrayAttr &axes,
                              DenseI64ArrayAttr &numbers);
void printNumberedAxes(OpAsmPrinter &printer, ArrayAttr axes,
                       DenseI64ArrayAttr numbers);

/// Axes: `{ep, tp}`.
ParseResult parseAxes(OpAsmParser &parser, ArrayAttr &axes);
void printAxes(OpAsmPrinter &printer, Operation *op, ArrayAttr axes);

/// Ranges: `0 to 7, 12`.
ParseResult parseRanges(OpAsmParser &parser, RangesAttr &ranges);
void printRanges(OpAsmPrinter &printer, Operation *op, RangesAttr ranges);

/// Integers: `[0, 1, 4]`.
ParseResult parseIntegers(OpAsmParser &parser, SmallVectorImpl<int64_t> &list);
void printIntegers(OpAsmPrinter &printer, ArrayRef<int64_t> list);

/// The operands, results and block of an isolated region:
/// `(%a = %x : T, ...) -> (T2, ...) { ... }`.
ParseResult parseBody(OpAsmParser &parser, OperationState &result);
void printBody(OpAsmPrinter &printer, Operation *op,
               ArrayRef<StringRef> elidedAttributes);

} // namespace mlir::dag

#endif // DAG_LIB_DIALECT_DAG_IR_SYNTAX_H
