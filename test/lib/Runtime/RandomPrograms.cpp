//===- RandomPrograms.cpp - Programs that nobody thought of -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// All ranks make their calls in one global order, on streams as it happens, so
// that the first call that is left can always be done: no run hangs, and sums
// are known. In every third program one rank has two calls the other way round,
// and then each rank has to end, with an error or not, before the limit of
// time.
//
//===----------------------------------------------------------------------===//

#include "Conformance.h"

#include <cstdio>
#include <random>

using namespace dag::conformance;

namespace {

struct Step {
  enum class Kind { Sum, Exchange, Send, Group } kind;
  /// Which communicator, with its members.
  uint32_t comm;
  /// Of a transfer, as members.
  uint32_t from, to;
  uint64_t count;
};

/// A program, the same on all ranks. Communicator 0 is the world; the others
/// are two halves of it, split twice by different colors.
struct Program {
  uint32_t numRanks, numStreams;
  bool oneAtATime, isSwapped;
  uint32_t swapRank, swapStep;
  std::vector<Step> steps;
  uint32_t seed;
};

uint32_t getColor(uint32_t comm, uint32_t rank) {
  return comm == 0 ? 0 : comm == 1 ? rank % 2 : rank / 2;
}

std::vector<uint32_t> getMembers(const Program &program, uint32_t comm,
                                 uint32_t rank) {
  std::vector<uint32_t> members;
  for (uint32_t i = 0; i < program.numRanks; ++i)
    if (getColor(comm, i) == getColor(comm, rank))
      members.push_back(i);
  return members;
}

Program makeProgram(uint32_t seed) {
  std::mt19937 random(seed);
  auto pick = [&](uint32_t number) { return uint32_t(random() % number); };
  Program program;
  program.seed = seed;
  program.numRanks = 2 + pick(4);
  program.numStreams = 1 + pick(3);
  program.oneAtATime = pick(4) == 0;
  program.isSwapped = seed % 3 == 0;
  program.steps.resize(4 + pick(20));
  for (Step &step : program.steps) {
    step.kind = Step::Kind(pick(4));
    step.comm = pick(3);
    step.from = pick(program.numRanks);
    step.to = pick(program.numRanks);
    step.count = pick(5) ? pick(40) : 2000;
  }
  program.swapRank = pick(program.numRanks);
  program.swapStep = pick(program.steps.size() - 1);
  return program;
}

/// Runs a program's steps on one rank.
class Runner {
public:
  Runner(Device &device, const Program &program)
      : device(device), program(program),
        random(program.seed * 31 + device.number) {
    comms = {device.world,
             device.split(device.world, device.number % 2, 0, "a"),
             device.split(device.world, device.number / 2, 0, "b")};
    streams = {device.stream};
    while (streams.size() < program.numStreams)
      streams.push_back(device.makeStream("more"));
  }

  void run() {
    std::vector<uint32_t> order;
    for (uint32_t i = 0; i < program.steps.size(); ++i)
      order.push_back(i);
    if (program.isSwapped && program.swapRank == device.number)
      std::swap(order[program.swapStep], order[program.swapStep + 1]);
    for (uint32_t i : order)
      runStep(program.steps[i], i);
    device.sync();
    for (const Expected &one : expected)
      for (int32_t got : device.download(one.memory, one.count))
        expectEqual("element", uint32_t(one.value), uint32_t(got));
  }

private:
  struct Expected {
    const int32_t *memory;
    uint64_t count;
    int32_t value;
  };

  DagrtStream pickStream() { return streams[random() % streams.size()]; }

  int32_t *makeBuffer(uint64_t count, int32_t value, DagrtStream stream) {
    auto *memory = static_cast<int32_t *>(device.allocate(count * 4));
    check(dagrtFill(device.rank, memory, value, count * 4, stream));
    return memory;
  }
  static int32_t repeat(int32_t byte) { return byte * 0x01010101; }

  void sum(uint32_t comm, uint64_t count, uint32_t step, DagrtStream stream) {
    int32_t *memory = makeBuffer(count, 1 + step % 7, stream);
    DagrtStream other = order(stream);
    check(dagrtAllReduce(device.rank, memory, memory, count, DAGRT_I32,
                         DAGRT_SUM, comms[comm], other));
    int32_t members = getMembers(program, comm, device.number).size();
    expected.push_back({memory, count, members * repeat(1 + step % 7)});
  }

  /// Another stream that waits for what this one has.
  DagrtStream order(DagrtStream stream) {
    DagrtStream other = pickStream();
    DagrtEvent event = {0};
    check(dagrtEventCreate(device.rank, &event));
    check(dagrtEventRecord(device.rank, event, stream));
    check(dagrtStreamWaitEvent(device.rank, other, event));
    return other;
  }

  void runStep(const Step &step, uint32_t number) {
    std::vector<uint32_t> members =
        getMembers(program, step.comm, device.number);
    switch (step.kind) {
    case Step::Kind::Sum:
      sum(step.comm, step.count, number, pickStream());
      break;
    case Step::Kind::Send:
      transfer(step, members);
      break;
    case Step::Kind::Exchange:
      exchange(step, members);
      break;
    case Step::Kind::Group: {
      DagrtStream stream = pickStream();
      int32_t *first = makeBuffer(step.count, 1, stream);
      int32_t *second = makeBuffer(step.count, 2, stream);
      check(dagrtGroupBegin(device.rank));
      for (uint32_t comm : {0u, step.comm})
        check(dagrtAllReduce(device.rank, comm ? second : first,
                             comm ? second : first, step.count, DAGRT_I32,
                             DAGRT_MAX, comms[comm], stream));
      check(dagrtGroupEnd(device.rank));
      expected.push_back({first, step.count, repeat(1)});
      break;
    }
    }
    if (random() % 8 == 0)
      check(dagrtStreamSynchronize(device.rank, pickStream()));
  }

  void transfer(const Step &step, const std::vector<uint32_t> &members) {
    uint32_t from = step.from % members.size(), to = step.to % members.size();
    DagrtStream stream = pickStream();
    if (from == to)
      return;
    if (members[from] == device.number)
      check(dagrtSend(device.rank, makeBuffer(step.count, 3, stream),
                      step.count, DAGRT_I32, to, comms[step.comm], stream));
    if (members[to] != device.number)
      return;
    int32_t *memory = makeBuffer(step.count, 0, stream);
    check(dagrtReceive(device.rank, memory, step.count, DAGRT_I32, from,
                       comms[step.comm], stream));
    expected.push_back({memory, step.count, repeat(3)});
  }

  /// All with all, in a group.
  void exchange(const Step &step, const std::vector<uint32_t> &members) {
    DagrtStream stream = pickStream();
    int32_t *out = makeBuffer(step.count, 1 + device.number, stream);
    std::vector<int32_t *> in;
    for (uint32_t i = 0; i < members.size(); ++i)
      in.push_back(makeBuffer(step.count, 0, stream));
    check(dagrtGroupBegin(device.rank));
    for (uint32_t i = 0; i < members.size(); ++i) {
      uint32_t peer = (i + device.number) % members.size();
      check(dagrtReceive(device.rank, in[peer], step.count, DAGRT_I32, peer,
                         comms[step.comm], stream));
      check(dagrtSend(device.rank, out, step.count, DAGRT_I32, peer,
                      comms[step.comm], stream));
      expected.push_back({in[peer], step.count, repeat(1 + members[peer])});
    }
    check(dagrtGroupEnd(device.rank));
  }

  Device &device;
  const Program &program;
  std::mt19937 random;
  std::vector<DagrtComm> comms;
  std::vector<DagrtStream> streams;
  std::vector<Expected> expected;
};

} // namespace

bool dag::conformance::runRandomPrograms(const End &end, uint32_t seed,
                                         uint32_t number) {
  uint32_t passed = 0, refused = 0;
  for (uint32_t i = 0; i < number; ++i) {
    Program program = makeProgram(seed + i);
    RunOptions options;
    options.numRanks = program.numRanks;
    options.oneAtATime = program.oneAtATime;
    options.timeLimitMs = 60000;
    std::vector<Outcome> outcomes =
        end.run(options, [&](DagrtRank *rank) -> DagrtStatus {
          Device device(rank);
          Runner(device, program).run();
          return DAGRT_OK;
        });
    bool holds = true, hasError = false;
    for (const Outcome &outcome : outcomes) {
      hasError |= outcome.status != DAGRT_OK;
      bool isLate = outcome.text.find("nothing came in") != std::string::npos;
      bool isAllowed = outcome.status == DAGRT_OK || program.isSwapped;
      if (isAllowed && !isLate)
        continue;
      std::printf("program %u: %s\n", seed + i, outcome.text.c_str());
      holds = false;
    }
    passed += holds;
    refused += holds && hasError;
  }
  std::printf("%u of %u programs, %u with errors\n", passed, number, refused);
  return passed == number;
}
