//===- CommunicationOrder.cpp - What each rank sends, in order -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Communication/CommunicationOrder.h"
#include "PlanTransfers.h"
#include "dag/Dialect/Dag/IR/Sharding.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"

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
  if (op.isTransfer()) {
    bool isSend = (op.kind == CommunicationKind::Send) != isPartner;
    text = isSend ? "send of " : "recv of ";
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
// Stages and their transfers
//===----------------------------------------------------------------------===//

/// The send that the data of a recv comes from, or null.
static SendOp findSend(RecvOp recv) {
  auto argument = dyn_cast<BlockArgument>(recv.getTransfer());
  auto stage = recv->getParentOfType<StageOp>();
  if (!argument || !stage || argument.getOwner()->getParentOp() != stage ||
      argument.getArgNumber() >= stage->getNumOperands())
    return recv.getTransfer().getDefiningOp<SendOp>();
  auto result = dyn_cast<OpResult>(stage->getOperand(argument.getArgNumber()));
  auto source = result ? dyn_cast<StageOp>(result.getOwner()) : StageOp();
  if (!source || source.getBody().empty() || source.getBody().front().empty())
    return {};
  auto yield = dyn_cast<YieldOp>(source.getBody().front().back());
  if (!yield || result.getResultNumber() >= yield->getNumOperands())
    return {};
  return yield->getOperand(result.getResultNumber()).getDefiningOp<SendOp>();
}

PlanTransfers::PlanTransfers(ModelOp model) {
  llvm::StringMap<int64_t> slots;
  DenseMap<Operation *, uint32_t> ids;
  model.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (auto buffer = dyn_cast<CommBufferOp>(op))
      slots[buffer.getSymName()] = buffer.getSlots();
    if (auto stage = dyn_cast<StageOp>(op))
      stages.push_back(stage);
    if (auto send = dyn_cast<SendOp>(op)) {
      ids[op] = transfers.size();
      transfers.push_back({send, {}, 0, 0});
    }
  });
  auto getStage = [](Operation *op) -> int64_t {
    auto stage = op->getParentOfType<StageOp>();
    return stage ? static_cast<int64_t>(stage.getIndex()) : -1;
  };
  auto getSlots = [&](TransferOpInterface op) {
    auto it = slots.find(op.getTransferBuffer().getValue());
    return it == slots.end() ? 1 : it->second;
  };
  for (PlanTransfer &transfer : transfers) {
    transfer.source = getStage(transfer.send);
    transfer.target = transfer.send.getPeerStage();
    transfer.slots = getSlots(cast<TransferOpInterface>(*transfer.send));
  }
  model.walk<WalkOrder::PreOrder>([&](RecvOp recv) {
    SendOp send = findSend(recv);
    auto it = send ? ids.find(send) : ids.end();
    uint32_t id;
    if (it != ids.end() && !transfers[it->second].recv &&
        transfers[it->second].target == getStage(recv) &&
        transfers[it->second].source == static_cast<int64_t>(recv.getStage())) {
      id = it->second;
      transfers[id].recv = recv;
    } else {
      id = transfers.size();
      transfers.push_back({{},
                           recv,
                           static_cast<int64_t>(recv.getStage()),
                           getStage(recv),
                           getSlots(cast<TransferOpInterface>(*recv))});
    }
    recvOrder.push_back(id);
  });
}

std::optional<PipelineLayout> dag::getPipelineLayout(ModelOp model,
                                                     std::string &error) {
  PlanTransfers transfers(model);
  return transfers.getLayout(error);
}

std::optional<PipelineLayout>
PlanTransfers::getLayout(std::string &error) const {
  PipelineLayout layout;
  layout.rankOfStages.assign(stages.size(), -1);
  // Coordinates in ascending order are ranks.
  llvm::MapVector<std::pair<StringAttr, int64_t>, int32_t> ranks;
  SmallVector<std::pair<StringAttr, int64_t>> keys;
  int64_t unplaced = 0;
  for (StageOp stage : stages) {
    bool isPlaced = stage.getAxisAttr() && stage.getCoordinate();
    keys.push_back({isPlaced ? stage.getAxisAttr() : StringAttr(),
                    isPlaced ? *stage.getCoordinate() : unplaced++});
    ranks[keys.back()] = 0;
  }
  auto sorted = ranks.takeVector();
  llvm::sort(sorted, [](const auto &a, const auto &b) {
    return a.first.second < b.first.second;
  });
  for (auto [rank, entry] : llvm::enumerate(sorted))
    ranks[entry.first] = rank;
  layout.numRanks = sorted.size();
  for (auto [stage, key] : llvm::zip(stages, keys)) {
    int64_t index = StageOp(stage).getIndex();
    if (index < 0 || index >= static_cast<int64_t>(stages.size()) ||
        layout.rankOfStages[index] >= 0) {
      error = "stages are not numbered from 0 to " +
              std::to_string(stages.size() - 1);
      return std::nullopt;
    }
    layout.rankOfStages[index] = ranks[key];
  }
  llvm::MapVector<std::pair<int64_t, int64_t>, int64_t> edges;
  for (const PlanTransfer &transfer : transfers) {
    if (!transfer.send || !transfer.recv)
      continue;
    auto [it, isNew] =
        edges.insert({{transfer.source, transfer.target}, transfer.slots});
    if (!isNew)
      it->second = std::min(it->second, transfer.slots);
  }
  for (auto &[ends, slots] : edges)
    layout.edges.push_back({static_cast<int32_t>(ends.first),
                            static_cast<int32_t>(ends.second), slots});
  return layout;
}

//===----------------------------------------------------------------------===//
// Schedules
//===----------------------------------------------------------------------===//

std::optional<Schedule> dag::getScheduleRows(ScheduleOp op,
                                             std::string &error) {
  Schedule schedule;
  ArrayAttr table = *op.getTable();
  for (Attribute row : table) {
    schedule.rows.emplace_back();
    if (!parseActions(cast<StringAttr>(row).getValue(), schedule.rows.back(),
                      error))
      return std::nullopt;
  }
  if (!checkSchedule(schedule, op.getMicrobatches(), error))
    return std::nullopt;
  return schedule;
}
