//===- Markdown.h - Text and tables in Markdown -----------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_SUPPORT_MARKDOWN_H
#define DAG_SUPPORT_MARKDOWN_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdint>
#include <string>
#include <vector>

namespace mlir::dag {

/// Prints `text` so that GitHub-flavored Markdown shows it as it is, on one
/// line, in a paragraph, a list item or a cell of a table. No character is
/// escaped without need, to keep the source readable. Long text is cut.
void writeMarkdownText(llvm::StringRef text, llvm::raw_ostream &os);

/// Prints a name as a code span, on one line. Long names are cut.
void writeMarkdownCode(llvm::StringRef name, llvm::raw_ostream &os);

/// A table of text and numbers. Cells are escaped when it is printed.
class MarkdownTable {
public:
  enum class Align { Left, Right };
  /// How it looks in a terminal: cells as they are, or columns that stand
  /// below each other.
  enum class Style { Compact, Padded };
  struct Column {
    std::string title;
    Align align = Align::Left;
  };

  explicit MarkdownTable(std::vector<Column> columns)
      : columns(std::move(columns)) {}
  /// One column of text, and numbers in all others.
  static MarkdownTable ofNumbers(llvm::ArrayRef<llvm::StringRef> titles);

  /// There is a cell for each column.
  void addRow(std::vector<std::string> cells) {
    rows.push_back(std::move(cells));
  }
  void addRow(const llvm::Twine &title, llvm::ArrayRef<int64_t> numbers);
  bool empty() const { return rows.empty(); }

  /// Prints the lines of the table, without an empty one behind.
  void print(llvm::raw_ostream &os, Style style = Style::Compact) const;

private:
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;
};

} // namespace mlir::dag

#endif // DAG_SUPPORT_MARKDOWN_H
