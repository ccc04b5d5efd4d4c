//===- BuildOrder.cpp - From plans and tables to an order -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PlanTransfers.h"
#include "dag/Analysis/CommunicationOrder.h"
#include "dag/Analysis/ScheduleCoverage.h"
#include "dag/Dialect/Dag/IR/Sharding.h"
#include "dag/Support/RangeSet.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"

#include <map>

using namespace mlir;
using namespace mlir::dag;

namespace {

class OrderBuilder {
public:
  explicit OrderBuilder(Location loc) : loc(loc) {}
  CommunicationOrder run(ModelOp model, const OrderOptions &options);
  CommunicationOrder run(ScheduleOp schedule);

private:
  /// A collective of a stage that other classes take part in.
  struct StageCall {
    Operation *op;
    uint32_t communicator, site;
    uint64_t signature;
  };
  struct StageInfo {
    StageOp op;
    uint32_t rankClass = 0;
    SmallVector<StageCall, 0> calls;
    /// Collectives among the ranks of the class alone.
    int64_t numOwnCalls = 0;
  };

  // Plans.
  void addClasses(const PlanTransfers &transfers);
  void addCalls(StageInfo &stage);
  void checkDevices(ArrayRef<uint32_t> classes, Location loc);
  void checkEnds(const PlanTransfers &transfers);
  void addOpsAsWritten(const PlanTransfers &transfers);
  bool addScheduled(const PlanTransfers &transfers, ScheduleOp op,
                    const OrderOptions &options);
  // Tables.
  void addRows(const Schedule &schedule);
  void addCollective(uint32_t rankClass, const Action &action);
  void checkCoverage(const Schedule &schedule);
  void checkRows(const Schedule &schedule, ArrayRef<StageEdge> edges);
  void reportStuck(const Schedule &schedule, ArrayRef<StuckAction> stuck);

  uint32_t addSite(Location loc, std::string text, bool isGradient = false) {
    order.sites.push_back({loc, std::move(text), isGradient});
    return order.sites.size() - 1;
  }
  uint64_t getSignature(StringRef text) {
    auto [it, isNew] = signatures.try_emplace(text, order.signatures.size());
    if (isNew)
      order.signatures.push_back(text.str());
    return it->second;
  }
  void report(StringRef code, Location loc, const Twine &message) {
    order.issues.push_back({code, loc, message.str(), {}});
  }
  void addOp(uint32_t rankClass, const CommunicationOp &op) {
    order.classes[rankClass].ops.push_back(op);
    ++order.numOps;
  }

  CommunicationOrder order;
  /// Of the schedule, or of the model.
  Location loc;
  MeshShape mesh;
  std::map<int64_t, StageInfo> stages;
  llvm::StringMap<uint64_t> signatures;
  llvm::StringMap<uint32_t> communicators;
  /// Classes by axis, with their coordinate.
  llvm::MapVector<StringAttr, std::map<int64_t, uint32_t>> classesOnAxis;
  /// Sends and recvs of a plan by the stages at their ends.
  std::map<std::pair<int64_t, int64_t>, SmallVector<uint32_t>> sendsOn, recvsOn;
  std::vector<std::pair<uint32_t, uint32_t>> transferSites;
  std::map<std::tuple<int64_t, int64_t, bool>, uint32_t> tableSites;
};

} // namespace

//===----------------------------------------------------------------------===//
// Ranks and collectives of a plan
//===----------------------------------------------------------------------===//

/// `devices 0-7 of stages 0, 4`.
static std::string getClassName(ArrayRef<StageOp> stages,
                                ArrayRef<int64_t> devices) {
  std::string name;
  if (devices.empty()) {
    name = "ranks";
  } else {
    RangeSet set;
    for (int64_t device : devices)
      set.insert(device);
    name = (devices.size() == 1 ? "device " : "devices ") + set.str();
  }
  name += stages.size() == 1 ? " of stage " : " of stages ";
  llvm::raw_string_ostream os(name);
  llvm::interleaveComma(stages, os,
                        [&](StageOp stage) { os << stage.getIndex(); });
  return name;
}

void OrderBuilder::addClasses(const PlanTransfers &transfers) {
  llvm::MapVector<std::pair<StringAttr, int64_t>, SmallVector<StageOp, 1>>
      coordinates;
  int64_t unplaced = 0;
  for (StageOp stage : transfers.stages) {
    bool isPlaced = stage.getAxisAttr() && stage.getCoordinate();
    coordinates[{isPlaced ? stage.getAxisAttr() : StringAttr(),
                 isPlaced ? *stage.getCoordinate() : unplaced++}]
        .push_back(stage);
  }
  auto sorted = coordinates.takeVector();
  llvm::stable_sort(sorted, [](const auto &a, const auto &b) {
    return a.first.second < b.first.second;
  });
  for (auto &[key, members] : sorted) {
    uint32_t rankClass = order.classes.size();
    SmallVector<int64_t, 0> devices;
    if (auto stated = members.front().getDevices())
      devices.assign(stated->begin(), stated->end());
    order.classes.push_back({getClassName(members, devices),
                             members.front().getLoc(),
                             {},
                             devices});
    if (key.first)
      classesOnAxis[key.first][key.second] = rankClass;
    for (StageOp stage : members)
      if (auto [it, isNew] = stages.try_emplace(stage.getIndex()); isNew) {
        it->second.op = stage;
        it->second.rankClass = rankClass;
      }
  }
}

/// What all ranks of a collective have to agree on.
static std::string getSignatureText(CollectiveOpInterface op,
                                    const MeshShape &mesh) {
  std::string text =
      stringifyRole(cast<RoleOpInterface>(*op).getDeploymentRole()).str();
  llvm::raw_string_ostream os(text);
  if (auto type =
          dyn_cast<RankedTensorType>(op.getCollectiveOperand().getType())) {
    int64_t count = 1;
    for (int64_t size : getLocalShape(type, mesh))
      count = multiplySizes(count, size).value_or(ShapedType::kDynamic);
    os << " of ";
    if (count < 0)
      os << "?";
    else
      os << count;
    os << " x " << type.getElementType();
  }
  if (!op.getRootCoordinates().empty()) {
    os << " from the root ";
    llvm::interleaveComma(op.getRootCoordinates(), os);
  }
  return text;
}

void OrderBuilder::addCalls(StageInfo &stage) {
  StringAttr axis = stage.op.getAxisAttr();
  stage.op.walk<WalkOrder::PreOrder>([&](CollectiveOpInterface op) {
    if (isa<SliceOp>(op))
      return;
    SmallVector<StringAttr, 4> axes;
    for (Attribute name : op.getCollectiveAxes())
      axes.push_back(cast<StringAttr>(name));
    if (!axis || !llvm::is_contained(axes, axis)) {
      ++stage.numOwnCalls;
      return;
    }
    llvm::sort(axes, [](StringAttr a, StringAttr b) {
      return a.getValue() < b.getValue();
    });
    std::string name = formatAxes(axes);
    auto [it, isNew] =
        communicators.try_emplace(name, order.communicators.size());
    if (isNew) {
      Communicator &communicator = order.communicators.emplace_back();
      communicator.name = name;
      for (auto [coordinate, rankClass] : classesOnAxis[axis])
        communicator.members.push_back(rankClass);
      checkDevices(communicator.members, op.getLoc());
      int64_t size = mesh.getSize(axis).value_or(0);
      if (static_cast<int64_t>(communicator.members.size()) < size)
        report("DAG802", op.getLoc(),
               "expected all " + Twine(size) + " coordinates of axis '" +
                   axis.getValue() + "' to call the collective on " + name +
                   ", but only " + Twine(communicator.members.size()) +
                   " of them have stages");
    }
    std::string text = getSignatureText(op, mesh);
    stage.calls.push_back(
        {op, it->second,
         addSite(op.getLoc(),
                 stringifyRole(cast<RoleOpInterface>(*op).getDeploymentRole())
                         .str() +
                     " on " + name),
         getSignature(text)});
  });
}

void OrderBuilder::checkDevices(ArrayRef<uint32_t> classes, Location at) {
  DenseMap<int64_t, uint32_t> owner;
  for (uint32_t rankClass : classes)
    for (int64_t device : order.classes[rankClass].devices) {
      auto [it, isNew] = owner.try_emplace(device, rankClass);
      if (isNew || it->second == rankClass)
        continue;
      const RankClass &a = order.classes[it->second];
      const RankClass &b = order.classes[rankClass];
      report("DAG807", at,
             "expected the ranks of a communicator on different devices, but "
             "device " +
                 Twine(device) + " is in it twice");
      order.issues.back().notes.push_back({a.loc, "as one of " + a.name});
      order.issues.back().notes.push_back({b.loc, "as one of " + b.name});
      return;
    }
}

//===----------------------------------------------------------------------===//
// Transfers of a plan
//===----------------------------------------------------------------------===//

void OrderBuilder::checkEnds(const PlanTransfers &transfers) {
  std::map<std::pair<uint32_t, uint32_t>, bool> pairs;
  for (PlanTransfer transfer : transfers.transfers) {
    std::string text = "from stage " + std::to_string(transfer.source) +
                       " to stage " + std::to_string(transfer.target);
    Operation *op = transfer.send ? transfer.send.getOperation()
                                  : transfer.recv.getOperation();
    uint32_t site = addSite(op->getLoc(), text);
    transferSites.push_back({site, addSite(op->getLoc(), text, true)});
    if (!transfer.recv)
      report("DAG803", op->getLoc(),
             "expected a recv in stage " + Twine(transfer.target) +
                 " for the send of stage " + Twine(transfer.source) +
                 ", but there is none");
    if (!transfer.send)
      report("DAG803", op->getLoc(),
             "expected a send in stage " + Twine(transfer.source) +
                 " for the recv of stage " + Twine(transfer.target) +
                 ", but there is none");
    auto source = stages.find(transfer.source);
    auto target = stages.find(transfer.target);
    if (source == stages.end() || target == stages.end() ||
        source->second.rankClass == target->second.rankClass)
      continue;
    auto ends = std::minmax(source->second.rankClass, target->second.rankClass);
    if (pairs.try_emplace(ends, true).second)
      checkDevices({ends.first, ends.second}, op->getLoc());
  }
  for (auto [id, transfer] : llvm::enumerate(transfers.transfers))
    if (transfer.send && transfer.recv)
      sendsOn[{transfer.source, transfer.target}].push_back(id);
  for (uint32_t id : transfers.recvOrder)
    if (transfers.transfers[id].send)
      recvsOn[{transfers.transfers[id].source, transfers.transfers[id].target}]
          .push_back(id);
}

void OrderBuilder::addOpsAsWritten(const PlanTransfers &transfers) {
  DenseMap<Operation *, uint32_t> ids;
  for (auto [id, transfer] : llvm::enumerate(transfers.transfers)) {
    if (transfer.send)
      ids[transfer.send] = id;
    if (transfer.recv)
      ids[transfer.recv] = id;
  }
  for (StageOp op : transfers.stages) {
    StageInfo &stage = stages.find(op.getIndex())->second;
    if (stage.op != op)
      continue; // A second stage of this number; DAG6xx says so.
    order.numOps += stage.numOwnCalls;
    size_t nextCall = 0;
    op.walk<WalkOrder::PreOrder>([&](Operation *inner) {
      CommunicationOp communication;
      if (auto transfer = dyn_cast<TransferOpInterface>(inner)) {
        auto peer = stages.find(transfer.getPeerStage());
        // What stays on the rank is no communication.
        if (peer == stages.end() || peer->second.rankClass == stage.rankClass)
          return;
        uint32_t id = ids[inner];
        if (!transfers.transfers[id].send || !transfers.transfers[id].recv)
          return;
        communication.kind = transfer.isSend() ? CommunicationKind::Send
                                               : CommunicationKind::Recv;
        communication.other = peer->second.rankClass;
        communication.site = transferSites[id].first;
        communication.data = id;
        addOp(stage.rankClass, communication);
        return;
      }
      if (nextCall == stage.calls.size() || stage.calls[nextCall].op != inner)
        return;
      const StageCall &call = stage.calls[nextCall++];
      communication.kind = CommunicationKind::Collective;
      communication.other = call.communicator;
      communication.site = call.site;
      communication.data = call.signature;
      addOp(stage.rankClass, communication);
    });
  }
}

//===----------------------------------------------------------------------===//
// Plans under a schedule
//===----------------------------------------------------------------------===//

bool OrderBuilder::addScheduled(const PlanTransfers &transfers, ScheduleOp op,
                                const OrderOptions &options) {
  std::optional<PipelineLayout> layout = transfers.getLayout(order.unknown);
  if (!layout)
    return false;
  Schedule schedule;
  int64_t numRanks = layout->numRanks, numStages = layout->rankOfStages.size();
  if (op && op.getTable()) {
    std::optional<Schedule> rows = getScheduleRows(op, order.unknown);
    if (!rows)
      return false;
    schedule = std::move(*rows);
  } else {
    ScheduleKind kind = options.kind;
    if (op)
      kind = parseScheduleKind(op.getKind()).value_or(kind);
    int64_t chunks = numStages / std::max<int64_t>(1, numRanks);
    std::optional<Schedule> rows = makeSchedule(
        kind, numRanks, op ? op.getMicrobatches() : options.microbatches,
        std::max<int64_t>(1, chunks), order.unknown);
    if (!rows)
      return false;
    schedule = std::move(*rows);
  }
  std::vector<int32_t> rankOf = schedule.getRankOfStages();
  if (static_cast<int64_t>(schedule.rows.size()) != numRanks) {
    order.unknown = "the schedule has " + std::to_string(schedule.rows.size()) +
                    " ranks, and the plan " + std::to_string(numRanks);
    return false;
  }
  for (int64_t stage = 0; stage < numStages; ++stage) {
    if (stage < static_cast<int64_t>(rankOf.size()) &&
        rankOf[stage] == layout->rankOfStages[stage])
      continue;
    order.unknown = "the plan has stage " + std::to_string(stage) +
                    " on rank " + std::to_string(layout->rankOfStages[stage]) +
                    " of the pipeline, and the schedule does not";
    return false;
  }
  checkCoverage(schedule);
  if (schedule.hasTransfers()) {
    checkRows(schedule, layout->edges);
  } else {
    std::vector<StuckAction> stuck;
    std::optional<Schedule> rows =
        insertTransfers(schedule, layout->edges, stuck);
    if (!rows) {
      reportStuck(schedule, stuck);
      return false;
    }
    schedule = std::move(*rows);
  }
  addRows(schedule);
  return true;
}

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

void OrderBuilder::addCollective(uint32_t rankClass, const Action &action) {
  // KIND:communicator[:what all ranks agree on]
  auto [kind, rest] = StringRef(action.text).split(':');
  auto [name, agreed] = rest.split(':');
  uint32_t communicator = communicators.find(name)->second;
  std::string text = kind.str() + (agreed.empty() ? "" : ":" + agreed.str());
  CommunicationOp op;
  op.kind = CommunicationKind::Collective;
  op.joinsPrevious = action.join == ActionJoin::Group;
  op.other = communicator;
  op.data = getSignature(text);
  auto [it, isNew] =
      tableSites.try_emplace({-1 - int64_t(communicator), op.data, false}, 0);
  if (isNew)
    it->second = addSite(loc, text + " on " + name.str());
  op.site = it->second;
  addOp(rankClass, op);
}

void OrderBuilder::addRows(const Schedule &schedule) {
  // A communicator has the ranks that use it; one that nobody but some ranks
  // knows is stated by a first row of all, see docs/Schedules.md.
  for (auto [rank, row] : llvm::enumerate(schedule.rows))
    for (const Action &action : row) {
      if (action.kind != ActionKind::Collective)
        continue;
      StringRef name = StringRef(action.text).split(':').second;
      name = name.split(':').first;
      auto [it, isNew] =
          communicators.try_emplace(name, order.communicators.size());
      if (isNew)
        order.communicators.emplace_back().name = name.str();
      auto &members = order.communicators[it->second].members;
      // The whole pipeline has a communicator of its own.
      if (name == "world" && members.empty())
        for (size_t i = 0; i < schedule.rows.size(); ++i)
          members.push_back(i);
      if (name != "world" && (members.empty() || members.back() != rank))
        members.push_back(rank);
    }

  std::vector<int32_t> rankOf = schedule.getRankOfStages();
  auto addCallsOf = [&](uint32_t rank, const Action &action) {
    auto it = stages.find(action.stage);
    if (it == stages.end())
      return;
    const StageInfo &stage = it->second;
    // The gradient of weights needs no other rank of the stage.
    if (action.kind == ActionKind::BackwardWeight)
      return;
    order.numOps += stage.numOwnCalls;
    bool isBackward = action.kind != ActionKind::Forward;
    for (size_t i = 0; i < stage.calls.size(); ++i) {
      const StageCall &call =
          stage.calls[isBackward ? stage.calls.size() - 1 - i : i];
      CommunicationOp op;
      op.kind = CommunicationKind::Collective;
      op.other = call.communicator;
      op.site = call.site;
      op.data = call.signature;
      op.microbatch = action.microbatch;
      addOp(rank, op);
    }
  };
  auto addTransferOp = [&](uint32_t rank, const Action &action) {
    bool isGradient = action.kind == ActionKind::SendBackward ||
                      action.kind == ActionKind::RecvBackward;
    int64_t source = action.isSend() ? action.stage : action.peer;
    int64_t target = action.isSend() ? action.peer : action.stage;
    int32_t peer = action.peer < static_cast<int64_t>(rankOf.size())
                       ? rankOf[action.peer]
                       : -1;
    if (peer < 0) {
      report("DAG803", loc,
             "expected stage " + Twine(action.peer) + " at the other end of '" +
                 action.str() + "', but no rank has it");
      return;
    }
    CommunicationOp op;
    op.kind =
        action.isSend() ? CommunicationKind::Send : CommunicationKind::Recv;
    op.joinsPrevious = action.join == ActionJoin::Group;
    op.other = peer;
    op.microbatch = action.microbatch;
    // The tensors of the plan on this edge, in the order of this end.
    std::pair<int64_t, int64_t> edge(source, target);
    if (isGradient)
      std::swap(edge.first, edge.second);
    bool usesSends = action.isSend() != isGradient;
    auto &known = usesSends ? sendsOn : recvsOn;
    auto it = known.find(edge);
    if (it != known.end()) {
      for (uint32_t id : it->second) {
        op.site =
            isGradient ? transferSites[id].second : transferSites[id].first;
        op.data = (uint64_t(id) << 22) | (uint64_t(isGradient) << 21) |
                  action.microbatch;
        addOp(rank, op);
        op.joinsPrevious |= action.join == ActionJoin::Group;
      }
      return;
    }
    auto [site, isNew] =
        tableSites.try_emplace({source, target, isGradient}, 0);
    if (isNew)
      site->second = addSite(loc,
                             "from stage " + std::to_string(source) +
                                 " to stage " + std::to_string(target),
                             isGradient);
    op.site = site->second;
    op.data = (uint64_t(site->second) << 22) | (uint64_t(1) << 63) |
              action.microbatch;
    addOp(rank, op);
  };
  for (auto [rank, row] : llvm::enumerate(schedule.rows))
    for (const Action &action : row) {
      if (action.isCompute())
        addCallsOf(rank, action);
      else if (action.isTransfer())
        addTransferOp(rank, action);
      else if (action.kind == ActionKind::Collective)
        addCollective(rank, action);
    }
}

void OrderBuilder::checkCoverage(const Schedule &schedule) {
  for (const LeftOut &rest : findLeftOut(schedule))
    report("DAG810", loc,
           "expected stage " + Twine(rest.stage) + " to " + rest.what +
               " of each micro-batch, but it leaves out " +
               rest.microbatches.str());
}

/// Follows each row with its buffers: data has come before it is used, is made
/// before it is sent, and no more of it is there than buffers.
void OrderBuilder::checkRows(const Schedule &schedule,
                             ArrayRef<StageEdge> edges) {
  std::map<std::pair<int64_t, int64_t>, int64_t> slots;
  std::vector<SmallVector<int32_t, 1>> sources(schedule.getNumStages()),
      targets(schedule.getNumStages());
  for (const StageEdge &edge : edges) {
    slots[{edge.source, edge.target}] = edge.slots;
    if (edge.source < schedule.getNumStages() &&
        edge.target < schedule.getNumStages()) {
      sources[edge.target].push_back(edge.source);
      targets[edge.source].push_back(edge.target);
    }
  }
  std::vector<int32_t> rankOf = schedule.getRankOfStages();
  auto getKey = [](bool isGradient, int64_t stage, int64_t microbatch) {
    return (uint64_t(isGradient) << 63) | (uint64_t(stage) << 32) | microbatch;
  };
  for (auto [rank, row] : llvm::enumerate(schedule.rows)) {
    // What has come from a stage, and what this rank has made.
    std::map<std::pair<int32_t, int32_t>, llvm::DenseSet<uint64_t>> here;
    llvm::DenseSet<uint64_t> made;
    std::map<std::tuple<bool, int32_t, int32_t>, int64_t> numHeld;
    bool isComplete = true;
    llvm::SmallDenseSet<int32_t> forwards;
    for (const Action &action : row)
      if (action.kind == ActionKind::Forward)
        forwards.insert(action.stage);
    auto tooEarly = [&, rank = rank](const Action &action, const Twine &what) {
      if (!isComplete)
        return;
      isComplete = false;
      report("DAG806", loc,
             "expected rank " + Twine(rank) + " to " + what + " before '" +
                 action.str() + "', but it does not");
    };
    for (const Action &action : row) {
      bool isGradient = action.kind != ActionKind::Forward &&
                        action.kind != ActionKind::SendForward &&
                        action.kind != ActionKind::RecvForward;
      if (action.isRecv()) {
        here[{action.peer, action.stage}].insert(
            getKey(isGradient, 0, action.microbatch));
        int64_t &held = numHeld[{isGradient, action.peer, action.stage}];
        ++held;
        auto it = slots.find(
            isGradient
                ? std::make_pair<int64_t, int64_t>(action.stage, action.peer)
                : std::make_pair<int64_t, int64_t>(action.peer, action.stage));
        if (it != slots.end() && it->second > 0 && held == it->second + 1)
          report("DAG806", loc,
                 "expected at most " + Twine(it->second) +
                     (it->second == 1 ? " tensor" : " tensors") +
                     " to wait in the buffer from stage " + Twine(action.peer) +
                     " to stage " + Twine(action.stage) + ", but '" +
                     action.str() + "' on rank " + Twine(rank) +
                     " is one more");
      } else if (action.isSend()) {
        if (!made.contains(getKey(isGradient, action.stage, action.microbatch)))
          tooEarly(action, "compute what it sends");
      } else if (action.kind == ActionKind::BackwardWeight) {
        if (!made.contains(getKey(true, action.stage, action.microbatch)))
          tooEarly(action, "compute the gradient of the inputs");
      } else if (action.isCompute()) {
        // Backwards alone are the second half of a schedule.
        if (isGradient && forwards.contains(action.stage) &&
            !made.contains(getKey(false, action.stage, action.microbatch)))
          tooEarly(action, "run the forward");
        const auto &inputs = isGradient ? targets : sources;
        for (int32_t peer : inputs[action.stage]) {
          if (rankOf[peer] == static_cast<int32_t>(rank))
            continue;
          --numHeld[{isGradient, peer, action.stage}];
          if (!here[{peer, action.stage}].contains(
                  getKey(isGradient, 0, action.microbatch)))
            tooEarly(action, "receive from stage " + Twine(peer));
        }
        made.insert(getKey(isGradient, action.stage, action.microbatch));
      }
    }
  }
}

void OrderBuilder::reportStuck(const Schedule &schedule,
                               ArrayRef<StuckAction> stuck) {
  bool lacksSlot = llvm::any_of(
      stuck, [](const StuckAction &action) { return action.lacksSlot; });
  std::vector<int32_t> rankOf = schedule.getRankOfStages();
  report(lacksSlot ? "DAG806" : "DAG801", loc,
         "expected every rank to reach the end of the schedule, but " +
             Twine(stuck.size()) + " of " + Twine(schedule.rows.size()) +
             (lacksSlot ? " wait for data or a buffer" : " wait for data"));
  for (const StuckAction &action : stuck) {
    std::string text = "rank " + std::to_string(action.rank) +
                       " waits before '" +
                       schedule.rows[action.rank][action.position].str() + "'";
    if (action.waitsFor >= 0)
      text += " for stage " + std::to_string(action.waitsFor);
    if (action.waitsFor >= 0 &&
        action.waitsFor < static_cast<int32_t>(rankOf.size()) &&
        rankOf[action.waitsFor] >= 0)
      text += " of rank " + std::to_string(rankOf[action.waitsFor]);
    order.issues.back().notes.push_back({loc, text});
  }
}

//===----------------------------------------------------------------------===//
// Entries
//===----------------------------------------------------------------------===//

CommunicationOrder OrderBuilder::run(ModelOp model,
                                     const OrderOptions &options) {
  if (MeshOp op = model.lookupMesh())
    mesh = MeshShape(op);
  PlanTransfers transfers(model);
  ScheduleOp schedule;
  if (!model.getBody().empty())
    for (auto op : model.getBody().getOps<ScheduleOp>())
      schedule = op;
  if (schedule)
    loc = schedule.getLoc();
  addClasses(transfers);
  for (auto &[index, stage] : stages)
    addCalls(stage);
  if (transfers.stages.empty())
    model.walk(
        [&](CollectiveOpInterface op) { order.numOps += !isa<SliceOp>(op); });
  checkEnds(transfers);
  if (transfers.stages.empty())
    return std::move(order);
  if (!schedule && options.kind == ScheduleKind::Forward &&
      options.microbatches == 1)
    addOpsAsWritten(transfers);
  else if (!addScheduled(transfers, schedule, options))
    for (RankClass &rankClass : order.classes)
      rankClass.ops.clear();
  return std::move(order);
}

CommunicationOrder OrderBuilder::run(ScheduleOp op) {
  if (!op.getTable()) {
    order.unknown = "the schedule has no table, and there is no model";
    return std::move(order);
  }
  std::optional<Schedule> schedule = getScheduleRows(op, order.unknown);
  if (!schedule)
    return std::move(order);
  for (size_t rank = 0; rank < schedule->rows.size(); ++rank)
    order.classes.push_back({"rank " + std::to_string(rank), loc, {}, {}});
  std::vector<StageEdge> edges = getChainEdges(schedule->getNumStages());
  checkCoverage(*schedule);
  if (schedule->hasTransfers()) {
    checkRows(*schedule, edges);
  } else {
    std::vector<StuckAction> stuck;
    std::optional<Schedule> rows = insertTransfers(*schedule, edges, stuck);
    if (!rows) {
      reportStuck(*schedule, stuck);
      return std::move(order);
    }
    *schedule = std::move(*rows);
  }
  addRows(*schedule);
  return std::move(order);
}

CommunicationOrder dag::getCommunicationOrder(ModelOp model,
                                              const OrderOptions &options) {
  return OrderBuilder(model.getLoc()).run(model, options);
}

CommunicationOrder dag::getCommunicationOrder(ScheduleOp schedule) {
  return OrderBuilder(schedule.getLoc()).run(schedule);
}
