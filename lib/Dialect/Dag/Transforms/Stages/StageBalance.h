//===- StageBalance.h - How many layers a stage gets -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_DIALECT_DAG_TRANSFORMS_STAGES_STAGEBALANCE_H
#define DAG_LIB_DIALECT_DAG_TRANSFORMS_STAGES_STAGEBALANCE_H

#include "mlir/Support/LLVM.h"

#include <vector>

namespace mlir::dag {

/// `layers` over `stages`, which are not more: as even as can be, and earlier
/// stages take the remainder.
std::vector<int64_t> balanceLayers(int64_t layers, int64_t stages);

/// The number of layers of each stage when the layers take `times`, such that
/// every stage has a layer, the longest stage is as short as can be, and the
/// others are near the mean of what is left. Takes time linear in the layers.
std::vector<int64_t> balanceTimes(llvm::ArrayRef<int64_t> times,
                                  int64_t stages);

} // namespace mlir::dag

#endif // DAG_LIB_DIALECT_DAG_TRANSFORMS_STAGES_STAGEBALANCE_H
