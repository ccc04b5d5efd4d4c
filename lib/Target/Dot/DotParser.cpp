//===- DotParser.cpp - Statements of a Graphviz drawing ---------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DotParser.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"

#include <utility>

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::dot;

void Parser::reportExpected(const Twine &what) {
  // Garbage can have an error in every other byte.
  if (graph.errors.size() == Graph::kMaxErrors)
    ++graph.numErrors;
  else
    graph.addError(token.position,
                   "expected " + what + ", but got " + token.describe());
}

void Parser::reportUnquoted(const Token &name) {
  graph.addError(name.position,
                 "expected quotes around the name " + name.describe());
}

bool Parser::consume(TokenKind kind) {
  if (!token.is(kind))
    return false;
  advance();
  return true;
}

/// Takes the current name, string or keyword, with what `+` adds to it.
Word Parser::takeWord() {
  Word word = {token, token.isKeyword() ? token.spelling : token.text};
  advance();
  if (!word.token.is(TokenKind::String) || !token.is(TokenKind::Plus))
    return word;
  std::string text = word.text.str();
  while (consume(TokenKind::Plus)) {
    if (!token.is(TokenKind::String)) {
      reportExpected("a string after '+'");
      break;
    }
    text += token.text;
    advance();
  }
  word.text = graph.save(text);
  return word;
}

/// Takes the current token as a name; a keyword is one that lacks its quotes.
Word Parser::takeName() {
  if (token.isKeyword())
    reportUnquoted(token);
  return takeWord();
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

bool Parser::parseValue(Attribute &attribute) {
  bool isWhole = token.is(TokenKind::String) || token.is(TokenKind::HTML) ||
                 (token.is(TokenKind::Name) && !lexer.isValueCutShort(token));
  if (!isWhole) {
    Token value = lexer.relexAsValue(token);
    if (value.text.empty()) {
      reportExpected("a value of " + quote(attribute.key));
      advance();
      return false;
    }
    graph.addError(value.position, "expected quotes around the value " +
                                       value.describe() + " of " +
                                       quote(attribute.key));
    token = value;
  }
  attribute.isHTML = token.is(TokenKind::HTML);
  attribute.value = takeWord().text;
  return true;
}

/// Reads `key = value`, or finds that the list should have ended before.
void Parser::parseAttribute() {
  Word key = takeWord();
  bool isKeyword = key.token.isKeyword();
  bool isSet = token.is(TokenKind::Equal);
  if (!isSet &&
      (isKeyword || token.is(TokenKind::LBracket) || token.isEdgeOperator() ||
       (token.is(TokenKind::Colon) && key.token.startsLine))) {
    pending = key;
    return;
  }
  if (!isSet)
    reportExpected("'=' after the attribute " + quote(key.text));
  else if (isKeyword)
    reportUnquoted(key.token);

  Attribute attribute;
  attribute.key = key.text;
  attribute.position = key.token.position;
  // `label: "x"` and `label "x"` are clear enough.
  bool hasValue = consume(TokenKind::Equal) || consume(TokenKind::Colon) ||
                  token.is(TokenKind::String) || token.is(TokenKind::HTML);
  if (hasValue ? !parseValue(attribute) : !key.token.is(TokenKind::Name))
    return;
  // The oldest drawings write `[bold]` for `[bold=true]`.
  if (!hasValue)
    attribute.value = "true";
  attributes.push_back(attribute);
}

void Parser::parseAttributeList() {
  Position open = token.position;
  advance();
  while (!token.is(TokenKind::RBracket)) {
    if (token.isName() ||
        (token.isKeyword() && !token.is(TokenKind::KwSubgraph))) {
      parseAttribute();
      if (token.is(TokenKind::Comma) || token.is(TokenKind::Semicolon))
        advance();
    }
    bool isEnd = pending || token.is(TokenKind::EndOfFile) ||
                 token.is(TokenKind::LBrace) || token.is(TokenKind::RBrace) ||
                 token.is(TokenKind::KwSubgraph) || token.isEdgeOperator();
    if (isEnd) {
      const Token &got = pending ? pending->token : token;
      graph.addError(got.position, "expected ']' to end the list opened at " +
                                       Twine(open.line) + ":" +
                                       Twine(open.column) + ", but got " +
                                       got.describe());
      return;
    }
    if (!token.isName() && !token.isKeyword() &&
        !token.is(TokenKind::RBracket)) {
      reportExpected("an attribute or ']'");
      advance();
    }
  }
  advance();
}

/// Reads `[...][...]`, if it is there, as one list.
AttributeList Parser::parseAttributeLists() {
  attributes.clear();
  while (!pending && token.is(TokenKind::LBracket))
    parseAttributeList();
  removeOverridden(attributes);
  return ArrayRef(attributes).copy(graph.allocator);
}

//===----------------------------------------------------------------------===//
// Nodes and edges
//===----------------------------------------------------------------------===//

/// Reads the port after the node's name.
void Parser::parseNode(const Word &word) {
  NodeReference reference;
  reference.position = word.token.position;
  reference.node = builder.mentionNode(word.text, reference.position);
  for (unsigned numParts = 0; token.is(TokenKind::Colon); ++numParts) {
    if (numParts == 2)
      reportExpected("no more than a port and a compass point");
    advance();
    if (!token.isName() && !token.isKeyword()) {
      reportExpected("a port after ':'");
      break;
    }
    StringRef part = takeName().text;
    if (numParts == 0)
      reference.port = part;
    else if (numParts == 1)
      reference.port = graph.save((reference.port + ":" + part).str());
  }
  references.push_back(reference);
}

/// Reads `a, b:port, c`, whose first word has been taken.
void Parser::parseNodeGroup(const Word &word, Position edgeOperator) {
  endpoints.push_back({unsigned(references.size()), edgeOperator});
  parseNode(word);
  while (token.is(TokenKind::Comma)) {
    advance();
    if (!token.isName() && !token.isKeyword()) {
      reportExpected("another node after ','");
      return;
    }
    parseNode(takeName());
  }
}

/// Reads what follows one side of an edge operator, up to the end of the
/// statement, or to a sub-graph, after which it is called again.
void Parser::parseEdges() {
  do {
    while (token.isEdgeOperator()) {
      if (isDirectionOpen) {
        graph.isDirected = token.is(TokenKind::Arrow);
        isDirectionOpen = false;
      }
      if (graph.isDirected != token.is(TokenKind::Arrow))
        reportExpected(graph.isDirected ? "'->' in a directed graph"
                                        : "'--' in an undirected graph");
      Position edgeOperator = token.position;
      advance();
      while (token.isEdgeOperator()) {
        reportExpected("a node or a sub-graph after the edge operator");
        advance();
      }
      if (token.is(TokenKind::LBrace) || token.is(TokenKind::KwSubgraph)) {
        size_t numFrames = frames.size();
        openSubgraph(edgeOperator);
        if (frames.size() != numFrames)
          return;
      } else if (token.isName() || token.isKeyword()) {
        parseNodeGroup(takeName(), edgeOperator);
      } else {
        reportExpected("a node or a sub-graph after the edge operator");
        endpoints.push_back({unsigned(references.size()), edgeOperator});
        break;
      }
    }
  } while (finishStatement());
}

/// Reads the attributes of a statement, and does what it says. Returns true if
/// it goes on after them nevertheless, from the nodes that came last.
bool Parser::finishStatement() {
  AttributeList list = parseAttributeLists();
  auto all = ArrayRef(endpoints).drop_front(firstEndpoint);
  auto getNodes = [&](size_t i) {
    size_t begin = all[i].firstReference;
    size_t end =
        i + 1 < all.size() ? all[i + 1].firstReference : references.size();
    return ArrayRef(references).slice(begin, end - begin);
  };

  StringRef key;
  for (const Attribute &attribute : list)
    if (attribute.key == "key")
      key = attribute.value;
  for (size_t i = 1; i < all.size(); ++i)
    builder.addEdges(getNodes(i - 1), getNodes(i), all[i].position, list, key);

  if (all.size() == 1)
    for (const NodeReference &reference : getNodes(0))
      if (reference.position.line != 0)
        builder.declareNode(reference.node, reference.position, list);
  if (all.empty())
    return false;
  size_t firstReference = all.front().firstReference;
  SmallVector<NodeReference> last(getNodes(all.size() - 1));
  references.truncate(firstReference);
  endpoints.truncate(firstEndpoint);
  if (pending || !token.isEdgeOperator())
    return false;
  reportExpected("attributes at the end of the statement");
  endpoints.push_back({unsigned(firstReference), {}});
  llvm::append_range(references, last);
  return true;
}

//===----------------------------------------------------------------------===//
// Statements
//===----------------------------------------------------------------------===//

void Parser::parseDefaults(TokenKind kind) {
  AttributeList list = parseAttributeLists();
  if (kind == TokenKind::KwNode)
    builder.setNodeDefaults(list);
  else if (kind == TokenKind::KwEdge)
    builder.setEdgeDefaults(list);
  else
    builder.setGraphAttributes(list);
}

void Parser::parseGraphAttribute(const Word &key) {
  Attribute attribute;
  attribute.key = key.text;
  attribute.position = key.token.position;
  if (key.token.isKeyword())
    reportUnquoted(key.token);
  advance();
  if (parseValue(attribute))
    builder.setGraphAttributes(ArrayRef(attribute).copy(graph.allocator));
}

/// Reads the start of a sub-graph. Adds a frame, or one side of an edge if
/// there is nothing to open.
void Parser::openSubgraph(Position edgeOperator) {
  Token first = token;
  StringRef name;
  advance();
  if (first.is(TokenKind::KwSubgraph)) {
    Token nameToken = token;
    if (token.isName() || token.isKeyword())
      name = takeName().text;
    if (lexer.isNameBeforeBrace(token)) {
      const char *begin = nameToken.spelling.begin();
      while (!token.is(TokenKind::LBrace))
        advance();
      const char *end = token.spelling.begin();
      name = StringRef(begin, end - begin).rtrim();
      graph.addError(nameToken.position,
                     "expected quotes around the name " + quote(name));
    }
    if (!token.is(TokenKind::LBrace)) {
      reportExpected("'{' to open the sub-graph");
      // `subgraph x;` stood for an earlier one in the oldest drawings.
      if (builder.hasSubgraph(name) ||
          (!token.isName() && !token.isKeyword())) {
        endpoints.push_back({unsigned(references.size()), edgeOperator});
        builder.takeMembersOf(name, first.position, references);
        return;
      }
    } else {
      advance();
    }
  }
  if (builder.getDepth() == kMaxNesting) {
    graph.addError(first.position, "expected sub-graphs nested at most " +
                                       Twine(kMaxNesting) + " deep");
    endpoints.push_back({unsigned(references.size()), edgeOperator});
    ++numTooDeep;
    return;
  }
  frames.push_back({first.position, firstEndpoint, edgeOperator});
  firstEndpoint = endpoints.size();
  builder.openSubgraph(name, first.position);
}

/// Ends the innermost sub-graph at its `}`, and goes on with the statement that
/// it is part of.
void Parser::closeSubgraph() {
  advance();
  Frame frame = frames.pop_back_val();
  firstEndpoint = frame.firstEndpoint;
  if (frame.edgeOperator.line != 0 || token.isEdgeOperator()) {
    endpoints.push_back({unsigned(references.size()), frame.edgeOperator});
    builder.takeMembers(references);
  }
  builder.closeSubgraph();
  parseEdges();
}

/// Closes what is open at the end of the file.
void Parser::closeAll() {
  if (!frames.empty() || isGraphOpen)
    graph.cutLine = token.position.line;
  if (!frames.empty()) {
    Position open = frames.back().position;
    reportExpected(Twine(frames.size() + isGraphOpen) +
                   " more '}', the first for the sub-graph opened at " +
                   Twine(open.line) + ":" + Twine(open.column));
  } else if (isGraphOpen) {
    reportExpected("'}' to close the graph");
  }
  while (!frames.empty())
    closeSubgraph();
}

/// Skips to where the next statement is likely to begin.
void Parser::recover() {
  do {
    if (token.is(TokenKind::LBracket))
      (void)parseAttributeLists();
    else
      advance();
  } while (!pending && !token.startsLine && !token.is(TokenKind::EndOfFile) &&
           !token.is(TokenKind::Semicolon) && !token.is(TokenKind::LBrace) &&
           !token.is(TokenKind::RBrace));
}

void Parser::parseStatement() {
  std::optional<Word> word = std::exchange(pending, std::nullopt);
  if (!word) {
    switch (token.kind) {
    case TokenKind::LBrace:
    case TokenKind::KwSubgraph: {
      size_t numFrames = frames.size();
      openSubgraph({});
      if (frames.size() == numFrames)
        parseEdges();
      return;
    }
    case TokenKind::KwStrict:
    case TokenKind::KwGraph:
    case TokenKind::KwDigraph:
      if (!lexer.isHeader(token))
        break;
      graph.addError(token.position,
                     "expected '}' to close the graph, but got another graph");
      skipGraph();
      return;
    case TokenKind::Arrow:
    case TokenKind::Line:
      reportExpected("a node or a sub-graph before the edge operator");
      endpoints.push_back({unsigned(references.size()), {}});
      parseEdges();
      return;
    case TokenKind::Comma:
    case TokenKind::RBracket:
      reportExpected("a statement");
      advance();
      return;
    default:
      if (token.isName() || token.isKeyword())
        break;
      reportExpected("a statement");
      recover();
      return;
    }
    word = takeWord();
  }

  if (token.is(TokenKind::Equal)) {
    parseGraphAttribute(*word);
    return;
  }
  TokenKind kind = word->token.kind;
  bool hasDefaults = kind == TokenKind::KwNode || kind == TokenKind::KwEdge ||
                     kind == TokenKind::KwGraph;
  if (hasDefaults && token.is(TokenKind::LBracket)) {
    parseDefaults(kind);
    return;
  }
  if (word->token.isKeyword())
    reportExpected("'[' after " + word->token.describe() +
                   ", or quotes around it");
  parseNodeGroup(*word, {});
  parseEdges();
}

/// Reads one statement, or the end of a sub-graph. Returns false at the end of
/// the graph.
bool Parser::parseStep() {
  if (pending) {
    parseStatement();
    return true;
  }
  switch (token.kind) {
  case TokenKind::EndOfFile:
    closeAll();
    return false;
  case TokenKind::RBrace:
    if (numTooDeep != 0) {
      --numTooDeep;
      advance();
      return true;
    }
    if (!frames.empty()) {
      closeSubgraph();
      return true;
    }
    isGraphOpen = false;
    lexer.ignoreComments();
    advance();
    return false;
  case TokenKind::Semicolon:
    if (previous == TokenKind::Semicolon || previous == TokenKind::LBrace)
      graph.addHarmless(token.position, "expected a statement before ';'",
                        !std::exchange(sawStraySemicolon, true));
    advance();
    return true;
  default:
    parseStatement();
    return true;
  }
}

//===----------------------------------------------------------------------===//
// The whole
//===----------------------------------------------------------------------===//

/// Finds the graph in a file that begins with something else. Returns false if
/// there is none, or its keyword is a part of a name: `digraph-1`.
bool Parser::findHeader() {
  reportExpected("'graph' or 'digraph'");
  return lexer.skipToHeader(token) && (advance(), isAtHeader());
}

/// `{ a -> b }`, `digrph x { a -> b }`, `a -> b`. Returns false if it is none.
bool Parser::parseWithoutHeader() {
  graph.position = token.position;
  isDirectionOpen = true;
  isGraphOpen = true;
  if (consume(TokenKind::LBrace))
    return true;
  if (!token.isName())
    return false;
  Word word = takeWord();
  if (token.isEdgeOperator() || token.is(TokenKind::LBracket) ||
      token.is(TokenKind::Equal)) {
    isGraphOpen = false;
    pending = word;
    return true;
  }
  if (token.isName())
    graph.name = takeWord().text;
  if (consume(TokenKind::LBrace))
    return true;
  graph.name = {};
  return false;
}

/// Reads `[strict] (graph | digraph) [name] {`.
bool Parser::parseHeader() {
  while (isAtHeader() || findHeader()) {
    graph.position = token.position;
    graph.isStrict = consume(TokenKind::KwStrict);
    if (token.is(TokenKind::KwGraph) || token.is(TokenKind::KwDigraph)) {
      graph.isDirected = token.is(TokenKind::KwDigraph);
      advance();
    } else {
      reportExpected("'graph' or 'digraph'");
      isDirectionOpen = true;
    }
    if (token.isName() || token.isKeyword())
      graph.name = takeName().text;
    isGraphOpen = true;
    if (consume(TokenKind::LBrace))
      return true;
    // Prose may begin with `graph` as well.
    reportExpected("'{' to open the graph");
    if (!lexer.skipToHeader(token))
      return !token.is(TokenKind::EndOfFile);
    graph.name = {};
    isDirectionOpen = false;
    advance();
  }
  return parseWithoutHeader();
}

/// Skips a graph after the first one, or in it.
void Parser::skipGraph() {
  while (!token.is(TokenKind::LBrace) && !token.is(TokenKind::EndOfFile))
    advance();
  size_t depth = 0;
  do {
    depth += token.is(TokenKind::LBrace);
    depth -= token.is(TokenKind::RBrace);
    advance();
  } while (depth != 0 && !token.is(TokenKind::EndOfFile));
}

/// Reads what follows the graph: nothing, if all is well. Further graphs and
/// prose are skipped; after a `}` too many, statements are still read.
void Parser::parseRest() {
  bool isStray = false;
  bool isBreak = true;
  while (!token.is(TokenKind::EndOfFile)) {
    if (token.isKeyword() && lexer.isHeader(token)) {
      graph.addError(token.position,
                     "expected end of file, but got another graph");
      skipGraph();
      isStray = false;
      continue;
    }
    if (!isStray)
      reportExpected("end of file after the graph");
    isStray = true;

    bool mayBegin = token.startsLine || isBreak;
    isBreak = token.is(TokenKind::RBrace) || token.is(TokenKind::Semicolon);
    if (!mayBegin || (!token.isName() && !token.isKeyword())) {
      advance();
      continue;
    }
    if (!token.is(TokenKind::KwSubgraph)) {
      Word word = takeWord();
      if (!token.isEdgeOperator() && !token.is(TokenKind::LBracket))
        continue;
      pending = word;
    }
    parseStatement();
    while (pending || !frames.empty())
      parseStep();
    isBreak = true;
  }
}

void Parser::parse() {
  advance();
  if (parseHeader()) {
    while (parseStep())
      ;
    parseRest();
  }
  builder.finish();
}
