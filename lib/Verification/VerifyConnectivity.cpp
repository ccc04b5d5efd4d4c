//===- VerifyConnectivity.cpp - Is the graph connected? ---------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DataEnds.h"
#include "Drawing/DrawnRules.h"
#include "dag/Graph/Components.h"
#include "dag/Graph/Deviations.h"
#include "dag/Verification/Checks.h"
#include "dag/Verification/Passes.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/SmallSet.h"

using namespace mlir;
using namespace mlir::dag;

namespace mlir::dag {
#define GEN_PASS_DEF_DAGVERIFYCONNECTIVITY
#include "dag/Verification/Passes.h.inc"
} // namespace mlir::dag

using NodeId = DeploymentGraph::NodeId;
using Edge = DeploymentGraph::Edge;

namespace {

class ConnectivityCheck {
public:
  ConnectivityCheck(const DeploymentGraph &graph, CheckLog &log)
      : graph(graph), log(log), cuts(graph), size(graph.getNodes().size()),
        explained(size) {}

  void run() {
    if (size == 0)
      return;
    checkEnds();
    checkCycles();
    checkReachability();
    if (graph.isSketch())
      checkDrawnEdges(graph, log);
    checkPeers();
    // What no peer tells.
    if (graph.isSketch())
      checkDrawnStreams(graph, log);
  }

private:
  /// Where data may begin: an input, a weight, a cache as it is before the run,
  /// a mask or positions that nobody computes, a note beside the graph.
  bool mayBegin(const DeploymentGraph::Node &node) const {
    return isInput(node) || node.role == Role::Parameter ||
           node.role == Role::Note || isa<KvCacheOp>(node.op) ||
           (graph.isSketch() &&
            (node.role == Role::KvCache || node.role == Role::AttentionMask ||
             node.role == Role::PositionEmbedding));
  }
  /// Where it may end: an output, a cache that is written, a note.
  bool mayEnd(const DeploymentGraph::Node &node) const {
    return isOutput(node) || node.role == Role::Note ||
           isa<KvCacheUpdateOp>(node.op) ||
           (graph.isSketch() && node.role == Role::KvCache);
  }
  /// The embedding may be drawn as the input, the head as the output.
  static bool isInput(const DeploymentGraph::Node &node) {
    return node.role == Role::Input ||
           (node.role == Role::Embedding && node.kind == NodeKind::Input);
  }
  static bool isOutput(const DeploymentGraph::Node &node) {
    return node.role == Role::Output ||
           (node.role == Role::Head && node.kind == NodeKind::Output);
  }
  bool endsStep(NodeId id) const;

  void checkPlace(SmallVectorImpl<NodeId> &ends, bool isFront, bool isPart);
  bool isOddOne(NodeId id, bool isFront);
  void reportOrphan(NodeId id);
  void reportDeadEnd(NodeId id);
  bool findOpenTransfers() const;
  void checkEnds();
  void checkCycles();
  void reportCycle(ArrayRef<NodeId> component, ArrayRef<uint32_t> componentOf);
  void checkReachability();
  bool takesCollective(const PeerDeviation &deviation) const;
  void checkPeers();
  bool isExplainedBySource(const PeerDeviation &deviation);
  void checkRanks(const DenseSet<uint32_t> &blamedEdges);
  void spread(llvm::BitVector &reached, bool forward) const;

  const DeploymentGraph &graph;
  CheckLog &log;
  CutEnds cuts;
  size_t size;
  /// No node is called an input, and none an output.
  bool hasNoEnds = false;
  /// A send and a recv are there, each without the other.
  bool areHalvesApart = false;
  bool areLayers(ArrayRef<NodeId> ids) const {
    return llvm::all_of(
        ids, [&](NodeId id) { return graph.getNode(id).role == Role::Layer; });
  }
  /// Nodes that a finding explains: what follows from them is no new cause.
  llvm::BitVector explained;
  /// By class and layer: how many nodes there are, and how many begin or end.
  struct Alike {
    unsigned count = 0, numFirst = 0, numLast = 0;
  };
  DenseMap<std::pair<uint32_t, int64_t>, Alike> alike;
};

} // namespace

/// What replicas exchange ends a step: behind the output, or as a
/// synchronization that belongs to no layer, it gives its data to nobody.
bool ConnectivityCheck::endsStep(NodeId id) const {
  const auto &node = graph.getNode(id);
  if (!graph.isSketch() || !isCollective(node.role) ||
      node.layer != DeploymentGraph::kNone)
    return false;
  return node.role == Role::Collective ||
         llvm::all_of(graph.getInEdges(id), [&](uint32_t index) {
           return mayEnd(graph.getNode(graph.getEdge(index).source));
         });
}

/// Where no node is called an end, some are it by their place; what else is
/// there lacks an edge.
void ConnectivityCheck::checkPlace(SmallVectorImpl<NodeId> &ends, bool isFront,
                                   bool isPart) {
  SmallVector<NodeId> all(ends.begin(), ends.end()), others;
  bool isFound = false;
  if (graph.isSketch() && !ends.empty()) {
    others = splitEnds(graph, ends, isFront);
    isFound = !ends.empty();
  }
  for (NodeId id : others)
    isFront ? reportOrphan(id) : reportDeadEnd(id);
  if (!isFound)
    ends.assign(all.begin(), all.end());
  // In the drawing of a part, whatever it is.
  isFound |= isPart && !ends.empty() && llvm::all_of(ends, [&](NodeId id) {
               return graph.getNode(id).peerClass ==
                          graph.getNode(ends.front()).peerClass &&
                      graph.getNode(id).role != Role::Unknown;
             });
  auto finding = log.report(
      isFront ? Code::DAG407 : Code::DAG408,
      ends.empty() ? graph.getRoot()->getLoc() : graph.getLoc(ends.front()),
      ends.empty() ? "" : graph.getName(ends.front()),
      Twine("expected an ") + (isFront ? "input" : "output") +
          ", but no node is one");
  // With neither an input nor an output, boxes for layers say nothing of what
  // goes into the first and comes out of the last.
  if (isFound && !(isFront && hasNoEnds && areLayers(ends)))
    finding.severity(Severity::Low);
  for (NodeId id : ArrayRef<NodeId>(ends).take_front(8))
    finding.note(graph.getPlace(id), "'" + graph.getName(id) + "' " +
                                         (isFront ? "begins" : "ends") +
                                         " without one");
}

/// True if more of the nodes that are drawn alike in a layer have an edge on
/// that side than have none.
bool ConnectivityCheck::isOddOne(NodeId id, bool isFront) {
  if (!graph.isSketch())
    return false;
  if (alike.empty())
    for (NodeId other = 0; other < size; ++other) {
      const auto &node = graph.getNode(other);
      Alike &entry = alike[{node.peerClass, node.layer}];
      ++entry.count;
      entry.numFirst += graph.getInDegree(other) == 0;
      entry.numLast += graph.getOutDegree(other) == 0;
    }
  const auto &node = graph.getNode(id);
  Alike entry = alike.lookup({node.peerClass, node.layer});
  return node.role != Role::Unknown &&
         (node.layer != DeploymentGraph::kNone || isTransfer(node.role) ||
          graph.getLayers().empty()) &&
         (isFront ? entry.numFirst : entry.numLast) * 2 < entry.count;
}

void ConnectivityCheck::reportOrphan(NodeId id) {
  Role role = graph.getNode(id).role;
  bool isOther = role == Role::Recv || role == Role::CommBuffer;
  // Transfers have a check of their own; an end that others have not is none.
  isOther = isOther && !areHalvesApart && !isOddOne(id, /*isFront=*/true);
  if (!isOther && !cuts.mayBegin(id))
    log.report(Code::DAG401, graph.getPlace(id),
               "expected '" + graph.getName(id) +
                   "' to have a predecessor, but no edge leads to it");
}

void ConnectivityCheck::reportDeadEnd(NodeId id) {
  Role role = graph.getNode(id).role;
  bool isOther = role == Role::Send || role == Role::CommBuffer;
  isOther =
      isOther && !areHalvesApart && !isOddOne(id, /*isFront=*/false) &&
      !(graph.isSketch() && graph.getNode(id).model != DeploymentGraph::kNone);
  if (!isOther && !endsStep(id) && !cuts.mayEnd(id))
    log.report(Code::DAG402, graph.getPlace(id),
               "expected '" + graph.getName(id) +
                   "' to have a successor, but no edge leaves it");
}

/// True if a send leads nowhere and a recv takes from nowhere: the halves of
/// the drawing are not joined.
bool ConnectivityCheck::findOpenTransfers() const {
  bool leadsNowhere = false, comesFromNowhere = false;
  for (NodeId id = 0; id < size; ++id) {
    bool isSource = graph.getInDegree(id) == 0;
    bool isSink = graph.getOutDegree(id) == 0;
    Role role = graph.getNode(id).role;
    leadsNowhere |= role == Role::Send && isSink && !isSource;
    comesFromNowhere |= role == Role::Recv && isSource && !isSink;
  }
  return leadsNowhere && comesFromNowhere;
}

void ConnectivityCheck::checkEnds() {
  bool hasInput = false, hasOutput = false;
  bool isPart =
      graph.isSketch() && graph.getStatedNumLayers() == DeploymentGraph::kNone;
  for (const auto &node : graph.getNodes()) {
    isPart &= node.role != Role::Embedding && node.role != Role::Head;
    hasInput |= isInput(node);
    hasOutput |= isOutput(node);
  }
  areHalvesApart = graph.isSketch() && findOpenTransfers();
  // Without any input, the nodes at the front are its missing users, and no
  // orphans of their own; likewise at the end.
  int64_t front = INT64_MAX, back = INT64_MIN;
  if (!hasInput || !hasOutput)
    for (NodeId id = 0; id < size; ++id) {
      int64_t layer = graph.getNode(id).layer;
      if (graph.getInDegree(id) == 0 && graph.getOutDegree(id) != 0)
        front = std::min(front, layer);
      if (graph.getOutDegree(id) == 0 && graph.getInDegree(id) != 0 &&
          !isTransfer(graph.getNode(id).role))
        back =
            std::max(back, layer == DeploymentGraph::kNone ? INT64_MAX : layer);
    }
  SmallVector<NodeId> withoutInput, withoutOutput;
  DenseSet<NodeId> unread;
  if (graph.isSketch())
    unread = findUnreadCaches(graph);

  for (NodeId id = 0; id < size; ++id) {
    const auto &node = graph.getNode(id);
    bool isSource = graph.getInDegree(id) == 0;
    bool isSink = graph.getOutDegree(id) == 0;
    if (isSource && isSink) {
      if (node.role == Role::Note || node.role == Role::CommBuffer ||
          (size == 1 && graph.isSketch() && node.role == Role::Unknown))
        continue;
      explained.set(id);
      log.report(Code::DAG403, graph.getPlace(id),
                 "node '" + graph.getName(id) + "' has no edge");
      continue;
    }
    if (isSource && !mayBegin(node)) {
      explained.set(id);
      if (!hasInput && node.layer == front && !isOddOne(id, true))
        withoutInput.push_back(id);
      else
        reportOrphan(id);
    }
    if (isSink &&
        (!mayEnd(node) || isMissedUpdate(graph, id) || unread.contains(id))) {
      explained.set(id);
      int64_t place =
          node.layer == DeploymentGraph::kNone ? INT64_MAX : node.layer;
      if (!hasOutput && place == back && !isOddOne(id, false))
        withoutOutput.push_back(id);
      else
        reportDeadEnd(id);
    }
  }
  hasNoEnds = graph.isSketch() && !hasInput && !hasOutput;
  if (!hasInput)
    checkPlace(withoutInput, /*isFront=*/true, isPart);
  if (!hasOutput)
    checkPlace(withoutOutput, /*isFront=*/false, isPart);
}

void ConnectivityCheck::checkCycles() {
  Components components = findComponents(graph);
  unsigned count = components.count;
  ArrayRef<uint32_t> componentOf = components.of;
  std::vector<uint32_t> sizes(count, 0);
  for (uint32_t component : componentOf)
    ++sizes[component];
  llvm::BitVector isCyclic(count);
  for (const Edge &edge : graph.getEdges())
    if (componentOf[edge.source] == componentOf[edge.target])
      isCyclic.set(componentOf[edge.source]);
  if (isCyclic.none())
    return;
  DenseMap<uint32_t, std::vector<NodeId>> members;
  SmallVector<uint32_t> order;
  for (NodeId id = 0; id < size; ++id)
    if (isCyclic.test(componentOf[id])) {
      auto &list = members[componentOf[id]];
      if (list.empty())
        order.push_back(componentOf[id]);
      list.push_back(id);
      explained.set(id);
    }
  for (uint32_t component : order)
    reportCycle(members[component], componentOf);
}

void ConnectivityCheck::reportCycle(ArrayRef<NodeId> component,
                                    ArrayRef<uint32_t> componentOf) {
  // The edge to blame leads furthest back: to an earlier layer, or to a node
  // that is drawn earlier.
  auto getPlace = [&](NodeId id) {
    int64_t layer = graph.getNode(id).layer;
    return std::make_pair(layer, static_cast<int64_t>(id));
  };
  uint32_t worst = ~0u;
  std::pair<int64_t, int64_t> worstBack = {INT64_MIN, INT64_MIN};
  for (NodeId id : component)
    for (uint32_t index : graph.getOutEdges(id)) {
      const Edge &edge = graph.getEdge(index);
      if (componentOf[edge.target] != componentOf[id])
        continue;
      auto [sourceLayer, sourcePlace] = getPlace(edge.source);
      auto [targetLayer, targetPlace] = getPlace(edge.target);
      bool haveLayers = sourceLayer >= 0 && targetLayer >= 0;
      std::pair<int64_t, int64_t> back = {haveLayers ? sourceLayer - targetLayer
                                                     : 0,
                                          sourcePlace - targetPlace};
      if (back > worstBack) {
        worstBack = back;
        worst = index;
      }
    }
  const Edge &closing = graph.getEdge(worst);

  // The shortest way back to the source of that edge.
  DenseMap<NodeId, uint32_t> via;
  std::vector<NodeId> queue{closing.target};
  via[closing.target] = ~0u;
  for (size_t next = 0; next < queue.size() && !via.count(closing.source);
       ++next)
    for (uint32_t index : graph.getOutEdges(queue[next])) {
      NodeId target = graph.getEdge(index).target;
      if (componentOf[target] == componentOf[closing.source] &&
          via.try_emplace(target, index).second)
        queue.push_back(target);
    }
  SmallVector<uint32_t> way;
  for (NodeId id = closing.source; via.lookup(id) != ~0u;) {
    way.push_back(via.lookup(id));
    id = graph.getEdge(way.back()).source;
  }
  std::reverse(way.begin(), way.end());

  std::string text = "'" + graph.getName(closing.target) + "'";
  constexpr size_t kMaxShown = 12;
  for (auto [i, index] : llvm::enumerate(way)) {
    if (i == kMaxShown && way.size() > kMaxShown + 1) {
      text += " -> ... " + std::to_string(way.size() - kMaxShown) + " more";
      break;
    }
    text += " -> '" + graph.getName(graph.getEdge(index).target) + "'";
  }
  auto finding = log.report(
      Code::DAG404, graph.getEdgePlace(worst, closing.source),
      "expected no cycle, but the edge from '" + graph.getName(closing.source) +
          "' to '" + graph.getName(closing.target) + "' closes one: " + text +
          " -> '" + graph.getName(closing.target) + "'");
  for (uint32_t index : ArrayRef(way).take_front(kMaxShown)) {
    const Edge &edge = graph.getEdge(index);
    finding.note(edge.op->getLoc(),
                 "by the edge from '" + graph.getName(edge.source) + "' to '" +
                     graph.getName(edge.target) + "'",
                 graph.getName(edge.source));
  }
}

/// Grows a set of nodes along the edges, or against them.
void ConnectivityCheck::spread(llvm::BitVector &reached, bool forward) const {
  std::vector<NodeId> work;
  for (unsigned id : reached.set_bits())
    work.push_back(id);
  while (!work.empty()) {
    NodeId id = work.back();
    work.pop_back();
    for (uint32_t index :
         forward ? graph.getOutEdges(id) : graph.getInEdges(id)) {
      const Edge &edge = graph.getEdge(index);
      NodeId next = forward ? edge.target : edge.source;
      if (!reached.test(next)) {
        reached.set(next);
        work.push_back(next);
      }
    }
  }
}

void ConnectivityCheck::checkReachability() {
  // What begins at a weight or a note alone does not begin at an input. What
  // begins at an orphan or a cycle is explained by it.
  llvm::BitVector fromInput = explained, toOutput = explained;
  for (NodeId id = 0; id < size; ++id) {
    if (isInput(graph.getNode(id)))
      fromInput.set(id);
    // What a cache keeps, a later run reads.
    if (isOutput(graph.getNode(id)) ||
        isa<KvCacheUpdateOp>(graph.getNode(id).op))
      toOutput.set(id);
  }
  spread(fromInput, /*forward=*/true);
  spread(toOutput, /*forward=*/false);
  llvm::BitVector weights = findWeights(graph);
  for (NodeId id = 0; id < size; ++id) {
    const auto &node = graph.getNode(id);
    if (!fromInput.test(id) && !mayBegin(node) && !weights.test(id)) {
      // One finding where the unreachable part begins.
      bool begins = llvm::all_of(graph.getInEdges(id), [&](uint32_t index) {
        NodeId source = graph.getEdge(index).source;
        return mayBegin(graph.getNode(source)) || weights.test(source);
      });
      if (begins)
        log.report(Code::DAG405, graph.getPlace(id),
                   "expected '" + graph.getName(id) +
                       "' to be reached from an input, but only weights or "
                       "notes lead to it");
    }
    if (!toOutput.test(id) && !mayEnd(node) && !mayBegin(node)) {
      bool ends = llvm::all_of(graph.getOutEdges(id), [&](uint32_t index) {
        return mayEnd(graph.getNode(graph.getEdge(index).target));
      });
      if (ends)
        log.report(Code::DAG406, graph.getPlace(id),
                   "expected '" + graph.getName(id) +
                       "' to reach an output, but it leads to notes only");
    }
  }
}

/// True if what peers take from outside of their layer is the result of a
/// collective that no layer is stated for.
bool ConnectivityCheck::takesCollective(const PeerDeviation &deviation) const {
  return deviation.isMissing && deviation.role == Role::Unknown &&
         llvm::any_of(graph.getInEdges(deviation.peer).take_front(16),
                      [&](uint32_t index) {
                        const auto &node =
                            graph.getNode(graph.getEdge(index).source);
                        return node.layer == DeploymentGraph::kNone &&
                               isCollective(node.role);
                      });
}

void ConnectivityCheck::checkPeers() {
  DenseSet<int64_t> doubled = getDoubledLayers(graph);
  DenseSet<uint32_t> blamedEdges;
  std::vector<PeerDeviation> deviations = findEdgeDeviations(graph);
  // Whether data passes a collective is a matter of communication.
  DenseSet<NodeId> bypasses;
  for (const PeerDeviation &deviation : deviations)
    if (deviation.role == Role::Collective || takesCollective(deviation) ||
        isCollective(graph.getNode(deviation.node).role))
      bypasses.insert(deviation.node);
  for (const PeerDeviation &deviation : deviations) {
    int64_t layer = graph.getNode(deviation.node).layer;
    if (explained.test(deviation.node) || doubled.contains(layer) ||
        isExplainedBySource(deviation))
      continue;
    if (!deviation.isMissing)
      blamedEdges.insert(deviation.edge);
    std::string name = graph.getName(deviation.node);
    std::string count = std::to_string(deviation.numPeers);
    auto report = [&](Code code, const FindingPlace &place,
                      const Twine &message, StringRef note) {
      auto finding = log.report(code, place, message);
      finding.note(graph.getPlace(deviation.peer), note);
      if (bypasses.contains(deviation.node))
        finding.severity(Severity::Low);
    };
    if (deviation.isMissing)
      report(Code::DAG410, graph.getPlace(deviation.node),
             "expected '" + name + "' to have an edge from " + deviation.what +
                 " as its " + count + " peers do, but it has none",
             "a peer that has it");
    else
      report(Code::DAG411, graph.getEdgePlace(deviation.edge, deviation.node),
             "expected no edge from " + deviation.what + " to '" + name +
                 "', since none of its " + count +
                 " peers has one, but there is one",
             "a peer without it");
  }
  checkRanks(blamedEdges);
}

/// True if the edge is missing because its source is, or lacks its end, or is
/// there because its source is there twice: the source has the finding.
bool ConnectivityCheck::isExplainedBySource(const PeerDeviation &deviation) {
  const auto &node = graph.getNode(deviation.node);
  auto isLike = [&](NodeId id) {
    Role role = graph.getNode(id).role;
    // Peers don't tell kinds of collectives apart.
    return (role == deviation.role ||
            (deviation.role == Role::Collective && isCollective(role))) &&
           graph.getNode(id).block == deviation.block;
  };
  if (deviation.isMissing) {
    if (deviation.role == Role::Unknown)
      return false;
    const auto *layer = graph.getLayer(node.layer);
    return layer && llvm::none_of(layer->nodes, [&](NodeId id) {
             return isLike(id) && !explained.test(id) &&
                    (node.lane == DeploymentGraph::kShared ||
                     graph.getNode(id).lane == DeploymentGraph::kShared ||
                     graph.getNode(id).lane == node.lane);
           });
  }
  const Edge &extra = graph.getEdge(deviation.edge);
  const auto &source = graph.getNode(extra.source);
  return llvm::any_of(graph.getInEdges(deviation.node), [&](uint32_t index) {
    NodeId other = graph.getEdge(index).source;
    return other != extra.source && isLike(other) &&
           source.layer == graph.getNode(other).layer &&
           source.lane == graph.getNode(other).lane &&
           source.expert == graph.getNode(other).expert;
  });
}

/// An edge between two ranks, past every collective, where ranks keep apart.
void ConnectivityCheck::checkRanks(const DenseSet<uint32_t> &blamedEdges) {
  auto isRankNode = [&](NodeId id) {
    const auto &node = graph.getNode(id);
    return node.tpRank != DeploymentGraph::kNone && !isCollective(node.role) &&
           !isTransfer(node.role) && node.role != Role::Slice &&
           node.role != Role::Concat && node.role != Role::Dispatch &&
           node.role != Role::Combine && node.role != Role::Expert;
  };
  size_t numSame = 0;
  SmallVector<uint32_t> crossing;
  for (uint32_t index = 0; index < graph.getEdges().size(); ++index) {
    const Edge &edge = graph.getEdge(index);
    if (!isRankNode(edge.source) || !isRankNode(edge.target))
      continue;
    if (graph.getEdgeRole(edge))
      continue; // its label states a collective or a transfer
    if (graph.getNode(edge.source).tpRank == graph.getNode(edge.target).tpRank)
      ++numSame;
    else
      crossing.push_back(index);
  }
  // Where many do, the drawing means something else.
  if (crossing.size() > 2 && crossing.size() * 20 > numSame)
    return;
  for (uint32_t index : crossing) {
    const Edge &edge = graph.getEdge(index);
    if (blamedEdges.contains(index))
      continue;
    log.report(Code::DAG411, graph.getEdgePlace(index, edge.target),
               "expected '" + graph.getName(edge.target) + "' of TP rank " +
                   Twine(graph.getNode(edge.target).tpRank) +
                   " to take data of its own rank or of a collective, but "
                   "'" +
                   graph.getName(edge.source) + "' is of TP rank " +
                   Twine(graph.getNode(edge.source).tpRank));
  }
}

namespace {
struct VerifyConnectivity
    : CheckPass<dag::impl::DagVerifyConnectivityBase<VerifyConnectivity>> {
  using CheckPass::CheckPass;

  const CheckInfo &getCheck() const override {
    return getCheckInfo(CheckId::Connectivity);
  }
  void checkGraph(const DeploymentGraph &graph, CheckLog &log) override;
};
} // namespace

void VerifyConnectivity::checkGraph(const DeploymentGraph &graph,
                                    CheckLog &log) {
  ConnectivityCheck(graph, log).run();
}
