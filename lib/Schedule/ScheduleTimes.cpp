//===- ScheduleTimes.cpp - Bubbles and live activations -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Schedule/Schedule.h"
#include "llvm/ADT/DenseMap.h"

#include <algorithm>
#include <numeric>

using namespace mlir;
using namespace mlir::dag;

namespace {
/// Runs each rank until it waits, and goes on with the rank that it has been
/// waiting for something of.
class Timer {
public:
  Timer(const Schedule &schedule, const ScheduleCosts &costs)
      : schedule(schedule), costs(costs), numStages(schedule.getNumStages()),
        times(schedule.rows.size()), next(schedule.rows.size()),
        live(schedule.rows.size()) {}

  std::optional<ScheduleTimes> run(std::vector<StuckAction> &stuck);

private:
  static uint64_t getKey(bool isBackward, int64_t stage, int64_t microbatch) {
    return (uint64_t(isBackward) << 63) | (uint64_t(stage) << 32) | microbatch;
  }
  /// What an action needs: keys of results.
  void getNeeds(const Action &action, std::vector<uint64_t> &needs) const;
  void advance(uint32_t rank);
  void finish(uint32_t rank, const Action &action, int64_t end);

  const Schedule &schedule;
  const ScheduleCosts &costs;
  int64_t numStages;
  ScheduleTimes result;
  std::vector<RankTimes> times;
  std::vector<uint32_t> next;
  std::vector<int64_t> live;
  /// When results are there.
  llvm::DenseMap<uint64_t, int64_t> ends;
  /// Ranks that wait for a result.
  llvm::DenseMap<uint64_t, std::vector<uint32_t>> waiters;
  std::vector<uint32_t> worklist;
};
} // namespace

void Timer::getNeeds(const Action &action, std::vector<uint64_t> &needs) const {
  int64_t stage = action.stage, microbatch = action.microbatch;
  switch (action.kind) {
  case ActionKind::Forward:
    if (stage > 0)
      needs.push_back(getKey(false, stage - 1, microbatch));
    break;
  case ActionKind::Backward:
  case ActionKind::BackwardInput:
    needs.push_back(getKey(false, stage, microbatch));
    if (stage + 1 < numStages)
      needs.push_back(getKey(true, stage + 1, microbatch));
    break;
  case ActionKind::BackwardWeight:
    needs.push_back(getKey(true, stage, microbatch));
    break;
  default:
    break;
  }
}

void Timer::finish(uint32_t rank, const Action &action, int64_t end) {
  bool isForward = action.kind == ActionKind::Forward;
  if (isForward)
    times[rank].peakActivations =
        std::max(times[rank].peakActivations, ++live[rank]);
  if (action.kind == ActionKind::Backward ||
      action.kind == ActionKind::BackwardWeight)
    --live[rank];
  if (action.kind == ActionKind::BackwardWeight)
    return;
  uint64_t key = getKey(!isForward, action.stage, action.microbatch);
  ends[key] = end;
  auto it = waiters.find(key);
  if (it == waiters.end())
    return;
  worklist.insert(worklist.end(), it->second.begin(), it->second.end());
  waiters.erase(it);
}

void Timer::advance(uint32_t rank) {
  const std::vector<Action> &row = schedule.rows[rank];
  std::vector<uint64_t> needs;
  while (next[rank] < row.size()) {
    uint32_t begin = next[rank], end = begin + 1;
    while (end < row.size() && row[end].join == ActionJoin::Overlap)
      ++end;
    // All that overlaps needs its inputs before any of it begins.
    needs.clear();
    int64_t cost = 0;
    bool isCompute = false;
    for (uint32_t i = begin; i < end; ++i) {
      getNeeds(row[i], needs);
      isCompute |= row[i].isCompute();
      switch (row[i].kind) {
      case ActionKind::Forward:
        cost += costs.forward;
        break;
      case ActionKind::Backward:
        cost += costs.backwardInput + costs.backwardWeight;
        break;
      case ActionKind::BackwardInput:
        cost += costs.backwardInput;
        break;
      case ActionKind::BackwardWeight:
        cost += costs.backwardWeight;
        break;
      default:
        break;
      }
    }
    int64_t start = times[rank].end;
    for (uint64_t need : needs) {
      auto it = ends.find(need);
      if (it == ends.end()) {
        waiters[need].push_back(rank);
        return;
      }
      start = std::max(start, it->second);
    }
    next[rank] = end;
    if (!isCompute)
      continue;
    if (times[rank].busy == 0)
      times[rank].start = start;
    times[rank].busy += cost;
    times[rank].end = start + cost;
    for (uint32_t i = begin; i < end; ++i)
      finish(rank, row[i], start + cost);
  }
}

std::optional<ScheduleTimes> Timer::run(std::vector<StuckAction> &stuck) {
  worklist.resize(schedule.rows.size());
  std::iota(worklist.rbegin(), worklist.rend(), 0);
  while (!worklist.empty()) {
    uint32_t rank = worklist.back();
    worklist.pop_back();
    advance(rank);
  }
  for (uint32_t rank = 0; rank < next.size(); ++rank)
    if (next[rank] < schedule.rows[rank].size())
      stuck.push_back({static_cast<int32_t>(rank), next[rank]});
  if (!stuck.empty())
    return std::nullopt;
  for (const RankTimes &time : times) {
    result.makespan = std::max(result.makespan, time.end);
    if (time.getBubble() > result.bubble || result.busy == 0) {
      result.bubble = time.getBubble();
      result.busy = time.busy;
    }
  }
  result.ranks = std::move(times);
  return std::move(result);
}

std::optional<ScheduleTimes> dag::getTimes(const Schedule &schedule,
                                           const ScheduleCosts &costs,
                                           std::vector<StuckAction> &stuck) {
  return Timer(schedule, costs).run(stuck);
}
