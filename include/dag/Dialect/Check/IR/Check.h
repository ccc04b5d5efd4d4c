//===- Check.h - Asserts on what a program computes -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_CHECK_IR_CHECK_H
#define DAG_DIALECT_CHECK_IR_CHECK_H

#include "dag/Dialect/Dag/IR/Dag.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/DenseSet.h"

#include "dag/Dialect/Check/IR/CheckDialect.h.inc"

#define GET_OP_CLASSES
#include "dag/Dialect/Check/IR/CheckOps.h.inc"

namespace mlir::dag::check {

/// True for an assert, which computes nothing.
inline bool isCheck(Operation *op) {
  return isa_and_nonnull<CheckDialect>(op->getDialect());
}

/// Ops inside of `root` without effects whose results nothing but asserts look
/// at, directly or through such ops: they compute nothing for the program
/// either.
llvm::DenseSet<Operation *> findChecked(Operation *root);

} // namespace mlir::dag::check

#endif // DAG_DIALECT_CHECK_IR_CHECK_H
