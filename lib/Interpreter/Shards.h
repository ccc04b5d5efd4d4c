//===- Shards.h - Whole tensors and what ranks hold of them -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_INTERPRETER_SHARDS_H
#define DAG_LIB_INTERPRETER_SHARDS_H

#include "dag/Interpreter/RankContext.h"
#include "dag/Kernels/Reference/Tensor.h"

namespace mlir::dag {

/// Tensors of the interpreter are small: this is 4 GiB. What all of them may
/// have at a time is less by default.
constexpr int64_t kMaxElements = int64_t(1) << 29;

/// Checks that a value is a small tensor of static shape, of floats or of
/// integers. Emits an error at `op`.
LogicalResult checkSize(Operation *op, Type type);

/// Checks that what came from outside has the shape of `type`, without padding.
LogicalResult checkWhole(Operation *op, const Tensor &whole,
                         RankedTensorType type);

/// Puts the whole tensor together again, without padding, from the shards of
/// all ranks. What several ranks hold has to be the same. Emits errors at `op`.
FailureOr<Tensor> assemble(Operation *op, RankedTensorType type,
                           ArrayRef<RankContext> ranks,
                           ArrayRef<Tensor> shards);

} // namespace mlir::dag

#endif // DAG_LIB_INTERPRETER_SHARDS_H
