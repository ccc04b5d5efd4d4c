//===- WriteReport.cpp - Findings, report and verdict -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

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

  void runOnOperation() override {
    markAllAnalysesPreserved();
    Location unknown = UnknownLoc::get(&getContext());
    VerificationResult result = getAnalysis<VerificationLog>().finish(
        getAnalysis<DeploymentGraphs>(), failOn);
    emitFindings(result.findings, failOn, maxDiagnostics, &getContext());
    if (!report.empty())
      if (llvm::Error error = writeReport(result, report)) {
        emitError(unknown) << llvm::toString(std::move(error));
        return signalPassFailure();
      }
    if (result.verdict == CheckStatus::Pass)
      return;
    InFlightDiagnostic diagnostic =
        emitError(
            getDeploymentLoc(getAnalysis<DeploymentGraphs>(), getOperation()))
        << "verdict " << stringifyStatus(result.verdict);
    for (const CheckResult &check : result.checks)
      if (check.status != CheckStatus::Pass) {
        Diagnostic &note = diagnostic.attachNote();
        note << stringifyStatus(check.status) << ": " << check.check->title;
        if (!check.reason.empty())
          note << " (" << check.reason << ")";
      }
    signalPassFailure();
  }
};
} // namespace

bool dag::isVerificationPass(StringRef argument) {
  return lookupCheck(argument) || argument == Report::getArgumentName();
}
