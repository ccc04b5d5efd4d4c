//===- CheckScheduleCoverage.cpp - What a schedule leaves out -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OrderBuilder.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::dag;

void OrderBuilder::checkCoverage(const Schedule &schedule,
                                 const ScheduleExtent &extent,
                                 ArrayRef<StageEdge> edges) {
  std::vector<int32_t> rankOf = schedule.getRankOfStages();
  rankOf.resize(std::max<int64_t>(rankOf.size(), extent.stages), -1);
  for (const LeftOut &rest : findLeftOut(schedule, extent, edges))
    report(Code::DAG810,
           rankOf[rest.stage] < 0 ? loc : getRowLoc(rankOf[rest.stage]),
           "expected stage " + Twine(rest.stage) + " to " + rest.what +
               " of each micro-batch, but it leaves out " +
               rest.microbatches.str());
  checkReductions(schedule, extent);
}

void OrderBuilder::checkReductions(const Schedule &schedule,
                                   const ScheduleExtent &extent) {
  std::map<int32_t, size_t> rankOfGradients;
  std::optional<int32_t> reduced;
  // Without summands here, what is reduced is of replicas elsewhere: of all.
  bool hasReplicas = false;
  llvm::SmallDenseSet<int32_t> allReduced;
  for (auto [rank, row] : llvm::enumerate(schedule.rows))
    for (const Action &action : row) {
      if (action.kind == ActionKind::Backward ||
          action.kind == ActionKind::BackwardWeight)
        rankOfGradients.try_emplace(action.stage, rank);
      if (!action.isLocal("REDUCE_GRAD"))
        continue;
      reduced = reduced.value_or(action.stage);
      hasReplicas |= extent.withoutSums.contains(action.stage);
      allReduced.insert(action.stage);
    }
  for (auto [stage, rank] : rankOfGradients)
    if (reduced && !allReduced.contains(stage) &&
        !extent.withoutWeights.contains(stage) &&
        (hasReplicas || !extent.withoutSums.contains(stage)))
      report(Code::DAG810, getRowLoc(rank),
             "expected stage " + Twine(stage) +
                 " to reduce its gradients as stage " + Twine(*reduced) +
                 " does, but it does not");
}

void OrderBuilder::checkRowsCompute(const Schedule &schedule) {
  if (schedule.getNumStages() == 0)
    return;
  for (auto [rank, row] : llvm::enumerate(schedule.rows))
    if (row.empty())
      report(Code::DAG810, getRowLoc(rank),
             "expected rank " + Twine(rank) +
                 " to run a stage, as others do, but its row is empty");
}

void OrderBuilder::reportStuck(const Schedule &schedule,
                               ArrayRef<StuckAction> stuck) {
  if (llvm::any_of(stuck, [](const StuckAction &action) {
        return action.sharesBuffers;
      })) {
    order.unknown =
        "no order of transfers was found in which buffers that "
        "several transfers go through have a slot for each: rank " +
        std::to_string(stuck.front().rank) + " waits before '" +
        schedule.rows[stuck.front().rank][stuck.front().position].str() + "'";
    return;
  }
  bool lacksSlot = llvm::any_of(
      stuck, [](const StuckAction &action) { return action.lacksSlot; });
  std::vector<int32_t> rankOf = schedule.getRankOfStages();
  auto getPlace = [&](const StuckAction &action) {
    return getLoc(action.rank, schedule.rows[action.rank][action.position]);
  };
  report(lacksSlot ? Code::DAG806 : Code::DAG801,
         stuck.empty() ? loc : getPlace(stuck.front()),
         "expected every rank to reach the end of the schedule, but " +
             Twine(stuck.size()) + " of " + Twine(schedule.rows.size()) +
             (lacksSlot ? " wait for data or a buffer" : " wait for data"));
  for (const StuckAction &action : stuck) {
    std::string text = "rank " + std::to_string(action.rank) +
                       " waits before '" +
                       schedule.rows[action.rank][action.position].str() + "'";
    if (action.waitsFor >= 0)
      text += " for stage " + std::to_string(action.waitsFor);
    if (action.waitsFor >= 0 &&
        action.waitsFor < static_cast<int32_t>(rankOf.size()) &&
        rankOf[action.waitsFor] >= 0)
      text += " of rank " + std::to_string(rankOf[action.waitsFor]);
    order.issues.back().notes.push_back({getPlace(action), text});
  }
}
