//===- Collective.cpp - Costs of collectives of a plan -*- C++ -*-===//
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

/// Bytes that a rank sends over a ring of `n`, where `shard` is the smaller of
/// the tensors before and after, and `whole` the larger one. The factors are
/// those of NCCL's bus bandwidth (nccl-tests, doc/PERFORMANCE.md); with a
/// shard of whole / n they are 2 (n - 1) / n, (n - 1) / n and 1 of the whole.
/// At a root stands what the root sends or receives.
static int64_t getRingBytes(CollectiveKind kind, int64_t n, int64_t shard,
                            int64_t whole) {
  switch (kind) {
  case CollectiveKind::AllReduce:
    return scaleSaturating(whole, multiplySaturating(2, n - 1), n);
  case CollectiveKind::AllGather:
  case CollectiveKind::ReduceScatter:
  case CollectiveKind::Scatter:
  case CollectiveKind::Gather:
    return multiplySaturating(shard, n - 1);
  case CollectiveKind::AllToAll:
    return scaleSaturating(whole, n - 1, n);
  case CollectiveKind::Broadcast:
  case CollectiveKind::Reduce:
    return whole;
  case CollectiveKind::Slice:
  case CollectiveKind::Send:
  case CollectiveKind::Recv:
    return 0;
  }
  llvm_unreachable("unknown kind");
}

OpCost costs::getCollectiveCost(CollectiveKind kind, ArrayAttr names,
                                Value before, Value after,
                                CostContext &context) {
  OpCost cost;
  if (!names)
    return cost;
  SmallVector<StringAttr, 2> axes;
  for (Attribute name : names)
    if (auto axis = dyn_cast<StringAttr>(name))
      axes.push_back(axis);
  int64_t n = context.getMesh().getSize(axes);
  // A group of one rank does not communicate.
  if (n <= 1)
    return cost;
  const LocalTensor &first = context.getLocal(before.getType());
  const LocalTensor &last = context.getLocal(after.getType());
  cost.unknown.wire = !first.isKnown || !last.isKnown;
  WireUse &wire = cost.wire.emplace();
  wire.kind = kind;
  wire.axes = names;
  wire.ranks = n;
  int64_t bytes = getRingBytes(kind, n, std::min(first.bytes, last.bytes),
                               std::max(first.bytes, last.bytes));
  // Slots of experts without a token are not sent.
  wire.bytes = getSlotUse(before, context).apply(bytes);
  return cost;
}

namespace {
/// What a collective reads and writes in memory is hidden behind what it sends.
template <typename OpT>
struct CollectiveModel : Model<CollectiveModel<OpT>, OpT> {
  OpCost getCost(Operation *op, CostContext &context) const {
    auto collective = cast<CollectiveOpInterface>(op);
    return getCollectiveCost(
        collective.getCollectiveKind(), collective.getCollectiveAxes(),
        collective.getCollectiveOperand(), op->getResult(0), context);
  }
  ResultPlace getResultPlace(Operation *op, OpResult result,
                             const LivenessContext &context) const {
    // NCCL reduces in place.
    if (auto reduce = dyn_cast<AllReduceOp>(op))
      if (hasSoleUse(reduce.getX(), context))
        return ResultPlace::shared(reduce.getX());
    return getSlotPlace(result, context);
  }
};

struct SliceModel : Model<SliceModel, SliceOp> {
  OpCost getCost(Operation *op, CostContext &context) const {
    CostBuilder cost(context);
    Value result = op->getResult(0);
    int64_t bytes = getSlotUse(result, context).apply(cost.bytes(result));
    return cost.read(bytes).write(bytes);
  }
  ResultPlace getResultPlace(Operation *op, OpResult result,
                             const LivenessContext &context) const {
    return getSlotPlace(result, context);
  }
};
} // namespace

template <typename... OpTs>
static void attachCollectives(MLIRContext *context) {
  (OpTs::template attachInterface<CollectiveModel<OpTs>>(*context), ...);
}

void costs::attachCollectiveModels(MLIRContext *context) {
  attachCollectives<AllGatherOp, AllReduceOp, AllToAllOp, BroadcastOp, GatherOp,
                    ReduceScatterOp, ScatterOp>(context);
  SliceOp::attachInterface<SliceModel>(*context);
}
