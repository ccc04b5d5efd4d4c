//===- Shadow.cpp - Who accessed memory last -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Shadow.h"
#include "Program.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"

#include <algorithm>
#include <cstring>

using namespace mlir::dag::ptx;

Shadow::Shadow(uint64_t bytes, bool isInitialised, bool isGlobal,
               unsigned block)
    : isInitialised(isInitialised), isGlobal(isGlobal), block(block),
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
      to.more = others.size();
      others.push_back(others[coarse[i].more]);
    }
}

static bool haveSameBytes(const Access &before, const Access &now) {
  return before.width == now.width || before.width == 7 || now.width == 7;
}
static bool isWide(const Access &before, const Access &now) {
  return Scope(before.scope) >= Scope::Gpu && Scope(now.scope) >= Scope::Gpu;
}

bool Actor::knowsCopy(const Access &copy) const {
  const auto *it = llvm::lower_bound(
      laneAgents, copy.agent,
      [](const LaneAgent &wait, Agent agent) { return wait.agent < agent; });
  bool isKnown = true;
  for (; it != laneAgents.end() && it->agent == copy.agent; ++it) {
    if (copy.clock < it->first || copy.clock > it->last)
      continue;
    if (it->waitClock <= laneClock ||
        (it->lanes == 0 ? knows(copy.lanes, it->waitEpoch)
                        : laneOrder->isTold(it->lanes, it->waitEpoch, lane)))
      return true;
    isKnown = false;
  }
  return isKnown;
}

Shadow::Others::Others(const Others &other)
    : weak(other.weak), strong(other.strong), isMixed(other.isMixed) {
  if (other.observations)
    observations = std::make_unique<Observations>(*other.observations);
}

/// Whether the actor has not been told of what other lanes of its warp did.
static bool isOfUntoldLanes(uint32_t lanes, Clock clock, const Actor &actor) {
  return clock > actor.laneClock && !actor.knows(lanes, clock);
}

/// Whether a write is in causality order before the access because a read has
/// seen it that `known` covers: the second rule of 8.9.5.
bool Shadow::isObserved(const Access &before, const VectorClock &known,
                        Query &query) {
  if (!query.observations || !before.isStrong)
    return false;
  const Actor &actor = query.actor;
  bool isOwn = before.agent == actor.access.agent;
  auto isKnown = [&](const Observations::Entry &read) {
    if (read.agent == actor.access.agent)
      return !isOwn || !isOfUntoldLanes(read.lanes, read.clock, actor);
    if (!known.covers(read.agent, read.clock))
      return false;
    Access access;
    access.agent = read.agent;
    access.clock = read.clock;
    access.lanes = read.lanes;
    return !query.isStrict || !query.handler.isOfOtherLanes(access, known);
  };
  bool isUsual = !isOwn && &known == &actor.known->order;
  if (isUsual && !query.seen)
    query.seen = query.observations->getSeen(isKnown);
  uint32_t seen = isUsual ? *query.seen : query.observations->getSeen(isKnown);
  return query.observations->isSeen(before.agent, before.clock, seen);
}

/// Whether two accesses of which one writes are in conflict, and in which way.
bool Shadow::conflicts(const Access &before, AccessKind beforeKind,
                       Query &query, Conflict &conflict) const {
  const Actor &actor = query.actor;
  const Access &now = actor.access;
  const VectorClock &order = actor.known->order;
  bool isWrite = beforeKind == AccessKind::Write;
  // One instruction at one clock is executed once.
  auto isSame = [&]() {
    return before.inst == now.inst && before.clock == now.clock;
  };
  // Morally strong (8.7.2): in scope, and of the same bytes.
  if (before.isStrong && now.isStrong && haveSameBytes(before, now) &&
      (isWide(before, now) || query.handler.haveScope(before, now))) {
    conflict = Conflict::Lanes;
    bool isRead = query.kind == AccessKind::Read;
    return query.isStrict && before.agent == now.agent && !isSame() &&
           beforeKind != query.kind &&
           isOfUntoldLanes(before.lanes, before.clock, actor) &&
           query.handler.needsLockStep(isRead ? now : before,
                                       isRead ? before : now);
  }
  // Copies of a warp are in no order, but those that one instruction makes.
  bool areCopies = before.isGroup && now.isGroup && !isSame();
  if (before.agent == now.agent && !before.isAsync && !now.isAsync &&
      !areCopies) {
    conflict = Conflict::Lanes;
    return !isSame() && isOfUntoldLanes(before.lanes, before.clock, actor) &&
           !(isWrite && isObserved(before, order, query));
  }
  auto isOrdered = [&](const VectorClock &clock) {
    return clock.covers(before.agent, before.clock) ||
           (isWrite && isObserved(before, clock, query));
  };
  if (!isOrdered(order)) {
    conflict = Conflict::Race;
    return true;
  }
  if (query.isStrict && !before.isAsync && !before.isGroup &&
      before.agent != actor.sibling && before.agent != now.agent &&
      !(isWrite && isObserved(before, order, query)) &&
      query.handler.isOfOtherLanes(before, order)) {
    conflict = Conflict::OtherLanes;
    return true;
  }
  // A copy is told of to the thread that waits for it, not to its warp.
  bool isCopied = before.isGroup || before.isAsync;
  conflict = Conflict::Lanes;
  if (isCopied ? actor.laneOrder && !actor.knowsCopy(before)
               : before.agent == actor.sibling && before.lanes != now.lanes &&
                     isOfUntoldLanes(before.lanes, before.clock, actor))
    return true;
  conflict = Conflict::Proxy;
  if (before.isAsync || !now.isAsync || (!query.isStrict && !isWrite))
    return false;
  bool isMissed = before.agent == actor.sibling && actor.proxyFence &&
                  actor.proxyFence->misses(before);
  if (isMissed || isGlobal)
    return isMissed || !isOrdered(actor.known->fencedGlobal);
  const VectorClock *own = actor.known->fencedBlocks.find(block);
  return !isOrdered(actor.known->fencedShared) && !(own && isOrdered(*own));
}

Shadow::Others &Shadow::getOthers(Cell &cell) {
  if (cell.more == 0) {
    if (freeOthers.empty()) {
      cell.more = others.size();
      others.emplace_back();
    } else {
      cell.more = freeOthers.back();
      freeOthers.pop_back();
    }
  }
  return others[cell.more];
}

void Shadow::dropOthers(Cell &cell) {
  if (cell.more == 0)
    return;
  others[cell.more] = Others();
  freeOthers.push_back(cell.more);
  cell.more = 0;
}

/// Whether the later one of two accesses of one kind stands for both, which it
/// is then made to do. Lanes of one epoch are told of together, unless the
/// earlier ones have told others of themselves.
static bool merge(Access &old, const Access &now, const Actor *actor) {
  if (old.agent != now.agent || old.isStrong != now.isStrong ||
      old.scope != now.scope || old.width != now.width)
    return false;
  bool isBeside = now.isAsync || now.isGroup;
  uint32_t lanes = 0;
  if ((old.lanes & ~now.lanes) != 0) {
    if (old.clock == now.clock || (!isBeside && actor && actor->laneOrder &&
                                   old.clock > actor->released &&
                                   old.clock >= actor->laneOrder->getEpoch()))
      lanes = old.lanes;
    else if (!actor || !actor->laneOrder ||
             !(isBeside ? actor->knowsCopy(old)
                        : actor->knows(old.lanes, old.clock)))
      return false;
  }
  bool isReadOnly = old.isReadOnly;
  old = now;
  old.lanes |= lanes;
  old.isReadOnly |= isReadOnly;
  return true;
}

/// Whether what is in conflict with `old` is so with a strong access behind it.
static bool standsFor(const Access &now, const Access &old) {
  return old.isStrong && old.width == now.width && old.scope >= now.scope;
}

/// Puts an access among the others; `actor` is the one that makes it, or null
/// for one that was made before.
void Shadow::keep(Cell &cell, const Access &access, bool isWrite,
                  const Actor *actor) {
  Others &rest = getOthers(cell);
  llvm::SmallVectorImpl<Access> &list =
      access.isStrong
          ? static_cast<llvm::SmallVectorImpl<Access> &>(rest.strong)
          : rest.weak;
  auto *it =
      llvm::lower_bound(list, access.agent, [](const Access &old, Agent agent) {
        return old.agent < agent;
      });
  Access now = access;
  now.isWrite = isWrite;
  for (auto *old = it; old != list.end() && old->agent == now.agent; ++old)
    if (old->isWrite == now.isWrite && merge(*old, now, actor))
      return;
  if (access.isStrong)
    rest.isMixed |= Scope(access.scope) < Scope::Gpu || access.width == 7 ||
                    (!list.empty() && list.front().width != access.width);
  list.insert(it, now);
}

void Shadow::noteRead(Cell &cell, const Actor &actor) {
  const Access &now = actor.access;
  if (merge(cell.read, now, &actor))
    return;
  // A strong read does not stand for a weak one, nor a warp's for one of other
  // lanes.
  if (cell.read.agent == kNoAgent ||
      (cell.more == 0 && cell.read.agent != now.agent &&
       cell.read.isReadOnly <= now.isReadOnly &&
       (!now.isStrong || standsFor(now, cell.read)) &&
       actor.known->order.covers(cell.read.agent, cell.read.clock))) {
    cell.read = now;
    return;
  }
  keep(cell, now, /*isWrite=*/false, &actor);
}

/// What comes behind a weak write is ordered behind it, or has been told of.
/// Behind a strong one that is not so for other strong ones, nor for those that
/// these are in no order with: what was before stays in mind.
void Shadow::noteWrite(Cell &cell, const Actor &actor) {
  const Access &now = actor.access;
  cell.isInitialised = true;
  if (!now.isStrong) {
    dropOthers(cell);
    cell.read = Access();
    cell.write = now;
    return;
  }
  auto isCovered = [&](const Access &old) {
    return old.agent != now.agent && standsFor(now, old) &&
           actor.known->order.covers(old.agent, old.clock);
  };
  if (cell.read.agent != kNoAgent && !isCovered(cell.read))
    keep(cell, cell.read, /*isWrite=*/false, nullptr);
  cell.read = Access();
  if (merge(cell.write, now, &actor))
    return;
  if (cell.write.agent != kNoAgent && !isCovered(cell.write))
    keep(cell, cell.write, /*isWrite=*/true, nullptr);
  cell.write = now;
}

/// A strong read, or an atomic operation, has seen the write before it; what
/// writes anew is the first of another chain.
void Shadow::noteObservation(Cell &cell, const Query &query) {
  const Access &now = query.actor.access, &write = cell.write;
  bool isWrite = query.kind == AccessKind::Write;
  bool isKept = cell.more != 0 && others[cell.more].observations;
  if (isWrite && !query.actor.isAtomic) {
    if (isKept)
      others[cell.more].observations->clear();
    return;
  }
  bool isOwn = write.agent == now.agent &&
               (write.lanes == now.lanes ||
                (write.inst == now.inst && write.clock == now.clock));
  if (!now.isStrong || write.agent == kNoAgent || (isOwn && !isKept) ||
      !(isWrite || query.actor.observes))
    return;
  bool isSeen = write.isStrong && haveSameBytes(write, now) &&
                (isWide(write, now) || query.handler.haveScope(write, now));
  if (!isSeen) {
    if (isWrite && isKept)
      others[cell.more].observations->clear();
    return;
  }
  auto &kept = getOthers(cell).observations;
  if (!kept)
    kept = std::make_unique<Observations>();
  if (kept->empty())
    kept->addWrite(write.agent, write.clock);
  if (isWrite)
    kept->addWrite(now.agent, now.clock);
  if (query.actor.observes)
    kept->addRead(now.agent, now.clock, now.lanes);
}

void Shadow::askOthers(
    const Others &rest, const Query &query, uint64_t offset,
    llvm::function_ref<void(const Access &, AccessKind)> ask) {
  auto askAll = [&](llvm::ArrayRef<Access> list) {
    for (const Access &before : list) {
      if (!before.isWrite && query.kind == AccessKind::Read)
        continue;
      ask(before, before.isWrite ? AccessKind::Write : AccessKind::Read);
      if (before.isReadOnly)
        query.handler.handle(Conflict::ReadOnly, query.actor, query.kind,
                             before, AccessKind::Read, offset);
    }
  };
  askAll(rest.weak);
  const Access &now = query.actor.access;
  bool isStrong = !rest.isMixed && !rest.strong.empty() && now.isStrong &&
                  Scope(now.scope) >= Scope::Gpu &&
                  now.width == rest.strong.front().width;
  if (!isStrong)
    askAll(rest.strong);
}

void Shadow::check(Cell &cell, Query &query, uint64_t offset) {
  const Actor &actor = query.actor;
  AccessKind kind = query.kind;
  ConflictHandler &handler = query.handler;
  query.observations = nullptr;
  if (cell.more != 0) {
    query.observations = others[cell.more].observations.get();
    query.seen.reset();
  }
  Conflict conflict;
  auto ask = [&](const Access &before, AccessKind beforeKind) {
    if (before.agent == kNoAgent)
      return;
    Access *clean =
        actor.clean
            ? &actor.clean->accesses[unsigned(kind)][unsigned(beforeKind)]
            : nullptr;
    if (clean && std::memcmp(clean, &before, sizeof(Access)) == 0)
      return;
    if (conflicts(before, beforeKind, query, conflict))
      handler.handle(conflict, actor, kind, before, beforeKind, offset);
    else if (clean)
      *clean = before;
  };
  if (cell.isBarrier) {
    handler.handle(Conflict::Barrier, actor, kind, Access(), AccessKind::Write,
                   offset);
    return;
  }
  if (cell.write.agent != kNoAgent) {
    ask(cell.write, AccessKind::Write);
    if (actor.access.isReadOnly)
      handler.handle(Conflict::ReadOnly, actor, kind, cell.write,
                     AccessKind::Write, offset);
  } else if ((kind == AccessKind::Read || actor.reads) && !cell.isInitialised) {
    handler.handle(Conflict::Uninitialised, actor, AccessKind::Read, cell.write,
                   AccessKind::Write, offset);
    cell.isInitialised = true;
  }
  if (kind == AccessKind::Write) {
    ask(cell.read, AccessKind::Read);
    if (cell.read.isReadOnly)
      handler.handle(Conflict::ReadOnly, actor, kind, cell.read,
                     AccessKind::Read, offset);
  }
  if (cell.more != 0)
    askOthers(others[cell.more], query, offset, ask);
  bool isWrite = kind == AccessKind::Write;
  if (actor.access.isStrong || (isWrite && cell.more != 0))
    noteObservation(cell, query);
  if (kind == AccessKind::Read)
    noteRead(cell, actor);
  else
    noteWrite(cell, actor);
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
  Query query{kind, actor, isStrict, handler, nullptr, std::nullopt};
  forEachCell(offset, size,
              [&](Cell &cell, uint64_t at) { check(cell, query, at); });
}

void Shadow::setInitialised(uint64_t offset, uint64_t size) {
  forEachCell(offset, size,
              [](Cell &cell, uint64_t) { cell.isInitialised = true; });
}

void Shadow::discard(uint64_t offset, uint64_t size) {
  forEachCell(offset, size, [&](Cell &cell, uint64_t) {
    dropOthers(cell);
    cell.write = cell.read = Access();
    cell.isInitialised = false;
  });
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
      const Others &rest = others[cell.more];
      for (const Access &access :
           llvm::concat<const Access>(rest.weak, rest.strong))
        if (isUnordered(access))
          return body(access,
                      access.isWrite ? AccessKind::Write : AccessKind::Read,
                      offset);
    }
  }
}
