//===- WidthText.cpp - Maps that are written by their widths ----*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `q_proj 3584 -> 16x256`, `router 4096 -> 8`, `2048 to 2 x 1024`, `swiglu 2048
// -> 768 -> 2048`, `256 -> 40 x (64 + 64) = 5120`: what becomes of the features
// of each token. How many tokens there are is left to what feeds the node.
//
//===----------------------------------------------------------------------===//

#include "WidthText.h"
#include "DimensionText.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::dot;
using llvm::isAlnum;
using llvm::isDigit;

/// Factors of a width: heads and their size, or pieces.
static constexpr unsigned kMaxFactors = 3;
/// The largest that a number may be and count something else than features.
static constexpr int64_t kMaxCount = 63;
/// Heads are not larger, so that `2 x 1024` is two of a width.
static constexpr int64_t kMaxHeadSize = 576;

bool dot::countsOthers(StringRef word) {
  return isDeviceWord(word) ||
         llvm::StringSwitch<bool>(word)
             .CasesLower({"token", "tokens", "seq", "sequence", "length"}, true)
             .CasesLower({"len", "pos", "position", "positions", "s"}, true)
             .CasesLower({"batch", "ctx", "context", "step", "steps"}, true)
             .CasesLower({"layer", "layers", "stage", "stages"}, true)
             .CasesLower({"chunk", "chunks", "block", "blocks"}, true)
             .CasesLower({"page", "pages", "slot", "slots"}, true)
             .CasesLower({"group", "groups", "expert"}, true)
             .CasesLower({"experts", "rank", "ranks", "node", "nodes"}, true)
             .CasesLower({"microbatch", "request", "requests"}, true)
             .Default(false);
}

static size_t skipBlanks(StringRef text, size_t at) {
  while (at < text.size() && text[at] == ' ')
    ++at;
  return at;
}

/// Behind the sign at `at` and blanks around it, or `at`.
static size_t skipSign(StringRef text, size_t at, char sign) {
  size_t next = skipBlanks(text, at);
  return next < text.size() && text[next] == sign ? skipBlanks(text, next + 1)
                                                  : at;
}

/// Length of the number at `at`, or of a sum in brackets: `(64 + 64)`.
static size_t getFactorLength(StringRef text, size_t at, Dim *dim) {
  bool isSum = text.substr(at).starts_with("(");
  size_t end = isSum ? skipBlanks(text, at + 1) : at;
  std::optional<int64_t> sum = 0;
  while (true) {
    StringRef digits = text.substr(end).take_while(isDigit);
    if (digits.empty())
      return 0;
    std::optional<int64_t> size = parseNumber(digits);
    if (!sum || !size || llvm::AddOverflow(*sum, *size, *sum))
      sum = std::nullopt;
    end += digits.size();
    size_t next = isSum ? skipSign(text, end, '+') : end;
    if (next == end)
      break;
    end = next;
  }
  if (dim)
    dim->size = sum;
  if (!isSum)
    return end - at;
  end = skipBlanks(text, end);
  return text.substr(end).starts_with(")") ? end + 1 - at : 0;
}

/// Length of `16x128`, `2 x 1024` or `4096` at `at`.
static size_t getProductLength(StringRef text, size_t at, Shape *shape) {
  size_t end = at;
  for (unsigned i = 0; i < kMaxFactors; ++i) {
    size_t begin = i == 0 ? at : skipBlanks(text, end);
    if (i > 0) {
      StringRef rest = text.substr(begin);
      size_t sign = 0;
      for (StringRef candidate : {"x", "*", "\u00d7", "\u00b7"})
        if (rest.starts_with(candidate))
          sign = candidate.size();
      if (sign == 0)
        break;
      begin = skipBlanks(text, begin + sign);
    }
    Dim dim;
    size_t length = getFactorLength(text, begin, &dim);
    if (length == 0)
      break;
    end = begin + length;
    if (shape)
      shape->push_back(dim);
  }
  return end - at;
}

/// Behind the arrow at `at`, or `at`.
static size_t skipArrow(StringRef text, size_t at) {
  size_t next = skipBlanks(text, at);
  if (size_t length = getArrowLength(text.substr(next)))
    return skipBlanks(text, next + length);
  if (next > at && text.substr(next).starts_with("to "))
    return skipBlanks(text, next + 3);
  return at;
}

bool dot::endsWithArrow(StringRef text) {
  text = text.rtrim(' ');
  for (size_t size = 1; size < 5 && size <= text.size(); ++size)
    if (getArrowLength(text.take_back(size)) == size)
      return true;
  return false;
}

static int64_t getWidth(const Shape &shape) {
  int64_t width = 1;
  for (const Dim &dim : shape)
    if (!dim.size || *dim.size <= 0 ||
        llvm::MulOverflow(width, *dim.size, width))
      return 0;
  return width;
}

/// Length of a product, or of a sum of some, at `at`, with what they are in
/// all: `32 x 128`, `4096 + 2 x 1024`, `28672 / 4 = 7168`.
static size_t getWidthLength(StringRef text, size_t at, Shape *shape) {
  size_t end = at + getProductLength(text, at, shape);
  if (end == at)
    return 0;
  bool isProduct = true;
  int64_t sum = shape ? getWidth(*shape) : 0;
  for (size_t next; (next = skipSign(text, end, '+')) != end;) {
    Shape part;
    size_t length = getProductLength(text, next, &part);
    // The next map: `4096 -> 14336 + 4096 -> 14336`.
    if (length == 0 || skipArrow(text, next + length) != next + length)
      break;
    if (llvm::AddOverflow(sum, getWidth(part), sum))
      sum = 0;
    end = next + length;
    isProduct = false;
  }
  auto setWidth = [&](std::optional<int64_t> width) {
    if (shape) {
      shape->resize(1);
      shape->front() = Dim();
      shape->front().size = width;
    }
  };
  if (!isProduct)
    setWidth(sum);
  size_t quotient = skipSign(text, end, '/');
  size_t divisor =
      quotient == end ? 0 : getFactorLength(text, quotient, nullptr);
  size_t total = skipSign(text, divisor ? quotient + divisor : end, '=');
  StringRef digits = text.substr(total).take_while(isDigit);
  if (total == (divisor ? quotient + divisor : end) || digits.empty())
    return end - at;
  if (!isProduct || divisor)
    setWidth(parseNumber(digits));
  return total + digits.size() - at;
}

static size_t readMap(StringRef text, WidthMap *map) {
  size_t end = getProductLength(text, 0, map ? &map->from : nullptr);
  // A longer chain is none of maps, and is not read again from each number.
  constexpr unsigned kMaxSteps = 8;
  bool isMap = false;
  unsigned numSteps = 0;
  for (size_t at = skipArrow(text, end);
       end > 0 && at != end && numSteps < kMaxSteps;
       at = skipArrow(text, end), ++numSteps) {
    if (map)
      map->to.clear();
    size_t length = getWidthLength(text, at, map ? &map->to : nullptr);
    if (length == 0)
      break;
    isMap = true;
    end = at + length;
  }
  if (!isMap)
    return 0;
  // `4096 -> 8 GPUs`, `0 -> 1/4`, `63 -> 64-127` count something else.
  StringRef behind = text.substr(end);
  if (!behind.empty() &&
      (isAlnum(behind.front()) || StringRef("-/%.:_").contains(behind.front())))
    return behind.starts_with(". ") || behind == "." ? end : 0;
  behind = behind.ltrim();
  StringRef word = behind.take_while(llvm::isAlpha);
  StringRef next = behind.drop_front(word.size()).ltrim(" :[");
  bool isNumbered = !next.empty() && isDigit(next.front());
  return isDeviceWord(word) && !isNumbered ? 0 : end;
}

size_t dot::getWidthMapLength(StringRef text) { return readMap(text, nullptr); }

SmallVector<WidthMap, 2> dot::parseWidthMaps(StringRef text) {
  constexpr unsigned kMaxMaps = 8;
  SmallVector<WidthMap, 2> maps;
  for (size_t i = 0; i < text.size() && maps.size() < kMaxMaps; ++i) {
    if (!isDigit(text[i]) ||
        (i > 0 &&
         (isAlnum(text[i - 1]) || StringRef("-_./").contains(text[i - 1]))))
      continue;
    WidthMap map;
    if (size_t length = readMap(text.substr(i), &map)) {
      maps.push_back(std::move(map));
      i += length - 1;
    }
  }
  return maps;
}

int64_t dot::takePieces(Shape &shape, bool mayBeHeads) {
  if (shape.size() < 2 || (mayBeHeads && *shape.back().size <= kMaxHeadSize))
    return 1;
  int64_t number = *shape.front().size;
  if (!mayBeHeads && (shape.size() > 2 || number > 3) &&
      *shape.back().size <= kMaxHeadSize)
    return 1;
  shape.erase(shape.begin(), shape.end() - 1);
  return number;
}

std::optional<WidthStatement> dot::joinWidthMaps(ArrayRef<WidthMap> maps) {
  if (maps.empty())
    return std::nullopt;
  int64_t width = getWidth(maps.front().from);
  bool isChain = true, isFan = true;
  for (size_t i = 0; i < maps.size(); ++i) {
    int64_t from = getWidth(maps[i].from), to = getWidth(maps[i].to);
    if (from == 0 || to == 0 || std::max(from, to) <= kMaxCount)
      return std::nullopt;
    isChain &= i == 0 || getWidth(maps[i - 1].to) == from;
    isFan &= from == width;
  }
  if (!isChain && !isFan)
    return std::nullopt;
  WidthStatement statement{maps.front().from, {}};
  for (const WidthMap &map : isFan ? maps : maps.take_back(1))
    statement.outputs.push_back(map.to);
  return statement;
}

std::optional<Shape> dot::parseTable(StringRef line) {
  while (!line.empty()) {
    StringRef word = line.take_until([](char c) { return c == ' '; });
    line = line.drop_front(word.size()).ltrim(' ');
    int64_t rows, columns;
    if (word.consumeInteger(10, rows) || !word.consume_front("x") ||
        word.getAsInteger(10, columns) || rows < 2 || columns < 2)
      continue;
    // The pixels of a patch.
    if (rows == columns && rows <= kMaxCount)
      continue;
    Shape table(2);
    table[0].size = rows;
    table[1].size = columns;
    return table;
  }
  return std::nullopt;
}
