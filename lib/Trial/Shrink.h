//===- Shrink.h - A plan and its reference on small sizes -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TRIAL_SHRINK_H
#define DAG_LIB_TRIAL_SHRINK_H

#include "dag/Dialect/Dag/IR/Dag.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace mlir::dag {

/// What runs of a model, one behind the other, keep to.
struct Runs {
  /// Random integers are below this; zero if nothing says so.
  int64_t vocabulary = 0;
  /// Where the first run begins, and how many there are.
  int64_t position = 0, count = 1;
};

/// Copies of a plan and its reference in a module of their own.
struct SmallModels {
  OwningOpRef<ModuleOp> module;
  ModelOp reference, plan;
  Runs runs;
  /// `16384 -> 7, 128 -> 16 and 4`.
  std::string sizes;
};

/// How a model can be run in the sizes that it has. Fails where one is unknown,
/// and says so.
FailureOr<Runs> planRuns(ModelOp model, std::string &reason);

/// Makes the copies, whose sizes are as small as their splits, heads, groups,
/// windows and rests allow. Fails, and says why, where that cannot be done.
FailureOr<SmallModels> shrink(ModelOp reference, ModelOp plan,
                              std::string &reason);

/// Erases the asserts in `root`, and what only they look at: they are about the
/// weights of the model, and a trial has others.
void eraseAsserts(Operation *root);

} // namespace mlir::dag

#endif // DAG_LIB_TRIAL_SHRINK_H
