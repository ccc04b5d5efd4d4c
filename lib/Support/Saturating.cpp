//===- Saturating.cpp - Sums and products that stop at the largest integer -*-
// C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Support/Saturating.h"
#include "llvm/Support/MathExtras.h"

#include <limits>
#include <numeric>

using namespace mlir;

static constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();

int64_t dag::addSaturating(int64_t a, int64_t b) {
  int64_t sum;
  return llvm::AddOverflow(a, b, sum) ? kLargest : sum;
}

int64_t dag::multiplySaturating(int64_t a, int64_t b) {
  int64_t product;
  return llvm::MulOverflow(a, b, product) ? kLargest : product;
}

int64_t dag::multiplySaturating(std::initializer_list<int64_t> factors) {
  int64_t product = 1;
  for (int64_t factor : factors)
    product = multiplySaturating(product, factor);
  return product;
}

int64_t dag::scaleSaturating(int64_t value, int64_t numerator,
                             int64_t denominator) {
  // A part of what did not fit is not known either.
  if (isSaturated(value))
    return value;
  int64_t divisor = std::gcd(numerator, denominator);
  numerator /= divisor;
  denominator /= divisor;
  // In two parts, so that only a result that is too large overflows.
  int64_t whole = multiplySaturating(value / denominator, numerator);
  int64_t rest = multiplySaturating(value % denominator, numerator);
  return addSaturating(whole, rest / denominator + (rest % denominator != 0));
}

bool dag::isSaturated(int64_t value) { return value == kLargest; }
