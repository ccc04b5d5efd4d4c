//===- PlanTransfers.cpp - Sends of a plan with their recvs -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PlanTransfers.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"

#include <set>

using namespace mlir;
using namespace mlir::dag;

/// The op that makes what a recv takes, or null.
static Operation *findSource(TransferOpInterface recv) {
  Value transfer = recv.getTransferValue();
  if (!transfer)
    return nullptr;
  auto argument = dyn_cast<BlockArgument>(transfer);
  auto stage = recv->getParentOfType<StageOp>();
  if (!argument || !stage || argument.getOwner()->getParentOp() != stage ||
      argument.getArgNumber() >= stage->getNumOperands())
    return transfer.getDefiningOp();
  auto result = dyn_cast<OpResult>(stage->getOperand(argument.getArgNumber()));
  auto source = result ? dyn_cast<StageOp>(result.getOwner()) : StageOp();
  if (!source || source.getBody().empty() || source.getBody().front().empty())
    return {};
  auto yield = dyn_cast<YieldOp>(source.getBody().front().back());
  if (!yield || result.getResultNumber() >= yield->getNumOperands())
    return {};
  return yield->getOperand(result.getResultNumber()).getDefiningOp();
}

PlanTransfers::PlanTransfers(ModelOp model) {
  llvm::StringMap<int64_t> slots;
  DenseMap<Operation *, uint32_t> ids;
  model.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (auto buffer = dyn_cast<CommBufferOp>(op))
      slots[buffer.getSymName()] = buffer.getSlots();
    if (auto stage = dyn_cast<StageOp>(op))
      stages.push_back(stage);
    if (auto send = dyn_cast<TransferOpInterface>(op); send && send.isSend()) {
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
    transfer.slots = getSlots(transfer.send);
  }
  model.walk<WalkOrder::PreOrder>([&](TransferOpInterface recv) {
    if (recv.isSend())
      return;
    int64_t source = recv.getPeerStage(), target = getStage(recv);
    auto it = ids.find(findSource(recv));
    uint32_t id;
    if (it != ids.end() && !transfers[it->second].recv &&
        transfers[it->second].target == target &&
        transfers[it->second].source == source) {
      id = it->second;
      transfers[id].recv = recv;
    } else {
      id = transfers.size();
      transfers.push_back({{}, recv, source, target, getSlots(recv)});
    }
    recvOrder.push_back(id);
  });
  countLive();
}

/// The last op of the block of `recv` that its result is used in, as a place in
/// `places`.
static uint32_t getLastUse(Operation *recv,
                           const DenseMap<Operation *, uint32_t> &places) {
  uint32_t last = places.lookup(recv);
  for (Operation *user : recv->getUsers())
    if (Operation *inBlock = recv->getBlock()->findAncestorOpInBlock(*user))
      last = std::max(last, places.lookup(inBlock));
  return last;
}

void PlanTransfers::countLive() {
  // Transfers of one edge through one buffer, as their recvs stand.
  llvm::MapVector<std::pair<Block *, std::pair<Attribute, int64_t>>,
                  SmallVector<uint32_t>>
      groups;
  for (uint32_t id : recvOrder)
    if (TransferOpInterface recv = transfers[id].recv; transfers[id].send)
      groups[{recv->getBlock(),
              {recv.getTransferBuffer(), recv.getPeerStage()}}]
          .push_back(id);
  for (auto &[key, ids] : groups) {
    if (ids.size() < 2)
      continue;
    DenseMap<Operation *, uint32_t> places;
    for (Operation &op : *key.first)
      places.try_emplace(&op, places.size());
    std::multiset<uint32_t> ends;
    for (uint32_t id : ids) {
      Operation *recv = transfers[id].recv;
      ends.erase(ends.begin(), ends.lower_bound(places.lookup(recv)));
      ends.insert(getLastUse(recv, places));
      transfers[id].live = ends.size();
    }
  }
}

llvm::Expected<PipelineLayout> dag::getPipelineLayout(ModelOp model) {
  return PlanTransfers(model).getLayout();
}

llvm::Expected<PipelineLayout> PlanTransfers::getLayout() const {
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
        layout.rankOfStages[index] >= 0)
      return llvm::createStringError("stages are not numbered from 0 to " +
                                     std::to_string(stages.size() - 1));
    layout.rankOfStages[index] = ranks[key];
  }
  llvm::MapVector<std::pair<int64_t, int64_t>, int64_t> edges;
  for (const PlanTransfer &transfer : transfers) {
    if (!transfer.send || !transfer.recv)
      continue;
    // All tensors of a micro-batch take their slots together.
    int64_t slots = std::max<int64_t>(1, transfer.slots / transfer.live);
    auto [it, isNew] =
        edges.insert({{transfer.source, transfer.target}, slots});
    if (!isNew)
      it->second = std::min(it->second, slots);
  }
  for (auto &[ends, slots] : edges)
    layout.edges.push_back({static_cast<int32_t>(ends.first),
                            static_cast<int32_t>(ends.second), slots});
  return layout;
}
