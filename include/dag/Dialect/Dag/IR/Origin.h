//===- Origin.h - Where parameters lie in a checkpoint -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_IR_ORIGIN_H
#define DAG_DIALECT_DAG_IR_ORIGIN_H

#include "dag/Dialect/Dag/IR/Dag.h"

namespace mlir::dag {

/// How a parameter comes from the tensor of its name, in one spelling: views
/// that take the same elements in the same order are one. Null where it has all
/// of them as they are stored.
CheckpointAttr getOrigin(ParameterOp parameter);

} // namespace mlir::dag

#endif // DAG_DIALECT_DAG_IR_ORIGIN_H
