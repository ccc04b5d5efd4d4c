//===- Reduce.cpp - Sums in the order of members -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Runtime/Reduce.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

using namespace dag::runtime;

namespace {

float asFloat(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

uint32_t asBits(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

/// A float of less than 32 bits.
struct Format {
  uint32_t exponentBits;
  uint32_t mantissaBits;
  bool hasInfinity;

  constexpr uint32_t getSign() const {
    return 1u << (exponentBits + mantissaBits);
  }
  /// The first number above the finite ones; without infinity, NaN.
  constexpr uint32_t getTop() const {
    return hasInfinity ? getSign() - (1u << mantissaBits) : getSign() - 1;
  }
  constexpr uint32_t getNaN() const {
    return hasInfinity ? getTop() | (1u << (mantissaBits - 1)) : getTop();
  }
  constexpr int32_t getBias() const { return (1 << (exponentBits - 1)) - 1; }
};

constexpr Format kF16 = {5, 10, true};
constexpr Format kBF16 = {8, 7, true};
constexpr Format kF8E4M3 = {4, 3, false};
constexpr Format kF8E5M2 = {5, 2, true};

/// A float whose exponent was moved by `shift`, back in place.
float decode(uint32_t bits, const Format &format) {
  uint32_t magnitude = bits & (format.getSign() - 1);
  uint32_t sign = bits & format.getSign() ? 0x80000000u : 0;
  if (magnitude >= format.getTop())
    return asFloat(sign | (format.hasInfinity && magnitude == format.getTop()
                               ? 0x7f800000u
                               : 0x7fc00000u));
  // Numbers below the normal ones come out right, too: it is a product.
  float scale = asFloat(uint32_t(254 - format.getBias()) << 23);
  float value = asFloat(magnitude << (23 - format.mantissaBits)) * scale;
  return sign ? -value : value;
}
float decodeBF16(uint32_t bits) { return asFloat(bits << 16); }

uint32_t encode(float value, const Format &format) {
  uint32_t bits = asBits(value);
  uint32_t sign = bits >> 31 ? format.getSign() : 0;
  bits &= 0x7fffffff;
  if (bits > 0x7f800000)
    return sign | format.getNaN();
  // The exponent that the result has, at least that of the least numbers.
  int32_t exponent = int32_t(bits >> 23) - 127 + format.getBias();
  uint32_t mantissa = bits & 0x7fffff;
  if (bits >> 23)
    mantissa |= 0x800000;
  else
    ++exponent;
  int32_t shift = 23 - int32_t(format.mantissaBits);
  if (exponent < 1) {
    shift += 1 - exponent;
    exponent = 1;
  }
  if (shift > 25)
    return sign;
  uint32_t kept = mantissa >> shift;
  uint32_t rest = mantissa & ((1u << shift) - 1), half = 1u << (shift - 1);
  if (rest > half || (rest == half && (kept & 1)))
    ++kept;
  // A carry, and the implicit one, go into the exponent.
  uint64_t result = (uint64_t(exponent - 1) << format.mantissaBits) + kept;
  return sign | uint32_t(result < format.getTop() ? result : format.getTop());
}

/// An element that is reduced in its own type.
template <typename T>
struct Plain {
  using Stored = T;
  using Value = T;
  static T load(T stored) { return stored; }
  static T store(T value) { return value; }
};

/// An element that is reduced in f32.
template <typename T, const Format &F>
struct Small {
  using Stored = T;
  using Value = float;
  static float load(T stored) {
    if constexpr (&F == &kBF16)
      return decodeBF16(stored);
    else
      return decode(stored, F);
  }
  static T store(float value) { return T(encode(value, F)); }
};

/// Integers wrap around.
template <typename T, bool = std::is_integral_v<T>>
struct Arithmetic {
  static T add(T a, T b) { return a + b; }
  static T multiply(T a, T b) { return a * b; }
  static T divide(T a, size_t n) { return a / T(n); }
  static bool isNaN(T a) { return a != a; }
};
template <typename T>
struct Arithmetic<T, true> {
  static T add(T a, T b) { return T(uint64_t(a) + uint64_t(b)); }
  static T multiply(T a, T b) { return T(uint64_t(a) * uint64_t(b)); }
  static T divide(T a, size_t n) {
    if constexpr (std::is_signed_v<T>)
      return T(int64_t(a) / int64_t(n));
    else
      return T(uint64_t(a) / uint64_t(n));
  }
  static bool isNaN(T) { return false; }
};

template <typename V>
V combine(DagrtReduction reduction, V a, V b) {
  using A = Arithmetic<V>;
  switch (reduction) {
  case DAGRT_PROD:
    return A::multiply(a, b);
  case DAGRT_MAX:
    return A::isNaN(a) || (!A::isNaN(b) && !(a < b)) ? a : b;
  case DAGRT_MIN:
    return A::isNaN(a) || (!A::isNaN(b) && !(b < a)) ? a : b;
  default:
    return A::add(a, b);
  }
}

template <typename E, DagrtReduction R>
void reduceAs(const std::vector<const void *> &sources, uint64_t offset,
              uint64_t count, void *target) {
  using Stored = typename E::Stored;
  using Value = typename E::Value;
  Value values[kReduceBlock];
  for (size_t s = 0; s < sources.size(); ++s) {
    const Stored *source = static_cast<const Stored *>(sources[s]) + offset;
    if (s == 0)
      for (uint64_t i = 0; i < count; ++i)
        values[i] = E::load(source[i]);
    else
      for (uint64_t i = 0; i < count; ++i)
        values[i] = combine<Value>(R, values[i], E::load(source[i]));
  }
  if (R == DAGRT_AVG)
    for (uint64_t i = 0; i < count; ++i)
      values[i] = Arithmetic<Value>::divide(values[i], sources.size());
  for (uint64_t i = 0; i < count; ++i)
    static_cast<Stored *>(target)[i] = E::store(values[i]);
}

using Kernel = void (*)(const std::vector<const void *> &, uint64_t, uint64_t,
                        void *);

template <typename E>
Kernel getKernel(DagrtReduction reduction) {
  switch (reduction) {
  case DAGRT_PROD:
    return reduceAs<E, DAGRT_PROD>;
  case DAGRT_MAX:
    return reduceAs<E, DAGRT_MAX>;
  case DAGRT_MIN:
    return reduceAs<E, DAGRT_MIN>;
  case DAGRT_AVG:
    return reduceAs<E, DAGRT_AVG>;
  default:
    return reduceAs<E, DAGRT_SUM>;
  }
}

Kernel getKernel(DagrtDataType type, DagrtReduction reduction) {
  switch (type) {
  case DAGRT_F64:
    return getKernel<Plain<double>>(reduction);
  case DAGRT_F32:
    return getKernel<Plain<float>>(reduction);
  case DAGRT_F16:
    return getKernel<Small<uint16_t, kF16>>(reduction);
  case DAGRT_BF16:
    return getKernel<Small<uint16_t, kBF16>>(reduction);
  case DAGRT_F8E4M3:
    return getKernel<Small<uint8_t, kF8E4M3>>(reduction);
  case DAGRT_F8E5M2:
    return getKernel<Small<uint8_t, kF8E5M2>>(reduction);
  case DAGRT_I8:
    return getKernel<Plain<int8_t>>(reduction);
  case DAGRT_U8:
    return getKernel<Plain<uint8_t>>(reduction);
  case DAGRT_I32:
    return getKernel<Plain<int32_t>>(reduction);
  case DAGRT_U32:
    return getKernel<Plain<uint32_t>>(reduction);
  case DAGRT_I64:
    return getKernel<Plain<int64_t>>(reduction);
  case DAGRT_U64:
    return getKernel<Plain<uint64_t>>(reduction);
  default:
    return nullptr;
  }
}

const Format *getFormat(DagrtDataType type) {
  switch (type) {
  case DAGRT_F16:
    return &kF16;
  case DAGRT_BF16:
    return &kBF16;
  case DAGRT_F8E4M3:
    return &kF8E4M3;
  case DAGRT_F8E5M2:
    return &kF8E5M2;
  default:
    return nullptr;
  }
}

} // namespace

void dag::runtime::reduceBlock(DagrtDataType type, DagrtReduction reduction,
                               const std::vector<const void *> &sources,
                               uint64_t offset, uint64_t count, void *target) {
  if (Kernel kernel = getKernel(type, reduction))
    kernel(sources, offset, count, target);
}

float dag::runtime::decodeFloat(DagrtDataType type, uint32_t bits) {
  const Format *format = getFormat(type);
  return format ? decode(bits, *format)
                : std::numeric_limits<float>::quiet_NaN();
}

uint32_t dag::runtime::encodeFloat(DagrtDataType type, float value) {
  const Format *format = getFormat(type);
  return format ? encode(value, *format) : 0;
}
