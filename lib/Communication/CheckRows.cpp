//===- CheckRows.cpp - Data and buffers of the rows of tables -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OrderBuilder.h"
#include "StreamClocks.h"
#include "dag/Schedule/ScheduleCoverage.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"

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
} // namespace

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
  /// What a rank holds of what has come over one edge.
  struct Buffer {
    int64_t numHeld = 0, numCame = 0;
    /// The actions that have used it.
    std::vector<uint32_t> uses;
  };
  for (auto [rank, row] : llvm::enumerate(schedule.rows)) {
    // What has come from a stage, and what this rank has made, by what.
    std::map<std::pair<int32_t, int32_t>, llvm::DenseMap<uint64_t, uint32_t>>
        here;
    llvm::DenseMap<uint64_t, uint32_t> made;
    std::map<std::tuple<bool, int32_t, int32_t>, Buffer> buffers;
    RowClocks clocks(row, rankOf);
    bool isComplete = true, isOrdered = true;
    llvm::SmallDenseSet<int32_t> forwards;
    for (const Action &action : row)
      if (action.kind == ActionKind::Forward)
        forwards.insert(action.stage);
    auto tooEarly = [&, rank = rank](const Action &action, const Twine &what) {
      if (!isComplete)
        return;
      isComplete = false;
      report("DAG806", getLoc(rank, action),
             "expected rank " + Twine(rank) + " to " + what + " before '" +
                 action.str() + "', but it does not");
    };
    auto isBehind = [&, rank = rank, &row = row](uint32_t second,
                                                 uint32_t first) {
      if (!isOrdered || clocks.isOrdered(first, second))
        return;
      isOrdered = false;
      report("DAG806", getLoc(rank, row[second]),
             "expected an event to order '" + row[second].str() + "' behind '" +
                 row[first].str() + "' on rank " + Twine(rank) +
                 ", but they overlap");
    };
    for (uint32_t index = 0; index < row.size(); ++index) {
      const Action &action = row[index];
      bool isGradient = action.kind != ActionKind::Forward &&
                        action.kind != ActionKind::SendForward &&
                        action.kind != ActionKind::RecvForward;
      clocks.begin(index);
      if (action.isRecv()) {
        here[{action.peer, action.stage}]
            [getKey(isGradient, 0, action.microbatch)] = index;
        Buffer &buffer = buffers[{isGradient, action.peer, action.stage}];
        ++buffer.numHeld;
        auto it = slots.find(
            isGradient
                ? std::make_pair<int64_t, int64_t>(action.stage, action.peer)
                : std::make_pair<int64_t, int64_t>(action.peer, action.stage));
        int64_t numSlots = it == slots.end() ? 0 : it->second;
        if (numSlots > 0 && buffer.numHeld == numSlots + 1)
          report("DAG806", getLoc(rank, action),
                 "expected at most " + Twine(numSlots) +
                     (numSlots == 1 ? " tensor" : " tensors") +
                     " to wait in the buffer from stage " + Twine(action.peer) +
                     " to stage " + Twine(action.stage) + ", but '" +
                     action.str() + "' on rank " + Twine(rank) +
                     " is one more");
        // The slot that it is written to has been read.
        int64_t freedBy = buffer.numCame++ - numSlots;
        if (numSlots > 0 && freedBy >= 0 &&
            freedBy < static_cast<int64_t>(buffer.uses.size()))
          isBehind(index, buffer.uses[freedBy]);
      } else if (action.isSend()) {
        auto it =
            made.find(getKey(isGradient, action.stage, action.microbatch));
        if (it == made.end())
          tooEarly(action, "compute what it sends");
        else
          isBehind(index, it->second);
      } else if (action.kind == ActionKind::BackwardWeight) {
        if (!made.count(getKey(true, action.stage, action.microbatch)))
          tooEarly(action, "compute the gradient of the inputs");
      } else if (action.isCompute()) {
        // Backwards alone are the second half of a schedule.
        if (isGradient && forwards.contains(action.stage) &&
            !made.count(getKey(false, action.stage, action.microbatch)))
          tooEarly(action, "run the forward");
        const auto &inputs = isGradient ? targets : sources;
        for (int32_t peer : inputs[action.stage]) {
          if (rankOf[peer] == static_cast<int32_t>(rank))
            continue;
          Buffer &buffer = buffers[{isGradient, peer, action.stage}];
          --buffer.numHeld;
          buffer.uses.push_back(index);
          auto &arrived = here[{peer, action.stage}];
          auto it = arrived.find(getKey(isGradient, 0, action.microbatch));
          if (it == arrived.end())
            tooEarly(action, "receive from stage " + Twine(peer));
          else
            isBehind(index, it->second);
        }
        made[getKey(isGradient, action.stage, action.microbatch)] = index;
      }
      clocks.end(index);
    }
  }
}

void OrderBuilder::checkCoverage(const Schedule &schedule) {
  std::vector<int32_t> rankOf = schedule.getRankOfStages();
  for (const LeftOut &rest : findLeftOut(schedule))
    report("DAG810", getRowLoc(rankOf[rest.stage]),
           "expected stage " + Twine(rest.stage) + " to " + rest.what +
               " of each micro-batch, but it leaves out " +
               rest.microbatches.str());
}

void OrderBuilder::reportStuck(const Schedule &schedule,
                               ArrayRef<StuckAction> stuck) {
  bool lacksSlot = llvm::any_of(
      stuck, [](const StuckAction &action) { return action.lacksSlot; });
  std::vector<int32_t> rankOf = schedule.getRankOfStages();
  report(
      lacksSlot ? "DAG806" : "DAG801",
      stuck.empty()
          ? loc
          : getLoc(stuck.front().rank,
                   schedule.rows[stuck.front().rank][stuck.front().position]),
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
    order.issues.back().notes.push_back(
        {getLoc(action.rank, schedule.rows[action.rank][action.position]),
         text});
  }
}
