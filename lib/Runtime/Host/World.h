//===- World.h - What the ranks of a process share -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_RUNTIME_HOST_WORLD_H
#define DAG_LIB_RUNTIME_HOST_WORLD_H

#include "dag/Runtime/End.h"
#include "dag/Runtime/Host/Host.h"

#include <chrono>
#include <deque>
#include <map>
#include <mutex>

namespace dag::runtime {

class HostRank;
struct LocalComm;
struct Stream;

/// What is carried out as one: a call, or a group. It is enqueued on all of its
/// streams and begins when it is first on all of them and on its communicators.
struct Unit {
  HostRank *rank = nullptr;
  uint64_t number = 0;
  std::vector<Call> calls;
  /// The communicator of each call, and what is different among them.
  std::vector<std::shared_ptr<LocalComm>> commOfCall;
  std::vector<std::shared_ptr<LocalComm>> comms;
  std::vector<std::shared_ptr<Stream>> streams;
  /// On how many of its streams it is first.
  size_t numArrived = 0;
  /// Whether it has ended and is being taken off its streams.
  bool isRetired = false;

  // Guarded by the world's mutex once it has begun.
  enum class State : uint8_t { Idle, Posted, Matched, Done };
  std::vector<State> states;
  size_t numPosted = 0;
  size_t numDone = 0;
  /// The unit of the other side, by communicator and member: what one group
  /// has, one group has there.
  std::map<std::pair<const CommInfo *, uint32_t>, uint64_t> partners;
  /// What a split or a creation made; null for no color.
  std::shared_ptr<struct Communicator> result;
  uint32_t resultSelf = 0;
};

/// A call of a unit that has been posted.
struct Posted {
  std::shared_ptr<Unit> unit;
  size_t index = 0;

  explicit operator bool() const { return unit != nullptr; }
  const Call &getCall() const { return unit->calls[index]; }
  HostRank &getRank() const { return *unit->rank; }
};

/// Sends from one member to another, and recvs there, that have not met.
struct Channel {
  std::deque<Posted> sends;
  std::deque<Posted> receives;
};

/// What members of a communicator share. Guarded by the world's mutex.
struct Communicator : CommInfo {
  /// The collective that is gathering: the calls of its members. There is one,
  /// since a member's next call begins when this one has met.
  std::vector<Posted> calls;
  size_t numPosted = 0;
  /// The first of them, which the others are held to.
  Posted first;
  /// By sender and receiver.
  std::map<std::pair<uint32_t, uint32_t>, Channel> channels;
  /// What the members have of it; null where it was destroyed.
  std::vector<LocalComm *> locals;
};

/// A communicator at one of its members: its units in the order of calls.
struct LocalComm {
  std::shared_ptr<Communicator> shared;
  uint32_t self = 0;
  std::deque<Unit *> pending;
};

/// Calls that have met: of all members, or a send and its recv.
struct Match {
  std::shared_ptr<Communicator> comm;
  std::vector<Posted> parts;
};

/// The ranks of a run, and where their calls meet. All functions but
/// `carryOut` are called with the mutex held.
class World {
public:
  explicit World(const DagrtHostOptions &options);
  ~World();

  HostRank &getRank(uint32_t number) { return *ranks[number]; }
  uint32_t getNumRanks() const { return ranks.size(); }

  /// Posts the calls of a unit that come next; those that meet are matched.
  void postNext(const std::shared_ptr<Unit> &unit, std::vector<Match> &matches);
  /// Moves the data of a match. Not with the mutex held.
  static void carryOut(const Match &match);
  /// Tells the ranks of a match that it has been carried out.
  void settle(const Match &match);

  /// Ends a rank's part for good: later calls of it fail, what it has posted is
  /// withdrawn. `analyze` then finds those who wait for it.
  void fail(HostRank &rank, Fault fault);
  /// A rank's function has returned, and its streams are empty.
  void end(HostRank &rank);
  /// Lets a rank look at its streams again.
  void wake(HostRank &rank);
  /// Fails two ranks that make different communicators of one name.
  void failCreation(HostRank &rank, HostRank &other,
                    const std::vector<uint32_t> &members,
                    const CommInfo &theirs);
  /// Fails the ranks that can never go on.
  void analyze();
  /// The same, where somebody has failed since.
  void propagate();
  /// What a rank that waits waits for: operation, peer, communicator, in words.
  Fault describeWait(HostRank &rank);

  std::mutex mutex;
  const DagrtHostOptions options;
  /// Whether a rank that waits has a core to look for work on.
  const bool canSpin;
  /// Ranks that neither wait nor have ended.
  uint32_t numRunning;
  uint32_t numGone = 0;
  bool hasNewFailure = false;
  std::chrono::steady_clock::time_point lastAnalysis;
  /// The first failure of the run.
  Error firstFailure;
  std::shared_ptr<Communicator> world;

private:
  void postCollective(const Posted &posted, const LocalComm &local,
                      std::vector<Match> &matches);
  void postTransfer(const Posted &posted, const LocalComm &local,
                    std::vector<Match> &matches);
  bool failIfGone(const Posted &posted, const Communicator &comm);
  bool checkAgreement(const Posted &posted, const LocalComm &local);
  bool checkCounts(const Match &match);
  bool checkTransfer(const Match &match);
  bool checkPartners(const Match &match);
  void failMismatch(const Communicator &comm, const Posted &one,
                    const Posted &other, bool isOfAll,
                    const std::string &message);
  void withdraw(HostRank &rank);
  bool makeSplit(const Match &match);
  void addMatch(Match match, std::vector<Match> &matches);

  std::vector<std::unique_ptr<HostRank>> ranks;
};

/// What those who wait for a gone rank are told.
Fault explainGone(const HostRank &rank);

} // namespace dag::runtime

#endif // DAG_LIB_RUNTIME_HOST_WORLD_H
