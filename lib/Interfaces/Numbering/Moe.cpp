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

namespace {
/// Tokens that are sharded stand in the slots rank by rank, in another order
/// than the reference's: the same function if nothing is dropped.
struct DispatchModel : NumberingModel<DispatchModel, DispatchOp> {
  LogicalResult number(Operation *op, NumberingContext &context,
                       ValueNumbers operands) const {
    auto dispatch = cast<DispatchOp>(op);
    ValueNumber number = context.makeFunction(operands, op);
    ShardedType type = getType(dispatch.getX());
    Attribute axes = getTokenAxes(type), known = context.getSlots(number);
    if (known && known != axes)
      context.doubtAt(op, "it orders the slots of experts as no other does");
    context.setSlots(number, axes);
    if (type.dims[0].isSharded() || type.dims[1].isSharded()) {
      std::optional<int64_t> tokens =
          multiplySizes(type.shape[0], type.shape[1]);
      if (!tokens || ShapedType::isDynamic(*tokens) ||
          static_cast<int64_t>(dispatch.getCapacity()) < *tokens)
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
    if (Attribute axes = context.getSlots(operands[0]))
      context.setSlots(number, axes);
    return context.defineResult(op, number);
  }
  bool followsSlots(Operation *, unsigned operand) const {
    return operand == 0;
  }
};

/// Looks up the slots in the order in which a dispatch of tokens that are
/// sharded alike has filled them.
struct CombineModel : NumberingModel<CombineModel, CombineOp> {
  LogicalResult number(Operation *op, NumberingContext &context,
                       ValueNumbers operands) const {
    Attribute known = context.getSlots(operands[0]);
    Value weights = cast<CombineOp>(op).getWeights();
    if (known && known != getTokenAxes(getType(weights)))
      context.doubtAt(op, "it orders the slots of experts as no dispatch does");
    return context.numberAsFunction(op, operands);
  }
  bool followsSlots(Operation *, unsigned operand) const {
    return operand == 0;
  }
};
} // namespace

void dag::attachMoeNumbering(MLIRContext *context) {
  RouterOp::attachInterface<FunctionModel<RouterOp>>(*context);
  DispatchOp::attachInterface<DispatchModel>(*context);
  ExpertOp::attachInterface<ExpertModel>(*context);
  CombineOp::attachInterface<CombineModel>(*context);
}
