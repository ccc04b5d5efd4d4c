//===- DagOptMain.h - The driver of dag-opt -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TOOLS_DAGOPTMAIN_H
#define DAG_TOOLS_DAGOPTMAIN_H

#include "mlir/IR/DialectRegistry.h"

namespace mlir::dag {

/// `main` of `dag-opt`: `mlir-opt` for the passes of this project, with these
/// differences. Drawings and configurations are read as well. Where all passes
/// verify, a module need not verify (the passes say why it does not), and is
/// printed only if `-o` asks for it. There may be several files then, with one
/// report. What failed is told by the exit status (`ExitStatus`). Passes have
/// to be registered before.
int dagOptMain(int argc, char **argv, DialectRegistry &registry);

} // namespace mlir::dag

#endif // DAG_TOOLS_DAGOPTMAIN_H
