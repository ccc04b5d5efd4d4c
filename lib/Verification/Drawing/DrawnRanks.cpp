//===- DrawnRanks.cpp - What several ranks share ---------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DrawnSums.h"
#include "dag/Graph/ShapeAgreement.h"
#include "llvm/ADT/Hashing.h"

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

static constexpr int64_t kNone = DeploymentGraph::kNone;

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
  // Ranks of one group are in one stage.
  return llvm::hash_combine(layer, node.stage, node.replica, node.model, expert,
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
  for (const auto &stage : graph.getStages())
    maxStageDevices = std::max(maxStageDevices, stage.devices.size());
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
  // Where the ranks are another stage's, one device shares nothing.
  const auto *stage = graph.getStage(graph.getOwningStage(id));
  if (stage && stage->devices.size() == 1 && maxStageDevices > 1)
    return false;
  return graph.getStatedTpSize() > 1 && !op.getTpSize() &&
         !graph.isReplicated(id) && node.expert == kNone &&
         node.block != Role::Moe && !isOnSeveralLanes(id) &&
         graph.getDevices(id).size() < 2 &&
         graph.getLaneAxis() != DeploymentGraph::LaneAxis::Data;
}

/// True if several ranks work on a node, as one box or as one each, or if it
/// says so itself.
bool DrawnSums::isOfSeveralRanks(NodeId id) const {
  return graph.getNode(id).op->hasAttr("dag.split") ||
         countStatedRanks(graph, id) > 1 || isOnSeveralLanes(id) ||
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
bool DrawnSums::isShared(NodeId id, const RankInputs &in) const {
  const auto &node = graph.getNode(id);
  bool statesRanks =
      node.tpRank != kNone || cast<NodeOp>(node.op).getTpSize().value_or(1) > 1;
  if (hasWholeWeights(id))
    return false;
  // Shards of the batch or the sequence meet whole weights, but ranks of one
  // replica share its part of the batch; experts on several devices are
  // different ones.
  bool sharesBatch = in.any.batch && node.replica == kNone;
  if (!statesRanks && (in.any.sequence || sharesBatch ||
                       node.block == Role::Moe || node.expert != kNone))
    return false;
  if (isOnSeveralLanes(id))
    return true;
  // One box may say that each rank has it whole.
  return isOfSeveralRanks(id) && !graph.isReplicated(id) &&
         !StringRef(getDrawnText(graph, id)).contains("replica");
}

/// Which of batch, sequence and hidden size a dimension is.
static void markSlice(DimsAttr dims, unsigned index, RankState &state) {
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
void DrawnSums::sliceState(NodeId id, RankState &state) const {
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
bool DrawnSums::takesHiddenSlice(NodeId id, const RankInputs &in) const {
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
    RankState state;
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
bool DrawnSums::isSplitComposite(NodeId id, const RankInputs &in) const {
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
