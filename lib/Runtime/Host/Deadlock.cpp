//===- Deadlock.cpp - Who can never go on -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The waits of all ranks as a graph: threads, first tasks of streams, and
// collectives that gather. A node can move when all that it waits for can;
// threads that do not wait can, those that have ended never do.
//
//===----------------------------------------------------------------------===//

#include "HostRank.h"

#include <algorithm>
#include <set>

using namespace dag::runtime;

namespace {

constexpr uint32_t kNone = UINT32_MAX;

/// How many waits of a circle an error shows: each rank of it has that text.
constexpr size_t kMostShown = 16;

struct Node {
  HostRank *rank = nullptr;
  /// The stream whose first task it is; else it is a thread, or a collective.
  Stream *stream = nullptr;
  Communicator *comm = nullptr;
  std::vector<uint32_t> waits;
  /// For each of these the call of the stream's unit, or kNone.
  std::vector<uint32_t> calls;
  std::vector<uint32_t> waiters;
  uint32_t numUnmet = 0;
  bool canMove = false;
  /// The first of its waits that cannot move.
  uint32_t next = kNone;
  /// Where a walk along `next` ends: a rank that is gone, or a circle.
  uint32_t end = kNone;
};

class WaitGraph {
public:
  explicit WaitGraph(World &world) : world(world) {}

  uint32_t addThread(HostRank &rank);
  /// Adds what the nodes wait for, until there is nothing more.
  void complete();
  /// Finds who can move, and where the others' walks end.
  void solve();
  /// The failure of a thread that cannot move.
  Fault explain(uint32_t node);
  /// What a thread waits for, whether or not that can move.
  Fault describeWait(uint32_t node) const;

  const Node &getNode(uint32_t node) const { return nodes[node]; }

private:
  uint32_t addNode(HostRank *rank, Stream *stream, Communicator *comm);
  void addWait(uint32_t node, uint32_t other, uint32_t call = kNone);
  uint32_t addProvider(HostRank &rank, Communicator &comm, uint32_t member);
  void expand(uint32_t node);
  void expandThread(uint32_t node);
  void expandUnit(uint32_t node, const Unit &unit);
  void findEnds();
  uint32_t getOther(uint32_t node, size_t wait) const;
  std::string describe(uint32_t node) const;
  /// A circle, once for all that wait for it.
  struct Circle {
    std::string text;
    std::set<uint32_t> ranks;
  };
  const Circle &getCircle(uint32_t node);
  size_t findFirstStuck(uint32_t node) const;
  /// Operation, communicator and peer of a node and one of its waits.
  void name(uint32_t node, size_t wait, Fault &fault) const;

  World &world;
  std::vector<Node> nodes;
  std::map<const void *, uint32_t> known;
  std::map<uint32_t, Circle> circles;
};

std::string nameRank(uint32_t rank) { return "rank " + std::to_string(rank); }

} // namespace

uint32_t WaitGraph::addNode(HostRank *rank, Stream *stream,
                            Communicator *comm) {
  const void *key = stream ? static_cast<const void *>(stream)
                    : comm ? static_cast<const void *>(comm)
                           : rank;
  auto [place, isNew] = known.try_emplace(key, nodes.size());
  if (isNew) {
    nodes.emplace_back();
    nodes.back().rank = rank;
    nodes.back().stream = stream;
    nodes.back().comm = comm;
  }
  return place->second;
}

uint32_t WaitGraph::addThread(HostRank &rank) {
  return addNode(&rank, nullptr, nullptr);
}

void WaitGraph::addWait(uint32_t node, uint32_t other, uint32_t call) {
  nodes[node].waits.push_back(other);
  nodes[node].calls.push_back(call);
  nodes[other].waiters.push_back(node);
  ++nodes[node].numUnmet;
}

/// Who makes the call that a member has not posted: what it has called on this
/// communicator and not ended goes first, else its thread has to come.
uint32_t WaitGraph::addProvider(HostRank &rank, Communicator &comm,
                                uint32_t member) {
  LocalComm *local = comm.locals.empty() ? nullptr : comm.locals[member];
  if (rank.isWaiting && local && !local->pending.empty())
    return addNode(&rank, local->pending.front()->streams.front().get(),
                   nullptr);
  return addThread(rank);
}

void WaitGraph::expandThread(uint32_t node) {
  HostRank &rank = *nodes[node].rank;
  if (!rank.isWaiting)
    return;
  if (rank.wait.stream || rank.wait.mark) {
    Stream *stream =
        (rank.wait.stream ? rank.wait.stream : rank.wait.mark->stream).get();
    return addWait(node, addNode(&rank, stream, nullptr));
  }
  for (const std::shared_ptr<Stream> &stream : rank.streams)
    if (!stream->tasks.empty())
      addWait(node, addNode(&rank, stream.get(), nullptr));
}

void WaitGraph::expandUnit(uint32_t node, const Unit &unit) {
  HostRank &rank = *nodes[node].rank;
  auto addStream = [&](Stream &stream) {
    if (&stream != nodes[node].stream)
      addWait(node, addNode(&rank, &stream, nullptr));
  };
  if (unit.numArrived != unit.streams.size()) {
    for (const std::shared_ptr<Stream> &stream : unit.streams)
      if (stream->tasks.front().unit.get() != &unit)
        addStream(*stream);
    return;
  }
  if (unit.numPosted == 0) {
    for (const std::shared_ptr<LocalComm> &comm : unit.comms)
      if (comm->pending.front() != &unit)
        addStream(*comm->pending.front()->streams.front());
    if (world.options.oneAtATime && rank.pending.front() != &unit)
      addStream(*rank.pending.front()->streams.front());
    return;
  }
  for (uint32_t i = 0; i < unit.numPosted; ++i) {
    if (unit.states[i] != Unit::State::Posted)
      continue;
    Communicator &comm = *unit.commOfCall[i]->shared;
    uint32_t peer = unit.calls[i].peer;
    if (isTransfer(unit.calls[i].kind))
      addWait(node, addProvider(world.getRank(comm.members[peer]), comm, peer),
              i);
    else
      addWait(node, addNode(nullptr, nullptr, &comm), i);
  }
}

void WaitGraph::expand(uint32_t node) {
  if (Communicator *comm = nodes[node].comm) {
    for (uint32_t i = 0; i < comm->members.size(); ++i)
      if (!comm->calls[i])
        addWait(node, addProvider(world.getRank(comm->members[i]), *comm, i));
    return;
  }
  Stream *stream = nodes[node].stream;
  if (!stream)
    return expandThread(node);
  if (!nodes[node].rank->isWaiting || stream->tasks.empty())
    return;
  const Task &task = stream->tasks.front();
  if (task.kind == Task::Kind::Wait && task.mark->stream.get() != stream)
    addWait(node, addNode(nodes[node].rank, task.mark->stream.get(), nullptr));
  else if (task.kind == Task::Kind::Unit)
    expandUnit(node, *task.unit);
}

void WaitGraph::complete() {
  for (uint32_t node = 0; node < nodes.size(); ++node)
    expand(node);
}

void WaitGraph::solve() {
  std::vector<uint32_t> moving;
  for (uint32_t node = 0; node < nodes.size(); ++node) {
    bool isThread = !nodes[node].stream && !nodes[node].comm;
    bool isGone = isThread && nodes[node].rank->isGone;
    nodes[node].canMove = nodes[node].waits.empty() && !isGone;
    if (nodes[node].canMove)
      moving.push_back(node);
  }
  while (!moving.empty()) {
    uint32_t node = moving.back();
    moving.pop_back();
    for (uint32_t waiter : nodes[node].waiters)
      if (--nodes[waiter].numUnmet == 0) {
        nodes[waiter].canMove = true;
        moving.push_back(waiter);
      }
  }
  findEnds();
}

/// Each node that cannot move has a wait that cannot; a walk along the first of
/// these ends in a circle or at a rank that is gone.
void WaitGraph::findEnds() {
  for (Node &node : nodes) {
    if (node.canMove || node.waits.empty())
      continue;
    for (uint32_t other : node.waits)
      if (!nodes[other].canMove && node.next == kNone)
        node.next = other;
  }
  std::vector<uint32_t> path;
  std::vector<uint32_t> pathOf(nodes.size(), kNone);
  for (uint32_t first = 0; first < nodes.size(); ++first) {
    if (nodes[first].canMove)
      continue;
    path.clear();
    uint32_t node = first;
    while (nodes[node].end == kNone && pathOf[node] != first &&
           nodes[node].next != kNone) {
      pathOf[node] = first;
      path.push_back(node);
      node = nodes[node].next;
    }
    uint32_t end = nodes[node].end != kNone ? nodes[node].end : node;
    nodes[node].end = end;
    for (uint32_t walked : path)
      nodes[walked].end = end;
  }
}

/// The rank at the other end of a wait.
uint32_t WaitGraph::getOther(uint32_t node, size_t wait) const {
  const Node *other = &nodes[nodes[node].waits[wait]];
  if (other->comm) {
    uint32_t next = other->next != kNone    ? other->next
                    : !other->waits.empty() ? other->waits.front()
                                            : kNone;
    if (next == kNone)
      return nodes[node].rank->number;
    other = &nodes[next];
  }
  return other->rank->number;
}

size_t WaitGraph::findFirstStuck(uint32_t node) const {
  const Node &it = nodes[node];
  auto place = std::find(it.waits.begin(), it.waits.end(), it.next);
  return place == it.waits.end() ? 0 : place - it.waits.begin();
}

void WaitGraph::name(uint32_t node, size_t wait, Fault &fault) const {
  const Unit *unit = nodes[node].stream->tasks.front().unit.get();
  if (!unit) {
    fault.operation = "stream_wait_event";
    return;
  }
  uint32_t call =
      wait < nodes[node].calls.size() ? nodes[node].calls[wait] : kNone;
  size_t index = call == kNone ? 0 : call;
  fault.operation = getCallName(unit->calls[index].kind);
  fault.communicator = unit->commOfCall[index]->shared->name;
  if (call != kNone)
    fault.peer = int32_t(getOther(node, wait));
}

/// A stream that cannot go on, in words.
std::string WaitGraph::describe(uint32_t node) const {
  const Node &it = nodes[node];
  size_t wait = findFirstStuck(node);
  std::string stream = "stream '" + it.stream->name + "'";
  std::string self = nameRank(it.rank->number);
  const Unit *unit = it.stream->tasks.front().unit.get();
  if (!unit)
    return self + " waits on " + stream + " for an event of stream '" +
           nodes[it.waits[wait]].stream->name + "'";
  uint32_t call = it.calls[wait];
  size_t index = call == kNone ? 0 : call;
  const CommInfo &comm = *unit->commOfCall[index]->shared;
  std::string what = dag::runtime::describe(unit->calls[index], comm) +
                     " on communicator '" + comm.name + "', " + stream;
  if (call == kNone)
    return self + " has an earlier call on stream '" +
           nodes[it.waits[wait]].stream->name + "' before " + what;
  return self + " waits for " + nameRank(getOther(node, wait)) + " in " + what;
}

/// The circle that a node is in, told from its lowest rank on.
const WaitGraph::Circle &WaitGraph::getCircle(uint32_t node) {
  auto [place, isNew] = circles.try_emplace(node);
  Circle &circle = place->second;
  if (!isNew)
    return circle;
  std::vector<uint32_t> streams;
  uint32_t at = node;
  do {
    if (nodes[at].stream)
      streams.push_back(at);
    if (nodes[at].rank)
      circle.ranks.insert(nodes[at].rank->number);
    at = nodes[at].next;
  } while (at != node);
  auto lowest = std::min_element(
      streams.begin(), streams.end(), [&](uint32_t a, uint32_t b) {
        return nodes[a].rank->number < nodes[b].rank->number;
      });
  std::rotate(streams.begin(), lowest, streams.end());
  circle.text = "deadlock: ";
  for (size_t i = 0; i < std::min(streams.size(), kMostShown); ++i)
    circle.text += (i ? "; " : "") + describe(streams[i]);
  if (streams.size() > kMostShown)
    circle.text +=
        "; and " + std::to_string(streams.size() - kMostShown) + " more";
  return circle;
}

Fault WaitGraph::explain(uint32_t node) {
  Fault fault;
  fault.operation = "synchronize";
  // The rank's own call that waits, and the first other rank of the walk.
  uint32_t self = nodes[node].rank->number, other = kNone, at = node;
  bool isNamed = false;
  for (size_t steps = 0; steps <= nodes.size() && at != kNone; ++steps) {
    const Node &it = nodes[at];
    if (it.rank && it.rank->number != self) {
      other = it.rank->number;
      break;
    }
    if (it.stream && !isNamed && it.next != kNone) {
      size_t wait = findFirstStuck(at);
      name(at, wait, fault);
      isNamed = it.calls[wait] != kNone;
    }
    at = it.next;
  }
  if (other == kNone)
    other = self;
  if (fault.peer < 0)
    fault.peer = int32_t(other);
  uint32_t end = nodes[node].end;
  bool isDirect;
  if (nodes[end].next == kNone) {
    Fault gone = explainGone(*nodes[end].rank);
    fault.status = gone.status;
    fault.cause = gone.cause;
    fault.causeRank = gone.causeRank;
    isDirect = fault.causeRank == int32_t(other);
  } else {
    const Circle &circle = getCircle(end);
    fault.status = DAGRT_DEADLOCK;
    fault.cause = circle.text;
    isDirect = circle.ranks.count(self);
  }
  fault.message =
      isDirect ? fault.cause : nameRank(other) + " never comes: " + fault.cause;
  return fault;
}

Fault WaitGraph::describeWait(uint32_t node) const {
  Fault fault;
  fault.operation = "synchronize";
  fault.message = "other work goes first";
  HostRank *rank = nodes[node].rank;
  for (uint32_t steps = 0; steps < nodes.size(); ++steps) {
    if (nodes[node].rank != rank || nodes[node].waits.empty())
      break;
    if (nodes[node].stream && nodes[node].calls[0] != kNone) {
      name(node, 0, fault);
      fault.message = describe(node);
      break;
    }
    node = nodes[node].waits[0];
  }
  return fault;
}

void World::analyze() {
  hasNewFailure = false;
  lastAnalysis = std::chrono::steady_clock::now();
  WaitGraph graph(*this);
  std::vector<uint32_t> threads;
  for (const std::unique_ptr<HostRank> &rank : ranks)
    if (rank->isWaiting)
      threads.push_back(graph.addThread(*rank));
  if (threads.empty())
    return;
  graph.complete();
  graph.solve();
  // Texts first: to fail a rank changes what the graph was made of.
  std::vector<std::pair<HostRank *, Fault>> faults;
  for (uint32_t thread : threads)
    if (!graph.getNode(thread).canMove)
      faults.emplace_back(graph.getNode(thread).rank, graph.explain(thread));
  for (auto &[rank, fault] : faults)
    fail(*rank, std::move(fault));
  hasNewFailure = false;
}

Fault World::describeWait(HostRank &rank) {
  WaitGraph graph(*this);
  uint32_t thread = graph.addThread(rank);
  graph.complete();
  return graph.describeWait(thread);
}
