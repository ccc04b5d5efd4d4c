//===- Operations.cpp - Each operation, type, size and count -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Conformance.h"
#include "Reference.h"

#include "dag/Runtime/Reduce.h"

#include <numeric>

using namespace dag::conformance;

namespace {

constexpr uint64_t kCounts[] = {0, 1, 7, 519};

std::string name(const char *operation, DagrtDataType type, uint64_t count,
                 DagrtReduction reduction = -1) {
  std::string text = std::string(operation) + " of " + std::to_string(count) +
                     " x " + dagrtGetDataTypeInfo(type)->name;
  if (const char *reductionName = dagrtGetReductionName(reduction))
    text += std::string(", ") + reductionName;
  return text;
}

/// Buffers on the device beside what they held on the host.
struct Buffers {
  Buffers(Device &device, DagrtDataType type)
      : device(device), type(type), bytes(dagrtGetDataTypeInfo(type)->bytes) {}

  void *put(const Bytes &values) {
    return values.empty() ? nullptr : device.upload(values);
  }
  /// Room for elements, with something else in it.
  void *makeRoom(uint64_t count) { return put(Bytes(count * bytes, 0xa5)); }
  Bytes get(const void *memory, uint64_t count) {
    return device.download(static_cast<const uint8_t *>(memory), count * bytes);
  }
  std::vector<Bytes> makeInputs(uint64_t count, uint32_t seed) {
    std::vector<Bytes> inputs;
    for (uint32_t i = 0; i < device.numRanks; ++i)
      inputs.push_back(makeInput(type, count, i, seed));
    return inputs;
  }
  void *at(void *memory, uint64_t element) {
    return memory ? static_cast<uint8_t *>(memory) + element * bytes : nullptr;
  }

  Device &device;
  DagrtDataType type;
  uint64_t bytes;
};

Bytes slice(const Bytes &all, uint64_t first, uint64_t bytes) {
  return {all.begin() + first, all.begin() + first + bytes};
}

Bytes concatenate(const std::vector<Bytes> &parts) {
  Bytes all;
  for (const Bytes &part : parts)
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

/// All ranks have the same bits, NaN included.
void expectSameEverywhere(Device &device, uint64_t value,
                          const std::string &what) {
  uint64_t *all = device.upload(std::vector<uint64_t>(device.numRanks));
  uint64_t *own = device.upload(std::vector<uint64_t>{value});
  check(dagrtAllGather(device.rank, own, all, 1, DAGRT_U64, device.world,
                       device.stream));
  for (uint64_t other : device.download(all, device.numRanks))
    expect(other == value, what + " to have the same bits on all ranks");
}

void testAllReduce(Device &device, DagrtDataType type, DagrtReduction reduction,
                   uint64_t count, bool isInPlace, uint64_t &bits) {
  Buffers buffers(device, type);
  std::vector<Bytes> inputs = buffers.makeInputs(count, count + reduction);
  void *send = buffers.put(inputs[device.number]);
  void *receive = isInPlace ? send : buffers.makeRoom(count);
  check(dagrtAllReduce(device.rank, send, receive, count, type, reduction,
                       device.world, device.stream));
  Bytes got = buffers.get(receive, count);
  std::string what = name("all_reduce", type, count, reduction);
  expect(isSame(type, reduceInOrder(type, reduction, inputs), got),
         what + " to be the sum in order");
  if (!isInPlace)
    expect(inputs[device.number] == buffers.get(send, count),
           what + " to leave its input alone");
  bits = hash(got, bits);
  device.clear();
}

void testReduceScatter(Device &device, DagrtDataType type,
                       DagrtReduction reduction, uint64_t count,
                       bool isInPlace) {
  Buffers buffers(device, type);
  std::vector<Bytes> inputs =
      buffers.makeInputs(count * device.numRanks, count + reduction);
  void *send = buffers.put(inputs[device.number]);
  void *receive = isInPlace ? buffers.at(send, device.number * count)
                            : buffers.makeRoom(count);
  check(dagrtReduceScatter(device.rank, send, receive, count, type, reduction,
                           device.world, device.stream));
  Bytes all = reduceInOrder(type, reduction, inputs);
  Bytes own =
      slice(all, device.number * count * buffers.bytes, count * buffers.bytes);
  expect(isSame(type, own, buffers.get(receive, count)),
         name("reduce_scatter", type, count, reduction) +
             " to be its part of the sum");
  device.clear();
}

void testAllGather(Device &device, DagrtDataType type, uint64_t count,
                   bool isInPlace) {
  Buffers buffers(device, type);
  std::vector<Bytes> inputs = buffers.makeInputs(count, count);
  void *receive = buffers.makeRoom(count * device.numRanks);
  void *send = isInPlace ? buffers.at(receive, device.number * count)
                         : buffers.put(inputs[device.number]);
  if (isInPlace && count)
    device.write(send, inputs[device.number].data(), count * buffers.bytes);
  check(dagrtAllGather(device.rank, send, receive, count, type, device.world,
                       device.stream));
  expect(concatenate(inputs) == buffers.get(receive, count * device.numRanks),
         name("all_gather", type, count) + " to have all inputs");
  device.clear();
}

void testAllToAll(Device &device, DagrtDataType type, uint64_t count) {
  Buffers buffers(device, type);
  std::vector<Bytes> inputs =
      buffers.makeInputs(count * device.numRanks, count);
  void *send = buffers.put(inputs[device.number]);
  void *receive = buffers.makeRoom(count * device.numRanks);
  check(dagrtAllToAll(device.rank, send, receive, count, type, device.world,
                      device.stream));
  std::vector<Bytes> parts;
  for (const Bytes &input : inputs)
    parts.push_back(slice(input, device.number * count * buffers.bytes,
                          count * buffers.bytes));
  expect(concatenate(parts) == buffers.get(receive, count * device.numRanks),
         name("all_to_all", type, count) + " to have the part of each");
  device.clear();
}

/// Member i sends `(i + 2 j) mod 4 * count` elements to member j, from the last
/// part on.
void testAllToAllV(Device &device, DagrtDataType type, uint64_t count) {
  Buffers buffers(device, type);
  uint32_t n = device.numRanks;
  auto getCount = [&](uint32_t i, uint32_t j) {
    return (i + 2 * j) % 4 * count;
  };
  auto getOffset = [&](uint32_t i, uint32_t j) {
    uint64_t offset = 0;
    for (uint32_t k = j + 1; k < n; ++k)
      offset += getCount(i, k);
    return offset;
  };
  std::vector<uint64_t> sendCounts, sendOffsets, counts, offsets;
  uint64_t sent = 0, received = 0;
  std::vector<Bytes> inputs, parts;
  for (uint32_t i = 0; i < n; ++i) {
    inputs.push_back(makeInput(type, n * 4 * count, i, count));
    sendCounts.push_back(getCount(device.number, i));
    sendOffsets.push_back(getOffset(device.number, i));
    counts.push_back(getCount(i, device.number));
    offsets.push_back(received);
    received += counts[i];
    sent += sendCounts[i];
    parts.push_back(slice(inputs[i],
                          getOffset(i, device.number) * buffers.bytes,
                          counts[i] * buffers.bytes));
  }
  void *send =
      buffers.put(slice(inputs[device.number], 0, sent * buffers.bytes));
  void *receive = buffers.makeRoom(received);
  check(dagrtAllToAllV(device.rank, send, sendCounts.data(), sendOffsets.data(),
                       receive, counts.data(), offsets.data(), type,
                       device.world, device.stream));
  expect(concatenate(parts) == buffers.get(receive, received),
         name("all_to_all_v", type, count) + " to have the part of each");
  device.clear();
}

void testBroadcast(Device &device, DagrtDataType type, uint64_t count,
                   uint32_t root, bool isInPlace) {
  Buffers buffers(device, type);
  Bytes input = makeInput(type, count, root, count);
  bool isRoot = device.number == root;
  void *receive =
      isRoot && isInPlace ? buffers.put(input) : buffers.makeRoom(count);
  void *send = isInPlace ? receive : isRoot ? buffers.put(input) : nullptr;
  check(dagrtBroadcast(device.rank, send, receive, count, type, root,
                       device.world, device.stream));
  expect(input == buffers.get(receive, count),
         name("broadcast", type, count) + " to have the root's");
  device.clear();
}

/// Round a ring, in a group; the last rank's send goes to the first.
void testSendReceive(Device &device, DagrtDataType type, uint64_t count) {
  Buffers buffers(device, type);
  uint32_t n = device.numRanks;
  uint32_t next = (device.number + 1) % n;
  uint32_t previous = (device.number + n - 1) % n;
  void *send = buffers.put(makeInput(type, count, device.number, count));
  void *receive = buffers.makeRoom(count);
  check(dagrtGroupBegin(device.rank));
  check(dagrtSend(device.rank, send, count, type, next, device.world,
                  device.stream));
  check(dagrtReceive(device.rank, receive, count, type, previous, device.world,
                     device.stream));
  check(dagrtGroupEnd(device.rank));
  expect(makeInput(type, count, previous, count) == buffers.get(receive, count),
         name("send and recv", type, count) + " to have the peer's");
  device.clear();
}

void testReductions(Device &device, const End &) {
  uint64_t bits = 0;
  for (DagrtDataType type = 0; type < DAGRT_NUM_DATA_TYPES; ++type) {
    if (!dagrtGetDataTypeInfo(type)->isReducible)
      continue;
    for (DagrtReduction op = 0; op < DAGRT_NUM_REDUCTIONS; ++op)
      for (uint64_t count : kCounts)
        for (bool isInPlace : {false, true}) {
          testAllReduce(device, type, op, count, isInPlace, bits);
          testReduceScatter(device, type, op, count, isInPlace);
        }
  }
  expectSameEverywhere(device, bits, "all sums");
}

void testMoves(Device &device, const End &) {
  for (DagrtDataType type = 0; type < DAGRT_NUM_DATA_TYPES; ++type)
    for (uint64_t count : kCounts) {
      for (bool isInPlace : {false, true}) {
        testAllGather(device, type, count, isInPlace);
        for (uint32_t root = 0; root < device.numRanks; ++root)
          testBroadcast(device, type, count, root, isInPlace);
      }
      testAllToAll(device, type, count);
      testAllToAllV(device, type, count);
      testSendReceive(device, type, count);
    }
}

void testLargeCounts(Device &device, const End &) {
  constexpr uint64_t kLarge = 300007;
  uint64_t bits = 0;
  testAllReduce(device, DAGRT_F32, DAGRT_SUM, kLarge, true, bits);
  testAllGather(device, DAGRT_BF16, kLarge, false);
  testAllToAll(device, DAGRT_I8, kLarge);
  testSendReceive(device, DAGRT_F64, kLarge);
}

/// Sums depend on their order here, so another one would be found.
void testOrderOfSums(Device &device, const End &end) {
  if (!end.sumsInOrder)
    return;
  const float inputs[] = {1.0f, 1e8f, -1e8f, 3.0f, 0.5f};
  float expected = 0;
  for (uint32_t i = 0; i < device.numRanks; ++i)
    expected = i ? expected + inputs[i] : inputs[i];
  for (int i = 0; i < 50; ++i) {
    float *value = device.upload(std::vector<float>{inputs[device.number]});
    check(dagrtAllReduce(device.rank, value, value, 1, DAGRT_F32, DAGRT_SUM,
                         device.world, device.stream));
    expect(device.download(value, 1)[0] == expected,
           "the sum of 1, 1e8, -1e8, 3, 0.5 from left to right");
    device.clear();
  }
}

/// Every bit pattern of the small floats, there and back.
void testSmallFloats(Device &, const End &) {
  for (DagrtDataType type :
       {DAGRT_F16, DAGRT_BF16, DAGRT_F8E4M3, DAGRT_F8E5M2}) {
    uint32_t number = 1u << (8 * dagrtGetDataTypeInfo(type)->bytes);
    for (uint32_t bits = 0; bits < number; ++bits) {
      double value = decodeSmall(type, bits);
      float decoded = dag::runtime::decodeFloat(type, bits);
      if (value != value) {
        expect(decoded != decoded, "NaN");
        continue;
      }
      expect(double(decoded) == value, "an element to be decoded");
      expectEqual("bits", bits, dag::runtime::encodeFloat(type, decoded));
      // Between this one and the next, and beside the middle.
      double next = decodeSmall(type, bits + 1);
      if (bits + 1 >= number || !(next - value < 1e300) ||
          (next < 0) != (value < 0))
        continue;
      float middle = float(value + (next - value) / 2);
      for (float near : {middle, middle * 1.0001f, middle * 0.9999f})
        expectEqual("rounded", encodeSmall(type, double(near)),
                    dag::runtime::encodeFloat(type, near));
    }
    for (float large :
         {1e30f, -1e30f, 3.4e38f, 448.0f, 464.0f, 465.0f, 57344.0f, 61440.0f,
          65504.0f, 65520.0f, 1e-30f, 1e-45f, -1e-45f})
      expectEqual("rounded", encodeSmall(type, double(large)),
                  dag::runtime::encodeFloat(type, large));
  }
}

void testTable(Device &, const End &) {
  for (DagrtDataType type = 0; type < DAGRT_NUM_DATA_TYPES; ++type)
    expectEqual("type", type, dagrtGetDataTypeInfo(type)->type);
  for (DagrtDataType type : {-1, int(DAGRT_NUM_DATA_TYPES), INT32_MAX})
    expect(!dagrtGetDataTypeInfo(type), "no row for what is no type");
  expect(!dagrtGetReductionName(-1) &&
             !dagrtGetReductionName(DAGRT_NUM_REDUCTIONS),
         "no name for what is no reduction");
  const uint32_t bytes[] = {8, 4, 2, 2, 1, 1, 1, 1, 1, 2, 2, 4, 4, 8, 8, 1};
  for (DagrtDataType type = 0; type < DAGRT_NUM_DATA_TYPES; ++type)
    expectEqual("bytes", bytes[type], dagrtGetDataTypeInfo(type)->bytes);
}

} // namespace

void dag::conformance::addOperationCases(std::vector<Case> &cases) {
  cases.push_back({"table-of-types", 1, testTable});
  cases.push_back({"small-floats", 1, testSmallFloats});
  for (uint32_t ranks : {1, 2, 3, 5}) {
    cases.push_back({"reductions", ranks, testReductions});
    cases.push_back({"moves", ranks, testMoves});
    cases.push_back({"order-of-sums", ranks, testOrderOfSums});
  }
  cases.push_back({"large-counts", 3, testLargeCounts});
}
