//===- Caches.h - Where the KV caches of a plan lie -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_IR_CACHES_H
#define DAG_DIALECT_DAG_IR_CACHES_H

#include "dag/Dialect/Dag/IR/Dag.h"

namespace mlir::dag {

/// True if both ops are in stages on the same ranks, or in none.
bool areOnSameRanks(Operation *a, Operation *b);
/// The same for two stages, or none.
bool areOnSameRanks(StageOp a, StageOp b);

/// Two caches of one name that are not one tensor on each rank: what is written
/// to the one is not found in the other.
struct CachesApart {
  KvCacheOp first, other;
  /// `to be on the ranks of the first`, `to have the type of the first, ...`.
  std::string getExpectation() const;
};

/// The caches of `model` that differ from the first one of their name, in the
/// order of the program, at most one for each name.
SmallVector<CachesApart> findCachesApart(Operation *model);

/// The caches that an op reads or writes by pages, and their block table; no
/// caches for other ops.
struct PagedUse {
  ValueRange caches;
  Value table;
  /// Where the op writes: the new tokens `[batch, tokens, ...]`, and where they
  /// stand.
  Value tokens = {}, position = {};
};
PagedUse getPagedUse(Operation *op);

/// True if attention of the layer that `op` is in looks at a window alone.
bool looksAtWindow(Operation *op);

/// The names of the caches of `model` that are pools of pages.
DenseSet<StringAttr> findPagedCaches(Operation *model);

} // namespace mlir::dag

#endif // DAG_DIALECT_DAG_IR_CACHES_H
