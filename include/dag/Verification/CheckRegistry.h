//===- CheckRegistry.h - The checks that there are --------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_VERIFICATION_CHECKREGISTRY_H
#define DAG_VERIFICATION_CHECKREGISTRY_H

#include "dag/Verification/CheckPass.h"
#include "dag/Verification/Options.h"

namespace mlir::dag {

/// What one run of the verification asks of its checks.
struct CheckRequest {
  /// Least severity that fails.
  Severity failOn = Severity::Medium;
  /// The device of all ranks, and a file with further ones; or empty.
  std::string device, devices;
  /// What else the check of the memory is told, where it is.
  std::optional<std::string> reserve, ncclReserve, padExperts, microBatches;
  std::optional<AttentionMemory> attention;
  std::optional<ExpertMemory> experts;
  std::optional<int64_t> kvPercent, memoryPercent, imbalancePercent;
  /// The model that the plan has to compute, or empty.
  std::string reference;
  /// The configuration whose model it has to compute, or empty, and fields of
  /// it that are not looked at.
  std::string config, ignoreFields;
  /// Whether it is run beside that model, too, and with which random numbers.
  TrialMode trial = TrialMode::Auto;
  int64_t trialSeed = 0;
};

/// A check, as `--verify-pipeline` and the repair see it. Those of the project
/// are rows of Passes.td.
struct Check {
  const CheckInfo *info;
  /// The argument of its pass: `dag-verify-attention`.
  StringRef argument;
  /// Makes the pass, which leaves its findings to the report. Null where the
  /// request does not ask for it.
  std::unique_ptr<GraphCheck> (*create)(const CheckRequest &request);
  /// The codes of its findings; none if they are those of `Code`.
  ArrayRef<CodeInfo> codes = {};
};

/// Adds a check from outside, which then takes part in `--verify-pipeline`.
/// Like dialects, checks are registered before anything is verified.
void registerCheck(const Check &check);

/// All checks, in the order in which they run and have lines in reports.
ArrayRef<Check> getChecks();

/// The check whose pass has this argument, or null.
const Check *lookupCheck(StringRef argument);

} // namespace mlir::dag

#endif // DAG_VERIFICATION_CHECKREGISTRY_H
