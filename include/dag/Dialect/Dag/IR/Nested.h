//===- Nested.h - What passes on a module do not look into -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_IR_NESTED_H
#define DAG_DIALECT_DAG_IR_NESTED_H

#include "dag/Dialect/Dag/IR/Dag.h"

namespace mlir::dag {

/// The drawings, models, programs and schedules that stand in an op of another
/// dialect in `module`, such as a nested module. Passes on a module do not look
/// into them.
SmallVector<Operation *> findNested(Operation *module);

/// The ops of a plan or a program that stand in none, the outermost of each.
/// What verifies a module does not look at them either.
SmallVector<Operation *> findStray(Operation *module);

/// `'@plan'`, or the name of an op without a symbol.
std::string describeNested(Operation *op);

/// Emits an error at what `findNested` finds first.
LogicalResult expectNoneNested(Operation *module);

} // namespace mlir::dag

#endif // DAG_DIALECT_DAG_IR_NESTED_H
