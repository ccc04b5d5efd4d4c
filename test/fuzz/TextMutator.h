//===- TextMutator.h - Breaks text -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Changes of tokens, of what stands in brackets, and of lines, for all formats
// that are text: what comes out gets past their lexers. Bytes alone get nowhere
// there.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TEST_FUZZ_TEXTMUTATOR_H
#define DAG_TEST_FUZZ_TEXTMUTATOR_H

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/StringSet.h"

#include <random>
#include <string>
#include <vector>

namespace mlir::dag::fuzz {

enum class Form {
  Text,
  /// Eight bytes with the length of the text that follows, and data.
  Framed,
  /// Anything.
  Bytes
};

class TextMutator {
public:
  /// Remembers the tokens and the lines of a text.
  void learn(llvm::StringRef text);

  /// One to four changes, the same for the same seed and the same texts learnt.
  std::string mutate(Form form, llvm::StringRef text, uint64_t seed,
                     size_t maxSize);
  /// Puts lines, or what stands in brackets, of another text into this one.
  std::string cross(llvm::StringRef text, llvm::StringRef other, uint64_t seed,
                    size_t maxSize);

private:
  using Tokens = std::vector<std::string>;

  size_t draw(size_t end) { return random() % end; }
  void mutateOnce(Tokens &tokens);
  void mutateLines(Tokens &tokens);
  void mutateGroup(Tokens &tokens);
  void mutateToken(Tokens &tokens);
  void changeCharacter(std::string &token);
  std::string drawNumber();
  std::string mutateText(llvm::StringRef text, size_t maxSize);
  std::string mutateFramed(llvm::StringRef text, size_t maxSize);
  std::string mutateBytes(llvm::StringRef text, size_t maxSize);

  std::mt19937_64 random;
  std::vector<std::string> knownTokens, knownLines;
  llvm::StringSet<> seen;
};

} // namespace mlir::dag::fuzz

#endif // DAG_TEST_FUZZ_TEXTMUTATOR_H
