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
#include "dag/Target/Dot/Recognition.h"

namespace mlir::dag::dot {

/// Makes sizes of what was read as ranks: `TP8` is rank 8 of somewhat or all of
/// 8. Ranks are counted from 0 or 1, so a number that stands alone counts them,
/// and so does one that as many devices stand beside.
void findSizes(SketchOp sketch);

/// Sizes of the parallel axes in a title or a comment, which speak of the whole
/// and of no rank: `TP8`, `EP 32`, `tensor parallel 2`. What is stated already
/// stays; an axis with several numbers, or with 0 or 1, counts ranks.
void readTitleSizes(StringRef text, ClusterRecognition &stated);

} // namespace mlir::dag::dot

#endif // DAG_LIB_TARGET_DOT_RANKSIZES_H
