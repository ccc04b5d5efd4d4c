//===- Entry.h - The way into the runtime -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_RUNTIME_ENTRY_H
#define DAG_LIB_RUNTIME_ENTRY_H

#include "dag/Runtime/End.h"

#include <new>

namespace dag::runtime {

/// Runs the body of a function of the ABI: nothing that is thrown leaves it,
/// and its error becomes the thread's last one.
template <typename Body>
DagrtStatus enter(DagrtRank *rank, const char *operation, Entry entry,
                  Body body) {
  int32_t number = rank ? int32_t(rank->number) : -1;
  try {
    Error error = rank ? rank->enter(entry) : refuseArgument("rank is null");
    if (!error && rank->groupDepth &&
        (entry == Entry::Work || entry == Entry::Release))
      error = refuseArgument("not allowed inside of a group");
    if (!error)
      error = body();
    return report(error, number, operation);
  } catch (const std::bad_alloc &) {
    return reportPlain(DAGRT_OUT_OF_MEMORY, "the runtime is out of memory");
  } catch (...) {
    return reportPlain(DAGRT_INTERNAL, "an exception inside of the runtime");
  }
}

inline Error checkOutput(const void *output, const char *what) {
  return output ? nullptr
                : refuseArgument(std::string(what) + " is a null pointer");
}

} // namespace dag::runtime

#endif // DAG_LIB_RUNTIME_ENTRY_H
