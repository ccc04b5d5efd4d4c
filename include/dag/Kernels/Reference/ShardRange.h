//===- ShardRange.h - A rank's part of a dimension -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_KERNELS_REFERENCE_SHARDRANGE_H
#define DAG_KERNELS_REFERENCE_SHARDRANGE_H

#include <cstdint>

namespace mlir::dag {

/// Which elements of a dimension of the whole tensor a shard holds.
struct ShardRange {
  /// Index of the first one.
  int64_t offset = 0;
  /// Elements of the shard, padding included.
  int64_t size = 0;
  /// Elements that are no padding; they come first.
  int64_t valid = 0;
  /// Elements of the whole dimension, without padding.
  int64_t total = 0;
};

} // namespace mlir::dag

#endif // DAG_KERNELS_REFERENCE_SHARDRANGE_H
