//===- DrawnEdges.cpp - Edges that are drawn twice --------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DrawnRules.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

namespace {
/// Edges that nothing tells apart.
struct EqualEdges {
  uint32_t first = 0, second = 0;
  size_t count = 0;
};
} // namespace

void dag::checkDrawnEdges(const DeploymentGraph &graph, CheckLog &log) {
  // Different ports or labels make different edges.
  llvm::MapVector<std::pair<NodeId, Attribute>, EqualEdges> edges;
  for (NodeId id = 0, size = graph.getNodes().size(); id < size; ++id) {
    if (graph.getOutEdges(id).size() < 2)
      continue;
    edges.clear();
    for (uint32_t index : graph.getOutEdges(id)) {
      auto op = cast<EdgeOp>(graph.getEdge(index).op);
      EqualEdges &equal =
          edges[{graph.getEdge(index).target, op.getDrawnAttr()}];
      if (equal.count == 0)
        equal.first = index;
      else if (equal.count == 1)
        equal.second = index;
      ++equal.count;
    }
    for (const auto &[key, equal] : edges) {
      if (equal.count == 1)
        continue;
      NodeId target = key.first;
      std::string times = equal.count == 2
                              ? std::string("twice")
                              : std::to_string(equal.count) + " times";
      log.report(Code::DAG409, graph.getEdgePlace(equal.second, target),
                 "expected one edge from '" + graph.getName(id) + "' to '" +
                     graph.getName(target) + "', but it is drawn " + times)
          .note(graph.getEdge(equal.first).op->getLoc(), "first drawn here",
                graph.getName(id));
    }
  }
}
