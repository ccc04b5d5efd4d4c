//===- NumberingModel.cpp - Doubling is a sum -*- C++ -*-===//
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
struct DoubleModel
    : NumberingOpInterface::ExternalModel<DoubleModel, test::DoubleOp> {
  LogicalResult number(Operation *op, NumberingContext &context,
                       ArrayRef<ValueNumber> operands) const {
    return context.defineResult(
        op, context.makeSum({operands[0], operands[0]}, op));
  }
};
} // namespace

void test::attachNumberingModel(MLIRContext *context) {
  test::DoubleOp::attachInterface<DoubleModel>(*context);
}
