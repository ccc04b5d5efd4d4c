//===- ScheduleLowering.cpp - Transfers of a schedule -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A run in steps: each rank whose next action has its inputs does it, and then
// every transfer whose data is there and whose receiver has a free buffer takes
// place. Both ends are written down at that moment, so the order of transfers
// on each rank is a part of one order of all of them. Only ranks that can move
// are looked at: the cost is linear in the actions and transfers.
//
//===----------------------------------------------------------------------===//

#include "dag/Schedule/Schedule.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"

#include <deque>

using namespace mlir;
using namespace mlir::dag;

namespace {
class TransferInserter {
public:
  /// With `meets` a rank waits in a collective for the others.
  TransferInserter(const Schedule &schedule, llvm::ArrayRef<StageEdge> edges,
                   bool meets);
  std::optional<Schedule> run(std::vector<StuckAction> &stuck);

private:
  /// One direction of an edge.
  struct Channel {
    int32_t source, target;
    bool isBackward;
    int64_t slots;
    int64_t numHeld = 0;
    /// Micro-batches whose data is there and has no buffer at the target yet.
    std::deque<int32_t> pending;
  };

  static uint64_t getKey(uint32_t channel, int64_t microbatch) {
    return (uint64_t(channel) << 32) | microbatch;
  }
  static bool hasInputs(const Action &action) {
    return action.isCompute() && action.kind != ActionKind::BackwardWeight;
  }
  llvm::ArrayRef<uint32_t> getChannels(bool into, const Action &action) const {
    bool isBackward = action.kind != ActionKind::Forward;
    return (into ? incoming : outgoing)[isBackward][action.stage];
  }
  /// The channel that the action still waits for, or -1.
  int64_t findMissing(const Action &action) const;
  /// Own results that an action builds on: the forward before a backward.
  bool isAfterOwn(const Action &action) const;
  /// True if the results of an action have a buffer at this end.
  bool hasRoom(const Action &action) const;
  bool canRun(uint32_t rank) const;
  /// True unless the rank waits in a collective for another one.
  bool hasMet(uint32_t rank);
  void execute(uint32_t rank);
  void transfer(uint32_t channel);
  void wake(uint32_t rank) {
    if (!isAwake[rank]) {
      isAwake[rank] = true;
      awake.push_back(rank);
    }
  }

  const Schedule &schedule;
  std::vector<int32_t> rankOf;
  std::vector<Channel> channels;
  std::vector<std::vector<uint32_t>> incoming[2], outgoing[2];
  llvm::DenseSet<uint64_t> received, computed;
  /// The ranks of a communicator, and how many of them have reached each of its
  /// calls.
  struct Calls {
    llvm::SmallVector<uint32_t, 4> ranks;
    std::vector<uint32_t> numAt;
  };
  bool meets;
  llvm::StringMap<Calls> calls;
  /// By rank: the calls of each communicator that it has reached, and whether
  /// it stands at one.
  std::vector<llvm::StringMap<uint32_t>> reached;
  std::vector<bool> isAtCall;
  std::vector<uint32_t> next;
  std::vector<bool> isAwake;
  std::vector<uint32_t> awake;
  /// Channels on which something may have become possible.
  std::vector<uint32_t> touched;
  Schedule result;
};
} // namespace

/// The communicator, or what is made of it, if the rank waits in the call.
static llvm::StringRef getMeeting(const Action &action) {
  if (action.kind != ActionKind::Collective || action.stream != 0)
    return {};
  return action.makesCommunicator()
             ? llvm::StringRef(action.text).split('/').first
             : action.getName();
}

TransferInserter::TransferInserter(const Schedule &schedule,
                                   llvm::ArrayRef<StageEdge> edges, bool meets)
    : schedule(schedule), rankOf(schedule.getRankOfStages()), meets(meets),
      reached(schedule.rows.size()), isAtCall(schedule.rows.size()),
      next(schedule.rows.size()), isAwake(schedule.rows.size()) {
  for (uint32_t rank = 0; meets && rank < schedule.rows.size(); ++rank)
    for (const Action &action : schedule.rows[rank])
      if (llvm::StringRef name = getMeeting(action); !name.empty())
        if (auto &ranks = calls[name].ranks;
            ranks.empty() || ranks.back() != rank)
          ranks.push_back(rank);
  bool hasBackward = llvm::any_of(schedule.rows, [](const auto &row) {
    return llvm::any_of(row, [](const Action &action) {
      return action.kind == ActionKind::Backward ||
             action.kind == ActionKind::BackwardInput;
    });
  });
  int64_t numStages = rankOf.size();
  for (bool isBackward : {false, true}) {
    incoming[isBackward].resize(numStages);
    outgoing[isBackward].resize(numStages);
    for (const StageEdge &edge : edges) {
      if (edge.source >= numStages || edge.target >= numStages ||
          (isBackward && !hasBackward))
        continue;
      Channel channel{edge.source,   edge.target,   isBackward, edge.slots,
                      /*numHeld=*/0, /*pending=*/{}};
      if (isBackward)
        std::swap(channel.source, channel.target);
      outgoing[isBackward][channel.source].push_back(channels.size());
      incoming[isBackward][channel.target].push_back(channels.size());
      channels.push_back(std::move(channel));
    }
  }
  result.rows.resize(schedule.rows.size());
}

int64_t TransferInserter::findMissing(const Action &action) const {
  if (!hasInputs(action))
    return -1;
  for (uint32_t channel : getChannels(/*into=*/true, action))
    if (!received.contains(getKey(channel, action.microbatch)))
      return channel;
  return -1;
}

bool TransferInserter::isAfterOwn(const Action &action) const {
  if (!action.isCompute() || action.kind == ActionKind::Forward)
    return true;
  bool isWeight = action.kind == ActionKind::BackwardWeight;
  return computed.contains(
      getKey(2 * action.stage + isWeight, action.microbatch));
}

bool TransferInserter::hasRoom(const Action &action) const {
  if (!hasInputs(action))
    return true;
  return llvm::all_of(getChannels(/*into=*/false, action), [&](uint32_t index) {
    const Channel &channel = channels[index];
    return channel.slots == 0 ||
           static_cast<int64_t>(channel.pending.size()) < channel.slots;
  });
}

bool TransferInserter::canRun(uint32_t rank) const {
  const std::vector<Action> &row = schedule.rows[rank];
  uint32_t i = next[rank];
  if (i == row.size())
    return false;
  do {
    if (findMissing(row[i]) >= 0 || !isAfterOwn(row[i]) || !hasRoom(row[i]))
      return false;
    ++i;
  } while (i < row.size() && row[i].join == ActionJoin::Overlap);
  return true;
}

bool TransferInserter::hasMet(uint32_t rank) {
  const std::vector<Action> &row = schedule.rows[rank];
  llvm::StringRef name =
      meets && next[rank] < row.size() ? getMeeting(row[next[rank]]) : "";
  if (name.empty())
    return true;
  Calls &ofName = calls[name];
  uint32_t &number = reached[rank][name];
  if (!isAtCall[rank]) {
    isAtCall[rank] = true;
    if (ofName.numAt.size() < ++number)
      ofName.numAt.resize(number);
    if (++ofName.numAt[number - 1] == ofName.ranks.size())
      for (uint32_t other : ofName.ranks)
        wake(other);
  }
  return ofName.numAt[number - 1] == ofName.ranks.size();
}

void TransferInserter::execute(uint32_t rank) {
  const std::vector<Action> &row = schedule.rows[rank];
  isAtCall[rank] = false;
  uint32_t begin = next[rank];
  do {
    const Action &action = row[next[rank]];
    result.rows[rank].push_back(action);
    ++next[rank];
    if (!hasInputs(action))
      continue;
    for (uint32_t channel : getChannels(/*into=*/true, action)) {
      --channels[channel].numHeld;
      touched.push_back(channel);
    }
  } while (next[rank] < row.size() &&
           row[next[rank]].join == ActionJoin::Overlap);
  for (uint32_t i = begin; i < next[rank]; ++i) {
    const Action &action = row[i];
    if (!hasInputs(action))
      continue;
    bool isBackward = action.kind != ActionKind::Forward;
    computed.insert(getKey(2 * action.stage + isBackward, action.microbatch));
    for (uint32_t channel : getChannels(/*into=*/false, action)) {
      channels[channel].pending.push_back(action.microbatch);
      touched.push_back(channel);
    }
  }
}

void TransferInserter::transfer(uint32_t index) {
  Channel &channel = channels[index];
  while (!channel.pending.empty() &&
         (channel.slots == 0 || channel.numHeld < channel.slots)) {
    int32_t microbatch = channel.pending.front();
    channel.pending.pop_front();
    ++channel.numHeld;
    received.insert(getKey(index, microbatch));
    int32_t from = rankOf[channel.source], to = rankOf[channel.target];
    // The sender has a buffer back.
    wake(from);
    if (to < 0)
      continue;
    wake(to);
    // A rank has what it made itself.
    if (from == to)
      continue;
    Action send, recv;
    send.kind =
        channel.isBackward ? ActionKind::SendBackward : ActionKind::SendForward;
    recv.kind =
        channel.isBackward ? ActionKind::RecvBackward : ActionKind::RecvForward;
    send.stage = recv.peer = channel.source;
    send.peer = recv.stage = channel.target;
    send.microbatch = recv.microbatch = microbatch;
    result.rows[from].push_back(std::move(send));
    result.rows[to].push_back(std::move(recv));
  }
}

std::optional<Schedule> TransferInserter::run(std::vector<StuckAction> &stuck) {
  for (uint32_t rank = 0; rank < schedule.rows.size(); ++rank)
    wake(rank);
  std::vector<uint32_t> step;
  while (!awake.empty()) {
    step.clear();
    std::swap(step, awake);
    llvm::sort(step);
    touched.clear();
    for (uint32_t rank : step) {
      isAwake[rank] = false;
      if (!hasMet(rank) || !canRun(rank))
        continue;
      execute(rank);
      wake(rank);
    }
    for (uint32_t channel : touched)
      transfer(channel);
  }
  for (uint32_t rank = 0; rank < next.size(); ++rank) {
    const std::vector<Action> &row = schedule.rows[rank];
    if (next[rank] == row.size())
      continue;
    StuckAction where{static_cast<int32_t>(rank), next[rank]};
    uint32_t i = next[rank];
    do {
      if (int64_t missing = findMissing(row[i]); missing >= 0) {
        where.position = i;
        where.waitsFor = channels[missing].source;
        where.lacksSlot =
            llvm::is_contained(channels[missing].pending, row[i].microbatch);
        break;
      }
      where.lacksSlot = !hasRoom(row[i]);
      ++i;
    } while (i < row.size() && row[i].join == ActionJoin::Overlap);
    stuck.push_back(where);
  }
  if (!stuck.empty())
    return std::nullopt;
  return std::move(result);
}

std::vector<StageEdge> dag::getChainEdges(int64_t stages, int64_t slots) {
  std::vector<StageEdge> edges;
  for (int64_t stage = 0; stage + 1 < stages; ++stage)
    edges.push_back(
        {static_cast<int32_t>(stage), static_cast<int32_t>(stage + 1), slots});
  return edges;
}

std::optional<Schedule> dag::insertTransfers(const Schedule &schedule,
                                             llvm::ArrayRef<StageEdge> edges,
                                             std::vector<StuckAction> &stuck) {
  // Collectives that nobody can meet in are for whoever looks at the order.
  for (bool meets : {true, false}) {
    stuck.clear();
    std::optional<Schedule> result =
        TransferInserter(schedule, edges, meets).run(stuck);
    if (result)
      return result;
  }
  return std::nullopt;
}
