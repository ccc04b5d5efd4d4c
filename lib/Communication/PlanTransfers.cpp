//===- PlanTransfers.cpp - Sends of a plan with their recvs -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PlanTransfers.h"
#include "dag/Dialect/Dag/IR/LookThrough.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"

#include <set>

using namespace mlir;
using namespace mlir::dag;

/// The op that makes what a recv takes, or null.
static Operation *findSource(TransferOpInterface recv) {
  Value source = lookThroughRegions(recv.getTransferValue());
  return source ? source.getDefiningOp() : nullptr;
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
  countOnEdges();
}

void PlanTransfers::countOnEdges() {
  // All of them, and those with a gradient.
  std::map<std::tuple<StringRef, int64_t, int64_t>, std::pair<int64_t, int64_t>>
      numOnEdge;
  auto count = [&](const PlanTransfer &transfer) -> auto & {
    return numOnEdge[{transfer.getBuffer().getValue(), transfer.source,
                      transfer.target}];
  };
  for (const PlanTransfer &transfer : transfers) {
    ++count(transfer).first;
    count(transfer).second += transfer.hasGradient();
  }
  for (PlanTransfer &transfer : transfers)
    std::tie(transfer.numOnEdge, transfer.numGradients) = count(transfer);
}

llvm::Expected<PipelineLayout> dag::getPipelineLayout(ModelOp model) {
  return PlanTransfers(model).getLayout();
}

namespace {
/// The edges for which rows have sends or recvs, in the direction of forwards.
struct SentEdges {
  using Edges = std::set<std::pair<int64_t, int64_t>>;
  explicit SentEdges(const Schedule &schedule);
  Edges all, ofGradients;
};
} // namespace

SentEdges::SentEdges(const Schedule &schedule) {
  for (const std::vector<Action> &row : schedule.rows)
    for (const Action &action : row) {
      if (!action.isTransfer())
        continue;
      auto [source, target] = action.getEnds();
      if (action.isGradient())
        std::swap(source, target);
      all.insert({source, target});
      if (action.isGradient())
        ofGradients.insert({source, target});
    }
}

void PlanTransfers::setGradients(const ModelGradients &gradients,
                                 const Schedule &schedule) {
  SentEdges sent(schedule);
  auto isTrained = [&](PlanTransfer &transfer) {
    return !transfer.send ||
           gradients.isTrained(transfer.send.getTransferValue());
  };
  SentEdges::Edges trained;
  for (PlanTransfer &transfer : transfers)
    if (transfer.hasGradient() && isTrained(transfer))
      trained.insert({transfer.source, transfer.target});
  for (PlanTransfer &transfer : transfers) {
    std::pair<int64_t, int64_t> ends(transfer.source, transfer.target);
    transfer.isTrained = isTrained(transfer) ||
                         (!trained.count(ends) && sent.ofGradients.count(ends));
  }
  countOnEdges();
}

using EdgesByEnds = llvm::MapVector<std::pair<int64_t, int64_t>, StageEdge>;

static std::pair<StringAttr, Value> getSentValue(const PlanTransfer &transfer) {
  TransferOpInterface send = transfer.send;
  return {transfer.getBuffer(), send->getOperand(0)};
}

/// Adds to edges the buffers that others go through, too.
static void
shareBuffers(ArrayRef<PlanTransfer> transfers, EdgesByEnds &edges,
             llvm::function_ref<bool(const PlanTransfer &)> isShared,
             llvm::function_ref<bool(const PlanTransfer &)> meetsItself) {
  // How often a value goes through a buffer.
  DenseMap<std::pair<StringAttr, Value>, RepeatedValue> values;
  auto isMade = [&](const PlanTransfer &transfer) {
    return transfer.send && transfer.recv && !meetsItself(transfer);
  };
  for (const PlanTransfer &transfer : transfers)
    if (isMade(transfer)) {
      RepeatedValue next{static_cast<int32_t>(values.size()), 0, true};
      ++values.try_emplace(getSentValue(transfer), next).first->second.times;
    }
  DenseMap<StringAttr, int32_t> numbers;
  for (const PlanTransfer &transfer : transfers) {
    auto it = edges.find({transfer.source, transfer.target});
    if (it == edges.end() || !isShared(transfer))
      continue;
    int32_t number =
        numbers.try_emplace(transfer.getBuffer(), numbers.size()).first->second;
    auto &ofEdge = it->second.shared;
    auto *known = llvm::find_if(ofEdge, [&](const SharedBuffer &known) {
      return known.number == number;
    });
    if (known == ofEdge.end())
      known = ofEdge.insert(known, {number, transfer.slots, transfer.numOnEdge,
                                    transfer.numGradients});
    if (!isMade(transfer))
      continue;
    RepeatedValue &value = values.find(getSentValue(transfer))->second;
    if (value.times > 1)
      known->repeated.push_back(value);
    value.isFirst = false;
  }
}

llvm::Expected<PipelineLayout>
PlanTransfers::getLayout(const Schedule *schedule) const {
  PipelineLayout layout;
  std::optional<SentEdges> sent;
  if (schedule)
    sent.emplace(*schedule);
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
  EdgesByEnds edges;
  DenseMap<StringAttr, SentEdges::Edges> users;
  for (const PlanTransfer &transfer : transfers) {
    if (!transfer.send || !transfer.recv)
      continue;
    std::pair<int64_t, int64_t> ends(transfer.source, transfer.target);
    int64_t slots = std::max<int64_t>(1, transfer.slots / transfer.numOnEdge);
    auto [it, isNew] =
        edges.insert({ends,
                      {static_cast<int32_t>(transfer.source),
                       static_cast<int32_t>(transfer.target), slots}});
    StageEdge &edge = it->second;
    edge.slots = std::min(edge.slots, slots);
    if (isNew)
      edge.hasGradient = false;
    if (transfer.hasGradient()) {
      slots = std::max<int64_t>(1, transfer.slots / transfer.numGradients);
      edge.gradientSlots =
          edge.hasGradient ? std::min(edge.gradientSlots, slots) : slots;
      edge.hasGradient = true;
    }
    users[transfer.getBuffer()].insert(ends);
  }
  auto meetsItself = [&](const PlanTransfer &transfer) {
    return sent && sent->all.count({transfer.source, transfer.target}) &&
           layout.rankOfStages[transfer.source] ==
               layout.rankOfStages[transfer.target];
  };
  shareBuffers(
      transfers, edges,
      [&](const PlanTransfer &transfer) {
        return users[transfer.getBuffer()].size() > 1 || meetsItself(transfer);
      },
      meetsItself);
  for (auto &[ends, edge] : edges)
    layout.edges.push_back(edge);
  return layout;
}
