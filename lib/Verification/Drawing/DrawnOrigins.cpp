//===- DrawnOrigins.cpp - Where the values of drawn ops come from *- C++
//-*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What an op needs has to come, and to be of this layer, expert and
// micro-batch. The roles tell, where there is one peer or none.
//
//===----------------------------------------------------------------------===//

#include "DrawnRules.h"

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

static constexpr NodeId kNoNode = DeploymentGraph::kNoNode;
static constexpr int64_t kNone = DeploymentGraph::kNone;

/// Edges of a node that are looked at; what has more is no part of a layer.
static constexpr unsigned kMaxEdges = 64;

//===----------------------------------------------------------------------===//
// Operands of attention
//===----------------------------------------------------------------------===//

/// Layer, lane and replica of a node.
using RankPlace = std::tuple<int64_t, int64_t, int64_t>;

static RankPlace getRankPlace(const DeploymentGraph &graph, NodeId id) {
  const auto &node = graph.getNode(id);
  return {node.layer, node.lane, node.replica};
}

namespace {
class AttentionOperands {
public:
  AttentionOperands(const DeploymentGraph &graph, CheckLog &log)
      : graph(graph), log(log) {}
  void run(const DenseSet<NodeId> &reported);

private:
  struct Projections {
    NodeId key = kNoNode, value = kNoNode;
    /// The scores take the values: one arrow stands for all three.
    bool isLoose = false;
  };

  const Projections *find(NodeId id) const;
  void gatherProjections();
  bool isFullOnPeer(NodeId id);
  void checkSums(const DenseSet<NodeId> &reported);
  void checkScores(const DenseSet<NodeId> &reported);

  const DeploymentGraph &graph;
  CheckLog &log;
  DenseMap<RankPlace, Projections> projections;
  std::optional<FullestRanks> fullest;
};
} // namespace

const AttentionOperands::Projections *AttentionOperands::find(NodeId id) const {
  auto [layer, lane, replica] = getRankPlace(graph, id);
  for (int64_t place : {lane, DeploymentGraph::kShared})
    if (auto it = projections.find({layer, place, replica});
        it != projections.end())
      return &it->second;
  return nullptr;
}

void AttentionOperands::gatherProjections() {
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    Role role = graph.getNode(id).role;
    if (role != Role::KProjection && role != Role::VProjection)
      continue;
    Projections &found = projections[getRankPlace(graph, id)];
    (role == Role::KProjection ? found.key : found.value) = id;
    // Drawn in a row, each feeds the next.
    if (role == Role::VProjection)
      for (uint32_t index : graph.getOutEdges(id).take_front(kMaxEdges)) {
        Role user = graph.getNode(graph.getEdge(index).target).role;
        found.isLoose |= user == Role::AttentionScores ||
                         user == Role::KProjection || user == Role::QProjection;
      }
  }
}

/// True if nothing but weights reaches a weighted sum.
static bool lacksValues(const DeploymentGraph &graph, NodeId id) {
  ArrayRef<uint32_t> edges = graph.getInEdges(id);
  bool takesWeights = false;
  for (uint32_t index : edges.take_front(kMaxEdges)) {
    Role role = graph.getNode(graph.getEdge(index).source).role;
    takesWeights |= role == Role::AttentionWeights || role == Role::Dropout;
    if (role != Role::AttentionWeights && role != Role::Dropout &&
        role != Role::AttentionMask)
      return false;
  }
  return takesWeights && edges.size() <= kMaxEdges;
}

DenseSet<NodeId> dag::findUnreadCaches(const DeploymentGraph &graph) {
  DenseSet<NodeId> caches;
  DenseSet<RankPlace> lacking;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id)
    if (graph.getNode(id).role == Role::AttentionOutput &&
        lacksValues(graph, id))
      lacking.insert(getRankPlace(graph, id));
  if (lacking.empty())
    return caches;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id)
    if (graph.getNode(id).role == Role::KvCache &&
        graph.getOutDegree(id) == 0 && graph.getInDegree(id) > 0 &&
        lacking.contains(getRankPlace(graph, id)))
      caches.insert(id);
  return caches;
}

OpenOperands::OpenOperands(const DeploymentGraph &graph) : graph(graph) {
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    if (graph.getOutDegree(id) == 0 && graph.getLayer(node.layer))
      for (Attribute dims : graph.getOutputDims(id))
        open.insert({node.layer, node.lane, dims});
  }
}

bool OpenOperands::contains(NodeId id, Attribute input) const {
  const auto &node = graph.getNode(id);
  return (node.role == Role::AttentionScores ||
          node.role == Role::AttentionOutput) &&
         open.contains({node.layer, node.lane, input});
}

FullestRanks::FullestRanks(const DeploymentGraph &graph) : graph(graph) {
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    if (graph.getNode(id).lane == DeploymentGraph::kShared)
      continue;
    NodeId &best = fullest.try_emplace(getPart(id), id).first->second;
    if (graph.getInDegree(id) > graph.getInDegree(best))
      best = id;
  }
}

FullestRanks::Part FullestRanks::getPart(NodeId id) const {
  const auto &node = graph.getNode(id);
  return {node.peerClass, node.layer, node.replica};
}

NodeId FullestRanks::findFuller(NodeId id) const {
  int64_t lane = graph.getNode(id).lane;
  auto it = fullest.find(getPart(id));
  if (lane == DeploymentGraph::kShared || it == fullest.end() ||
      graph.getNode(it->second).lane == lane ||
      graph.getInDegree(it->second) <= graph.getInDegree(id))
    return kNoNode;
  return it->second;
}

/// True if the same part on another rank takes more: that ranks are not alike
/// is a matter of ranks.
bool AttentionOperands::isFullOnPeer(NodeId id) {
  if (!fullest)
    fullest.emplace(graph);
  return fullest->findFuller(id) != kNoNode;
}

/// The weighted sum takes values where the layer makes them apart, or where
/// other layers or devices show that edge.
void AttentionOperands::checkSums(const DenseSet<NodeId> &reported) {
  std::vector<NodeId> lacking, odd;
  NodeId whole = kNoNode;
  unsigned numWhole = 0;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    if (graph.getNode(id).role != Role::AttentionOutput ||
        graph.getInDegree(id) == 0)
      continue;
    if (lacksValues(graph, id)) {
      lacking.push_back(id);
    } else if (graph.getInDegree(id) > 1) {
      whole = id;
      ++numWhole;
    }
  }
  bool isShown = numWhole > 0 && lacking.size() <= numWhole;
  // Nothing takes the values at all.
  DenseSet<RankPlace> unread;
  for (NodeId cache : findUnreadCaches(graph))
    unread.insert(getRankPlace(graph, cache));
  for (NodeId id = 0; id < graph.getNodes().size(); ++id)
    if (graph.getNode(id).role == Role::VProjection &&
        graph.getOutDegree(id) == 0)
      unread.insert(getRankPlace(graph, id));
  for (NodeId id : lacking) {
    const Projections *made = find(id);
    bool isApart = made && made->value != kNoNode && !made->isLoose;
    if ((isApart || isShown) && !reported.contains(id))
      odd.push_back(id);
  }
  for (auto [id, count] : groupAlike(graph, odd)) {
    const Projections *made = find(id);
    bool isApart = made && made->value != kNoNode;
    auto finding = log.report(
        Code::DAG102, graph.getPlace(id),
        "expected '" + graph.getName(id) +
            "' to take weights and values, but only weights reach it" +
            describeAlike(count));
    // The edge is left out, a matter of connectivity, and attention has its
    // parts.
    if (unread.contains(getRankPlace(graph, id)) || isFullOnPeer(id))
      finding.severity(Severity::Low);
    if (isApart)
      finding.note(graph.getPlace(made->value), "gives the values");
    else
      finding.note(graph.getPlace(whole), "one that takes both");
  }
}

/// Scores take keys where the layer makes them apart.
void AttentionOperands::checkScores(const DenseSet<NodeId> &reported) {
  std::vector<NodeId> odd;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    if (graph.getNode(id).role != Role::AttentionScores ||
        graph.getInDegree(id) == 0 || reported.contains(id))
      continue;
    const Projections *made = find(id);
    bool takesQueries = llvm::all_of(
        graph.getInEdges(id).take_front(kMaxEdges), [&](uint32_t index) {
          NodeId source = graph.getEdge(index).source;
          // Rotation and norms of the queries alone.
          for (unsigned i = 0; i < 3 && graph.getInDegree(source) == 1; ++i) {
            Role role = graph.getNode(source).role;
            if (role != Role::RotaryEmbedding && role != Role::QkNorm)
              break;
            source = graph.getEdge(graph.getInEdges(source).front()).source;
          }
          return graph.getNode(source).role == Role::QProjection;
        });
    // In a row, the keys have gone in before.
    if (made && made->key != kNoNode && takesQueries &&
        llvm::none_of(graph.getOutEdges(made->key).take_front(kMaxEdges),
                      [&](uint32_t index) {
                        Role user =
                            graph.getNode(graph.getEdge(index).target).role;
                        return user == Role::QProjection ||
                               user == Role::VProjection;
                      }))
      odd.push_back(id);
  }
  for (auto [id, count] : groupAlike(graph, odd)) {
    NodeId key = find(id)->key;
    auto finding =
        log.report(Code::DAG102, graph.getPlace(id),
                   "expected '" + graph.getName(id) +
                       "' to take queries and keys, but only queries reach it" +
                       describeAlike(count));
    // As for values: the edge is left out.
    if (graph.getOutDegree(key) == 0 || isFullOnPeer(id))
      finding.severity(Severity::Low);
    finding.note(graph.getPlace(key), "gives the keys");
  }
}

void AttentionOperands::run(const DenseSet<NodeId> &reported) {
  gatherProjections();
  checkSums(reported);
  checkScores(reported);
}

void dag::checkAttentionOperands(const DeploymentGraph &graph,
                                 const DenseSet<NodeId> &reported,
                                 CheckLog &log) {
  AttentionOperands(graph, log).run(reported);
}

//===----------------------------------------------------------------------===//
// Values of another layer, expert or micro-batch
//===----------------------------------------------------------------------===//

namespace {
class DrawnOrigins {
public:
  DrawnOrigins(const DeploymentGraph &graph, const llvm::StringSet<> &told,
               CheckLog &log)
      : graph(graph), told(told), log(log) {}
  void run();

private:
  enum class Origin { Unknown, Own, Before, Older, Inside };
  NodeId findSource(NodeId id) const;
  Origin getOrigin(NodeId source, int64_t layer, int64_t before) const;
  void checkEntry(NodeId id, int64_t before);
  void checkLayers();
  void checkExperts();
  void checkCopies();
  bool isTold(NodeId id) const { return told.contains(graph.getName(id)); }

  const DeploymentGraph &graph;
  const llvm::StringSet<> &told;
  CheckLog &log;
  unsigned numRight = 0;
  struct Wrong {
    NodeId id, source;
    uint32_t edge;
    Origin origin;
  };
  std::vector<Wrong> wrong;
};
} // namespace

/// What gives a value, before it is sent or combined.
NodeId DrawnOrigins::findSource(NodeId id) const {
  for (unsigned i = 0; i < 4; ++i) {
    Role role = graph.getNode(id).role;
    bool passes = isTransfer(role) || isCollective(role);
    if (!passes || graph.getNode(id).layer != kNone)
      return id;
    if (graph.getInDegree(id) == 0)
      return kNoNode;
    id = graph.getEdge(graph.getInEdges(id).front()).source;
  }
  return kNoNode;
}

/// Where a value comes from, as seen from a layer. `before` is the layer that
/// is drawn in front of it.
DrawnOrigins::Origin DrawnOrigins::getOrigin(NodeId source, int64_t layer,
                                             int64_t before) const {
  const auto &node = graph.getNode(source);
  if (node.role == Role::Embedding)
    return Origin::Older;
  if (node.layer == kNone)
    return Origin::Unknown;
  if (node.layer == layer)
    return Origin::Own;
  if (node.layer < before)
    return Origin::Older;
  if (node.layer > before)
    return Origin::Unknown;
  switch (node.role) {
  case Role::QkvProjection:
  case Role::QProjection:
  case Role::KProjection:
  case Role::VProjection:
  case Role::AttentionScores:
  case Role::AttentionWeights:
  case Role::FfnUp:
  case Role::FfnGate:
  case Role::Activation:
  case Role::Router:
    return Origin::Inside;
  default:
    return Origin::Before;
  }
}

/// What takes the stream into a layer takes that of the layer before.
void DrawnOrigins::checkEntry(NodeId id, int64_t before) {
  const auto &node = graph.getNode(id);
  bool isAdd = node.role == Role::ResidualAdd;
  if (!isAdd && node.role != Role::Norm && node.role != Role::QkvProjection &&
      node.role != Role::QProjection)
    return;
  ArrayRef<uint32_t> edges = graph.getInEdges(id);
  if (edges.empty() || edges.size() > kMaxEdges)
    return;
  unsigned numOwn = 0, numWrong = 0, numBefore = 0, numUnknown = 0;
  Wrong found{id, kNoNode, 0, Origin::Unknown};
  for (uint32_t index : edges) {
    NodeId source = findSource(graph.getEdge(index).source);
    Origin origin = source == kNoNode ? Origin::Unknown
                                      : getOrigin(source, node.layer, before);
    numOwn += origin == Origin::Own;
    numBefore += origin == Origin::Before;
    numUnknown += origin == Origin::Unknown;
    if (origin == Origin::Older || origin == Origin::Inside) {
      ++numWrong;
      found = {id, source, index, origin};
    }
  }
  numRight += numBefore > 0;
  if (numWrong == 0 || numBefore > 0 || numUnknown > 0 ||
      (isAdd ? numOwn == 0 : numOwn > 0))
    return;
  wrong.push_back(found);
}

void DrawnOrigins::checkLayers() {
  ArrayRef<DeploymentGraph::Layer> layers = graph.getLayers();
  // Layers that run in another order are told as that.
  DenseSet<int64_t> disordered;
  for (const DeploymentGraph::Edge &edge : graph.getEdges()) {
    int64_t from = graph.getNode(edge.source).layer;
    int64_t to = graph.getNode(edge.target).layer;
    if (from != kNone && to != kNone && from > to) {
      disordered.insert(from);
      disordered.insert(to);
    }
  }
  for (size_t i = 1; i < layers.size(); ++i)
    if (!disordered.contains(layers[i - 1].index))
      for (NodeId id : layers[i].nodes)
        checkEntry(id, layers[i - 1].index);
  // Where most do, it is another model: long skips, or several stacks.
  if (wrong.size() > numRight)
    return;
  for (const Wrong &entry : wrong) {
    std::string text = getDrawnText(graph, entry.id);
    // Cross-attention takes what another stack gives.
    if (isTold(entry.id) || StringRef(text).contains("cross") ||
        StringRef(text).contains("encoder"))
      continue;
    const auto &node = graph.getNode(entry.id);
    const auto *layer = graph.getLayer(node.layer);
    int64_t before = layer[-1].index;
    log.report(Code::DAG411, graph.getEdgePlace(entry.edge, entry.id),
               "expected '" + graph.getName(entry.id) + "' of layer " +
                   Twine(node.layer) + " to take the result of layer " +
                   Twine(before) + ", but it takes '" +
                   graph.getName(entry.source) + "', " +
                   (entry.origin == Origin::Inside
                        ? "which is used up inside of that layer"
                        : "which is from before that layer"))
        .note(graph.getPlace(entry.source), "what it takes");
  }
}

/// A part of one expert takes nothing of another one.
void DrawnOrigins::checkExperts() {
  auto isPart = [&](NodeId id) {
    const auto &node = graph.getNode(id);
    switch (node.role) {
    case Role::Expert:
    case Role::FfnUp:
    case Role::FfnGate:
    case Role::FfnDown:
    case Role::Activation:
    case Role::Multiply:
    case Role::Linear:
      return node.expert != kNone;
    default:
      return false;
    }
  };
  std::vector<uint32_t> crossing;
  size_t numOwn = 0;
  for (uint32_t index = 0; index < graph.getEdges().size(); ++index) {
    const auto &edge = graph.getEdge(index);
    if (!isPart(edge.source) || !isPart(edge.target))
      continue;
    const auto &source = graph.getNode(edge.source);
    const auto &target = graph.getNode(edge.target);
    if (source.expert == target.expert)
      ++numOwn;
    // Edges between nodes of one role say in which order they run.
    else if (source.layer == target.layer && source.role != target.role)
      crossing.push_back(index);
  }
  if (crossing.size() > numOwn)
    return;
  for (uint32_t index : crossing) {
    const auto &edge = graph.getEdge(index);
    if (isTold(edge.target))
      continue;
    log.report(Code::DAG411, graph.getEdgePlace(index, edge.target),
               "'" + graph.getName(edge.target) + "' of expert " +
                   Twine(graph.getNode(edge.target).expert) + " takes what '" +
                   graph.getName(edge.source) + "' gives, of expert " +
                   Twine(graph.getNode(edge.source).expert))
        .note(graph.getPlace(edge.source), "gives it");
  }
}

/// Replicas and micro-batches do not know of each other: neither what computes
/// in one layer, nor a transfer and its end.
void DrawnOrigins::checkCopies() {
  auto getCopy = [&](NodeId id) {
    auto op = cast<NodeOp>(graph.getNode(id).op);
    bool isStated = op.getDpRank() || op.getMicrobatch();
    return isStated ? graph.getNode(id).replica : kNone;
  };
  auto computes = [](const DeploymentGraph::Node &node) {
    return isLayerRole(node.role) && node.role != Role::KvCache;
  };
  for (uint32_t index = 0; index < graph.getEdges().size(); ++index) {
    const auto &edge = graph.getEdge(index);
    const auto &source = graph.getNode(edge.source);
    const auto &target = graph.getNode(edge.target);
    int64_t from = getCopy(edge.source), to = getCopy(edge.target);
    // Edges between nodes of one role say in which order they run.
    if (from == kNone || to == kNone || from == to ||
        source.role == target.role || isCollective(source.role) ||
        isCollective(target.role) || isTold(edge.target))
      continue;
    bool moves = isTransfer(source.role) || isTransfer(target.role);
    if (!moves &&
        (!computes(source) || !computes(target) || source.layer == kNone ||
         source.layer != target.layer || graph.getEdgeRole(edge)))
      continue;
    bool isReplica =
        graph.getDpRank(edge.source) != graph.getDpRank(edge.target);
    log.report(Code::DAG411, graph.getEdgePlace(index, edge.target),
               "'" + graph.getName(edge.target) + "' takes what '" +
                   graph.getName(edge.source) + "' gives " +
                   (moves ? "of" : "in") + " another " +
                   (isReplica ? "replica" : "micro-batch") +
                   "; expected that of its own")
        .note(graph.getPlace(edge.source), "gives it");
  }
}

void DrawnOrigins::run() {
  checkCopies();
  checkLayers();
  checkExperts();
}

void dag::checkOrigins(const DeploymentGraph &graph,
                       const llvm::StringSet<> &told, CheckLog &log) {
  DrawnOrigins(graph, told, log).run();
}
