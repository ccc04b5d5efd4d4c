//===- DotLexer.h - Tokens of a Graphviz drawing ----------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TARGET_DOT_DOTLEXER_H
#define DAG_LIB_TARGET_DOT_DOTLEXER_H

#include "dag/Target/Dot/DotGraph.h"

namespace mlir::dag::dot {

enum class TokenKind : uint8_t {
  EndOfFile,
  /// A name or a numeral without quotes.
  Name,
  String,
  HTML,
  KwStrict,
  KwGraph,
  KwDigraph,
  KwNode,
  KwEdge,
  KwSubgraph,
  LBrace,
  RBrace,
  LBracket,
  RBracket,
  Semicolon,
  Comma,
  Colon,
  Equal,
  Plus,
  /// `->` and `--`.
  Arrow,
  Line,
  /// Bytes that no token begins with.
  Unknown
};

struct Token {
  TokenKind kind = TokenKind::EndOfFile;
  /// True if only white space and comments stand before it in its line.
  bool startsLine = false;
  Position position;
  /// The token as it stands in the text.
  StringRef spelling;
  /// The value of a name or a string; otherwise empty.
  StringRef text;

  bool is(TokenKind other) const { return kind == other; }
  bool isEdgeOperator() const {
    return kind == TokenKind::Arrow || kind == TokenKind::Line;
  }
  bool isKeyword() const {
    return kind >= TokenKind::KwStrict && kind <= TokenKind::KwSubgraph;
  }
  bool isName() const {
    return kind >= TokenKind::Name && kind <= TokenKind::HTML;
  }
  /// `'->'`, `a string`, `end of file`: the token in a message.
  std::string describe() const;
};

/// Text of a drawing in a message: short, and free of control characters.
std::string quote(StringRef text);

/// Splits text into tokens. Damage within a token is reported, and mended as
/// described in docs/DotReader.md. `text` must be followed by a NUL byte and
/// live as long as `graph`.
class Lexer {
public:
  Lexer(Graph &graph, StringRef text);

  Token lex();

  /// True if text that cannot follow a value directly touches the end of
  /// `token`, which must be the token lexed last: `Layer/0`, `GPU:0`.
  bool isValueCutShort(const Token &token) const;
  /// Reads `token`, which must be the one lexed last, again as a value whose
  /// quotes were forgotten: up to the next white space or delimiter. Its text
  /// is empty if there is nothing to take.
  Token relexAsValue(const Token &token);

  /// True if nothing but names stands between `token` and a `{` in its line:
  /// the rest of a name whose quotes were forgotten.
  bool isNameBeforeBrace(const Token &token) const;

  /// True if `token` begins `[strict] (graph | digraph) [name] {`.
  bool isHeader(const Token &token) const;
  /// Goes back to `token` and then forward to the next header, if there is one.
  bool skipToHeader(const Token &token);

  /// Comments after the graph are not part of it.
  void ignoreComments() { keepsComments = false; }

private:
  bool skipSpace();
  void skipLineComment(size_t markSize);
  void skipBlockComment();
  void lexName(Token &token);
  void lexString(Token &token);
  void lexEscapedString(Token &token);
  void lexHTML(Token &token);
  bool lexEdgeOperator(Token &token);
  void endAtLineEnd(Token &token, const char *content);
  bool isRunaway(const char *content, const char *close) const;
  void skipTo(const char *target);
  void rewind(const Token &token);
  Position getPosition(const char *place) const;
  void addComment(const char *begin, StringRef text);
  void reportOnce(bool &wasReported, const Twine &message);

  Graph &graph;
  const char *start;
  const char *current;
  const char *end;
  const char *lineStart;
  unsigned line = 1;
  TokenKind lastKind = TokenKind::EndOfFile;
  bool keepsComments = true;
  bool sawEscapedSpace = false;
  bool sawOtherSpace = false;
  /// The end of the last string that was cut at its line: quotes before it are
  /// strays, and are not looked at across lines again.
  const char *runawayEnd;
  /// Searches for a closing mark that reached the end of the file for nothing.
  /// After a few, such a search stays in its line, so that the cost is linear.
  unsigned numFailedSearches = 0;
};

} // namespace mlir::dag::dot

#endif // DAG_LIB_TARGET_DOT_DOTLEXER_H
