//===- DagTranslateMain.h - The main of dag-translate -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TOOLS_DAGTRANSLATEMAIN_H
#define DAG_TOOLS_DAGTRANSLATEMAIN_H

namespace mlir::dag {

/// `main` of `dag-translate`: `mlir-translate` for one translation, with the
/// help and the exit statuses of the project's tools (`ExitStatus`).
/// Translations have to be registered before.
int dagTranslateMain(int argc, char **argv);

} // namespace mlir::dag

#endif // DAG_TOOLS_DAGTRANSLATEMAIN_H
