//===- Observations.cpp - Which reads have seen which writes -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Observations.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir::dag::ptx;

/// Where entries of an agent begin, and behind these.
template <typename Entries>
static auto findAgent(Entries &entries, Agent agent) {
  auto *begin = llvm::lower_bound(entries, agent,
                                  [](const Observations::Entry &entry,
                                     Agent at) { return entry.agent < at; });
  auto *end = begin;
  while (end != entries.end() && end->agent == agent)
    ++end;
  return std::pair(begin, end);
}

void Observations::clear() {
  writes.clear();
  reads.clear();
  last = 0;
}

void Observations::addWrite(Agent agent, Clock clock) {
  auto [begin, end] = findAgent(writes, agent);
  Entry now{agent, clock, 0, ++last};
  if (begin != end)
    *begin = now;
  else
    writes.insert(begin, now);
}

void Observations::addRead(Agent agent, Clock clock, uint32_t lanes) {
  // Of what is long ago nobody asks.
  constexpr ptrdiff_t kMost = 8;
  auto [begin, end] = findAgent(reads, agent);
  if (begin != end) {
    Entry &before = *std::prev(end);
    bool isSame = before.lanes == lanes;
    if (isSame && before.number == last)
      return;
    if (isSame && before.clock == clock) {
      before.number = last;
      return;
    }
  }
  Entry now{agent, clock, lanes, last};
  if (end - begin < kMost) {
    reads.insert(end, now);
    return;
  }
  std::move(begin + 1, end, begin);
  *std::prev(end) = now;
}

uint32_t
Observations::getSeen(llvm::function_ref<bool(const Entry &)> isKnown) const {
  uint32_t seen = 0;
  for (const Entry &read : reads)
    if (read.number > seen && isKnown(read))
      seen = read.number;
  return seen;
}

bool Observations::isSeen(Agent agent, Clock clock, uint32_t seen) const {
  auto [begin, end] = findAgent(writes, agent);
  return begin != end && clock <= begin->clock && begin->number <= seen;
}
