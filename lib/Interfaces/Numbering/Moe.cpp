//===- Moe.cpp - Numbers of the parts of a mixture of experts -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "dag/Dialect/Dag/IR/Sharding.h"

using namespace mlir;
using namespace mlir::dag;

/// The axes of batch and sequence.
static Attribute getTokenAxes(const ShardedType &tokens) {
  return ArrayAttr::get(tokens.getContext(), {tokens.dims[0], tokens.dims[1]});
}

static ShardedType getType(Value value) {
  return ShardedType(cast<RankedTensorType>(value.getType()));
}

/// The most tokens that one expert can get, if their number is known.
static std::optional<int64_t> getMostOfExpert(DispatchOp dispatch,
                                              bool areDistinct) {
  ShardedType type = getType(dispatch.getIndices());
  ArrayRef<int64_t> shape = type.shape;
  std::optional<int64_t> tokens = multiplySizes(shape[0], shape[1]);
  // A token that names an expert twice has two slots of it.
  if (tokens && !areDistinct)
    tokens = multiplySizes(*tokens, shape[2]);
  if (!tokens || ShapedType::isDynamic(*tokens))
    return std::nullopt;
  return tokens;
}

namespace {
/// The experts of a token differ.
struct RouterModel : NumberingModel<RouterModel, RouterOp> {
  LogicalResult number(Operation *op, NumberingContext &context,
                       ValueNumbers operands) const {
    if (failed(context.numberAsFunction(op, operands)))
      return failure();
    context.setDistinct(context.get(cast<RouterOp>(op).getIndices()));
    return success();
  }
};

/// Tokens that are sharded stand in the slots rank by rank, in another order
/// than the reference's: the same function if nothing is dropped.
struct DispatchModel : NumberingModel<DispatchModel, DispatchOp> {
  LogicalResult number(Operation *op, NumberingContext &context,
                       ValueNumbers operands) const {
    auto dispatch = cast<DispatchOp>(op);
    ValueNumber number = context.makeFunction(operands, op);
    ShardedType type = getType(dispatch.getX());
    SlotOrder order{getTokenAxes(type), operands[1]};
    SlotOrder known = context.getSlots(number);
    if (known && known != order)
      context.doubtAt(op, "it orders the slots of experts as no other does");
    context.setSlots(number, order);
    if (type.dims[0].isSharded() || type.dims[1].isSharded()) {
      std::optional<int64_t> most =
          getMostOfExpert(dispatch, context.areDistinct(operands[1]));
      if (!most || static_cast<int64_t>(dispatch.getCapacity()) < *most)
        context.doubtAt(
            op, "its ranks may drop other tokens than one device would");
    }
    return context.defineResult(op, number);
  }
};

/// Slot by slot.
struct ExpertModel : NumberingModel<ExpertModel, ExpertOp> {
  LogicalResult number(Operation *op, NumberingContext &context,
                       ValueNumbers operands) const {
    ValueNumber number = context.makeFunction(operands, op);
    if (SlotOrder order = context.getSlots(operands[0]))
      context.setSlots(number, order);
    return context.defineResult(op, number);
  }
  bool followsSlots(Operation *, unsigned operand) const {
    return operand == 0;
  }
};

/// Looks up the slots in the order in which a dispatch of tokens that are
/// sharded alike has filled them, if it counts the same indices.
struct CombineModel : NumberingModel<CombineModel, CombineOp> {
  LogicalResult number(Operation *op, NumberingContext &context,
                       ValueNumbers operands) const {
    ShardedType type = getType(cast<CombineOp>(op).getWeights());
    SlotOrder known = context.getSlots(operands[0]);
    bool isSharded = type.dims[0].isSharded() || type.dims[1].isSharded();
    if (known && known.axes != getTokenAxes(type))
      context.doubtAt(op, "it orders the slots of experts as no dispatch does");
    else if (known && isSharded && known.indices != operands[2])
      context.doubtAt(op, "it counts other indices than the dispatch whose "
                          "slots it looks up");
    return context.numberAsFunction(op, operands);
  }
  bool followsSlots(Operation *, unsigned operand) const {
    return operand == 0;
  }
};
} // namespace

void dag::attachMoeNumbering(MLIRContext *context) {
  RouterOp::attachInterface<RouterModel>(*context);
  DispatchOp::attachInterface<DispatchModel>(*context);
  ExpertOp::attachInterface<ExpertModel>(*context);
  CombineOp::attachInterface<CombineModel>(*context);
}
