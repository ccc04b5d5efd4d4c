//===- CheckScheduleRows.cpp - Data and buffers of rows -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OrderBuilder.h"
#include "StreamClocks.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"

#include <deque>

using namespace mlir;
using namespace mlir::dag;

namespace {
/// Follows one row of a table with its streams.
class RowClocks {
public:
  RowClocks(ArrayRef<Action> row, ArrayRef<int32_t> rankOf)
      : row(row), rankOf(rankOf), stamps(row.size()),
        hasStreams(llvm::any_of(
            row, [](const Action &action) { return action.stream != 0; })) {}

  /// Goes on to an action: what its stream waits for has been waited for.
  void begin(uint32_t index) {
    const Action &action = row[index];
    if (!hasStreams)
      return;
    if (action.kind == ActionKind::Record)
      clocks.record(getKey("RECORD", action.getName()), action.stream);
    else if (action.kind == ActionKind::Wait)
      clocks.wait(getKey("RECORD", action.getName()), action.stream);
    else if (action.kind == ActionKind::Sync || action.makesCommunicator())
      clocks.join();
    else if (std::optional<uint64_t> key = getCommunicator(action))
      clocks.wait(*key, action.stream);
  }
  void end(uint32_t index) {
    const Action &action = row[index];
    if (!hasStreams || action.kind >= ActionKind::Local)
      return;
    stamps[index] = clocks.step(action.stream);
    if (action.makesCommunicator())
      clocks.join();
    else if (std::optional<uint64_t> key = getCommunicator(action))
      clocks.record(*key, action.stream);
  }
  /// True if `first` has ended when `second`, at which the row is, begins.
  bool isOrdered(uint32_t first, uint32_t second) {
    return !hasStreams || clocks.precedes(stamps[first], row[second].stream);
  }

private:
  uint64_t getKey(StringRef kind, StringRef name) {
    return names.try_emplace((kind + ":" + name).str(), names.size())
        .first->second;
  }
  std::optional<uint64_t> getCommunicator(const Action &action) {
    if (action.kind == ActionKind::Collective)
      return getKey("COMMUNICATOR", action.getName());
    if (!action.isTransfer() ||
        action.peer >= static_cast<int64_t>(rankOf.size()))
      return std::nullopt;
    return (uint64_t(1) << 32) | static_cast<uint32_t>(rankOf[action.peer]);
  }

  ArrayRef<Action> row;
  ArrayRef<int32_t> rankOf;
  StreamClocks clocks;
  std::vector<StreamClocks::Stamp> stamps;
  bool hasStreams;
  llvm::StringMap<uint64_t> names;
};

/// What stages give each other, by its ends.
struct PipelineEdges {
  PipelineEdges(const Schedule &schedule, ArrayRef<StageEdge> edges)
      : rankOf(schedule.getRankOfStages()), sources(schedule.getNumStages()),
        targets(schedule.getNumStages()) {
    int64_t numStages = schedule.getNumStages();
    for (const StageEdge &edge : edges) {
      byEnds[{edge.source, edge.target}] = &edge;
      if (edge.source < numStages && edge.target < numStages) {
        sources[edge.target].push_back(edge.source);
        targets[edge.source].push_back(edge.target);
      }
    }
  }

  /// The edge, or null.
  const StageEdge *lookup(int32_t source, int32_t target) const {
    auto it = byEnds.find({source, target});
    return it == byEnds.end() ? nullptr : it->second;
  }
  /// Buffers at either end of an edge; 0 is as many as it takes.
  int64_t getSlots(int32_t source, int32_t target) const {
    const StageEdge *edge = lookup(source, target);
    return edge ? edge->slots : 0;
  }

  std::vector<int32_t> rankOf;
  std::vector<SmallVector<int32_t, 1>> sources, targets;

private:
  std::map<std::pair<int32_t, int32_t>, const StageEdge *> byEnds;
};

/// Follows one row with its buffers. Reports the first action that comes before
/// what it needs, the first pair that no event orders, and each buffer that is
/// too full.
class RowCheck {
public:
  /// Takes the action that comes too early and what is wrong.
  using Report = llvm::function_ref<void(const Action &, const Twine &)>;
  RowCheck(const PipelineEdges &edges, ArrayRef<Action> row, int32_t rank,
           Report report)
      : edges(edges), row(row), rank(rank), report(report),
        clocks(row, edges.rankOf) {
    for (auto [index, action] : llvm::enumerate(row)) {
      hasSendWaits |= action.isWaitForSend();
      if (action.kind == ActionKind::Forward)
        forwards.insert(action.stage);
      else if (action.isCompute() && action.kind != ActionKind::BackwardWeight)
        backwards.insert(action.stage);
      if (action.kind == ActionKind::Backward ||
          action.kind == ActionKind::BackwardWeight)
        lastGradients[action.stage] = index;
      if (isLocal(action, "REDUCE_GRAD"))
        lastReductions[action.stage] = index;
      if (isLocal(action, "UNSHARD"))
        isUnsharded.try_emplace(action.stage, false);
    }
  }

  void run() {
    isComplete = true;
    for (uint32_t index = 0; index < row.size(); ++index) {
      const Action &action = row[index];
      if (action.join != ActionJoin::Overlap)
        overlapBegin = index;
      clocks.begin(index);
      if (action.isRecv())
        receive(index);
      else if (action.isSend())
        send(index);
      else if (action.isWaitForSend())
        freeOutput(index);
      else if (action.isCompute())
        compute(index);
      clocks.end(index);
    }
  }

  /// Follows weights and their gradients alone.
  void runWeights() {
    for (uint32_t index = 0; index < row.size(); ++index)
      if (row[index].isCompute())
        useWeights(row[index]);
      else if (row[index].kind == ActionKind::Local)
        changeWeights(index);
  }

private:
  /// What the rank holds of what has come over one edge.
  struct Buffer {
    int64_t numHeld = 0, numCame = 0;
    /// The actions that have used it.
    std::vector<uint32_t> uses;
  };
  /// An activation, or its gradient, of a stage and a micro-batch.
  struct Data {
    bool isGradient;
    int32_t stage;
    uint64_t getKey(int32_t microbatch) const {
      return (uint64_t(isGradient) << 63) | (uint64_t(stage) << 32) |
             microbatch;
    }
  };

  static bool isGradient(const Action &action) {
    return action.kind != ActionKind::Forward &&
           action.kind != ActionKind::SendForward &&
           action.kind != ActionKind::RecvForward &&
           action.kind != ActionKind::WaitSendForward;
  }
  /// True for `2UNSHARD`, where `name` is `UNSHARD`.
  static bool isLocal(const Action &action, StringRef name) {
    return action.kind == ActionKind::Local &&
           StringRef(action.text).ltrim("0123456789") == name;
  }
  void receive(uint32_t index);
  void useWeights(const Action &action);
  void changeWeights(uint32_t index);
  void send(uint32_t index);
  void compute(uint32_t index);
  void useInput(uint32_t index, int32_t peer);
  void useInputs(uint32_t index, ArrayRef<int32_t> peers);
  /// Takes what stage `peer` of the same rank has made.
  void useOwn(uint32_t index, int32_t peer);
  /// Keeps what stage `peer` of the same rank takes.
  void keepOwn(uint32_t index, int32_t peer);
  void holdOutput(uint32_t index, int32_t peer);
  /// What has been sent, or waited for, may be written over.
  void freeOutput(uint32_t index);
  /// Counts what comes into or leaves a buffer that several edges share.
  void countShared(const Action &action, int32_t peer, bool isIncoming,
                   int64_t change);
  /// True if the rank has made `data` before the actions that the one at which
  /// the row is overlaps with.
  bool isMade(const Data &data, int32_t microbatch) const {
    auto it = made.find(data.getKey(microbatch));
    return it != made.end() && it->second < overlapBegin;
  }
  /// Reports that `action` lacks what the rank ought to do before.
  void reportLack(const Action &action, const Twine &what);
  /// Reports if nothing orders the action at `second` behind that at `first`.
  void expectOrdered(uint32_t first, uint32_t second);

  const PipelineEdges &edges;
  ArrayRef<Action> row;
  int32_t rank;
  Report report;
  RowClocks clocks;
  /// Stages whose forward the row has; backwards alone are the second half of a
  /// schedule.
  llvm::SmallDenseSet<int32_t> forwards;
  /// Stages whose gradient of the inputs it has.
  llvm::SmallDenseSet<int32_t> backwards;
  /// By what action something has come over an edge, and has been made.
  std::map<std::pair<int32_t, int32_t>, llvm::DenseMap<uint64_t, uint32_t>>
      arrived;
  llvm::DenseMap<uint64_t, uint32_t> made;
  std::map<std::tuple<bool, int32_t, int32_t>, Buffer> buffers;
  /// What waits at this end to go out over an edge.
  std::map<std::tuple<bool, int32_t, int32_t>, Buffer> outgoing;
  /// The micro-batches that wait for another stage of the rank, by edge.
  std::map<std::tuple<bool, int32_t, int32_t>, std::deque<int32_t>> kept;
  /// Tensors in buffers that several edges share.
  std::map<std::pair<bool, int32_t>, int64_t> shared;
  /// True if the row says where it waits for its sends.
  bool hasSendWaits = false;
  /// By stage: the last gradient of weights, the last reduction of gradients,
  /// and whether the weights are there, if the row gathers them.
  llvm::DenseMap<int32_t, uint32_t> lastGradients, lastReductions;
  llvm::DenseMap<int32_t, bool> isUnsharded;
  /// By stage with gradients of weights: true if they have been reduced, and
  /// none has come since.
  llvm::DenseMap<int32_t, bool> isReduced;
  /// Where the actions begin that run side by side.
  uint32_t overlapBegin = 0;
  bool isComplete = true, isOrdered = true;
};
} // namespace

void RowCheck::reportLack(const Action &action, const Twine &what) {
  if (!isComplete)
    return;
  isComplete = false;
  report(action, "expected rank " + Twine(rank) + " to " + what + " before '" +
                     action.str() + "', but it does not");
}

void RowCheck::expectOrdered(uint32_t first, uint32_t second) {
  if (!isOrdered || clocks.isOrdered(first, second))
    return;
  isOrdered = false;
  report(row[second], "expected an event to order '" + row[second].str() +
                          "' behind '" + row[first].str() + "' on rank " +
                          Twine(rank) + ", but they overlap");
}

void RowCheck::receive(uint32_t index) {
  const Action &action = row[index];
  bool gradient = isGradient(action);
  arrived[{action.peer, action.stage}]
         [Data{gradient, 0}.getKey(action.microbatch)] = index;
  Buffer &buffer = buffers[{gradient, action.peer, action.stage}];
  ++buffer.numHeld;
  countShared(action, action.peer, /*isIncoming=*/true, 1);
  int64_t numSlots = gradient ? edges.getSlots(action.stage, action.peer)
                              : edges.getSlots(action.peer, action.stage);
  int64_t freedBy = buffer.numCame++ - numSlots;
  if (numSlots <= 0)
    return;
  if (buffer.numHeld == numSlots + 1)
    report(action, "expected at most " + Twine(numSlots) +
                       (numSlots == 1 ? " tensor" : " tensors") +
                       " to wait in the buffer from stage " +
                       Twine(action.peer) + " to stage " + Twine(action.stage) +
                       ", but '" + action.str() + "' on rank " + Twine(rank) +
                       " is one more");
  // The slot that it is written to has been read.
  if (freedBy >= 0 && freedBy < static_cast<int64_t>(buffer.uses.size()))
    expectOrdered(buffer.uses[freedBy], index);
}

void RowCheck::send(uint32_t index) {
  const Action &action = row[index];
  auto it = made.find(
      Data{isGradient(action), action.stage}.getKey(action.microbatch));
  if (it == made.end())
    reportLack(action, "compute what it sends");
  else
    expectOrdered(it->second, index);
  // What is waited for may be written over only then.
  if (!hasSendWaits)
    freeOutput(index);
}

void RowCheck::freeOutput(uint32_t index) {
  const Action &action = row[index];
  Buffer &buffer = outgoing[{isGradient(action), action.stage, action.peer}];
  --buffer.numHeld;
  buffer.uses.push_back(index);
  countShared(action, action.peer, /*isIncoming=*/false, -1);
}

void RowCheck::countShared(const Action &action, int32_t peer, bool isIncoming,
                           int64_t change) {
  bool gradient = isGradient(action);
  const StageEdge *edge = gradient == isIncoming
                              ? edges.lookup(action.stage, peer)
                              : edges.lookup(peer, action.stage);
  if (!edge || edge->buffer < 0)
    return;
  int64_t &numHeld = shared[{gradient, edge->buffer}];
  int64_t before = numHeld;
  numHeld += change * edge->tensors;
  if (numHeld > edge->bufferSlots && before <= edge->bufferSlots)
    report(action, "expected at most " + Twine(edge->bufferSlots) +
                       (edge->bufferSlots == 1 ? " tensor" : " tensors") +
                       " in the buffer that several transfers of rank " +
                       Twine(rank) + " go through, but '" + action.str() +
                       "' is one more");
}

void RowCheck::useWeights(const Action &action) {
  if (action.kind == ActionKind::Backward ||
      action.kind == ActionKind::BackwardWeight)
    isReduced[action.stage] = false;
  if (auto it = isUnsharded.find(action.stage);
      it != isUnsharded.end() && !it->second)
    reportLack(action, "gather the weights of stage " + Twine(action.stage));
}

/// Weights that ranks gather and gradients that they reduce with others.
void RowCheck::changeWeights(uint32_t index) {
  const Action &action = row[index];
  if (isLocal(action, "UNSHARD") || isLocal(action, "RESHARD")) {
    auto it = isUnsharded.find(action.stage);
    if (it != isUnsharded.end())
      it->second = isLocal(action, "UNSHARD");
  }
  if (isLocal(action, "REDUCE_GRAD")) {
    auto [it, isFirst] = isReduced.try_emplace(action.stage, true);
    if (isFirst || it->second)
      reportLack(action,
                 (isFirst ? "compute a gradient of the weights of stage "
                          : "compute another gradient of the weights "
                            "of stage ") +
                     Twine(action.stage));
    it->second = true;
  }
  // One reduction for all micro-batches, or one behind some of them.
  if (isLocal(action, "REDUCE_GRAD") &&
      lastReductions.lookup(action.stage) == index &&
      lastGradients.lookup(action.stage) > index)
    reportLack(action, "compute the last gradient of the weights of stage " +
                           Twine(action.stage));
}

void RowCheck::useOwn(uint32_t index, int32_t peer) {
  const Action &action = row[index];
  bool gradient = isGradient(action);
  // Half of a schedule begins with what the other half has left.
  if (!gradient && !forwards.contains(peer))
    return;
  if (!isMade(Data{gradient, peer}, action.microbatch))
    return reportLack(action, (gradient ? "run the backward of stage "
                                        : "run the forward of stage ") +
                                  Twine(peer));
  // A buffer hands out what was put into it in the same order.
  std::deque<int32_t> &waiting = kept[{gradient, peer, action.stage}];
  if (waiting.empty())
    return;
  int32_t next = waiting.front();
  if (next == action.microbatch)
    return waiting.pop_front();
  waiting.clear();
  report(action, "expected micro-batch " + Twine(next) +
                     " next out of the buffer from stage " + Twine(peer) +
                     " to stage " + Twine(action.stage) + ", but '" +
                     action.str() + "' on rank " + Twine(rank) +
                     " takes another one");
}

void RowCheck::keepOwn(uint32_t index, int32_t peer) {
  const Action &action = row[index];
  bool gradient = isGradient(action);
  std::deque<int32_t> &waiting = kept[{gradient, action.stage, peer}];
  waiting.push_back(action.microbatch);
  int64_t numSlots = gradient ? edges.getSlots(peer, action.stage)
                              : edges.getSlots(action.stage, peer);
  if (numSlots > 0 && static_cast<int64_t>(waiting.size()) == numSlots + 1)
    report(action, "expected at most " + Twine(numSlots) +
                       (numSlots == 1 ? " tensor" : " tensors") +
                       " to wait in the buffer from stage " +
                       Twine(action.stage) + " to stage " + Twine(peer) +
                       ", but '" + action.str() + "' on rank " + Twine(rank) +
                       " makes one more");
}

/// What is made waits in a buffer until it is sent.
void RowCheck::holdOutput(uint32_t index, int32_t peer) {
  const Action &action = row[index];
  bool gradient = isGradient(action);
  int64_t numSlots = gradient ? edges.getSlots(peer, action.stage)
                              : edges.getSlots(action.stage, peer);
  Buffer &buffer = outgoing[{gradient, action.stage, peer}];
  countShared(action, peer, /*isIncoming=*/false, 1);
  int64_t freedBy = buffer.numCame++ - numSlots;
  ++buffer.numHeld;
  if (numSlots <= 0)
    return;
  // The slot that it is written to has been sent. A rank that waits for that
  // does so for all of its streams.
  if (!hasSendWaits && freedBy >= 0 &&
      freedBy < static_cast<int64_t>(buffer.uses.size()))
    expectOrdered(buffer.uses[freedBy], index);
  if (buffer.numHeld != numSlots + 1)
    return;
  report(action, "expected at most " + Twine(numSlots) +
                     (numSlots == 1 ? " tensor" : " tensors") +
                     " to wait to be sent from stage " + Twine(action.stage) +
                     " to stage " + Twine(peer) + ", but '" + action.str() +
                     "' on rank " + Twine(rank) + " makes one more");
}

/// Takes what has come from stage `peer`.
void RowCheck::useInput(uint32_t index, int32_t peer) {
  const Action &action = row[index];
  bool gradient = isGradient(action);
  Buffer &buffer = buffers[{gradient, peer, action.stage}];
  --buffer.numHeld;
  countShared(action, peer, /*isIncoming=*/true, -1);
  buffer.uses.push_back(index);
  auto &here = arrived[{peer, action.stage}];
  auto it = here.find(Data{gradient, 0}.getKey(action.microbatch));
  if (it == here.end())
    reportLack(action, "receive from stage " + Twine(peer));
  else
    expectOrdered(it->second, index);
}

void RowCheck::useInputs(uint32_t index, ArrayRef<int32_t> peers) {
  for (int32_t peer : peers)
    if (edges.rankOf[peer] == rank)
      useOwn(index, peer);
    else
      useInput(index, peer);
}

void RowCheck::compute(uint32_t index) {
  const Action &action = row[index];
  bool gradient = isGradient(action);
  if (action.kind == ActionKind::BackwardWeight) {
    // What goes into the first stage need have no gradient: that of its weights
    // takes what comes from the stages behind it.
    if (action.stage == 0 && !backwards.contains(0))
      return useInputs(index, edges.targets[action.stage]);
    if (!isMade({/*isGradient=*/true, action.stage}, action.microbatch))
      reportLack(action, "compute the gradient of the inputs");
    return;
  }
  if (gradient && forwards.contains(action.stage) &&
      !isMade({/*isGradient=*/false, action.stage}, action.microbatch))
    reportLack(action, "run the forward");
  const auto &before = gradient ? edges.targets : edges.sources;
  const auto &after = gradient ? edges.sources : edges.targets;
  useInputs(index, before[action.stage]);
  for (int32_t peer : after[action.stage])
    if (edges.rankOf[peer] != rank)
      holdOutput(index, peer);
    else
      keepOwn(index, peer);
  made[Data{gradient, action.stage}.getKey(action.microbatch)] = index;
}

void OrderBuilder::checkScheduleRows(const Schedule &schedule,
                                     ArrayRef<StageEdge> edges) {
  PipelineEdges byStage(schedule, edges);
  bool hasTransfers = schedule.hasTransfers();
  for (auto [rank, row] : llvm::enumerate(schedule.rows)) {
    // The check refers to it.
    auto reportAction = [&, rank = rank](const Action &action,
                                         const Twine &message) {
      report(Code::DAG806, getLoc(rank, action), message);
    };
    RowCheck check(byStage, row, rank, reportAction);
    check.runWeights();
    // Transfers that are yet to be put follow the data by themselves.
    if (hasTransfers)
      check.run();
  }
}

void OrderBuilder::checkCoverage(const Schedule &schedule,
                                 const ScheduleExtent &extent) {
  std::vector<int32_t> rankOf = schedule.getRankOfStages();
  rankOf.resize(std::max<int64_t>(rankOf.size(), extent.stages), -1);
  for (const LeftOut &rest : findLeftOut(schedule, extent))
    report(Code::DAG810,
           rankOf[rest.stage] < 0 ? loc : getRowLoc(rankOf[rest.stage]),
           "expected stage " + Twine(rest.stage) + " to " + rest.what +
               " of each micro-batch, but it leaves out " +
               rest.microbatches.str());
  checkReductions(schedule);
}

void OrderBuilder::checkReductions(const Schedule &schedule) {
  std::map<int32_t, size_t> rankOfGradients;
  std::optional<int32_t> reduced;
  llvm::SmallDenseSet<int32_t> allReduced;
  for (auto [rank, row] : llvm::enumerate(schedule.rows))
    for (const Action &action : row) {
      if (action.kind == ActionKind::Backward ||
          action.kind == ActionKind::BackwardWeight)
        rankOfGradients.try_emplace(action.stage, rank);
      if (action.kind != ActionKind::Local ||
          !StringRef(action.text).ends_with("REDUCE_GRAD"))
        continue;
      reduced = reduced.value_or(action.stage);
      allReduced.insert(action.stage);
    }
  for (auto [stage, rank] : rankOfGradients)
    if (reduced && !allReduced.contains(stage))
      report(Code::DAG810, getRowLoc(rank),
             "expected stage " + Twine(stage) +
                 " to reduce its gradients as stage " + Twine(*reduced) +
                 " does, but it does not");
}

void OrderBuilder::checkRowsCompute(const Schedule &schedule) {
  if (schedule.getNumStages() == 0)
    return;
  for (auto [rank, row] : llvm::enumerate(schedule.rows))
    if (row.empty())
      report(Code::DAG810, getRowLoc(rank),
             "expected rank " + Twine(rank) +
                 " to run a stage, as others do, but its row is empty");
}

void OrderBuilder::reportStuck(const Schedule &schedule,
                               ArrayRef<StuckAction> stuck) {
  bool lacksSlot = llvm::any_of(
      stuck, [](const StuckAction &action) { return action.lacksSlot; });
  std::vector<int32_t> rankOf = schedule.getRankOfStages();
  auto getPlace = [&](const StuckAction &action) {
    return getLoc(action.rank, schedule.rows[action.rank][action.position]);
  };
  report(lacksSlot ? Code::DAG806 : Code::DAG801,
         stuck.empty() ? loc : getPlace(stuck.front()),
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
    order.issues.back().notes.push_back({getPlace(action), text});
  }
}
