//===- Judge.h - What a mutant does, and what is said of it -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TEST_LIB_MUTATION_JUDGE_H
#define DAG_TEST_LIB_MUTATION_JUDGE_H

#include "Mutation.h"
#include "dag/Interpreter/Interpreter.h"

namespace mlir::dag::mutation {

//===----------------------------------------------------------------------===//
// What the verification says
//===----------------------------------------------------------------------===//

struct Findings {
  /// The verdict is PASS.
  bool passes = false;
  /// Codes of the findings that fail, in order, each once; `UNVERIFIED` where
  /// the verdict says so and nothing failed.
  SmallVector<std::string, 4> codes;
  /// The first finding, or the verdict.
  std::string message;

  bool hasCode(StringRef code) const {
    return llvm::is_contained(codes, code);
  }
  /// True if a code begins like one of the expected ones.
  bool hasOneOf(StringRef expected) const;
};

/// Runs `--verify-pipeline` as `dag-opt` does, with `reference=@logical` where
/// it is there; the trial is made only if `tries`.
Findings verifyModule(ModuleOp module, bool tries);

//===----------------------------------------------------------------------===//
// What the mutant does
//===----------------------------------------------------------------------===//

/// What happens to a mutant that runs.
enum class Effect {
  /// The outputs are those of the original.
  Equal,
  /// They are others.
  Changed,
  /// Ranks wait for ever, or take each other's data.
  Hangs,
  /// A rank lacks what it needs, or shapes do not fit.
  CannotRun
};

using Outputs = llvm::MapVector<StringAttr, Tensor>;

/// Why the shards of a plan do not fit together, or an empty string: only then
/// may the interpreter see it. A mutant need not verify.
std::string findMisfit(ModelOp plan);

/// Why the ranks of a plan do not all reach their end, or an empty string.
/// Simple and slow, by no more than the rules of NCCL.
std::string findHang(ModelOp plan);

/// Runs mutants of one plan beside the original.
class Oracle {
public:
  /// Fails if the model itself does not run.
  static FailureOr<Oracle> create(ModelOp model);

  /// `reason` is why it hangs or can't run.
  Effect judge(ModelOp plan, std::string &reason) const;

private:
  FailureOr<Outputs> run(ModelOp model) const;

  RandomSource::Options options;
  Outputs expected;
};

} // namespace mlir::dag::mutation

#endif // DAG_TEST_LIB_MUTATION_JUDGE_H
