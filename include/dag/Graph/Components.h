//===- Components.h - Strongly connected components -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_GRAPH_COMPONENTS_H
#define DAG_GRAPH_COMPONENTS_H

#include "dag/Graph/DeploymentGraph.h"

#include <vector>

namespace mlir::dag {

/// The strongly connected components of a graph, numbered from 0.
struct Components {
  /// The component of each node.
  std::vector<uint32_t> of;
  uint32_t count = 0;
};

/// Tarjan's algorithm without recursion; linear in nodes and edges.
Components findComponents(const DeploymentGraph &graph);

} // namespace mlir::dag

#endif // DAG_GRAPH_COMPONENTS_H
