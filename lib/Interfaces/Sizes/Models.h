//===- Models.h - What models of ops share -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_INTERFACES_SIZES_MODELS_H
#define DAG_LIB_INTERFACES_SIZES_MODELS_H

#include "dag/Interfaces/SizesOpInterface.h"

namespace mlir::dag::sizes {

template <typename ModelT, typename OpT>
using Model = SizesOpInterface::ExternalModel<ModelT, OpT>;

/// All operands and results have one shape.
template <typename OpT>
struct SameShapeModel : Model<SameShapeModel<OpT>, OpT> {
  void relateSizes(Operation *op, SizeRelations &sizes) const {
    for (Value operand : op->getOperands())
      sizes.equateShapes(operand, op->getResult(0));
  }
};

/// The op has no sizes that others do not say.
template <typename OpT>
struct EmptyModel : Model<EmptyModel<OpT>, OpT> {
  void relateSizes(Operation *, SizeRelations &) const {}
};

/// `dims` of both are equal.
inline void equateDims(SizeRelations &sizes, Value left, Value right,
                       ArrayRef<int64_t> dims) {
  for (int64_t dim : dims)
    sizes.equateDims(left, dim, right, dim);
}

/// `numbers`, if they are given and no scalar, has a row for each sequence, the
/// first dimension of `x`.
inline void relateSequences(SizeRelations &sizes, Value numbers, Value x) {
  if (numbers && sizes.getShape(numbers).rank != 0)
    sizes.equateDims(numbers, 0, x, 0);
}

template <template <typename> class ModelT, typename... OpTs>
void attachModels(MLIRContext *context) {
  (OpTs::template attachInterface<ModelT<OpTs>>(*context), ...);
}

void attachStructureModels(MLIRContext *context);
void attachComputeModels(MLIRContext *context);
void attachAttentionModels(MLIRContext *context);
void attachMoeModels(MLIRContext *context);
void attachCollectiveModels(MLIRContext *context);
void attachTransferModels(MLIRContext *context);

} // namespace mlir::dag::sizes

#endif // DAG_LIB_INTERFACES_SIZES_MODELS_H
