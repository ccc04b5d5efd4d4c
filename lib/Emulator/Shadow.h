//===- Shadow.h - Who accessed memory last -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_EMULATOR_SHADOW_H
#define DAG_EMULATOR_SHADOW_H

#include "Clocks.h"
#include "LaneOrder.h"
#include "Observations.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/MathExtras.h"

#include <deque>
#include <memory>
#include <optional>

namespace mlir::dag::ptx {

enum class AccessKind : uint8_t { Read, Write };

/// An access that a cell remembers.
struct Access {
  Agent agent = kNoAgent;
  Clock clock = 0;
  /// Index of the instruction.
  uint32_t inst : 22;
  /// Through the asynchronous proxy.
  uint32_t isAsync : 1;
  /// Beside the warp, through the generic proxy: cp.async.
  uint32_t isGroup : 1;
  /// Atomic, volatile, relaxed or stronger.
  uint32_t isStrong : 1;
  /// A write, in a list of others.
  uint32_t isWrite : 1;
  /// Of a strong access: its scope, and the size of an element as a power of
  /// two, or 7.
  uint32_t scope : 2;
  uint32_t width : 3;
  /// A read of memory that is taken for read-only.
  uint32_t isReadOnly : 1;
  uint32_t lanes = 1;

  Access()
      : inst(0), isAsync(false), isGroup(false), isStrong(false),
        isWrite(false), scope(0), width(7), isReadOnly(false) {}
  /// The lane, or kSeveralLanes.
  unsigned getLane() const;
};
constexpr uint8_t kSeveralLanes = 255;

inline unsigned Access::getLane() const {
  return llvm::isPowerOf2_32(lanes) ? llvm::countr_zero(lanes)
                                    : unsigned(kSeveralLanes);
}

/// Copies of which some lanes alone know that they are done, those that have
/// waited: copies of an agent from one clock to another.
struct LaneAgent {
  Agent agent = kNoAgent;
  Clock first = 0, last = 0;
  /// None if each lane has waited for what it has copied itself.
  uint32_t lanes = 0;
  /// When that was: what counted the lanes' order, and the warp's clock.
  uint32_t waitEpoch = 0;
  Clock waitClock = 0;
};

/// A proxy fence of some lanes, which does not cover what others have done in
/// its epoch.
struct LaneFence {
  uint32_t lanes = 0, epoch = 0;
  Clock clock = 0;
  /// What lanes have done until then has been told to these.
  Clock told = 0;

  bool misses(const Access &access) const {
    return access.clock >= epoch && access.clock > told &&
           access.clock <= clock && (access.lanes & ~lanes) != 0;
  }
};

/// Accesses that were found to be in no conflict with what an instruction does,
/// by the kind of both: what one copy has written is asked for once.
struct CleanAccesses {
  Access accesses[2][2];
};

/// Who accesses now, and what is ordered before it.
struct Actor {
  Access access;
  /// The lane, for what lanes have of their own.
  uint8_t lane = 0;
  /// Whether a write reads before.
  bool reads = false;
  /// Whether it reads and writes in one.
  bool isAtomic = false;
  /// Whether something depends on what a strong read gives.
  bool observes = false;
  /// Sorted by agent.
  llvm::ArrayRef<LaneAgent> laneAgents;
  const LaneOrder *laneOrder = nullptr;
  const LaneFence *proxyFence = nullptr;
  const Knowledge *known = nullptr;
  /// The copies of a warp, or the warp of a copy: their lanes are the same
  /// threads.
  Agent sibling = kNoAgent;
  /// Of an instruction that accesses many cells in one way.
  CleanAccesses *clean = nullptr;
  /// What lanes of the warp have done until then is ordered before.
  Clock laneClock = 0;
  /// What the warp has done until then it may have told somebody of.
  Clock released = 0;

  /// Makes it an access of lanes that are not known.
  void setAllLanes(Clock told) {
    lane = kSeveralLanes;
    access.lanes = ~0u;
    laneClock = told;
  }
  void setLane(unsigned number, Clock told) {
    lane = number;
    access.lanes = 1u << number;
    laneClock = told;
  }
  /// Whether what lanes of the warp have done at a clock is ordered before.
  bool knows(uint32_t lanes, Clock at) const {
    return laneOrder && laneOrder->isOrdered(lanes, at, lane);
  }
  /// Whether the lane knows that a copy is done, of which its warp knows it.
  bool knowsCopy(const Access &copy) const;
};

/// What an access meets.
enum class Conflict : uint8_t {
  Race,
  /// A race, unless what other lanes have released counts.
  OtherLanes,
  Lanes,
  Proxy,
  Uninitialised,
  Barrier,
  ReadOnly
};

/// Told of conflicts; says whether the rest of the access is of interest.
class ConflictHandler {
public:
  virtual ~ConflictHandler() = default;
  virtual void handle(Conflict conflict, const Actor &actor, AccessKind kind,
                      const Access &before, AccessKind beforeKind,
                      uint64_t offset) = 0;
  /// Whether what other lanes than the one of `before` have released is all
  /// that orders it before `known`.
  virtual bool isOfOtherLanes(const Access &before,
                              const VectorClock &known) = 0;
  /// Whether the scopes of two strong accesses have both sides in them.
  virtual bool haveScope(const Access &before, const Access &now) = 0;
  /// Whether a strong load has what lock step of the lanes gives it, beside a
  /// strong store of another lane of its warp.
  virtual bool needsLockStep(const Access &load, const Access &store) = 0;
};

/// The cells of one piece of memory. A cell is 16 bytes, as pieces of copies
/// and rows of matrices are, or fewer in a page from the first access on that
/// is smaller there.
class Shadow {
public:
  /// `block` is the rank of the block whose memory it is, if it is shared.
  Shadow(uint64_t bytes, bool isInitialised, bool isGlobal, unsigned block = 0);

  void access(uint64_t offset, uint64_t bytes, AccessKind kind,
              const Actor &actor, bool isStrict, ConflictHandler &handler);

  /// What somebody else has written.
  void setInitialised(uint64_t offset, uint64_t size);
  /// What nobody has written any more.
  void discard(uint64_t offset, uint64_t size);
  /// Whether an mbarrier is in the eight bytes at `offset`, which nothing else
  /// may access.
  void setBarrier(uint64_t offset, bool isBarrier);

  /// Calls `body` with an access of another agent that is not ordered before
  /// `known`, the first one that there is.
  void
  findUnordered(const VectorClock &known,
                llvm::function_ref<void(const Access &, AccessKind, uint64_t)>
                    body) const;

private:
  struct Cell {
    /// The last ones.
    Access write, read;
    /// Others that nothing orders before them: an index of `others`, or 0.
    uint32_t more : 30;
    uint32_t isInitialised : 1;
    uint32_t isBarrier : 1;

    Cell() : more(0), isInitialised(false), isBarrier(false) {}
  };
  /// Sorted by agent.
  struct Others {
    llvm::SmallVector<Access, 2> weak;
    llvm::SmallVector<Access, 0> strong;
    /// Whether scopes of the strong ones are narrower than the GPU, or their
    /// sizes differ.
    bool isMixed = false;
    /// Of the last strong write; null before somebody else has read it.
    std::unique_ptr<Observations> observations;

    Others() = default;
    Others(Others &&) = default;
    Others &operator=(Others &&) = default;
    Others(const Others &other);
  };
  /// Cells are made in pages, where somebody accesses memory.
  static constexpr unsigned kPageBits = 12;
  static constexpr uint64_t kPageBytes = uint64_t(1) << kPageBits;
  static constexpr unsigned kMostCellBits = 4;
  struct Page {
    std::unique_ptr<Cell[]> cells;
    unsigned cellBits = kMostCellBits;

    unsigned size() const { return cells ? kPageBytes >> cellBits : 0; }
  };

  void addPage(Page &page) const;
  void refine(Page &page, unsigned bits);
  /// An access that is asked for conflicts with others of its cell.
  struct Query {
    AccessKind kind;
    const Actor &actor;
    bool isStrict;
    ConflictHandler &handler;
    const Observations *observations;
    /// What is known of these, by the order of the generic proxy.
    std::optional<uint32_t> seen;
  };
  void check(Cell &cell, Query &query, uint64_t offset);
  void askOthers(const Others &rest, const Query &query, uint64_t offset,
                 llvm::function_ref<void(const Access &, AccessKind)> ask);
  void noteRead(Cell &cell, const Actor &actor);
  void noteWrite(Cell &cell, const Actor &actor);
  void noteObservation(Cell &cell, const Query &query);
  Others &getOthers(Cell &cell);
  void keep(Cell &cell, const Access &access, bool isWrite, const Actor *actor);
  void dropOthers(Cell &cell);
  template <typename Body>
  void forEachCell(uint64_t offset, uint64_t size, Body body);
  static bool isObserved(const Access &before, const VectorClock &known,
                         Query &query);
  bool conflicts(const Access &before, AccessKind beforeKind, Query &query,
                 Conflict &conflict) const;

  bool isInitialised, isGlobal;
  unsigned block;
  std::vector<Page> pages;
  std::deque<Others> others{1};
  std::vector<uint32_t> freeOthers;
};

} // namespace mlir::dag::ptx

#endif // DAG_EMULATOR_SHADOW_H
