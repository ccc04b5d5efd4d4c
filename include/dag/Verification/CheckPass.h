//===- CheckPass.h - A check as a pass --------------------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_VERIFICATION_CHECKPASS_H
#define DAG_VERIFICATION_CHECKPASS_H

#include "dag/Diagnostics/CheckLog.h"
#include "dag/Diagnostics/SeverityOption.h"
#include "dag/Diagnostics/SourcePlace.h"
#include "dag/Diagnostics/VerificationPass.h"
#include "dag/Graph/DeploymentGraph.h"
#include "dag/Verification/VerificationLog.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::dag {

/// The base of all passes that are checks: what TableGen derives from.
class GraphCheck : public VerificationPass {
public:
  using VerificationPass::VerificationPass;

  /// The line of the report that its findings count for.
  virtual const CheckInfo &getCheck() const = 0;
  /// Has it leave its findings to a report behind it, or not.
  virtual void setDeferred(bool isDeferred) = 0;
  virtual bool isDeferred() const = 0;
  /// Says what is wrong with one drawing or plan, and changes nothing.
  virtual void checkGraph(const DeploymentGraph &graph, CheckLog &log) = 0;
};

/// The common part of the verifying passes over `Base`, what TableGen makes of
/// a `Dag_CheckPass`: runs the check over the cached
/// graphs, and either keeps the findings for the report or emits them.
template <typename Base>
class CheckPass : public Base {
public:
  using Base::Base;

  void setDeferred(bool isDeferred) override { this->deferred = isDeferred; }
  bool isDeferred() const override { return this->deferred; }

  CheckStatus verify() override {
    this->markAllAnalysesPreserved();
    std::optional<CheckLog> result = checkModule();
    if (!result)
      return CheckStatus::Pass;
    CheckLog &log = *result;
    if (this->deferred) {
      this->template getAnalysis<VerificationLog>().add(std::move(log));
      return CheckStatus::Pass;
    }
    std::vector<Finding> findings(
        std::make_move_iterator(log.getFindings().begin()),
        std::make_move_iterator(log.getFindings().end()));
    emitFindings(findings, this->failOn, this->maxDiagnostics,
                 &this->getContext());
    bool isUnverified = !log.getReason().empty();
    if (isUnverified)
      emitWarning(getPlainLoc(log.getReasonLoc().value_or(
          getDeploymentLoc(this->template getAnalysis<DeploymentGraphs>(),
                           this->getOperation()))))
          << "UNVERIFIED: " << log.getReason();
    bool fails = false;
    for (const Finding &finding : findings) {
      fails |= finding.severity >= this->failOn;
      isUnverified |= finding.severity == Severity::Unverified;
    }
    return fails          ? CheckStatus::Fail
           : isUnverified ? CheckStatus::Unverified
                          : CheckStatus::Pass;
  }

protected:
  /// The check of all graphs; nothing if there is nothing to say.
  virtual std::optional<CheckLog> checkModule() {
    return runCheck(this->getCheck(),
                    this->template getAnalysis<DeploymentGraphs>(),
                    this->getOperation(), /*onlyDeployments=*/this->deferred,
                    [&](const DeploymentGraph &graph, CheckLog &log) {
                      this->checkGraph(graph, log);
                    });
  }
};

} // namespace mlir::dag

#endif // DAG_VERIFICATION_CHECKPASS_H
