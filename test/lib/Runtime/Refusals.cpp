//===- Refusals.cpp - Wrong uses that one rank is told of -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Conformance.h"

#include "dag/Runtime/Host/Host.h"

#include <cstdio>
#include <thread>

using namespace dag::conformance;

namespace {

int32_t doNothing(void *const *) { return 0; }

constexpr DagrtSymbol kSymbols[] = {{"nothing", doNothing}};
constexpr DagrtModuleSource kSource = {sizeof(DagrtModuleSource), kSymbols, 1,
                                       nullptr, 0};
constexpr DagrtParameter kBuffer[] = {{sizeof(void *), 1}};

/// What the cases need, on rank 0 of two.
struct Fixture {
  explicit Fixture(Device &device) : device(device), rank(device.rank) {
    floats = static_cast<float *>(device.allocate(64));
    other = static_cast<float *>(device.allocate(64));
    check(dagrtEventCreate(rank, &event));
    check(dagrtModuleLoad(rank, &kSource, &module));
    check(
        dagrtModuleGetFunction(rank, module, "nothing", kBuffer, 1, &function));
  }

  Device &device;
  DagrtRank *rank;
  float *floats, *other;
  DagrtEvent event = {0};
  DagrtModule module = {0};
  DagrtFunction function = {0};
};

struct Refusal {
  const char *name;
  DagrtStatus (*use)(Fixture &);
};

DagrtStatus sum(Fixture &f, const void *send, void *receive, uint64_t count,
                DagrtDataType type = DAGRT_F32,
                DagrtReduction reduction = DAGRT_SUM) {
  return dagrtAllReduce(f.rank, send, receive, count, type, reduction,
                        f.device.world, f.device.stream);
}

DagrtStatus gather(Fixture &f, const void *send, void *receive,
                   uint64_t count) {
  return dagrtAllGather(f.rank, send, receive, count, DAGRT_F32, f.device.world,
                        f.device.stream);
}

DagrtStatus scatter(Fixture &f, const void *send, void *receive,
                    uint64_t count) {
  return dagrtReduceScatter(f.rank, send, receive, count, DAGRT_F32, DAGRT_SUM,
                            f.device.world, f.device.stream);
}

DagrtStatus send(Fixture &f, uint32_t peer) {
  return dagrtSend(f.rank, f.floats, 1, DAGRT_F32, peer, f.device.world,
                   f.device.stream);
}

DagrtStatus exchangeParts(Fixture &f, std::vector<uint64_t> counts,
                          std::vector<uint64_t> offsets) {
  std::vector<uint64_t> ones = {1, 1}, places = {0, 1};
  return dagrtAllToAllV(f.rank, f.floats, ones.data(), places.data(), f.other,
                        counts.data(), offsets.data(), DAGRT_F32,
                        f.device.world, f.device.stream);
}

DagrtStatus create(Fixture &f, std::vector<uint32_t> members) {
  DagrtComm comm = {0};
  return dagrtCommCreate(f.rank, members.data(), members.size(), "made", &comm);
}

DagrtStatus launch(Fixture &f, size_t number, void *const *arguments,
                   const DagrtLaunchShape *shape = nullptr) {
  return dagrtLaunch(f.rank, f.function, shape, arguments, number,
                     f.device.stream);
}

constexpr Refusal kBuffers[] = {
    {"null-send", [](Fixture &f) { return sum(f, nullptr, f.floats, 4); }},
    {"null-receive", [](Fixture &f) { return sum(f, f.floats, nullptr, 4); }},
    {"past-the-end", [](Fixture &f) { return sum(f, f.floats, f.other, 17); }},
    {"offset-past-the-end",
     [](Fixture &f) { return sum(f, f.floats + 14, f.other, 4); }},
    {"gather-past-the-end",
     [](Fixture &f) { return gather(f, f.floats, f.other, 9); }},
    {"not-memory-of-the-rank",
     [](Fixture &f) {
       static float own[4];
       return sum(f, own, f.floats, 4);
     }},
    {"freed-memory",
     [](Fixture &f) {
       check(dagrtFree(f.rank, f.device.allocate(0)));
       void *gone = nullptr;
       check(dagrtAllocate(f.rank, 4096, &gone));
       check(dagrtFree(f.rank, gone));
       return sum(f, gone, f.floats, 4);
     }},
    {"not-aligned",
     [](Fixture &f) {
       return sum(f, reinterpret_cast<char *>(f.floats) + 2, f.other, 4);
     }},
    {"overlap", [](Fixture &f) { return sum(f, f.floats, f.floats + 2, 4); }},
    {"gather-in-the-wrong-place",
     [](Fixture &f) { return gather(f, f.floats + 4, f.floats, 4); }},
    {"scatter-in-the-wrong-place",
     [](Fixture &f) { return scatter(f, f.floats, f.floats + 4, 4); }},
    {"all-to-all-in-place",
     [](Fixture &f) {
       return dagrtAllToAll(f.rank, f.floats, f.floats, 4, DAGRT_F32,
                            f.device.world, f.device.stream);
     }},
    {"count-overflows-for-members",
     [](Fixture &f) {
       return gather(f, f.floats, f.other, UINT64_MAX / 2 + 1);
     }},
    {"count-overflows-in-bytes",
     [](Fixture &f) { return sum(f, f.floats, f.other, UINT64_MAX / 4 + 1); }},
    {"copy-past-the-end",
     [](Fixture &f) {
       return dagrtCopy(f.rank, f.floats, f.other, 65, f.device.stream);
     }},
    {"copy-overlaps",
     [](Fixture &f) {
       return dagrtCopy(f.rank, f.floats, f.floats + 1, 32, f.device.stream);
     }},
    {"copy-from-null",
     [](Fixture &f) {
       return dagrtCopyToDevice(f.rank, f.floats, nullptr, 4, f.device.stream);
     }},
    {"fill-foreign-memory",
     [](Fixture &f) {
       static char own[4];
       return dagrtFill(f.rank, own, 0, 4, f.device.stream);
     }},
    {"free-twice",
     [](Fixture &f) {
       void *memory = nullptr;
       check(dagrtAllocate(f.rank, 8, &memory));
       check(dagrtFree(f.rank, memory));
       return dagrtFree(f.rank, memory);
     }},
    {"free-the-middle",
     [](Fixture &f) { return dagrtFree(f.rank, f.floats + 1); }},
    {"free-registered",
     [](Fixture &f) {
       static float own[4];
       void *seen = nullptr;
       check(dagrtRegister(f.rank, own, 16, &seen));
       DagrtStatus status = dagrtFree(f.rank, own);
       return dagrtUnregister(f.rank, own) == DAGRT_OK ? status : DAGRT_OK;
     }},
    {"register-twice",
     [](Fixture &f) {
       void *seen = nullptr;
       return dagrtRegister(f.rank, f.floats + 1, 4, &seen);
     }},
    {"register-nothing",
     [](Fixture &f) {
       void *seen = nullptr;
       return dagrtRegister(f.rank, nullptr, 4, &seen);
     }},
    {"unregister-allocated",
     [](Fixture &f) { return dagrtUnregister(f.rank, f.floats); }},
    {"more-than-the-limit",
     [](Fixture &f) {
       void *memory = nullptr;
       return dagrtAllocate(f.rank, 1 << 20, &memory);
     }},
    {"null-output",
     [](Fixture &f) { return dagrtAllocate(f.rank, 8, nullptr); }},
    {"wrong-structure-size",
     [](Fixture &f) {
       DagrtMemoryUse use = {};
       return dagrtGetMemoryUse(f.rank, &use);
     }},
};

constexpr Refusal kCalls[] = {
    {"no-such-type",
     [](Fixture &f) { return sum(f, f.floats, f.other, 4, 99); }},
    {"negative-type",
     [](Fixture &f) { return sum(f, f.floats, f.other, 4, -1); }},
    {"type-that-is-moved-only",
     [](Fixture &f) { return sum(f, f.floats, f.other, 4, DAGRT_I16); }},
    {"scales-are-not-summed",
     [](Fixture &f) { return sum(f, f.floats, f.other, 4, DAGRT_F8E8M0); }},
    {"no-such-reduction",
     [](Fixture &f) { return sum(f, f.floats, f.other, 4, DAGRT_F32, 5); }},
    {"peer-out-of-range", [](Fixture &f) { return send(f, 2); }},
    {"root-out-of-range",
     [](Fixture &f) {
       return dagrtBroadcast(f.rank, f.floats, f.floats, 4, DAGRT_F32, 7,
                             f.device.world, f.device.stream);
     }},
    {"receive-parts-overlap",
     [](Fixture &f) { return exchangeParts(f, {2, 2}, {0, 1}); }},
    {"part-past-the-end",
     [](Fixture &f) { return exchangeParts(f, {1, 1}, {0, 16}); }},
    {"part-too-large",
     [](Fixture &f) { return exchangeParts(f, {1, 2}, {0, UINT64_MAX}); }},
    {"counts-are-null",
     [](Fixture &f) {
       return dagrtAllToAllV(f.rank, f.floats, nullptr, nullptr, f.other,
                             nullptr, nullptr, DAGRT_F32, f.device.world,
                             f.device.stream);
     }},
    {"no-communicator",
     [](Fixture &f) {
       return dagrtSend(f.rank, f.floats, 1, DAGRT_F32, 1, {0},
                        f.device.stream);
     }},
    {"no-stream",
     [](Fixture &f) {
       return dagrtSend(f.rank, f.floats, 1, DAGRT_F32, 1, f.device.world, {0});
     }},
    {"create-without-this-rank", [](Fixture &f) { return create(f, {1}); }},
    {"create-with-a-rank-twice", [](Fixture &f) { return create(f, {0, 0}); }},
    {"create-with-no-such-rank", [](Fixture &f) { return create(f, {0, 2}); }},
    {"create-of-too-many", [](Fixture &f) { return create(f, {0, 1, 0}); }},
    {"split-with-wrong-color",
     [](Fixture &f) {
       DagrtComm comm = {0};
       return dagrtCommSplit(f.rank, f.device.world, -2, 0, "part", &comm);
     }},
    {"split-without-name",
     [](Fixture &f) {
       DagrtComm comm = {0};
       return dagrtCommSplit(f.rank, f.device.world, 0, 0, nullptr, &comm);
     }},
    {"destroy-world",
     [](Fixture &f) { return dagrtCommDestroy(f.rank, f.device.world); }},
    {"group-end-without-begin",
     [](Fixture &f) { return dagrtGroupEnd(f.rank); }},
    {"launch-in-a-group",
     [](Fixture &f) {
       check(dagrtGroupBegin(f.rank));
       void *arguments[] = {&f.floats};
       DagrtStatus status = launch(f, 1, arguments);
       check(dagrtGroupEnd(f.rank));
       return status;
     }},
    {"split-in-a-group",
     [](Fixture &f) {
       check(dagrtGroupBegin(f.rank));
       DagrtComm comm = {0};
       DagrtStatus status =
           dagrtCommSplit(f.rank, f.device.world, 0, 0, "part", &comm);
       check(dagrtGroupEnd(f.rank));
       return status;
     }},
    {"synchronize-in-a-group",
     [](Fixture &f) {
       check(dagrtGroupBegin(f.rank));
       DagrtStatus status = dagrtSynchronize(f.rank);
       check(dagrtGroupEnd(f.rank));
       return status;
     }},
    {"free-in-a-group",
     [](Fixture &f) {
       check(dagrtGroupBegin(f.rank));
       DagrtStatus status = dagrtFree(f.rank, f.floats);
       check(dagrtGroupEnd(f.rank));
       return status;
     }},
    {"group-with-a-wrong-call",
     [](Fixture &f) {
       check(dagrtGroupBegin(f.rank));
       send(f, 1);
       send(f, 9);
       return dagrtGroupEnd(f.rank);
     }},
};

constexpr Refusal kHandles[] = {
    {"event-as-stream",
     [](Fixture &f) { return dagrtStreamSynchronize(f.rank, {f.event.id}); }},
    {"stream-as-communicator",
     [](Fixture &f) {
       uint32_t size = 0;
       return dagrtCommGetSize(f.rank, {f.device.stream.id}, &size);
     }},
    {"no-handle-at-all",
     [](Fixture &f) { return dagrtStreamQuery(f.rank, {12345}); }},
    {"handle-of-another-rank",
     [](Fixture &f) {
       return dagrtStreamQuery(f.rank,
                               {f.device.stream.id | uint64_t(1) << 44});
     }},
    {"handle-that-never-was",
     [](Fixture &f) {
       return dagrtStreamQuery(f.rank, {f.device.stream.id + 50});
     }},
    {"destroyed-stream",
     [](Fixture &f) {
       DagrtStream stream = f.device.makeStream("gone");
       check(dagrtStreamDestroy(f.rank, stream));
       return dagrtStreamSynchronize(f.rank, stream);
     }},
    {"destroyed-event",
     [](Fixture &f) {
       check(dagrtEventDestroy(f.rank, f.event));
       return dagrtEventRecord(f.rank, f.event, f.device.stream);
     }},
    {"event-never-recorded",
     [](Fixture &f) {
       return dagrtStreamWaitEvent(f.rank, f.device.stream, f.event);
     }},
    {"await-event-never-recorded",
     [](Fixture &f) { return dagrtEventSynchronize(f.rank, f.event); }},
    {"function-of-unloaded-module",
     [](Fixture &f) {
       check(dagrtModuleUnload(f.rank, f.module));
       void *arguments[] = {&f.floats};
       return launch(f, 1, arguments);
     }},
    {"no-such-function",
     [](Fixture &f) {
       DagrtFunction function = {0};
       return dagrtModuleGetFunction(f.rank, f.module, "mlp", nullptr, 0,
                                     &function);
     }},
    {"parameter-without-bytes",
     [](Fixture &f) {
       DagrtParameter parameter = {0, 0};
       DagrtFunction function = {0};
       return dagrtModuleGetFunction(f.rank, f.module, "nothing", &parameter, 1,
                                     &function);
     }},
    {"module-of-an-image",
     [](Fixture &f) {
       DagrtModuleSource source = {sizeof(source), nullptr, 0, "image", 5};
       return dagrtModuleLoad(f.rank, &source, &f.module);
     }},
    {"symbol-without-function",
     [](Fixture &f) {
       DagrtSymbol symbol = {"mlp", nullptr};
       DagrtModuleSource source = {sizeof(source), &symbol, 1, nullptr, 0};
       return dagrtModuleLoad(f.rank, &source, &f.module);
     }},
    {"too-few-arguments", [](Fixture &f) { return launch(f, 0, nullptr); }},
    {"argument-is-null",
     [](Fixture &f) {
       void *arguments[] = {nullptr};
       return launch(f, 1, arguments);
     }},
    {"argument-is-no-buffer",
     [](Fixture &f) {
       static float own[4];
       void *pointer = own;
       void *arguments[] = {&pointer};
       return launch(f, 1, arguments);
     }},
    {"launch-on-a-grid",
     [](Fixture &f) {
       DagrtLaunchShape shape = {
           sizeof(shape), {8, 1, 1}, {32, 1, 1}, {0, 0, 0}, 0};
       void *arguments[] = {&f.floats};
       return launch(f, 1, arguments, &shape);
     }},
    {"rank-is-null",
     [](Fixture &f) {
       return dagrtStreamSynchronize(nullptr, f.device.stream);
     }},
};

constexpr Refusal kQueued[] = {
    {"free-what-is-sent",
     [](Fixture &f) {
       check(send(f, 1));
       return dagrtFree(f.rank, f.floats);
     }},
    {"destroy-a-busy-stream",
     [](Fixture &f) {
       check(send(f, 1));
       return dagrtStreamDestroy(f.rank, f.device.stream);
     }},
    {"destroy-a-busy-communicator",
     [](Fixture &f) {
       DagrtComm comm = f.device.split(f.device.world, 0, 0, "part");
       check(
           dagrtSend(f.rank, f.floats, 1, DAGRT_F32, 1, comm, f.device.stream));
       return dagrtCommDestroy(f.rank, comm);
     }},
    {"destroy-an-event-that-comes",
     [](Fixture &f) {
       check(send(f, 1));
       check(dagrtEventRecord(f.rank, f.event, f.device.stream));
       return dagrtEventDestroy(f.rank, f.event);
     }},
    {"unload-what-is-queued",
     [](Fixture &f) {
       check(send(f, 1));
       void *arguments[] = {&f.floats};
       check(launch(f, 1, arguments));
       return dagrtModuleUnload(f.rank, f.module);
     }},
    {"free-what-a-launch-uses",
     [](Fixture &f) {
       check(send(f, 1));
       void *arguments[] = {&f.other};
       check(launch(f, 1, arguments));
       return dagrtFree(f.rank, f.other);
     }},
};

/// Prints what rank 0 is told; the peer of what is queued comes afterwards.
void print(const End &end, const Refusal &refusal, bool hasPeer) {
  std::string line;
  RunOptions options;
  options.numRanks = 2;
  options.memoryLimit = 1 << 16;
  std::vector<Outcome> outcomes =
      end.run(options, [&](DagrtRank *rank) -> DagrtStatus {
        Device device(rank);
        Fixture fixture(device);
        float *values = fixture.other;
        if (device.number == 0) {
          DagrtStatus status = refusal.use(fixture);
          line = std::string(dagrtGetStatusName(status)) + " " +
                 dagrtGetLastError()->text;
          // Refused: the rank goes on.
          check(dagrtSynchronize(rank));
          return DAGRT_OK;
        }
        if (!hasPeer)
          return DAGRT_OK;
        DagrtComm comm = device.world;
        if (std::string(refusal.name) == "destroy-a-busy-communicator")
          comm = device.split(comm, 0, 0, "part");
        // Later than the other rank has looked.
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        return dagrtReceive(rank, values, 1, DAGRT_F32, 0, comm, device.stream);
      });
  for (const Outcome &outcome : outcomes)
    if (outcome.status != DAGRT_OK)
      line += "\n  and then " + outcome.text;
  std::printf("%s: %s\n", refusal.name, line.c_str());
}

/// What is refused before there is a rank, and from elsewhere.
void printOthers(const End &end) {
  auto print = [](const char *name, DagrtStatus status) {
    std::printf("%s: %s %s\n", name, dagrtGetStatusName(status),
                dagrtGetLastError()->text);
  };
  print("newer-version",
        dagrtCheckVersion(DAGRT_VERSION_MAJOR, DAGRT_VERSION_MINOR + 1));
  print("other-version", dagrtCheckVersion(DAGRT_VERSION_MAJOR + 1, 0));
  DagrtHostOptions options = {};
  auto run = [](DagrtRank *, void *) -> DagrtStatus { return DAGRT_OK; };
  print("options-of-another-size",
        dagrtHostRun(&options, run, nullptr, nullptr));
  options.size = sizeof(options);
  print("no-ranks", dagrtHostRun(&options, run, nullptr, nullptr));
  options.numRanks = 1;
  print("no-rank-function", dagrtHostRun(&options, nullptr, nullptr, nullptr));
  RunOptions one;
  end.run(one, [&](DagrtRank *rank) -> DagrtStatus {
    std::thread([&] {
      print("another-thread", dagrtSynchronize(rank));
    }).join();
    return DAGRT_OK;
  });
}

} // namespace

void dag::conformance::printRefusals(const End &end) {
  for (const Refusal &refusal : kBuffers)
    print(end, refusal, false);
  for (const Refusal &refusal : kCalls)
    print(end, refusal, false);
  for (const Refusal &refusal : kHandles)
    print(end, refusal, false);
  for (const Refusal &refusal : kQueued)
    print(end, refusal, true);
  printOthers(end);
}
