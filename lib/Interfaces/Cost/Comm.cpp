//===- Comm.cpp - Costs of calls on communicators -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "dag/Dialect/Dag/IR/Program.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::costs;

namespace {
template <typename OpT>
struct CommCollectiveModel : Model<CommCollectiveModel<OpT>, OpT> {
  OpCost getCost(Operation *op, CostContext &context) const {
    auto call = cast<OpT>(op);
    CommunicatorOp group = lookupCommunicator(
        cast<CommunicationOpInterface>(op), &context.getSymbolTables());
    return getCollectiveCost(call.getCallKind(),
                             group ? group.getAxes() : ArrayAttr(), call.getX(),
                             call.getResult(), context);
  }
  ResultPlace getResultPlace(Operation *op, OpResult result,
                             const LivenessContext &context) const {
    // NCCL reduces in place.
    if (auto reduce = dyn_cast<CommAllReduceOp>(op))
      if (hasSoleUse(reduce.getX(), context))
        return ResultPlace::shared(reduce.getX());
    return getSlotPlace(result, context);
  }
};

/// A transfer counts at the end that sends.
struct CommSendModel : Model<CommSendModel, CommSendOp> {
  OpCost getCost(Operation *op, CostContext &context) const {
    auto send = cast<CommSendOp>(op);
    const LocalTensor &tensor = context.getLocal(send.getX().getType());
    OpCost cost;
    cost.unknown.wire = !tensor.isKnown;
    WireUse &wire = cost.wire.emplace();
    wire.kind = CollectiveKind::Send;
    wire.ranks = 2;
    wire.bytes = tensor.bytes;
    auto function = op->getParentOfType<FunctionOp>();
    CommunicatorOp group = lookupCommunicator(
        cast<CommunicationOpInterface>(op), &context.getSymbolTables());
    if (!function || !group)
      return cost;
    wire.axes = group.getAxes();
    // The ranks of a function are those of one stage: the first one serves.
    RangeSet ranks = function.getRanks().getSet();
    if (ranks.empty())
      return cost;
    const MeshShape &mesh = context.getMesh();
    SmallVector<StringAttr, 2> axes(wire.axes.getAsRange<StringAttr>());
    int64_t own = getPosition(
        mesh, axes,
        getCoordinates(mesh, static_cast<int64_t>(ranks.getRanges()[0].first)));
    wire.ends = {own, static_cast<int64_t>(send.getPeer())};
    return cost;
  }
};
} // namespace

template <typename... OpTs>
static void attachCollectives(MLIRContext *context) {
  (OpTs::template attachInterface<CommCollectiveModel<OpTs>>(*context), ...);
}

void costs::attachCommModels(MLIRContext *context) {
  attachCollectives<CommAllGatherOp, CommAllReduceOp, CommAllToAllOp,
                    CommBroadcastOp, CommGatherOp, CommReduceScatterOp,
                    CommScatterOp>(context);
  CommSendOp::attachInterface<CommSendModel>(*context);
  attachFree<CommGroupOp, CommRecvOp, StashOp, UnstashOp>(context);
}
