//===- Numbers.cpp - Formats of numbers, and rounding -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Numbers.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/APSInt.h"

using namespace mlir::dag::ptx;
using llvm::APFloat;

double mlir::dag::ptx::decode(uint32_t bits, const Format &format) {
  uint32_t mantissa = bits & ((1u << format.mantissaBits) - 1);
  int exponent =
      bits >> format.mantissaBits & ((1u << format.exponentBits) - 1);
  bool isNegative = bits >> format.signBit() & 1;
  int last = (1 << format.exponentBits) - 1;
  double value;
  if (format.hasInfinity && exponent == last)
    value = mantissa ? std::nan("") : HUGE_VAL;
  else if (!format.hasInfinity && exponent == last &&
           mantissa == (1u << format.mantissaBits) - 1)
    value = std::nan("");
  else if (exponent == 0)
    value = std::ldexp(double(mantissa),
                       1 - format.bias() - int(format.mantissaBits));
  else
    value = std::ldexp(double(mantissa | 1u << format.mantissaBits),
                       exponent - format.bias() - int(format.mantissaBits));
  return isNegative ? -value : value;
}

/// Whether the magnitude is rounded up that lies between two numbers.
static bool roundsUp(uint64_t rest, uint64_t half, bool isOdd, bool isNegative,
                     Rounding rounding) {
  switch (rounding) {
  case Rounding::Nearest:
    return rest > half || (rest == half && isOdd);
  case Rounding::NearestAway:
    return rest >= half;
  case Rounding::Zero:
    return false;
  case Rounding::Down:
    return rest != 0 && isNegative;
  case Rounding::Up:
    return rest != 0 && !isNegative;
  }
  return false;
}

uint32_t mlir::dag::ptx::encode(double value, const Format &format,
                                Rounding rounding, bool saturates) {
  uint64_t bits = llvm::bit_cast<uint64_t>(value);
  bool isNegative = bits >> 63;
  uint32_t sign = uint32_t(isNegative) << format.signBit();
  uint32_t all = (1u << format.signBit()) - 1;
  uint32_t infinity = ((1u << format.exponentBits) - 1) << format.mantissaBits;
  uint32_t largest = format.hasInfinity ? infinity - 1 : all - 1;
  if (std::isnan(value))
    return all;
  if (value == 0)
    return sign;
  uint32_t overflow = format.hasInfinity ? infinity : all;
  if (std::isinf(value))
    return sign | (saturates ? largest : overflow);
  int exponent = int(bits >> 52 & 2047) - 1023;
  uint64_t mantissa = bits & ((uint64_t(1) << 52) - 1);
  if (exponent == -1023) // A subnormal f64 is below everything.
    exponent = -1022;
  else
    mantissa |= uint64_t(1) << 52;
  int smallest = 1 - format.bias();
  int shift = 52 - int(format.mantissaBits) + std::max(0, smallest - exponent);
  uint64_t result, rest, half;
  if (shift > 62) {
    result = 0;
    rest = 1;
    half = 2;
  } else {
    result = mantissa >> shift;
    rest = mantissa & ((uint64_t(1) << shift) - 1);
    half = uint64_t(1) << (shift - 1);
  }
  if (roundsUp(rest, half, result & 1, isNegative, rounding))
    ++result;
  // The hidden bit adds one to the exponent; a carry adds one more.
  uint64_t pattern = result + (uint64_t(std::max(exponent, smallest) - smallest)
                               << format.mantissaBits);
  if (pattern <= largest)
    return sign | pattern;
  bool truncates = rounding == Rounding::Zero ||
                   (rounding == Rounding::Down && !isNegative) ||
                   (rounding == Rounding::Up && isNegative);
  return sign | (saturates || truncates ? largest : overflow);
}

double mlir::dag::ptx::fuseToOdd(double a, double b, double c) {
  // The product of two numbers of at most 24 bits is exact.
  double product = a * b, sum = product + c;
  if (!std::isfinite(sum))
    return sum;
  double back = sum - product;
  double error = (product - (sum - back)) + (c - back);
  uint64_t bits = llvm::bit_cast<uint64_t>(sum);
  if (error == 0 || (bits & 1))
    return sum;
  // Towards zero or away from it, whichever neighbour is odd and nearer.
  bool grows = (error > 0) == (sum > 0);
  return llvm::bit_cast<double>(grows ? bits + 1 : bits - 1);
}

static llvm::RoundingMode getMode(Rounding rounding) {
  switch (rounding) {
  case Rounding::Nearest:
    return llvm::RoundingMode::NearestTiesToEven;
  case Rounding::Zero:
    return llvm::RoundingMode::TowardZero;
  case Rounding::Down:
    return llvm::RoundingMode::TowardNegative;
  case Rounding::Up:
    return llvm::RoundingMode::TowardPositive;
  case Rounding::NearestAway:
    return llvm::RoundingMode::NearestTiesToAway;
  }
  return llvm::RoundingMode::NearestTiesToEven;
}

/// A square root is between two neighbours, or exact.
template <typename T>
static T roundedSqrt(T a, Rounding rounding) {
  // What is small is made large first, or the error would be rounded away.
  constexpr int kBy = std::is_same_v<T, float> ? 48 : 300;
  if (a > 0 && a < std::ldexp(T(1), -kBy))
    return std::ldexp(roundedSqrt(std::ldexp(a, 2 * kBy), rounding), -kBy);
  T root = std::sqrt(a);
  if (!std::isfinite(root) || root == 0)
    return root;
  // The sign of root * root - a, exactly.
  T error = std::fma(root, root, -a);
  if (rounding == Rounding::Up && error < 0)
    return std::nextafter(root, T(HUGE_VAL));
  if ((rounding == Rounding::Down || rounding == Rounding::Zero) && error > 0)
    return std::nextafter(root, T(0));
  return root;
}

template <typename T>
static T computeAs(Arithmetic operation, T a, T b, T c, Rounding rounding) {
  if (operation == Arithmetic::Sqrt)
    return roundedSqrt(a, rounding);
  APFloat result(a), right(b);
  llvm::RoundingMode mode = getMode(rounding);
  switch (operation) {
  case Arithmetic::Add:
    result.add(right, mode);
    break;
  case Arithmetic::Sub:
    result.subtract(right, mode);
    break;
  case Arithmetic::Mul:
    result.multiply(right, mode);
    break;
  case Arithmetic::Div:
    result.divide(right, mode);
    break;
  case Arithmetic::Fma:
    result.fusedMultiplyAdd(right, APFloat(c), mode);
    break;
  case Arithmetic::Sqrt:
    break;
  }
  if constexpr (std::is_same_v<T, float>)
    return result.convertToFloat();
  else
    return result.convertToDouble();
}

float mlir::dag::ptx::compute(Arithmetic operation, float a, float b, float c,
                              Rounding rounding) {
  return computeAs(operation, a, b, c, rounding);
}

double mlir::dag::ptx::compute(Arithmetic operation, double a, double b,
                               double c, Rounding rounding) {
  return computeAs(operation, a, b, c, rounding);
}

uint64_t mlir::dag::ptx::integerToFloat(uint64_t value, bool isSigned,
                                        bool isDouble, Rounding rounding) {
  APFloat result(isDouble ? APFloat::IEEEdouble() : APFloat::IEEEsingle());
  result.convertFromAPInt(llvm::APInt(64, value), isSigned, getMode(rounding));
  return result.bitcastToAPInt().getZExtValue();
}

double mlir::dag::ptx::integerToOdd(uint64_t value, bool isSigned) {
  uint64_t bits =
      integerToFloat(value, isSigned, /*isDouble=*/true, Rounding::Zero);
  uint64_t size = isSigned && int64_t(value) < 0 ? -value : value;
  bool isExact = uint64_t(std::fabs(toDouble(bits))) == size;
  return toDouble(bits | uint64_t(!isExact));
}

double mlir::dag::ptx::roundToIntegral(double value, Rounding rounding) {
  switch (rounding) {
  case Rounding::Nearest:
    return std::nearbyint(value);
  case Rounding::Zero:
    return std::trunc(value);
  case Rounding::Down:
    return std::floor(value);
  case Rounding::Up:
    return std::ceil(value);
  case Rounding::NearestAway:
    return std::round(value);
  }
  return value;
}

uint64_t mlir::dag::ptx::floatToInteger(double value, unsigned bits,
                                        bool isSigned, Rounding rounding) {
  if (std::isnan(value))
    return bits == 64 ? uint64_t(1) << 63 : 0;
  value = roundToIntegral(value, rounding);
  double limit = std::ldexp(1.0, isSigned ? bits - 1 : bits);
  if (isSigned) {
    int64_t smallest = bits == 64 ? INT64_MIN : -(int64_t(1) << (bits - 1));
    if (value < -limit)
      return uint64_t(smallest);
    if (value >= limit)
      return uint64_t(-(smallest + 1));
    return uint64_t(int64_t(value));
  }
  if (value <= 0)
    return 0;
  if (value >= limit)
    return bits == 64 ? ~uint64_t(0) : (uint64_t(1) << bits) - 1;
  return uint64_t(value);
}
