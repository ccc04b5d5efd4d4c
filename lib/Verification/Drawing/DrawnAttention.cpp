//===- DrawnAttention.cpp - Attentions of one drawn layer -------*- C++ -*-===//
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

/// Edges of a node that are looked at.
static constexpr unsigned kMaxEdges = 64;

bool dag::standsBeside(const DeploymentGraph &graph, NodeId id, NodeId other) {
  DenseSet<NodeId> before, after;
  for (uint32_t index : graph.getInEdges(other).take_front(kMaxEdges))
    before.insert(graph.getEdge(index).source);
  for (uint32_t index : graph.getOutEdges(other).take_front(kMaxEdges))
    after.insert(graph.getEdge(index).target);
  auto isBefore = [&](uint32_t index) {
    return before.contains(graph.getEdge(index).source);
  };
  auto isAfter = [&](uint32_t index) {
    return after.contains(graph.getEdge(index).target);
  };
  return before.contains(id) || after.contains(id) ||
         llvm::any_of(graph.getInEdges(id).take_front(kMaxEdges), isBefore) ||
         llvm::any_of(graph.getOutEdges(id).take_front(kMaxEdges), isAfter);
}

bool dag::feedsTheSame(const DeploymentGraph &graph, NodeId id, NodeId other) {
  ArrayRef<uint32_t> here = graph.getOutEdges(id);
  ArrayRef<uint32_t> there = graph.getOutEdges(other);
  if (here.empty() || there.empty())
    return true;
  DenseSet<NodeId> targets;
  for (uint32_t index : there.take_front(kMaxEdges))
    targets.insert(graph.getEdge(index).target);
  return llvm::any_of(here.take_front(kMaxEdges),
                      [&](uint32_t index) {
                        NodeId target = graph.getEdge(index).target;
                        return target == other || targets.contains(target);
                      }) ||
         llvm::any_of(there.take_front(kMaxEdges), [&](uint32_t index) {
           return graph.getEdge(index).target == id;
         });
}

bool dag::isAttentionOfItsOwn(const DeploymentGraph &graph, NodeId id) {
  auto mayBePart = [&](NodeId other) {
    Role role = graph.getNode(other).role;
    return role == Role::Unknown || role == Role::Attention ||
           getAttentionPosition(role) != 0;
  };
  ArrayRef<uint32_t> in = graph.getInEdges(id), out = graph.getOutEdges(id);
  return !in.empty() && !out.empty() &&
         llvm::none_of(in.take_front(kMaxEdges),
                       [&](uint32_t index) {
                         return mayBePart(graph.getEdge(index).source);
                       }) &&
         llvm::none_of(out.take_front(kMaxEdges), [&](uint32_t index) {
           return mayBePart(graph.getEdge(index).target);
         });
}

bool dag::standsInAttention(const DeploymentGraph &graph, NodeId id) {
  auto isAttention = [&](NodeId other) {
    Role role = graph.getNode(other).role;
    return role == Role::AttentionWeights || role == Role::AttentionScores ||
           role == Role::AttentionMask || role == Role::AttentionOutput;
  };
  ArrayRef<uint32_t> in = graph.getInEdges(id), out = graph.getOutEdges(id);
  return (in.empty() && out.empty()) ||
         llvm::any_of(in.take_front(16),
                      [&](uint32_t index) {
                        NodeId source = graph.getEdge(index).source;
                        return isAttention(source) &&
                               graph.getNode(source).role !=
                                   Role::AttentionOutput;
                      }) ||
         llvm::any_of(out.take_front(16), [&](uint32_t index) {
           return isAttention(graph.getEdge(index).target);
         });
}

bool dag::touchesAttention(const DeploymentGraph &graph, NodeId id) {
  auto isPart = [&](NodeId other) {
    Role role = graph.getNode(other).role;
    return getAttentionPosition(role) != 0 || role == Role::OutputProjection;
  };
  return llvm::any_of(graph.getInEdges(id).take_front(kMaxEdges),
                      [&](uint32_t index) {
                        return isPart(graph.getEdge(index).source);
                      }) ||
         llvm::any_of(graph.getOutEdges(id).take_front(kMaxEdges),
                      [&](uint32_t index) {
                        return isPart(graph.getEdge(index).target);
                      });
}

bool dag::mixesOtherwise(const DeploymentGraph &graph) {
  return llvm::any_of(graph.getNodes(), [](const auto &node) {
    return node.op->hasAttr("dag.other_mixer");
  });
}

bool OtherMixers::hasNetwork(const DeploymentGraph::Layer &layer) const {
  return llvm::any_of(layer.nodes, [&](NodeId id) {
    Role role = graph.getNode(id).role;
    return isNetworkPart(role) || role == Role::Ffn || role == Role::Moe;
  });
}

OtherMixers::OtherMixers(const DeploymentGraph &graph) : graph(graph) {
  areAlone = graph.isSketch() && mixesOtherwise(graph) &&
             llvm::none_of(graph.getLayers(), [&](const auto &layer) {
               bool mixes = llvm::any_of(layer.nodes, [&](NodeId id) {
                 const auto &node = graph.getNode(id);
                 return node.op->hasAttr("dag.other_mixer") ||
                        getAttentionPosition(node.role) > 0 ||
                        node.role == Role::Attention;
               });
               return mixes && hasNetwork(layer);
             });
}

bool OtherMixers::mayLackAttention(const DeploymentGraph::Layer &layer) const {
  return llvm::any_of(layer.nodes,
                      [&](NodeId id) {
                        return graph.getNode(id).op->hasAttr("dag.other_mixer");
                      }) ||
         (areAlone && hasNetwork(layer));
}

bool dag::saysSame(const DeploymentGraph &graph, NodeId id) {
  if (graph.getNode(id).op->hasAttr("dag.like_layer") ||
      graph.getNode(id).op->hasAttr("dag.alike"))
    return true;
  DictionaryAttr drawn = graph.getDrawnAttr(id);
  auto label = drawn ? drawn.getAs<StringAttr>("label") : StringAttr();
  return label &&
         llvm::any_of(ArrayRef<StringRef>{"same", "identical", "similar",
                                          "repeat", "like", "(as ", ": as ",
                                          "as drawn", "as shown", "as above"},
                      [&](StringRef word) {
                        return label.getValue().contains_insensitive(word);
                      });
}

bool dag::choosesExperts(const DeploymentGraph &graph, NodeId id) {
  return graph.getNode(id).role == Role::AttentionWeights &&
         llvm::any_of(graph.getInEdges(id).take_front(16), [&](uint32_t index) {
           return graph.getNode(graph.getEdge(index).source).role ==
                  Role::Router;
         });
}

void dag::noteAbsentAttention(const DeploymentGraph &graph, CheckLog &log) {
  size_t numUnknown = llvm::count_if(graph.getNodes(), [](const auto &node) {
    return node.role == Role::Unknown;
  });
  bool hasLayers = llvm::any_of(graph.getNodes(), [](const auto &node) {
    return node.role != Role::Unknown && isLayerRole(node.role);
  });
  if (!hasLayers || numUnknown * 5 > graph.getNodes().size())
    log.setUnverified("no attention is drawn");
  else
    log.setNothingToCheck("no attention is drawn");
}
