//===- InitAll.cpp - Registration of everything in the project -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/InitAll.h"
#include "dag/Communication/Passes.h"
#include "dag/Cost/Passes.h"
#include "dag/Dialect/Check/IR/Check.h"
#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Dialect/Dag/Transforms/Passes.h"
#include "dag/Interfaces/CostOpInterface.h"
#include "dag/Interfaces/LocalizeOpInterface.h"
#include "dag/Interfaces/NumberingOpInterface.h"
#include "dag/Interfaces/ShardOpInterface.h"
#include "dag/Interfaces/SizesOpInterface.h"
#include "dag/Interpreter/InterpretOpInterface.h"
#include "dag/Pipelines/Repair.h"
#include "dag/Pipelines/Verify.h"
#include "dag/Repair/Passes.h"
#include "dag/Verification/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

void dag::registerAllDialects(DialectRegistry &registry) {
  registry.insert<DagDialect, check::CheckDialect, arith::ArithDialect>();
  registerAllExternalModels(registry);
}

void dag::registerAllExternalModels(DialectRegistry &registry) {
  registerCostExternalModels(registry);
  registerInterpreterModels(registry);
  registerLocalizeExternalModels(registry);
  registerNumberingExternalModels(registry);
  registerShardExternalModels(registry);
  registerSizesExternalModels(registry);
}

void dag::registerAllPasses() {
  registerDagCostPasses();
  registerDagCommunicationPasses();
  registerDagTransformsPasses();
  registerDagRepairPasses();
  registerDagVerificationPasses();

  registerPlanPipeline();
  registerRepairPipeline();
  registerVerifyPipeline();
}
