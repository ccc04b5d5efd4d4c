//===- DrawnEdges.cpp - Edges that are drawn twice --------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DrawnRules.h"

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

void dag::checkDrawnEdges(const DeploymentGraph &graph, CheckLog &log) {
  size_t size = graph.getNodes().size();
  // The last source that a target was seen with, so that a node with a million
  // edges costs a million steps.
  std::vector<NodeId> lastSource(size, DeploymentGraph::kNoNode);
  std::vector<uint32_t> lastEdge(size);
  for (NodeId id = 0; id < size; ++id)
    for (uint32_t index : graph.getOutEdges(id)) {
      NodeId target = graph.getEdge(index).target;
      if (lastSource[target] != id) {
        lastSource[target] = id;
        lastEdge[target] = index;
        continue;
      }
      auto first = cast<EdgeOp>(graph.getEdge(lastEdge[target]).op);
      auto second = cast<EdgeOp>(graph.getEdge(index).op);
      // Different ports or labels make different edges.
      if (first.getDrawnAttr() != second.getDrawnAttr())
        continue;
      log.report(Code::DAG409, graph.getEdgePlace(index, target),
                 "expected one edge from '" + graph.getName(id) + "' to '" +
                     graph.getName(target) + "', but it is drawn twice")
          .note(first.getLoc(), "first drawn here", graph.getName(id));
    }
}
