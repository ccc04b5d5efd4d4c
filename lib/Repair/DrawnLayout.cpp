//===- DrawnLayout.cpp - Reading a layout off a deployment -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DrawnLayout.h"

#include "dag/Schedule/Schedule.h"
#include "llvm/ADT/MapVector.h"

#include <map>
#include <set>

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;
static constexpr int64_t kNone = DeploymentGraph::kNone;

/// More devices than that are no list of ranks.
static constexpr uint64_t kMaxDevices = uint64_t(1) << 20;

namespace {
class LayoutReader {
public:
  explicit LayoutReader(const DeploymentGraph &graph)
      : graph(graph), result(graph.getRoot()->getLoc()) {
    result.isInferred = graph.hasInferredStages();
  }

  DrawnLayout read() {
    readStages();
    if (result.stages.empty())
      inferStages();
    readLayers();
    if (graph.isSketch()) {
      readRanks();
      readSizes();
    } else {
      readMesh();
      dropStated();
    }
    sortStages();
    return std::move(result);
  }

private:
  void readStages();
  void inferStages();
  void readLayers();
  void readRanks();
  void findUneven();
  void readSizes();
  void readMesh();
  void dropStated();
  void sortStages();
  void stateTp(int64_t size, Location loc);

  DrawnStage *lookup(int64_t index) {
    auto it = stageOf.find(index);
    return it == stageOf.end() ? nullptr : &result.stages[it->second];
  }

  /// The stage of a layer, of what a node belongs to, and of a node by its own
  /// word: the graph's, or those inferred here.
  int64_t getHome(const DeploymentGraph::Layer &layer) const {
    return inferredHomes.empty() ? layer.home
                                 : inferredHomes.lookup_or(layer.index, kNone);
  }
  int64_t getOwner(NodeId id) const;
  int64_t getOwnStage(NodeId id) const;

  const DeploymentGraph &graph;
  DrawnLayout result;
  DenseMap<int64_t, size_t> stageOf;
  /// By layer and by device, where the graph has no stages.
  DenseMap<int64_t, int64_t> inferredHomes;
  std::map<int64_t, int64_t> inferredByDevice;
};
} // namespace

static void appendDevices(const RangeSet &set, SmallVectorImpl<int64_t> &list) {
  if (set.size() > kMaxDevices)
    return;
  for (RangeSet::Range range : set.getRanges()) {
    for (int64_t device = range.first; device < range.last; ++device)
      list.push_back(device);
    list.push_back(toIndex(range.last));
  }
}

int64_t LayoutReader::getOwnStage(NodeId id) const {
  if (inferredHomes.empty())
    return graph.getNode(id).stage;
  RangeSet devices = graph.getDevices(id);
  if (devices.empty())
    return kNone;
  auto it = inferredByDevice.find(toIndex(devices.front()));
  return it == inferredByDevice.end() ? kNone : it->second;
}

int64_t LayoutReader::getOwner(NodeId id) const {
  if (inferredHomes.empty())
    return graph.getOwningStage(id);
  const DeploymentGraph::Node &node = graph.getNode(id);
  if (node.layer != kNone && !isTransfer(node.role))
    if (auto it = inferredHomes.find(node.layer); it != inferredHomes.end())
      return it->second;
  return getOwnStage(id);
}

void LayoutReader::readStages() {
  for (const DeploymentGraph::Stage &stage : graph.getStages()) {
    if (!stageOf.try_emplace(stage.index, result.stages.size()).second)
      continue; // a plan with two stages of one number does not verify
    DrawnStage drawn{stage.index,
                     stage.op ? stage.op->getLoc() : graph.getRoot()->getLoc(),
                     {},
                     stage.statedLayers,
                     {}};
    appendDevices(stage.devices, drawn.devices);
    // The order of the devices is that of the ranks in a plan.
    if (auto op = dyn_cast_or_null<StageOp>(stage.op))
      if (auto devices = op.getDevices())
        drawn.devices.assign(devices->begin(), devices->end());
    result.layers.insert(stage.statedLayers);
    result.stages.push_back(std::move(drawn));
  }
  DenseSet<int64_t> placed;
  for (const DeploymentGraph::Layer &layer : graph.getLayers())
    if (DrawnStage *stage = lookup(layer.home))
      if (const auto *op = graph.getStage(layer.home); op && !op->op)
        if (placed.insert(layer.home).second)
          stage->loc = graph.getLoc(layer.nodes.front());
  for (NodeId id = 0; id < graph.getNodes().size(); ++id)
    if (DrawnStage *stage = lookup(graph.getNode(id).stage))
      if (const auto *op = graph.getStage(stage->index); op && !op->op)
        if (placed.insert(stage->index).second)
          stage->loc = graph.getLoc(id);
}

/// Layers that run on the same devices are a stage. The graph does not say so
/// where transfers alone name stages.
void LayoutReader::inferStages() {
  constexpr size_t kMaxListed = 4096;
  std::map<RangeSet, SmallVector<int64_t, 0>> layersOf;
  for (const DeploymentGraph::Layer &layer : graph.getLayers()) {
    RangeSet devices;
    DenseSet<Attribute> seen;
    for (NodeId id : layer.nodes)
      if (RangesAttr attr = graph.getDevicesAttr(id))
        if (seen.insert(attr).second)
          devices.insert(attr.getSet());
    if (!devices.empty() && devices.size() <= kMaxListed)
      layersOf[devices].push_back(layer.index);
  }
  // The frequent sets win over those that a stray node is in.
  SmallVector<const RangeSet *> sets;
  for (auto &[devices, layers] : layersOf)
    sets.push_back(&devices);
  llvm::stable_sort(sets, [&](const RangeSet *a, const RangeSet *b) {
    size_t countA = layersOf[*a].size(), countB = layersOf[*b].size();
    return countA != countB ? countA > countB : a->size() < b->size();
  });
  RangeSet used;
  SmallVector<const RangeSet *> accepted;
  for (const RangeSet *devices : sets) {
    if (devices->intersects(used))
      continue;
    used.insert(*devices);
    accepted.push_back(devices);
    if (accepted.size() == kMaxListed)
      break;
  }
  if (accepted.size() < 2)
    return;
  llvm::stable_sort(accepted, [&](const RangeSet *a, const RangeSet *b) {
    return layersOf[*a].front() < layersOf[*b].front();
  });
  result.isInferred = true;
  for (auto [i, devices] : llvm::enumerate(accepted)) {
    int64_t index = i;
    const auto *first = graph.getLayer(layersOf[*devices].front());
    stageOf[index] = i;
    DrawnStage stage{index, graph.getLoc(first->nodes.front()), {}, {}, {}};
    appendDevices(*devices, stage.devices);
    for (int64_t device : stage.devices)
      inferredByDevice[device] = index;
    result.stages.push_back(std::move(stage));
  }
  // A layer belongs to the stage of most of its nodes.
  for (const DeploymentGraph::Layer &layer : graph.getLayers()) {
    llvm::MapVector<int64_t, unsigned> votes;
    for (NodeId id : layer.nodes)
      if (RangeSet devices = graph.getDevices(id); !devices.empty())
        if (auto it = inferredByDevice.find(toIndex(devices.front()));
            it != inferredByDevice.end())
          ++votes[it->second];
    auto most = llvm::max_element(votes, llvm::less_second());
    inferredHomes[layer.index] = most == votes.end() ? kNone : most->first;
  }
}

void LayoutReader::readLayers() {
  for (const DeploymentGraph::Layer &layer : graph.getLayers()) {
    result.layers.insert(layer.index);
    int64_t home = getHome(layer);
    if (DrawnStage *stage = lookup(home))
      stage->drawn.insert(layer.index);
    // Where the nodes say they are.
    llvm::MapVector<int64_t, SmallVector<NodeId, 2>> elsewhere;
    size_t numPlaced = 0;
    for (NodeId id : layer.nodes) {
      int64_t stage = getOwnStage(id);
      if (stage == kNone || !lookup(stage) ||
          graph.getNode(id).role == Role::Note)
        continue;
      ++numPlaced;
      if (stage != home)
        elsewhere[stage].push_back(id);
    }
    for (auto &[stage, ids] : elsewhere) {
      // A few nodes are strays; many make the layer ambiguous, unless the
      // stages themselves say whose it is.
      const auto *owner = graph.getStage(home);
      bool isOwned = owner && owner->statedLayers.contains(layer.index);
      if (ids.size() >= 2 && ids.size() * 4 >= numPlaced && !isOwned)
        result.splits.push_back({&layer, home, stage, ids.front()});
      else
        for (NodeId id : ids)
          result.strays.push_back({id, stage, home});
    }
  }
  if (!graph.isSketch())
    return;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const DeploymentGraph::Node &node = graph.getNode(id);
    if (node.layer != kNone || isTransfer(node.role))
      continue;
    auto layers = cast<NodeOp>(node.op).getLayers();
    if (!layers)
      continue;
    // A box for several layers, or a note on those that are not drawn.
    bool isComposite = node.role == Role::Layer || node.role == Role::Stage ||
                       node.role == Role::Attention || node.role == Role::Ffn ||
                       node.role == Role::Moe;
    if (!isComposite && node.role != Role::Note)
      continue;
    RangeSet set = layers->getSet();
    result.layers.insert(set);
    if (DrawnStage *stage = lookup(getOwner(id)))
      (isComposite ? stage->drawn : stage->stated).insert(set);
  }
}

namespace {
/// The ranks that nodes of one stage state, with the devices they are on.
class RankTally {
public:
  void add(int64_t rank, const RangeSet &devices) {
    Rank &entry = ranks[rank];
    most = std::max(most, ++entry.count);
    if (devices.size() == 1)
      ++entry.devices[toIndex(devices.front())];
  }

  /// The number of ranks, and the device of each, of those that the stage has,
  /// where they are different.
  std::pair<int64_t, SmallVector<int64_t>>
  getOrder(const DenseSet<int64_t> &devices) const {
    int64_t numRanks = 0;
    SmallVector<int64_t> order;
    DenseSet<int64_t> used;
    for (auto &[rank, entry] : ranks) {
      // A rank that hardly occurs is a slip of the pen.
      if (entry.count * 4 < most)
        continue;
      if (rank != numRanks)
        break; // a gap in the ranks
      ++numRanks;
      unsigned most = 0;
      int64_t best = kNone;
      for (auto [device, count] : entry.devices)
        if (count > most && devices.contains(device)) {
          most = count;
          best = device;
        }
      if (best != kNone && used.insert(best).second)
        order.push_back(best);
    }
    if (order.size() != static_cast<size_t>(numRanks))
      order.clear();
    return {numRanks, std::move(order)};
  }

private:
  struct Rank {
    unsigned count = 0;
    llvm::MapVector<int64_t, unsigned> devices;
  };
  std::map<int64_t, Rank> ranks;
  unsigned most = 0;
};
} // namespace

/// The order of a stage's devices is that of the ranks that run on them.
void LayoutReader::readRanks() {
  DenseMap<int64_t, RankTally> tallies;
  bool hasRanks = false;
  DenseMap<int64_t, RangeSet> devices;
  DenseSet<std::pair<int64_t, Attribute>> seen;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const DeploymentGraph::Node &node = graph.getNode(id);
    hasRanks |= node.tpRank != kNone;
    if (isTransfer(node.role) || node.role == Role::Note)
      continue;
    int64_t stage = getOwner(id);
    if (RangesAttr attr = graph.getDevicesAttr(id))
      if (seen.insert({stage, attr}).second)
        devices[stage].insert(attr.getSet());
    if (node.tpRank != kNone && node.layer != kNone)
      tallies[stage].add(node.tpRank, graph.getDevices(id));
  }
  // A single stage is not in the graph, since nothing tells it from others.
  if (result.stages.empty() && !graph.getNodes().empty()) {
    DrawnStage stage{0, graph.getRoot()->getLoc(), result.layers, {}, {}};
    stageOf[kNone] = 0;
    result.stages.push_back(std::move(stage));
  }
  for (auto [index, position] : stageOf) {
    DrawnStage &stage = result.stages[position];
    // Where no layer tells, all nodes of the stage do.
    if (stage.devices.empty())
      appendDevices(devices[index], stage.devices);
    auto [numRanks, order] = tallies[index].getOrder(
        DenseSet<int64_t>(stage.devices.begin(), stage.devices.end()));
    stage.numRanks = numRanks;
    if (order.empty())
      continue;
    // Devices that no rank states come behind.
    DenseSet<int64_t> used(order.begin(), order.end());
    for (int64_t device : stage.devices)
      if (!used.contains(device))
        order.push_back(device);
    stage.devices = std::move(order);
  }
  if (!hasRanks)
    findUneven();
}

/// Devices are ranks of one group if all of them do the same. Experts, replicas
/// and stages that nobody marks share the work in another way.
void LayoutReader::findUneven() {
  DenseMap<int64_t, RangeSet> devicesOf;
  for (const DrawnStage &stage : result.stages)
    for (int64_t device : stage.devices)
      devicesOf[stage.index].insert(device);
  using Key = std::pair<int64_t, unsigned>; // layer, role
  std::map<Key, std::pair<NodeId, RangeSet>> groups;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const DeploymentGraph::Node &node = graph.getNode(id);
    RangesAttr attr = graph.getDevicesAttr(id);
    if (!attr || isTransfer(node.role) || !isLayerRole(node.role))
      continue;
    auto it = devicesOf.find(getOwner(id));
    if (it == devicesOf.end() && devicesOf.size() == 1)
      it = devicesOf.begin();
    if (it == devicesOf.end() || it->second.size() < 2)
      continue;
    RangeSet set = attr.getSet();
    if ((node.role == Role::Expert || node.expert != kNone ||
         node.replica != kNone) &&
        !set.contains(it->second)) {
      result.uneven = id;
      return;
    }
    auto [group, isNew] = groups.try_emplace(
        {node.layer, static_cast<unsigned>(node.role)}, id, RangeSet());
    group->second.second.insert(set);
  }
  unsigned numUneven = 0;
  NodeId first = DeploymentGraph::kNoNode;
  for (auto &[key, group] : groups) {
    auto it = devicesOf.find(getOwner(group.first));
    if (it == devicesOf.end())
      it = devicesOf.begin();
    if (group.second.contains(it->second))
      continue;
    if (numUneven++ == 0)
      first = group.first;
  }
  // A node that is on a wrong device is another matter.
  if (numUneven * 4 > groups.size())
    result.uneven = first;
}

void LayoutReader::stateTp(int64_t size, Location loc) {
  if (result.tp == 0)
    result.tp = size;
  else if (result.tp != size && !result.conflictingTp) {
    result.conflictingTp = {result.tp, size};
    result.conflictLoc = loc;
  }
}

void LayoutReader::readSizes() {
  if (int64_t size = graph.getStatedPpSize(); size != kNone)
    result.pp = size;
  // What is stated of the whole comes first; clusters and nodes where it is
  // silent.
  if (int64_t size = graph.getStatedTpSize(); size != kNone) {
    result.tp = size;
    return;
  }
  Block *body = graph.getSketchBody();
  if (!body)
    return;
  for (Operation &op : *body) {
    if (graph.getViolations().isMalformed(&op))
      continue;
    if (auto cluster = dyn_cast<ClusterOp>(op)) {
      if (auto size = cluster.getTpSize())
        stateTp(*size, op.getLoc());
    } else if (auto node = dyn_cast<NodeOp>(op)) {
      if (auto size = node.getTpSize())
        stateTp(*size, op.getLoc());
    }
  }
}

/// How stages are dealt out to `count` coordinates; nothing if in no known way.
static std::optional<Placement>
findPlacement(const std::map<int64_t, int64_t> &coordinateOf, int64_t count) {
  bool isLoop = true, isV = true;
  for (auto [stage, coordinate] : coordinateOf) {
    isLoop &= coordinate == getRankOfStage(stage, count, /*isV=*/false);
    isV &= coordinate == getRankOfStage(stage, count, /*isV=*/true);
  }
  if (isLoop)
    return Placement::Loop;
  return isV ? std::optional<Placement>(Placement::V) : std::nullopt;
}

/// The sizes of a plan's mesh; a stage without devices has those of the mesh.
void LayoutReader::readMesh() {
  auto model = cast<ModelOp>(graph.getRoot());
  std::set<int64_t> coordinates;
  std::map<int64_t, int64_t> coordinateOf;
  StringRef axis = "pp";
  for (const DeploymentGraph::Stage &stage : graph.getStages())
    if (auto op = dyn_cast_or_null<StageOp>(stage.op)) {
      if (op.getCoordinate()) {
        coordinates.insert(*op.getCoordinate());
        coordinateOf[stage.index] = *op.getCoordinate();
      }
      if (auto name = op.getAxis())
        axis = *name;
    }
  if (!coordinates.empty() && result.stages.size() > coordinates.size() &&
      result.stages.size() % coordinates.size() == 0) {
    result.virtualStages = result.stages.size() / coordinates.size();
    result.placement = findPlacement(coordinateOf, coordinates.size());
  }
  MeshOp mesh;
  if (!graph.getViolations().isMalformed(model))
    mesh = model.lookupMesh();
  if (mesh && graph.getViolations().isMalformed(mesh))
    mesh = {};
  if (!mesh) {
    if (result.stages.empty())
      result.stages.push_back({0, model.getLoc(), result.layers, {}, {}});
    return;
  }
  // The verifier bounds the product by 64 bits, and (C3) ties it to devices.
  result.tp = 1;
  int64_t numPipeline = 1;
  for (auto [name, size] : llvm::zip_equal(
           mesh.getAxes().getAsValueRange<StringAttr>(), mesh.getSizes())) {
    if (name == axis)
      numPipeline = size;
    else if (name == "ep")
      result.ep = size;
    else
      result.tp *= size;
  }
  int64_t each = result.tp * std::max<int64_t>(result.ep, 1);
  if (result.stages.empty())
    result.stages.push_back({0, model.getLoc(), result.layers, {}, {}});
  if (static_cast<uint64_t>(each) > kMaxDevices)
    return;
  for (auto [i, stage] : llvm::enumerate(result.stages)) {
    if (!stage.devices.empty())
      continue;
    int64_t coordinate = static_cast<int64_t>(i) % numPipeline;
    if (const auto *entry = graph.getStage(stage.index))
      if (auto op = dyn_cast_or_null<StageOp>(entry->op))
        if (op.getCoordinate())
          coordinate = *op.getCoordinate();
    auto devices = mesh.getDevices();
    for (int64_t rank = 0; rank < each; ++rank) {
      int64_t index = coordinate * each + rank;
      if (!devices)
        stage.devices.push_back(index);
      else if (static_cast<size_t>(index) < devices->size())
        stage.devices.push_back((*devices)[index]);
    }
  }
}

/// The layers of a plan are what it runs. What its stages say of them counts
/// only where layers are missing.
void LayoutReader::dropStated() {
  int64_t next = 0;
  for (const DrawnStage &stage : result.stages) {
    if (stage.drawn.getRanges().size() != 1 || stage.drawn.front() != next)
      return;
    next = stage.drawn.back() + 1;
  }
  if (next != graph.getStatedNumLayers())
    return;
  result.layers = RangeSet(0, next - 1);
  for (DrawnStage &stage : result.stages)
    stage.stated = RangeSet();
}

void LayoutReader::sortStages() {
  auto getFirst = [](const DrawnStage &stage) {
    const RangeSet &layers = stage.stated.empty() ? stage.drawn : stage.stated;
    return layers.empty() ? kNone : layers.front();
  };
  if (llvm::any_of(result.stages, [&](const DrawnStage &stage) {
        return getFirst(stage) == kNone;
      }))
    return;
  llvm::stable_sort(result.stages,
                    [&](const DrawnStage &a, const DrawnStage &b) {
                      return getFirst(a) < getFirst(b);
                    });
}

DrawnLayout dag::readLayout(const DeploymentGraph &graph) {
  return LayoutReader(graph).read();
}
