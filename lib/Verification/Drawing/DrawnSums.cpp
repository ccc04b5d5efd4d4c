//===- DrawnSums.cpp - Sums and slices of a drawing -------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DrawnSums.h"
#include "dag/Graph/ShapeAgreement.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

static constexpr NodeId kNoNode = DeploymentGraph::kNoNode;
static constexpr int64_t kNone = DeploymentGraph::kNone;

/// True if the label of an edge puts parts of a sum side by side. Slices of it
/// may be gathered: then the result is larger.
bool DrawnSums::onlyGathers(const DeploymentGraph::Edge &edge) const {
  auto kind = toCollectiveKind(*graph.getEdgeRole(edge));
  ArrayRef<Attribute> given = graph.getOutputDims(edge.source);
  if (!kind || !gathers(*kind) || given.size() != 1)
    return false;
  DimsAttr result = getLabelShape(edge);
  if (ArrayRef<Attribute> taken = graph.getOutputDims(edge.target);
      !result && taken.size() == 1)
    result = cast<DimsAttr>(taken.front());
  return result &&
         compareShapes(cast<DimsAttr>(given.front()), result) == Agreement::Yes;
}

RankInputs DrawnSums::gather(NodeId id) {
  RankInputs in;
  // Only a reduction adds up; a gather may be one of slices. What leads nowhere
  // reduces nothing for others.
  auto kind = toCollectiveKind(graph.getNode(id).role);
  bool takes = graph.getOutDegree(id) > 0 &&
               (graph.getNode(id).role == Role::Collective ||
                (kind && (reduces(*kind) || gathers(*kind))));
  for (uint32_t index : graph.getInEdges(id)) {
    const auto &edge = graph.getEdge(index);
    RankState state = states[edge.source];
    ++in.count;
    Role role = graph.getNode(edge.source).role;
    in.hasKey |= role != Role::QProjection && role != Role::Norm;
    // An edge may state the collective.
    auto edgeRole = graph.getEdgeRole(edge);
    bool isReduced = edgeRole && isCollective(*edgeRole) &&
                     (state.pending == kNoNode || !onlyGathers(edge));
    if (state.pending != kNoNode && (takes || isReduced))
      reduced[state.pending] = true;
    // Between ranks, it stands for the collective itself.
    if (isReduced &&
        graph.getNode(edge.source).peerClass == graph.getNode(id).peerClass)
      reduced[id] = true;
    if (isReduced)
      continue;
    if (state.pending != kNoNode) {
      ++in.numPending;
      in.any.pending = state.pending;
    } else if (role == Role::Combine && state.reducer == kNoNode) {
      // What experts of all ranks gave is a part of a sum, too.
      ++in.numCombined;
    }
    if (state.reducer != kNoNode) {
      ++in.numReduced;
      // The stream has been reduced, too; what is added to it counts.
      if (in.any.reducer == kNoNode ||
          depths[in.any.reducer] < depths[state.reducer])
        in.any.reducer = state.reducer;
    }
    // A network in one box, of which each rank has a part, gives one, too.
    in.numSplit += state.composite == edge.source && role == Role::Ffn &&
                   graph.getNode(edge.source).lane == graph.getNode(id).lane;
    if (state.composite != kNoNode && in.any.composite == kNoNode)
      in.any.composite = state.composite;
    in.numSequence += state.sequence;
    in.any.hidden |= state.hidden;
    in.any.sequence |= state.sequence;
    in.any.batch |= state.batch;
  }
  return in;
}

bool DrawnSums::isAdapter(NodeId id) const {
  std::string text = getDrawnText(graph, id);
  return StringRef(text).contains("lora") ||
         StringRef(text).contains("adapter");
}

/// Sums of parts are reduced together: adds, scales and dropout of nothing but
/// parts give a part.
bool DrawnSums::staysPending(NodeId id, const RankInputs &in) const {
  const auto &node = graph.getNode(id);
  const auto &source = graph.getNode(in.any.pending);
  // The routed experts' results are parts that need not be told apart; what
  // has been reduced already is none.
  if (node.role == Role::Combine)
    return in.numReduced == 0;
  if (node.lane != source.lane || node.layer != source.layer)
    return false;
  if (in.numPending + in.numCombined + in.numSplit != in.count)
    return in.numReduced == 0 && addsOwnParts(graph, id);
  if (node.role == Role::Multiply || node.role == Role::Dropout)
    return in.count == 1;
  // The second half of an adapter multiplies with a whole weight.
  if (node.role == Role::Linear && source.role == Role::Linear)
    return in.count == 1 && isAdapter(id);
  if (node.role != Role::ResidualAdd)
    return false;
  if (StringRef(getDrawnText(graph, id)).contains("norm"))
    return false;
  // The stream that it adds may be drawn without its edge.
  return in.count > 1 || graph.getInputDims(id).size() < 2;
}

/// The state behind a product of several ranks.
RankState DrawnSums::makeSum(NodeId id, const RankInputs &in) {
  const auto &node = graph.getNode(id);
  RankState state;
  state.sequence = in.any.sequence;
  state.batch = in.any.batch;
  // Ranks that are stated to share the sequence project their own part.
  if (sharesSequence && isProjection(node.role) &&
      node.lane != DeploymentGraph::kShared && node.expert == kNone &&
      !followsGather(graph, id))
    state.sequence = true;
  if (isRowParallel(node.role)) {
    if (isShared(id, in))
      state.pending = id;
    if (state.pending == id && holdsWhole(id))
      copies.push_back(id);
  } else if (node.role == Role::Combine) {
    if (sumsOwnExperts(id))
      state.pending = id;
  } else if (node.role == Role::Expert) {
    // The same experts on several ranks: each has a part of their weights.
    if (isPartOfExperts(id) && (isOnSeveralLanes(id) || isSplitBox(id)))
      state.pending = id;
  } else if (isProjection(node.role)) {
    if (isShared(id, in) && (takesHiddenSlice(id, in) || takesInnerSlice(id)))
      state.pending = id;
  } else if (node.role == Role::Ffn || node.role == Role::Attention ||
             node.role == Role::Layer) {
    // A box that is like a layer that is drawn has its collectives.
    if (isSplitComposite(id, in) && !node.op->hasAttr("dag.like_layer"))
      state.composite = id;
  }
  return state;
}

/// What all ranks have whole is added behind the reduction, and not once for
/// each of them.
void DrawnSums::checkSummands(NodeId id) {
  constexpr unsigned kMaxEdges = 16;
  std::string text = getDrawnText(graph, id);
  if (StringRef(text).contains("resid") || StringRef(text).contains("add") ||
      StringRef(text).contains("skip"))
    return; // the add in one box with it
  NodeId part = kNoNode, whole = kNoNode;
  for (uint32_t index : graph.getInEdges(id).take_front(kMaxEdges)) {
    NodeId source = graph.getEdge(index).source;
    const RankState &state = states[source];
    Role role = graph.getNode(source).role;
    if (state.pending != kNoNode || state.composite == source)
      part = source;
    // The stream, which feeds what gives the parts, too.
    else if ((role == Role::Embedding || role == Role::ResidualAdd ||
              role == Role::Input) &&
             graph.getOutDegree(source) > 1 &&
             !graph.getEdgeRole(graph.getEdge(index)))
      whole = source;
  }
  if (part == kNoNode || whole == kNoNode)
    return;
  log.report(Code::DAG505, graph.getPlace(id),
             "'" + graph.getName(id) + "' adds up '" + graph.getName(whole) +
                 "', which each rank has whole, with parts such as '" +
                 graph.getName(part) +
                 "'; expected it to be added behind the reduction")
      .note(graph.getPlace(whole), "added once for each rank");
}

void DrawnSums::visitCollective(NodeId id, const RankInputs &in) {
  const auto &node = graph.getNode(id);
  auto kind = toCollectiveKind(node.role);
  if (kind && in.any.pending != kNoNode && !reduces(*kind) && !gathers(*kind))
    violations.push_back({in.any.pending, id});
  if (kind == CollectiveKind::AllToAll)
    sliceState(id, states[id]);
  if (!kind || !reduces(*kind))
    return;
  if (kind == CollectiveKind::AllReduce)
    checkSummands(id);
  states[id].reducer = id;
  if (in.count == 0 || in.numReduced != in.count || in.numPending != 0)
    return;
  NodeId first = in.any.reducer;
  const auto &before = graph.getNode(first);
  for (uint32_t index : graph.getInEdges(id))
    if (graph.getEdge(index).source == first)
      return; // said of neighbours elsewhere
  if (graph.getDevicesAttr(first) == graph.getDevicesAttr(id) &&
      before.block == node.block && before.layer == node.layer &&
      before.replica == node.replica)
    log.report(Code::DAG506, graph.getPlace(id),
               "'" + graph.getName(id) + "' reduces what '" +
                   graph.getName(first) +
                   "' has reduced already; between them nothing makes parts "
                   "of a sum")
        .note(graph.getPlace(first), "the first reduction");
}

void DrawnSums::visit(NodeId id) {
  const auto &node = graph.getNode(id);
  RankInputs in = gather(id);
  if (isCollective(node.role))
    return visitCollective(id, in);
  if (isTransfer(node.role)) {
    // K and V of other shards may come this way.
    if (in.any.pending != kNoNode)
      violations.push_back({in.any.pending, id});
    else if (in.any.composite != kNoNode &&
             graph.getNode(in.any.composite).role == Role::Layer)
      violations.push_back({in.any.composite, id});
    states[id].batch = in.any.batch;
    return;
  }
  bool isEnd = graph.getOutDegree(id) == 0;
  if (!isEnd && (node.role == Role::Note || node.role == Role::Unknown)) {
    // What stands for the layers that are left out changes nothing.
    if (graph.getLayerCount(id) > 0)
      states[id] = in.any;
    return;
  }
  if (node.role == Role::Concat || node.role == Role::Note)
    return;
  bool isNeutral = node.role == Role::ResidualAdd || node.role == Role::Norm ||
                   node.role == Role::Dropout;
  if (in.any.pending != kNoNode) {
    // A chain of ranks is said as such.
    const auto &source = graph.getNode(in.any.pending);
    bool isChain =
        source.peerClass == node.peerClass && source.lane != node.lane;
    if (isChain)
      chained.insert(node.layer);
    if (isChain || staysPending(id, in)) {
      states[id].pending = in.any.pending;
      return;
    }
    if (node.role != Role::Combine || in.numReduced != 0)
      violations.push_back({in.any.pending, id});
  } else if (in.any.composite != kNoNode && needsCombined(id)) {
    violations.push_back({in.any.composite, id});
  }
  if ((node.role == Role::Attention || node.role == Role::AttentionScores) &&
      in.hasKey && in.count > 0) {
    bool seesOwn = in.numSequence == in.count && in.any.sequence;
    if (!seesOwn)
      seeing.insert({node.layer, node.lane, node.replica});
    else if (!namesRing(getDrawnText(graph, id)))
      blindAttention.push_back(id);
  }
  RankState state = makeSum(id, in);
  if (isNeutral) {
    state.reducer = in.any.reducer;
    state.hidden = in.any.hidden;
  }
  if (node.role == Role::Slice || node.role == Role::Dispatch) {
    state.hidden = in.any.hidden;
    sliceState(id, state);
  }
  states[id] = state;
}

void DrawnSums::report(const Violation &violation, unsigned count) {
  NodeId id = violation.source, user = violation.user;
  const auto &node = graph.getNode(id);
  std::string name = "'" + graph.getName(id) + "'";
  std::string end =
      ", but it goes to '" + graph.getName(user) + "' without a reduction";
  if (!isRowParallel(node.role) && !isProjection(node.role) &&
      node.role != Role::Expert) {
    log.report(Code::DAG504, graph.getPlace(id),
               name +
                   (node.role == Role::Combine
                        ? std::string(" adds up the experts of its own rank")
                        : " works on " + describeRanks(graph, id)) +
                   ", but it goes to '" + graph.getName(user) +
                   "' without a collective" + describeAlike(count))
        .note(graph.getPlace(user), "used here");
    return;
  }
  std::string what;
  const auto *layer = graph.getLayer(node.layer);
  if (isProjection(node.role))
    what = name + " multiplies a slice of the " +
           (takesInnerSlice(id) ? "inner features" : "hidden size") +
           ", a part of a sum over the ranks";
  else if (node.lane != DeploymentGraph::kShared && layer &&
           layer->lanes.size() > 1)
    what = name + " is one of " + std::to_string(layer->lanes.size()) +
           " parts of a sum";
  else
    what = name + " is a sum of parts on " + describeRanks(graph, id);
  auto finding = log.report(Code::DAG505, graph.getPlace(id),
                            what + end + describeAlike(count));
  finding.note(graph.getPlace(user), "used here before the reduction");
  for (uint32_t index : graph.getOutEdges(user).take_front(8)) {
    NodeId next = graph.getEdge(index).target;
    auto kind = toCollectiveKind(graph.getNode(next).role);
    if (graph.getNode(user).role == Role::ResidualAdd && kind &&
        reduces(*kind)) {
      finding.note(graph.getPlace(next),
                   "adds up what the other operand is on each rank, too");
      break;
    }
  }
}

/// One finding for nodes that are drawn alike.
void DrawnSums::reportAlike(ArrayRef<NodeId> nodes, StringRef what) {
  for (auto [id, count] : groupAlike(graph, nodes))
    log.report(Code::DAG504, graph.getPlace(id),
               "'" + graph.getName(id) + "' " + what + describeAlike(count));
}

DenseSet<int64_t> DrawnSums::run() {
  countLanes();
  for (NodeId id : getDataOrder(graph, /*entersCycles=*/true))
    visit(id);
  llvm::stable_sort(violations, [](const auto &left, const auto &right) {
    return left.source < right.source;
  });
  NodeId last = kNoNode;
  DenseSet<int64_t> layers = chained;
  // Composites that are drawn alike are one finding.
  llvm::MapVector<uint32_t, std::pair<Violation, unsigned>> composites;
  for (const Violation &violation : violations) {
    NodeId source = violation.source;
    if (reduced[source] || std::exchange(last, source) == source)
      continue;
    const auto &node = graph.getNode(source);
    layers.insert(node.layer);
    if (isRowParallel(node.role) || isProjection(node.role))
      report(violation, 1);
    else
      ++composites.insert({node.peerClass, {violation, 0}})
            .first->second.second;
  }
  for (auto &[peerClass, entry] : composites)
    report(entry.first, entry.second);
  // Another step of a ring takes what others send.
  llvm::erase_if(blindAttention, [&](NodeId id) {
    const auto &node = graph.getNode(id);
    return seeing.contains({node.layer, node.lane, node.replica});
  });
  reportAlike(blindAttention,
              "takes K and V of its own shard of the sequence only; expected a "
              "gather, an all-to-all or a ring that brings those of the "
              "others");
  reportAlike(copies,
              "takes all heads on one rank of several, so the sum over the "
              "ranks adds copies; expected each rank's share of the heads");
  return layers;
}

DenseSet<int64_t> dag::checkDrawnSums(const DeploymentGraph &graph,
                                      ArrayRef<uint32_t> depths,
                                      CheckLog &log) {
  return DrawnSums(graph, depths, log).run();
}
