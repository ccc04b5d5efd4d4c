//===- Ends.cpp - What is an input, an output, or beside it -----*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A word that no rule knows may still name an end of the model: the place of
// the node tells.
//
//===----------------------------------------------------------------------===//

#include "dag/Graph/DeploymentGraph.h"

using namespace mlir;
using namespace mlir::dag;

/// A box for the collectives of a kind, which stands beside a drawing whose
/// nodes state where they are, is a legend.
void DeploymentGraph::findNotes() {
  auto isPlaced = [&](NodeId id) {
    const Node &node = nodes[id];
    return node.layer != kNone || node.statedStage != kNone ||
           node.tpRank != kNone || node.expert != kNone || getDevicesAttr(id) ||
           !getInputDims(id).empty() || !getOutputDims(id).empty() ||
           !getStatedLayers(id).empty();
  };
  SmallVector<NodeId> loose;
  size_t numPlaced = 0;
  for (NodeId id = 0; id < nodes.size(); ++id)
    if (isPlaced(id))
      ++numPlaced;
    else if (getInDegree(id) == 0 && getOutDegree(id) == 0 &&
             (isCollective(nodes[id].role) ||
              nodes[id].role == Role::Dispatch) &&
             !isUndeclared(id))
      loose.push_back(id);
  // One box alone is one that was forgotten.
  if (numPlaced * 2 < nodes.size() || loose.size() < 2)
    return;
  for (NodeId id : loose)
    nodes[id].role = Role::Note;
}

/// True if all that leads to a node, past collectives and transfers, gives
/// results of the model; of many edges, the first tell.
bool DeploymentGraph::comesFromHead(NodeId id) const {
  constexpr unsigned kMaxEdges = 16, kMaxNodes = 32;
  SmallVector<NodeId, 8> work{id};
  bool found = false;
  for (size_t next = 0; next < work.size() && next < kMaxNodes; ++next)
    for (uint32_t index : getInEdges(work[next]).take_front(kMaxEdges)) {
      NodeId source = edges[index].source;
      const Node &node = nodes[source];
      // What stands between the layers and the logits is the head.
      if (node.role == Role::Head || node.role == Role::Sampling ||
          node.role == Role::Output ||
          (node.role == Role::Unknown && node.layer == kNone &&
           nodes[id].role == Role::Head)) {
        found = true;
        continue;
      }
      if (!isCollective(node.role) && !isTransfer(node.role) &&
          node.role != Role::Concat &&
          (node.role != Role::Unknown || node.layer != kNone))
        return false;
      if (!llvm::is_contained(work, source))
        work.push_back(source);
    }
  return found;
}

/// Whether a node at the front is an input by its place: it feeds an embedding,
/// or, where no node is known as one, the first parts of the model.
bool DeploymentGraph::feedsModel(NodeId id, bool hasInput) const {
  return llvm::all_of(getOutEdges(id).take_front(16), [&](uint32_t index) {
    const Node &target = nodes[edges[index].target];
    return target.role == Role::Embedding ||
           target.role == Role::PositionEmbedding ||
           target.role == Role::Input ||
           (!hasInput && target.role != Role::Unknown &&
            target.role != Role::Output && target.role != Role::Note);
  });
}

/// True for a node without a role that states one shape and gives it to the
/// first parts of layers, as the states of a model that is drawn beside one
/// that has a named input.
bool DeploymentGraph::givesStates(NodeId id) const {
  return getInputDims(id).empty() && getOutputDims(id).size() == 1 &&
         llvm::all_of(getOutEdges(id).take_front(16), [&](uint32_t index) {
           Role role = nodes[edges[index].target].role;
           return role == Role::Norm || role == Role::ResidualAdd ||
                  role == Role::QkvProjection || role == Role::QProjection ||
                  role == Role::KProjection || role == Role::VProjection;
         });
}

/// Where one part is drawn alone, "Layer 0 Input" is the input. What is called
/// an end among other things is one, and so is what stands where one has to be.
void DeploymentGraph::findEnds() {
  bool hasInput = false, hasOutput = false, hasEmbedding = false,
       hasResult = false;
  for (const Node &node : nodes) {
    hasInput |= node.role == Role::Input;
    hasEmbedding |= node.role == Role::Embedding;
    hasResult |= node.role == Role::Output;
    hasOutput |= node.role == Role::Output || node.role == Role::Head;
  }
  // "Word + position + segment embeddings" is the embedding where no other is.
  if (!hasInput && !hasEmbedding)
    for (NodeId id = 0; id < nodes.size(); ++id)
      if (nodes[id].role == Role::PositionEmbedding && getInDegree(id) == 0 &&
          getOutDegree(id) > 0)
        nodes[id].role = Role::Embedding;
  for (NodeId id = 0; id < nodes.size(); ++id) {
    Node &node = nodes[id];
    bool isSource = getInDegree(id) == 0, isSink = getOutDegree(id) == 0;
    if (isSource == isSink || isUndeclared(id))
      continue;
    // A note by its shape that stands where an end has to be is the end.
    bool isUnknown =
        node.role == Role::Unknown ||
        (node.role == Role::Note && (isSource ? !hasInput : !hasResult));
    bool isInside = node.layer != kNone;
    if (isSource && isUnknown &&
        (node.kind == NodeKind::Input
             ? !isInside || (!hasInput && !hasEmbedding)
             : !isInside && (feedsModel(id, hasInput || hasEmbedding) ||
                             givesStates(id))))
      node.role = Role::Input;
    else if (isSink && isUnknown &&
             (node.kind == NodeKind::Output ? !isInside || !hasOutput
              : node.role == Role::Note
                  ? (!hasOutput || (!isInside && comesFromHead(id))) &&
                        !getOutputDims(id).empty()
                  : !isInside && comesFromHead(id)))
      node.role = Role::Output;
    else if (isSink && comesFromHead(id) &&
             (node.role == Role::Head ||
              (!hasResult &&
               (node.role == Role::Sampling || node.role == Role::Concat))))
      node.role = Role::Output;
    // What attention gives, and no softmax feeds, is the end of a part.
    else if (isSink && node.role == Role::AttentionOutput && !isInside &&
             llvm::none_of(getInEdges(id).take_front(16), [&](uint32_t index) {
               Role role = nodes[edges[index].source].role;
               return role == Role::AttentionWeights ||
                      role == Role::VProjection || role == Role::Dropout;
             }))
      node.role = Role::Output;
    // A parameter that is computed is a result of training.
    else if (isSink && node.role == Role::Parameter)
      node.role = Role::Output;
    else
      continue;
    node.layer = kNone;
  }
}
