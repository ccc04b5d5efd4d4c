//===- Malformed.h - What no accessor may touch -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_IR_MALFORMED_H
#define DAG_DIALECT_DAG_IR_MALFORMED_H

#include "dag/Dialect/Dag/IR/Dag.h"
#include "mlir/IR/OwningOpRef.h"

#define GET_OP_CLASSES
#include "dag/Dialect/Dag/IR/DagMalformedOp.h.inc"

namespace llvm {
class SourceMgr;
} // namespace llvm

namespace mlir::dag {

/// Reads the main file of `sourceMgr` as MLIR that need not verify: the one way
/// to do so. A `dag.malformed` stands for each op that is not well formed by
/// itself, so that the accessors of all others can be used; what they hold may
/// be wrong in any other way. Emits errors of syntax, and returns null then.
OwningOpRef<ModuleOp> parseUnverified(const llvm::SourceMgr &sourceMgr,
                                      MLIRContext *context);

/// Puts a `dag.malformed` where an op in `module` is not well formed by itself.
/// Where that is the module, another one stands in its place.
void replaceMalformed(OwningOpRef<ModuleOp> &module);

/// The malformed ops beside what is deployed: in no drawing and no model of
/// `module`, but perhaps in another op of it.
SmallVector<MalformedOp> findMalformedBeside(Operation *module);

} // namespace mlir::dag

#endif // DAG_DIALECT_DAG_IR_MALFORMED_H
