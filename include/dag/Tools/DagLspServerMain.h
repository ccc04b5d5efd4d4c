//===- DagLspServerMain.h - The main of dag-lsp-server -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TOOLS_DAGLSPSERVERMAIN_H
#define DAG_TOOLS_DAGLSPSERVERMAIN_H

#include "mlir/IR/DialectRegistry.h"

namespace mlir::dag {

/// `main` of `dag-lsp-server`. For MLIR it is upstream's server, and adds to
/// its diagnostics what `--verify-pipeline` finds, with codes; drawings and
/// models' configurations are served with the findings alone. Hovering over a
/// finding tells what its code means.
int dagLspServerMain(int argc, char **argv, DialectRegistry &registry);

} // namespace mlir::dag

#endif // DAG_TOOLS_DAGLSPSERVERMAIN_H
