//===- Streams.cpp - Streams, events, memory, launches -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Conformance.h"

#include <algorithm>

using namespace dag::conformance;

namespace {

//===----------------------------------------------------------------------===//
// Functions that are launched
//===----------------------------------------------------------------------===//

/// y[i] = a * x[i] + y[i].
int32_t axpy(void *const *arguments) {
  float a = *static_cast<float *>(arguments[0]);
  const float *x = *static_cast<float **>(arguments[1]);
  float *y = *static_cast<float **>(arguments[2]);
  uint64_t count = *static_cast<uint64_t *>(arguments[3]);
  for (uint64_t i = 0; i < count; ++i)
    y[i] += a * x[i];
  return 0;
}

/// *x = 10 * *x + digit, which shows the order of launches.
int32_t append(void *const *arguments) {
  int64_t *x = *static_cast<int64_t **>(arguments[0]);
  *x = 10 * *x + *static_cast<int32_t *>(arguments[1]);
  return 0;
}

constexpr DagrtSymbol kSymbols[] = {{"axpy", axpy}, {"append", append}};
constexpr DagrtModuleSource kSource = {sizeof(DagrtModuleSource), kSymbols, 2,
                                       nullptr, 0};
constexpr DagrtParameter kAppend[] = {{sizeof(void *), 1}, {4, 0}};
constexpr DagrtParameter kAxpy[] = {
    {4, 0}, {sizeof(void *), 1}, {sizeof(void *), 1}, {8, 0}};

/// Writes digits on streams.
struct Appender {
  explicit Appender(Device &device) : device(device) {
    check(dagrtModuleLoad(device.rank, &kSource, &module));
    check(dagrtModuleGetFunction(device.rank, module, "append", kAppend, 2,
                                 &function));
    digits = device.upload(std::vector<int64_t>{0});
  }
  void add(DagrtStream stream, int32_t digit) {
    void *arguments[] = {&digits, &digit};
    check(dagrtLaunch(device.rank, function, nullptr, arguments, 2, stream));
  }
  void expectDigits(int64_t expected) {
    device.sync();
    expectEqual("digits", expected, device.download(digits, 1)[0]);
  }

  Device &device;
  DagrtModule module = {0};
  DagrtFunction function = {0};
  int64_t *digits;
};

DagrtEvent record(Device &device, DagrtStream stream) {
  DagrtEvent event = {0};
  check(dagrtEventCreate(device.rank, &event));
  check(dagrtEventRecord(device.rank, event, stream));
  return event;
}

/// Sends to the other one of two ranks, or receives from it.
void exchange(Device &device, bool isSend, DagrtStream stream, DagrtComm comm) {
  void *value = device.allocate(4);
  check(dagrtFill(device.rank, value, 7, 4, stream));
  uint32_t peer = 1 - device.number;
  check(isSend ? dagrtSend(device.rank, value, 1, DAGRT_I32, peer, comm, stream)
               : dagrtReceive(device.rank, value, 1, DAGRT_I32, peer, comm,
                              stream));
}

//===----------------------------------------------------------------------===//
// Cases
//===----------------------------------------------------------------------===//

void testLaunch(Device &device, const End &) {
  DagrtModule module = {0};
  DagrtFunction function = {0};
  check(dagrtModuleLoad(device.rank, &kSource, &module));
  check(
      dagrtModuleGetFunction(device.rank, module, "axpy", kAxpy, 4, &function));
  float a = 2;
  uint64_t count = 3;
  float *x = device.upload(std::vector<float>{1, 2, 3});
  float *y = device.upload(std::vector<float>{10, 20, 30});
  void *arguments[] = {&a, &x, &y, &count};
  check(
      dagrtLaunch(device.rank, function, nullptr, arguments, 4, device.stream));
  DagrtLaunchShape shape = {
      sizeof(DagrtLaunchShape), {1, 1, 1}, {1, 1, 1}, {0, 0, 0}, 0};
  check(
      dagrtLaunch(device.rank, function, &shape, arguments, 4, device.stream));
  // Arguments were copied.
  a = 100;
  count = 0;
  expect(device.download(y, 3) == std::vector<float>{14, 28, 42},
         "y + 2 x + 2 x");
  check(dagrtModuleUnload(device.rank, module));
}

void testOrderInStream(Device &device, const End &) {
  Appender appender(device);
  for (int32_t digit = 1; digit <= 9; ++digit)
    appender.add(device.stream, digit);
  appender.expectDigits(123456789);
}

/// Rank 1's stream waits in its recv until rank 0 sends; what comes behind it
/// waits, too, and other streams go on.
void testStreamsGoOn(Device &device, const End &) {
  DagrtComm back = device.split(device.world, 0, 0, "back");
  Appender appender(device);
  DagrtStream other = device.makeStream("other");
  if (device.number == 1) {
    exchange(device, false, device.stream, device.world);
    appender.add(device.stream, 2);
    appender.add(other, 1);
    check(dagrtStreamSynchronize(device.rank, other));
    exchange(device, true, other, back);
    appender.expectDigits(12);
  } else {
    exchange(device, false, other, back);
    check(dagrtStreamSynchronize(device.rank, other));
    exchange(device, true, device.stream, device.world);
    device.sync();
  }
}

/// An event orders two streams, across a recv that comes late.
void testEventOrders(Device &device, const End &) {
  Appender appender(device);
  DagrtStream other = device.makeStream("other");
  if (device.number == 0) {
    appender.add(device.stream, 1);
    exchange(device, true, device.stream, device.world);
    appender.expectDigits(1);
    return;
  }
  exchange(device, false, device.stream, device.world);
  appender.add(device.stream, 1);
  DagrtEvent event = record(device, device.stream);
  appender.add(device.stream, 3);
  check(dagrtStreamWaitEvent(device.rank, other, event));
  appender.add(other, 2);
  DagrtEvent second = record(device, other);
  check(dagrtStreamWaitEvent(device.rank, device.stream, second));
  appender.add(device.stream, 4);
  check(dagrtEventSynchronize(device.rank, second));
  check(dagrtEventQuery(device.rank, event));
  device.sync();
  std::string digits = std::to_string(device.download(appender.digits, 1)[0]);
  expect(digits.find('1') < digits.find('2') &&
             digits.find('2') < digits.find('4') &&
             digits.find('3') < digits.find('4') && digits.size() == 4,
         "1 before 2 before 4, 3 before 4, but got " + digits);
}

/// A later record replaces an event for those who wait later only.
void testRecordAgain(Device &device, const End &) {
  DagrtComm back = device.split(device.world, 0, 0, "back");
  Appender appender(device);
  DagrtStream other = device.makeStream("other");
  if (device.number == 0) {
    DagrtEvent event = record(device, device.stream);
    exchange(device, false, device.stream, back);
    check(dagrtStreamWaitEvent(device.rank, other, event));
    appender.add(other, 1);
    check(dagrtEventRecord(device.rank, event, device.stream));
    check(dagrtStreamSynchronize(device.rank, other));
    exchange(device, true, other, device.world);
    check(dagrtEventSynchronize(device.rank, event));
    appender.expectDigits(1);
  } else {
    exchange(device, false, other, device.world);
    check(dagrtStreamSynchronize(device.rank, other));
    exchange(device, true, device.stream, back);
    device.sync();
  }
}

void testQuery(Device &device, const End &) {
  DagrtComm back = device.split(device.world, 0, 0, "back");
  if (device.number == 0) {
    exchange(device, false, device.stream, back);
    DagrtEvent event = record(device, device.stream);
    // The other rank sends after it has received this.
    expectEqual("stream", DAGRT_NOT_READY,
                dagrtStreamQuery(device.rank, device.stream));
    expectEqual("event", DAGRT_NOT_READY, dagrtEventQuery(device.rank, event));
    DagrtStream other = device.makeStream("other");
    exchange(device, true, other, device.world);
    while (dagrtEventQuery(device.rank, event) == DAGRT_NOT_READY) {
    }
    check(dagrtEventQuery(device.rank, event));
    check(dagrtStreamQuery(device.rank, device.stream));
    check(dagrtEventDestroy(device.rank, event));
  } else {
    exchange(device, false, device.stream, device.world);
    check(dagrtStreamSynchronize(device.rank, device.stream));
    exchange(device, true, device.stream, back);
    check(dagrtStreamSynchronize(device.rank, device.stream));
  }
}

/// Calls of one communicator on two streams are done in the order of calls.
void testOneCommunicatorOnStreams(Device &device, const End &) {
  DagrtStream other = device.makeStream("other");
  for (int32_t i = 0; i < 50; ++i) {
    int32_t *values = device.upload(std::vector<int32_t>{1, 2});
    DagrtStream streams[] = {device.stream, other};
    bool isSwapped = (i + device.number) % 2;
    for (int32_t k = 0; k < 2; ++k)
      check(dagrtAllReduce(device.rank, values + k, values + k, 1, DAGRT_I32,
                           DAGRT_SUM, device.world, streams[k ^ isSwapped]));
    device.sync();
    expect(device.download(values, 2) ==
               std::vector<int32_t>{int32_t(device.numRanks),
                                    2 * int32_t(device.numRanks)},
           "the first with the first and the second with the second");
    device.clear();
  }
}

/// A group on two streams keeps both until it ends.
void testGroupOnStreams(Device &device, const End &) {
  Appender appender(device);
  DagrtStream other = device.makeStream("other");
  int32_t *values = device.upload(std::vector<int32_t>{5, 0});
  appender.add(device.stream, 1);
  check(dagrtGroupBegin(device.rank));
  check(dagrtSend(device.rank, values, 1, DAGRT_I32, 1 - device.number,
                  device.world, device.stream));
  check(dagrtReceive(device.rank, values + 1, 1, DAGRT_I32, 1 - device.number,
                     device.world, other));
  check(dagrtGroupEnd(device.rank));
  appender.add(other, 2);
  appender.expectDigits(12);
  expectEqual("received", 5, device.download(values, 2)[1]);
}

void testCopies(Device &device, const End &) {
  std::vector<uint8_t> bytes(1000);
  for (size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = uint8_t(i * 7);
  uint8_t *first = device.upload(bytes);
  auto *second = static_cast<uint8_t *>(device.allocate(1000));
  check(dagrtFill(device.rank, second, 0x1ff, 1000, device.stream));
  check(dagrtCopy(device.rank, second + 3, first + 10, 500, device.stream));
  std::vector<uint8_t> got = device.download(second, 1000);
  expect(std::equal(got.begin() + 3, got.begin() + 503, bytes.begin() + 10) &&
             got[2] == 0xff && got[503] == 0xff,
         "500 bytes of the first, 0xff around");
  expectEqual("alignment", 0, reinterpret_cast<uintptr_t>(second) % 256);
  check(dagrtCopy(device.rank, nullptr, nullptr, 0, device.stream));
  check(dagrtFill(device.rank, nullptr, 0, 0, device.stream));
}

void testMemoryUse(Device &device, const End &) {
  DagrtMemoryUse use = {};
  use.size = sizeof(use);
  void *pointer = device.allocate(0);
  expect(!pointer, "null for no bytes");
  check(dagrtFree(device.rank, nullptr));
  device.allocate(1000);
  device.clear();
  device.allocate(300);
  check(dagrtGetMemoryUse(device.rank, &use));
  expectEqual("current", 300, use.current);
  expectEqual("peak", 1000, use.peak);
}

/// Memory of the program as a buffer.
void testRegister(Device &device, const End &) {
  std::vector<float> weights = {1, 2, 3, 4};
  void *seen = nullptr;
  check(dagrtRegister(device.rank, weights.data(), 16, &seen));
  float *sum = device.upload(std::vector<float>(4));
  check(dagrtAllReduce(device.rank, seen, sum, 4, DAGRT_F32, DAGRT_SUM,
                       device.world, device.stream));
  expect(device.download(sum, 4) == std::vector<float>{2, 4, 6, 8}, "sums");
  check(dagrtUnregister(device.rank, weights.data()));
}

/// Handles are used again, and a former one is still told from a new one.
void testHandles(Device &device, const End &) {
  DagrtEvent first = {0};
  check(dagrtEventCreate(device.rank, &first));
  check(dagrtEventDestroy(device.rank, first));
  for (int i = 0; i < 1000; ++i) {
    DagrtEvent event = record(device, device.stream);
    expectEqual("status", DAGRT_INVALID_HANDLE,
                dagrtEventQuery(device.rank, first));
    check(dagrtEventDestroy(device.rank, event));
    check(dagrtStreamDestroy(device.rank, device.makeStream(nullptr)));
  }
}

/// What a rank left is done and freed when its function returns.
void testLeft(Device &device, const End &) {
  exchange(device, device.number == 0, device.stream, device.world);
  record(device, device.stream);
  device.makeStream("left");
  check(dagrtGroupBegin(device.rank));
}

} // namespace

void dag::conformance::addStreamCases(std::vector<Case> &cases) {
  cases.push_back({"launch", 1, testLaunch});
  cases.push_back({"copies", 1, testCopies});
  cases.push_back({"memory-use", 1, testMemoryUse});
  cases.push_back({"register", 2, testRegister});
  cases.push_back({"order-in-stream", 1, testOrderInStream});
  cases.push_back({"streams-go-on", 2, testStreamsGoOn});
  cases.push_back({"event-orders", 2, testEventOrders});
  cases.push_back({"record-again", 2, testRecordAgain});
  cases.push_back({"query", 2, testQuery});
  for (uint32_t ranks : {1, 2, 3})
    cases.push_back(
        {"communicator-on-streams", ranks, testOneCommunicatorOnStreams});
  cases.push_back({"group-on-streams", 2, testGroupOnStreams});
  cases.push_back({"handles", 1, testHandles});
  cases.push_back({"left", 2, testLeft});
}
