//===- Scales.h - What is stored beside weights -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_IR_SCALES_H
#define DAG_DIALECT_DAG_IR_SCALES_H

#include "dag/Dialect/Dag/IR/Dag.h"

namespace mlir::dag {

/// True if all that uses a parameter is a `dag.dequantize` that takes it, or
/// what it is dequantized to, as a scale or a zero: it belongs to how weights
/// are stored, and is no parameter of the model.
bool isScaleOrZero(ParameterOp parameter);

} // namespace mlir::dag

#endif // DAG_DIALECT_DAG_IR_SCALES_H
