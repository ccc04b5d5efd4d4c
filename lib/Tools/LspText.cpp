//===- LspText.cpp - Positions in a text, as editors count them -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LspText.h"

using namespace mlir;
using namespace mlir::dag;
namespace lsp = llvm::lsp;
namespace json = llvm::json;

/// The units that the character takes of which `c` is a byte: none but for the
/// first one, and a pair from U+10000 on, which has four bytes.
static size_t countUnits(char c) {
  auto byte = static_cast<unsigned char>(c);
  if ((byte & 0xC0) == 0x80)
    return 0;
  return byte >= 0xF0 ? 2 : 1;
}

size_t dag::countUnits(StringRef text) {
  size_t units = 0;
  for (char c : text)
    units += ::countUnits(c);
  return units;
}

/// A line without its end; past the last one, nothing at the end of the text.
static StringRef getLine(StringRef text, int64_t number) {
  for (int64_t line = 0; line < number; ++line) {
    size_t end = text.find('\n');
    if (end == StringRef::npos)
      return text.take_back(0);
    text = text.drop_front(end + 1);
  }
  StringRef line = text.split('\n').first;
  line.consume_back("\r");
  return line;
}

/// The byte of a line at a column of units.
static size_t getByte(StringRef line, int64_t column) {
  size_t wanted = std::max<int64_t>(column, 0), units = 0, i = 0;
  for (; i < line.size(); ++i) {
    units += ::countUnits(line[i]);
    if (units > wanted)
      break;
  }
  return i;
}

size_t dag::getOffset(StringRef text, const lsp::Position &position) {
  if (position.line < 0)
    return 0;
  StringRef line = getLine(text, position.line);
  return line.begin() - text.begin() + getByte(line, position.character);
}

void dag::applyChanges(ArrayRef<lsp::TextDocumentContentChangeEvent> changes,
                       std::string &text) {
  for (const lsp::TextDocumentContentChangeEvent &change : changes) {
    if (!change.range) {
      text = change.text;
      continue;
    }
    size_t begin = getOffset(text, change.range->start);
    size_t end = std::max(begin, getOffset(text, change.range->end));
    text.replace(begin, end - begin, change.text);
  }
}

LineTable::LineTable(StringRef text) {
  bool hasMore = true;
  while (hasMore) {
    size_t end = text.find('\n');
    hasMore = end != StringRef::npos;
    lines.push_back(text.take_front(end));
    lines.back().consume_back("\r");
    text = hasMore ? text.drop_front(end + 1) : StringRef();
  }
}

static void convert(json::Value &value, const LineTable &lines, StringRef uri,
                    ColumnKind to) {
  if (json::Array *array = value.getAsArray())
    for (json::Value &element : *array)
      convert(element, lines, uri, to);
  json::Object *object = value.getAsObject();
  if (!object || object->getString("uri").value_or(uri) != uri)
    return;
  auto line = object->getInteger("line");
  auto column = object->getInteger("character");
  if (line && column) {
    StringRef content = lines.lookup(*line);
    (*object)["character"] = static_cast<int64_t>(
        to == ColumnKind::Bytes
            ? getByte(content, *column)
            : countUnits(content.take_front(std::max<int64_t>(*column, 0))));
    return;
  }
  for (auto &member : *object)
    convert(member.second, lines, uri, to);
}

void dag::convertColumns(json::Value &value, StringRef text, StringRef uri,
                         ColumnKind to) {
  convert(value, LineTable(text), uri, to);
}
