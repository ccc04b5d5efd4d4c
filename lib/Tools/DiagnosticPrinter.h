//===- DiagnosticPrinter.h - Diagnostics on a terminal ----------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TOOLS_DIAGNOSTICPRINTER_H
#define DAG_LIB_TOOLS_DIAGNOSTICPRINTER_H

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/SourceMgr.h"

namespace mlir::dag {

/// Prints diagnostics on standard error, with their lines where those help:
/// lines of the files that were given to this run, and none that is so long
/// that it hides the message. A location may name any file, and is not reason
/// enough to open it. What does not show is escaped.
class DiagnosticPrinter {
public:
  DiagnosticPrinter(llvm::SourceMgr &sourceMgr, MLIRContext *context);

private:
  LogicalResult print(Diagnostic &diagnostic);
  /// True if the lines of a file are shown.
  bool showsLines(StringRef file);

  llvm::SourceMgr &sourceMgr;
  llvm::StringMap<bool> files;
  SourceMgrDiagnosticHandler shown;
  /// Sees all before that one, and passes on what it can show as it is.
  ScopedDiagnosticHandler first;
};

} // namespace mlir::dag

#endif // DAG_LIB_TOOLS_DIAGNOSTICPRINTER_H
