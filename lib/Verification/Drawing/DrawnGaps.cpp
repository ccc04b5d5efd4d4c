//===- DrawnGaps.cpp - Does a drawing show that a part is missing -*- C++ -*-=//
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

/// Nodes that are looked at for one gap; attention of no drawing has more.
static constexpr unsigned kMaxNodes = 64;
static constexpr unsigned kMaxEdges = 16;

namespace {
constexpr unsigned kProjections = 0, kScores = 1, kWeights = 2, kOutput = 4;

/// What stands in the place of a part: on the way from the parts before it, or
/// back from those behind it.
class Gap {
public:
  Gap(const DeploymentGraph &graph, unsigned part, bool isRead, int64_t layer)
      : graph(graph), part(part), isRead(isRead), layer(layer) {}

  /// Follows the data from a part that is drawn; the first node on the way that
  /// may be the one that is missed, or none.
  NodeId search(ArrayRef<NodeId> from, bool isForward);

private:
  unsigned countProjections(NodeId id) const;
  bool isPassed(NodeId id) const;
  bool isExpected(NodeId id, bool isForward) const;

  const DeploymentGraph &graph;
  unsigned part;
  /// The drawing has a name for the part, and it is known.
  bool isRead;
  int64_t layer;
};
} // namespace

/// How many projections a node takes, as they are or rotated.
unsigned Gap::countProjections(NodeId id) const {
  unsigned count = 0;
  for (uint32_t index : graph.getInEdges(id).take_front(kMaxEdges)) {
    Role role = graph.getNode(graph.getEdge(index).source).role;
    count += getAttentionPosition(role) == kProjections + 1 ||
             role == Role::RotaryEmbedding || role == Role::QkNorm ||
             role == Role::KvCache;
  }
  return count;
}

/// What changes neither which part comes next nor which came before.
bool Gap::isPassed(NodeId id) const {
  Role role = graph.getNode(id).role;
  switch (role) {
  case Role::AttentionMask: {
    // A mask of projections stands where their product is expected.
    if (part != kScores)
      return true;
    return countProjections(id) < 2;
  }
  case Role::Slice:
  case Role::Concat:
  case Role::Dropout:
  case Role::RotaryEmbedding:
  case Role::QkNorm:
  case Role::KvCache:
    return true;
  default:
    return isCollective(role) || isTransfer(role);
  }
}

/// True if the node is what comes next where the part is left out.
bool Gap::isExpected(NodeId id, bool isForward) const {
  const auto &node = graph.getNode(id);
  if (node.layer != layer && node.layer != DeploymentGraph::kNone)
    return true;
  unsigned position = getAttentionPosition(node.role);
  if (position == part + 1)
    return node.layer == layer;
  if (isRead)
    return true;
  // A projection of projections is their product.
  if (position == kProjections + 1 && part == kScores)
    return countProjections(id) < 2;
  if (position)
    return isForward ? position - 1 > part : position - 1 < part;
  switch (node.role) {
  case Role::Unknown:
  case Role::Linear:
  case Role::Activation:
  case Role::Multiply:
  case Role::Layer:
  case Role::Stage:
    return false;
  case Role::OutputProjection:
    return isForward;
  default:
    return true;
  }
}

NodeId Gap::search(ArrayRef<NodeId> from, bool isForward) {
  DenseSet<NodeId> seen;
  SmallVector<NodeId> open(from.begin(), from.end());
  while (!open.empty() && seen.size() < kMaxNodes) {
    NodeId id = open.pop_back_val();
    ArrayRef<uint32_t> edges =
        isForward ? graph.getOutEdges(id) : graph.getInEdges(id);
    for (uint32_t index : edges.take_front(kMaxEdges)) {
      const auto &edge = graph.getEdge(index);
      NodeId next = isForward ? edge.target : edge.source;
      if (graph.isUndeclared(next) || !seen.insert(next).second)
        continue;
      if (isPassed(next))
        open.push_back(next);
      // An end of the drawing is no step of attention.
      else if (!isExpected(next, isForward) && graph.getInDegree(next) > 0 &&
               graph.getOutDegree(next) > 0)
        return next;
    }
  }
  return DeploymentGraph::kNoNode;
}

/// The node between the parts that are drawn, by their roles.
static NodeId findStandIn(const DeploymentGraph &graph, ArrayRef<NodeId> parts,
                          unsigned missing, unsigned read, int64_t layer) {
  SmallVector<NodeId, 4> byPart[kOutput + 1];
  for (NodeId id : parts)
    if (unsigned position = getAttentionPosition(graph.getNode(id).role))
      byPart[position - 1].push_back(id);
  // From both sides, where something is drawn there.
  auto search = [&](unsigned part) {
    NodeId found = DeploymentGraph::kNoNode;
    auto look = [&](unsigned other, bool isForward) {
      if (found == DeploymentGraph::kNoNode)
        found = Gap(graph, part, read & (1u << part), layer)
                    .search(byPart[other], isForward);
      return byPart[other].empty();
    };
    if (part == kProjections || part == kScores)
      (void)((part == kScores || look(kScores, false)) &&
             look(kWeights, false) && look(kOutput, false));
    else
      (void)((part == kWeights || look(kWeights, true)) && look(kScores, true));
    return found;
  };
  for (unsigned part : {kProjections, kScores, kWeights, kOutput})
    if (missing & (1u << part))
      if (NodeId found = search(part); found != DeploymentGraph::kNoNode)
        return found;
  return DeploymentGraph::kNoNode;
}

NodeId dag::findOpenPart(const DeploymentGraph &graph, ArrayRef<NodeId> parts,
                         unsigned missing, unsigned read, int64_t layer) {
  if (!graph.isSketch())
    return DeploymentGraph::kNoNode;
  for (NodeId id : parts)
    for (uint32_t index : graph.getOutEdges(id).take_front(kMaxEdges)) {
      NodeId target = graph.getEdge(index).target;
      const auto &node = graph.getNode(target);
      if (node.role == Role::Unknown && node.layer == layer &&
          !graph.isUndeclared(target) && graph.getOutDegree(target) > 0)
        return target;
    }
  return findStandIn(graph, parts, missing, read, layer);
}

std::string dag::describeStandIn(const DeploymentGraph &graph, NodeId id) {
  Role role = graph.getNode(id).role;
  if (role == Role::Unknown)
    return "of which nothing says what it is";
  return "which stands in its place and is read as " +
         stringifyRole(role).str();
}
