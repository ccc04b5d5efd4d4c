//===- Rank.cpp - Costs of what programs of ranks have besides -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::costs;

namespace {
struct DynamicSliceModel : Model<DynamicSliceModel, DynamicSliceOp> {
  OpCost getCost(Operation *op, CostContext &context) const {
    CostBuilder cost(context);
    int64_t bytes = cost.bytes(op->getResult(0));
    return cost.read(bytes).write(bytes);
  }
  ResultPlace getResultPlace(Operation *op, OpResult result,
                             const LivenessContext &context) const {
    return getSlotPlace(result, context);
  }
};

struct AlibiModel : Model<AlibiModel, AlibiOp> {
  OpCost getCost(Operation *op, CostContext &context) const {
    Value scores = cast<AlibiOp>(op).getScores();
    if (isFusedScores(scores))
      return {};
    return CostBuilder(context).read(scores).write(op->getResults());
  }
  ResultPlace getResultPlace(Operation *op, OpResult result,
                             const LivenessContext &context) const {
    Value scores = cast<AlibiOp>(op).getScores();
    return context.isFused(scores) ? ResultPlace::shared(scores)
                                   : ResultPlace::own();
  }
};
} // namespace

void costs::attachRankModels(MLIRContext *context) {
  DynamicSliceOp::attachInterface<DynamicSliceModel>(*context);
  AlibiOp::attachInterface<AlibiModel>(*context);
  attachStream<PadOp, VocabParallelEmbeddingOp>(context);
  attachFree<CommunicatorOp, FromLocalOp, FunctionOp, ProgramOp, ShardOffsetOp,
             ToLocalOp>(context);
}
