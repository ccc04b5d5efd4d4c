//===- Repair.h - The pipeline that mends -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_PIPELINES_REPAIR_H
#define DAG_PIPELINES_REPAIR_H

#include "dag/Repair/Options.h"
#include "mlir/Pass/PassOptions.h"

namespace mlir::dag {

#include "dag/Pipelines/Repair.h.inc"

/// Makes a plan that passes from a drawing or from a plan that does not.
void buildRepairPipeline(OpPassManager &pm,
                         const RepairPipelineOptions &options);

/// Registers `--dag-repair`.
void registerRepairPipeline();

} // namespace mlir::dag

#endif // DAG_PIPELINES_REPAIR_H
