//===- LocalizeOpInterface.cpp - What an op is on a rank -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Interfaces/LocalizeOpInterface.h"
#include "Models.h"
#include "dag/Dialect/Check/IR/Check.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::dag;

#include "dag/Interfaces/LocalizeOpInterface.cpp.inc"

void dag::registerLocalizeExternalModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, DagDialect *) {
    localize::attachStructureModels(context);
    localize::attachComputeModels(context);
    localize::attachAttentionModels(context);
    localize::attachMoeModels(context);
    localize::attachCollectiveModels(context);
    localize::attachTransferModels(context);
  });
  registry.addExtension(+[](MLIRContext *context, check::CheckDialect *) {
    localize::attachCheckModels(context);
  });
  registry.addExtension(+[](MLIRContext *context, arith::ArithDialect *) {
    localize::attachConstantModel(context);
    localize::attachElementwiseModels(context);
  });
}
