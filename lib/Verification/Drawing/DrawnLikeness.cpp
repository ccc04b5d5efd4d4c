//===- DrawnLikeness.cpp - A node that is unlike its peers ----*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DrawnRules.h"
#include "DrawnSums.h"
#include "dag/Graph/ShapeAgreement.h"
#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/SetVector.h"

#include <map>

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

/// Fewer nodes that are drawn alike say nothing of one of them.
static constexpr unsigned kMinPeers = 4;
/// Of nodes that differ so many are looked at.
static constexpr unsigned kMaxLooked = 64;

namespace {
/// A node that is not as most of those are that are drawn alike.
struct UnlikeNode {
  NodeId node;
  /// One that is as most are, and how many these are.
  NodeId peer;
  unsigned numPeers;
  /// The rank as a whole has another share, not one of its parts.
  bool isRank = false;
};

/// Compares which kinds of nodes each node has around it with what most of
/// those have that are drawn alike. What differs at the ends of the drawing, of
/// its layers and of its stages differs by what is outside.
class Likeness {
public:
  explicit Likeness(const DeploymentGraph &graph);

  std::optional<UnlikeNode> find(bool isForward);

private:
  using Key = std::pair<uint32_t, unsigned>;
  /// The nodes of a class that have the same around them.
  struct Variant {
    unsigned count = 0;
    NodeId first = 0;
  };

  bool isEligible(NodeId id) const {
    const auto &node = graph.getNode(id);
    return node.kind != NodeKind::Note && node.role != Role::Note &&
           sizes[node.peerClass] >= kMinPeers;
  }
  std::optional<Key> getKey(NodeId id, NodeId other) const;
  template <typename Function>
  bool visit(NodeId id, bool isForward, Function visitKey) const;
  bool isPlain(NodeId id, NodeId usual, bool isForward) const;
  bool concernsRanks(NodeId id, NodeId usual, bool isForward) const;

  const DeploymentGraph &graph;
  std::vector<unsigned> sizes;
  llvm::BitVector collectives;
};
} // namespace

Likeness::Likeness(const DeploymentGraph &graph) : graph(graph) {
  for (const auto &node : graph.getNodes()) {
    if (node.peerClass >= sizes.size()) {
      sizes.resize(node.peerClass + 1, 0);
      collectives.resize(node.peerClass + 1);
    }
    ++sizes[node.peerClass];
    if (isCollective(node.role))
      collectives.set(node.peerClass);
  }
}

/// The kind of a neighbor, and whether it is on the same devices; nothing for
/// one that is outside.
std::optional<Likeness::Key> Likeness::getKey(NodeId id, NodeId other) const {
  const auto &node = graph.getNode(id), &neighbor = graph.getNode(other);
  if (node.layer != neighbor.layer || isTransfer(neighbor.role) ||
      sizes[neighbor.peerClass] < kMinPeers)
    return std::nullopt;
  return Key(neighbor.peerClass,
             graph.getDevicesAttr(id) == graph.getDevicesAttr(other));
}

/// Calls the function for all neighbors inside; true if others are outside.
template <typename Function>
bool Likeness::visit(NodeId id, bool isForward, Function visitKey) const {
  bool hasOutside = false;
  for (uint32_t index :
       isForward ? graph.getOutEdges(id) : graph.getInEdges(id)) {
    const auto &edge = graph.getEdge(index);
    if (auto key = getKey(id, isForward ? edge.target : edge.source))
      visitKey(*key);
    else
      hasOutside = true;
  }
  return hasOutside;
}

/// True if it has nothing on this side, or something outside in place of what
/// its peers have.
bool Likeness::isPlain(NodeId id, NodeId usual, bool isForward) const {
  DenseMap<Key, int> counts;
  visit(usual, isForward, [&](Key key) { ++counts[key]; });
  bool isEmpty = true, isLess = true;
  bool hasOutside = visit(id, isForward, [&](Key key) {
    isEmpty = false;
    isLess &= --counts[key] >= 0;
  });
  return hasOutside ? isLess : isEmpty;
}

/// True if a collective, or a node on other devices, is what differs: which
/// parts of its own device a node is joined to is no matter of ranks.
bool Likeness::concernsRanks(NodeId id, NodeId usual, bool isForward) const {
  DenseMap<Key, int> counts;
  visit(usual, isForward, [&](Key key) { ++counts[key]; });
  visit(id, isForward, [&](Key key) { --counts[key]; });
  return llvm::any_of(counts, [&](const auto &entry) {
    return entry.second != 0 &&
           (collectives.test(entry.first.first) || !entry.first.second);
  });
}

std::optional<UnlikeNode> Likeness::find(bool isForward) {
  ArrayRef<DeploymentGraph::Node> nodes = graph.getNodes();
  std::vector<uint64_t> hashes(nodes.size(), 0);
  DenseMap<std::pair<uint32_t, uint64_t>, Variant> variants;
  for (NodeId id = 0; id < nodes.size(); ++id) {
    if (!isEligible(id))
      continue;
    // In whatever order they stand.
    visit(id, isForward, [&](Key key) {
      hashes[id] += llvm::hash_combine(key.first, key.second);
    });
    Variant &variant = variants[{nodes[id].peerClass, hashes[id] >> 1}];
    if (variant.count++ == 0)
      variant.first = id;
  }
  std::vector<Variant> usual(sizes.size());
  // Two of a class, such as both adds of a layer, have each its own.
  constexpr unsigned kMaxVariants = 8;
  DenseMap<uint32_t, SmallVector<Variant, 2>> common;
  for (auto &[key, variant] : variants) {
    if (variant.count > usual[key.first].count)
      usual[key.first] = variant;
    auto &list = common[key.first];
    if (variant.count >= kMinPeers / 2 && list.size() < kMaxVariants)
      list.push_back(variant);
  }
  unsigned numLooked = 0;
  for (NodeId id = 0; id < nodes.size() && numLooked < kMaxLooked; ++id) {
    if (!isEligible(id))
      continue;
    unsigned size = sizes[nodes[id].peerClass];
    const Variant &most = usual[nodes[id].peerClass];
    unsigned count =
        variants.lookup({nodes[id].peerClass, hashes[id] >> 1}).count;
    // A few of many; where more differ, they are meant to.
    if (count * 3 > most.count || count > std::max(2u, size / 8) ||
        most.count * 2 < size)
      continue;
    ++numLooked;
    if (!isPlain(id, most.first, isForward) &&
        llvm::all_of(common[nodes[id].peerClass], [&](const Variant &variant) {
          return variant.count <= count * 3 ||
                 concernsRanks(id, variant.first, isForward);
        }))
      return UnlikeNode{id, most.first, most.count};
  }
  return std::nullopt;
}

/// The first node that has other kinds of nodes around it than its peers: a
/// rank that takes no part, or an edge that leads elsewhere.
static std::optional<UnlikeNode> findUnlikeNode(const DeploymentGraph &graph) {
  Likeness likeness(graph);
  std::optional<UnlikeNode> found = likeness.find(/*isForward=*/false);
  return found ? found : likeness.find(/*isForward=*/true);
}

/// True for what each rank has as much of, unless it does not divide.
static bool isSharedEvenly(Role role) {
  switch (role) {
  case Role::QkvProjection:
  case Role::QProjection:
  case Role::KProjection:
  case Role::VProjection:
  case Role::AttentionScores:
  case Role::AttentionWeights:
  case Role::AttentionOutput:
  case Role::FfnGate:
  case Role::FfnUp:
  case Role::Activation:
    return true;
  default:
    return false;
  }
}

/// True if two shares of what does not divide differ by one piece of it: a
/// column, or a head.
static bool areUnevenShares(DimsAttr lhs, DimsAttr rhs) {
  std::optional<ShapeRatio> ratio = getShapeRatio(lhs, rhs);
  if (!ratio || ratio->whole == ratio->part)
    return false;
  auto [less, more] = std::minmax(ratio->whole, ratio->part);
  uint64_t piece = more - less;
  return less % piece == 0 && less / piece > 1;
}

/// What a row-parallel product takes is the share of its rank, others by what
/// they give.
static DimsAttr getShare(const DeploymentGraph &graph, NodeId id) {
  Role role = graph.getNode(id).role;
  bool isRow = isRowParallel(role);
  // Ranks that share the sequence have all weights.
  if (isRow && graph.getLaneAxis() == DeploymentGraph::LaneAxis::Sequence)
    return DimsAttr();
  if (!isRow && !isSharedEvenly(role))
    return DimsAttr();
  ArrayRef<Attribute> dims =
      isRow ? graph.getInputDims(id) : graph.getOutputDims(id);
  return dims.size() == 1 ? cast<DimsAttr>(dims.front()) : DimsAttr();
}

/// True if a node takes what reaches it: a share that is no larger than another
/// one's may be that of its rank.
static bool takesWhatComes(const DeploymentGraph &graph, NodeId id) {
  Role role = graph.getNode(id).role;
  if (!isRowParallel(role))
    return true;
  return llvm::any_of(graph.getInEdges(id).take_front(8), [&](uint32_t index) {
    ArrayRef<Attribute> given =
        graph.getOutputDims(graph.getEdge(index).source);
    return given.empty() ||
           llvm::is_contained(given, graph.getInputDims(id).front());
  });
}

/// A rank that gives another shape than a rank beside it does. Where several of
/// its parts do, it has another share of the work.
static std::optional<UnlikeNode> findUnlikeShape(const DeploymentGraph &graph) {
  using Key = std::tuple<uint32_t, int64_t, int64_t>; // class, layer, replica
  std::map<Key, std::pair<NodeId, unsigned>> firsts;
  DenseSet<int64_t> lanes;
  std::map<int64_t, SmallVector<UnlikeNode, 2>> odd;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    DimsAttr shape = getShare(graph, id);
    if (!shape || node.lane == DeploymentGraph::kShared)
      continue;
    lanes.insert(node.lane);
    auto [it, isNew] =
        firsts.insert({{node.peerClass, node.layer, node.replica}, {id, 0}});
    auto &[first, count] = it->second;
    ++count;
    if (isNew || graph.getNode(first).lane == node.lane)
      continue;
    DimsAttr usual = getShare(graph, first);
    if (compareShapes(usual, shape) == Agreement::No &&
        !(areUnevenShares(usual, shape) && takesWhatComes(graph, id) &&
          takesWhatComes(graph, first)))
      odd[node.lane].push_back({id, first, count - 1});
  }
  std::optional<UnlikeNode> found;
  for (auto &[lane, nodes] : odd) {
    if (!found || nodes.front().node < found->node)
      found = nodes.front();
    if (nodes.size() > 1 && odd.size() * 2 < lanes.size()) {
      nodes.front().isRank = true;
      return nodes.front();
    }
  }
  return found;
}

/// A part of a layer that leads nowhere on one rank, and does on another.
static std::optional<UnlikeNode> findIdleRank(const DeploymentGraph &graph) {
  using Key = std::tuple<uint32_t, int64_t, int64_t>; // class, layer, replica
  std::map<Key, std::pair<NodeId, unsigned>> busy;
  auto visit = [&](auto function) {
    for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
      const auto &node = graph.getNode(id);
      if (node.lane != DeploymentGraph::kShared && isLayerRole(node.role) &&
          node.role != Role::Expert && node.expert == DeploymentGraph::kNone)
        function(id, Key(node.peerClass, node.layer, node.replica),
                 graph.getOutDegree(id) > 0);
    }
  };
  visit([&](NodeId id, Key key, bool isBusy) {
    if (isBusy)
      ++busy.try_emplace(key, id, 0).first->second.second;
  });
  std::optional<UnlikeNode> found;
  visit([&](NodeId id, Key key, bool isBusy) {
    if (auto it = busy.find(key);
        !found && !isBusy && it != busy.end() &&
        graph.getNode(it->second.first).lane != graph.getNode(id).lane)
      found = UnlikeNode{id, it->second.first, it->second.second};
  });
  return found;
}

/// A part of a layer that takes less on one rank than on another, though the
/// rank has what it lacks, and uses it elsewhere. What nothing takes is a
/// matter of connectivity.
static std::optional<UnlikeNode> findLackingRank(const DeploymentGraph &graph) {
  FullestRanks fullest(graph);
  auto isPart = [&](NodeId id) {
    Role role = graph.getNode(id).role;
    return (role == Role::AttentionScores || role == Role::AttentionOutput) &&
           graph.getInDegree(id) > 0;
  };
  // Classes of what reaches a node on its own rank; an edge may be drawn twice.
  auto getSources = [&](NodeId id) {
    llvm::SmallSetVector<NodeId, 4> sources;
    for (uint32_t index : graph.getInEdges(id).take_front(16))
      sources.insert(graph.getEdge(index).source);
    SmallVector<uint32_t, 4> classes;
    for (NodeId source : sources)
      if (graph.getNode(source).lane == graph.getNode(id).lane)
        classes.push_back(graph.getNode(source).peerClass);
    llvm::sort(classes);
    return classes;
  };
  // Classes of which a rank has a node that nothing takes.
  DenseSet<std::tuple<uint32_t, int64_t, int64_t>> dangling;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id)
    if (const auto &node = graph.getNode(id); graph.getOutDegree(id) == 0)
      dangling.insert({node.peerClass, node.layer, node.lane});
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    NodeId peer = isPart(id) ? fullest.findFuller(id) : DeploymentGraph::kNoNode;
    if (peer == DeploymentGraph::kNoNode)
      continue;
    auto own = getSources(id), others = getSources(peer);
    if (own.size() >= others.size() ||
        !std::includes(others.begin(), others.end(), own.begin(), own.end()))
      continue;
    SmallVector<uint32_t, 4> lacking;
    std::set_difference(others.begin(), others.end(), own.begin(), own.end(),
                        std::back_inserter(lacking));
    const auto &node = graph.getNode(id);
    if (llvm::none_of(lacking, [&](uint32_t other) {
          return dangling.contains({other, node.layer, node.lane});
        }))
      return UnlikeNode{id, peer, 1};
  }
  return std::nullopt;
}

void dag::checkLikeness(const DeploymentGraph &graph, CheckLog &log) {
  auto unlikeShape = findUnlikeShape(graph);
  if (unlikeShape && unlikeShape->isRank)
    log.report(Code::DAG507, graph.getPlace(unlikeShape->node),
               "'" + graph.getName(unlikeShape->node) +
                   "' and what is behind it give other shapes than '" +
                   graph.getName(unlikeShape->peer) +
                   "' on the rank beside it: it has another share")
        .note(graph.getPlace(unlikeShape->peer), "the share of most ranks");
  else if (auto unlike = unlikeShape)
    log.report(Code::DAG507, graph.getPlace(unlike->node),
               "'" + graph.getName(unlike->node) +
                   "' gives another shape than '" +
                   graph.getName(unlike->peer) + "' on the rank beside it")
        .note(graph.getPlace(unlike->peer), "the share of another rank");
  else if (auto unlike = findIdleRank(graph))
    log.report(Code::DAG507, graph.getPlace(unlike->node),
               "'" + graph.getName(unlike->node) + "' leads nowhere, unlike '" +
                   graph.getName(unlike->peer) + "' on the rank beside it")
        .note(graph.getPlace(unlike->peer), "goes on here");
  else if (auto unlike = findLackingRank(graph))
    log.report(Code::DAG507, graph.getPlace(unlike->node),
               "'" + graph.getName(unlike->node) + "' takes less than '" +
                   graph.getName(unlike->peer) +
                   "' does on the rank beside it: the ranks are not alike")
        .note(graph.getPlace(unlike->peer), "takes all of its operands");
  else if (auto unlike = findUnlikeNode(graph))
    log.setUnverified("'" + graph.getName(unlike->node) +
                          "' is connected unlike " + Twine(unlike->numPeers) +
                          " nodes that are drawn alike, such as '" +
                          graph.getName(unlike->peer) +
                          "', and nothing says that it is meant",
                      graph.getLoc(unlike->node));
}
