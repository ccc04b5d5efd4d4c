//===- ScheduleCoverage.h - Is a micro-batch left out? -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_SCHEDULE_SCHEDULECOVERAGE_H
#define DAG_SCHEDULE_SCHEDULECOVERAGE_H

#include "dag/Schedule/Schedule.h"
#include "dag/Support/RangeSet.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringRef.h"

namespace mlir::dag {

/// What a stage does with some micro-batches and not with others.
struct LeftOut {
  int64_t stage;
  /// `run the forward`.
  llvm::StringRef what;
  RangeSet microbatches;
};

/// What a schedule has to do.
struct ScheduleExtent {
  /// 0 is as many as its rows name.
  int64_t stages = 0, microbatches = 0;
  /// False for a part of a schedule, which may be the backwards alone, or stop
  /// before those of some stages.
  bool hasForward = false;
  /// True if no backward is cut off: a stage whose next one computes the
  /// gradient of its inputs has a backward as well.
  bool hasBackward = false;
  /// Stages without weights: they compute no gradient of them.
  llvm::SmallDenseSet<int64_t> withoutWeights = {};
  /// Stages whose ranks have no summands of those gradients.
  llvm::SmallDenseSet<int64_t> withoutSums = {};
};

/// All stages do with all micro-batches what one stage does with one of them:
/// forwards, gradients of the inputs (a stage that owes none over `edges` needs
/// none) and, where there are gradients at all, those of the weights.
std::vector<LeftOut> findLeftOut(const Schedule &schedule,
                                 const ScheduleExtent &extent,
                                 llvm::ArrayRef<StageEdge> edges);

} // namespace mlir::dag

#endif // DAG_SCHEDULE_SCHEDULECOVERAGE_H
