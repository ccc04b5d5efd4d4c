//===- Room.h - How much a run keeps at a time -*- C++ -*-===//
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

/// Checks, before anything runs, that what all ranks keep at a time has room: a
/// value lives until the block ends that it is defined in. Values whose size is
/// refused where they are made count as nothing. Emits an error at `program`, a
/// model or the programs of ranks.
LogicalResult checkRoom(Operation *program, const MeshShape &mesh);

} // namespace mlir::dag

#endif // DAG_LIB_INTERPRETER_ROOM_H
