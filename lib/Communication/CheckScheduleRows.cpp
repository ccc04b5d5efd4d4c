//===- CheckScheduleRows.cpp - Data and buffers of rows -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OrderBuilder.h"
#include "PipelineEdges.h"
#include "RowClocks.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"

#include <deque>
#include <set>
#include <utility>

using namespace mlir;
using namespace mlir::dag;

namespace {
/// Follows one row with its buffers. Reports the first action that comes before
/// what it needs, the first pair that no event orders, and each buffer that is
/// too full.
class RowCheck {
public:
  /// Takes the action that comes too early and what is wrong.
  using Report =
      llvm::function_ref<void(const Action &, const Twine &, std::string)>;
  RowCheck(const PipelineEdges &edges, ArrayRef<Action> row, int32_t rank,
           Report report)
      : edges(edges), row(row), rank(rank), report(report),
        clocks(row, edges.rankOf) {
    for (auto [index, action] : llvm::enumerate(row)) {
      hasSendWaits |= action.isWaitForSend();
      if (action.isTransfer())
        transferred.insert(getEdge(action));
      if (action.kind == ActionKind::Forward)
        forwards.insert(action.stage);
      else if (action.isCompute() && action.kind != ActionKind::BackwardWeight)
        backwards.insert(action.stage);
      if (action.kind == ActionKind::Backward ||
          action.kind == ActionKind::BackwardWeight)
        lastGradients[action.stage] = index;
      if (action.isLocal("REDUCE_GRAD"))
        lastReductions[action.stage] = index;
      // What is let go of first has been there before.
      if (action.isLocal("UNSHARD") || action.isLocal("RESHARD"))
        isUnsharded.try_emplace(action.stage, action.isLocal("RESHARD"));
    }
  }

  void run() {
    isComplete = true;
    for (uint32_t begin = 0, end; begin < row.size(); begin = end) {
      end = findUnitEnd(row, begin);
      runUnit(begin, end);
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

  /// Gradient or not, whence and whither.
  using Edge = std::tuple<bool, int32_t, int32_t>;
  static Edge getEdge(const Action &transfer) {
    auto [source, target] = transfer.getEnds();
    return {transfer.isGradient(), source, target};
  }
  /// The buffers of an edge within the rank: those that it shares with others,
  /// by number, or its own.
  static void forEachBuffer(const Edge &edge, const StageEdge *ends,
                            llvm::function_ref<void(Edge)> callback) {
    if (!ends || ends->shared.empty())
      return callback(edge);
    for (const SharedBuffer &buffer : ends->shared)
      callback({std::get<0>(edge), -1, buffer.number});
  }
  /// What does not fit into a buffer, or comes out of it in another order.
  void reportFull(const Action &action, const Twine &message) {
    report(action, message, "");
  }
  void receive(uint32_t index);
  void useWeights(const Action &action);
  void changeWeights(uint32_t index);
  void send(uint32_t index);
  /// Actions that begin and end together, one or those of a group or an
  /// overlap, in whatever order they are listed: what one of them writes does
  /// not go where another one reads.
  void runUnit(uint32_t begin, uint32_t end);
  void makeOutputs(uint32_t index);
  void useInputs(uint32_t index);
  void useInput(uint32_t index, int32_t peer);
  void useInputs(uint32_t index, ArrayRef<int32_t> peers);
  /// Takes what stage `peer` of the same rank has made.
  void useOwn(uint32_t index, int32_t peer);
  /// Keeps what stage `peer` of the same rank takes.
  void keepOwn(uint32_t index, int32_t peer);
  void holdOutput(uint32_t index, int32_t peer);
  /// What has been sent, or waited for, may be written over.
  void freeOutput(uint32_t index);
  /// The edge between the stage of an action and `peer`, in the direction of
  /// forwards; null if there is none.
  const StageEdge *lookupEdge(const Action &action, int32_t peer,
                              bool isIncoming) const {
    return action.isGradient() == isIncoming ? edges.lookup(action.stage, peer)
                                             : edges.lookup(peer, action.stage);
  }
  /// Counts what comes into (`sign` is 1) or leaves (-1) the buffers that
  /// several edges share, where it is made or where it is used.
  enum class End { Source, Target };
  void countShared(const Action &action, const StageEdge *edge, End end,
                   int64_t sign);
  /// Puts what has been counted since into those buffers, or takes it out.
  void fillShared(uint32_t index);
  void freeShared(uint32_t index);
  /// True if what stage `source` makes comes to stage `target` of the same rank
  /// without a transfer.
  bool isOwn(const Action &action, int32_t source, int32_t target) const {
    return edges.rankOf[source] == rank && edges.rankOf[target] == rank &&
           !transferred.count({action.isGradient(), source, target});
  }
  /// True if the rank has made `data` before the actions that the one at which
  /// the row is overlaps with.
  bool isMade(const Data &data, int32_t microbatch) const {
    auto it = made.find(data.getKey(microbatch));
    return it != made.end() && it->second < unitBegin;
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
  std::map<Edge, Buffer> buffers;
  /// What waits at this end to go out over an edge.
  std::map<Edge, Buffer> outgoing;
  /// What waits for another stage of the rank, by its buffer.
  std::map<Edge, std::deque<std::pair<Edge, int32_t>>> kept;
  /// How many micro-batches wait so on each edge.
  std::map<Edge, int64_t> numOwn;
  /// What the unit at which the row is sends, and what the rank has sent to
  /// itself and not waited for.
  std::set<std::pair<Edge, int32_t>> sentInUnit, staying;
  /// Edges that the row has transfers for.
  std::set<Edge> transferred;
  /// Buffers that several edges share, in tensors, and how much more each of
  /// them holds behind the action at which the row is.
  using SharedKey = std::pair<bool, int32_t>;
  struct Shared : Buffer {
    int64_t numSlots = 0;
  };
  std::map<SharedKey, Shared> shared;
  SmallVector<std::pair<SharedKey, int64_t>, 2> changes;
  SourceSlots sources;
  /// True if the row says where it waits for its sends.
  bool hasSendWaits = false;
  /// By stage: the last gradient of weights, the last reduction of gradients,
  /// and whether the weights are there, if the row gathers them.
  llvm::DenseMap<int32_t, uint32_t> lastGradients, lastReductions;
  llvm::DenseMap<int32_t, bool> isUnsharded;
  /// By stage with gradients of weights: true if they have been reduced, and
  /// none has come since.
  llvm::DenseMap<int32_t, bool> isReduced;
  /// Where the unit begins at which the row is.
  uint32_t unitBegin = 0;
  bool isComplete = true, isOrdered = true;
};
} // namespace

void RowCheck::reportLack(const Action &action, const Twine &what) {
  if (!isComplete)
    return;
  isComplete = false;
  report(action,
         "expected rank " + Twine(rank) + " to " + what + " before '" +
             action.str() + "', but it does not",
         "Let rank " + std::to_string(rank) + " do that before '" +
             action.str() + "'.");
}

void RowCheck::expectOrdered(uint32_t first, uint32_t second) {
  if (!isOrdered || clocks.isOrdered(first, second))
    return;
  isOrdered = false;
  std::string one = "'" + row[first].str() + "'",
              other = "'" + row[second].str() + "'";
  report(row[second],
         "expected an event to order " + other + " behind " + one +
             " on rank " + Twine(rank) + ", but they overlap",
         "Record an event behind " + one + " and wait for it before " + other +
             ".");
}

void RowCheck::receive(uint32_t index) {
  const Action &action = row[index];
  bool gradient = action.isGradient();
  arrived[{action.peer, action.stage}]
         [Data{gradient, 0}.getKey(action.microbatch)] = index;
  Buffer &buffer = buffers[{gradient, action.peer, action.stage}];
  ++buffer.numHeld;
  // What is sent from here in the same group comes into the slot where it lies.
  std::pair<Edge, int32_t> data(getEdge(action), action.microbatch);
  if (sentInUnit.count(data))
    staying.insert(data);
  else
    countShared(action, lookupEdge(action, action.peer, /*isIncoming=*/true),
                End::Target, 1);
  int64_t numSlots = edges.getSlots(gradient, action.peer, action.stage);
  int64_t freedBy = buffer.numCame++ - numSlots;
  if (numSlots <= 0)
    return;
  if (buffer.numHeld == numSlots + 1)
    reportFull(action, "expected at most " + Twine(numSlots) +
                           (numSlots == 1 ? " tensor" : " tensors") +
                           " to wait in the buffer from stage " +
                           Twine(action.peer) + " to stage " +
                           Twine(action.stage) + ", but '" + action.str() +
                           "' on rank " + Twine(rank) + " is one more");
  // The slot that it is written to has been read.
  if (freedBy >= 0 && freedBy < static_cast<int64_t>(buffer.uses.size()))
    expectOrdered(buffer.uses[freedBy], index);
}

void RowCheck::send(uint32_t index) {
  const Action &action = row[index];
  const StageEdge *edge = lookupEdge(action, action.peer, /*isIncoming=*/false);
  if (action.isGradient() && edge && !edge->hasGradient)
    report(action,
           "expected rank " + Twine(rank) +
               " to send a gradient of floats, but '" + action.str() +
               "' is one of integers, which have none",
           "Leave it out at both ends.");
  auto it = made.find(
      Data{action.isGradient(), action.stage}.getKey(action.microbatch));
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
  Buffer &buffer = outgoing[{action.isGradient(), action.stage, action.peer}];
  --buffer.numHeld;
  buffer.uses.push_back(index);
  Edge edge(action.isGradient(), action.stage, action.peer);
  if (!staying.erase({edge, action.microbatch}))
    countShared(action, lookupEdge(action, action.peer, /*isIncoming=*/false),
                End::Source, -1);
}

void RowCheck::countShared(const Action &action, const StageEdge *edge, End end,
                           int64_t sign) {
  if (!edge)
    return;
  bool gradient = action.isGradient();
  for (const SharedBuffer &buffer : edge->shared) {
    SharedKey key(gradient, buffer.number);
    shared[key].numSlots = buffer.slots;
    auto *it = llvm::find_if(
        changes, [&](const auto &known) { return known.first == key; });
    if (it == changes.end())
      it = changes.insert(changes.end(), {key, 0});
    if (end == End::Target)
      it->second += sign * (gradient ? buffer.gradients : buffer.tensors);
    else if (sign > 0)
      it->second += SourceSlots::getTaken(buffer, gradient);
    else
      it->second -= sources.free(buffer, gradient, action.microbatch);
  }
}

void RowCheck::fillShared(uint32_t index) {
  for (auto &[key, change] : changes) {
    Shared &buffer = shared[key];
    if (change > 0 && buffer.numHeld <= buffer.numSlots &&
        buffer.numHeld + change > buffer.numSlots)
      reportFull(row[index],
                 "expected at most " + Twine(buffer.numSlots) +
                     (buffer.numSlots == 1 ? " tensor" : " tensors") +
                     " in the buffer that several transfers of rank " +
                     Twine(rank) + " go through, but '" + row[index].str() +
                     "' is one more");
    for (; change > 0; --change) {
      // The slot that it is written to was freed by then.
      int64_t freedBy = buffer.numCame++ - buffer.numSlots;
      ++buffer.numHeld;
      if (freedBy >= 0 && freedBy < static_cast<int64_t>(buffer.uses.size()))
        expectOrdered(buffer.uses[freedBy], index);
    }
  }
}

void RowCheck::freeShared(uint32_t index) {
  for (auto [key, change] : changes) {
    Shared &buffer = shared[key];
    for (; change < 0; ++change) {
      --buffer.numHeld;
      buffer.uses.push_back(index);
    }
  }
  changes.clear();
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
  if (action.isLocal("UNSHARD") || action.isLocal("RESHARD")) {
    auto it = isUnsharded.find(action.stage);
    if (it != isUnsharded.end() && it->second == action.isLocal("UNSHARD"))
      reportLack(action, (it->second ? "let go of the weights of stage "
                                     : "gather the weights of stage ") +
                             Twine(action.stage));
    if (it != isUnsharded.end())
      it->second = action.isLocal("UNSHARD");
  }
  if (action.isLocal("REDUCE_GRAD")) {
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
  if (action.isLocal("REDUCE_GRAD") &&
      lastReductions.lookup(action.stage) == index &&
      lastGradients.lookup(action.stage) > index)
    reportLack(action, "compute the last gradient of the weights of stage " +
                           Twine(action.stage));
}

void RowCheck::useOwn(uint32_t index, int32_t peer) {
  const Action &action = row[index];
  bool gradient = action.isGradient();
  // Half of a schedule begins with what the other half has left.
  if (!gradient && !forwards.contains(peer))
    return;
  if (!isMade(Data{gradient, peer}, action.microbatch))
    return reportLack(action, (gradient ? "run the backward of stage "
                                        : "run the forward of stage ") +
                                  Twine(peer));
  countShared(action, lookupEdge(action, peer, /*isIncoming=*/true),
              End::Source, -1);
  --numOwn[{gradient, peer, action.stage}];
  // A buffer hands out what was put into it in the same order.
  std::pair<Edge, int32_t> wanted({gradient, peer, action.stage},
                                  action.microbatch);
  forEachBuffer(wanted.first, lookupEdge(action, peer, true), [&](Edge buffer) {
    auto &waiting = kept[buffer];
    if (waiting.empty())
      return;
    auto [edge, next] = waiting.front();
    if (wanted == waiting.front())
      return waiting.pop_front();
    waiting.clear();
    reportFull(action, "expected micro-batch " + Twine(next) +
                           " next out of the buffer from stage " +
                           Twine(std::get<1>(edge)) + " to stage " +
                           Twine(std::get<2>(edge)) + ", but '" + action.str() +
                           "' on rank " + Twine(rank) + " takes another one");
  });
}

void RowCheck::keepOwn(uint32_t index, int32_t peer) {
  const Action &action = row[index];
  bool gradient = action.isGradient();
  Edge edge(gradient, action.stage, peer);
  forEachBuffer(edge, lookupEdge(action, peer, false), [&](Edge buffer) {
    kept[buffer].push_back({edge, action.microbatch});
  });
  int64_t numWaiting = ++numOwn[edge];
  countShared(action, lookupEdge(action, peer, /*isIncoming=*/false),
              End::Source, 1);
  int64_t numSlots = edges.getSlots(gradient, action.stage, peer);
  if (numSlots > 0 && numWaiting == numSlots + 1)
    reportFull(action, "expected at most " + Twine(numSlots) +
                           (numSlots == 1 ? " tensor" : " tensors") +
                           " to wait in the buffer from stage " +
                           Twine(action.stage) + " to stage " + Twine(peer) +
                           ", but '" + action.str() + "' on rank " +
                           Twine(rank) + " makes one more");
}

/// What is made waits in a buffer until it is sent.
void RowCheck::holdOutput(uint32_t index, int32_t peer) {
  const Action &action = row[index];
  bool gradient = action.isGradient();
  int64_t numSlots = edges.getSlots(gradient, action.stage, peer);
  Buffer &buffer = outgoing[{gradient, action.stage, peer}];
  countShared(action, lookupEdge(action, peer, /*isIncoming=*/false),
              End::Source, 1);
  int64_t freedBy = buffer.numCame++ - numSlots;
  ++buffer.numHeld;
  if (numSlots <= 0)
    return;
  // The slot that it is written to has been sent.
  if (freedBy >= 0 && freedBy < static_cast<int64_t>(buffer.uses.size()))
    expectOrdered(buffer.uses[freedBy], index);
  if (buffer.numHeld != numSlots + 1)
    return;
  reportFull(action, "expected at most " + Twine(numSlots) +
                         (numSlots == 1 ? " tensor" : " tensors") +
                         " to wait to be sent from stage " +
                         Twine(action.stage) + " to stage " + Twine(peer) +
                         ", but '" + action.str() + "' on rank " + Twine(rank) +
                         " makes one more");
}

/// Takes what has come from stage `peer`.
void RowCheck::useInput(uint32_t index, int32_t peer) {
  const Action &action = row[index];
  bool gradient = action.isGradient();
  Buffer &buffer = buffers[{gradient, peer, action.stage}];
  --buffer.numHeld;
  countShared(action, lookupEdge(action, peer, /*isIncoming=*/true),
              End::Target, -1);
  buffer.uses.push_back(index);
  auto &here = arrived[{peer, action.stage}];
  auto it = here.find(Data{gradient, 0}.getKey(action.microbatch));
  if (it == here.end())
    reportLack(action, "receive from stage " + Twine(peer));
  else
    expectOrdered(it->second, index);
}

void RowCheck::useInputs(uint32_t index) {
  const Action &action = row[index];
  bool gradient = action.isGradient();
  if (action.kind == ActionKind::BackwardWeight &&
      (!edges.takers[true][action.stage].empty() ||
       backwards.contains(action.stage))) {
    if (!isMade({/*isGradient=*/true, action.stage}, action.microbatch))
      reportLack(action, "compute the gradient of the inputs");
    return;
  }
  // What goes into a stage that gives no gradient on need have none: that of
  // its weights takes what comes from the stages behind it.
  if (gradient && forwards.contains(action.stage) &&
      !isMade({/*isGradient=*/false, action.stage}, action.microbatch))
    reportLack(action, "run the forward");
  for (int32_t peer : edges.makers[gradient][action.stage])
    if (isOwn(action, peer, action.stage))
      useOwn(index, peer);
    else
      useInput(index, peer);
}

void RowCheck::makeOutputs(uint32_t index) {
  const Action &action = row[index];
  if (action.kind == ActionKind::BackwardWeight)
    return;
  bool gradient = action.isGradient();
  for (int32_t peer : edges.takers[gradient][action.stage])
    if (isOwn(action, action.stage, peer))
      keepOwn(index, peer);
    else
      holdOutput(index, peer);
  made[Data{gradient, action.stage}.getKey(action.microbatch)] = index;
}

void RowCheck::runUnit(uint32_t begin, uint32_t end) {
  unitBegin = begin;
  sentInUnit.clear();
  for (uint32_t index = begin; index < end; ++index) {
    clocks.begin(index);
    if (row[index].isSend())
      sentInUnit.insert({getEdge(row[index]), row[index].microbatch});
  }
  // By action: what it puts into shared buffers less what it takes out. One
  // action by itself may write where it has read.
  std::vector<decltype(changes)> ofActions(end - begin);
  for (uint32_t index = begin; index < end; ++index) {
    if (row[index].isRecv())
      receive(index);
    else if (row[index].isCompute())
      makeOutputs(index);
    ofActions[index - begin] = std::exchange(changes, {});
  }
  for (uint32_t index = begin; index < end; ++index) {
    const Action &action = row[index];
    changes = std::move(ofActions[index - begin]);
    if (action.isSend())
      send(index);
    else if (action.isWaitForSend())
      freeOutput(index);
    else if (action.isCompute())
      useInputs(index);
    fillShared(index);
    ofActions[index - begin] = std::exchange(changes, {});
  }
  for (uint32_t index = begin; index < end; ++index) {
    changes = std::move(ofActions[index - begin]);
    freeShared(index);
    clocks.end(index);
  }
}

void OrderBuilder::checkScheduleRows(const Schedule &schedule,
                                     ArrayRef<StageEdge> edges,
                                     bool hasTransfers) {
  PipelineEdges byStage(schedule, edges, recvPlaces);
  for (auto [rank, row] : llvm::enumerate(schedule.rows)) {
    // The check refers to it.
    auto reportAction = [&, rank = rank](const Action &action,
                                         const Twine &message,
                                         std::string hint) {
      report(Code::DAG806, getLoc(rank, action), message, std::move(hint));
    };
    RowCheck check(byStage, row, rank, reportAction);
    if (hasTransfers)
      check.run();
    else
      check.runWeights();
  }
}

bool OrderBuilder::completeRows(Schedule &schedule, ArrayRef<StageEdge> edges) {
  checkScheduleRows(schedule, edges, /*hasTransfers=*/false);
  if (!schedule.hasTransfers()) {
    std::vector<StuckAction> stuck;
    std::optional<Schedule> rows = insertTransfers(schedule, edges, stuck);
    if (!rows) {
      reportStuck(schedule, stuck);
      return false;
    }
    schedule = std::move(*rows);
    hasInserted = schedule.hasTransfers();
  }
  checkScheduleRows(schedule, edges, /*hasTransfers=*/true);
  return true;
}
