//===- DimensionText.cpp - Shapes and ranges as people write them ---------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DimensionText.h"
#include "DimensionList.h"
#include "DimensionWords.h"
#include "WidthText.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::dot;
using llvm::isAlnum;
using llvm::isAlpha;
using llvm::isDigit;
using llvm::isSpace;

StringRef dot::getElementType(StringRef text) {
  return llvm::StringSwitch<StringRef>(text)
      .CasesLower({"bf16", "bfloat16"}, "bf16")
      .CasesLower({"f16", "fp16", "float16", "half"}, "f16")
      .CasesLower({"f32", "fp32", "float32"}, "f32")
      .CasesLower({"f64", "fp64", "float64"}, "f64")
      .CasesLower({"f8e4m3fn", "fp8", "float8", "e4m3", "f8"}, "f8E4M3FN")
      .CasesLower({"f8e5m2", "e5m2"}, "f8E5M2")
      .CasesLower({"i8", "int8"}, "i8")
      .CasesLower({"i32", "int32"}, "i32")
      .CasesLower({"i64", "int64"}, "i64")
      .Default("");
}

//===----------------------------------------------------------------------===//
// Small pieces
//===----------------------------------------------------------------------===//

size_t dot::getArrowLength(StringRef text) {
  // `[a] > [b]`, `4096 > 14336`
  if (text.consume_front(">")) {
    StringRef next = text.ltrim(' ');
    bool isNumber = next.size() < text.size() && !next.empty() &&
                    llvm::isDigit(next.front());
    return isNumber || next.starts_with("[") ? 1 : 0;
  }
  if (text.empty() ||
      (static_cast<unsigned char>(text.front()) < 0x80 && text.front() != '<' &&
       text.front() != '-' && text.front() != '='))
    return 0;
  for (StringRef arrow : {"<-->", "<->", "-->", "->", "==>", "=>", "\u2192",
                          "\u27f6", "\u2794", "\u279c", "\u21d2", "\u27a1",
                          "\u2194", "\u21c4", "\u21d4", "\u27f9", "\u2b95"})
    if (text.starts_with(arrow))
      return arrow.size();
  return 0;
}

size_t dot::getBackArrowLength(StringRef text) {
  if (getArrowLength(text) > 0)
    return 0;
  for (StringRef arrow : {"<--", "<-", "<==", "\u2190", "\u27f5", "\u21d0"})
    if (text.starts_with(arrow))
      return arrow.size();
  return 0;
}

/// True for `to ` at `at` if it stands between two shapes: `[a] to [b]`, `(a)
/// to 4 x (b)`, `4x512 to 4x512x768`.
static bool isToOfShapes(StringRef text, size_t at) {
  StringRef before = text.take_front(at), behind = text.drop_front(at);
  if (!behind.consume_front("to ") || !before.consume_back(" "))
    return false;
  before = before.rtrim(' ');
  behind = behind.ltrim(' ');
  if (!before.ends_with("]") && !before.ends_with(")")) {
    StringRef last = before.substr(before.rfind(' ') + 1);
    StringRef next = behind.take_until(isSpace);
    if ((isProductList(last) && isProductList(next)) ||
        (last.contains(',') && next.contains(',')))
      return true;
    // `B x S x 2560 to B x 32 x S x 80`
    ShapeText left = findProducts(before);
    ShapeText right = findProducts(behind);
    return !left.shapes.empty() && left.end == before.size() &&
           !right.shapes.empty() && right.begin == 0;
  }
  // Behind a word or two, as in `[a] to x [b], z [c]`.
  constexpr unsigned kMaxWords = 3;
  for (unsigned i = 0; i < kMaxWords; ++i) {
    StringRef word = behind.take_until(
        [](char c) { return isSpace(c) || c == '[' || c == '('; });
    if (isDeviceWord(word))
      return false;
    behind = behind.drop_front(word.size()).ltrim(' ');
    if (behind.starts_with("[") || behind.starts_with("("))
      return true;
  }
  return false;
}

size_t dot::findArrow(StringRef text, size_t &length) {
  unsigned depth = 0;
  for (size_t i = 0, e = text.size(); i < e; ++i) {
    char c = text[i];
    if (c == '[' || c == '(') {
      ++depth;
    } else if ((c == ']' || c == ')') && depth > 0) {
      --depth;
    } else if (depth == 0 && c == 't' && isToOfShapes(text, i)) {
      length = 2;
      return i;
    } else if (depth == 0 && !isAlnum(c)) {
      if ((length = getArrowLength(text.substr(i))))
        return i;
    }
  }
  return StringRef::npos;
}

/// The numeral that `word` is, or none.
static std::optional<int64_t> getNumeral(StringRef word) {
  int64_t value = llvm::StringSwitch<int64_t>(word)
                      .CaseLower("one", 1)
                      .CaseLower("two", 2)
                      .CaseLower("three", 3)
                      .CaseLower("four", 4)
                      .CaseLower("five", 5)
                      .CaseLower("six", 6)
                      .CaseLower("seven", 7)
                      .CaseLower("eight", 8)
                      .CaseLower("nine", 9)
                      .CaseLower("ten", 10)
                      .CaseLower("eleven", 11)
                      .CaseLower("twelve", 12)
                      .CaseLower("zero", 0)
                      .Default(-1);
  return value < 0 ? std::nullopt : std::optional<int64_t>(value);
}

size_t dot::getNumeralLength(StringRef text) {
  StringRef word = text.take_while(isAlpha);
  return word.size() < 7 && getNumeral(word) ? word.size() : 0;
}

std::optional<int64_t> dot::parseNumber(StringRef text) {
  if (!text.empty() && isAlpha(text.front()))
    return getNumeral(text.take_while(isAlpha));
  StringRef digits = text.take_while(isDigit);
  int64_t value;
  if (digits.empty() || digits.getAsInteger(10, value))
    return std::nullopt;
  return value;
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

/// True if a single dimension in brackets says enough to be a shape:
/// `[8192]`, `[vocab_size]`, `[B]`, but neither `[TP]` nor `[0-7]`.
static bool isShapeAlone(const Dim &dim, bool isGlued) {
  if (dim.size)
    return !isGlued || !dim.name.empty();
  if (!dim.name.empty())
    return true;
  StringRef symbol = dim.symbol;
  if (symbol.size() == 1)
    return StringRef("BSTNLDHV").contains(symbol);
  return symbol.ends_with("_size") || symbol.ends_with("_len") ||
         symbol.ends_with("_dim") || symbol == "tokens";
}

/// True if a dimension counts the experts that a token goes to.
static bool isTopK(StringRef name) {
  return llvm::StringSwitch<bool>(name)
      .CasesLower({"top", "topk", "top_k", "top-k"}, true)
      .Default(false);
}

/// True for `tp0`, `gpu3` and the like.
static bool isRankSymbol(StringRef symbol) {
  StringRef word = symbol.rtrim("0123456789");
  return word.size() < symbol.size() &&
         (isDeviceWord(word) || word.equals_insensitive("tp"));
}

/// True if `shape`, read from brackets, is one.
static bool isShape(const Shape &shape, char bracket, bool isGlued) {
  if (shape.empty())
    return false;
  // A remark on a router, not what it gives.
  if (bracket == '(' &&
      llvm::all_of(shape, [](const Dim &dim) { return isTopK(dim.name); }))
    return false;
  // `softmax(dim=-1)` says along what, not how much.
  if (shape.size() == 1 && StringRef(shape.front().symbol).starts_with("-"))
    return false;
  bool hasName = false, hasSize = false;
  for (const Dim &dim : shape) {
    hasName |= !dim.name.empty();
    hasSize |= dim.size.has_value();
    // `[Q,K,V]` lists tensors, `[tp0, tp1]` ranks.
    if (dim.name.empty() && (dim.symbol == "Q" || dim.symbol == "K" ||
                             dim.symbol == "V" || isRankSymbol(dim.symbol)))
      return false;
  }
  if (bracket == '(') {
    // `(32 experts)` counts what a box holds.
    // `(partial, 8 ranks)` says how a tensor is held.
    if (hasName)
      return (shape.size() > 2 || !isCountedWord(shape.front().name)) &&
             !isManner(shape.front().symbol);
    if (shape.size() < 3)
      return false;
    return hasSize || llvm::all_of(shape, [](const Dim &dim) {
             // `(w1, w3, w2)` are weights.
             return dim.symbol.size() <= 2 && !isDigit(dim.symbol.back());
           });
  }
  return shape.size() > 1 || isShapeAlone(shape.front(), isGlued);
}

/// True for `(B, S)`, which is a shape beside others, or alone.
static bool isPairOfTokens(ArrayRef<Dim> shape) {
  return shape.size() == 2 && llvm::all_of(shape, [](const Dim &dim) {
           return dim.name.empty() && dim.symbol.size() == 1 &&
                  StringRef("BSTNLbstnl").contains(dim.symbol.front());
         });
}

/// True for `(N, 2048)` where nothing but arrows and other brackets stand
/// beside it: two numbers may be anything else.
static bool isPairAlone(const Shape &shape, StringRef before,
                        StringRef behind) {
  before = trimBlanks(before);
  behind = trimBlanks(behind);
  // Words may stand before a chain: `64 experts (N, 64) -> (N, 256)`.
  size_t arrow = getArrowLength(behind);
  bool isLed =
      before.empty() || endsWithArrow(before) ||
      (arrow > 0 && trimBlanks(behind.drop_front(arrow)).starts_with("("));
  bool isEnd =
      behind.empty() || behind.front() == ',' || getArrowLength(behind) > 0;
  if (isPairOfTokens(shape))
    return (before.empty() && behind.empty()) || behind.contains('(') ||
           before.contains('(');
  return isLed && isEnd && shape.size() == 2 &&
         llvm::any_of(
             shape, [](const Dim &dim) { return dim.size && *dim.size > 31; });
}

/// Offset behind the bracket that closes the one at `begin`; the end of the
/// text if it is never closed.
static size_t findClose(StringRef text, size_t begin) {
  char open = text[begin];
  char close = open == '[' ? ']' : open == '(' ? ')' : '>';
  unsigned depth = 0;
  for (size_t i = begin, e = text.size(); i < e; ++i) {
    if (text[i] == open)
      ++depth;
    else if (text[i] == close && --depth == 0)
      return i + 1;
  }
  return text.size();
}

/// The shapes in brackets; `hasBracket` says if there are any brackets of
/// shapes at all.
static ShapeText parseBracketedShapes(StringRef text, bool &hasBracket) {
  ShapeText result;
  // Nested brackets are looked into, but not without end.
  unsigned budget = 64;
  for (size_t i = 0; i < text.size() && budget > 0;) {
    char c = text[i];
    bool isTensor =
        c == '<' && text.take_front(i).ends_with_insensitive("tensor");
    if (c != '[' && c != '(' && !isTensor) {
      ++i;
      continue;
    }
    size_t end = findClose(text, i);
    StringRef inner = text.slice(i + 1, end);
    if (!inner.empty() && StringRef("])>").contains(inner.back()))
      inner = inner.drop_back();
    // `torch.Size([8, 2048])` and `[(a), (b)]`: look inside.
    if (inner.starts_with("[") || inner.starts_with("(")) {
      ++i;
      --budget;
      continue;
    }
    hasBracket |= c == '[' || isTensor;
    Shape &shape = result.shapes.emplace_back();
    StringRef elementType;
    bool isGlued = i > 0 && isAlpha(text[i - 1]);
    if (!parseList(inner, shape, elementType) ||
        !(isShape(shape, c, isGlued) ||
          (c == '(' &&
           isPairAlone(shape, text.take_front(i), text.drop_front(end))))) {
      result.shapes.pop_back();
    } else {
      // `bf16[8, 2048]`
      if (elementType.empty() && i > 0 && isDigit(text[i - 1]))
        elementType =
            getElementType(text.take_front(i).take_back(8).rsplit(' ').second);
      if (result.shapes.size() == 1)
        result.begin = isTensor ? i - StringRef("tensor").size() : i;
      result.end = end;
      if (result.elementType.empty())
        result.elementType = elementType;
    }
    i = end;
  }
  return result;
}

/// `8 × B, S, 8192` and `K, V B, S, 128`: what stands before a list is no part
/// of it.
static StringRef dropLead(StringRef text) {
  StringRef rest = text.ltrim();
  StringRef digits = rest.take_while(isDigit);
  if (!digits.empty()) {
    rest = rest.drop_front(digits.size()).ltrim();
    size_t length = rest.starts_with("x ")       ? 1
                    : rest.starts_with("\u00d7") ? StringRef("\u00d7").size()
                                                 : 0;
    rest = rest.drop_front(length).ltrim();
    return length > 0 && !rest.empty() && isAlpha(rest.front()) &&
                   rest.contains(',')
               ? rest
               : text;
  }
  StringRef word = rest.take_until(isSpace);
  bool isTensor = !word.empty() && llvm::all_of(word, [](char c) {
    return StringRef("QKVqkv,+/").contains(c);
  });
  rest = rest.drop_front(word.size()).ltrim();
  return isTensor && rest.contains(',') && word.back() != ',' ? rest : text;
}

/// True for `4,2048,2560`: numbers alone, which no ranks or layers are.
static bool isNumberList(StringRef list, ArrayRef<Dim> shape) {
  return shape.size() > 2 && list.contains(',') &&
         llvm::all_of(
             shape,
             [](const Dim &dim) { return dim.size && dim.name.empty(); }) &&
         llvm::count_if(shape, [](const Dim &dim) { return *dim.size > 31; }) >
             1;
}

/// True for `B,S,4096` and nothing else.
static bool isWholeList(StringRef list) {
  Shape shape;
  return parseUnmarkedList(list, shape) == list.size();
}

/// True for `4,2048` beside other lists of numbers.
static bool isPairOfNumbers(StringRef list) {
  Shape shape;
  StringRef elementType;
  return parseList(list.trim(), shape, elementType) && shape.size() == 2 &&
         shape[0].size && shape[1].size && *shape[1].size > 31 &&
         shape[0].name.empty() && shape[1].name.empty() && list.contains(',');
}

/// One shape without brackets: `B=8, S=2048`.
static ShapeText parseBareShape(StringRef text, ShapeContext context) {
  ShapeText result;
  Shape shape;
  StringRef elementType;
  StringRef list =
      trimBlanks(context == ShapeContext::Stated ? dropLead(text) : text);
  if (!parseList(list, shape, elementType))
    return result;
  // `dropout = 0` is no dimension.
  if (shape.size() == 1 &&
      llvm::StringSwitch<bool>(shape.front().name)
          .CasesLower({"p", "prob", "dropout", "rate", "probability"}, true)
          .Default(false))
    return result;
  bool hasSize = llvm::any_of(shape, [](const Dim &dim) { return dim.size; });
  bool allNamed =
      llvm::all_of(shape, [](const Dim &dim) { return !dim.name.empty(); });
  // `hidden=4096 ffn=16384` are parameters.
  if (context == ShapeContext::Bare && shape.size() == 2 &&
      !isProductList(list) && !list.contains(',') && !list.contains(';'))
    return result;
  bool isAccepted = context == ShapeContext::Bare
                        ? shape.size() > 1 && hasSize &&
                              (allNamed || isProductList(list) ||
                               isNumberList(list, shape) || isWholeList(list))
                        : (shape.size() > 1 && (hasSize || allNamed)) ||
                              (shape.size() == 1 && hasSize);
  // `B,S`
  bool isPair = list.contains(',') && isPairOfTokens(shape);
  if (!isAccepted && !isPair)
    return result;
  result.shapes.push_back(std::move(shape));
  result.elementType = elementType;
  result.end = text.size();
  return result;
}

/// `B,S -> B,S,8192`, lists without brackets and nothing but arrows between
/// them.
static ShapeText parseListsOfFlow(StringRef text) {
  constexpr unsigned kMaxShapes = 8;
  ShapeText result;
  StringRef rest = text;
  while (result.shapes.size() < kMaxShapes) {
    size_t length = 0, arrow = findArrow(rest, length);
    StringRef piece = rest.take_front(arrow);
    ShapeText part = parseBareShape(dropLead(piece), ShapeContext::Bare);
    if (part.shapes.empty() && isPairOfNumbers(piece))
      part = parseBareShape(piece, ShapeContext::Stated);
    if (part.shapes.empty())
      return ShapeText();
    result.shapes.push_back(std::move(part.shapes.front()));
    if (arrow == StringRef::npos)
      break;
    rest = rest.drop_front(arrow + length);
  }
  if (result.shapes.size() < 2)
    return ShapeText();
  result.end = text.size();
  return result;
}

/// Where a product may begin: a number behind a blank, with a sign behind it.
static size_t findProduct(StringRef text, size_t from) {
  for (size_t i = from, e = text.size(); i < e; ++i) {
    if (!isDigit(text[i]) || (i > 0 && !isSpace(text[i - 1])))
      continue;
    size_t end = i;
    while (end < e && isDigit(text[end]))
      ++end;
    if (end + 1 < e && isProductList(text.substr(end, 3)))
      return i;
    i = end;
  }
  return StringRef::npos;
}

/// `8x512x768, 8x512 -> 8x12x512x64`, without brackets and perhaps between
/// words; empty for anything else.
static ShapeText parseProducts(StringRef text) {
  constexpr unsigned kMaxShapes = 8;
  ShapeText result;
  size_t begin = isProductList(text.take_until(isSpace).split(',').first)
                     ? 0
                     : findProduct(text, 0);
  if (begin == StringRef::npos)
    return result;
  bool isLong = false, hasArrow = false;
  size_t at = begin;
  while (at < text.size() && result.shapes.size() < kMaxShapes) {
    size_t length = 0;
    StringRef rest = text.substr(at), elementType;
    StringRef item = rest.take_until(
        [](char c) { return isSpace(c) || c == ',' || c == '(' || c == '-'; });
    if (size_t arrow = findArrow(item, length); arrow < item.size())
      item = item.take_front(arrow);
    Shape shape;
    if (!isProductList(item) || !parseProduct(item, shape, elementType))
      break;
    isLong |= shape.size() > 2;
    result.shapes.push_back(std::move(shape));
    result.end = at + item.size();
    rest = rest.drop_front(item.size());
    StringRef next = rest.ltrim(" ");
    size_t sign = next.starts_with(",") ? 1 : getArrowLength(next);
    if (next.starts_with("to ") &&
        isProductList(next.drop_front(3).ltrim(' ').take_until(isSpace)))
      sign = 2;
    hasArrow |= sign > 0 && !next.starts_with(",");
    if (sign == 0)
      break;
    at += item.size() + (rest.size() - next.size()) + sign;
    at += text.substr(at).size() - text.substr(at).ltrim(" ").size();
  }
  result.begin = begin;
  StringRef behind = text.substr(result.end);
  bool isWhole = behind.empty() || !StringRef(".%/").contains(behind.front());
  if (result.shapes.empty() || !isWhole || !(isLong || hasArrow))
    return ShapeText();
  return result;
}

/// Length of the words before a list of named sizes: `4 partial s=2048 b=2`.
static size_t getLeadLength(StringRef text) {
  constexpr unsigned kMaxWords = 4;
  StringRef rest = text;
  for (unsigned i = 0; i < kMaxWords; ++i) {
    StringRef word = rest.take_until(isSpace);
    if (size_t sign = word.find('='); sign != StringRef::npos)
      return i > 0 && sign > 0 && sign + 1 < word.size() &&
                     isDigit(word[sign + 1])
                 ? text.size() - rest.size()
                 : 0;
    bool isWord = !word.empty() && llvm::all_of(word, [](char c) {
      return isAlnum(c) || c == '-' || c == '_';
    });
    if (!isWord || isDeviceWord(word))
      return 0;
    rest = rest.drop_front(word.size()).ltrim(" ");
  }
  return 0;
}

/// `B:8 S:512 H:768, B:8 S:512 H:64 -> B:8 S:512 H:64`, perhaps before
/// something else; `4 partial s=512 b=2 h=768 -> 4 chunks s=128 b=2 h=768`.
static ShapeText parseUnmarkedLists(StringRef text) {
  constexpr unsigned kMaxShapes = 8;
  ShapeText result;
  bool isBehindArrow = false;
  result.begin = text.size() - text.ltrim(" ").size();
  for (size_t at = result.begin; result.shapes.size() < kMaxShapes;) {
    Shape shape;
    size_t lead = getLeadLength(text.substr(at));
    at += lead;
    size_t length = parseUnmarkedList(text.substr(at), shape);
    if (result.shapes.empty())
      result.begin = at;
    // All of a list is read, or nothing; something else may be behind an arrow.
    if (length == 0)
      return isBehindArrow ? result : ShapeText();
    result.shapes.push_back(std::move(shape));
    result.end = at + length;
    StringRef rest = text.substr(result.end).ltrim(" ");
    size_t sign = getArrowLength(rest);
    isBehindArrow = sign > 0;
    if (rest.starts_with(",") || rest.starts_with(";") || rest.starts_with("+"))
      sign = 1;
    if (sign == 0)
      return result;
    at = text.size() - rest.drop_front(sign).ltrim(" ").size();
  }
  return result;
}

/// `8x512x768 (x2)` without the number of them.
static StringRef dropFactorInBrackets(StringRef text) {
  StringRef rest = text.rtrim(' ');
  if (!rest.consume_back(")"))
    return text;
  StringRef number = rest.rtrim("0123456789");
  if (number.size() == rest.size() ||
      !(number.consume_back("x") || number.consume_back("\u00d7")))
    return text;
  return number.consume_back("(") ? number.rtrim(' ') : text;
}

ShapeText dot::parseShapes(StringRef text, ShapeContext context) {
  bool hasBracket = false;
  text = dropFactorInBrackets(text);
  ShapeText result = parseBracketedShapes(text, hasBracket);
  if (!result.shapes.empty() || hasBracket)
    return result;
  if (context == ShapeContext::Bare) {
    // `o: 4096 -> 1024` has no dimension of that name.
    if (getWidthMapLength(text.split(':').second.ltrim(' ')) > 0)
      return result;
    result = parseProducts(text);
    if (result.shapes.size() > 1 || result.begin > 0 ||
        (!result.shapes.empty() && result.end < text.size()))
      return result;
    result = ShapeText();
  }
  if (context == ShapeContext::Stated && text.contains(',')) {
    result = parseProducts(text);
    if (result.shapes.size() > 1 && result.begin == 0)
      return result;
  }
  // `q 32 x 4 x 197 x 64`: with blanks, signs part sizes and never work out.
  if (text.contains(" x ") || text.contains(" \u00d7 "))
    if (result = findProducts(text); !result.shapes.empty())
      return result;
  result = parseUnmarkedLists(text);
  if (!result.shapes.empty())
    return result;
  StringRef sign = text.contains(';') ? ";" : " / ";
  if (!text.contains(sign)) {
    result = parseListsOfFlow(text);
    if (!result.shapes.empty())
      return result;
    result = parseBareShape(text, context);
    return result.shapes.empty() ? findProducts(text) : result;
  }
  // Lists without brackets, `;` or `/` between them: `q B,S,8 / k,v B,S,1`.
  SmallVector<StringRef, 4> pieces;
  text.split(pieces, sign, /*MaxSplit=*/8, /*KeepEmpty=*/false);
  for (StringRef piece : pieces)
    if (!piece.contains(sign)) {
      ShapeText part =
          parseShapes(sign == ";" ? piece : dropLead(piece), context);
      llvm::append_range(result.shapes, part.shapes);
      if (result.elementType.empty())
        result.elementType = part.elementType;
    }
  if (!result.shapes.empty())
    result.end = text.size();
  return result;
}
