//===- Saturating.h - Sums and products that stop at the largest integer -*- C++
//-*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_SUPPORT_SATURATING_H
#define DAG_SUPPORT_SATURATING_H

#include <cstdint>
#include <initializer_list>

namespace mlir::dag {

/// Sums and products of numbers that are not negative; they stop at the largest
/// integer.
int64_t addSaturating(int64_t a, int64_t b);
int64_t multiplySaturating(int64_t a, int64_t b);
int64_t multiplySaturating(std::initializer_list<int64_t> factors);
/// `value * numerator / denominator`, rounded up. The denominator is positive.
int64_t scaleSaturating(int64_t value, int64_t numerator, int64_t denominator);

/// True for the result of a computation that did not fit: it stays so in all
/// that is computed from it.
bool isSaturated(int64_t value);

} // namespace mlir::dag

#endif // DAG_SUPPORT_SATURATING_H
