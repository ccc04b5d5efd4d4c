//===- DrawnCuts.cpp - Where a sample of layers is cut off ------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Of layers that stand for others, the first and the last values may be open:
// what gives or takes them is not drawn. Inside of a layer nothing may be.
//
//===----------------------------------------------------------------------===//

#include "DrawnRules.h"

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

static constexpr int64_t kNone = DeploymentGraph::kNone;
static constexpr int64_t kShared = DeploymentGraph::kShared;

/// Projections of the stream, which may all be its first users.
static bool isFirstProjection(Role role) {
  return role == Role::QkvProjection || role == Role::QProjection ||
         role == Role::KProjection || role == Role::VProjection ||
         role == Role::FfnGate || role == Role::FfnUp || role == Role::Router;
}

/// True for a node that only edges mention, where others are declared: a slip.
bool CutEnds::isSlip(NodeId id) {
  auto isDeclared = [&](const DeploymentGraph::Node &node) {
    auto op = dyn_cast<NodeOp>(node.op);
    return !op || !op.getUndeclared();
  };
  if (isDeclared(graph.getNode(id)))
    return false;
  if (!hasDeclared)
    hasDeclared = llvm::any_of(graph.getNodes(), isDeclared);
  return *hasDeclared;
}

bool CutEnds::isLeftOut(int64_t layer, int64_t neighbor) const {
  if (layer == kNone || neighbor < 0 || !graph.getSampledLayers() ||
      graph.getDrawnLayers().contains(neighbor))
    return false;
  int64_t count = graph.getStatedNumLayers();
  return count == kNone || neighbor < count || layer >= count;
}

void CutEnds::measure() {
  if (isMeasured)
    return;
  isMeasured = true;
  size_t size = graph.getNodes().size();
  std::vector<uint32_t> depths(size), heights(size);
  std::vector<NodeId> order = getDataOrder(graph);
  for (NodeId id : order)
    for (uint32_t index : graph.getOutEdges(id)) {
      uint32_t &depth = depths[graph.getEdge(index).target];
      depth = std::max(depth, depths[id] + 1);
    }
  for (NodeId id : llvm::reverse(order))
    for (uint32_t index : graph.getInEdges(id)) {
      uint32_t &height = heights[graph.getEdge(index).source];
      height = std::max(height, heights[id] + 1);
    }
  auto take = [](Far &far, NodeId id, uint32_t distance) {
    if (far.id == DeploymentGraph::kNoNode || distance > far.distance)
      far = {id, distance};
  };
  for (NodeId id = 0; id < size; ++id) {
    const auto &node = graph.getNode(id);
    if (node.layer == kNone)
      continue;
    // All lanes have what is shared; what is shared stands beside all lanes.
    for (bool isAll : {false, true}) {
      Ends &end = ends[{node.layer, isAll ? kAll : node.lane, node.replica}];
      take(end.last, id, depths[id]);
      take(end.first, id, heights[id]);
    }
    if (graph.getOutDegree(id) > 0)
      goesOn.insert({node.layer, node.peerClass});
  }
}

NodeId CutEnds::find(NodeId id, Far Ends::*side) const {
  const auto &node = graph.getNode(id);
  Far far;
  for (int64_t lane : node.lane == kShared
                          ? SmallVector<int64_t, 2>{kAll}
                          : SmallVector<int64_t, 2>{node.lane, kShared})
    if (auto it = ends.find({node.layer, lane, node.replica});
        it != ends.end() && (far.id == DeploymentGraph::kNoNode ||
                             (it->second.*side).distance > far.distance))
      far = it->second.*side;
  return far.id;
}

bool CutEnds::mayEnd(NodeId id) {
  const auto &node = graph.getNode(id);
  if (!isLeftOut(node.layer, node.layer + 1) || isSlip(id))
    return false;
  measure();
  // Where others of its kind go on, so should it.
  if (goesOn.contains({node.layer, node.peerClass}))
    return false;
  NodeId last = find(id, &Ends::last);
  return last == id || last == DeploymentGraph::kNoNode ||
         graph.getNode(last).peerClass == node.peerClass;
}

bool CutEnds::mayBegin(NodeId id) {
  const auto &node = graph.getNode(id);
  if (!isLeftOut(node.layer, node.layer - 1) || isSlip(id))
    return false;
  measure();
  NodeId first = find(id, &Ends::first);
  if (first == id || first == DeploymentGraph::kNoNode)
    return true;
  const auto &other = graph.getNode(first);
  return other.peerClass == node.peerClass ||
         (graph.getInDegree(first) == 0 && isFirstProjection(node.role) &&
          isFirstProjection(other.role));
}

//===----------------------------------------------------------------------===//
// Ends of the whole
//===----------------------------------------------------------------------===//

/// Whether the flow may begin with a part.
static bool mayStandFirst(Role role) {
  return isFirstProjection(role) || role == Role::Unknown ||
         role == Role::Embedding || role == Role::PositionEmbedding ||
         role == Role::Norm || role == Role::Layer || role == Role::Stage ||
         role == Role::Attention || role == Role::Ffn || role == Role::Moe ||
         role == Role::Slice || role == Role::Broadcast ||
         role == Role::Scatter || role == Role::Linear;
}

/// Whether the flow may end with a part: results, of the model, of a layer or
/// of a network.
static bool mayStandLast(Role role) {
  return role == Role::Unknown || role == Role::Head ||
         role == Role::Sampling || role == Role::FinalNorm ||
         role == Role::Norm || role == Role::ResidualAdd ||
         role == Role::Layer || role == Role::Stage || role == Role::Ffn ||
         role == Role::Moe || role == Role::FfnDown ||
         role == Role::OutputProjection || role == Role::AttentionOutput ||
         role == Role::Combine || role == Role::Concat ||
         role == Role::Linear || isCollective(role);
}

/// Whether two nodes at an end are parts of one input, or of one output.
static bool belongTogether(const DeploymentGraph::Node &one,
                           const DeploymentGraph::Node &other) {
  auto isEmbedding = [](Role role) {
    return role == Role::Embedding || role == Role::PositionEmbedding;
  };
  return one.role == Role::Unknown || other.role == Role::Unknown ||
         (one.role == other.role && one.block == other.block) ||
         (isFirstProjection(one.role) && isFirstProjection(other.role)) ||
         (isEmbedding(one.role) && isEmbedding(other.role));
}

/// The node that most of the flow lies behind, or before.
static NodeId findOutermost(const DeploymentGraph &graph, ArrayRef<NodeId> ends,
                            bool isFront) {
  std::vector<uint32_t> distances(graph.getNodes().size());
  std::vector<NodeId> order = getDataOrder(graph);
  if (isFront)
    std::reverse(order.begin(), order.end());
  for (NodeId id : order)
    for (uint32_t index :
         isFront ? graph.getInEdges(id) : graph.getOutEdges(id)) {
      const auto &edge = graph.getEdge(index);
      uint32_t &next = distances[isFront ? edge.source : edge.target];
      next = std::max(next, distances[id] + 1);
    }
  return *llvm::max_element(ends, [&](NodeId one, NodeId other) {
    return distances[one] < distances[other];
  });
}

SmallVector<NodeId> dag::splitEnds(const DeploymentGraph &graph,
                                   SmallVectorImpl<NodeId> &ends,
                                   bool isFront) {
  SmallVector<NodeId> others;
  auto mayBe = [&](NodeId id) {
    Role role = graph.getNode(id).role;
    return isFront ? mayStandFirst(role) : mayStandLast(role);
  };
  // A name that only an edge mentions is a slip.
  auto isKnown = [&](NodeId id) {
    return !graph.declaresNodes() || !graph.isUndeclared(id);
  };
  SmallVector<NodeId> candidates = llvm::filter_to_vector(
      ends, [&](NodeId id) { return mayBe(id) && isKnown(id); });
  if (candidates.empty()) {
    ends.clear();
    return others;
  }
  NodeId outermost = findOutermost(graph, candidates, isFront);
  llvm::erase_if(ends, [&](NodeId id) {
    bool isEnd = mayBe(id) && isKnown(id) &&
                 belongTogether(graph.getNode(id), graph.getNode(outermost));
    if (!isEnd)
      others.push_back(id);
    return !isEnd;
  });
  return others;
}

//===----------------------------------------------------------------------===//
// A layer without a number
//===----------------------------------------------------------------------===//

/// The stages that state their layers, or whose nodes state several: what is in
/// them stands for those.
static DenseSet<int64_t> findStagesOfRanges(const DeploymentGraph &graph) {
  DenseSet<int64_t> stages;
  for (const auto &stage : graph.getStages())
    if (!stage.statedLayers.empty())
      stages.insert(stage.index);
  for (NodeId id = 0; id < graph.getNodes().size(); ++id)
    if (graph.getNode(id).stage != kNone &&
        graph.getStatedLayers(id).size() > 1)
      stages.insert(graph.getNode(id).stage);
  return stages;
}

bool dag::showsUnnumberedLayer(const DeploymentGraph &graph,
                               bool outsideRanges) {
  bool hasAttention = false, hasNetwork = false;
  DenseSet<int64_t> ranged;
  if (outsideRanges)
    ranged = findStagesOfRanges(graph);
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    if (!graph.isSketch() || node.layer != DeploymentGraph::kNone ||
        !graph.getStatedLayers(id).empty() || graph.isUndeclared(id) ||
        (node.stage != kNone && ranged.contains(node.stage)))
      continue;
    hasAttention |=
        node.role == Role::Attention || getAttentionPosition(node.role) != 0;
    hasNetwork |= node.role == Role::Ffn || node.role == Role::Moe ||
                  node.role == Role::FfnUp || node.role == Role::FfnDown ||
                  node.role == Role::Expert;
  }
  return hasAttention && hasNetwork;
}

bool dag::isUnnumberedLayer(const DeploymentGraph &graph,
                            const RangeSet &layers) {
  if (layers.size() != 1)
    return false;
  // `Encoder layers 1-23, same as layer 0` stand beside that one.
  bool isModel = llvm::any_of(graph.getNodes(), [&](const auto &node) {
    auto like = node.op->template getAttrOfType<IntegerAttr>("dag.like_layer");
    return like && like.getInt() == layers.front();
  });
  return showsUnnumberedLayer(graph, /*outsideRanges=*/!isModel);
}
