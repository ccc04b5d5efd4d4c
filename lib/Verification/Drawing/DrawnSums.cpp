//===- DrawnSums.cpp - Sums and slices of a drawing -------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DrawnRules.h"
#include "dag/Graph/ShapeAgreement.h"
#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

static constexpr NodeId kNoNode = DeploymentGraph::kNoNode;
static constexpr int64_t kNone = DeploymentGraph::kNone;

namespace {

/// What each rank holds of a node's result.
struct State {
  /// The product whose sum over the ranks is pending.
  NodeId pending = kNoNode;
  /// The collective that reduced it, as far as only norms and adds follow.
  NodeId reducer = kNoNode;
  /// A composite that several devices share and nothing has combined yet.
  NodeId composite = kNoNode;
  /// Each rank has a slice of the hidden size, the sequence or the batch.
  bool hidden = false, sequence = false, batch = false;
};

/// What comes in over all edges.
struct Inputs {
  State any;
  unsigned count = 0, numPending = 0, numReduced = 0, numSequence = 0,
           numCombined = 0;
  bool hasKey = false;
};

class DrawnSums {
public:
  DrawnSums(const DeploymentGraph &graph, ArrayRef<uint32_t> depths,
            CheckLog &log)
      : graph(graph), log(log), depths(depths), states(graph.getNodes().size()),
        reduced(graph.getNodes().size()),
        statesSequence(cast<SketchOp>(graph.getRoot()).getSpSize().value_or(1) >
                       1),
        sharesSequence(graph.getLaneAxis() ==
                           DeploymentGraph::LaneAxis::Sequence &&
                       statesSequence) {}

  DenseSet<int64_t> run();

private:
  struct Violation {
    NodeId source, user;
  };

  void countLanes();
  Inputs gather(NodeId id);
  void visit(NodeId id);
  void visitCollective(NodeId id, const Inputs &in);
  bool staysPending(NodeId id, const Inputs &in) const;
  bool isAdapter(NodeId id) const;
  bool isPartOfExperts(NodeId id) const;
  bool sumsOwnExperts(NodeId id) const;
  bool isSplitBox(NodeId id) const;
  bool hasWholeWeights(NodeId id) const;
  bool onlyGathers(const DeploymentGraph::Edge &edge) const;
  State makeSum(NodeId id, const Inputs &in);
  bool holdsWhole(NodeId id) const;
  void sliceState(NodeId id, State &state) const;
  bool takesHiddenSlice(NodeId id, const Inputs &in) const;
  bool takesInnerSlice(NodeId id) const;
  bool isShared(NodeId id, const Inputs &in) const;
  bool isOnSeveralLanes(NodeId id) const;
  bool standsForRanks(NodeId id) const;
  bool isOfSeveralRanks(NodeId id) const;
  bool isSplitComposite(NodeId id, const Inputs &in) const;
  bool needsCombined(NodeId id) const;
  uint64_t getKey(NodeId id) const;
  void report(const Violation &violation, unsigned count);
  void reportAlike(ArrayRef<NodeId> nodes, StringRef what);

  const DeploymentGraph &graph;
  CheckLog &log;
  ArrayRef<uint32_t> depths;
  std::vector<State> states;
  /// Products that some collective takes before anything else does.
  std::vector<bool> reduced;
  /// Ranks are stated to share the sequence; they are lanes of the drawing.
  bool statesSequence, sharesSequence;
  std::vector<Violation> violations;
  /// Layers in which one rank feeds the next.
  DenseSet<int64_t> chained;
  /// For each kind of node in a layer, its first lane, and whether others
  /// follow.
  DenseMap<uint64_t, std::pair<int64_t, bool>> lanes;
  /// Attention that sees its own shard of the sequence only.
  std::vector<NodeId> blindAttention;
  /// Products that each rank computes whole.
  std::vector<NodeId> copies;
};

} // namespace

static bool isRowParallel(Role role) {
  return role == Role::OutputProjection || role == Role::FfnDown;
}

static bool isProjection(Role role) {
  return role == Role::QkvProjection || role == Role::QProjection ||
         role == Role::KProjection || role == Role::VProjection ||
         role == Role::FfnUp || role == Role::FfnGate || role == Role::Linear;
}

uint64_t DrawnSums::getKey(NodeId id) const {
  const auto &node = graph.getNode(id);
  // Two values are kept by the table for itself.
  int64_t layer = node.layer != kNone ? node.layer : -2 - int64_t(depths[id]);
  // Boxes of several experts are alike if they have the same ones.
  int64_t expert = node.expert;
  if (node.role == Role::Expert)
    if (auto range = getHeldExperts(graph, id))
      expert = -2 - static_cast<int64_t>(
                        llvm::hash_combine(range->first, range->second) >> 2);
  return llvm::hash_combine(layer, node.replica, expert,
                            static_cast<uint32_t>(node.role),
                            static_cast<uint32_t>(node.block)) >>
         1;
}

/// True if ranks are stated, and which experts they hold.
bool DrawnSums::isPartOfExperts(NodeId id) const {
  const auto &node = graph.getNode(id);
  return node.role == Role::Expert &&
         (node.tpRank != kNone || graph.getStatedTpSize() > 1) &&
         (node.expert != kNone || getHeldExperts(graph, id));
}

/// True for what adds up the experts of its own rank alone, of several ranks,
/// all of which have the same tokens.
bool DrawnSums::sumsOwnExperts(NodeId id) const {
  constexpr unsigned kMaxEdges = 16;
  if (!isOnSeveralLanes(id))
    return false;
  bool hasExpert = false;
  for (uint32_t index : graph.getInEdges(id).take_front(kMaxEdges)) {
    NodeId source = graph.getEdge(index).source;
    const auto &node = graph.getNode(source);
    if (graph.getEdgeRole(graph.getEdge(index)))
      return false;
    if (!isExpertPart(node))
      continue;
    hasExpert = true;
    if (node.lane != graph.getNode(id).lane)
      return false;
    // Tokens of all ranks that have been sent here are sent back.
    for (uint32_t in : graph.getInEdges(source).take_front(kMaxEdges)) {
      NodeId before = graph.getEdge(in).source;
      if (isCollective(graph.getNode(before).role) ||
          isTransfer(graph.getNode(before).role) ||
          graph.getEdgeRole(graph.getEdge(in)) ||
          namesCollective(getDrawnText(graph, before)))
        return false;
    }
  }
  return hasExpert;
}

/// One box of experts for all ranks, to which no exchange brings the tokens.
bool DrawnSums::isSplitBox(NodeId id) const {
  auto sketch = cast<SketchOp>(graph.getRoot());
  return graph.getNode(id).lane == DeploymentGraph::kShared &&
         countStatedRanks(graph, id) > 1 &&
         sketch.getEpSize().value_or(1) < 2 &&
         !namesCollective(getDrawnText(graph, id)) &&
         llvm::none_of(
             graph.getInEdges(id).take_front(8),
             [&](uint32_t index) {
               NodeId source = graph.getEdge(index).source;
               return isCollective(graph.getNode(source).role) ||
                      graph.getEdgeRole(graph.getEdge(index)) ||
                      namesCollective(getDrawnText(graph, source));
             });
}

void DrawnSums::countLanes() {
  // Shards of the sequence have whole weights, and nothing to add up.
  if (graph.getLaneAxis() == DeploymentGraph::LaneAxis::Sequence)
    return;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    if (node.lane == DeploymentGraph::kShared ||
        !(isRowParallel(node.role) || isProjection(node.role) ||
          node.role == Role::Ffn || node.role == Role::Attention ||
          node.role == Role::Combine || isPartOfExperts(id)))
      continue;
    auto [it, isNew] = lanes.try_emplace(getKey(id), node.lane, false);
    it->second.second |= it->second.first != node.lane;
  }
}

bool DrawnSums::isOnSeveralLanes(NodeId id) const {
  auto it = lanes.find(getKey(id));
  const auto &node = graph.getNode(id);
  return node.lane != DeploymentGraph::kShared && it != lanes.end() &&
         it->second.second;
}

/// True for a node that is drawn once, for all of the ranks that are stated for
/// the whole: it states no devices, or one of them.
bool DrawnSums::standsForRanks(NodeId id) const {
  const auto &node = graph.getNode(id);
  auto op = cast<NodeOp>(node.op);
  return graph.getStatedTpSize() > 1 && !op.getTpSize() &&
         !graph.isReplicated(id) && node.expert == kNone &&
         node.block != Role::Moe && !isOnSeveralLanes(id) &&
         graph.getDevices(id).size() < 2 &&
         graph.getLaneAxis() != DeploymentGraph::LaneAxis::Data;
}

/// True if several ranks work on a node, as one box or as one each.
bool DrawnSums::isOfSeveralRanks(NodeId id) const {
  return countStatedRanks(graph, id) > 1 || isOnSeveralLanes(id) ||
         standsForRanks(id);
}

/// Ranks that share nothing but the sequence have all of the weights.
bool DrawnSums::hasWholeWeights(NodeId id) const {
  const auto &node = graph.getNode(id);
  return statesSequence && graph.getStatedTpSize() <= 1 &&
         node.tpRank == kNone && node.expert == kNone &&
         cast<NodeOp>(node.op).getTpSize().value_or(1) <= 1;
}

/// True if several ranks share the product, each with a part of the weights.
bool DrawnSums::isShared(NodeId id, const Inputs &in) const {
  const auto &node = graph.getNode(id);
  bool statesRanks =
      node.tpRank != kNone || cast<NodeOp>(node.op).getTpSize().value_or(1) > 1;
  if (hasWholeWeights(id))
    return false;
  // Shards of the batch or the sequence meet whole weights; experts on several
  // devices are different ones.
  if (!statesRanks && (in.any.sequence || in.any.batch ||
                       node.block == Role::Moe || node.expert != kNone))
    return false;
  if (isOnSeveralLanes(id))
    return true;
  // One box may say that each rank has it whole.
  return isOfSeveralRanks(id) &&
         !StringRef(getDrawnText(graph, id)).contains("replica");
}

/// Which of batch, sequence and hidden size a dimension is.
static void markSlice(DimsAttr dims, unsigned index, State &state) {
  std::string name = dims.getDimName(index).lower();
  auto has = [&](StringRef word) { return StringRef(name).contains(word); };
  if (has("head"))
    return;
  bool isLast = index + 1 == dims.getRank();
  if (has("batch") || (name.empty() && index == 0))
    state.batch = true;
  else if (has("seq") || has("token") ||
           (name.empty() && index == 1 && dims.getRank() == 3))
    state.sequence = true;
  else if (has("hidden") || has("model") || has("embed") ||
           (name.empty() && isLast && dims.getRank() == 3))
    state.hidden = true;
}

/// A split states the whole and the slice.
void DrawnSums::sliceState(NodeId id, State &state) const {
  ArrayRef<Attribute> inputs = graph.getInputDims(id);
  ArrayRef<Attribute> outputs = graph.getOutputDims(id);
  if (inputs.empty() || outputs.empty())
    return;
  auto whole = cast<DimsAttr>(inputs.front());
  auto part = cast<DimsAttr>(outputs.front());
  if (auto index = getSlicedDim(whole, part))
    markSlice(whole, *index, state);
}

/// A projection that takes a slice of the hidden size multiplies it with a few
/// rows of the weights.
bool DrawnSums::takesHiddenSlice(NodeId id, const Inputs &in) const {
  if (in.any.hidden)
    return true;
  ArrayRef<Attribute> inputs = graph.getInputDims(id);
  if (inputs.empty())
    return false;
  auto part = cast<DimsAttr>(inputs.front());
  for (uint32_t index : graph.getInEdges(id).take_front(8)) {
    NodeId source = graph.getEdge(index).source;
    Role role = graph.getNode(source).role;
    ArrayRef<Attribute> outputs = graph.getOutputDims(source);
    if (outputs.size() != 1 ||
        (role != Role::Norm && role != Role::Concat && role != Role::Embedding))
      continue;
    State state;
    auto whole = cast<DimsAttr>(outputs.front());
    if (auto dim = getSlicedDim(whole, part))
      markSlice(whole, *dim, state);
    if (state.hidden)
      return true;
  }
  return false;
}

/// A product with a slice of the network's inner features, such as the first
/// half of an adapter beside the down projection.
bool DrawnSums::takesInnerSlice(NodeId id) const {
  const auto &node = graph.getNode(id);
  return node.role == Role::Linear &&
         llvm::any_of(graph.getInEdges(id).take_front(8), [&](uint32_t index) {
           const auto &source = graph.getNode(graph.getEdge(index).source);
           return source.lane == node.lane && source.layer == node.layer &&
                  (source.role == Role::Multiply ||
                   source.role == Role::Activation);
         });
}

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

Inputs DrawnSums::gather(NodeId id) {
  Inputs in;
  // Only a reduction adds up; a gather may be one of slices. What leads nowhere
  // reduces nothing for others.
  auto kind = toCollectiveKind(graph.getNode(id).role);
  bool takes = graph.getOutDegree(id) > 0 &&
               (graph.getNode(id).role == Role::Collective ||
                (kind && (reduces(*kind) || gathers(*kind))));
  for (uint32_t index : graph.getInEdges(id)) {
    const auto &edge = graph.getEdge(index);
    State state = states[edge.source];
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
    if (state.composite != kNoNode)
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
bool DrawnSums::staysPending(NodeId id, const Inputs &in) const {
  const auto &node = graph.getNode(id);
  const auto &source = graph.getNode(in.any.pending);
  // The routed experts' results are parts that need not be told apart; what
  // has been reduced already is none.
  if (node.role == Role::Combine)
    return in.numReduced == 0;
  if (node.lane != source.lane || node.layer != source.layer)
    return false;
  if (in.numPending + in.numCombined != in.count)
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

/// True if one rank's output projection takes as much as it gives: all heads.
bool DrawnSums::holdsWhole(NodeId id) const {
  const auto &node = graph.getNode(id);
  ArrayRef<Attribute> inputs = graph.getInputDims(id);
  ArrayRef<Attribute> outputs = graph.getOutputDims(id);
  return node.role == Role::OutputProjection && node.tpRank != kNone &&
         isOnSeveralLanes(id) && inputs.size() == 1 && outputs.size() == 1 &&
         compareShapes(cast<DimsAttr>(inputs.front()),
                       cast<DimsAttr>(outputs.front())) == Agreement::Yes;
}

/// True for a box of a whole part that several ranks share, and that names no
/// collective in it.
bool DrawnSums::isSplitComposite(NodeId id, const Inputs &in) const {
  const auto &node = graph.getNode(id);
  // A box for several layers stands for what is drawn of another one.
  if (in.any.sequence || in.any.batch || hasWholeWeights(id) ||
      node.expert != kNone ||
      (node.role == Role::Layer &&
       (node.layer == kNone || graph.getLayerCount(id) > 1)))
    return false;
  // Boxes for layers say so little that ranks have to be stated for them.
  if (node.role == Role::Layer ? countStatedRanks(graph, id) < 2
                               : !isOfSeveralRanks(id))
    return false;
  std::string text = getDrawnText(graph, id);
  return !namesCollective(text) && !StringRef(text).contains("replica");
}

/// True for what takes a whole value: work on what each rank has a part of, or
/// an end.
bool DrawnSums::needsCombined(NodeId id) const {
  switch (graph.getNode(id).role) {
  case Role::ResidualAdd:
  case Role::Norm:
  case Role::Dropout:
  case Role::FinalNorm:
  case Role::Head:
  case Role::Router:
  case Role::Attention:
  case Role::QkvProjection:
  case Role::QProjection:
  case Role::KProjection:
  case Role::VProjection:
  case Role::Ffn:
  case Role::FfnUp:
  case Role::FfnGate:
  case Role::Moe:
  case Role::Layer:
    return true;
  default:
    // What nothing takes is an end by its place.
    return graph.getOutDegree(id) == 0;
  }
}

/// The state behind a product of several ranks.
State DrawnSums::makeSum(NodeId id, const Inputs &in) {
  const auto &node = graph.getNode(id);
  State state;
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
    if (isSplitComposite(id, in))
      state.composite = id;
  }
  return state;
}

void DrawnSums::visitCollective(NodeId id, const Inputs &in) {
  const auto &node = graph.getNode(id);
  auto kind = toCollectiveKind(node.role);
  if (kind && in.any.pending != kNoNode && !reduces(*kind) && !gathers(*kind))
    violations.push_back({in.any.pending, id});
  if (kind == CollectiveKind::AllToAll)
    sliceState(id, states[id]);
  if (!kind || !reduces(*kind))
    return;
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
  Inputs in = gather(id);
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
      in.hasKey && in.numSequence == in.count && in.any.sequence &&
      !namesRing(getDrawnText(graph, id)))
    blindAttention.push_back(id);
  State state = makeSum(id, in);
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
               name + " works on " + describeRanks(graph, id) +
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
