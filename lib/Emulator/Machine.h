//===- Machine.h - Warps, blocks, clusters and what runs beside them -*- C++
//-*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_EMULATOR_MACHINE_H
#define DAG_EMULATOR_MACHINE_H

#include "Memory.h"
#include "Reporter.h"
#include "Times.h"

#include "llvm/ADT/Twine.h"

#include <deque>
#include <functional>
#include <map>
#include <random>
#include <tuple>

namespace mlir::dag::ptx {
class Machine;
struct Block;
struct Cluster;

constexpr unsigned kLanes = 32;
constexpr uint32_t kAllLanes = ~0u;

/// What a warp waits for, or why it does not run.
enum class Wait : uint8_t {
  None,
  Barrier,
  Cluster,
  Warpgroup,
  Registers,
  Done
};

/// Lanes that run together, and where they meet the others.
struct Group {
  unsigned place = 0;
  uint32_t mask = 0;
  unsigned reconverge = kNoTarget;
  /// Whether it has let others go first at a barrier.
  bool isDeferred = false;

  bool operator==(const Group &other) const {
    return std::tie(place, mask, reconverge, isDeferred) ==
           std::tie(other.place, other.mask, other.reconverge,
                    other.isDeferred);
  }
};

/// Groups of asynchronous copies of a warp: an agent of its own, and the clock
/// that ends each group, which is one of the lanes that have committed it.
struct CopyGroups {
  Agent agent = kNoAgent;
  Clock clock = 1;
  std::vector<std::pair<Clock, uint32_t>> committed;
  /// Of each lane: the clock of its last copy, and until which clock it has
  /// waited.
  std::array<Clock, kLanes> last{}, done{};
};

/// Bulk copies out of shared memory of a lane: what they read and what they
/// write are agents.
struct BulkGroups {
  Agent reads = kNoAgent, writes = kNoAgent;
  Clock clock = 1;
  std::vector<Clock> committed;
  /// Copies that have not been done yet, with their groups.
  std::deque<std::pair<Clock, std::function<void()>>> queue;
  GroupTimes times;
};

/// What lanes have released, or fenced to do so: what they did before a clock,
/// and what all lanes knew of each other.
struct LaneRelease {
  Clock clock;
  uint32_t lanes;
  uint32_t full;
};

/// A release of an address by a warp.
struct OwnRelease {
  Scope scope;
  uint32_t lanes;
  Knowledge known;
};

/// What a warp was like some time ago, while nothing happens that others may
/// have waited for.
struct LoopState {
  /// What has happened by then, and how many turns it has used up since.
  uint64_t progress = 0, turns = 0;
  /// Whether it has been like this before: it goes round for ever.
  bool isEndless = false;
  std::vector<uint64_t> registers;
  std::vector<Group> groups;
  uint32_t carry = 0;
};

class Warp {
public:
  Warp(Machine &machine, Block &block, unsigned index);

  const uint64_t *source(unsigned row);
  const uint64_t *source(const Op &op) { return source(op.row); }
  uint64_t *destination(const Op &op);
  uint64_t *destinationRow(unsigned row);
  /// The value of lane `lane`; predicates as 0 or 1.
  uint64_t get(const Op &op, unsigned lane) {
    return source(op.row)[lane] ^ uint64_t(op.isNegated);
  }
  /// The value of the first lane that runs.
  uint64_t getUniform(const Op &op);
  uint64_t getAddress(const Op &op, unsigned lane) {
    return source(op.row)[lane] + op.offset;
  }
  unsigned firstLane() const { return __builtin_ctz(mask); }

  void branch(uint32_t taken, const Inst &inst);
  /// Sends lanes to several places; they are together again where the
  /// instruction says.
  void split(llvm::ArrayRef<std::pair<unsigned, uint32_t>> all,
             const Inst &inst);
  void exitLanes(uint32_t lanes);
  uint32_t getLive() const { return live; }
  Group &top() { return groups.back(); }
  bool isConverged() const { return mask == live; }
  /// Lets lanes that have parted from these go first: they may exit. False if
  /// they have had their turn, or there are none.
  bool defer();
  /// Groups that have done so, and are where `isSame` says that they do the
  /// same as this one.
  llvm::SmallVector<Group *, 4>
  findDeferred(llvm::function_ref<bool(const Inst &, uint32_t)> isSame);
  /// This group and others have met: all of them go on from where they are.
  void meet(llvm::ArrayRef<Group *> others);

  /// Ends what is ordered so far: later accesses have a later clock.
  void tick() { tickFor(0); }
  /// The same where lanes have told others of what they did.
  void tickFor(uint32_t lanes);
  /// With --strict: lanes have told of what they did.
  void noteRelease(const LaneRelease &release);
  void noteFence(unsigned scope);
  /// Lanes of `mask` tell of what they have fenced, and of what others have
  /// that are ordered before.
  void noteFenceTold(unsigned scope, uint32_t mask);
  /// The first clock that tells of what a lane did at `access`; 0 if there is
  /// none yet.
  Clock findRelease(const Access &access) const;
  /// Orders lanes of the warp among each other; of those that have left, what
  /// they have done, if they are named.
  void syncLanes(uint32_t lanes);
  /// Whether the instruction has seen the same at these addresses the last
  /// time.
  bool isSame(llvm::ArrayRef<uint64_t> addresses,
              llvm::ArrayRef<uint64_t> values);
  /// Notes that these lanes know that copies of `agent` are done, those from
  /// one clock to another; of no lanes, that each knows it of its own.
  void noteWait(Agent agent, Clock first, Clock last, uint32_t lanes);
  /// What lanes have done until then all of `lanes` have been told of.
  Clock getTold(uint32_t lanes) const;
  Actor getActor(unsigned lane, bool isStrong = false);
  void acquire(const Knowledge &other) { known.join(other); }
  /// The same for what an address or an mbarrier has told some lanes.
  void acquireFor(uint32_t lanes, const Knowledge &other);
  /// Notes the instruction that ordered this warp with others last.
  void noteSync();

  Machine &machine;
  Block &block;
  unsigned index;
  Agent agent = kNoAgent;
  std::vector<uint64_t> registers;
  std::vector<uint8_t> local;
  std::vector<Group> groups;
  uint32_t live = 0, mask = 0;
  /// The lanes that there were at first.
  uint32_t firstLive = 0;
  /// CC.CF of each lane.
  uint32_t carry = 0;
  unsigned current = 0;
  Wait wait = Wait::None;
  /// The barrier that it waits for, or the registers of a thread.
  unsigned waitsFor = 0;
  /// Registers of a thread, as setmaxnreg has it, and how many of these it has
  /// executed.
  unsigned numRegisters = 0, numRequests = 0;
  /// A test of a barrier or of memory has failed, and nothing else happened.
  bool isSpinning = false;
  /// By instruction and addresses, as hashes: what strong accesses have seen
  /// last.
  llvm::DenseMap<uint64_t, uint64_t> seen;
  uint64_t spinAddress = 0, spinPhase = 0;
  LoopState loop;
  /// Blocks of the cluster for which it is known whether they have begun.
  uint32_t begun = 0;
  /// The phase of the cluster's barrier that it arrived for.
  uint32_t clusterPhase = 0;
  /// Where parts of the warp have met at a barrier.
  llvm::SmallVector<std::pair<unsigned, uint32_t>, 2> parts;

  /// With --strict: the lanes that have told of what is before a clock, and
  /// what all lanes knew then; sorted by clock.
  std::vector<LaneRelease> releases;
  /// The clock of the last one that is not kept.
  Clock forgotten = 0;

  Knowledge known;
  /// Phases of mbarriers that have ended before now, with the arrivals there,
  /// whether or not memory tells of it: copies that come here have begun behind
  /// them.
  VectorClock ended;
  Clock clock = 1;
  /// For each lane the last clock of the warp's own that lanes have told it of,
  /// by releases and acquires.
  std::array<Clock, kLanes> laneClocks{};
  /// When it has released, or fenced to do so, last.
  Clock released = 0;
  LaneOrder laneOrder;
  /// The last proxy fence.
  LaneFence proxyFence;
  unsigned lastSync = 0;
  /// By scope, block, cluster, GPU: what the last fence of this scope or a
  /// wider one makes relaxed accesses release, and its clock, or 0.
  std::array<Knowledge, 3> fenceRelease;
  std::array<Clock, 3> fenceClocks{};
  /// With --strict, by scope: the last fence of each lane.
  std::array<llvm::SmallVector<LaneRelease, 1>, 3> laneFences;
  /// By address: what the warp's own releases have told, which a strong write
  /// of the address behind them tells again (8.8).
  llvm::DenseMap<uint64_t, llvm::SmallVector<OwnRelease, 1>> ownReleases;
  /// By address: what relaxed reads would have acquired, by the scope that it
  /// needs, which an acquire of the address behind them does.
  llvm::DenseMap<uint64_t, llvm::SmallVector<std::pair<Scope, Knowledge>, 1>>
      ownReads;
  /// By the scope that a fence needs to acquire it.
  std::array<Knowledge, 3> pendingAcquire;
  /// What fence.mbarrier_init publishes, which is where mbarriers begin, and
  /// what the barrier of the cluster has told of that.
  Knowledge initRelease, knownInits;

  CopyGroups copies;
  std::map<unsigned, BulkGroups> bulkGroups;
  /// Sorted by agent; looked through for what all lanes know when there are
  /// more than `mostLaneAgents`.
  llvm::SmallVector<LaneAgent, 4> laneAgents;
  size_t mostLaneAgents = 64;

  /// Of the warpgroup: groups of products that were committed, and which of
  /// them each register is in use by; stamps of writes since the last fence.
  Clock productClock = 1;
  Clock productsDone = 0;
  std::vector<Clock> inFlight;
  std::vector<uint8_t> isInput;
  std::vector<uint32_t> writeStamp;
  uint32_t fenceStamp = 1;
  bool hasInFlight = false;
  /// The last wgmma, to report what was not waited for.
  unsigned lastProduct = 0;
  bool checksRegisters = true;
  WarpTimes times;

private:
  void checkSource(unsigned row);
  void checkDestination(unsigned row);
  std::vector<uint64_t> scratch;
};

/// One of the sixteen barriers of a block.
struct NamedBarrier {
  unsigned arrived = 0, expected = 0;
  /// The warps that have arrived.
  uint32_t warps = 0;
  std::vector<Warp *> waiting;
  Knowledge known;
  /// What fences of those that have arrived cover, by scope.
  std::array<Knowledge, 3> fenced;
  /// When the last one arrived.
  double time = 0;
  /// Of `bar.red`: the lanes that are here, and those of them with true.
  unsigned lanes = 0, trueLanes = 0;
  /// Which reduction it is, from 1 on; of other arrivals 0.
  unsigned reduction = 0;
  bool isOpen = false;
};

/// An mbarrier object in shared memory.
struct Mbarrier {
  bool isLive = false;
  unsigned expected = 0, pending = 0, nextExpected = 0;
  int64_t transactions = 0;
  uint32_t phase = 0;
  Agent agent = kNoAgent;
  Knowledge pendingKnown, doneKnown;
  /// What `Warp::ended` is told of.
  VectorClock pendingEnded, doneEnded;
  unsigned initInst = 0;
  Agent initAgent = kNoAgent;
  Clock initClock = 0;
  /// When each warp has used it last.
  VectorClock uses;
  /// Who has fenced that by fence.mbarrier_init.
  Agent fenceAgent = kNoAgent;
  Clock fenceClock = 0;
  /// The phase after the one of which a test has failed for copies that are
  /// late.
  uint32_t late = 0;
  /// When the phase has what has come so far, and when the last one ended.
  double pendingTime = 0, doneTime = 0;
};

/// Four warps that multiply together, and change their registers.
struct Warpgroup {
  Agent agent = kNoAgent;
  unsigned arrived = 0, inst = 0;
  /// A setmaxnreg: where it is, what it asks for, and when the warps of the
  /// group have executed it.
  struct Request {
    unsigned inst, count;
    std::array<Clock, 4> clocks{};
  };
  std::vector<Request> requests;
};

/// What releases of one address told, by scope.
struct SyncRecord {
  Scope scope;
  unsigned block;
  unsigned inst;
  Knowledge known;
};

struct Block {
  Block(Machine &machine, Cluster &cluster, unsigned rank,
        std::array<unsigned, 3> id);

  Cluster &cluster;
  unsigned rank;
  std::array<unsigned, 3> id;
  unsigned number = 0;
  std::vector<uint8_t> shared;
  Region region;
  std::vector<std::unique_ptr<Warp>> warps;
  std::vector<Warpgroup> warpgroups;
  NamedBarrier barriers[16];
  std::map<uint32_t, Mbarrier> mbarriers;
  unsigned alive = 0;
  BlockTimes times;
  /// Registers of threads that setmaxnreg has given back, warp by warp.
  unsigned freeRegisters = 0;
  bool hasExited = false;
  /// Whether others than its warps have accessed its shared memory: another
  /// block, or bulk copies.
  bool isShared = false;
  /// Warps of others that used its mbarriers: when and where last.
  llvm::SmallDenseMap<Agent, std::pair<Clock, unsigned>, 4> visitors;
};

/// A copy into shared memory that ends when its barrier is told.
struct PendingCopy {
  Block *block;
  uint32_t barrier;
  std::function<void()> complete;
};

struct Cluster {
  unsigned number = 0;
  std::vector<std::unique_ptr<Block>> blocks;
  /// What each agent is, for reports.
  std::vector<std::string> agents;
  unsigned arrived = 0;
  std::vector<Warp *> waiting;
  Knowledge arriving, done, arrivingInits, doneInits;
  uint32_t phase = 0;
  double arrivingTime = 0, doneTime = 0;
  std::vector<PendingCopy> pending;
  unsigned alive = 0;
  unsigned turn = 0;

  Agent addAgent(std::string name);
  /// Makes what the barrier of the cluster has ordered known to a warp.
  void tell(Warp &warp) const;
};

class Machine : public ConflictHandler {
public:
  /// `before` has run a launch on the same buffers.
  Machine(const Program &program, Launch &launch, Machine *before = nullptr);
  /// Runs the clusters from `first` to before `end` alone.
  void restrictTo(unsigned first, unsigned end) {
    nextCluster = first;
    numClusters = end;
  }
  void run();
  Result takeResult();

  /// Bytes for an access of one lane, or null after a finding. `address` is of
  /// `space`; `kind` a write if memory changes.
  uint8_t *resolve(Warp &warp, Space space, uint64_t address, unsigned bytes,
                   AccessKind kind, unsigned lane, bool isStrong);
  /// The same for an agent that is not the warp.
  uint8_t *resolveFor(Warp &warp, const Actor &actor, Space space,
                      uint64_t address, unsigned bytes, AccessKind kind);
  /// False after a finding, if the address is no multiple of `bytes`.
  bool checkAlignment(Warp &warp, uint64_t address, unsigned bytes,
                      unsigned lane);
  /// The block and the offset of a 32-bit shared address, or null.
  Block *findShared(Warp &warp, uint64_t address, uint32_t &offset);
  /// The same with a finding if there are not `bytes` there.
  Block *getShared(Warp &warp, Space space, uint64_t address, unsigned bytes,
                   uint32_t &offset, unsigned lane);
  /// A finding if nothing a warp knows of comes from a warp of that block.
  void checkBegun(Warp &warp, const Block &block);
  void track(Region &region, uint64_t offset, unsigned bytes, AccessKind kind,
             const Actor &actor);

  Finding &report(Code code, Warp &warp, const llvm::Twine &message,
                  unsigned lane = kSeveralLanes);
  /// The same for a cause that is not the instruction's own place.
  Finding &reportFor(Code code, Warp &warp, uint64_t cause,
                     const llvm::Twine &message, unsigned lane = kSeveralLanes);
  /// Reports, and ends the launch.
  void fault(Code code, Warp &warp, const llvm::Twine &message,
             unsigned lane = kSeveralLanes);
  void handle(Conflict conflict, const Actor &actor, AccessKind kind,
              const Access &before, AccessKind beforeKind,
              uint64_t offset) override;
  bool isOfOtherLanes(const Access &before, const VectorClock &known) override;
  bool haveScope(const Access &before, const Access &now) override;
  bool needsLockStep(const Access &load, const Access &store) override;
  std::string describe(Agent agent, uint8_t lane);
  static std::string describeWarp(unsigned index,
                                  const std::array<unsigned, 3> &id);
  std::string nameShared(uint64_t offset) const;
  bool isWarp(Agent agent) const;
  bool isOfOther(Agent agent, const Region &region) const;
  std::array<unsigned, 3> getBlockId(unsigned cluster, unsigned rank) const;
  Place getPlace(unsigned inst) const;
  Place getPlaceOf(const Access &access) const;
  /// What stands for an instruction where findings are grouped: its line in the
  /// program that PTX was made of, and where that was inlined.
  uint64_t getCause(unsigned inst) const;

  /// Something happened that a waiting warp may have waited for.
  void progress() { ++progressCount; }
  void completeOne(Cluster &cluster, const Block *block, uint32_t barrier);
  void releaseBarrier(Block &block, NamedBarrier &barrier);
  void checkBarrier(Block &block, unsigned number);
  /// Gives free registers to warps that wait for them.
  void grantRegisters(Block &block);
  void checkClusterBarrier(Cluster &cluster);
  void advancePhase(Mbarrier &barrier);
  void release(Warp &warp, uint64_t key, Scope scope, unsigned lane);
  void acquire(Warp &warp, uint64_t key, Scope scope, unsigned lane);
  /// A relaxed write behind a fence, or behind a release of the same address,
  /// releases what that has seen; a read before a fence acquires when that
  /// comes.
  void releaseAgain(Warp &warp, uint64_t key, Scope scope, unsigned lane);
  void acquireByFence(Warp &warp, uint64_t key, Scope scope);
  void fence(Warp &warp, Scope scope, Order order = Order::AcquireRelease);
  /// A store, which is no part of an atomic operation, of an address that may
  /// have told something.
  void overwrite(Warp &warp, Space space, uint64_t address);
  /// What `syncs` has for an address.
  uint64_t getKey(Warp &warp, Space space, uint64_t address);
  /// Counts what lanes of `mask` access at `addresses`.
  void count(Space space, uint32_t mask, const uint64_t *addresses,
             unsigned bytes, unsigned place);
  uint32_t random() { return rng(); }
  /// Whether it is of the launch before.
  bool isBefore(Agent agent) const { return getCluster(agent) < firstCluster; }
  /// Makes all that launches before have done known to a warp.
  void waitForLaunches(Warp &warp) const {
    warp.known.raiseAllBelow(firstCluster);
  }
  void raiseLaunches(VectorClock &clock) const {
    clock.raiseAllBelow(firstCluster);
  }
  void resume(Warp &warp, double time) {
    if (times)
      times->resume(warp, time, warp.current);
  }

  /// That ran the launch before, or null.
  Machine *before;
  const Program &program;
  Launch &launch;
  Memory memory;
  Reporter reporter;
  Counters counters;
  std::vector<uint64_t> executions, sectors, conflictCounts;
  /// Null where times are not asked for.
  std::unique_ptr<TimeModel> times;
  /// What printf has printed.
  std::string output;
  bool hasStopped = false;
  /// Whether the kernel asks where the driver's part of shared memory is.
  bool usesReserved = false;
  /// Whether it acquires otherwise than by fences.
  bool hasAcquires = false;
  /// Whether clusters have several blocks.
  bool hasClusters() const {
    return launch.cluster[0] * launch.cluster[1] * launch.cluster[2] > 1;
  }
  /// What mends the next conflict, where its code does not say so.
  const char *hint = nullptr;
  uint64_t steps = 0;
  Region *currentRegion = nullptr;
  Warp *currentWarp = nullptr;
  llvm::DenseMap<uint64_t, std::vector<SyncRecord>> syncs;

private:
  void startCluster();
  void setUpWarp(Warp &warp);
  bool runWarp(Warp &warp, unsigned budget);
  bool isEndless(Warp &warp);
  bool runCluster(Cluster &cluster);
  void finishWarp(Warp &warp);
  void finishBlock(Block &block);
  void reportExit(Block &block, const Access &access, AccessKind kind,
                  uint64_t offset);
  bool resolveStuck();
  void reportDeadlock();
  std::string describeWait(Warp &warp);
  unsigned getNumClusters() const;
  Scope getNeeded(const Warp &warp, const SyncRecord &record) const;
  void tell(Warp &warp, uint64_t key, Scope scope, const Knowledge &known);

  std::vector<std::unique_ptr<Cluster>> clusters;
  /// Of clusters that have ended, for reports.
  unsigned firstCluster = 0, nextCluster = 0, numClusters = 0;
  std::mt19937 rng;
  uint64_t progressCount = 0;
  unsigned resident = 2;
};

inline const uint64_t *Warp::source(unsigned row) {
  if (hasInFlight && row < inFlight.size() && checksRegisters)
    checkSource(row);
  size_t place = size_t(row) * kLanes;
  return registers.data() + place;
}

inline uint64_t *Warp::destinationRow(unsigned row) {
  if (row == kNoRow)
    return scratch.data();
  if (!writeStamp.empty()) {
    writeStamp[row] = fenceStamp;
    if (hasInFlight && checksRegisters)
      checkDestination(row);
  }
  return registers.data() + size_t(row) * kLanes;
}

inline uint64_t *Warp::destination(const Op &op) {
  return destinationRow(op.kind == Op::Kind::Sink ? kNoRow : op.row);
}

/// The barrier at an address of a lane, with a finding where there is none or
/// its initialisation is not ordered before.
Mbarrier *findMbarrier(Warp &warp, Space space, uint64_t address, unsigned lane,
                       Block *&block, uint32_t &offset);

/// What `bar.red` gives to a warp that waits there.
void setReductions(Warp &warp, const NamedBarrier &barrier);

/// A finding where an arrival might as well be one of the phase before.
void checkPhase(Warp &warp, const Mbarrier &barrier, uint32_t offset,
                unsigned lane);

/// Calls `body` with each lane of `mask`.
template <typename Body>
inline void forEachLane(uint32_t mask, Body body) {
  if (mask == kAllLanes) {
    for (unsigned lane = 0; lane < kLanes; ++lane)
      body(lane);
    return;
  }
  for (uint32_t rest = mask; rest != 0; rest &= rest - 1)
    body(unsigned(__builtin_ctz(rest)));
}

} // namespace mlir::dag::ptx

#endif // DAG_EMULATOR_MACHINE_H
