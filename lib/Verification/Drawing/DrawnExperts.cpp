//===- DrawnExperts.cpp - Experts on several devices ------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DrawnRules.h"
#include "llvm/ADT/StringExtras.h"

#include <map>
#include <set>

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

static constexpr int64_t kNone = DeploymentGraph::kNone;

namespace {

/// The experts of one layer and replica.
struct Group {
  SmallVector<NodeId, 8> experts;
  /// What stands for a device: the uniqued attribute.
  std::set<const void *> places;
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
  void findRemote();
  bool isExpertPart(NodeId id) const;
  bool isCarrier(NodeId id, NodeId expert) const;
  bool isCarried(NodeId expert, bool forward, NodeId &end) const;
  bool isOwn(NodeId end, NodeId expert) const;
  bool isSummed(NodeId expert) const;
  bool hasAllExperts(NodeId expert) const;
  void checkWays();
  void checkEmptyLayers();
  void checkStatedCount();
  void readCounts(StringRef text);
  void reportTwin(NodeId first, NodeId second);
  void checkTwins(const Group &group);
  using Places = std::map<const void *, SmallVector<NodeId, 4>>;
  Places getPlaces(const Group &group) const;
  void checkPlaces(const Group &group, size_t usual, size_t most);
  void checkPlaces();
  void checkRanges(const Group &group);

  const DeploymentGraph &graph;
  ArrayRef<uint32_t> depths;
  CheckLog &log;
  std::map<std::pair<int64_t, int64_t>, Group> groups;
  RangeSet drawn;
  /// The number of experts that the drawing states most often, and a text that
  /// excuses what is not drawn.
  std::map<int64_t, unsigned> counts;
  bool isExcused = false, hasRanges = false;
  /// Whether a node names a collective, of those that were asked.
  mutable DenseMap<NodeId, bool> named;
};

} // namespace

/// An expert, or a part of one.
bool DrawnExperts::isExpertPart(NodeId id) const {
  const auto &node = graph.getNode(id);
  switch (node.role) {
  case Role::Expert:
    return true;
  case Role::FfnUp:
  case Role::FfnGate:
  case Role::FfnDown:
  case Role::Activation:
  case Role::Multiply:
  case Role::Linear:
  case Role::Ffn:
    return node.block == Role::Moe || node.expert != kNone;
  default:
    return false;
  }
}

void DrawnExperts::gatherGroups() {
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    bool isExpert = node.role == Role::Expert;
    if (!isExpert && node.role != Role::Router && node.role != Role::Combine)
      continue;
    // Where no layer is stated, experts of one layer stand side by side.
    int64_t layer = node.layer != kNone ? node.layer : -2 - int64_t(depths[id]);
    Group &group = groups[{layer, node.replica}];
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

/// True if a node takes tokens from one device to another: a collective or a
/// transfer that is more than the expert's own.
bool DrawnExperts::isCarrier(NodeId id, NodeId expert) const {
  const auto &node = graph.getNode(id);
  bool isOwn = graph.getDevicesAttr(id) &&
               graph.getDevicesAttr(id) == graph.getDevicesAttr(expert) &&
               graph.getTargetDevices(id).empty();
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

/// True if what enters an expert, or leaves it, meets a carrier before the rest
/// of the layer. `end` is where it goes without one.
bool DrawnExperts::isCarried(NodeId expert, bool forward, NodeId &end) const {
  constexpr unsigned kMaxEdges = 64, kMaxNodes = 16;
  SmallVector<NodeId, 8> work{expert};
  for (size_t next = 0; next < work.size() && next < kMaxNodes; ++next) {
    NodeId id = work[next];
    ArrayRef<uint32_t> edges =
        forward ? graph.getOutEdges(id) : graph.getInEdges(id);
    for (uint32_t index : edges.take_front(kMaxEdges)) {
      const auto &edge = graph.getEdge(index);
      NodeId other = forward ? edge.target : edge.source;
      Role role = graph.getNode(other).role;
      auto edgeRole = graph.getEdgeRole(edge);
      if ((edgeRole && (isCollective(*edgeRole) || isTransfer(*edgeRole))) ||
          isCarrier(other, expert))
        return true;
      end = other;
      bool goesOn = forward ? role == Role::Combine || role == Role::Concat
                            : role == Role::Dispatch || role == Role::Slice;
      goesOn |= role == Role::Unknown || isCollective(role) ||
                isTransfer(role) || isExpertPart(other);
      if (goesOn && !llvm::is_contained(work, other))
        work.push_back(other);
    }
  }
  return false;
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
        if (auto kind = toCollectiveKind(role); kind && reduces(*kind))
          return true;
      Role role = graph.getNode(edge.target).role;
      if ((role == Role::Combine || role == Role::Concat ||
           role == Role::ResidualAdd || isExpertPart(edge.target)) &&
          !llvm::is_contained(work, edge.target))
        work.push_back(edge.target);
    }
  return false;
}

/// The number of experts that a shape states, or zero.
static int64_t countExperts(ArrayRef<Attribute> shapes) {
  for (Attribute shape : shapes) {
    auto dims = cast<DimsAttr>(shape);
    for (unsigned i = 0, e = dims.getRank(); i < e; ++i)
      if (dims.isStatic(i) &&
          (dims.getDimName(i).contains_insensitive("experts") ||
           dims.getDimName(i).equals_insensitive("e")))
        return dims.getSizes()[i];
  }
  return 0;
}

/// True if a box holds as many experts as the router on its device chooses
/// from: no token has to leave.
bool DrawnExperts::hasAllExperts(NodeId expert) const {
  int64_t held = graph.getNode(expert).expert == kNone
                     ? countExperts(graph.getInputDims(expert))
                     : 0;
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

void DrawnExperts::checkWays() {
  for (bool forward : {false, true}) {
    unsigned numGroups = 0, numExperts = 0;
    bool isRemote = false;
    NodeId expert = DeploymentGraph::kNoNode, end = expert;
    for (auto &[key, group] : groups) {
      if (!group.isSpread)
        continue;
      bool isFirst = true;
      for (NodeId id : group.experts) {
        bool isIsolated =
            graph.getInDegree(id) == 0 && graph.getOutDegree(id) == 0;
        unsigned degree =
            forward ? graph.getOutDegree(id) : graph.getInDegree(id);
        NodeId other = DeploymentGraph::kNoNode;
        // A missing edge at one side is said elsewhere.
        if ((degree == 0 && !isIsolated) || isCarried(id, forward, other))
          continue;
        // All ranks may have all tokens, and add up what their experts give.
        if ((forward || isOwn(other, id)) && isSummed(id))
          continue;
        if (isOwn(other, id) && hasAllExperts(id))
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

/// Finds `16 experts` in a text; `4 experts per GPU` and `top-2 experts` are no
/// count of all.
void DrawnExperts::readCounts(StringRef text) {
  for (size_t at = text.find("expert"); at != StringRef::npos;
       at = text.find("expert", at + 1)) {
    StringRef before = text.take_front(at).rtrim(" -");
    StringRef digits = before.take_back(
        before.size() - (before.find_last_not_of("0123456789") + 1));
    StringRef lead = before.drop_back(digits.size());
    StringRef after = text.drop_front(at + 6);
    after.consume_front("s");
    after = after.ltrim(" ");
    int64_t count;
    if (digits.empty() || digits.getAsInteger(10, count) || count < 2)
      continue;
    if (lead.rtrim(" -=").ends_with("top") || lead.ends_with("top_k=") ||
        lead.ends_with("-") || lead.ends_with("/") || lead.ends_with(".") ||
        after.starts_with("per") || after.starts_with("/") ||
        after.starts_with("each") || after.starts_with("selected") ||
        after.starts_with("active"))
      continue;
    ++counts[count];
  }
}

/// Experts that are stated and not drawn.
void DrawnExperts::checkStatedCount() {
  if (drawn.empty() || hasRanges)
    return;
  NodeId place = DeploymentGraph::kNoNode;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    if (node.role == Role::Expert && place == DeploymentGraph::kNoNode)
      place = id;
    if (node.role != Role::Expert && node.role != Role::Router &&
        node.role != Role::Dispatch && node.role != Role::Combine &&
        node.role != Role::Note && node.role != Role::Unknown &&
        node.role != Role::Concat)
      continue;
    std::string text = getDrawnText(graph, id);
    for (StringRef word : {"represent", "sample", "omitted", "similar", "...",
                           "same structure", "not shown", "for brevity"})
      isExcused |= StringRef(text).contains(word);
    if (node.role != Role::Expert)
      readCounts(text);
  }
  if (isExcused)
    return;
  int64_t count = static_cast<int64_t>(drawn.size()), stated = 0;
  for (auto [value, times] : counts)
    if (times > counts[stated])
      stated = value;
  if (const auto &model = graph.getStatedBeside().model;
      model && model->experts != 0)
    stated = model->experts;
  // Experts are counted from 0 or 1.
  int64_t front = drawn.front() > 1 ? 0 : drawn.front();
  RangeSet absent = RangeSet(front, drawn.back()).subtract(drawn);
  if (stated > count)
    log.report(Code::DAG507, graph.getPlace(place),
               "expected " + Twine(stated) + " experts as stated, but only " +
                   (count == 1 ? "expert " : "experts ") + drawn.str() +
                   (count == 1 ? " is" : " are") + " drawn");
  else if (!absent.empty())
    log.report(Code::DAG507, graph.getPlace(place),
               "experts " + drawn.str() + " are drawn, but none of " +
                   absent.str() + " and no note says that they are left out");
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

/// Boxes of several experts that share a few of them.
void DrawnExperts::checkRanges(const Group &group) {
  SmallVector<std::tuple<int64_t, int64_t, NodeId>> ranges;
  for (NodeId id : group.experts)
    if (graph.getNode(id).expert == kNone)
      if (auto range = getStatedExperts(getDrawnText(graph, id)))
        ranges.push_back({range->first, range->second, id});
  llvm::sort(ranges);
  for (size_t i = 1; i < ranges.size(); ++i) {
    auto [first, last, id] = ranges[i];
    auto [before, end, other] = ranges[i - 1];
    // What all ranks have is the same range.
    if (first > end || (first == before && last == end) ||
        graph.getDevicesAttr(id) == graph.getDevicesAttr(other))
      continue;
    log.report(Code::DAG507, graph.getPlace(id),
               "'" + graph.getName(id) + "' holds experts " + Twine(first) +
                   " to " + Twine(last) + ", of which '" +
                   graph.getName(other) + "' holds " + Twine(before) + " to " +
                   Twine(end))
        .note(graph.getPlace(other), "the other one");
  }
}

void DrawnExperts::run() {
  gatherGroups();
  findRemote();
  checkWays();
  for (auto &[key, group] : groups) {
    checkTwins(group);
    checkRanges(group);
  }
  checkPlaces();
  checkEmptyLayers();
  checkStatedCount();
}

void dag::checkDrawnExperts(const DeploymentGraph &graph,
                            ArrayRef<uint32_t> depths, CheckLog &log) {
  DrawnExperts(graph, depths, log).run();
}
