//===- SamplingText.cpp - Which layers are said to be drawn -----*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SamplingText.h"
#include "DimensionText.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::dot;
using llvm::isAlpha;
using llvm::isDigit;

//===----------------------------------------------------------------------===//
// Words
//===----------------------------------------------------------------------===//

namespace {
/// What a word does in a statement, as bits.
enum Meaning : uint16_t {
  /// Layers, blocks.
  Subject = 1,
  /// More than one of them.
  Plural = 2,
  /// The others, each, all.
  Quantifier = 4,
  /// One, the first.
  Single = 8,
  /// Identical, repeat: as what is drawn.
  Alike = 16,
  /// Omitted, elided.
  LeftOut = 32,
  /// Drawn, shown.
  Shown = 64,
  Negation = 128,
  /// They, neither: what was named before.
  Anaphor = 256,
  /// As, like, of: what is named behind it is the model of others.
  Reference = 512,
  Only = 1024,
  /// Parts and weights, which are alike on all ranks.
  Other = 2048,
  /// Stands for: what was named is the model of what follows.
  StandsFor = 4096,
  /// Devices, which numbers may follow.
  Device = 8192,
};
} // namespace

static uint16_t getMeaning(StringRef word) {
  return llvm::StringSwitch<uint16_t>(word)
      .Cases({"layer", "block", "pair"}, Subject)
      .Cases({"layers", "blocks", "pairs"}, Subject | Plural)
      .Cases({"others", "rest", "remainder"}, Subject | Plural | Quantifier)
      .Cases({"other", "remaining", "further", "all", "every", "each"},
             Quantifier)
      .Cases({"one", "first", "last", "single", "a", "representative"}, Single)
      .Cases({"identical", "same", "alike", "similar", "likewise", "equal"},
             Alike)
      .Cases({"analogous", "equivalent", "copies", "repetitions", "repeated"},
             Alike)
      .Cases({"like", "repeat", "repeats", "mirror", "replicate"},
             Alike | Reference)
      .Cases({"omitted", "elided", "skipped", "collapsed", "folded"}, LeftOut)
      .Cases({"abbreviated", "suppressed"}, LeftOut)
      .Cases({"drawn", "shown", "expanded", "depicted", "displayed"}, Shown)
      .Cases({"illustrated", "unrolled", "detailed", "exported"}, Shown)
      .Cases({"visualized", "rendered", "sampled", "dumped"}, Shown)
      .Cases({"not", "none", "nor", "without", "never", "no"}, Negation)
      .Cases({"isn", "aren", "wasn", "weren"}, Negation)
      .Case("neither", Negation | Anaphor)
      .Cases({"both", "they", "these", "those"}, Anaphor)
      .Cases({"stands", "stand", "standing"}, StandsFor)
      .Cases({"represents", "represent", "representing"}, StandsFor)
      .Cases({"as", "of", "to"}, Reference)
      .Cases({"only", "just"}, Only)
      .Cases({"gpus", "gpu", "rank", "ranks"}, Other | Device)
      .Cases({"devices", "device"}, Device)
      .Cases({"weights", "weight", "norm", "experts"}, Other)
      .Cases({"missing", "lost", "dropped", "kv", "cache"}, Other)
      .Cases({"would", "should", "will", "todo", "tbd"}, Other)
      .Default(0);
}

//===----------------------------------------------------------------------===//
// Clauses
//===----------------------------------------------------------------------===//

namespace {
/// One clause of a sentence.
struct Clause {
  /// Layers that it names, and those that stand as the model of others.
  RangeSet named, models, devices;
  bool hasSubject = false, isPlural = false, hasQuantifier = false;
  bool hasSingle = false, isAlike = false, isLeftOut = false;
  bool isShown = false, hasAnaphor = false;
  bool isOnly = false, hasOther = false;
  /// Each layer, all layers.
  bool isQuantified = false;

  bool leavesOut() const { return !hasOther && (isAlike || isLeftOut); }
  /// One layer, or that of each stage, is drawn: the others are not.
  bool showsOne() const {
    return !hasOther && isShown && hasSubject &&
           (isOnly ||
            (!isQuantified && (!named.empty() || (hasSingle && !isPlural))));
  }
};

class ClauseReader {
  static constexpr unsigned kFar = 1000;

public:
  explicit ClauseReader(StringRef text) : rest(text) {}

  Clause read();

private:
  void readWord(StringRef word);
  void readRanges(bool isModel);
  void readDevices();

  StringRef rest;
  Clause clause;
  /// The last word was a subject that numbers may follow, or a reference.
  bool isCounted = false, isReference = false, isDevice = false;
  /// How many words stand behind the last of these.
  unsigned numBehindNegation = kFar, numBehindQuantifier = kFar;
};
} // namespace

void ClauseReader::readRanges(bool isModel) {
  RangeText ranges = parseRanges(rest, RangeKind::Layers, /*isName=*/false);
  if (ranges.numNumbers == 0) {
    rest = rest.drop_front();
    return;
  }
  (isModel ? clause.models : clause.named).insert(ranges.set);
  clause.hasSubject = true;
  rest = rest.drop_front(std::max<size_t>(ranges.end, 1));
}

void ClauseReader::readDevices() {
  RangeText ranges = parseRanges(rest, RangeKind::Devices, /*isName=*/false);
  clause.devices.insert(ranges.set);
  rest = rest.drop_front(std::max<size_t>(ranges.end, 1));
}

void ClauseReader::readWord(StringRef word) {
  uint16_t meaning = getMeaning(word);
  clause.hasSubject |= (meaning & Subject) != 0;
  // `each MoE layer`
  numBehindQuantifier = meaning & Quantifier ? 0 : numBehindQuantifier + 1;
  clause.isQuantified |= (meaning & Subject) && numBehindQuantifier < 3;
  clause.isPlural |= (meaning & Plural) != 0;
  clause.hasQuantifier |= (meaning & Quantifier) != 0;
  clause.hasSingle |= (meaning & Single) != 0;
  clause.isAlike |= (meaning & Alike) != 0;
  clause.isLeftOut |= (meaning & LeftOut) != 0;
  // `neither is drawn`, `are not all drawn`
  constexpr unsigned kMaxBetween = 3;
  numBehindNegation = meaning & Negation ? 0 : numBehindNegation + 1;
  if (meaning & Shown) {
    clause.isShown |= numBehindNegation > kMaxBetween;
    clause.isLeftOut |= numBehindNegation <= kMaxBetween;
  }
  if (meaning & StandsFor && !clause.named.empty()) {
    clause.models.insert(std::exchange(clause.named, RangeSet()));
    clause.isAlike = true;
  }
  clause.hasAnaphor |= (meaning & Anaphor) != 0;
  clause.isOnly |= (meaning & Only) != 0;
  clause.hasOther |= (meaning & Other) != 0;
  if (meaning & Reference)
    isReference = true;
  else if (!(meaning & Subject) && word != "the")
    isReference = false;
  // `layer norm` is no layer.
  isCounted = (meaning & Subject) != 0;
  isDevice = (meaning & Device) != 0;
}

Clause ClauseReader::read() {
  while (!rest.empty()) {
    char c = rest.front();
    if (isDigit(c) && (isCounted || isReference)) {
      readRanges(isReference);
      isCounted = isReference = false;
      continue;
    }
    if (isDigit(c) && isDevice) {
      readDevices();
      isDevice = false;
      continue;
    }
    if (!isAlpha(c)) {
      // `80 layers` counts; `layers (2, 3)` and `layers [2..3]` do not.
      if (isDigit(c))
        rest = rest.ltrim("0123456789");
      else
        rest = rest.drop_front();
      continue;
    }
    // `L0`, `l41-l79`, `h.3`
    StringRef word = rest.take_while([](char c) { return isAlpha(c); });
    if ((word == "l" || word == "h") && rest.size() > 1 &&
        (isDigit(rest[1]) ||
         (rest[1] == '.' && rest.size() > 2 && isDigit(rest[2])))) {
      rest = rest.drop_front(rest[1] == '.' ? 2 : 1);
      readRanges(isReference);
      isCounted = isReference = false;
      continue;
    }
    rest = rest.drop_front(word.size());
    readWord(word);
  }
  return clause;
}

//===----------------------------------------------------------------------===//
// Sentences
//===----------------------------------------------------------------------===//

/// True if a comma stands in a list of layers: `1-39, 41-79`, `L0, L40`.
static bool isInList(StringRef before, StringRef behind) {
  behind = behind.ltrim();
  bool isNext = !behind.empty() &&
                (isDigit(behind.front()) ||
                 (behind.size() > 1 && (behind[0] == 'l' || behind[0] == 'L') &&
                  isDigit(behind[1])));
  before = before.rtrim();
  return isNext && !before.empty() && isDigit(before.back());
}

/// True if a text ends with `repeat L0`, `as layer 3`: what others are like.
static bool endsWithModel(StringRef text) {
  StringRef word = text.rtrim("0123456789");
  if (word.size() == text.size())
    return false;
  if (word.ends_with(" l"))
    word = word.drop_back();
  for (StringRef subject : {"layer", "block", "layers", "blocks"})
    if (word.rtrim().ends_with(subject))
      word = word.rtrim().drop_back(subject.size());
  return getMeaning(word.rtrim().rsplit(' ').second) & Reference;
}

/// Splits a sentence at commas and ` and ` between statements. What stands in
/// brackets is a clause of its own, behind the one that it interrupts.
static std::vector<std::string> splitClauses(StringRef sentence) {
  std::vector<std::string> clauses, inner;
  std::string outer;
  bool isInside = false;
  auto finish = [&] {
    clauses.push_back(std::move(outer));
    llvm::append_range(clauses, inner);
    outer.clear();
    inner.clear();
  };
  for (size_t i = 0; i < sentence.size(); ++i) {
    char c = sentence[i];
    std::string &text = isInside ? inner.back() : outer;
    bool ends = c == '|' || (c == ',' && !isInList(sentence.take_front(i),
                                                   sentence.drop_front(i + 1)));
    // `L1-L39 repeat L0 and L41-L79 repeat L40`
    ends |= sentence.substr(i).starts_with(" and ") && endsWithModel(text);
    if (c == '(' && !isInside) {
      inner.emplace_back();
      isInside = true;
    } else if (c == ')' && isInside) {
      isInside = false;
      outer += ' ';
    } else if (ends && isInside) {
      inner.emplace_back();
    } else if (ends) {
      finish();
    } else {
      text += c;
    }
  }
  finish();
  return clauses;
}

/// The layers of `... layers 2-30 ...`, which says nothing but that they are
/// left out.
static RangeSet readElision(StringRef sentence) {
  StringRef text = sentence.trim();
  bool isElision = false;
  for (StringRef dots : {"...", "\u2026"}) {
    isElision |= text.consume_front(dots);
    isElision |= text.consume_back(dots);
  }
  text = text.trim();
  if (text.consume_front("("))
    text.consume_back(")");
  if (!isElision ||
      !(text.consume_front("layers") || text.consume_front("blocks") ||
        text.consume_front("layer ")))
    return {};
  text = text.ltrim();
  RangeText ranges = parseRanges(text, RangeKind::Layers, /*isName=*/false);
  return ranges.end == text.size() ? ranges.set : RangeSet();
}

/// `before` is what was named in front of this part of a sentence.
static void readSentence(StringRef sentence, RangeSet &before,
                         SamplingText &result) {
  result.omitted.insert(readElision(sentence));
  for (StringRef text : splitClauses(sentence)) {
    Clause clause = ClauseReader(text).read();
    // `GPUs 2-30 are alike`
    if (clause.isAlike || clause.isLeftOut)
      result.omittedDevices.insert(clause.devices);
    if (clause.leavesOut()) {
      if (!clause.named.empty())
        result.omitted.insert(clause.named.subtract(clause.models));
      else if (clause.hasSubject && (clause.isPlural || clause.hasQuantifier))
        result.othersAlike = true;
      else if (clause.hasAnaphor)
        result.omitted.insert(before);
    } else if (clause.showsOne()) {
      result.othersAlike = true;
      // `layers 1-30 are drawn as one block`
      if (!clause.hasSingle)
        result.shown.insert(clause.named);
    }
    // `layer 1 of 60` is what is drawn.
    if (clause.models.empty())
      before.insert(clause.named);
  }
}

SamplingText dot::readSampling(StringRef text) {
  SamplingText result;
  std::string lower = text.lower();
  RangeSet before;
  for (StringRef rest = lower; !rest.empty();) {
    // A full stop ends a sentence where a blank or the end is behind it.
    size_t end = 0;
    for (; end < rest.size(); ++end)
      if (rest[end] == '\n' || rest[end] == ';' ||
          (rest[end] == '.' &&
           (end + 1 == rest.size() || rest[end + 1] == ' ') &&
           (end == 0 || rest[end - 1] != '.')))
        break;
    readSentence(rest.take_front(end), before, result);
    if (end < rest.size() && rest[end] != ';')
      before = RangeSet();
    rest = rest.drop_front(std::min(end + 1, rest.size()));
  }
  return result;
}
