//===- LaneOrder.h - What lanes of a warp know of each other -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_EMULATOR_LANEORDER_H
#define DAG_EMULATOR_LANEORDER_H

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>

namespace mlir::dag::ptx {

/// Orders accesses of the lanes of a warp. Each barrier of lanes begins an
/// epoch, which has the warp's clock for a number; one of all lanes orders all
/// before it, one of some lanes what these have done and know.
class LaneOrder {
public:
  uint32_t getEpoch() const { return epoch; }
  /// Accesses at clocks below this are known to all lanes.
  uint32_t getFull() const { return full; }

  /// The first clock at which a lane does not know what another one did; 0 if
  /// there was no barrier of some lanes since one of all.
  uint32_t getTold(unsigned lane, unsigned other) const {
    return told ? (*told)[lane][other] : 0;
  }

  /// A barrier of the lanes `mask` where there are those of `live`; what comes
  /// behind it has `clock`, what was before a lower one.
  void sync(uint32_t mask, uint32_t live, uint32_t clock) {
    epoch = clock;
    if ((live & ~mask) == 0) {
      full = epoch;
      told.reset();
      return;
    }
    if (!told)
      told = std::make_unique<Matrix>();
    std::array<uint32_t, 32> all{};
    for (uint32_t rest = mask; rest != 0; rest &= rest - 1) {
      unsigned lane = __builtin_ctz(rest);
      for (unsigned i = 0; i < 32; ++i)
        all[i] = std::max(all[i], (*told)[lane][i]);
    }
    for (uint32_t rest = mask; rest != 0; rest &= rest - 1)
      all[__builtin_ctz(rest)] = epoch;
    for (uint32_t rest = mask; rest != 0; rest &= rest - 1)
      (*told)[__builtin_ctz(rest)] = all;
  }

  /// Whether lane `lane` knows what `lanes` have done at a clock.
  bool isOrdered(uint32_t lanes, uint32_t at, unsigned lane) const {
    if (at < full)
      return true;
    // One of which nobody knows which it is.
    if (lane >= 32)
      return false;
    if (lanes == 1u << lane)
      return true;
    if (!told)
      return false;
    for (uint32_t rest = lanes & ~(1u << lane); rest != 0; rest &= rest - 1)
      if (at >= (*told)[lane][__builtin_ctz(rest)])
        return false;
    return true;
  }

  /// The same of any one of `lanes`.
  bool isTold(uint32_t lanes, uint32_t at, unsigned lane) const {
    if (at < full)
      return true;
    if (lane >= 32)
      return false;
    if (lanes >> lane & 1)
      return true;
    for (uint32_t rest = told ? lanes : 0; rest != 0; rest &= rest - 1)
      if (at < (*told)[lane][__builtin_ctz(rest)])
        return true;
    return false;
  }

private:
  /// By the lane that knows, and the one that has told: the first clock that
  /// is not known.
  using Matrix = std::array<std::array<uint32_t, 32>, 32>;
  uint32_t epoch = 1, full = 1;
  std::unique_ptr<Matrix> told;
};

} // namespace mlir::dag::ptx

#endif // DAG_EMULATOR_LANEORDER_H
