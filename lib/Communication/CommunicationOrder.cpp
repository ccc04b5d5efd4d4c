//===- CommunicationOrder.cpp - What each rank sends, in order -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Communication/CommunicationOrder.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::dag;

uint64_t CommunicationOp::getCommunicatorKey(uint32_t rankClass) const {
  if (isCollective())
    return other;
  if (communicator != kOwnPair)
    return communicator;
  auto [low, high] = std::minmax(rankClass, other);
  return (uint64_t(low) << 32) | high | (uint64_t(1) << 63);
}

/// A transfer seen from the other end if `isPartner`.
static std::string describeOp(const CommunicationOrder &order,
                              const CommunicationOp &op, bool isPartner) {
  const CommunicationSite &site = order.sites[op.site];
  std::string text;
  bool isWait = op.kind == CommunicationKind::WaitSend;
  if (op.isTransfer() || isWait) {
    bool isSend = (isWait || op.kind == CommunicationKind::Send) != isPartner;
    text = isWait && !isPartner ? "wait for its " : "";
    text += isSend ? "send of " : "recv of ";
    text += site.isGradient ? "the gradient of " : "";
    text += op.microbatch >= 0 ? "micro-batch " + std::to_string(op.microbatch)
                               : "a tensor";
    return text + " " + site.text;
  }
  text = site.text;
  if (op.microbatch >= 0)
    text += " of micro-batch " + std::to_string(op.microbatch);
  return text;
}

std::string CommunicationOrder::describe(const CommunicationOp &op) const {
  return describeOp(*this, op, /*isPartner=*/false);
}

std::string
CommunicationOrder::describePartner(const CommunicationOp &op) const {
  return describeOp(*this, op, /*isPartner=*/true);
}

Location CommunicationOrder::getLoc(uint32_t rankClass,
                                    const CommunicationOp &op) const {
  auto row = dyn_cast<FileLineColLoc>(classes[rankClass].loc);
  if (!row || op.getColumn() == 0)
    return sites[op.site].loc;
  return FileLineColLoc::get(row.getFilename(), row.getLine(), op.getColumn());
}

bool CommunicationOrder::hasStreams() const {
  return llvm::any_of(classes, [](const RankClass &rankClass) {
    std::optional<uint16_t> stream;
    return llvm::any_of(rankClass.ops, [&](const CommunicationOp &op) {
      return op.isCall() && *(stream = stream.value_or(op.stream)) != op.stream;
    });
  });
}

//===----------------------------------------------------------------------===//
// Schedules
//===----------------------------------------------------------------------===//

llvm::Expected<Schedule> dag::makeSchedule(ScheduleKind kind,
                                           const PipelineLayout &layout,
                                           int64_t microbatches) {
  int64_t numRanks = layout.numRanks, numStages = layout.rankOfStages.size();
  if (numRanks > 0 && numStages % numRanks != 0)
    return llvm::createStringError(
        "expected equally many stages on each rank, but got " +
        std::to_string(numStages) + " stages on " + std::to_string(numRanks) +
        " ranks");
  int64_t numChunks = numRanks > 0 ? numStages / numRanks : 1;
  llvm::Expected<Schedule> rows =
      makeSchedule(kind, numRanks, microbatches, numChunks);
  if (!rows)
    return rows;
  for (auto [stage, rank] : llvm::enumerate(rows->getRankOfStages()))
    if (rank != layout.rankOfStages[stage])
      return llvm::createStringError(
          "expected stage " + std::to_string(stage) + " on rank " +
          std::to_string(rank) + " of the pipeline, but got rank " +
          std::to_string(layout.rankOfStages[stage]));
  return rows;
}

llvm::Expected<Schedule> dag::getScheduleRows(ScheduleOp op) {
  Schedule schedule;
  ArrayAttr table = *op.getTable();
  for (Attribute row : table) {
    llvm::Expected<std::vector<Action>> actions =
        parseActions(cast<StringAttr>(row).getValue());
    if (!actions)
      return actions.takeError();
    schedule.rows.push_back(std::move(*actions));
  }
  if (llvm::Error wrong = checkSchedule(schedule, op.getMicrobatches()))
    return std::move(wrong);
  return schedule;
}
