//===- ScheduleRows.h - The rows of a written schedule ----------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TARGET_SCHEDULE_SCHEDULEROWS_H
#define DAG_LIB_TARGET_SCHEDULE_SCHEDULEROWS_H

#include "dag/Schedule/Schedule.h"

namespace mlir::dag::schedule {

/// The actions of one rank in a file.
struct WrittenRow {
  /// Where it begins; lines count from 1. Columns of actions are those of the
  /// file.
  unsigned line = 0;
  std::vector<Action> actions;
};

/// Reads the rows of all ranks in one of the forms that PyTorch writes and
/// prints: lines of cells between commas; the same as lists, `[0F0, None,
/// 0B0]`, which may have a rank before them, `{0: [...], 1: [...]}`; and a grid
/// with a column for each rank below a line `Rank 0 Rank 1 ...`. The row of an
/// error is the line, counted from 0.
llvm::Expected<std::vector<WrittenRow>> readRows(llvm::StringRef text);

} // namespace mlir::dag::schedule

#endif // DAG_LIB_TARGET_SCHEDULE_SCHEDULEROWS_H
