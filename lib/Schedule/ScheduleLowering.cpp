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
// What is sent first is what is used first, and a slot stays free for what is
// used before it and is not made yet. So a run that comes to a stop shows that
// no order of transfers does with the slots of each edge.
//
// A buffer that several edges go through takes in data in the order in which
// the row of its rank uses it, or only what the next action of the rank uses,
// so that what is used later does not take the place of what is used first.
//
//===----------------------------------------------------------------------===//

#include "dag/Schedule/Schedule.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"

#include <map>
#include <set>
#include <utility>

using namespace mlir;
using namespace mlir::dag;

namespace {
/// How to run.
struct InsertOptions {
  /// A rank waits in a collective for the others.
  bool meets = true;
  /// Buffers that several edges go through have as many slots as they say.
  bool keepsShared = true;
  /// They take in what is used later than by the next action.
  bool isAhead = true;
};

class TransferInserter {
public:
  TransferInserter(const Schedule &schedule, llvm::ArrayRef<StageEdge> edges,
                   const InsertOptions &options);
  std::optional<Schedule> run(std::vector<StuckAction> &stuck);

private:
  /// A buffer of one rank that several edges go through.
  struct Pool {
    int64_t slots;
    int64_t numHeld = 0;
    /// The channels that bring something, in the order in which it is used, and
    /// how much of it has come.
    std::vector<uint32_t> order = {};
    size_t numCame = 0;
  };
  static constexpr uint32_t kNever = ~0u;
  /// Numbers of pools, and what goes through them.
  using Places =
      llvm::SmallVector<std::pair<uint32_t, const SharedBuffer *>, 1>;
  /// One direction of an edge.
  struct Channel {
    int32_t source, target;
    bool isBackward;
    int64_t slots;
    /// By micro-batch: when the target uses it, counted from 0.
    std::vector<uint32_t> places = {};
    /// What the target has used, and has in buffers and uses then.
    uint32_t numUsed = 0;
    std::set<uint32_t> held = {};
    /// What is there and has no buffer at the target yet: when it is used, and
    /// the micro-batch.
    std::set<std::pair<uint32_t, int32_t>> pending = {};
    /// Buffers that other edges go through as well, and the tensors in them.
    Places atSource = {}, atTarget = {};

    /// What a micro-batch has in such a buffer.
    int64_t getTensors(const SharedBuffer &buffer) const {
      return isBackward ? buffer.gradients : buffer.tensors;
    }
    uint32_t getPlace(int32_t microbatch) const {
      return static_cast<size_t>(microbatch) < places.size()
                 ? places[microbatch]
                 : kNever;
    }
  };

  static uint64_t getKey(uint32_t channel, int64_t microbatch) {
    return (uint64_t(channel) << 32) | microbatch;
  }
  /// The gradient of its weights takes what comes from the stages behind it.
  bool hasInputs(const Action &action) const {
    return action.isCompute() && (action.kind != ActionKind::BackwardWeight ||
                                  isWithout[action.stage]);
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
  /// True if the actions from `begin` on that run side by side find room for
  /// their results in pools. Each writes over what it has read.
  bool hasPlaces(llvm::ArrayRef<Action> row, uint32_t begin) const;
  void addPools(llvm::ArrayRef<StageEdge> edges);
  /// True if nothing is sent from one rank to another one.
  bool isOwn(const Channel &channel) const {
    return rankOf[channel.source] == rankOf[channel.target];
  }
  /// True if the target has a buffer for the next one that is pending.
  static bool hasSlot(const Channel &channel);
  /// True if the rank at the target takes in the next micro-batch.
  bool canTake(uint32_t index) const;
  /// Has what is next looked at that may come into a pool.
  void touchNext(const Places &places);
  bool canRun(uint32_t rank) const;
  /// True unless the rank waits in a collective for another one.
  bool hasMet(uint32_t rank);
  /// Frees what a micro-batch has taken at the source of a channel.
  void leaveSource(const Channel &channel, int32_t microbatch) {
    for (auto [pool, buffer] : channel.atSource)
      pools[pool].numHeld -=
          sources.free(*buffer, channel.isBackward, microbatch);
    touchNext(channel.atSource);
  }
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
  InsertOptions options;
  /// By stage: true if it gives no gradient on, and no row has one of what goes
  /// into it.
  std::vector<bool> isWithout;
  std::vector<Pool> pools;
  SourceSlots sources;
  llvm::StringMap<Calls> calls;
  /// By rank: the calls of each communicator that it has reached, whether it
  /// stands at one, and how many of its actions need no meeting any more.
  std::vector<llvm::StringMap<uint32_t>> reached;
  std::vector<bool> isAtCall;
  std::vector<uint32_t> numMet;
  /// By rank: whether a call has met at which it stands, or one of the group,
  /// and the transfers that are put off until it has ended.
  std::vector<bool> hasBegun;
  std::vector<std::vector<uint32_t>> heldUp;
  std::vector<uint32_t> next;
  std::vector<bool> isAwake;
  std::vector<uint32_t> awake;
  /// Channels on which something may have become possible.
  std::vector<uint32_t> touched;
  Schedule result;
};
} // namespace

/// The communicator, or what is made of which, if the rank waits in the call.
/// The colour of the part is no matter: `SPLIT:a/0:b` of `SPLIT:a/0:b/1`.
static llvm::StringRef getMeeting(const Action &action) {
  if (action.kind != ActionKind::Collective)
    return {};
  if (!action.makesCommunicator())
    return action.stream == 0 ? action.getName() : llvm::StringRef();
  llvm::StringRef text = action.text;
  size_t made = text.find(':') + 1;
  if (text.starts_with("SPLIT:"))
    made = text.find(':', made) + 1;
  return text.take_front(text.find_first_of("/:", made));
}

TransferInserter::TransferInserter(const Schedule &schedule,
                                   llvm::ArrayRef<StageEdge> edges,
                                   const InsertOptions &options)
    : schedule(schedule), rankOf(schedule.getRankOfStages()), options(options),
      reached(schedule.rows.size()), isAtCall(schedule.rows.size()),
      numMet(schedule.rows.size()), hasBegun(schedule.rows.size()),
      heldUp(schedule.rows.size()), next(schedule.rows.size()),
      isAwake(schedule.rows.size()) {
  for (uint32_t rank = 0; options.meets && rank < schedule.rows.size(); ++rank)
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
          (isBackward && (!hasBackward || !edge.hasGradient)))
        continue;
      Channel channel{edge.source, edge.target, isBackward,
                      isBackward ? edge.gradientSlots : edge.slots};
      if (isBackward)
        std::swap(channel.source, channel.target);
      outgoing[isBackward][channel.source].push_back(channels.size());
      incoming[isBackward][channel.target].push_back(channels.size());
      channels.push_back(std::move(channel));
    }
  }
  for (int64_t stage = 0; stage < numStages; ++stage)
    isWithout.push_back(outgoing[true][stage].empty());
  for (const std::vector<Action> &row : schedule.rows)
    for (const Action &action : row)
      if (action.kind == ActionKind::Backward ||
          action.kind == ActionKind::BackwardInput)
        isWithout[action.stage] = false;
  result.rows.resize(schedule.rows.size());
  std::vector<uint32_t> numUses(channels.size());
  for (const std::vector<Action> &row : schedule.rows)
    for (const Action &action : row) {
      if (!hasInputs(action))
        continue;
      for (uint32_t channel : getChannels(/*into=*/true, action)) {
        std::vector<uint32_t> &places = channels[channel].places;
        if (places.size() <= static_cast<size_t>(action.microbatch))
          places.resize(action.microbatch + 1, kNever);
        places[action.microbatch] = numUses[channel]++;
      }
    }
  if (options.keepsShared)
    addPools(edges);
}

void TransferInserter::addPools(llvm::ArrayRef<StageEdge> edges) {
  std::map<std::pair<int32_t, int32_t>, const StageEdge *> byEnds;
  for (const StageEdge &edge : edges)
    if (!edge.shared.empty())
      byEnds[{edge.source, edge.target}] = &edge;
  if (byEnds.empty())
    return;
  std::map<std::tuple<int32_t, bool, int32_t>, uint32_t> numbers;
  for (Channel &channel : channels) {
    std::pair<int32_t, int32_t> ends(channel.source, channel.target);
    if (channel.isBackward)
      std::swap(ends.first, ends.second);
    auto it = byEnds.find(ends);
    if (it == byEnds.end())
      continue;
    auto add = [&](int32_t rank, const SharedBuffer &buffer, Places &places) {
      if (rank < 0)
        return;
      auto [known, isNew] = numbers.try_emplace(
          {rank, channel.isBackward, buffer.number}, pools.size());
      if (isNew)
        pools.push_back({buffer.slots});
      places.push_back({known->second, &buffer});
    };
    for (const SharedBuffer &buffer : it->second->shared) {
      add(rankOf[channel.source], buffer, channel.atSource);
      if (!isOwn(channel))
        add(rankOf[channel.target], buffer, channel.atTarget);
    }
  }
  for (const std::vector<Action> &row : schedule.rows)
    for (const Action &action : row) {
      if (!hasInputs(action))
        continue;
      for (uint32_t channel : getChannels(/*into=*/true, action))
        for (auto [pool, buffer] : channels[channel].atTarget)
          pools[pool].order.push_back(channel);
    }
}

bool TransferInserter::hasSlot(const Channel &channel) {
  // What is used before it and has not come yet needs a slot, too, or it never
  // comes.
  uint32_t place = channel.pending.begin()->first;
  int64_t free = channel.slots - static_cast<int64_t>(channel.held.size());
  int64_t before = static_cast<int64_t>(place) - channel.numUsed;
  if (before < free)
    return true;
  return free > 0 && before - std::distance(channel.held.begin(),
                                            channel.held.lower_bound(place)) <
                         free;
}

bool TransferInserter::canTake(uint32_t index) const {
  const Channel &channel = channels[index];
  if (isOwn(channel))
    return true;
  if (channel.slots != 0 && !hasSlot(channel))
    return false;
  for (auto [number, buffer] : channel.atTarget) {
    const Pool &pool = pools[number];
    if (pool.numHeld + channel.getTensors(*buffer) > pool.slots ||
        pool.numCame == pool.order.size() || pool.order[pool.numCame] != index)
      return false;
  }
  if (options.isAhead || channel.atTarget.empty())
    return true;
  int32_t rank = rankOf[channel.target];
  const std::vector<Action> &row = schedule.rows[rank];
  if (next[rank] == row.size())
    return false;
  for (uint32_t i = next[rank], end = findUnitEnd(row, i); i < end; ++i)
    if (hasInputs(row[i]) &&
        llvm::is_contained(getChannels(/*into=*/true, row[i]), index))
      return true;
  return false;
}

void TransferInserter::touchNext(const Places &places) {
  for (auto [number, buffer] : places)
    if (const Pool &pool = pools[number]; pool.numCame < pool.order.size())
      touched.push_back(pool.order[pool.numCame]);
}

bool TransferInserter::hasPlaces(llvm::ArrayRef<Action> row,
                                 uint32_t begin) const {
  if (pools.empty())
    return true;
  llvm::DenseMap<uint32_t, int64_t> numPut;
  for (uint32_t i = begin, end = findUnitEnd(row, begin); i < end; ++i) {
    if (!hasInputs(row[i]))
      continue;
    llvm::DenseMap<uint32_t, int64_t> change;
    for (uint32_t index : getChannels(/*into=*/false, row[i]))
      for (auto [pool, buffer] : channels[index].atSource)
        change[pool] +=
            SourceSlots::getTaken(*buffer, channels[index].isBackward);
    for (uint32_t index : getChannels(/*into=*/true, row[i])) {
      const Channel &channel = channels[index];
      if (isOwn(channel))
        for (auto [pool, buffer] : channel.atSource)
          change[pool] -=
              sources.getFreed(*buffer, channel.isBackward, row[i].microbatch);
      else
        for (auto [pool, buffer] : channel.atTarget)
          change[pool] -= channel.getTensors(*buffer);
    }
    for (auto [pool, tensors] : change)
      if (tensors > 0)
        numPut[pool] += tensors;
  }
  return llvm::all_of(numPut, [&](const auto &put) {
    const Pool &pool = pools[put.first];
    return pool.numHeld + put.second <= pool.slots;
  });
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
  bool isWeight =
      action.kind == ActionKind::BackwardWeight && !hasInputs(action);
  return computed.contains(
      getKey(2 * action.stage + isWeight, action.microbatch));
}

bool TransferInserter::hasRoom(const Action &action) const {
  if (!hasInputs(action))
    return true;
  return llvm::all_of(getChannels(/*into=*/false, action), [&](uint32_t index) {
    const Channel &channel = channels[index];
    return channel.slots == 0 || isOwn(channel) ||
           static_cast<int64_t>(channel.pending.size()) < channel.slots;
  });
}

bool TransferInserter::canRun(uint32_t rank) const {
  const std::vector<Action> &row = schedule.rows[rank];
  uint32_t begin = next[rank];
  if (begin == row.size() || !hasPlaces(row, begin))
    return false;
  for (uint32_t i = begin, end = findUnitEnd(row, begin); i < end; ++i)
    if (findMissing(row[i]) >= 0 || !isAfterOwn(row[i]) || !hasRoom(row[i]))
      return false;
  return true;
}

bool TransferInserter::hasMet(uint32_t rank) {
  const std::vector<Action> &row = schedule.rows[rank];
  if (!options.meets || next[rank] == row.size())
    return true;
  // Of a group, each is called when those before it have met.
  uint32_t end = findUnitEnd(row, next[rank]);
  for (uint32_t &i = numMet[rank]; i < end; ++i) {
    llvm::StringRef name = getMeeting(row[i]);
    if (name.empty())
      continue;
    Calls &ofName = calls[name];
    uint32_t &number = reached[rank][name];
    if (!isAtCall[rank]) {
      isAtCall[rank] = true;
      if (ofName.numAt.size() < ++number)
        ofName.numAt.resize(number);
      if (++ofName.numAt[number - 1] == ofName.ranks.size())
        for (uint32_t other : ofName.ranks) {
          hasBegun[other] = true;
          wake(other);
        }
    }
    if (ofName.numAt[number - 1] != ofName.ranks.size())
      return false;
    isAtCall[rank] = false;
  }
  return true;
}

void TransferInserter::execute(uint32_t rank) {
  const std::vector<Action> &row = schedule.rows[rank];
  uint32_t begin = next[rank];
  next[rank] = findUnitEnd(row, begin);
  for (uint32_t i = begin; i < next[rank]; ++i) {
    const Action &action = row[i];
    result.rows[rank].push_back(action);
    if (!hasInputs(action))
      continue;
    for (uint32_t index : getChannels(/*into=*/true, action)) {
      Channel &channel = channels[index];
      channel.held.erase(channel.getPlace(action.microbatch));
      ++channel.numUsed;
      touched.push_back(index);
      if (isOwn(channel))
        leaveSource(channel, action.microbatch);
      for (auto [pool, buffer] : channel.atTarget)
        pools[pool].numHeld -= channel.getTensors(*buffer);
      touchNext(channel.atTarget);
    }
  }
  for (uint32_t i = begin; i < next[rank]; ++i) {
    const Action &action = row[i];
    if (!hasInputs(action))
      continue;
    bool isBackward = action.kind != ActionKind::Forward;
    computed.insert(getKey(2 * action.stage + isBackward, action.microbatch));
    for (uint32_t channel : getChannels(/*into=*/false, action)) {
      channels[channel].pending.insert(
          {channels[channel].getPlace(action.microbatch), action.microbatch});
      touched.push_back(channel);
      for (auto [pool, buffer] : channels[channel].atSource)
        pools[pool].numHeld += SourceSlots::getTaken(*buffer, isBackward);
    }
  }
  hasBegun[rank] = false;
  llvm::append_range(touched, std::exchange(heldUp[rank], {}));
  // What the next actions use may come now.
  if (options.isAhead || next[rank] == row.size())
    return;
  for (uint32_t i = next[rank], end = findUnitEnd(row, i); i < end; ++i)
    if (hasInputs(row[i]))
      llvm::append_range(touched, getChannels(/*into=*/true, row[i]));
}

void TransferInserter::transfer(uint32_t index) {
  Channel &channel = channels[index];
  // Other ranks may be past what has begun: nothing goes before it any more.
  for (int32_t rank : {rankOf[channel.source], rankOf[channel.target]})
    if (!isOwn(channel) && rank >= 0 && hasBegun[rank]) {
      heldUp[rank].push_back(index);
      return;
    }
  while (!channel.pending.empty() && canTake(index)) {
    auto [place, microbatch] = *channel.pending.begin();
    channel.pending.erase(channel.pending.begin());
    if (!isOwn(channel))
      channel.held.insert(place);
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
    leaveSource(channel, microbatch);
    for (auto [pool, buffer] : channel.atTarget) {
      pools[pool].numHeld += channel.getTensors(*buffer);
      ++pools[pool].numCame;
    }
    touchNext(channel.atTarget);
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
      if (!canRun(rank) || !hasMet(rank))
        continue;
      execute(rank);
      wake(rank);
    }
    // A transfer may make room for others.
    for (size_t i = 0; i < touched.size(); ++i)
      transfer(touched[i]);
  }
  for (uint32_t rank = 0; rank < next.size(); ++rank) {
    const std::vector<Action> &row = schedule.rows[rank];
    if (next[rank] == row.size())
      continue;
    StuckAction where{static_cast<int32_t>(rank), next[rank]};
    for (uint32_t i = next[rank], end = findUnitEnd(row, i); i < end; ++i) {
      if (int64_t missing = findMissing(row[i]); missing >= 0) {
        where.position = i;
        where.waitsFor = channels[missing].source;
        where.lacksSlot = channels[missing].pending.count(
            {channels[missing].getPlace(row[i].microbatch), row[i].microbatch});
        break;
      }
      where.lacksSlot = !hasRoom(row[i]);
    }
    stuck.push_back(where);
  }
  if (!stuck.empty())
    return std::nullopt;
  return std::move(result);
}

std::optional<Schedule> dag::insertTransfers(const Schedule &schedule,
                                             llvm::ArrayRef<StageEdge> edges,
                                             std::vector<StuckAction> &stuck) {
  auto run = [&](const InsertOptions &options) {
    stuck.clear();
    return TransferInserter(schedule, edges, options).run(stuck);
  };
  bool isShared = llvm::any_of(
      edges, [](const StageEdge &edge) { return !edge.shared.empty(); });
  // Collectives that nobody can meet in are for whoever looks at the order.
  for (bool meets : {true, false}) {
    std::optional<Schedule> result = run({meets});
    if (!result && isShared)
      result = run({meets, /*keepsShared=*/true, /*isAhead=*/false});
    if (result)
      return result;
  }
  if (!isShared)
    return std::nullopt;
  std::vector<StuckAction> whereShared = stuck;
  if (run({/*meets=*/false, /*keepsShared=*/false})) {
    stuck = std::move(whereShared);
    for (StuckAction &action : stuck)
      action.sharesBuffers = true;
  }
  return std::nullopt;
}
