//===- KeptParts.h - What a plan made anew keeps -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_REPAIR_KEPTPARTS_H
#define DAG_LIB_REPAIR_KEPTPARTS_H

#include "dag/Dialect/Dag/IR/Dag.h"

namespace mlir::dag {

/// An op of a plan that its model, made anew, would lack: weights and caches of
/// few bits, caches in pages, sequences of lengths of their own, chunks of
/// them, schedules, replicas. Null if none.
Operation *findUnkept(ModelOp plan);
/// The first parameter of a reference that the model has not, or null.
ParameterOp findOtherWeight(ModelOp reference, ModelOp model);

/// Gives the buffers of the plan as many slots as those of the source have.
void keepSlots(ModelOp source, ModelOp plan);

} // namespace mlir::dag

#endif // DAG_LIB_REPAIR_KEPTPARTS_H
