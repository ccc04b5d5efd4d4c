//===- Reference.h - The logical program beside a plan -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_IR_REFERENCE_H
#define DAG_DIALECT_DAG_IR_REFERENCE_H

#include "dag/Dialect/Dag/IR/Dag.h"

namespace mlir::dag {

/// Marks the logical program that a plan was made from and is compared with.
/// It is no deployment: transforms leave it alone, and checks do not read it.
inline constexpr llvm::StringLiteral kReferenceAttrName = "dag.reference";

/// A model with the mark. One that is on a mesh is a deployment, whatever it
/// is marked as.
inline bool isReference(ModelOp model) {
  return model->hasAttr(kReferenceAttrName) && !model->hasAttr("mesh");
}

/// True if `op` is a part of a reference.
inline bool isInReference(Operation *op) {
  auto model = op->getParentOfType<ModelOp>();
  return model && isReference(model);
}

} // namespace mlir::dag

#endif // DAG_DIALECT_DAG_IR_REFERENCE_H
