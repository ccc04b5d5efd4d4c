//===- Localize.h - The programs of a plan's ranks -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_TRANSFORMS_LOCALIZE_H
#define DAG_DIALECT_DAG_TRANSFORMS_LOCALIZE_H

#include "dag/Dialect/Dag/IR/Program.h"

namespace mlir::dag {

/// Makes the programs of the ranks behind a plan, whose composites of attention
/// have been taken apart; the plan stays. Emits errors.
FailureOr<ProgramOp> localizeModel(ModelOp model);

} // namespace mlir::dag

#endif // DAG_DIALECT_DAG_TRANSFORMS_LOCALIZE_H
