//===- HostRank.cpp - What a rank has: memory, streams, modules -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HostRank.h"

#include <cstddef>
#include <cstring>
#include <set>

using namespace dag::runtime;

namespace {

constexpr std::align_val_t kAlignment{256};

/// More than any process has addresses for.
constexpr uint64_t kMostBytes = uint64_t(1) << 47;

/// A launch, with its arguments.
struct Launch {
  std::shared_ptr<Function> function;
  std::vector<std::max_align_t> storage;
  std::vector<void *> arguments;

  Error run();
};

Fault makeFault(DagrtStatus status, const char *operation,
                std::string message) {
  Fault fault;
  fault.status = status;
  fault.operation = operation;
  fault.message = std::move(message);
  return fault;
}

} // namespace

Error Launch::run() {
  std::string what = "function '" + function->name + "' ";
  try {
    int32_t result = function->function(arguments.data());
    if (result == 0)
      return nullptr;
    what += "returned " + std::to_string(result);
  } catch (const std::exception &exception) {
    what += std::string("threw an exception: ") + exception.what();
  } catch (...) {
    what += "threw an exception";
  }
  return std::make_shared<const Fault>(
      makeFault(DAGRT_LAUNCH_FAILED, "launch", what));
}

HostRank::HostRank(World &world, uint32_t number, uint32_t numRanks,
                   uint64_t memoryLimit)
    : DagrtRank(number, numRanks, memoryLimit), world(world),
      streamTable(HandleKind::Stream, number),
      eventTable(HandleKind::Event, number),
      moduleTable(HandleKind::Module, number),
      functionTable(HandleKind::Function, number),
      commTable(HandleKind::Communicator, number),
      ownStream(std::make_shared<Stream>()) {
  ownStream->name = "host";
}

HostRank::~HostRank() { freeMemory(); }

void HostRank::freeMemory() {
  while (Allocation *allocation = memory.getFirst()) {
    allocation->numUsers = 0;
    void *pointer = allocation->pointer;
    bool isRegistered = allocation->isRegistered;
    if (memory.take(pointer, isRegistered))
      return;
    if (!isRegistered)
      release(pointer);
  }
}

Error HostRank::enter(Entry entry) {
  if (std::this_thread::get_id() != thread)
    return refuseArgument("called from a thread that is not the rank's");
  if (entry == Entry::Query)
    return nullptr;
  if (isLaunching)
    return refuseArgument("called from a function that was launched");
  if (!hasFailed)
    return nullptr;
  Error error = settleFailure();
  return entry == Entry::Release ? nullptr : error;
}

Error HostRank::abort(const char *reason) {
  // Its task would go while it runs.
  if (isLaunching)
    return refuseArgument("called from a function that was launched");
  groupDepth = 0;
  groupCalls.clear();
  groupError = nullptr;
  Fault fault = makeFault(DAGRT_ABORTED, "abort", reason);
  fault.cause = "rank " + std::to_string(number) + " has aborted: " + reason;
  fault.causeRank = int32_t(number);
  Error error = failSelf(std::move(fault));
  settleFailure();
  return error;
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

Error HostRank::allocate(uint64_t bytes, void *&pointer) {
  pointer = bytes < kMostBytes ? ::operator new(bytes, kAlignment, std::nothrow)
                               : nullptr;
  if (pointer)
    return nullptr;
  return refuse(DAGRT_OUT_OF_MEMORY,
                "no memory for " + std::to_string(bytes) + " bytes");
}

void HostRank::release(void *pointer) {
  ::operator delete(pointer, kAlignment);
}

Error HostRank::registerMemory(void *memory, uint64_t, void *&device) {
  device = memory;
  return nullptr;
}

void HostRank::unregisterMemory(void *) {}

Error HostRank::enqueueCopy(Copy copy, DagrtStream stream) {
  std::shared_ptr<Stream> found;
  if (Error error = findStream(stream, found))
    return error;
  Task task;
  task.kind = Task::Kind::Work;
  task.uses = std::move(copy.uses);
  task.work = [target = copy.target, source = copy.source, bytes = copy.bytes,
               value = copy.value]() -> Error {
    if (source)
      std::memcpy(target, source, bytes);
    else
      std::memset(target, value, bytes);
    return nullptr;
  };
  return enqueue(found, std::move(task));
}

//===----------------------------------------------------------------------===//
// Streams and events
//===----------------------------------------------------------------------===//

Error HostRank::findStream(DagrtStream stream, std::shared_ptr<Stream> &found) {
  return streamTable.find(stream.id, found);
}

Error HostRank::checkStream(DagrtStream stream) {
  std::shared_ptr<Stream> found;
  return findStream(stream, found);
}

Error HostRank::createStream(const char *name, DagrtStream &stream) {
  auto made = std::make_shared<Stream>();
  made->name = name;
  streams.push_back(made);
  Error error = streamTable.insert(made, stream.id);
  if (error)
    streams.pop_back();
  return error;
}

Error HostRank::destroyStream(DagrtStream stream) {
  std::shared_ptr<Stream> found;
  if (Error error = findStream(stream, found))
    return error;
  if (!found->tasks.empty())
    return refuse(DAGRT_IN_FLIGHT, "stream '" + found->name +
                                       "' has queued operations: " +
                                       std::to_string(found->tasks.size()));
  for (size_t i = 0; i < streams.size(); ++i)
    if (streams[i] == found) {
      streams.erase(streams.begin() + i);
      break;
    }
  streamTable.erase(stream.id);
  return nullptr;
}

Error HostRank::createEvent(DagrtEvent &event) {
  return eventTable.insert(std::make_shared<Event>(), event.id);
}

Error HostRank::destroyEvent(DagrtEvent event) {
  std::shared_ptr<Event> found;
  if (Error error = eventTable.find(event.id, found))
    return error;
  if (found->mark && !found->mark->isDone && !hasFailed)
    return refuse(DAGRT_IN_FLIGHT, "event is recorded and has not come yet");
  eventTable.erase(event.id);
  return nullptr;
}

Error HostRank::recordEvent(DagrtEvent event, DagrtStream stream) {
  std::shared_ptr<Event> found;
  std::shared_ptr<Stream> on;
  if (Error error = eventTable.find(event.id, found))
    return error;
  if (Error error = findStream(stream, on))
    return error;
  Task task;
  task.kind = Task::Kind::Record;
  task.mark = std::make_shared<Mark>();
  task.mark->stream = on;
  found->mark = task.mark;
  return enqueue(on, std::move(task));
}

Error HostRank::waitEvent(DagrtStream stream, DagrtEvent event) {
  std::shared_ptr<Event> found;
  std::shared_ptr<Stream> on;
  if (Error error = findStream(stream, on))
    return error;
  if (Error error = eventTable.find(event.id, found))
    return error;
  if (!found->mark)
    return refuseArgument("event was never recorded");
  Task task;
  task.kind = Task::Kind::Wait;
  task.mark = found->mark;
  return enqueue(on, std::move(task));
}

//===----------------------------------------------------------------------===//
// Modules and launches
//===----------------------------------------------------------------------===//

Error HostRank::loadModule(const DagrtModuleSource &source,
                           DagrtModule &module) {
  if (source.image || source.imageBytes)
    return refuse(DAGRT_UNSUPPORTED,
                  "the host end loads functions, not images");
  auto made = std::make_shared<Module>();
  for (size_t i = 0; i < source.numSymbols; ++i)
    if (!made->symbols
             .emplace(source.symbols[i].name, source.symbols[i].function)
             .second)
      return refuseArgument(std::string("symbol '") + source.symbols[i].name +
                            "' is there twice");
  return moduleTable.insert(made, module.id);
}

Error HostRank::unloadModule(DagrtModule module) {
  std::shared_ptr<Module> found;
  if (Error error = moduleTable.find(module.id, found))
    return error;
  for (uint64_t id : found->functions) {
    std::shared_ptr<Function> function;
    if (Error error = functionTable.find(id, function))
      return error;
    if (function->numQueued)
      return refuse(DAGRT_IN_FLIGHT,
                    "function '" + function->name + "' is queued");
  }
  for (uint64_t id : found->functions)
    functionTable.erase(id);
  moduleTable.erase(module.id);
  return nullptr;
}

Error HostRank::getFunction(DagrtModule module, const char *name,
                            std::vector<DagrtParameter> parameters,
                            DagrtFunction &function) {
  std::shared_ptr<Module> found;
  if (Error error = moduleTable.find(module.id, found))
    return error;
  auto symbol = found->symbols.find(name);
  if (symbol == found->symbols.end())
    return refuseArgument(std::string("module has no function '") + name + "'");
  auto made = std::make_shared<Function>();
  made->name = name;
  made->function = symbol->second;
  made->parameters = std::move(parameters);
  found->functions.push_back(0);
  if (Error error = functionTable.insert(made, found->functions.back())) {
    found->functions.pop_back();
    return error;
  }
  function.id = found->functions.back();
  return nullptr;
}

Error HostRank::getParameters(DagrtFunction function,
                              const std::vector<DagrtParameter> *&result) {
  std::shared_ptr<Function> found;
  if (Error error = functionTable.find(function.id, found))
    return error;
  result = &found->parameters;
  return nullptr;
}

Error HostRank::launch(DagrtFunction function, const DagrtLaunchShape *shape,
                       void *const *arguments, std::vector<Allocation *> uses,
                       DagrtStream stream) {
  std::shared_ptr<Stream> on;
  if (Error error = findStream(stream, on))
    return error;
  auto launch = std::make_shared<Launch>();
  if (Error error = functionTable.find(function.id, launch->function))
    return error;
  for (int i = 0; shape && i < 3; ++i)
    if (shape->grid[i] > 1 || shape->block[i] > 1 || shape->cluster[i] > 1)
      return refuse(DAGRT_UNSUPPORTED,
                    "the host end calls a function once, not on a grid");
  constexpr size_t kUnit = sizeof(std::max_align_t);
  std::vector<size_t> places;
  size_t size = 0;
  for (const DagrtParameter &parameter : launch->function->parameters) {
    places.push_back(size);
    size += (parameter.bytes + kUnit - 1) / kUnit;
  }
  launch->storage.resize(size);
  for (size_t i = 0; i < places.size(); ++i) {
    launch->arguments.push_back(&launch->storage[places[i]]);
    std::memcpy(launch->arguments[i], arguments[i],
                launch->function->parameters[i].bytes);
  }
  Task task;
  task.kind = Task::Kind::Work;
  task.uses = std::move(uses);
  task.function = launch->function;
  task.work = [this, launch]() -> Error {
    isLaunching = true;
    Error error = launch->run();
    isLaunching = false;
    return error;
  };
  return enqueue(on, std::move(task));
}

//===----------------------------------------------------------------------===//
// Communicators
//===----------------------------------------------------------------------===//

Error HostRank::addComm(std::shared_ptr<Communicator> shared, uint32_t self,
                        DagrtComm &comm) {
  auto local = std::make_shared<LocalComm>();
  local->shared = std::move(shared);
  local->self = self;
  if (Error error = commTable.insert(local, comm.id))
    return error;
  std::lock_guard<std::mutex> lock(world.mutex);
  local->shared->locals[self] = local.get();
  return nullptr;
}

Error HostRank::getWorld(DagrtComm &comm) {
  comm = worldComm;
  return nullptr;
}

Error HostRank::viewComm(DagrtComm comm, CommView &view) {
  std::shared_ptr<LocalComm> found;
  if (Error error = commTable.find(comm.id, found))
    return error;
  view.info = found->shared.get();
  view.self = found->self;
  return nullptr;
}

Error HostRank::destroyComm(DagrtComm comm) {
  std::shared_ptr<LocalComm> found;
  if (Error error = commTable.find(comm.id, found))
    return error;
  if (comm.id == worldComm.id)
    return refuseArgument("communicator 'world' is not destroyed");
  if (!found->pending.empty())
    return refuse(DAGRT_IN_FLIGHT, "communicator '" + found->shared->name +
                                       "' has queued operations: " +
                                       std::to_string(found->pending.size()));
  {
    std::lock_guard<std::mutex> lock(world.mutex);
    found->shared->locals[found->self] = nullptr;
  }
  commTable.erase(comm.id);
  return nullptr;
}

/// A unit of calls whose handles have been checked; a split and a creation are
/// on the rank's own stream.
std::shared_ptr<Unit> HostRank::makeUnit(std::vector<Call> calls) {
  auto unit = std::make_shared<Unit>();
  unit->rank = this;
  unit->number = uint64_t(number) << 40 | ++numUnits;
  std::set<const void *> seen;
  for (Call &call : calls) {
    std::shared_ptr<LocalComm> comm;
    std::shared_ptr<Stream> stream = ownStream;
    if (call.stream.id)
      findStream(call.stream, stream);
    if (seen.insert(stream.get()).second)
      unit->streams.push_back(stream);
    if (call.comm.id)
      commTable.find(call.comm.id, comm);
    if (comm && seen.insert(comm.get()).second)
      unit->comms.push_back(comm);
    unit->commOfCall.push_back(std::move(comm));
  }
  unit->states.resize(calls.size(), Unit::State::Idle);
  unit->calls = std::move(calls);
  return unit;
}

Error HostRank::communicate(std::vector<Call> calls) {
  return enqueueUnit(makeUnit(std::move(calls)));
}

Error HostRank::splitComm(DagrtComm parent, int32_t color, int32_t key,
                          const char *name, DagrtComm &comm) {
  std::shared_ptr<LocalComm> found;
  if (Error error = commTable.find(parent.id, found))
    return error;
  Call call;
  call.kind = CallKind::Split;
  call.comm = parent;
  call.color = color;
  call.key = key;
  call.name = name;
  std::vector<Call> calls;
  calls.push_back(std::move(call));
  return awaitUnit(makeUnit(std::move(calls)), comm);
}

/// Members meet by name and list: who finds another one making what it is to
/// make joins it.
Error HostRank::createComm(std::vector<uint32_t> members, const char *name,
                           DagrtComm &comm) {
  auto local = std::make_shared<LocalComm>();
  {
    std::lock_guard<std::mutex> lock(world.mutex);
    for (uint32_t member : members) {
      const std::shared_ptr<Communicator> &other =
          world.getRank(member).creation;
      if (!other || other->name != name)
        continue;
      if (other->members == members)
        local->shared = other;
      else
        world.failCreation(*this, world.getRank(member), members, *other);
    }
    world.propagate();
    if (!failure && !local->shared) {
      local->shared = std::make_shared<Communicator>();
      local->shared->name = name;
      local->shared->members = members;
      local->shared->calls.resize(members.size());
      local->shared->locals.resize(members.size());
    }
    creation = local->shared;
  }
  if (hasFailed)
    return settleFailure();
  while (members[local->self] != number)
    ++local->self;
  Call call;
  call.kind = CallKind::Create;
  std::vector<Call> calls;
  calls.push_back(std::move(call));
  std::shared_ptr<Unit> unit = makeUnit(std::move(calls));
  unit->commOfCall[0] = local;
  return awaitUnit(unit, comm);
}

//===----------------------------------------------------------------------===//
// The life of a rank
//===----------------------------------------------------------------------===//

void HostRank::run(DagrtRankFunction function, void *argument) {
  thread = std::this_thread::get_id();
  Fault fault;
  fault.status = DAGRT_RANK_FAILED;
  fault.operation = "run";
  bool hasOwnFault = true;
  try {
    Error error = addComm(world.world, number, worldComm);
    DagrtStatus status = error ? error->status : function(this, argument);
    hasOwnFault = status != DAGRT_OK;
    if (hasOwnFault) {
      const DagrtError *last = dagrtGetLastError();
      fault.message = std::string("its function returned ") +
                      dagrtGetStatusName(status) + " (" +
                      std::to_string(status) + ")";
      if (last->status == status && last->rank == int32_t(number))
        fault.message += std::string(" after '") + last->text + "'";
    } else if (!hasFailed) {
      groupDepth = 0;
      groupCalls.clear();
      synchronize();
    }
  } catch (const std::exception &exception) {
    fault.message =
        std::string("its function threw an exception: ") + exception.what();
  } catch (...) {
    fault.message = "its function threw an exception";
  }
  if (hasOwnFault)
    failSelf(std::move(fault));
  if (hasFailed)
    settleFailure();
  freeMemory();
  std::lock_guard<std::mutex> lock(world.mutex);
  world.end(*this);
}
