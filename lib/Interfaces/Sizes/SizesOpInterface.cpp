//===- SizesOpInterface.cpp - Sizes of the ops of the dialect -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Interfaces/SizesOpInterface.h"
#include "Models.h"

using namespace mlir;
using namespace mlir::dag;

#include "dag/Interfaces/SizesOpInterface.cpp.inc"

void dag::registerSizesExternalModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, DagDialect *) {
    sizes::attachStructureModels(context);
    sizes::attachComputeModels(context);
    sizes::attachAttentionModels(context);
    sizes::attachMoeModels(context);
    sizes::attachCollectiveModels(context);
    sizes::attachTransferModels(context);
  });
}
