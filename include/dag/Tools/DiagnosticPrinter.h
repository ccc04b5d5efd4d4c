//===- DiagnosticPrinter.h - Diagnostics on a terminal ----------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TOOLS_DIAGNOSTICPRINTER_H
#define DAG_TOOLS_DIAGNOSTICPRINTER_H

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/SourceMgr.h"

namespace mlir::dag {

/// Registers `--source-root`.
void registerDiagnosticOptions();

/// Stands before a handler that shows lines of source, and lets it have what it
/// can show as it is: lines of the files that were given to this run, or that
/// lie below `--source-root`, and none that is so long that it hides the
/// message, or that would steer a terminal. A location may name any file, and
/// is not reason enough to open it. All else is printed here, on one line, with
/// what does not show escaped.
class DiagnosticFilter {
public:
  /// `main` is the input, and lives as long.
  explicit DiagnosticFilter(llvm::MemoryBufferRef main) : main(main) {}

  /// Succeeds if the diagnostic has been printed.
  LogicalResult handle(Diagnostic &diagnostic);

private:
  /// True if the lines of a file are shown.
  bool showsLines(StringRef file);

  /// True if this line has been shown often enough: a file of one line may
  /// have thousands of defects in it.
  bool isShownEnough(const Diagnostic &diagnostic);

  llvm::MemoryBufferRef main;
  llvm::StringMap<bool> files;
  /// How often a line has been shown, by `file:line`.
  llvm::StringMap<unsigned> lines;
};

/// Prints diagnostics on standard error, with their lines where those help.
class DiagnosticPrinter {
public:
  DiagnosticPrinter(llvm::SourceMgr &sourceMgr, MLIRContext *context);

private:
  DiagnosticFilter filter;
  SourceMgrDiagnosticHandler shown;
  /// Sees all before that one.
  ScopedDiagnosticHandler first;
};

} // namespace mlir::dag

#endif // DAG_TOOLS_DIAGNOSTICPRINTER_H
