//===- Linear.h - Kernels of linear layers ----------------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// y = x w^T, [m, k] by [n, k] to [m, n], with sums in f32.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TEMPLATES_LINEAR_H
#define DAG_TEMPLATES_LINEAR_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace mlir::dag {

/// Tiles of a linear layer on sm_90a: one warpgroup copies, the others
/// multiply. A step is 128 bytes of columns of both operands.
struct LinearTiles {
  /// bf16, f16 or f8E4M3FN; the result of the last is bf16.
  Type element;
  /// Warpgroups that multiply, 64 rows each.
  unsigned warpgroups = 2;
  /// Columns of the result that a block makes: a multiple of 64.
  unsigned columns = 256;
  /// Steps that are in shared memory at one time.
  unsigned slots = 4;
  /// Blocks, one below the other, that share the copies of the weights.
  unsigned cluster = 2;

  /// Rows that a block makes.
  unsigned getRows() const { return 64 * warpgroups; }
};

/// Tiles of a linear layer on sm_80, where all threads copy and multiply.
struct LinearThreadTiles {
  /// bf16 or f16.
  Type element;
  /// Rows and columns of the result that a block makes: multiples of 32 and 64.
  unsigned rows = 128, columns = 128;
  /// Steps that are in shared memory at one time, 2 or more.
  unsigned slots = 3;
};

/// Appends the kernel `name` to a module:
///
///     name(x: map [rows, k], w: map [columns / cluster, k],
///          y: map [64, 64], steps: i32)
///
/// on a grid of blocks of rows by blocks of columns. Whatever lies beyond the
/// ends of the matrices the tensor maps leave out. Sizes that no kernel can
/// have are an error at the module.
LogicalResult addLinear(gpu::GPUModuleOp module, StringRef name,
                        const LinearTiles &tiles);

/// Appends the kernel `name` to a module:
///
///     name(x, w, y: pointers, m, n, k, steps: i32)
///
/// of 256 threads, on a grid of blocks of rows by blocks of columns; `steps` is
/// `k` over 64, rounded up.
LogicalResult addLinear(gpu::GPUModuleOp module, StringRef name,
                        const LinearThreadTiles &tiles);

} // namespace mlir::dag

#endif // DAG_TEMPLATES_LINEAR_H
