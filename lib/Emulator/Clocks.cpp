//===- Clocks.cpp - Vector clocks -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Clocks.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cassert>

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

/// Of one cluster, as the warps of a block are; clocks of others may be below
/// what the other side has as a whole.
void VectorClock::meet(const VectorClock &other) {
  assert(cluster == other.cluster && "expected clocks of one cluster");
  auto lower = [](std::vector<Clock> &clocks, const std::vector<Clock> &by) {
    if (clocks.size() > by.size())
      clocks.resize(by.size());
    for (size_t i = 0; i < clocks.size(); ++i)
      clocks[i] = std::min(clocks[i], by[i]);
  };
  lower(own, other.own);
  auto find = [](auto &list, unsigned number) {
    auto it = std::lower_bound(
        list.begin(), list.end(), number,
        [](const auto &entry, unsigned value) { return entry.first < value; });
    return it != list.end() && it->first == number ? it : list.end();
  };
  for (auto &[number, clocks] : others) {
    auto it = find(other.others, number);
    if (it != other.others.end())
      lower(clocks, it->second);
    else if (number >= other.below)
      clocks.clear();
  }
  for (const auto &[number, clocks] : other.others)
    if (number < below && find(others, number) == others.end())
      getOther(number) = clocks;
  below = std::min(below, other.below);
}

const VectorClock *ObjectClocks::find(uint64_t key) const {
  for (const auto &[object, clock] : entries)
    if (object == key)
      return &clock;
  return nullptr;
}

void ObjectClocks::join(uint64_t key, const VectorClock &clock) {
  for (auto &[object, known] : entries)
    if (object == key)
      return known.join(clock);
  entries.push_back({key, clock});
}

void ObjectClocks::join(const ObjectClocks &other) {
  for (const auto &[object, clock] : other.entries)
    join(object, clock);
}

void ObjectClocks::meet(const ObjectClocks &other) {
  llvm::erase_if(entries,
                 [&](const auto &entry) { return !other.find(entry.first); });
  for (auto &[object, clock] : entries)
    clock.meet(*other.find(object));
}
