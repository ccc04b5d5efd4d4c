//===- LiveObjects.cpp - Counts what is allocated -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Finds leaks where no sanitizer does; those bring functions of their own.
//
//===----------------------------------------------------------------------===//

#include "Conformance.h"

#include <atomic>
#include <cstdlib>
#include <new>

static std::atomic<int64_t> numLive{0};

static void *countAllocation(void *pointer) {
  if (pointer)
    ++numLive;
  return pointer;
}

void *operator new(size_t size) {
  if (void *pointer = countAllocation(std::malloc(size ? size : 1)))
    return pointer;
  throw std::bad_alloc();
}
void *operator new(size_t size, std::align_val_t alignment,
                   const std::nothrow_t &) noexcept {
  size_t unit = size_t(alignment);
  return countAllocation(
      std::aligned_alloc(unit, (size + unit - 1) / unit * unit));
}
void operator delete(void *pointer) noexcept {
  if (pointer)
    --numLive;
  std::free(pointer);
}
void operator delete(void *pointer, size_t) noexcept {
  operator delete(pointer);
}
void operator delete(void *pointer, std::align_val_t) noexcept {
  operator delete(pointer);
}

static const bool isCounting = [] {
  dag::conformance::countLiveObjects = [] { return numLive.load(); };
  return true;
}();
