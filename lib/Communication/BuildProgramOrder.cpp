//===- BuildProgramOrder.cpp - From programs of ranks to an order -*- C++
//-*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Programs say themselves what each rank calls. Nothing is assumed about ranks
// that look alike: every rank is a class of its own.
//
//===----------------------------------------------------------------------===//

#include "CheckProgramBuffers.h"
#include "dag/Dialect/Dag/IR/Program.h"
#include "dag/Support/RangeSet.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"

#include <deque>
#include <map>
#include <set>

using namespace mlir;
using namespace mlir::dag;

namespace {

class ProgramOrderBuilder {
public:
  explicit ProgramOrderBuilder(ProgramOp program) : program(program) {}
  CommunicationOrder run();

private:
  /// A call of a function, worked out once for all of its ranks.
  struct Call {
    CommunicationOpInterface op;
    CommunicatorOp communicator;
    bool joinsPrevious;
    uint32_t site;
    uint64_t signature;
  };
  /// The ranks of one communicator, in the order of members.
  struct Group {
    uint32_t number;
    SmallVector<uint32_t> members;
  };
  /// Both ends of the n-th transfer between two members.
  struct Transfer {
    CommunicationOpInterface send, recv;
  };

  SmallVector<Call> getCalls(FunctionOp function);
  const Group &getGroup(CommunicatorOp communicator, uint32_t rank);
  void addRank(FunctionOp function, ArrayRef<Call> calls, uint32_t rank);
  void addDevice(uint32_t rank, int64_t device, Operation *statedBy);
  void addDevices(FunctionOp function);
  void checkDevices();
  void checkTransfers();

  ProgramOp program;
  MeshShape mesh;
  CommunicationOrder order;
  llvm::StringMap<uint64_t> signatures;
  /// What has stated the device of each rank, and which pairs differ.
  std::vector<Operation *> devicesStatedBy;
  DenseSet<std::pair<Operation *, Operation *>> otherDevices;
  /// Groups of a deque stay where they are.
  std::deque<Group> groups;
  DenseMap<std::pair<Operation *, uint32_t>, const Group *> groupsOfRanks;
  /// Transfers by communicator, sender and receiver.
  using Channel = std::tuple<uint32_t, uint32_t, uint32_t>;
  std::map<Channel, std::pair<uint32_t, uint32_t>> numTransfers;
  llvm::MapVector<std::pair<uint64_t, uint64_t>, Transfer> transfers;
  std::map<Channel, uint64_t> channels;
};

} // namespace

/// What is simulated rank by rank: ranks, and calls of all of them.
static constexpr int64_t kMaxRanks = int64_t(1) << 18;
static constexpr uint64_t kMaxCalls = uint64_t(1) << 26;

/// `@tp of ranks 0, 1`; many are told as ranges.
static std::string describeMembers(CommunicatorOp communicator,
                                   ArrayRef<uint32_t> members) {
  constexpr size_t kMaxShown = 16;
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "@" << communicator.getSymName() << " of ranks ";
  if (members.size() <= kMaxShown) {
    llvm::interleaveComma(members, os);
    return text;
  }
  RangeSet ranks;
  for (uint32_t member : members)
    ranks.insert(member);
  os << ranks.str();
  return text;
}

SmallVector<ProgramOrderBuilder::Call>
ProgramOrderBuilder::getCalls(FunctionOp function) {
  SmallVector<Call> calls;
  Operation *group = nullptr;
  function.walk<WalkOrder::PreOrder>([&](CommunicationOpInterface op) {
    CommunicatorOp communicator = lookupCommunicator(op);
    if (!communicator)
      return;
    auto parent = dyn_cast<CommGroupOp>(op->getParentOp());
    bool joinsPrevious = parent && parent == group;
    group = parent;
    std::string on = ("@" + communicator.getSymName()).str();
    std::string text;
    if (std::optional<int64_t> peer = op.getPeerMember())
      text = (op.isSend() ? "to member " : "from member ") +
             std::to_string(*peer) + " of " + on;
    else
      text = stringifyCollectiveKind(op.getCallKind()).str() + " on " + on;
    order.sites.push_back({op.getLoc(), text});
    int64_t members = 1;
    for (Attribute axis : communicator.getAxes())
      members *= mesh.getSize(cast<StringAttr>(axis)).value_or(1);
    auto [it, isNew] = signatures.try_emplace(getCallSignature(op, members),
                                              order.signatures.size());
    if (isNew)
      order.signatures.push_back(it->first().str());
    if (RankedTensorType type = op.getCountedType();
        type && !type.hasStaticShape() && members > 1)
      order.assumption = "ranks that have the same sizes where calls do not "
                         "state them ('?')";
    calls.push_back({op, communicator, joinsPrevious,
                     uint32_t(order.sites.size() - 1), it->second});
  });
  return calls;
}

const ProgramOrderBuilder::Group &
ProgramOrderBuilder::getGroup(CommunicatorOp communicator, uint32_t rank) {
  if (const Group *known = groupsOfRanks.lookup({communicator, rank}))
    return *known;
  SmallVector<StringAttr> axes;
  for (Attribute axis : communicator.getAxes())
    axes.push_back(cast<StringAttr>(axis));
  // Once for all of its members.
  Group &group = groups.emplace_back();
  group.number = order.communicators.size();
  group.members = llvm::to_vector_of<uint32_t>(dag::getGroup(mesh, rank, axes));
  for (uint32_t member : group.members)
    groupsOfRanks[{communicator, member}] = &group;
  Communicator &made = order.communicators.emplace_back();
  made.name = describeMembers(communicator, group.members);
  made.members = group.members;
  return group;
}

void ProgramOrderBuilder::addRank(FunctionOp function, ArrayRef<Call> calls,
                                  uint32_t rank) {
  std::vector<CommunicationOp> &ops = order.classes[rank].ops;
  for (const Call &call : calls) {
    CommunicationOpInterface interface = call.op;
    const Group &group = getGroup(call.communicator, rank);
    CommunicationOp op;
    op.joinsPrevious = call.joinsPrevious && !ops.empty();
    op.site = call.site;
    if (std::optional<int64_t> peer = interface.getPeerMember()) {
      bool isSend = interface.isSend();
      op.kind = isSend ? CommunicationKind::Send : CommunicationKind::Recv;
      op.other = group.members[*peer];
      op.communicator = group.number;
      Channel channel(group.number, isSend ? rank : op.other,
                      isSend ? op.other : rank);
      uint64_t id =
          channels.try_emplace(channel, channels.size()).first->second;
      auto &[numSends, numRecvs] = numTransfers[channel];
      uint64_t number = isSend ? numSends++ : numRecvs++;
      op.data = (id << 32) | number;
      Transfer &transfer = transfers[{id, number}];
      (isSend ? transfer.send : transfer.recv) = interface;
    } else {
      op.kind = CommunicationKind::Collective;
      op.other = group.number;
      op.data = call.signature;
    }
    ops.push_back(op);
    ++order.numOps;
  }
}

/// A rank is a process with one device. Two ops that differ are one finding.
void ProgramOrderBuilder::addDevice(uint32_t rank, int64_t device,
                                    Operation *statedBy) {
  RankClass &rankClass = order.classes[rank];
  Operation *&first = devicesStatedBy[rank];
  if (!first) {
    first = statedBy;
    rankClass.devices.push_back(device);
  } else if (rankClass.devices.front() != device &&
             otherDevices.insert({first, statedBy}).second) {
    order.issues.push_back(
        {Code::DAG807,
         statedBy->getLoc(),
         "expected " + rankClass.name + " on device " +
             std::to_string(rankClass.devices.front()) + " only, but got " +
             std::to_string(device) + " as well",
         {{first->getLoc(), "it is on device " +
                                std::to_string(rankClass.devices.front()) +
                                " here"}}});
  }
}

void ProgramOrderBuilder::addDevices(FunctionOp function) {
  std::optional<ArrayRef<int64_t>> devices = function.getDevices();
  if (!devices)
    return;
  size_t index = 0;
  RangeSet set = function.getRanks().getSet();
  for (RangeSet::Range range : set.getRanges())
    for (int64_t rank = range.first; rank <= range.last; ++rank, ++index)
      addDevice(rank, (*devices)[index], function);
}

/// Ranks make all communicators before they run a function, those that nobody
/// calls as well.
void ProgramOrderBuilder::checkDevices() {
  std::set<std::vector<StringRef>> known;
  for (auto communicator : program.getBody().getOps<CommunicatorOp>()) {
    SmallVector<StringAttr> axes, others;
    for (Attribute axis : communicator.getAxes())
      axes.push_back(cast<StringAttr>(axis));
    std::vector<StringRef> names;
    for (StringAttr axis : mesh.getAxes())
      if (llvm::is_contained(axes, axis))
        names.push_back(axis.getValue());
      else
        others.push_back(axis);
    if (!known.insert(names).second)
      continue; // Its groups have the same members.
    DenseMap<std::pair<int64_t, int64_t>, uint32_t> owner;
    for (auto [rank, rankClass] : llvm::enumerate(order.classes)) {
      if (rankClass.devices.empty())
        continue;
      int64_t device = rankClass.devices.front();
      // Members have one place on all other axes.
      int64_t place = getPosition(mesh, others, getCoordinates(mesh, rank));
      auto [it, isNew] = owner.try_emplace({place, device}, rank);
      if (isNew)
        continue;
      std::string name = describeMembers(
          communicator,
          llvm::to_vector_of<uint32_t>(dag::getGroup(mesh, rank, axes)));
      order.issues.push_back(
          {Code::DAG807,
           rankClass.loc,
           "expected the ranks of a communicator on different devices, but "
           "device " +
               std::to_string(device) + " is in " + name + " twice",
           {{order.classes[it->second].loc,
             "as one of " + order.classes[it->second].name}}});
      return;
    }
  }
}

/// What is received is of the type that is sent. One finding for a pair of ops.
void ProgramOrderBuilder::checkTransfers() {
  DenseSet<std::pair<Operation *, Operation *>> seen;
  for (auto &[key, transfer] : transfers) {
    if (!transfer.send || !transfer.recv ||
        !seen.insert({transfer.send, transfer.recv}).second)
      continue;
    Type sent = transfer.send.getCountedType();
    Type received = transfer.recv.getCountedType();
    if (sent == received)
      continue;
    std::string message;
    llvm::raw_string_ostream(message)
        << "expected to receive " << sent << ", which is sent, but got "
        << received;
    order.issues.push_back({Code::DAG804,
                            transfer.recv.getLoc(),
                            message,
                            {{transfer.send.getLoc(), "it is sent here"}}});
  }
}

CommunicationOrder ProgramOrderBuilder::run() {
  std::optional<MeshShape> shape = getProgramMesh(program);
  if (!shape) {
    order.unknown = "the program has no mesh";
    return std::move(order);
  }
  mesh = std::move(*shape);
  int64_t numRanks = mesh.getSize(mesh.getAxes());
  uint64_t numCalls = 0;
  SmallVector<std::pair<FunctionOp, SmallVector<Call>>> functions;
  for (auto function : program.getBody().getOps<FunctionOp>()) {
    functions.push_back({function, getCalls(function)});
    numCalls = llvm::SaturatingMultiplyAdd<uint64_t>(
        function.getRanks().getSet().size(), functions.back().second.size(),
        numCalls);
  }
  if (numRanks > kMaxRanks || numCalls > kMaxCalls) {
    order.unknown = "the program has more than " + std::to_string(kMaxRanks) +
                    " ranks, or more than " + std::to_string(kMaxCalls) +
                    " calls of all of them";
    return std::move(order);
  }
  for (int64_t rank = 0; rank < numRanks; ++rank)
    order.classes.push_back(
        {"rank " + std::to_string(rank), program.getLoc(), {}, {}});
  devicesStatedBy.resize(numRanks);
  MeshOp meshOp = program.lookupMesh();
  if (std::optional<ArrayRef<int64_t>> devices = meshOp.getDevices())
    for (auto [rank, device] : llvm::enumerate(*devices))
      addDevice(rank, device, meshOp);
  ProgramBuffers buffers(program, order);
  for (auto &[function, calls] : functions) {
    buffers.addFunction(function);
    addDevices(function);
    RangeSet set = function.getRanks().getSet();
    for (RangeSet::Range range : set.getRanges())
      for (int64_t rank = range.first; rank <= range.last; ++rank) {
        RankClass &rankClass = order.classes[rank];
        if (rankClass.ops.empty())
          rankClass.loc = function.getLoc();
        addRank(function, calls, rank);
        buffers.runRank(rank);
      }
  }
  buffers.end();
  checkDevices();
  checkTransfers();
  return std::move(order);
}

CommunicationOrder dag::getCommunicationOrder(ProgramOp program) {
  return ProgramOrderBuilder(program).run();
}
