//===- CommunicationSimulator.cpp - Can every rank move? -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LaunchUnits.h"
#include "dag/Communication/CommunicationOrder.h"
#include "dag/Support/WaitForGraph.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"

#include <array>
#include <map>

using namespace mlir;
using namespace mlir::dag;

namespace {
class Simulator {
public:
  Simulator(const CommunicationOrder &order, const SimulationOptions &options);
  SimulationResult run();

private:
  struct Posted {
    uint32_t rankClass;
    uint32_t op;
  };
  /// First in, first out. There may be one for each call, so that it is small.
  class Queue {
  public:
    bool empty() const { return size() == 0; }
    size_t size() const { return posted.size() - first; }
    const Posted &front() const { return posted[first]; }
    void push(const Posted &last) { posted.push_back(last); }
    void pop() {
      if (++first < posted.size())
        return;
      posted.clear();
      first = 0;
    }

  private:
    SmallVector<Posted, 1> posted;
    size_t first = 0;
  };
  struct Channel {
    Queue sends, recvs;
  };
  /// The units of one rank as they stand.
  struct Rank {
    LaunchUnits units;
    /// Of each unit: those that it still waits for, and its ops that have not
    /// ended; kEnded once all have.
    std::vector<uint32_t> numBefore, numPending;
    std::vector<uint32_t> behind, behindBegins;
    std::vector<bool> isOpen;
  };
  /// An open unit that waits in one of its ops, for what an open unit of the
  /// other rank is ahead of.
  struct Wait {
    WaitingRank where;
    uint32_t target;
  };
  static constexpr uint32_t kEnded = ~0u, kNone = ~0u;
  /// Sender, receiver, communicator.
  using ChannelKey = std::tuple<uint32_t, uint32_t, uint32_t>;

  void begin(uint32_t rankClass, uint32_t unit);
  void end(uint32_t rankClass, uint32_t unit);
  void post(const Posted &posted);
  void postWait(const Posted &posted);
  /// A send has been received.
  void finishSend(const Posted &send);
  void match(const Posted &send, const Posted &recv);
  void complete(const Posted &posted);
  void compareGroups(const Posted &a, const Posted &b);
  void compareSignatures(ArrayRef<Posted> calls, uint32_t communicator);
  void findWaits();
  void findCycle();
  const CommunicationOp &getOp(const Posted &posted) const {
    return order.classes[posted.rankClass].ops[posted.op];
  }
  uint32_t getUnit(const Posted &posted) const {
    return ranks[posted.rankClass].units.getUnit(posted.op);
  }
  bool isGrouped(const Posted &posted) const {
    return ranks[posted.rankClass].units.isGrouped(getUnit(posted));
  }
  uint32_t getGroup(const Posted &posted) const {
    return ranks[posted.rankClass].units.getGroup(getUnit(posted));
  }
  static ChannelKey getChannel(uint32_t rankClass, const CommunicationOp &op) {
    if (op.kind == CommunicationKind::Send ||
        op.kind == CommunicationKind::WaitSend)
      return {rankClass, op.other, op.communicator};
    return {op.other, rankClass, op.communicator};
  }

  /// A rank and the data of a send.
  using SendKey = std::pair<uint32_t, uint64_t>;

  const CommunicationOrder &order;
  bool buffersSends;
  /// Where ranks wait for their sends: those that have been received, and who
  /// waits for one that has not.
  bool hasWaits = false;
  llvm::DenseSet<SendKey> received;
  llvm::DenseMap<SendKey, Posted> waitingFor;
  SimulationResult result;
  std::vector<Rank> ranks;
  llvm::DenseMap<ChannelKey, Channel> channels;
  /// Calls that wait, by communicator and member.
  std::vector<llvm::SmallDenseMap<uint32_t, Queue, 2>> calls;
  std::vector<uint32_t> numReady;
  std::vector<bool> differs;
  /// Which group of a peer a group of ops has met, in calls of one
  /// communicator: its number, or `kOwnPair`.
  std::map<std::array<uint32_t, 4>, uint32_t> met;
  llvm::DenseSet<std::pair<uint32_t, uint32_t>> reportedPairs;
  /// Units that can begin.
  std::vector<std::pair<uint32_t, uint32_t>> worklist;
  /// Open units that wait, and what each waits for, once nobody can move.
  std::vector<std::vector<Wait>> waits;
};
} // namespace

Simulator::Simulator(const CommunicationOrder &order,
                     const SimulationOptions &options)
    : order(order), buffersSends(options.buffersSends),
      calls(order.communicators.size()), numReady(order.communicators.size()),
      differs(order.communicators.size()) {
  for (auto [id, communicator] : llvm::enumerate(order.communicators))
    for (uint32_t member : communicator.members)
      calls[id].try_emplace(member);
  ranks.reserve(order.classes.size());
  for (uint32_t rankClass = 0; rankClass < order.classes.size(); ++rankClass) {
    hasWaits |= llvm::any_of(order.classes[rankClass].ops,
                             [](const CommunicationOp &op) {
                               return op.kind == CommunicationKind::WaitSend;
                             });
    ranks.push_back({LaunchUnits(order, rankClass, options.inLaunchOrder),
                     {},
                     {},
                     {},
                     {},
                     {}});
    Rank &rank = ranks.back();
    uint32_t numUnits = rank.units.size();
    rank.numBefore.resize(numUnits);
    rank.numPending.resize(numUnits);
    rank.behindBegins.resize(numUnits + 1);
    rank.isOpen.resize(order.classes[rankClass].ops.size());
    for (uint32_t unit = 0; unit < numUnits; ++unit) {
      rank.numBefore[unit] = rank.units.getBefore(unit).size();
      for (uint32_t other : rank.units.getBefore(unit))
        ++rank.behindBegins[other + 1];
    }
    for (uint32_t unit = 0; unit < numUnits; ++unit)
      rank.behindBegins[unit + 1] += rank.behindBegins[unit];
    rank.behind.resize(rank.behindBegins.back());
    std::vector<uint32_t> next = rank.behindBegins;
    for (uint32_t unit = 0; unit < numUnits; ++unit)
      for (uint32_t other : rank.units.getBefore(unit))
        rank.behind[next[other]++] = unit;
  }
}

void Simulator::complete(const Posted &posted) {
  if (getOp(posted).kind == CommunicationKind::Send && buffersSends)
    return;
  Rank &rank = ranks[posted.rankClass];
  rank.isOpen[posted.op] = false;
  uint32_t unit = getUnit(posted);
  if (--rank.numPending[unit] == 0)
    end(posted.rankClass, unit);
}

/// What one rank has in one group with a peer, the peer has in one group, too.
void Simulator::compareGroups(const Posted &a, const Posted &b) {
  if (!isGrouped(a))
    return;
  uint32_t communicator =
      getOp(a).isCollective() ? getOp(a).other : getOp(a).communicator;
  auto [it, isNew] = met.try_emplace(
      {a.rankClass, getGroup(a), b.rankClass, communicator}, getGroup(b));
  if (isNew || it->second == getGroup(b))
    return;
  if (reportedPairs.insert({a.rankClass, b.rankClass}).second)
    result.mismatches.push_back(
        {{a.rankClass, b.rankClass}, {a.op, b.op}, MismatchedOps::Group});
}

void Simulator::match(const Posted &send, const Posted &recv) {
  // Behind the first wrong pair on a channel all others may be wrong.
  if (getOp(send).data != getOp(recv).data &&
      reportedPairs.insert({send.rankClass, recv.rankClass}).second)
    result.mismatches.push_back({{send.rankClass, recv.rankClass},
                                 {send.op, recv.op},
                                 MismatchedOps::Data});
  compareGroups(send, recv);
  compareGroups(recv, send);
  complete(send);
  complete(recv);
  finishSend(send);
}

void Simulator::finishSend(const Posted &send) {
  if (!hasWaits)
    return;
  SendKey key(send.rankClass, getOp(send).data);
  received.insert(key);
  auto it = waitingFor.find(key);
  if (it == waitingFor.end())
    return;
  Posted wait = it->second;
  waitingFor.erase(it);
  complete(wait);
}

void Simulator::postWait(const Posted &posted) {
  SendKey key(posted.rankClass, getOp(posted).data);
  if (received.contains(key))
    return;
  Rank &rank = ranks[posted.rankClass];
  ++rank.numPending[getUnit(posted)];
  rank.isOpen[posted.op] = true;
  waitingFor.try_emplace(key, posted);
}

void Simulator::compareSignatures(ArrayRef<Posted> posted,
                                  uint32_t communicator) {
  for (const Posted &call : posted.drop_front()) {
    if (getOp(call).data == getOp(posted.front()).data || differs[communicator])
      continue;
    differs[communicator] = true;
    result.mismatches.push_back({{posted.front().rankClass, call.rankClass},
                                 {posted.front().op, call.op},
                                 MismatchedOps::Signature});
  }
}

void Simulator::post(const Posted &posted) {
  const CommunicationOp &op = getOp(posted);
  if (op.kind == CommunicationKind::WaitSend)
    return postWait(posted);
  // Events end at once.
  if (!op.isCall())
    return;
  bool isSend = op.kind == CommunicationKind::Send;
  if (!isSend || !buffersSends) {
    Rank &rank = ranks[posted.rankClass];
    ++rank.numPending[getUnit(posted)];
    rank.isOpen[posted.op] = true;
  }
  if (op.isCollective()) {
    auto it = calls[op.other].find(posted.rankClass);
    // A rank that is no member meets nobody.
    if (it == calls[op.other].end())
      return;
    Queue &own = it->second;
    own.push(posted);
    const Communicator &communicator = order.communicators[op.other];
    if (own.size() > 1 || ++numReady[op.other] != communicator.members.size())
      return;
    SmallVector<Posted> meeting;
    numReady[op.other] = 0;
    for (uint32_t member : communicator.members) {
      Queue &queue = calls[op.other][member];
      meeting.push_back(queue.front());
      queue.pop();
      numReady[op.other] += !queue.empty();
    }
    compareSignatures(meeting, op.other);
    for (const Posted &call : ArrayRef(meeting).drop_front()) {
      compareGroups(meeting.front(), call);
      compareGroups(call, meeting.front());
    }
    for (const Posted &call : meeting)
      complete(call);
    return;
  }
  Channel &channel = channels[getChannel(posted.rankClass, op)];
  Queue &others = isSend ? channel.recvs : channel.sends;
  if (others.empty()) {
    (isSend ? channel.sends : channel.recvs).push(posted);
    return;
  }
  Posted other = others.front();
  others.pop();
  if (isSend)
    match(posted, other);
  else
    match(other, posted);
}

void Simulator::begin(uint32_t rankClass, uint32_t unit) {
  Rank &rank = ranks[rankClass];
  // Held up, so that a group does not end before all of it is posted.
  ++rank.numPending[unit];
  for (uint32_t op = rank.units.getBegin(unit);
       op < rank.units.getBegin(unit + 1); ++op)
    post({rankClass, op});
  if (--rank.numPending[unit] == 0)
    end(rankClass, unit);
}

void Simulator::end(uint32_t rankClass, uint32_t unit) {
  Rank &rank = ranks[rankClass];
  rank.numPending[unit] = kEnded;
  for (uint32_t i = rank.behindBegins[unit]; i < rank.behindBegins[unit + 1];
       ++i)
    if (--rank.numBefore[rank.behind[i]] == 0)
      worklist.push_back({rankClass, rank.behind[i]});
}

void Simulator::findWaits() {
  // Open units are the nodes; what has not begun is held up by one of them.
  std::vector<std::vector<uint32_t>> heldUpBy(ranks.size());
  std::vector<std::pair<uint32_t, uint32_t>> open;
  std::vector<llvm::DenseMap<uint32_t, uint32_t>> nextCall(ranks.size());
  std::vector<uint32_t> firstOpen(ranks.size(), kNone);
  llvm::DenseMap<ChannelKey, uint32_t> nextSend, nextRecv;
  for (uint32_t rankClass = 0; rankClass < ranks.size(); ++rankClass) {
    const Rank &rank = ranks[rankClass];
    std::vector<uint32_t> &holder = heldUpBy[rankClass];
    holder.resize(rank.units.size(), kNone);
    for (uint32_t unit = 0; unit < rank.units.size(); ++unit) {
      if (rank.numPending[unit] == kEnded)
        continue;
      if (rank.numBefore[unit] == 0) {
        holder[unit] = open.size();
        if (firstOpen[rankClass] == kNone)
          firstOpen[rankClass] = open.size();
        open.push_back({rankClass, unit});
        continue;
      }
      for (uint32_t other : rank.units.getBefore(unit))
        if (holder[other] != kNone)
          holder[unit] = holder[other];
      for (uint32_t i = rank.units.getBegin(unit);
           i < rank.units.getBegin(unit + 1); ++i) {
        const CommunicationOp &op = order.classes[rankClass].ops[i];
        if (op.isCollective())
          nextCall[rankClass].try_emplace(op.other, holder[unit]);
        else if (op.isTransfer())
          (op.kind == CommunicationKind::Send ? nextSend : nextRecv)
              .try_emplace(getChannel(rankClass, op), holder[unit]);
      }
    }
  }
  waits.resize(open.size());
  for (uint32_t node = 0; node < open.size(); ++node) {
    uint32_t rankClass = open[node].first, unit = open[node].second;
    const LaunchUnits &units = ranks[rankClass].units;
    for (uint32_t i = units.getBegin(unit); i < units.getBegin(unit + 1); ++i) {
      if (!ranks[rankClass].isOpen[i])
        continue;
      const CommunicationOp &op = order.classes[rankClass].ops[i];
      auto add = [&](uint32_t other, const auto &next, const auto &key) {
        // A rank that is stuck does not come to what it has no op for, either.
        auto it = next.find(key);
        bool isMissing = it == next.end();
        waits[node].push_back({{rankClass, i, other, isMissing},
                               isMissing ? firstOpen[other] : it->second});
      };
      if (op.isTransfer() || op.kind == CommunicationKind::WaitSend) {
        add(op.other, op.kind == CommunicationKind::Recv ? nextSend : nextRecv,
            getChannel(rankClass, op));
        continue;
      }
      for (uint32_t member : order.communicators[op.other].members)
        if (calls[op.other][member].empty())
          add(member, nextCall[member], op.other);
    }
    if (!waits[node].empty() &&
        (result.stuck.empty() || result.stuck.back().rankClass != rankClass))
      result.stuck.push_back(waits[node].front().where);
  }
}

void Simulator::findCycle() {
  std::vector<std::vector<uint32_t>> targets(waits.size());
  for (auto [of, all] : llvm::zip_equal(targets, waits))
    for (const Wait &wait : all)
      of.push_back(wait.target);
  for (auto [node, index] : findSmallestCycle(targets))
    result.cycle.push_back(waits[node][index].where);
}

SimulationResult Simulator::run() {
  for (uint32_t rankClass = ranks.size(); rankClass-- > 0;)
    for (uint32_t unit = ranks[rankClass].units.size(); unit-- > 0;)
      if (ranks[rankClass].numBefore[unit] == 0)
        worklist.push_back({rankClass, unit});
  while (!worklist.empty()) {
    auto [rankClass, unit] = worklist.back();
    worklist.pop_back();
    begin(rankClass, unit);
  }
  findWaits();
  findCycle();
  return std::move(result);
}

SimulationResult dag::simulate(const CommunicationOrder &order,
                               const SimulationOptions &options) {
  return Simulator(order, options).run();
}
