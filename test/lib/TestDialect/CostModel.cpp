//===- CostModel.cpp - What ops of the test dialect cost -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestDialect.h"
#include "dag/Interfaces/CostOpInterface.h"

using namespace mlir;
using namespace mlir::dag;

namespace {
struct DoubleModel
    : CostOpInterface::ExternalModel<DoubleModel, test::DoubleOp> {
  OpCost getCost(Operation *op, CostContext &context) const {
    const LocalTensor &tensor = context.getLocal(op->getResult(0).getType());
    OpCost cost;
    cost.bytesRead = cost.bytesWritten = tensor.bytes;
    cost.unknown.moved = !tensor.isKnown;
    return cost;
  }
};
} // namespace

void test::attachCostModel(MLIRContext *context) {
  DoubleOp::attachInterface<DoubleModel>(*context);
}
