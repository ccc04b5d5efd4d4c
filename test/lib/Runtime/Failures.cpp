//===- Failures.cpp - What ranks do wrong together -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Conformance.h"

#include <atomic>
#include <cstdio>
#include <stdexcept>
#include <thread>

using namespace dag::conformance;

namespace {

/// What a rank does, with buffers of 16 floats.
struct Actor {
  explicit Actor(Device &device) : device(device), rank(device.rank) {
    in = static_cast<float *>(device.allocate(64));
    out = static_cast<float *>(device.allocate(64));
    check(dagrtFill(rank, out, 0, 64, device.stream));
    second = device.makeStream("second");
  }
  bool is(uint32_t number) const { return device.number == number; }

  void send(uint32_t peer, uint64_t count = 4, DagrtDataType type = DAGRT_F32) {
    sendOn(device.world, device.stream, peer, count, type);
  }
  void receive(uint32_t peer, uint64_t count = 4,
               DagrtDataType type = DAGRT_F32) {
    receiveOn(device.world, device.stream, peer, count, type);
  }
  void sendOn(DagrtComm comm, DagrtStream stream, uint32_t peer,
              uint64_t count = 4, DagrtDataType type = DAGRT_F32) {
    check(dagrtSend(rank, out, count, type, peer, comm, stream));
  }
  void receiveOn(DagrtComm comm, DagrtStream stream, uint32_t peer,
                 uint64_t count = 4, DagrtDataType type = DAGRT_F32) {
    check(dagrtReceive(rank, in, count, type, peer, comm, stream));
  }
  void sum(uint64_t count = 4, DagrtDataType type = DAGRT_F32,
           DagrtReduction reduction = DAGRT_SUM) {
    check(dagrtAllReduce(rank, out, in, count, type, reduction, device.world,
                         device.stream));
  }
  void sumOn(DagrtComm comm, DagrtStream stream) {
    check(dagrtAllReduce(rank, out, in, 4, DAGRT_F32, DAGRT_SUM, comm, stream));
  }
  void gather() {
    check(dagrtAllGather(rank, out, in, 4, DAGRT_F32, device.world,
                         device.stream));
  }
  void broadcast(uint32_t root) {
    check(dagrtBroadcast(rank, out, in, 4, DAGRT_F32, root, device.world,
                         device.stream));
  }
  void exchange(std::vector<uint64_t> sent, std::vector<uint64_t> received) {
    std::vector<uint64_t> places = {0, 4};
    check(dagrtAllToAllV(rank, out, sent.data(), places.data(), in,
                         received.data(), places.data(), DAGRT_F32,
                         device.world, device.stream));
  }
  void create(std::vector<uint32_t> members, const char *name) {
    DagrtComm comm = {0};
    check(dagrtCommCreate(rank, members.data(), members.size(), name, &comm));
  }
  DagrtComm split(const char *name) {
    return device.split(device.world, 0, 0, name);
  }
  void ask() {
    DagrtStatus status = DAGRT_NOT_READY;
    while (status == DAGRT_NOT_READY)
      status = dagrtStreamQuery(rank, device.stream);
    check(status);
  }
  void begin() { check(dagrtGroupBegin(rank)); }
  void end() { check(dagrtGroupEnd(rank)); }
  void launch(DagrtHostFunction function) {
    DagrtSymbol symbol = {"mlp", function};
    DagrtModuleSource source = {sizeof(source), &symbol, 1, nullptr, 0};
    DagrtModule module = {0};
    DagrtFunction found = {0};
    check(dagrtModuleLoad(rank, &source, &module));
    check(dagrtModuleGetFunction(rank, module, "mlp", nullptr, 0, &found));
    check(dagrtLaunch(rank, found, nullptr, nullptr, 0, device.stream));
  }

  Device &device;
  DagrtRank *rank;
  float *in, *out;
  DagrtStream second = {0};
};

struct Failure {
  const char *name;
  uint32_t numRanks;
  void (*body)(Actor &);
  uint32_t timeLimitMs = 0;
  bool oneAtATime = false;
};

/// For functions that are launched, which have no arguments here.
thread_local DagrtRank *ownRank = nullptr;
std::atomic<bool> hasComeBack{false};

constexpr Failure kMismatches[] = {
    {"other-operation", 2, [](Actor &a) { a.is(1) ? a.gather() : a.sum(); }},
    {"other-operation-of-two", 3,
     [](Actor &a) {
       while (a.is(2) && !hasComeBack)
         std::this_thread::yield();
       DagrtStatus status = dagrtAllReduce(a.rank, a.out, a.in, 4, DAGRT_F32,
                                           a.is(1) ? DAGRT_MAX : DAGRT_SUM,
                                           a.device.world, a.device.stream);
       if (status == DAGRT_OK)
         status = dagrtSynchronize(a.rank);
       hasComeBack = true;
       check(status);
     }},
    {"other-count", 2, [](Actor &a) { a.sum(a.is(1) ? 5 : 4); }},
    {"no-count", 2, [](Actor &a) { a.sum(a.is(1) ? 0 : 4); }},
    {"other-type", 2,
     [](Actor &a) { a.sum(4, a.is(1) ? DAGRT_BF16 : DAGRT_F32); }},
    {"other-reduction", 2,
     [](Actor &a) { a.sum(4, DAGRT_F32, a.is(1) ? DAGRT_MAX : DAGRT_SUM); }},
    {"other-root", 2, [](Actor &a) { a.broadcast(a.device.number); }},
    {"other-parts", 2,
     [](Actor &a) {
       a.is(0) ? a.exchange({1, 3}, {1, 2}) : a.exchange({2, 1}, {2, 1});
     }},
    {"transfer-of-another-count", 3,
     [](Actor &a) {
       if (a.is(0))
         a.send(1, 4);
       if (a.is(1))
         a.receive(0, 3);
     }},
    {"transfer-of-another-type", 2,
     [](Actor &a) { a.is(0) ? a.send(1, 4) : a.receive(0, 4, DAGRT_I32); }},
    {"group-on-one-side", 2,
     [](Actor &a) {
       if (a.is(0))
         a.begin();
       for (int i = 0; i < 2; ++i)
         a.is(0) ? a.send(1) : a.receive(0);
       if (a.is(0))
         a.end();
     }},
    {"exchange-grouped-on-one-side", 2,
     [](Actor &a) {
       if (a.is(0))
         a.begin();
       a.is(0) ? a.send(1) : a.receive(0);
       a.is(0) ? a.receive(1) : a.send(0);
       if (a.is(0))
         a.end();
     }},
    {"split-against-sum", 2,
     [](Actor &a) { a.is(0) ? void(a.split("part")) : a.sum(); }},
    {"split-of-other-names", 2,
     [](Actor &a) { a.split(a.is(0) ? "tp" : "pp"); }},
    {"create-of-other-members", 3,
     [](Actor &a) {
       if (a.is(0))
         a.create({0, 1}, "pair");
       if (a.is(1))
         a.create({1, 0}, "pair");
     }},
};

constexpr Failure kDeadlocks[] = {
    {"both-send-first", 2,
     [](Actor &a) {
       uint32_t peer = 1 - a.device.number;
       a.send(peer);
       a.receive(peer);
     }},
    {"both-receive-first", 2,
     [](Actor &a) {
       uint32_t peer = 1 - a.device.number;
       a.receive(peer);
       a.send(peer);
     }},
    {"send-to-itself", 1,
     [](Actor &a) {
       a.send(0);
       a.receive(0);
     }},
    {"ring-of-sends", 4,
     [](Actor &a) {
       a.send((a.device.number + 1) % 4);
       a.receive((a.device.number + 3) % 4);
     }},
    {"transfer-against-sum", 2,
     [](Actor &a) {
       if (a.is(0))
         a.send(1);
       a.sum();
       if (a.is(1))
         a.receive(0);
     }},
    {"communicators-in-another-order", 2,
     [](Actor &a) {
       DagrtComm comms[] = {a.split("tp"), a.split("pp")};
       a.sumOn(comms[a.device.number], a.device.stream);
       a.sumOn(comms[1 - a.device.number], a.device.stream);
     }},
    {"group-in-another-order", 2,
     [](Actor &a) {
       DagrtComm comms[] = {a.split("tp"), a.split("pp")};
       a.begin();
       a.sumOn(comms[a.device.number], a.device.stream);
       a.sumOn(comms[1 - a.device.number], a.device.stream);
       a.end();
     }},
    {"sum-before-transfer-in-a-group", 2,
     [](Actor &a) {
       DagrtComm pair = a.split("pair");
       a.begin();
       if (a.is(0))
         a.sum();
       a.is(0) ? a.sendOn(pair, a.device.stream, 1)
               : a.receiveOn(pair, a.device.stream, 0);
       if (a.is(0))
         a.end();
       if (a.is(1))
         a.end();
       if (a.is(1))
         a.sum();
     }},
    {"one-communicator-on-two-streams", 2,
     [](Actor &a) {
       uint32_t peer = 1 - a.device.number;
       a.sendOn(a.device.world, a.device.stream, peer);
       a.receiveOn(a.device.world, a.second, peer);
     }},
    {"event-across-ranks", 2,
     [](Actor &a) {
       DagrtComm back = a.split("back");
       DagrtEvent event = {0};
       if (a.is(1)) {
         a.receive(0);
         return a.sendOn(back, a.device.stream, 0);
       }
       a.receiveOn(back, a.second, 1);
       check(dagrtEventCreate(a.rank, &event));
       check(dagrtEventRecord(a.rank, event, a.second));
       check(dagrtStreamWaitEvent(a.rank, a.device.stream, event));
       a.send(1);
     }},
    {"room-for-one-kernel", 2,
     [](Actor &a) {
       DagrtComm back = a.split("back");
       DagrtComm comms[] = {a.device.world, back};
       uint32_t peer = 1 - a.device.number;
       a.sendOn(comms[a.device.number], a.device.stream, peer);
       a.receiveOn(comms[1 - a.device.number], a.second, peer);
     },
     0, true},
    {"creations-in-another-order", 2,
     [](Actor &a) {
       a.create({0, 1}, a.is(0) ? "first" : "second");
       a.create({0, 1}, a.is(0) ? "second" : "first");
     }},
    {"beside-a-rank-that-computes", 3,
     [](Actor &a) {
       if (a.is(2)) {
         while (!hasComeBack)
           std::this_thread::yield();
         return;
       }
       a.send(1 - a.device.number);
       DagrtStatus status = dagrtSynchronize(a.rank);
       hasComeBack = true;
       check(status);
     }},
    {"waits-for-a-deadlock", 3,
     [](Actor &a) {
       if (a.is(2))
         return a.receive(1);
       a.send(1 - a.device.number);
     }},
};

constexpr Failure kEnds[] = {
    {"peer-returns", 2,
     [](Actor &a) {
       if (a.is(0))
         a.receive(1);
     }},
    {"member-returns", 3,
     [](Actor &a) {
       if (!a.is(1))
         a.sum();
     }},
    {"peer-throws", 2,
     [](Actor &a) {
       if (a.is(1))
         throw std::runtime_error("weights are missing");
       a.receive(1);
     }},
    {"peer-aborts", 2,
     [](Actor &a) {
       if (a.is(1))
         check(dagrtAbort(a.rank, "no such file: model.gguf"));
       a.receive(1);
     }},
    {"peer-is-refused", 2,
     [](Actor &a) { a.is(1) ? a.send(7) : a.receive(1); }},
    {"first-cause-is-told", 4,
     [](Actor &a) {
       if (!a.is(0))
         a.receive(a.device.number - 1);
       if (!a.is(3))
         a.is(0) ? throw std::runtime_error("disk is full")
                 : a.send(a.device.number + 1);
     }},
    {"function-returns-an-error", 2,
     [](Actor &a) {
       if (a.is(1))
         a.launch([](void *const *) -> int32_t { return 7; });
       a.sum();
     }},
    {"function-throws", 1,
     [](Actor &a) {
       a.launch([](void *const *) -> int32_t {
         throw std::runtime_error("NaN in layer 3");
       });
     }},
    {"function-calls-the-runtime", 1,
     [](Actor &a) {
       ownRank = a.rank;
       a.launch([](void *const *) -> int32_t {
         DagrtStatus status = dagrtSynchronize(ownRank);
         throw std::runtime_error(std::string(dagrtGetStatusName(status)) +
                                  " " + dagrtGetLastError()->text);
       });
     }},
    {"function-aborts", 1,
     [](Actor &a) {
       ownRank = a.rank;
       a.launch([](void *const *) -> int32_t {
         return dagrtAbort(ownRank, "NaN in layer 3");
       });
     }},
    {"failure-is-final", 2,
     [](Actor &a) {
       if (a.is(1))
         return;
       dagrtReceive(a.rank, a.in, 4, DAGRT_F32, 1, a.device.world,
                    a.device.stream);
       expectEqual("status", DAGRT_RANK_ENDED, dagrtSynchronize(a.rank));
       void *memory = nullptr;
       expectEqual("status", DAGRT_RANK_ENDED,
                   dagrtAllocate(a.rank, 8, &memory));
       check(dagrtFree(a.rank, a.in + 0));
       check(dagrtStreamDestroy(a.rank, a.second));
     }},
    {"asks-for-a-peer-that-returns", 2,
     [](Actor &a) {
       if (a.is(1))
         return;
       a.receive(1);
       a.ask();
     }},
    {"asks-in-vain", 2,
     [](Actor &a) {
       if (a.is(1)) {
         while (!hasComeBack)
           std::this_thread::yield();
         return;
       }
       a.receive(1);
       DagrtStatus status = DAGRT_NOT_READY;
       while (status == DAGRT_NOT_READY)
         status = dagrtStreamQuery(a.rank, a.device.stream);
       hasComeBack = true;
       check(status);
     },
     100},
    {"peer-computes-for-ever", 2,
     [](Actor &a) {
       if (a.is(1)) {
         while (!hasComeBack)
           std::this_thread::yield();
         return;
       }
       a.sum();
       DagrtStatus status = dagrtSynchronize(a.rank);
       hasComeBack = true;
       check(status);
     },
     250},
};

void print(const End &end, const Failure &failure) {
  hasComeBack = false;
  RunOptions options;
  options.numRanks = failure.numRanks;
  options.timeLimitMs = failure.timeLimitMs;
  options.oneAtATime = failure.oneAtATime;
  std::vector<Outcome> outcomes =
      end.run(options, [&](DagrtRank *rank) -> DagrtStatus {
        Device device(rank);
        Actor actor(device);
        failure.body(actor);
        return dagrtSynchronize(rank);
      });
  std::printf("%s:\n", failure.name);
  for (const Outcome &outcome : outcomes)
    std::printf("  %s %s (%s, peer %d, '%s')\n",
                dagrtGetStatusName(outcome.status), outcome.text.c_str(),
                outcome.operation.c_str(), outcome.peer,
                outcome.communicator.c_str());
}

} // namespace

void dag::conformance::printFailures(const End &end) {
  for (const Failure &failure : kMismatches)
    print(end, failure);
  for (const Failure &failure : kDeadlocks)
    print(end, failure);
  for (const Failure &failure : kEnds)
    print(end, failure);
}
