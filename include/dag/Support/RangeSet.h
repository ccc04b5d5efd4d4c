//===- RangeSet.h - Sets of integers as ranges -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_SUPPORT_RANGESET_H
#define DAG_SUPPORT_RANGESET_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdint>
#include <optional>
#include <string>

namespace mlir::dag {

/// A set of integers (devices, ranks, layers) kept as sorted, disjoint and
/// non-adjacent closed ranges, so that `0-65535` costs as much as `0`.
class RangeSet {
public:
  struct Range {
    int64_t first;
    int64_t last;
    bool operator==(const Range &other) const {
      return first == other.first && last == other.last;
    }
  };

  RangeSet() = default;
  RangeSet(int64_t first, int64_t last) { insert(first, last); }

  /// Adds all integers of `[first, last]`; an empty range adds nothing.
  void insert(int64_t first, int64_t last);
  void insert(int64_t value) { insert(value, value); }
  void insert(const RangeSet &other);

  bool empty() const { return ranges.empty(); }
  /// Number of integers in the set; saturates at the largest `uint64_t`.
  uint64_t size() const;
  int64_t front() const { return ranges.front().first; }
  int64_t back() const { return ranges.back().last; }

  bool contains(int64_t value) const;
  bool contains(const RangeSet &other) const;
  bool intersects(const RangeSet &other) const;
  /// The integers of this set that are not in `other`.
  RangeSet subtract(const RangeSet &other) const;

  ArrayRef<Range> getRanges() const { return ranges; }
  bool operator==(const RangeSet &other) const {
    return ranges == other.ranges;
  }
  bool operator!=(const RangeSet &other) const { return !(*this == other); }
  /// Lexicographic order of the ranges, for sorted containers.
  bool operator<(const RangeSet &other) const;

  /// Prints `0-7, 12`.
  void print(raw_ostream &os) const;
  /// The same for messages: after 16 ranges it says how many more there are.
  std::string str() const;

private:
  SmallVector<Range, 1> ranges;
};

inline raw_ostream &operator<<(raw_ostream &os, const RangeSet &set) {
  set.print(os);
  return os;
}

} // namespace mlir::dag

#endif // DAG_SUPPORT_RANGESET_H
