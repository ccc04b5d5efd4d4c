//===- Shadow.cpp - Who accessed memory last -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Shadow.h"

#include "llvm/ADT/STLExtras.h"
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
  // Morally strong (8.7.2): in scope, and of the same bytes.
  if (before.isStrong && now.isStrong &&
      (before.width == now.width || before.width == 7 || now.width == 7) &&
      handler.haveScope(before, now))
    return false;
  // Copies of a warp are in no order, but those that one instruction makes.
  bool isSameCopy = before.inst == now.inst && before.clock == now.clock;
  bool areCopies = before.isGroup && now.isGroup && !isSameCopy;
  if (before.agent == now.agent && !before.isAsync && !now.isAsync &&
      !areCopies) {
    conflict = Conflict::Lanes;
    return !actor.knows(before.lanes, before.laneEpoch) &&
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
  if (before.agent == actor.sibling && before.lanes != now.lanes) {
    // A copy is told of to the thread that waits for it, not to its warp.
    bool isCopied = before.isGroup || before.isAsync;
    conflict = Conflict::Lanes;
    if (!actor.knows(before.lanes,
                     isCopied ? actor.waitEpoch : before.laneEpoch))
      return true;
  }
  // That a lane has waited is told to the others by bar.warp.sync.
  if ((before.isAsync || before.isGroup) && !now.isAsync && actor.laneOrder)
    for (const LaneAgent &copies : actor.laneAgents)
      if (copies.agent == before.agent && before.clock >= copies.first &&
          !actor.laneOrder->isTold(copies.lanes, copies.waitEpoch,
                                   actor.lane)) {
        conflict = Conflict::Lanes;
        return true;
      }
  conflict = Conflict::Proxy;
  bool isMissed = before.agent == actor.sibling && actor.proxyFence &&
                  actor.proxyFence->misses(before);
  return !before.isAsync && now.isAsync &&
         (isStrict || beforeKind == AccessKind::Write) &&
         (isMissed ||
          !(isGlobal ? actor.known->fencedGlobal : actor.known->fencedShared)
               .covers(before.agent, before.clock));
}

llvm::SmallVectorImpl<Access> &Shadow::getList(Cell &cell) {
  if (cell.more == 0) {
    if (freeLists.empty()) {
      cell.more = lists.size();
      lists.emplace_back();
    } else {
      cell.more = freeLists.back();
      freeLists.pop_back();
    }
  }
  return lists[cell.more];
}

void Shadow::noteRead(Cell &cell, const Actor &actor) {
  const Access &now = actor.access;
  auto isSame = [&](const Access &old) {
    return old.agent == now.agent && old.isStrong == now.isStrong &&
           !old.isWrite;
  };
  auto merge = [&](Access &old) {
    uint32_t lanes = old.laneEpoch == now.laneEpoch && old.clock == now.clock
                         ? old.lanes
                         : 0;
    old = now;
    old.lanes |= lanes;
  };
  if (isSame(cell.read))
    return merge(cell.read);
  // A strong read does not stand for a weak one.
  if (cell.read.agent == kNoAgent ||
      (cell.more == 0 && (cell.read.isStrong || !now.isStrong) &&
       actor.known->order.covers(cell.read.agent, cell.read.clock))) {
    cell.read = now;
    return;
  }
  llvm::SmallVectorImpl<Access> &list = getList(cell);
  for (Access &old : list)
    if (isSame(old))
      return merge(old);
  list.push_back(now);
}

/// What comes behind a weak write is ordered behind it, or has been told of.
/// Behind a strong one that is not so for other strong ones: weak accesses stay
/// in mind.
void Shadow::noteWrite(Cell &cell, const Access &now) {
  constexpr size_t kMost = 64;
  if (now.isStrong) {
    bool isWeakWrite = cell.write.agent != kNoAgent && !cell.write.isStrong;
    bool isWeakRead = cell.read.agent != kNoAgent && !cell.read.isStrong;
    if (cell.more != 0)
      llvm::erase_if(lists[cell.more], [&](const Access &old) {
        return old.isStrong || (old.isWrite && isWeakWrite);
      });
    if (isWeakRead && (cell.more == 0 || lists[cell.more].size() < kMost))
      getList(cell).push_back(cell.read);
    if (isWeakWrite) {
      llvm::SmallVectorImpl<Access> &list = getList(cell);
      list.push_back(cell.write);
      list.back().isWrite = true;
    }
  }
  if (cell.more != 0 && (!now.isStrong || lists[cell.more].empty())) {
    lists[cell.more].clear();
    freeLists.push_back(cell.more);
    cell.more = 0;
  }
  cell.read = Access();
  cell.write = now;
  cell.isInitialised = true;
}

void Shadow::check(Cell &cell, AccessKind kind, const Actor &actor,
                   bool isStrict, ConflictHandler &handler, uint64_t offset) {
  Conflict conflict;
  auto ask = [&](const Access &before, AccessKind beforeKind) {
    if (before.agent != kNoAgent &&
        conflicts(before, beforeKind, actor, kind, isStrict, handler, conflict))
      handler.handle(conflict, actor, kind, before, beforeKind, offset);
  };
  if (cell.isBarrier) {
    handler.handle(Conflict::Barrier, actor, kind, Access(), AccessKind::Write,
                   offset);
    return;
  }
  if (cell.write.agent != kNoAgent) {
    ask(cell.write, AccessKind::Write);
    if (actor.isReadOnly)
      handler.handle(Conflict::ReadOnly, actor, kind, cell.write,
                     AccessKind::Write, offset);
  } else if ((kind == AccessKind::Read || actor.reads) && !cell.isInitialised) {
    handler.handle(Conflict::Uninitialised, actor, AccessKind::Read, cell.write,
                   AccessKind::Write, offset);
    cell.isInitialised = true;
  }
  if (kind == AccessKind::Write)
    ask(cell.read, AccessKind::Read);
  if (cell.more != 0)
    for (const Access &before : lists[cell.more])
      if (before.isWrite || kind == AccessKind::Write)
        ask(before, before.isWrite ? AccessKind::Write : AccessKind::Read);
  if (kind == AccessKind::Read)
    noteRead(cell, actor);
  else
    noteWrite(cell, actor.access);
}

template <typename Body>
void Shadow::forEachCell(uint64_t offset, uint64_t size, Body body) {
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
      body(page.cells[i], base + (i << cellBits));
    offset = base + last;
  }
}

void Shadow::access(uint64_t offset, uint64_t size, AccessKind kind,
                    const Actor &actor, bool isStrict,
                    ConflictHandler &handler) {
  forEachCell(offset, size, [&](Cell &cell, uint64_t at) {
    check(cell, kind, actor, isStrict, handler, at);
  });
}

void Shadow::setInitialised(uint64_t offset, uint64_t size) {
  forEachCell(offset, size,
              [](Cell &cell, uint64_t) { cell.isInitialised = true; });
}

void Shadow::setBarrier(uint64_t offset, bool isBarrier) {
  forEachCell(offset, 8,
              [&](Cell &cell, uint64_t) { cell.isBarrier = isBarrier; });
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
          return body(access,
                      access.isWrite ? AccessKind::Write : AccessKind::Read,
                      offset);
    }
  }
}
