//===- Queue.cpp - Streams, done by the thread of their rank -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HostRank.h"

#include <algorithm>

using namespace dag::runtime;
using Clock = std::chrono::steady_clock;

namespace {

/// How often a rank that waits looks for a deadlock among a few ranks.
constexpr std::chrono::milliseconds kLook{100};

/// How often a rank that asks in a loop is looked into.
constexpr std::chrono::milliseconds kAsk{5};

/// How long a rank yields before it sleeps: a switch of threads takes as long.
constexpr std::chrono::microseconds kSpin{50};

} // namespace

/// A unit begins when it is first on its communicators, too.
bool HostRank::canBegin(const Unit &unit) const {
  if (unit.numArrived != unit.streams.size())
    return false;
  if (world.options.oneAtATime && pending.front() != &unit)
    return false;
  return std::all_of(unit.comms.begin(), unit.comms.end(),
                     [&](const std::shared_ptr<LocalComm> &comm) {
                       return comm->pending.front() == &unit;
                     });
}

/// Posts what can be posted of a unit and carries out what meets. Whether the
/// unit has ended.
bool HostRank::runUnit(const std::shared_ptr<Unit> &unit) {
  while (true) {
    std::vector<Match> matches;
    {
      std::lock_guard<std::mutex> lock(world.mutex);
      if (failure)
        return false;
      if (unit->numDone == unit->calls.size())
        return true;
      if (unit->numDone < unit->numPosted)
        return false;
      if (unit->numPosted == 0)
        begun.push_back(unit);
      world.postNext(unit, matches);
      world.propagate();
    }
    if (matches.empty())
      return false;
    bool hasMemory = true;
    for (const Match &match : matches)
      try {
        World::carryOut(match);
      } catch (const std::bad_alloc &) {
        hasMemory = false;
      }
    std::lock_guard<std::mutex> lock(world.mutex);
    for (const Match &match : matches) {
      for (const Posted &part : match.parts)
        if (!hasMemory) {
          Fault fault;
          fault.status = DAGRT_OUT_OF_MEMORY;
          fault.operation = getCallName(part.getCall().kind);
          fault.message = "the runtime is out of memory";
          world.fail(part.getRank(), std::move(fault));
        }
      world.settle(match);
    }
    world.propagate();
  }
}

/// A unit that has ended: what came behind it on its communicators is next.
void HostRank::retire(Unit &unit) {
  unit.isRetired = true;
  for (const std::shared_ptr<LocalComm> &comm : unit.comms)
    comm->pending.pop_front();
  if (world.options.oneAtATime)
    pending.pop_front();
  for (Call &call : unit.calls)
    for (Allocation *use : call.uses)
      --use->numUsers;
  std::lock_guard<std::mutex> lock(world.mutex);
  begun.erase(std::find_if(begun.begin(), begun.end(),
                           [&](const std::shared_ptr<Unit> &other) {
                             return other.get() == &unit;
                           }));
}

/// Whether the first task of a stream has ended.
bool HostRank::runTask(Task &task, Error &error) {
  switch (task.kind) {
  case Task::Kind::Record:
    task.mark->isDone = true;
    return true;
  case Task::Kind::Wait:
    return task.mark->isDone;
  case Task::Kind::Work:
    error = task.work();
    for (Allocation *use : task.uses)
      --use->numUsers;
    if (task.function)
      --task.function->numQueued;
    if (error)
      error = failSelf(*error);
    return true;
  case Task::Kind::Unit:
    if (task.unit->isRetired)
      return true;
    if (!task.hasArrived) {
      task.hasArrived = true;
      ++task.unit->numArrived;
    }
    if (!canBegin(*task.unit) || !runUnit(task.unit))
      return false;
    retire(*task.unit);
    return true;
  }
  return false;
}

bool HostRank::advanceStream(Stream &stream, Error &error) {
  bool hasMoved = false;
  while (!hasFailed && !error && !stream.tasks.empty()) {
    if (!runTask(stream.tasks.front(), error))
      break;
    stream.tasks.pop_front();
    hasMoved = true;
  }
  return hasMoved;
}

Error HostRank::advance() {
  Error error;
  try {
    for (bool hasMoved = true; hasMoved && !hasFailed && !error;) {
      hasMoved = advanceStream(*ownStream, error);
      for (size_t i = 0; i < streams.size(); ++i)
        hasMoved |= advanceStream(*streams[i], error);
    }
  } catch (const std::bad_alloc &) {
    Fault fault;
    fault.status = DAGRT_OUT_OF_MEMORY;
    fault.operation = "communication";
    fault.message = "the runtime is out of memory";
    failSelf(std::move(fault));
  }
  return hasFailed ? settleFailure() : nullptr;
}

Error HostRank::enqueue(const std::shared_ptr<Stream> &stream, Task task) {
  for (Allocation *use : task.uses)
    ++use->numUsers;
  if (task.function)
    ++task.function->numQueued;
  stream->tasks.push_back(std::move(task));
  return advance();
}

Error HostRank::enqueueUnit(const std::shared_ptr<Unit> &unit) {
  for (Call &call : unit->calls)
    for (Allocation *use : call.uses)
      ++use->numUsers;
  for (const std::shared_ptr<LocalComm> &comm : unit->comms)
    comm->pending.push_back(unit.get());
  if (world.options.oneAtATime)
    pending.push_back(unit.get());
  for (const std::shared_ptr<Stream> &stream : unit->streams) {
    Task task;
    task.kind = Task::Kind::Unit;
    task.unit = unit;
    stream->tasks.push_back(std::move(task));
  }
  return advance();
}

/// Sleeps until something may have changed for this rank.
void HostRank::sleep(const Wait &what) {
  if (world.canSpin)
    for (Clock::time_point begin = Clock::now(); Clock::now() - begin < kSpin;
         std::this_thread::yield())
      if (isDirty)
        return;
  std::unique_lock<std::mutex> lock(world.mutex);
  if (isDirty)
    return;
  wait = what;
  isWaiting = true;
  if (--world.numRunning == 0)
    world.analyze();
  Clock::time_point start = Clock::now();
  std::chrono::milliseconds limit{world.options.timeLimitMs};
  while (!isDirty) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        start + limit - Clock::now());
    if (left.count() <= 0) {
      timeOut();
      break;
    }
    changed.wait_for(lock,
                     std::min(left + std::chrono::milliseconds(1), kLook));
    if (!isDirty && Clock::now() - world.lastAnalysis > kLook)
      world.analyze();
  }
  wait = {};
}

void HostRank::timeOut() {
  Fault fault = world.describeWait(*this);
  fault.status = DAGRT_TIMED_OUT;
  fault.message = "nothing came in " +
                  std::to_string(world.options.timeLimitMs) +
                  " ms: " + fault.message;
  world.fail(*this, std::move(fault));
  world.propagate();
}

/// A question is a wait that ends at once. Who asks in a loop may do something
/// else yet, so that a circle is not proved; the limit of time holds.
Error HostRank::poll(const Wait &what) {
  Clock::time_point now = Clock::now();
  if (isDirty.exchange(false) || pollStart == Clock::time_point())
    pollStart = now;
  if (now - lastPoll < kAsk)
    return nullptr;
  lastPoll = now;
  {
    std::lock_guard<std::mutex> lock(world.mutex);
    bool isLate =
        now - pollStart > std::chrono::milliseconds(world.options.timeLimitMs);
    if (failure || (!isLate && world.numGone == 0))
      return nullptr;
    wait = what;
    isWaiting = true;
    --world.numRunning;
    if (isLate)
      timeOut();
    else
      world.analyze();
    if (isWaiting)
      ++world.numRunning;
    isWaiting = false;
    wait = {};
  }
  return hasFailed ? settleFailure() : nullptr;
}

template <typename Condition>
Error HostRank::waitUntil(Condition isDone, Wait what) {
  while (true) {
    isDirty = false;
    if (Error error = advance())
      return error;
    if (isDone())
      return nullptr;
    sleep(what);
  }
}

Error HostRank::synchronize() {
  return waitUntil(
      [&] {
        return std::all_of(streams.begin(), streams.end(),
                           [](const std::shared_ptr<Stream> &stream) {
                             return stream->tasks.empty();
                           });
      },
      {});
}

Error HostRank::synchronizeStream(DagrtStream stream) {
  std::shared_ptr<Stream> found;
  if (Error error = findStream(stream, found))
    return error;
  return waitUntil([&] { return found->tasks.empty(); }, {found, nullptr});
}

Error HostRank::queryStream(DagrtStream stream, bool &isDone) {
  std::shared_ptr<Stream> found;
  if (Error error = findStream(stream, found))
    return error;
  if (Error error = advance())
    return error;
  isDone = found->tasks.empty();
  if (!isDone)
    return poll({found, nullptr});
  pollStart = {};
  return nullptr;
}

Error HostRank::synchronizeEvent(DagrtEvent event) {
  std::shared_ptr<Event> found;
  if (Error error = eventTable.find(event.id, found))
    return error;
  if (!found->mark)
    return refuseArgument("event was never recorded");
  std::shared_ptr<Mark> mark = found->mark;
  return waitUntil([&] { return mark->isDone; }, {nullptr, mark});
}

Error HostRank::queryEvent(DagrtEvent event, bool &isDone) {
  std::shared_ptr<Event> found;
  if (Error error = eventTable.find(event.id, found))
    return error;
  if (!found->mark)
    return refuseArgument("event was never recorded");
  if (Error error = advance())
    return error;
  isDone = found->mark->isDone;
  if (!isDone)
    return poll({nullptr, found->mark});
  pollStart = {};
  return nullptr;
}

/// Waits for a new communicator; none if the unit made none.
Error HostRank::awaitUnit(const std::shared_ptr<Unit> &unit, DagrtComm &comm) {
  if (Error error = enqueueUnit(unit))
    return error;
  if (Error error =
          waitUntil([&] { return unit->isRetired; }, {ownStream, nullptr}))
    return error;
  comm = {0};
  if (!unit->result)
    return nullptr;
  return addComm(unit->result, unit->resultSelf, comm);
}

/// Empties the streams of a rank that has failed.
void HostRank::dropQueues() {
  auto drop = [](Stream &stream) {
    for (Task &task : stream.tasks) {
      for (Allocation *use : task.uses)
        --use->numUsers;
      if (task.function)
        --task.function->numQueued;
      if (!task.unit || task.unit->isRetired)
        continue;
      task.unit->isRetired = true;
      for (const std::shared_ptr<LocalComm> &comm : task.unit->comms)
        comm->pending.clear();
      for (Call &call : task.unit->calls)
        for (Allocation *use : call.uses)
          --use->numUsers;
    }
    stream.tasks.clear();
  };
  drop(*ownStream);
  for (const std::shared_ptr<Stream> &stream : streams)
    drop(*stream);
  pending.clear();
}

Error HostRank::settleFailure() {
  {
    std::unique_lock<std::mutex> lock(world.mutex);
    changed.wait(lock, [&] { return numExecuting == 0; });
    begun.clear();
  }
  dropQueues();
  return failure;
}

Error HostRank::failSelf(Fault fault) {
  std::lock_guard<std::mutex> lock(world.mutex);
  world.fail(*this, std::move(fault));
  world.propagate();
  return failure;
}
