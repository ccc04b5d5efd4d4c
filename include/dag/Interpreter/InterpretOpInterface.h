//===- InterpretOpInterface.h - What an op computes -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_INTERPRETER_INTERPRETOPINTERFACE_H
#define DAG_INTERPRETER_INTERPRETOPINTERFACE_H

#include "dag/Interpreter/RankContext.h"
#include "dag/Kernels/Reference/Tensor.h"
#include "mlir/IR/OpDefinition.h"

namespace mlir::dag {
class RankMachine;
} // namespace mlir::dag

#include "dag/Interpreter/InterpretOpInterface.h.inc"

namespace mlir::dag {

/// Lets the ops of the dialect be interpreted.
void registerInterpreterModels(DialectRegistry &registry);

} // namespace mlir::dag

#endif // DAG_INTERPRETER_INTERPRETOPINTERFACE_H
