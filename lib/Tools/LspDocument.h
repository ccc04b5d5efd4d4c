//===- LspDocument.h - What an editor is told of a file -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TOOLS_LSPDOCUMENT_H
#define DAG_LIB_TOOLS_LSPDOCUMENT_H

#include "dag/Diagnostics/Finding.h"
#include "mlir/IR/DialectRegistry.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/LSP/Protocol.h"

namespace mlir::dag {

/// A file that is open in an editor, with its findings.
class LspDocument {
public:
  LspDocument(const llvm::lsp::URIForFile &uri, std::string text)
      : uri(uri), text(std::move(text)) {}

  std::string &getText() { return text; }
  /// True if upstream's server can read it, too.
  bool isModule() const;

  /// Runs the checks on the text.
  void check(const DialectRegistry &registry);

  /// The findings as the protocol's diagnostics, with codes.
  llvm::json::Array getDiagnostics() const;
  /// What the findings at a position mean, as Markdown; null where none is.
  llvm::json::Value getHover(const llvm::lsp::Position &position) const;

private:
  /// A finding without what lives in a context.
  struct Entry {
    /// Null for an error of an importer.
    const CodeInfo *code;
    Severity severity;
    std::string message, hint;
    llvm::lsp::Range range;
    std::vector<std::pair<llvm::lsp::Range, std::string>> notes;
  };

  llvm::lsp::Range getRange(Location loc) const;
  void add(const Finding &finding);

  llvm::lsp::URIForFile uri;
  std::string text;
  std::vector<Entry> entries;
};

} // namespace mlir::dag

#endif // DAG_LIB_TOOLS_LSPDOCUMENT_H
