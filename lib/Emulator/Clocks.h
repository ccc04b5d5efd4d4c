//===- Clocks.h - Vector clocks -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_EMULATOR_CLOCKS_H
#define DAG_EMULATOR_CLOCKS_H

#include "llvm/ADT/SmallVector.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace mlir::dag::ptx {

/// Whoever accesses memory: a warp, or the copies, phases and groups that run
/// beside it. The cluster is in the upper bits, the number there in the lower.
using Agent = uint32_t;
using Clock = uint32_t;
constexpr unsigned kAgentBits = 13;
constexpr Agent kNoAgent = ~0u;

inline unsigned getCluster(Agent agent) { return agent >> kAgentBits; }
inline unsigned getNumber(Agent agent) {
  return agent & ((1u << kAgentBits) - 1);
}

/// For each agent, what has happened before. Agents of the own cluster are
/// dense, those of others are few.
class VectorClock {
public:
  VectorClock() = default;
  explicit VectorClock(unsigned cluster) : cluster(cluster) {}

  bool covers(Agent agent, Clock clock) const {
    if (getCluster(agent) != cluster)
      return clock == 0 || getCluster(agent) < below ||
             coversOther(agent, clock);
    unsigned number = getNumber(agent);
    return number < own.size() ? own[number] >= clock : clock == 0;
  }
  Clock get(Agent agent) const;
  /// Raises an agent of the own cluster.
  void raise(Agent agent, Clock clock);
  void join(const VectorClock &other);
  /// Leaves what both have in common.
  void meet(const VectorClock &other);
  /// Covers all that clusters below this one have done.
  void raiseAllBelow(unsigned number) { below = std::max(below, number); }
  void clear() {
    own.clear();
    others.clear();
    below = 0;
  }

private:
  bool coversOther(Agent agent, Clock clock) const;
  std::vector<Clock> &getOther(unsigned number);
  static void raiseAll(std::vector<Clock> &clocks,
                       const std::vector<Clock> &by);

  unsigned cluster = 0, below = 0;
  std::vector<Clock> own;
  /// Sorted by cluster.
  std::vector<std::pair<unsigned, std::vector<Clock>>> others;
};

/// Clocks of a few objects, by a key: what a proxy sees of each.
class ObjectClocks {
public:
  void join(uint64_t key, const VectorClock &clock);
  void join(const ObjectClocks &other);
  /// Leaves what both have in common.
  void meet(const ObjectClocks &other);
  void clear() { entries.clear(); }
  const VectorClock *find(uint64_t key) const;

private:
  llvm::SmallVector<std::pair<uint64_t, VectorClock>, 0> entries;
};

/// Clocks of both proxies: what is ordered before, and what a proxy fence has
/// made visible to asynchronous accesses.
struct Knowledge {
  VectorClock order, fencedShared, fencedGlobal;
  /// The same of the shared memory of one block of a cluster, by its rank: of
  /// fences that cover their own block's alone.
  ObjectClocks fencedBlocks;
  /// What the proxy of tensor maps sees, by addresses of maps.
  ObjectClocks fencedMaps;

  Knowledge() = default;
  explicit Knowledge(unsigned cluster)
      : order(cluster), fencedShared(cluster), fencedGlobal(cluster) {}
  void join(const Knowledge &other) {
    order.join(other.order);
    fencedShared.join(other.fencedShared);
    fencedGlobal.join(other.fencedGlobal);
    fencedBlocks.join(other.fencedBlocks);
    fencedMaps.join(other.fencedMaps);
  }
  void meet(const Knowledge &other) {
    order.meet(other.order);
    fencedShared.meet(other.fencedShared);
    fencedGlobal.meet(other.fencedGlobal);
    fencedBlocks.meet(other.fencedBlocks);
    fencedMaps.meet(other.fencedMaps);
  }
  void raiseAllBelow(unsigned number) {
    order.raiseAllBelow(number);
    fencedShared.raiseAllBelow(number);
    fencedGlobal.raiseAllBelow(number);
  }
  void clear() {
    order.clear();
    fencedShared.clear();
    fencedGlobal.clear();
    fencedBlocks.clear();
    fencedMaps.clear();
  }
};

} // namespace mlir::dag::ptx

#endif // DAG_EMULATOR_CLOCKS_H
