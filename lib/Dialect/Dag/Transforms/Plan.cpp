//===- Plan.cpp - From a logical program to a plan -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/Transforms/Passes.h"
#include "dag/Support/PipelineRegistration.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;
using namespace mlir::dag;

void dag::buildPlanPipeline(OpPassManager &pm,
                            const PlanPipelineOptions &options) {
  if (options.keepReference)
    pm.addPass(createDagKeepReference());
  DagAbsorbLatentOptions absorb;
  absorb.when = options.absorb;
  pm.addPass(createDagAbsorbLatent(absorb));
  pm.addPass(createDagDecomposeAttention());

  DagShardOptions shard;
  shard.tp = options.tp;
  shard.ep = options.ep;
  shard.sequenceParallel = options.sequenceParallel;
  pm.addPass(createDagShard(shard));

  DagPartitionStagesOptions partition;
  partition.stages = options.pp;
  partition.virtualStages = options.virtualStages;
  partition.placement = options.placement;
  partition.layout.assign(options.layout.begin(), options.layout.end());
  partition.balance = options.balance;
  partition.device = options.device;
  partition.deviceFile = options.deviceFile;
  partition.devices.assign(options.devices.begin(), options.devices.end());
  pm.addPass(createDagPartitionStages(partition));

  DagInsertTransfersOptions transfers;
  transfers.scatterGather = options.scatterGather;
  transfers.devicesPerNode = options.devicesPerNode;
  transfers.slots = options.slots;
  pm.addPass(createDagInsertTransfers(transfers));
}

void dag::registerPlanPipeline() {
  registerPipeline(PlanPipelineOptions::kArgument,
                   PlanPipelineOptions::kSummary, buildPlanPipeline);
}
