//===- Models.h - Families of models -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_INTERFACES_LOCALIZE_MODELS_H
#define DAG_LIB_INTERFACES_LOCALIZE_MODELS_H

#include "dag/Interfaces/Localize/Localizer.h"

namespace mlir::dag::localize {

template <typename ModelT, typename OpT>
using Model = LocalizeOpInterface::ExternalModel<ModelT, OpT>;

/// What comes from outside: the rank takes its shard.
template <typename OpT>
struct BorderModel : Model<BorderModel<OpT>, OpT> {
  LogicalResult localize(Operation *op, Localizer &localizer) const {
    return localizer.addBorder(op);
  }
};

void attachStructureModels(MLIRContext *context);
void attachComputeModels(MLIRContext *context);
void attachAttentionModels(MLIRContext *context);
void attachMoeModels(MLIRContext *context);
void attachCollectiveModels(MLIRContext *context);
void attachTransferModels(MLIRContext *context);
void attachCheckModels(MLIRContext *context);
void attachConstantModel(MLIRContext *context);
void attachElementwiseModels(MLIRContext *context);

} // namespace mlir::dag::localize

#endif // DAG_LIB_INTERFACES_LOCALIZE_MODELS_H
