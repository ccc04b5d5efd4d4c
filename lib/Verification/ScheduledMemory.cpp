//===- ScheduledMemory.cpp - Memory under schedules ---------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScheduledMemory.h"
#include "dag/Communication/CommunicationOrder.h"

#include <set>

using namespace mlir;
using namespace mlir::dag;

using StageSet = SmallVector<int64_t, 2>;

/// Adds the stages whose forwards a rank runs at one time.
static void addSideBySide(ArrayRef<Action> row, std::set<StageSet> &sets) {
  for (size_t begin = 0, end; begin < row.size(); begin = end) {
    end = findUnitEnd(row, begin);
    StageSet stages;
    for (const Action &action : row.slice(begin, end - begin))
      if (action.kind == ActionKind::Forward)
        stages.push_back(action.stage);
    if (stages.size() < 2)
      continue;
    llvm::sort(stages);
    sets.insert(std::move(stages));
  }
}

ScheduledMemory::ScheduledMemory(ModelOp model) {
  if (model.getBody().empty())
    return;
  std::set<StageSet> sets;
  for (auto schedule : model.getBody().getOps<ScheduleOp>()) {
    microBatches = std::max<int64_t>(microBatches, schedule.getMicrobatches());
    bool hasBackwards =
        parseScheduleKind(schedule.getKind()) != ScheduleKind::Forward;
    if (schedule.getTable()) {
      llvm::Expected<Schedule> rows = getScheduleRows(schedule);
      if (!rows) {
        llvm::consumeError(rows.takeError());
        continue;
      }
      hasBackwards = rows->hasBackwards();
      for (const std::vector<Action> &row : rows->rows)
        addSideBySide(row, sets);
    }
    if (hasBackwards && !withBackwards)
      withBackwards = schedule;
  }
  sideBySide.assign(sets.begin(), sets.end());
}

MemoryOptions ScheduledMemory::complete(MemoryOptions options) const {
  if (options.microBatches == 0)
    options.microBatches = microBatches;
  options.sideBySide = sideBySide;
  return options;
}
