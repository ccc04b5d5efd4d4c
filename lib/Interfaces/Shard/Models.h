//===- Models.h - Families of models -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_INTERFACES_SHARD_MODELS_H
#define DAG_LIB_INTERFACES_SHARD_MODELS_H

#include "dag/Interfaces/Shard/ShardModels.h"

namespace mlir::dag::shard {

void attachStructureModels(MLIRContext *context);
void attachComputeModels(MLIRContext *context);
void attachAttentionModels(MLIRContext *context);
void attachMoeModels(MLIRContext *context);
void attachCheckModels(MLIRContext *context);
void attachConstantModel(MLIRContext *context);

} // namespace mlir::dag::shard

#endif // DAG_LIB_INTERFACES_SHARD_MODELS_H
