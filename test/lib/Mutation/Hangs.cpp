//===- Hangs.cpp - Does every rank of a mutant reach its end? -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Judge.h"
#include "dag/Schedule/Schedule.h"

#include <map>
#include <set>

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::mutation;

/// Rank by rank and call by call, without what `--dag-verify-deadlock` does to
/// be fast.
namespace {
struct Call {
  enum { Collective, Send, Recv } kind;
  /// Ranks that take part, or the peer.
  SmallVector<size_t> ranks;
  /// What the call is about: the kind of a collective, the data of a transfer.
  std::string what;
};

class Simulation {
public:
  explicit Simulation(ModelOp plan);
  std::string run();

private:
  SmallVector<int64_t> getCoordinates(size_t rank) const;
  size_t getRank(ArrayRef<int64_t> coordinates) const;
  bool runsOn(StageOp stage, size_t rank) const;
  void addCollective(size_t rank, Operation *op);
  void addTransfer(size_t rank, Operation *op, StringRef microbatch);
  bool addTransfer(size_t rank, const Action &action);
  void addPlan(size_t rank);
  bool addRow(size_t rank, ArrayRef<Action> row);
  bool addNamedCall(size_t rank, const Action &action, bool isMerged);
  void addSchedule(ScheduleOp schedule, size_t rank);
  std::string meet();

  ModelOp plan;
  MeshShape mesh;
  std::optional<size_t> stageAxis;
  std::map<int64_t, StageOp> stages;
  std::vector<std::vector<Call>> calls;
  std::string reason;
};
} // namespace

Simulation::Simulation(ModelOp plan) : plan(plan) {
  if (MeshOp op = plan.lookupMesh())
    mesh = MeshShape(op);
  for (StageOp stage : plan.getOps<StageOp>()) {
    stages.insert({stage.getIndex(), stage});
    if (StringAttr axis = stage.getAxisAttr())
      stageAxis = llvm::find(mesh.getAxes(), axis) - mesh.getAxes().begin();
  }
  calls.resize(mesh.getSize(mesh.getAxes()));
}

SmallVector<int64_t> Simulation::getCoordinates(size_t rank) const {
  SmallVector<int64_t> coordinates(mesh.getSizes().size());
  for (size_t i = coordinates.size(); i-- > 0;) {
    coordinates[i] = rank % mesh.getSizes()[i];
    rank /= mesh.getSizes()[i];
  }
  return coordinates;
}

size_t Simulation::getRank(ArrayRef<int64_t> coordinates) const {
  size_t rank = 0;
  for (auto [size, coordinate] : llvm::zip(mesh.getSizes(), coordinates))
    rank = rank * size + coordinate;
  return rank;
}

bool Simulation::runsOn(StageOp stage, size_t rank) const {
  return !stageAxis || !stage.getCoordinate() ||
         getCoordinates(rank)[*stageAxis] ==
             static_cast<int64_t>(*stage.getCoordinate());
}

void Simulation::addCollective(size_t rank, Operation *op) {
  if (isa<SliceOp>(op))
    return;
  Call call{Call::Collective, {}, op->getName().getStringRef().str()};
  SmallVector<StringAttr> axes = getAxesOf(op);
  for (size_t other = 0; other < calls.size(); ++other) {
    SmallVector<int64_t> a = getCoordinates(rank), b = getCoordinates(other);
    bool isMember = true;
    for (size_t i = 0; i < a.size(); ++i)
      isMember &= a[i] == b[i] || llvm::is_contained(axes, mesh.getAxes()[i]);
    if (isMember)
      call.ranks.push_back(other);
  }
  calls[rank].push_back(std::move(call));
}

/// The send whose data a recv takes, or null.
static Operation *findSend(RecvOp recv) {
  auto argument = dyn_cast<BlockArgument>(recv->getOperand(0));
  if (!argument)
    return nullptr;
  Value source =
      argument.getOwner()->getParentOp()->getOperand(argument.getArgNumber());
  auto result = dyn_cast<OpResult>(source);
  if (!result || !isa<StageOp>(result.getOwner()))
    return nullptr;
  Operation &yield = result.getOwner()->getRegion(0).front().back();
  return yield.getOperand(result.getResultNumber()).getDefiningOp<SendOp>();
}

void Simulation::addTransfer(size_t rank, Operation *op, StringRef microbatch) {
  auto it = stages.find(op->getAttrOfType<IntegerAttr>("stage").getInt());
  if (it == stages.end()) {
    reason = describe(op) + ": there is no such stage";
    return;
  }
  SmallVector<int64_t> coordinates = getCoordinates(rank);
  if (stageAxis && it->second.getCoordinate())
    coordinates[*stageAxis] = *it->second.getCoordinate();
  size_t peer = getRank(coordinates);
  // Stages of one rank copy.
  if (peer == rank)
    return;
  Operation *send = isa<SendOp>(op) ? op : findSend(cast<RecvOp>(op));
  std::string data;
  llvm::raw_string_ostream(data) << send << " " << microbatch;
  calls[rank].push_back(
      {isa<SendOp>(op) ? Call::Send : Call::Recv, {peer}, data});
}

void Simulation::addPlan(size_t rank) {
  for (Operation &op : plan.getBody().front()) {
    auto stage = dyn_cast<StageOp>(op);
    if (stage && !runsOn(stage, rank))
      continue;
    op.walk<WalkOrder::PreOrder>([&](Operation *inner) {
      if (isa<CollectiveOpInterface>(inner))
        addCollective(rank, inner);
      else if (isa<SendOp, RecvOp>(inner))
        addTransfer(rank, inner, "");
    });
  }
}

/// Adds the call of a row's send or recv.
bool Simulation::addTransfer(size_t rank, const Action &action) {
  // The same data whichever way it goes.
  bool isForward = action.kind == ActionKind::SendForward ||
                   action.kind == ActionKind::RecvForward;
  SmallVector<int64_t> coordinates = getCoordinates(rank);
  auto peer = stages.find(action.peer);
  if (peer == stages.end() || !stageAxis)
    return false;
  coordinates[*stageAxis] = *peer->second.getCoordinate();
  int32_t from = action.isSend() ? action.stage : action.peer;
  int32_t to = action.isSend() ? action.peer : action.stage;
  calls[rank].push_back({action.isSend() ? Call::Send : Call::Recv,
                         {getRank(coordinates)},
                         (isForward ? "F " : "B ") + std::to_string(from) +
                             " " + std::to_string(to) + " " +
                             std::to_string(action.microbatch)});
  return true;
}

/// A collective that a table names: of all ranks with these coordinates but
/// that of the stages.
bool Simulation::addNamedCall(size_t rank, const Action &action,
                              bool isMerged) {
  if (isMerged && action.makesCommunicator()) {
    reason = action.str() + " is merged with another call";
    return false;
  }
  Call call{Call::Collective, {}, action.text};
  for (size_t other = 0; other < calls.size(); ++other) {
    SmallVector<int64_t> a = getCoordinates(rank), b = getCoordinates(other);
    if (stageAxis)
      a[*stageAxis] = b[*stageAxis];
    if (a == b)
      call.ranks.push_back(other);
  }
  calls[rank].push_back(std::move(call));
  return true;
}

/// Adds the calls of a row, and sees to it that data is there when it is used.
bool Simulation::addRow(size_t rank, ArrayRef<Action> row) {
  using Place = std::tuple<ActionKind, int32_t, int32_t>;
  std::set<Place> done;
  std::map<std::pair<ActionKind, int32_t>, int64_t> waiting;
  int64_t slots = 1;
  for (CommBufferOp buffer : plan.getOps<CommBufferOp>())
    slots = buffer.getSlots();
  int32_t last = stages.empty() ? 0 : stages.rbegin()->first;
  for (auto [index, action] : llvm::enumerate(row)) {
    if (action.kind == ActionKind::Collective) {
      bool isMerged =
          action.join == ActionJoin::Group ||
          (index + 1 < row.size() && row[index + 1].join == ActionJoin::Group);
      if (!addNamedCall(rank, action, isMerged))
        return false;
      continue;
    }
    auto it = stages.find(action.stage);
    if (it == stages.end())
      return false;
    StageOp stage = it->second;
    int32_t s = action.stage, m = action.microbatch;
    auto has = [&](ActionKind kind) { return done.count({kind, s, m}) != 0; };
    bool hasBackward =
        has(ActionKind::Backward) || has(ActionKind::BackwardInput);
    bool isReady = true;
    SmallVector<Operation *> collectives;
    stage.walk<WalkOrder::PreOrder>(
        [&](CollectiveOpInterface op) { collectives.push_back(op); });
    switch (action.kind) {
    case ActionKind::Forward:
      isReady = s == 0 || has(ActionKind::RecvForward);
      waiting[{ActionKind::RecvForward, s}] -= s != 0;
      for (Operation *op : collectives)
        addCollective(rank, op);
      break;
    case ActionKind::Backward:
    case ActionKind::BackwardInput:
      isReady = has(ActionKind::Forward) &&
                (s == last || has(ActionKind::RecvBackward));
      waiting[{ActionKind::RecvBackward, s}] -= s != last;
      for (Operation *op : llvm::reverse(collectives))
        addCollective(rank, op);
      break;
    case ActionKind::BackwardWeight:
      isReady = hasBackward;
      break;
    case ActionKind::SendForward:
      isReady = has(ActionKind::Forward);
      break;
    case ActionKind::SendBackward:
      isReady = hasBackward;
      break;
    case ActionKind::RecvForward:
    case ActionKind::RecvBackward:
      isReady = ++waiting[{action.kind, s}] <= slots;
      break;
    default:
      break;
    }
    if (!isReady) {
      reason = action.str() + " before its data or its buffer is there";
      return false;
    }
    if (action.isTransfer() && !addTransfer(rank, action))
      return false;
    done.insert({action.kind, s, m});
  }
  // What is done with one micro-batch is done with all of them.
  for (const auto &[kind, s, m] : done)
    for (const auto &[otherKind, otherStage, other] : done)
      if (!done.count({kind, s, other})) {
        reason = "a micro-batch with which something is not done";
        return false;
      }
  return true;
}

void Simulation::addSchedule(ScheduleOp schedule, size_t rank) {
  size_t coordinate = stageAxis ? getCoordinates(rank)[*stageAxis] : 0;
  auto text = cast<StringAttr>((*schedule.getTable())[coordinate]);
  llvm::Expected<std::vector<Action>> row = parseActions(text.getValue());
  if (!row) {
    llvm::consumeError(row.takeError());
    reason = "a row that can't be run";
    return;
  }
  if (!addRow(rank, *row) && reason.empty())
    reason = "a row that can't be run";
  std::set<int32_t> microbatches;
  for (const Action &action : *row)
    if (action.kind == ActionKind::Forward)
      microbatches.insert(action.microbatch);
  if (reason.empty() &&
      microbatches.size() != static_cast<size_t>(schedule.getMicrobatches()))
    reason = "a micro-batch that is not computed";
}

/// Each schedule is run by itself.
std::string Simulation::run() {
  SmallVector<ScheduleOp> schedules(plan.getOps<ScheduleOp>());
  for (ScheduleOp schedule : schedules) {
    for (std::vector<Call> &row : calls)
      row.clear();
    for (size_t rank = 0; rank < calls.size() && reason.empty(); ++rank)
      addSchedule(schedule, rank);
    if (!meet().empty())
      return reason;
  }
  for (size_t rank = 0; rank < calls.size() && schedules.empty(); ++rank)
    addPlan(rank);
  return schedules.empty() ? meet() : reason;
}

/// Lets calls meet in their order.
std::string Simulation::meet() {
  std::vector<size_t> position(calls.size());
  auto head = [&](size_t rank) -> const Call * {
    return position[rank] < calls[rank].size() ? &calls[rank][position[rank]]
                                               : nullptr;
  };
  for (bool moves = true; moves && reason.empty();) {
    moves = false;
    for (size_t rank = 0; rank < calls.size(); ++rank) {
      const Call *call = head(rank);
      if (!call)
        continue;
      if (call->kind == Call::Collective) {
        bool allThere = llvm::all_of(call->ranks, [&](size_t member) {
          const Call *other = head(member);
          return other && other->kind == Call::Collective &&
                 other->ranks == call->ranks && other->what == call->what;
        });
        if (!allThere)
          continue;
        SmallVector<size_t> members = call->ranks;
        for (size_t member : members)
          ++position[member];
        moves = true;
      } else if (call->kind == Call::Send) {
        size_t peer = call->ranks.front();
        const Call *other = head(peer);
        if (!other || other->kind != Call::Recv || other->ranks.front() != rank)
          continue;
        if (other->what != call->what)
          reason = "a recv takes what was sent for another one";
        ++position[rank];
        ++position[peer];
        moves = true;
      }
    }
  }
  for (size_t rank = 0; rank < calls.size() && reason.empty(); ++rank)
    if (head(rank))
      reason = "rank " + std::to_string(rank) + " waits for ever";
  return reason;
}

std::string mutation::findHang(ModelOp plan) { return Simulation(plan).run(); }
