//===- Times.h - When what would happen on a GPU -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each warp has a time of its own, in cycles. An instruction begins when its
// operands are there; what waits goes on at the time of what it has waited for.
// The order in which warps are emulated has no part in that.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_EMULATOR_TIMES_H
#define DAG_EMULATOR_TIMES_H

#include "Clocks.h"
#include "dag/Emulator/Launch.h"

#include "llvm/ADT/StringRef.h"

namespace mlir::dag::ptx {
class Machine;
class Warp;
struct Block;
struct Inst;
struct Program;

/// When the groups of copies or products are done, by the clock of each.
class GroupTimes {
public:
  void note(Clock group, double time);
  /// When this group and those before it are done.
  double get(Clock group) const;

private:
  std::vector<double> times;
};

/// Of a warp.
struct WarpTimes {
  double now = 0, runsSince = 0;
  /// When the value of each register is there.
  std::vector<float> ready;
  GroupTimes copies, products;
};

/// Of a block: when it began, and until when its engines work.
struct BlockTimes {
  double start = 0, end = 0, copiesUntil = 0, productsUntil = 0;
  double issued[4] = {0, 0, 0, 0};
  double tensor = 0, shared = 0;
};

class TimeModel {
public:
  TimeModel(const Program &program, const Launch &launch);

  void startBlock(Block &block);
  void finishBlock(Block &block);
  /// Around the execution of an instruction.
  void begin(Warp &warp, const Inst &inst);
  void end(Warp &warp, const Inst &inst, unsigned place);
  /// A warp that has waited from its own time on goes on at `time`.
  void resume(Warp &warp, double time, unsigned place);
  /// When a copy that begins now is done.
  double copy(Warp &warp, Block &block, uint64_t bytes, bool isLoad);

  Prediction predict(const Counters &counters) const;
  std::vector<TimedEvent> takeEvents() { return std::move(events); }
  std::vector<double> stalls;

private:
  enum class Class : uint8_t { Other, Special, Global, Shared, Atomic, Copy };
  void add(const Block &block, unsigned track, llvm::StringRef name,
           unsigned line, double from, double to);

  const Program &program;
  const Launch &launch;
  std::vector<Class> classes;
  std::vector<TimedEvent> events;
  unsigned blocksPerSm = 1;
  /// When each place for a block is free.
  std::vector<double> places;
  double sumOfBlocks = 0, sumOfWork = 0;
  double issued = 0, tensor = 0, shared = 0;
  unsigned numBlocks = 0;
  uint64_t macsBefore = 0, wavesBefore = 0;
};

} // namespace mlir::dag::ptx

#endif // DAG_EMULATOR_TIMES_H
