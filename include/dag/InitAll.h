//===- InitAll.h - Registration of everything in the project -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_INITALL_H
#define DAG_INITALL_H

#include "dag/Communication/Passes.h"
#include "dag/Cost/Passes.h"
#include "dag/Dialect/Check/IR/Check.h"
#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Dialect/Dag/Transforms/Passes.h"
#include "dag/Interfaces/CostOpInterface.h"
#include "dag/Interfaces/LocalizeOpInterface.h"
#include "dag/Interfaces/NumberingOpInterface.h"
#include "dag/Interfaces/ShardOpInterface.h"
#include "dag/Pipelines/Repair.h"
#include "dag/Pipelines/Verify.h"
#include "dag/Repair/Passes.h"
#include "dag/Verification/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/DialectRegistry.h"

namespace mlir::dag {

/// Adds the dialects of the project to `registry`, that of the constants of
/// tests, and what their ops say of themselves by external models.
inline void registerAllDialects(DialectRegistry &registry) {
  registry.insert<DagDialect, check::CheckDialect, arith::ArithDialect>();
  registerCostExternalModels(registry);
  registerLocalizeExternalModels(registry);
  registerNumberingExternalModels(registry);
  registerShardExternalModels(registry);
}

/// Adds all passes and pipelines of the project to the global registry.
inline void registerAllPasses() {
  registerDagCostPasses();
  registerDagCommunicationPasses();
  registerDagTransformsPasses();
  registerDagRepairPasses();
  registerPlanPipeline();
  registerRepairPipeline();
  registerDagVerificationPasses();
  registerVerifyPipeline();
}

} // namespace mlir::dag

#endif // DAG_INITALL_H
