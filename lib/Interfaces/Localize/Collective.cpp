//===- Collective.cpp - Collectives as calls -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A collective over axes becomes a call on the communicator of these. What its
// type does beyond the call is local: padding is added before a dimension is
// split, and cut off behind what gathers it.
//
//===----------------------------------------------------------------------===//

#include "Models.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::localize;

namespace {

/// A collective that is being made a call.
class Call {
public:
  Call(CollectiveOpInterface op, Localizer &localizer)
      : localizer(localizer), builder(localizer.getBuilder()),
        loc(op->getLoc()), x(localizer.get(op.getCollectiveOperand())),
        type(localizer.getLocalType(op->getResult(0).getType())),
        axes(llvm::map_to_vector(
            op.getCollectiveAxes(),
            [](Attribute axis) { return cast<StringAttr>(axis); })),
        roots(op.getRootCoordinates()),
        before(Localizer::getType(op.getCollectiveOperand())) {}

  StringRef getCommunicator() const {
    return localizer.getParts().getCommunicator(loc, axes).getSymName();
  }
  /// The member that is the root.
  int64_t getRoot() const {
    int64_t root = 0;
    for (auto [axis, coordinate] : llvm::zip(axes, roots))
      root = root * *localizer.getMesh().getSize(axis) + coordinate;
    return root;
  }
  bool isUneven(int64_t dim) const { return !!before.dims[dim].getUneven(); }
  /// What the call gives where it gathers, with padding.
  RankedTensorType getGathered(int64_t dim) const {
    SmallVector<int64_t> shape(type.getShape());
    if (!isUneven(dim) && !ShapedType::isDynamic(shape[dim]))
      shape[dim] = Localizer::getType(x).getDimSize(dim) *
                   localizer.getMesh().getSize(axes);
    return RankedTensorType::get(shape, type.getElementType());
  }
  /// What was gathered, without padding.
  Value trim(Value gathered, int64_t dim) const {
    if (gathered.getType() == type)
      return gathered;
    return localizer.slice(gathered, dim, /*offset=*/Value(),
                           type.getDimSize(dim));
  }
  /// The rank's share of `whole`.
  Value takeShare(Value whole, int64_t dim, bool uneven) const {
    auto split =
        DimShardingAttr::get(whole.getContext(), axes, /*pad=*/0, uneven);
    Value offset = localizer.getOffset(
        loc, Localizer::getType(whole).getDimSize(dim), split);
    return localizer.slice(whole, dim, offset, type.getDimSize(dim));
  }

  Localizer &localizer;
  OpBuilder &builder;
  Location loc;
  /// The operand on the rank, and the type of the result there.
  Value x;
  RankedTensorType type;

private:
  SmallVector<StringAttr> axes;
  ArrayRef<int64_t> roots;
  ShardedType before;
};

} // namespace

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

static Value makeCall(AllReduceOp, const Call &call) {
  return CommAllReduceOp::create(call.builder, call.loc, call.type, call.x,
                                 call.getCommunicator());
}

static Value makeCall(AllGatherOp op, const Call &call) {
  auto dim = static_cast<int64_t>(op.getDim());
  Value whole = CommAllGatherOp::create(
      call.builder, call.loc, call.getGathered(dim), call.x,
      call.getCommunicator(), dim, call.isUneven(dim));
  return call.trim(whole, dim);
}

static Value makeCall(ReduceScatterOp op, const Call &call) {
  auto dim = static_cast<int64_t>(op.getDim());
  Value padded = call.localizer.pad(call.x, dim, op.getPad());
  return CommReduceScatterOp::create(call.builder, call.loc, call.type, padded,
                                     call.getCommunicator(), dim,
                                     op.getUneven());
}

/// A slice does not communicate.
static Value makeCall(SliceOp op, const Call &call) {
  auto dim = static_cast<int64_t>(op.getDim());
  Value padded = call.localizer.pad(call.x, dim, op.getPad());
  return call.takeShare(padded, dim, op.getUneven());
}

static Value makeCall(AllToAllOp op, const Call &call) {
  return CommAllToAllOp::create(call.builder, call.loc, call.type, call.x,
                                call.getCommunicator(), op.getSplitDim(),
                                op.getConcatDim());
}

static Value makeCall(BroadcastOp, const Call &call) {
  return CommBroadcastOp::create(call.builder, call.loc, call.type, call.x,
                                 call.getCommunicator(), call.getRoot());
}

static Value makeCall(ScatterOp op, const Call &call) {
  auto dim = static_cast<int64_t>(op.getDim());
  Value padded = call.localizer.pad(call.x, dim, op.getPad());
  return CommScatterOp::create(call.builder, call.loc, call.type, padded,
                               call.getCommunicator(), dim, call.getRoot(),
                               op.getUneven());
}

static Value makeCall(GatherOp op, const Call &call) {
  auto dim = static_cast<int64_t>(op.getDim());
  Value whole = CommGatherOp::create(
      call.builder, call.loc, call.getGathered(dim), call.x,
      call.getCommunicator(), dim, call.getRoot(), call.isUneven(dim));
  return call.trim(whole, dim);
}

namespace {

template <typename OpT>
struct CollectiveModel : Model<CollectiveModel<OpT>, OpT> {
  LogicalResult localize(Operation *op, Localizer &localizer) const {
    Call call(cast<CollectiveOpInterface>(op), localizer);
    localizer.define(op->getResult(0), makeCall(cast<OpT>(op), call));
    return success();
  }
};

template <typename... OpTs>
void attach(MLIRContext *context) {
  (OpTs::template attachInterface<CollectiveModel<OpTs>>(*context), ...);
}

} // namespace

void localize::attachCollectiveModels(MLIRContext *context) {
  attach<AllReduceOp, AllGatherOp, ReduceScatterOp, SliceOp, AllToAllOp,
         BroadcastOp, ScatterOp, GatherOp>(context);
}
