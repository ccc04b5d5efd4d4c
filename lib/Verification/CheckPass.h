//===- CheckPass.h - A check as a pass -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_VERIFICATION_CHECKPASS_H
#define DAG_LIB_VERIFICATION_CHECKPASS_H

#include "dag/Graph/DeploymentGraph.h"
#include "dag/Verification/Passes.h"
#include "dag/Verification/VerificationLog.h"

namespace mlir::dag {

/// The common part of the verifying passes: runs the check over the cached
/// graphs, and either keeps the findings for the report or emits them.
template <typename Base, CheckId check>
class CheckPass : public Base {
public:
  using Base::Base;

  void runOnOperation() override {
    this->markAllAnalysesPreserved();
    std::optional<Severity> severity = parseSeverity(this->failOn);
    if (!severity) {
      emitError(UnknownLoc::get(&this->getContext()))
          << "expected fail-on to be low, medium, high or critical, but got '"
          << this->failOn << "'";
      return this->signalPassFailure();
    }
    std::optional<CheckLog> result = checkModule();
    if (!result)
      return;
    CheckLog &log = *result;
    if (this->deferred) {
      this->template getAnalysis<VerificationLog>().add(std::move(log));
      return;
    }
    std::vector<Finding> findings(
        std::make_move_iterator(log.getFindings().begin()),
        std::make_move_iterator(log.getFindings().end()));
    emitFindings(findings, *severity, this->maxDiagnostics,
                 &this->getContext());
    bool isUnverified = !log.getReason().empty();
    if (isUnverified)
      emitWarning(getDeploymentLoc(
          this->template getAnalysis<DeploymentGraphs>(), this->getOperation()))
          << "UNVERIFIED: " << log.getReason();
    bool fails = false;
    for (const Finding &finding : findings) {
      fails |= finding.severity >= *severity;
      isUnverified |= finding.severity == Severity::Unverified;
    }
    if (!fails && !isUnverified)
      return;
    this->setStatus(fails ? CheckStatus::Fail : CheckStatus::Unverified);
    this->signalPassFailure();
  }

protected:
  /// The check of one graph, for checks that have options.
  virtual void checkGraph(const DeploymentGraph &graph, CheckLog &log) {
    getCheckFunction(check)(graph, log);
  }

  /// The check of all graphs; nothing if there is nothing to say.
  virtual std::optional<CheckLog> checkModule() {
    return runCheck(check, this->template getAnalysis<DeploymentGraphs>(),
                    this->getOperation(), /*onlyDeployments=*/this->deferred,
                    [&](const DeploymentGraph &graph, CheckLog &log) {
                      checkGraph(graph, log);
                    });
  }
};

} // namespace mlir::dag

#endif // DAG_LIB_VERIFICATION_CHECKPASS_H
