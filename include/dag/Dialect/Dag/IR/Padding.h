//===- Padding.h - What stands in the padding of tensors ----*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_IR_PADDING_H
#define DAG_DIALECT_DAG_IR_PADDING_H

#include "mlir/IR/Value.h"

namespace mlir::dag {

/// True if the padding of a dimension of `value` is zero on every rank: it was
/// when it arose (docs/Rationale/RankPrograms.md), and nothing since has made
/// more of it.
bool hasZeroPadding(Value value, int64_t dim);

/// True if `left` and `right` are multiplied and added up over a dimension of
/// each that is padded, and the padding of neither is known to be zero: then a
/// rank adds up padding.
bool addsUpPadding(Value left, int64_t leftDim, Value right, int64_t rightDim);

} // namespace mlir::dag

#endif // DAG_DIALECT_DAG_IR_PADDING_H
