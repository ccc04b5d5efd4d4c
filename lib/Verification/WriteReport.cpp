//===- WriteReport.cpp - Findings, report and verdict -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConfiguredPrograms.h"
#include "dag/Verification/CheckRegistry.h"
#include "dag/Verification/Passes.h"
#include "dag/Verification/Reports/Report.h"
#include "dag/Verification/VerificationLog.h"

using namespace mlir;
using namespace mlir::dag;

namespace mlir::dag {
#define GEN_PASS_DEF_DAGREPORT
#include "dag/Verification/Passes.h.inc"
} // namespace mlir::dag

namespace {
struct Report : dag::impl::DagReportBase<Report> {
  using DagReportBase::DagReportBase;

  CheckStatus verify() override {
    markAllAnalysesPreserved();
    Location unknown = UnknownLoc::get(&getContext());
    auto &log = getAnalysis<VerificationLog>();
    VerificationResult result = log.finish(failOn);
    if (handler || !report.empty())
      log.addFacts(getAnalysis<DeploymentGraphs>(),
                   getAnalysis<ConfiguredPrograms>(), result);
    emitFindings(result.findings, failOn, maxDiagnostics, &getContext());
    CheckStatus verdict = result.verdict;
    std::vector<CheckResult> checks = result.checks;
    if (handler)
      handler(std::move(result));
    else if (!report.empty())
      if (llvm::Error error = writeReport(result, report)) {
        emitError(unknown) << llvm::toString(std::move(error));
        signalPassFailure();
        return verdict;
      }
    if (verdict == CheckStatus::Pass)
      return verdict;
    InFlightDiagnostic diagnostic =
        emitError(
            getDeploymentLoc(getAnalysis<DeploymentGraphs>(), getOperation()))
        << "verdict " << stringifyStatus(verdict);
    for (const CheckResult &check : checks)
      if (check.status != CheckStatus::Pass) {
        Diagnostic &note = diagnostic.attachNote();
        note << stringifyStatus(check.status) << ": " << check.check->title;
        if (!check.reason.empty())
          note << " (" << check.reason << ")";
      }
    return verdict;
  }

  std::string getPath() const { return report; }

  std::function<void(VerificationResult &&)> handler;
};
} // namespace

/// The report at the end of a pipeline, or null.
static Report *findReport(OpPassManager &pm) {
  Report *report = nullptr;
  for (Pass &pass : pm.getPasses())
    if (pass.getTypeID() == TypeID::get<Report>())
      report = static_cast<Report *>(&pass);
  return report;
}

bool dag::hasReport(OpPassManager &pm) { return findReport(pm) != nullptr; }

std::string dag::getReportPath(OpPassManager &pm) {
  Report *report = findReport(pm);
  return report ? report->getPath() : std::string();
}

llvm::Error dag::deferChecks(OpPassManager &pm) {
  const Report *report = findReport(pm);
  bool isBefore = report != nullptr;
  for (Pass &pass : pm.getPasses()) {
    isBefore &= &pass != report;
    if (!lookupCheck(pass.getArgument()))
      continue;
    auto &check = static_cast<GraphCheck &>(pass);
    if (isBefore)
      check.setDeferred(true);
    else if (check.isDeferred())
      return llvm::createStringError("expected --dag-report behind '" +
                                     check.getArgument() +
                                     "', whose findings are deferred");
  }
  return llvm::Error::success();
}

void dag::setResultHandler(OpPassManager &pm,
                           std::function<void(VerificationResult &&)> handler) {
  if (Report *report = findReport(pm))
    report->handler = std::move(handler);
}
