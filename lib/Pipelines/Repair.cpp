//===- Repair.cpp - A plan that passes, from what does not -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Pipelines/Repair.h"
#include "dag/Repair/Passes.h"
#include "dag/Support/PipelineRegistration.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;
using namespace mlir::dag;

void dag::buildRepairPipeline(OpPassManager &pm,
                              const RepairPipelineOptions &options) {
  DagRaiseSketchOptions raise;
  raise.config = options.config;
  raise.tp = options.tp;
  raise.pp = options.pp;
  raise.ep = options.ep;
  raise.layout.assign(options.layout.begin(), options.layout.end());
  raise.devices.assign(options.devices.begin(), options.devices.end());
  raise.batch = options.batch;
  raise.seqLen = options.seqLen;
  raise.phase = options.phase;
  raise.report = options.report;
  raise.keepPassing = true;
  pm.addPass(createDagRaiseSketch(std::move(raise)));
}

void dag::registerRepairPipeline() {
  registerPipeline(RepairPipelineOptions::kArgument,
                   RepairPipelineOptions::kSummary, buildRepairPipeline);
}
