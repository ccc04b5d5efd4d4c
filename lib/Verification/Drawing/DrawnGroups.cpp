//===- DrawnGroups.cpp - Who meets whom in a collective ---------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A group is one stage's ranks, which work on one batch, side by side.
//
//===----------------------------------------------------------------------===//

#include "DrawnRules.h"
#include "dag/Graph/ShapeAgreement.h"
#include "llvm/ADT/StringExtras.h"

#include <map>
#include <set>

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

static constexpr int64_t kNone = DeploymentGraph::kNone;

bool dag::addsOwnParts(const DeploymentGraph &graph, NodeId id) {
  const auto &node = graph.getNode(id);
  if (node.role != Role::ResidualAdd || node.lane == DeploymentGraph::kShared ||
      graph.getInDegree(id) > 8 || graph.getOutDegree(id) == 0)
    return false;
  return llvm::all_of(graph.getInEdges(id),
                      [&](uint32_t index) {
                        const auto &source =
                            graph.getNode(graph.getEdge(index).source);
                        return source.lane == node.lane &&
                               source.layer == node.layer &&
                               (source.role == Role::OutputProjection ||
                                source.role == Role::FfnDown ||
                                source.role == Role::Combine ||
                                source.role == Role::Expert ||
                                source.role == Role::Linear);
                      }) &&
         llvm::all_of(graph.getOutEdges(id).take_front(8), [&](uint32_t index) {
           const auto &edge = graph.getEdge(index);
           Role role = graph.getEdgeRole(edge).value_or(
               graph.getNode(edge.target).role);
           auto kind = toCollectiveKind(role);
           return kind && reduces(*kind);
         });
}

bool dag::isOfSubgroups(const DeploymentGraph &graph, NodeId id, DimsAttr small,
                        DimsAttr large, uint64_t group) {
  std::optional<ShapeRatio> ratio = getShapeRatio(large, small);
  if (!ratio || ratio->part == 0 || ratio->whole % ratio->part != 0)
    return false;
  uint64_t size = ratio->whole / ratio->part;
  if (size < 2 || group % size != 0)
    return false;
  auto sketch = cast<SketchOp>(graph.getRoot());
  if (static_cast<int64_t>(size) == graph.getStatedTpSize() ||
      static_cast<int64_t>(size) == sketch.getDpSize().value_or(1) ||
      static_cast<int64_t>(size) == sketch.getSpSize().value_or(1))
    return true;
  DenseSet<int64_t> replicas;
  for (uint32_t index : graph.getInEdges(id).take_front(64)) {
    const auto &source = graph.getNode(graph.getEdge(index).source);
    if (cast<NodeOp>(source.op).getTpSize().value_or(1) == size)
      return true;
    if (source.replica != DeploymentGraph::kNone)
      replicas.insert(source.replica);
  }
  return replicas.size() == size;
}

bool dag::joinsReplicas(const DeploymentGraph &graph, NodeId id) {
  Role role = graph.getNode(id).role;
  return (role == Role::Gather || role == Role::Concat) &&
         graph.getInDegree(id) > 0 &&
         llvm::all_of(graph.getInEdges(id).take_front(64), [&](uint32_t index) {
           return graph.getNode(graph.getEdge(index).source).replica !=
                  DeploymentGraph::kNone;
         });
}

RangeSet dag::getGroupOfTwins(const DeploymentGraph &graph, NodeId id) {
  constexpr unsigned kMaxEdges = 64;
  RangeSet group = graph.getDevices(id);
  ArrayRef<uint32_t> edges = graph.getInEdges(id);
  if (group.size() != 1 || edges.size() < 2 || edges.size() > kMaxEdges)
    return group;
  auto getSources = [&](NodeId other) {
    SmallVector<NodeId, 8> sources;
    for (uint32_t index : graph.getInEdges(other).take_front(kMaxEdges))
      sources.push_back(graph.getEdge(index).source);
    llvm::sort(sources);
    return sources;
  };
  SmallVector<NodeId, 8> own = getSources(id);
  for (uint32_t index : graph.getOutEdges(own.front()).take_front(kMaxEdges)) {
    NodeId twin = graph.getEdge(index).target;
    if (twin != id && graph.getNode(twin).role == graph.getNode(id).role &&
        graph.getInDegree(twin) == edges.size() && getSources(twin) == own)
      group.insert(graph.getDevices(twin));
  }
  return group;
}

bool dag::followsGather(const DeploymentGraph &graph, NodeId id) {
  return llvm::any_of(graph.getInEdges(id).take_front(8), [&](uint32_t index) {
    auto kind =
        toCollectiveKind(graph.getNode(graph.getEdge(index).source).role);
    return kind && gathers(*kind);
  });
}

namespace {

class DrawnGroups {
public:
  DrawnGroups(const DeploymentGraph &graph, ArrayRef<uint32_t> depths,
              CheckLog &log)
      : graph(graph), depths(depths), log(log) {}

  void run();

private:
  using Edge = DeploymentGraph::Edge;

  /// Edges that are wrong in one way, of nodes that are drawn alike.
  struct Odd {
    uint32_t edge;
    unsigned count = 0;
  };
  using OddEdges = std::map<std::pair<uint32_t, Role>, Odd>;

  bool arePeers(const Edge &edge) const;
  bool worksBeside(const Edge &edge) const;
  void checkChains();
  void checkCollectiveEdges();
  bool isLayerShared(int64_t index);
  void checkLoneGroups();
  void checkBatches();
  int64_t readBatch(const Edge &edge) const;
  FindingPlace getPlace(uint32_t edge) const {
    return graph.getEdgePlace(edge, graph.getEdge(edge).source);
  }

  bool speaksOfTraining(NodeId id) const;
  void checkLooseEnds();

  const DeploymentGraph &graph;
  ArrayRef<uint32_t> depths;
  CheckLog &log;
  DenseMap<int64_t, bool> sharedLayers;
};

} // namespace

static std::string getKindName(Role role) {
  std::string name = stringifyRole(role).str();
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

static std::string describeOthers(unsigned count) {
  return count > 1 ? " (" + std::to_string(count) + " edges like it)"
                   : std::string();
}

/// The name without its numbers.
static std::string getStem(StringRef name) {
  std::string stem = name.str();
  llvm::erase_if(stem, llvm::isDigit);
  return stem;
}

/// True if both ends are drawn alike, on devices or ranks of their own. What
/// stands between can have changed what they are read as.
bool DrawnGroups::arePeers(const Edge &edge) const {
  const auto &source = graph.getNode(edge.source);
  const auto &target = graph.getNode(edge.target);
  if (edge.source == edge.target || source.layer != target.layer ||
      isCollective(source.role) || isTransfer(source.role))
    return false;
  RangesAttr here = graph.getDevicesAttr(edge.source);
  RangesAttr there = graph.getDevicesAttr(edge.target);
  bool isApart =
      (here && there && here != there) ||
      (source.lane != DeploymentGraph::kShared &&
       target.lane != DeploymentGraph::kShared && source.lane != target.lane);
  if (!isApart || cast<NodeOp>(source.op).getDeploymentRole() !=
                      cast<NodeOp>(target.op).getDeploymentRole())
    return false;
  return source.peerClass == target.peerClass ||
         getStem(graph.getName(edge.source)) ==
             getStem(graph.getName(edge.target));
}

/// True if the ends are ranks of one group, in one layer.
bool DrawnGroups::worksBeside(const Edge &edge) const {
  const auto &source = graph.getNode(edge.source);
  const auto &target = graph.getNode(edge.target);
  return arePeers(edge) && source.layer != kNone &&
         source.lane != DeploymentGraph::kShared &&
         target.lane != DeploymentGraph::kShared &&
         source.lane != target.lane && source.stage == target.stage &&
         source.replica == target.replica && source.expert == kNone &&
         target.expert == kNone;
}

/// Ranks compute side by side: none takes what another one gives.
void DrawnGroups::checkChains() {
  // Shards of the sequence pass K and V on.
  if (graph.getLaneAxis() == DeploymentGraph::LaneAxis::Sequence)
    return;
  OddEdges chains;
  for (auto [index, edge] : llvm::enumerate(graph.getEdges())) {
    const auto &source = graph.getNode(edge.source);
    bool computes =
        isHeavy(source.role) || source.role == Role::AttentionOutput;
    if (!computes || source.role == Role::Layer || graph.getEdgeRole(edge) ||
        !worksBeside(edge))
      continue;
    Odd &odd = chains[{source.peerClass, source.role}];
    if (odd.count++ == 0)
      odd.edge = index;
  }
  for (auto &[key, odd] : chains) {
    const Edge &edge = graph.getEdge(odd.edge);
    log.report(Code::DAG503, getPlace(odd.edge),
               "'" + graph.getName(edge.source) + "' and '" +
                   graph.getName(edge.target) +
                   "' are one op on two ranks, but the first feeds the second; "
                   "expected each rank to feed the collective" +
                   describeOthers(odd.count))
        .note(graph.getPlace(edge.source), "one rank")
        .note(graph.getPlace(edge.target), "another rank");
  }
}

/// Edges that stand for a collective among the ranks at their ends.
void DrawnGroups::checkCollectiveEdges() {
  std::set<std::pair<NodeId, Role>> receives;
  std::vector<uint32_t> candidates;
  for (auto [index, edge] : llvm::enumerate(graph.getEdges())) {
    auto role = graph.getEdgeRole(edge);
    if (!role || !isCollective(*role) || !arePeers(edge))
      continue;
    candidates.push_back(index);
    receives.insert({edge.target, *role});
    auto op = dyn_cast<EdgeOp>(edge.op);
    std::optional<DictionaryAttr> drawn = op ? op.getDrawn() : std::nullopt;
    auto dir = drawn ? drawn->getAs<StringAttr>("dir") : StringAttr();
    if (dir && (dir.getValue() == "both" || dir.getValue() == "none"))
      receives.insert({edge.source, *role});
  }
  OddEdges oneWay, foreign;
  for (uint32_t index : candidates) {
    const Edge &edge = graph.getEdge(index);
    const auto &source = graph.getNode(edge.source);
    const auto &target = graph.getNode(edge.target);
    Role role = *graph.getEdgeRole(edge);
    auto kind = toCollectiveKind(role);
    auto add = [&](OddEdges &odds) {
      Odd &odd = odds[{source.peerClass, role}];
      if (odd.count++ == 0)
        odd.edge = index;
    };
    bool isOtherStage = source.statedStage != kNone &&
                        target.statedStage != kNone &&
                        source.statedStage != target.statedStage;
    bool isOneWay =
        kind && *kind != CollectiveKind::Broadcast &&
        *kind != CollectiveKind::Scatter && *kind != CollectiveKind::Reduce &&
        *kind != CollectiveKind::Gather && !receives.count({edge.source, role});
    if (isOtherStage)
      add(foreign);
    else if (isOneWay)
      add(oneWay);
  }
  for (auto &[key, odd] : foreign) {
    const Edge &edge = graph.getEdge(odd.edge);
    log.report(Code::DAG503, getPlace(odd.edge),
               "the " + getKindName(key.second) + " of '" +
                   graph.getName(edge.source) + "' in stage " +
                   Twine(graph.getNode(edge.source).statedStage) +
                   " reaches '" + graph.getName(edge.target) + "' in stage " +
                   Twine(graph.getNode(edge.target).statedStage) +
                   "; expected a group within one stage" +
                   describeOthers(odd.count));
  }
  for (auto &[key, odd] : oneWay) {
    const Edge &edge = graph.getEdge(odd.edge);
    log.report(Code::DAG503, getPlace(odd.edge),
               "the " + getKindName(key.second) + " goes from '" +
                   graph.getName(edge.source) + "' to '" +
                   graph.getName(edge.target) +
                   "' only, so the first never gets the result" +
                   describeOthers(odd.count));
  }
}

/// True if several devices work on some node of a layer as one.
bool DrawnGroups::isLayerShared(int64_t index) {
  auto [it, isNew] = sharedLayers.try_emplace(index, false);
  const auto *layer = isNew ? graph.getLayer(index) : nullptr;
  if (layer)
    it->second = llvm::any_of(layer->nodes, [&](NodeId id) {
      return countStatedRanks(graph, id) > 1;
    });
  return it->second;
}

/// A collective of all ranks whose group is stated as one device, without
/// others beside it.
void DrawnGroups::checkLoneGroups() {
  DenseMap<std::pair<uint32_t, int64_t>, unsigned> peers;
  std::vector<NodeId> lone;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    if (isCollective(node.role))
      ++peers[{node.peerClass, node.layer}];
  }
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    RangesAttr group = graph.getDevicesAttr(id);
    if ((node.role != Role::AllGather && node.role != Role::AllReduce) ||
        !group || group.getSet().size() != 1 || graph.hasAllDevices(id) ||
        !graph.getTargetDevices(id).empty() || node.tpRank != kNone ||
        cast<NodeOp>(node.op).getTpSize().value_or(1) > 1 ||
        peers[{node.peerClass, node.layer}] > 1)
      continue;
    // What feeds it is compared with its group elsewhere.
    bool isShared = graph.getInDegree(id) == 0;
    for (uint32_t index : graph.getInEdges(id).take_front(8)) {
      NodeId source = graph.getEdge(index).source;
      isShared |=
          !graph.getDevicesAttr(source) && countStatedRanks(graph, source) > 1;
    }
    if (isShared && isLayerShared(node.layer))
      lone.push_back(id);
  }
  for (auto [id, count] : groupAlike(graph, lone))
    log.report(Code::DAG503, graph.getPlace(id),
               "the group of '" + graph.getName(id) + "' is GPU " +
                   graph.getDevices(id).str() +
                   " alone, but several devices share what it combines" +
                   describeAlike(count, "collectives"));
}

/// `batch 0`, `DP replica 1` on an edge: which part of the batch it takes.
int64_t DrawnGroups::readBatch(const Edge &edge) const {
  auto op = dyn_cast<EdgeOp>(edge.op);
  std::optional<DictionaryAttr> drawn = op ? op.getDrawn() : std::nullopt;
  auto label = drawn ? drawn->getAs<StringAttr>("label") : StringAttr();
  if (!label)
    return kNone;
  std::string lower = label.getValue().lower();
  StringRef text = lower;
  for (StringRef word : {"batch", "replica", "dp rank", "dp"}) {
    StringRef rest = text;
    // Micro-batches follow each other on the same devices.
    if (!rest.consume_front(word))
      continue;
    rest = rest.ltrim(" _#:-");
    StringRef digits = rest.take_while(llvm::isDigit);
    int64_t batch;
    if (!digits.empty() && digits.size() == rest.rtrim().size() &&
        !digits.getAsInteger(10, batch))
      return toIndex(batch);
  }
  return kNone;
}

/// Ranks of a tensor-parallel group work on one batch; sums over several
/// batches make no sense but for gradients.
void DrawnGroups::checkBatches() {
  constexpr int64_t kMixed = -2;
  std::vector<int64_t> batches;
  for (auto [index, edge] : llvm::enumerate(graph.getEdges())) {
    int64_t batch = readBatch(edge);
    if (batch == kNone)
      continue;
    batches.resize(graph.getEdges().size(), kNone);
    batches[index] = batch;
  }
  if (batches.empty())
    return;
  std::vector<int64_t> taken(graph.getNodes().size(), kNone);
  std::vector<NodeId> odd;
  DenseMap<NodeId, std::pair<int64_t, int64_t>> parts;
  for (NodeId id : getDataOrder(graph)) {
    int64_t first = kNone, second = kNone;
    for (uint32_t index : graph.getInEdges(id)) {
      int64_t batch = batches[index] != kNone
                          ? batches[index]
                          : taken[graph.getEdge(index).source];
      if (batch == kNone || batch == first)
        continue;
      (first == kNone ? first : second) = batch;
    }
    taken[id] = second == kNone ? first : kMixed;
    auto kind = toCollectiveKind(graph.getNode(id).role);
    if (!kind || !reduces(*kind) || first < 0 || second < 0)
      continue;
    std::string text = getDrawnText(graph, id);
    if (!StringRef(text).contains("grad") &&
        !StringRef(text).contains("loss")) {
      odd.push_back(id);
      parts[id] = {first, second};
    }
  }
  for (auto [id, count] : groupAlike(graph, odd))
    log.report(Code::DAG503, graph.getPlace(id),
               "'" + graph.getName(id) + "' adds up results of batch " +
                   Twine(parts[id].first) + " and of batch " +
                   Twine(parts[id].second) +
                   "; expected ranks that work on one batch" +
                   describeAlike(count, "collectives"));
}

/// Gradients and losses are reduced beside the flow.
bool DrawnGroups::speaksOfTraining(NodeId id) const {
  std::string text = getDrawnText(graph, id);
  return StringRef(text).contains("grad") || StringRef(text).contains("loss") ||
         StringRef(text).contains("dp");
}

/// Collectives that nothing reaches, and sums that nothing takes though the
/// drawing goes on. What states neither ranks nor a shape may be a legend.
void DrawnGroups::checkLooseEnds() {
  std::vector<NodeId> unfed, dropped;
  uint32_t last = *llvm::max_element(depths);
  // Layers in which the sum of another reduction is taken.
  DenseSet<int64_t> reduced;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id)
    if (auto kind = toCollectiveKind(graph.getNode(id).role);
        kind && reduces(*kind) && graph.getOutDegree(id) > 0)
      reduced.insert(graph.getNode(id).layer);
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    auto kind = toCollectiveKind(node.role);
    bool isUndeclared = cast<NodeOp>(node.op).getUndeclared();
    if (!kind || (!isUndeclared && countStatedRanks(graph, id) < 2))
      continue;
    bool joins =
        reduces(*kind) || gathers(*kind) || *kind == CollectiveKind::AllToAll;
    if (joins && graph.getInDegree(id) == 0 && node.stage != kNone)
      unfed.push_back(id);
    else if (reduces(*kind) && graph.getInDegree(id) > 0 &&
             graph.getOutDegree(id) == 0 && depths[id] < last &&
             reduced.contains(node.layer) && !speaksOfTraining(id))
      dropped.push_back(id);
  }
  for (auto [id, count] : groupAlike(graph, unfed))
    log.report(Code::DAG504, graph.getPlace(id),
               "'" + graph.getName(id) +
                   "' combines results of several ranks, but nothing leads to "
                   "it" +
                   describeAlike(count, "collectives"));
  for (auto [id, count] : groupAlike(graph, dropped))
    log.report(Code::DAG504, graph.getPlace(id),
               "nothing takes what '" + graph.getName(id) +
                   "' reduces, though the drawing goes on" +
                   describeAlike(count, "collectives"));
}

void DrawnGroups::run() {
  if (!depths.empty())
    checkLooseEnds();
  checkChains();
  checkCollectiveEdges();
  checkLoneGroups();
  checkBatches();
}

void dag::checkDrawnGroups(const DeploymentGraph &graph,
                           ArrayRef<uint32_t> depths, CheckLog &log) {
  DrawnGroups(graph, depths, log).run();
}
