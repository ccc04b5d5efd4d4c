//===- Pipeline.cpp - All checks and the report -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/Verification/Passes.h"
#include "dag/Dialect/Dag/Verification/Report.h"
#include "dag/Dialect/Dag/Verification/VerificationLog.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;
using namespace mlir::dag;

namespace mlir::dag {
#define GEN_PASS_DEF_DAGREPORT
#include "dag/Dialect/Dag/Verification/Passes.h.inc"
} // namespace mlir::dag

namespace {
struct Report : dag::impl::DagReportBase<Report> {
  using DagReportBase::DagReportBase;

  void runOnOperation() override {
    markAllAnalysesPreserved();
    Location unknown = UnknownLoc::get(&getContext());
    std::optional<Severity> severity = parseSeverity(failOn);
    if (!severity) {
      emitError(unknown)
          << "expected fail-on to be low, medium, high or critical, but got '"
          << failOn << "'";
      return signalPassFailure();
    }
    VerificationResult result = getAnalysis<VerificationLog>().finish(
        getAnalysis<DeploymentGraphs>(), *severity);
    emitFindings(result.findings, *severity, maxDiagnostics, &getContext());
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
        note << stringifyStatus(check.status) << ": "
             << getChecklistTitle(check.check);
        if (!check.reason.empty())
          note << " (" << check.reason << ")";
      }
    signalPassFailure();
  }
};
} // namespace

template <typename OptionsT>
static OptionsT getDeferred(const VerifyPipelineOptions &options) {
  OptionsT result;
  result.failOn = options.failOn;
  result.deferred = true;
  return result;
}

void dag::buildVerifyPipeline(OpPassManager &pm,
                              const VerifyPipelineOptions &options) {
  pm.addPass(createDagVerifyInput(getDeferred<DagVerifyInputOptions>(options)));
  pm.addPass(createDagVerifyAttention(
      getDeferred<DagVerifyAttentionOptions>(options)));
  pm.addPass(
      createDagVerifyLayers(getDeferred<DagVerifyLayersOptions>(options)));
  pm.addPass(createDagVerifyTransfers(
      getDeferred<DagVerifyTransfersOptions>(options)));
  pm.addPass(createDagVerifyConnectivity(
      getDeferred<DagVerifyConnectivityOptions>(options)));
  pm.addPass(createDagVerifyCollectives(
      getDeferred<DagVerifyCollectivesOptions>(options)));
  pm.addPass(
      createDagVerifyStages(getDeferred<DagVerifyStagesOptions>(options)));
  pm.addPass(createDagVerifyDimensions(
      getDeferred<DagVerifyDimensionsOptions>(options)));
  auto deadlockOptions = getDeferred<DagVerifyDeadlockOptions>(options);
  pm.addPass(createDagVerifyDeadlock(deadlockOptions));
  if (!options.device.empty() || !options.devices.empty()) {
    auto memoryOptions = getDeferred<DagVerifyMemoryOptions>(options);
    memoryOptions.device = options.device;
    memoryOptions.devices = options.devices;
    pm.addPass(createDagVerifyMemory(memoryOptions));
  }
  if (!options.reference.empty()) {
    auto equivalenceOptions = getDeferred<DagVerifyEquivalenceOptions>(options);
    equivalenceOptions.reference = options.reference;
    pm.addPass(createDagVerifyEquivalence(equivalenceOptions));
  }
  DagReportOptions reportOptions;
  reportOptions.report = options.report;
  reportOptions.failOn = options.failOn;
  reportOptions.maxDiagnostics = options.maxDiagnostics;
  pm.addPass(createDagReport(reportOptions));
}

void dag::registerVerifyPipeline() {
  PassPipelineRegistration<VerifyPipelineOptions>(
      "verify-pipeline",
      "Say what is wrong with a deployment, as a drawing or as a plan: all "
      "checks of the checklist, and a report",
      buildVerifyPipeline);
}

bool dag::isVerificationPass(StringRef argument) {
  return argument.starts_with("dag-verify-") || argument == "dag-report";
}
