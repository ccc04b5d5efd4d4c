//===- Structure.cpp - Costs of what holds a model together -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "dag/Dialect/Dag/IR/Scales.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::costs;

namespace {
struct ParameterModel : Model<ParameterModel, ParameterOp> {
  OpCost getCost(Operation *op, CostContext &context) const {
    // Those who use it read it.
    auto parameter = cast<ParameterOp>(op);
    const LocalTensor &tensor = context.getLocal(parameter.getType());
    OpCost cost;
    cost.parameters = isScaleOrZero(parameter) ? 0 : tensor.elements;
    cost.parameterBytes = tensor.bytes;
    cost.unknown.parameters = !tensor.isKnown;
    return cost;
  }
  ResultPlace getResultPlace(Operation *op, OpResult result,
                             const LivenessContext &context) const {
    return ResultPlace::elsewhere();
  }
};
} // namespace

void costs::attachStructureModels(MLIRContext *context) {
  ParameterOp::attachInterface<ParameterModel>(*context);
  attachFree<InputOp, LayerOp, MeshOp, ModelOp, OutputOp, ScheduleOp, StageOp,
             YieldOp>(context);
}
