//===- DotLexer.cpp - Tokens of a Graphviz drawing --------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DotLexer.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cstring>

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::dot;

/// Searches that may reach the end of the file in vain.
static constexpr unsigned kMaxFailedSearches = 16;
/// How long a name may be where damage makes it worth a search.
static constexpr size_t kMaxSearchedName = 1024;
/// The longest text that is taken for an arrow.
static constexpr size_t kMaxOperator = 8;
/// How far the closing bracket of a value without quotes is searched for.
static constexpr size_t kMaxBareValue = 1024;

//===----------------------------------------------------------------------===//
// Characters
//===----------------------------------------------------------------------===//

static bool isNameStart(char c) {
  return llvm::isAlpha(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

static bool isNamePart(char c) { return isNameStart(c) || llvm::isDigit(c); }

static bool isBlank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

static bool isSpace(char c) { return isBlank(c) || c == '\n'; }

/// True if a numeral starts at `place`, which a NUL byte ends in any case.
static bool isNumeralStart(const char *place) {
  if (*place == '-')
    ++place;
  if (*place == '.')
    ++place;
  return llvm::isDigit(*place);
}

static TokenKind getPunctuation(char c) {
  switch (c) {
  case '{':
    return TokenKind::LBrace;
  case '}':
    return TokenKind::RBrace;
  case '[':
    return TokenKind::LBracket;
  case ']':
    return TokenKind::RBracket;
  case ';':
    return TokenKind::Semicolon;
  case ',':
    return TokenKind::Comma;
  case ':':
    return TokenKind::Colon;
  case '=':
    return TokenKind::Equal;
  case '+':
    return TokenKind::Plus;
  default:
    return TokenKind::Unknown;
  }
}

static TokenKind getNameKind(StringRef name) {
  // Most names begin with another letter than the keywords.
  if (name.size() < 4 || name.size() > 8 ||
      !StringRef("dDeEgGnNsS").contains(name[0]))
    return TokenKind::Name;
  return llvm::StringSwitch<TokenKind>(name)
      .CaseLower("strict", TokenKind::KwStrict)
      .CaseLower("graph", TokenKind::KwGraph)
      .CaseLower("digraph", TokenKind::KwDigraph)
      .CaseLower("node", TokenKind::KwNode)
      .CaseLower("edge", TokenKind::KwEdge)
      .CaseLower("subgraph", TokenKind::KwSubgraph)
      .Default(TokenKind::Name);
}

std::string dot::quote(StringRef text) {
  constexpr size_t kMaxQuoted = 40;
  size_t size = std::min(text.size(), kMaxQuoted);
  // Not in the middle of a character.
  while (size != 0 && size < text.size() && (text[size] & 0xC0) == 0x80)
    --size;
  std::string result = "'";
  llvm::raw_string_ostream os(result);
  for (char c : text.take_front(size)) {
    if (c == '\n')
      os << "\\n";
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      os << "\\x" << llvm::toHex(StringRef(&c, 1));
    else
      os << c;
  }
  os << (size < text.size() ? "...'" : "'");
  return result;
}

std::string Token::describe() const {
  switch (kind) {
  case TokenKind::EndOfFile:
    return "end of file";
  case TokenKind::String:
    return "string " + quote(text);
  case TokenKind::HTML:
    return "HTML string " + quote(text);
  default:
    return quote(spelling);
  }
}

Lexer::Lexer(Graph &graph, StringRef text)
    : graph(graph), start(text.begin()), current(text.begin()), end(text.end()),
      lineStart(text.begin()), runawayEnd(text.begin()) {
  if (text.starts_with("\xEF\xBB\xBF")) {
    current += 3;
    lineStart = current;
  }
}

Position Lexer::getPosition(const char *place) const {
  return {line, static_cast<unsigned>(place - lineStart + 1)};
}

/// Moves forward to `target` and counts the lines on the way.
void Lexer::skipTo(const char *target) {
  while (const void *newline = memchr(current, '\n', target - current)) {
    current = static_cast<const char *>(newline) + 1;
    lineStart = current;
    ++line;
  }
  current = target;
}

void Lexer::rewind(const Token &token) {
  current = token.spelling.begin();
  line = token.position.line;
  lineStart = current - (token.position.column - 1);
}

void Lexer::reportOnce(bool &wasReported, const Twine &message) {
  bool isFirst = !std::exchange(wasReported, true);
  graph.addHarmless(getPosition(current), message, isFirst);
}

//===----------------------------------------------------------------------===//
// White space and comments
//===----------------------------------------------------------------------===//

void Lexer::addComment(const char *begin, StringRef text) {
  graph.numComments += keepsComments;
  if (keepsComments && graph.comments.size() < Graph::kMaxComments)
    graph.comments.push_back({getPosition(begin), text.trim()});
}

void Lexer::skipLineComment(size_t markSize) {
  StringRef rest(current, end - current);
  StringRef text = rest.take_until([](char c) { return c == '\n'; });
  // Where line ends are written as `\n`, they end comments as well.
  if (sawEscapedSpace)
    text = text.take_front(text.find("\\n"));
  addComment(current, text.drop_front(markSize));
  current = text.end();
}

/// Skips `/* */`. A comment without an end is taken to end with its line.
void Lexer::skipBlockComment() {
  StringRef rest(current + 2, end - current - 2);
  bool isSearched = numFailedSearches < kMaxFailedSearches;
  size_t size = isSearched ? rest.find("*/") : StringRef::npos;
  if (size != StringRef::npos) {
    addComment(current, rest.take_front(size));
    skipTo(rest.begin() + size + 2);
    return;
  }
  numFailedSearches += isSearched;
  StringRef text = rest.take_until([](char c) { return c == '\n'; });
  size = text.find("*/");
  if (size == StringRef::npos) {
    graph.addError(getPosition(current),
                   "expected '*/' to end this comment, but got end of file");
    size = text.size();
  }
  addComment(current, text.take_front(size));
  current = std::min(text.begin() + size + 2, text.end());
}

/// Skips white space and comments. Returns true if a line ended in between.
bool Lexer::skipSpace() {
  bool sawLineEnd = false;
  while (true) {
    char c = *current;
    if (c == '\n') {
      ++current;
      ++line;
      lineStart = current;
      sawLineEnd = true;
    } else if (isBlank(c)) {
      if (c == '\f' || c == '\v')
        reportOnce(sawOtherSpace,
                   "expected white space, but got a " +
                       Twine(c == '\f' ? "form feed" : "vertical tab"));
      ++current;
    } else if (c == '/' && current[1] == '/') {
      skipLineComment(2);
    } else if (c == '/' && current[1] == '*') {
      unsigned firstLine = line;
      skipBlockComment();
      sawLineEnd |= line != firstLine;
    } else if (c == '#' && lastKind != TokenKind::Equal) {
      // After `=` it begins a color whose quotes were forgotten.
      skipLineComment(1);
    } else if (c == '\\' &&
               (current[1] == 'n' || current[1] == 't' || current[1] == 'r')) {
      reportOnce(sawEscapedSpace, "expected white space, but got '" +
                                      StringRef(current, 2) +
                                      "' outside of a string");
      sawLineEnd |= current[1] == 'n';
      current += 2;
    } else if (c == '\0' && current != end) {
      ++current;
    } else {
      return sawLineEnd;
    }
  }
}

//===----------------------------------------------------------------------===//
// Names and strings
//===----------------------------------------------------------------------===//

void Lexer::lexName(Token &token) {
  const char *begin = current;
  const char *place = begin;
  bool isNumeral = !isNameStart(*place);
  if (isNumeral) {
    place += *place == '-';
    while (llvm::isDigit(*place))
      ++place;
    if (*place == '.')
      ++place;
    while (llvm::isDigit(*place))
      ++place;
  } else {
    while (isNamePart(*place))
      ++place;
  }

  // `layer-0`, `conv.1` and `2nd` are several names to Graphviz; nobody who
  // writes them means that.
  bool isGlued = false;
  while (isNamePart(*place) ||
         ((*place == '-' || *place == '.') && isNamePart(place[1]))) {
    isGlued = true;
    ++place;
  }

  current = place;
  token.kind = TokenKind::Name;
  token.text = StringRef(begin, place - begin);
  if (isGlued) // The name is taken whole.
    graph.addHarmless(token.position,
                      "expected quotes around the name " + quote(token.text),
                      /*isFirst=*/graph.errors.size() < Graph::kMaxErrors);
  else if (!isNumeral)
    token.kind = getNameKind(token.text);
}

/// Ends a string without a closing mark at the end of its first line. There, a
/// `]` that the text of the string does not open belongs to the list around it.
void Lexer::endAtLineEnd(Token &token, const char *content) {
  StringRef text(content, end - content);
  text = text.take_until([](char c) { return c == '\n'; });
  if (sawEscapedSpace && token.kind == TokenKind::HTML)
    text = text.take_front(text.find("\\n"));
  text = text.rtrim();
  if (token.kind == TokenKind::HTML) {
    size_t close = text.find_last_of('>');
    if (close != StringRef::npos)
      text = text.take_front(close);
  } else if (text.count(']') > text.count('[')) {
    text = text.take_front(text.find_last_of(']')).rtrim();
  } else {
    text = text.rtrim(";");
  }
  token.text = text;
  current = text.end();
  if (token.kind == TokenKind::HTML && current != end && *current == '>')
    ++current;
}

/// True if the string most likely lacks its closing quote, and ends with the
/// opening quote of another one: it spans lines, and what follows cannot follow
/// a string, or what is before reads `key=`.
bool Lexer::isRunaway(const char *content, const char *close) const {
  StringRef text(content, close - content);
  size_t lineEnd = text.find_last_of('\n');
  if (lineEnd == StringRef::npos)
    return false;
  char next = close[1];
  if (isNamePart(next) || next == '"')
    return true;
  StringRef before = text.drop_front(lineEnd + 1).rtrim();
  if (!before.consume_back("=") || next == ']' || next == ',' || next == ';' ||
      next == '\n' || next == '\r' || close + 1 == end)
    return false;
  before = before.rtrim();
  StringRef key = before.take_back(
      before.size() - (before.find_last_not_of("abcdefghijklmnopqrstuvwxyz"
                                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") +
                       1));
  before = before.drop_back(key.size());
  return !key.empty() &&
         (before.empty() || StringRef(" \t[,;").contains(before.back()));
}

void Lexer::lexString(Token &token) {
  token.kind = TokenKind::String;
  const char *content = current + 1;
  bool isSearched =
      numFailedSearches < kMaxFailedSearches && content > runawayEnd;
  bool hasEscapes = false;
  const char *place = content;
  while (place != end && *place != '"' && (isSearched || *place != '\n')) {
    if (*place == '\\' && place + 1 != end) {
      char next = place[1];
      hasEscapes |= next == '"' || next == '\n' || next == '\r';
      // A backslash before a line end that is out of bounds escapes nothing.
      if (isSearched || next != '\n')
        ++place;
    }
    ++place;
  }

  bool isClosed = place != end && *place == '"';
  if (!isClosed || isRunaway(content, place)) {
    numFailedSearches += isSearched && !isClosed;
    runawayEnd = std::max(runawayEnd, place);
    graph.addError(token.position,
                   "expected '\"' to end this string in its line");
    endAtLineEnd(token, content);
  } else {
    token.text = StringRef(content, place - content);
    skipTo(place + 1);
  }
  if (!hasEscapes)
    return;

  std::string text;
  text.reserve(token.text.size());
  for (const char *from = token.text.begin(), *to = token.text.end();
       from != to;) {
    StringRef rest(from, to - from);
    if (rest.consume_front("\\\"")) {
      text += '"';
    } else if (rest.consume_front("\\\\")) {
      text += "\\\\";
    } else if (!rest.consume_front("\\\n") && !rest.consume_front("\\\r\n")) {
      text += rest.front();
      rest = rest.drop_front();
    }
    from = rest.begin();
  }
  token.text = graph.save(text);
}

/// Reads `\"text\"`, a string in a drawing whose text was escaped once more as
/// a whole.
void Lexer::lexEscapedString(Token &token) {
  reportOnce(sawEscapedSpace,
             "expected '\"', but got '\\\"' outside of a string");
  token.kind = TokenKind::String;
  const char *content = current + 2;
  std::string text;
  const char *place = content;
  while (place != end && *place != '\n') {
    StringRef rest(place, end - place);
    if (rest.starts_with("\\\"")) {
      token.text = graph.save(text);
      current = place + 2;
      return;
    }
    if (rest.consume_front("\\\\\\\""))
      text += '"';
    else if (rest.consume_front("\\\\"))
      text += '\\';
    else {
      text += rest.front();
      rest = rest.drop_front();
    }
    place = rest.begin();
  }
  graph.addError(token.position,
                 "expected '\\\"' to end this string in its line");
  endAtLineEnd(token, content);
}

void Lexer::lexHTML(Token &token) {
  token.kind = TokenKind::HTML;
  const char *content = current + 1;
  bool isSearched = numFailedSearches < kMaxFailedSearches;
  size_t depth = 1;
  const char *place = content;
  for (; place != end && (isSearched || *place != '\n'); ++place) {
    if (*place == '>' && --depth == 0)
      break;
    if (*place != '<')
      continue;
    // A comment may hold what it likes.
    if (place[1] == '!' && place[2] == '-' && place[3] == '-') {
      StringRef rest(place + 4, end - place - 4);
      size_t size = isSearched ? rest.find("-->") : StringRef::npos;
      if (size != StringRef::npos) {
        place = rest.begin() + size + 2;
        continue;
      }
      numFailedSearches += isSearched;
      isSearched = numFailedSearches < kMaxFailedSearches;
    }
    ++depth;
  }
  if (place != end && *place == '>') {
    token.text = StringRef(content, place - content);
    skipTo(place + 1);
    return;
  }
  numFailedSearches += isSearched;
  graph.addError(token.position,
                 "expected '>' to end this HTML string, but got " +
                     Twine(place == end ? "end of file" : "end of line"));
  endAtLineEnd(token, content);
}

/// Reads `->` and `--`, and what stands for an arrow elsewhere (`-->`, `=>`).
/// Returns false if `current` is none of them.
bool Lexer::lexEdgeOperator(Token &token) {
  StringRef rest(current, std::min<size_t>(end - current, kMaxOperator));
  StringRef run =
      rest.take_while([](char c) { return c == '-' || c == '=' || c == '>'; });
  bool isStrange = run.size() > 1 && run.ends_with(">") && run != "->";
  if (isStrange)
    graph.addError(token.position,
                   "expected an edge operator, but got " + quote(run));
  if (!isStrange && !rest.starts_with("->") && !rest.starts_with("--"))
    return false;
  token.kind = isStrange || rest[1] == '>' ? TokenKind::Arrow : TokenKind::Line;
  current += isStrange ? run.size() : 2;
  return true;
}

Token Lexer::lex() {
  Token token;
  token.startsLine = skipSpace() || current == start;
  token.position = getPosition(current);
  const char *begin = current;
  if (current == end) {
    token.spelling = StringRef(end, 0);
    return token;
  }

  char c = *current;
  if (isNameStart(c) || isNumeralStart(current)) {
    lexName(token);
  } else if (c == '"') {
    lexString(token);
  } else if (c == '<') {
    lexHTML(token);
  } else if (c == '\\' && current[1] == '"') {
    lexEscapedString(token);
  } else if ((c != '-' && c != '=') || !lexEdgeOperator(token)) {
    token.kind = getPunctuation(c);
    ++current;
    // A run of strange bytes is one token, hence one error.
    while (token.kind == TokenKind::Unknown && current != end &&
           !isSpace(*current) && !isNamePart(*current) &&
           getPunctuation(*current) == TokenKind::Unknown &&
           !StringRef("\"<-#/\\").contains(*current))
      ++current;
  }
  token.spelling = StringRef(begin, current - begin);
  lastKind = token.kind;
  return token;
}

//===----------------------------------------------------------------------===//
// Damage
//===----------------------------------------------------------------------===//

/// Characters that end a value without quotes.
static bool isValueEnd(char c) {
  return isSpace(c) || c == '\0' || StringRef(",;[]{}\"").contains(c);
}

bool Lexer::isValueCutShort(const Token &token) const {
  const char *next = token.spelling.end();
  if (next == end || isValueEnd(*next) || *next == '=' || *next == '+' ||
      *next == '<')
    return false;
  if (*next == '/')
    return next[1] != '/' && next[1] != '*';
  return (*next != '\\' || !sawEscapedSpace) && *next != '#';
}

Token Lexer::relexAsValue(const Token &token) {
  rewind(token);
  Token value = token;
  const char *begin = current;
  const char *place = begin;
  // `[B,S,8192]` and `{a|b}` are taken whole if they end in the same line.
  if (*place == '[' || *place == '{') {
    StringRef rest(begin, std::min<size_t>(end - begin, kMaxBareValue));
    rest = rest.take_until([](char c) { return c == '\n'; });
    size_t close = rest.find(*place == '[' ? ']' : '}');
    if (close != StringRef::npos)
      place = begin + close + 1;
  }
  while (place != end && !isValueEnd(*place) &&
         (*place != '\\' || !sawEscapedSpace))
    ++place;
  value.kind = TokenKind::Name;
  value.text = value.spelling = StringRef(begin, place - begin);
  skipTo(place);
  lastKind = value.kind;
  return value;
}

bool Lexer::isNameBeforeBrace(const Token &token) const {
  if (token.kind != TokenKind::Name || token.startsLine)
    return false;
  const char *begin = token.spelling.begin();
  StringRef rest(begin, std::min<size_t>(end - begin, kMaxSearchedName));
  return rest.drop_while([](char c) { return isNamePart(c) || isBlank(c); })
      .starts_with("{");
}

/// True if `rest` begins with the header of a graph.
static bool startsWithHeader(StringRef rest) {
  auto skipKeyword = [&](StringRef keyword) {
    if (!rest.take_front(keyword.size()).equals_insensitive(keyword))
      return false;
    if (rest.size() > keyword.size() && isNamePart(rest[keyword.size()]))
      return false;
    rest = rest.drop_front(keyword.size());
    rest = rest.drop_while(isSpace);
    return true;
  };
  skipKeyword("strict");
  if (!skipKeyword("digraph") && !skipKeyword("graph"))
    return false;
  StringRef name = rest.take_front(kMaxSearchedName);
  if (name.starts_with("\"")) {
    size_t close = name.find('"', 1);
    if (close == StringRef::npos)
      return false;
    rest = rest.drop_front(close + 1);
  } else {
    name = name.take_while(
        [](char c) { return isNamePart(c) || c == '-' || c == '.'; });
    rest = rest.drop_front(name.size());
  }
  return rest.drop_while(isSpace).starts_with("{");
}

bool Lexer::isHeader(const Token &token) const {
  const char *begin = token.spelling.begin();
  return startsWithHeader(StringRef(begin, end - begin));
}

bool Lexer::skipToHeader(const Token &token) {
  const char *place = token.spelling.begin();
  bool isInName = false;
  for (; place != end; ++place) {
    if (!isInName && StringRef("sSgGdD").contains(*place) &&
        startsWithHeader(StringRef(place, end - place))) {
      rewind(token);
      skipTo(place);
      return true;
    }
    isInName = isNamePart(*place);
  }
  return false;
}
