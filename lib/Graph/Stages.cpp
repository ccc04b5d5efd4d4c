//===- Stages.cpp - Layers and stages of a deployment graph -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which nodes are a layer, which layers are a stage, and where both belong: as
// stated, or else as most of the nodes and devices say.
//
//===----------------------------------------------------------------------===//

#include "dag/Graph/DeploymentGraph.h"
#include "llvm/ADT/MapVector.h"

#include <map>

using namespace mlir;
using namespace mlir::dag;

/// The most frequent key; the smallest of equals. `none` if there is no key.
static int64_t getMajority(ArrayRef<int64_t> values, int64_t none) {
  llvm::MapVector<int64_t, unsigned> counts;
  for (int64_t value : values)
    if (value != none)
      ++counts[value];
  int64_t best = none;
  unsigned bestCount = 0;
  for (auto [value, count] : counts)
    if (count > bestCount || (count == bestCount && value < best)) {
      best = value;
      bestCount = count;
    }
  return best;
}

void DeploymentGraph::groupLayers() {
  // Counted, not sorted: the order in a layer is the order of appearance.
  DenseMap<int64_t, unsigned> sizes;
  for (auto [id, node] : llvm::enumerate(nodes)) {
    if (node.layer == kNone || isTransfer(node.role))
      continue;
    if (++sizes[node.layer] == 1)
      drawnLayers.insert(node.layer);
  }
  for (const Node &node : nodes)
    if (auto op = dyn_cast<NodeOp>(node.op))
      if (node.layer == kNone && op.getLayers() &&
          (node.role == Role::Layer || node.role == Role::Stage ||
           node.role == Role::Attention || node.role == Role::Ffn ||
           node.role == Role::Moe))
        drawnLayers.insert(op.getLayers()->getSet());

  SmallVector<int64_t> indices;
  for (auto [index, size] : sizes)
    indices.push_back(index);
  llvm::sort(indices);
  layers.resize(indices.size());
  for (auto [i, index] : llvm::enumerate(indices)) {
    layers[i].index = index;
    layers[i].nodes.reserve(sizes[index]);
    layerIndex[index] = i;
  }
  for (auto [id, node] : llvm::enumerate(nodes))
    if (node.layer != kNone && !isTransfer(node.role))
      layers[layerIndex[node.layer]].nodes.push_back(id);
  for (Layer &layer : layers) {
    SmallVector<int64_t> stated, lanes;
    for (NodeId id : layer.nodes) {
      stated.push_back(nodes[id].statedStage);
      if (nodes[id].lane != kShared)
        lanes.push_back(nodes[id].lane);
    }
    layer.stage = getMajority(stated, kNone);
    size_t numStated = 0, numElsewhere = 0;
    for (int64_t stage : stated) {
      numStated += stage != kNone;
      numElsewhere += stage != kNone && stage != layer.stage;
    }
    layer.isSplit = numElsewhere >= 2 && numElsewhere * 4 >= numStated;
    llvm::sort(lanes);
    lanes.erase(llvm::unique(lanes), lanes.end());
    layer.lanes.assign(lanes.begin(), lanes.end());
  }
}

RangeSet DeploymentGraph::getLayerDevices(const Layer &layer,
                                          int64_t statedStage) const {
  RangeSet devices;
  DenseSet<Attribute> seen;
  for (NodeId id : layer.nodes)
    if (statedStage == kNone || nodes[id].statedStage == statedStage)
      if (RangesAttr attr = getDevicesAttr(id);
          attr && seen.insert(attr).second)
        devices.insert(attr.getSet());
  return devices;
}

namespace {
/// Devices that may be those of a stage, and the layers that run on them.
struct Candidate {
  RangeSet devices;
  unsigned count = 0;
  int64_t firstLayer = 0;
};
} // namespace

/// The devices of the stages. Where a few nodes are on a wrong device, the
/// frequent sets win over those that overlap them.
static std::vector<Candidate> accept(std::vector<Candidate> candidates) {
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
  constexpr size_t kMaxGuessed = 4096;
  for (Candidate &candidate : candidates) {
    // A set that is mostly new is a stage that shares a device.
    if (candidate.devices.intersects(used) &&
        candidate.devices.subtract(used).size() * 2 <= candidate.devices.size())
      continue;
    used.insert(candidate.devices);
    accepted.push_back(std::move(candidate));
    // Nobody draws that many; what follows is no pipeline.
    if (accepted.size() == kMaxGuessed)
      break;
  }
  llvm::sort(accepted, [](const Candidate &a, const Candidate &b) {
    return a.firstLayer < b.firstLayer;
  });
  return accepted;
}

void DeploymentGraph::inferStages() {
  // Layers that run on the same devices are one stage.
  std::map<RangeSet, Candidate> byDevices;
  for (const Layer &layer : layers) {
    RangeSet devices = getLayerDevices(layer);
    if (devices.empty())
      continue;
    Candidate &candidate = byDevices[devices];
    if (candidate.count++ == 0) {
      candidate.devices = devices;
      candidate.firstLayer = layer.index;
    }
  }
  std::vector<Candidate> candidates;
  for (auto &[devices, candidate] : byDevices)
    candidates.push_back(std::move(candidate));
  candidates = accept(std::move(candidates));
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
    layer.stage = getMajority(inferred, kNone);
  }
}

/// What clusters state; true if one of them is marked as a stage.
bool DeploymentGraph::readStageClusters() {
  bool isStated = false;
  for (Operation &op : *getSketchBody()) {
    auto cluster = dyn_cast<ClusterOp>(op);
    if (!cluster || violations.isMalformed(cluster) || !cluster.getStage())
      continue;
    isStated = true;
    Stage &stage = getOrAddStage(toIndex(*cluster.getStage()));
    if (!stage.op)
      stage.op = cluster;
    if (cluster.getLayers())
      stage.statedLayers.insert(cluster.getLayers()->getSet());
    if (cluster.getDevices())
      stage.statedDevices.insert(cluster.getDevices()->getSet());
  }
  return isStated;
}

DeploymentGraph::Stage &DeploymentGraph::getOrAddStage(int64_t index) {
  auto [it, isNew] = stageIndex.try_emplace(index, stages.size());
  if (isNew) {
    stages.emplace_back();
    stages.back().index = index;
  }
  return stages[it->second];
}

void DeploymentGraph::groupStages() {
  if (!isSketch() || !getSketchBody())
    return;
  bool isStated = readStageClusters();
  isStated |= llvm::any_of(
      nodes, [](const Node &node) { return node.statedStage != kNone; });
  if (!isStated) {
    inferStages();
    return;
  }
  // A stage that only transfers name is none.
  for (const Node &node : nodes)
    if (node.statedStage != kNone && !isTransfer(node.role))
      getOrAddStage(node.statedStage);
  findStageDevices();
  llvm::sort(stages,
             [](const Stage &a, const Stage &b) { return a.index < b.index; });
  for (auto [i, stage] : llvm::enumerate(stages))
    stageIndex[stage.index] = i;
  placeNodes();
}

/// The devices of a stage: stated, or else those that most of its layers use.
void DeploymentGraph::findStageDevices() {
  DenseMap<int64_t, std::map<RangeSet, unsigned>> votes;
  for (const Layer &layer : layers)
    if (layer.stage != kNone)
      if (RangeSet devices = getLayerDevices(layer, layer.stage);
          !devices.empty())
        ++votes[layer.stage][devices];
  for (Stage &stage : stages) {
    if (!stage.statedDevices.empty()) {
      stage.devices = stage.statedDevices;
      continue;
    }
    unsigned best = 0;
    for (auto &[devices, count] : votes[stage.index])
      if (count > best ||
          (count == best && devices.size() < stage.devices.size())) {
        best = count;
        stage.devices = devices;
      }
  }
}

/// A node without a stated stage is where its layer or its devices are.
void DeploymentGraph::placeNodes() {
  std::vector<std::pair<RangeSet::Range, size_t>> ranges;
  for (auto [i, stage] : llvm::enumerate(stages))
    for (RangeSet::Range range : stage.devices.getRanges())
      ranges.push_back({range, i});
  llvm::sort(ranges, [](const auto &a, const auto &b) {
    return std::tie(a.first.first, a.second) <
           std::tie(b.first.first, b.second);
  });
  DenseMap<Attribute, int64_t> memo;
  for (Node &node : nodes) {
    if (node.stage != kNone)
      continue;
    if (const Layer *layer = getLayer(node.layer);
        layer && layer->stage != kNone) {
      node.stage = layer->stage;
      continue;
    }
    RangesAttr attr = getDevicesAttr(&node - nodes.data());
    if (!attr)
      continue;
    auto [it, isNew] = memo.try_emplace(attr, kNone);
    if (isNew) {
      RangeSet devices = attr.getSet();
      // The last range that begins at or before the first device.
      auto behind = llvm::partition_point(ranges, [&](const auto &entry) {
        return entry.first.first <= devices.front();
      });
      if (behind != ranges.begin())
        if (const Stage &stage = stages[std::prev(behind)->second];
            stage.devices.contains(devices))
          it->second = stage.index;
    }
    node.stage = it->second;
  }
}

void DeploymentGraph::findHomes() {
  RangeSet once, twice; // layers that stages state
  for (const Stage &stage : stages) {
    RangeSet fresh = stage.statedLayers.subtract(once);
    twice.insert(stage.statedLayers.subtract(fresh));
    once.insert(stage.statedLayers);
  }
  for (Layer &layer : layers) {
    layer.home = layer.stage;
    if (once.contains(layer.index) && !twice.contains(layer.index)) {
      for (const Stage &stage : stages)
        if (stage.statedLayers.contains(layer.index))
          layer.home = stage.index;
      continue;
    }
    // Only where its own stage's devices are not among its devices at all.
    const Stage *stated = getStage(layer.stage);
    if (!stated || stated->devices.empty())
      continue;
    RangeSet devices = getLayerDevices(layer);
    if (devices.empty() || devices.intersects(stated->devices))
      continue;
    for (const Stage &stage : stages)
      if (!stage.devices.empty() && stage.devices.contains(devices))
        layer.home = stage.index;
  }
}
