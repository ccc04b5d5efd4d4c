//===- Run.cpp - Ranks that are threads of one process -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HostRank.h"

#include <algorithm>
#include <system_error>

using namespace dag::runtime;

/// How the ranks of a run have ended, by rank.
struct DagrtHostRun {
  std::vector<Error> failures;
  std::vector<DagrtError> outcomes;
};

namespace {

constexpr uint32_t kDefaultTimeLimitMs = 600000;

/// Ranks are 16 bits of a handle; threads are fewer anyway.
constexpr uint32_t kMostRanks = 4096;

DagrtHostOptions completeOptions(DagrtHostOptions options) {
  if (options.timeLimitMs == 0)
    options.timeLimitMs = kDefaultTimeLimitMs;
  return options;
}

Error checkOptions(const DagrtHostOptions *options,
                   DagrtRankFunction function) {
  if (!options || !function)
    return refuseArgument("options or function is a null pointer");
  if (options->size < sizeof(DagrtHostOptions))
    return refuseArgument("size of DagrtHostOptions is " +
                          std::to_string(options->size) + ", expected " +
                          std::to_string(sizeof(DagrtHostOptions)));
  if (options->numRanks == 0 || options->numRanks > kMostRanks)
    return refuseArgument("expected 1 to " + std::to_string(kMostRanks) +
                          " ranks, but got " +
                          std::to_string(options->numRanks));
  return nullptr;
}

/// Threads that begin together, once all of them are there, or not at all.
class Crew {
public:
  Error start(World &world, DagrtRankFunction function, void *argument);

private:
  void open(bool mayRun);

  std::mutex mutex;
  std::condition_variable changed;
  bool isOpen = false;
  bool mayRun = false;
  std::vector<std::thread> threads;
};

} // namespace

void Crew::open(bool value) {
  {
    std::lock_guard<std::mutex> lock(mutex);
    isOpen = true;
    mayRun = value;
  }
  changed.notify_all();
  for (std::thread &thread : threads)
    thread.join();
}

Error Crew::start(World &world, DagrtRankFunction function, void *argument) {
  Error error;
  try {
    threads.reserve(world.getNumRanks());
    for (uint32_t i = 0; i < world.getNumRanks(); ++i)
      threads.emplace_back([&, i] {
        {
          std::unique_lock<std::mutex> lock(mutex);
          changed.wait(lock, [&] { return isOpen; });
          if (!mayRun)
            return;
        }
        world.getRank(i).run(function, argument);
      });
  } catch (const std::system_error &failed) {
    error = refuse(DAGRT_OUT_OF_MEMORY, "no thread for rank " +
                                            std::to_string(threads.size()) +
                                            ": " + failed.what());
  }
  open(!error);
  return error;
}

World::World(const DagrtHostOptions &given)
    : options(completeOptions(given)),
      canSpin(given.numRanks <= std::thread::hardware_concurrency()),
      numRunning(given.numRanks), world(std::make_shared<Communicator>()) {
  world->name = "world";
  world->calls.resize(options.numRanks);
  world->locals.resize(options.numRanks);
  for (uint32_t i = 0; i < options.numRanks; ++i) {
    world->members.push_back(i);
    ranks.push_back(std::make_unique<HostRank>(*this, i, options.numRanks,
                                               options.memoryLimit));
  }
}

World::~World() = default;

static Error runRanks(const DagrtHostOptions *options,
                      DagrtRankFunction function, void *argument,
                      std::unique_ptr<DagrtHostRun> &run) {
  if (Error error = checkOptions(options, function))
    return error;
  run = std::make_unique<DagrtHostRun>();
  World world(*options);
  if (Error error = Crew().start(world, function, argument))
    return error;
  for (uint32_t i = 0; i < world.getNumRanks(); ++i) {
    const Error &failure = world.getRank(i).failure;
    DagrtError outcome = {
        sizeof(DagrtError), DAGRT_OK, int32_t(i), -1, "run", "", "ended"};
    if (failure)
      outcome = {sizeof(DagrtError),
                 failure->status,
                 failure->rank,
                 failure->peer,
                 failure->operation.c_str(),
                 failure->communicator.c_str(),
                 failure->text.c_str()};
    run->failures.push_back(failure);
    run->outcomes.push_back(outcome);
  }
  return world.firstFailure;
}

extern "C" DagrtStatus dagrtHostRun(const DagrtHostOptions *options,
                                    DagrtRankFunction function, void *argument,
                                    DagrtHostRun **run) {
  try {
    std::unique_ptr<DagrtHostRun> made;
    Error error = runRanks(options, function, argument, made);
    if (run)
      *run = made && !made->outcomes.empty() ? made.release() : nullptr;
    return report(error, -1, "host_run");
  } catch (...) {
    return reportPlain(DAGRT_OUT_OF_MEMORY, "the runtime is out of memory");
  }
}

extern "C" const DagrtError *dagrtHostGetOutcome(const DagrtHostRun *run,
                                                 uint32_t rank) {
  return run && rank < run->outcomes.size() ? &run->outcomes[rank] : nullptr;
}

extern "C" void dagrtHostDestroy(DagrtHostRun *run) { delete run; }
