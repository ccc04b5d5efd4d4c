//===- ScheduledMemory.h - Memory under schedules -----------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_VERIFICATION_SCHEDULEDMEMORY_H
#define DAG_LIB_VERIFICATION_SCHEDULEDMEMORY_H

#include "dag/Cost/Memory.h"
#include "dag/Dialect/Dag/IR/Dag.h"

namespace mlir::dag {

/// What the schedules of a plan say of its memory.
struct ScheduledMemory {
  /// Linear in the actions of the tables.
  explicit ScheduledMemory(ModelOp model);

  /// `options` with what is not stated there: how many micro-batches have
  /// caches of their own (0 stands for that), and what runs side by side.
  MemoryOptions complete(MemoryOptions options) const;

  int64_t microBatches = 1;
  std::vector<SmallVector<int64_t, 2>> sideBySide;
  /// A schedule with backwards, whose memory is in no figure, or null.
  ScheduleOp withBackwards;
};

} // namespace mlir::dag

#endif // DAG_LIB_VERIFICATION_SCHEDULEDMEMORY_H
