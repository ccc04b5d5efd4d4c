//===- Compute.cpp - Numbers of dense layers -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"

using namespace mlir;
using namespace mlir::dag;

namespace {
/// Pointwise products commute.
struct MultiplyModel : NumberingModel<MultiplyModel, MultiplyOp> {
  LogicalResult number(Operation *op, NumberingContext &context,
                       ValueNumbers operands) const {
    SmallVector<ValueNumber, 2> sorted(operands);
    llvm::sort(sorted);
    return context.defineResult(op, context.makeFunction(sorted, op));
  }
};

struct AddModel : NumberingModel<AddModel, AddOp> {
  LogicalResult number(Operation *op, NumberingContext &context,
                       ValueNumbers operands) const {
    return context.defineResult(op, context.makeSum(operands, op));
  }
};

struct BiasAddModel : NumberingModel<BiasAddModel, BiasAddOp> {
  LogicalResult number(Operation *op, NumberingContext &context,
                       ValueNumbers operands) const {
    return context.defineResult(
        op, context.makeBiased(operands[0], operands[1], op));
  }
};

struct ScaleModel : NumberingModel<ScaleModel, ScaleOp> {
  LogicalResult number(Operation *op, NumberingContext &context,
                       ValueNumbers operands) const {
    bool isIdentity = cast<ScaleOp>(op).getFactor().convertToDouble() == 1.0;
    return context.defineResult(
        op, isIdentity ? operands[0] : context.makeScaled(operands[0], op));
  }
};
} // namespace

void dag::attachComputeNumbering(MLIRContext *context) {
  attachNumberingModels<FunctionModel, EmbeddingOp, PositionEmbeddingOp,
                        RmsNormOp, LayerNormOp, RotaryEmbeddingOp, ActivationOp,
                        SplitOp, SoftCapOp, DequantizeOp, LastTokenOp>(context);
  LinearOp::attachInterface<BiasedModel<LinearOp>>(*context);
  MultiplyOp::attachInterface<MultiplyModel>(*context);
  AddOp::attachInterface<AddModel>(*context);
  BiasAddOp::attachInterface<BiasAddModel>(*context);
  ScaleOp::attachInterface<ScaleModel>(*context);
}
