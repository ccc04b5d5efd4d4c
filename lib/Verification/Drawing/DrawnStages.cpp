//===- DrawnStages.cpp - Nodes of a drawing and their stages ----*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Stages.h"
#include "../Transfers.h"
#include "LoneStage.h"
#include "dag/Graph/Deviations.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"

#include <map>

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

StageDeal dag::findDrawnDeal(const DeploymentGraph &graph) {
  ArrayRef<DeploymentGraph::Stage> stages = graph.getStages();
  size_t period = 1;
  while (period < stages.size() &&
         stages[period].statedDevices != stages.front().statedDevices)
    ++period;
  if (period < 2 || period >= stages.size() || stages.size() % period != 0)
    return {};
  for (size_t i = 0; i < stages.size(); ++i)
    if (stages[i].statedDevices.empty() ||
        stages[i].statedDevices != stages[i % period].statedDevices)
      return {};
  return {period, /*isV=*/false};
}

bool dag::haveChunksInTurn(const DeploymentGraph &graph) {
  // A stage, and how many layers it has in a row.
  SmallVector<std::pair<int64_t, unsigned>> chunks;
  for (const auto &layer : graph.getLayers()) {
    const auto *stage = graph.getStage(layer.home);
    if (!stage || !stage->statedLayers.contains(layer.index))
      return false;
    if (chunks.empty() || chunks.back().first != layer.home)
      chunks.push_back({layer.home, 0});
    ++chunks.back().second;
  }
  size_t period = graph.getStages().size();
  if (period < 2 || chunks.size() <= period || chunks.size() % period != 0)
    return false;
  for (size_t i = 0; i < chunks.size(); ++i)
    if (chunks[i].first != graph.getStages()[i % period].index ||
        chunks[i].second != chunks.front().second)
      return false;
  return true;
}

/// True if a text names a stage: `Stage 0`, `PP1`, `S2`.
static bool namesStage(StringRef text) {
  if (text.contains_insensitive("stage") || text.contains_insensitive("pp") ||
      text.contains_insensitive("pipeline"))
    return true;
  for (size_t i = 0; i + 1 < text.size(); ++i)
    if ((text[i] == 'S' || text[i] == 's') && llvm::isDigit(text[i + 1]) &&
        (i == 0 || !llvm::isAlnum(text[i - 1])))
      return true;
  return false;
}

bool dag::areNamesOnly(const DeploymentGraph &graph) {
  if (graph.getStages().size() < 2)
    return false;
  for (const auto &stage : graph.getStages())
    if (isa_and_nonnull<ClusterOp>(stage.op))
      return false;
  // Clusters for the devices of stages mark them, too.
  const RangeSet &devices = graph.getStages().front().devices;
  if (Block *body = graph.getSketchBody())
    for (auto cluster : body->getOps<ClusterOp>())
      if (!graph.getViolations().isMalformed(cluster) && cluster.getDevices() &&
          cluster.getDevices()->getSet() == devices)
        return false;
  for (const auto &node : graph.getNodes()) {
    auto op = dyn_cast<NodeOp>(node.op);
    if (!op || node.statedStage == DeploymentGraph::kNone ||
        isTransfer(node.role))
      continue;
    DictionaryAttr drawn = op.getDrawnAttr();
    auto label = drawn ? drawn.getAs<StringAttr>("label") : StringAttr();
    if (!label || label.getValue().contains("\\N") ||
        namesStage(label.getValue()))
      return false;
    // Attributes beside the label state what they state.
    for (NamedAttribute attr : drawn)
      if (namesStage(attr.getName().getValue()) && attr.getName() != "shape")
        return false;
  }
  return true;
}

namespace {
class DrawnStages {
public:
  DrawnStages(const DeploymentGraph &graph, CheckLog &log)
      : graph(graph), log(log) {}

  void run() {
    checkDevices();
    checkRankDevices();
    checkClusters();
  }

private:
  bool isInCluster(NodeId id) const {
    return cast<NodeOp>(graph.getNode(id).op).getCluster().has_value();
  }
  void checkOwnDevices(NodeId id, const DeploymentGraph::Stage &stage,
                       const RangeSet &devices);
  void checkLoose(NodeId id, const RangeSet &devices);
  void checkLayerMark(const DeploymentGraph::Layer &layer);
  void checkDevices();
  void checkRankDevices();
  void checkClusters();

  const DeploymentGraph &graph;
  CheckLog &log;
  /// Layers that are drawn twice.
  DenseSet<int64_t> doubled;
  /// The devices of all stages.
  RangeSet staged;
  /// Nodes with a finding of their own.
  DenseSet<NodeId> blamed;
  DenseSet<int64_t> markedLayers;
};
} // namespace

/// A node on the devices of its stage.
void DrawnStages::checkOwnDevices(NodeId id,
                                  const DeploymentGraph::Stage &stage,
                                  const RangeSet &devices) {
  const auto &node = graph.getNode(id);
  RangeSet outside = devices.subtract(stage.devices);
  if (outside.empty())
    return;
  // A layer that is drawn twice is in two stages, a matter of layers.
  if (doubled.contains(node.layer))
    return;
  // A collective of a layer with too large a group is reported as that.
  if (isCollective(node.role) && node.layer != DeploymentGraph::kNone &&
      devices.intersects(stage.devices))
    return;
  blamed.insert(id);
  log.report(devices.intersects(stage.devices) ? Code::DAG606 : Code::DAG602,
             graph.getPlace(id),
             "'" + graph.getName(id) + "' is on GPU " + devices.str() +
                 ", but stage " + Twine(stage.index) + " has GPU " +
                 stage.devices.str());
}

/// A node in no stage may still reach over several.
void DrawnStages::checkLoose(NodeId id, const RangeSet &devices) {
  // An end of the drawing on all devices, or what splits and joins a batch,
  // stands before or behind the pipeline.
  const auto &node = graph.getNode(id);
  if (node.layer == DeploymentGraph::kNone && devices.contains(staged) &&
      (node.kind == NodeKind::Input || node.kind == NodeKind::Output ||
       node.role == Role::Slice || node.role == Role::Concat))
    return;
  if (crossesStages(graph, id))
    return;
  SmallVector<int64_t, 4> touched;
  for (const auto &other : graph.getStages()) {
    if (other.devices.intersects(devices))
      touched.push_back(other.index);
    if (touched.size() > 8)
      break;
  }
  if (touched.size() < 2)
    return;
  blamed.insert(id);
  std::string list;
  for (int64_t index : ArrayRef(touched).take_front(8))
    list += (list.empty() ? "" : ", ") + std::to_string(index);
  log.report(Code::DAG606, graph.getPlace(id),
             "'" + graph.getName(id) + "' is on GPU " + devices.str() +
                 ", the devices of stages " + list);
}

/// A whole layer that is marked with one stage and runs on the devices of
/// another one; what stages state of their layers is a matter of layers.
void DrawnStages::checkLayerMark(const DeploymentGraph::Layer &layer) {
  const auto *owner = graph.getStage(layer.home);
  if (!owner || owner->statedLayers.contains(layer.index) ||
      !markedLayers.insert(layer.index).second)
    return;
  log.report(Code::DAG602, graph.getPlace(layer.nodes.front()),
             "layer " + Twine(layer.index) + " is in stage " +
                 Twine(layer.stage) + ", but it runs on the devices of stage " +
                 Twine(owner->index));
}

void DrawnStages::checkDevices() {
  if (graph.getStages().size() < 2)
    return;
  doubled = getDoubledLayers(graph);
  for (const auto &stage : graph.getStages())
    staged.insert(stage.devices);
  // Nodes in no stage are few; looking each up among all stages is bounded.
  size_t numLooked = 0;
  const size_t kMaxLooked = 10'000'000 / graph.getStages().size();
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    if (!belongsToStage(node))
      continue;
    RangeSet devices = graph.getDevices(id);
    // In a cluster, "all GPUs" are those of the cluster.
    if (graph.hasAllDevices(id) && node.layer != DeploymentGraph::kNone &&
        !isTransfer(node.role))
      devices = isInCluster(id) ? RangeSet() : staged;
    int64_t owner = graph.getOwningStage(id);
    const auto *stage = graph.getStage(owner);
    // The node's own word against its layer's.
    const auto *layer = graph.getLayer(node.layer);
    if (layer && !isTransfer(node.role) && layer->stage != layer->home &&
        node.statedStage == layer->stage) {
      checkLayerMark(*layer);
      continue;
    }
    if (node.statedStage != DeploymentGraph::kNone &&
        owner != DeploymentGraph::kNone && node.statedStage != owner) {
      blamed.insert(id);
      log.report(Code::DAG602, graph.getPlace(id),
                 "'" + graph.getName(id) + "' is in stage " +
                     Twine(node.statedStage) + ", but " +
                     (node.layer == DeploymentGraph::kNone
                          ? "its devices are those of stage "
                          : "layer " + Twine(node.layer) + " is in stage ") +
                     Twine(owner));
      continue;
    }
    if (devices.empty())
      continue;
    if (stage && !stage->devices.empty())
      checkOwnDevices(id, *stage, devices);
    else if (devices.intersects(staged) && ++numLooked <= kMaxLooked)
      checkLoose(id, devices);
  }
}

void DrawnStages::checkRankDevices() {
  // A rank stays on its device through a stage.
  using Key = std::pair<int64_t, int64_t>; // stage, rank
  auto getKey = [&](NodeId id) -> std::optional<Key> {
    const auto &node = graph.getNode(id);
    if (node.tpRank == DeploymentGraph::kNone || !belongsToStage(node) ||
        graph.getOwningStage(id) == DeploymentGraph::kNone ||
        node.expert != DeploymentGraph::kNone ||
        node.replica != DeploymentGraph::kNone)
      return std::nullopt;
    return Key{graph.getOwningStage(id), node.tpRank};
  };
  std::map<Key, DenseMap<Attribute, unsigned>> counts;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id)
    if (auto key = getKey(id))
      if (RangesAttr devices = graph.getDevicesAttr(id))
        ++counts[*key][devices];
  std::map<Key, Attribute> usual;
  for (auto &[key, byDevices] : counts) {
    unsigned all = 0, best = 0;
    for (auto [devices, count] : byDevices) {
      all += count;
      if (count > best) {
        best = count;
        usual[key] = devices;
      }
    }
    if (best * 4 < all * 3 || byDevices.size() < 2)
      usual.erase(key);
  }
  if (usual.empty())
    return;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    auto key = getKey(id);
    RangesAttr devices = graph.getDevicesAttr(id);
    if (!key || !devices || blamed.contains(id))
      continue;
    auto it = usual.find(*key);
    if (it == usual.end() || it->second == devices)
      continue;
    log.report(Code::DAG607, graph.getPlace(id),
               "'" + graph.getName(id) + "' is on GPU " +
                   devices.getSet().str() + ", but TP rank " +
                   Twine(key->second) + " of its stage is on GPU " +
                   cast<RangesAttr>(it->second).getSet().str());
  }
}

/// Clusters that state devices of which none is used in them, and nodes in them
/// that are on others.
void DrawnStages::checkClusters() {
  struct Users {
    ClusterOp cluster;
    RangeSet devices;
    unsigned count = 0;
    SmallVector<NodeId, 1> strays = {};
  };
  llvm::MapVector<StringRef, Users> users;
  llvm::StringMap<StringRef> parents;
  Block *body = graph.getSketchBody();
  if (!body)
    return;
  for (auto cluster : body->getOps<ClusterOp>()) {
    if (graph.getViolations().isMalformed(cluster))
      continue;
    if (cluster.getDevices())
      users[cluster.getName()] = {cluster, cluster.getDevices()->getSet()};
    if (auto parent = cluster.getParent())
      parents[cluster.getName()] = *parent;
  }
  constexpr unsigned kMaxDepth = 8;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    auto cluster = cast<NodeOp>(graph.getNode(id).op).getCluster();
    for (unsigned i = 0; cluster && i < kMaxDepth && !users.count(*cluster);
         ++i) {
      auto parent = parents.find(*cluster);
      cluster = parent == parents.end() ? std::nullopt
                                        : std::optional(parent->second);
    }
    RangesAttr devices = graph.getDevicesAttr(id);
    auto *entry = cluster ? users.find(*cluster) : users.end();
    if (entry == users.end() || !devices || isTransfer(graph.getNode(id).role))
      continue;
    ++entry->second.count;
    if (!devices.getSet().intersects(entry->second.devices))
      entry->second.strays.push_back(id);
  }
  for (auto &[name, inside] : users) {
    if (inside.strays.size() == inside.count && inside.count > 2)
      log.report(Code::DAG602, inside.cluster.getLoc(), "",
                 "'" + name + "' states GPU " + inside.devices.str() +
                     ", but none of its " + Twine(inside.count) +
                     " nodes is there");
    else if (!inside.strays.empty() && inside.strays.size() < inside.count &&
             !blamed.contains(inside.strays.front()))
      log.report(
          Code::DAG602, graph.getPlace(inside.strays.front()),
          "'" + graph.getName(inside.strays.front()) + "' is on GPU " +
              graph.getDevices(inside.strays.front()).str() + ", but '" + name +
              "', in which it is drawn, is GPU " + inside.devices.str() +
              (inside.strays.size() == 1
                   ? std::string()
                   : "; so are " + std::to_string(inside.strays.size() - 1) +
                         " more"));
  }
}

void dag::checkDrawnStages(const DeploymentGraph &graph, CheckLog &log) {
  DrawnStages(graph, log).run();
}

std::optional<uint32_t> dag::findUnmarkedBefore(const DeploymentGraph &graph) {
  if (graph.getStages().size() != 1 || graph.hasInferredStages() ||
      graph.getStages().front().index < 1)
    return std::nullopt;
  int64_t marked = graph.getStages().front().index;
  for (auto [index, edge] : llvm::enumerate(graph.getEdges())) {
    const auto &source = graph.getNode(edge.source);
    const auto &target = graph.getNode(edge.target);
    RangesAttr from = graph.getDevicesAttr(edge.source);
    RangesAttr to = graph.getDevicesAttr(edge.target);
    if (target.statedStage == marked && !isTransfer(source.role) &&
        (isLayerRole(target.role) || target.role == Role::Stage) &&
        source.statedStage == DeploymentGraph::kNone &&
        isLayerRole(source.role) && from && to &&
        !from.getSet().intersects(to.getSet()) && !graph.getEdgeRole(edge))
      return index;
  }
  return std::nullopt;
}

void dag::checkApartStages(const DeploymentGraph &graph, CheckLog &log) {
  if (std::optional<uint32_t> index = findUnmarkedBefore(graph)) {
    const auto &edge = graph.getEdge(*index);
    log.report(Code::DAG601, graph.getPlace(edge.source),
               "'" + graph.getName(edge.source) + "' on GPU " +
                   graph.getDevices(edge.source).str() +
                   " is in a stage "
                   "before stage " +
                   Twine(graph.getStages().front().index) +
                   ", the only one that is marked");
    return;
  }
  std::optional<ApartParts> apart = findApartParts(graph);
  Block *body = graph.getSketchBody();
  if (!apart || apart->isPool || !body)
    return;
  for (auto cluster : body->getOps<ClusterOp>())
    if (!graph.getViolations().isMalformed(cluster) && cluster.getDevices())
      if (RangeSet devices = cluster.getDevices()->getSet();
          apart->first.contains(devices) || apart->second.contains(devices))
        return;
  // Clusters for one of them mark both.
  DenseSet<StringRef> ofFirst, ofSecond;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id)
    if (RangesAttr devices = graph.getDevicesAttr(id))
      if (bool isSecond = apart->second.contains(devices.getSet());
          isSecond || apart->first.contains(devices.getSet()))
        (isSecond ? ofSecond : ofFirst)
            .insert(
                cast<NodeOp>(graph.getNode(id).op).getCluster().value_or(""));
  if (llvm::none_of(ofSecond, [&](StringRef cluster) {
        return ofFirst.contains(cluster);
      }))
    return;
  log.setUnverified(apart->firstName + " is on GPU " + apart->first.str() +
                    " and " + apart->secondName + " is on GPU " +
                    apart->second.str() +
                    ", but no cluster, attribute or label says whether they "
                    "are stages");
}
