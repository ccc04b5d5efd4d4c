//===- RankSizes.h - Ranks that are sizes -----------------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TARGET_DOT_RANKSIZES_H
#define DAG_LIB_TARGET_DOT_RANKSIZES_H

#include "dag/Dialect/Dag/IR/Dag.h"

namespace mlir::dag::dot {

/// Makes sizes of what was read as ranks: `TP8` is rank 8 of somewhat or all of
/// 8. Ranks are counted from 0 or 1, so a number that stands alone counts them,
/// and so does one that as many devices stand beside.
void findSizes(SketchOp sketch);

} // namespace mlir::dag::dot

#endif // DAG_LIB_TARGET_DOT_RANKSIZES_H
