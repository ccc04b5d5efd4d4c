//===- InferredShapes.cpp - Shapes that follow from neighbours --*- C++ -*-===//
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

/// Nodes whose shape follows from that of a neighbour; of what is not known
/// only that data passes it.
static bool isInferred(Role role) {
  switch (role) {
  case Role::Unknown:
  case Role::Norm:
  case Role::FinalNorm:
  case Role::QkNorm:
  case Role::RotaryEmbedding:
  case Role::Dropout:
  case Role::ResidualAdd:
  case Role::AttentionWeights:
  case Role::Activation:
  case Role::Multiply:
  case Role::Layer:
  case Role::Stage:
  case Role::Attention:
  case Role::Ffn:
  case Role::Moe:
  case Role::Expert:
  case Role::Dispatch:
  case Role::Combine:
  case Role::Router:
  case Role::Slice:
  case Role::Concat:
    return true;
  default:
    return isCollective(role) || isTransfer(role);
  }
}

/// True for a head of which nothing behind it says what it gives: there is
/// nothing to hold against what it takes.
static bool isOpenHead(const DeploymentGraph &graph, NodeId id) {
  return graph.getNode(id).role == Role::Head &&
         llvm::none_of(graph.getOutEdges(id).take_front(16),
                       [&](uint32_t index) {
                         return statesShape(graph, graph.getEdge(index).target);
                       });
}

bool dag::statesShape(const DeploymentGraph &graph, NodeId id) {
  auto isShape = [](Attribute attr) {
    auto dims = cast<DimsAttr>(attr);
    return dims.getRank() > 1 || (dims.getRank() == 1 && dims.isStatic(0));
  };
  return llvm::any_of(graph.getInputDims(id), isShape) ||
         llvm::any_of(graph.getOutputDims(id), isShape);
}

llvm::BitVector dag::findTyped(const DeploymentGraph &graph) {
  llvm::BitVector typed(graph.getNodes().size());
  std::vector<NodeId> worklist;
  auto add = [&](NodeId id) {
    if (typed.test(id))
      return;
    typed.set(id);
    worklist.push_back(id);
  };
  DenseSet<uint32_t> statedClasses;
  for (NodeId id = 0; id < typed.size(); ++id)
    if (statesShape(graph, id))
      statedClasses.insert(graph.getNode(id).peerClass);
  for (NodeId id = 0; id < typed.size(); ++id) {
    const auto &node = graph.getNode(id);
    auto op = dyn_cast<NodeOp>(node.op);
    // What is drawn alike in several layers is alike.
    bool isAlike = node.layer != DeploymentGraph::kNone &&
                   node.role != Role::Unknown &&
                   statedClasses.contains(node.peerClass);
    // What a map takes and gives is known by its weight.
    bool isMap = node.op->hasAttr("dag.weight") &&
                 node.role != Role::Parameter && node.role != Role::Unknown;
    // Widths say what a map does, where nothing says how many tokens there are.
    isMap |= node.op->hasAttr("dag.widths");
    if (statesShape(graph, id) || isAlike || isMap || (op && op.getBuffer()))
      add(id);
  }
  while (!worklist.empty()) {
    NodeId id = worklist.back();
    worklist.pop_back();
    for (uint32_t index : graph.getOutEdges(id))
      if (NodeId target = graph.getEdge(index).target;
          isInferred(graph.getNode(target).role) || isOpenHead(graph, target))
        add(target);
    for (uint32_t index : graph.getInEdges(id))
      if (isInferred(graph.getNode(graph.getEdge(index).source).role))
        add(graph.getEdge(index).source);
  }
  return typed;
}
