//===- ImportDot.h - From a Graphviz drawing to a sketch -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TARGET_DOT_IMPORTDOT_H
#define DAG_TARGET_DOT_IMPORTDOT_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Support/LLVM.h"
#include "llvm/Support/MemoryBufferRef.h"

namespace mlir::dag::dot {

class RuleTable;

struct ImportOptions {
  /// A file with rules that come before the built-in ones; empty for none.
  std::string rulesFile;
  /// Keep with each node which rule recognized what.
  bool explain = false;
};

/// Adds the rules of the file that the options name, if any.
llvm::Error addRulesFile(const ImportOptions &options, RuleTable &rules);
/// Reads that file for its errors alone, whatever the input is.
llvm::Error checkRulesFile(const ImportOptions &options);

/// Reads a drawing into a module with one `dag.sketch`. A damaged drawing
/// gives a sketch with `dag.syntax_error` ops, which the verification
/// reports. Fails, with a diagnostic, only if the rules file
/// can't be read. Places are in the file that names the buffer.
OwningOpRef<ModuleOp> importDot(llvm::MemoryBufferRef buffer,
                                MLIRContext *context,
                                const ImportOptions &options);

/// The same with rules that were read before: of `options`, the file of rules
/// is not looked at. For those who read many drawings.
OwningOpRef<ModuleOp> importDot(llvm::MemoryBufferRef buffer,
                                MLIRContext *context, const RuleTable &rules,
                                const ImportOptions &options);

/// True if `buffer` is a drawing: its name ends in `.dot` or `.gv`, or its
/// text begins with `graph`, `digraph` or `strict` behind comments.
bool isDot(llvm::MemoryBufferRef buffer);

/// Registers `--dot-rules` and `--dot-explain` with the command
/// line.
void registerDotCLOptions();
/// What the command line asks for; the defaults if nothing is registered.
ImportOptions getDotCLOptions();

/// Registers `--dot-to-dag` and `--dot-print-rules` with `mlirTranslateMain`.
void registerDotTranslations();

} // namespace mlir::dag::dot

#endif // DAG_TARGET_DOT_IMPORTDOT_H
