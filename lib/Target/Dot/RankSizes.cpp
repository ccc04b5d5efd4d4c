//===- RankSizes.cpp - Ranks that are sizes ---------------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RankSizes.h"

using namespace mlir;
using namespace mlir::dag;

void dot::findSizes(SketchOp sketch) {
  std::optional<int64_t> only;
  bool isAlone = true;
  for (NodeOp op : sketch.getBody()->getOps<NodeOp>())
    if (std::optional<uint64_t> rank = op.getTpRank()) {
      int64_t value = *rank;
      isAlone &= value > 1 && (!only || *only == value);
      only = value;
    }
  if (!only)
    return;
  for (NodeOp op : sketch.getBody()->getOps<NodeOp>()) {
    if (!op.getTpRank() || *op.getTpRank() < 2)
      continue;
    int64_t value = *op.getTpRank();
    bool isCount =
        op.getDevices() &&
        static_cast<int64_t>(op.getDevices()->getSet().size()) == value;
    if (!isAlone && !isCount)
      continue;
    op.removeTpRankAttr();
    if (!op.getTpSize())
      op.setTpSize(value);
  }
}
