//===- Barriers.cpp - What releases and acquires -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Machine.h"

using namespace mlir::dag::ptx;

/// All have arrived: they go on, and know what each of them knew.
void Machine::releaseBarrier(Block &block, NamedBarrier &barrier) {
  progress();
  for (Warp *warp : barrier.waiting) {
    warp->wait = Wait::None;
    warp->acquire(barrier.known);
    warp->fenceRelease.join(warp->hasFence ? barrier.known : Knowledge());
    warp->tick();
    warp->noteSync();
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

void Machine::checkClusterBarrier(Cluster &cluster) {
  if (cluster.arrived == 0 || cluster.arrived < cluster.alive)
    return;
  progress();
  cluster.arrived = 0;
  ++cluster.phase;
  cluster.done = cluster.arriving;
  for (Warp *warp : cluster.waiting) {
    warp->wait = Wait::None;
    warp->acquire(cluster.done);
    warp->tick();
    warp->noteSync();
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
  barrier.doneKnown.join(barrier.pendingKnown);
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

/// A strong write or an atomic operation at `key`, which releases what the warp
/// knows.
void Machine::release(Warp &warp, uint64_t key, Scope scope) {
  std::vector<SyncRecord> &records = syncs[key];
  for (SyncRecord &record : records)
    if (record.scope == scope && record.block == warp.block.number) {
      record.known.join(warp.known);
      record.inst = warp.current;
      warp.tick();
      return;
    }
  records.push_back({scope, warp.block.number, warp.current, warp.known});
  warp.tick();
}

void Machine::acquire(Warp &warp, uint64_t key, Scope scope) {
  auto it = syncs.find(key);
  if (it == syncs.end())
    return;
  unsigned size = launch.cluster[0] * launch.cluster[1] * launch.cluster[2];
  for (SyncRecord &record : it->second) {
    Scope narrow = std::min(scope, record.scope);
    bool isInScope = record.block == warp.block.number ||
                     narrow >= Scope::Gpu ||
                     (narrow == Scope::Cluster &&
                      record.block / size == warp.block.number / size);
    if (isInScope)
      warp.acquire(record.known);
  }
  warp.noteSync();
}

/// A fence: relaxed accesses before it acquire, those behind it release.
void Machine::fence(Warp &warp, Scope scope) {
  warp.acquire(warp.pendingAcquire);
  warp.pendingAcquire.clear();
  warp.fenceRelease = warp.known;
  warp.fenceScope = scope;
  warp.hasFence = true;
  warp.tick();
}

void Machine::finishBlock(Block &block) {
  Knowledge end(block.cluster.number);
  for (auto &warp : block.warps) {
    end.join(warp->known);
    for (auto &[clock, copy] : warp->bulkQueue)
      copy();
    warp->bulkQueue.clear();
  }
  block.hasExited = true;
  for (auto &[offset, barrier] : block.mbarriers) {
    if (!barrier.isLive || barrier.transactions == 0)
      continue;
    Warp &warp = *block.warps[0];
    warp.current = barrier.initInst;
    report(Code::EarlyExit, warp,
           "the block ends while copies to its shared memory are in flight: "
           "the mbarrier at +0x" +
               llvm::Twine::utohexstr(offset) + " expects " +
               llvm::Twine(barrier.transactions) + " more bytes");
  }
}
