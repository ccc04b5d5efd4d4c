//===- Pending.h - Values that are used once -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_DIALECT_TILE_IR_PENDING_H
#define DAG_LIB_DIALECT_TILE_IR_PENDING_H

#include "dag/Dialect/Tile/IR/Tile.h"

namespace mlir::dag::tile {

/// Fails, with a message, at a value below `root` that stands for something
/// pending and is not used exactly once, by an op that knows such values and
/// stands in the block that has the value.
LogicalResult verifyUsedOnce(Operation *root);

/// The most registers of a thread that fragments and sums take at a time in
/// `role`.
int64_t getMaxFragmentRegisters(RoleOp role);

} // namespace mlir::dag::tile

#endif // DAG_LIB_DIALECT_TILE_IR_PENDING_H
