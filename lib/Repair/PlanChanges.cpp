//===- PlanChanges.cpp - A plan beside its drawing -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PlanChanges.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"

#include <map>
#include <set>

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;
static constexpr int64_t kNone = DeploymentGraph::kNone;

//===----------------------------------------------------------------------===//
// Locations
//===----------------------------------------------------------------------===//

void dag::moveLocations(const DeploymentGraph &source, const DrawnLayout &drawn,
                        const ResolvedLayout &layout, ModelOp plan) {
  // The nodes of a role in a layer, in order, as the first rank has them.
  using Key = std::pair<int64_t, unsigned>; // layer, role
  std::map<Key, SmallVector<Location, 2>> places;
  DenseMap<int64_t, Location> layerPlaces;
  for (const DeploymentGraph::Layer &layer : source.getLayers()) {
    int64_t index = layer.index - layout.firstLayer;
    layerPlaces.try_emplace(index, source.getLoc(layer.nodes.front()));
    int64_t firstLane =
        layer.lanes.empty() ? DeploymentGraph::kShared : layer.lanes.front();
    for (NodeId id : layer.nodes) {
      const DeploymentGraph::Node &node = source.getNode(id);
      if (node.lane == DeploymentGraph::kShared || node.lane == firstLane)
        places[{index, static_cast<unsigned>(node.role)}].push_back(
            source.getLoc(id));
    }
  }
  for (NodeId id = 0; id < source.getNodes().size(); ++id) {
    const DeploymentGraph::Node &node = source.getNode(id);
    if (node.layer == kNone && node.role != Role::Unknown)
      places[{kNone, static_cast<unsigned>(node.role)}].push_back(
          source.getLoc(id));
  }

  plan->setLoc(source.getRoot()->getLoc());
  std::map<Key, unsigned> seen;
  plan->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (auto stage = dyn_cast<StageOp>(op)) {
      uint64_t index = stage.getIndex();
      if (drawn.stages.size() == layout.stages.size() &&
          index < drawn.stages.size())
        op->setLoc(drawn.stages[index].loc);
      return;
    }
    if (auto layer = dyn_cast<LayerOp>(op)) {
      auto it = layerPlaces.find(layer.getIndex());
      if (it != layerPlaces.end())
        op->setLoc(it->second);
      return;
    }
    auto roleOp = dyn_cast<RoleOpInterface>(op);
    if (!roleOp)
      return;
    auto layer = dyn_cast_or_null<LayerOp>(op->getParentOp());
    Key key{layer ? static_cast<int64_t>(layer.getIndex()) : kNone,
            static_cast<unsigned>(roleOp.getDeploymentRole())};
    auto it = places.find(key);
    if (it == places.end())
      return;
    unsigned position = seen[key]++;
    if (position < it->second.size())
      op->setLoc(it->second[position]);
  });
}

//===----------------------------------------------------------------------===//
// Roles
//===----------------------------------------------------------------------===//

/// What stands for what: the projections for each other, a box for its parts.
static Role getFamily(Role role) {
  switch (role) {
  case Role::QProjection:
  case Role::KProjection:
  case Role::VProjection:
    return Role::QkvProjection;
  default:
    return role;
  }
}

/// The composite that holds a role, or `Unknown`.
static Role getComposite(Role role) {
  if (getAttentionPosition(role) != 0)
    return Role::Attention;
  switch (role) {
  case Role::OutputProjection:
  case Role::RotaryEmbedding:
  case Role::QkNorm:
  case Role::KvCache:
    return Role::Attention;
  case Role::FfnGate:
  case Role::FfnUp:
  case Role::FfnDown:
  case Role::Activation:
  case Role::Multiply:
    return Role::Ffn;
  case Role::Router:
  case Role::Dispatch:
  case Role::Expert:
  case Role::Combine:
    return Role::Moe;
  default:
    return Role::Unknown;
  }
}

/// Roles that say nothing of what the model has.
static bool isGeneric(Role role) {
  switch (role) {
  case Role::Unknown:
  case Role::Input:
  case Role::Output:
  case Role::Parameter:
  case Role::Note:
  case Role::Stage:
  case Role::Layer:
  case Role::Attention:
  case Role::Ffn:
  case Role::Moe:
  case Role::Linear:
  case Role::AttentionMask:
  case Role::Slice:
  case Role::Concat:
  case Role::Collective:
    return true;
  default:
    return isTransfer(role);
  }
}

/// `attention_scores` as words.
static std::string getWords(Role role) {
  switch (role) {
  case Role::Attention:
    return "attention";
  case Role::Ffn:
    return "FFN";
  case Role::FfnGate:
    return "FFN gate";
  case Role::FfnUp:
    return "FFN up";
  case Role::FfnDown:
    return "FFN down";
  case Role::Moe:
    return "mixture of experts";
  case Role::KvCache:
    return "KV cache";
  case Role::QkvProjection:
    return "QKV projection";
  default:
    break;
  }
  std::string text = stringifyRole(role).str();
  llvm::replace(text, '_', ' ');
  return text;
}

static std::string join(ArrayRef<Role> roles) {
  std::string text;
  for (auto [i, role] : llvm::enumerate(roles)) {
    if (i != 0)
      text += i + 1 == roles.size() ? " and " : ", ";
    text += getWords(role);
  }
  return text;
}

namespace {
class ChangeCollector {
public:
  ChangeCollector(const DeploymentGraph &source, const DrawnLayout &drawn,
                  const ResolvedLayout &layout, const DeploymentGraph &plan,
                  ChangeLog &log)
      : source(source), drawn(drawn), layout(layout), plan(plan), log(log) {}

  void run() {
    reportLayers();
    reportParts();
    reportEnds();
    reportPlaces();
    reportTransfers();
    if (drawn.isInferred)
      log.add(ChangeKind::Added, source.getRoot()->getLoc(),
              "marks of the " + Twine(layout.stages.size()) +
                  " stages, which only the devices tell");
    reportParameters();
    reportDropout();
    reportExperts();
    reportDropped();
  }

private:
  void reportLayers();
  void reportParts();
  void reportEnds();
  void reportPlaces();
  void reportTransfers();
  void reportParameters();
  void reportDropout();
  void reportExperts();
  void reportDropped();

  const DeploymentGraph &source;
  const DrawnLayout &drawn;
  const ResolvedLayout &layout;
  const DeploymentGraph &plan;
  ChangeLog &log;
};
} // namespace

void ChangeCollector::reportLayers() {
  RangeSet present, missing;
  for (const DeploymentGraph::Layer &layer : source.getLayers())
    present.insert(layer.index - layout.firstLayer);
  RangeSet all;
  for (const DeploymentGraph::Layer &layer : plan.getLayers())
    all.insert(layer.index);
  missing = all.subtract(present);
  if (missing.empty())
    return;
  Location loc = source.getRoot()->getLoc();
  for (const DeploymentGraph::Layer &layer : source.getLayers())
    if (layer.index - layout.firstLayer > missing.front()) {
      loc = source.getLoc(layer.nodes.front());
      break;
    }
  RangeSet boxed;
  for (RangeSet::Range range : source.getDrawnLayers().getRanges())
    boxed.insert(range.first - layout.firstLayer,
                 range.last - layout.firstLayer);
  boxed = boxed.subtract(present);
  log.add(ChangeKind::Added, loc,
          getLayersText(missing) + ", " + Twine(missing.size()) + " of " +
              Twine(all.size()) +
              (boxed.empty() ? std::string()
                             : ", of which " + getLayersText(boxed) +
                                   " are drawn in boxes for several layers"));
}

/// The parts of a layer that the plan has and drawn layers have not.
void ChangeCollector::reportParts() {
  if (source.getLayers().empty() || plan.getLayers().empty())
    return;
  struct Part {
    RangeSet lacking;
    unsigned numLacking = 0;
    NodeId example = DeploymentGraph::kNoNode;
  };
  llvm::MapVector<unsigned, Part> parts;
  llvm::MapVector<unsigned, std::pair<NodeId, unsigned>> boxes;
  for (const DeploymentGraph::Layer &layer : source.getLayers()) {
    DenseSet<unsigned> roles;
    for (NodeId id : layer.nodes) {
      Role role = source.getNode(id).role;
      roles.insert(static_cast<unsigned>(getFamily(role)));
      if (role == Role::Attention || role == Role::Ffn || role == Role::Moe ||
          role == Role::Layer)
        ++boxes.try_emplace(static_cast<unsigned>(role), id, 0)
              .first->second.second;
    }
    // The plan's layer of the same number: layers may differ in kind.
    const auto *planned = plan.getLayer(layer.index - layout.firstLayer);
    if (!planned || roles.contains(static_cast<unsigned>(Role::Layer)))
      continue;
    DenseSet<unsigned> seen;
    for (NodeId id : planned->nodes) {
      Role role = getFamily(plan.getNode(id).role);
      if (isGeneric(role) || !seen.insert(static_cast<unsigned>(role)).second ||
          roles.contains(static_cast<unsigned>(role)))
        continue;
      Role composite = getComposite(role);
      if (composite != Role::Unknown &&
          roles.contains(static_cast<unsigned>(composite)))
        continue;
      Part &part = parts[static_cast<unsigned>(role)];
      part.lacking.insert(layer.index);
      if (part.numLacking++ == 0)
        part.example = layer.nodes.front();
    }
  }
  for (auto &[role, place] : boxes)
    log.add(ChangeKind::Changed, source.getLoc(place.first),
            "'" + source.getName(place.first) + "'" +
                (place.second > 1
                     ? " and " + std::to_string(place.second - 1) +
                           (place.second == 2 ? " more box" : " more boxes")
                     : std::string()) +
                " for " +
                (static_cast<Role>(role) == Role::Layer
                     ? "a whole layer"
                     : "the " + getWords(static_cast<Role>(role))) +
                " into " + (place.second > 1 ? "their" : "its") + " parts");
  // Parts that the same layers lack are one line.
  std::map<RangeSet, SmallVector<Role>> byLayers;
  SmallVector<RangeSet> order;
  for (auto &[role, part] : parts) {
    SmallVector<Role> &roles = byLayers[part.lacking];
    if (roles.empty())
      order.push_back(part.lacking);
    roles.push_back(static_cast<Role>(role));
  }
  constexpr size_t kMaxShown = 12;
  for (const RangeSet &layers : ArrayRef(order).take_front(kMaxShown)) {
    ArrayRef<Role> roles = byLayers[layers];
    bool isAll = layers.size() == source.getLayers().size();
    NodeId example = parts[static_cast<unsigned>(roles.front())].example;
    log.add(ChangeKind::Added, source.getLoc(example),
            join(roles) + " in " +
                (isAll ? std::string("each layer that is drawn")
                       : getLayersText(layers)));
  }
  if (order.size() > kMaxShown)
    log.add(ChangeKind::Added, source.getRoot()->getLoc(),
            "parts in " + Twine(order.size() - kMaxShown) +
                " more groups of layers");
}

/// What stands before and behind the layers.
void ChangeCollector::reportEnds() {
  DenseSet<unsigned> roles, seen;
  for (const DeploymentGraph::Node &node : source.getNodes())
    roles.insert(static_cast<unsigned>(node.role));
  SmallVector<Role> added;
  for (const DeploymentGraph::Node &node : plan.getNodes())
    if (node.layer == kNone && !isTransfer(node.role) &&
        node.role != Role::Parameter && node.role != Role::Slice &&
        !roles.contains(static_cast<unsigned>(node.role)) &&
        seen.insert(static_cast<unsigned>(node.role)).second)
      added.push_back(node.role);
  if (!added.empty())
    log.add(ChangeKind::Added, source.getRoot()->getLoc(),
            join(added) + " around the layers");
}

/// What is drawn around the layers on devices of other stages than those that
/// it belongs to.
void ChangeCollector::reportPlaces() {
  if (!source.isSketch() || layout.stages.size() < 2)
    return;
  struct Place {
    NodeId first = DeploymentGraph::kNoNode;
    unsigned count = 0;
  };
  Place places[2];
  RangeSet devices[2];
  for (int64_t device : layout.stages.front().devices)
    devices[0].insert(device);
  for (int64_t device : layout.stages.back().devices)
    devices[1].insert(device);
  for (NodeId id = 0; id < source.getNodes().size(); ++id) {
    const DeploymentGraph::Node &node = source.getNode(id);
    auto isOf = [&](Role role) {
      return node.role == role || node.block == role;
    };
    bool isEmbedding = isOf(Role::Embedding);
    if (node.layer != kNone || node.role == Role::Note ||
        isTransfer(node.role) ||
        !(isEmbedding || isOf(Role::FinalNorm) || isOf(Role::Head)))
      continue;
    if (devices[!isEmbedding].contains(source.getDevices(id)) &&
        !source.hasAllDevices(id))
      continue;
    Place &place = places[!isEmbedding];
    if (place.count++ == 0)
      place.first = id;
  }
  for (unsigned i : {0u, 1u}) {
    if (places[i].count == 0)
      continue;
    const PlacedStage &stage =
        i == 0 ? layout.stages.front() : layout.stages.back();
    NodeId first = places[i].first;
    log.add(ChangeKind::Changed, source.getLoc(first),
            "'" + source.getName(first) + "'" +
                (places[i].count > 1
                     ? " and " + std::to_string(places[i].count - 1) + " more"
                     : std::string()) +
                " from GPU " +
                (source.hasAllDevices(first) ? std::string("all")
                                             : source.getDevices(first).str()) +
                " to stage " + Twine(stage.index) + " on " +
                getDevicesText(stage.devices));
  }
}

void ChangeCollector::reportTransfers() {
  if (layout.stages.size() < 2)
    return;
  std::set<int64_t> sending;
  for (NodeId id = 0; id < source.getNodes().size(); ++id) {
    const DeploymentGraph::Node &node = source.getNode(id);
    if (node.role == Role::Send || node.role == Role::Transfer)
      sending.insert(source.getOwningStage(id));
    else if (node.role == Role::Recv && node.targetStage != kNone)
      sending.insert(node.targetStage);
  }
  for (const DeploymentGraph::Edge &edge : source.getEdges())
    if (auto op = dyn_cast<EdgeOp>(edge.op))
      if (op.getRole() && isTransfer(*op.getRole()))
        sending.insert(op.getStage() ? static_cast<int64_t>(*op.getStage())
                                     : source.getOwningStage(edge.source));
  bool isDrawn = drawn.stages.size() == layout.stages.size();
  constexpr unsigned kMaxShown = 8;
  unsigned count = 0;
  for (size_t i = 0; i + 1 < layout.stages.size(); ++i) {
    if (isDrawn && sending.count(drawn.stages[i].index))
      continue;
    if (count++ >= kMaxShown)
      continue;
    log.add(ChangeKind::Added,
            isDrawn ? drawn.stages[i + 1].loc : source.getRoot()->getLoc(),
            "a send, a recv and a buffer from stage " + Twine(i) +
                " to stage " + Twine(i + 1) + ", between layers " +
                Twine(layout.stages[i].endLayer - 1) + " and " +
                Twine(layout.stages[i].endLayer));
  }
  if (count > kMaxShown)
    log.add(ChangeKind::Added, source.getRoot()->getLoc(),
            "the same between " + Twine(count - kMaxShown) +
                " more pairs of stages");
}

void ChangeCollector::reportParameters() {
  if (!source.isSketch())
    return;
  size_t count = 0;
  for (const DeploymentGraph::Node &node : plan.getNodes())
    count += isa<ParameterOp>(node.op);
  if (count > 0)
    log.add(ChangeKind::Added, source.getRoot()->getLoc(),
            Twine(count) + " weights, by their names in the checkpoint");
}

void ChangeCollector::reportDropout() {
  if (!source.isSketch())
    return;
  bool isPlanned = llvm::any_of(
      plan.getNodes(), [](auto &node) { return node.role == Role::Dropout; });
  if (!isPlanned)
    return;
  for (NodeId id = 0; id < source.getNodes().size(); ++id) {
    auto op = cast<NodeOp>(source.getNode(id).op);
    auto dropout = op.getDropout();
    if (!dropout)
      continue;
    if (!dropout->isZero()) {
      SmallString<16> text;
      dropout->toString(text, 4);
      log.add(ChangeKind::Changed, source.getLoc(id),
              "dropout of '" + source.getName(id) + "' from p = " + text +
                  " to p = 0, since inference has none");
    }
    return;
  }
  log.add(ChangeKind::Assumed, source.getRoot()->getLoc(),
          "dropout p = 0, since inference has none");
}

/// Experts that are drawn whole on single ranks, where the plan splits each of
/// them over all ranks.
void ChangeCollector::reportExperts() {
  bool isPlanned = llvm::any_of(
      plan.getNodes(), [](auto &node) { return node.role == Role::Expert; });
  if (!source.isSketch() || !isPlanned || layout.tp < 2 || layout.ep > 1)
    return;
  NodeId first = DeploymentGraph::kNoNode;
  unsigned count = 0;
  for (const DeploymentGraph::Layer &layer : source.getLayers()) {
    if (layer.lanes.size() < 2)
      continue;
    std::map<int64_t, std::pair<NodeId, std::set<int64_t>>> experts;
    for (NodeId id : layer.nodes) {
      const DeploymentGraph::Node &node = source.getNode(id);
      if (node.role == Role::Expert && node.expert != kNone &&
          node.lane != DeploymentGraph::kShared)
        experts.try_emplace(node.expert, id, std::set<int64_t>())
            .first->second.second.insert(node.lane);
    }
    for (auto &[index, expert] : experts)
      if (expert.second.size() == 1 && count++ == 0)
        first = expert.first;
  }
  if (count > 0)
    log.add(ChangeKind::Changed, source.getLoc(first),
            "'" + source.getName(first) + "'" +
                (count > 1 ? " and " + std::to_string(count - 1) + " more"
                           : std::string()) +
                " from one rank to all " + Twine(layout.tp) +
                ", each with a part of every expert; tp= and ep= spread whole "
                "experts instead");
}

void ChangeCollector::reportDropped() {
  if (!source.isSketch())
    return;
  DenseSet<unsigned> planned;
  for (const DeploymentGraph::Node &node : plan.getNodes())
    planned.insert(static_cast<unsigned>(getFamily(node.role)));
  llvm::MapVector<unsigned, std::pair<NodeId, unsigned>> dropped;
  NodeId unknown = DeploymentGraph::kNoNode, replica = unknown;
  unsigned numUnknown = 0, numReplicas = 0;
  for (NodeId id = 0; id < source.getNodes().size(); ++id) {
    const DeploymentGraph::Node &node = source.getNode(id);
    if (node.role == Role::Unknown) {
      if (numUnknown++ == 0)
        unknown = id;
      continue;
    }
    if (node.replica > 0 && numReplicas++ == 0)
      replica = id;
    if (!isGeneric(node.role) &&
        !planned.contains(static_cast<unsigned>(getFamily(node.role))))
      ++dropped.try_emplace(static_cast<unsigned>(node.role), id, 0)
            .first->second.second;
  }
  auto getMore = [](unsigned count) {
    return count > 1 ? " and " + std::to_string(count - 1) + " more"
                     : std::string();
  };
  for (auto &[role, place] : dropped)
    log.add(ChangeKind::Dropped, source.getLoc(place.first),
            "'" + source.getName(place.first) + "'" + getMore(place.second) +
                ": the plan needs no " + getWords(static_cast<Role>(role)));
  if (numUnknown > 0)
    log.add(ChangeKind::Dropped, source.getLoc(unknown),
            "'" + source.getName(unknown) + "'" + getMore(numUnknown) +
                ": no rule says what that is");
  if (numReplicas > 0)
    log.add(ChangeKind::Dropped, source.getLoc(replica),
            "'" + source.getName(replica) + "'" + getMore(numReplicas) +
                ": a plan holds one replica and one micro-batch");
}

void dag::compareWithPlan(const DeploymentGraph &source,
                          const DrawnLayout &drawn,
                          const ResolvedLayout &layout,
                          const DeploymentGraph &plan, ChangeLog &log) {
  ChangeCollector(source, drawn, layout, plan, log).run();
}
