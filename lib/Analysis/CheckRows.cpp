//===- CheckRows.cpp - Data and buffers of the rows of tables -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//


#include "OrderBuilder.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::dag;

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
      } else if (action.isCompute() &&
                 action.kind != ActionKind::BackwardWeight) {
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
