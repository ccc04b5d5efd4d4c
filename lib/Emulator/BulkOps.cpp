//===- BulkOps.cpp - Bulk copies -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BulkOps.h"
#include "Lanes.h"

#include <cstring>

using namespace mlir::dag::ptx;
using llvm::Twine;

//===----------------------------------------------------------------------===//
// Into shared memory
//===----------------------------------------------------------------------===//

/// What a copy writes before it is done: values that nobody takes for right.
static constexpr uint8_t kPoison = 0xff;

/// Makes of each element in `to` what `operation` gives with the one in `from`.
static void reduceAll(int operation, Type type, uint8_t *to,
                      const uint8_t *from, unsigned bytes) {
  unsigned size = std::max(1u, getBits(type) / 8);
  for (unsigned i = 0; i + size <= bytes; i += size) {
    uint64_t old = 0, value = 0;
    std::memcpy(&old, to + i, size);
    std::memcpy(&value, from + i, size);
    uint64_t next = reduce(operation, type, old, value);
    std::memcpy(to + i, &next, size);
  }
}

/// Makes an access of a reduction of one that stores: of elements of `type`.
static void makeReduction(Actor &writer, Type type) {
  writer.access.isStrong = writer.reads = true;
  writer.access.scope = unsigned(Scope::Gpu);
  writer.access.width = llvm::Log2_32(std::max(1u, getBits(type) / 8));
}

void mlir::dag::ptx::beginLoad(Warp &warp, Block &block, uint32_t barrierOffset,
                               unsigned lane, const std::vector<Piece> &pieces,
                               unsigned bytes, uint8_t fill, int operation,
                               Type type) {
  Machine &machine = warp.machine;
  uint64_t rank = block.rank + 1;
  Block *owner;
  uint32_t offset;
  Mbarrier *barrier = findMbarrier(warp, Space::SharedCluster,
                                   rank << window::kRankShift | barrierOffset,
                                   lane, owner, offset);
  if (!barrier)
    return;
  const Knowledge &known = warp.known;
  const VectorClock *own = known.fencedBlocks.find(block.rank);
  bool isFenced =
      known.fencedShared.covers(barrier->initAgent, barrier->initClock) ||
      (own && own->covers(barrier->initAgent, barrier->initClock)) ||
      (barrier->fenceAgent != kNoAgent &&
       (known.order.covers(barrier->fenceAgent, barrier->fenceClock) ||
        warp.knownInits.order.covers(barrier->fenceAgent,
                                     barrier->fenceClock)));
  if (machine.launch.isStrict && machine.launch.tracks && !isFenced)
    machine.report(Code::ProxyFence, warp,
                   "the initialisation of the mbarrier is not fenced: "
                   "fence.mbarrier_init is missing",
                   lane);
  Actor actor = warp.getActor(lane);
  actor.access.agent = barrier->agent;
  actor.access.clock = barrier->phase + 1;
  actor.access.isAsync = true;
  actor.sibling = warp.agent;
  CleanAccesses clean;
  actor.clean = &clean;
  Actor writer = actor;
  if (operation >= 0)
    makeReduction(writer, type);
  for (const Piece &piece : pieces) {
    uint8_t *to = machine.resolveFor(warp, writer, Space::SharedCluster,
                                     rank << window::kRankShift | piece.shared,
                                     piece.size, AccessKind::Write);
    if (!to)
      return;
    if (operation < 0)
      std::memset(to, kPoison, piece.size);
    if (piece.count > 0 &&
        !machine.resolveFor(warp, actor, Space::Generic, piece.global,
                            piece.count, AccessKind::Read))
      return;
  }
  machine.counters.bulkBytes += bytes;
  block.isShared = true;
  uint32_t phase = barrier->phase;
  VectorClock ended;
  if (machine.launch.tracks) {
    ended = warp.ended;
    ended.join(known.order);
  }
  double done = machine.times
                    ? machine.times->copy(warp, block, bytes, /*isLoad=*/true)
                    : 0;
  unsigned inst = warp.current;
  auto complete = [=, &machine, &warp, &block] {
    for (const Piece &piece : pieces) {
      uint8_t *to = block.shared.data() + piece.shared;
      if (operation < 0 && piece.count < piece.size)
        std::memset(to, fill, piece.size);
      if (piece.count == 0)
        continue;
      const uint8_t *from;
      if (piece.global >> window::kSlotBits == 1) {
        uint32_t place;
        Block *source = machine.findShared(warp, piece.global, place);
        from = source->shared.data() + place;
      } else {
        Region *region = machine.memory.find(piece.global);
        from = region->bytes->data() + (piece.global - region->address);
      }
      if (operation < 0)
        std::memcpy(to + piece.first, from, piece.count);
      else
        reduceAll(operation, type, to + piece.first, from, piece.count);
    }
    if (!barrier->isLive || barrier->phase != phase) {
      unsigned saved = warp.current;
      warp.current = inst;
      machine.report(Code::Transactions, warp,
                     "the copy is done in phase " + Twine(barrier->phase) +
                         " of its mbarrier and began in phase " + Twine(phase) +
                         ", which did not wait for it",
                     lane);
      warp.current = saved;
    }
    barrier->transactions -= bytes;
    barrier->pendingEnded.join(ended);
    barrier->pendingTime = std::max(barrier->pendingTime, done);
    machine.advancePhase(*barrier);
  };
  block.cluster.pending.push_back({&block, offset, std::move(complete)});
  machine.progress();
}

llvm::SmallVector<Block *, 16> mlir::dag::ptx::getTargets(Warp &warp,
                                                          Block *one,
                                                          const Op *mask,
                                                          unsigned lane) {
  llvm::SmallVector<Block *, 16> targets;
  if (!mask) {
    targets.push_back(one);
    return targets;
  }
  uint64_t bits = warp.get(*mask, lane);
  auto &blocks = warp.block.cluster.blocks;
  for (unsigned rank = 0; rank < 16; ++rank) {
    if (!(bits >> rank & 1))
      continue;
    if (rank >= blocks.size()) {
      warp.machine.fault(Code::BadAddress, warp,
                         "the mask names block " + Twine(rank) +
                             " of a cluster of " + Twine(blocks.size()),
                         lane);
      return {};
    }
    targets.push_back(blocks[rank].get());
  }
  return targets;
}

bool mlir::dag::ptx::checkAlignment(Warp &warp, uint64_t value, unsigned align,
                                    const char *what, unsigned lane) {
  if (value % align == 0)
    return true;
  warp.machine.fault(Code::Misaligned, warp,
                     Twine(what) + " is not a multiple of " + Twine(align),
                     lane);
  return false;
}

bool mlir::dag::ptx::checkBlock(Warp &warp, const Block &data,
                                const Block &barrier, unsigned lane) {
  if (&data == &barrier)
    return true;
  warp.machine.fault(Code::BadAddress, warp,
                     "the data is for block " + Twine(data.rank) +
                         " of the cluster, and the mbarrier is in block " +
                         Twine(barrier.rank),
                     lane);
  return false;
}

/// `aux[0]`: the operand of the mask, or 0; `aux[1]`: whether it comes from the
/// shared memory of the own block, rather than from global memory; `aux[2]`:
/// the operation of `reduce` plus one, or 0 to store.
static void runBulkLoad(Warp &warp, const Inst &inst) {
  Machine &machine = warp.machine;
  bool isFromShared = inst.aux[1];
  forEachLane(warp.mask, [&](unsigned lane) {
    if (machine.hasStopped)
      return;
    uint32_t offset, barrier;
    uint64_t size = uint32_t(warp.get(inst.ops[2], lane));
    uint64_t source = warp.getAddress(inst.ops[1], lane);
    Block *block =
        machine.getShared(warp, inst.space, warp.getAddress(inst.ops[0], lane),
                          size, offset, lane);
    Block *other = machine.getShared(
        warp, inst.space, warp.getAddress(inst.ops[3], lane), 8, barrier, lane);
    if (!block || !other ||
        !checkAlignment(warp, offset, 16, "the target", lane) ||
        !checkAlignment(warp, source, 16, "the source", lane) ||
        !checkAlignment(warp, size, 16, "the size", lane))
      return;
    if (isFromShared)
      source = window::kShared |
               uint64_t(warp.block.rank + 1) << window::kRankShift |
               (source & ((1u << window::kRankShift) - 1));
    const Op *mask = inst.aux[0] ? &inst.ops[inst.aux[0]] : nullptr;
    if (!mask && !checkBlock(warp, *block, *other, lane))
      return;
    std::vector<Piece> pieces;
    if (size > 0)
      pieces.push_back({offset, source, unsigned(size), 0, unsigned(size)});
    for (Block *target : getTargets(warp, block, mask, lane))
      beginLoad(warp, *target, barrier, lane, pieces, size, 0,
                int(inst.aux[2]) - 1, inst.type);
  });
}

//===----------------------------------------------------------------------===//
// Out of shared memory
//===----------------------------------------------------------------------===//

/// The groups of a lane, with their agents.
static BulkGroups &getGroups(Warp &warp, unsigned lane) {
  BulkGroups &groups = warp.bulkGroups[lane];
  if (groups.reads != kNoAgent)
    return groups;
  std::string owner = warp.machine.describe(warp.agent, lane);
  Cluster &cluster = warp.block.cluster;
  groups.reads = cluster.addAgent("a bulk copy that reads for " + owner);
  groups.writes = cluster.addAgent("a bulk copy that writes for " + owner);
  return groups;
}

void mlir::dag::ptx::beginStore(Warp &warp, unsigned lane,
                                std::vector<Piece> pieces, unsigned bytes,
                                int operation, Type type) {
  Machine &machine = warp.machine;
  Actor reader = warp.getActor(lane), writer = reader;
  BulkGroups &groups = getGroups(warp, lane);
  warp.block.isShared = true;
  reader.access.agent = groups.reads;
  writer.access.agent = groups.writes;
  reader.access.clock = writer.access.clock = groups.clock;
  reader.access.isAsync = writer.access.isAsync = true;
  reader.sibling = writer.sibling = warp.agent;
  if (operation >= 0)
    makeReduction(writer, type);
  CleanAccesses clean;
  reader.clean = writer.clean = &clean;
  // What is out of the tensor's bounds is not copied, and not read.
  for (const Piece &piece : pieces)
    if (piece.count > 0 &&
        (!machine.resolveFor(warp, reader, Space::Shared,
                             piece.shared + piece.first, piece.count,
                             AccessKind::Read) ||
         !machine.resolveFor(warp, writer, Space::Global, piece.global,
                             piece.count, AccessKind::Write)))
      return;
  machine.counters.bulkBytes += bytes;
  Block &block = warp.block;
  auto copy = [=, &machine, &block] {
    for (const Piece &piece : pieces) {
      if (piece.count == 0)
        continue;
      const uint8_t *from = block.shared.data() + piece.shared + piece.first;
      Region *region = machine.memory.find(piece.global);
      uint8_t *to = region->bytes->data() + (piece.global - region->address);
      if (operation < 0) {
        std::memcpy(to, from, piece.count);
        continue;
      }
      reduceAll(operation, type, to, from, piece.count);
    }
  };
  groups.queue.push_back({groups.clock, std::move(copy)});
  if (machine.times)
    groups.times.note(groups.clock, machine.times->copy(warp, block, bytes,
                                                        /*isLoad=*/false));
  machine.progress();
}

static void runBulkStore(Warp &warp, const Inst &inst) {
  Machine &machine = warp.machine;
  forEachLane(warp.mask, [&](unsigned lane) {
    if (machine.hasStopped)
      return;
    uint32_t offset;
    uint64_t size = uint32_t(warp.get(inst.ops[2], lane));
    uint64_t target = warp.getAddress(inst.ops[0], lane);
    Block *block = machine.getShared(warp, Space::Shared,
                                     warp.getAddress(inst.ops[1], lane), size,
                                     offset, lane);
    if (!block || !checkAlignment(warp, offset, 16, "the source", lane) ||
        !checkAlignment(warp, target, 16, "the target", lane) ||
        !checkAlignment(warp, size, 16, "the size", lane))
      return;
    std::vector<Piece> pieces;
    if (size > 0)
      pieces.push_back({offset, target, unsigned(size), 0, unsigned(size)});
    beginStore(warp, lane, std::move(pieces), size, int(inst.aux[0]) - 1,
               inst.type);
  });
}

static void runCommit(Warp &warp, const Inst &) {
  forEachLane(warp.mask, [&](unsigned lane) {
    auto it = warp.bulkGroups.find(lane);
    if (it != warp.bulkGroups.end())
      it->second.committed.push_back(it->second.clock++);
  });
}
static Execute selectCommit(const Modifiers &, Inst &) { return runCommit; }

static void waitFor(Warp &warp, unsigned lane, BulkGroups &groups,
                    uint64_t left, bool isRead) {
  auto &committed = groups.committed;
  if (committed.size() <= left)
    return;
  Clock done = committed[committed.size() - 1 - left];
  while (!groups.queue.empty() && groups.queue.front().first <= done) {
    groups.queue.front().second();
    groups.queue.pop_front();
  }
  warp.machine.resume(warp, groups.times.get(done));
  // That a lane has waited the others have to be told.
  auto note = [&](Agent agent) {
    warp.noteWait(agent, warp.known.order.get(agent) + 1, done, 1u << lane);
    warp.known.order.raise(agent, done);
  };
  note(groups.reads);
  if (!isRead)
    note(groups.writes);
  warp.tick();
}

static void runWaitGroup(Warp &warp, const Inst &inst) {
  uint64_t left = warp.getUniform(inst.ops[0]);
  warp.noteSync();
  for (auto &[lane, groups] : warp.bulkGroups)
    if (warp.mask >> lane & 1)
      waitFor(warp, lane, groups, left, inst.aux[0]);
}
static Execute selectWaitGroup(const Modifiers &modifiers, Inst &inst) {
  inst.aux[0] = modifiers.has("read");
  return runWaitGroup;
}

//===----------------------------------------------------------------------===//
// Forms
//===----------------------------------------------------------------------===//

bool mlir::dag::ptx::isShared(Space space) {
  return space == Space::Shared || space == Space::SharedCluster;
}

static Execute selectBulk(const Modifiers &modifiers, Inst &inst) {
  if (modifiers.spaces.size() != 2)
    return nullptr;
  Space to = modifiers.spaces[0], from = modifiers.spaces[1];
  bool isMulticast = modifiers.has("multicast::cluster");
  if (isShared(to)) {
    if (inst.numOps < 4u + isMulticast ||
        !modifiers.has("mbarrier::complete_tx::bytes"))
      return nullptr;
    inst.aux[0] = isMulticast ? 4 : 0;
    inst.aux[1] = isShared(from);
    return runBulkLoad;
  }
  // The mask of bytes would be a fourth operand.
  if (to != Space::Global || !isShared(from) || modifiers.has("cp_mask"))
    return nullptr;
  return runBulkStore;
}

static Execute selectBulkReduce(const Modifiers &modifiers, Inst &inst) {
  int operation = findOperation(modifiers);
  if (modifiers.spaces.size() != 2 || operation < 0 ||
      !isShared(modifiers.spaces[1]) || modifiers.types.size() != 1)
    return nullptr;
  if (modifiers.spaces[0] == Space::SharedCluster) {
    inst.aux[1] = true;
    inst.aux[2] = operation + 1;
    return inst.numOps == 4 && modifiers.has("mbarrier::complete_tx::bytes")
               ? runBulkLoad
               : nullptr;
  }
  if (modifiers.spaces[0] != Space::Global || inst.numOps > 3 + 1 ||
      modifiers.has("mbarrier::complete_tx::bytes"))
    return nullptr;
  inst.aux[0] = operation + 1;
  return runBulkStore;
}

static void runPrefetch(Warp &warp, const Inst &inst) {
  forEachLane(warp.mask, [&](unsigned lane) {
    uint64_t address = warp.getAddress(inst.ops[0], lane);
    uint64_t size = uint32_t(warp.get(inst.ops[1], lane));
    if (warp.machine.hasStopped ||
        !checkAlignment(warp, address, 16, "the source", lane) ||
        !checkAlignment(warp, size, 16, "the size", lane))
      return;
    // It moves nothing, but what it names has to be there.
    Region *region = warp.machine.memory.find(address);
    if (!region || address - region->address + size > region->bytes->size())
      warp.machine.fault(region ? Code::OutOfBounds : Code::BadAddress, warp,
                         Twine(size) + " bytes at address 0x" +
                             Twine::utohexstr(address) +
                             (region ? " are not all in '" + region->name + "'"
                                     : " are in no buffer and no variable"),
                         lane);
  });
}
static Execute selectPrefetch(const Modifiers &, Inst &) { return runPrefetch; }

/// A store of one value that tells a barrier of the block it goes to.
static void runStoreAsync(Warp &warp, const Inst &inst) {
  Machine &machine = warp.machine;
  auto rows = machine.program.getList(inst.ops[1]);
  unsigned size = getBits(inst.type) / 8;
  forEachLane(warp.mask, [&](unsigned lane) {
    if (machine.hasStopped)
      return;
    Block *owner;
    uint32_t offset, place;
    Mbarrier *barrier =
        findMbarrier(warp, Space::SharedCluster,
                     warp.getAddress(inst.ops[2], lane), lane, owner, offset);
    if (!barrier)
      return;
    uint64_t address = warp.getAddress(inst.ops[0], lane);
    unsigned total = size * rows.size();
    Block *target = machine.getShared(warp, Space::SharedCluster, address,
                                      total, place, lane);
    if (!target || !checkAlignment(warp, place, total, "the target", lane) ||
        !checkBlock(warp, *target, *owner, lane))
      return;
    if (target == &warp.block)
      return machine.fault(Code::BadAddress, warp,
                           "the data is for the own block, and st.async is for "
                           "another one of the cluster",
                           lane);
    Actor actor = warp.getActor(lane);
    actor.access.agent = barrier->agent;
    actor.access.clock = barrier->phase + 1;
    actor.access.isGroup = true;
    machine.track(target->region, place, total, AccessKind::Write, actor);
    std::vector<uint64_t> values;
    for (unsigned row : rows)
      values.push_back(warp.source(row)[lane]);
    owner->cluster.pending.push_back(
        {owner, offset, [=, &machine] {
           for (unsigned i = 0; i < values.size(); ++i)
             std::memcpy(target->shared.data() + place + i * size, &values[i],
                         size);
           barrier->transactions -= total;
           machine.advancePhase(*barrier);
         }});
  });
  machine.progress();
}
static Execute selectStoreAsync(const Modifiers &modifiers, Inst &inst) {
  unsigned bits = getBits(modifiers.type());
  return bits == 32 || bits == 64 ? runStoreAsync : nullptr;
}

static constexpr llvm::StringRef kBulk =
    "@space mbarrier::complete_tx::bytes bulk_group multicast::cluster L2::* "
    "cp_mask";
static const InstructionRow kRows[] = {
    {"cp.async.bulk", "mmsy?s?s?", kBulk, selectBulk},
    {"cp.reduce.async.bulk", "mmsy?s?",
     "@space bulk_group mbarrier::complete_tx::bytes and or xor add inc dec "
     "min max noftz L2::*",
     selectBulkReduce},
    {"cp.async.bulk.prefetch", "mss?", "L2 @space L2::*", selectPrefetch},
    {"cp.async.bulk.commit_group", "", "", selectCommit},
    {"cp.async.bulk.wait_group", "s", "read", selectWaitGroup},
    {"st.async", "mSm", "@space weak mbarrier::complete_tx::bytes v2 v4",
     selectStoreAsync},
};

llvm::ArrayRef<InstructionRow> mlir::dag::ptx::getBulkRows() { return kRows; }
