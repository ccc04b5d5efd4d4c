//===- ShardOpInterface.cpp - How an op is put on a mesh -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Interfaces/ShardOpInterface.h"
#include "Models.h"
#include "dag/Dialect/Check/IR/Check.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::dag;

#include "dag/Interfaces/ShardOpInterface.cpp.inc"

void dag::registerShardExternalModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, DagDialect *) {
    shard::attachStructureModels(context);
    shard::attachComputeModels(context);
    shard::attachAttentionModels(context);
    shard::attachMoeModels(context);
  });
  registry.addExtension(+[](MLIRContext *context, check::CheckDialect *) {
    shard::attachCheckModels(context);
  });
  registry.addExtension(+[](MLIRContext *context, arith::ArithDialect *) {
    shard::attachConstantModel(context);
  });
}
