//===- TextMutator.cpp - Breaks text -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TextMutator.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"

#include <algorithm>

using namespace mlir::dag::fuzz;
using llvm::StringRef;

constexpr size_t kMaxKnown = 1 << 14;

static bool isWord(char c) {
  return llvm::isAlnum(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

/// The length of the token that `text` begins with: a word with its sigil, a
/// string, white space up to the end of the line, an arrow, or a character.
static size_t getTokenSize(StringRef text) {
  char first = text.front();
  if (first == '"') {
    for (size_t i = 1; i < text.size() && text[i] != '\n'; ++i) {
      if (text[i] == '"')
        return i + 1;
      i += text[i] == '\\';
    }
    return 1;
  }
  if (first == '\n')
    return 1;
  if (first == ' ' || first == '\t')
    return std::min(text.find_first_not_of(" \t"), text.size());
  bool hasSigil = StringRef("%@#!^$").contains(first);
  if (isWord(first) || (hasSigil && text.size() > 1 && isWord(text[1]))) {
    size_t size = 1;
    while (size < text.size() &&
           (isWord(text[size]) || (text[size] == '.' && hasSigil)))
      ++size;
    return size;
  }
  for (StringRef pair : {"->", "--", "//", "::", "=="})
    if (text.starts_with(pair))
      return 2;
  return 1;
}

static std::vector<std::string> split(StringRef text) {
  std::vector<std::string> tokens;
  while (!text.empty()) {
    size_t size = getTokenSize(text);
    tokens.push_back(text.take_front(size).str());
    text = text.drop_front(size);
  }
  return tokens;
}

void TextMutator::learn(StringRef text) {
  for (std::string &token : split(text))
    if (knownTokens.size() < kMaxKnown && token.size() < 128 &&
        seen.insert(token).second)
      knownTokens.push_back(std::move(token));
  while (!text.empty()) {
    auto [line, rest] = text.split('\n');
    if (knownLines.size() < kMaxKnown && line.size() < 512 &&
        seen.insert((line + "\n").str()).second)
      knownLines.push_back((line + "\n").str());
    text = rest;
  }
}

//===----------------------------------------------------------------------===//
// Changes
//===----------------------------------------------------------------------===//

std::string TextMutator::drawNumber() {
  static const char *kNumbers[] = {"0",
                                   "1",
                                   "2",
                                   "3",
                                   "4",
                                   "7",
                                   "8",
                                   "16",
                                   "63",
                                   "64",
                                   "128",
                                   "255",
                                   "1024",
                                   "65536",
                                   "1000000",
                                   "-1",
                                   "-2",
                                   "2147483647",
                                   "2147483648",
                                   "4294967296",
                                   "4611686018427387904",
                                   "9223372036854775807",
                                   "9223372036854775808",
                                   "-9223372036854775808",
                                   "18446744073709551615",
                                   "99999999999999999999999",
                                   "0.5",
                                   "1e308",
                                   "1e-320",
                                   "0x7f",
                                   "0xffffffffffffffff",
                                   "?"};
  return kNumbers[draw(std::size(kNumbers))];
}

void TextMutator::changeCharacter(std::string &token) {
  size_t at = draw(token.size());
  switch (draw(4)) {
  case 0:
    token.erase(at, 1);
    break;
  case 1:
    token.insert(at, 1, token[at]);
    break;
  case 2:
    token[at] = static_cast<char>(draw(256));
    break;
  case 3:
    token.insert(at, draw(2) ? drawNumber()
                             : std::string(1, static_cast<char>(draw(128))));
    break;
  }
}

void TextMutator::mutateToken(Tokens &tokens) {
  size_t at = draw(tokens.size());
  // Words and numbers rather than the space between them.
  for (unsigned i = 0; i < 4 && StringRef(tokens[at]).trim().empty(); ++i)
    at = draw(tokens.size());
  std::string &token = tokens[at];
  const std::string &known =
      knownTokens.empty() ? token : knownTokens[draw(knownTokens.size())];
  switch (draw(9)) {
  case 0:
    tokens.erase(tokens.begin() + at);
    break;
  case 1: {
    std::string copy = token;
    tokens.insert(tokens.begin() + at, std::move(copy));
    break;
  }
  case 2:
    std::swap(token, tokens[draw(tokens.size())]);
    break;
  case 3:
    token = known;
    break;
  case 4: {
    std::string copy = known;
    tokens.insert(tokens.begin() + at, std::move(copy));
    break;
  }
  case 5:
    changeCharacter(token);
    break;
  case 6:
    token = tokens[draw(tokens.size())];
    break;
  default:
    for (unsigned i = 0; i < 32; ++i) {
      std::string &other = tokens[draw(tokens.size())];
      if (!llvm::isDigit(other.front()))
        continue;
      other = drawNumber();
      return;
    }
    token = drawNumber();
  }
}

/// The first and the last token of what stands in the brackets around or behind
/// a place; an empty range where there are none.
static std::pair<size_t, size_t> findGroup(llvm::ArrayRef<std::string> tokens,
                                           size_t at) {
  auto isOpen = [](StringRef token) {
    return token.size() == 1 && StringRef("([{<").contains(token);
  };
  auto isClose = [](StringRef token) {
    return token.size() == 1 && StringRef(")]}>").contains(token);
  };
  while (at < tokens.size() && !isOpen(tokens[at]))
    ++at;
  int depth = 0;
  for (size_t i = at; i < tokens.size(); ++i) {
    depth += isOpen(tokens[i]);
    depth -= isClose(tokens[i]);
    if (depth == 0)
      return {at, i + 1};
  }
  return {0, 0};
}

void TextMutator::mutateGroup(Tokens &tokens) {
  auto [begin, end] = findGroup(tokens, draw(tokens.size()));
  if (begin == end)
    return mutateToken(tokens);
  Tokens group(tokens.begin() + begin, tokens.begin() + end);
  switch (draw(4)) {
  case 0: // Nothing is left in it.
    tokens.erase(tokens.begin() + begin + 1, tokens.begin() + end - 1);
    break;
  case 1:
    tokens.erase(tokens.begin() + begin, tokens.begin() + end);
    break;
  case 2:
    tokens.insert(tokens.begin() + end, group.begin(), group.end());
    break;
  case 3: {
    auto [from, to] = findGroup(tokens, draw(tokens.size()));
    Tokens other(tokens.begin() + from, tokens.begin() + to);
    tokens.erase(tokens.begin() + begin, tokens.begin() + end);
    tokens.insert(tokens.begin() + begin, other.begin(), other.end());
    break;
  }
  }
}

void TextMutator::mutateLines(Tokens &tokens) {
  auto findLine = [&] {
    size_t begin = draw(tokens.size()), end = begin;
    while (begin > 0 && tokens[begin - 1] != "\n")
      --begin;
    while (end < tokens.size() && tokens[end] != "\n")
      ++end;
    return std::make_pair(begin, std::min(end + 1, tokens.size()));
  };
  auto [begin, end] = findLine();
  Tokens line(tokens.begin() + begin, tokens.begin() + end);
  switch (draw(4)) {
  case 0:
    tokens.erase(tokens.begin() + begin, tokens.begin() + end);
    break;
  case 1:
    tokens.insert(tokens.begin() + begin, line.begin(), line.end());
    break;
  case 2: { // It stands elsewhere.
    tokens.erase(tokens.begin() + begin, tokens.begin() + end);
    size_t at = tokens.empty() ? 0 : findLine().first;
    tokens.insert(tokens.begin() + at, line.begin(), line.end());
    break;
  }
  case 3:
    if (!knownLines.empty())
      tokens.insert(tokens.begin() + begin,
                    knownLines[draw(knownLines.size())]);
    break;
  }
}

void TextMutator::mutateOnce(Tokens &tokens) {
  if (tokens.empty()) {
    if (!knownLines.empty())
      tokens = split(knownLines[draw(knownLines.size())]);
    return;
  }
  switch (draw(8)) {
  case 0:
    if (draw(8) == 0)
      tokens.resize(draw(tokens.size()));
    else
      mutateLines(tokens);
    break;
  case 1:
    mutateLines(tokens);
    break;
  case 2:
    mutateGroup(tokens);
    break;
  default:
    mutateToken(tokens);
    break;
  }
  llvm::erase_if(tokens,
                 [](const std::string &token) { return token.empty(); });
}

static std::string join(llvm::ArrayRef<std::string> tokens, size_t maxSize) {
  std::string text = llvm::join(tokens, "");
  text.resize(std::min(text.size(), maxSize));
  return text;
}

std::string TextMutator::mutateText(StringRef text, size_t maxSize) {
  Tokens tokens = split(text);
  for (size_t i = 0, e = 1 + draw(4); i < e; ++i)
    mutateOnce(tokens);
  return join(tokens, maxSize);
}

std::string TextMutator::mutateBytes(StringRef text, size_t maxSize) {
  std::string bytes = text.str();
  for (size_t i = 0, e = 1 + draw(4); i < e; ++i) {
    char c = static_cast<char>(draw(256));
    size_t at = draw(bytes.size() + 1);
    if (at == bytes.size() || draw(4) == 0)
      bytes.insert(bytes.begin() + at, c);
    else if (draw(4) == 0)
      bytes.erase(at, 1 + draw(8));
    else
      bytes[at] = c;
  }
  bytes.resize(std::min(bytes.size(), maxSize));
  return bytes;
}

std::string TextMutator::mutateFramed(StringRef text, size_t maxSize) {
  constexpr size_t kFrame = sizeof(uint64_t);
  if (text.size() < kFrame || maxSize < kFrame || draw(16) == 0)
    return mutateBytes(text, maxSize);
  uint64_t length = llvm::support::endian::read64le(text.data());
  StringRef header = text.drop_front(kFrame).take_front(length);
  StringRef data = text.drop_front(kFrame + header.size());
  std::string changed = mutateText(header, maxSize - kFrame);
  length = draw(16) == 0 ? random() : changed.size();
  std::string framed(kFrame, '\0');
  llvm::support::endian::write64le(framed.data(), length);
  framed += changed;
  framed +=
      draw(8) == 0 ? data.drop_back(std::min<size_t>(1, data.size())) : data;
  framed.resize(std::min(framed.size(), maxSize));
  return framed;
}

std::string TextMutator::mutate(Form form, StringRef text, uint64_t seed,
                                size_t maxSize) {
  random.seed(seed);
  switch (form) {
  case Form::Text:
    return mutateText(text, maxSize);
  case Form::Framed:
    return mutateFramed(text, maxSize);
  case Form::Bytes:
    return mutateBytes(text, maxSize);
  }
  llvm_unreachable("unknown form");
}

std::string TextMutator::cross(StringRef text, StringRef other, uint64_t seed,
                               size_t maxSize) {
  random.seed(seed);
  Tokens tokens = split(text), others = split(other);
  if (tokens.empty() || others.empty())
    return text.take_front(maxSize).str();
  auto [from, to] = findGroup(others, draw(others.size()));
  if (from == to) {
    from = draw(others.size());
    to = std::min(others.size(), from + 1 + draw(32));
  }
  auto [begin, end] = findGroup(tokens, draw(tokens.size()));
  if (begin == end)
    begin = end = draw(tokens.size());
  Tokens taken(others.begin() + from, others.begin() + to);
  tokens.erase(tokens.begin() + begin, tokens.begin() + end);
  tokens.insert(tokens.begin() + begin, taken.begin(), taken.end());
  return join(tokens, maxSize);
}
