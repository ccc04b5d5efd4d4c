//===- PrintSchedule.cpp - Bubbles and live activations -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Communication/CommunicationOrder.h"
#include "dag/Communication/Passes.h"
#include "dag/Support/Files.h"
#include "dag/Support/Markdown.h"
#include "llvm/ADT/STLExtras.h"

#include <numeric>

using namespace mlir;
using namespace mlir::dag;

namespace mlir::dag {
#define GEN_PASS_DEF_DAGPRINTSCHEDULE
#include "dag/Communication/Passes.h.inc"
} // namespace mlir::dag

namespace {
struct PrintSchedule : dag::impl::DagPrintScheduleBase<PrintSchedule> {
  using DagPrintScheduleBase::DagPrintScheduleBase;
  LogicalResult initialize(MLIRContext *context) override;
  void runOnOperation() override;

private:
  LogicalResult print(ScheduleOp op, raw_ostream &os);
  FailureOr<Schedule> getRows(ScheduleOp op);
  /// What theory says of the bubble, or nothing.
  std::optional<int64_t> getFormula(ScheduleKind kind, int64_t numRanks,
                                    int64_t microbatches) const;
};
} // namespace

FailureOr<Schedule> PrintSchedule::getRows(ScheduleOp op) {
  if (op.getTable()) {
    llvm::Expected<Schedule> table = getScheduleRows(op);
    if (!table)
      return op.emitError(llvm::toString(table.takeError()));
    return std::move(*table);
  }
  ScheduleKind kind = *parseScheduleKind(op.getKind());
  auto getOrError = [&](llvm::Expected<Schedule> rows) -> FailureOr<Schedule> {
    if (!rows)
      return op.emitError(llvm::toString(rows.takeError()));
    return std::move(*rows);
  };
  if (auto model = op->getParentOfType<ModelOp>()) {
    llvm::Expected<PipelineLayout> layout = getPipelineLayout(model);
    if (!layout)
      return op.emitError(llvm::toString(layout.takeError()));
    return getOrError(makeSchedule(kind, *layout, op.getMicrobatches()));
  }
  return getOrError(
      makeSchedule(kind, ranks, op.getMicrobatches(), isVShaped(kind) ? 2 : 1));
}

/// True if ranks compute what the kind says, in its order.
static bool isOfKind(const Schedule &schedule, ScheduleKind kind,
                     int64_t microbatches) {
  int64_t numRanks = schedule.rows.size();
  int64_t numStages = schedule.getNumStages();
  if (numRanks == 0 || numStages % numRanks != 0)
    return false;
  llvm::Expected<Schedule> made =
      makeSchedule(kind, numRanks, microbatches, numStages / numRanks);
  if (!made) {
    llvm::consumeError(made.takeError());
    return false;
  }
  auto isAlike = [](ArrayRef<Action> row, ArrayRef<Action> other) {
    auto computes = [](const Action &action) { return action.isCompute(); };
    auto a = llvm::make_filter_range(row, computes);
    auto b = llvm::make_filter_range(other, computes);
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const Action &x, const Action &y) {
                        return x.kind == y.kind && x.stage == y.stage &&
                               x.microbatch == y.microbatch;
                      });
  };
  return llvm::all_of(
      llvm::zip_equal(schedule.rows, made->rows),
      [&](auto pair) { return isAlike(std::get<0>(pair), std::get<1>(pair)); });
}

/// The closed formulas of the papers, in units of time.
std::optional<int64_t> PrintSchedule::getFormula(ScheduleKind kind,
                                                 int64_t numRanks,
                                                 int64_t microbatches) const {
  int64_t others = numRanks - 1;
  int64_t all = forward + backward + weight;
  switch (kind) {
  case ScheduleKind::Forward:
    // Of the whole pipeline: no rank idles from its first to its last action.
    return others * forward;
  case ScheduleKind::GPipe:
  case ScheduleKind::OneFOneB:
    return others * all;
  case ScheduleKind::Interleaved:
    // (p - 1) / (v m) of the ideal v m (F + B + W).
    return others * all;
  case ScheduleKind::ZeroBubbleH1:
    return others * (forward + backward - weight);
  case ScheduleKind::ZeroBubbleH2:
    // It takes as many micro-batches to fill.
    if (microbatches < 2 * numRanks - 1)
      return std::nullopt;
    return std::max<int64_t>(0, others * (forward + backward - 2 * weight));
  case ScheduleKind::ZeroBubbleV:
    // Stated for equal costs only, and as many micro-batches as it takes.
    if (forward != backward || forward != weight ||
        microbatches < 2 * numRanks - 1)
      return std::nullopt;
    return 0;
  case ScheduleKind::DualPipeV:
    // (s / 2 - 1) (F&B + B - 3 W) with s = 2 p stages; what overlaps takes as
    // long here as one after the other.
    return others * (forward + 2 * (backward + weight) - 3 * weight);
  }
  llvm_unreachable("unknown kind");
}

LogicalResult PrintSchedule::print(ScheduleOp op, raw_ostream &os) {
  FailureOr<Schedule> rows = getRows(op);
  if (failed(rows))
    return failure();
  ScheduleCosts costs{forward, backward, weight};
  std::vector<StuckAction> stuck;
  std::optional<ScheduleTimes> times = getTimes(*rows, costs, stuck);
  if (!times)
    return op.emitError("expected every rank to reach the end of the schedule, "
                        "but rank ")
           << stuck.front().rank << " waits before '"
           << rows->rows[stuck.front().rank][stuck.front().position].str()
           << "'";
  int64_t numRanks = rows->rows.size(), numStages = rows->getNumStages();
  os << "schedule " << op.getKind() << ": " << numRanks << " ranks, "
     << numStages << " stages, " << op.getMicrobatches()
     << " micro-batches\n\n";
  MarkdownTable table = MarkdownTable::ofNumbers(ArrayRef<StringRef>(
      {"rank", "start", "end", "busy", "bubble", "peak activations"}));
  for (auto [rank, time] : llvm::enumerate(times->ranks))
    table.addRow(Twine(rank), {time.start, time.end, time.busy,
                               time.getBubble(), time.peakActivations});
  table.print(os, MarkdownTable::Style::Padded);
  auto printShare = [&](StringRef title, int64_t idle, int64_t total) {
    int64_t divisor = std::max<int64_t>(1, std::gcd(idle, total));
    os << title << ": " << idle << " of " << total << " (" << idle / divisor
       << "/" << total / divisor << ")\n";
  };
  os << "\n";
  printShare("bubble", times->bubble, times->bubble + times->busy);
  printShare("pipeline", times->makespan - times->busy, times->makespan);
  // Of a table, the kind is but a name, or it has the rows of that kind.
  std::optional<ScheduleKind> kind = parseScheduleKind(op.getKind());
  if (kind && (!op.getTable() || isOfKind(*rows, *kind, op.getMicrobatches())))
    if (std::optional<int64_t> formula =
            getFormula(*kind, numRanks, op.getMicrobatches()))
      printShare("formula", *formula, *formula + times->busy);
  os << "\n";
  return success();
}

LogicalResult PrintSchedule::initialize(MLIRContext *context) {
  constexpr int64_t kMaxCost = 1 << 20;
  for (auto [name, value, limit] :
       {std::tuple<StringRef, int64_t, int64_t>("forward", forward, kMaxCost),
        std::tuple<StringRef, int64_t, int64_t>("backward", backward, kMaxCost),
        std::tuple<StringRef, int64_t, int64_t>("weight", weight, kMaxCost),
        std::tuple<StringRef, int64_t, int64_t>("ranks", ranks, kMaxStages)})
    if (value < 0 || value > limit)
      return emitError(UnknownLoc::get(context))
             << "expected " << name << " to lie in 0 to " << limit
             << ", but got " << value;
  return success();
}

void PrintSchedule::runOnOperation() {
  markAllAnalysesPreserved();
  Location unknown = UnknownLoc::get(&getContext());
  llvm::Expected<OutputFile> file = OutputFile::open(output);
  if (!file) {
    emitError(unknown) << llvm::toString(file.takeError());
    return signalPassFailure();
  }
  bool hasFailed = false, isEmpty = true;
  getOperation().walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (auto schedule = dyn_cast<ScheduleOp>(op)) {
      isEmpty = false;
      hasFailed |= failed(print(schedule, file->os()));
    }
    return isa<ModuleOp, ModelOp>(op) ? WalkResult::advance()
                                      : WalkResult::skip();
  });
  if (hasFailed)
    return signalPassFailure();
  if (isEmpty)
    getOperation().emitRemark("found no dag.schedule to print");
  if (llvm::Error error = file->keep()) {
    emitError(UnknownLoc::get(&getContext()))
        << llvm::toString(std::move(error));
    signalPassFailure();
  }
}
