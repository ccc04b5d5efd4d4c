//===- Observations.h - Which reads have seen which writes -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_EMULATOR_OBSERVATIONS_H
#define DAG_EMULATOR_OBSERVATIONS_H

#include "Clocks.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace mlir::dag::ptx {

/// Observation order at one location (8.9.2): a strong write, the atomic
/// operations that have changed what it wrote one after the other, and the
/// strong reads of these. A write is ordered before what its reader tells.
class Observations {
public:
  /// A read of some lanes, or the last write of an agent.
  struct Entry {
    Agent agent;
    Clock clock;
    uint32_t lanes;
    /// Of a write its number in the chain, of a read that of the last one
    /// which it has seen, or has made itself.
    uint32_t number;
  };

  bool empty() const { return writes.empty(); }
  void clear();
  /// The first write, or an atomic operation on what was there.
  void addWrite(Agent agent, Clock clock);
  /// A read of what is there now.
  void addRead(Agent agent, Clock clock, uint32_t lanes);
  /// The last write that one of the reads has seen for which `isKnown` holds;
  /// 0 if there is none.
  uint32_t getSeen(llvm::function_ref<bool(const Entry &)> isKnown) const;
  /// Whether what `agent` has written until `clock` is among the first `seen`.
  bool isSeen(Agent agent, Clock clock, uint32_t seen) const;

private:
  using Entries = llvm::SmallVector<Entry, 0>;
  /// Both are sorted by agent.
  Entries writes, reads;
  uint32_t last = 0;
};

} // namespace mlir::dag::ptx

#endif // DAG_EMULATOR_OBSERVATIONS_H
