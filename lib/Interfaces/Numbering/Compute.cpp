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
static ValueNumber makeCommutative(Operation *op, NumberingContext &context,
                                   ValueNumbers operands) {
  SmallVector<ValueNumber, 2> sorted(operands);
  llvm::sort(sorted);
  return context.makeFunction(sorted, op);
}

ValueNumber dag::makeOfTokens(Operation *op, NumberingContext &context,
                              ValueNumbers operands, unsigned numValues,
                              MakeNumber makeNumber) {
  ValueTable &table = context.getTable();
  SmallVector<ValueNumber> values(operands);
  const ValueTable::Node first = table.getNode(operands.front());
  if (table.getOpcode(operands.front()).name != LastTokenOp::getOperationName())
    return makeNumber(values);
  // The last tokens of other sequences are other ones.
  for (ValueNumber &value : MutableArrayRef(values).take_front(numValues)) {
    const ValueTable::Node &node = table.getNode(value);
    if (node.opcode != first.opcode ||
        node.operands.drop_front() != first.operands.drop_front())
      return makeNumber(operands);
    value = node.operands.front();
  }
  SmallVector<ValueNumber> last(first.operands);
  last.front() = makeNumber(values);
  return context.makeLastToken(first.opcode, last, op);
}

namespace {
struct LastTokenModel : NumberingModel<LastTokenModel, LastTokenOp> {
  LogicalResult number(Operation *op, NumberingContext &context,
                       ValueNumbers operands) const {
    return context.defineResult(
        op, context.makeLastToken(context.getTable().getOpcodeOf(op), operands,
                                  op));
  }
};

struct MultiplyModel : NumberingModel<MultiplyModel, MultiplyOp> {
  LogicalResult number(Operation *op, NumberingContext &context,
                       ValueNumbers operands) const {
    return context.defineResult(
        op, makeOfTokens(op, context, operands, 2, [&](ValueNumbers values) {
          return makeCommutative(op, context, values);
        }));
  }
};

struct AddModel : NumberingModel<AddModel, AddOp> {
  LogicalResult number(Operation *op, NumberingContext &context,
                       ValueNumbers operands) const {
    return context.defineResult(
        op, makeOfTokens(op, context, operands, 2, [&](ValueNumbers values) {
          return makeSum(op, context, values);
        }));
  }

private:
  ValueNumber makeSum(Operation *op, NumberingContext &context,
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
      return table.getValue(opcode, table.getSum(summands, op), op);
    }
    return isRounded(op) ? makeCommutative(op, context, operands)
                         : context.makeSum(operands, op);
  }
};

struct BiasAddModel : NumberingModel<BiasAddModel, BiasAddOp> {
  LogicalResult number(Operation *op, NumberingContext &context,
                       ValueNumbers operands) const {
    return context.defineResult(
        op, makeOfTokens(op, context, operands, 1, [&](ValueNumbers values) {
          return isRounded(op) ? context.makeFunction(values, op)
                               : context.makeBiased(values[0], values[1], op);
        }));
  }
};

struct ScaleModel : NumberingModel<ScaleModel, ScaleOp> {
  LogicalResult number(Operation *op, NumberingContext &context,
                       ValueNumbers operands) const {
    APFloat factor = cast<ScaleOp>(op).getFactor();
    if (factor.isExactlyValue(1.0))
      return context.defineResult(op, operands[0]);
    return context.defineResult(
        op, makeOfTokens(op, context, operands, 1, [&](ValueNumbers values) {
          return isRounded(op) ? context.makeFunction(values, op)
                               : context.makeScaled(values[0], op);
        }));
  }
};
} // namespace

void dag::attachComputeNumbering(MLIRContext *context) {
  attachNumberingModels<FunctionModel, EmbeddingOp, PositionEmbeddingOp,
                        DequantizeOp>(context);
  attachNumberingModels<TokenModel, RmsNormOp, LayerNormOp, ActivationOp,
                        SplitOp, SoftCapOp>(context);
  LinearOp::attachInterface<BiasedModel<LinearOp>>(*context);
  LastTokenOp::attachInterface<LastTokenModel>(*context);
  MultiplyOp::attachInterface<MultiplyModel>(*context);
  AddOp::attachInterface<AddModel>(*context);
  BiasAddOp::attachInterface<BiasAddModel>(*context);
  ScaleOp::attachInterface<ScaleModel>(*context);
}
