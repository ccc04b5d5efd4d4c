//===- Times.cpp - When what would happen on a GPU -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Latencies are those that microbenchmarks of an H100 found (arXiv 2402.13499
// and 2501.12084), rates are of its data sheet. None of it is calibrated
// against a GPU here.
//
//===----------------------------------------------------------------------===//

#include "Times.h"
#include "Machine.h"

#include <algorithm>

using namespace mlir::dag::ptx;
using llvm::StringRef;

namespace {
/// An H100 SXM, in cycles and bytes.
constexpr double kClock = 1.755e9;
constexpr double kBytesPerCycle = 3.35e12 / kClock;
/// What the second-level cache gives to one multiprocessor.
constexpr double kBytesPerSm = 5.5e12 / kClock / kMultiprocessors;
/// Multiply-accumulates of 16 bits in a cycle.
constexpr double kMacs = 2048;
constexpr double kGlobalLatency = 480, kSharedLatency = 30, kAluLatency = 5;
constexpr double kSpecialLatency = 20, kAtomicLatency = 700;
constexpr double kCopyLatency = 600, kProductLatency = 30;
constexpr double kLaunch = 3e-6 * kClock;
constexpr unsigned kCopyTrack = 1000, kProductTrack = 1001;
constexpr size_t kMaxEvents = 1 << 18;
} // namespace

void GroupTimes::note(Clock group, double time) {
  if (times.size() <= group)
    times.resize(group + 1, times.empty() ? 0 : times.back());
  times[group] = std::max(times[group], time);
}

double GroupTimes::get(Clock group) const {
  if (times.empty())
    return 0;
  return times[std::min<size_t>(group, times.size() - 1)];
}

TimeModel::TimeModel(const Program &program, const Launch &launch)
    : stalls(program.code.size()), program(program), launch(launch) {
  auto classify = [](StringRef name) {
    if (name.starts_with("atom") || name.starts_with("red.") ||
        name.starts_with("multimem."))
      return Class::Atomic;
    if (name.starts_with("cp."))
      return Class::Copy;
    if (name.starts_with("ld.") || name.starts_with("st."))
      return name.contains(".shared")  ? Class::Shared
             : name.contains(".param") ? Class::Other
                                       : Class::Global;
    if (name.starts_with("ldmatrix") || name.starts_with("stmatrix") ||
        name.starts_with("shfl"))
      return Class::Shared;
    for (const char *special :
         {"ex2", "lg2", "rcp", "rsqrt", "sqrt", "sin", "cos", "tanh", "div"})
      if (name.starts_with(special))
        return Class::Special;
    return Class::Other;
  };
  for (const Inst &inst : program.code)
    classes.push_back(inst.source ? classify(inst.source->name) : Class::Other);
  blocksPerSm = getMostResident(program, launch) / kMultiprocessors;
  places.resize(size_t(kMultiprocessors) * blocksPerSm);
}

void TimeModel::add(const Block &block, unsigned track, StringRef name,
                    unsigned line, double from, double to) {
  if (events.size() < kMaxEvents && to > from)
    events.push_back({block.number, track, name.str(), line, from / kClock,
                      (to - from) / kClock});
}

void TimeModel::startBlock(Block &block) {
  double start = places[block.number % places.size()];
  block.times.start = block.times.copiesUntil = block.times.productsUntil =
      start;
  for (auto &warp : block.warps) {
    warp->times.now = warp->times.runsSince = start;
    warp->times.ready.assign(program.numRegisters, 0);
  }
}

void TimeModel::finishBlock(Block &block) {
  BlockTimes &times = block.times;
  for (auto &warp : block.warps) {
    times.end = std::max(times.end, warp->times.now);
    add(block, warp->index, "runs", 0, warp->times.runsSince, warp->times.now);
  }
  double &place = places[block.number % places.size()];
  place = std::max(place, times.end);
  double most = *std::max_element(times.issued, times.issued + 4);
  ++numBlocks;
  sumOfBlocks += times.end - times.start;
  sumOfWork += std::max({most, times.tensor, times.shared});
  issued += most;
  tensor += times.tensor;
  shared += times.shared;
}

/// Calls `body` with the rows of registers of an operand.
template <typename Body>
static void forEachRow(const Program &program, const Op &op, Body body) {
  if (op.kind != Op::Kind::Row && op.kind != Op::Kind::List)
    return;
  for (unsigned row : program.getList(op))
    if (row < program.numRegisters)
      body(row);
}

void TimeModel::begin(Warp &warp, const Inst &inst) {
  double start = warp.times.now;
  for (unsigned i = 0; i < inst.numOps; ++i)
    forEachRow(program, inst.ops[i], [&](unsigned row) {
      start = std::max(start, double(warp.times.ready[row]));
    });
  if (inst.guard != kNoRow && inst.guard < program.numRegisters)
    start = std::max(start, double(warp.times.ready[inst.guard]));
  warp.times.now = start;
  macsBefore = warp.machine.counters.macs;
  wavesBefore = warp.machine.counters.sharedAccesses;
}

void TimeModel::end(Warp &warp, const Inst &inst, unsigned place) {
  // A test that fails is asked again until it does not.
  if (warp.isSpinning && warp.spinAddress != 0)
    return;
  WarpTimes &times = warp.times;
  BlockTimes &block = warp.block.times;
  double latency = kAluLatency;
  switch (classes[place]) {
  case Class::Special:
    latency = kSpecialLatency;
    break;
  case Class::Global:
    latency = kGlobalLatency;
    break;
  case Class::Shared:
    latency = kSharedLatency;
    break;
  case Class::Atomic:
    latency = kAtomicLatency;
    break;
  case Class::Copy:
  case Class::Other:
    break;
  }
  uint64_t macs = warp.machine.counters.macs - macsBefore;
  double waves = double(warp.machine.counters.sharedAccesses - wavesBefore);
  block.shared += waves;
  times.now += std::max(1.0, waves);
  ++block.issued[warp.index % 4];
  if (macs != 0) {
    unsigned bits = std::max(8u, getBits(inst.fromType));
    double work = double(macs) / kMacs * std::max(bits, 8u) / 16;
    double from = std::max(block.productsUntil, times.now);
    block.productsUntil = from + work;
    block.tensor += work;
    latency = kProductLatency + work;
    times.products.note(warp.productClock, block.productsUntil);
    add(warp.block, kProductTrack, inst.source->name, inst.source->line, from,
        block.productsUntil);
  }
  if (inst.numOps > 0)
    forEachRow(program, inst.ops[0], [&](unsigned row) {
      times.ready[row] = float(times.now + latency);
    });
}

void TimeModel::resume(Warp &warp, double time, unsigned place) {
  WarpTimes &times = warp.times;
  if (time <= times.now)
    return;
  const Instruction *source = program.code[place].source;
  add(warp.block, warp.index, "runs", 0, times.runsSince, times.now);
  add(warp.block, warp.index, source ? source->name : "waits",
      source ? source->line : 0, times.now, time);
  stalls[place] += time - times.now;
  times.now = times.runsSince = time;
}

double TimeModel::copy(Warp &warp, Block &block, uint64_t bytes, bool isLoad) {
  double from = std::max(block.times.copiesUntil, warp.times.now);
  block.times.copiesUntil = from + double(bytes) / kBytesPerSm;
  double done = block.times.copiesUntil + kCopyLatency;
  const Instruction *source = program.code[warp.current].source;
  add(block, kCopyTrack, isLoad ? "load" : "store", source ? source->line : 0,
      from, done);
  return done;
}

Prediction TimeModel::predict(const Counters &counters) const {
  Prediction result;
  if (numBlocks == 0)
    return result;
  uint64_t footprint = 0;
  for (const Buffer &buffer : launch.buffers)
    footprint += buffer.bytes.size();
  double bytes = double(counters.sectors) * 32 + double(counters.bulkBytes);
  double perSm = std::ceil(double(numBlocks) / kMultiprocessors);
  double rounds = std::ceil(perSm / blocksPerSm);
  double share = perSm / numBlocks;
  result.blocksPerSm = blocksPerSm;
  std::pair<double, const char *> bounds[] = {
      {rounds * sumOfBlocks / numBlocks, "latency"},
      {issued * share, "instructions"},
      {tensor * share, "products"},
      {shared * share, "shared memory"},
      {std::min(bytes, double(footprint)) / kBytesPerCycle, "memory"},
      {bytes / (kBytesPerSm * kMultiprocessors), "cache"}};
  auto most = std::max_element(std::begin(bounds), std::end(bounds));
  for (auto [cycles, name] : bounds)
    result.bounds.push_back({name, cycles / kClock});
  result.boundBy = most->second;
  result.seconds = (most->first + kLaunch) / kClock;
  return result;
}
