//===- Number.h - Numbers as they are written -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_IR_NUMBER_H
#define DAG_DIALECT_DAG_IR_NUMBER_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/OpImplementation.h"

#include <string>

namespace mlir::dag {

/// The largest number of a stage, a layer, a rank and the like that an op
/// states, as `Dag_Index` has it.
constexpr int64_t kMaxIndex = (int64_t(1) << 40) - 1;

/// A number with as few digits as read back to the same one: `1.0e-06`, where
/// the general form would be `9.9999999999999995E-7`.
std::string formatNumber(double value);

/// `custom<Number>` of assembly formats: an f64 attribute in this form. Plain
/// integers are read as well.
ParseResult parseNumber(OpAsmParser &parser, FloatAttr &number);
void printNumber(OpAsmPrinter &printer, Operation *op, FloatAttr number);

/// The shortest decimal number that a number of 32 bits stands for, the nearest
/// one to `value`: figures are computed in one order of operations or another,
/// and kept in 64 bits or 32. What 32 bits do not hold stays as it is.
double roundFigure(double value);
/// The same for all numbers of 64 bits in an attribute.
Attribute roundFigures(Attribute attribute);
/// The same for the attributes of all ops of the dialect in `root`.
void roundFigures(Operation *root);

} // namespace mlir::dag

#endif // DAG_DIALECT_DAG_IR_NUMBER_H
