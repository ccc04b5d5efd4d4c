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
#include "llvm/Support/MemoryBufferRef.h"

namespace mlir::dag {

/// `main` of `dag-opt`: `mlir-opt` for the passes of this project, with two
/// differences. A drawing is read as a sketch. And where all passes verify,
/// the module need not verify (the passes say why it does not), and is printed
/// only if `-o` asks for it. Passes have to be registered before.
int dagOptMain(int argc, char **argv, DialectRegistry &registry);

/// Fails with a message if MLIR text nests deeper than the upstream parser's
/// stack allows.
LogicalResult checkNesting(llvm::MemoryBufferRef buffer);

} // namespace mlir::dag

#endif // DAG_TOOLS_DAGOPTMAIN_H
