//===- Verify.h - All checks and the report -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_PIPELINES_VERIFY_H
#define DAG_PIPELINES_VERIFY_H

#include "dag/Verification/Options.h"
#include "mlir/Pass/PassOptions.h"

namespace mlir::dag {

#include "dag/Pipelines/Verify.h.inc"

/// Adds all checks and the report.
void buildVerifyPipeline(OpPassManager &pm,
                         const VerifyPipelineOptions &options);

/// Registers `--verify-pipeline`.
void registerVerifyPipeline();

} // namespace mlir::dag

#endif // DAG_PIPELINES_VERIFY_H
