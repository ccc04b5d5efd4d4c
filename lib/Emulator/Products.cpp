//===- Products.cpp - Products of matrices in memory -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Matrix.h"

using namespace mlir::dag::ptx;

/// Four rows and eight columns at a time: sums that do not depend on each other
/// fill the pipeline, and stay in registers.
template <typename T>
__attribute__((always_inline)) static inline void
multiplyAs(const MatrixShape &shape, const T *a, const T *b, T *d) {
  constexpr unsigned kRows = 4, kColumns = 8;
  unsigned n = shape.n, depth = shape.k;
  for (unsigned row = 0; row < shape.m; row += kRows)
    for (unsigned column = 0; column < n; column += kColumns) {
      T sums[kRows][kColumns];
      for (unsigned r = 0; r < kRows; ++r)
        for (unsigned c = 0; c < kColumns; ++c)
          sums[r][c] = d[size_t(row + r) * n + column + c];
      for (unsigned k = 0; k < depth; ++k) {
        const T *y = b + size_t(k) * n + column;
        for (unsigned r = 0; r < kRows; ++r) {
          T x = a[size_t(row + r) * depth + k];
          for (unsigned c = 0; c < kColumns; ++c)
            if constexpr (std::is_same_v<T, double>)
              sums[r][c] = std::fma(x, y[c], sums[r][c]);
            else
              sums[r][c] += x * y[c];
        }
      }
      for (unsigned r = 0; r < kRows; ++r)
        for (unsigned c = 0; c < kColumns; ++c)
          d[size_t(row + r) * n + column + c] = sums[r][c];
    }
}

#if defined(__clang__) && defined(__x86_64__) && defined(__linux__)
#define DAG_CLONES(feature) __attribute__((target_clones(feature, "default")))
#else
#define DAG_CLONES(feature)
#endif

DAG_CLONES("avx2")
void mlir::dag::ptx::widenHalves(float *values, size_t count) {
  for (size_t i = 0; i < count; ++i)
    values[i] = halfToFloat(uint16_t(toBits(values[i])));
}

// E4m3 has the exponents of f16, eight lower, and no infinity.
DAG_CLONES("avx2")
void mlir::dag::ptx::widenE4M3(float *values, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    uint32_t bits = toBits(values[i]), magnitude = bits & 0x7f;
    float value = halfToFloat((bits & 0x80) << 8 | magnitude << 7) * 256;
    values[i] = toFloat(magnitude == 0x7f ? 0x7fc00000 : toBits(value));
  }
}

DAG_CLONES("avx2")
void mlir::dag::ptx::narrowToHalves(float *values, size_t count) {
  for (size_t i = 0; i < count; ++i)
    values[i] = toFloat(floatToHalf(values[i]));
}

// Not "fma": it would fuse what f32 must not.
DAG_CLONES("avx2")
void mlir::dag::ptx::multiply(const MatrixShape &shape, const float *a,
                              const float *b, float *d) {
  multiplyAs(shape, a, b, d);
}

DAG_CLONES("fma")
void mlir::dag::ptx::multiply(const MatrixShape &shape, const double *a,
                              const double *b, double *d) {
  multiplyAs(shape, a, b, d);
}

DAG_CLONES("avx2")
void mlir::dag::ptx::multiply(const MatrixShape &shape, const uint32_t *a,
                              const uint32_t *b, uint32_t *d) {
  multiplyAs(shape, a, b, d);
}
