//===- DrawnStreams.cpp - Which values drawn ops take -----------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An op may take the wrong value in all layers alike, so that no peer tells.
// What the role means does: the residual adds of a model all add the stream as
// it is, gate and up take one input, the weighted sum takes the values.
//
//===----------------------------------------------------------------------===//

#include "DrawnRules.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

static constexpr NodeId kNoNode = DeploymentGraph::kNoNode;
static constexpr int64_t kNone = DeploymentGraph::kNone;

/// Edges of a node that are looked at; what has more is no part of a layer.
static constexpr unsigned kMaxEdges = 64;

//===----------------------------------------------------------------------===//
// The stream
//===----------------------------------------------------------------------===//

namespace {
class DrawnStreams {
public:
  DrawnStreams(const DeploymentGraph &graph, CheckLog &log)
      : graph(graph), log(log) {}

  /// Edges that are missing.
  void checkEdges();
  /// Edges that lead where they should, but bring another value.
  void checkValues();

private:
  void findTold();
  bool isTold(NodeId id) const { return told.contains(graph.getName(id)); }
  bool isBranchNorm(NodeId id) const;
  bool feedsNorm(NodeId id, int64_t layer) const;
  NodeId findSource(NodeId id) const;
  void gatherAdds();
  void checkOperands();
  void checkCombines();
  void checkSkips();
  void checkGates();

  const DeploymentGraph &graph;
  CheckLog &log;
  /// Nodes that peers told to be odd.
  llvm::StringSet<> told;
  /// Residual adds with one operand, and with several.
  std::vector<NodeId> lacking, adding;
  /// Adds of the stream before the norm, and of the normed stream; with the
  /// edge.
  std::vector<NodeId> plain;
  std::vector<std::pair<NodeId, uint32_t>> normed;
};
} // namespace

void DrawnStreams::findTold() {
  for (const Finding &finding : log.getFindings())
    if (finding.is(Code::DAG410) || finding.is(Code::DAG411))
      told.insert(finding.node);
}

/// A norm that a branch takes, not only an add.
bool DrawnStreams::isBranchNorm(NodeId id) const {
  return graph.getNode(id).role == Role::Norm &&
         llvm::any_of(graph.getOutEdges(id).take_front(kMaxEdges),
                      [&](uint32_t index) {
                        NodeId user = graph.getEdge(index).target;
                        return graph.getNode(user).role != Role::ResidualAdd;
                      });
}

/// True for what goes both past a norm and into it.
bool DrawnStreams::feedsNorm(NodeId id, int64_t layer) const {
  return llvm::any_of(
      graph.getOutEdges(id).take_front(kMaxEdges), [&](uint32_t index) {
        const auto &user = graph.getNode(graph.getEdge(index).target);
        return user.role == Role::Norm && user.layer == layer;
      });
}

void DrawnStreams::gatherAdds() {
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    if (node.role != Role::ResidualAdd || node.layer == kNone)
      continue;
    ArrayRef<uint32_t> edges = graph.getInEdges(id);
    if (edges.size() == 1)
      lacking.push_back(id);
    if (edges.size() < 2)
      continue;
    adding.push_back(id);
    bool isPlain = false;
    uint32_t skip = ~0u;
    for (uint32_t index : edges.take_front(kMaxEdges)) {
      NodeId source = graph.getEdge(index).source;
      if (isBranchNorm(source))
        skip = index;
      else
        isPlain |= feedsNorm(source, node.layer);
    }
    if (skip != ~0u)
      normed.push_back({id, skip});
    else if (isPlain)
      plain.push_back(id);
  }
}

/// Some drawings leave out all edges of the stream; in one that has them, an
/// add with one operand lacks the other.
void DrawnStreams::checkOperands() {
  if (adding.size() < 2 || lacking.size() > adding.size())
    return;
  // What states two operands is said of its dimensions.
  llvm::erase_if(lacking, [&](NodeId id) {
    return graph.getInputDims(id).size() > 1 || isTold(id);
  });
  for (auto [id, count] : groupAlike(graph, lacking)) {
    NodeId source = graph.getEdge(graph.getInEdges(id).front()).source;
    log.report(Code::DAG410, graph.getPlace(id),
               "'" + graph.getName(id) + "' adds nothing to '" +
                   graph.getName(source) + "', but " + Twine(adding.size()) +
                   " other residual adds take two operands" +
                   describeAlike(count))
        .note(graph.getPlace(adding.front()), "one that takes two");
  }
}

/// What experts give is weighted by the router's scores, in all layers or,
/// where the scores travel with the tokens, in none.
void DrawnStreams::checkCombines() {
  std::vector<NodeId> weighted, plainSums;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    if (node.role != Role::Combine || node.layer == kNone ||
        graph.getInDegree(id) == 0)
      continue;
    bool takesScores = llvm::any_of(graph.getInEdges(id), [&](uint32_t index) {
      return graph.getNode(graph.getEdge(index).source).role == Role::Router;
    });
    (takesScores ? weighted : plainSums).push_back(id);
  }
  if (plainSums.size() > weighted.size())
    return;
  llvm::erase_if(plainSums, [&](NodeId id) { return isTold(id); });
  for (auto [id, count] : groupAlike(graph, plainSums))
    log.report(Code::DAG410, graph.getPlace(id),
               "'" + graph.getName(id) +
                   "' takes no scores of the router, but " +
                   Twine(weighted.size()) + " others do" + describeAlike(count))
        .note(graph.getPlace(weighted.front()), "one that does");
}

/// A model adds the stream as it is, or the normed one, everywhere.
void DrawnStreams::checkSkips() {
  if (plain.size() < 2 || normed.size() > plain.size())
    return;
  llvm::MapVector<uint32_t, std::pair<uint32_t, unsigned>> groups;
  for (auto [id, edge] : normed)
    ++groups.insert({graph.getNode(id).peerClass, {edge, 0}})
          .first->second.second;
  for (auto &[peerClass, group] : groups) {
    const auto &edge = graph.getEdge(group.first);
    log.report(Code::DAG701, graph.getEdgePlace(group.first, edge.target),
               "'" + graph.getName(edge.target) + "' adds what '" +
                   graph.getName(edge.source) + "' has normalized, but " +
                   Twine(plain.size()) +
                   " residual adds take the stream from before the norm" +
                   describeAlike(group.second))
        .note(graph.getPlace(plain.front()), "one that does");
  }
}

/// What an op takes, past collectives.
NodeId DrawnStreams::findSource(NodeId id) const {
  for (unsigned i = 0; i < 3 && graph.getInDegree(id) > 0; ++i) {
    id = graph.getEdge(graph.getInEdges(id).front()).source;
    if (!isCollective(graph.getNode(id).role))
      return id;
  }
  return kNoNode;
}

/// Gate and up of one network take one input.
void DrawnStreams::checkGates() {
  using Key = std::tuple<int64_t, int64_t, int64_t, int64_t>;
  DenseMap<Key, NodeId> gates;
  auto getKey = [&](NodeId id) {
    const auto &node = graph.getNode(id);
    return Key{node.layer, node.lane, node.replica, node.expert};
  };
  for (NodeId id = 0; id < graph.getNodes().size(); ++id)
    if (graph.getNode(id).role == Role::FfnGate && graph.getInDegree(id) == 1 &&
        graph.getNode(id).layer != kNone)
      gates.try_emplace(getKey(id), id);
  std::vector<NodeId> odd;
  for (NodeId id = 0; id < graph.getNodes().size() && !gates.empty(); ++id) {
    if (graph.getNode(id).role != Role::FfnUp || graph.getInDegree(id) != 1)
      continue;
    auto gate = gates.find(getKey(id));
    if (gate == gates.end())
      continue;
    NodeId left = findSource(gate->second), right = findSource(id);
    if (left == kNoNode || right == kNoNode)
      continue;
    Role first = graph.getNode(left).role, second = graph.getNode(right).role;
    if (first == Role::Norm && second == Role::ResidualAdd)
      odd.push_back(id);
    else if (first == Role::ResidualAdd && second == Role::Norm)
      odd.push_back(gate->second);
  }
  for (auto [id, count] : groupAlike(graph, odd)) {
    bool isUp = graph.getNode(id).role == Role::FfnUp;
    NodeId source = graph.getEdge(graph.getInEdges(id).front()).source;
    log.report(
        Code::DAG701, graph.getEdgePlace(graph.getInEdges(id).front(), id),
        "'" + graph.getName(id) + "' takes '" + graph.getName(source) +
            "', but the " + (isUp ? "gate" : "up projection") +
            " beside it takes the normalized stream; expected one input" +
            describeAlike(count));
  }
}

void DrawnStreams::checkEdges() {
  findTold();
  gatherAdds();
  checkOperands();
  checkCombines();
  checkOrigins(graph, told, log);
}

void DrawnStreams::checkValues() {
  gatherAdds();
  checkSkips();
  checkGates();
}

void dag::checkDrawnStreams(const DeploymentGraph &graph, CheckLog &log) {
  DrawnStreams(graph, log).checkEdges();
}

void dag::checkDrawnValues(const DeploymentGraph &graph, CheckLog &log) {
  DrawnStreams(graph, log).checkValues();
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

namespace {
/// What reaches a node, as bits.
enum Projected : unsigned { kQuery = 1, kKey = 2, kValues = 4 };
} // namespace

/// The projections that a node gives, past what changes nothing.
static unsigned getProjected(const DeploymentGraph &graph, NodeId id,
                             unsigned depth = 0) {
  switch (graph.getNode(id).role) {
  case Role::QkvProjection:
    return kQuery | kKey | kValues;
  case Role::QProjection:
    return kQuery;
  case Role::KProjection:
    return kKey;
  case Role::VProjection:
    return kValues;
  case Role::RotaryEmbedding:
  case Role::QkNorm:
  case Role::Slice:
  case Role::KvCache:
    break;
  default:
    if (!isCollective(graph.getNode(id).role))
      return 0;
  }
  unsigned projected = 0;
  if (depth < 2)
    for (uint32_t index : graph.getInEdges(id).take_front(8))
      projected |= getProjected(graph, graph.getEdge(index).source, depth + 1);
  return projected;
}

/// The values go into the weighted sum, not past it. `sum` feeds `user`.
static void checkBypass(const DeploymentGraph &graph, NodeId sum, NodeId user,
                        llvm::MapVector<NodeId, uint32_t> &bypasses) {
  bool takesWeights = false;
  for (uint32_t index : graph.getInEdges(sum).take_front(kMaxEdges)) {
    NodeId source = graph.getEdge(index).source;
    Role role = graph.getNode(source).role;
    if (role != Role::AttentionWeights && role != Role::Dropout)
      return;
    takesWeights = true;
  }
  if (!takesWeights || graph.getNode(user).role == Role::ResidualAdd ||
      getAttentionPosition(graph.getNode(user).role) != 0)
    return;
  for (uint32_t index : graph.getInEdges(user).take_front(kMaxEdges)) {
    const auto &source = graph.getNode(graph.getEdge(index).source);
    if (source.layer == graph.getNode(sum).layer &&
        (getProjected(graph, graph.getEdge(index).source) & kValues))
      bypasses.try_emplace(sum, index);
  }
}

/// True if a node takes keys where values belong, or the other way round.
static bool takesOther(const DeploymentGraph &graph, NodeId id) {
  unsigned projected = 0;
  for (uint32_t index : graph.getInEdges(id).take_front(kMaxEdges))
    projected |= getProjected(graph, graph.getEdge(index).source);
  bool isSum = graph.getNode(id).role == Role::AttentionOutput;
  unsigned wanted = isSum ? kValues : kKey, other = isSum ? kKey : kValues;
  return (projected & other) && !(projected & wanted);
}

/// The weighted sums of layers that have no output projection, in whose place
/// it is added to the stream. A detail that many leave out.
static void checkProjection(const DeploymentGraph &graph, CheckLog &log) {
  DenseSet<int64_t> projected;
  for (const auto &node : graph.getNodes())
    if (node.role == Role::OutputProjection || node.role == Role::Linear)
      projected.insert(node.layer);
  std::vector<NodeId> sums;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    if (node.role != Role::AttentionOutput || node.layer == kNone ||
        projected.contains(node.layer))
      continue;
    bool isLast = llvm::any_of(
        graph.getOutEdges(id).take_front(kMaxEdges), [&](uint32_t index) {
          Role role = graph.getNode(graph.getEdge(index).target).role;
          return role == Role::ResidualAdd || isCollective(role) ||
                 role == Role::Concat;
        });
    if (isLast)
      sums.push_back(id);
  }
  for (auto [id, count] : groupAlike(graph, sums))
    log.report(Code::DAG101, graph.getPlace(id),
               "'" + graph.getName(id) +
                   "' is added to the stream without an output projection" +
                   describeAlike(count))
        .severity(Severity::Low);
}

void dag::checkDrawnAttention(const DeploymentGraph &graph, CheckLog &log) {
  checkProjection(graph, log);
  llvm::MapVector<NodeId, uint32_t> bypasses;
  std::vector<NodeId> swapped;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    Role role = graph.getNode(id).role;
    if (role != Role::AttentionOutput && role != Role::AttentionScores)
      continue;
    if (takesOther(graph, id))
      swapped.push_back(id);
    if (role == Role::AttentionOutput)
      for (uint32_t index : graph.getOutEdges(id).take_front(kMaxEdges))
        checkBypass(graph, id, graph.getEdge(index).target, bypasses);
  }
  std::vector<NodeId> bypassed;
  for (auto &[id, edge] : bypasses)
    bypassed.push_back(id);
  for (auto [id, count] : groupAlike(graph, bypassed)) {
    const auto &edge = graph.getEdge(bypasses[id]);
    log.report(Code::DAG102, graph.getPlace(id),
               "'" + graph.getName(id) + "' takes weights and values, but '" +
                   graph.getName(edge.source) + "' goes past it to '" +
                   graph.getName(edge.target) + "'" + describeAlike(count))
        .note(edge.op->getLoc(), "along this edge", graph.getName(edge.source));
  }
  for (auto [id, count] : groupAlike(graph, swapped)) {
    bool isSum = graph.getNode(id).role == Role::AttentionOutput;
    log.report(Code::DAG102, graph.getPlace(id),
               "'" + graph.getName(id) + "' takes " +
                   (isSum ? "keys; expected values" : "values; expected keys") +
                   describeAlike(count));
  }
  DenseSet<NodeId> reported(bypassed.begin(), bypassed.end());
  reported.insert(swapped.begin(), swapped.end());
  checkAttentionOperands(graph, reported, log);
}
