//===- RangeText.cpp - Devices and layers as people write them ------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DimensionText.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::dot;
using llvm::isAlpha;
using llvm::isDigit;

namespace {
/// Reads a list of ranges from the front of a text.
class RangeParser {
public:
  RangeParser(StringRef text, RangeKind kind, bool isName)
      : text(text), kind(kind), isName(isName) {}
  RangeText parse();

private:
  void skipBlanks() {
    while (pos < text.size() && (text[pos] == ' ' || text[pos] == '\t'))
      ++pos;
  }
  StringRef peekWord() { return text.substr(pos).take_while(isAlpha); }
  bool skipKeyword();
  std::optional<int64_t> parseItem();
  std::optional<RangeSet::Range> parseSums();
  RangeText closeBracket(char open, RangeText result) const;
  bool parseRangeSign();
  bool parseListSign(bool &needsKeyword);
  bool isCount(int64_t last) const;

  StringRef text;
  RangeKind kind;
  bool isName;
  size_t pos = 0;
  static constexpr int64_t kMaxBase = int64_t(1) << 40;
};
} // namespace

/// Skips a word that may stand before each number: `GPU0, GPU1`, `L0-L7`.
bool RangeParser::skipKeyword() {
  StringRef word = peekWord();
  // `model.layers.1 - model.layers.78`
  if (size_t next = pos + word.size() + 1;
      kind == RangeKind::Layers && !word.empty() &&
      text.substr(next - 1).starts_with(".layers.")) {
    pos = next;
    word = peekWord();
  }
  if (word.empty() || word.size() > 8)
    return false;
  bool isKeyword = kind == RangeKind::Devices
                       ? isDeviceWord(word)
                       : llvm::StringSwitch<bool>(word)
                             .CasesLower({"layer", "layers", "l"}, true)
                             .CasesLower({"block", "blocks", "blk"}, true)
                             .Case("h", true)
                             .Default(false);
  if (!isKeyword)
    return false;
  pos += word.size();
  while (pos < text.size() && StringRef(" \t:#_.").contains(text[pos]))
    ++pos;
  return true;
}

bool dot::isDeviceWord(StringRef word) {
  return llvm::StringSwitch<bool>(word)
      .CasesLower({"gpu", "gpus", "device", "devices"}, true)
      .CasesLower({"cuda", "rank", "ranks", "npu", "tpu"}, true)
      .Default(false);
}

bool dot::isCountedWord(StringRef word) {
  return llvm::StringSwitch<bool>(word)
      .CasesLower({"experts", "expert", "heads", "layers", "gpus"}, true)
      .CasesLower({"devices", "tokens", "stages", "nodes", "more"}, true)
      .CasesLower({"way", "dim", "ranks", "replicas", "groups"}, true)
      .CasesLower({"gb", "mb", "kb", "tb", "g", "x", "k", "m"}, true)
      .CasesLower({"b", "d", "th", "st", "nd", "rd"}, true)
      .Default(false);
}

std::optional<int64_t> RangeParser::parseItem() {
  StringRef digits = text.substr(pos).take_while(isDigit);
  if (digits.empty())
    digits = text.substr(pos).take_front(getNumeralLength(text.substr(pos)));
  std::optional<int64_t> value = parseNumber(digits);
  if (!value)
    return std::nullopt;
  size_t next = pos + digits.size();
  // A dash between blanks ends what is listed: `GPUs 0-7 - Layers 0-19`.
  StringRef rest = text.substr(next);
  if (!rest.starts_with(" - "))
    rest = rest.ltrim(" -");
  StringRef word = rest.take_while(isAlpha);
  // `GPU 0-7 layers 0-19` lists both, `8 layers` counts.
  StringRef behind = rest.drop_front(word.size());
  bool isListed = word.size() > 2 && behind.size() > 1 && behind[0] == ' ' &&
                  isDigit(behind[1]);
  if (isCountedWord(word) && !behind.starts_with(":") && !isListed)
    return std::nullopt;
  pos = next;
  return value;
}

/// Reads `128+0-128+7`, a range whose ends are offsets from one base.
std::optional<RangeSet::Range> RangeParser::parseSums() {
  StringRef rest = text.substr(pos);
  auto parseSum = [&](int64_t &base) -> std::optional<int64_t> {
    int64_t offset;
    if (rest.consumeInteger(10, base) || !rest.consume_front("+") ||
        rest.empty() || !isDigit(rest.front()) ||
        rest.consumeInteger(10, offset) || base < 0 || base > kMaxBase ||
        offset > kMaxBase)
      return std::nullopt;
    return base + offset;
  };
  int64_t firstBase, lastBase;
  std::optional<int64_t> first = parseSum(firstBase);
  if (!first || !(rest.consume_front("-") || rest.consume_front("..")))
    return std::nullopt;
  std::optional<int64_t> last = parseSum(lastBase);
  if (!last || firstBase != lastBase || *last < *first)
    return std::nullopt;
  pos = text.size() - rest.size();
  return RangeSet::Range{*first, *last};
}

bool RangeParser::parseRangeSign() {
  StringRef rest = text.substr(pos);
  if (getArrowLength(rest))
    return false;
  for (StringRef sign : {"...", "..", "-", "~", "\u2013", "\u2014", "\u2212",
                         "\u2026", "to ", "through ", "thru "})
    if (rest.starts_with(sign)) {
      if (sign == "-" && rest.starts_with("--"))
        return false;
      pos += sign.size();
      return true;
    }
  if (isName && rest.starts_with("to") &&
      isDigit(rest.substr(2, 1).empty() ? ' ' : rest[2])) {
    pos += 2;
    return true;
  }
  if (isName && (rest.starts_with("_to_") || rest.starts_with("_"))) {
    pos += rest.starts_with("_to_") ? 4 : 1;
    return true;
  }
  return false;
}

bool RangeParser::parseListSign(bool &needsKeyword) {
  StringRef rest = text.substr(pos);
  needsKeyword = false;
  if (isName)
    return false;
  if (rest.starts_with("and ") || rest.starts_with("& ")) {
    pos += rest.starts_with("and ") ? 4 : 2;
    return true;
  }
  if (rest.starts_with(",") || rest.starts_with(";") || rest.starts_with("+")) {
    ++pos;
    skipBlanks();
    if (text.substr(pos).starts_with("and "))
      pos += 4;
    return true;
  }
  // `GPU0/GPU1`, but not `3/80`, which is 3 of 80.
  if (rest.starts_with("/")) {
    ++pos;
    needsKeyword = true;
    return true;
  }
  return false;
}

/// True if the next number counts what is named behind it, `0-3, 512 rows`, or
/// what each of them has, `0-3, 16 each`.
bool RangeParser::isCount(int64_t last) const {
  StringRef digits = text.substr(pos).take_while(isDigit);
  StringRef rest = text.substr(pos + digits.size());
  std::optional<int64_t> value = parseNumber(digits);
  // `0-3, 27648/4 each` divides.
  if (kind == RangeKind::Devices && value && *value > last + 1 &&
      rest.size() > 1 && rest[0] == '/' && isDigit(rest[1]))
    return true;
  if (kind != RangeKind::Devices || !value || *value <= last + 1 ||
      !rest.consume_front(" "))
    return false;
  StringRef word = rest.take_while(isAlpha);
  return word == "each" || word == "per" ||
         (word.size() > 3 && word.back() == 's' && !isDeviceWord(word));
}

/// Ends a list of numbers with the bracket that opened it, or none.
RangeText RangeParser::closeBracket(char open, RangeText result) const {
  if (!open)
    return result;
  StringRef rest = text.substr(result.end);
  char close = open == '[' ? ']' : open == '{' ? '}' : ')';
  // `[8-{7+n}]` isn't a list of numbers.
  if (!rest.ltrim().starts_with(StringRef(&close, 1)))
    return RangeText();
  result.end = text.find(close, result.end) + 1;
  return result;
}

RangeText RangeParser::parse() {
  RangeText result;
  char open = 0;
  skipBlanks();
  if (pos < text.size() && StringRef("[{(").contains(text[pos]))
    open = text[pos++];
  skipBlanks();
  skipKeyword();
  if (std::optional<RangeSet::Range> range = parseSums()) {
    result.set.insert(range->first, range->last);
    result.numNumbers = 2;
    result.end = pos;
    return closeBracket(open, result);
  }
  std::optional<int64_t> first = parseItem();
  if (!first)
    return result;
  while (true) {
    ++result.numNumbers;
    size_t mark = pos;
    result.end = pos;
    std::optional<int64_t> last;
    skipBlanks();
    bool isWord = text.substr(pos).starts_with_insensitive("to ");
    // `0,1 to 2,3` is a way too.
    bool isWay = isWord && kind == RangeKind::Devices && result.numNumbers > 1;
    if (!isWay && parseRangeSign()) {
      skipBlanks();
      // `0 to 3` is a range, `GPU 0 to GPU 3` is a way.
      if (!skipKeyword() || !isWord || kind != RangeKind::Devices)
        last = parseItem();
      if (last && (*last < *first || (isName && *last == *first)))
        last.reset();
    }
    if (last) {
      ++result.numNumbers;
      result.set.insert(*first, *last);
      result.end = mark = pos;
    } else {
      result.set.insert(*first);
      pos = mark;
    }
    bool needsKeyword;
    skipBlanks();
    if (!parseListSign(needsKeyword))
      break;
    skipBlanks();
    bool hasKeyword = skipKeyword();
    if (!hasKeyword && (needsKeyword || isCount(result.set.back())))
      break;
    std::optional<int64_t> next = parseItem();
    if (!next)
      break;
    // `[0, 20)` is 0 to 19.
    if (open == '[' && result.numNumbers == 1 && *next > *first &&
        text.substr(pos).ltrim().starts_with(")")) {
      result.set.insert(*first, *next - 1);
      result.numNumbers = 2;
      result.end = text.find(')', pos) + 1;
      return result;
    }
    first = next;
  }
  return closeBracket(open, result);
}

RangeText dot::parseRanges(StringRef text, RangeKind kind, bool isName) {
  RangeText result = RangeParser(text, kind, isName).parse();
  // `[0,1] [2,3] [4,5]`: groups beside each other.
  constexpr unsigned kMaxGroups = 64;
  bool isGroup = kind == RangeKind::Devices && text.ltrim().starts_with("[");
  for (unsigned i = 0; isGroup && result.numNumbers > 0 && i < kMaxGroups;
       ++i) {
    StringRef rest = text.drop_front(result.end);
    size_t blanks = rest.size() - rest.ltrim(" ,;").size();
    rest = rest.drop_front(blanks);
    if (!rest.starts_with("["))
      break;
    RangeText next = RangeParser(rest, kind, isName).parse();
    if (next.numNumbers == 0)
      break;
    result.set.insert(next.set);
    result.numNumbers += next.numNumbers;
    result.end += blanks + next.end;
  }
  return result;
}

DevicePairs dot::parseDevicePairs(StringRef text, bool isName) {
  DevicePairs result;
  StringRef rest = text;
  while (true) {
    RangeText source = parseRanges(rest, RangeKind::Devices, /*isName=*/false);
    if (source.numNumbers == 0)
      return result;
    StringRef behind = rest.drop_front(source.end).ltrim();
    size_t back = getBackArrowLength(behind);
    if (back > 0) {
      RangeText from = parseRanges(behind.drop_front(back).ltrim(),
                                   RangeKind::Devices, /*isName=*/false);
      if (from.numNumbers == 0 || !result.sources.empty())
        return result;
      StringRef tail = behind.drop_front(back).ltrim().drop_front(from.end);
      result.sources.insert(from.set);
      result.targets.insert(source.set);
      result.end = text.size() - tail.size();
      return result;
    }
    if (size_t length = getArrowLength(behind))
      behind = behind.drop_front(length);
    else if (!behind.consume_front("to ") &&
             !(isName && behind.consume_front("_to_")))
      return result;
    RangeText target =
        parseRanges(behind.ltrim(), RangeKind::Devices, /*isName=*/false);
    if (target.numNumbers == 0)
      return result;
    // `0->2, 1->3`: the list of targets ends before the next source.
    behind = behind.ltrim();
    result.sources.insert(source.set);
    StringRef tail = behind.drop_front(target.end).ltrim();
    bool isPair = (getArrowLength(tail) || tail.starts_with("to ")) &&
                  target.numNumbers > 1;
    size_t comma = behind.take_front(target.end).rfind(',');
    if (!isPair || comma == StringRef::npos) {
      result.targets.insert(target.set);
      result.end = text.size() - behind.size() + target.end;
      return result;
    }
    target = parseRanges(behind.take_front(comma), RangeKind::Devices, false);
    result.targets.insert(target.set);
    result.end = text.size() - behind.size() + target.end;
    rest = behind.drop_front(comma + 1);
  }
}
