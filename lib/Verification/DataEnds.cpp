//===- DataEnds.cpp - Where data begins and ends ----------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DataEnds.h"
#include "dag/Dialect/Dag/IR/LookThrough.h"

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

/// What changes where a tensor lies, and what of it.
static bool movesData(Role role) {
  return isCollective(role) || isTransfer(role) || role == Role::Concat ||
         role == Role::Slice;
}

/// True if the node makes a weight of weights. A projection, a norm or an
/// activation does not: it is made for data, which it lacks.
static bool makesWeight(const DeploymentGraph &graph, NodeId id) {
  Role role = graph.getNode(id).role;
  if (movesData(role) || role == Role::Parameter)
    return true;
  // In drawings, what turns weights round is named in many ways.
  if (graph.isSketch())
    return role == Role::Unknown && graph.getOutDegree(id) > 0;
  // Sums, products and multiples, as of low-rank factors.
  return role == Role::Unknown || role == Role::Multiply ||
         role == Role::ResidualAdd || role == Role::Linear;
}

llvm::BitVector dag::findWeights(const DeploymentGraph &graph) {
  auto size = static_cast<NodeId>(graph.getNodes().size());
  llvm::BitVector weights(size);
  std::vector<uint32_t> open(size);
  std::vector<NodeId> work;
  for (NodeId id = 0; id < size; ++id) {
    const auto &node = graph.getNode(id);
    open[id] = graph.getInDegree(id);
    if (open[id] == 0 &&
        (node.role == Role::Parameter || isa<KvCacheOp>(node.op)))
      work.push_back(id);
  }
  while (!work.empty()) {
    NodeId id = work.back();
    work.pop_back();
    weights.set(id);
    for (uint32_t index : graph.getOutEdges(id)) {
      NodeId target = graph.getEdge(index).target;
      if (--open[target] == 0 && makesWeight(graph, target))
        work.push_back(target);
    }
  }
  return weights;
}

/// True if something but a cache takes `value`, as it is or before it was moved
/// or converted.
static bool isTakenElsewhere(Value value) {
  // Chains of converters are short; ops that do not verify may be in a circle.
  constexpr unsigned kMaxSteps = 8;
  for (unsigned step = 0; step < kMaxSteps && value; ++step) {
    if (!value.hasOneUse())
      return true;
    Operation *op = value.getDefiningOp();
    if (!op)
      value = lookThroughRegion(value);
    else if (op->getNumOperands() == 1 && op->getNumResults() == 1)
      value = op->getOperand(0);
    else
      return false;
  }
  return false;
}

bool dag::isMissedUpdate(const DeploymentGraph &graph, NodeId id) {
  auto update = dyn_cast<KvCacheUpdateOp>(graph.getNode(id).op);
  if (!update || graph.getOutDegree(id) != 0 ||
      isTakenElsewhere(update.getNewTokens()))
    return false;
  auto isRead = [&](NodeId cache) {
    return llvm::any_of(graph.getOutEdges(cache), [&](uint32_t index) {
      return !isa<KvCacheUpdateOp>(
          graph.getNode(graph.getEdge(index).target).op);
    });
  };
  return llvm::any_of(graph.getInEdges(id), [&](uint32_t index) {
    NodeId source = graph.getEdge(index).source;
    return isa<KvCacheOp>(graph.getNode(source).op) && isRead(source);
  });
}
