//===- Verify.cpp - All checks and the report -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Pipelines/Verify.h"
#include "dag/Support/PipelineRegistration.h"
#include "dag/Verification/CheckRegistry.h"
#include "dag/Verification/Passes.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;
using namespace mlir::dag;

/// An option that is not given leaves it to the check.
template <typename T, typename OptionT>
static void setAsked(std::optional<T> &asked, const OptionT &option) {
  if (option.hasValue())
    asked = option.getValue();
}

void dag::buildVerifyPipeline(OpPassManager &pm,
                              const VerifyPipelineOptions &options) {
  DagStateOptions state;
  state.tp = options.tp;
  state.pp = options.pp;
  state.dp = options.dp;
  state.ep = options.ep;
  state.cp = options.cp;
  state.layers = options.layers;
  state.config = options.config;
  state.ignoreFields = options.ignoreFields;
  state.reference = options.reference;
  for (StringRef fact : {state.tp, state.pp, state.dp, state.ep, state.cp,
                         state.layers, state.config, state.reference})
    if (!fact.empty()) {
      pm.addPass(createDagState(state));
      break;
    }

  CheckRequest request;
  request.failOn = options.failOn;
  request.device = options.device;
  request.devices = options.devices;
  setAsked(request.reserve, options.reserve);
  setAsked(request.ncclReserve, options.ncclReserve);
  setAsked(request.attention, options.attention);
  setAsked(request.experts, options.experts);
  setAsked(request.padExperts, options.padExperts);
  setAsked(request.microBatches, options.microBatches);
  setAsked(request.kvPercent, options.kvPercent);
  setAsked(request.memoryPercent, options.memoryPercent);
  setAsked(request.imbalancePercent, options.imbalancePercent);
  request.reference = options.reference;
  request.config = options.config;
  request.ignoreFields = options.ignoreFields;
  request.trial = options.trial;
  request.trialSeed = options.trialSeed;
  for (const Check &check : getChecks())
    if (std::unique_ptr<GraphCheck> pass = check.create(request))
      pm.addPass(std::move(pass));
  DagReportOptions reportOptions;
  reportOptions.report = options.report;
  reportOptions.failOn = options.failOn;
  reportOptions.maxDiagnostics = options.maxDiagnostics;
  pm.addPass(createDagReport(reportOptions));
}

void dag::registerVerifyPipeline() {
  registerPipeline(VerifyPipelineOptions::kArgument,
                   VerifyPipelineOptions::kSummary, buildVerifyPipeline);
}
