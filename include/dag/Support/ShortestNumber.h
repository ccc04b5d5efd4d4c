//===- ShortestNumber.h - Numbers with few digits ---------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_SUPPORT_SHORTESTNUMBER_H
#define DAG_SUPPORT_SHORTESTNUMBER_H

#include <string>

namespace mlir::dag {

enum class NumberForm {
  /// An exponent where that has fewer digits: `1e-06`, `1e+04`.
  General,
  /// The same, but whole numbers of common size have none: `10000`.
  Whole,
  /// Digits behind a point, and no exponent: `0.000001`.
  Fixed
};

/// As few digits as read back to the same number, which is finite.
std::string formatShortest(double value, NumberForm form = NumberForm::General);

} // namespace mlir::dag

#endif // DAG_SUPPORT_SHORTESTNUMBER_H
