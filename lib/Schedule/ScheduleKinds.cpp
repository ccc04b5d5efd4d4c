//===- ScheduleKinds.cpp - Orders by name -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VShapedSchedules.h"
#include "dag/Schedule/Schedule.h"
#include "llvm/ADT/Twine.h"

#include <algorithm>

using namespace mlir;
using namespace mlir::dag;
using llvm::StringRef;
using llvm::Twine;

StringRef dag::stringifyScheduleKind(ScheduleKind kind) {
  switch (kind) {
  case ScheduleKind::Forward:
    return "forward";
  case ScheduleKind::GPipe:
    return "gpipe";
  case ScheduleKind::OneFOneB:
    return "1f1b";
  case ScheduleKind::Interleaved:
    return "interleaved";
  case ScheduleKind::ZeroBubbleH1:
    return "zb-h1";
  case ScheduleKind::ZeroBubbleH2:
    return "zb-h2";
  case ScheduleKind::ZeroBubbleV:
    return "zbv";
  case ScheduleKind::DualPipeV:
    return "dualpipev";
  }
  llvm_unreachable("unknown kind of schedule");
}

static constexpr ScheduleKind kAllKinds[] = {
    ScheduleKind::Forward,      ScheduleKind::GPipe,
    ScheduleKind::OneFOneB,     ScheduleKind::Interleaved,
    ScheduleKind::ZeroBubbleH1, ScheduleKind::ZeroBubbleH2,
    ScheduleKind::ZeroBubbleV,  ScheduleKind::DualPipeV};

std::optional<ScheduleKind> dag::parseScheduleKind(StringRef name) {
  for (ScheduleKind kind : kAllKinds)
    if (stringifyScheduleKind(kind) == name)
      return kind;
  return std::nullopt;
}

std::string dag::getScheduleKindNames() {
  std::string names;
  for (ScheduleKind kind : kAllKinds)
    names += (names.empty() ? "" : ", ") + stringifyScheduleKind(kind).str();
  return names;
}

int64_t dag::getRankOfStage(int64_t stage, int64_t ranks, bool isV) {
  int64_t rank = stage % ranks;
  return isV && stage / ranks % 2 == 1 ? ranks - 1 - rank : rank;
}

bool dag::isVShaped(ScheduleKind kind) {
  return kind == ScheduleKind::ZeroBubbleV || kind == ScheduleKind::DualPipeV;
}

namespace {
/// Writes the row of one rank.
struct RowBuilder {
  std::vector<Action> &row;
  void add(ActionKind kind, int64_t stage, int64_t microbatch) {
    Action &action = row.emplace_back();
    action.kind = kind;
    action.stage = stage;
    action.microbatch = microbatch;
  }
};

/// Stage and micro-batch of the `index`-th forward of a rank with `chunks`
/// stages: one chunk after the other for `ranks` micro-batches at a time.
struct ChunkOrder {
  int64_t rank, ranks, microbatches, chunks;

  /// With `isBackward` the last chunk comes first.
  void add(RowBuilder &builder, ActionKind kind, int64_t index,
           bool isBackward) const {
    int64_t group = index / (ranks * chunks);
    // The last group may be smaller.
    int64_t size = std::min(ranks, microbatches - group * ranks);
    int64_t within = index - group * ranks * chunks;
    int64_t chunk = within / size;
    if (isBackward)
      chunk = chunks - 1 - chunk;
    builder.add(kind, chunk * ranks + rank, group * ranks + within % size);
  }
};
} // namespace

/// Forwards ahead of the first backward, then by turns.
static void addInterleaved(RowBuilder &builder, const ChunkOrder &order,
                           int64_t warmUp) {
  int64_t total = order.microbatches * order.chunks;
  warmUp = std::min(warmUp, total);
  int64_t forward = 0, backward = 0;
  for (; forward < warmUp; ++forward)
    order.add(builder, ActionKind::Forward, forward, false);
  for (; forward < total; ++forward, ++backward) {
    order.add(builder, ActionKind::Forward, forward, false);
    order.add(builder, ActionKind::Backward, backward, true);
  }
  for (; backward < total; ++backward)
    order.add(builder, ActionKind::Backward, backward, true);
}

/// The hand-made schedules of the zero-bubble paper: 1F1B with `warmUp`
/// forwards ahead, and the gradients of weights `delay` behind those of
/// inputs, so that they fill the gaps at the end.
static void addZeroBubble(RowBuilder &builder, int64_t rank,
                          int64_t microbatches, int64_t warmUp, int64_t delay) {
  int64_t forward = 0, input = 0, weight = 0;
  warmUp = std::min(warmUp, microbatches);
  while (forward < warmUp)
    builder.add(ActionKind::Forward, rank, forward++);
  while (input < microbatches) {
    if (forward < microbatches)
      builder.add(ActionKind::Forward, rank, forward++);
    builder.add(ActionKind::BackwardInput, rank, input++);
    if (input - weight > delay)
      builder.add(ActionKind::BackwardWeight, rank, weight++);
  }
  while (weight < microbatches)
    builder.add(ActionKind::BackwardWeight, rank, weight++);
}

/// What a kind asks of the numbers of ranks, micro-batches and chunks.
static llvm::Error checkSizes(ScheduleKind kind, int64_t ranks,
                              int64_t microbatches, int64_t chunks) {
  auto fail = [](const Twine &message) {
    return llvm::createStringError(message);
  };
  if (ranks <= 0 || ranks > kMaxStages)
    return fail("expected the ranks to lie in 1 to " + Twine(kMaxStages) +
                ", but got " + Twine(ranks));
  if (microbatches <= 0 || microbatches > kMaxMicrobatches)
    return fail("expected the micro-batches to lie in 1 to " +
                Twine(kMaxMicrobatches) + ", but got " + Twine(microbatches));
  if (chunks <= 0 || chunks > kMaxStages / ranks)
    return fail("expected the chunks to lie in 1 to " +
                Twine(kMaxStages / ranks) + ", but got " + Twine(chunks));
  if (microbatches > kMaxActions / 3 / (ranks * chunks))
    return fail("expected at most " + Twine(kMaxActions) +
                " actions, but got 3 for each of " + Twine(ranks * chunks) +
                " stages and " + Twine(microbatches) + " micro-batches");
  bool takesChunks =
      kind == ScheduleKind::Forward || kind == ScheduleKind::Interleaved;
  if (isVShaped(kind) && chunks != 2)
    return fail("expected two stages for each rank, there and back, but got " +
                Twine(chunks));
  if (kind == ScheduleKind::DualPipeV && microbatches < 2 * ranks)
    return fail("expected at least " + Twine(2 * ranks) +
                " micro-batches, one for each stage, for dualpipev, but got " +
                Twine(microbatches));
  if (chunks > 1 && !takesChunks && !isVShaped(kind))
    return fail("expected one stage for each rank, but got " + Twine(chunks) +
                "; forward and interleaved take more, zbv and dualpipev two");
  if (kind == ScheduleKind::Interleaved && microbatches % ranks != 0)
    return fail("expected the micro-batches to be a multiple of the " +
                Twine(ranks) + " ranks for interleaved, but got " +
                Twine(microbatches));
  return llvm::Error::success();
}

llvm::Expected<Schedule> dag::makeSchedule(ScheduleKind kind, int64_t ranks,
                                           int64_t microbatches,
                                           int64_t chunks) {
  if (llvm::Error error = checkSizes(kind, ranks, microbatches, chunks))
    return std::move(error);
  Schedule schedule;
  schedule.rows.resize(ranks);
  for (int64_t rank = 0; rank < ranks; ++rank) {
    RowBuilder builder{schedule.rows[rank]};
    ChunkOrder order{rank, ranks, microbatches, chunks};
    int64_t behind = ranks - 1 - rank;
    switch (kind) {
    case ScheduleKind::Forward:
      for (int64_t i = 0; i < microbatches * chunks; ++i)
        order.add(builder, ActionKind::Forward, i, false);
      break;
    case ScheduleKind::GPipe:
      addInterleaved(builder, order, microbatches);
      break;
    case ScheduleKind::OneFOneB:
      addInterleaved(builder, order, behind);
      break;
    case ScheduleKind::Interleaved:
      addInterleaved(builder, order,
                     chunks == 1 ? behind : 2 * behind + (chunks - 1) * ranks);
      break;
    case ScheduleKind::ZeroBubbleH1:
      addZeroBubble(builder, rank, microbatches, behind, rank);
      break;
    case ScheduleKind::ZeroBubbleH2:
      addZeroBubble(builder, rank, microbatches, 2 * behind, 2 * rank);
      break;
    case ScheduleKind::ZeroBubbleV:
      addZeroBubbleV(schedule.rows[rank], ranks, rank, microbatches);
      break;
    case ScheduleKind::DualPipeV:
      addDualPipeV(schedule.rows[rank], ranks, rank, microbatches);
      break;
    }
  }
  return schedule;
}
