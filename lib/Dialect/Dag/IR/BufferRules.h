//===- BufferRules.h - What ops that name a buffer share -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_DIALECT_DAG_IR_BUFFERRULES_H
#define DAG_LIB_DIALECT_DAG_IR_BUFFERRULES_H

#include "dag/Dialect/Dag/IR/Dag.h"

namespace mlir::dag {

/// Checks that `name` is a buffer (constraint `exists`) of the type of the
/// payload (constraint `sameType`). No name is none of its business.
LogicalResult verifyBuffer(Operation *op, StringRef exists, StringRef sameType,
                           FlatSymbolRefAttr name, Type payload,
                           SymbolTableCollection &tables);

} // namespace mlir::dag

#endif // DAG_LIB_DIALECT_DAG_IR_BUFFERRULES_H
