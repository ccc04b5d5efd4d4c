//===- DotParser.h - Statements of a Graphviz drawing -----------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TARGET_DOT_DOTPARSER_H
#define DAG_LIB_TARGET_DOT_DOTPARSER_H

#include "DotBuilder.h"
#include "DotLexer.h"

#include <optional>

namespace mlir::dag::dot {

/// A name, string or keyword that begins a statement or an attribute.
struct Word {
  Token token;
  /// Its value, with concatenated strings in one.
  StringRef text;
};

/// One side of an edge operator: a range of `references`.
struct Endpoint {
  unsigned firstReference;
  /// The operator before it, if it is not the first.
  Position position;
};

/// An open sub-graph.
struct Frame {
  Position position;
  /// Where the edge statement that it may be part of begins in `endpoints`.
  unsigned firstEndpoint;
  /// The operator before the sub-graph, if there is one.
  Position edgeOperator;
};

/// Reads the statements of a drawing. One function for each rule of the
/// grammar, but for sub-graphs: these nest as deep as the text likes, so that
/// open ones are kept in `frames`.
class Parser {
public:
  Parser(Graph &graph, StringRef text)
      : graph(graph), lexer(graph, text), builder(graph) {}

  void parse();

private:
  // The whole.
  bool parseHeader();
  /// At `strict`, `graph` or `digraph`.
  bool isAtHeader() const {
    return token.is(TokenKind::KwStrict) || token.is(TokenKind::KwGraph) ||
           token.is(TokenKind::KwDigraph);
  }
  bool findHeader();
  bool parseWithoutHeader();
  bool parseStep();
  void parseRest();
  void skipGraph();

  // Statements.
  void parseStatement();
  void parseDefaults(TokenKind kind);
  void parseGraphAttribute(const Word &key);
  void openSubgraph(Position edgeOperator);
  void closeSubgraph();
  void closeAll();
  void recover();

  // Edges and nodes.
  void parseNodeGroup(const Word &word, Position edgeOperator);
  void parseNode(const Word &word);
  void parseEdges();
  bool finishStatement();

  // Attributes.
  AttributeList parseAttributeLists();
  void parseAttributeList();
  void parseAttribute();
  bool parseValue(Attribute &attribute);

  // Words.
  Word takeWord();
  Word takeName();

  void advance() {
    Token last = std::exchange(token, lexer.lex());
    // What could not be a value is read again.
    if (last.spelling.begin() != token.spelling.begin())
      previous = last.kind;
  }
  bool consume(TokenKind kind);
  void reportExpected(const Twine &what);
  void reportUnquoted(const Token &name);

  Graph &graph;
  Lexer lexer;
  GraphBuilder builder;
  Token token;
  /// The kind of the one before.
  TokenKind previous = TokenKind::EndOfFile;

  SmallVector<Frame> frames;
  /// Sub-graphs open beyond the innermost of `frames`.
  size_t numTooDeep = 0;
  /// The edge statements that are being read, innermost last.
  SmallVector<Endpoint> endpoints;
  SmallVector<NodeReference> references;
  unsigned firstEndpoint = 0;

  SmallVector<Attribute> attributes;
  /// A word that was read ahead and turned out to begin a statement.
  std::optional<Word> pending;
  /// True if the first edge operator tells whether the graph is directed.
  bool isDirectionOpen = false;
  bool sawStraySemicolon = false;
  /// True until the brace that closes the graph.
  bool isGraphOpen = false;
};

} // namespace mlir::dag::dot

#endif // DAG_LIB_TARGET_DOT_DOTPARSER_H
