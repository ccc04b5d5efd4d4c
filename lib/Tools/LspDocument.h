//===- LspDocument.h - What an editor is told of a file -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TOOLS_LSPDOCUMENT_H
#define DAG_LIB_TOOLS_LSPDOCUMENT_H

#include "LspText.h"
#include "dag/Diagnostics/Finding.h"
#include "dag/Tools/InputFile.h"
#include "mlir/IR/DialectRegistry.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/LSP/Protocol.h"

#include <optional>

namespace mlir::dag {

/// A file that is open in an editor, with its findings.
class LspDocument {
public:
  LspDocument(const llvm::lsp::URIForFile &uri, std::string text,
              int64_t version)
      : uri(uri), text(std::move(text)), version(version) {}

  const llvm::lsp::URIForFile &getURI() const { return uri; }
  StringRef getText() const { return text; }
  int64_t getVersion() const { return version; }
  void change(ArrayRef<llvm::lsp::TextDocumentContentChangeEvent> changes,
              int64_t newVersion);
  /// True if upstream's server may be given the text: MLIR that its parser has
  /// room for, and that has not ended it before.
  bool isForUpstream() const;

  /// Runs the checks on the text. What the parser says of a module is among the
  /// diagnostics if `keepsErrors`; it always is for other files.
  void check(const DialectRegistry &registry, bool keepsErrors);
  /// The text has ended upstream's server: it is not read again.
  void refuse();
  /// The start of upstream's server that has been told of the document.
  unsigned getUpstreamStart() const { return upstreamStart; }
  void setUpstreamStart(unsigned start) { upstreamStart = start; }

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
  /// The word, or the name in quotes, at a byte of a line.
  llvm::lsp::Range getRange(unsigned lineNumber, StringRef line,
                            size_t begin) const;
  void add(const Finding &finding);
  void addError(Severity severity, StringRef message,
                const llvm::lsp::Range &range);
  bool isModule() const;
  /// Where MLIR nests deeper than its parser has room for.
  std::optional<DeepNesting> findDeepNesting() const;
  void addDeepNesting(const DeepNesting &nesting);
  void checkOnThisThread(const DialectRegistry &registry, bool keepsErrors);

  llvm::lsp::URIForFile uri;
  std::string text;
  int64_t version;
  bool isRefused = false;
  unsigned upstreamStart = 0;
  std::vector<Entry> entries;
  /// While the text is checked.
  std::optional<LineTable> lines;
};

} // namespace mlir::dag

#endif // DAG_LIB_TOOLS_LSPDOCUMENT_H
