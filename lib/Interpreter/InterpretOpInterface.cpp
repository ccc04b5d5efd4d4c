//===- InterpretOpInterface.cpp - What an op computes -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Interpreter/InterpretOpInterface.h"
#include "Models.h"
#include "dag/Dialect/Check/IR/Check.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::dag;

#include "dag/Interpreter/InterpretOpInterface.cpp.inc"

void dag::registerInterpreterModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, DagDialect *) {
    attachComputeModels(context);
    attachAttentionModels(context);
    attachMoeModels(context);
    attachCompositeModels(context);
    attachRankModels(context);
    attachStateModels(context);
  });
  registry.addExtension(+[](MLIRContext *context, check::CheckDialect *) {
    attachCheckModels(context);
  });
  registry.addExtension(+[](MLIRContext *context, arith::ArithDialect *) {
    attachConstantModel(context);
    attachElementwiseModels(context);
  });
}
