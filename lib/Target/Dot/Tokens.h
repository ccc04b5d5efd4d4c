//===- Tokens.h - The words of names and labels -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TARGET_DOT_TOKENS_H
#define DAG_LIB_TARGET_DOT_TOKENS_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"

namespace mlir::dag::dot {

/// A word in lower case, a run of digits, or a sign such as `->` or `(`.
struct Token {
  enum Kind : uint8_t { Word, Number, Sign };
  Kind kind = Word;
  /// True if nothing stands between it and the token before it.
  bool isGlued = false;
  /// The word's number in the vocabulary, or -1.
  int id = -1;
  /// Where it stands in the text.
  unsigned begin = 0;
  unsigned end = 0;
};

/// The `id` of a token that a rule has used up.
constexpr int kUsedToken = -2;

/// The words that rules speak of. A text is split along them: `GPUs`, `SiLU`
/// and `RMSNorm` stay whole if they are in it, other words are split where
/// lower case turns to upper case, and `ffnallreduce` is split into two words.
class Vocabulary {
public:
  Vocabulary();

  /// The number of a word (lower case), a run of digits or a sign.
  int intern(StringRef word);
  int lookup(StringRef word) const;
  /// Makes `word` another way to write the word of a number.
  void addAlias(StringRef word, int id);
  /// The word of a number.
  StringRef getWord(int id) const { return words[id]; }

  /// Splits the line `text.slice(begin, end)`, at most `kMaxTokens` of it.
  void tokenize(StringRef text, size_t begin, size_t end,
                SmallVectorImpl<Token> &tokens) const;
  static constexpr unsigned kMaxTokens = 512;

  /// Sign numbers that the matcher treats in a special way.
  int colon, arrow, openParen, closeParen, openBracket, closeBracket, openBrace,
      equal;

private:
  void splitWord(StringRef text, size_t begin, size_t end,
                 SmallVectorImpl<Token> &tokens) const;
  void splitScript(StringRef word, size_t begin,
                   SmallVectorImpl<Token> &tokens) const;
  bool splitCompound(StringRef word, size_t begin,
                     SmallVectorImpl<Token> &tokens) const;

  llvm::StringMap<int> ids;
  std::vector<StringRef> words;
};

} // namespace mlir::dag::dot

#endif // DAG_LIB_TARGET_DOT_TOKENS_H
