//===- Lexer.cpp - Tokens of PTX -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lexer.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/bit.h"

#include <cstdlib>

using namespace mlir::dag::ptx;
using llvm::StringRef;

static bool isNameStart(char c) {
  return llvm::isAlpha(c) || c == '_' || c == '$' || c == '%';
}
static bool isNamePart(char c) {
  return llvm::isAlnum(c) || c == '_' || c == '$';
}

void Lexer::skipBlank() {
  while (place < text.size()) {
    StringRef rest = text.substr(place);
    if (rest[0] == '\n') {
      ++line;
      lineStart = ++place;
    } else if (llvm::isSpace(rest[0])) {
      ++place;
    } else if (rest.starts_with("//")) {
      place = std::min(text.find('\n', place), text.size());
    } else if (rest.starts_with("/*")) {
      size_t end = std::min(text.find("*/", place + 2), text.size());
      for (; place < end; ++place)
        if (text[place] == '\n') {
          ++line;
          lineStart = place + 1;
        }
      place = std::min(place + 2, text.size());
    } else {
      return;
    }
  }
}

Token Lexer::finish(Token token, Token::Kind kind, size_t end) {
  token.kind = kind;
  token.text = text.slice(place, end);
  place = end;
  return token;
}

bool Lexer::isHexadecimal(size_t from, size_t digits) const {
  if (from + digits > text.size())
    return false;
  for (char c : text.substr(from, digits))
    if (!llvm::isHexDigit(c))
      return false;
  return true;
}

/// A number with a point or an exponent, or a decimal integer.
Token Lexer::lexDecimal(Token token) {
  size_t end = place;
  bool isFloat = false;
  while (end < text.size()) {
    char c = text[end];
    bool isExponent = (c == 'e' || c == 'E') && end + 1 < text.size() &&
                      (llvm::isDigit(text[end + 1]) || text[end + 1] == '-' ||
                       text[end + 1] == '+');
    if (isExponent)
      ++end;
    else if (!llvm::isDigit(c) && !(c == '.' && end + 1 < text.size() &&
                                    llvm::isDigit(text[end + 1])))
      break;
    isFloat |= isExponent || c == '.';
    ++end;
  }
  StringRef digits = text.slice(place, end);
  if (isFloat) {
    double number = std::strtod(digits.str().c_str(), nullptr);
    token.value = llvm::bit_cast<uint64_t>(number);
    return finish(token, Token::Kind::Float64, end);
  }
  bool isOctal = digits.size() > 1 && digits[0] == '0';
  if (digits.getAsInteger(isOctal ? 8 : 10, token.value))
    return finish(token, Token::Kind::Error, end);
  if (end < text.size() && (text[end] == 'U' || text[end] == 'u'))
    ++end;
  return finish(token, Token::Kind::Integer, end);
}

Token Lexer::lexNumber(Token token) {
  char second = place + 1 < text.size() ? text[place + 1] : ' ';
  if (text[place] != '0' || !llvm::isAlpha(second))
    return lexDecimal(token);
  size_t from = place + 2, end = from;
  if ((second == 'f' || second == 'F') && isHexadecimal(from, 8)) {
    (void)text.substr(from, 8).getAsInteger(16, token.value);
    return finish(token, Token::Kind::Float32, from + 8);
  }
  if ((second == 'd' || second == 'D') && isHexadecimal(from, 16)) {
    (void)text.substr(from, 16).getAsInteger(16, token.value);
    return finish(token, Token::Kind::Float64, from + 16);
  }
  unsigned radix = second == 'x' || second == 'X'   ? 16
                   : second == 'b' || second == 'B' ? 2
                                                    : 0;
  if (radix == 0)
    return lexDecimal(token);
  while (end < text.size() &&
         (radix == 16 ? llvm::isHexDigit(text[end])
                      : text[end] == '0' || text[end] == '1'))
    ++end;
  if (text.slice(from, end).getAsInteger(radix, token.value))
    return finish(token, Token::Kind::Error, std::max(end, from));
  if (end < text.size() && (text[end] == 'U' || text[end] == 'u'))
    ++end;
  return finish(token, Token::Kind::Integer, end);
}

Token Lexer::next() {
  skipBlank();
  Token token;
  token.line = line;
  token.column = place - lineStart + 1;
  if (place >= text.size())
    return finish(token, Token::Kind::End, text.size());
  char c = text[place];
  if (llvm::isDigit(c))
    return lexNumber(token);
  // `.5`, where it is not a modifier such as `.2d`.
  bool isJoined = place > 0 && isNamePart(text[place - 1]);
  if (c == '.' && !isJoined && place + 1 < text.size() &&
      llvm::isDigit(text[place + 1]))
    return lexDecimal(token);
  size_t end = place + 1;
  if (isNameStart(c)) {
    while (end < text.size() && isNamePart(text[end]))
      ++end;
    return finish(token, Token::Kind::Name, end);
  }
  if (c == '.' && end < text.size() && isNamePart(text[end])) {
    // `::` joins the parts of a modifier.
    while (end < text.size() &&
           (isNamePart(text[end]) ||
            (text[end] == ':' && end + 2 < text.size() &&
             text[end + 1] == ':' && isNamePart(text[end + 2]))))
      end += text[end] == ':' ? 2 : 1;
    return finish(token, Token::Kind::Directive, end);
  }
  if (c == '"') {
    while (end < text.size() && text[end] != '"' && text[end] != '\n')
      end += text[end] == '\\' ? 2 : 1;
    if (end >= text.size() || text[end] == '\n')
      return finish(token, Token::Kind::Error, std::min(end, text.size()));
    return finish(token, Token::Kind::String, end + 1);
  }
  return finish(token, Token::Kind::Punctuation, end);
}
