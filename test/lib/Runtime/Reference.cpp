//===- Reference.cpp - Plain calculations to compare with -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Reference.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>

using namespace dag::conformance;

namespace {

uint64_t mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

struct Layout {
  int exponentBits, mantissaBits;
  bool hasInfinity;
};

bool getLayout(DagrtDataType type, Layout &layout) {
  switch (type) {
  case DAGRT_F16:
    layout = {5, 10, true};
    return true;
  case DAGRT_BF16:
    layout = {8, 7, true};
    return true;
  case DAGRT_F8E4M3:
    layout = {4, 3, false};
    return true;
  case DAGRT_F8E5M2:
    layout = {5, 2, true};
    return true;
  default:
    return false;
  }
}

/// The finite magnitudes of a type, in order: the place is the bits.
const std::vector<double> &getMagnitudes(DagrtDataType type) {
  static const std::map<DagrtDataType, std::vector<double>> tables = [] {
    std::map<DagrtDataType, std::vector<double>> made;
    for (DagrtDataType type :
         {DAGRT_F16, DAGRT_BF16, DAGRT_F8E4M3, DAGRT_F8E5M2})
      for (uint32_t bits = 0; std::isfinite(decodeSmall(type, bits)); ++bits)
        made[type].push_back(decodeSmall(type, bits));
    return made;
  }();
  return tables.at(type);
}

template <typename T>
T get(const Bytes &bytes, size_t i) {
  T value;
  std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
  return value;
}

template <typename T>
void set(Bytes &bytes, size_t i, T value) {
  std::memcpy(bytes.data() + i * sizeof(T), &value, sizeof(T));
}

template <typename F>
F reduceFloats(DagrtReduction reduction, const std::vector<F> &values) {
  F result = values[0];
  for (size_t i = 1; i < values.size(); ++i) {
    F value = values[i];
    if (reduction == DAGRT_PROD)
      result = result * value;
    else if (reduction == DAGRT_SUM || reduction == DAGRT_AVG)
      result = result + value;
    else if (std::isnan(result) || std::isnan(value))
      result = std::numeric_limits<F>::quiet_NaN();
    else if (reduction == DAGRT_MAX)
      result = value > result ? value : result;
    else
      result = value < result ? value : result;
  }
  return reduction == DAGRT_AVG ? result / F(values.size()) : result;
}

/// In 128 bits, cut to size at the end: sums and products are modulo 2^bits.
template <typename T>
T reduceIntegers(DagrtReduction reduction, const std::vector<T> &values) {
  if (reduction == DAGRT_MAX)
    return *std::max_element(values.begin(), values.end());
  if (reduction == DAGRT_MIN)
    return *std::min_element(values.begin(), values.end());
  unsigned __int128 result = reduction == DAGRT_PROD;
  for (T value : values)
    if (reduction == DAGRT_PROD)
      result = uint64_t(result * uint64_t(value));
    else
      result += uint64_t(value);
  T sum = T(uint64_t(result));
  if (reduction != DAGRT_AVG)
    return sum;
  return T(__int128(sum) / __int128(values.size()));
}

template <typename T, typename Reduce>
void forEach(const std::vector<Bytes> &inputs, Bytes &result, Reduce reduce) {
  for (size_t i = 0; i < result.size() / sizeof(T); ++i) {
    std::vector<T> values;
    for (const Bytes &input : inputs)
      values.push_back(get<T>(input, i));
    set<T>(result, i, reduce(values));
  }
}

template <typename T>
void reduceSmall(DagrtDataType type, DagrtReduction reduction,
                 const std::vector<Bytes> &inputs, Bytes &result) {
  forEach<T>(inputs, result, [&](const std::vector<T> &bits) {
    std::vector<float> values;
    for (T one : bits)
      values.push_back(float(decodeSmall(type, one)));
    return T(encodeSmall(type, double(reduceFloats(reduction, values))));
  });
}

/// Numbers between -4 and 4 of a few bits, and now and then a special one.
double makeNumber(uint64_t random) {
  if (random % 97 == 0)
    return std::numeric_limits<double>::infinity();
  if (random % 89 == 0)
    return std::numeric_limits<double>::quiet_NaN();
  if (random % 83 == 0)
    return -0.0;
  double value = double(int64_t(random >> 40) - (1 << 23)) / (1 << 21);
  return random % 7 ? value : value / 65536;
}

} // namespace

double dag::conformance::decodeSmall(DagrtDataType type, uint32_t bits) {
  Layout layout = {};
  if (!getLayout(type, layout))
    return 0;
  uint32_t mantissa = bits & ((1u << layout.mantissaBits) - 1);
  int exponent =
      int(bits >> layout.mantissaBits) & ((1 << layout.exponentBits) - 1);
  bool isNegative = bits >> (layout.exponentBits + layout.mantissaBits) & 1;
  int bias = (1 << (layout.exponentBits - 1)) - 1;
  double value;
  bool isTop = exponent == (1 << layout.exponentBits) - 1;
  if (isTop && layout.hasInfinity)
    value = mantissa ? std::numeric_limits<double>::quiet_NaN()
                     : std::numeric_limits<double>::infinity();
  else if (isTop && mantissa == (1u << layout.mantissaBits) - 1)
    value = std::numeric_limits<double>::quiet_NaN();
  else if (exponent == 0)
    value = std::ldexp(mantissa, 1 - bias - layout.mantissaBits);
  else
    value = std::ldexp(mantissa + (1u << layout.mantissaBits),
                       exponent - bias - layout.mantissaBits);
  return isNegative ? -value : value;
}

uint32_t dag::conformance::encodeSmall(DagrtDataType type, double value) {
  Layout layout = {};
  if (!getLayout(type, layout))
    return 0;
  const std::vector<double> &all = getMagnitudes(type);
  uint32_t sign = std::signbit(value)
                      ? 1u << (layout.exponentBits + layout.mantissaBits)
                      : 0;
  // What follows the largest number: an infinity, or NaN.
  uint32_t top = all.size();
  if (std::isnan(value))
    return sign | (layout.hasInfinity ? top + 1 : top);
  double magnitude = std::fabs(value);
  double above = all.back() + (all.back() - all[all.size() - 2]);
  uint32_t upper =
      std::lower_bound(all.begin(), all.end(), magnitude) - all.begin();
  if (upper < all.size() && all[upper] == magnitude)
    return sign | upper;
  double high = upper < all.size() ? all[upper] : above;
  double low = all[upper - 1];
  bool goesUp = magnitude - low > high - magnitude ||
                (magnitude - low == high - magnitude && upper % 2 == 0);
  return sign | (goesUp ? upper : upper - 1);
}

Bytes dag::conformance::makeInput(DagrtDataType type, uint64_t count,
                                  uint32_t member, uint32_t seed) {
  uint32_t bytes = dagrtGetDataTypeInfo(type)->bytes;
  Bytes result(count * bytes);
  for (uint64_t i = 0; i < count; ++i) {
    uint64_t random = mix(mix(mix(seed) + member) + i);
    Layout layout = {};
    if (type == DAGRT_F64)
      set<double>(result, i, makeNumber(random));
    else if (type == DAGRT_F32)
      set<float>(result, i, float(makeNumber(random)));
    else if (getLayout(type, layout) && bytes == 2)
      set<uint16_t>(result, i, encodeSmall(type, makeNumber(random)));
    else
      std::memcpy(result.data() + i * bytes, &random, bytes);
  }
  return result;
}

Bytes dag::conformance::reduceInOrder(DagrtDataType type,
                                      DagrtReduction reduction,
                                      const std::vector<Bytes> &inputs) {
  Bytes result(inputs[0].size());
  auto integers = [&](auto zero) {
    using T = decltype(zero);
    forEach<T>(inputs, result, [&](const std::vector<T> &values) {
      return reduceIntegers(reduction, values);
    });
  };
  auto floats = [&](auto zero) {
    using T = decltype(zero);
    forEach<T>(inputs, result, [&](const std::vector<T> &values) {
      return reduceFloats(reduction, values);
    });
  };
  switch (type) {
  case DAGRT_F64:
    floats(double());
    break;
  case DAGRT_F32:
    floats(float());
    break;
  case DAGRT_F16:
  case DAGRT_BF16:
    reduceSmall<uint16_t>(type, reduction, inputs, result);
    break;
  case DAGRT_F8E4M3:
  case DAGRT_F8E5M2:
    reduceSmall<uint8_t>(type, reduction, inputs, result);
    break;
  case DAGRT_I8:
    integers(int8_t());
    break;
  case DAGRT_U8:
    integers(uint8_t());
    break;
  case DAGRT_I32:
    integers(int32_t());
    break;
  case DAGRT_U32:
    integers(uint32_t());
    break;
  case DAGRT_I64:
    integers(int64_t());
    break;
  case DAGRT_U64:
    integers(uint64_t());
    break;
  }
  return result;
}

bool dag::conformance::isSame(DagrtDataType type, const Bytes &expected,
                              const Bytes &got) {
  if (expected == got)
    return true;
  if (expected.size() != got.size())
    return false;
  Layout layout = {};
  bool isSmall = getLayout(type, layout);
  uint32_t bytes = dagrtGetDataTypeInfo(type)->bytes;
  auto isNaN = [&](const Bytes &values, size_t i) {
    if (type == DAGRT_F64)
      return std::isnan(get<double>(values, i));
    if (type == DAGRT_F32)
      return std::isnan(get<float>(values, i));
    uint32_t bits = bytes == 2 ? get<uint16_t>(values, i) : values[i];
    return isSmall && std::isnan(decodeSmall(type, bits));
  };
  for (size_t i = 0; i < expected.size() / bytes; ++i)
    if (std::memcmp(&expected[i * bytes], &got[i * bytes], bytes) &&
        !(isNaN(expected, i) && isNaN(got, i)))
      return false;
  return true;
}

uint64_t dag::conformance::hash(const Bytes &bytes, uint64_t seed) {
  for (uint8_t byte : bytes)
    seed = (seed ^ byte) * 0x100000001b3;
  return seed;
}
