//===- Places.cpp - What a node is by what stands around it -----*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A word that no rule knows, or one that means several things (`w v` is the
// weight of V, or weights times V), is told by the place: what takes weights
// and values is their product, whatever it is called.
//
//===----------------------------------------------------------------------===//

#include "dag/Graph/DeploymentGraph.h"

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

/// Of many edges, the first tell.
static constexpr unsigned kMaxEdges = 16;

namespace {
/// Gives roles to nodes of a drawing whose words leave them open.
class Places {
public:
  Places(DeploymentGraph &graph, std::vector<DeploymentGraph::Node> &nodes)
      : graph(graph), nodes(nodes) {}

  void run();

private:
  /// True if words say nothing of it, or no more than that it is a product.
  bool isOpen(NodeId id) const {
    Role role = nodes[id].role;
    return (role == Role::Unknown || role == Role::Linear ||
            role == Role::Multiply) &&
           nodes[id].block != Role::Moe &&
           nodes[id].expert == DeploymentGraph::kNone &&
           nodes[id].kind != NodeKind::Input &&
           nodes[id].kind != NodeKind::Output && !graph.isUndeclared(id);
  }
  bool hasSource(NodeId id, llvm::function_ref<bool(Role)> matches) const;
  bool hasTarget(NodeId id, llvm::function_ref<bool(Role)> matches) const;
  bool standsBesideQ(NodeId id) const;
  bool takesInput(NodeId id) const;
  bool changesWidth(NodeId id) const;
  void findRanges(NodeId id);
  bool findBranchSums(NodeId id);
  Attribute getLabel(NodeId id) const;
  void findCombines(NodeId id);
  void findLocalSums(NodeId id);
  void findProducts(NodeId id);
  void findLateValues(NodeId id);
  void findProjections(NodeId id);
  void findLinears(NodeId id);
  void findLayers();

  DeploymentGraph &graph;
  std::vector<DeploymentGraph::Node> &nodes;
};
} // namespace

/// What may stand between a projection and the product that takes it.
static bool isProjected(Role role) {
  return role == Role::QkvProjection || role == Role::QProjection ||
         role == Role::KProjection || role == Role::RotaryEmbedding ||
         role == Role::QkNorm || role == Role::KvCache;
}

static bool isValue(Role role) {
  return role == Role::VProjection || role == Role::QkvProjection ||
         role == Role::KvCache;
}

static bool isStream(Role role) {
  return role == Role::Norm || role == Role::ResidualAdd ||
         role == Role::Embedding || role == Role::PositionEmbedding ||
         role == Role::Input;
}

bool Places::hasSource(NodeId id,
                       llvm::function_ref<bool(Role)> matches) const {
  return llvm::any_of(graph.getInEdges(id).take_front(kMaxEdges),
                      [&](uint32_t index) {
                        return matches(nodes[graph.getEdge(index).source].role);
                      });
}

bool Places::hasTarget(NodeId id,
                       llvm::function_ref<bool(Role)> matches) const {
  return llvm::any_of(graph.getOutEdges(id).take_front(kMaxEdges),
                      [&](uint32_t index) {
                        return matches(nodes[graph.getEdge(index).target].role);
                      });
}

/// The products before and behind a softmax. A box for several ops is the
/// product, whatever it does before or behind it.
void Places::findProducts(NodeId id) {
  Role role = nodes[id].role;
  bool isMisread = role == Role::VProjection || role == Role::QkvProjection ||
                   role == Role::OutputProjection || role == Role::Slice;
  bool isBefore = role == Role::RotaryEmbedding || role == Role::QkNorm ||
                  role == Role::AttentionMask;
  if (!isOpen(id) && !isMisread && !isBefore)
    return;
  auto isWeights = [](Role other) { return other == Role::AttentionWeights; };
  auto isOther = [](Role other) {
    return other != Role::AttentionWeights && other != Role::AttentionMask &&
           other != Role::Dropout && other != Role::Note;
  };
  if (!isBefore && hasSource(id, isWeights) &&
      hasSource(id, role == Role::Linear || role == Role::Multiply ||
                            role == Role::OutputProjection
                        ? isValue
                        : llvm::function_ref<bool(Role)>(isOther)))
    nodes[id].role = Role::AttentionOutput;
  else if (!isMisread && role != Role::Multiply && hasTarget(id, isWeights) &&
           hasSource(id, isProjected) && !hasSource(id, [](Role other) {
             return other == Role::AttentionScores;
           }))
    nodes[id].role = Role::AttentionScores;
}

/// Values that stay latent in a cache until they are summed are projected
/// behind that.
void Places::findLateValues(NodeId id) {
  auto isCache = [](Role role) { return role == Role::KvCache; };
  auto sumsLatents = [&](uint32_t index) {
    NodeId source = graph.getEdge(index).source;
    return nodes[source].role == Role::AttentionOutput &&
           hasSource(source, isCache);
  };
  if (nodes[id].role == Role::VProjection && graph.getInDegree(id) > 0 &&
      llvm::all_of(graph.getInEdges(id).take_front(kMaxEdges), sumsLatents))
    nodes[id].role = Role::Linear;
}

/// Projections of which only one of Q, K and V is left open.
void Places::findProjections(NodeId id) {
  // A box for a projection and what is done with its result.
  bool isFused =
      nodes[id].role == Role::RotaryEmbedding || nodes[id].role == Role::QkNorm;
  if ((!isOpen(id) && !isFused) || nodes[id].role == Role::Multiply ||
      !hasSource(id, isStream) ||
      (isFused && hasSource(id, [](Role other) { return !isStream(other); })))
    return;
  bool feedsScores = false, feedsValues = false, feedsOther = false;
  for (uint32_t index : graph.getOutEdges(id).take_front(kMaxEdges)) {
    Role target = nodes[graph.getEdge(index).target].role;
    feedsScores |= target == Role::AttentionScores ||
                   target == Role::RotaryEmbedding || target == Role::QkNorm;
    feedsValues |= target == Role::AttentionOutput;
    feedsOther |= target != Role::AttentionScores &&
                  target != Role::RotaryEmbedding && target != Role::QkNorm &&
                  target != Role::AttentionOutput && target != Role::KvCache;
  }
  if (feedsOther || (!feedsScores && !feedsValues))
    return;
  nodes[id].role = feedsScores && feedsValues ? Role::QkvProjection
                   : feedsValues              ? Role::VProjection
                   : standsBesideQ(id)        ? Role::KProjection
                                              : Role::QProjection;
}

/// True if what takes the node's result takes queries from another one.
bool Places::standsBesideQ(NodeId id) const {
  return llvm::any_of(
      graph.getOutEdges(id).take_front(kMaxEdges), [&](uint32_t index) {
        return hasSource(graph.getEdge(index).target,
                         [](Role role) { return role == Role::QProjection; });
      });
}

/// Linear maps behind attention, and before and behind an activation.
void Places::findLinears(NodeId id) {
  Role role = nodes[id].role;
  if ((!isOpen(id) || role == Role::Multiply) &&
      role != Role::OutputProjection && role != Role::Activation)
    return;
  auto isInner = [](Role other) {
    return other == Role::Activation || other == Role::FfnUp ||
           other == Role::FfnGate;
  };
  auto isWeighted = [](Role other) { return other == Role::AttentionOutput; };
  if (role == Role::Activation) {
    // What changes the width is a map, too, unless it stands behind one.
    auto isMap = [](Role other) {
      return other == Role::FfnUp || other == Role::FfnGate ||
             other == Role::Linear || other == Role::Multiply;
    };
    auto isUnknown = [](Role other) { return other == Role::Unknown; };
    if (graph.getInDegree(id) == 1 && changesWidth(id) &&
        !hasSource(id, isMap) && (!hasSource(id, isUnknown) || takesInput(id)))
      nodes[id].role = Role::FfnUp;
    return;
  }
  if (hasSource(id, isInner) && !hasSource(id, isWeighted)) {
    // An activation that nobody knows stands behind the map up, too.
    if (role != Role::Unknown)
      nodes[id].role = Role::FfnDown;
    return;
  }
  if (role == Role::OutputProjection)
    return;
  if (graph.getInDegree(id) == 1 && hasSource(id, isWeighted) &&
      hasTarget(id, [](Role other) {
        return other == Role::ResidualAdd || other == Role::AllReduce ||
               other == Role::ReduceScatter;
      }))
    nodes[id].role = Role::OutputProjection;
  else if (role == Role::Linear && hasSource(id, isStream) &&
           hasTarget(id, [](Role other) { return other == Role::Activation; }))
    nodes[id].role = Role::FfnUp;
}

/// True for what takes nothing but what begins the drawing.
bool Places::takesInput(NodeId id) const {
  return llvm::all_of(
      graph.getInEdges(id).take_front(kMaxEdges), [&](uint32_t index) {
        return graph.getInDegree(graph.getEdge(index).source) == 0;
      });
}

/// True if one of the dimensions that a node, or the node before it, states is
/// another number behind it.
bool Places::changesWidth(NodeId id) const {
  ArrayRef<Attribute> outputs = graph.getOutputDims(id);
  ArrayRef<Attribute> inputs = graph.getInputDims(id);
  if (inputs.empty())
    inputs =
        graph.getOutputDims(graph.getEdge(graph.getInEdges(id).front()).source);
  if (inputs.size() != 1 || outputs.size() != 1)
    return false;
  ArrayRef<int64_t> from = cast<DimsAttr>(inputs.front()).getSizes();
  ArrayRef<int64_t> to = cast<DimsAttr>(outputs.front()).getSizes();
  if (from.size() != to.size())
    return false;
  unsigned numOthers = 0;
  for (auto [before, behind] : llvm::zip(from, to))
    numOthers += before > 0 && behind > 0 && before != behind;
  return numOthers == 1;
}

/// A box for several layers that states what it takes or gives is no end.
void Places::findRanges(NodeId id) {
  Role role = nodes[id].role;
  if ((role == Role::Output || role == Role::Input) &&
      graph.getInDegree(id) > 0 && graph.getOutDegree(id) > 0 &&
      graph.getStatedLayers(id).size() > 1)
    nodes[id].role = Role::Layer;
}

/// "attn + mlp" behind the ends of both is their sum, and no box for a layer.
bool Places::findBranchSums(NodeId id) {
  auto isAttention = [](Role role) {
    return role == Role::OutputProjection || role == Role::AttentionOutput ||
           role == Role::Linear;
  };
  auto isNetwork = [](Role role) {
    return role == Role::Ffn || role == Role::FfnDown || role == Role::Moe;
  };
  if (nodes[id].role != Role::Layer || graph.getInDegree(id) < 2 ||
      graph.getStatedLayers(id).size() > 1 || !hasSource(id, isAttention) ||
      !hasSource(id, isNetwork))
    return false;
  nodes[id].role = Role::ResidualAdd;
  return true;
}

/// The text of a node's label; null if it has none.
Attribute Places::getLabel(NodeId id) const {
  DictionaryAttr drawn = graph.getDrawnAttr(id);
  return drawn ? drawn.get("label") : Attribute();
}

/// A weighted sum of what experts give is theirs.
void Places::findCombines(NodeId id) {
  auto isRouted = [](Role role) {
    return role == Role::Expert || role == Role::Router ||
           role == Role::Dispatch || role == Role::Combine;
  };
  if (nodes[id].role == Role::AttentionOutput && hasSource(id, isRouted) &&
      !hasSource(id, [](Role role) {
        return role == Role::AttentionWeights || role == Role::Dropout ||
               isValue(role);
      }))
    nodes[id].role = Role::Combine;
}

/// What reduces on one device what that device gives, in front of a reduction
/// of several, is a sum of its own: `psum` before `all-reduce`.
void Places::findLocalSums(NodeId id) {
  RangesAttr own = graph.getDevicesAttr(id);
  if (nodes[id].role != Role::AllReduce || !own || own.getSet().size() != 1 ||
      graph.getInDegree(id) < 2 || graph.getOutDegree(id) == 0 ||
      !graph.getTargetDevices(id).empty())
    return;
  auto isOwn = [&](uint32_t index) {
    return graph.getDevicesAttr(graph.getEdge(index).source) == own;
  };
  auto isReduced = [&](uint32_t index) {
    NodeId target = graph.getEdge(index).target;
    RangesAttr devices = graph.getDevicesAttr(target);
    return (nodes[target].role == Role::AllReduce ||
            nodes[target].role == Role::ReduceScatter) &&
           devices && devices.getSet().size() > 1;
  };
  if (llvm::all_of(graph.getInEdges(id), isOwn) &&
      llvm::all_of(graph.getOutEdges(id), isReduced)) {
    nodes[id].role = Role::ResidualAdd;
    nodes[id].kind = NodeKind::Compute;
  }
}

/// True for what never stands first in a layer.
static bool isInner(Role role) {
  switch (role) {
  case Role::AttentionScores:
  case Role::AttentionMask:
  case Role::AttentionWeights:
  case Role::AttentionOutput:
  case Role::OutputProjection:
  case Role::Activation:
  case Role::Multiply:
  case Role::FfnDown:
    return true;
  default:
    return false;
  }
}

/// What states no layer is of the one that feeds it, where all that feed it are
/// of one.
void Places::findLayers() {
  std::vector<NodeId> work;
  for (NodeId id = 0; id < nodes.size(); ++id)
    if (nodes[id].layer != DeploymentGraph::kNone &&
        isLayerRole(nodes[id].role))
      work.push_back(id);
  for (size_t next = 0; next < work.size(); ++next) {
    int64_t layer = nodes[work[next]].layer;
    for (uint32_t out : graph.getOutEdges(work[next])) {
      NodeId id = graph.getEdge(out).target;
      if (nodes[id].layer != DeploymentGraph::kNone ||
          !isInner(nodes[id].role) || !graph.getStatedLayers(id).empty())
        continue;
      auto isOther = [&](uint32_t index) {
        int64_t other = nodes[graph.getEdge(index).source].layer;
        return other != DeploymentGraph::kNone && other != layer;
      };
      if (llvm::any_of(graph.getInEdges(id).take_front(kMaxEdges), isOther))
        continue;
      nodes[id].layer = layer;
      work.push_back(id);
    }
  }
}

void Places::run() {
  for (NodeId id = 0; id < nodes.size(); ++id)
    findLocalSums(id);
  for (NodeId id = 0; id < nodes.size(); ++id)
    findRanges(id);
  for (NodeId id = 0; id < nodes.size(); ++id)
    findProducts(id);
  for (NodeId id = 0; id < nodes.size(); ++id)
    findLateValues(id);
  DenseSet<Attribute> labelsOfSums;
  for (NodeId id = 0; id < nodes.size(); ++id)
    if (findBranchSums(id) && getLabel(id))
      labelsOfSums.insert(getLabel(id));
  // One that lacks an edge is what those are that have its label.
  for (NodeId id = 0; id < nodes.size() && !labelsOfSums.empty(); ++id)
    if (nodes[id].role == Role::Layer && labelsOfSums.contains(getLabel(id)))
      nodes[id].role = Role::ResidualAdd;
  for (NodeId id = 0; id < nodes.size(); ++id)
    findCombines(id);
  for (NodeId id = 0; id < nodes.size(); ++id)
    findProjections(id);
  for (NodeId id = 0; id < nodes.size(); ++id)
    findLinears(id);
  findLayers();
}

void DeploymentGraph::findPlaces() { Places(*this, nodes).run(); }
