//===- DimensionList.cpp - Lists of dimensions ------------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DimensionList.h"
#include "DimensionText.h"
#include "DimensionWords.h"
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

/// Length of `×` and the like at the start of `text`, or 0.
static size_t getTimesLength(StringRef text) {
  if (text.empty() || static_cast<unsigned char>(text.front()) < 0x80)
    return 0;
  for (StringRef sign : {"\u00d7", "\u2715", "\u22c5", "\u00b7", "\u2217"})
    if (text.starts_with(sign))
      return sign.size();
  return 0;
}

/// `text` without blanks at its ends; quicker than `StringRef::trim`.
StringRef dot::trimBlanks(StringRef text) {
  while (!text.empty() && isSpace(text.front()))
    text = text.drop_front();
  while (!text.empty() && isSpace(text.back()))
    text = text.drop_back();
  return text;
}

//===----------------------------------------------------------------------===//
// Dimensions
//===----------------------------------------------------------------------===//

/// Evaluates `4096`, `4096//8`, `8192/2`, `64*128`, `2x4096`, from left to
/// right, exactly: a quotient with a rest (but not of `//`) or an overflow
/// isn't a number.
static std::optional<int64_t> evaluateProduct(StringRef text) {
  if (text.empty() || !isDigit(text.front()))
    return std::nullopt;
  if (text.size() < 19 && llvm::all_of(text, isDigit)) {
    int64_t value = 0;
    for (char c : text)
      value = value * 10 + (c - '0');
    return value;
  }
  std::optional<int64_t> result;
  enum { Multiply, Divide, FloorDivide } operation = Multiply;
  while (true) {
    text = text.ltrim();
    StringRef digits =
        text.take_while([](char c) { return isDigit(c) || c == '_'; });
    std::string clean;
    int64_t value;
    StringRef number = digits;
    if (digits.contains('_')) {
      clean = digits.str();
      llvm::erase(clean, '_');
      number = clean;
    }
    if (digits.empty() || !isDigit(digits.front()) ||
        number.getAsInteger(10, value))
      return std::nullopt;
    text = text.drop_front(digits.size()).ltrim();
    if (!result) {
      result = value;
    } else if (operation == Multiply) {
      int64_t product;
      if (llvm::MulOverflow(*result, value, product))
        return std::nullopt;
      result = product;
    } else {
      if (value == 0 || (operation == Divide && *result % value != 0))
        return std::nullopt;
      result = *result / value;
    }
    if (text.empty())
      return result;
    if (text.consume_front("//"))
      operation = FloorDivide;
    else if (text.consume_front("/"))
      operation = Divide;
    else if (text.consume_front("*") || text.consume_front("x"))
      operation = Multiply;
    else if (size_t length = getTimesLength(text)) {
      operation = Multiply;
      text = text.drop_front(length);
    } else
      return std::nullopt;
  }
}

/// Evaluates a sum of products, such as `32+2+2`.
static std::optional<int64_t> evaluate(StringRef text) {
  int64_t sum = 0;
  for (StringRef rest = text;;) {
    auto [term, others] = rest.split('+');
    std::optional<int64_t> value = evaluateProduct(trimBlanks(term));
    if (!value || llvm::AddOverflow(sum, *value, sum))
      return std::nullopt;
    if (term.size() == rest.size())
      return sum;
    rest = others;
  }
}

/// True if `text` is a word such as `vocab_size`, `S/2`, `0-1024` or `?`: a
/// value without blanks or brackets.
static bool isSymbol(StringRef text) {
  return !text.empty() &&
         text.find_first_of(" \t()[]<>\"=:") == StringRef::npos;
}

/// True for an amount of memory, `30.5GB` or `512 MiB`, which is no size.
static bool isMemory(StringRef text) {
  size_t end = text.find_first_not_of("0123456789.,");
  if (end == 0 || end == StringRef::npos)
    return false;
  return llvm::StringSwitch<bool>(text.drop_front(end).ltrim())
      .CasesLower({"kb", "mb", "gb", "tb"}, true)
      .CasesLower({"kib", "mib", "gib", "tib", "bytes"}, true)
      .Default(false);
}

/// Drops ` x2` and ` ×2` behind a value: how many there are of the shape.
static StringRef dropFactor(StringRef text) {
  StringRef rest = text.rtrim("0123456789");
  if (rest.size() == text.size())
    return text;
  if (!rest.consume_back("x") && !rest.consume_back("\u00d7"))
    return text;
  return rest.ends_with(" ") ? rest.rtrim(' ') : text;
}

/// Reads a value into `dim`. Fails if it can't stand for a size.
static bool parseValue(StringRef text, Dim &dim) {
  text = dropFactor(trimBlanks(text));
  if (text.empty() || isMemory(text))
    return false;
  // `p=0.1`
  if (isDigit(text.front()) && text.contains('.') &&
      text.find_first_not_of("0123456789.") == StringRef::npos)
    return false;
  if (std::optional<int64_t> size = evaluate(text)) {
    dim.size = size;
    return true;
  }
  if (isSymbol(text)) {
    dim.symbol.assign(text.data(), text.size());
    return true;
  }
  // A remark behind the value: `8192 (sharded)`, `32 heads`.
  size_t cut = text.find_first_of(" \t(");
  if (cut == StringRef::npos)
    return false;
  StringRef rest = text.drop_front(cut).trim();
  StringRef value = text.take_front(cut);
  if (value.empty())
    return false;
  bool isRemark = rest.starts_with("(");
  bool isWord = rest.size() > 2 && llvm::all_of(rest, [](char c) {
                  return isAlpha(c) || c == '_' || c == ' ' ||
                         static_cast<unsigned char>(c) >= 0x80;
                });
  if ((!isRemark && !isWord) ||
      (isWord && (isLayoutKey(rest) || countsSteps(rest))))
    return false;
  std::optional<int64_t> size = evaluate(value);
  if (!size)
    return (isRemark || isManner(rest)) && isSymbol(value)
               ? (dim.symbol = value.str(), true)
               : false;
  dim.size = size;
  // `32 heads` names its dimension.
  if (dim.name.empty() && isWord && !rest.contains(' ') && !isManner(rest))
    dim.name = rest.str();
  return true;
}

static bool isNameChar(char c) {
  return isAlnum(c) || c == '_' || c == '-' || c == '.' || c == ' ' ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// Reads one item of a list: `name=value`, `name: value` or a value.
static bool parseDim(StringRef item, Dim &dim) {
  item = trimBlanks(item);
  size_t split = 0;
  while (split < item.size() && item[split] != '=' && item[split] != ':')
    ++split;
  if (split == item.size())
    split = StringRef::npos;
  if (split == StringRef::npos) {
    if (item.size() > 1 && item.front() == '<' && item.back() == '>')
      item = item.drop_front().drop_back();
    return parseValue(item, dim);
  }
  StringRef name = trimBlanks(item.take_front(split));
  // `32*128=4096`
  if (evaluate(name))
    return parseValue(item.drop_front(split + 1), dim);
  // `S/4=2048` is a part of a dimension.
  auto [stem, divisor] = name.split('/');
  if (!divisor.empty() && llvm::all_of(divisor, isDigit))
    stem = stem.rtrim();
  else
    stem = name;
  if (name.empty() || name.size() > 64 || !llvm::all_of(stem, isNameChar) ||
      isDigit(name.front()) || isLayoutKey(name) ||
      name.contains_insensitive("dropout"))
    return false;
  // `GQA 4:1` is a ratio.
  StringRef lastWord = name.substr(name.rfind(' ') + 1);
  if (item[split] == ':' && lastWord.size() < name.size() &&
      llvm::all_of(lastWord, isDigit))
    return false;
  dim.name.assign(name.data(), name.size());
  return parseValue(item.drop_front(split + 1), dim);
}

/// True if the list is written with `x` or `×` between its dimensions.
bool dot::isProductList(StringRef text) {
  bool hasSign = false;
  for (size_t i = 0, e = text.size(); i < e; ++i) {
    char c = text[i];
    if (c == ',' || c == '=' || c == ':' || c == '/' || c == ' ')
      return false;
    hasSign |= c == 'x' || getTimesLength(text.substr(i)) > 0;
  }
  return hasSign;
}

/// Reads `8x2048x8192` or `1×S×H`; `elementType` takes a last `bf16`.
bool dot::parseProduct(StringRef text, Shape &shape, StringRef &elementType) {
  while (!text.empty()) {
    size_t end = 0, length = 0;
    for (; end < text.size(); ++end) {
      if (text[end] == 'x' && end > 0)
        length = 1;
      else
        length = getTimesLength(text.substr(end));
      if (length)
        break;
    }
    StringRef item = text.take_front(end);
    text = text.drop_front(std::min(end + length, text.size()));
    if (text.empty() && !shape.empty()) {
      elementType = getElementType(item);
      if (!elementType.empty())
        return true;
    }
    Dim dim;
    bool isShort = item == "?" || (item.size() <= 2 && isSymbol(item));
    if (std::optional<int64_t> size = evaluate(item))
      dim.size = size;
    else if (isShort)
      dim.symbol = item.str();
    else
      return false;
    shape.push_back(std::move(dim));
  }
  return shape.size() > 1;
}

/// Reads `128 10000 4096` or `B=8 S:2048 H=4096` with nothing but blanks
/// between the dimensions: three of them at least, or two that have names.
static bool parseBlankList(StringRef text, Shape &shape) {
  // `B x S x 6144` is a product.
  if (text.contains(" x "))
    return false;
  bool allNamed = true;
  while (!text.empty()) {
    StringRef item = text.take_until([](char c) { return isSpace(c); });
    text = text.drop_front(item.size()).ltrim();
    size_t split = item.find_first_of("=:");
    StringRef value = split == StringRef::npos ? item : item.substr(split + 1);
    Dim &dim = shape.emplace_back();
    bool isShort = value.size() <= 2 && !value.empty() && isAlpha(value[0]) &&
                   isSymbol(value);
    dim.size = evaluate(value);
    if (!dim.size && !isShort)
      return false;
    if (!dim.size)
      dim.symbol = value.str();
    allNamed &= split != StringRef::npos;
    if (split == StringRef::npos)
      continue;
    StringRef name = item.take_front(split);
    if (name.empty() || isLayoutKey(name) || !isAlpha(name.front()) ||
        !llvm::all_of(name, isNameChar))
      return false;
    dim.name = name.str();
  }
  return shape.size() > 2 || (shape.size() == 2 && allNamed);
}

/// Reads a list of dimensions separated by commas.
bool dot::parseList(StringRef text, Shape &shape, StringRef &elementType) {
  text = trimBlanks(text);
  if (text.empty())
    return false;
  if (isProductList(text) && parseProduct(text, shape, elementType))
    return true;
  shape.clear();
  // `[B x S x 4096]`
  if (text.contains(" x ") || text.contains(" \u00d7 "))
    if (ShapeText products = findProducts(text); products.shapes.size() == 1 &&
                                                 products.begin == 0 &&
                                                 products.end == text.size()) {
      shape = std::move(products.shapes.front());
      return true;
    }
  if (text.find_first_of(",;()[]") == StringRef::npos && text.contains(' ') &&
      parseBlankList(text, shape))
    return true;
  shape.clear();
  // `seq=10`, but not `64 heads`.
  bool isKeyed = false;
  while (true) {
    size_t end = 0;
    for (unsigned depth = 0; end < text.size(); ++end) {
      char c = text[end];
      if (c == '(' || c == '[')
        ++depth;
      else if ((c == ')' || c == ']') && depth > 0)
        --depth;
      else if ((c == ',' || c == ';') && depth == 0)
        break;
    }
    StringRef item = text.take_front(end);
    bool isLast = end == text.size();
    if (isLast && trimBlanks(item).empty() && !shape.empty())
      return true; // A comma behind the last one.
    // `seq=10,000`: a thousands separator, as the others have names.
    // `h=8,128` are two.
    bool isLarge =
        !shape.empty() &&
        (item == "000" ||
         StringRef(shape.back().name).starts_with_insensitive("vocab") ||
         classifyName(shape.back().name) == DimClass::Tokens);
    if (isKeyed && isLarge && shape.back().size && item.size() == 3 &&
        llvm::all_of(item, isDigit)) {
      int64_t low = *parseNumber(item), value;
      if (*shape.back().size > 0 &&
          (*shape.back().size < 1000 || *shape.back().size % 1000 == 0) &&
          !llvm::MulOverflow(*shape.back().size, int64_t(1000), value) &&
          !llvm::AddOverflow(value, low, value)) {
        shape.back().size = value;
        if (isLast)
          return true;
        text = text.drop_front(end + 1);
        continue;
      }
    }
    if (!parseDim(item, shape.emplace_back()))
      return false;
    // `[B, L, 16h, 128]`: heads; `[S, B, 4h]` is four times a width.
    StringRef heads = trimBlanks(item);
    int64_t number;
    if (!isLast && !shape.back().size && heads.consume_back("h") &&
        !heads.getAsInteger(10, number))
      shape.back().size = number;
    if (isLast)
      return true;
    isKeyed = item.find_first_of("=:") != StringRef::npos;
    text = text.drop_front(end + 1);
  }
}

//===----------------------------------------------------------------------===//
// Lists that nothing marks
//===----------------------------------------------------------------------===//

/// Takes what may stand between two dimensions from the front; true if there is
/// anything.
static bool dropSeparator(StringRef &text, bool isProduct) {
  size_t size = text.size();
  text = text.ltrim(" \t");
  if (size_t length = getTimesLength(text))
    text = text.drop_front(length).ltrim(" \t");
  else if (text.starts_with("x ") || text.starts_with("* "))
    text = text.drop_front().ltrim(" \t");
  else if (isProduct)
    return false;
  else if (text.starts_with(",") || text.starts_with(";"))
    text = text.drop_front().ltrim(" \t");
  return text.size() < size;
}

/// Takes `B:8`, `seq = 2048`, `hidden 4096` or `H4096` from the front.
static bool takeNamed(StringRef &text, Dim &dim) {
  StringRef name =
      text.take_while([](char c) { return isAlpha(c) || c == '_'; });
  if (name.empty() || isLayoutKey(name) || classifyName(name) == DimClass::None)
    return false;
  StringRef rest = text.drop_front(name.size()).ltrim(" ");
  if (rest.consume_front("=") || rest.consume_front(":"))
    rest = rest.ltrim(" ");
  StringRef value = rest.take_while(
      [](char c) { return isAlnum(c) || c == '/' || c == '*' || c == '_'; });
  dim.size = evaluate(value);
  if (!dim.size || rest.substr(value.size()).starts_with("."))
    return false;
  dim.name = name.str();
  text = rest.drop_front(value.size());
  return true;
}

/// Takes a number, or a symbol of a letter or two, from the front.
static bool takeFactor(StringRef &text, Dim &dim) {
  StringRef item = text.take_while(isAlnum);
  dim.size = evaluate(item);
  if (!dim.size && (item.size() > 2 || item.empty() || !isAlpha(item[0])))
    return false;
  if (!dim.size)
    dim.symbol = item.str();
  text = text.drop_front(item.size());
  return true;
}

/// `text` behind `x2`, where it begins with that.
static StringRef dropTimes(StringRef text) {
  StringRef rest = text;
  size_t length = getTimesLength(rest);
  if (length == 0 && rest.starts_with("x"))
    length = 1;
  rest = rest.drop_front(length);
  StringRef digits = rest.take_while(isDigit);
  return length > 0 && !digits.empty()
             ? rest.drop_front(digits.size()).ltrim(" \t")
             : text;
}

/// Takes `B,S,4096` or `4 x batch, seq, 4096` from the front, symbols and
/// numbers with a symbol in front; numbers alone may be of devices or layers.
/// Returns the length, 0 for anything else.
static size_t takeSymbolList(StringRef text, Shape &shape) {
  StringRef rest = text;
  StringRef count = rest.take_while(isDigit);
  if (!count.empty()) {
    rest = rest.drop_front(count.size()).ltrim(" ");
    size_t sign = rest.starts_with("x ") || rest.starts_with("*")
                      ? 1
                      : getTimesLength(rest);
    if (sign == 0)
      return 0;
    rest = rest.drop_front(sign).ltrim(" ");
  }
  Shape list;
  bool hasSize = false;
  while (list.size() < 8) {
    Dim dim;
    StringRef item = rest.take_while(
        [](char c) { return isAlnum(c) || c == '_' || c == '/'; });
    dim.size = evaluate(item);
    bool isSymbol = !item.empty() && isAlpha(item.front()) &&
                    (item.size() < 3 || item.contains('/') ||
                     classifyName(item) != DimClass::None);
    if (!dim.size && !isSymbol)
      return 0;
    if (list.empty() && dim.size)
      return 0;
    if (!dim.size)
      dim.symbol = item.str();
    hasSize |= dim.size && *dim.size > 15;
    list.push_back(std::move(dim));
    rest = rest.drop_front(item.size());
    StringRef next = rest.ltrim(" ");
    if (!next.consume_front(","))
      break;
    rest = next.ltrim(" ");
  }
  if (StringRef times = rest.ltrim(" "); dropTimes(times) != times)
    rest = dropTimes(times);
  StringRef next = rest.ltrim(" ");
  bool isWhole = next.empty() || getArrowLength(next) > 0 ||
                 StringRef("|+)(\n\\").contains(next.front()) ||
                 next.starts_with("partial");
  if (list.size() < 3 || !hasSize || !isWhole)
    return 0;
  shape = std::move(list);
  return text.size() - rest.size();
}

/// `B16 S1024`
static bool isBatchAndSequence(const Shape &shape) {
  auto isOneOf = [](StringRef name, ArrayRef<StringRef> names) {
    return llvm::any_of(
        names, [&](StringRef other) { return name.equals_insensitive(other); });
  };
  return isOneOf(shape[0].name, {"b", "bs", "batch"}) &&
         isOneOf(shape[1].name, {"s", "t", "l", "seq", "len"});
}

size_t dot::parseUnmarkedList(StringRef text, Shape &shape) {
  if (size_t length = takeSymbolList(text, shape))
    return length;
  // Most texts begin with a word that is no name of a dimension.
  bool isProduct = !text.empty() && isDigit(text.front());
  StringRef rest = text, behind = text;
  bool hasSize = false, hasTokens = false, hasFeatures = false;
  bool wasSpaced = false;
  while (shape.size() < 8) {
    Dim dim;
    if (!(isProduct ? takeFactor(rest, dim) : takeNamed(rest, dim)))
      break;
    hasSize |= dim.size && *dim.size > 31;
    hasTokens |= classifyName(dim.name) == DimClass::Tokens;
    hasFeatures |= classifyName(dim.name) == DimClass::Features;
    // Another list begins.
    if (!shape.empty() && !dim.name.empty() && dim.name == shape.front().name)
      break;
    shape.push_back(std::move(dim));
    behind = rest;
    bool isSpaced = rest.starts_with(" ");
    if (!dropSeparator(rest, isProduct))
      break;
    // `64x197x768 x2` is two of them.
    if (isProduct && shape.size() > 1 && isSpaced && !wasSpaced)
      break;
    wasSpaced = isSpaced;
  }
  // What follows a sign or a letter would be a part of it.
  StringRef next = behind.ltrim(" \t");
  if (isProduct && next.size() < behind.size())
    next = dropTimes(next);
  bool isWhole =
      behind.empty() || (!isAlnum(behind.front()) && behind.front() != '%');
  if (isProduct)
    isWhole &= next.empty() || getArrowLength(next) > 0 ||
               StringRef("|(,;\n\\").contains(next.front());
  bool isList = isProduct ? shape.size() > 2
                          : hasTokens && (shape.size() > 2 ||
                                          (shape.size() == 2 && hasFeatures));
  // `s=2048 b=2 -> ...`, or nothing else: two that count tokens.
  if (!isProduct && shape.size() == 2 && !hasFeatures &&
      (next.empty() || getArrowLength(next) > 0))
    isList = text.take_front(text.size() - behind.size()).count('=') == 2 ||
             isBatchAndSequence(shape);
  return isList && isWhole && hasSize ? text.size() - behind.size() : 0;
}
