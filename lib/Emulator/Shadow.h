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

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <memory>

namespace mlir::dag::ptx {

enum class AccessKind : uint8_t { Read, Write };

/// An access that a cell remembers.
struct Access {
  Agent agent = kNoAgent;
  Clock clock = 0;
  /// Index of the instruction.
  uint32_t inst = 0;
  /// The lane, or several.
  uint8_t lane = 0;
  /// Through the asynchronous proxy.
  bool isAsync : 1;
  /// Beside the warp, through the generic proxy: cp.async.
  bool isGroup : 1;
  /// Atomic, volatile, relaxed or stronger.
  bool isStrong : 1;
  /// Counts what orders the lanes of a warp.
  uint16_t laneEpoch = 0;

  Access() : isAsync(false), isGroup(false), isStrong(false) {}
};
constexpr uint8_t kSeveralLanes = 255;

/// Copies that one lane has started, and what counted the order of lanes when
/// it waited for them.
struct LaneAgent {
  Agent agent;
  uint16_t waitEpoch = 0;
};

/// Who accesses now, and what is ordered before it.
struct Actor {
  Access access;
  /// The bulk copies of the warp's lanes.
  llvm::ArrayRef<LaneAgent> laneAgents;
  const Knowledge *known = nullptr;
  /// The copies of a warp, or the warp of a copy: their lanes are the same
  /// threads.
  Agent sibling = kNoAgent;
  /// What counted the lanes' order when copies were waited for last.
  uint16_t waitEpoch = 0;
  /// What lanes of the warp have done until then is ordered before.
  Clock laneClock = 0;
};

/// What an access meets.
enum class Conflict : uint8_t { Race, Lanes, Proxy, Uninitialised };

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
};

/// The cells of one piece of memory. A cell is 16 bytes, as pieces of copies
/// and rows of matrices are, or fewer in a page from the first access on that
/// is smaller there.
class Shadow {
public:
  Shadow(uint64_t bytes, bool isInitialised, bool isGlobal);

  void access(uint64_t offset, uint64_t bytes, AccessKind kind,
              const Actor &actor, bool isStrict, ConflictHandler &handler);

  /// Calls `body` with an access of another agent that is not ordered before
  /// `known`, the first one that there is.
  void
  findUnordered(const VectorClock &known,
                llvm::function_ref<void(const Access &, AccessKind, uint64_t)>
                    body) const;

private:
  struct Cell {
    Access write, read;
    /// Further reads: an index of `lists`, or 0.
    uint32_t more = 0;
    bool isInitialised = false;
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
  void check(Cell &cell, AccessKind kind, const Actor &actor, bool isStrict,
             ConflictHandler &handler, uint64_t offset);
  void noteRead(Cell &cell, const Actor &actor);
  bool conflicts(const Access &before, AccessKind beforeKind,
                 const Actor &actor, AccessKind kind, bool isStrict,
                 ConflictHandler &handler, Conflict &conflict) const;

  bool isInitialised, isGlobal;
  std::vector<Page> pages;
  std::vector<llvm::SmallVector<Access, 4>> lists{1};
  std::vector<uint32_t> freeLists;
};

} // namespace mlir::dag::ptx

#endif // DAG_EMULATOR_SHADOW_H
