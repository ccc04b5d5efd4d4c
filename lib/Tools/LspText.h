//===- LspText.h - Positions in a text, as editors count them -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The protocol counts lines from zero and columns in units of UTF-16. The tools
// count bytes.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TOOLS_LSPTEXT_H
#define DAG_LIB_TOOLS_LSPTEXT_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/LSP/Protocol.h"

#include <string>
#include <vector>

namespace mlir::dag {

/// The units of UTF-16 that a text of UTF-8 takes.
size_t countUnits(StringRef text);

/// The lines of a text, without their ends, found once.
class LineTable {
public:
  /// Refers to the text.
  explicit LineTable(StringRef text);

  /// A line, counted from 0; past the last one, nothing.
  StringRef lookup(int64_t number) const {
    return number >= 0 && uint64_t(number) < lines.size() ? lines[number]
                                                          : StringRef();
  }

private:
  std::vector<StringRef> lines;
};

/// The byte at a position. Past the end of a line it is the line's end, past
/// the end of the text the text's.
size_t getOffset(StringRef text, const llvm::lsp::Position &position);

/// Makes an editor's changes, each on what the ones before have left.
void applyChanges(ArrayRef<llvm::lsp::TextDocumentContentChangeEvent> changes,
                  std::string &text);

/// Upstream's server counts bytes where the protocol counts units. Converts all
/// positions in a value that are in `text`, the file `uri`, to units or to
/// bytes.
enum class ColumnKind { Bytes, Units };
void convertColumns(llvm::json::Value &value, StringRef text, StringRef uri,
                    ColumnKind to);

} // namespace mlir::dag

#endif // DAG_LIB_TOOLS_LSPTEXT_H
