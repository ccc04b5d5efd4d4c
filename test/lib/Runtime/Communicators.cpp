//===- Communicators.cpp - Communicators and groups -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Conformance.h"

using namespace dag::conformance;

namespace {

/// The sum of the members' numbers over a communicator.
int32_t sumRanks(Device &device, DagrtComm comm) {
  int32_t *value =
      device.upload(std::vector<int32_t>{int32_t(device.number) + 1});
  check(dagrtAllReduce(device.rank, value, value, 1, DAGRT_I32, DAGRT_SUM, comm,
                       device.stream));
  return device.download(value, 1)[0];
}

void expectPlace(Device &device, DagrtComm comm, uint32_t size,
                 uint32_t member) {
  uint32_t got = 0;
  check(dagrtCommGetSize(device.rank, comm, &got));
  expectEqual("size", size, got);
  check(dagrtCommGetMember(device.rank, comm, &got));
  expectEqual("member", member, got);
}

/// Even and odd ranks, the others' way round.
void testSplit(Device &device, const End &) {
  int32_t parity = device.number % 2;
  DagrtComm comm =
      device.split(device.world, parity, -int32_t(device.number), "parity");
  uint32_t size = parity ? device.numRanks / 2 : (device.numRanks + 1) / 2;
  expectPlace(device, comm, size, size - 1 - device.number / 2);
  expectEqual("sum", parity ? 2 + 4 : 1 + 3 + 5, sumRanks(device, comm));
  // The order of members is that of keys.
  int32_t *all = device.upload(std::vector<int32_t>(size));
  int32_t *own = device.upload(std::vector<int32_t>{int32_t(device.number)});
  check(
      dagrtAllGather(device.rank, own, all, 1, DAGRT_I32, comm, device.stream));
  std::vector<int32_t> got = device.download(all, size);
  for (uint32_t i = 0; i < size; ++i)
    expectEqual("rank", parity + 2 * (size - 1 - i), got[i]);
  check(dagrtCommDestroy(device.rank, comm));
}

void testEqualKeysAndNoColor(Device &device, const End &) {
  bool isIn = device.number != 1;
  DagrtComm comm =
      device.split(device.world, isIn ? 7 : DAGRT_NO_COLOR, 0, "most");
  expect((comm.id != 0) == isIn, "a communicator for those with a color");
  if (!isIn)
    return;
  expectPlace(device, comm, device.numRanks - 1,
              device.number - (device.number > 1));
  DagrtComm again = device.split(comm, 0, 0, "again");
  expectPlace(device, again, device.numRanks - 1,
              device.number - (device.number > 1));
  expectEqual("sum", 1 + 3 + 4 + 5, sumRanks(device, again));
}

/// TP 2 x PP 2: rows, columns, and both in use.
void testMesh(Device &device, const End &) {
  int32_t tp = device.number % 2, pp = device.number / 2;
  DagrtComm row = device.split(device.world, pp, tp, "tp");
  DagrtComm column = device.split(device.world, tp, pp, "pp");
  expectEqual("row", pp ? 3 + 4 : 1 + 2, sumRanks(device, row));
  expectEqual("column", tp ? 2 + 4 : 1 + 3, sumRanks(device, column));
  for (int i = 0; i < 100; ++i) {
    float *value = device.upload(std::vector<float>{float(device.number), 0});
    check(dagrtAllReduce(device.rank, value, value, 1, DAGRT_F32, DAGRT_SUM,
                         row, device.stream));
    if (pp == 0)
      check(dagrtSend(device.rank, value, 1, DAGRT_F32, 1, column,
                      device.stream));
    else
      check(dagrtReceive(device.rank, value + 1, 1, DAGRT_F32, 0, column,
                         device.stream));
    std::vector<float> got = device.download(value, 2);
    expect(got[0] == (pp ? 5 : 1) && got[1] == (pp ? 1 : 0), "sums of rows");
    device.clear();
  }
}

/// Members in the order of the list; two of one name beside each other, and one
/// of a name that was used before.
void testCreate(Device &device, const End &) {
  for (int i = 0; i < 3; ++i) {
    std::vector<uint32_t> members = device.number < 2
                                        ? std::vector<uint32_t>{1, 0}
                                        : std::vector<uint32_t>{4, 2, 3};
    DagrtComm comm = {0};
    check(dagrtCommCreate(device.rank, members.data(), members.size(), "pair",
                          &comm));
    uint32_t place = 0;
    while (members[place] != device.number)
      ++place;
    expectPlace(device, comm, members.size(), place);
    expectEqual("sum", device.number < 2 ? 3 : 12, sumRanks(device, comm));
    check(dagrtCommDestroy(device.rank, comm));
  }
}

/// Some make a communicator while others go on.
void testCreateBySome(Device &device, const End &) {
  const uint32_t members[] = {0, 2};
  if (device.number != 1) {
    DagrtComm comm = {0};
    check(dagrtCommCreate(device.rank, members, 2, "some", &comm));
    expectEqual("sum", 4, sumRanks(device, comm));
  }
  expectEqual("sum", 6, sumRanks(device, device.world));
}

/// Both send first: right inside of a group.
void testExchange(Device &device, const End &) {
  uint32_t peer = 1 - device.number;
  int32_t *values =
      device.upload(std::vector<int32_t>{int32_t(device.number), -1});
  check(dagrtGroupBegin(device.rank));
  check(dagrtSend(device.rank, values, 1, DAGRT_I32, peer, device.world,
                  device.stream));
  check(dagrtReceive(device.rank, values + 1, 1, DAGRT_I32, peer, device.world,
                     device.stream));
  check(dagrtGroupEnd(device.rank));
  expectEqual("peer", peer, device.download(values, 2)[1]);
}

/// Sends and recvs side by side meet in any order, the n-th of a pair with the
/// n-th.
void testAnyOrder(Device &device, const End &) {
  std::vector<int32_t> start;
  uint32_t n = device.numRanks;
  for (uint32_t i = 0; i < 2 * n; ++i)
    start.push_back(100 * device.number + i);
  int32_t *out = device.upload(start);
  int32_t *in = device.upload(std::vector<int32_t>(2 * n, -1));
  check(dagrtGroupBegin(device.rank));
  check(dagrtGroupBegin(device.rank));
  for (uint32_t i = 0; i < n; ++i) {
    uint32_t peer = device.number % 2 ? n - 1 - i : i;
    for (uint32_t k = 0; k < 2; ++k)
      check(dagrtSend(device.rank, out + 2 * peer + k, 1, DAGRT_I32, peer,
                      device.world, device.stream));
  }
  check(dagrtGroupEnd(device.rank));
  for (uint32_t peer = 0; peer < n; ++peer)
    for (uint32_t k = 0; k < 2; ++k)
      check(dagrtReceive(device.rank, in + 2 * peer + k, 1, DAGRT_I32, peer,
                         device.world, device.stream));
  check(dagrtGroupEnd(device.rank));
  std::vector<int32_t> got = device.download(in, 2 * n);
  for (uint32_t i = 0; i < 2 * n; ++i)
    expectEqual("received", 100 * (i / 2) + 2 * device.number + i % 2, got[i]);
}

/// NCCL's guide: collectives of two communicators in one group, in the same
/// order everywhere, on two streams.
void testGroupOfCommunicators(Device &device, const End &) {
  DagrtComm other = device.split(device.world, 0, 0, "other");
  DagrtStream second = device.makeStream("second");
  for (int i = 0; i < 20; ++i) {
    int32_t *values =
        device.upload(std::vector<int32_t>{int32_t(device.number) + 1, 10 * i});
    check(dagrtGroupBegin(device.rank));
    check(dagrtAllReduce(device.rank, values, values, 1, DAGRT_I32, DAGRT_SUM,
                         device.world, device.stream));
    check(dagrtAllReduce(device.rank, values + 1, values + 1, 1, DAGRT_I32,
                         DAGRT_MAX, other, second));
    check(dagrtGroupEnd(device.rank));
    device.sync();
    std::vector<int32_t> got = device.download(values, 2);
    expectEqual("sum", 6, got[0]);
    expectEqual("largest", 10 * i, got[1]);
    device.clear();
  }
}

/// Transfers to two pairs' communicators in one group, in different orders.
void testGroupOfPairs(Device &device, const End &) {
  DagrtComm pairs[2];
  for (uint32_t i = 0; i < 2; ++i)
    pairs[i] = device.split(
        device.world, device.number == i || device.number == i + 1 ? 0 : -1, 0,
        "pair");
  int32_t *values =
      device.upload(std::vector<int32_t>{int32_t(device.number), -1, -1});
  check(dagrtGroupBegin(device.rank));
  for (uint32_t step = 0; step < 2; ++step) {
    uint32_t i = device.number == 1 ? 1 - step : step;
    if (!pairs[i].id)
      continue;
    uint32_t peer = device.number == i ? 1 : 0;
    check(dagrtReceive(device.rank, values + 1 + i, 1, DAGRT_I32, peer,
                       pairs[i], device.stream));
    check(dagrtSend(device.rank, values, 1, DAGRT_I32, peer, pairs[i],
                    device.stream));
  }
  check(dagrtGroupEnd(device.rank));
  std::vector<int32_t> got = device.download(values, 3);
  for (int32_t i = 0; i < 2; ++i)
    if (pairs[i].id)
      expectEqual("peer", int32_t(device.number) == i ? i + 1 : i, got[1 + i]);
}

/// A hundred ranks, in tens and in what stands at the same place of these.
void testManyRanks(Device &device, const End &) {
  int32_t ten = device.number / 10, place = device.number % 10;
  DagrtComm row = device.split(device.world, ten, place, "row");
  DagrtComm column = device.split(device.world, place, ten, "column");
  expectEqual("row", 100 * ten + 55, sumRanks(device, row));
  expectEqual("column", 10 * (place + 1) + 450, sumRanks(device, column));
  expectEqual("world", 5050, sumRanks(device, device.world));
}

void testEmptyGroup(Device &device, const End &) {
  check(dagrtGroupBegin(device.rank));
  check(dagrtGroupEnd(device.rank));
  expectEqual("sum", 3, sumRanks(device, device.world));
}

/// A group that had a wrong call leaves nothing behind.
void testRefusedGroup(Device &device, const End &) {
  check(dagrtGroupBegin(device.rank));
  int32_t *value = nullptr;
  expectEqual("status", DAGRT_INVALID_ARGUMENT,
              dagrtSend(device.rank, value, 1, DAGRT_I32, 0, device.world,
                        device.stream));
  expectEqual("status", DAGRT_INVALID_ARGUMENT, dagrtGroupEnd(device.rank));
  expectEqual("sum", 3, sumRanks(device, device.world));
}

} // namespace

void dag::conformance::addCommunicatorCases(std::vector<Case> &cases) {
  cases.push_back({"split", 5, testSplit});
  cases.push_back({"split-no-color", 5, testEqualKeysAndNoColor});
  cases.push_back({"mesh", 4, testMesh});
  cases.push_back({"create", 5, testCreate});
  cases.push_back({"create-by-some", 3, testCreateBySome});
  cases.push_back({"exchange", 2, testExchange});
  for (uint32_t ranks : {1, 2, 3, 5})
    cases.push_back({"any-order", ranks, testAnyOrder});
  for (bool oneAtATime : {false, true}) {
    cases.push_back(
        {"group-of-communicators", 3, testGroupOfCommunicators, oneAtATime});
    cases.push_back({"group-of-pairs", 3, testGroupOfPairs, oneAtATime});
    cases.push_back({"mesh", 4, testMesh, oneAtATime});
  }
  cases.push_back({"many-ranks", 100, testManyRanks});
  cases.push_back({"empty-group", 2, testEmptyGroup});
  cases.push_back({"refused-group", 2, testRefusedGroup});
}
