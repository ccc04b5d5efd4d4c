//===- InferredStages.cpp - Stages that devices tell ------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Where no cluster and no node names a stage, the devices of the layers tell
// them: as the frequent sets, or as a chain of sets each of which feeds the
// next.
//
//===----------------------------------------------------------------------===//

#include "dag/Graph/DeploymentGraph.h"
#include "dag/Graph/DrawnMarks.h"
#include "llvm/ADT/MapVector.h"

#include <map>

using namespace mlir;
using namespace mlir::dag;

/// True for a model that runs before or behind another one in each pass, such
/// as an encoder. Others, such as prefill and decode, are no stages of one
/// pipeline.
static bool isPartOfPass(StringRef model) {
  return llvm::is_contained({"vision", "audio", "text", "encoder", "decoder"},
                            model);
}

/// The devices of a layer, for each model of a pass that counts it. Experts are
/// spread over devices of their own, which make no stage.
std::map<int64_t, RangeSet>
DeploymentGraph::getPipelineDevices(const Layer &layer) const {
  std::map<int64_t, RangeSet> devices;
  DenseSet<std::pair<int64_t, Attribute>> seen;
  bool isPass = llvm::all_of(modelNames, [](StringAttr name) {
    return isPartOfPass(name.getValue());
  });
  for (NodeId id : layer.nodes) {
    const Node &node = nodes[id];
    RangesAttr attr = getDevicesAttr(id);
    int64_t model = isPass ? node.model : kNone;
    if (attr && node.role != Role::Expert && node.expert == kNone &&
        seen.insert({model, attr}).second)
      devices[model].insert(attr.getSet());
  }
  if (devices.empty())
    devices[kNone] = getLayerDevices(layer);
  return devices;
}

/// Nobody draws more stages; what follows is no pipeline.
static constexpr size_t kMaxGuessed = 4096;

/// The devices of the stages. Where a few nodes are on a wrong device, the
/// frequent sets win over those that overlap them.
std::vector<DeploymentGraph::Candidate>
DeploymentGraph::accept(std::vector<Candidate> candidates) {
  llvm::sort(candidates, [](const Candidate &a, const Candidate &b) {
    if (a.count != b.count)
      return a.count > b.count;
    if (a.devices.size() != b.devices.size())
      return a.devices.size() < b.devices.size();
    return a.firstLayer < b.firstLayer;
  });
  std::vector<Candidate> accepted;
  // Sets of devices are compared range by range; a stage of a million devices
  // is one range.
  RangeSet used;
  for (Candidate &candidate : candidates) {
    // A set that is mostly new is a stage that shares a device.
    if (candidate.devices.intersects(used) &&
        candidate.devices.subtract(used).size() * 2 <= candidate.devices.size())
      continue;
    used.insert(candidate.devices);
    accepted.push_back(std::move(candidate));
    if (accepted.size() == kMaxGuessed)
      break;
  }
  llvm::sort(accepted, [](const Candidate &a, const Candidate &b) {
    return a.firstLayer < b.firstLayer;
  });
  return accepted;
}

/// A box for layers, or the larger part of one.
static bool runsLayers(const DeploymentGraph::Node &node) {
  return node.role == Role::Stage || node.role == Role::Layer ||
         node.role == Role::Attention || node.role == Role::Ffn;
}

/// Sets of devices, each of which runs parts of layers and feeds the next: a
/// pipeline of layers that have no numbers. Ranks that work side by side feed
/// each other through collectives only; experts lead back to where they came
/// from.
std::vector<DeploymentGraph::Candidate> DeploymentGraph::findChain() const {
  llvm::MapVector<Attribute, unsigned> groups;
  std::vector<unsigned> groupOf(nodes.size(), ~0u);
  for (auto [id, node] : llvm::enumerate(nodes)) {
    RangesAttr devices = getDevicesAttr(id);
    if (!devices || !isLayerRole(node.role) || isCollective(node.role) ||
        isTransfer(node.role) || node.role == Role::Expert ||
        node.expert != kNone)
      continue;
    groupOf[id] = groups.insert({devices, groups.size()}).first->second;
  }
  std::vector<unsigned> next(groups.size(), ~0u), previous(groups.size(), ~0u);
  for (const Edge &edge : edges) {
    unsigned from = groupOf[edge.source], to = groupOf[edge.target];
    if (from == to || from == ~0u || to == ~0u)
      continue;
    if ((next[from] != ~0u && next[from] != to) ||
        (previous[to] != ~0u && previous[to] != from))
      return {};
    next[from] = to;
    previous[to] = from;
  }
  // An edge may be missing, and cut it in two.
  size_t numLinks = next.size() - llvm::count(next, ~0u);
  if (numLinks * 2 < groups.size() || groups.size() > kMaxGuessed)
    return {};
  std::vector<Candidate> chain;
  RangeSet used;
  for (unsigned first = 0; first < groups.size(); ++first) {
    if (previous[first] != ~0u)
      continue;
    for (unsigned group = first; group != ~0u; group = next[group]) {
      RangeSet devices = cast<RangesAttr>(groups.begin()[group].first).getSet();
      if (devices.intersects(used))
        return {};
      used.insert(devices);
      chain.push_back({devices, 1, static_cast<int64_t>(chain.size())});
    }
  }
  // Less, if they go round.
  if (chain.size() != groups.size())
    return {};
  return chain;
}

/// The layers of a box; of replicas, one may lack the last ones.
RangeSet DeploymentGraph::getRangeOfReplicas(NodeId id) const {
  RangeSet layers = getStatedLayers(id);
  return layers.empty() || getDpRank(id) == kNone
             ? layers
             : RangeSet(layers.front(), layers.front());
}

/// Sets of devices, each with what runs on it.
std::vector<DeploymentGraph::Candidate>
DeploymentGraph::findCandidates() const {
  std::map<RangeSet, Candidate> byDevices;
  auto add = [&](const RangeSet &devices, int64_t firstLayer) {
    if (devices.empty())
      return;
    Candidate &candidate = byDevices[devices];
    if (candidate.count++ == 0) {
      candidate.devices = devices;
      candidate.firstLayer = firstLayer;
    }
  };
  // Layers that run on the same devices are one stage.
  int64_t behind = layers.empty() ? 0 : layers.back().index;
  for (const Layer &layer : layers)
    for (auto &[model, devices] : getPipelineDevices(layer))
      add(devices, layer.index + (model + 1) * (behind + 1));
  // Boxes without a layer, such as one for the other stages: those that run on
  // devices of their own. Ranks and micro-batches repeat a range of layers.
  std::map<std::tuple<Role, Role, RangeSet>, RangeSet> loose;
  for (auto [id, node] : llvm::enumerate(nodes))
    if (node.layer == kNone && runsLayers(node))
      if (RangesAttr devices = getDevicesAttr(id))
        loose[{node.role, node.block, getRangeOfReplicas(id)}].insert(
            devices.getSet());
  for (auto &[range, devices] :
       findClusterRanges(*getSketchBody(), [&](Operation *op) {
         return violations.isMalformed(op);
       }))
    loose[{Role::Layer, Role::Unknown, range}].insert(devices);
  for (auto &[part, devices] : loose) {
    const RangeSet &range = std::get<RangeSet>(part);
    add(devices, range.empty() ? ++behind : range.front());
  }
  std::vector<Candidate> candidates;
  for (auto &[devices, candidate] : byDevices)
    candidates.push_back(std::move(candidate));
  return candidates;
}

void DeploymentGraph::inferStages() {
  std::vector<Candidate> candidates = accept(findCandidates());
  if (candidates.size() < 2 && layers.empty())
    candidates = findChain();
  if (candidates.size() < 2)
    return;
  inferredStages = true;
  for (auto [index, candidate] : llvm::enumerate(candidates)) {
    Stage stage;
    stage.index = index;
    stage.devices = std::move(candidate.devices);
    stages.push_back(std::move(stage));
    stageIndex[index] = index;
  }
  inferNodeStages();
  markedStages = isEachStageMarked();
}

void DeploymentGraph::inferNodeStages() {
  // The stage of a device, by ranges.
  std::vector<std::pair<RangeSet::Range, int64_t>> ranges;
  for (const Stage &stage : stages)
    for (RangeSet::Range range : stage.devices.getRanges())
      ranges.push_back({range, stage.index});
  llvm::sort(ranges, [](const auto &a, const auto &b) {
    return a.first.first < b.first.first;
  });
  auto getStageOf = [&](const RangeSet &devices) -> int64_t {
    if (devices.empty())
      return kNone;
    auto it = llvm::partition_point(ranges, [&](const auto &entry) {
      return entry.first.last < devices.front();
    });
    if (it == ranges.end() || devices.front() < it->first.first)
      return kNone;
    return stages[it->second].devices.contains(devices) ? it->second : kNone;
  };
  DenseMap<Attribute, int64_t> memo;
  for (NodeId id = 0; id < nodes.size(); ++id)
    if (RangesAttr devices = getDevicesAttr(id)) {
      auto [it, isNew] = memo.try_emplace(devices, kNone);
      if (isNew)
        it->second = getStageOf(devices.getSet());
      nodes[id].stage = it->second;
    }
  for (auto [i, layer] : llvm::enumerate(layers)) {
    SmallVector<int64_t> inferred;
    for (NodeId id : layer.nodes)
      inferred.push_back(nodes[id].stage);
    layer.stage = getMajority(inferred);
  }
}
