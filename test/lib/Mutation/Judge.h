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

  bool hasCode(StringRef code) const { return llvm::is_contained(codes, code); }
  /// True if a code begins like one of the expected ones.
  bool hasOneOf(StringRef expected) const;
};

/// Runs `--verify-pipeline` as `dag-opt` does, with `reference=@logical` where
/// it is there, and without a trial.
Findings verifyModule(ModuleOp module);

/// What the proof or the trial says of a plan, the other one and all other
/// checks being off.
struct Opinion {
  bool finds = false;
  /// Where it finds nothing: why nothing was proved or run, or an empty string.
  std::string reason;
};

/// The proof alone of the plan beside `@logical`.
Opinion proveAlone(ModuleOp module);
/// The trial alone, however long it takes.
Opinion tryAlone(ModuleOp module);

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
  FailureOr<Outputs> run(ModelOp model, uint64_t seed) const;
  /// What it does with the numbers of one seed.
  Effect judge(ModelOp plan, uint64_t seed, std::string &reason) const;

  RandomSource::Options options;
  /// By seed. One alone may hide a mistake: all tokens of a rank can have
  /// chosen the experts that they are sent to by mistake.
  std::vector<Outputs> expected;
};

} // namespace mlir::dag::mutation

#endif // DAG_TEST_LIB_MUTATION_JUDGE_H
