//===- HostRank.h - A rank that is a thread -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_RUNTIME_HOST_HOSTRANK_H
#define DAG_LIB_RUNTIME_HOST_HOSTRANK_H

#include "World.h"

#include "dag/Runtime/Handles.h"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <thread>

namespace dag::runtime {

/// What a stream had been given when an event was recorded.
struct Mark {
  std::shared_ptr<Stream> stream;
  bool isDone = false;
};

struct Module {
  std::map<std::string, DagrtHostFunction> symbols;
  std::vector<uint64_t> functions;
};

struct Function {
  std::string name;
  DagrtHostFunction function = nullptr;
  std::vector<DagrtParameter> parameters;
  uint32_t numQueued = 0;
};

/// What a stream does: a unit of communication, some work, the record of an
/// event, or a wait for one.
struct Task {
  enum class Kind : uint8_t { Unit, Work, Record, Wait };
  Kind kind;
  std::shared_ptr<Unit> unit;
  std::function<Error()> work;
  std::shared_ptr<Mark> mark;
  std::vector<Allocation *> uses;
  std::shared_ptr<Function> function;
  bool hasArrived = false;
};

struct Stream {
  std::string name;
  std::deque<Task> tasks;
};

struct Event {
  std::shared_ptr<Mark> mark;
};

/// What a thread waits for: a stream, a mark, or all streams (neither).
struct Wait {
  std::shared_ptr<Stream> stream;
  std::shared_ptr<Mark> mark;
};

class HostRank final : public DagrtRank {
public:
  HostRank(World &world, uint32_t number, uint32_t numRanks,
           uint64_t memoryLimit);
  ~HostRank() override;

  const char *getEndName() const override { return "host"; }
  Error enter(Entry entry) override;
  Error synchronize() override;
  Error abort(const char *reason) override;

  Error allocate(uint64_t bytes, void *&pointer) override;
  void release(void *pointer) override;
  Error registerMemory(void *memory, uint64_t bytes, void *&device) override;
  void unregisterMemory(void *memory) override;
  Error enqueueCopy(Copy copy, DagrtStream stream) override;

  Error createStream(const char *name, DagrtStream &stream) override;
  Error destroyStream(DagrtStream stream) override;
  Error synchronizeStream(DagrtStream stream) override;
  Error queryStream(DagrtStream stream, bool &isDone) override;
  Error checkStream(DagrtStream stream) override;
  Error createEvent(DagrtEvent &event) override;
  Error destroyEvent(DagrtEvent event) override;
  Error recordEvent(DagrtEvent event, DagrtStream stream) override;
  Error synchronizeEvent(DagrtEvent event) override;
  Error queryEvent(DagrtEvent event, bool &isDone) override;
  Error waitEvent(DagrtStream stream, DagrtEvent event) override;

  Error loadModule(const DagrtModuleSource &source,
                   DagrtModule &module) override;
  Error unloadModule(DagrtModule module) override;
  Error getFunction(DagrtModule module, const char *name,
                    std::vector<DagrtParameter> parameters,
                    DagrtFunction &function) override;
  Error getParameters(DagrtFunction function,
                      const std::vector<DagrtParameter> *&result) override;
  Error launch(DagrtFunction function, const DagrtLaunchShape *shape,
               void *const *arguments, std::vector<Allocation *> uses,
               DagrtStream stream) override;

  Error getWorld(DagrtComm &comm) override;
  Error viewComm(DagrtComm comm, CommView &view) override;
  Error createComm(std::vector<uint32_t> members, const char *name,
                   DagrtComm &comm) override;
  Error splitComm(DagrtComm parent, int32_t color, int32_t key,
                  const char *name, DagrtComm &comm) override;
  Error destroyComm(DagrtComm comm) override;
  Error communicate(std::vector<Call> calls) override;

  /// Runs the rank's function on this thread, to its end.
  void run(DagrtRankFunction function, void *argument);

  // Guarded by the world's mutex. Others read the streams and communicators of
  // a rank that waits, too; only its own thread does while it runs.
  bool isWaiting = false;
  bool isGone = false;
  Error failure;
  Wait wait;
  /// Matches with this rank that somebody carries out.
  uint32_t numExecuting = 0;
  /// Units that have begun and not ended.
  std::vector<std::shared_ptr<Unit>> begun;
  /// The communicator that it is making with others.
  std::shared_ptr<Communicator> creation;
  std::condition_variable changed;
  /// Whether its streams may be able to go on. Set with the mutex held.
  std::atomic<bool> isDirty{false};
  std::atomic<bool> hasFailed{false};

  std::vector<std::shared_ptr<Stream>> streams;
  /// All units, where they are done one at a time.
  std::deque<Unit *> pending;

private:
  Error findStream(DagrtStream stream, std::shared_ptr<Stream> &found);
  Error enqueue(const std::shared_ptr<Stream> &stream, Task task);
  Error enqueueUnit(const std::shared_ptr<Unit> &unit);
  std::shared_ptr<Unit> makeUnit(std::vector<Call> calls);
  /// Does whatever can be done now; the rank's failure if it has failed.
  Error advance();
  bool advanceStream(Stream &stream, Error &error);
  bool runTask(Task &task, Error &error);
  bool runUnit(const std::shared_ptr<Unit> &unit);
  bool canBegin(const Unit &unit) const;
  void retire(Unit &unit);
  void dropQueues();
  void freeMemory();
  template <typename Condition>
  Error waitUntil(Condition isDone, Wait what);
  void sleep(const Wait &what);
  /// Looks, for one that asks and does not wait, whether that may still come.
  Error poll(const Wait &what);
  /// Fails: nothing came in time. With the mutex held.
  void timeOut();
  /// The failure, once nobody uses the rank's memory any more.
  Error settleFailure();
  Error failSelf(Fault fault);
  Error awaitUnit(const std::shared_ptr<Unit> &unit, DagrtComm &comm);
  Error addComm(std::shared_ptr<Communicator> shared, uint32_t self,
                DagrtComm &comm);

  World &world;
  std::thread::id thread;
  bool isLaunching = false;
  /// Since when it asks in vain, and when that was looked into.
  std::chrono::steady_clock::time_point pollStart, lastPoll;
  uint64_t numUnits = 0;
  HandleTable<Stream> streamTable;
  HandleTable<Event> eventTable;
  HandleTable<Module> moduleTable;
  HandleTable<Function> functionTable;
  HandleTable<LocalComm> commTable;
  DagrtComm worldComm = {0};
  /// What splits and creations are enqueued on.
  std::shared_ptr<Stream> ownStream;
};

} // namespace dag::runtime

#endif // DAG_LIB_RUNTIME_HOST_HOSTRANK_H
