//===- Models.h - What models of ops share -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_INTERPRETER_MODELS_H
#define DAG_LIB_INTERPRETER_MODELS_H

#include "dag/Interpreter/InterpretOpInterface.h"
#include "dag/Kernels/Reference/Kernels.h"

namespace mlir::dag {

/// The operands of an op by value.
class Operands {
public:
  Operands(Operation *op, const RankContext &rank,
           ArrayRef<const Tensor *> tensors)
      : op(op), rank(rank), tensors(tensors) {}

  /// Null for an operand that is not given.
  const Tensor *find(Value value) const {
    for (auto [operand, tensor] : llvm::zip_equal(op->getOperands(), tensors))
      if (operand == value)
        return tensor;
    return nullptr;
  }
  const Tensor &operator[](Value value) const { return *find(value); }
  ShardRange getRange(Value value, unsigned dim) const {
    return rank.getRange(cast<RankedTensorType>(value.getType()), dim);
  }
  /// The number in a tensor of rank 0; zero if there is none.
  int64_t getPosition(Value value) const {
    const Tensor *tensor = find(value);
    return tensor ? static_cast<int64_t>((*tensor)[0]) : 0;
  }
  /// The positions of sequences; zero if there is none.
  kernels::Positions getPositions(Value value) const {
    const Tensor *tensor = find(value);
    return tensor ? kernels::Positions(*tensor) : kernels::Positions();
  }

private:
  Operation *op;
  const RankContext &rank;
  ArrayRef<const Tensor *> tensors;
};

inline std::optional<double> toDouble(std::optional<APFloat> value) {
  if (!value)
    return std::nullopt;
  return value->convertToDouble();
}

void attachComputeModels(MLIRContext *context);
void attachAttentionModels(MLIRContext *context);
void attachMoeModels(MLIRContext *context);
void attachCompositeModels(MLIRContext *context);
void attachRankModels(MLIRContext *context);
void attachStateModels(MLIRContext *context);
void attachCheckModels(MLIRContext *context);
void attachConstantModel(MLIRContext *context);
void attachElementwiseModels(MLIRContext *context);

} // namespace mlir::dag

#endif // DAG_LIB_INTERPRETER_MODELS_H
