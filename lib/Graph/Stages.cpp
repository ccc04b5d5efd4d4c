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
#include "dag/Graph/DrawnMarks.h"
#include "llvm/ADT/MapVector.h"

#include <map>

using namespace mlir;
using namespace mlir::dag;

int64_t DeploymentGraph::getMajority(ArrayRef<int64_t> values) {
  llvm::MapVector<int64_t, unsigned> counts;
  for (int64_t value : values)
    if (value != kNone)
      ++counts[value];
  int64_t best = kNone;
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
  DenseMap<int64_t, unsigned> drawn;
  // Where most nodes are declared, those that are not draw no layer.
  for (auto [id, node] : llvm::enumerate(nodes)) {
    if (node.layer == kNone || isTransfer(node.role))
      continue;
    ++sizes[node.layer];
    // An end that only an edge mentions draws no layer; several parts do.
    unsigned &parts = drawn[node.layer];
    if (declares && isUndeclared(id))
      parts |= 1u << (static_cast<unsigned>(node.role) % 31);
    else
      parts = ~0u;
  }
  for (auto [layer, parts] : drawn)
    if (llvm::popcount(parts) > 2)
      drawnLayers.insert(layer);
  addDrawnRanges();
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
      if (isInPipeline(id))
        stated.push_back(nodes[id].statedStage);
      if (nodes[id].lane != kShared)
        lanes.push_back(nodes[id].lane);
    }
    layer.stage = getMajority(stated);
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

/// What clusters state; true if one of them is marked as a stage.
bool DeploymentGraph::readStageClusters() {
  bool isStated = false;
  // Clusters for one layer each, of which a stage has several, say nothing of
  // all its layers.
  DenseMap<int64_t, unsigned> numSingle;
  for (Operation &op : *getSketchBody()) {
    auto cluster = dyn_cast<ClusterOp>(op);
    if (!cluster || violations.isMalformed(cluster) || !cluster.getStage())
      continue;
    isStated = true;
    int64_t index = toIndex(*cluster.getStage());
    Stage &stage = getOrAddStage(index);
    if (!stage.op)
      stage.op = cluster;
    if (cluster.getLayers()) {
      stage.statedLayers.insert(cluster.getLayers()->getSet());
      numSingle[index] += getOnly(cluster.getLayers()) != kNone;
    }
    if (cluster.getDevices())
      stage.statedDevices.insert(cluster.getDevices()->getSet());
  }
  for (auto [index, count] : numSingle)
    if (count > 1)
      getOrAddStage(index).statedLayers = RangeSet();
  return isStated;
}

/// A box for a stage states its layers, as a cluster would.
void DeploymentGraph::readStageBoxes() {
  for (const Node &node : nodes) {
    if (node.role != Role::Stage || node.statedStage == kNone)
      continue;
    auto op = cast<NodeOp>(node.op);
    Stage &stage = getOrAddStage(node.statedStage);
    if (!stage.op)
      stage.op = op;
    if (op.getLayers())
      stage.statedLayers.insert(op.getLayers()->getSet());
  }
}

namespace {
/// Which stage has a layer or a device, by ranges.
class RangeOwners {
public:
  void add(const RangeSet &set, size_t stage) {
    for (RangeSet::Range range : set.getRanges())
      owners.push_back({range, stage});
  }
  void sort() {
    llvm::stable_sort(owners, [](const auto &a, const auto &b) {
      return a.first.first < b.first.first;
    });
  }
  /// The position of the stage whose range begins last at or before `value`;
  /// of several, the one that was added last.
  std::optional<size_t> find(int64_t value) const {
    auto behind = llvm::partition_point(
        owners, [&](const auto &owner) { return owner.first.first <= value; });
    if (behind == owners.begin())
      return std::nullopt;
    return std::prev(behind)->second;
  }

private:
  std::vector<std::pair<RangeSet::Range, size_t>> owners;
};
} // namespace

/// Layers that name no stage are in the one that states them.
void DeploymentGraph::placeLayers() {
  RangeOwners owners;
  for (auto [i, stage] : llvm::enumerate(stages))
    owners.add(stage.statedLayers, i);
  owners.sort();
  auto getOwner = [&](int64_t first, int64_t last) {
    std::optional<size_t> owner = owners.find(first);
    return owner && stages[*owner].statedLayers.contains(RangeSet(first, last))
               ? stages[*owner].index
               : kNone;
  };
  for (Layer &layer : layers)
    if (layer.stage == kNone)
      layer.stage = getOwner(layer.index, layer.index);
  for (Node &node : nodes)
    if (auto op = dyn_cast<NodeOp>(node.op);
        op && node.stage == kNone && node.layer == kNone && op.getLayers() &&
        !isTransfer(node.role)) {
      RangeSet range = op.getLayers()->getSet();
      node.stage = getOwner(range.front(), range.back());
    }
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
  if (llvm::none_of(getSketchBody()->getOps<ClusterOp>(),
                    [](ClusterOp cluster) { return !!cluster.getStage(); }))
    dropStageLetters();
  bool isStated = readStageClusters();
  // Where only transfers name stages, devices tell which nodes they join.
  isStated |= llvm::any_of(nodes, [](const Node &node) {
    return node.statedStage != kNone && !isTransfer(node.role);
  });
  if (!isStated) {
    inferStages();
    return;
  }
  // A stage that only transfers name is none.
  for (const Node &node : nodes)
    if (node.statedStage != kNone && !isTransfer(node.role))
      getOrAddStage(node.statedStage);
  readStageBoxes();
  llvm::sort(stages,
             [](const Stage &a, const Stage &b) { return a.index < b.index; });
  for (auto [i, stage] : llvm::enumerate(stages))
    stageIndex[stage.index] = i;
  placeLayers();
  findStageDevices();
  splitLayers();
  placeNodes();
}

/// Layers of which a part runs on the devices of another stage: attention in
/// one, the feed-forward network in the next.
void DeploymentGraph::splitLayers() {
  // Of stages with the same devices, the first.
  RangeOwners owners;
  for (size_t i = stages.size(); i-- > 0;)
    owners.add(stages[i].devices, i);
  owners.sort();
  DenseMap<Attribute, int64_t> memo;
  for (Layer &layer : layers) {
    const Stage *own = getStage(layer.stage);
    if (!own || own->devices.empty() || layer.isSplit)
      continue;
    SmallVector<std::pair<NodeId, int64_t>> elsewhere;
    size_t numPlaced = 0;
    for (NodeId id : layer.nodes) {
      RangesAttr devices = getDevicesAttr(id);
      if (!devices || nodes[id].role == Role::Expert)
        continue;
      ++numPlaced;
      if (devices.getSet().intersects(own->devices))
        continue;
      auto [it, isNew] = memo.try_emplace(devices, kNone);
      if (isNew)
        if (auto owner = owners.find(devices.getSet().front());
            owner && stages[*owner].devices.contains(devices.getSet()))
          it->second = stages[*owner].index;
      if (it->second != kNone)
        elsewhere.push_back({id, it->second});
    }
    layer.isSplit = elsewhere.size() >= 2 &&
                    elsewhere.size() * 4 >= numPlaced &&
                    elsewhere.size() < numPlaced;
    if (layer.isSplit)
      for (auto [id, stage] : elsewhere)
        if (nodes[id].stage == kNone)
          nodes[id].stage = stage;
  }
}

/// The devices of a stage: stated, or else those that most of its layers use.
void DeploymentGraph::findStageDevices() {
  DenseMap<int64_t, std::map<RangeSet, unsigned>> votes;
  for (const Layer &layer : layers)
    if (layer.stage != kNone)
      if (RangeSet devices = getLayerDevices(layer, layer.stage);
          !devices.empty())
        ++votes[layer.stage][devices];
  // Stages that own no layer are where the nodes are that name them.
  for (NodeId id = 0; id < nodes.size(); ++id)
    if (!isTransfer(nodes[id].role))
      if (auto it = stageIndex.find(nodes[id].statedStage);
          it != stageIndex.end() && votes[it->first].empty())
        stages[it->second].devices.insert(getDevices(id));
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

/// The stage of what feeds a send, or of what a recv feeds.
int64_t DeploymentGraph::getStageOfNeighbor(NodeId id) const {
  bool isSend = nodes[id].role == Role::Send;
  if (!isSend && nodes[id].role != Role::Recv)
    return kNone;
  for (uint32_t index : (isSend ? getInEdges(id) : getOutEdges(id))) {
    const Node &other =
        nodes[isSend ? edges[index].source : edges[index].target];
    if (isTransfer(other.role))
      continue;
    if (other.statedStage != kNone)
      return other.statedStage;
    if (const Layer *layer = getLayer(other.layer))
      return layer->stage;
  }
  return kNone;
}

/// A node without a stated stage is where its layer or its devices are.
void DeploymentGraph::placeNodes() {
  RangeOwners owners;
  RangeSet all, shared;
  for (auto [i, stage] : llvm::enumerate(stages)) {
    owners.add(stage.devices, i);
    RangeSet fresh = stage.devices.subtract(all);
    shared.insert(stage.devices.subtract(fresh));
    all.insert(fresh);
  }
  owners.sort();
  DenseMap<Attribute, int64_t> memo;
  for (Node &node : nodes) {
    if (node.stage != kNone || !isInPipeline(&node - nodes.data()))
      continue;
    if (const Layer *layer = getLayer(node.layer);
        layer && layer->stage != kNone) {
      node.stage = layer->stage;
      continue;
    }
    RangesAttr attr = getDevicesAttr(&node - nodes.data());
    if (!attr)
      continue;
    // Of a device that several stages have, what it joins tells the stage.
    if (isTransfer(node.role) && attr.getSet().intersects(shared)) {
      node.stage = getStageOfNeighbor(&node - nodes.data());
      if (node.stage != kNone)
        continue;
    }
    auto [it, isNew] = memo.try_emplace(attr, kNone);
    if (isNew) {
      RangeSet devices = attr.getSet();
      if (std::optional<size_t> owner = owners.find(devices.front()))
        if (const Stage &stage = stages[*owner];
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
  // A box for a layer between two of its stage has a wrong device.
  auto isSlip = [&](const Layer &layer) {
    const Layer *before = getLayer(layer.index - 1);
    const Layer *behind = getLayer(layer.index + 1);
    return isSketch() && layer.nodes.size() == 1 && before && behind &&
           before->stage == layer.stage && behind->stage == layer.stage;
  };
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
    if (devices.empty() || devices.intersects(stated->devices) || isSlip(layer))
      continue;
    for (const Stage &stage : stages)
      if (!stage.devices.empty() && stage.devices.contains(devices))
        layer.home = stage.index;
  }
}
