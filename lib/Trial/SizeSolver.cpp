//===- SizeSolver.cpp - The smallest sizes that keep a form -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SizeSolver.h"
#include "llvm/Support/MathExtras.h"

#include <map>
#include <tuple>

using namespace mlir;
using namespace mlir::dag;

/// A size that is not known yet.
static constexpr int64_t kUnset = -1;
/// Sizes up to this one stay as they are.
static constexpr int64_t kSmall = 3;
/// Sizes that are raised above this one never end: they are below themselves.
static constexpr int64_t kMaxRaised = int64_t(1) << 20;
/// Sizes that are tried one after the other.
static constexpr int64_t kMaxCandidates = 4096;

LogicalResult SizeSolver::fail(const Twine &why) {
  if (reason.empty())
    reason = why.str();
  return failure();
}

//===----------------------------------------------------------------------===//
// Which sizes are one
//===----------------------------------------------------------------------===//

/// Layers that are alike have the same sizes.
void SizeSolver::mergeRoles() {
  std::map<std::tuple<size_t, int64_t, int64_t, int64_t, bool>, Size> known;
  for (Size size = 0, end = sizes.size(); size < end; ++size) {
    if (sizes.getRoot(size) != size)
      continue;
    SizeRelations::Class &of = sizes.getClass(size);
    auto [it, isNew] = known.try_emplace(
        {of.role, of.original, of.divisor, of.least, of.isKept}, size);
    if (!isNew)
      sizes.equate(it->second, size);
  }
}

/// Relations between roots, each once.
void SizeSolver::collectRelations() {
  relations.clear();
  std::set<std::tuple<Kind, Size, SmallVector<Size, 2>>> seen;
  for (Relation relation : sizes.getRelations()) {
    relation.whole = sizes.getRoot(relation.whole);
    for (Size &part : relation.parts)
      part = sizes.getRoot(part);
    if (seen.insert({relation.kind, relation.whole, relation.parts}).second)
      relations.push_back(std::move(relation));
  }
}

/// The same parts make the same whole, and a whole that is made of parts of
/// equal sizes twice is made of the same ones. True if sizes have become one.
bool SizeSolver::mergeRelations() {
  bool changed = false;
  auto equate = [&](Size left, Size right) {
    if (sizes.getRoot(left) == sizes.getRoot(right))
      return;
    sizes.equate(left, right);
    changed |= sizes.getRoot(left) == sizes.getRoot(right);
  };
  std::map<std::pair<Kind, SmallVector<Size, 2>>, Size> byParts;
  std::map<std::tuple<Kind, Size, SmallVector<int64_t, 2>>, Relation *> bySizes;
  for (Relation &relation : relations) {
    SmallVector<Size, 2> parts = relation.parts;
    llvm::sort(parts);
    auto [wholeIt, isNewWhole] =
        byParts.try_emplace({relation.kind, parts}, relation.whole);
    if (!isNewWhole)
      equate(wholeIt->second, relation.whole);
    llvm::stable_sort(relation.parts, [&](Size a, Size b) {
      return sizes.getOriginal(a) < sizes.getOriginal(b);
    });
    SmallVector<int64_t, 2> originals;
    for (Size part : relation.parts)
      originals.push_back(sizes.getOriginal(part));
    auto [it, isNew] = bySizes.try_emplace(
        {relation.kind, relation.whole, originals}, &relation);
    if (!isNew)
      for (auto [left, right] : llvm::zip(it->second->parts, relation.parts))
        equate(left, right);
  }
  return changed;
}

//===----------------------------------------------------------------------===//
// Which sizes follow from others
//===----------------------------------------------------------------------===//

/// What is made of kept parts is kept, and what keeps its size keeps its parts.
void SizeSolver::keepWholeRelations() {
  bool changed = true;
  while (changed) {
    changed = false;
    for (const Relation &relation : relations) {
      bool allKept =
          llvm::all_of(relation.parts, [&](Size part) { return isKept(part); });
      if (allKept && !isKept(relation.whole)) {
        sizes.keep(relation.whole);
        changed = true;
      } else if (!allKept && isKept(relation.whole)) {
        for (Size part : relation.parts)
          sizes.keep(part);
        changed = true;
      }
    }
  }
}

/// Says what follows from what. False if more sizes had to be kept for it.
bool SizeSolver::define() {
  definitions.clear();
  divided.clear();
  for (const Relation &relation : relations) {
    if (isKept(relation.whole))
      continue;
    auto [it, isNew] = definitions.try_emplace(
        relation.whole, Definition{false, relation.kind, relation.parts});
    if (isNew)
      continue;
    // A second product: one factor divides, and the other is what is left.
    Size left = relation.parts.front(), right = relation.parts.back();
    bool isFree = relation.kind == Kind::Product && left != right &&
                  !isKept(left) && !isKept(right);
    for (const Relation &other : relations)
      isFree &=
          &other == &relation || (other.whole != left && other.whole != right &&
                                  !llvm::is_contained(other.parts, left));
    if (isFree && !divided.contains(left) && !definitions.contains(right)) {
      divided[left] = {relation.whole, right};
      definitions.try_emplace(
          right, Definition{true, Kind::Product, {relation.whole, left}});
      continue;
    }
    sizes.keep(relation.whole);
    return false;
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

std::optional<int64_t> SizeSolver::compute(const Definition &definition) const {
  if (definition.isQuotient) {
    int64_t whole = values[definition.parts[0]],
            part = values[definition.parts[1]];
    if (part <= 0 || whole % part != 0)
      return std::nullopt;
    return whole / part;
  }
  int64_t result = definition.kind == Kind::Product ? 1 : 0;
  for (Size part : definition.parts)
    if (definition.kind == Kind::Product
            ? llvm::MulOverflow(result, values[part], result)
            : llvm::AddOverflow(result, values[part], result))
      return std::nullopt;
  return result;
}

int64_t SizeSolver::getLeast(Size root) {
  const SizeRelations::Class &of = sizes.getClass(root);
  int64_t least = std::max<int64_t>(of.least, kSmall);
  if (of.divisor > 1 && !of.isPadded)
    least = std::max(least, llvm::SaturatingMultiply<uint64_t>(2, of.divisor) >
                                    uint64_t(kMaxCandidates) * of.divisor
                                ? of.divisor
                                : 2 * of.divisor);
  if (!ShapedType::isDynamic(of.original))
    least = std::min(least, of.original);
  return std::max(least, raised.lookup(root));
}

/// True if the size keeps what is known of `root`.
bool SizeSolver::suits(Size root, int64_t size) {
  const SizeRelations::Class &of = sizes.getClass(root);
  if (size % of.divisor != 0)
    return false;
  for (int64_t ranks : of.remainders)
    if (!ShapedType::isDynamic(of.original)
            ? (of.original % ranks == 0) != (size % ranks == 0) ||
                  (of.original > ranks) != (size > ranks)
            : size % ranks == 0)
      return false;
  auto it = divided.find(root);
  if (it == divided.end())
    return true;
  auto [whole, rest] = it->second;
  int64_t total = values[whole];
  return size > 1 && total % size == 0 && total / size > 1 &&
         suits(rest, total / size);
}

std::optional<int64_t> SizeSolver::pick(Size root) {
  const SizeRelations::Class &of = sizes.getClass(root);
  if (of.isKept) {
    if (ShapedType::isDynamic(of.original))
      return std::nullopt;
    return of.original;
  }
  int64_t least = getLeast(root), step = of.divisor;
  int64_t first = llvm::divideCeil(least, step) * step;
  std::optional<int64_t> second;
  for (int64_t i = 0; i < kMaxCandidates; ++i) {
    int64_t size;
    if (llvm::MulOverflow(i, step, size) ||
        llvm::AddOverflow(first, size, size))
      break;
    if (!suits(root, size))
      continue;
    bool isLarger = !ShapedType::isDynamic(of.original) && size > of.original;
    // If all are another one's, the one that is next to what it was.
    if (!second || !isLarger)
      second = size;
    // Larger than in the model only where it has to be.
    if (of.isPadded || isLarger)
      break;
    if (!used.count(size)) {
      second = size;
      break;
    }
  }
  if (second && !of.isPadded)
    used.insert(*second);
  return second;
}

/// All sizes, those that others follow from first.
LogicalResult SizeSolver::evaluate() {
  values.assign(sizes.size(), kUnset);
  used.clear();
  for (Size root : roots)
    if (isKept(root))
      used.insert(sizes.getOriginal(root));
  DenseSet<Size> open;
  for (Size root : roots) {
    SmallVector<Size> stack = {root};
    while (!stack.empty()) {
      Size size = stack.back();
      if (values[size] != kUnset) {
        stack.pop_back();
        continue;
      }
      SmallVector<Size, 2> needed;
      auto definition = definitions.find(size);
      if (!isKept(size) && definition != definitions.end())
        needed = definition->second.parts;
      if (auto it = divided.find(size); it != divided.end())
        needed.push_back(it->second.first);
      llvm::erase_if(needed, [&](Size part) { return values[part] != kUnset; });
      if (!needed.empty()) {
        if (!open.insert(size).second)
          return fail("a size is a part of itself");
        llvm::append_range(stack, needed);
        continue;
      }
      std::optional<int64_t> value =
          !isKept(size) && definition != definitions.end()
              ? compute(definition->second)
              : pick(size);
      if (!value)
        return fail("no size is small and keeps what " +
                    (ShapedType::isDynamic(sizes.getOriginal(size))
                         ? std::string("an unknown one")
                         : std::to_string(sizes.getOriginal(size))) +
                    " keeps");
      values[size] = *value;
      open.erase(size);
      stack.pop_back();
    }
  }
  return success();
}

/// Makes a size at least `target` by what it is made of. False if all of that
/// has to stay.
bool SizeSolver::raise(Size root, int64_t target) {
  while (true) {
    if (isKept(root) || target > kMaxRaised)
      return false;
    auto it = definitions.find(root);
    if (it == definitions.end()) {
      int64_t &least = raised[root];
      least = std::max({least, target, values[root] + 1});
      return true;
    }
    if (it->second.isQuotient)
      return false;
    const auto *part = llvm::find_if(it->second.parts,
                                     [&](Size part) { return !isKept(part); });
    if (part == it->second.parts.end())
      return false;
    int64_t value = std::max<int64_t>(values[*part], 1);
    int64_t others = it->second.kind == Kind::Sum
                         ? values[root] - value
                         : std::max<int64_t>(values[root] / value, 1);
    target = it->second.kind == Kind::Sum ? target - others
                                          : llvm::divideCeil(target, others);
    root = *part;
  }
}

/// Picks sizes until they are in order.
LogicalResult SizeSolver::evaluateAll() {
  constexpr unsigned kMaxRounds = 256;
  for (unsigned round = 0; round < kMaxRounds; ++round) {
    if (failed(evaluate()))
      return failure();
    bool isInOrder = true;
    for (SizeRelations::Order &order : orders) {
      int64_t target = values[order.less] + order.distance;
      if (values[order.more] >= target)
        continue;
      isInOrder = false;
      if (raise(order.more, target))
        break;
      if (!order.isWish)
        return fail("no size in place of " +
                    Twine(sizes.getOriginal(order.more)) + " is at least " +
                    Twine(target) + ", as the one in place of " +
                    Twine(sizes.getOriginal(order.less)) + " needs");
      // What was raised for it need not be.
      order.distance = std::numeric_limits<int64_t>::min() / 2;
      raised.clear();
      break;
    }
    if (!isInOrder)
      continue;
    // What follows from others has to divide, too.
    for (Size root : roots)
      if (definitions.contains(root) && !isKept(root) &&
          values[root] % sizes.getClass(root).divisor != 0) {
        if (!raise(root, values[root] + 1))
          return fail("no size divides as " + Twine(sizes.getOriginal(root)) +
                      " does");
        isInOrder = false;
        break;
      }
    if (isInOrder)
      return success();
  }
  return fail("no sizes are in order");
}

LogicalResult SizeSolver::solve() {
  // What has not become one by then keeps more sizes than it needs to.
  constexpr unsigned kMaxMerges = 32;
  unsigned merges = 0;
  do {
    mergeRoles();
    collectRelations();
  } while (mergeRelations() && ++merges < kMaxMerges);
  collectRelations();
  for (Size size = 0, end = sizes.size(); size < end; ++size) {
    if (sizes.getRoot(size) != size)
      continue;
    roots.push_back(size);
    SizeRelations::Class &of = sizes.getClass(size);
    if (!ShapedType::isDynamic(of.original) && of.original <= kSmall &&
        !of.isPadded)
      of.isKept = true;
  }
  constexpr size_t kMaxSizes = 500;
  if (roots.size() > kMaxSizes || relations.size() > 2 * kMaxSizes)
    return fail("it has " + Twine(roots.size()) + " different sizes");
  do
    keepWholeRelations();
  while (!define());
  std::set<std::tuple<Size, Size, int64_t, bool>> seen;
  for (SizeRelations::Order order : sizes.getOrders()) {
    order.less = sizes.getRoot(order.less);
    order.more = sizes.getRoot(order.more);
    if (seen.insert({order.less, order.more, order.distance, order.isWish})
            .second)
      orders.push_back(order);
  }
  return evaluateAll();
}
