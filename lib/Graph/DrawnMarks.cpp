//===- DrawnMarks.cpp - What boxes and letters of a drawing count ---------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Graph/DrawnMarks.h"
#include "dag/Graph/DeploymentGraph.h"

#include <map>
#include <set>

using namespace mlir;
using namespace mlir::dag;

bool dag::saysAlike(ClusterOp cluster) {
  DictionaryAttr drawn = cluster.getDrawnAttr();
  auto label = drawn ? drawn.getAs<StringAttr>("label") : StringAttr();
  return label &&
         llvm::any_of(
             ArrayRef<StringRef>{"same", "identical", "alike", "repeat"},
             [&](StringRef word) {
               return label.getValue().contains_insensitive(word);
             });
}

std::map<RangeSet, RangeSet>
dag::findClusterRanges(Block &body,
                       llvm::function_ref<bool(Operation *)> isMalformed) {
  std::map<RangeSet, RangeSet> ranges;
  RangeSet all;
  size_t numLayers = 0;
  for (Operation &op : body)
    if (auto cluster = dyn_cast<ClusterOp>(op);
        cluster && !isMalformed(cluster) && cluster.getDevices() &&
        cluster.getLayers() && cluster.getLayers()->getSet().size() > 1) {
      RangeSet layers = cluster.getLayers()->getSet();
      auto [it, isNew] = ranges.try_emplace(layers);
      it->second.insert(cluster.getDevices()->getSet());
      if (!isNew)
        continue;
      // Nobody draws more stages.
      if (ranges.size() > 4096)
        return {};
      numLayers += layers.size();
      all.insert(layers);
    }
  bool isWhole = all.size() == numLayers && all.getRanges().size() == 1;
  return isWhole ? ranges : std::map<RangeSet, RangeSet>();
}

/// Boxes for several layers draw them. A box for a stage does, unless layers of
/// such boxes are drawn behind them: then it is a heading.
void DeploymentGraph::addDrawnRanges() {
  RangeSet ofStages;
  for (const Node &node : nodes) {
    auto op = dyn_cast<NodeOp>(node.op);
    if (!op || node.layer != kNone || !op.getLayers())
      continue;
    bool isPart = node.role == Role::Unknown || isLayerRole(node.role);
    if (node.role == Role::Layer || node.role == Role::Attention ||
        node.role == Role::Ffn || node.role == Role::Moe ||
        (isPart && !isCollective(node.role) && node.role != Role::KvCache &&
         node.role != Role::Expert && op.getLayers()->getSet().size() > 1 &&
         !isUndeclared(&node - nodes.data())) ||
        (node.role == Role::Expert && getLayerCount(&node - nodes.data()) > 1))
      drawnLayers.insert(op.getLayers()->getSet());
    else if (node.role == Role::Stage)
      ofStages.insert(op.getLayers()->getSet());
  }
  if (!ofStages.intersects(drawnLayers))
    drawnLayers.insert(ofStages);
  // So do clusters whose label says that one stands for all.
  if (Block *body = getSketchBody())
    for (auto cluster : body->getOps<ClusterOp>())
      if (!violations.isMalformed(cluster) && cluster.getLayers() &&
          !cluster.getStage() && saysAlike(cluster))
        drawnLayers.insert(cluster.getLayers()->getSet());
}

/// Letters in names that look like stages may count other things: scores, or
/// the steps of a ring, which all run on the same devices.
void DeploymentGraph::dropStageLetters() {
  if (ppSize > 1)
    return;
  DenseSet<Role> roles;
  std::map<int64_t, RangeSet> devices;
  DenseSet<std::pair<int64_t, Attribute>> seen;
  for (NodeId id = 0; id < nodes.size(); ++id) {
    const Node &node = nodes[id];
    if (node.statedStage == kNone)
      continue;
    auto op = dyn_cast<NodeOp>(node.op);
    auto drawn = op ? op.getDrawnAttr() : DictionaryAttr();
    auto label = drawn ? drawn.getAs<StringAttr>("label") : StringAttr();
    if (isTransfer(node.role) || !label ||
        label.getValue().contains_insensitive("stage") ||
        label.getValue().contains_insensitive("pp"))
      return;
    roles.insert(node.role);
    RangesAttr attr = getDevicesAttr(id);
    RangeSet &own = devices[node.statedStage];
    if (attr && seen.insert({node.statedStage, attr}).second)
      own.insert(attr.getSet());
  }
  if (devices.size() < 2)
    return;
  const RangeSet &first = devices.begin()->second;
  bool areSame = first.size() > 1 && llvm::all_of(devices, [&](const auto &it) {
                   return it.second == first;
                 });
  bool areScores = roles.size() == 1 && *roles.begin() == Role::AttentionScores;
  if (!areSame && !areScores)
    return;
  for (Node &node : nodes)
    node.stage = node.statedStage = kNone;
}

/// True if each stage that devices tell has a cluster with these devices, or,
/// beside such clusters, a box for a layer.
bool DeploymentGraph::isEachStageMarked() const {
  DenseSet<Attribute> seen;
  std::set<RangeSet> marks;
  DenseMap<Attribute, RangesAttr> clusters;
  auto add = [&](std::optional<RangesAttr> devices) {
    if (devices && seen.insert(*devices).second)
      marks.insert(devices->getSet());
  };
  for (Operation &op : *getSketchBody())
    if (auto cluster = dyn_cast<ClusterOp>(op);
        cluster && !violations.isMalformed(cluster)) {
      add(cluster.getDevices());
      clusters[cluster.getNameAttr()] = cluster.getDevicesAttr();
    }
  if (llvm::any_of(stages, [&](const Stage &stage) {
        return marks.count(stage.devices) != 0;
      }))
    for (const Node &node : nodes)
      if (node.role == Role::Layer)
        add(cast<NodeOp>(node.op).getDevices());
  // The clusters of prefill workers, and those of decode workers.
  std::vector<RangeSet> ofModels(modelNames.size());
  DenseSet<std::pair<int64_t, Attribute>> seenOfModels;
  for (const Node &node : nodes) {
    auto cluster = cast<NodeOp>(node.op).getClusterAttr();
    auto devices = cluster ? clusters.lookup(cluster) : RangesAttr();
    if (devices && node.model != kNone &&
        seenOfModels.insert({node.model, devices}).second)
      ofModels[node.model].insert(devices.getSet());
  }
  marks.insert(ofModels.begin(), ofModels.end());
  return llvm::all_of(stages, [&](const Stage &stage) {
    return marks.count(stage.devices) != 0;
  });
}
