//===- DagReduceMain.h - The main of dag-reduce -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TOOLS_DAGREDUCEMAIN_H
#define DAG_TOOLS_DAGREDUCEMAIN_H

#include "mlir/IR/DialectRegistry.h"

namespace mlir::dag {

/// `main` of `dag-reduce`: `mlir-reduce` for what this project reads, drawings
/// and configurations as well, with the help and the exit statuses of its tools
/// (`ExitStatus`). What is reduced is MLIR. Passes have to be registered
/// before.
int dagReduceMain(int argc, char **argv, DialectRegistry &registry);

} // namespace mlir::dag

#endif // DAG_TOOLS_DAGREDUCEMAIN_H
