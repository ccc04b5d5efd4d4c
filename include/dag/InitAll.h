//===- InitAll.h - Registration of everything in the project -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What every tool, the plugin and projects beside this one register; the
// library is DagRegistration.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_INITALL_H
#define DAG_INITALL_H

#include "mlir/IR/DialectRegistry.h"

namespace mlir::dag {

/// Adds the dialects of the project to `registry`, and that of the constants of
/// tests, each with the interfaces that other libraries attach to its ops.
void registerAllDialects(DialectRegistry &registry);

/// Adds what ops are to other subjects: external models of interfaces.
/// registerAllDialects() does so.
void registerAllExternalModels(DialectRegistry &registry);

/// Adds all passes and pipelines of the project to the global registry.
void registerAllPasses();

/// Adds all translations into and out of the project's dialects.
void registerAllTranslations();

} // namespace mlir::dag

#endif // DAG_INITALL_H
