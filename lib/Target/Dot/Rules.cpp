//===- Rules.cpp - Matching rules of recognition --------------------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rules.h"
#include "DimensionList.h"
#include "DimensionText.h"
#include "WidthText.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::dot;

/// How many tokens `...` may stand for.
static constexpr unsigned kMaxGap = 5;

//===----------------------------------------------------------------------===//
// Matching
//===----------------------------------------------------------------------===//

namespace mlir::dag::dot {
/// Matches one pattern. Recursion goes over the pattern, never over the text.
class Matcher {
public:
  Matcher(const Vocabulary &vocabulary, StringRef text, ArrayRef<Token> tokens,
          bool isName, MatchMemory &memory, Match &result)
      : vocabulary(vocabulary), text(text), tokens(tokens), isName(isName),
        memory(memory), result(result) {}

  bool matchElements(ArrayRef<Element> elements, size_t token) {
    // What has failed once fails again: without that, optional elements are
    // tried in exponentially many ways.
    uint64_t state = (uint64_t(elements.size()) << 32) | token;
    bool remembers = memory.numTried > MatchMemory::kMaxTried;
    if (remembers && memory.failed.contains(state))
      return false;
    ++memory.numTried;
    if (tryElements(elements, token))
      return true;
    if (remembers)
      memory.failed.insert(state);
    return false;
  }
  bool hasWords(ArrayRef<SmallVector<int, 2>> sorted) const;

private:
  bool tryElements(ArrayRef<Element> elements, size_t token);
  bool tryWords(ArrayRef<Element> elements, ArrayRef<int> words, size_t token);
  ArrayRef<unsigned> getAlternatives(const Element &element,
                                     size_t token) const;
  bool matchWords(ArrayRef<int> words, size_t &token) const;
  bool matchCapture(const Element &element, size_t &token);
  // Each of these captures a fact that starts at `token`, and moves `token`
  // behind it.
  bool finish(Fact fact, size_t begin, size_t end, size_t &token);
  bool matchNumber(Fact fact, size_t &token);
  bool matchDropout(size_t &token);
  bool matchRanges(Fact fact, size_t &token);
  bool matchStatedShapes(Fact fact, size_t &token);
  bool matchShape(size_t &token);
  bool matchWidths(size_t &token);
  bool isAtBegin(size_t token) const;
  bool isAtEnd(size_t token) const;
  size_t skipColon(size_t token) const {
    while (token < tokens.size() && tokens[token].id == vocabulary.colon)
      ++token;
    return token;
  }
  /// The first token that starts at or behind an offset of the text.
  size_t findToken(size_t token, size_t offset) const {
    while (token < tokens.size() && tokens[token].begin < offset)
      ++token;
    return token;
  }
  size_t findNextStatement(size_t token) const;
  /// True if the word before is a plural: `layers_0_7`.
  bool isPlural(size_t token) const {
    return token > 0 && tokens[token - 1].kind == Token::Word &&
           text.slice(tokens[token - 1].begin, tokens[token - 1].end)
               .ends_with_insensitive("s");
  }
  bool isPartOfRange(size_t token) const;
  bool isListOfDevices(size_t token) const;
  bool isWay(size_t token) const {
    return token < tokens.size() &&
           text.slice(tokens[token].begin, tokens[token].end)
               .equals_insensitive("way");
  }

  const Vocabulary &vocabulary;
  StringRef text;
  ArrayRef<Token> tokens;
  bool isName;
  MatchMemory &memory;
  Match &result;
};
} // namespace mlir::dag::dot

/// Only numbers and signs stand before: `0 attention`.
bool Matcher::isAtBegin(size_t token) const {
  return llvm::all_of(tokens.take_front(token), [](const Token &token) {
    return token.kind != Token::Word;
  });
}

/// Only numbers stand behind, or a remark in brackets, or another part of the
/// sentence.
bool Matcher::isAtEnd(size_t token) const {
  for (; token < tokens.size(); ++token) {
    const Token &next = tokens[token];
    if (next.kind == Token::Word)
      return false;
    if (next.kind == Token::Sign && next.id != vocabulary.colon &&
        next.id != vocabulary.closeParen &&
        next.id != vocabulary.closeBracket) {
      StringRef sign = vocabulary.getWord(std::max(next.id, 0));
      return sign == "(" || sign == "[" || sign == "{" || sign == "," ||
             sign == ";";
    }
  }
  return true;
}

bool Matcher::matchWords(ArrayRef<int> words, size_t &token) const {
  size_t at = token;
  for (int word : words) {
    bool isGlued = word < 0;
    int id = isGlued ? -word - 1 : word;
    if (id != vocabulary.colon)
      at = skipColon(at);
    if (at >= tokens.size() || tokens[at].id != id ||
        (isGlued && !tokens[at].isGlued))
      return false;
    ++at;
  }
  token = at;
  return true;
}

/// True if one of the words stands somewhere in the line.
bool Matcher::hasWords(ArrayRef<SmallVector<int, 2>> sorted) const {
  if (sorted.empty())
    return false;
  for (size_t i = 0; i < tokens.size(); ++i) {
    auto it = llvm::partition_point(sorted, [&](ArrayRef<int> words) {
      return words.front() < tokens[i].id;
    });
    for (; it != sorted.end() && it->front() == tokens[i].id; ++it)
      if (size_t at = i; matchWords(*it, at))
        return true;
  }
  return false;
}

/// True if a number is the first of a range or a list: `0-7`, `0,1`.
bool Matcher::isPartOfRange(size_t token) const {
  StringRef rest = text.drop_front(tokens[token].end);
  for (StringRef sign : {"-", "\u2013", "..", ",", ", "})
    if (rest.starts_with(sign))
      return llvm::isDigit(rest.drop_front(sign.size()).take_front().empty()
                               ? ' '
                               : rest[sign.size()]);
  return false;
}

/// The token where the next statement of the line starts, as in
/// `Input: [a] Output: [b]`.
size_t Matcher::findNextStatement(size_t token) const {
  for (size_t i = token + 1; i + 1 < tokens.size(); ++i) {
    if (tokens[i].kind != Token::Word || tokens[i].id < 0)
      continue;
    StringRef word = vocabulary.getWord(tokens[i].id);
    int next = tokens[i + 1].id;
    if ((word == "input" || word == "output" || word == "in" || word == "out" ||
         word == "inputs" || word == "outputs") &&
        (next == vocabulary.colon || next == vocabulary.equal ||
         next == vocabulary.openBracket))
      return i;
  }
  return tokens.size();
}

bool Matcher::finish(Fact fact, size_t begin, size_t end, size_t &token) {
  result.captures.push_back(
      {fact, static_cast<unsigned>(begin), static_cast<unsigned>(end)});
  token = findToken(token, end);
  return true;
}

/// One number, in brackets or not.
bool Matcher::matchNumber(Fact fact, size_t &token) {
  size_t at = token;
  // `Dim: 3072 -> 8192 -> 3072` is a map.
  if (fact == Fact::Dim &&
      getWidthMapLength(text.drop_front(tokens[at].begin)) > 0)
    return false;
  bool isOpen = tokens[at].id == vocabulary.openParen ||
                tokens[at].id == vocabulary.openBracket;
  if (isOpen && ++at >= tokens.size())
    return false;
  if (tokens[at].kind != Token::Number || (!isName && isPartOfRange(at)))
    return false;
  // `2x` counts something, and `8x` layers are a number of them.
  if (fact != Fact::LayerCount && at + 1 < tokens.size() &&
      tokens[at + 1].isGlued && tokens[at + 1].kind == Token::Word &&
      isCountedWord(text.slice(tokens[at + 1].begin, tokens[at + 1].end)))
    return false;
  result.captures.push_back({fact, tokens[at].begin, tokens[at].end});
  token = ++at;
  if (isOpen && at < tokens.size() &&
      (tokens[at].id == vocabulary.closeParen ||
       tokens[at].id == vocabulary.closeBracket))
    ++token;
  return true;
}

bool Matcher::matchDropout(size_t &token) {
  if (tokens[token].kind != Token::Number)
    return false;
  size_t begin = tokens[token].begin;
  size_t end =
      std::min(text.find_first_not_of("0123456789.e", begin), text.size());
  // `Dropout 1` is the first dropout, `Dropout 0.1` is not.
  int before = token > 0 ? tokens[token - 1].id : -1;
  if (before != vocabulary.colon && before != vocabulary.equal &&
      !text.slice(begin, end).contains('.'))
    return false;
  return finish(Fact::Dropout, begin, end, token);
}

/// Ranges of layers or devices.
bool Matcher::matchRanges(Fact fact, size_t &token) {
  bool isLayers = fact == Fact::Layers || fact == Fact::SampledLayers ||
                  fact == Fact::OmittedLayers || fact == Fact::MeantLayers;
  size_t begin = tokens[token].begin;
  StringRef piece = text.drop_front(begin);
  if (isName && !isPlural(token)) {
    // In `layer_0_1_norm` the second number is another one.
    if (tokens[token].kind != Token::Number)
      return false;
    piece = text.slice(begin, tokens[token].end);
  }
  RangeText ranges = parseRanges(
      piece, isLayers ? RangeKind::Layers : RangeKind::Devices, isName);
  unsigned least = fact == Fact::Layers ? 2 : 1;
  return ranges.numNumbers >= least &&
         finish(fact, begin, begin + ranges.end, token);
}

/// Shapes behind a word such as `Input`.
/// True for `8 x [..]`: so many of one shape.
static bool statesCopies(StringRef text) {
  StringRef rest = text.ltrim("0123456789").ltrim();
  return rest.size() < text.size() &&
         (rest.consume_front("x") || rest.consume_front("\u00d7") ||
          rest.consume_front("*")) &&
         rest.ltrim().starts_with("[");
}

bool Matcher::matchStatedShapes(Fact fact, size_t &token) {
  // `in_proj [..]` is no statement, `in: ...` and `in [..]` are.
  bool isStated = token > 0 && (tokens[token - 1].id == vocabulary.colon ||
                                tokens[token - 1].id == vocabulary.equal);
  size_t begin = tokens[token].begin;
  // `wo: 4096 -> 1024` is a map, and states no weight.
  if (getWidthMapLength(text.drop_front(begin)) > 0)
    return false;
  size_t next = findNextStatement(token);
  size_t limit = next < tokens.size() ? tokens[next].begin : text.size();
  // `in B x S -> out B x S x 8192`
  if (size_t length = 0, arrow = findArrow(text.slice(begin, limit), length);
      fact == Fact::Input && arrow != StringRef::npos &&
      text.drop_front(begin + arrow + length)
          .ltrim()
          .starts_with_insensitive("out"))
    limit = begin + arrow;
  // `in tensor<4x2048x2560xbf16>`
  constexpr StringLiteral kTensor = "tensor";
  bool isTensor = text.drop_front(begin).starts_with("<") &&
                  text.take_front(begin).ends_with_insensitive(kTensor);
  if (isTensor)
    begin -= kTensor.size();
  if (!isStated && !isTensor && tokens[token].id != vocabulary.openBracket &&
      tokens[token].id != vocabulary.openParen &&
      !statesCopies(text.drop_front(begin))) {
    // `in B:8 S:512 H:768`: names of dimensions tell as much.
    Shape shape;
    size_t length = parseUnmarkedList(text.slice(begin, limit), shape);
    // `in B x S x 6144`, `out q B x S x 24 x 128`
    constexpr size_t kMaxBefore = 16;
    StringRef piece = text.slice(begin, limit);
    // Behind the first size of one, a product is not begun anew.
    bool isInside = llvm::any_of(
        ArrayRef<StringRef>{"x ", "*", "\u00d7", "\u00b7", "\u22c5"},
        [&](StringRef sign) { return piece.starts_with(sign); });
    if (!isInside)
      if (ShapeText products = findProducts(piece);
          products.begin <= kMaxBefore)
        length = std::max(length, products.end);
    // `out B,32,S,80`
    if (length == 0 && piece.count(',') > 1)
      if (ShapeText list = parseShapes(piece, ShapeContext::Bare);
          list.shapes.size() == 1 && list.begin == 0)
        length = list.end;
    return length > 0 && finish(fact, begin, begin + length, token);
  }
  // `fc_out [a] -> [b]` states both sides.
  size_t arrowLength = 0;
  if (!isStated && fact == Fact::Output &&
      findArrow(text.slice(begin, limit), arrowLength) != StringRef::npos)
    return false;
  ShapeText shapes =
      parseShapes(text.slice(begin, limit), ShapeContext::Stated);
  return !shapes.shapes.empty() &&
         finish(fact, begin, begin + shapes.end, token);
}

/// True if a bracket lists devices: `GPU: [0,1]`, `GPU:[1] -> [2]`.
bool Matcher::isListOfDevices(size_t token) const {
  if (token >= tokens.size() || tokens[token].id != vocabulary.openBracket)
    return false;
  while (token > 0) {
    const Token &before = tokens[--token];
    if (before.id == vocabulary.colon || before.id == vocabulary.equal)
      continue;
    if (before.kind == Token::Word)
      return before.id >= 0 && isDeviceWord(vocabulary.getWord(before.id));
    // The target behind an arrow is of the kind that its source is of.
    if (before.id < 0 || vocabulary.getWord(before.id) != "->" || token == 0 ||
        tokens[token - 1].id != vocabulary.closeBracket)
      return false;
    while (token > 0 && tokens[token].id != vocabulary.openBracket)
      --token;
  }
  return false;
}

/// A shape without a word, which may begin further on.
bool Matcher::matchShape(size_t &token) {
  size_t begin = tokens[token].begin;
  ShapeText shapes = parseShapes(text.drop_front(begin), ShapeContext::Bare);
  if (shapes.shapes.empty())
    return false;
  size_t from = begin + shapes.begin;
  size_t at = findToken(token, from);
  // A shape may still stand behind a list of devices.
  for (unsigned tries = 0; isListOfDevices(at) && tries < 4; ++tries) {
    while (at < tokens.size() && tokens[at].id != vocabulary.closeBracket)
      ++at;
    if (++at >= tokens.size())
      return false;
    begin = tokens[at].begin;
    shapes = parseShapes(text.drop_front(begin), ShapeContext::Bare);
    if (shapes.shapes.empty())
      return false;
    from = begin + shapes.begin;
    at = findToken(at, from);
  }
  if (isListOfDevices(at))
    return false;
  if (at >= tokens.size() || tokens[at].id == kUsedToken)
    return false;
  // Capture up to the end of the line, as an arrow may stand behind.
  result.firstToken = at;
  token = at;
  return finish(Fact::Shape, from, begin + shapes.end, token);
}

/// A map of widths, which may begin further on: `q_proj 4096 -> 1024`.
bool Matcher::matchWidths(size_t &token) {
  for (size_t at = token; at < tokens.size(); ++at) {
    const Token &first = tokens[at];
    if (first.kind != Token::Number || first.isGlued ||
        endsWithArrow(text.take_front(first.begin)))
      continue;
    // `tokens 4096 -> 1024` and `step 1 -> 2` count something else.
    if (at > 0 && tokens[at - 1].kind == Token::Word &&
        countsOthers(text.slice(tokens[at - 1].begin, tokens[at - 1].end)))
      continue;
    size_t length = getWidthMapLength(text.drop_front(first.begin));
    if (length == 0)
      continue;
    size_t end = findToken(at, first.begin + length);
    bool isFree =
        llvm::none_of(tokens.slice(at, end - at), [](const Token &other) {
          return other.id == kUsedToken;
        });
    if (!isFree)
      continue;
    result.firstToken = at;
    token = at;
    return finish(Fact::Widths, first.begin, first.begin + length, token);
  }
  return false;
}

bool Matcher::matchCapture(const Element &element, size_t &token) {
  size_t at = skipColon(token);
  if (at >= tokens.size() || (element.isGlued && !tokens[at].isGlued) ||
      (tokens[at].id == kUsedToken && element.capture != Fact::Shape &&
       element.capture != Fact::Widths))
    return false;
  auto match = [&] {
    size_t begin = tokens[at].begin;
    switch (element.capture) {
    default:
      return matchNumber(element.capture, at);
    case Fact::Dropout:
      return matchDropout(at);
    case Fact::Layers:
    case Fact::SampledLayers:
    case Fact::OmittedLayers:
    case Fact::MeantLayers:
    case Fact::Devices:
    case Fact::TargetDevices:
    case Fact::SourceDevices:
      return matchRanges(element.capture, at);
    case Fact::DevicePairs: {
      DevicePairs pairs = parseDevicePairs(text.drop_front(begin), isName);
      return !pairs.targets.empty() &&
             finish(element.capture, begin, begin + pairs.end, at);
    }
    case Fact::Role:
    case Fact::Block:
    case Fact::Kind:
      return finish(element.capture, begin, text.size(), at);
    case Fact::DeviceName:
    case Fact::TargetDeviceName: {
      size_t end = std::min(text.find_first_of("(,;[", begin), text.size());
      // `From: P@1 To: P@2`
      StringRef name = text.slice(begin, end);
      name = name.take_front(name.find_insensitive(" to:")).rtrim();
      return !name.empty() &&
             finish(element.capture, begin, begin + name.size(), at);
    }
    case Fact::Input:
    case Fact::Output:
    case Fact::InputOutput:
    case Fact::Buffer:
    case Fact::Weight:
      return matchStatedShapes(element.capture, at);
    case Fact::Shape:
      return matchShape(at);
    case Fact::Widths:
      return matchWidths(at);
    }
  };
  if (!match())
    return false;
  token = at;
  return true;
}

/// The alternatives that begin with a token, of an element that has many.
ArrayRef<unsigned> Matcher::getAlternatives(const Element &element,
                                            size_t token) const {
  if (token >= tokens.size())
    return {};
  int id = tokens[token].id;
  auto isBefore = [&](unsigned alternative) {
    return element.words[alternative].front() < id;
  };
  auto isOf = [&](unsigned alternative) {
    return element.words[alternative].front() == id;
  };
  ArrayRef<unsigned> order = element.order;
  order = ArrayRef(llvm::partition_point(order, isBefore), order.end());
  return ArrayRef(order.begin(), llvm::partition_point(order, isOf));
}

/// One alternative of the first element, and the rest.
bool Matcher::tryWords(ArrayRef<Element> elements, ArrayRef<int> words,
                       size_t token) {
  size_t next = token;
  if (!matchWords(words, next) || !matchElements(elements.drop_front(), next))
    return false;
  if (elements.front().isKept)
    result.kept.push_back(
        {static_cast<unsigned>(token), static_cast<unsigned>(next)});
  return true;
}

bool Matcher::tryElements(ArrayRef<Element> elements, size_t token) {
  if (elements.empty()) {
    result.endToken = token;
    return true;
  }
  const Element &element = elements.front();
  ArrayRef<Element> rest = elements.drop_front();
  switch (element.kind) {
  case Element::Begin:
    return isAtBegin(token) && matchElements(rest, token);
  case Element::End:
    return isAtEnd(token) && matchElements(rest, token);
  case Element::Gap:
    for (size_t i = 0; i <= kMaxGap && token + i <= tokens.size(); ++i)
      if (matchElements(rest, token + i))
        return true;
    return false;
  case Element::Capture: {
    size_t mark = result.captures.size();
    size_t next = token;
    // In `pipeline 4-way` the number is no index.
    bool isFree = rest.empty() || rest.front().kind != Element::Words;
    if (matchCapture(element, next) && !(isFree && isWay(next)) &&
        matchElements(rest, next))
      return true;
    result.captures.truncate(mark);
    return element.isOptional && matchElements(rest, token);
  }
  case Element::Words:
    // A colon may be skipped, or be what an alternative begins with.
    if (element.order.empty() ||
        (token < tokens.size() && tokens[token].id == vocabulary.colon)) {
      for (const auto &words : element.words)
        if (tryWords(elements, words, token))
          return true;
    } else {
      for (unsigned alternative : getAlternatives(element, token))
        if (tryWords(elements, element.words[alternative], token))
          return true;
    }
    return element.isOptional && matchElements(rest, token);
  }
  llvm_unreachable("unknown element");
}

bool RuleSet::match(const Candidate &candidate, StringRef text,
                    ArrayRef<Token> tokens, bool isName, MatchMemory &memory,
                    Match &result) const {
  const Rule &rule = *rules[candidate.rule];
  const TextPattern &pattern = rule.patterns[candidate.pattern];
  ArrayRef<Element> elements = pattern.elements;
  size_t start = candidate.token;
  // A leading capture stands before the word that was found.
  if (elements.size() > 1 && elements.front().kind == Element::Capture) {
    if (start == 0)
      return false;
    --start;
  } else if (elements.size() > 2 && elements[0].kind == Element::Begin &&
             elements[1].kind == Element::Capture) {
    const Token *number = llvm::find_if(
        tokens, [](const Token &token) { return token.kind == Token::Number; });
    start = number - tokens.begin();
  }
  result.rule = &rule;
  result.firstToken = start;
  result.captures.clear();
  result.kept.clear();
  memory.begin(candidate.rule, candidate.pattern);
  if (memory.hasAbsent.value_or(false))
    return false;
  Matcher matcher(vocabulary, text, tokens, isName, memory, result);
  if (!matcher.matchElements(elements, start))
    return false;
  if (!memory.hasAbsent)
    memory.hasAbsent = matcher.hasWords(pattern.absent);
  return !*memory.hasAbsent;
}

void RuleSet::print(raw_ostream &os) const {
  for (const std::string &line : wordLines)
    os << line << '\n';
  for (const std::string &line : refineLines)
    os << line << '\n';
  for (const std::unique_ptr<Rule> &rule : rules)
    os << rule->text << '\n';
}
