//===- BuildOrder.cpp - From plans and tables to an order -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OrderBuilder.h"

using namespace mlir;
using namespace mlir::dag;

/// Why programs of ranks cannot hand on what stages compute, or nothing: no
/// transfer carries it, and nothing says in which order the stages run.
static std::optional<std::string>
findUncarriedValue(const PlanTransfers &transfers) {
  for (StageOp stage : transfers.stages)
    for (Value operand : stage->getOperands()) {
      auto source = operand.getDefiningOp<StageOp>();
      if (!source || isa<TransferType>(operand.getType()))
        continue;
      std::string text;
      llvm::raw_string_ostream(text)
          << "stage " << stage.getIndex() << " takes a value of type "
          << operand.getType() << " of stage " << source.getIndex()
          << ", and no transfer carries it";
      return text;
    }
  return std::nullopt;
}

CommunicationOrder OrderBuilder::run(ModelOp model, ScheduleOp schedule,
                                     const OrderOptions &options) {
  if (MeshOp op = model.lookupMesh())
    mesh = MeshShape(op);
  PlanTransfers transfers(model);
  if (schedule)
    loc = schedule.getLoc();
  addClasses(transfers);
  for (auto &[index, stage] : stages)
    addCalls(stage);
  if (transfers.stages.empty())
    model.walk([&](CollectiveOpInterface op) {
      order.numOps += isCollective(op.getCollectiveKind());
    });
  checkEnds(transfers);
  if (transfers.stages.empty() && schedule)
    order.unknown = "the model has no stages for its schedule to run";
  if (transfers.stages.empty())
    return std::move(order);
  if (std::optional<std::string> why = findUnplacedCall(model))
    order.unknown = *why;
  else if (std::optional<std::string> why = findUncarriedValue(transfers))
    order.unknown = *why;
  bool asWritten = !schedule && options.kind == ScheduleKind::Forward &&
                   options.microbatches == 1;
  checkPlanBuffers(model, transfers, asWritten);
  if (asWritten)
    addOpsAsWritten(transfers);
  else if (!addScheduled(model, transfers, schedule, options))
    for (RankClass &rankClass : order.classes)
      rankClass.ops.clear();
  return std::move(order);
}

CommunicationOrder OrderBuilder::run(ScheduleOp op) {
  if (!op.getTable()) {
    order.unknown = "the schedule has no table, and there is no model";
    return std::move(order);
  }
  llvm::Expected<Schedule> schedule = getScheduleRows(op);
  if (!schedule) {
    order.unknown = llvm::toString(schedule.takeError());
    return std::move(order);
  }
  readPlaces(op, *schedule);
  if (schedule->getNumActions() == 0) {
    order.unknown = "the schedule has no actions";
    return std::move(order);
  }
  for (size_t rank = 0; rank < schedule->rows.size(); ++rank)
    order.classes.push_back(
        {"rank " + std::to_string(rank), getRowLoc(rank), {}, {}});
  std::vector<StageEdge> edges = getChainEdges(schedule->getNumStages());
  bool hasTransfers = schedule->hasTransfers();
  // What only computes is no excerpt of what is on the wire.
  checkCoverage(*schedule,
                {0, static_cast<int64_t>(op.getMicrobatches()),
                 /*hasForward=*/false, /*hasBackward=*/!hasTransfers},
                edges);
  if (!hasTransfers)
    checkRowsCompute(*schedule);
  if (completeRows(*schedule, edges))
    addRows(*schedule);
  return std::move(order);
}

CommunicationOrder dag::getCommunicationOrder(ModelOp model,
                                              ScheduleOp schedule,
                                              const OrderOptions &options) {
  return OrderBuilder(model.getLoc()).run(model, schedule, options);
}

CommunicationOrder dag::getCommunicationOrder(ScheduleOp schedule) {
  return OrderBuilder(schedule.getLoc()).run(schedule);
}
