//===- VShapedSchedules.cpp - Rows of ranks with two stages in a V -*- C++ -*-//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VShapedSchedules.h"

#include <algorithm>
#include <deque>

using namespace mlir;
using namespace mlir::dag;

namespace {
/// The two arms of the V on a rank: down with the first half of the stages, and
/// up again with the second.
enum Arm { kDown, kUp };

/// Writes the row of one rank, whose actions of a kind take the micro-batches
/// of each arm in order.
class RowWriter {
public:
  RowWriter(std::vector<Action> &row, int64_t ranks, int64_t rank,
            int64_t microbatches)
      : row(row), stages{rank, 2 * ranks - 1 - rank},
        microbatches(microbatches) {}

  void forward(Arm arm) { add(ActionKind::Forward, arm, numForward[arm]++); }
  void backward(Arm arm) { add(ActionKind::Backward, arm, numBackward[arm]++); }
  /// Leaves the gradient of weights for later.
  void backwardInput(Arm arm) {
    delayed[arm].push_back({numDelayed++, numBackward[arm]});
    add(ActionKind::BackwardInput, arm, numBackward[arm]++);
  }
  bool hasDelayed(Arm arm) const { return !delayed[arm].empty(); }
  /// The oldest gradient of weights of an arm that has been left.
  void backwardWeight(Arm arm) {
    add(ActionKind::BackwardWeight, arm, delayed[arm].front().second);
    delayed[arm].pop_front();
  }
  /// The oldest of both arms, if there is one.
  void backwardWeight() {
    if (hasDelayed(kDown) &&
        (!hasDelayed(kUp) || delayed[kDown].front() < delayed[kUp].front()))
      backwardWeight(kDown);
    else if (hasDelayed(kUp))
      backwardWeight(kUp);
  }
  /// A forward and a backward at the same time.
  void overlap(Arm forwardArm, Arm backwardArm) {
    forward(forwardArm);
    backward(backwardArm);
    row.back().join = ActionJoin::Overlap;
  }
  int64_t getNumForward(Arm arm) const { return numForward[arm]; }

private:
  /// Micro-batches beyond those that there are only keep the shape.
  void add(ActionKind kind, Arm arm, int64_t microbatch) {
    if (microbatch >= microbatches)
      return;
    Action &action = row.emplace_back();
    action.kind = kind;
    action.stage = stages[arm];
    action.microbatch = microbatch;
  }

  std::vector<Action> &row;
  int64_t stages[2], microbatches;
  int64_t numForward[2] = {0, 0}, numBackward[2] = {0, 0};
  /// When it was left, and the micro-batch.
  std::deque<std::pair<int64_t, int64_t>> delayed[2];
  int64_t numDelayed = 0;
};
} // namespace

void dag::addZeroBubbleV(std::vector<Action> &row, int64_t ranks, int64_t rank,
                         int64_t microbatches) {
  RowWriter writer(row, ranks, rank, microbatches);
  int64_t behind = ranks - rank;
  // It takes so many to fill the pipeline.
  int64_t total = std::max(microbatches, 2 * ranks - 1);
  auto backward = [&](Arm arm) {
    writer.backwardInput(arm);
    writer.backwardWeight(arm);
  };
  for (int64_t i = 0; i < 2 * behind - 1; ++i)
    writer.forward(kDown);
  for (int64_t i = 0; i < rank; ++i) {
    writer.forward(kUp);
    writer.forward(kDown);
  }
  for (int64_t i = 0; i < behind; ++i) {
    writer.forward(kUp);
    backward(kUp);
  }
  while (writer.getNumForward(kUp) < total) {
    if (writer.getNumForward(kDown) < total)
      writer.forward(kDown);
    backward(kDown);
    writer.forward(kUp);
    backward(kUp);
  }
  // Gradients of inputs go on to the other ranks, those of weights fill gaps.
  for (int64_t i = 0; i < rank; ++i) {
    writer.backwardInput(kDown);
    writer.backwardInput(kUp);
  }
  for (int64_t i = 0; i < behind; ++i) {
    writer.backwardInput(kDown);
    writer.backwardWeight(kDown);
  }
  for (Arm arm : {kUp, kDown})
    while (writer.hasDelayed(arm))
      writer.backwardWeight(arm);
}

void dag::addDualPipeV(std::vector<Action> &row, int64_t ranks, int64_t rank,
                       int64_t microbatches) {
  RowWriter writer(row, ranks, rank, microbatches);
  int64_t behind = ranks - 1 - rank;
  for (int64_t i = 0; i < 2 * behind; ++i)
    writer.forward(kDown);
  for (int64_t i = 0; i <= rank; ++i) {
    writer.forward(kDown);
    writer.forward(kUp);
  }
  for (int64_t i = 0; i < behind; ++i) {
    writer.backwardInput(kUp);
    writer.backwardWeight();
    writer.forward(kUp);
  }
  for (int64_t i = 0; i < microbatches - 2 * ranks + rank + 1; ++i) {
    if (i == 0 && behind == 0) {
      // The tip of the V has nothing to wait for: one after the other is
      // faster.
      writer.forward(kDown);
      writer.backward(kUp);
    } else {
      writer.overlap(kDown, kUp);
    }
    writer.overlap(kUp, kDown);
  }
  for (int64_t i = 0; i < behind; ++i) {
    writer.backward(kUp);
    writer.overlap(kUp, kDown);
  }
  // From the middle of what is left on, gradients of weights wait for the end.
  for (int64_t i = 0; i < 2 * (rank + 1); ++i) {
    Arm arm = i % 2 == 0 ? kUp : kDown;
    if (i > rank)
      writer.backwardInput(arm);
    else
      writer.backward(arm);
  }
  for (int64_t i = 0; i < behind; ++i) {
    writer.backwardWeight();
    writer.backwardInput(kDown);
  }
  for (int64_t i = 0; i <= rank; ++i)
    writer.backwardWeight();
}
