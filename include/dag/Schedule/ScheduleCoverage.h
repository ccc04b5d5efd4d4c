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
#include "llvm/ADT/StringRef.h"

namespace mlir::dag {

/// What a stage does with some micro-batches and not with others.
struct LeftOut {
  int64_t stage;
  /// `run the forward`.
  llvm::StringRef what;
  RangeSet microbatches;
};

/// A stage does with each micro-batch of a schedule what it does with one of
/// them. What it does with none is not asked for: half a schedule is one, too.
std::vector<LeftOut> findLeftOut(const Schedule &schedule);

} // namespace mlir::dag

#endif // DAG_SCHEDULE_SCHEDULECOVERAGE_H
