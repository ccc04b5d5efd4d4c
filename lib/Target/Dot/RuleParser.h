//===- RuleParser.h - Reads files of rules ----------------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TARGET_DOT_RULEPARSER_H
#define DAG_LIB_TARGET_DOT_RULEPARSER_H

#include "Rules.h"
#include "llvm/ADT/StringExtras.h"

namespace mlir::dag::dot {
/// Reads a rules file, each line with the indented ones behind it.
class RuleParser {
public:
  /// Reads the `word` and `refine` lines if `isWords`, or else the rules.
  RuleParser(RuleSet &set, StringRef text, StringRef file, bool isWords)
      : set(set), text(text), file(file), isWords(isWords) {}

  llvm::Error parse();
  std::vector<std::unique_ptr<Rule>> rules;

private:
  void readLine(StringRef &rest);
  bool parseLine();
  bool parseWordLine();
  bool parseRefineLine();
  bool parseRule();
  bool parseSources(Rule &rule);
  bool parsePattern(TextPattern &pattern);
  bool parseGroup(Element &element);
  bool parseItem(TextPattern &pattern);
  bool parseCaptureName(Fact &fact);
  bool parseFacts(Rule &rule);
  bool parseConditions(Rule &rule);
  bool checkPattern(const TextPattern &pattern, size_t start);

  /// Remembers the first error; always false.
  bool fail(const Twine &message) { return fail(message, line.data() + pos); }
  bool fail(const Twine &message, const char *place) {
    if (error.empty()) {
      error = message.str();
      errorOffset = place - line.data();
    }
    return false;
  }
  void skipBlanks() {
    while (pos < line.size() && (line[pos] == ' ' || line[pos] == '\t'))
      ++pos;
  }
  bool atEnd() {
    skipBlanks();
    return pos >= line.size();
  }
  bool consume(StringRef sign) {
    skipBlanks();
    if (!line.substr(pos).starts_with(sign))
      return false;
    pos += sign.size();
    return true;
  }
  /// A word of letters, digits, `_` and `-`; empty if there is none.
  StringRef parseName() {
    skipBlanks();
    StringRef name = line.substr(pos).take_while(
        [](char c) { return llvm::isAlnum(c) || c == '_' || c == '-'; });
    pos += name.size();
    return name;
  }
  bool parseAliasLine();
  void appendLiteral(StringRef literal, SmallVectorImpl<int> &words);
  bool parseLiteral(SmallVectorImpl<int> &words);
  bool parseAlternatives(SmallVectorImpl<SmallVector<int, 2>> &alternatives,
                         char close);

  bool appendWord(StringRef name, const char *place,
                  SmallVectorImpl<SmallVector<int, 2>> &to);

  RuleSet &set;
  StringRef text;
  StringRef file;
  bool isWords;
  StringRef line;
  size_t pos = 0;
  size_t numAlternatives = 0;
  size_t numPatterns = 0;
  std::string error;
  size_t errorOffset = 0;
  /// The line with those that go on with it, and where each of them starts.
  std::string joined;
  SmallVector<std::pair<size_t, unsigned>, 4> pieces;
  unsigned lineNumber = 0;
};
} // namespace mlir::dag::dot

#endif // DAG_LIB_TARGET_DOT_RULEPARSER_H
