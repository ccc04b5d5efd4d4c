//===- InterpretModel.cpp - What the op computes -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestDialect.h"
#include "dag/Interpreter/InterpretOpInterface.h"

using namespace mlir;
using namespace mlir::dag;

namespace {
struct DoubleModel
    : InterpretOpInterface::ExternalModel<DoubleModel, test::DoubleOp> {
  LogicalResult interpret(Operation *, const RankContext &,
                          ArrayRef<const Tensor *> operands,
                          SmallVectorImpl<Tensor> &results) const {
    Tensor &result = results.emplace_back(*operands.front());
    for (int64_t i = 0, e = result.getNumElements(); i < e; ++i)
      result[i] *= 2;
    return success();
  }
};
} // namespace

void test::attachInterpretModel(MLIRContext *context) {
  DoubleOp::attachInterface<DoubleModel>(*context);
}
