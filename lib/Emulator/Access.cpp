//===- Access.cpp - Addresses, and accesses that conflict -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Machine.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"

using namespace mlir::dag::ptx;
using llvm::StringRef;
using llvm::Twine;

Place Machine::getPlaceOf(const Access &access) const {
  if (!isBefore(access.agent))
    return getPlace(access.inst);
  // Of launches before that, programs are not known any more.
  bool isLast = before && getCluster(access.agent) >= before->firstCluster;
  return isLast ? before->getPlace(access.inst) : Place();
}

Place Machine::getPlace(unsigned inst) const {
  Place place;
  const Instruction *source =
      inst < program.code.size() ? program.code[inst].source : nullptr;
  if (!source)
    return place;
  place.line = source->line;
  place.text = source->name.str();
  if (source->sourceLine != 0) {
    place.sourceFile = program.module->getFile(source->sourceFile).str();
    place.sourceLine = source->sourceLine;
  }
  return place;
}

uint64_t Machine::getCause(unsigned inst) const {
  const Instruction *source =
      inst < program.code.size() ? program.code[inst].source : nullptr;
  if (!source)
    return 0;
  if (source->sourceLine == 0)
    return source->line;
  return uint64_t(1) << 63 | uint64_t(source->sourceFile) << 52 |
         uint64_t(source->sourceLine) << 26 | source->callerLine;
}

std::string Machine::describeWarp(unsigned index,
                                  const std::array<unsigned, 3> &id) {
  return ("warp " + Twine(index) + " of block (" + Twine(id[0]) + "," +
          Twine(id[1]) + "," + Twine(id[2]) + ")")
      .str();
}

/// ` (tile+64)`, the variable at an offset of shared memory.
std::string Machine::nameShared(uint64_t offset) const {
  for (auto [index, address] : program.addresses) {
    const Variable &variable = program.module->variables[index];
    if (variable.space != Space::Shared || offset < address ||
        (offset >= address + variable.bytes && !variable.isExtern))
      continue;
    return (" (" + variable.name + "+" + Twine(offset - address) + ")").str();
  }
  return "";
}

bool Machine::isWarp(Agent agent) const {
  unsigned threads = launch.block[0] * launch.block[1] * launch.block[2];
  unsigned size = launch.cluster[0] * launch.cluster[1] * launch.cluster[2];
  return getNumber(agent) < (threads + kLanes - 1) / kLanes * size;
}

/// Whether an agent is a warp of another block than the one that a region of
/// shared memory is of.
bool Machine::isOfOther(Agent agent, const Region &region) const {
  if (agent == kNoAgent || !isWarp(agent))
    return false;
  const auto &blocks = currentWarp->block.cluster.blocks;
  unsigned rank = getNumber(agent) / blocks[0]->warps.size();
  return rank < blocks.size() && &blocks[rank]->region != &region;
}

std::string Machine::describe(Agent agent, uint8_t lane) {
  if (isBefore(agent))
    return "the launch before";
  std::string text;
  for (auto &cluster : clusters)
    if (cluster->number == getCluster(agent) &&
        getNumber(agent) < cluster->agents.size())
      text = cluster->agents[getNumber(agent)];
  if (text.empty()) {
    // A cluster that has ended.
    unsigned threads = launch.block[0] * launch.block[1] * launch.block[2];
    unsigned perBlock = (threads + kLanes - 1) / kLanes;
    unsigned number = getNumber(agent);
    unsigned rank = number / perBlock;
    unsigned size = launch.cluster[0] * launch.cluster[1] * launch.cluster[2];
    if (rank >= size)
      text = "a copy of cluster " + std::to_string(getCluster(agent));
    else
      text =
          describeWarp(number % perBlock, getBlockId(getCluster(agent), rank));
  }
  if (lane < kLanes && isWarp(agent))
    text += ", lane " + std::to_string(lane);
  return text;
}

Finding &Machine::report(Code code, Warp &warp, const Twine &message,
                         unsigned lane) {
  return reportFor(code, warp, getCause(warp.current), message, lane);
}

Finding &Machine::reportFor(Code code, Warp &warp, uint64_t cause,
                            const Twine &message, unsigned lane) {
  auto [finding, isNew] = reporter.add(code, {cause, 0, 0});
  if (isNew) {
    finding->message = message.str();
    finding->parties.push_back(
        {getPlace(warp.current), describe(warp.agent, lane), "executes"});
  }
  return *finding;
}

void Machine::fault(Code code, Warp &warp, const Twine &message,
                    unsigned lane) {
  report(code, warp, message, lane);
  hasStopped = true;
}

static bool isShared(Space space) {
  return space == Space::Shared || space == Space::SharedCluster;
}

Block *Machine::findShared(Warp &warp, uint64_t address, uint32_t &offset) {
  uint64_t value = address;
  if (value >= window::kShared && value < 2 * window::kShared)
    value -= window::kShared;
  unsigned rank = value >> window::kRankShift;
  offset = value & ((1u << window::kRankShift) - 1);
  if (rank == 0)
    return &warp.block;
  Cluster &cluster = warp.block.cluster;
  return rank <= cluster.blocks.size() ? cluster.blocks[rank - 1].get()
                                       : nullptr;
}

static std::string hex(uint64_t value) {
  return "0x" + llvm::utohexstr(value, true);
}

Block *Machine::getShared(Warp &warp, Space space, uint64_t address,
                          unsigned bytes, uint32_t &offset, unsigned lane) {
  Block *block = findShared(warp, address, offset);
  if (space == Space::Shared && block && block != &warp.block) {
    Finding &finding = report(
        Code::BadAddress, warp,
        "address " + hex(address) + " is in block " + Twine(block->rank) +
            " of the cluster, and the instruction is for the own block",
        lane);
    // A wait has no such form.
    const Instruction *source = program.code[warp.current].source;
    if (source && !StringRef(source->name).contains("_wait."))
      finding.hint = "give the instruction the space .shared::cluster";
    hasStopped = true;
    return nullptr;
  }
  if (!block) {
    fault(Code::BadAddress, warp,
          "address " + hex(address) + " is in no block of the cluster", lane);
    return nullptr;
  }
  if ((offset < window::kSharedStart && !usesReserved) ||
      offset + uint64_t(bytes) > block->shared.size()) {
    fault(Code::OutOfBounds, warp,
          Twine(bytes) + " bytes at shared memory +" + hex(offset) +
              ", which is from +" + hex(window::kSharedStart) + " to +" +
              hex(block->shared.size()),
          lane);
    return nullptr;
  }
  block->isShared |= block != &warp.block;
  if (block->hasExited) {
    fault(Code::EarlyExit, warp,
          "shared memory of a block that has ended is accessed", lane);
    return nullptr;
  }
  return block;
}

void Machine::checkBegun(Warp &warp, const Block &block) {
  uint32_t bit = 1u << block.rank;
  if (warp.begun & bit)
    return;
  warp.begun |= bit;
  for (const auto &other : block.warps)
    if (warp.known.order.get(other->agent) != 0)
      return;
  report(Code::NotBegun, warp,
         "nothing tells " + describe(warp.agent, kSeveralLanes) +
             " that block " + Twine(block.rank) +
             " of the cluster has begun, whose shared memory it accesses");
}

void Machine::track(Region &region, uint64_t offset, unsigned bytes,
                    AccessKind kind, const Actor &actor) {
  if (!region.shadow)
    return;
  currentRegion = &region;
  region.shadow->access(offset, bytes, kind, actor, launch.isStrict, *this);
}

uint8_t *Machine::resolveFor(Warp &warp, const Actor &actor, Space space,
                             uint64_t address, unsigned bytes,
                             AccessKind kind) {
  unsigned lane = actor.lane;
  uint64_t slot = address >> window::kSlotBits;
  if (isShared(space) || (space == Space::Generic && slot == 1)) {
    uint32_t offset;
    Block *block = getShared(warp, space, address, bytes, offset, lane);
    if (!block)
      return nullptr;
    if (block != &warp.block && launch.tracks)
      checkBegun(warp, *block);
    track(block->region, offset, bytes, kind, actor);
    return block->shared.data() + offset;
  }
  if (slot == window::kLocal / window::kSlot) {
    uint64_t offset = address - window::kLocal;
    if (offset + bytes > program.localBytes || lane >= kLanes) {
      fault(Code::OutOfBounds, warp,
            Twine(bytes) + " bytes at local memory +" + hex(offset) + " of " +
                Twine(program.localBytes) + " bytes",
            lane);
      return nullptr;
    }
    return warp.local.data() + lane * program.localBytes + offset;
  }
  Region *region = memory.find(address);
  uint64_t inSlot = address & (window::kSlot - 1);
  if (inSlot >= window::kSlot / 2)
    if (Region *next = memory.find(address - inSlot + window::kSlot)) {
      fault(Code::OutOfBounds, warp,
            Twine(bytes) + " bytes at offset -" +
                Twine(window::kSlot - inSlot) + " of '" + next->name +
                "', which has " + Twine(next->bytes->size()) + " bytes",
            lane);
      return nullptr;
    }
  if (!region) {
    bool isMulticast =
        slot - window::kFirstMulticast < launch.multicasts.size();
    fault(Code::BadAddress, warp,
          "address " + hex(address) +
              (isMulticast ? " is a multicast address, which multimem "
                             "instructions alone access"
                           : " is in no buffer and no variable"),
          lane);
    return nullptr;
  }
  uint64_t offset = address - region->address;
  if (offset + bytes > region->bytes->size()) {
    fault(Code::OutOfBounds, warp,
          Twine(bytes) + " bytes at offset " + Twine(offset) + " of '" +
              region->name + "', which has " + Twine(region->bytes->size()) +
              " bytes",
          lane);
    return nullptr;
  }
  if (region->isReadOnly && kind == AccessKind::Write) {
    fault(Code::ReadOnly, warp, "'" + region->name + "' is written", lane);
    return nullptr;
  }
  track(*region, offset, bytes, kind, actor);
  return region->bytes->data() + offset;
}

bool Machine::checkAlignment(Warp &warp, uint64_t address, unsigned bytes,
                             unsigned lane) {
  if ((address & (bytes - 1)) == 0)
    return true;
  fault(Code::Misaligned, warp,
        "address " + hex(address) + " is not a multiple of " + Twine(bytes),
        lane);
  return false;
}

uint8_t *Machine::resolve(Warp &warp, Space space, uint64_t address,
                          unsigned bytes, AccessKind kind, unsigned lane,
                          bool isStrong) {
  if (!checkAlignment(warp, address, bytes, lane))
    return nullptr;
  return resolveFor(warp, warp.getActor(lane, isStrong), space, address, bytes,
                    kind);
}

bool Machine::isOfOtherLanes(const Access &before, const VectorClock &known) {
  // Of clusters that have ended, warps are not there any more.
  const Cluster *cluster = nullptr;
  for (const auto &other : clusters)
    if (other->number == getCluster(before.agent))
      cluster = other.get();
  if (!cluster || !isWarp(before.agent))
    return false;
  size_t number = getNumber(before.agent);
  size_t perBlock = cluster->blocks[0]->warps.size();
  const Warp &warp =
      *cluster->blocks[number / perBlock]->warps[number % perBlock];
  Clock told = warp.findRelease(before);
  return told == 0 || !known.covers(before.agent, told);
}

/// Whether a load is in a loop that writes nothing, and so asks for what others
/// write.
static bool asksAgain(llvm::ArrayRef<Inst> code, unsigned load) {
  constexpr unsigned kMost = 64;
  auto writes = [](const Inst &inst) {
    StringRef name = inst.source ? StringRef(inst.source->name) : "";
    return name.starts_with("st.") || name.starts_with("atom.") ||
           name.starts_with("red.");
  };
  for (const Inst &inst : code.slice(load).take_front(kMost)) {
    if (inst.target != kNoTarget && inst.target <= load)
      return llvm::none_of(
          code.slice(inst.target, load - inst.target).take_back(kMost), writes);
    if (writes(inst))
      return false;
  }
  return false;
}

bool Machine::needsLockStep(const Access &load, const Access &store) {
  const Inst &from = program.code[load.inst], &to = program.code[store.inst];
  auto is = [](const Inst &inst, StringRef name) {
    return inst.source && StringRef(inst.source->name).starts_with(name);
  };
  return is(from, "ld.") && is(to, "st.") && from.order < Order::Acquire &&
         !asksAgain(program.code, load.inst);
}

bool Machine::haveScope(const Access &before, const Access &now) {
  if (before.agent == now.agent || isBefore(before.agent))
    return true;
  Scope needed = Scope::Gpu;
  if (getCluster(before.agent) == getCluster(now.agent)) {
    size_t warps = currentWarp->block.warps.size();
    bool areWarps = isWarp(before.agent) && isWarp(now.agent);
    bool isOne = !areWarps || getNumber(before.agent) / warps ==
                                  getNumber(now.agent) / warps;
    needed = isOne ? Scope::Cta : Scope::Cluster;
  }
  return Scope(before.scope) >= needed && Scope(now.scope) >= needed;
}

static Code getCode(Conflict conflict, const Actor &actor, const Access &before,
                    AccessKind beforeKind, bool isGlobal, bool isOther) {
  switch (conflict) {
  case Conflict::Lanes:
    return Code::WarpRace;
  case Conflict::Proxy:
    return Code::ProxyFence;
  case Conflict::Uninitialised:
    return Code::Uninitialised;
  case Conflict::Barrier:
    return Code::BarrierAccess;
  case Conflict::ReadOnly:
    return Code::ReadOnlyLoad;
  case Conflict::Race:
  case Conflict::OtherLanes:
    break;
  }
  if (before.isAsync || before.isGroup)
    return beforeKind == AccessKind::Write ? Code::NotWaited
                                           : Code::SourceReused;
  // A copy into memory that is still read.
  bool isCopy = actor.access.isAsync || actor.access.isGroup;
  if (isCopy && beforeKind == AccessKind::Read)
    return Code::SourceReused;
  if (isGlobal)
    return Code::GlobalRace;
  return isOther ? Code::ClusterRace : Code::SharedRace;
}

/// What is found is grouped by its code, the memory, what the later side did
/// last to be ordered, and, where nothing was, by its line.
void Machine::handle(Conflict conflict, const Actor &actor, AccessKind kind,
                     const Access &before, AccessKind beforeKind,
                     uint64_t offset) {
  Region &region = *currentRegion;
  bool isRace = conflict == Conflict::Race || conflict == Conflict::OtherLanes;
  if (conflict == Conflict::ReadOnly && isBefore(before.agent))
    return;
  bool isGlobal = region.address != 0;
  bool isOther = !isGlobal && (isOfOther(actor.access.agent, region) ||
                               isOfOther(before.agent, region));
  Code code = getCode(conflict, actor, before, beforeKind, isGlobal, isOther);
  if (isRace && isBefore(before.agent) && before.agent != kNoAgent)
    code = Code::LaunchRace;
  uint64_t cause =
      currentWarp->lastSync ? getCause(currentWarp->lastSync - 1) : 0;
  // Nothing is to be ordered there.
  if (conflict == Conflict::Uninitialised || conflict == Conflict::Barrier ||
      conflict == Conflict::ReadOnly)
    cause = getCause(actor.access.inst);
  auto [finding, isNew] =
      reporter.add(code, {cause, isGlobal ? region.address : 1, 0});
  const char *ownHint = std::exchange(hint, nullptr);
  if (!isNew)
    return;
  if (ownHint)
    finding->hint = ownHint;
  else if (conflict == Conflict::OtherLanes)
    finding->hint =
        "bar.warp.sync before the lane that tells the others: __syncwarp()";
  else if (isRace && before.isStrong && actor.access.isStrong)
    finding->hint = "make both accesses of the same bytes, with a scope that "
                    "the other side is in: .cluster, .gpu";
  auto name = [](AccessKind k, bool isAsync, bool isPast) {
    std::string text = k == AccessKind::Write ? (isPast ? "wrote" : "writes")
                                              : (isPast ? "read" : "reads");
    return isAsync ? "asynchronously " + text : text;
  };
  finding->address =
      isGlobal ? ("'" + region.name + "' at byte " + Twine(offset)).str()
               : region.name + " +" + hex(offset) + nameShared(offset);
  Party now{getPlace(actor.access.inst),
            describe(actor.access.agent, actor.access.getLane()),
            name(kind, actor.access.isAsync, false)};
  finding->parties.push_back(now);
  if (conflict == Conflict::Uninitialised) {
    finding->message = finding->address + " is read, which nobody has written";
    return;
  }
  if (conflict == Conflict::Barrier) {
    finding->message = finding->address + " is of an mbarrier, which mbarrier "
                                          "instructions alone may access";
    return;
  }
  Party past{getPlaceOf(before), describe(before.agent, before.getLane()),
             name(beforeKind, before.isAsync || before.isGroup, true)};
  finding->parties.push_back(past);
  finding->message =
      now.agent + " " + now.action + " what " + past.agent + " " + past.action;
  if (conflict == Conflict::ReadOnly) {
    finding->message += " in this launch, by a load that is for memory which "
                        "nobody writes";
    return;
  }
  finding->message += conflict == Conflict::Proxy
                          ? ", without a proxy fence between"
                          : ", and nothing orders the two";
}
