//===- Transfer.cpp - Costs of transfers between stages -*- C++ -*-===//
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
/// A transfer counts at the end that sends.
struct SendModel : Model<SendModel, SendOp> {
  OpCost getCost(Operation *op, CostContext &context) const {
    auto send = cast<SendOp>(op);
    const LocalTensor &tensor = context.getLocal(send.getValue().getType());
    OpCost cost;
    cost.unknown.wire = !tensor.isKnown;
    WireUse &wire = cost.wire.emplace();
    wire.kind = CollectiveKind::Send;
    wire.ranks = 2;
    wire.bytes = tensor.bytes;
    auto stage = op->getParentOfType<StageOp>();
    auto model = op->getParentOfType<ModelOp>();
    if (!stage || !model)
      return cost;
    StageOp peer =
        context.lookupStage(model, static_cast<int64_t>(send.getStage()));
    if (!peer || !stage.getAxisAttr() || !stage.getCoordinate() ||
        peer.getAxisAttr() != stage.getAxisAttr() || !peer.getCoordinate())
      return cost;
    wire.axes = ArrayAttr::get(op->getContext(), stage.getAxisAttr());
    wire.ends = {static_cast<int64_t>(*stage.getCoordinate()),
                 static_cast<int64_t>(*peer.getCoordinate())};
    return cost;
  }
};

/// What is received lies in the buffer of its transfer.
struct RecvModel : Model<RecvModel, RecvOp> {
  OpCost getCost(Operation *op, CostContext &context) const { return {}; }
  ResultPlace getResultPlace(Operation *op, OpResult result,
                             const LivenessContext &context) const {
    return ResultPlace::elsewhere();
  }
};
} // namespace

void costs::attachTransferModels(MLIRContext *context) {
  SendOp::attachInterface<SendModel>(*context);
  RecvOp::attachInterface<RecvModel>(*context);
  attachFree<CommBufferOp>(context);
}
