//===- DrawnCounts.cpp - How many layers boxes hold -------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DrawnRules.h"
#include "llvm/ADT/MapVector.h"

#include <map>

using namespace mlir;
using namespace mlir::dag;
using NodeId = DeploymentGraph::NodeId;

static void checkCount(const DeploymentGraph &graph, Location loc,
                       StringRef name, const RangeSet &layers, int64_t count,
                       CheckLog &log) {
  if (layers.size() > 1 && static_cast<uint64_t>(count) != layers.size() &&
      count != graph.getStatedNumLayers())
    log.report(Code::DAG207, loc, name,
               "'" + name + "' states layers " + layers.str() + ", which are " +
                   Twine(layers.size()) + ", and " + Twine(count) + " layers");
}

void dag::checkDrawnCounts(const DeploymentGraph &graph, int64_t numLayers,
                           CheckLog &log) {
  Block *body = graph.getSketchBody();
  if (!body)
    return;
  for (ClusterOp cluster : body->getOps<ClusterOp>()) {
    auto count = cluster->getAttrOfType<IntegerAttr>("dag.layer_count");
    if (count && cluster.getLayers() &&
        !graph.getViolations().isMalformed(cluster))
      checkCount(graph, cluster.getLoc(), cluster.getName(),
                 cluster.getLayers()->getSet(), count.getInt(), log);
  }
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    int64_t count = graph.getLayerCount(id);
    // A total may be that of the whole model.
    if (count == DeploymentGraph::kNone)
      if (auto total = graph.getNode(id).op->getAttrOfType<IntegerAttr>(
              "dag.num_layers");
          total && total.getInt() != numLayers)
        count = total.getInt();
    if (count != DeploymentGraph::kNone)
      checkCount(graph, graph.getLoc(id), graph.getName(id),
                 graph.getStatedLayers(id), count, log);
  }
}

std::optional<int64_t> dag::countAttention(const DeploymentGraph &graph) {
  // The first of these parts that is drawn tells.
  for (Role role : {Role::AttentionWeights, Role::AttentionScores,
                    Role::QkvProjection, Role::QProjection, Role::Attention}) {
    llvm::MapVector<Attribute, int64_t> counts;
    for (NodeId id = 0; id < graph.getNodes().size(); ++id)
      if (graph.getNode(id).role == role)
        ++counts[graph.getDevicesAttr(id)];
    if (counts.empty())
      continue;
    int64_t count = counts.front().second;
    bool isEven = llvm::all_of(
        counts, [&](const auto &entry) { return entry.second == count; });
    return isEven ? std::optional<int64_t>(count) : std::nullopt;
  }
  return std::nullopt;
}

bool dag::checkClusterRanges(const DeploymentGraph &graph, CheckLog &log) {
  Block *body = graph.getSketchBody();
  if (!body || graph.getSampledLayers() || leavesOut(graph))
    return false;
  // One cluster that says so speaks for those beside it.
  for (ClusterOp cluster : body->getOps<ClusterOp>()) {
    DictionaryAttr drawn = cluster.getDrawnAttr();
    auto label = drawn ? drawn.getAs<StringAttr>("label") : StringAttr();
    if (label && (label.getValue().contains_insensitive("represent") ||
                  label.getValue().contains_insensitive("sample")))
      return false;
  }
  // By cluster and device, the nodes of each part.
  using Key = std::tuple<StringRef, const void *, Role>;
  std::map<Key, int64_t> parts;
  llvm::StringMap<int64_t> drawn;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    auto cluster = cast<NodeOp>(node.op).getCluster();
    if (!cluster)
      continue;
    // A box that stands for several.
    if (node.role == Role::Layer || node.role == Role::Stage ||
        graph.getLayerCount(id) > 0 || graph.getStatedLayers(id).size() > 1) {
      drawn[*cluster] = INT64_MAX;
      continue;
    }
    if (getAttentionPosition(node.role) == 0 && node.role != Role::Attention &&
        node.role != Role::Ffn && node.role != Role::FfnDown)
      continue;
    int64_t &most = drawn[*cluster];
    most = std::max(
        most, ++parts[{*cluster, graph.getDevicesAttr(id).getAsOpaquePointer(),
                       node.role}]);
  }
  for (ClusterOp cluster : body->getOps<ClusterOp>()) {
    if (graph.getViolations().isMalformed(cluster) || !cluster.getLayers())
      continue;
    RangeSet layers = cluster.getLayers()->getSet();
    int64_t count = drawn.lookup(cluster.getName());
    if (count == 0 || count >= static_cast<int64_t>(layers.size()))
      continue;
    log.report(Code::DAG201, cluster.getLoc(), cluster.getName(),
               "'" + cluster.getName() + "' states layers " + layers.str() +
                   ", but no more than " + Twine(count) +
                   " of them can be in it: no part is drawn more often");
    return true;
  }
  return false;
}

void dag::checkDrawnRanges(const DeploymentGraph &graph, CheckLog &log) {
  std::map<int64_t, std::pair<RangeSet, NodeId>> boxes;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    RangeSet layers = graph.getStatedLayers(id);
    if (layers.size() < 2 || node.stage == DeploymentGraph::kNone ||
        (node.role != Role::Layer && node.role != Role::Stage) ||
        node.model != DeploymentGraph::kNone)
      continue;
    auto [box, isNew] = boxes.try_emplace(node.stage, layers, id);
    if (!isNew)
      box->second.first.insert(layers);
  }
  RangeSet earlier;
  for (auto &[stage, box] : boxes) {
    RangeSet twice = box.first.subtract(box.first.subtract(earlier));
    if (!twice.empty())
      log.report(Code::DAG203, graph.getPlace(box.second),
                 "layer " + twice.str() + " is in a box of stage " +
                     Twine(stage) + ", and in one of an earlier stage");
    earlier.insert(box.first);
  }
}
