//===- Components.cpp - Strongly connected components -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Graph/Components.h"
#include "llvm/ADT/BitVector.h"

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

Components dag::findComponents(const DeploymentGraph &graph) {
  constexpr uint32_t kUnseen = ~0u;
  size_t size = graph.getNodes().size();
  Components components;
  components.of.resize(size);
  std::vector<uint32_t> index(size, kUnseen), low(size);
  std::vector<uint32_t> nextEdge(size, 0);
  llvm::BitVector onStack(size);
  std::vector<NodeId> stack, path;
  uint32_t counter = 0;
  auto open = [&](NodeId id) {
    index[id] = low[id] = counter++;
    stack.push_back(id);
    onStack.set(id);
    path.push_back(id);
  };
  for (NodeId start = 0; start < size; ++start) {
    if (index[start] != kUnseen)
      continue;
    open(start);
    while (!path.empty()) {
      NodeId id = path.back();
      ArrayRef<uint32_t> outs = graph.getOutEdges(id);
      if (nextEdge[id] < outs.size()) {
        NodeId target = graph.getEdge(outs[nextEdge[id]++]).target;
        if (index[target] == kUnseen)
          open(target);
        else if (onStack.test(target))
          low[id] = std::min(low[id], index[target]);
        continue;
      }
      path.pop_back();
      if (!path.empty())
        low[path.back()] = std::min(low[path.back()], low[id]);
      if (low[id] != index[id])
        continue;
      NodeId member;
      do {
        member = stack.back();
        stack.pop_back();
        onStack.reset(member);
        components.of[member] = components.count;
      } while (member != id);
      ++components.count;
    }
  }
  return components;
}
