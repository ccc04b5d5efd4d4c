//===- NumberingModel.cpp - What the op is as a value -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestDialect.h"
#include "dag/Interfaces/NumberingOpInterface.h"

using namespace mlir;
using namespace mlir::dag;

namespace {
/// A linear map: that of a sum is the sum of those of its summands.
struct DoubleModel
    : NumberingOpInterface::ExternalModel<DoubleModel, test::DoubleOp> {
  LogicalResult number(Operation *op, NumberingContext &context,
                       ArrayRef<ValueNumber> operands) const {
    return context.defineResult(op, context.makeScaled(operands[0], op));
  }
};
} // namespace

void test::attachNumberingModel(MLIRContext *context) {
  DoubleOp::attachInterface<DoubleModel>(*context);
}
