//===- VerificationLog.h - Findings between the checks and the report -*- C++
//-*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_VERIFICATION_VERIFICATIONLOG_H
#define DAG_VERIFICATION_VERIFICATIONLOG_H

#include "dag/Diagnostics/CheckLog.h"
#include "dag/Graph/DeploymentGraph.h"
#include "mlir/Pass/PassManager.h"

#include <functional>

namespace mlir::dag {

class ConfiguredPrograms;

/// What the deferred checks of a pipeline have found so far. An analysis, so
/// that it lives as long as the module is not changed.
class VerificationLog {
public:
  explicit VerificationLog(Operation *module);

  /// Takes over what a check found.
  void add(CheckLog &&log);

  /// Everything but the facts, with statuses and the verdict. Findings are
  /// moved out.
  VerificationResult finish(Severity failOn);

  /// Adds what was verified, and what it was not compared with, for a report.
  void addFacts(const DeploymentGraphs &graphs,
                const ConfiguredPrograms &programs,
                VerificationResult &result) const;

private:
  /// What a check has left, or null.
  const CheckLog *find(CheckId check) const;

  Operation *module;
  std::vector<CheckLog> logs;
};

/// Runs one check over all graphs of a module. Where only deployments are
/// wanted, a program for one device is UNVERIFIED, and not looked into.
CheckLog runCheck(const CheckInfo &check, const DeploymentGraphs &graphs,
                  Operation *module, bool onlyDeployments,
                  function_ref<void(const DeploymentGraph &, CheckLog &)> run);

/// Says of what a nested module holds that it is not read. Where the check of
/// the input runs as well, that one alone says it.
void reportNested(Operation *module, bool hasInputCheck, CheckLog &log);

/// Where to speak of the deployment as a whole.
Location getDeploymentLoc(const DeploymentGraphs &graphs, Operation *module);

/// Emits findings as diagnostics, at most `maxPerCode` (0: all) for one code;
/// those of at least `failOn` as errors, others as warnings.
void emitFindings(ArrayRef<Finding> findings, Severity failOn,
                  unsigned maxPerCode, MLIRContext *context);

/// True if a pipeline ends in `dag-report`.
bool hasReport(OpPassManager &pm);
/// The `report=` of a pipeline that ends in `dag-report`, or empty.
std::string getReportPath(OpPassManager &pm);

/// Has the checks before `dag-report` leave their findings to it. An error if a
/// check is told to, and nothing reports.
llvm::Error deferChecks(OpPassManager &pm);

/// Fails where facts are stated that no pass behind looks at.
llvm::Error checkStates(OpPassManager &pm);

/// Has `dag-report` give its result to `handler`, and write no report. Whoever
/// reads several files, or one that may be broken, writes one report of all
/// (`writeReport`). Locations in the result live as long as their context.
void setResultHandler(OpPassManager &pm,
                      std::function<void(VerificationResult &&)> handler);

} // namespace mlir::dag

#endif // DAG_VERIFICATION_VERIFICATIONLOG_H
