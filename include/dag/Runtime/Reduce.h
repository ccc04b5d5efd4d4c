//===- Reduce.h - Sums in the order of members -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_RUNTIME_REDUCE_H
#define DAG_RUNTIME_REDUCE_H

#include "dag/Runtime/DataTypes.h"

#include <vector>

namespace dag::runtime {

/// The most elements that `reduceBlock` takes.
constexpr uint64_t kReduceBlock = 512;

/// Reduces `count` elements from `offset` (in elements) on of all sources, in
/// their order, into `target`, which no source overlaps. 16-bit and 8-bit
/// floats are reduced in f32 and rounded once. The type is reducible.
void reduceBlock(DagrtDataType type, DagrtReduction reduction,
                 const std::vector<const void *> &sources, uint64_t offset,
                 uint64_t count, void *target);

/// Conversions of one element of f16, bf16, f8e4m3 or f8e5m2. To nearest even;
/// what is too large is infinite, in f8e4m3 NaN.
float decodeFloat(DagrtDataType type, uint32_t bits);
uint32_t encodeFloat(DagrtDataType type, float value);

} // namespace dag::runtime

#endif // DAG_RUNTIME_REDUCE_H
