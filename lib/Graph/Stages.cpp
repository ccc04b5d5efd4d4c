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
    layer.stage = getMajority(inferred, kNone);
  }
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

/// A node without a stated stage is where its layer or its devices are.
void DeploymentGraph::placeNodes() {
  RangeOwners owners;
  for (auto [i, stage] : llvm::enumerate(stages))
    owners.add(stage.devices, i);
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
