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

#include <limits>

namespace mlir::dag {

/// Registers `--source-root`.
void registerDiagnosticOptions();

/// Counts the messages about one input: an input that is split has as many
/// parts as it likes.
struct DiagnosticCount {
  /// Of an input that is split.
  static constexpr size_t kMaxOfParts = 1000;

  size_t limit = std::numeric_limits<size_t>::max();
  size_t shown = 0;
  size_t dropped = 0;

  /// Counts a message; false if it is one too many.
  bool add();
  /// Says how many were one too many.
  void report(StringRef file) const;
};

/// Stands before a handler that shows lines of source, and lets it have what it
/// can show as it is: lines of the files that were given to this run, or that
/// lie below `--source-root`, and none that is so long that it hides the
/// message, or that would steer a terminal. A location may name any file, and
/// is not reason enough to open it. All else is printed here, on one line, with
/// what does not show escaped.
class DiagnosticFilter {
public:
  /// `main` is the input, and lives as long as `count` does.
  DiagnosticFilter(llvm::MemoryBufferRef main, DiagnosticCount &count)
      : main(main), count(count) {}

  /// Succeeds if the diagnostic has been printed.
  LogicalResult handle(Diagnostic &diagnostic);

private:
  /// True if the lines of a file are shown.
  bool showsLines(StringRef file);

  /// True if this line has been shown often enough: a file of one line may
  /// have thousands of defects in it.
  bool isShownEnough(const Diagnostic &diagnostic);

  llvm::MemoryBufferRef main;
  DiagnosticCount &count;
  llvm::StringMap<bool> files;
  /// How often a line has been shown, by `file:line`.
  llvm::StringMap<unsigned> lines;
};

/// Prints diagnostics on standard error, with their lines where those help.
class DiagnosticPrinter {
public:
  DiagnosticPrinter(llvm::SourceMgr &sourceMgr, MLIRContext *context);
  /// Of a part of an input, all of which have one count.
  DiagnosticPrinter(llvm::SourceMgr &sourceMgr, MLIRContext *context,
                    DiagnosticCount &count);

private:
  DiagnosticCount own;
  DiagnosticFilter filter;
  SourceMgrDiagnosticHandler shown;
  /// Sees all before that one.
  ScopedDiagnosticHandler first;
};

} // namespace mlir::dag

#endif // DAG_TOOLS_DIAGNOSTICPRINTER_H
