//===- Trial.h - Runs a plan beside its reference, on small sizes -*- C++
//-*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TRIAL_TRIAL_H
#define DAG_TRIAL_TRIAL_H

#include "dag/Dialect/Dag/IR/Program.h"

#include <optional>
#include <string>

namespace mlir::dag {

struct TrialOptions {
  uint64_t seed = 0;
  /// Nothing is run that is predicted to take longer; in seconds.
  std::optional<double> maxSeconds;
};

/// What a trial has shown.
struct TrialResult {
  enum class Status {
    /// It could not be made; `text` says why.
    NotTried,
    /// The numbers are those of the reference; `text` says of what.
    Agrees,
    /// They are others, or ranks do not reach their end; `text` says which.
    Differs
  };
  Status status = Status::NotTried;
  std::string text;
  /// What was run: sizes, layers, runs, seed, bound; empty if nothing was.
  std::string coverage;
  /// The output that differs, or where ranks have stopped.
  std::optional<Location> loc;
};

/// Runs the programs of a plan's ranks beside its reference, with random
/// weights and inputs in f64, on copies of both whose sizes are as small as the
/// splits allow (docs/Rationale/Trial.md). With caches, two runs follow each
/// other. Both have to verify. Changes nothing and emits nothing.
TrialResult tryPlan(ModelOp reference, ModelOp plan,
                    const TrialOptions &options);

/// True if a program is what the plan's ranks run, op by op, names of the
/// program and its plan aside.
bool isProgramOf(ProgramOp program, ModelOp plan);

/// Runs a program of ranks that stands beside a reference, in the sizes that it
/// has. Both have to verify. Changes nothing and emits nothing.
TrialResult tryProgram(ModelOp reference, ProgramOp program,
                       const TrialOptions &options);

} // namespace mlir::dag

#endif // DAG_TRIAL_TRIAL_H
