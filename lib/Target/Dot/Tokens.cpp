//===- Tokens.cpp - The words of names and labels -------------------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tokens.h"
#include "DimensionText.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::dot;
using llvm::isDigit;
using llvm::isLower;
using llvm::isUpper;

/// The longest word that is split along the vocabulary.
static constexpr size_t kMaxCompound = 40;

Vocabulary::Vocabulary() {
  colon = intern(":");
  arrow = intern("->");
  openParen = intern("(");
  closeParen = intern(")");
  openBracket = intern("[");
  closeBracket = intern("]");
  openBrace = intern("{");
  equal = intern("=");
  for (StringRef sign :
       {"+", "*", "/", ",", ";", "}", "<", ">", "|", "%", "!", "?", "..."})
    intern(sign);
}

int Vocabulary::intern(StringRef word) {
  auto [entry, isNew] = ids.try_emplace(word, static_cast<int>(words.size()));
  if (isNew)
    words.push_back(entry->first());
  return entry->second;
}

int Vocabulary::lookup(StringRef word) const {
  auto entry = ids.find(word);
  return entry == ids.end() ? -1 : entry->second;
}

/// The word with a capital outside of ASCII in front, or empty.
static std::string capitalize(StringRef word) {
  if (word.size() < 2)
    return "";
  auto lead = static_cast<unsigned char>(word[0]);
  auto tail = static_cast<unsigned char>(word[1]);
  if (lead == 0xc3 && tail >= 0xa0 && tail != 0xb7) // Latin-1
    tail -= 0x20;
  else if (lead == 0xd0 && tail >= 0xb0) // the first half of Cyrillic
    tail -= 0x20;
  else if (lead == 0xd1 && tail < 0x90)
    lead = 0xd0, tail += 0x20;
  else
    return "";
  return (Twine(static_cast<char>(lead)) + Twine(static_cast<char>(tail)) +
          word.drop_front(2))
      .str();
}

void Vocabulary::addAlias(StringRef word, int id) {
  ids.try_emplace(word, id);
  if (std::string capital = capitalize(word); !capital.empty())
    ids.try_emplace(capital, id);
}

/// True if what is behind a sign is K or V alone.
static bool isProduct(StringRef text) {
  text = text.ltrim(' ');
  return !text.empty() && StringRef("kKvV").contains(text.front()) &&
         (text.size() == 1 || !(llvm::isAlnum(text[1]) || text[1] == '_'));
}

/// A sign at the start of `text`: its canonical form and its length. The form
/// is empty if the sign only separates.
static std::pair<StringRef, size_t> readSign(StringRef text) {
  if (size_t length = getArrowLength(text))
    return {"->", length};
  char c = text.front();
  if (c == '.') {
    StringRef dots = text.take_while([](char c) { return c == '.'; });
    return {dots.size() > 2 ? "..." : "", dots.size()};
  }
  if (StringRef("()[]{},;:=+*/|%!?<>").contains(c)) {
    size_t length = text.starts_with("//") ? 2 : 1;
    return {text.take_front(1), length};
  }
  if (c == '&')
    return {"+", 1};
  // `attn @ v`, the product of matrices; elsewhere it leads a place.
  if (c == '@')
    return {isProduct(text.drop_front()) ? "*" : "", 1};
  if (static_cast<unsigned char>(c) < 0x80)
    return {"", 1};
  using Pair = std::pair<StringRef, StringRef>;
  for (auto [sign, form] :
       {Pair("\u00d7", "*"), Pair("\u2715", "*"), Pair("\u2297", "*"),
        Pair("\u22c5", "*"), Pair("\u00b7", "*"), Pair("\u2217", "*"),
        Pair("\u2299", "*"), Pair("\u2295", "+"), Pair("\u2026", "..."),
        Pair("\u2013", ""),  Pair("\u2014", ""),  Pair("\u2212", ""),
        Pair("\u221a", ""),  Pair("\u2022", ""),  Pair("\u00a0", ""),
        Pair("\u1d40", "t"), Pair("\u22a4", "t"), Pair("\u22ee", "..."),
        Pair("\u2080", ""),  Pair("\uff08", "("), Pair("\uff09", ")"),
        Pair("\uff1a", ":"), Pair("\uff0c", ","), Pair("\u3001", ","),
        Pair("\uff1b", ";"), Pair("\u3002", ";"), Pair("\uff1d", "="),
        Pair("\u3000", ""),  Pair("\u3010", ""),  Pair("\u3011", "")})
    if (text.starts_with(sign))
      return {form, sign.size()};
  return {"", 0};
}

/// True for the first byte of a letter of a script without blanks.
static bool startsIdeograph(char c) {
  auto byte = static_cast<unsigned char>(c);
  return byte >= 0xe3 && byte <= 0xed;
}

static bool isWordByte(char c) {
  return llvm::isAlpha(c) || static_cast<unsigned char>(c) >= 0x80;
}

/// Makes a number of the numeral behind a word that takes one: `layer one`.
static void markNumeral(StringRef text, size_t first,
                        MutableArrayRef<Token> tokens) {
  if (first == 0 || tokens.size() != first + 1 ||
      tokens[first - 1].kind != Token::Word)
    return;
  StringRef word = text.slice(tokens[first - 1].begin, tokens[first - 1].end);
  bool takesNumber = isDeviceWord(word) ||
                     llvm::StringSwitch<bool>(word)
                         .CasesLower({"layer", "block", "stage"}, true)
                         .CasesLower({"layers", "blocks", "stages"}, true)
                         .CasesLower({"replica", "expert"}, true)
                         .Default(false);
  StringRef piece = text.slice(tokens[first].begin, tokens[first].end);
  if (takesNumber && getNumeralLength(piece) == piece.size())
    tokens[first].kind = Token::Number;
}

void Vocabulary::tokenize(StringRef text, size_t begin, size_t end,
                          SmallVectorImpl<Token> &tokens) const {
  size_t glue = StringRef::npos;
  auto markGlued = [&](size_t first, size_t start) {
    if (first < tokens.size())
      tokens[first].isGlued = start == glue;
  };
  for (size_t i = begin; i < end && tokens.size() < kMaxTokens;) {
    size_t first = tokens.size(), start = i;
    char c = text[i];
    if (isDigit(c)) {
      while (i < end && isDigit(text[i]))
        ++i;
      StringRef digits = text.slice(start, i);
      tokens.push_back({Token::Number, false, lookup(digits),
                        static_cast<unsigned>(start),
                        static_cast<unsigned>(i)});
    } else if (auto [form, length] = readSign(text.slice(i, end));
               length > 0 && !llvm::isAlpha(c)) {
      i += length;
      if (!form.empty())
        tokens.push_back({Token::Sign, false, lookup(form),
                          static_cast<unsigned>(start),
                          static_cast<unsigned>(i)});
    } else {
      // A run of letters ends before a sign outside ASCII.
      // ... and so does one of letters and ideographs where they meet.
      while (i < end && isWordByte(text[i]) &&
             (llvm::isAlpha(text[i]) || i == start ||
              readSign(text.slice(i, end)).second == 0) &&
             (i == start ||
              !(startsIdeograph(text[i]) && llvm::isAlpha(text[i - 1]))) &&
             (i == start || !llvm::isAlpha(text[i]) ||
              !startsIdeograph(text[start])))
        ++i;
      splitWord(text, start, i, tokens);
      markNumeral(text, first, tokens);
    }
    markGlued(first, start);
    if (tokens.size() > first)
      glue = i;
  }
}

void Vocabulary::splitWord(StringRef text, size_t begin, size_t end,
                           SmallVectorImpl<Token> &tokens) const {
  auto push = [&](size_t from, size_t to, int id) {
    tokens.push_back({Token::Word, !tokens.empty(), id,
                      static_cast<unsigned>(from), static_cast<unsigned>(to)});
  };
  SmallString<64> lower;
  for (char c : text.slice(begin, end))
    lower.push_back(llvm::toLower(c));
  if (int id = lookup(lower); id >= 0)
    return push(begin, end, id);

  // Pieces of a word in mixed case: `RMS|Norm`, `Mo|E|Gate`.
  SmallVector<size_t, 8> borders = {begin};
  for (size_t i = begin + 1; i < end; ++i) {
    bool startsPiece =
        isUpper(text[i]) &&
        (isLower(text[i - 1]) ||
         (i + 1 < end && isLower(text[i + 1]) &&
          // The plural `s` of `GPUs` starts no piece.
          !(text[i + 1] == 's' && (i + 2 == end || !isLower(text[i + 2])))));
    if (startsPiece)
      borders.push_back(i);
  }
  borders.push_back(end);
  for (size_t i = 0; i + 1 < borders.size();) {
    // The longest run of pieces that is a word: `Mo|E` is `moe`.
    size_t last = std::min(i + 4, borders.size() - 1);
    for (; last > i; --last) {
      int id = lookup(
          StringRef(lower).slice(borders[i] - begin, borders[last] - begin));
      if (id >= 0) {
        push(borders[i], borders[last], id);
        break;
      }
    }
    if (last > i) {
      i = last;
      continue;
    }
    StringRef piece =
        StringRef(lower).slice(borders[i] - begin, borders[i + 1] - begin);
    if (splitCompound(piece, borders[i], tokens)) {
      ++i;
      continue;
    }
    if (startsIdeograph(piece.front()))
      splitScript(piece, borders[i], tokens);
    else
      push(borders[i], borders[i + 1], -1);
    ++i;
  }
}

/// The known words in a text without blanks, the longest first; a single letter
/// is none.
void Vocabulary::splitScript(StringRef word, size_t begin,
                             SmallVectorImpl<Token> &tokens) const {
  constexpr size_t kLetter = 3, kMaxLetters = 8;
  auto push = [&](size_t from, size_t to, int id) {
    if (from < to && tokens.size() < kMaxTokens)
      tokens.push_back({Token::Word, !tokens.empty(), id,
                        static_cast<unsigned>(begin + from),
                        static_cast<unsigned>(begin + to)});
  };
  size_t unknown = 0;
  for (size_t at = 0; at < word.size();) {
    size_t most = std::min(kMaxLetters, (word.size() - at) / kLetter);
    int id = -1;
    for (; most > 1 && id < 0; --most)
      id = lookup(word.substr(at, most * kLetter));
    if (id < 0) {
      at += std::min(kLetter, word.size() - at);
      continue;
    }
    push(unknown, at, -1);
    push(at, at + (most + 1) * kLetter, id);
    unknown = at += (most + 1) * kLetter;
  }
  push(unknown, word.size(), -1);
}

/// Short words that may be part of a compound.
static bool isShortPiece(StringRef word) {
  return llvm::StringSwitch<bool>(word)
      .Cases({"tp", "pp", "ep", "dp", "kv", "qk", "lm", "ln", "up"}, true)
      .Default(false);
}

bool Vocabulary::splitCompound(StringRef word, size_t begin,
                               SmallVectorImpl<Token> &tokens) const {
  size_t size = word.size();
  if (size < 5 || size > kMaxCompound)
    return false;
  // Fewest pieces up to each offset, and where the last one starts.
  unsigned char pieces[kMaxCompound + 1] = {0}, from[kMaxCompound + 1] = {0};
  for (size_t end = 2; end <= size; ++end) {
    for (size_t start = 0; start + 2 <= end; ++start) {
      if (start > 0 && pieces[start] == 0)
        continue;
      StringRef piece = word.slice(start, end);
      if (piece.size() < 3 && !isShortPiece(piece))
        continue;
      unsigned char count = pieces[start] + 1;
      if (pieces[end] != 0 && pieces[end] <= count)
        continue;
      if (lookup(piece) < 0)
        continue;
      pieces[end] = count;
      from[end] = start;
    }
  }
  if (pieces[size] == 0 || pieces[size] > 4)
    return false;
  SmallVector<std::pair<size_t, size_t>, 4> parts;
  for (size_t end = size; end > 0; end = from[end])
    parts.push_back({from[end], end});
  for (auto [start, end] : llvm::reverse(parts))
    tokens.push_back({Token::Word, !tokens.empty(),
                      lookup(word.slice(start, end)),
                      static_cast<unsigned>(begin + start),
                      static_cast<unsigned>(begin + end)});
  return true;
}
