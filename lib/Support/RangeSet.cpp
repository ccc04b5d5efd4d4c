//===- RangeSet.cpp - Sets of integers as ranges ----------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Support/RangeSet.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <tuple>

using namespace mlir;
using namespace mlir::dag;

using Range = RangeSet::Range;

/// True if `left` ends before `first` with at least one integer in between.
/// The comparison comes first, so that the addition cannot overflow.
static bool endsWellBefore(const Range &left, int64_t first) {
  return left.last < first && left.last + 1 < first;
}

/// Appends `range` to ranges sorted by their first integers, and merges it
/// with the last of them where they overlap or touch.
static void appendMerged(SmallVectorImpl<Range> &ranges, const Range &range) {
  if (ranges.empty() || endsWellBefore(ranges.back(), range.first))
    ranges.push_back(range);
  else
    ranges.back().last = std::max(ranges.back().last, range.last);
}

/// The first of the sorted `ranges` that does not end before `value`.
static const Range *findEndingFrom(ArrayRef<Range> ranges, int64_t value) {
  return llvm::partition_point(
      ranges, [&](const Range &range) { return range.last < value; });
}

void RangeSet::insert(int64_t first, int64_t last) {
  if (first > last)
    return;
  if (ranges.empty() || ranges.back().first <= first) {
    appendMerged(ranges, {first, last});
    return;
  }

  // The ranges of [low, high) overlap or touch the new one; it replaces them.
  Range *low = llvm::partition_point(
      ranges, [&](const Range &range) { return endsWellBefore(range, first); });
  Range *high =
      std::partition_point(low, ranges.end(), [&](const Range &range) {
        return !endsWellBefore({first, last}, range.first);
      });
  if (low == high) {
    ranges.insert(low, {first, last});
    return;
  }
  low->first = std::min(low->first, first);
  low->last = std::max(std::prev(high)->last, last);
  ranges.erase(std::next(low), high);
}

void RangeSet::insert(const RangeSet &other) {
  if (this == &other || other.empty())
    return;
  if (other.ranges.size() == 1) {
    insert(other.front(), other.back());
    return;
  }

  SmallVector<Range, 1> merged;
  merged.reserve(ranges.size() + other.ranges.size());
  const Range *left = ranges.begin(), *right = other.ranges.begin();
  while (left != ranges.end() || right != other.ranges.end()) {
    bool takeLeft = right == other.ranges.end() ||
                    (left != ranges.end() && left->first <= right->first);
    appendMerged(merged, takeLeft ? *left++ : *right++);
  }
  ranges = std::move(merged);
}

uint64_t RangeSet::size() const {
  uint64_t total = 0;
  for (const Range &range : ranges) {
    // Unsigned, since the width of a range can exceed the largest `int64_t`.
    uint64_t width =
        static_cast<uint64_t>(range.last) - static_cast<uint64_t>(range.first);
    total = llvm::SaturatingAdd(total, llvm::SaturatingAdd(width, uint64_t(1)));
  }
  return total;
}

bool RangeSet::contains(int64_t value) const {
  const Range *range = findEndingFrom(ranges, value);
  return range != ranges.end() && range->first <= value;
}

bool RangeSet::contains(const RangeSet &other) const {
  ArrayRef<Range> rest = ranges;
  for (const Range &range : other.ranges) {
    // Ranges do not touch, so that only one of them can hold all of `range`.
    rest = rest.drop_front(findEndingFrom(rest, range.first) - rest.begin());
    if (rest.empty() || rest.front().first > range.first ||
        rest.front().last < range.last)
      return false;
  }
  return true;
}

bool RangeSet::intersects(const RangeSet &other) const {
  const Range *left = ranges.begin(), *right = other.ranges.begin();
  while (left != ranges.end() && right != other.ranges.end()) {
    if (left->last < right->first)
      ++left;
    else if (right->last < left->first)
      ++right;
    else
      return true;
  }
  return false;
}

RangeSet RangeSet::subtract(const RangeSet &other) const {
  RangeSet result;
  const Range *hole = other.ranges.begin();
  for (Range range : ranges) {
    while (hole != other.ranges.end() && hole->last < range.first)
      ++hole;
    // A hole that reaches past this range is looked at again for the next.
    bool isEmpty = false;
    for (; hole != other.ranges.end() && hole->first <= range.last; ++hole) {
      // Not empty, hence `hole->first - 1` is at least `range.first`.
      if (range.first < hole->first)
        result.ranges.push_back({range.first, hole->first - 1});
      if (hole->last >= range.last) {
        isEmpty = true;
        break;
      }
      range.first = hole->last + 1;
    }
    if (!isEmpty)
      result.ranges.push_back(range);
  }
  return result;
}

bool RangeSet::operator<(const RangeSet &other) const {
  return std::lexicographical_compare(
      ranges.begin(), ranges.end(), other.ranges.begin(), other.ranges.end(),
      [](const Range &left, const Range &right) {
        return std::tie(left.first, left.last) <
               std::tie(right.first, right.last);
      });
}

void RangeSet::print(raw_ostream &os) const {
  llvm::interleaveComma(ranges, os, [&](const Range &range) {
    os << range.first;
    if (range.first != range.last)
      os << '-' << range.last;
  });
}

std::string RangeSet::str() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  constexpr size_t kMaxShown = 16;
  RangeSet shown;
  shown.ranges.assign(ranges.begin(),
                      ranges.begin() + std::min(ranges.size(), kMaxShown));
  shown.print(os);
  if (ranges.size() > kMaxShown)
    os << " and " << ranges.size() - kMaxShown << " more";
  return text;
}
