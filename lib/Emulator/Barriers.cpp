//===- Barriers.cpp - What releases and acquires -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Machine.h"

#include <algorithm>
#include <cstdlib>

using namespace mlir::dag::ptx;

/// All have arrived: they go on, and know what each of them knew.
void Machine::releaseBarrier(Block &block, NamedBarrier &barrier) {
  progress();
  for (Warp *warp : barrier.waiting) {
    warp->wait = Wait::None;
    setReductions(*warp, barrier);
    resume(*warp, barrier.time);
    warp->acquire(barrier.known);
    // What others have fenced before the barrier is told of with what this
    // one has fenced.
    for (unsigned i = 0; i < 3; ++i)
      if (warp->fenceClocks[i] != 0)
        warp->fenceRelease[i].join(barrier.fenced[i]);
    warp->tickFor(kAllLanes);
    warp->noteSync();
    warp->syncLanes(kAllLanes);
  }
  barrier = NamedBarrier();
}

/// An exited warp is no longer waited for where all of a block meet.
void Machine::checkBarrier(Block &block, unsigned number) {
  NamedBarrier &barrier = block.barriers[number];
  if (!barrier.isOpen || barrier.waiting.empty())
    return;
  unsigned expected =
      barrier.expected == 0 ? block.alive * kLanes : barrier.expected;
  if (barrier.arrived >= expected)
    releaseBarrier(block, barrier);
}

void Cluster::tell(Warp &warp) const {
  warp.acquire(done);
  warp.knownInits.join(doneInits);
  // All blocks have begun, whatever the barrier releases.
  warp.begun = ~0u;
  warp.tick();
  warp.noteSync();
  warp.syncLanes(kAllLanes);
}

void Machine::checkClusterBarrier(Cluster &cluster) {
  if (cluster.arrived == 0 || cluster.arrived < cluster.alive)
    return;
  progress();
  cluster.arrived = 0;
  ++cluster.phase;
  cluster.done = cluster.arriving;
  cluster.doneInits = cluster.arrivingInits;
  cluster.doneTime = cluster.arrivingTime;
  for (Warp *warp : cluster.waiting) {
    warp->wait = Wait::None;
    resume(*warp, cluster.doneTime);
    cluster.tell(*warp);
  }
  cluster.waiting.clear();
}

void Machine::advancePhase(Mbarrier &barrier) {
  progress();
  if (barrier.pending != 0 || barrier.transactions != 0)
    return;
  ++barrier.phase;
  barrier.expected = barrier.nextExpected;
  barrier.pending = barrier.expected;
  barrier.doneTime = barrier.pendingTime;
  barrier.doneKnown.join(barrier.pendingKnown);
  barrier.doneEnded.join(barrier.pendingEnded);
  barrier.pendingKnown.clear();
}

/// Completes one copy, any if `block` is null.
void Machine::completeOne(Cluster &cluster, const Block *block,
                          uint32_t barrier) {
  llvm::SmallVector<size_t> candidates;
  for (size_t i = 0; i < cluster.pending.size(); ++i)
    if (!block || (cluster.pending[i].block == block &&
                   cluster.pending[i].barrier == barrier))
      candidates.push_back(i);
  if (candidates.empty())
    return;
  size_t choice = candidates[random() % candidates.size()];
  PendingCopy copy = std::move(cluster.pending[choice]);
  cluster.pending.erase(cluster.pending.begin() + choice);
  copy.complete();
}

/// Who acquires at `key` is told of what is known.
void Machine::tell(Warp &warp, uint64_t key, Scope scope,
                   const Knowledge &known) {
  std::vector<SyncRecord> &records = syncs[key];
  auto it = llvm::find_if(records, [&](const SyncRecord &record) {
    return record.scope == scope && record.block == warp.block.number;
  });
  if (it == records.end()) {
    records.push_back({scope, warp.block.number, warp.current, known});
    return;
  }
  it->known.join(known);
  it->inst = warp.current;
}

void Machine::releaseAgain(Warp &warp, uint64_t key, Scope scope,
                           unsigned lane) {
  unsigned widest = std::min(unsigned(scope), 2u);
  for (unsigned i = 0; warp.fenceClocks[0] != 0 && i <= widest; ++i) {
    // A wider fence tells the same.
    bool isWider = i < widest && warp.fenceClocks[i] == warp.fenceClocks[i + 1];
    if (warp.fenceClocks[i] == 0 || isWider)
      continue;
    warp.noteFenceTold(i, 1u << lane);
    tell(warp, key, Scope(i), warp.fenceRelease[i]);
  }
  auto it = warp.ownReleases.find(key);
  if (it == warp.ownReleases.end())
    return;
  for (const OwnRelease &own : it->second)
    if (!launch.isStrict || own.lanes >> lane & 1)
      tell(warp, key, std::min(own.scope, scope), own.known);
}

/// The narrowest scope that a warp and who has released are both in.
Scope Machine::getNeeded(const Warp &warp, const SyncRecord &record) const {
  unsigned size = launch.cluster[0] * launch.cluster[1] * launch.cluster[2];
  if (record.block == warp.block.number)
    return Scope::Cta;
  return record.block / size == warp.block.number / size ? Scope::Cluster
                                                         : Scope::Gpu;
}

void Machine::acquireByFence(Warp &warp, uint64_t key, Scope scope) {
  auto it = syncs.find(key);
  if (it == syncs.end())
    return;
  for (SyncRecord &record : it->second) {
    Scope needed = getNeeded(warp, record);
    if (std::min(scope, record.scope) < needed)
      continue;
    warp.pendingAcquire[unsigned(needed)].join(record.known);
    if (!hasAcquires || !launch.tracks)
      continue;
    auto &reads = warp.ownReads[key];
    auto *read = llvm::find_if(
        reads, [&](const auto &old) { return old.first == needed; });
    if (read == reads.end())
      reads.push_back({needed, record.known});
    else
      read->second.join(record.known);
  }
}

void Machine::release(Warp &warp, uint64_t key, Scope scope, unsigned lane) {
  tell(warp, key, scope, warp.known);
  if (launch.tracks) {
    uint32_t own = 1u << lane;
    auto &all = warp.ownReleases[key];
    llvm::erase_if(all, [&](const OwnRelease &old) {
      return old.scope <= scope && (!launch.isStrict || old.lanes == own);
    });
    all.push_back({scope, own, warp.known});
  }
  warp.tickFor(1u << lane);
}

void Machine::acquire(Warp &warp, uint64_t key, Scope scope, unsigned lane) {
  auto it = syncs.find(key);
  if (it == syncs.end())
    return;
  for (SyncRecord &record : it->second)
    if (std::min(scope, record.scope) >= getNeeded(warp, record))
      warp.acquireFor(1u << lane, record.known);
  // A read before it is the first one of its pattern (8.8).
  if (auto reads = warp.ownReads.find(key); reads != warp.ownReads.end())
    for (auto &[needed, known] : reads->second)
      if (scope >= needed)
        warp.acquireFor(1u << lane, known);
  warp.noteSync();
}

/// A fence: relaxed accesses before it acquire, those behind it release.
void Machine::fence(Warp &warp, Scope scope, Order order) {
  if (order != Order::Release)
    for (unsigned i = 0; i <= std::min(unsigned(scope), 2u); ++i) {
      warp.acquireFor(warp.mask, warp.pendingAcquire[i]);
      warp.pendingAcquire[i].clear();
    }
  if (order != Order::Acquire) {
    for (unsigned i = 0; i <= std::min(unsigned(scope), 2u); ++i) {
      warp.fenceRelease[i] = warp.known;
      warp.fenceClocks[i] = warp.clock;
      warp.noteFence(i);
    }
    warp.released = warp.clock;
  }
  warp.tick();
}

/// Who reads what this has written has nothing of those who wrote before, but
/// for what the writer itself has released there.
void Machine::overwrite(Warp &warp, Space space, uint64_t address) {
  if (auto it = syncs.find(getKey(warp, space, address)); it != syncs.end())
    it->second.clear();
}

/// Other blocks may access the memory of a block until it ends, which has to
/// be ordered behind.
void Machine::reportExit(Block &block, const Access &access, AccessKind kind,
                         uint64_t offset) {
  auto [finding, isNew] =
      reporter.add(Code::EarlyExit, {getCause(access.inst), 0, 0});
  if (!isNew)
    return;
  std::string agent = describe(access.agent, access.getLane());
  finding->address = "shared memory of block (" + std::to_string(block.id[0]) +
                     "," + std::to_string(block.id[1]) + "," +
                     std::to_string(block.id[2]) + ")" + nameShared(offset);
  finding->message = "nothing makes the block wait for " + agent +
                     ", which accesses its shared memory";
  finding->parties.push_back({getPlace(access.inst), agent,
                              kind == AccessKind::Write ? "writes" : "reads"});
}

void Machine::finishBlock(Block &block) {
  Knowledge end(block.cluster.number);
  VectorClock ended(block.cluster.number);
  for (auto &warp : block.warps) {
    end.join(warp->known);
    ended.join(warp->ended);
    for (auto &[lane, groups] : warp->bulkGroups)
      for (auto &[clock, copy] : groups.queue)
        copy();
    warp->bulkGroups.clear();
  }
  for (auto &warp : block.warps) {
    const Warpgroup &group = block.warpgroups[warp->index / 4];
    if (warp->numRequests == group.requests.size())
      continue;
    warp->current = group.requests[warp->numRequests].inst;
    report(Code::WarpgroupMismatch, *warp,
           "the warp has not executed this setmaxnreg of its warpgroup");
  }
  block.hasExited = true;
  if (times)
    times->finishBlock(block);
  for (auto [agent, visit] : block.visitors)
    if (!end.order.covers(agent, visit.first) &&
        !ended.covers(agent, visit.first)) {
      Access access;
      access.agent = agent;
      access.inst = visit.second;
      reportExit(block, access, AccessKind::Write, window::kSharedStart);
    }
  if (block.isShared && block.region.shadow)
    block.region.shadow->findUnordered(
        end.order, [&](const Access &access, AccessKind kind, uint64_t offset) {
          reportExit(block, access, kind, offset);
        });
  // Copies that nobody has asked for come now.
  for (size_t i = 0; i < block.cluster.pending.size();) {
    auto it = block.cluster.pending.begin() + i;
    if (it->block != &block) {
      ++i;
      continue;
    }
    PendingCopy copy = std::move(*it);
    block.cluster.pending.erase(it);
    copy.complete();
  }
  for (auto &[offset, barrier] : block.mbarriers) {
    if (!barrier.isLive || barrier.transactions == 0)
      continue;
    Warp &warp = *block.warps[0];
    warp.current = barrier.initInst;
    report(Code::Transactions, warp,
           "the block ends, and the mbarrier at shared memory +0x" +
               llvm::Twine::utohexstr(offset) +
               (barrier.transactions > 0 ? " expects " : " has got ") +
               llvm::Twine(std::abs(barrier.transactions)) +
               (barrier.transactions > 0 ? " bytes that no copy brings"
                                         : " bytes that it did not expect"));
  }
}
