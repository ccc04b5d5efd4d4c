//===- WaitForGraph.cpp - Who waits for whom -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Support/WaitForGraph.h"

#include <algorithm>

using namespace mlir;
using namespace mlir::dag;

llvm::SmallVector<WaitStep>
dag::findSmallestCycle(llvm::ArrayRef<std::vector<uint32_t>> waits) {
  constexpr uint32_t kNone = ~0u;
  uint64_t budget = 10'000'000;
  llvm::SmallVector<WaitStep> smallest;
  std::vector<uint32_t> seenBy(waits.size(), kNone);
  // Entries: the entry that led here, and the wait that it is.
  std::vector<std::pair<uint32_t, WaitStep>> queue;
  for (uint32_t start = 0; start < waits.size(); ++start) {
    if (budget == 0 || (!smallest.empty() && smallest.size() <= 2))
      break;
    queue.clear();
    auto visit = [&](uint32_t from, uint32_t node) {
      for (uint32_t i = 0; i < waits[node].size(); ++i) {
        uint32_t next = waits[node][i];
        if (budget != 0)
          --budget;
        if (next == start) {
          llvm::SmallVector<WaitStep> cycle{{node, i}};
          for (uint32_t at = from; at != kNone; at = queue[at].first)
            cycle.push_back(queue[at].second);
          std::reverse(cycle.begin(), cycle.end());
          if (smallest.empty() || cycle.size() < smallest.size())
            smallest = std::move(cycle);
          return true;
        }
        if (next >= waits.size() || seenBy[next] == start)
          continue;
        seenBy[next] = start;
        queue.push_back({from, {node, i}});
      }
      return false;
    };
    bool isFound = visit(kNone, start);
    for (uint32_t at = 0; !isFound && at < queue.size() && budget != 0; ++at) {
      auto [node, i] = queue[at].second;
      isFound = visit(at, waits[node][i]);
    }
  }
  return smallest;
}
