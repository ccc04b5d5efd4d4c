//===- Verify.cpp - All checks and the report -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Pipelines/Verify.h"
#include "dag/Support/PipelineRegistration.h"
#include "dag/Verification/Passes.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;
using namespace mlir::dag;

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
  registerPipeline(
      "verify-pipeline",
      "Say what is wrong with a deployment, as a drawing or as a plan: all "
      "checks of the checklist, and a report",
      buildVerifyPipeline);
}
