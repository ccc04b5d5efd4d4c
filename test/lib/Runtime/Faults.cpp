//===- Faults.cpp - Faults, over and over -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Conformance.h"

#include <atomic>
#include <cstdio>
#include <set>
#include <stdexcept>
#include <thread>

using namespace dag::conformance;

namespace {

/// What is shared by the ranks of one run.
struct Shared {
  std::atomic<bool> hasFailed{false};
  uint32_t turn = 0;
};

struct FaultCase {
  const char *name;
  uint32_t numRanks;
  void (*body)(Device &, Shared &);
  /// Statuses that a rank may end with; the faulty rank is 1.
  std::set<DagrtStatus> faulty, others;
  uint32_t timeLimitMs = 0;
};

constexpr uint64_t kCount = 100000;

void sum(Device &device, uint64_t count, DagrtDataType type = DAGRT_F32) {
  void *values = device.allocate(count * 4);
  check(dagrtFill(device.rank, values, 0, count * 4, device.stream));
  check(dagrtAllReduce(device.rank, values, values, count, type, DAGRT_SUM,
                       device.world, device.stream));
}

void throwEarly(Device &device, Shared &) {
  if (device.number == 1)
    throw std::runtime_error("no weights");
  sum(device, 16);
  device.sync();
}

void returnEarly(Device &device, Shared &shared) {
  if (device.number == 1 && shared.turn % 2)
    return;
  sum(device, 16);
  if (device.number == 1)
    return;
  sum(device, 16);
  device.sync();
}

void neverCome(Device &device, Shared &shared) {
  if (device.number == 1) {
    while (!shared.hasFailed)
      std::this_thread::yield();
    return;
  }
  sum(device, 16);
  DagrtStatus status = dagrtSynchronize(device.rank);
  shared.hasFailed = true;
  check(status);
}

void wrongCount(Device &device, Shared &) {
  sum(device, device.number == 1 ? 15 : 16);
  device.sync();
}

void wrongType(Device &device, Shared &) {
  sum(device, 16, device.number == 1 ? DAGRT_I32 : DAGRT_F32);
  device.sync();
}

/// Refused while it is sent, and allowed when that has ended.
void freeInFlight(Device &device, Shared &shared) {
  void *values = nullptr;
  check(dagrtAllocate(device.rank, 64, &values));
  check(dagrtFill(device.rank, values, 1, 64, device.stream));
  if (device.number == 0) {
    check(dagrtSend(device.rank, values, 16, DAGRT_F32, 1, device.world,
                    device.stream));
    expectEqual("free", DAGRT_IN_FLIGHT, dagrtFree(device.rank, values));
    shared.hasFailed = true;
  } else {
    while (!shared.hasFailed)
      std::this_thread::yield();
    check(dagrtReceive(device.rank, values, 16, DAGRT_F32, 0, device.world,
                       device.stream));
  }
  device.sync();
  check(dagrtFree(device.rank, values));
}

void runOutOfMemory(Device &device, Shared &) {
  if (device.number == 1)
    device.allocate(uint64_t(1) << 60);
  sum(device, 16);
  device.sync();
}

void waitInACircle(Device &device, Shared &) {
  uint32_t next = (device.number + 1) % device.numRanks;
  void *values = device.allocate(64);
  check(dagrtFill(device.rank, values, 0, 64, device.stream));
  check(dagrtSend(device.rank, values, 16, DAGRT_F32, next, device.world,
                  device.stream));
  device.sync();
}

/// Memory of the program goes as soon as a call has failed, while another
/// thread may be reading it.
void abortWhileMoving(Device &device, Shared &) {
  std::vector<float> own(kCount, 1);
  void *seen = nullptr;
  check(dagrtRegister(device.rank, own.data(), kCount * 4, &seen));
  check(dagrtAllReduce(device.rank, seen, seen, kCount, DAGRT_F32, DAGRT_SUM,
                       device.world, device.stream));
  if (device.number == 1)
    check(dagrtAbort(device.rank, "interrupted"));
  check(dagrtSynchronize(device.rank));
}

/// In the middle of making a communicator.
void leaveSplit(Device &device, Shared &shared) {
  DagrtComm comm = device.split(device.world, 0, 0, "first");
  if (device.number == 1) {
    if (shared.turn % 2)
      throw std::runtime_error("no peers");
    return;
  }
  comm = device.split(comm, 0, 0, "second");
  device.sync();
}

/// What was launched fails while others wait for what comes after it.
void failLaunch(Device &device, Shared &) {
  DagrtSymbol symbol = {"mlp", [](void *const *) -> int32_t { return 3; }};
  DagrtModuleSource source = {sizeof(source), &symbol, 1, nullptr, 0};
  DagrtModule module = {0};
  DagrtFunction function = {0};
  check(dagrtModuleLoad(device.rank, &source, &module));
  check(dagrtModuleGetFunction(device.rank, module, "mlp", nullptr, 0,
                               &function));
  sum(device, 16);
  if (device.number == 1)
    check(
        dagrtLaunch(device.rank, function, nullptr, nullptr, 0, device.stream));
  sum(device, 16);
  device.sync();
}

const FaultCase kFaults[] = {
    {"a rank throws", 3, throwEarly, {DAGRT_RANK_FAILED}, {DAGRT_RANK_ENDED}},
    {"a rank returns early", 3, returnEarly, {DAGRT_OK}, {DAGRT_RANK_ENDED}},
    {"a peer never comes",
     3,
     neverCome,
     {DAGRT_OK},
     {DAGRT_TIMED_OUT, DAGRT_RANK_ENDED},
     3},
    {"a wrong count",
     3,
     wrongCount,
     {DAGRT_RANK_FAILED, DAGRT_MISMATCH},
     {DAGRT_MISMATCH}},
    {"a wrong type",
     3,
     wrongType,
     {DAGRT_RANK_FAILED, DAGRT_MISMATCH},
     {DAGRT_MISMATCH}},
    {"freeing in flight", 2, freeInFlight, {DAGRT_OK}, {DAGRT_OK}},
    {"out of memory",
     3,
     runOutOfMemory,
     {DAGRT_RANK_FAILED},
     {DAGRT_RANK_ENDED}},
    {"a circle of waits", 3, waitInACircle, {DAGRT_DEADLOCK}, {DAGRT_DEADLOCK}},
    {"aborting while data moves",
     3,
     abortWhileMoving,
     {DAGRT_ABORTED},
     {DAGRT_OK, DAGRT_RANK_ENDED}},
    {"leaving a split",
     3,
     leaveSplit,
     {DAGRT_OK, DAGRT_RANK_FAILED},
     {DAGRT_RANK_ENDED}},
    {"a launch fails",
     3,
     failLaunch,
     {DAGRT_LAUNCH_FAILED},
     {DAGRT_RANK_ENDED}},
};

/// Whether one run ended as it has to.
bool runOnce(const End &end, const FaultCase &fault, uint32_t turn) {
  Shared shared;
  shared.turn = turn;
  RunOptions options;
  options.numRanks = fault.numRanks;
  options.timeLimitMs = fault.timeLimitMs ? fault.timeLimitMs : 60000;
  std::vector<Outcome> outcomes =
      end.run(options, [&](DagrtRank *rank) -> DagrtStatus {
        Device device(rank);
        fault.body(device, shared);
        return DAGRT_OK;
      });
  bool holds = true;
  for (uint32_t i = 0; i < outcomes.size(); ++i) {
    const std::set<DagrtStatus> &allowed = i == 1 ? fault.faulty : fault.others;
    if (allowed.count(outcomes[i].status))
      continue;
    std::printf("  rank %u: %s %s\n", i, dagrtGetStatusName(outcomes[i].status),
                outcomes[i].text.c_str());
    holds = false;
  }
  return holds;
}

} // namespace

int64_t (*dag::conformance::countLiveObjects)() = nullptr;

bool dag::conformance::runFaults(const End &end, uint32_t repeat) {
  bool holds = true;
  for (const FaultCase &fault : kFaults) {
    uint32_t passed = runOnce(end, fault, 0);
    int64_t before = countLiveObjects ? countLiveObjects() : 0;
    for (uint32_t turn = 1; turn < repeat; ++turn)
      passed += runOnce(end, fault, turn);
    // The last error of this thread is of one size or another.
    int64_t left = countLiveObjects ? countLiveObjects() - before : 0;
    bool hasLeak = left > 16 && left > repeat / 2;
    std::printf("%s: %u of %u%s\n", fault.name, passed, repeat,
                hasLeak ? ", but objects are left" : "");
    holds &= passed == repeat && !hasLeak;
  }
  return holds;
}
