//===- DrawnReadings.cpp - Ways to read drawn shapes ------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DrawnReadings.h"
#include "DimsNames.h"

using namespace mlir;
using namespace mlir::dag;

//===----------------------------------------------------------------------===//
// Readings
//===----------------------------------------------------------------------===//

bool dag::isSlice(DimsAttr whole, DimsAttr part) {
  std::optional<ShapeRatio> ratio = getShapeRatio(whole, part);
  if (!ratio)
    return true;
  if (ratio->part == 0 || ratio->whole % ratio->part != 0)
    return false;
  // As many elements in other sizes are another tensor, unless joined.
  return ratio->whole != ratio->part || ratio->part == 1 ||
         whole.getRank() != part.getRank();
}

/// The sizes that a rule can be asked of.
static bool isAskable(DimsAttr dims) {
  for (unsigned i = 0, e = dims.getRank(); i < e; ++i)
    if (dims.isStatic(i) &&
        (dims.getSizes()[i] <= 0 || !PlanRules::isNumber(dims.getSizes()[i])))
      return false;
  return true;
}

/// Symbols of one operand that the other one lacks may be its numbers.
static bool haveSameSymbols(DimsAttr lhs, DimsAttr rhs) {
  auto getSymbols = [](DimsAttr dims) {
    DenseSet<StringAttr> symbols;
    for (unsigned i = 0, e = dims.getRank(); i < e; ++i)
      if (!dims.isStatic(i))
        symbols.insert(dims.getSymbols()[i]);
    return symbols;
  };
  return getSymbols(lhs) == getSymbols(rhs);
}

/// The index of the dimension that is named as heads; the rank if there is
/// none.
static unsigned findHeads(DimsAttr dims) {
  unsigned rank = dims.getRank();
  for (unsigned i = 0; i < rank; ++i) {
    StringRef name =
        dims.isStatic(i) ? dims.getDimName(i) : dims.getSymbols()[i].getValue();
    if (name.equals_insensitive("heads") || name.equals_insensitive("head") ||
        name.ends_with_insensitive("_heads") || name == "H" || name == "nh" ||
        name.equals_insensitive("nheads"))
      return i;
  }
  return rank;
}

/// As `[B, T, heads, d]`; a width has heads of the sizes `headDims`, or as many
/// as `heads` says.
static SmallVector<Sizes> readHeads(DimsAttr dims, const Sizes &x,
                                    ArrayRef<int64_t> heads,
                                    ArrayRef<int64_t> headDims = {}) {
  SmallVector<Sizes> readings;
  if (x.size() == 4) {
    unsigned index = findHeads(dims);
    if (index != 2)
      readings.push_back({x[0], x[2], x[1], x[3]});
    if (index != 1)
      readings.push_back(x);
    return readings;
  }
  if (x.size() != 3 && x.size() != 2)
    return readings;
  int64_t batch = x.size() == 3 ? x[0] : 1, tokens = x[x.size() - 2];
  int64_t width = x.back();
  readings.push_back({batch, tokens, 1, width});
  if (PlanRules::isNumber(width)) {
    for (int64_t number : heads)
      if (PlanRules::isNumber(number) && number > 1 && width % number == 0)
        readings.push_back({batch, tokens, number, width / number});
    for (int64_t size : headDims)
      if (PlanRules::isNumber(size) && size > 0 && width % size == 0)
        readings.push_back({batch, tokens, width / size, size});
  } else {
    for (int64_t number : heads)
      readings.push_back({batch, tokens, number, width});
  }
  if (x.size() == 3) {
    readings.push_back({1, x[1], x[0], x[2]});
    readings.push_back({1, x[0], x[1], x[2]});
  }
  return readings;
}

/// As many heads as scores or weights may have.
static SmallVector<int64_t, 3> getHeadCounts(DimsAttr dims, const Sizes &x) {
  switch (x.size()) {
  case 4: {
    unsigned index = findHeads(dims);
    if (index < 4)
      return {x[index]};
    return {x[1], x[2]};
  }
  case 3:
    return {x[0], x[1], 1};
  case 2:
    return {1};
  default:
    return {};
  }
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

DrawnReadings::Results DrawnReadings::applyUnary(Op op, DimsAttr dims) {
  Sizes x = rules.toSizes(dims);
  std::optional<Sizes> result;
  SmallVector<Sizes> results;
  switch (op) {
  case Op::Norm:
    result = rules.inferNorm(x);
    break;
  case Op::Dropout:
    result = rules.inferDropout(x);
    break;
  case Op::Rotation:
    result = rules.inferRotation(x);
    break;
  case Op::Activation:
    result = rules.inferActivation(x);
    // Gate and up in one.
    if (std::optional<Sizes> gated = rules.inferGated(x);
        gated && PlanRules::isNumber(x.back()))
      results.push_back(*gated);
    break;
  case Op::Sum:
    result = rules.inferSum(x, x);
    break;
  case Op::Product:
    result = rules.inferProduct(x, x);
    break;
  case Op::Weights: {
    if (x.size() > 4)
      return std::nullopt;
    Sizes whole(4 - x.size(), 1);
    whole.append(x);
    result = rules.inferWeights(whole);
    if (result)
      result = Sizes(ArrayRef(*result).take_back(x.size()));
    break;
  }
  default:
    result = x;
    break;
  }
  if (!result)
    return std::nullopt;
  results.insert(results.begin(), *result);
  return results;
}

/// All but the last dimension is kept; the last one may be shown as heads, and
/// tokens without their batch.
DrawnReadings::Results DrawnReadings::applyLinear(DimsAttr stated, DimsAttr x) {
  if (!stated || x.getRank() < 2 || stated.getRank() < 2)
    return std::nullopt;
  Sizes in = rules.toSizes(x), out = rules.toSizes(stated);
  int64_t width = out.back();
  if (in.size() != out.size() || in.front() != out.front()) {
    DimsAttr rows = rules.toDims(ArrayRef(in).drop_back());
    std::optional<ShapeRatio> ratio = getShapeRatio(stated, rows);
    if (!ratio || ratio->part == 0)
      return std::nullopt;
    width = ratio->whole % ratio->part == 0
                ? static_cast<int64_t>(ratio->whole / ratio->part)
                : width;
    if (!PlanRules::isNumber(width))
      return std::nullopt;
  }
  std::optional<Sizes> result = rules.inferLinear(in, width);
  return result ? Results({*result}) : std::nullopt;
}

DrawnReadings::Results DrawnReadings::applyEmbedding(DimsAttr stated,
                                                     DimsAttr ids) {
  if (!stated || ids.getRank() == 0 || ids.getRank() > 2 ||
      stated.getRank() != ids.getRank() + 1)
    return std::nullopt;
  std::optional<Sizes> result =
      rules.inferEmbedding(rules.toSizes(ids), rules.toSizes(stated).back());
  return result ? Results({*result}) : std::nullopt;
}

DrawnReadings::Results DrawnReadings::applyScores(const Operands &operands) {
  Sizes q = rules.toSizes(operands.first), k;
  if (operands.second)
    k = rules.toSizes(operands.second);
  Sizes out = operands.stated ? rules.toSizes(operands.stated) : Sizes();
  SmallVector<int64_t, 3> heads;
  if (operands.stated)
    heads = getHeadCounts(operands.stated, out);
  SmallVector<Sizes> results;
  bool isRead = false;
  // Of two layouts of one drawing there is only talk where they explain it.
  auto ask = [&](const Sizes &query, const Sizes &key, bool isMixed = false) {
    isRead = true;
    std::optional<Sizes> scores = rules.inferScores(query, key);
    if (!scores || llvm::is_contained(results, *scores) ||
        (isMixed && operands.stated &&
         compareShapes(rules.toDims(*scores), operands.stated) ==
             Agreement::No))
      return;
    results.push_back(*scores);
  };
  // Of a fused projection the rows are known, not what of the width is whose.
  if (operands.isFirstFused || operands.isSecondFused) {
    if (operands.isFirstFused != operands.isSecondFused &&
        (q.size() != 4 || k.size() != 4))
      return std::nullopt;
    // Tokens may stand before the batch.
    if (q.size() == 4 && k.size() == 4)
      for (int64_t number : heads)
        ask({q[1], q[0], number, 1}, {k[1], k[0], number, 1}, /*isMixed=*/true);
    for (const Sizes &query : readHeads(operands.first, q, {}))
      for (const Sizes &key : readHeads(operands.second, k, {}))
        for (int64_t number : heads) {
          // Both in one layout.
          if (q.size() == 4 && k.size() == 4 && (query == q) != (key == k))
            continue;
          ask({query[0], query[1], number, 1}, {key[0], key[1], number, 1});
        }
    return isRead ? Results(results) : std::nullopt;
  }
  // Tokens may stand before the batch.
  if (q.size() == 4 && (!operands.second || k.size() == 4)) {
    const Sizes &key = operands.second ? k : q;
    ask({q[1], q[0], q[2], q[3]}, {key[1], key[0], key[2], key[3]},
        /*isMixed=*/true);
  }
  for (const Sizes &query : readHeads(operands.first, q, heads)) {
    if (!operands.second) {
      // Keys like the queries, perhaps more or less of them.
      ask(query, query);
      if (!out.empty() && out.back() != query[3])
        ask(query, {query[0], out.back(), query[2], query[3]});
      continue;
    }
    for (const Sizes &key :
         readHeads(operands.second, k, {}, ArrayRef(query).back()))
      ask(query, key, k.size() == 4 && (query == q) != (key == k));
    // Keys may be stated as the product takes them.
    if (k.size() == 4)
      ask(query, {k[0], k[3], k[1], k[2]}, /*isMixed=*/true);
  }
  return isRead ? Results(results) : std::nullopt;
}

/// The values of a node for weights `[B, heads, S, T]`. The head size is that
/// of the result, as far as it is stated.
SmallVector<Sizes> DrawnReadings::readValues(const Operands &operands,
                                             const Sizes &weights) {
  Sizes v = rules.toSizes(operands.second);
  int64_t heads = weights[1];
  SmallVector<int64_t, 1> headDims;
  if (operands.stated) {
    DimsAttr rows = rules.toDims({weights[0], weights[2], heads});
    std::optional<ShapeRatio> ratio = getShapeRatio(operands.stated, rows);
    if (ratio && ratio->part != 0 && ratio->whole % ratio->part == 0)
      headDims.push_back(static_cast<int64_t>(ratio->whole / ratio->part));
  }
  // A symbol may be the width of all heads, or of one.
  if (v.size() < 4 && !v.empty() && !PlanRules::isNumber(v.back()))
    return {};
  if (!operands.isSecondFused) {
    SmallVector<Sizes> readings =
        readHeads(operands.second, v, heads, headDims);
    // Tokens may stand before the batch.
    if (v.size() == 4)
      readings.push_back({v[1], v[0], v[2], v[3]});
    return readings;
  }
  SmallVector<Sizes> readings;
  int64_t width = v.back();
  Sizes x = {v.size() == 3 ? v[0] : 1, v[v.size() - 2], 1};
  if (!PlanRules::isNumber(width) || !PlanRules::isNumber(heads))
    return readings;
  auto add = [&](int64_t kvHeads, int64_t headDim) {
    if (std::optional<Sizes> values =
            rules.inferValues(x, heads, kvHeads, headDim))
      readings.push_back(*values);
  };
  if (width % (3 * heads) == 0)
    add(heads, width / (3 * heads));
  // With fewer heads of keys and values.
  for (int64_t size : headDims)
    if (size > 0 && width % size == 0 && width / size > heads &&
        (width / size - heads) % 2 == 0)
      add((width / size - heads) / 2, size);
  return readings;
}

DrawnReadings::Results
DrawnReadings::applyWeightedSum(const Operands &operands) {
  Sizes w = rules.toSizes(operands.first), v = rules.toSizes(operands.second);
  SmallVector<Sizes> weights, results;
  if (w.size() == 4) {
    // Heads may stand behind the queries, or last.
    unsigned index = findHeads(operands.first);
    if (index == 2 || index == 3)
      std::rotate(w.begin() + 1, w.begin() + index, w.begin() + index + 1);
    weights.push_back(w);
  } else if (w.size() == 3) {
    weights.push_back({1, w[0], w[1], w[2]});
    weights.push_back({w[0], 1, w[1], w[2]});
  } else if (w.size() == 2) {
    weights.push_back({1, 1, w[0], w[1]});
  }
  if (operands.isSecondFused && (v.size() < 2 || v.size() > 3))
    return std::nullopt;
  bool isRead = false;
  for (const Sizes &reading : weights)
    for (const Sizes &values : readValues(operands, reading)) {
      isRead = true;
      std::optional<Sizes> sum = rules.inferWeightedSum(reading, values);
      if (sum && !llvm::is_contained(results, *sum))
        results.push_back(*sum);
    }
  return isRead ? Results(results) : std::nullopt;
}

DrawnReadings::Results DrawnReadings::applyCache(DimsAttr cache,
                                                 DimsAttr tokens) {
  Sizes room = rules.toSizes(cache), x = rules.toSizes(tokens);
  // Pages are no sequences.
  if (room.size() != 4 || x.size() != 4 || room[0] != x[0] || room[3] != x[3])
    return std::nullopt;
  SmallVector<Sizes> results;
  for (const Sizes &one : readHeads(cache, room, {}))
    for (const Sizes &other : readHeads(tokens, x, {}))
      if (rules.inferCache(one, other))
        return Results({room});
  return Results(results);
}

DrawnReadings::Results DrawnReadings::apply(Op op, const Operands &operands) {
  for (DimsAttr dims : {operands.stated, operands.first, operands.second})
    if (dims && !isAskable(dims))
      return std::nullopt;
  switch (op) {
  case Op::Linear:
    return applyLinear(operands.stated, operands.first);
  case Op::Embedding:
    return applyEmbedding(operands.stated, operands.first);
  case Op::Scores:
    return applyScores(operands);
  case Op::WeightedSum:
    return applyWeightedSum(operands);
  case Op::Cache:
    return applyCache(operands.stated, operands.first);
  default:
    return applyUnary(op, operands.first);
  }
}

/// True if a symbol stands where another one follows, and both are sizes of
/// what the op takes: queries where keys are counted.
static bool takesOtherSymbol(DimsAttr result, DimsAttr stated, DimsAttr first,
                             DimsAttr second) {
  if (!second || result.getRank() != stated.getRank())
    return false;
  auto isTaken = [&](const auto &symbol) {
    return llvm::is_contained(first.getSymbols(), symbol) ||
           llvm::is_contained(second.getSymbols(), symbol);
  };
  for (unsigned i = 0, e = result.getRank(); i < e; ++i)
    if (!result.isStatic(i) && !stated.isStatic(i) &&
        result.getSymbols()[i] != stated.getSymbols()[i] &&
        isTaken(result.getSymbols()[i]) && isTaken(stated.getSymbols()[i]))
      return true;
  return false;
}

/// The first two dimensions in the other order.
static DimsAttr swapFirst(DimsAttr dims) {
  SmallVector<StringAttr, 4> names(dims.getNames()), symbols(dims.getSymbols());
  SmallVector<int64_t, 4> sizes(dims.getSizes());
  std::swap(names[0], names[1]);
  std::swap(symbols[0], symbols[1]);
  std::swap(sizes[0], sizes[1]);
  return DimsAttr::get(dims.getContext(), names, sizes, symbols);
}

/// True if values stand tokens first, as Megatron has them: `[S, B, width]`
/// beside weights `[B, heads, S, S]` of another batch than tokens.
static bool isTokensFirst(DimsAttr weights, DimsAttr values) {
  if (!weights || !values || weights.getRank() != 4 || values.getRank() < 3)
    return false;
  auto is = [&](unsigned dim, unsigned ofWeights) {
    return values.isStatic(dim) && weights.isStatic(ofWeights) &&
           values.getSizes()[dim] == weights.getSizes()[ofWeights];
  };
  return is(0, 3) && is(1, 0) && !is(0, 0);
}

const DrawnReadings::Answer &DrawnReadings::ask(Op op, DimsAttr stated,
                                                DimsAttr first, DimsAttr second,
                                                bool isFirstFused,
                                                bool isSecondFused) {
  unsigned key =
      4 * static_cast<unsigned>(op) + 2 * isFirstFused + isSecondFused;
  Question question(key, stated, first, second);
  if (auto it = answers.find(question); it != answers.end())
    return *it->second;
  if (op == Op::WeightedSum && isTokensFirst(first, second)) {
    Answer answer =
        ask(op, stated && stated.getRank() > 2 ? swapFirst(stated) : stated,
            first, swapFirst(second), isFirstFused, isSecondFused);
    for (DimsAttr &result : answer.results)
      result = result.getRank() > 2 ? swapFirst(result) : result;
    return *(answers[question] = std::make_unique<Answer>(std::move(answer)));
  }
  std::unique_ptr<Answer> &entry = answers[question];
  entry = std::make_unique<Answer>();
  Results results =
      apply(op, {stated, first, second, isFirstFused, isSecondFused});
  if (!results)
    return *entry;
  if (results->empty()) {
    DimsAttr other = second ? second : stated;
    if (other && haveSameSymbols(first, other))
      entry->agreement = Agreement::No;
    return *entry;
  }
  // The nearest to what is stated comes first.
  if (stated) {
    Sizes sizes = rules.toSizes(stated);
    auto countCommon = [&](const Sizes &result) {
      unsigned count = 0;
      for (auto [left, right] : llvm::zip(result, sizes))
        count += left == right;
      return count;
    };
    llvm::stable_sort(*results, [&](const Sizes &one, const Sizes &other) {
      return countCommon(one) > countCommon(other);
    });
  }
  bool isOther = false;
  entry->agreement = stated ? Agreement::No : Agreement::Open;
  for (const Sizes &result : *results) {
    entry->results.push_back(rules.toDims(result));
    if (!stated)
      continue;
    entry->agreement = std::min(entry->agreement,
                                compareShapes(entry->results.back(), stated));
    isOther |= takesOtherSymbol(entry->results.back(), stated, first, second);
  }
  entry->takesOtherSymbol = isOther && entry->agreement == Agreement::Open;
  if (entry->takesOtherSymbol)
    entry->agreement = Agreement::No;
  return *entry;
}
