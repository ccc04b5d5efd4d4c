//===- Compute.cpp - Costs of linear layers, norms and what else computes -*-
// C++ -*-===//
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
struct LinearModel : Model<LinearModel, LinearOp> {
  OpCost getCost(Operation *op, CostContext &context) const {
    auto linear = cast<LinearOp>(op);
    Value x = linear.getX(), weight = linear.getWeight();
    CostBuilder cost(context);
    return cost.multiply({cost.elements(x), cost.dim(weight, 0)})
        .in({x, weight})
        .read(op->getOperands())
        .write(op->getResults());
  }
};

/// A part is a view of the whole.
struct SplitModel : Model<SplitModel, SplitOp> {
  OpCost getCost(Operation *op, CostContext &context) const { return {}; }
  ResultPlace getResultPlace(Operation *op, OpResult result,
                             const LivenessContext &context) const {
    return ResultPlace::shared(cast<SplitOp>(op).getX());
  }
};

/// A token of each sequence moves.
struct LastTokenModel : Model<LastTokenModel, LastTokenOp> {
  OpCost getCost(Operation *op, CostContext &context) const {
    return CostBuilder(context).read(op->getResults()).write(op->getResults());
  }
};

/// Values are made where they are read; what is handed to regions, to other
/// ranks or out of a region is made before that, and kept.
struct DequantizeModel : Model<DequantizeModel, DequantizeOp> {
  OpCost getCost(Operation *op, CostContext &context) const { return {}; }
  ResultPlace getResultPlace(Operation *op, OpResult result,
                             const LivenessContext &context) const {
    bool isKept = llvm::any_of(result.getUsers(), [](Operation *user) {
      return isa<StageOp, LayerOp, YieldOp, OutputOp>(user) ||
             isa<CollectiveOpInterface, TransferOpInterface>(user);
    });
    return isKept ? ResultPlace::own() : ResultPlace::whereRead();
  }
};

/// Part of a fused attention if the operand is.
template <typename OpT>
struct ScoreModel : Model<ScoreModel<OpT>, OpT> {
  OpCost getCost(Operation *op, CostContext &context) const {
    if (isFusedScores(op->getOperand(0)))
      return {};
    return CostBuilder(context).read(op->getOperands()).write(op->getResults());
  }
  ResultPlace getResultPlace(Operation *op, OpResult result,
                             const LivenessContext &context) const {
    Value x = op->getOperand(0);
    return context.isFused(x) ? ResultPlace::shared(x) : ResultPlace::own();
  }
};
} // namespace

void costs::attachComputeModels(MLIRContext *context) {
  LinearOp::attachInterface<LinearModel>(*context);
  SplitOp::attachInterface<SplitModel>(*context);
  LastTokenOp::attachInterface<LastTokenModel>(*context);
  DequantizeOp::attachInterface<DequantizeModel>(*context);
  ScaleOp::attachInterface<ScoreModel<ScaleOp>>(*context);
  SoftCapOp::attachInterface<ScoreModel<SoftCapOp>>(*context);
  // An embedding counts with its whole table, so that stages balanced by cost
  // have room for it.
  attachStream<ActivationOp, AddOp, BiasAddOp, EmbeddingOp, LayerNormOp,
               MultiplyOp, PositionEmbeddingOp, RmsNormOp, RotaryEmbeddingOp>(
      context);
}
