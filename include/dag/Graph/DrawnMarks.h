//===- DrawnMarks.h - What clusters say of their layers -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_GRAPH_DRAWNMARKS_H
#define DAG_GRAPH_DRAWNMARKS_H

#include "dag/Dialect/Dag/IR/Dag.h"

#include <map>

namespace mlir::dag {

/// True if a label says that what is in a cluster is alike for all its layers.
bool saysAlike(ClusterOp cluster);

/// The ranges of layers that clusters state, each with the devices of those
/// that state it; nothing where they leave layers out, as a sample of stages
/// does, or overlap.
std::map<RangeSet, RangeSet>
findClusterRanges(Block &body,
                  llvm::function_ref<bool(Operation *)> isMalformed);

} // namespace mlir::dag

#endif // DAG_GRAPH_DRAWNMARKS_H
