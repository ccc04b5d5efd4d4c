//===- Matrix.h - Fragments of matrices in registers -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_EMULATOR_MATRIX_H
#define DAG_EMULATOR_MATRIX_H

#include "Lanes.h"

#include <algorithm>

namespace mlir::dag::ptx {

/// `m16n8k16`.
struct MatrixShape {
  unsigned m = 0, n = 0, k = 0;
};
bool parseShape(const Modifiers &modifiers, MatrixShape &shape);

/// Bits of an element of a matrix operand.
constexpr unsigned getElementBits(Type type) {
  switch (type) {
  case Type::B1:
    return 1;
  case Type::U4:
  case Type::S4:
    return 4;
  case Type::U8:
  case Type::S8:
  case Type::E4M3:
  case Type::E5M2:
    return 8;
  case Type::F16:
  case Type::BF16:
    return 16;
  case Type::F64:
    return 64;
  default:
    return 32;
  }
}
/// Elements in one register.
constexpr unsigned getElementsPerRegister(Type type) {
  return std::max(1u, 32 / getElementBits(type));
}

/// The form of mma that eight lanes execute together.
Execute selectQuadMma(const Modifiers &modifiers, Inst &inst);

/// Whether products of this type are integers.
bool isIntegerMatrix(Type type);

/// An element of type `E`, which is in the lower bits of `bits`, as products
/// have it: f32, f64, or a 32-bit integer, of which sums may wrap.
template <typename T, Type E>
inline T readElement(uint64_t bits) {
  if constexpr (E == Type::F16)
    return halfToFloat(uint16_t(bits));
  else if constexpr (E == Type::BF16)
    return bfloatToFloat(uint16_t(bits));
  else if constexpr (E == Type::E4M3 || E == Type::E5M2)
    return decode(bits & 255, E == Type::E4M3 ? kE4M3 : kE5M2);
  else if constexpr (E == Type::TF32)
    // The lower bits are not looked at.
    return toFloat(bits & 0xffffe000);
  else if constexpr (E == Type::F64)
    return toDouble(bits);
  else if constexpr (E == Type::S8)
    return T(int32_t(int8_t(bits)));
  else if constexpr (E == Type::U8)
    return T(uint8_t(bits));
  else if constexpr (E == Type::S4)
    return T(int32_t(uint32_t(bits) << 28) >> 28);
  else if constexpr (E == Type::U4)
    return T(bits & 15);
  else
    return T(bits & 1);
}

/// Makes numbers of the bits of f16, or e4m3, which are in the lower bits of
/// `values`.
void widenHalves(float *values, size_t count);
void widenE4M3(float *values, size_t count);
/// The other way round, rounded to the nearest.
void narrowToHalves(float *values, size_t count);

/// The same in two steps, of which the second one does many at a time: what is
/// placed among others, and what makes elements of that.
template <typename T, Type E>
inline T readBits(uint64_t bits) {
  if constexpr (E == Type::F16)
    return toFloat(uint16_t(bits));
  else if constexpr (E == Type::E5M2)
    // The upper byte of f16.
    return toFloat(uint16_t(bits << 8));
  else if constexpr (E == Type::E4M3)
    return toFloat(uint8_t(bits));
  else
    return readElement<T, E>(bits);
}
template <typename T, Type E>
inline void finishBits(T *values, size_t count) {
  if constexpr (E == Type::F16 || E == Type::E5M2)
    widenHalves(values, count);
  else if constexpr (E == Type::E4M3)
    widenE4M3(values, count);
}

/// Calls `body` with the type as a constant, for one that elements in sums of
/// `T` may have.
template <typename T, typename Body>
inline auto withElementType(Type type, Body body) {
  if constexpr (std::is_same_v<T, double>) {
    return body(std::integral_constant<Type, Type::F64>());
  } else if constexpr (std::is_same_v<T, float>) {
    switch (type) {
    case Type::F16:
      return body(std::integral_constant<Type, Type::F16>());
    case Type::BF16:
      return body(std::integral_constant<Type, Type::BF16>());
    case Type::E4M3:
      return body(std::integral_constant<Type, Type::E4M3>());
    case Type::E5M2:
      return body(std::integral_constant<Type, Type::E5M2>());
    default:
      return body(std::integral_constant<Type, Type::TF32>());
    }
  } else {
    switch (type) {
    case Type::S8:
      return body(std::integral_constant<Type, Type::S8>());
    case Type::U8:
      return body(std::integral_constant<Type, Type::U8>());
    case Type::S4:
      return body(std::integral_constant<Type, Type::S4>());
    case Type::U4:
      return body(std::integral_constant<Type, Type::U4>());
    default:
      return body(std::integral_constant<Type, Type::B1>());
    }
  }
}

/// D += A * B, with A of `m` x `k`, B of `k` x `n`, D of `m` x `n`, each a row
/// after the other; `m` is a multiple of 4 and `n` of 8. Each sum is added up
/// in the order of k. There is no fused operation in those of f32, so that the
/// same bits come out on every processor; those of f64 are fused, and those of
/// integers wrap.
void multiply(const MatrixShape &shape, const float *a, const float *b,
              float *d);
void multiply(const MatrixShape &shape, const double *a, const double *b,
              double *d);
void multiply(const MatrixShape &shape, const uint32_t *a, const uint32_t *b,
              uint32_t *d);

/// What is written of an integer product: `sum` of the products, added to `c`.
inline uint32_t addIntegers(uint32_t sum, uint32_t c, bool saturates) {
  if (!saturates)
    return sum + c;
  int64_t exact = int64_t(int32_t(sum)) + int32_t(c);
  return uint32_t(std::clamp<int64_t>(exact, INT32_MIN, INT32_MAX));
}

/// The rows of registers of an operand that may be one register.
inline llvm::ArrayRef<unsigned> getRows(Warp &warp, const Op &op) {
  return warp.machine.program.getList(op);
}

} // namespace mlir::dag::ptx

#endif // DAG_EMULATOR_MATRIX_H
