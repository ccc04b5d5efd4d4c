//===- LookThrough.h - Values across stages and layers -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_IR_LOOKTHROUGH_H
#define DAG_DIALECT_DAG_IR_LOOKTHROUGH_H

#include "mlir/IR/Value.h"

namespace mlir::dag {

/// The value that a value stands for on the other side of a stage or a layer:
/// the operand of an argument, the yielded value of a result. Null at an op
/// that computes it, or where the op is malformed.
Value lookThroughRegion(Value value);

/// The value behind all stages and layers that `value` comes through; null for
/// what goes round in a circle, which comes from nowhere.
Value lookThroughRegions(Value value);

/// True if the result of `op` is its first operand, or a part of it, on other
/// ranks or in wider integers.
bool carriesOn(Operation *op);

/// The value that `value` is carried on from, through regions and ops.
Value lookThroughCarriers(Value value);

} // namespace mlir::dag

#endif // DAG_DIALECT_DAG_IR_LOOKTHROUGH_H
