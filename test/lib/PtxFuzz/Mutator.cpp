//===- Mutator.cpp - Breaks PTX -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Mutator.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir::dag::ptx;
using llvm::StringRef;

static bool isWord(char c) {
  return llvm::isAlnum(c) || c == '_' || c == '%' || c == '$' || c == '.' ||
         c == ':';
}

/// Words with their modifiers, and the characters between them.
static std::vector<std::string> split(StringRef line) {
  std::vector<std::string> tokens;
  while (!line.empty()) {
    size_t size = line.find_if_not(isWord);
    size = size == 0 ? 1 : std::min(size, line.size());
    tokens.push_back(line.take_front(size).str());
    line = line.drop_front(size);
  }
  return tokens;
}

static bool isNumber(StringRef token) {
  return !token.empty() && llvm::isDigit(token[0]);
}

Mutator::Mutator(llvm::ArrayRef<StringRef> texts) {
  llvm::StringSet<> seenTokens, seenModifiers;
  for (StringRef text : texts) {
    Lines lines;
    llvm::SmallVector<StringRef> parts;
    text.split(parts, '\n');
    for (StringRef part : parts) {
      StringRef trimmed = part.trim();
      if (trimmed.starts_with("//"))
        continue;
      lines.push_back(part.str());
      if (trimmed.ends_with(";"))
        statements.push_back(part.str());
      for (const std::string &token : split(part)) {
        if (token != " " && seenTokens.insert(token).second)
          tokens.push_back(token);
        llvm::SmallVector<StringRef> names;
        StringRef(token).split(names, '.');
        for (StringRef name : llvm::drop_begin(names))
          if (!name.empty() && seenModifiers.insert(name).second)
            modifiers.push_back(name.str());
      }
    }
    files.push_back(std::move(lines));
  }
}

void Mutator::replaceNumber(std::vector<std::string> &words) {
  static const char *kNumbers[] = {"0",
                                   "1",
                                   "2",
                                   "3",
                                   "7",
                                   "8",
                                   "16",
                                   "31",
                                   "32",
                                   "33",
                                   "63",
                                   "127",
                                   "128",
                                   "255",
                                   "256",
                                   "1023",
                                   "1024",
                                   "4095",
                                   "65535",
                                   "65536",
                                   "1048576",
                                   "-1",
                                   "-2147483648",
                                   "2147483647",
                                   "4294967295",
                                   "4294967296",
                                   "0x7ff",
                                   "0x3ffffff",
                                   "0xffffff00",
                                   "9223372036854775807",
                                   "18446744073709551615"};
  for (unsigned i = 0; i < 8; ++i) {
    std::string &word = words[random(words.size())];
    if (!isNumber(word))
      continue;
    word = kNumbers[random(std::size(kNumbers))];
    return;
  }
}

void Mutator::mutateTokens(std::string &line) {
  std::vector<std::string> words = split(line);
  if (words.empty())
    return;
  std::string &word = words[random(words.size())];
  switch (random(8)) {
  case 0:
  case 1:
    replaceNumber(words);
    break;
  case 2:
    word = pick(tokens);
    break;
  case 3:
    word = words[random(words.size())];
    break;
  case 4: // A modifier is another one.
  case 5: {
    size_t dot = word.find('.', 1);
    if (dot == std::string::npos)
      break;
    size_t end = std::min(word.find('.', dot + 1), word.size());
    word.replace(dot + 1, end - dot - 1, pick(modifiers));
    break;
  }
  case 6: // One less, or one more.
    if (size_t dot = word.rfind('.'); dot != std::string::npos && dot > 0)
      word.resize(dot);
    else
      word += "." + pick(modifiers);
    break;
  default:
    word.clear();
  }
  line.clear();
  for (const std::string &part : words)
    line += part;
}

void Mutator::mutateOnce(Lines &lines) {
  if (lines.empty())
    return;
  unsigned place = random(lines.size());
  switch (random(10)) {
  case 0:
    lines.erase(lines.begin() + place);
    break;
  case 1: {
    std::string copy = lines[place];
    lines.insert(lines.begin() + place, copy);
    break;
  }
  case 2:
    std::swap(lines[place], lines[random(lines.size())]);
    break;
  case 3:
    if (!statements.empty())
      lines.insert(lines.begin() + place, pick(statements));
    break;
  case 4: // A guard comes, goes, or turns.
    if (size_t at = lines[place].find('@'); at != std::string::npos)
      lines[place].insert(at + 1, "!");
    else
      lines[place].insert(0, "@%p1 ");
    break;
  case 5:
    if (random(16) == 0)
      lines.resize(place);
    break;
  default:
    mutateTokens(lines[place]);
  }
}

std::string Mutator::mutate(uint64_t number) {
  rng.seed(number);
  Lines lines = files[random(files.size())];
  for (unsigned i = 0, count = 1 + random(4); i < count; ++i)
    mutateOnce(lines);
  return llvm::join(lines, "\n");
}
