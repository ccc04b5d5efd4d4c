//===- BuildPlanOrder.cpp - From plans to an order -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OrderBuilder.h"
#include "dag/Dialect/Dag/IR/LookThrough.h"
#include "dag/Dialect/Dag/IR/Origin.h"
#include "dag/Dialect/Dag/IR/Program.h"
#include "dag/Support/RangeSet.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::dag;

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
  std::string text = stringifyCollectiveKind(op.getCollectiveKind()).str();
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
    if (!isCollective(op.getCollectiveKind()))
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
        report(Code::DAG802, op.getLoc(),
               "expected all " + Twine(size) + " coordinates of axis '" +
                   axis.getValue() + "' to call the collective on " + name +
                   ", but only " + Twine(communicator.members.size()) +
                   " of them have stages");
    }
    std::string text = getSignatureText(op, mesh);
    stage.calls.push_back(
        {op, it->second,
         addSite(op.getLoc(),
                 stringifyCollectiveKind(op.getCollectiveKind()).str() +
                     " on " + name),
         getSignature(text)});
  });
}

/// The parameter that a value is on the other side of regions, or null.
static ParameterOp findParameter(Value value) {
  Value source = lookThroughRegions(value);
  return source ? source.getDefiningOp<ParameterOp>() : ParameterOp();
}

/// A step of training adds up the gradients of what lies on several stages, as
/// an embedding that is the head as well; no action of a stage says so. What
/// is on one rank it adds up by itself.
void OrderBuilder::assumeSharedGradients() {
  struct Owners {
    SmallVector<int64_t, 2> stages;
    llvm::SmallDenseSet<uint32_t, 2> ranks;
  };
  // By name and part of the checkpoint, whichever way round it is stored.
  std::map<std::pair<std::string, std::vector<int64_t>>, Owners> owners;
  for (const auto &[index, stage] : stages) {
    auto add = [&, index = index, rank = stage.rankClass](ParameterOp weight) {
      if (!mayHaveGradient(weight.getType()))
        return;
      std::vector<int64_t> part;
      if (CheckpointAttr checkpoint = getOrigin(weight))
        for (ArrayRef<int64_t> numbers :
             {checkpoint.getView(), checkpoint.getOffsets(),
              checkpoint.getSizes()})
          llvm::append_range(part, numbers);
      Owners &own = owners[{weight.getName().str(), std::move(part)}];
      if (own.stages.empty() || own.stages.back() != index)
        own.stages.push_back(index);
      own.ranks.insert(rank);
    };
    for (Value operand : stage.op->getOperands())
      if (ParameterOp weight = findParameter(operand))
        add(weight);
    stage.op->walk(add);
  }
  constexpr int kMaxNamed = 4;
  std::string text;
  int numShared = 0;
  llvm::raw_string_ostream os(text);
  for (const auto &[key, own] : owners) {
    if (own.ranks.size() < 2 || ++numShared > kMaxNamed)
      continue;
    os << (numShared == 1 ? "" : ", ") << "of '" << key.first
       << "' over stages ";
    llvm::interleaveComma(own.stages, os);
  }
  if (numShared > kMaxNamed)
    os << " and of " << numShared - kMaxNamed << " more";
  if (numShared > 0)
    assume("gradients that are added up outside of the schedule: " + text);
}

std::optional<std::string> OrderBuilder::findUnplacedCall(ModelOp model) const {
  for (auto op : model.getBody().getOps<CollectiveOpInterface>())
    if (isCollective(op.getCollectiveKind()))
      return "'" + op->getName().getStringRef().str() +
             "' stands outside of the stages";
  // Those of two axes share ranks, each of which would run several stages.
  StageOp first;
  for (const auto &[index, stage] : stages) {
    StageOp op = stage.op;
    if (!op.getAxisAttr())
      continue;
    if (!first)
      first = op;
    if (!areOnOneAxis(first, op))
      return "stages " + std::to_string(first.getIndex()) + " and " +
             std::to_string(index) + " lie on different axes, '" +
             first.getAxisAttr().str() + "' and '" + op.getAxisAttr().str() +
             "', and share ranks";
  }
  // One stage has all ranks; several without a coordinate have those that they
  // list.
  for (const auto &[index, stage] : stages) {
    StageOp op = stage.op;
    if (stage.numOwnCalls > 0 && stages.size() > 1 && !op.getAxisAttr() &&
        !op.getDevices())
      return "stage " + std::to_string(index) +
             " does not say where it lies, and has collectives";
  }
  return std::nullopt;
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
      report(Code::DAG807, at,
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
    Operation *op = transfer.send ? transfer.send : transfer.recv;
    uint32_t site = addSite(op->getLoc(), text);
    transferSites.push_back({site, addSite(op->getLoc(), text, true)});
    hasGradients.push_back(transfer.hasGradient());
    // Those outside of the stages are of none.
    auto getStage = [](StringRef of, int64_t stage) {
      return stage < 0 ? std::string(" outside of the stages")
                       : (of + " stage " + Twine(stage)).str();
    };
    if (!transfer.recv)
      report(Code::DAG803, op->getLoc(),
             "expected a recv in stage " + Twine(transfer.target) +
                 " for the send" + getStage(" of", transfer.source) +
                 ", but there is none");
    if (!transfer.send)
      report(Code::DAG803, op->getLoc(),
             "expected a send in stage " + Twine(transfer.source) +
                 " for the recv" + getStage(" of", transfer.target) +
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
  for (uint32_t id : transfers.recvOrder) {
    std::pair<int64_t, int64_t> ends(transfers.transfers[id].source,
                                     transfers.transfers[id].target);
    recvPlaces.try_emplace(ends, recvPlaces.size());
    if (transfers.transfers[id].send)
      recvsOn[ends].push_back(id);
  }
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

static bool hasTransfer(StageOp stage) {
  return stage
      ->walk([](TransferOpInterface) { return WalkResult::interrupt(); })
      .wasInterrupted();
}

void OrderBuilder::addGradients(const ModelGradients &gradients,
                                const Schedule &schedule) {
  assume("stages that keep outside of buffers what their backwards need of a "
         "received tensor");
  assumeSharedGradients();
  for (auto &[index, stage] : stages) {
    stage.backward = gradients.getNumCalls(stage.op);
    stage.hasWeightsAlone = true;
  }
  for (const std::vector<Action> &row : schedule.rows)
    for (const Action &action : row)
      if (auto it = stages.find(action.stage);
          it != stages.end() && (action.kind == ActionKind::Backward ||
                                 action.kind == ActionKind::BackwardInput))
        it->second.hasWeightsAlone = false;
  assumeSums(gradients, schedule);
}

void OrderBuilder::assumeSums(const ModelGradients &gradients,
                              const Schedule &schedule) {
  llvm::SmallDenseSet<int64_t> reduced;
  for (const std::vector<Action> &row : schedule.rows)
    for (const Action &action : row)
      if (action.isLocal("REDUCE_GRAD"))
        reduced.insert(action.stage);
  ModelGradients::WeightSums within, outside;
  RangeSet withoutSums;
  for (const auto &[index, stage] : stages) {
    const ModelGradients::WeightSums *sums = gradients.getWeightSums(stage.op);
    if (!sums && reduced.contains(index))
      withoutSums.insert(index);
    if (!sums)
      continue;
    for (const auto &[axes, names] : *sums)
      (reduced.contains(index) ? within : outside)[axes].insert_range(names);
  }
  auto assumeAxes = [&](const ModelGradients::WeightSums &sums, StringRef how) {
    for (const auto &[axes, names] : sums) {
      if (names.empty())
        continue;
      size_t rest = names.size() - 1;
      assume(("gradients of '" + names.front().getValue() + "'" +
              (rest == 0 ? "" : " and " + std::to_string(rest) + " more") +
              " that are added up over " +
              formatAxes(llvm::to_vector(axes.getAsRange<StringAttr>())) + how)
                 .str());
    }
  };
  assumeAxes(within, " by REDUCE_GRAD");
  assumeAxes(outside, " outside of the schedule");
  if (!withoutSums.empty())
    assume("replicas outside of the mesh that REDUCE_GRAD of stage " +
           withoutSums.str() +
           " adds up: the ranks here have no summands of those gradients");
}

bool OrderBuilder::addScheduled(ModelOp model, PlanTransfers &transfers,
                                ScheduleOp op, const OrderOptions &options) {
  llvm::Expected<PipelineLayout> layout = transfers.getLayout();
  if (!layout) {
    order.unknown = llvm::toString(layout.takeError());
    return false;
  }
  Schedule schedule;
  int64_t numRanks = layout->numRanks, numStages = layout->rankOfStages.size();
  if (op && op.getTable()) {
    llvm::Expected<Schedule> rows = getScheduleRows(op);
    if (!rows) {
      order.unknown = llvm::toString(rows.takeError());
      return false;
    }
    schedule = std::move(*rows);
  } else {
    ScheduleKind kind = options.kind;
    if (op)
      kind = parseScheduleKind(op.getKind()).value_or(kind);
    llvm::Expected<Schedule> rows = makeSchedule(
        kind, *layout, op ? op.getMicrobatches() : options.microbatches);
    if (!rows) {
      order.unknown = llvm::toString(rows.takeError());
      return false;
    }
    schedule = std::move(*rows);
  }
  std::vector<int32_t> rankOf = schedule.getRankOfStages();
  if (static_cast<int64_t>(schedule.rows.size()) != numRanks) {
    order.unknown = "the schedule has " + std::to_string(schedule.rows.size()) +
                    " ranks, and the plan " + std::to_string(numRanks);
    return false;
  }
  // A schedule has recvs in front of its computations, and sends behind them.
  for (const auto &[index, stage] : stages)
    if (!stage.calls.empty() && hasTransfer(stage.op)) {
      order.unknown = "stage " + std::to_string(index) +
                      " has collectives of all stages, and a schedule does not "
                      "say how they stand to its transfers";
      return false;
    }
  if (static_cast<int64_t>(rankOf.size()) > numStages) {
    order.unknown = "the schedule has stage " +
                    std::to_string(rankOf.size() - 1) + ", and the plan " +
                    std::to_string(numStages) + " stages";
    return false;
  }
  // A stage that no row has is left out (DAG810).
  rankOf.resize(std::max<int64_t>(rankOf.size(), numStages), -1);
  for (int64_t stage = 0; stage < numStages; ++stage) {
    if (rankOf[stage] < 0 || rankOf[stage] == layout->rankOfStages[stage])
      continue;
    order.unknown = "the plan has stage " + std::to_string(stage) +
                    " on rank " + std::to_string(layout->rankOfStages[stage]) +
                    " of the pipeline, and the schedule does not";
    return false;
  }
  std::set<std::pair<int64_t, int64_t>> tooFew;
  for (const PlanTransfer &transfer : transfers.transfers)
    if (transfer.recv && transfer.numOnEdge > transfer.slots &&
        tooFew.insert({transfer.source, transfer.target}).second)
      report(
          Code::DAG806, transfer.recv->getLoc(),
          "expected '@" + transfer.getBuffer().getValue() +
              "' to have a slot for each of the " + Twine(transfer.numOnEdge) +
              " tensors of a micro-batch that go from stage " +
              Twine(transfer.source) + " to stage " + Twine(transfer.target) +
              ", but it has " + Twine(transfer.slots));
  std::optional<ModelGradients> gradients;
  if (schedule.hasBackwards()) {
    addGradients(gradients.emplace(model), schedule);
    transfers.setGradients(*gradients, schedule);
    hasGradients.clear();
    for (const PlanTransfer &transfer : transfers.transfers)
      hasGradients.push_back(transfer.hasGradient());
  }
  if (schedule.hasTransfers() || gradients)
    layout = transfers.getLayout(schedule.hasTransfers() ? &schedule : nullptr);
  // The stages of a plan are forwards.
  ScheduleExtent extent = {numStages,
                           op ? static_cast<int64_t>(op.getMicrobatches()) : 0,
                           /*hasForward=*/true};
  for (const auto &[index, stage] : stages)
    if (gradients && !gradients->hasWeights(stage.op))
      extent.withoutWeights.insert(index);
    else if (gradients && !gradients->getWeightSums(stage.op))
      extent.withoutSums.insert(index);
  checkCoverage(schedule, extent, layout->edges);
  size_t numIssues = order.issues.size();
  if (!completeRows(schedule, layout->edges))
    return false;
  // Rows have the order of actions; several tensors of one are left.
  if (order.issues.size() == numIssues)
    checkKeptOrder(transfers, schedule);
  addRows(schedule);
  return true;
}
