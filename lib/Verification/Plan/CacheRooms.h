//===- CacheRooms.h - How much KV caches hold ---------------------*- C++
//-*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_VERIFICATION_PLAN_CACHEROOMS_H
#define DAG_LIB_VERIFICATION_PLAN_CACHEROOMS_H

#include "dag/Dialect/Dag/IR/Dag.h"

#include <optional>
#include <vector>

namespace mlir::dag {

/// A KV cache and what uses it: one page for each sequence, or a pool of pages.
struct CacheRoom {
  KvCacheOp cache;
  bool isPool = false;
  int64_t pages = 0, pageSize = 0;
  /// Rows and columns of the block table: sequences, and pages of one.
  int64_t batch = 0, blocks = 1;
  /// New tokens of a sequence in one run. With a position for each sequence any
  /// of them may be padding but the first.
  int64_t tokens = 0;
  /// Each sequence has a position of its own, and the pages of all are on each
  /// rank: a longer one may take what others leave.
  bool isRagged = false, isSplit = false;
  /// The largest window of what reads it; none where something sees all.
  std::optional<int64_t> window;
  /// True if it is read without a causal mask alone, as keys of an encoder.
  bool isOfOthers = false;

  /// Pages that each sequence needs at some time, whatever its length: those of
  /// a run's new tokens, and those that a window reaches over with its ends in
  /// the middle of a page.
  int64_t getLeastPages() const;
  /// Tokens of a sequence, if all are as long, where `sharing` micro-batches
  /// have their pages in the pool; none where a window forgets them first.
  std::optional<int64_t> getRoom(int64_t sharing) const;
};

/// The caches of a model of well-formed ops whose sizes are known.
std::vector<CacheRoom> findCacheRooms(ModelOp model);

} // namespace mlir::dag

#endif // DAG_LIB_VERIFICATION_PLAN_CACHEROOMS_H
