//===- StageBalance.h - How many layers a stage gets -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_DIALECT_DAG_TRANSFORMS_STAGES_STAGEBALANCE_H
#define DAG_LIB_DIALECT_DAG_TRANSFORMS_STAGES_STAGEBALANCE_H

#include "dag/Cost/Cost.h"

#include <vector>

namespace mlir::dag {

/// `layers` over `stages`, which are not more: as even as can be, and earlier
/// stages take the remainder.
std::vector<int64_t> balanceLayers(int64_t layers, int64_t stages);

/// Picoseconds that `cost` takes on a rank of the reference device, an H100
/// SXM (989 TFLOP/s dense bf16, 3.35 TB/s of memory, 450 GB/s of NVLink each
/// way): the longer of computing and of reading all weights and caches, and
/// then the collectives.
int64_t estimateTime(const Cost &cost);

/// The number of layers of each stage when the layers take `times`, such that
/// every stage has a layer, the longest stage is as short as can be, and the
/// others are near the mean of what is left. Takes time linear in the layers.
std::vector<int64_t> balanceTimes(llvm::ArrayRef<int64_t> times,
                                  int64_t stages);

} // namespace mlir::dag

#endif // DAG_LIB_DIALECT_DAG_TRANSFORMS_STAGES_STAGEBALANCE_H
