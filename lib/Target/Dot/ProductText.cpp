//===- ProductText.cpp - Shapes written as products -----------------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `q_proj, RoPE  4x4096x5120 => 4x40x4096x128 partial`, `in q B x S x 24 x
// 128`, `S/2 \u00d7 B \u00d7 6144`, `B*S*8192`: sizes with a sign of
// multiplication between them, among words.
//
//===----------------------------------------------------------------------===//

#include "DimensionText.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::dot;
using llvm::isAlnum;
using llvm::isAlpha;
using llvm::isDigit;

static size_t skipBlanks(StringRef text, size_t at) {
  while (at < text.size() && text[at] == ' ')
    ++at;
  return at;
}

/// Length of a size at the start of `text`: `4096`, `B`, `S/2`, `H/8`; 0 if
/// there is none.
static size_t getSizeLength(StringRef text) {
  size_t end = 0;
  if (!text.empty() && isDigit(text.front())) {
    end = text.find_if_not(isDigit);
  } else if (!text.empty() && isAlpha(text.front()) && text.front() != 'x') {
    end = 1;
  }
  if (end == StringRef::npos)
    return text.size();
  if (end != 0 && end + 1 < text.size() && text[end] == '/' &&
      isDigit(text[end + 1]))
    end = std::min(text.find_if_not(isDigit, end + 1), text.size());
  return end;
}

/// Behind a sign of multiplication, with the blanks around it; `at` if there
/// is none.
static size_t skipSign(StringRef text, size_t at) {
  size_t next = skipBlanks(text, at);
  if (next >= text.size())
    return at;
  for (StringRef sign : {"x", "X", "*", "\u00d7", "\u2715", "\u22c5", "\u00b7"})
    if (text.substr(next).starts_with(sign)) {
      size_t behind = next + sign.size();
      // `2x` ends with a letter, and `x_proj` begins with one.
      if (sign == "x" && behind < text.size() && isAlpha(text[behind]) &&
          next == at && at > 0 && isAlpha(text[at - 1]))
        return at;
      return skipBlanks(text, behind);
    }
  return at;
}

static Dim makeDim(StringRef text) {
  Dim dim;
  if (std::optional<int64_t> size = parseNumber(text);
      size && text.find('/') == StringRef::npos)
    dim.size = size;
  else
    dim.symbol = text.str();
  return dim;
}

/// True if `shape` cannot be anything else: three sizes or more, one of them a
/// number or a letter that stands for one; or two that are all there is.
static bool isShape(const Shape &shape, bool isAlone) {
  if (shape.size() < 2 || (shape.size() == 2 && !isAlone))
    return false;
  bool hasNumber = false;
  for (const Dim &dim : shape) {
    hasNumber |= dim.size.has_value();
    // `P x V` and `q * k` are products of tensors.
    if (!dim.size &&
        StringRef("BSTNLHDCEAFVGKMPnbst").find(dim.symbol.front()) ==
            StringRef::npos)
      return false;
  }
  auto counts = [](const Dim &dim, StringRef letters) {
    return !dim.size && letters.contains(dim.symbol.front());
  };
  if (hasNumber)
    return llvm::none_of(shape, [&](const Dim &dim) {
      return counts(dim, "AFVGKMP") && !counts(shape.front(), "BSTNbstn");
    });
  // `B x S x H`: sizes alone begin with the batch or the sequence.
  return shape.size() > 2 ? counts(shape.front(), "BSTNbstn")
                          : llvm::all_of(shape, [&](const Dim &dim) {
                              return counts(dim, "BSTN");
                            });
}

/// True for `B x S` beside other shapes: what tokens are counted by.
static bool isPairOfTokens(const Shape &shape) {
  return shape.size() == 2 && llvm::all_of(shape, [](const Dim &dim) {
           return !dim.size && StringRef("BSTN").contains(dim.symbol.front());
         });
}

/// True for blanks, commas and arrows.
static bool isBetweenShapes(StringRef text) {
  while (!text.empty()) {
    if (size_t length = getArrowLength(text))
      text = text.drop_front(length);
    else if (text.front() == ' ' || text.front() == ',')
      text = text.drop_front();
    else
      return false;
  }
  return true;
}

ShapeText dot::findProducts(StringRef text) {
  ShapeText result;
  StringRef trimmed = text.trim();
  // A pair is a shape if another one stands beside it, or if there is nothing
  // but pairs: `T x 7168 -> T x 1536`.
  bool hasWhole = false, isOnlyPairs = true;
  size_t behindLast = 0;
  for (size_t i = 0; i < text.size() && result.shapes.size() < 8;) {
    if (i > 0 && isAlnum(text[i - 1])) {
      ++i;
      continue;
    }
    Shape shape;
    size_t end = i;
    unsigned numSpaced = 0;
    bool isFirstSpaced = false, isLastSpaced = false, isNextSpaced = false;
    for (size_t at = i;;) {
      size_t length = getSizeLength(text.substr(at));
      size_t behind = at + length;
      if (length == 0 || (behind < text.size() && isAlpha(text[behind]) &&
                          text[behind] != 'x' && text[behind] != 'X'))
        break;
      shape.push_back(makeDim(text.substr(at, length)));
      isLastSpaced = isNextSpaced;
      end = behind;
      at = skipSign(text, behind);
      if (at == behind)
        break;
      bool isSpaced = text[behind] == ' ';
      isFirstSpaced |= isSpaced && shape.size() == 1;
      isNextSpaced = isSpaced && text[at - 1] != ' ';
      numSpaced += isSpaced;
    }
    // `4 x 8x1024x2048` is four of them, and so is `8x1024x2048 x4`.
    if (isFirstSpaced && numSpaced == 1 && shape.size() > 2)
      shape.erase(shape.begin());
    else if (isLastSpaced && numSpaced == 1 && shape.size() > 2)
      shape.pop_back();
    bool isAlone = trimmed.size() == end - i;
    bool isWord = end < text.size() && (isAlnum(text[end]) || text[end] == '_');
    bool isWhole = !isWord && isShape(shape, isAlone);
    bool isPair = !isWord && shape.size() == 2 && isShape(shape, true) &&
                  isOnlyPairs && isBetweenShapes(text.slice(behindLast, i));
    isOnlyPairs &= isPair || end == i;
    if (isWhole || isPair || (!isWord && isPairOfTokens(shape))) {
      if (result.shapes.empty())
        result.begin = i;
      hasWhole |= isWhole;
      result.shapes.push_back(std::move(shape));
      result.end = behindLast = end;
    }
    i = std::max(end, i + 1);
  }
  isOnlyPairs &=
      result.shapes.size() > 1 &&
      trimmed.data() == text.data() + result.begin &&
      isBetweenShapes(text.drop_front(std::min(behindLast, text.size())));
  return hasWhole || isOnlyPairs ? std::move(result) : ShapeText();
}
