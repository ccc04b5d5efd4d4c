//===- ShapeAgreement.cpp - Do drawn dimensions agree -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Graph/ShapeAgreement.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::dag;

namespace {
/// What two shapes do not have in common.
struct Rest {
  SmallVector<uint64_t, 4> sizes;
  SmallVector<StringRef, 2> symbols;
  /// What symbols such as `S/4` are divided by.
  uint64_t divisor = 1;

  /// The product of the numbers; saturates.
  uint64_t getProduct() const {
    uint64_t product = 1;
    for (uint64_t size : sizes)
      product = llvm::SaturatingMultiply(product, size);
    return product;
  }
};
} // namespace

/// Reads `S/4`, `4*H` and `4H` as a symbol, a factor and a divisor.
static StringRef readSymbol(StringRef symbol, uint64_t &factor,
                            uint64_t &divisor) {
  factor = divisor = 1;
  StringRef whole = symbol;
  StringRef digits = symbol.take_while(llvm::isDigit);
  if (!digits.empty()) {
    symbol = symbol.drop_front(digits.size());
    symbol.consume_front("*");
    if (digits.getAsInteger(10, factor))
      factor = 0;
  } else if (size_t at = symbol.find_first_of("/*"); at != StringRef::npos) {
    uint64_t &number = symbol[at] == '/' ? divisor : factor;
    digits = symbol.drop_front(at + 1);
    symbol = symbol.take_front(at);
    if (digits.getAsInteger(10, number))
      number = 0;
  }
  bool isName = !symbol.empty() && llvm::all_of(symbol, [](char c) {
    return llvm::isAlnum(c) || c == '_';
  });
  if (isName && factor != 0 && divisor != 0)
    return symbol;
  factor = divisor = 1;
  return whole;
}

static Rest split(DimsAttr shape) {
  Rest rest;
  for (unsigned i = 0, e = shape.getRank(); i < e; ++i) {
    if (shape.isStatic(i))
      rest.sizes.push_back(shape.getSizes()[i]);
    else {
      uint64_t factor, divisor;
      rest.symbols.push_back(
          readSymbol(shape.getSymbols()[i].getValue(), factor, divisor));
      if (factor > 1)
        rest.sizes.push_back(factor);
      rest.divisor = llvm::SaturatingMultiply(rest.divisor, divisor);
    }
  }
  llvm::sort(rest.sizes);
  llvm::sort(rest.symbols);
  return rest;
}

/// Takes equal entries away on both sides; both are sorted.
template <typename T>
static void cancel(SmallVectorImpl<T> &lhs, SmallVectorImpl<T> &rhs) {
  SmallVector<T, 4> onlyLhs, onlyRhs;
  std::set_difference(lhs.begin(), lhs.end(), rhs.begin(), rhs.end(),
                      std::back_inserter(onlyLhs));
  std::set_difference(rhs.begin(), rhs.end(), lhs.begin(), lhs.end(),
                      std::back_inserter(onlyRhs));
  lhs.assign(onlyLhs.begin(), onlyLhs.end());
  rhs.assign(onlyRhs.begin(), onlyRhs.end());
}

static std::pair<Rest, Rest> getRests(DimsAttr lhs, DimsAttr rhs) {
  Rest left = split(lhs), right = split(rhs);
  cancel(left.sizes, right.sizes);
  cancel(left.symbols, right.symbols);
  // Parts of one symbol are compared as numbers are.
  if (left.divisor != right.divisor) {
    left.sizes.push_back(right.divisor);
    right.sizes.push_back(left.divisor);
  }
  return {std::move(left), std::move(right)};
}

Agreement dag::compareShapes(DimsAttr lhs, DimsAttr rhs) {
  if (lhs == rhs)
    return Agreement::Yes;
  auto [left, right] = getRests(lhs, rhs);
  if (!left.symbols.empty() || !right.symbols.empty())
    return Agreement::Open;
  return left.getProduct() == right.getProduct() ? Agreement::Yes
                                                 : Agreement::No;
}

std::optional<SymbolSize> dag::getSymbolSize(DimsAttr lhs, DimsAttr rhs) {
  auto [left, right] = getRests(lhs, rhs);
  if (left.symbols.size() + right.symbols.size() != 1)
    return std::nullopt;
  if (left.symbols.empty())
    std::swap(left, right);
  uint64_t part = left.getProduct(), whole = right.getProduct();
  if (part == 0 || whole % part != 0)
    return std::nullopt;
  return SymbolSize{left.symbols.front(), whole / part};
}

bool dag::tradesSizes(DimsAttr lhs, DimsAttr rhs) {
  using Dim = std::pair<int64_t, Attribute>;
  auto getDims = [](DimsAttr shape) {
    SmallVector<Dim, 4> dims;
    for (unsigned i = 0, e = shape.getRank(); i < e; ++i)
      dims.push_back(shape.isStatic(i)
                         ? Dim(shape.getSizes()[i], Attribute())
                         : Dim(0, Attribute(shape.getSymbols()[i])));
    return dims;
  };
  if (compareShapes(lhs, rhs) != Agreement::Yes)
    return false;
  SmallVector<Dim, 4> left = getDims(lhs), right;
  for (const Dim &dim : getDims(rhs)) {
    auto *it = llvm::find(left, dim);
    if (it == left.end())
      right.push_back(dim);
    else
      left.erase(it);
  }
  return left.size() == 2 && right.size() == 2;
}

std::optional<ShapeRatio> dag::getShapeRatio(DimsAttr whole, DimsAttr part) {
  auto [left, right] = getRests(whole, part);
  if (!left.symbols.empty() || !right.symbols.empty())
    return std::nullopt;
  return ShapeRatio{left.getProduct(), right.getProduct()};
}

Agreement dag::isScaled(DimsAttr small, DimsAttr large, uint64_t count) {
  std::optional<ShapeRatio> ratio = getShapeRatio(large, small);
  if (!ratio)
    return Agreement::Open;
  // The last shards of an uneven dimension are smaller than the one stated.
  uint64_t most = llvm::SaturatingMultiply(ratio->part, count);
  // Few elements over many ranks leave some with none.
  bool isLargestShard = count != 0 && ratio->part != 0 &&
                        ratio->part < ratio->whole &&
                        llvm::divideCeil(ratio->whole, count) == ratio->part;
  return ratio->whole <= most &&
                 (ratio->whole == most || count == 0 || isLargestShard ||
                  ratio->whole > most - ratio->part)
             ? Agreement::Yes
             : Agreement::No;
}
