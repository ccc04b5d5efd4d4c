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

/// What is a shard, or is taken for one, is where it was.
template <typename OpT>
struct BorderModel : Model<BorderModel<OpT>, OpT> {
  OpCost getCost(Operation *op, CostContext &context) const { return {}; }
  ResultPlace getResultPlace(Operation *op, OpResult result,
                             const LivenessContext &context) const {
    return ResultPlace::shared(op->getOperand(0));
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
  FromLocalOp::attachInterface<BorderModel<FromLocalOp>>(*context);
  ToLocalOp::attachInterface<BorderModel<ToLocalOp>>(*context);
  attachFree<CommunicatorOp, FunctionOp, ProgramOp, ShardOffsetOp>(context);
}
