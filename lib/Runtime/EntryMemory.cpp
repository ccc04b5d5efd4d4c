//===- EntryMemory.cpp - Ranks and memory -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Entry.h"

#include "dag/Runtime/Runtime.h"

using namespace dag::runtime;

namespace {

/// A copy or fill whose device side is checked; null bytes do nothing.
Error copy(DagrtRank *rank, void *target, bool isTargetDevice,
           const void *source, bool isSourceDevice, uint64_t bytes,
           DagrtStream stream) {
  if (Error error = rank->checkStream(stream))
    return error;
  if (bytes == 0)
    return nullptr;
  DagrtRank::Copy copy = {target, source, bytes, 0, {}};
  auto check = [&](const void *pointer, bool isDevice,
                   const char *what) -> Error {
    if (!pointer)
      return refuseArgument(std::string(what) + " is null");
    Allocation *found = nullptr;
    if (isDevice)
      if (Error error = rank->memory.find(pointer, bytes, what, found))
        return error;
    if (found)
      copy.uses.push_back(found);
    return nullptr;
  };
  if (Error error = check(target, isTargetDevice, "target"))
    return error;
  if (Error error = check(source, isSourceDevice, "source"))
    return error;
  auto first = reinterpret_cast<uintptr_t>(target);
  auto second = reinterpret_cast<uintptr_t>(source);
  if (first < second ? second - first < bytes : first - second < bytes)
    return refuseArgument("target and source overlap");
  return rank->enqueueCopy(std::move(copy), stream);
}

} // namespace

extern "C" {

DagrtStatus dagrtGetRank(DagrtRank *rank, uint32_t *number) {
  return enter(rank, "get_rank", Entry::Query, [&]() -> Error {
    if (Error error = checkOutput(number, "number"))
      return error;
    *number = rank->number;
    return nullptr;
  });
}

DagrtStatus dagrtGetNumRanks(DagrtRank *rank, uint32_t *number) {
  return enter(rank, "get_num_ranks", Entry::Query, [&]() -> Error {
    if (Error error = checkOutput(number, "number"))
      return error;
    *number = rank->numRanks;
    return nullptr;
  });
}

const char *dagrtGetEndName(DagrtRank *rank) {
  return rank ? rank->getEndName() : "";
}

DagrtStatus dagrtSynchronize(DagrtRank *rank) {
  return enter(rank, "synchronize", Entry::Work,
               [&] { return rank->synchronize(); });
}

DagrtStatus dagrtAbort(DagrtRank *rank, const char *reason) {
  return enter(rank, "abort", Entry::Query, [&] {
    return rank->abort(reason ? reason : "no reason given");
  });
}

DagrtStatus dagrtAllocate(DagrtRank *rank, uint64_t bytes, void **pointer) {
  return enter(rank, "allocate", Entry::Work, [&]() -> Error {
    if (Error error = checkOutput(pointer, "pointer"))
      return error;
    if (bytes == 0) {
      *pointer = nullptr;
      return nullptr;
    }
    if (Error error = rank->memory.checkRoom(bytes))
      return error;
    void *memory = nullptr;
    if (Error error = rank->allocate(bytes, memory))
      return error;
    try {
      if (Error error = rank->memory.insert(memory, bytes, false)) {
        rank->release(memory);
        return error;
      }
    } catch (...) {
      rank->release(memory);
      throw;
    }
    *pointer = memory;
    return nullptr;
  });
}

DagrtStatus dagrtFree(DagrtRank *rank, void *pointer) {
  return enter(rank, "free", Entry::Release, [&]() -> Error {
    if (!pointer)
      return nullptr;
    if (Error error = rank->memory.take(pointer, false))
      return error;
    rank->release(pointer);
    return nullptr;
  });
}

DagrtStatus dagrtRegister(DagrtRank *rank, void *memory, uint64_t bytes,
                          void **device) {
  return enter(rank, "register", Entry::Work, [&]() -> Error {
    if (Error error = checkOutput(device, "device"))
      return error;
    if (!memory || bytes == 0)
      return refuseArgument("memory is null or has no bytes");
    if (bytes > UINTPTR_MAX - reinterpret_cast<uintptr_t>(memory))
      return refuseArgument("memory ends behind the last address");
    if (Error error = rank->memory.insert(memory, bytes, true))
      return error;
    Error error = rank->registerMemory(memory, bytes, *device);
    if (error)
      rank->memory.take(memory, true);
    return error;
  });
}

DagrtStatus dagrtUnregister(DagrtRank *rank, void *memory) {
  return enter(rank, "unregister", Entry::Release, [&]() -> Error {
    if (Error error = rank->memory.take(memory, true))
      return error;
    rank->unregisterMemory(memory);
    return nullptr;
  });
}

DagrtStatus dagrtGetMemoryUse(DagrtRank *rank, DagrtMemoryUse *use) {
  return enter(rank, "get_memory_use", Entry::Query, [&]() -> Error {
    if (Error error = checkOutput(use, "use"))
      return error;
    if (use->size < sizeof(DagrtMemoryUse))
      return refuseArgument("size of DagrtMemoryUse is " +
                            std::to_string(use->size) + ", expected " +
                            std::to_string(sizeof(DagrtMemoryUse)));
    use->current = rank->memory.getCurrent();
    use->peak = rank->memory.getPeak();
    use->limit = rank->memory.getLimit();
    return nullptr;
  });
}

DagrtStatus dagrtCopyToDevice(DagrtRank *rank, void *target, const void *source,
                              uint64_t bytes, DagrtStream stream) {
  return enter(rank, "copy_to_device", Entry::Work, [&] {
    return copy(rank, target, true, source, false, bytes, stream);
  });
}

DagrtStatus dagrtCopyToHost(DagrtRank *rank, void *target, const void *source,
                            uint64_t bytes, DagrtStream stream) {
  return enter(rank, "copy_to_host", Entry::Work, [&] {
    return copy(rank, target, false, source, true, bytes, stream);
  });
}

DagrtStatus dagrtCopy(DagrtRank *rank, void *target, const void *source,
                      uint64_t bytes, DagrtStream stream) {
  return enter(rank, "copy", Entry::Work, [&] {
    return copy(rank, target, true, source, true, bytes, stream);
  });
}

DagrtStatus dagrtFill(DagrtRank *rank, void *target, int32_t value,
                      uint64_t bytes, DagrtStream stream) {
  return enter(rank, "fill", Entry::Work, [&]() -> Error {
    if (Error error = rank->checkStream(stream))
      return error;
    Allocation *found = nullptr;
    if (Error error = rank->memory.find(target, bytes, "target", found))
      return error;
    if (!found)
      return nullptr;
    return rank->enqueueCopy({target, nullptr, bytes, uint8_t(value), {found}},
                             stream);
  });
}

} // extern "C"
