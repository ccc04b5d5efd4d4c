//===- Steps.h - Launches that ptx-run makes -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TOOLS_PTXRUN_STEPS_H
#define DAG_TOOLS_PTXRUN_STEPS_H

#include "Arguments.h"

namespace mlir::dag::ptx {

/// A kernel as text asks for it.
struct StepText {
  std::string entry, grid = "1", block, cluster;
  unsigned shared = 0;
  bool isDependent = false, isCooperative = false;
  std::vector<std::string> arguments;
};

/// A kernel that is ready to be launched.
struct Step {
  const Function *entry = nullptr;
  ProgramPtr program;
  std::unique_ptr<Arguments> read;
};

/// The text of --then: a kernel, --grid= and the like, arguments.
llvm::Expected<StepText> parseStep(llvm::StringRef text);

/// Sets grid, block and cluster of a launch, from a text and from what the
/// kernel itself asks for.
llvm::Error setShape(const StepText &text, const Function &entry,
                     Launch &launch);

/// Runs the steps in the orders from `seed` on. Findings of all orders are in
/// the first result.
std::vector<Result> runSchedules(std::vector<Step> &steps, uint64_t seed,
                                 unsigned schedules);

} // namespace mlir::dag::ptx

#endif // DAG_TOOLS_PTXRUN_STEPS_H
