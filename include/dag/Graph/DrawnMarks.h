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

namespace mlir::dag {

/// True if a label says that what is in a cluster is alike for all its layers.
bool saysAlike(ClusterOp cluster);

} // namespace mlir::dag

#endif // DAG_GRAPH_DRAWNMARKS_H
