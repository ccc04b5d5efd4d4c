//===- DrawnExperts.cpp - Experts on several devices ------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DrawnRules.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"

#include <map>

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

static constexpr int64_t kNone = DeploymentGraph::kNone;

namespace {

/// The experts of one layer and replica.
struct Group {
  SmallVector<NodeId, 8> experts;
  /// Of experts that are drawn as parts, the first and the last ones.
  SmallVector<NodeId, 8> entries, exits;
  /// What stands for a device: the uniqued attribute.
  DenseSet<const void *> places;
  bool isSpread = false, isRemote = false;
  bool hasRouter = false, hasCombine = false;
  NodeId first = DeploymentGraph::kNoNode;
};

class DrawnExperts {
public:
  DrawnExperts(const DeploymentGraph &graph, ArrayRef<uint32_t> depths,
               CheckLog &log)
      : graph(graph), depths(depths), log(log) {}

  void run();

private:
  void gatherGroups();
  void addPart(NodeId id);
  void findRemote();
  bool isExpertPart(NodeId id) const {
    return mlir::dag::isExpertPart(graph.getNode(id));
  }
  bool isInner(NodeId id, NodeId expert) const;
  bool isCarrier(NodeId id, NodeId expert) const;
  NodeId findCarrier(NodeId expert, bool forward, NodeId &end) const;
  bool isOwn(NodeId end, NodeId expert) const;
  bool isSummed(NodeId expert) const;
  bool hasAllExperts(NodeId expert) const;
  bool holdsOneExpert(const Group &group) const;
  void checkWays();
  void checkWayBack();
  void checkUncombined();
  void checkEmptyLayers();
  void reportTwin(NodeId first, NodeId second);
  void checkTwins(const Group &group);
  using Places = llvm::MapVector<const void *, SmallVector<NodeId, 4>>;
  Places getPlaces(const Group &group) const;
  void checkPlaces(const Group &group, size_t usual, size_t most);
  void checkPlaces();

  const DeploymentGraph &graph;
  ArrayRef<uint32_t> depths;
  CheckLog &log;
  std::map<std::pair<int64_t, int64_t>, Group> groups;
  RangeSet drawn;
  /// The devices that share an expert, by layer, replica and number.
  DenseMap<std::tuple<int64_t, int64_t, int64_t>, RangeSet> shared;
  bool hasRanges = false;
  /// The experts are spread over the replicas.
  bool overReplicas = false;
  int64_t getReplica(NodeId id) const {
    return overReplicas ? kNone : graph.getNode(id).replica;
  }
  /// Whether a node names a collective, of those that were asked.
  mutable DenseMap<NodeId, bool> named;
};

} // namespace

/// A part of an expert that stands for it at one side.
void DrawnExperts::addPart(NodeId id) {
  constexpr unsigned kMaxEdges = 64;
  const auto &node = graph.getNode(id);
  auto isSame = [&](NodeId other) {
    return graph.getNode(other).expert == node.expert && isExpertPart(other);
  };
  bool isEntry = llvm::none_of(
      graph.getInEdges(id).take_front(kMaxEdges),
      [&](uint32_t index) { return isSame(graph.getEdge(index).source); });
  bool isExit = llvm::none_of(
      graph.getOutEdges(id).take_front(kMaxEdges),
      [&](uint32_t index) { return isSame(graph.getEdge(index).target); });
  RangesAttr devices = graph.getDevicesAttr(id);
  // Parts of an expert stand behind each other: without a layer, those of one
  // layer cannot be told.
  if ((!isEntry && !isExit) || !devices)
    return;
  Group &group = groups[{node.layer, getReplica(id)}];
  if (isEntry)
    group.entries.push_back(id);
  if (isExit)
    group.exits.push_back(id);
  group.places.insert(devices.getAsOpaquePointer());
  group.isSpread |= group.places.size() > 1;
}

void DrawnExperts::gatherGroups() {
  overReplicas = areOverReplicas(graph);
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    if (node.expert != kNone && isExpertPart(id))
      if (RangesAttr devices = graph.getDevicesAttr(id))
        shared[{node.layer, getReplica(id), node.expert}].insert(
            devices.getSet());
    bool isExpert = node.role == Role::Expert;
    if (!isExpert && node.expert != kNone && isExpertPart(id))
      addPart(id);
    if (!isExpert && node.role != Role::Router && node.role != Role::Combine)
      continue;
    // Where no layer is stated, experts of one layer stand side by side.
    int64_t layer = node.layer != kNone ? node.layer : -2 - int64_t(depths[id]);
    Group &group = groups[{layer, getReplica(id)}];
    group.hasRouter |= node.role == Role::Router;
    group.hasCombine |= node.role == Role::Combine;
    if (!isExpert) {
      group.first = id;
      continue;
    }
    group.experts.push_back(id);
    if (node.expert != kNone)
      drawn.insert(node.expert);
    else
      hasRanges = true;
    if (RangesAttr devices = graph.getDevicesAttr(id))
      group.places.insert(devices.getAsOpaquePointer());
    group.isSpread |=
        group.places.size() > 1 || countStatedRanks(graph, id) > 1;
  }
}

/// Experts without an edge, on devices on which nothing else is.
void DrawnExperts::findRemote() {
  RangeSet others;
  DenseSet<const void *> seen;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    RangesAttr devices = graph.getDevicesAttr(id);
    if (devices && graph.getNode(id).role != Role::Expert &&
        seen.insert(devices.getAsOpaquePointer()).second)
      others.insert(devices.getSet());
  }
  if (others.empty())
    return;
  for (auto &[key, group] : groups) {
    group.isRemote = !group.isSpread && !group.experts.empty() &&
                     llvm::all_of(group.experts, [&](NodeId id) {
                       RangesAttr devices = graph.getDevicesAttr(id);
                       return graph.getInDegree(id) == 0 &&
                              graph.getOutDegree(id) == 0 && devices &&
                              !devices.getSet().intersects(others);
                     });
    group.isSpread |= group.isRemote;
  }
}

/// True if a collective stays among the devices that share the expert.
bool DrawnExperts::isInner(NodeId id, NodeId expert) const {
  const auto &node = graph.getNode(id);
  const auto &own = graph.getNode(expert);
  auto kind = toCollectiveKind(node.role);
  if (!kind || own.expert == kNone || !reduces(*kind))
    return false;
  if (node.expert == own.expert)
    return true;
  RangesAttr group = graph.getDevicesAttr(id);
  auto shares = shared.find({own.layer, getReplica(expert), own.expert});
  return group && shares != shared.end() && shares->second.size() > 1 &&
         shares->second.contains(group.getSet());
}

/// True if a node takes tokens from one device to another: a collective or a
/// transfer that is more than the expert's own.
bool DrawnExperts::isCarrier(NodeId id, NodeId expert) const {
  const auto &node = graph.getNode(id);
  bool isOwn = graph.getDevicesAttr(id) &&
               graph.getDevicesAttr(id) == graph.getDevicesAttr(expert) &&
               graph.getTargetDevices(id).empty();
  if (isInner(id, expert))
    return false;
  if (isCollective(node.role) || isTransfer(node.role))
    // Each rank may draw its own share of an all-to-all.
    return !isOwn || node.role == Role::AllToAll;
  if (node.role != Role::Dispatch && node.role != Role::Combine &&
      node.role != Role::Concat && node.role != Role::Unknown)
    return false;
  // Thousands of experts meet at one such node.
  auto [it, isNew] = named.try_emplace(id, false);
  if (isNew)
    it->second = namesCollective(getDrawnText(graph, id));
  return it->second;
}

/// The carrier that what enters an expert, or leaves it, meets before the rest
/// of the layer; the expert itself if an edge says so. `end` is where it goes
/// without one.
NodeId DrawnExperts::findCarrier(NodeId expert, bool forward,
                                 NodeId &end) const {
  constexpr unsigned kMaxEdges = 64, kMaxNodes = 16;
  SmallVector<NodeId, 8> work{expert};
  int64_t layer = graph.getNode(expert).layer;
  for (size_t next = 0; next < work.size() && next < kMaxNodes; ++next) {
    NodeId id = work[next];
    ArrayRef<uint32_t> edges =
        forward ? graph.getOutEdges(id) : graph.getInEdges(id);
    for (uint32_t index : edges.take_front(kMaxEdges)) {
      const auto &edge = graph.getEdge(index);
      NodeId other = forward ? edge.target : edge.source;
      Role role = graph.getNode(other).role;
      auto edgeRole = graph.getEdgeRole(edge);
      if (edgeRole && (isCollective(*edgeRole) || isTransfer(*edgeRole)))
        return expert;
      if (isCarrier(other, expert))
        return other;
      end = other;
      // What another layer does with it is no way of this one.
      if (graph.getNode(other).layer != kNone && layer != kNone &&
          graph.getNode(other).layer != layer)
        continue;
      bool goesOn = forward ? role == Role::Combine || role == Role::Concat
                            : role == Role::Dispatch || role == Role::Slice;
      goesOn |= role == Role::Unknown || isCollective(role) ||
                isTransfer(role) || isExpertPart(other) ||
                (isNetworkPart(role) &&
                 graph.getDevicesAttr(other) == graph.getDevicesAttr(expert));
      if (goesOn && !llvm::is_contained(work, other))
        work.push_back(other);
    }
  }
  return DeploymentGraph::kNoNode;
}

/// True if what a node gives is on the expert's device already.
bool DrawnExperts::isOwn(NodeId end, NodeId expert) const {
  if (end == DeploymentGraph::kNoNode)
    return false;
  RangesAttr there = graph.getDevicesAttr(end);
  RangesAttr here = graph.getDevicesAttr(expert);
  const auto &node = graph.getNode(expert);
  if (!here || !there)
    return node.lane != DeploymentGraph::kShared &&
           node.lane == graph.getNode(end).lane;
  return there == here || there.getSet().contains(here.getSet());
}

/// True if the results of all ranks are added up behind an expert, each rank
/// having worked on the tokens that it has itself.
bool DrawnExperts::isSummed(NodeId expert) const {
  constexpr unsigned kMaxEdges = 64, kMaxNodes = 16;
  SmallVector<NodeId, 8> work{expert};
  for (size_t next = 0; next < work.size() && next < kMaxNodes; ++next)
    for (uint32_t index : graph.getOutEdges(work[next]).take_front(kMaxEdges)) {
      const auto &edge = graph.getEdge(index);
      auto edgeRole = graph.getEdgeRole(edge);
      for (Role role :
           {graph.getNode(edge.target).role, edgeRole.value_or(Role::Unknown)})
        if (auto kind = toCollectiveKind(role);
            kind && reduces(*kind) && !isInner(edge.target, expert))
          return true;
      Role role = graph.getNode(edge.target).role;
      if (graph.getNode(edge.target).layer != graph.getNode(expert).layer &&
          graph.getNode(edge.target).layer != kNone)
        continue;
      if ((role == Role::Combine || role == Role::Concat ||
           role == Role::ResidualAdd || isExpertPart(edge.target) ||
           isInner(edge.target, expert)) &&
          !llvm::is_contained(work, edge.target))
        work.push_back(edge.target);
    }
  return false;
}

/// True if a box holds as many experts as the router on its device chooses
/// from: no token has to leave.
bool DrawnExperts::hasAllExperts(NodeId expert) const {
  int64_t held = graph.getNode(expert).expert == kNone
                     ? countExperts(graph.getInputDims(expert))
                     : 0;
  // Ranks that share the weights have a part of each.
  if (graph.getStatedTpSize() > 1 && (graph.getNode(expert).tpRank != kNone ||
                                      countStatedRanks(graph, expert) > 1))
    return false;
  if (held < 2)
    return false;
  for (uint32_t in : graph.getInEdges(expert).take_front(8)) {
    NodeId dispatch = graph.getEdge(in).source;
    for (uint32_t index : graph.getInEdges(dispatch).take_front(8)) {
      NodeId router = graph.getEdge(index).source;
      if (graph.getNode(router).role == Role::Router && isOwn(router, expert))
        return countExperts(graph.getOutputDims(router)) == held;
    }
  }
  return false;
}

/// True if several devices share the only expert that is drawn, and nothing
/// chooses: its tokens are on each of them.
bool DrawnExperts::holdsOneExpert(const Group &group) const {
  int64_t only = kNone;
  for (NodeId id :
       llvm::concat<const NodeId>(group.experts, group.entries, group.exits)) {
    int64_t expert = graph.getNode(id).expert;
    if (expert == kNone || (only != kNone && expert != only))
      return false;
    only = expert;
  }
  return only != kNone && !group.hasRouter && !hasRanges;
}

void DrawnExperts::checkWays() {
  for (bool forward : {false, true}) {
    unsigned numGroups = 0, numExperts = 0;
    bool isRemote = false;
    NodeId expert = DeploymentGraph::kNoNode, end = expert;
    for (auto &[key, group] : groups) {
      if (!group.isSpread || holdsOneExpert(group))
        continue;
      bool isFirst = true;
      auto isIsolated = [&](NodeId id) {
        return graph.getInDegree(id) == 0 && graph.getOutDegree(id) == 0;
      };
      bool areIsolated = llvm::all_of(group.experts, isIsolated);
      for (NodeId id : llvm::concat<NodeId>(
               group.experts, forward ? group.exits : group.entries)) {
        unsigned degree =
            forward ? graph.getOutDegree(id) : graph.getInDegree(id);
        NodeId other = DeploymentGraph::kNoNode;
        // A missing edge at one side is said elsewhere.
        if ((degree == 0 && !areIsolated) ||
            findCarrier(id, forward, other) != DeploymentGraph::kNoNode)
          continue;
        // What all tokens go to is on each device; what shards of it give is
        // a part of a sum.
        if (graph.getNode(id).op->hasAttr("dag.replicated") &&
            (!forward || StringRef(getDrawnText(graph, id))
                             .contains_insensitive("replicated")))
          continue;
        // All ranks may have all tokens, and add up what their experts give.
        if ((forward || isOwn(other, id)) && isSummed(id))
          continue;
        if ((isOwn(other, id) && hasAllExperts(id)) || graph.isReplicated(id))
          continue;
        if (++numExperts == 1) {
          expert = id;
          end = other;
          isRemote = group.isRemote;
        }
        numGroups += std::exchange(isFirst, false);
      }
    }
    if (numExperts == 0)
      continue;
    std::string name = "'" + graph.getName(expert) + "'";
    auto finding = log.report(
        Code::DAG504, graph.getPlace(expert),
        std::string(isRemote ? "the experts are on devices of their own, but "
                             : "the experts are on several devices, but ") +
            (forward ? "what " + name + " gives goes back"
                     : "tokens reach " + name) +
            " without a collective; expected an all-to-all, or " +
            (forward ? "a reduction over the experts' devices"
                     : "a gather of the tokens") +
            (numExperts > 1 ? " (" + std::to_string(numExperts) +
                                  " experts in " + std::to_string(numGroups) +
                                  (numGroups > 1 ? " layers)" : " layer)")
                            : ""));
    if (end != DeploymentGraph::kNoNode)
      finding.note(graph.getPlace(end),
                   forward ? "takes it as it is" : "gives them as they are");
  }
}

/// What an all-to-all takes to the experts comes back to its tokens by another
/// one, or is summed; a gather puts all results side by side on each device.
void DrawnExperts::checkWayBack() {
  auto isExchange = [&](NodeId id) {
    if (graph.getNode(id).role == Role::AllToAll)
      return true;
    std::string text = getDrawnText(graph, id);
    return StringRef(text).contains("all-to-all") ||
           StringRef(text).contains("alltoall") ||
           StringRef(text).contains("all to all");
  };
  for (auto &[key, group] : groups) {
    NodeId entry = !group.experts.empty()   ? group.experts.front()
                   : !group.entries.empty() ? group.entries.front()
                                            : DeploymentGraph::kNoNode;
    NodeId exit = !group.experts.empty() ? group.experts.front()
                  : !group.exits.empty() ? group.exits.front()
                                         : DeploymentGraph::kNoNode;
    if (!group.isSpread || entry == DeploymentGraph::kNoNode ||
        exit == DeploymentGraph::kNoNode)
      continue;
    NodeId end = entry, there = findCarrier(entry, /*forward=*/false, end),
           back = findCarrier(exit, /*forward=*/true, end);
    if (there == DeploymentGraph::kNoNode || there == entry ||
        back == DeploymentGraph::kNoNode || back == exit ||
        graph.getNode(back).role != Role::AllGather || !isExchange(there) ||
        isSummed(exit))
      continue;
    log.report(Code::DAG504, graph.getPlace(back),
               "what '" + graph.getName(there) +
                   "' exchanges comes back by the gather '" +
                   graph.getName(back) +
                   "'; expected an all-to-all, or a reduction over the "
                   "experts' devices")
        .note(graph.getPlace(there), "the way to the experts");
    return;
  }
}

/// What a box of several experts gives is one result for each expert; a sum
/// over ranks or the stream takes what a combination makes of them.
void DrawnExperts::checkUncombined() {
  std::vector<NodeId> odd;
  DenseMap<NodeId, NodeId> users;
  for (auto &[key, group] : groups)
    for (NodeId id : group.experts) {
      if (countExperts(graph.getOutputDims(id)) < 2)
        continue;
      for (uint32_t index : graph.getOutEdges(id).take_front(64)) {
        NodeId user = graph.getEdge(index).target;
        Role role = graph.getNode(user).role;
        ArrayRef<Attribute> given = graph.getOutputDims(user);
        bool isStream = role == Role::ResidualAdd || role == Role::Norm ||
                        role == Role::FinalNorm || role == Role::AllReduce ||
                        role == Role::ReduceScatter;
        if (isStream && !given.empty() && countExperts(given) == 0 &&
            users.try_emplace(id, user).second)
          odd.push_back(id);
      }
    }
  for (auto [id, count] : groupAlike(graph, odd))
    log.report(Code::DAG504, graph.getPlace(id),
               "'" + graph.getName(id) + "' gives " +
                   cast<DimsAttr>(graph.getOutputDims(id).front()).str() +
                   ", a result for each expert, but nothing combines them "
                   "before '" +
                   graph.getName(users[id]) + "'" + describeAlike(count))
        .note(graph.getPlace(users[id]), "takes them as they are");
}

/// A layer that routes and combines, but has no experts as the others have.
void DrawnExperts::checkEmptyLayers() {
  bool hasExperts = llvm::any_of(
      groups, [](const auto &entry) { return !entry.second.experts.empty(); });
  if (!hasExperts)
    return;
  for (auto &[key, group] : groups) {
    if (!group.experts.empty() || !group.hasRouter || !group.hasCombine ||
        key.first < 0)
      continue;
    const auto *layer = graph.getLayer(key.first);
    bool hasBox =
        layer && llvm::any_of(layer->nodes, [&](NodeId id) {
          return graph.getNode(id).role == Role::Moe || isExpertPart(id);
        });
    if (!hasBox)
      log.report(Code::DAG504, graph.getPlace(group.first),
                 "layer " + Twine(key.first) +
                     " routes tokens and combines results, but none of its "
                     "experts is drawn");
  }
}

void DrawnExperts::reportTwin(NodeId first, NodeId second) {
  log.report(Code::DAG507, graph.getPlace(second),
             "expected one expert " + Twine(graph.getNode(second).expert) +
                 ", but '" + graph.getName(second) + "' is a second one")
      .note(graph.getPlace(first), "the first one");
}

/// Experts that are drawn alike: one of the numbers is wrong.
void DrawnExperts::checkTwins(const Group &group) {
  DenseMap<std::tuple<int64_t, int64_t, Attribute, Attribute>, NodeId> seen;
  for (NodeId id : group.experts) {
    const auto &node = graph.getNode(id);
    DictionaryAttr drawn = graph.getDrawnAttr(id);
    Attribute label = drawn ? drawn.get("label") : Attribute();
    if (node.expert == kNone || !label || graph.getInDegree(id) == 0)
      continue;
    // Its parts stand behind each other; experts have one source.
    auto [it, isNew] = seen.try_emplace(
        {node.expert, node.lane, graph.getDevicesAttr(id), label}, id);
    if (isNew || graph.getEdge(graph.getInEdges(it->second).front()).source !=
                     graph.getEdge(graph.getInEdges(id).front()).source)
      continue;
    return reportTwin(it->second, id);
  }
  // As many as there are numbers, on several devices, but one number is there
  // twice.
  if (group.experts.size() != drawn.size() || hasRanges)
    return;
  DenseMap<int64_t, NodeId> first;
  for (NodeId id : group.experts)
    if (auto [it, isNew] = first.try_emplace(graph.getNode(id).expert, id);
        !isNew)
      reportTwin(it->second, id);
}

/// The nodes of each device that hold experts of their own.
DrawnExperts::Places DrawnExperts::getPlaces(const Group &group) const {
  Places places;
  for (NodeId id : group.experts)
    if (RangesAttr devices = graph.getDevicesAttr(id);
        devices && (graph.getNode(id).expert != kNone ||
                    getStatedExperts(getDrawnText(graph, id))))
      places[devices.getAsOpaquePointer()].push_back(id);
  return places;
}

/// Each device has as many experts; one that has one too many has that of
/// another, which has one less, or none.
void DrawnExperts::checkPlaces(const Group &group, size_t usual, size_t most) {
  Places places = getPlaces(group);
  const SmallVector<NodeId, 4> *full = nullptr, *lacking = nullptr;
  for (auto &[place, experts] : places) {
    if (experts.size() == usual)
      continue;
    if (experts.size() == usual + 1 && !full)
      full = &experts;
    else if (experts.size() + 1 == usual && !lacking)
      lacking = &experts;
    else
      return;
  }
  if (!full || (lacking ? usual == 1 : usual != 1 || places.size() + 1 != most))
    return;
  // The one whose number is nearest to those of the other device.
  NodeId moved = full->back();
  auto getDistance = [&](NodeId id) {
    int64_t nearest = INT64_MAX;
    for (NodeId other : *lacking)
      nearest = std::min(nearest, std::abs(graph.getNode(id).expert -
                                           graph.getNode(other).expert));
    return nearest;
  };
  if (lacking)
    moved = *llvm::min_element(*full, [&](NodeId left, NodeId right) {
      return getDistance(left) < getDistance(right);
    });
  log.report(Code::DAG507, graph.getPlace(moved),
             "expected " + Twine(usual) + " '" + stringifyRole(Role::Expert) +
                 "' on GPU " + graph.getDevices(moved).str() +
                 " as on the others, but got " + Twine(usual + 1) +
                 ", and another device lacks one");
}

void DrawnExperts::checkPlaces() {
  // How many most devices have.
  std::map<size_t, unsigned> votes;
  unsigned all = 0;
  size_t most = 0;
  for (auto &[key, group] : groups) {
    Places places = getPlaces(group);
    most = std::max(most, places.size());
    for (auto &[place, experts] : places) {
      ++votes[experts.size()];
      ++all;
    }
  }
  for (auto &[size, count] : votes)
    if (count * 2 >= all && all > 2)
      for (auto &[key, group] : groups)
        checkPlaces(group, size, most);
}

void DrawnExperts::run() {
  gatherGroups();
  findRemote();
  checkWays();
  checkWayBack();
  checkUncombined();
  for (auto &[key, group] : groups) {
    checkTwins(group);
    checkExpertRanges(graph, group.experts, log);
  }
  checkPlaces();
  checkEmptyLayers();
  checkExpertCounts(graph, log);
}

void dag::checkDrawnExperts(const DeploymentGraph &graph,
                            ArrayRef<uint32_t> depths, CheckLog &log) {
  DrawnExperts(graph, depths, log).run();
}
