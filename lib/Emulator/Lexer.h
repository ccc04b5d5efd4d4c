//===- Lexer.h - Tokens of PTX -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_EMULATOR_LEXER_H
#define DAG_EMULATOR_LEXER_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>

namespace mlir::dag::ptx {

struct Token {
  enum class Kind : uint8_t {
    /// `ld`, `%r1`, `$L__BB0_1`, `_`.
    Name,
    /// `.global`, `.shared::cta`: with its dot.
    Directive,
    Integer,
    Float32,
    Float64,
    String,
    Punctuation,
    End,
    Error
  };
  Kind kind = Kind::End;
  llvm::StringRef text;
  uint64_t value = 0;
  unsigned line = 1, column = 1;

  bool is(char c) const {
    return kind == Kind::Punctuation && text.size() == 1 && text[0] == c;
  }
  bool isDirective(llvm::StringRef name) const {
    return kind == Kind::Directive && text == name;
  }
};

/// Reads tokens one by one; comments and white space are left out.
class Lexer {
public:
  explicit Lexer(llvm::StringRef text) : text(text) {}
  Token next();

private:
  void skipBlank();
  Token lexNumber(Token token);
  Token lexDecimal(Token token);
  Token finish(Token token, Token::Kind kind, size_t end);
  bool isHexadecimal(size_t from, size_t digits) const;

  llvm::StringRef text;
  size_t place = 0, lineStart = 0;
  unsigned line = 1;
};

} // namespace mlir::dag::ptx

#endif // DAG_EMULATOR_LEXER_H
