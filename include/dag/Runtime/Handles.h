//===- Handles.h - Handles that tell what they are -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_RUNTIME_HANDLES_H
#define DAG_RUNTIME_HANDLES_H

#include "dag/Runtime/Errors.h"

#include <vector>

namespace dag::runtime {

enum class HandleKind : uint8_t {
  Stream = 1,
  Event = 2,
  Module = 3,
  Function = 4,
  Communicator = 5,
};

/// Such as "stream".
const char *getHandleName(HandleKind kind);

/// The parts of a handle, from high bits to low ones.
struct HandleParts {
  uint32_t kind;       // 4 bits
  uint32_t rank;       // 16
  uint32_t generation; // 24
  uint32_t slot;       // 20
};
uint64_t packHandle(HandleParts parts);
HandleParts unpackHandle(uint64_t handle);

/// Why a handle is none of this kind and rank, without a look into the table.
Error checkHandle(uint64_t handle, HandleKind kind, uint32_t rank);

/// The objects of one kind of a rank. Nobody but the rank's thread uses it.
template <typename T>
class HandleTable {
public:
  HandleTable(HandleKind kind, uint32_t rank) : kind(kind), rank(rank) {}

  Error insert(std::shared_ptr<T> object, uint64_t &handle) {
    if (free.empty()) {
      if (slots.size() >> 20)
        return refuse(DAGRT_OUT_OF_MEMORY, "too many handles");
      free.push_back(slots.size());
      slots.emplace_back();
    }
    uint32_t slot = free.back();
    free.pop_back();
    slots[slot].object = std::move(object);
    handle = packHandle({uint32_t(kind), rank, slots[slot].generation, slot});
    return nullptr;
  }

  Error find(uint64_t handle, std::shared_ptr<T> &object) const {
    if (Error error = checkHandle(handle, kind, rank))
      return error;
    HandleParts parts = unpackHandle(handle);
    std::string name = getHandleName(kind);
    if (parts.slot >= slots.size() ||
        parts.generation > slots[parts.slot].generation)
      return refuse(DAGRT_INVALID_HANDLE, "there is no such " + name);
    if (parts.generation != slots[parts.slot].generation)
      return refuse(DAGRT_INVALID_HANDLE, name + " was destroyed");
    if (!slots[parts.slot].object)
      return refuse(DAGRT_INVALID_HANDLE, "there is no such " + name);
    object = slots[parts.slot].object;
    return nullptr;
  }

  /// Of a handle that was found.
  void erase(uint64_t handle) {
    uint32_t slot = unpackHandle(handle).slot;
    slots[slot].object = nullptr;
    // A slot whose generations are used up is not used again.
    if (++slots[slot].generation < (1u << 24) - 1)
      free.push_back(slot);
  }

  void clear() {
    slots.clear();
    free.clear();
  }

private:
  struct Slot {
    std::shared_ptr<T> object;
    uint32_t generation = 1;
  };
  HandleKind kind;
  uint32_t rank;
  std::vector<Slot> slots;
  std::vector<uint32_t> free;
};

} // namespace dag::runtime

#endif // DAG_RUNTIME_HANDLES_H
