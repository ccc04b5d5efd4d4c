//===- ScheduleRows.cpp - The rows of a written schedule --------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScheduleRows.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <algorithm>

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::schedule;
using llvm::StringRef;

namespace {
class RowReader {
public:
  explicit RowReader(StringRef text);
  llvm::Expected<std::vector<WrittenRow>> run();

private:
  /// A row as it stands in the file.
  struct Piece {
    StringRef text;
    /// Counted from 0.
    unsigned line;
    /// The rank that stands before it, or none.
    std::optional<uint64_t> rank;
  };
  llvm::Error checkBrackets();
  llvm::Error readLists();
  llvm::Error readGrid(unsigned header);
  llvm::Error addCells(StringRef cells, unsigned line, WrittenRow &row);
  llvm::Error fail(const llvm::Twine &message, unsigned line,
                   StringRef where) const {
    return llvm::make_error<ScheduleError>(
        message, /*rule=*/"", line, where.data() - lines[line].data() + 1);
  }
  llvm::Error takeList(StringRef &text, unsigned line);
  llvm::Error sortByRank();

  llvm::SmallVector<StringRef, 0> lines;
  std::vector<Piece> pieces;
  std::vector<WrittenRow> rows;
};
} // namespace

RowReader::RowReader(StringRef text) {
  // A rank may have nothing to do; an empty last line is no rank.
  text = text.rtrim();
  while (!text.empty()) {
    auto [line, rest] = text.split('\n');
    text = rest;
    lines.push_back(line.rtrim('\r'));
  }
}

llvm::Error RowReader::addCells(StringRef cells, unsigned line,
                                WrittenRow &row) {
  llvm::Expected<std::vector<Action>> actions = parseActions(cells);
  int32_t offset = cells.data() - lines[line].data();
  if (!actions)
    return llvm::handleErrors(
        actions.takeError(),
        [&](std::unique_ptr<ScheduleError> wrong) -> llvm::Error {
          wrong->row = line;
          wrong->column = std::max(wrong->column, 1) + offset;
          return llvm::Error(std::move(wrong));
        });
  for (Action &action : *actions) {
    action.column += offset;
    row.actions.push_back(std::move(action));
  }
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// Lists
//===----------------------------------------------------------------------===//

/// Where the bracket that `text` begins with is closed, or npos.
static size_t findEnd(StringRef text) {
  size_t depth = 0;
  for (auto [i, c] : llvm::enumerate(text)) {
    depth += c == '[';
    if (c == ']' && --depth == 0)
      return i;
  }
  return StringRef::npos;
}

/// True for a row in brackets, which need not be the brackets of two actions at
/// one time.
static bool isList(StringRef text) {
  if (!text.starts_with("["))
    return false;
  StringRef rest = text.drop_front(std::min(findEnd(text), text.size() - 1));
  return rest.drop_front().ltrim().take_front().find_first_not_of(",]}") ==
         StringRef::npos;
}

/// Takes `0:` or `Rank 0:`.
static std::optional<uint64_t> takeRank(StringRef &text) {
  StringRef rest = text;
  uint64_t rank;
  if (rest.consume_front_insensitive("rank"))
    rest = rest.ltrim();
  if (rest.consumeInteger(10, rank))
    return std::nullopt;
  rest = rest.ltrim();
  if (!rest.consume_front(":"))
    return std::nullopt;
  text = rest.ltrim();
  return rank;
}

/// Takes one row out of a line that may have several.
llvm::Error RowReader::takeList(StringRef &text, unsigned line) {
  std::optional<uint64_t> rank = takeRank(text);
  if (!isList(text)) {
    pieces.push_back({text, line, rank});
    text = StringRef();
    return llvm::Error::success();
  }
  size_t end = findEnd(text);
  if (end == StringRef::npos)
    return fail("expected ']' behind the actions of a rank", line, text);
  pieces.push_back({text.slice(1, end), line, rank});
  text = text.drop_front(end + 1).ltrim(" \t,");
  return llvm::Error::success();
}

/// A file that ends too early has lost ranks.
llvm::Error RowReader::checkBrackets() {
  struct Open {
    char closes;
    unsigned line;
    StringRef where;
  };
  llvm::SmallVector<Open> open;
  for (auto [line, text] : llvm::enumerate(lines))
    for (auto [at, c] : llvm::enumerate(text)) {
      unsigned number = line;
      if (c == '[' || c == '{')
        open.push_back({c == '[' ? ']' : '}', number, text.drop_front(at)});
      if (c != ']' && c != '}')
        continue;
      if (open.empty() || open.back().closes != c)
        return fail(llvm::Twine("expected the bracket that '") +
                        llvm::Twine(c) + "' closes in front of it",
                    number, text.drop_front(at));
      open.pop_back();
    }
  if (open.empty())
    return llvm::Error::success();
  return fail(llvm::Twine("expected '") + llvm::Twine(open.back().closes) +
                  "', which closes this bracket, before the end",
              open.back().line, open.back().where);
}

llvm::Error RowReader::readLists() {
  if (llvm::Error error = checkBrackets())
    return error;
  for (auto [line, whole] : llvm::enumerate(lines)) {
    StringRef text = whole.trim();
    text.consume_front("{");
    // A list of lists.
    StringRef inner = text;
    if (inner.consume_front("[") && inner.ltrim().starts_with("[") &&
        isList(inner.ltrim()))
      text = inner.ltrim();
    size_t numBefore = pieces.size();
    do {
      if (llvm::Error error = takeList(text, line))
        return error;
    } while (text.find_first_not_of("]} \t") != StringRef::npos);
    // The end of a list of lists, on a line of its own.
    if (pieces.size() == numBefore + 1 && !pieces.back().rank &&
        pieces.back().text.trim("]}").empty() && !whole.trim().empty() &&
        !isList(whole.trim()))
      pieces.pop_back();
  }
  return sortByRank();
}

/// Rows stand at their ranks, where those are told.
llvm::Error RowReader::sortByRank() {
  bool areRanked = llvm::any_of(
      pieces, [](const Piece &piece) { return piece.rank.has_value(); });
  rows.resize(pieces.size());
  std::vector<bool> isRead(pieces.size());
  for (auto [index, piece] : llvm::enumerate(pieces)) {
    uint64_t rank = areRanked ? piece.rank.value_or(pieces.size()) : index;
    if (rank >= pieces.size() || isRead[rank])
      return fail("expected ranks 0 to " + llvm::Twine(pieces.size() - 1) +
                      " before the rows, each once",
                  piece.line, piece.text);
    isRead[rank] = true;
    rows[rank].line = piece.line + 1;
    if (llvm::Error error = addCells(piece.text, piece.line, rows[rank]))
      return error;
  }
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// Grids
//===----------------------------------------------------------------------===//

/// Where `Rank 0`, `Rank 1`, ... stand in a line of nothing else; else nothing.
static llvm::SmallVector<size_t> findRanks(StringRef line) {
  llvm::SmallVector<size_t> columns;
  StringRef rest = line.ltrim();
  while (!rest.empty()) {
    columns.push_back(rest.data() - line.data());
    uint64_t rank;
    if (!rest.consume_front("Rank ") || rest.consumeInteger(10, rank) ||
        rank != columns.size() - 1)
      return {};
    rest = rest.ltrim();
  }
  return columns;
}

llvm::Error RowReader::readGrid(unsigned header) {
  llvm::SmallVector<size_t> columns = findRanks(lines[header]);
  rows.resize(columns.size());
  for (WrittenRow &row : rows)
    row.line = header + 1;
  for (unsigned line = header + 1; line < lines.size(); ++line) {
    StringRef text = lines[line];
    text = text.take_front(text.find("<-- ERROR HERE"));
    if (text.trim().empty())
      continue;
    if (!text.starts_with("Step ") || text.find(':') >= columns.front())
      return fail("expected 'Step' and a number before the cells", line, text);
    for (size_t column : columns)
      if (column > 0 && column < text.size() && text[column - 1] != ' ')
        return fail("expected cells below the names of the ranks", line,
                    text.drop_front(column));
    for (auto [rank, column] : llvm::enumerate(columns)) {
      size_t end = rank + 1 < columns.size() ? columns[rank + 1] : text.size();
      StringRef cell = text.slice(column, end);
      size_t numBefore = rows[rank].actions.size();
      if (llvm::Error error = addCells(cell.trim(), line, rows[rank]))
        return error;
      // A row has one line, that of its rank's name.
      for (Action &action :
           llvm::MutableArrayRef(rows[rank].actions).drop_front(numBefore))
        action.column = column + 1;
    }
  }
  return llvm::Error::success();
}

llvm::Expected<std::vector<WrittenRow>> RowReader::run() {
  unsigned first = 0;
  while (first < lines.size() && lines[first].trim().empty())
    ++first;
  bool isGrid = first < lines.size() && !findRanks(lines[first]).empty();
  llvm::Error error = isGrid ? readGrid(first) : readLists();
  if (error)
    return std::move(error);
  return std::move(rows);
}

llvm::Expected<std::vector<WrittenRow>> schedule::readRows(StringRef text) {
  return RowReader(text).run();
}
