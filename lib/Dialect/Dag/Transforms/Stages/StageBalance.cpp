//===- StageBalance.cpp - How many layers a stage gets -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StageBalance.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cassert>
#include <limits>

using namespace mlir;
using namespace mlir::dag;

std::vector<int64_t> dag::balanceLayers(int64_t layers, int64_t stages) {
  std::vector<int64_t> result(stages, layers / stages);
  for (int64_t stage = 0; stage < layers % stages; ++stage)
    ++result[stage];
  return result;
}

namespace {
/// Contiguous runs of layers, none longer than a limit.
class RunPacker {
public:
  explicit RunPacker(ArrayRef<int64_t> times) : before(times.size() + 1, 0) {
    for (size_t i = 0; i < times.size(); ++i)
      if (llvm::AddOverflow(before[i], times[i], before[i + 1]))
        before[i + 1] = std::numeric_limits<int64_t>::max();
  }

  size_t size() const { return before.size() - 1; }
  int64_t getTime(size_t begin, size_t end) const {
    return before[end] - before[begin];
  }

  /// The fewest runs within `limit` that the layers from each one on take;
  /// `limit` is at least the longest layer.
  std::vector<size_t> countRuns(int64_t limit) const {
    std::vector<size_t> counts(size() + 1, 0);
    size_t end = size();
    for (size_t begin = size(); begin-- > 0;) {
      while (getTime(begin, end) > limit)
        --end;
      counts[begin] = counts[end] + 1;
    }
    return counts;
  }

private:
  /// Time of the layers before each one.
  std::vector<int64_t> before;
};
} // namespace

std::vector<int64_t> dag::balanceTimes(ArrayRef<int64_t> times,
                                       int64_t stages) {
  assert(stages >= 1 && static_cast<size_t>(stages) <= times.size());
  RunPacker packer(times);
  int64_t low = *std::max_element(times.begin(), times.end());
  int64_t high = packer.getTime(0, times.size());
  while (low < high) {
    int64_t limit = low + (high - low) / 2;
    if (packer.countRuns(limit).front() <= static_cast<size_t>(stages))
      high = limit;
    else
      low = limit + 1;
  }

  // Of all partitions within the limit, one whose stages are near the mean.
  std::vector<size_t> needed = packer.countRuns(high);
  std::vector<int64_t> result;
  size_t begin = 0;
  for (int64_t left = stages; left > 0; --left) {
    // Rounded up: of two that are as near, earlier stages take more.
    int64_t rest = packer.getTime(begin, packer.size());
    int64_t target = rest / left + (rest % left != 0);
    size_t end = begin;
    while (packer.size() - end >= static_cast<size_t>(left)) {
      int64_t next = packer.getTime(begin, end + 1);
      bool isForced =
          end == begin || needed[end] > static_cast<size_t>(left - 1);
      // One more layer only where it does not lead further from the target.
      int64_t now = packer.getTime(begin, end);
      bool isNearer = std::abs(target - next) <= std::abs(target - now);
      if (!isForced && (!isNearer || next > high))
        break;
      ++end;
    }
    result.push_back(end - begin);
    begin = end;
  }
  return result;
}
