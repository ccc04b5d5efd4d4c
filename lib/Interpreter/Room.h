//===- Room.h - How much a run keeps and does -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_INTERPRETER_ROOM_H
#define DAG_LIB_INTERPRETER_ROOM_H

#include "dag/Dialect/Dag/IR/Sharding.h"

namespace mlir::dag {

/// The ranks that run what is inside of an op, of those that run the op.
int64_t getNumRanksInside(Operation *op, int64_t numRanks,
                          const MeshShape &mesh);

/// Checks, before anything runs, that what all ranks keep at a time are at most
/// `limit` elements: a value lives until the block ends that it is defined in.
/// Values whose size is refused where they are made count as nothing. Emits an
/// error at `program`, a model or the programs of ranks.
LogicalResult checkRoom(Operation *program, const MeshShape &mesh,
                        int64_t limit);

/// Checks that the work of `runs` runs on all ranks is at most `limit`, as
/// `RunLimits` counts it. Emits an error at the op that is too much. Gives the
/// work of one run.
FailureOr<int64_t> checkWork(Operation *program, const MeshShape &mesh,
                             int64_t runs, int64_t limit);

} // namespace mlir::dag

#endif // DAG_LIB_INTERPRETER_ROOM_H
