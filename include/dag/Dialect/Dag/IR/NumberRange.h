//===- NumberRange.h - Which numbers attributes may be -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_IR_NUMBERRANGE_H
#define DAG_DIALECT_DAG_IR_NUMBERRANGE_H

#include "dag/Dialect/Dag/IR/Typing.h"

#include <string>

namespace mlir::dag {

/// The numbers that an attribute may be; infinities and NaN are in no range.
enum class NumberRange { Finite, NotNegative, Positive, Probability };

/// The range of an attribute of the dialect's ops, which its name tells.
NumberRange getNumberRange(StringRef name);

/// "expected 'theta' to be positive, but got 0.0"; nothing for a number that
/// lies in the range.
std::optional<std::string> describeWrongNumber(StringRef name,
                                               NumberRange range, double value);

/// The same as a constraint of a typing rule.
LogicalResult expectNumber(const TypingRule &rule, StringRef constraint,
                           StringRef name, double value);

/// Checks all numbers among the attributes of an op, and in their dictionaries,
/// whether its typing rule asks for them or not. Without a location no
/// diagnostic is made.
LogicalResult checkNumbers(Operation *op, std::optional<Location> loc);

} // namespace mlir::dag

#endif // DAG_DIALECT_DAG_IR_NUMBERRANGE_H
