//===- VShapedSchedules.h - Rows of ranks with two stages in a V -*- C++
//-*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_SCHEDULE_VSHAPEDSCHEDULES_H
#define DAG_LIB_SCHEDULE_VSHAPEDSCHEDULES_H

#include "dag/Schedule/Schedule.h"

namespace mlir::dag {

/// The row of a rank in ZB-V (arXiv 2401.10241, section 6).
void addZeroBubbleV(std::vector<Action> &row, int64_t ranks, int64_t rank,
                    int64_t microbatches);
/// The row of a rank in DualPipeV (github.com/deepseek-ai/DualPipe), from
/// `2 ranks` micro-batches on.
void addDualPipeV(std::vector<Action> &row, int64_t ranks, int64_t rank,
                  int64_t microbatches);

} // namespace mlir::dag

#endif // DAG_LIB_SCHEDULE_VSHAPEDSCHEDULES_H
