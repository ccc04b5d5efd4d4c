//===- ImportCsv.h - Schedules from tables -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TARGET_SCHEDULE_IMPORTCSV_H
#define DAG_TARGET_SCHEDULE_IMPORTCSV_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/MemoryBufferRef.h"

namespace mlir::dag::schedule {

/// Reads a table of PyTorch's pipelines, one row of actions for each rank, as
/// a module with a `dag.schedule`. Errors have line and column; then nothing.
OwningOpRef<ModuleOp> importCsv(llvm::MemoryBufferRef buffer,
                                MLIRContext *context);

/// Registers `--schedule-csv-to-dag`.
void registerTranslation();

} // namespace mlir::dag::schedule

#endif // DAG_TARGET_SCHEDULE_IMPORTCSV_H
