//===- DotWriter.cpp - Writes the text of a drawing -----------------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DotWriter.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/JSON.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::dot;

//===----------------------------------------------------------------------===//
// Names and strings
//===----------------------------------------------------------------------===//

bool dot::isBalancedHTML(StringRef text) {
  size_t depth = 0;
  for (size_t i = 0, e = text.size(); i < e; ++i) {
    if (text[i] == '>') {
      if (depth-- == 0)
        return false;
    } else if (text[i] == '<') {
      // A comment may hold what it likes.
      if (text.substr(i).starts_with("<!--")) {
        size_t end = text.find("-->", i + 4);
        if (end == StringRef::npos)
          return false;
        i = end + 2;
        continue;
      }
      ++depth;
    }
  }
  return depth == 0;
}

/// True if `text` is a name, or a number, that needs no quotes.
static bool isBare(StringRef text) {
  if (text.empty())
    return false;
  if (llvm::all_of(text, llvm::isDigit))
    return true;
  if (llvm::isDigit(text.front()) ||
      !llvm::all_of(text, [](char c) { return llvm::isAlnum(c) || c == '_'; }))
    return false;
  return !llvm::StringSwitch<bool>(text)
              .CasesLower(
                  {"strict", "graph", "digraph", "node", "edge", "subgraph"},
                  true)
              .Default(false);
}

/// Writes the text in quotes. In the language, `\"` is a quote and a backslash
/// at the end of a line joins it with the next one; all other backslashes are
/// part of the text, in pairs where they stand before one of these.
void DotWriter::quoted(StringRef text) {
  os << '"';
  bool isEscaped = false;
  for (size_t i = 0, e = text.size(); i < e; ++i) {
    char c = text[i];
    bool endsLine =
        c == '\n' || (c == '\r' && i + 1 < e && text[i + 1] == '\n');
    if (isEscaped && (c == '"' || endsLine))
      os << '\\';
    if (c == '"')
      os << '\\';
    isEscaped = c == '\\' && !isEscaped;
    os << c;
  }
  if (isEscaped)
    os << '\\';
  os << '"';
}

void DotWriter::id(StringRef text) {
  if (isBare(text)) {
    os << text;
    return;
  }
  std::string storage;
  if (!llvm::json::isUTF8(text)) {
    storage = llvm::json::fixUTF8(text);
    text = storage;
  }
  if (text.contains('\0')) {
    std::string clean;
    for (char c : text)
      if (c == '\0')
        clean += "\uFFFD";
      else
        clean += c;
    storage = std::move(clean);
    text = storage;
  }
  // `... key=" x` looks to the reader as if the quote before was forgotten.
  size_t line = text.rfind('\n');
  if (line != StringRef::npos &&
      text.drop_front(line + 1).rtrim().ends_with("=")) {
    quoted(text.take_front(line + 1));
    os << " + ";
    text = text.drop_front(line + 1);
  }
  quoted(text);
}

void DotWriter::value(const DrawnAttribute &attribute) {
  if (!attribute.isHTML)
    return id(attribute.value);
  os << '<' << attribute.value << '>';
}

//===----------------------------------------------------------------------===//
// Statements
//===----------------------------------------------------------------------===//

void DotWriter::beginGraph(StringRef name, bool isDirected) {
  this->isDirected = isDirected;
  os << (isDirected ? "digraph " : "graph ");
  if (!name.empty()) {
    id(name);
    os << ' ';
  }
  os << "{\n";
  ++depth;
}

void DotWriter::beginSubgraph(StringRef name) {
  indent();
  if (!name.empty()) {
    os << "subgraph ";
    id(name);
    os << ' ';
  }
  os << "{\n";
  ++depth;
}

void DotWriter::endSubgraph() {
  --depth;
  indent();
  os << "}\n";
}

void DotWriter::graphAttribute(const DrawnAttribute &attribute) {
  indent();
  id(attribute.key);
  os << '=';
  value(attribute);
  os << ";\n";
}

void DotWriter::list(ArrayRef<DrawnAttribute> attributes) {
  if (!attributes.empty()) {
    os << " [";
    llvm::interleave(
        attributes, os,
        [&](const DrawnAttribute &attribute) {
          id(attribute.key);
          os << '=';
          value(attribute);
        },
        ", ");
    os << ']';
  }
  os << ";\n";
}

void DotWriter::node(StringRef name, ArrayRef<DrawnAttribute> attributes) {
  indent();
  id(name);
  list(attributes);
}

void DotWriter::edge(StringRef source, StringRef target,
                     ArrayRef<DrawnAttribute> attributes) {
  indent();
  id(source);
  os << (isDirected ? " -> " : " -- ");
  id(target);
  list(attributes);
}

void DotWriter::mention(StringRef name, ArrayRef<DrawnAttribute> defaults) {
  beginSubgraph("");
  if (!defaults.empty()) {
    indent();
    os << "node";
    list(defaults);
  }
  indent();
  id(name);
  os << '\n';
  --depth;
  indent();
  os << (isDirected ? "} -> { };\n" : "} -- { };\n");
}
