//===- Allocations.cpp - The live memory of a rank -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Runtime/Allocations.h"

#include <algorithm>

using namespace dag::runtime;

namespace {

uintptr_t getAddress(const void *pointer) {
  return reinterpret_cast<uintptr_t>(pointer);
}

std::string countBytes(uint64_t bytes) {
  return std::to_string(bytes) + " bytes";
}

} // namespace

Error AllocationMap::checkRoom(uint64_t bytes) const {
  if (limit == 0 || (bytes <= limit && current <= limit - bytes))
    return nullptr;
  return refuse(DAGRT_OUT_OF_MEMORY,
                countBytes(bytes) + " do not fit: " + std::to_string(current) +
                    " of " + countBytes(limit) + " are in use");
}

Error AllocationMap::insert(void *pointer, uint64_t bytes, bool isRegistered) {
  uintptr_t address = getAddress(pointer);
  auto next = allocations.lower_bound(address);
  bool overlaps = next != allocations.end() && next->first - address < bytes;
  if (next != allocations.begin()) {
    const Allocation &before = *std::prev(next)->second;
    overlaps |= address - getAddress(before.pointer) < before.bytes;
  }
  if (overlaps)
    return refuseArgument("memory overlaps with other memory of this rank");
  allocations.emplace_hint(
      next, address,
      std::make_unique<Allocation>(Allocation{pointer, bytes, isRegistered}));
  if (!isRegistered) {
    current += bytes;
    peak = std::max(peak, current);
  }
  return nullptr;
}

Error AllocationMap::take(void *pointer, bool isRegistered) {
  auto found = allocations.find(getAddress(pointer));
  if (found == allocations.end())
    return refuseArgument("no memory of this rank begins there");
  const Allocation &allocation = *found->second;
  if (allocation.isRegistered != isRegistered)
    return refuseArgument(isRegistered
                              ? "memory was allocated, not registered"
                              : "memory was registered, not allocated");
  if (allocation.numUsers)
    return refuse(DAGRT_IN_FLIGHT, "queued operations use this memory: " +
                                       std::to_string(allocation.numUsers));
  if (!isRegistered)
    current -= allocation.bytes;
  allocations.erase(found);
  return nullptr;
}

Error AllocationMap::find(const void *pointer, uint64_t bytes,
                          const std::string &what, Allocation *&found) const {
  found = nullptr;
  if (bytes == 0)
    return nullptr;
  if (!pointer)
    return refuseArgument(what + " is null");
  uintptr_t address = getAddress(pointer);
  auto next = allocations.upper_bound(address);
  Allocation *candidate =
      next == allocations.begin() ? nullptr : std::prev(next)->second.get();
  if (!candidate ||
      address - getAddress(candidate->pointer) >= candidate->bytes)
    return refuseArgument(what + " is not in memory of this rank");
  uint64_t left = candidate->bytes - (address - getAddress(candidate->pointer));
  if (left < bytes)
    return refuseArgument(what + " has " + countBytes(left) +
                          " left in its memory, but " + countBytes(bytes) +
                          " are used");
  found = candidate;
  return nullptr;
}

Allocation *AllocationMap::getFirst() const {
  return allocations.empty() ? nullptr : allocations.begin()->second.get();
}
