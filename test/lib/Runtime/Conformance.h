//===- Conformance.h - What every end of the runtime is asked -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A case is a function that each rank runs; it throws where the end is wrong.
// An end is given by a way to run it on some ranks.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TEST_LIB_RUNTIME_CONFORMANCE_H
#define DAG_TEST_LIB_RUNTIME_CONFORMANCE_H

#include "dag/Runtime/Communication.h"

#include <cstring>
#include <functional>
#include <string>
#include <vector>

namespace dag::conformance {

/// A rank with what nearly all cases need.
class Device {
public:
  explicit Device(DagrtRank *rank);

  /// Memory of `count` elements, freed with the device at the latest.
  void *allocate(uint64_t bytes);
  template <typename T>
  T *upload(const std::vector<T> &values) {
    void *memory = allocate(values.size() * sizeof(T));
    write(memory, values.data(), values.size() * sizeof(T));
    return static_cast<T *>(memory);
  }
  template <typename T>
  std::vector<T> download(const T *memory, size_t count) {
    std::vector<T> values(count);
    read(values.data(), memory, count * sizeof(T));
    return values;
  }
  void write(void *target, const void *source, uint64_t bytes);
  void read(void *target, const void *source, uint64_t bytes);
  void sync();
  /// Frees all memory.
  void clear();
  DagrtStream makeStream(const char *name);
  DagrtComm split(DagrtComm parent, int32_t color, int32_t key,
                  const char *name);

  DagrtRank *rank;
  uint32_t number = 0;
  uint32_t numRanks = 0;
  DagrtStream stream = {0};
  DagrtComm world = {0};

private:
  std::vector<void *> memory;
};

/// Throws an error of the runtime.
void check(DagrtStatus status);
/// Throws what is expected to hold.
void expect(bool holds, const std::string &what);
void expectEqual(const std::string &what, uint64_t expected, uint64_t got);

struct RunOptions {
  uint32_t numRanks = 1;
  uint32_t timeLimitMs = 0;
  uint64_t memoryLimit = 0;
  bool oneAtATime = false;
};

/// How a rank has ended.
struct Outcome {
  DagrtStatus status;
  int32_t peer;
  std::string operation;
  std::string communicator;
  std::string text;
};

using Body = std::function<DagrtStatus(DagrtRank *)>;

struct End {
  const char *name;
  /// Whether sums are in the order of members, to the bit.
  bool sumsInOrder;
  std::function<std::vector<Outcome>(const RunOptions &, const Body &)> run;
};

/// The ends that this tool was linked with.
const std::vector<End> &getEnds();

struct Case {
  const char *name;
  uint32_t numRanks;
  std::function<void(Device &, const End &)> body;
  bool oneAtATime = false;
};

/// Cases that pass on an end that conforms.
void addOperationCases(std::vector<Case> &cases);
void addCommunicatorCases(std::vector<Case> &cases);
void addStreamCases(std::vector<Case> &cases);

/// Wrong uses of a rank, each with what it is told: prints "name: text". In
/// what happens between ranks, for each rank.
void printRefusals(const End &end);
void printFailures(const End &end);

/// Faults, each `repeat` times: whether all ended as they have to.
bool runFaults(const End &end, uint32_t repeat);

/// Random programs of ranks that are right, `number` of them from a seed on.
bool runRandomPrograms(const End &end, uint32_t seed, uint32_t number);

/// Counts the objects that are allocated now; null where a sanitizer does.
extern int64_t (*countLiveObjects)();

} // namespace dag::conformance

#endif // DAG_TEST_LIB_RUNTIME_CONFORMANCE_H
