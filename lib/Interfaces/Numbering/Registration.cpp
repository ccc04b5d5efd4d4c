//===- Registration.cpp - Numbering of the ops of the dialect -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::dag;

void dag::registerNumberingExternalModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, DagDialect *) {
    attachStructureNumbering(context);
    attachComputeNumbering(context);
    attachAttentionNumbering(context);
    attachMoeNumbering(context);
    attachCollectiveNumbering(context);
    attachTransferNumbering(context);
  });
  registry.addExtension(+[](MLIRContext *context, arith::ArithDialect *) {
    attachSummandModels(context);
  });
}
