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

namespace mlir::dag {

/// What the deferred checks of a pipeline have found so far. An analysis, so
/// that it lives as long as the module is not changed.
class VerificationLog {
public:
  explicit VerificationLog(Operation *module);

  /// Takes over what a check found.
  void add(CheckLog &&log);

  /// Everything, with statuses and the verdict. Findings are moved out.
  VerificationResult finish(const DeploymentGraphs &graphs, Severity failOn);

private:
  Operation *module;
  std::vector<CheckLog> logs;
};

/// Runs one check over all graphs of a module. Where only deployments are
/// wanted, a program for one device is UNVERIFIED, and not looked into.
CheckLog runCheck(const CheckInfo &check, const DeploymentGraphs &graphs,
                  Operation *module, bool onlyDeployments,
                  function_ref<void(const DeploymentGraph &, CheckLog &)> run);

/// Where to speak of the deployment as a whole.
Location getDeploymentLoc(const DeploymentGraphs &graphs, Operation *module);

/// Emits findings as diagnostics, at most `maxPerCode` (0: all) for one code;
/// those of at least `failOn` as errors, others as warnings.
void emitFindings(ArrayRef<Finding> findings, Severity failOn,
                  unsigned maxPerCode, MLIRContext *context);

} // namespace mlir::dag

#endif // DAG_VERIFICATION_VERIFICATIONLOG_H
