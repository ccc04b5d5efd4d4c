//===- Foreign.cpp - What ops of upstream do to summands --------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "dag/Dialect/Dag/IR/Elements.h"
#include "dag/Dialect/Dag/IR/ForeignOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mlir::dag;

namespace {
/// Conversions between floats round, and sums of 16 bits do, too. What has 8
/// bits or fewer is rounded to the few values that it can say, which the sum of
/// rounded summands is not.
template <typename OpT>
struct LinearModel : SummandOpInterface::ExternalModel<LinearModel<OpT>, OpT> {
  bool isLinear(Operation *op) const {
    return llvm::none_of(op->getResultTypes(), areRoundedFloats);
  }
};

/// It is a function of what a rank holds, as any op of another dialect.
void doubtObstacle(Operation *op, NumberingContext &context) {
  if (std::optional<StringRef> obstacle = findShardObstacle(op))
    context.doubtAt(op, *obstacle);
}

/// What is widened has the same values.
struct ExtFModel : NumberingModel<ExtFModel, arith::ExtFOp> {
  LogicalResult number(Operation *op, NumberingContext &context,
                       ValueNumbers operands) const {
    // What has 8 bits or fewer is rounded to the few values that it can say.
    if (areRoundedFloats(op->getOperand(0).getType()))
      return context.numberAsFunction(op, operands);
    doubtObstacle(op, context);
    return context.defineResult(op, operands[0]);
  }
};

/// What is sign-extended is the same integer; a truth value is none.
template <typename OpT>
struct SameIntegerModel : NumberingModel<SameIntegerModel<OpT>, OpT> {
  LogicalResult number(Operation *op, NumberingContext &context,
                       ValueNumbers operands) const {
    // An index has 64 bits at most.
    auto getWidth = [](Value value) -> unsigned {
      Type type = getElementTypeOrSelf(value);
      return type.isIndex() ? 64 : type.getIntOrFloatBitWidth();
    };
    unsigned from = getWidth(op->getOperand(0));
    if (from == 1 || from > getWidth(op->getResult(0)))
      return context.numberAsFunction(op, operands);
    doubtObstacle(op, context);
    return context.defineResult(op, operands[0]);
  }
};

/// A value that is narrowed to the type that it was computed in anyway is that
/// value, rounded once: sums are reduced in wider types.
struct TruncFModel : NumberingModel<TruncFModel, arith::TruncFOp> {
  LogicalResult number(Operation *op, NumberingContext &context,
                       ValueNumbers operands) const {
    doubtObstacle(op, context);
    const ValueTable::Node &node = context.getTable().getNode(operands[0]);
    Operation *known = node.op;
    if (known && !isRounded(op) && node.result < known->getNumResults() &&
        getElementTypeOrSelf(known->getResult(node.result)) ==
            getElementTypeOrSelf(op->getResult(0)))
      return context.defineResult(op, operands[0]);
    return context.numberAsFunction(op, operands);
  }
};

template <typename OpT>
struct NonlinearModel
    : SummandOpInterface::ExternalModel<NonlinearModel<OpT>, OpT> {
  bool isLinear(Operation *) const { return false; }
};
} // namespace

void dag::attachSummandModels(MLIRContext *context) {
  arith::ExtFOp::attachInterface<ExtFModel>(*context);
  attachNumberingModels<SameIntegerModel, arith::ExtSIOp, arith::IndexCastOp>(
      context);
  arith::TruncFOp::attachInterface<TruncFModel>(*context);
  attachNumberingModels<LinearModel, arith::AddFOp, arith::SubFOp,
                        arith::NegFOp, arith::AddIOp, arith::SubIOp,
                        arith::ExtFOp, arith::TruncFOp, arith::ExtSIOp,
                        arith::ExtUIOp, arith::SIToFPOp, arith::UIToFPOp>(
      context);
  attachNumberingModels<
      NonlinearModel, arith::MulFOp, arith::DivFOp, arith::RemFOp,
      arith::MaximumFOp, arith::MinimumFOp, arith::MaxNumFOp, arith::MinNumFOp,
      arith::MulIOp, arith::DivSIOp, arith::DivUIOp, arith::CeilDivSIOp,
      arith::CeilDivUIOp, arith::FloorDivSIOp, arith::RemSIOp, arith::RemUIOp,
      arith::MaxSIOp, arith::MaxUIOp, arith::MinSIOp, arith::MinUIOp,
      arith::AndIOp, arith::OrIOp, arith::XOrIOp, arith::ShLIOp, arith::ShRSIOp,
      arith::ShRUIOp, arith::FPToSIOp, arith::FPToUIOp, arith::BitcastOp,
      arith::CmpFOp, arith::CmpIOp, arith::SelectOp>(context);
}
