//===- ComputeKernels.cpp - Norms, linears, rotation -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Kernels/Reference/Kernels.h"

#include <cmath>

using namespace mlir;
using namespace mlir::dag;

Tensor kernels::linear(const Tensor &x, const Tensor &weight,
                       const Tensor *bias, int64_t validK) {
  SmallVector<int64_t, 4> shape(x.getShape());
  shape.back() = weight.getDim(0);
  Tensor result(shape);
  int64_t rows = x.getOuterSize(x.getRank() - 1), features = shape.back();
  for (int64_t row = 0; row < rows; ++row) {
    const double *from = x.getRow(row);
    double *to = result.getRow(row);
    for (int64_t o = 0; o < features; ++o) {
      const double *w = weight.getRow(o);
      double sum = 0;
      for (int64_t k = 0; k < validK; ++k)
        sum += from[k] * w[k];
      to[o] = sum + (bias ? (*bias)[o] : 0);
    }
  }
  return result;
}

/// The normalization of `count` vectors of `size` elements, one behind the
/// other.
static void normalize(double *data, int64_t count, int64_t size,
                      const Tensor &weight, double epsilon, bool unitOffset) {
  for (; count > 0; --count, data += size) {
    double sum = 0;
    for (int64_t i = 0; i < size; ++i)
      sum += data[i] * data[i];
    double scale = 1 / std::sqrt(sum / size + epsilon);
    for (int64_t i = 0; i < size; ++i)
      data[i] *= scale * (weight[i] + (unitOffset ? 1 : 0));
  }
}

Tensor kernels::embedding(const Tensor &ids, const Tensor &table,
                          int64_t offset, int64_t validRows) {
  SmallVector<int64_t, 4> shape(ids.getShape());
  shape.push_back(table.getDim(1));
  Tensor result(shape);
  for (int64_t i = 0, e = ids.getNumElements(); i < e; ++i) {
    if (std::isnan(ids[i])) {
      std::fill_n(result.getRow(i), table.getDim(1), ids[i]);
      continue;
    }
    int64_t row = static_cast<int64_t>(ids[i]) - offset;
    if (row >= 0 && row < validRows)
      std::copy_n(table.getRow(row), table.getDim(1), result.getRow(i));
  }
  return result;
}

Tensor kernels::rmsNorm(const Tensor &x, const Tensor &weight, double epsilon,
                        bool unitOffset) {
  Tensor result = x;
  unsigned last = x.getRank() - 1;
  normalize(result.getData(), x.getOuterSize(last), x.getDim(last), weight,
            epsilon, unitOffset);
  return result;
}

Tensor kernels::qkNorm(const Tensor &x, const Tensor &weight, double epsilon,
                       bool unitOffset) {
  Tensor result = x;
  int64_t size = weight.getDim(0);
  int64_t count = size == 0 ? 0 : x.getNumElements() / size;
  normalize(result.getData(), count, size, weight, epsilon, unitOffset);
  return result;
}

Tensor kernels::layerNorm(const Tensor &x, const Tensor &weight,
                          const Tensor *bias, double epsilon) {
  Tensor result = x;
  unsigned last = x.getRank() - 1;
  int64_t size = x.getDim(last);
  for (int64_t row = 0, rows = x.getOuterSize(last); row < rows; ++row) {
    double *data = result.getRow(row);
    double mean = 0, variance = 0;
    for (int64_t i = 0; i < size; ++i)
      mean += data[i];
    mean /= size;
    for (int64_t i = 0; i < size; ++i)
      variance += (data[i] - mean) * (data[i] - mean);
    double scale = 1 / std::sqrt(variance / size + epsilon);
    for (int64_t i = 0; i < size; ++i)
      data[i] = (data[i] - mean) * scale * weight[i] + (bias ? (*bias)[i] : 0);
  }
  return result;
}

double kernels::activate(ActivationKind kind, double x) {
  switch (kind) {
  case ActivationKind::Relu:
    return std::max(x, 0.0);
  case ActivationKind::Gelu:
    return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0)));
  case ActivationKind::GeluTanh: {
    constexpr double kSqrt2OverPi = 0.7978845608028654;
    return 0.5 * x * (1 + std::tanh(kSqrt2OverPi * (x + 0.044715 * x * x * x)));
  }
  case ActivationKind::Silu:
    return x / (1 + std::exp(-x));
  case ActivationKind::Sigmoid:
    return 1 / (1 + std::exp(-x));
  case ActivationKind::Tanh:
    return std::tanh(x);
  case ActivationKind::QuickGelu:
    return x / (1 + std::exp(-1.702 * x));
  }
  return x;
}

Tensor kernels::rotate(const Tensor &x, ArrayRef<RotaryTable> tables,
                       int64_t offset, bool interleaved,
                       const Positions &positions) {
  Tensor result = x;
  unsigned last = x.getRank() - 1;
  // Heads of one token, of each of which the same elements are rotated.
  int64_t heads = last == 3 ? x.getDim(2) : 1, tokens = x.getDim(1);
  for (int64_t row = 0, rows = x.getOuterSize(last); row < rows; ++row) {
    int64_t sequence = row / heads / tokens;
    const RotaryTable &table = tables[tables.size() == 1 ? 0 : sequence];
    int64_t pairs = table.frequencies.size();
    double token = positions.get(sequence) + row / heads % tokens;
    double *data = result.getRow(row) + offset;
    for (int64_t i = 0; i < pairs; ++i) {
      double &a = data[interleaved ? 2 * i : i];
      double &b = data[interleaved ? 2 * i + 1 : i + pairs];
      double cosine = std::cos(token * table.frequencies[i]) * table.factor;
      double sine = std::sin(token * table.frequencies[i]) * table.factor;
      double first = a, second = b;
      a = first * cosine - second * sine;
      b = second * cosine + first * sine;
    }
  }
  return result;
}
