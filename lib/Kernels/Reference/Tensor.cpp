//===- Tensor.cpp - Values of the interpreter -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Kernels/Reference/Tensor.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"

#include <cassert>
#include <cmath>
#include <numeric>
#include <optional>

using namespace mlir;
using namespace mlir::dag;

static int64_t multiply(ArrayRef<int64_t> sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), int64_t(1),
                         std::multiplies<int64_t>());
}

Tensor::Tensor(ArrayRef<int64_t> shape)
    : shape(shape), data(multiply(shape)), present(true) {}

int64_t Tensor::getOuterSize(unsigned dim) const {
  return multiply(getShape().take_front(dim));
}

int64_t Tensor::getInnerSize(unsigned dim) const {
  return multiply(getShape().drop_front(dim + 1));
}

Tensor Tensor::slice(unsigned dim, int64_t begin, int64_t size,
                     double fill) const {
  SmallVector<int64_t, 4> newShape(shape);
  newShape[dim] = size;
  Tensor result(newShape);
  int64_t outer = getOuterSize(dim), inner = getInnerSize(dim);
  int64_t kept = std::clamp<int64_t>(shape[dim] - begin, 0, size);
  for (int64_t i = 0; i < outer; ++i) {
    const double *from = data.data() + (i * shape[dim] + begin) * inner;
    double *to = result.data.data() + i * size * inner;
    std::copy(from, from + kept * inner, to);
    std::fill(to + kept * inner, to + size * inner, fill);
  }
  return result;
}

Tensor Tensor::concat(ArrayRef<const Tensor *> parts, unsigned dim) {
  assert(!parts.empty() && "no parts");
  SmallVector<int64_t, 4> shape(parts[0]->shape);
  shape[dim] = 0;
  for (const Tensor *part : parts)
    shape[dim] += part->shape[dim];
  Tensor result(shape);
  int64_t outer = result.getOuterSize(dim), inner = result.getInnerSize(dim);
  double *to = result.data.data();
  for (int64_t i = 0; i < outer; ++i)
    for (const Tensor *part : parts) {
      int64_t size = part->shape[dim] * inner;
      const double *from = part->data.data() + i * size;
      to = std::copy(from, from + size, to);
    }
  return result;
}

double dag::roundTo(Type type, double value) {
  auto floatType = dyn_cast<FloatType>(type);
  if (!floatType || floatType.isF64())
    return value;
  if (floatType.isF32())
    return static_cast<float>(value);
  const llvm::fltSemantics &semantics = floatType.getFloatSemantics();
  // What is too large for 8 bits or fewer is the largest there is, as kernels
  // have it that store such numbers.
  if (floatType.getWidth() <= 8 && std::isfinite(value)) {
    double largest = llvm::APFloat::getLargest(semantics).convertToDouble();
    value = std::clamp(value, -largest, largest);
    if (!llvm::APFloat::semanticsHasSignedRepr(semantics))
      value = std::abs(value);
  }
  llvm::APFloat number(value);
  bool losesInfo;
  (void)number.convert(semantics, llvm::APFloat::rmNearestTiesToEven,
                       &losesInfo);
  return number.convertToDouble();
}

namespace {
/// Rounds numbers to a type of fewer bits where they stay what is usual there:
/// neither zero of some sign, nor too large, nor no numbers.
class UsualRounding {
public:
  explicit UsualRounding(FloatType type)
      : precision(llvm::APFloat::semanticsPrecision(type.getFloatSemantics())),
        minExponent(
            llvm::APFloat::semanticsMinExponent(type.getFloatSemantics())),
        largest(llvm::APFloat::getLargest(type.getFloatSemantics())
                    .convertToDouble()),
        isUsual(
            precision > 1 && precision <= 24 && type.getWidth() <= 32 &&
            llvm::APFloat::semanticsHasSignedRepr(type.getFloatSemantics())) {}

  std::optional<double> round(double value) const {
    if (!isUsual || !(std::fabs(value) <= largest))
      return std::nullopt;
    auto bits = llvm::bit_cast<uint64_t>(value);
    if (bits == 0)
      return value;
    int exponent = std::max(int(bits >> 52 & 0x7ff) - 1023, minExponent);
    // Where it is added, the last bit of a double is the last of the type.
    double magic = std::ldexp(1.5, exponent - (precision - 1) + 52);
    double rounded = (value + magic) - magic;
    if (rounded == 0 || std::fabs(rounded) > largest)
      return std::nullopt;
    return rounded;
  }

private:
  int precision, minExponent;
  double largest;
  bool isUsual;
};
} // namespace

void Tensor::roundTo(Type type) {
  auto floatType = dyn_cast<FloatType>(type);
  if (!floatType || type.isF64())
    return;
  UsualRounding usual(floatType);
  for (double &value : data)
    if (std::optional<double> rounded = usual.round(value))
      value = *rounded;
    else
      value = dag::roundTo(type, value);
}
