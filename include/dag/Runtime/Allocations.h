//===- Allocations.h - The live memory of a rank -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_RUNTIME_ALLOCATIONS_H
#define DAG_RUNTIME_ALLOCATIONS_H

#include "dag/Runtime/Errors.h"

#include <map>
#include <vector>

namespace dag::runtime {

struct Allocation {
  void *pointer;
  uint64_t bytes;
  /// Whether it is the program's, registered.
  bool isRegistered;
  /// Queued operations that use it.
  uint32_t numUsers = 0;
};

/// All memory that a rank may name, by address.
class AllocationMap {
public:
  explicit AllocationMap(uint64_t limit) : limit(limit) {}

  /// Whether `bytes` more are within the limit.
  Error checkRoom(uint64_t bytes) const;
  /// Memory that overlaps with other memory of the rank is refused.
  Error insert(void *pointer, uint64_t bytes, bool isRegistered);
  /// What begins at `pointer`, if nothing uses it.
  Error take(void *pointer, bool isRegistered);
  /// What `bytes` from `pointer` lie in; `what` is told if there is none. No
  /// bytes lie in nothing.
  Error find(const void *pointer, uint64_t bytes, const std::string &what,
             Allocation *&found) const;

  /// The first that is left; null if none is.
  Allocation *getFirst() const;

  uint64_t getCurrent() const { return current; }
  uint64_t getPeak() const { return peak; }
  uint64_t getLimit() const { return limit; }

private:
  std::map<uintptr_t, std::unique_ptr<Allocation>> allocations;
  uint64_t limit;
  uint64_t current = 0;
  uint64_t peak = 0;
};

} // namespace dag::runtime

#endif // DAG_RUNTIME_ALLOCATIONS_H
