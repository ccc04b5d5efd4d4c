//===- InferredShapes.cpp - Shapes that follow from neighbours --*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DrawnTypes.h"

using namespace mlir;
using namespace mlir::dag;

/// Nodes whose shape follows from that of a neighbour.
static bool isInferred(Role role) {
  switch (role) {
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
  case Role::Slice:
  case Role::Concat:
    return true;
  default:
    return isCollective(role) || isTransfer(role);
  }
}

bool DrawnTypes::statesShape(NodeId id) const {
  auto isShape = [](Attribute attr) {
    auto dims = cast<DimsAttr>(attr);
    return dims.getRank() > 1 || (dims.getRank() == 1 && dims.isStatic(0));
  };
  return llvm::any_of(graph.getInputDims(id), isShape) ||
         llvm::any_of(graph.getOutputDims(id), isShape);
}

llvm::BitVector DrawnTypes::findTyped() const {
  llvm::BitVector typed(graph.getNodes().size());
  std::vector<NodeId> worklist;
  auto add = [&](NodeId id) {
    if (typed.test(id))
      return;
    typed.set(id);
    worklist.push_back(id);
  };
  for (NodeId id = 0; id < typed.size(); ++id) {
    auto op = dyn_cast<NodeOp>(graph.getNode(id).op);
    if (statesShape(id) || (op && op.getBuffer()))
      add(id);
  }
  while (!worklist.empty()) {
    NodeId id = worklist.back();
    worklist.pop_back();
    for (uint32_t index : graph.getOutEdges(id))
      if (isInferred(graph.getNode(graph.getEdge(index).target).role))
        add(graph.getEdge(index).target);
    for (uint32_t index : graph.getInEdges(id))
      if (isInferred(graph.getNode(graph.getEdge(index).source).role))
        add(graph.getEdge(index).source);
  }
  return typed;
}
