//===- Markdown.cpp - Text and tables in Markdown ---------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Support/Markdown.h"
#include "dag/Support/Escape.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"

#include <algorithm>

using namespace mlir;
using namespace mlir::dag;
using llvm::raw_ostream;
using llvm::StringRef;

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

/// Bytes shown of one text and of one name.
static constexpr size_t kMaxText = 1000;
static constexpr size_t kMaxName = 160;

/// `text` as valid UTF-8 on one line, with what does not show spelled out, and
/// cut at `limit` bytes.
static std::string clean(StringRef text, size_t limit) {
  bool isCut = text.size() > limit;
  if (isCut) {
    // Not within a character, whose later bytes are 10xxxxxx.
    size_t end = limit;
    while (end != 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
      --end;
    text = text.take_front(end);
  }
  std::string cleaned =
      llvm::json::isUTF8(text) ? text.str() : llvm::json::fixUTF8(text);
  // Ends of lines and tabs are blanks of a paragraph.
  for (char &c : cleaned)
    if (llvm::isSpace(c))
      c = ' ';
  cleaned = escapeHiddenCharacters(cleaned);
  if (isCut)
    cleaned += "...";
  return cleaned;
}

/// True if the character at `i` would be markup rather than itself.
static bool isMarkup(StringRef text, size_t i) {
  char previous = i == 0 ? ' ' : text[i - 1];
  char next = i + 1 == text.size() ? ' ' : text[i + 1];
  switch (text[i]) {
  case '`':
  case '*':
  case '~':
  case '$':
  case '|':
    return true;
  case '_':
    // Emphasis does not begin or end within a word.
    return !llvm::isAlnum(previous) || !llvm::isAlnum(next);
  case '\\':
    return llvm::isPunct(next) || i + 1 == text.size();
  case '<':
    return llvm::isAlpha(next) || next == '/' || next == '!' || next == '?';
  case '&':
    return llvm::isAlpha(next) || next == '#';
  case '[':
    // A task of a list, or a footnote.
    return i == 0 || next == '^';
  case ']':
    // The bracket of the task looks better with its partner.
    return next == '(' || next == '[' || next == ':' ||
           (text.front() == '[' && text.find(']') == i);
  case '#':
  case '+':
  case '-':
  case '=':
  case '>':
    return i == 0;
  case '.':
  case ')':
    // "1. " begins a list.
    return next == ' ' && i != 0 && i < 10 &&
           llvm::all_of(text.take_front(i), llvm::isDigit);
  default:
    return false;
  }
}

void dag::writeMarkdownText(StringRef text, raw_ostream &os) {
  std::string cleaned = clean(text, kMaxText);
  StringRef trimmed = StringRef(cleaned).trim(' ');
  for (size_t i = 0, e = trimmed.size(); i != e; ++i) {
    if (isMarkup(trimmed, i))
      os << '\\';
    os << trimmed[i];
  }
}

void dag::writeMarkdownCode(StringRef name, raw_ostream &os) {
  std::string cleaned = clean(name, kMaxName);
  // Nothing is escaped within a code span, so the fence must be longer than
  // any run of backticks inside.
  size_t longest = 0;
  size_t run = 0;
  for (char c : cleaned) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  std::string fence(longest + 1, '`');
  // One space at both ends belongs to the fence.
  StringRef text = cleaned;
  bool isPadded = text.empty() || text.starts_with("`") ||
                  text.ends_with("`") || text.starts_with(" ");
  StringRef padding = isPadded ? " " : "";
  os << fence << padding << text << padding << fence;
}

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

MarkdownTable MarkdownTable::ofNumbers(llvm::ArrayRef<StringRef> titles) {
  std::vector<Column> columns;
  for (StringRef title : titles)
    columns.push_back(
        {title.str(), columns.empty() ? Align::Left : Align::Right});
  return MarkdownTable(std::move(columns));
}

void MarkdownTable::addRow(const llvm::Twine &title,
                           llvm::ArrayRef<int64_t> numbers) {
  std::vector<std::string> &row = rows.emplace_back();
  row.push_back(title.str());
  for (int64_t number : numbers)
    row.push_back(std::to_string(number));
}

static std::string escapeCell(StringRef text) {
  std::string cell;
  llvm::raw_string_ostream os(cell);
  writeMarkdownText(text, os);
  return cell;
}

void MarkdownTable::print(raw_ostream &os, Style style) const {
  // A row of dashes has three at least.
  llvm::SmallVector<size_t, 8> widths(columns.size(), 3);
  if (style == Style::Padded)
    for (auto [index, column] : llvm::enumerate(columns)) {
      widths[index] = std::max(widths[index], column.title.size());
      for (const std::vector<std::string> &row : rows)
        widths[index] = std::max(widths[index], escapeCell(row[index]).size());
    }
  auto printRow = [&](auto getCell) {
    for (auto [index, column] : llvm::enumerate(columns)) {
      std::string cell = escapeCell(getCell(index));
      size_t padding =
          style == Style::Compact ? 0 : widths[index] - cell.size();
      bool isRight = column.align == Align::Right;
      os << "| ";
      os.indent(isRight ? padding : 0) << cell;
      os.indent(isRight ? 0 : padding) << ' ';
    }
    os << "|\n";
  };
  printRow([&](size_t index) -> StringRef { return columns[index].title; });
  for (auto [index, column] : llvm::enumerate(columns)) {
    bool isRight = column.align == Align::Right;
    size_t dashes = widths[index];
    if (style == Style::Padded)
      dashes += isRight ? 1 : 2;
    os << '|' << std::string(dashes, '-') << (isRight ? ":" : "");
  }
  os << "|\n";
  for (const std::vector<std::string> &row : rows)
    printRow([&](size_t index) -> StringRef { return row[index]; });
}
