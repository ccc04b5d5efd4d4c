//===- Compute.cpp - Numbers of dense layers -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "dag/Dialect/Dag/IR/Elements.h"
#include "dag/Dialect/Dag/IR/ForeignOps.h"
#include "dag/Dialect/Dag/IR/Padding.h"
#include "dag/Dialect/Dag/IR/Sharding.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mlir::dag;

bool dag::isRounded(Operation *op) {
  // What is computed of integers wraps.
  bool computes = isa<AddOp, MultiplyOp, ScaleOp>(op);
  return llvm::any_of(op->getResultTypes(), [&](Type type) {
    Type element = getElementTypeOrSelf(type);
    return element.isIntOrIndex() ? computes : areRoundedFloats(element);
  });
}

void dag::doubtPadding(Operation *op, NumberingContext &context, Value left,
                       int64_t leftDim, Value right, int64_t rightDim) {
  if (addsUpPadding(left, leftDim, right, rightDim))
    context.doubtAt(op, "it adds up padding that need not be zero");
}

/// A function of two operands in any order.
static LogicalResult numberCommutative(Operation *op, NumberingContext &context,
                                       ValueNumbers operands) {
  SmallVector<ValueNumber, 2> sorted(operands);
  llvm::sort(sorted);
  return context.defineResult(op, context.makeFunction(sorted, op));
}

namespace {
struct MultiplyModel : NumberingModel<MultiplyModel, MultiplyOp> {
  LogicalResult number(Operation *op, NumberingContext &context,
                       ValueNumbers operands) const {
    return numberCommutative(op, context, operands);
  }
};

struct AddModel : NumberingModel<AddModel, AddOp> {
  LogicalResult number(Operation *op, NumberingContext &context,
                       ValueNumbers operands) const {
    ValueTable &table = context.getTable();
    if (getElementTypeOrSelf(op->getResult(0)).isIntOrIndex()) {
      // A sum in whatever order, of one type: it is a ring.
      uint32_t opcode = table.getOpcodeOf(op);
      SmallVector<ValueNumber, 2> summands;
      for (ValueNumber operand : operands) {
        const ValueTable::Node &node = table.getNode(operand);
        summands.push_back(node.opcode == opcode ? node.operands[0] : operand);
      }
      ValueNumber sum = table.getSum(summands, op);
      return context.defineResult(op, table.getValue(opcode, {sum}, op));
    }
    if (isRounded(op))
      return numberCommutative(op, context, operands);
    return context.defineResult(op, context.makeSum(operands, op));
  }
};

struct BiasAddModel : NumberingModel<BiasAddModel, BiasAddOp> {
  LogicalResult number(Operation *op, NumberingContext &context,
                       ValueNumbers operands) const {
    if (isRounded(op))
      return context.numberAsFunction(op, operands);
    return context.defineResult(
        op, context.makeBiased(operands[0], operands[1], op));
  }
};

struct ScaleModel : NumberingModel<ScaleModel, ScaleOp> {
  LogicalResult number(Operation *op, NumberingContext &context,
                       ValueNumbers operands) const {
    APFloat factor = cast<ScaleOp>(op).getFactor();
    if (factor.isExactlyValue(1.0))
      return context.defineResult(op, operands[0]);
    if (isRounded(op))
      return context.numberAsFunction(op, operands);
    return context.defineResult(op, context.makeScaled(operands[0], op));
  }
};
} // namespace

void dag::attachComputeNumbering(MLIRContext *context) {
  attachNumberingModels<FunctionModel, EmbeddingOp, PositionEmbeddingOp,
                        RmsNormOp, LayerNormOp, ActivationOp, SplitOp,
                        SoftCapOp, DequantizeOp, LastTokenOp>(context);
  LinearOp::attachInterface<BiasedModel<LinearOp>>(*context);
  MultiplyOp::attachInterface<MultiplyModel>(*context);
  AddOp::attachInterface<AddModel>(*context);
  BiasAddOp::attachInterface<BiasAddModel>(*context);
  ScaleOp::attachInterface<ScaleModel>(*context);
}
