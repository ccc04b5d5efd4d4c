//===- MakeSchedule.cpp - Actions of each rank -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Communication/CommunicationOrder.h"
#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Dialect/Dag/IR/Nested.h"
#include "dag/Dialect/Dag/Transforms/Passes.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::dag;

namespace mlir::dag {
#define GEN_PASS_DEF_DAGMAKESCHEDULE
#include "dag/Dialect/Dag/Transforms/Passes.h.inc"
} // namespace mlir::dag

namespace {
struct MakeSchedule : dag::impl::DagMakeScheduleBase<MakeSchedule> {
  using DagMakeScheduleBase::DagMakeScheduleBase;
  LogicalResult initialize(MLIRContext *context) override;
  void runOnOperation() override;

private:
  LogicalResult make(Location loc, Block &block, const PipelineLayout &layout);
  void warnOfSizes(ModelOp model, const PipelineLayout &layout);
};
} // namespace

LogicalResult MakeSchedule::initialize(MLIRContext *context) {
  auto error = [&] { return emitError(UnknownLoc::get(context)); };
  if (stages < 0 || stages > kMaxStages)
    return error() << "expected stages to lie in 0 to " << kMaxStages
                   << ", but got " << stages.getValue();
  if (microbatches <= 0 || microbatches > kMaxMicrobatches)
    return error() << "expected microbatches to lie in 1 to "
                   << kMaxMicrobatches << ", but got "
                   << microbatches.getValue();
  if (chunks <= 0)
    return error() << "expected chunks to be positive, but got "
                   << chunks.getValue();
  if (slots < 0)
    return error() << "expected slots not to be negative, but got "
                   << slots.getValue();
  return success();
}

LogicalResult MakeSchedule::make(Location loc, Block &block,
                                 const PipelineLayout &layout) {
  llvm::Expected<Schedule> rows = makeSchedule(kind, layout, microbatches);
  if (!rows)
    return emitError(loc) << llvm::toString(rows.takeError());
  if (transfers) {
    std::vector<StuckAction> stuck;
    std::optional<Schedule> complete =
        insertTransfers(*rows, layout.edges, stuck);
    if (!complete)
      return emitError(loc)
             << "expected enough buffers for '" << stringifyScheduleKind(kind)
             << "', but rank " << stuck.front().rank << " waits before '"
             << rows->rows[stuck.front().rank][stuck.front().position].str()
             << "'";
    *rows = std::move(*complete);
  }
  OpBuilder builder = OpBuilder::atBlockBegin(&block);
  SmallVector<Attribute> table;
  for (const std::vector<Action> &row : rows->rows)
    table.push_back(builder.getStringAttr(printActions(row)));
  for (auto old : llvm::make_early_inc_range(block.getOps<ScheduleOp>()))
    old.erase();
  builder.setInsertionPointToStart(&block);
  ScheduleOp::create(
      builder, loc, builder.getStringAttr(stringifyScheduleKind(kind)),
      builder.getI64IntegerAttr(microbatches), builder.getArrayAttr(table));
  return success();
}

/// The stages of a model are those that it has.
void MakeSchedule::warnOfSizes(ModelOp model, const PipelineLayout &layout) {
  auto numStages = static_cast<int64_t>(layout.rankOfStages.size());
  int64_t numChunks = numStages / layout.numRanks;
  if ((stages != 0 && stages != numStages) ||
      (chunks != 1 && chunks != numChunks))
    model.emitWarning("'stages' and 'chunks' are those of the model, ")
        << numStages << " and " << numChunks << ", and not "
        << stages.getValue() << " and " << chunks.getValue();
}

void MakeSchedule::runOnOperation() {
  ModuleOp module = getOperation();
  Location loc = module.getLoc();
  if (failed(expectNoneNested(module)))
    return signalPassFailure();
  bool hasModel = false;
  for (auto model : module.getOps<ModelOp>()) {
    // A program for one device has no pipeline.
    if (!model.getMesh() || model.getBody().empty())
      continue;
    hasModel = true;
    llvm::Expected<PipelineLayout> layout = getPipelineLayout(model);
    if (!layout || layout->numRanks == 0) {
      emitError(model.getLoc())
          << "expected stages to make a schedule for, but "
          << (layout ? "there are none" : llvm::toString(layout.takeError()));
      return signalPassFailure();
    }
    warnOfSizes(model, *layout);
    if (failed(make(model.getLoc(), model.getBody().front(), *layout)))
      return signalPassFailure();
  }
  if (hasModel)
    return;
  if (stages == 0 || stages % chunks != 0) {
    emitError(loc) << "expected stages to be a multiple of chunks in 1 to "
                   << kMaxStages << ", but got " << stages.getValue() << " and "
                   << chunks.getValue();
    return signalPassFailure();
  }
  PipelineLayout layout;
  layout.numRanks = stages / chunks;
  bool isV = isVShaped(kind);
  for (int64_t stage = 0; stage < stages; ++stage)
    layout.rankOfStages.push_back(getRankOfStage(stage, layout.numRanks, isV));
  layout.edges = getChainEdges(stages, slots);
  if (failed(make(loc, *module.getBody(), layout)))
    signalPassFailure();
}
