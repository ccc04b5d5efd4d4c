//===- Device.cpp - A rank with what nearly all cases need -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Conformance.h"

#include "dag/Runtime/Host/Host.h"

#include <stdexcept>

using namespace dag::conformance;

void dag::conformance::check(DagrtStatus status) {
  if (status != DAGRT_OK)
    throw std::runtime_error(dagrtGetLastError()->text);
}

void dag::conformance::expect(bool holds, const std::string &what) {
  if (!holds)
    throw std::runtime_error("expected " + what);
}

void dag::conformance::expectEqual(const std::string &what, uint64_t expected,
                                   uint64_t got) {
  if (expected != got)
    throw std::runtime_error(what + ": expected " + std::to_string(expected) +
                             ", but got " + std::to_string(got));
}

Device::Device(DagrtRank *rank) : rank(rank) {
  check(dagrtGetRank(rank, &number));
  check(dagrtGetNumRanks(rank, &numRanks));
  check(dagrtStreamCreate(rank, "main", &stream));
  check(dagrtCommGetWorld(rank, &world));
}

void *Device::allocate(uint64_t bytes) {
  void *pointer = nullptr;
  check(dagrtAllocate(rank, bytes, &pointer));
  if (pointer)
    memory.push_back(pointer);
  return pointer;
}

void Device::write(void *target, const void *source, uint64_t bytes) {
  check(dagrtCopyToDevice(rank, target, source, bytes, stream));
  check(dagrtStreamSynchronize(rank, stream));
}

void Device::read(void *target, const void *source, uint64_t bytes) {
  check(dagrtCopyToHost(rank, target, source, bytes, stream));
  check(dagrtStreamSynchronize(rank, stream));
}

void Device::sync() { check(dagrtSynchronize(rank)); }

void Device::clear() {
  for (void *pointer : memory)
    check(dagrtFree(rank, pointer));
  memory.clear();
}

DagrtStream Device::makeStream(const char *name) {
  DagrtStream made = {0};
  check(dagrtStreamCreate(rank, name, &made));
  return made;
}

DagrtComm Device::split(DagrtComm parent, int32_t color, int32_t key,
                        const char *name) {
  DagrtComm made = {0};
  check(dagrtCommSplit(rank, parent, color, key, name, &made));
  return made;
}

//===----------------------------------------------------------------------===//
// The host end
//===----------------------------------------------------------------------===//

namespace {

DagrtStatus runBody(DagrtRank *rank, void *body) {
  return (*static_cast<const Body *>(body))(rank);
}

std::vector<Outcome> runOnHost(const RunOptions &options, const Body &body) {
  DagrtHostOptions given = {sizeof(DagrtHostOptions), options.numRanks,
                            options.timeLimitMs, options.memoryLimit,
                            options.oneAtATime};
  DagrtHostRun *run = nullptr;
  DagrtStatus status =
      dagrtHostRun(&given, runBody, const_cast<Body *>(&body), &run);
  std::vector<Outcome> outcomes;
  if (!run) {
    const DagrtError *error = dagrtGetLastError();
    outcomes.assign(options.numRanks, {status, error->peer, error->operation,
                                       error->communicator, error->text});
    return outcomes;
  }
  for (uint32_t i = 0; i < options.numRanks; ++i) {
    const DagrtError *outcome = dagrtHostGetOutcome(run, i);
    outcomes.push_back({outcome->status, outcome->peer, outcome->operation,
                        outcome->communicator, outcome->text});
  }
  dagrtHostDestroy(run);
  return outcomes;
}

} // namespace

const std::vector<End> &dag::conformance::getEnds() {
  static const std::vector<End> ends = {{"host", true, runOnHost}};
  return ends;
}
