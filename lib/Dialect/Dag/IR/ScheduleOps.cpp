//===- ScheduleOps.cpp - In which order stages run -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Schedule/Schedule.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace mlir::dag;

LogicalResult ScheduleOp::verify() {
  // (C1) At least one micro-batch.
  auto microbatches = static_cast<int64_t>(getMicrobatches());
  if (microbatches <= 0 || microbatches > kMaxMicrobatches)
    return emitOpError("(C1) expected 'microbatches' to lie in 1 to ")
           << kMaxMicrobatches << ", but got " << microbatches;
  // (C2) A known order.
  if (!getTable()) {
    if (parseScheduleKind(getKind()))
      return success();
    return emitOpError("(C2) expected a table, or a kind out of ")
           << getScheduleKindNames() << ", but got '" << getKind() << "'";
  }
  // (C3) Lists of actions.
  Schedule schedule;
  for (auto [rank, row] : llvm::enumerate(*getTable())) {
    llvm::Expected<std::vector<Action>> actions =
        parseActions(cast<StringAttr>(row).getValue());
    if (!actions)
      return emitOpError("(C3) in the row of rank ")
             << rank << ": " << llvm::toString(actions.takeError());
    schedule.rows.push_back(std::move(*actions));
  }
  // (C4) Micro-batches that there are; (C5) nothing twice; (C6) events.
  if (llvm::Error error = checkSchedule(schedule, microbatches))
    return emitOpError() << llvm::toString(std::move(error));
  return success();
}

void DagDialect::registerScheduleOps() {
  addOperations<
#define GET_OP_LIST
#include "dag/Dialect/Dag/IR/DagScheduleOps.cpp.inc"
      >();
}

#define GET_OP_CLASSES
#include "dag/Dialect/Dag/IR/DagScheduleOps.cpp.inc"
