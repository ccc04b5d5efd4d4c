//===- Shadow.cpp - Who accessed memory last -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Shadow.h"

#include "llvm/ADT/bit.h"

#include <algorithm>

using namespace mlir::dag::ptx;

Shadow::Shadow(uint64_t bytes, bool isInitialised, bool isGlobal)
    : isInitialised(isInitialised), isGlobal(isGlobal),
      pages((bytes + kPageBytes - 1) >> kPageBits) {}

void Shadow::addPage(Page &page) const {
  unsigned count = kPageBytes >> page.cellBits;
  page.cells = std::make_unique<Cell[]>(count);
  for (unsigned i = 0; i < count; ++i)
    page.cells[i].isInitialised = isInitialised;
}

/// Parts of a cell have what the cell had.
void Shadow::refine(Page &page, unsigned bits) {
  unsigned parts = 1u << (page.cellBits - bits), count = page.size();
  std::unique_ptr<Cell[]> coarse = std::move(page.cells);
  page.cellBits = bits;
  page.cells = std::make_unique<Cell[]>(kPageBytes >> bits);
  for (unsigned i = 0; i < count; ++i)
    for (unsigned part = 0; part < parts; ++part) {
      Cell &to = page.cells[i * parts + part] = coarse[i];
      if (to.more == 0 || part == 0)
        continue;
      to.more = lists.size();
      lists.push_back(llvm::SmallVector<Access, 4>(lists[coarse[i].more]));
    }
}

/// Whether two accesses of which one writes are in conflict, and in which way.
bool Shadow::conflicts(const Access &before, AccessKind beforeKind,
                       const Actor &actor, AccessKind kind, bool isStrict,
                       ConflictHandler &handler, Conflict &conflict) const {
  const Access &now = actor.access;
  if (before.isStrong && now.isStrong)
    return false;
  // Copies of a warp are in no order, but those that one instruction makes.
  bool isSameCopy = before.inst == now.inst && before.clock == now.clock;
  bool areCopies = before.isGroup && now.isGroup && !isSameCopy;
  if (before.agent == now.agent && !before.isAsync && !now.isAsync &&
      !areCopies) {
    conflict = Conflict::Lanes;
    return before.lane != now.lane && before.laneEpoch == now.laneEpoch &&
           before.inst != now.inst && before.clock > actor.laneClock;
  }
  if (!actor.known->order.covers(before.agent, before.clock)) {
    conflict = Conflict::Race;
    return true;
  }
  if (isStrict && !before.isAsync && !before.isGroup &&
      before.agent != actor.sibling && before.agent != now.agent &&
      handler.isOfOtherLanes(before, actor.known->order)) {
    conflict = Conflict::Race;
    return true;
  }
  if (before.agent == actor.sibling && before.lane != now.lane) {
    // A copy is told of to the thread that waits for it, not to its warp.
    bool isCopied = before.isGroup || before.isAsync;
    conflict = Conflict::Lanes;
    if (isCopied ? now.laneEpoch == actor.waitEpoch
                 : now.laneEpoch == before.laneEpoch)
      return true;
  }
  // That a lane has waited is told to the others by bar.warp.sync.
  if (before.isAsync && !now.isAsync && before.lane != now.lane)
    for (const LaneAgent &copies : actor.laneAgents)
      if (copies.agent == before.agent && copies.waitEpoch == now.laneEpoch) {
        conflict = Conflict::Lanes;
        return true;
      }
  conflict = Conflict::Proxy;
  return !before.isAsync && now.isAsync &&
         (isStrict || beforeKind == AccessKind::Write) &&
         !(isGlobal ? actor.known->fencedGlobal : actor.known->fencedShared)
              .covers(before.agent, before.clock);
}

void Shadow::noteRead(Cell &cell, const Actor &actor) {
  const Access &now = actor.access;
  auto merge = [&](Access &old) {
    bool isOther = old.laneEpoch == now.laneEpoch && old.lane != now.lane &&
                   old.clock == now.clock;
    old = now;
    if (isOther)
      old.lane = kSeveralLanes;
  };
  if (cell.read.agent == now.agent)
    return merge(cell.read);
  if (cell.read.agent == kNoAgent ||
      (cell.more == 0 &&
       actor.known->order.covers(cell.read.agent, cell.read.clock))) {
    cell.read = now;
    return;
  }
  if (cell.more == 0) {
    if (freeLists.empty()) {
      cell.more = lists.size();
      lists.emplace_back();
    } else {
      cell.more = freeLists.back();
      freeLists.pop_back();
    }
  }
  for (Access &old : lists[cell.more])
    if (old.agent == now.agent)
      return merge(old);
  lists[cell.more].push_back(now);
}

void Shadow::check(Cell &cell, AccessKind kind, const Actor &actor,
                   bool isStrict, ConflictHandler &handler, uint64_t offset) {
  Conflict conflict;
  if (cell.write.agent != kNoAgent) {
    if (conflicts(cell.write, AccessKind::Write, actor, kind, isStrict, handler,
                  conflict))
      handler.handle(conflict, actor, kind, cell.write, AccessKind::Write,
                     offset);
  } else if (kind == AccessKind::Read && !cell.isInitialised) {
    handler.handle(Conflict::Uninitialised, actor, kind, cell.write,
                   AccessKind::Write, offset);
    cell.isInitialised = true;
  }
  if (kind == AccessKind::Read)
    return noteRead(cell, actor);
  auto checkRead = [&](const Access &before) {
    if (before.agent != kNoAgent &&
        conflicts(before, AccessKind::Read, actor, kind, isStrict, handler,
                  conflict))
      handler.handle(conflict, actor, kind, before, AccessKind::Read, offset);
  };
  checkRead(cell.read);
  if (cell.more != 0) {
    for (const Access &before : lists[cell.more])
      checkRead(before);
    lists[cell.more].clear();
    freeLists.push_back(cell.more);
    cell.more = 0;
  }
  cell.read = Access();
  cell.write = actor.access;
  cell.isInitialised = true;
}

void Shadow::access(uint64_t offset, uint64_t size, AccessKind kind,
                    const Actor &actor, bool isStrict,
                    ConflictHandler &handler) {
  for (uint64_t end = offset + size; offset < end;) {
    uint64_t index = offset >> kPageBits, base = index << kPageBits;
    if (index >= pages.size())
      return;
    Page &page = pages[index];
    uint64_t first = offset - base, last = std::min(end - base, kPageBytes);
    unsigned bits = llvm::countr_zero(first | last | 1u << kMostCellBits);
    if (!page.cells) {
      page.cellBits = bits;
      addPage(page);
    } else if (bits < page.cellBits) {
      refine(page, bits);
    }
    unsigned cellBits = page.cellBits;
    for (uint64_t i = first >> cellBits; i < last >> cellBits; ++i)
      check(page.cells[i], kind, actor, isStrict, handler,
            base + (i << cellBits));
    offset = base + last;
  }
}

void Shadow::findUnordered(
    const VectorClock &known,
    llvm::function_ref<void(const Access &, AccessKind, uint64_t)> body) const {
  auto isUnordered = [&](const Access &access) {
    return access.agent != kNoAgent &&
           !known.covers(access.agent, access.clock);
  };
  for (size_t index = 0; index < pages.size(); ++index) {
    const Page &page = pages[index];
    for (unsigned i = 0, count = page.size(); i < count; ++i) {
      const Cell &cell = page.cells[i];
      uint64_t offset = index << kPageBits | uint64_t(i) << page.cellBits;
      if (isUnordered(cell.write))
        return body(cell.write, AccessKind::Write, offset);
      if (isUnordered(cell.read))
        return body(cell.read, AccessKind::Read, offset);
      if (cell.more == 0)
        continue;
      for (const Access &access : lists[cell.more])
        if (isUnordered(access))
          return body(access, AccessKind::Read, offset);
    }
  }
}
