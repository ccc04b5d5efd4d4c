//===- Rendezvous.cpp - Where calls of ranks meet -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HostRank.h"

#include <algorithm>
#include <tuple>

using namespace dag::runtime;

namespace {

/// Up to so many ranks each failure is followed up at once; else not more often
/// than this.
constexpr size_t kFewRanks = 128;
constexpr std::chrono::milliseconds kPause{10};

/// Whether two members may call these together.
bool agree(const Call &a, const Call &b) {
  if (a.kind != b.kind)
    return false;
  switch (a.kind) {
  case CallKind::Split:
  case CallKind::Create:
    return true;
  case CallKind::AllToAllV:
    return a.type == b.type;
  case CallKind::AllReduce:
  case CallKind::ReduceScatter:
    return a.count == b.count && a.type == b.type && a.reduction == b.reduction;
  case CallKind::Broadcast:
    return a.count == b.count && a.type == b.type && a.peer == b.peer;
  default:
    return a.count == b.count && a.type == b.type;
  }
}

std::string nameRank(const Posted &posted) {
  return "rank " + std::to_string(posted.getRank().number);
}

/// Two calls that differ, the lower rank's first.
std::string compare(const Posted &a, const Posted &b, const CommInfo &comm) {
  if (b.getRank().number < a.getRank().number)
    return compare(b, a, comm);
  return nameRank(a) + " calls " + describe(a.getCall(), comm) + ", but " +
         nameRank(b) + " calls " + describe(b.getCall(), comm);
}

} // namespace

Fault dag::runtime::explainGone(const HostRank &rank) {
  Fault fault;
  bool isDeadlock = rank.failure && rank.failure->status == DAGRT_DEADLOCK;
  fault.status = isDeadlock ? DAGRT_DEADLOCK : DAGRT_RANK_ENDED;
  fault.peer = int32_t(rank.number);
  std::string name = "rank " + std::to_string(rank.number);
  fault.cause = rank.failure ? rank.failure->cause : name + " has ended";
  fault.causeRank = rank.failure ? rank.failure->causeRank : fault.peer;
  fault.message = fault.causeRank == fault.peer
                      ? fault.cause
                      : name + " never comes: " + fault.cause;
  return fault;
}

void World::wake(HostRank &rank) {
  rank.isDirty = true;
  if (!rank.isWaiting)
    return;
  rank.isWaiting = false;
  ++numRunning;
  rank.changed.notify_one();
}

/// Takes back what a rank has posted. What stands in a channel in one direction
/// is of one rank.
void World::withdraw(HostRank &rank) {
  for (const std::shared_ptr<Unit> &unit : rank.begun) {
    for (size_t i = 0; i < unit->numPosted; ++i) {
      if (unit->states[i] != Unit::State::Posted)
        continue;
      unit->states[i] = Unit::State::Idle;
      Communicator &comm = *unit->commOfCall[i]->shared;
      uint32_t self = unit->commOfCall[i]->self, peer = unit->calls[i].peer;
      if (unit->calls[i].kind == CallKind::Send) {
        comm.channels[{self, peer}].sends.clear();
      } else if (unit->calls[i].kind == CallKind::Receive) {
        comm.channels[{peer, self}].receives.clear();
      } else if (comm.calls[self]) {
        comm.calls[self] = {};
        if (--comm.numPosted == 0)
          comm.first = {};
      }
    }
  }
  rank.creation = nullptr;
}

void World::fail(HostRank &rank, Fault fault) {
  if (rank.isGone)
    return;
  fault.rank = int32_t(rank.number);
  Error error = finish(fault);
  if (fault.cause.empty()) {
    fault.cause =
        "rank " + std::to_string(rank.number) + " has failed: " + error->text;
    fault.causeRank = fault.rank;
    error = finish(std::move(fault));
  }
  rank.failure = error;
  rank.hasFailed = true;
  rank.isGone = true;
  ++numGone;
  if (!firstFailure)
    firstFailure = error;
  withdraw(rank);
  wake(rank);
  hasNewFailure = true;
}

void World::end(HostRank &rank) {
  if (!rank.isGone) {
    rank.isGone = true;
    ++numGone;
  }
  --numRunning;
  hasNewFailure = true;
  propagate();
}

/// Many ranks that end one by one are not worth a look each: those that wait
/// look themselves before long.
void World::propagate() {
  if (!hasNewFailure)
    return;
  auto since = std::chrono::steady_clock::now() - lastAnalysis;
  if (numRunning == 0 || ranks.size() <= kFewRanks || since > kPause)
    analyze();
}

/// Fails two ranks, or all members, whose calls do not fit together.
void World::failMismatch(const Communicator &comm, const Posted &one,
                         const Posted &other, bool isOfAll,
                         const std::string &message) {
  if (other.getRank().number < one.getRank().number)
    return failMismatch(comm, other, one, isOfAll, message);
  Fault fault;
  fault.status = DAGRT_MISMATCH;
  fault.communicator = comm.name;
  fault.message = message;
  auto failOne = [&](HostRank &rank) {
    const Posted &own = &rank == one.unit->rank ? one : other;
    const Posted &their = &rank == one.unit->rank ? other : one;
    fault.operation = getCallName(own.getCall().kind);
    fault.peer = int32_t(their.getRank().number);
    fail(rank, fault);
  };
  if (!isOfAll) {
    failOne(one.getRank());
    failOne(other.getRank());
    return;
  }
  for (uint32_t member : comm.members)
    failOne(getRank(member));
}

void World::failCreation(HostRank &rank, HostRank &other,
                         const std::vector<uint32_t> &members,
                         const CommInfo &theirs) {
  Call call;
  call.kind = CallKind::Create;
  Fault fault;
  fault.status = DAGRT_MISMATCH;
  fault.operation = getCallName(call.kind);
  fault.communicator = theirs.name;
  CommInfo ours = {theirs.name, members};
  std::string texts[] = {"rank " + std::to_string(rank.number) + " calls " +
                             describe(call, ours),
                         "rank " + std::to_string(other.number) + " calls " +
                             describe(call, theirs)};
  bool isFirst = rank.number < other.number;
  fault.message = texts[!isFirst] + ", but " + texts[isFirst];
  fault.peer = int32_t(rank.number);
  fail(other, fault);
  fault.peer = int32_t(other.number);
  fail(rank, fault);
}

/// Fails a rank whose call needs one that will not come.
bool World::failIfGone(const Posted &posted, const Communicator &comm) {
  if (numGone == 0)
    return false;
  const Call &call = posted.getCall();
  HostRank *gone = nullptr;
  if (isTransfer(call.kind)) {
    HostRank &peer = getRank(comm.members[call.peer]);
    gone = peer.isGone ? &peer : nullptr;
  } else {
    // The one who is the cause, where it is a member.
    bool isCause = false;
    for (uint32_t member : comm.members) {
      HostRank &rank = getRank(member);
      if (!rank.isGone || isCause)
        continue;
      isCause = !rank.failure || rank.failure->causeRank == int32_t(member);
      if (isCause || !gone)
        gone = &rank;
    }
  }
  if (!gone)
    return false;
  Fault fault = explainGone(*gone);
  fault.operation = getCallName(call.kind);
  fault.communicator = comm.name;
  fail(posted.getRank(), std::move(fault));
  return true;
}

bool World::checkAgreement(const Posted &posted, const LocalComm &local) {
  const Communicator &comm = *local.shared;
  if (comm.numPosted == 0 || agree(comm.first.getCall(), posted.getCall()))
    return true;
  // By copies: what fails is withdrawn.
  Posted first = comm.first;
  failMismatch(comm, first, posted, true, compare(first, posted, comm));
  return false;
}

/// Parts of an all_to_all with counts, both ways.
bool World::checkCounts(const Match &match) {
  for (size_t i = 0; i < match.parts.size(); ++i)
    for (size_t j = 0; j < match.parts.size(); ++j) {
      uint64_t sent = match.parts[i].getCall().sendCounts[j];
      uint64_t received = match.parts[j].getCall().receiveCounts[i];
      if (sent == received)
        continue;
      failMismatch(*match.comm, match.parts[i], match.parts[j], true,
                   nameRank(match.parts[i]) + " sends " + std::to_string(sent) +
                       " elements to " + nameRank(match.parts[j]) +
                       ", which receives " + std::to_string(received));
      return false;
    }
  return true;
}

bool World::makeSplit(const Match &match) {
  std::vector<uint32_t> order;
  for (uint32_t i = 0; i < match.parts.size(); ++i)
    if (match.parts[i].getCall().color != DAGRT_NO_COLOR)
      order.push_back(i);
  auto getCall = [&](uint32_t i) -> const Call & {
    return match.parts[i].getCall();
  };
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return std::tuple(getCall(a).color, getCall(a).key, a) <
           std::tuple(getCall(b).color, getCall(b).key, b);
  });
  std::shared_ptr<Communicator> made;
  for (size_t i = 0; i < order.size(); ++i) {
    const Posted &part = match.parts[order[i]];
    const Posted *before = i ? &match.parts[order[i - 1]] : nullptr;
    if (!before || before->getCall().color != part.getCall().color) {
      made = std::make_shared<Communicator>();
      made->name = part.getCall().name;
    } else if (made->name != part.getCall().name) {
      failMismatch(*match.comm, *before, part, true,
                   nameRank(*before) + " names color " +
                       std::to_string(part.getCall().color) + " '" +
                       made->name + "', but " + nameRank(part) + " '" +
                       part.getCall().name + "'");
      return false;
    }
    part.unit->resultSelf = made->members.size();
    part.unit->result = made;
    made->members.push_back(part.getRank().number);
    made->calls.emplace_back();
    made->locals.push_back(nullptr);
  }
  return true;
}

void World::addMatch(Match match, std::vector<Match> &matches) {
  for (const Posted &part : match.parts) {
    part.unit->states[part.index] = Unit::State::Matched;
    ++part.getRank().numExecuting;
  }
  matches.push_back(std::move(match));
}

void World::postCollective(const Posted &posted, const LocalComm &local,
                           std::vector<Match> &matches) {
  Communicator &comm = *local.shared;
  if (failIfGone(posted, comm) || !checkAgreement(posted, local))
    return;
  posted.unit->states[posted.index] = Unit::State::Posted;
  comm.calls[local.self] = posted;
  if (comm.numPosted++ == 0)
    comm.first = posted;
  if (comm.numPosted != comm.members.size())
    return;
  Match match = {local.shared, std::move(comm.calls)};
  comm.calls.assign(comm.members.size(), {});
  comm.numPosted = 0;
  comm.first = {};
  switch (posted.getCall().kind) {
  case CallKind::AllToAllV:
    if (!checkCounts(match))
      return;
    break;
  case CallKind::Split:
    if (!makeSplit(match))
      return;
    break;
  case CallKind::Create:
    for (uint32_t i = 0; i < match.parts.size(); ++i) {
      match.parts[i].unit->result = local.shared;
      match.parts[i].unit->resultSelf = i;
      match.parts[i].getRank().creation = nullptr;
    }
    break;
  default:
    break;
  }
  addMatch(std::move(match), matches);
}

bool World::checkTransfer(const Match &match) {
  const Posted &send = match.parts[0], &receive = match.parts[1];
  if (send.getCall().count == receive.getCall().count &&
      send.getCall().type == receive.getCall().type)
    return true;
  failMismatch(*match.comm, send, receive, false,
               compare(send, receive, *match.comm));
  return false;
}

/// What two ranks have in one group of a communicator on one side, they have in
/// one group on the other.
bool World::checkPartners(const Match &match) {
  const Posted &send = match.parts[0], &receive = match.parts[1];
  auto &ofSend = send.unit->partners[{match.comm.get(), send.getCall().peer}];
  auto &ofReceive =
      receive.unit->partners[{match.comm.get(), receive.getCall().peer}];
  if ((ofSend == 0 || ofSend == receive.unit->number) &&
      (ofReceive == 0 || ofReceive == send.unit->number)) {
    ofSend = receive.unit->number;
    ofReceive = send.unit->number;
    return true;
  }
  bool isSendGrouped = ofSend != 0 && ofSend != receive.unit->number;
  failMismatch(*match.comm, send, receive, false,
               nameRank(isSendGrouped ? send : receive) +
                   " has in one group what " +
                   nameRank(isSendGrouped ? receive : send) +
                   " has in several: " + describe(send.getCall(), *match.comm));
  return false;
}

void World::postTransfer(const Posted &posted, const LocalComm &local,
                         std::vector<Match> &matches) {
  Communicator &comm = *local.shared;
  bool isSend = posted.getCall().kind == CallKind::Send;
  uint32_t peer = posted.getCall().peer;
  Channel &channel = comm.channels[isSend ? std::pair(local.self, peer)
                                          : std::pair(peer, local.self)];
  std::deque<Posted> &others = isSend ? channel.receives : channel.sends;
  if (others.empty()) {
    if (failIfGone(posted, comm))
      return;
    posted.unit->states[posted.index] = Unit::State::Posted;
    (isSend ? channel.sends : channel.receives).push_back(posted);
    return;
  }
  Posted other = others.front();
  others.pop_front();
  Match match = {local.shared, {other, posted}};
  if (isSend)
    std::swap(match.parts[0], match.parts[1]);
  if (checkTransfer(match) && checkPartners(match))
    addMatch(std::move(match), matches);
}

void World::postNext(const std::shared_ptr<Unit> &unit,
                     std::vector<Match> &matches) {
  const std::vector<Call> &calls = unit->calls;
  bool isRun = isTransfer(calls[unit->numPosted].kind);
  do {
    Posted posted = {unit, unit->numPosted++};
    const LocalComm &local = *unit->commOfCall[posted.index];
    if (isRun)
      postTransfer(posted, local, matches);
    else
      postCollective(posted, local, matches);
  } while (isRun && !unit->rank->failure && unit->numPosted < calls.size() &&
           isTransfer(calls[unit->numPosted].kind));
}

void World::settle(const Match &match) {
  for (const Posted &part : match.parts) {
    part.unit->states[part.index] = Unit::State::Done;
    ++part.unit->numDone;
    HostRank &rank = part.getRank();
    if (--rank.numExecuting == 0 && rank.failure)
      rank.changed.notify_one();
    wake(rank);
  }
}
