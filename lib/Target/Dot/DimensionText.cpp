//===- DimensionText.cpp - Shapes and ranges as people write them ---------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DimensionText.h"
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

//===----------------------------------------------------------------------===//
// Small pieces
//===----------------------------------------------------------------------===//

size_t dot::getArrowLength(StringRef text) {
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

size_t dot::findArrow(StringRef text, size_t &length) {
  unsigned depth = 0;
  for (size_t i = 0, e = text.size(); i < e; ++i) {
    char c = text[i];
    if (c == '[' || c == '(') {
      ++depth;
    } else if ((c == ']' || c == ')') && depth > 0) {
      --depth;
    } else if (depth == 0 && !isAlnum(c)) {
      if ((length = getArrowLength(text.substr(i))))
        return i;
    }
  }
  return StringRef::npos;
}

std::optional<int64_t> dot::parseNumber(StringRef text) {
  StringRef digits = text.take_while(isDigit);
  int64_t value;
  if (digits.empty() || digits.getAsInteger(10, value))
    return std::nullopt;
  return value;
}

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
static StringRef trimBlanks(StringRef text) {
  while (!text.empty() && isSpace(text.front()))
    text = text.drop_front();
  while (!text.empty() && isSpace(text.back()))
    text = text.drop_back();
  return text;
}

/// The element type that `text` names, in MLIR's spelling, or empty.
static StringRef getElementType(StringRef text) {
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
// Dimensions
//===----------------------------------------------------------------------===//

/// Evaluates `4096`, `4096//8`, `8192/2`, `64*128`, `2x4096`, left to right for
/// equal rank, exactly: a quotient with a rest (but not of `//`), a sum of
/// mixed rank or an overflow isn't a number.
static std::optional<int64_t> evaluate(StringRef text) {
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

/// Keys that never name a dimension, so that `(TP=8, PP=2)` isn't a shape.
static bool isLayoutKey(StringRef name) {
  if (name.size() > 7)
    return false;
  return llvm::StringSwitch<bool>(name)
      .CasesLower({"tp", "pp", "ep", "dp", "sp", "cp", "gpu", "gpus"}, true)
      .CasesLower({"rank", "stage", "layer", "layers", "node", "p"}, true)
      .CasesLower({"device", "devices", "rate"}, true)
      .CasesLower({"tp_rank", "tp_size", "pp_rank", "pp_size"}, true)
      .Default(false);
}

/// Reads a value into `dim`. Fails if it can't stand for a size.
static bool parseValue(StringRef text, Dim &dim) {
  text = trimBlanks(text);
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
                  return isAlpha(c) || c == '_' || c == ' ';
                });
  if ((!isRemark && !isWord) || (isWord && isLayoutKey(rest)))
    return false;
  std::optional<int64_t> size = evaluate(value);
  if (!size)
    return isRemark && isSymbol(value) ? (dim.symbol = value.str(), true)
                                       : false;
  dim.size = size;
  // `32 heads` names its dimension.
  if (dim.name.empty() && isWord && !rest.contains(' '))
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
  if (name.empty() || name.size() > 64 || !llvm::all_of(name, isNameChar) ||
      isDigit(name.front()) || isLayoutKey(name) ||
      name.contains_insensitive("dropout"))
    return false;
  dim.name.assign(name.data(), name.size());
  return parseValue(item.drop_front(split + 1), dim);
}

/// True if the list is written with `x` or `×` between its dimensions.
static bool isProductList(StringRef text) {
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
static bool parseProduct(StringRef text, Shape &shape, StringRef &elementType) {
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

/// Reads `128 10000 4096` or `B=8 S=2048 H=4096`: three dimensions at least,
/// with nothing but blanks between them.
static bool parseBlankList(StringRef text, Shape &shape) {
  if (text.contains(" x "))
    return false;
  while (!text.empty()) {
    StringRef item = text.take_until([](char c) { return isSpace(c); });
    text = text.drop_front(item.size()).ltrim();
    size_t split = item.find('=');
    StringRef value = split == StringRef::npos ? item : item.substr(split + 1);
    Dim &dim = shape.emplace_back();
    bool isShort = value.size() <= 2 && !value.empty() && isAlpha(value[0]) &&
                   isSymbol(value);
    dim.size = evaluate(value);
    if (!dim.size && !isShort)
      return false;
    if (!dim.size)
      dim.symbol = value.str();
    if (split == StringRef::npos)
      continue;
    StringRef name = item.take_front(split);
    if (name.empty() || isLayoutKey(name) || !isAlpha(name.front()) ||
        !llvm::all_of(name, isNameChar))
      return false;
    dim.name = name.str();
  }
  return shape.size() > 2;
}

/// Reads a list of dimensions separated by commas.
static bool parseList(StringRef text, Shape &shape, StringRef &elementType) {
  text = trimBlanks(text);
  if (text.empty())
    return false;
  if (isProductList(text) && parseProduct(text, shape, elementType))
    return true;
  shape.clear();
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
    if (isKeyed && shape.back().size && item.size() == 3 &&
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
    if (isLast)
      return true;
    isKeyed = item.find_first_of("=:") != StringRef::npos;
    text = text.drop_front(end + 1);
  }
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

/// True if `shape`, read from brackets, is one.
static bool isShape(const Shape &shape, char bracket, bool isGlued) {
  if (shape.empty())
    return false;
  // A remark on a router, not what it gives.
  if (bracket == '(' &&
      llvm::all_of(shape, [](const Dim &dim) { return isTopK(dim.name); }))
    return false;
  bool hasName = false, hasSize = false;
  for (const Dim &dim : shape) {
    hasName |= !dim.name.empty();
    hasSize |= dim.size.has_value();
    // `[Q,K,V]` lists tensors.
    if (dim.name.empty() &&
        (dim.symbol == "Q" || dim.symbol == "K" || dim.symbol == "V"))
      return false;
  }
  if (bracket == '(') {
    if (hasName)
      return true;
    if (shape.size() < 3)
      return false;
    return hasSize || llvm::all_of(shape, [](const Dim &dim) {
             // `(w1, w3, w2)` are weights.
             return dim.symbol.size() <= 2 && !isDigit(dim.symbol.back());
           });
  }
  return shape.size() > 1 || isShapeAlone(shape.front(), isGlued);
}

/// True for `(N, 2048)` where nothing but arrows and other brackets stand
/// beside it: two numbers may be anything else.
static bool isPairAlone(const Shape &shape, StringRef before,
                        StringRef behind) {
  before = trimBlanks(before);
  behind = trimBlanks(behind);
  bool isLed = before.empty();
  for (size_t size = 1; size < 5 && size <= before.size(); ++size)
    isLed |= getArrowLength(before.take_back(size)) == size;
  bool isEnd =
      behind.empty() || behind.front() == ',' || getArrowLength(behind) > 0;
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

/// One shape without brackets: `B=8, S=2048`.
static ShapeText parseBareShape(StringRef text, ShapeContext context) {
  ShapeText result;
  Shape shape;
  StringRef elementType;
  StringRef list = trimBlanks(text);
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
  bool isAccepted =
      context == ShapeContext::Bare
          ? shape.size() > 1 && hasSize && (allNamed || isProductList(list))
          : (shape.size() > 1 && (hasSize || allNamed)) ||
                (shape.size() == 1 && hasSize);
  if (!isAccepted)
    return result;
  result.shapes.push_back(std::move(shape));
  result.elementType = elementType;
  result.end = text.size();
  return result;
}

/// `8x512x768, 8x512 -> 8x12x512x64`, without brackets; empty for anything
/// else.
static ShapeText parseProducts(StringRef text) {
  ShapeText result;
  for (StringRef rest = text; !rest.empty();) {
    size_t length = 0, comma = rest.find(','), end = findArrow(rest, length);
    if (comma < end) {
      end = comma;
      length = 1;
    }
    StringRef item = trimBlanks(rest.take_front(end)), elementType;
    rest = end < rest.size() ? rest.drop_front(end + length) : StringRef();
    if (result.shapes.size() > 7 || !isProductList(item) ||
        !parseProduct(item, result.shapes.emplace_back(), elementType))
      return ShapeText();
  }
  result.end = text.size();
  return result;
}

ShapeText dot::parseShapes(StringRef text, ShapeContext context) {
  bool hasBracket = false;
  ShapeText result = parseBracketedShapes(text, hasBracket);
  if (!result.shapes.empty() || hasBracket)
    return result;
  if (context == ShapeContext::Bare) {
    result = parseProducts(text);
    if (result.shapes.size() > 1)
      return result;
    result = ShapeText();
  }
  if (!text.contains(';')) {
    result = parseBareShape(text, context);
    return result.shapes.empty() ? findProducts(text) : result;
  }
  // Lists without brackets, `;` between them.
  SmallVector<StringRef, 4> pieces;
  text.split(pieces, ';', /*MaxSplit=*/8, /*KeepEmpty=*/false);
  for (StringRef piece : pieces)
    if (!piece.contains(';')) {
      ShapeText part = parseShapes(piece, context);
      llvm::append_range(result.shapes, part.shapes);
      if (result.elementType.empty())
        result.elementType = part.elementType;
    }
  if (!result.shapes.empty())
    result.end = text.size();
  return result;
}
