//===- Machine.cpp - Which warp runs next -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Machine.h"
#include "Specials.h"
#include "Threads.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir::dag::ptx;
using llvm::Twine;

Agent Cluster::addAgent(std::string name) {
  unsigned index = agents.size();
  // Past the last number, what is not told apart is not found.
  if (index >= 1u << kAgentBits)
    return Agent(number) << kAgentBits | (index - 1) % (1u << kAgentBits);
  agents.push_back(std::move(name));
  return Agent(number) << kAgentBits | index;
}

Block::Block(Machine &machine, Cluster &cluster, unsigned rank,
             std::array<unsigned, 3> id)
    : cluster(cluster), rank(rank), id(id) {
  size_t bytes =
      machine.program.dynamicShared + size_t(machine.launch.dynamicShared);
  shared.resize(bytes, 0xff);
  region.name = "shared memory";
  region.bytes = &shared;
  if (machine.launch.tracks)
    region.shadow = std::make_unique<Shadow>(bytes, /*isInitialised=*/false,
                                             /*isGlobal=*/false, rank);
  // The driver's part begins with zeros.
  if (machine.usesReserved) {
    size_t reserved = std::min<size_t>(window::kSharedStart, bytes);
    std::fill_n(shared.begin(), reserved, 0);
    if (region.shadow)
      region.shadow->setInitialised(0, reserved);
  }
}

Machine::Machine(const Program &program, Launch &launch, Machine *before)
    : before(before), program(program), launch(launch),
      memory(program, launch, before ? &before->memory : nullptr),
      executions(program.code.size()), sectors(program.code.size()),
      conflictCounts(program.code.size()),
      firstCluster(before ? before->nextCluster : 0), nextCluster(firstCluster),
      numClusters(firstCluster + getNumClusters()),
      rng(unsigned(launch.seed * 2654435761u + 1)) {
  if (launch.times)
    times = std::make_unique<TimeModel>(program, launch);
  usesReserved = llvm::any_of(program.specials, [](const auto &special) {
    return getSpecial(special.second) == Special::ReservedSmem;
  });
  hasAcquires = llvm::any_of(program.code, [](const Inst &inst) {
    return inst.order == Order::Acquire || inst.order == Order::AcquireRelease;
  });
}

unsigned Machine::getNumClusters() const {
  unsigned number = 1;
  for (unsigned i = 0; i < 3; ++i)
    number *= launch.grid[i] / launch.cluster[i];
  return number;
}

/// Shared memory without the driver's part, which comes in units of 128 bytes.
static uint64_t getUserShared(const Block &block) {
  return llvm::alignTo(block.shared.size() - window::kSharedStart, 128);
}

static uint64_t getSpecialValue(const Warp &warp, const Launch &launch,
                                unsigned number, unsigned lane) {
  const Block &block = warp.block;
  unsigned part = getComponent(number);
  if (part == 3)
    return 0;
  unsigned thread = warp.index * kLanes + lane;
  unsigned threads[3] = {thread % launch.block[0],
                         thread / launch.block[0] % launch.block[1],
                         thread / launch.block[0] / launch.block[1]};
  unsigned numThreads = launch.block[0] * launch.block[1] * launch.block[2];
  unsigned clusterSize =
      launch.cluster[0] * launch.cluster[1] * launch.cluster[2];
  switch (getSpecial(number)) {
  case Special::Tid:
    return threads[part];
  case Special::Ntid:
    return launch.block[part];
  case Special::Ctaid:
    return block.id[part];
  case Special::Nctaid:
    return launch.grid[part];
  case Special::Clusterid:
    return block.id[part] / launch.cluster[part];
  case Special::Nclusterid:
    return launch.grid[part] / launch.cluster[part];
  case Special::ClusterCtaid:
    return block.id[part] % launch.cluster[part];
  case Special::ClusterNctaid:
    return launch.cluster[part];
  case Special::Laneid:
    return lane;
  case Special::Warpid:
    return warp.index;
  case Special::Nwarpid:
    return (numThreads + kLanes - 1) / kLanes;
  case Special::Smid:
    return block.number % kMultiprocessors;
  case Special::Nsmid:
    return kMultiprocessors;
  case Special::IsExplicitCluster:
    return clusterSize > 1;
  case Special::ClusterCtarank:
    return block.rank;
  case Special::ClusterNctarank:
    return clusterSize;
  case Special::LanemaskEq:
    return 1u << lane;
  case Special::LanemaskLe:
    return (2ull << lane) - 1;
  case Special::LanemaskLt:
    return (1u << lane) - 1;
  case Special::LanemaskGe:
    return uint32_t(~((1u << lane) - 1));
  case Special::LanemaskGt:
    return uint32_t(~((2ull << lane) - 1));
  case Special::TotalSmemSize:
    return getUserShared(block);
  case Special::AggrSmemSize:
    return window::kSharedStart + getUserShared(block);
  case Special::GridBarrierHi:
    return launch.isCooperative ? window::kGridBarrier >> 32 : 0;
  case Special::GridBarrierLo:
    return launch.isCooperative ? uint32_t(window::kGridBarrier) : 0;
  case Special::ReservedSmemEnd:
    return window::kSharedStart;
  case Special::DynamicSmemSize:
    return launch.dynamicShared;
  default:
    return 0;
  }
}

void Machine::setUpWarp(Warp &warp) {
  unsigned threads = launch.block[0] * launch.block[1] * launch.block[2];
  unsigned count = std::min(kLanes, threads - warp.index * kLanes);
  warp.live = count == kLanes ? kAllLanes : (1u << count) - 1;
  warp.firstLive = warp.live;
  warp.groups.push_back({0, warp.live, kNoTarget});
  Cluster &cluster = warp.block.cluster;
  warp.agent = cluster.addAgent(describeWarp(warp.index, warp.block.id));
  warp.known.order.raise(warp.agent, warp.clock);
  if (!launch.isDependent)
    waitForLaunches(warp);
  for (auto [row, number] : program.specials)
    for (unsigned lane = 0; lane < kLanes; ++lane)
      warp.registers[row * kLanes + lane] =
          getSpecialValue(warp, launch, number, lane);
}

std::array<unsigned, 3> Machine::getBlockId(unsigned cluster,
                                            unsigned rank) const {
  std::array<unsigned, 3> id;
  cluster -= firstCluster;
  for (unsigned i = 0; i < 3; ++i) {
    unsigned clusters = launch.grid[i] / launch.cluster[i];
    id[i] = cluster % clusters * launch.cluster[i] + rank % launch.cluster[i];
    cluster /= clusters;
    rank /= launch.cluster[i];
  }
  return id;
}

void Machine::startCluster() {
  auto cluster = std::make_unique<Cluster>();
  cluster->number = nextCluster++;
  unsigned size = launch.cluster[0] * launch.cluster[1] * launch.cluster[2];
  unsigned threads = launch.block[0] * launch.block[1] * launch.block[2];
  unsigned numWarps = (threads + kLanes - 1) / kLanes;
  for (unsigned rank = 0; rank < size; ++rank) {
    auto block = std::make_unique<Block>(*this, *cluster, rank,
                                         getBlockId(cluster->number, rank));
    block->number = (cluster->number - firstCluster) * size + rank;
    block->warpgroups.resize((numWarps + 3) / 4);
    block->alive = numWarps;
    for (unsigned i = 0; i < numWarps; ++i) {
      block->warps.push_back(std::make_unique<Warp>(*this, *block, i));
      setUpWarp(*block->warps.back());
    }
    if (times)
      times->startBlock(*block);
    cluster->alive += numWarps;
    cluster->blocks.push_back(std::move(block));
  }
  cluster->arriving = Knowledge(cluster->number);
  cluster->done = Knowledge(cluster->number);
  cluster->arrivingInits = Knowledge(cluster->number);
  cluster->doneInits = Knowledge(cluster->number);
  clusters.push_back(std::move(cluster));
}

/// Whether a warp that has used up its turn is as it was some turns ago, and
/// nothing has happened since: it goes round until something does. What it is
/// compared with is that of turn 16, 32, 64 and so on.
bool Machine::isEndless(Warp &warp) {
  constexpr uint64_t kPatience = 16;
  LoopState &loop = warp.loop;
  if (loop.progress != progressCount) {
    loop = LoopState();
    loop.progress = progressCount;
  }
  loop.isEndless = !loop.groups.empty() && loop.groups == warp.groups &&
                   loop.carry == warp.carry && loop.registers == warp.registers;
  if (++loop.turns >= kPatience && llvm::isPowerOf2_64(loop.turns)) {
    loop.registers = warp.registers;
    loop.groups = warp.groups;
    loop.carry = warp.carry;
  }
  return loop.isEndless;
}

/// Runs until the budget is used, or something has to be waited for. False if
/// it asked for what is not there yet.
bool Machine::runWarp(Warp &warp, unsigned budget) {
  if (warp.loop.isEndless && warp.loop.progress == progressCount)
    return false;
  warp.isSpinning = false;
  currentWarp = &warp;
  while (budget > 0 && warp.wait == Wait::None && !hasStopped) {
    Group &group = warp.groups.back();
    if (group.place == group.reconverge) {
      warp.groups.pop_back();
      warp.tick();
      continue;
    }
    unsigned place = group.place++;
    const Inst &inst = program.code[place];
    uint32_t mask = group.mask;
    if (inst.guard != kNoRow) {
      const uint64_t *guard = warp.source(inst.guard);
      uint32_t isTrue = 0;
      for (unsigned lane = 0; lane < kLanes; ++lane)
        isTrue |= uint32_t(guard[lane] & 1) << lane;
      mask &= inst.isGuardNegated ? ~isTrue : isTrue;
    }
    --budget;
    ++steps;
    ++executions[place];
    if (mask == 0)
      continue;
    counters.laneInstructions += __builtin_popcount(mask);
    warp.current = place;
    warp.mask = mask;
    if (times)
      times->begin(warp, inst);
    inst.execute(warp, inst);
    if (times)
      times->end(warp, inst, place);
    if (warp.isSpinning)
      return false;
    // What others are told of may come to them before anything behind it: a
    // slice is longer than what most locks are held for.
    if (inst.order != Order::Weak && random() % 4 == 0)
      break;
  }
  if (warp.wait == Wait::Done)
    finishWarp(warp);
  return budget > 0 || !isEndless(warp);
}

void Machine::finishWarp(Warp &warp) {
  progress();
  if (llvm::any_of(warp.inFlight,
                   [&](Clock clock) { return clock > warp.productsDone; })) {
    Finding &finding =
        reportFor(Code::EarlyExit, warp, getCause(warp.lastProduct),
                  "the warp ends while a wgmma is in flight, which reads the "
                  "block's shared memory");
    if (finding.parties.size() == 1)
      finding.parties.push_back(
          {getPlace(warp.lastProduct), "the last wgmma", "is in flight"});
  }
  Block &block = warp.block;
  --block.alive;
  --block.cluster.alive;
  // An arrival at the barrier of the cluster leaves with its warp.
  if (warp.clusterPhase == block.cluster.phase + 1)
    --block.cluster.arrived;
  for (unsigned i = 0; i < 16; ++i)
    checkBarrier(block, i);
  checkClusterBarrier(block.cluster);
  if (block.alive == 0)
    finishBlock(block);
}

/// One round. False if no warp did anything but wait.
bool Machine::runCluster(Cluster &cluster) {
  unsigned numWarps = cluster.blocks[0]->warps.size();
  unsigned all = numWarps * cluster.blocks.size();
  unsigned start = random() % all;
  bool wasUseful = false;
  for (unsigned i = 0; i < all && !hasStopped; ++i) {
    unsigned number = (start + i) % all;
    Warp &warp = *cluster.blocks[number / numWarps]->warps[number % numWarps];
    if (warp.wait == Wait::None)
      wasUseful |= runWarp(warp, 1u << (5 + random() % 8));
  }
  return wasUseful;
}

/// What a machine does of which every warp waits.
bool Machine::resolveStuck() {
  for (auto &cluster : clusters)
    if (!cluster->pending.empty()) {
      size_t choice = random() % cluster->pending.size();
      PendingCopy copy = std::move(cluster->pending[choice]);
      cluster->pending.erase(cluster->pending.begin() + choice);
      copy.complete();
      progress();
      return true;
    }
  // As many as the device has room for.
  unsigned size = launch.cluster[0] * launch.cluster[1] * launch.cluster[2];
  size_t most = getMostResident(program, launch) / size;
  if (nextCluster == numClusters || clusters.size() >= most)
    return false;
  // Blocks that wait for blocks which have not begun: as many again.
  resident = std::min(2 * clusters.size(), most);
  startCluster();
  return true;
}

void Machine::run() {
  // Loops that give up after some time are waited for that long.
  constexpr uint64_t kPatience = 1 << 16;
  uint64_t seen = 0, idleSince = 0, lastSteps = 0;
  unsigned idleRounds = 0;
  while (!hasStopped) {
    while (clusters.size() < resident && nextCluster < numClusters)
      startCluster();
    if (clusters.empty())
      break;
    bool wasUseful = false;
    // The seed says which goes first.
    for (size_t i = 0, count = clusters.size(); i < count && !hasStopped; ++i)
      wasUseful |= runCluster(*clusters[(launch.seed + i) % count]);
    llvm::erase_if(clusters,
                   [](const auto &cluster) { return cluster->alive == 0; });
    if (steps > launch.maxInstructions) {
      reporter.add(Code::Limit, {0, 0, 0}).first->message =
          "not judged (UNVERIFIED) after " + std::to_string(steps) +
          " warp instructions; --max-instructions= allows more";
      return;
    }
    // A loop that asks again may do something else now and then: it is idle
    // when nothing happens for some rounds.
    if (wasUseful || progressCount != seen) {
      idleRounds = 0;
      idleSince = lastSteps = steps;
    }
    seen = progressCount;
    if (clusters.empty() || hasStopped || ++idleRounds < 64)
      continue;
    idleRounds = 0;
    bool isAsleep = steps == std::exchange(lastSteps, steps);
    if (resolveStuck()) {
      idleSince = steps;
    } else if (isAsleep || steps - idleSince > kPatience) {
      reportDeadlock();
      hasStopped = true;
    }
  }
}

std::string Machine::describeWait(Warp &warp) {
  const Block &block = warp.block;
  std::string text;
  llvm::raw_string_ostream os(text);
  os << describe(warp.agent, kSeveralLanes);
  if (warp.wait == Wait::Barrier) {
    const NamedBarrier &barrier = block.barriers[warp.waitsFor];
    os << " waits at barrier " << warp.waitsFor << ", where " << barrier.arrived
       << " threads of " << barrier.expected << " have arrived";
  } else if (warp.wait == Wait::Cluster) {
    os << " waits for the barrier of the cluster, where "
       << warp.block.cluster.arrived << " warps of " << warp.block.cluster.alive
       << " have arrived";
  } else if (warp.wait == Wait::Registers) {
    os << " waits for " << warp.waitsFor << " registers a thread, has "
       << warp.numRegisters << ", and " << block.freeRegisters << " are free";
  } else if (warp.wait == Wait::Warpgroup) {
    os << " waits for the other warps of its warpgroup";
  } else if (warp.spinAddress != 0) {
    auto [address, phase] = std::pair(warp.spinAddress, warp.spinPhase);
    os << " waits for phase " << phase
       << " of the mbarrier at shared memory +0x"
       << llvm::utohexstr(address & 0xffffff, true);
    Block &owner = *block.cluster.blocks[address >> window::kRankShift];
    auto it = owner.mbarriers.find(address & 0xffffff);
    if (it != owner.mbarriers.end())
      os << ", which is in phase " << it->second.phase << " with "
         << it->second.pending << " arrivals of " << it->second.expected
         << " missing and " << it->second.transactions << " bytes expected";
  } else if (warp.loop.isEndless) {
    os << " goes round in a loop in which nothing changes";
  } else {
    os << " asks again and again for what nobody writes";
  }
  return text;
}

void Machine::reportDeadlock() {
  unsigned count = 0;
  Finding *finding = nullptr;
  for (auto &cluster : clusters)
    for (auto &block : cluster->blocks)
      for (auto &warp : block->warps) {
        if (warp->wait == Wait::Done)
          continue;
        if (!finding) {
          finding = reporter.add(Code::Deadlock, {0, 0, 0}).first;
          finding->parties.clear();
        }
        if (count++ < 8)
          finding->parties.push_back(
              {getPlace(warp->current), describeWait(*warp), "waits"});
      }
  if (!finding)
    return;
  finding->message =
      std::to_string(count) +
      (count == 1 ? " warp waits for ever" : " warps wait for ever");
  if (unsigned rest = numClusters - nextCluster)
    finding->message += ", and " + std::to_string(rest) +
                        (hasClusters() ? " cluster" : " block") +
                        (rest == 1 ? " has" : "s have") +
                        " not begun: there is room for " +
                        std::to_string(getMostResident(program, launch)) +
                        " blocks at a time on " +
                        std::to_string(kMultiprocessors) + " multiprocessors";
}
Result Machine::takeResult() {
  Result result;
  counters.warpInstructions = steps;
  result.isComplete = !hasStopped && clusters.empty();
  result.counters = counters;
  result.output = std::move(output);
  if (times) {
    result.prediction = times->predict(counters);
    result.timeline = times->takeEvents();
  }
  result.findings = reporter.take();
  dropConsequences(result.findings);
  for (size_t i = 0; i < program.code.size(); ++i) {
    if (executions[i] == 0 || !program.code[i].source)
      continue;
    const Instruction &source = *program.code[i].source;
    result.lines.push_back({source.line, source.name.str(), executions[i],
                            sectors[i], conflictCounts[i],
                            times ? uint64_t(times->stalls[i]) : 0});
  }
  return result;
}

std::vector<Result> mlir::dag::ptx::runLaunches(
    llvm::ArrayRef<std::pair<const Program *, Launch *>> launches) {
  std::vector<Result> results;
  std::unique_ptr<Machine> before;
  Launch *last = nullptr;
  for (auto [program, launch] : launches) {
    for (size_t i = 0; last && i < last->buffers.size(); ++i)
      launch->buffers[i].bytes = last->buffers[i].bytes;
    // Where nothing is tracked, a launch leaves its buffers alone.
    if (canUseThreads(*program, *launch)) {
      results.push_back(runOnThreads(*program, *launch));
      before = nullptr;
      last = launch;
      if (!results.back().isComplete)
        break;
      continue;
    }
    auto machine = std::make_unique<Machine>(*program, *launch, before.get());
    machine->run();
    bool hasStopped = machine->hasStopped;
    results.push_back(machine->takeResult());
    before = std::move(machine);
    last = launch;
    if (hasStopped || !results.back().isComplete)
      break;
  }
  return results;
}
