//===- Reading.h - What a drawing was read as -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_GRAPH_READING_H
#define DAG_GRAPH_READING_H

#include "dag/Graph/DeploymentGraph.h"

#include <string>

namespace mlir::dag {

/// What the whole of a drawing was read as, and from what, in one line: `80
/// layers, TP 2, PP 4 (8 devices), from stated sizes (layers, TP); clusters
/// (PP)`.
std::string describeDrawing(const DeploymentGraph &graph);

} // namespace mlir::dag

#endif // DAG_GRAPH_READING_H
