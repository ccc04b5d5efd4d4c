//===- Passes.h - Passes that make and mend plans -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_TRANSFORMS_PASSES_H
#define DAG_DIALECT_DAG_TRANSFORMS_PASSES_H

#include "dag/Diagnostics/VerificationPass.h"
#include "dag/Dialect/Dag/Transforms/Options.h"
#include "dag/Schedule/ScheduleKindOption.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassOptions.h"

namespace mlir::dag {

#define GEN_PASS_DECL
#include "dag/Dialect/Dag/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "dag/Dialect/Dag/Transforms/Passes.h.inc"

#include "dag/Dialect/Dag/Transforms/Pipelines.h.inc"

/// From a logical program to a plan: decompose, shard, partition, transfers.
void buildPlanPipeline(OpPassManager &pm, const PlanPipelineOptions &options);

/// Registers `--dag-plan`.
void registerPlanPipeline();

} // namespace mlir::dag

#endif // DAG_DIALECT_DAG_TRANSFORMS_PASSES_H
