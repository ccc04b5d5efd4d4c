//===- Clocks.cpp - Vector clocks -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Clocks.h"

#include <algorithm>

using namespace mlir::dag::ptx;

void VectorClock::raiseAll(std::vector<Clock> &clocks,
                           const std::vector<Clock> &by) {
  if (clocks.size() < by.size())
    clocks.resize(by.size());
  for (size_t i = 0; i < by.size(); ++i)
    clocks[i] = std::max(clocks[i], by[i]);
}

std::vector<Clock> &VectorClock::getOther(unsigned number) {
  auto it = std::lower_bound(
      others.begin(), others.end(), number,
      [](const auto &entry, unsigned value) { return entry.first < value; });
  if (it == others.end() || it->first != number)
    it = others.insert(it, {number, {}});
  return it->second;
}

bool VectorClock::coversOther(Agent agent, Clock clock) const {
  auto it = std::lower_bound(
      others.begin(), others.end(), ptx::getCluster(agent),
      [](const auto &entry, unsigned value) { return entry.first < value; });
  unsigned number = getNumber(agent);
  return it != others.end() && it->first == ptx::getCluster(agent) &&
         number < it->second.size() && it->second[number] >= clock;
}

Clock VectorClock::get(Agent agent) const {
  unsigned number = getNumber(agent);
  return number < own.size() ? own[number] : 0;
}

void VectorClock::raise(Agent agent, Clock clock) {
  unsigned number = getNumber(agent);
  if (own.size() <= number)
    own.resize(number + 1);
  own[number] = std::max(own[number], clock);
}

void VectorClock::join(const VectorClock &other) {
  below = std::max(below, other.below);
  if (other.cluster == cluster)
    raiseAll(own, other.own);
  else if (!other.own.empty())
    raiseAll(getOther(other.cluster), other.own);
  for (const auto &[number, clocks] : other.others)
    raiseAll(number == cluster ? own : getOther(number), clocks);
}
