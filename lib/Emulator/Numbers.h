//===- Numbers.h - Formats of numbers, and rounding -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_EMULATOR_NUMBERS_H
#define DAG_EMULATOR_NUMBERS_H

#include "Program.h"

#include "llvm/ADT/bit.h"

#include <cmath>

namespace mlir::dag::ptx {

/// A binary format of at most 32 bits, with gradual underflow.
struct Format {
  unsigned exponentBits, mantissaBits;
  /// Whether there are infinities; without them the largest pattern is NaN.
  bool hasInfinity;

  int bias() const { return (1 << (exponentBits - 1)) - 1; }
  unsigned signBit() const { return exponentBits + mantissaBits; }
};
constexpr Format kF16{5, 10, true}, kBF16{8, 7, true}, kTF32{8, 10, true},
    kF32{8, 23, true}, kE4M3{4, 3, false}, kE5M2{5, 2, true};

/// The value of a pattern.
double decode(uint32_t bits, const Format &format);

/// The pattern of a value. With `saturates`, what is too large becomes the
/// largest finite number; otherwise rounding decides, and where there is no
/// infinity it is NaN. NaN is the canonical one of PTX.
uint32_t encode(double value, const Format &format,
                Rounding rounding = Rounding::Nearest, bool saturates = false);

inline float toFloat(uint64_t bits) {
  return llvm::bit_cast<float>(uint32_t(bits));
}
inline uint64_t toBits(float value) { return llvm::bit_cast<uint32_t>(value); }
inline double toDouble(uint64_t bits) { return llvm::bit_cast<double>(bits); }
inline uint64_t toBits(double value) { return llvm::bit_cast<uint64_t>(value); }

/// Without branches: a product with 2^112 moves the exponent, and makes normal
/// numbers of subnormal ones.
inline float halfToFloat(uint16_t bits) {
  float scaled = toFloat(uint32_t(bits & 0x7fff) << 13) * 0x1p112f;
  uint32_t special = (bits & 0x7c00) == 0x7c00 ? 0x7f800000 : 0;
  return toFloat(uint32_t(bits & 0x8000) << 16 | uint32_t(toBits(scaled)) |
                 special);
}
inline float bfloatToFloat(uint16_t bits) {
  return toFloat(uint32_t(bits) << 16);
}
inline uint16_t floatToHalf(double value) { return encode(value, kF16); }
/// The same without branches on the mantissa: a sum with 1/2 rounds what will
/// be subnormal, and half of the last place rounds the others.
inline uint16_t floatToHalf(float value) {
  uint32_t bits = llvm::bit_cast<uint32_t>(value);
  uint32_t magnitude = bits & 0x7fffffff;
  uint16_t sign = bits >> 16 & 0x8000;
  if (magnitude > 0x7f800000)
    return 0x7fff;
  if (magnitude >= 0x47800000)
    return sign | 0x7c00;
  if (magnitude < 0x38800000)
    return sign | uint16_t(llvm::bit_cast<uint32_t>(toFloat(magnitude) + 0.5f) -
                           0x3f000000);
  uint32_t isOdd = magnitude >> 13 & 1;
  return sign | uint16_t((magnitude + 0xc8000fff + isOdd) >> 13);
}
inline uint16_t floatToBfloat(double value) { return encode(value, kBF16); }

/// Subnormal numbers become zero of their sign.
inline float flush(float value) {
  return std::fpclassify(value) == FP_SUBNORMAL ? std::copysign(0.0f, value)
                                                : value;
}

/// NaN as PTX generates it.
constexpr uint32_t kNaN32 = 0x7fffffff;

/// a * b + c, of which the sum is rounded to odd in f64, so that a second
/// rounding to at most 24 bits is right.
double fuseToOdd(double a, double b, double c);

/// One operation in a rounding that is not the processor's own.
enum class Arithmetic { Add, Sub, Mul, Div, Fma, Sqrt };
float compute(Arithmetic operation, float a, float b, float c,
              Rounding rounding);
double compute(Arithmetic operation, double a, double b, double c,
               Rounding rounding);

/// An integer of 64 bits as f32 or f64.
uint64_t integerToFloat(uint64_t value, bool isSigned, bool isDouble,
                        Rounding rounding);
/// The same as f64, rounded to odd, so that a second rounding is right.
double integerToOdd(uint64_t value, bool isSigned);
/// `value` rounded to an integral value.
double roundToIntegral(double value, Rounding rounding);
/// `value` as an integer of `bits`, saturated; NaN is 0 (of 64 bits from f64:
/// the smallest).
uint64_t floatToInteger(double value, unsigned bits, bool isSigned,
                        Rounding rounding);

} // namespace mlir::dag::ptx

#endif // DAG_EMULATOR_NUMBERS_H
