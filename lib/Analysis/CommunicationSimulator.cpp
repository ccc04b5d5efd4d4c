//===- CommunicationSimulator.cpp - Can every rank move? -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Analysis/CommunicationOrder.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"

#include <deque>
#include <map>

using namespace mlir;
using namespace mlir::dag;

namespace {
class Simulator {
public:
  Simulator(const CommunicationOrder &order, bool buffersSends);
  SimulationResult run();

private:
  struct Posted {
    uint32_t rankClass;
    uint32_t op;
    /// First op of the group that it stands in.
    uint32_t group;
  };
  struct Channel {
    std::deque<Posted> sends, recvs;
  };

  void advance(uint32_t rankClass);
  void post(const Posted &posted);
  void match(const Posted &send, const Posted &recv);
  void complete(const Posted &posted);
  void compareGroups(const Posted &a, const Posted &b);
  void compareSignatures(ArrayRef<Posted> calls, uint32_t communicator);
  void findWaits();
  void findCycle();
  bool isGrouped(const Posted &posted) const {
    const auto &ops = order.classes[posted.rankClass].ops;
    return posted.op != posted.group ||
           (posted.op + 1 < ops.size() && ops[posted.op + 1].joinsPrevious);
  }

  const CommunicationOrder &order;
  bool buffersSends;
  SimulationResult result;
  /// Next op of each class, and ops of its group that have not ended.
  std::vector<uint32_t> next, pending;
  llvm::DenseMap<std::pair<uint32_t, uint32_t>, Channel> channels;
  /// Calls that wait, by communicator and member.
  std::vector<llvm::DenseMap<uint32_t, std::deque<Posted>>> calls;
  std::vector<uint32_t> numReady;
  std::vector<bool> differs;
  /// Which group of a peer a group of ops has met.
  std::map<std::pair<std::pair<uint32_t, uint32_t>, uint32_t>, Posted> met;
  llvm::DenseSet<std::pair<uint32_t, uint32_t>> reportedPairs;
  std::vector<uint32_t> worklist;
  /// The ops of the current group of each class that wait.
  std::vector<llvm::SmallVector<uint32_t, 1>> open;
  std::vector<std::vector<WaitingRank>> waits;
};
} // namespace

Simulator::Simulator(const CommunicationOrder &order, bool buffersSends)
    : order(order), buffersSends(buffersSends), next(order.classes.size()),
      pending(order.classes.size()), calls(order.communicators.size()),
      numReady(order.communicators.size()), differs(order.communicators.size()),
      open(order.classes.size()), waits(order.classes.size()) {}

void Simulator::complete(const Posted &posted) {
  const CommunicationOp &op = order.classes[posted.rankClass].ops[posted.op];
  if (op.kind == CommunicationKind::Send && buffersSends)
    return;
  llvm::erase(open[posted.rankClass], posted.op);
  if (--pending[posted.rankClass] == 0)
    worklist.push_back(posted.rankClass);
}

/// What one rank has in one group with a peer, the peer has in one group, too.
void Simulator::compareGroups(const Posted &a, const Posted &b) {
  if (!isGrouped(a))
    return;
  auto [it, isNew] = met.try_emplace({{a.rankClass, a.group}, b.rankClass}, b);
  if (isNew || it->second.group == b.group)
    return;
  if (reportedPairs.insert({a.rankClass, b.rankClass}).second)
    result.mismatches.push_back(
        {{a.rankClass, b.rankClass}, {a.op, b.op}, MismatchedOps::Group});
}

void Simulator::match(const Posted &send, const Posted &recv) {
  const CommunicationOp &sent = order.classes[send.rankClass].ops[send.op];
  const CommunicationOp &received = order.classes[recv.rankClass].ops[recv.op];
  // Behind the first wrong pair on a channel all others may be wrong.
  if (sent.data != received.data &&
      reportedPairs.insert({send.rankClass, recv.rankClass}).second)
    result.mismatches.push_back({{send.rankClass, recv.rankClass},
                                 {send.op, recv.op},
                                 MismatchedOps::Data});
  compareGroups(send, recv);
  compareGroups(recv, send);
  complete(send);
  complete(recv);
}

void Simulator::compareSignatures(ArrayRef<Posted> posted,
                                  uint32_t communicator) {
  auto getOp = [&](const Posted &call) -> const CommunicationOp & {
    return order.classes[call.rankClass].ops[call.op];
  };
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
  const CommunicationOp &op = order.classes[posted.rankClass].ops[posted.op];
  bool isSend = op.kind == CommunicationKind::Send;
  if (!isSend || !buffersSends) {
    ++pending[posted.rankClass];
    open[posted.rankClass].push_back(posted.op);
  }
  if (op.kind == CommunicationKind::Collective) {
    std::deque<Posted> &own = calls[op.other][posted.rankClass];
    own.push_back(posted);
    const Communicator &communicator = order.communicators[op.other];
    if (own.size() > 1 || ++numReady[op.other] != communicator.members.size())
      return;
    SmallVector<Posted> meeting;
    numReady[op.other] = 0;
    for (uint32_t member : communicator.members) {
      std::deque<Posted> &queue = calls[op.other][member];
      meeting.push_back(queue.front());
      queue.pop_front();
      numReady[op.other] += !queue.empty();
    }
    compareSignatures(meeting, op.other);
    for (const Posted &call : meeting)
      complete(call);
    return;
  }
  std::pair<uint32_t, uint32_t> key(posted.rankClass, op.other);
  if (!isSend)
    std::swap(key.first, key.second);
  Channel &channel = channels[key];
  std::deque<Posted> &others = isSend ? channel.recvs : channel.sends;
  if (others.empty()) {
    (isSend ? channel.sends : channel.recvs).push_back(posted);
    return;
  }
  Posted other = others.front();
  others.pop_front();
  if (isSend)
    match(posted, other);
  else
    match(other, posted);
}

void Simulator::advance(uint32_t rankClass) {
  const std::vector<CommunicationOp> &ops = order.classes[rankClass].ops;
  while (pending[rankClass] == 0 && next[rankClass] < ops.size()) {
    uint32_t group = next[rankClass];
    // Held up, so that a group does not end before all of it is posted.
    ++pending[rankClass];
    do
      post({rankClass, next[rankClass]++, group});
    while (next[rankClass] < ops.size() && ops[next[rankClass]].joinsPrevious);
    --pending[rankClass];
  }
}

void Simulator::findWaits() {
  for (uint32_t waiting = 0; waiting < open.size(); ++waiting) {
    for (uint32_t index : open[waiting]) {
      const CommunicationOp &op = order.classes[waiting].ops[index];
      if (op.kind != CommunicationKind::Collective) {
        waits[waiting].push_back({waiting, index, op.other});
        continue;
      }
      for (uint32_t member : order.communicators[op.other].members)
        if (calls[op.other][member].empty())
          waits[waiting].push_back({waiting, index, member});
    }
    if (!waits[waiting].empty())
      result.stuck.push_back(waits[waiting].front());
  }
}

/// A breadth-first search from each rank, until the cycle cannot be shorter
/// or as much has been looked at as keeps the whole linear in practice.
void Simulator::findCycle() {
  constexpr uint32_t kNone = ~0u;
  uint64_t budget = 10'000'000;
  std::vector<uint32_t> seenBy(open.size(), kNone), depth(open.size());
  std::vector<std::pair<uint32_t, WaitingRank>> queue;
  for (const WaitingRank &start : result.stuck) {
    if (budget == 0 || (!result.cycle.empty() && result.cycle.size() <= 2))
      return;
    // Entries: the entry that led here, and the wait that it is.
    queue.clear();
    size_t head = 0;
    auto visit = [&](uint32_t from, uint32_t rank) {
      for (const WaitingRank &wait : waits[rank]) {
        if (budget != 0)
          --budget;
        if (wait.waitsFor == start.rankClass) {
          std::vector<WaitingRank> cycle{wait};
          for (uint32_t at = from; at != kNone; at = queue[at].first)
            cycle.push_back(queue[at].second);
          std::reverse(cycle.begin(), cycle.end());
          if (result.cycle.empty() || cycle.size() < result.cycle.size())
            result.cycle = std::move(cycle);
          return true;
        }
        if (seenBy[wait.waitsFor] == start.rankClass)
          continue;
        seenBy[wait.waitsFor] = start.rankClass;
        queue.push_back({from, wait});
      }
      return false;
    };
    bool isFound = visit(kNone, start.rankClass);
    while (!isFound && head < queue.size() && budget != 0) {
      uint32_t at = head++;
      isFound = visit(at, queue[at].second.waitsFor);
    }
  }
}

SimulationResult Simulator::run() {
  for (uint32_t i = order.classes.size(); i-- > 0;)
    worklist.push_back(i);
  while (!worklist.empty()) {
    uint32_t rankClass = worklist.back();
    worklist.pop_back();
    advance(rankClass);
  }
  findWaits();
  findCycle();
  return std::move(result);
}

SimulationResult dag::simulate(const CommunicationOrder &order,
                               bool buffersSends) {
  return Simulator(order, buffersSends).run();
}
