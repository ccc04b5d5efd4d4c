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
        StringRef("BSTNLHDCEnbst").find(dim.symbol.front()) == StringRef::npos)
      return false;
  }
  return hasNumber || llvm::all_of(shape, [](const Dim &dim) {
           return StringRef("BSTN").contains(dim.symbol.front());
         });
}

ShapeText dot::findProducts(StringRef text) {
  ShapeText result;
  StringRef trimmed = text.trim();
  for (size_t i = 0; i < text.size() && result.shapes.size() < 8;) {
    if (i > 0 && isAlnum(text[i - 1])) {
      ++i;
      continue;
    }
    Shape shape;
    size_t end = i;
    unsigned numSpaced = 0;
    bool isFirstSpaced = false;
    for (size_t at = i;;) {
      size_t length = getSizeLength(text.substr(at));
      size_t behind = at + length;
      if (length == 0 || (behind < text.size() && isAlpha(text[behind]) &&
                          text[behind] != 'x' && text[behind] != 'X'))
        break;
      shape.push_back(makeDim(text.substr(at, length)));
      end = behind;
      at = skipSign(text, behind);
      if (at == behind)
        break;
      bool isSpaced = text[behind] == ' ';
      isFirstSpaced |= isSpaced && shape.size() == 1;
      numSpaced += isSpaced;
    }
    // `4 x 8x1024x2048` is four of them.
    if (isFirstSpaced && numSpaced == 1 && shape.size() > 2)
      shape.erase(shape.begin());
    bool isAlone = trimmed.size() == end - i;
    bool isWord = end < text.size() && (isAlnum(text[end]) || text[end] == '_');
    if (!isWord && isShape(shape, isAlone)) {
      if (result.shapes.empty())
        result.begin = i;
      result.shapes.push_back(std::move(shape));
      result.end = end;
    }
    i = std::max(end, i + 1);
  }
  return result;
}
