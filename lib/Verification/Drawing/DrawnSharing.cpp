//===- DrawnSharing.cpp - Work that devices share ---------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DrawnRules.h"
#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"

#include <set>

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

//===----------------------------------------------------------------------===//
// What nodes state
//===----------------------------------------------------------------------===//

std::vector<std::pair<NodeId, unsigned>>
dag::groupAlike(const DeploymentGraph &graph, ArrayRef<NodeId> nodes) {
  llvm::MapVector<uint32_t, std::pair<NodeId, unsigned>> groups;
  for (NodeId id : nodes)
    ++groups.insert({graph.getNode(id).peerClass, {id, 0}})
          .first->second.second;
  std::vector<std::pair<NodeId, unsigned>> firsts;
  for (auto &[peerClass, group] : groups)
    firsts.push_back(group);
  return firsts;
}

std::string dag::describeAlike(unsigned count, StringRef noun) {
  return count > 1 ? (" (" + Twine(count) + " " + noun + " like it)").str()
                   : std::string();
}

std::string dag::describeChange(const DeploymentGraph &graph, NodeId id) {
  return "'" + graph.getName(id) + "' goes from " +
         cast<DimsAttr>(graph.getInputDims(id).front()).str() + " to " +
         cast<DimsAttr>(graph.getOutputDims(id).front()).str();
}

uint64_t dag::countStatedRanks(const DeploymentGraph &graph, NodeId id) {
  auto op = dyn_cast<NodeOp>(graph.getNode(id).op);
  if (!op || graph.isReplicated(id))
    return 1;
  uint64_t count = graph.hasAllDevices(id) ? 2 : 1;
  if (auto devices = op.getDevices())
    count = std::max(count, devices->getSet().size());
  // A rank of a group is a part of it, not the group.
  const auto &node = graph.getNode(id);
  bool isRank = node.tpRank != DeploymentGraph::kNone ||
                (node.lane != DeploymentGraph::kShared && op.getDevices() &&
                 op.getDevices()->getSet().size() == 1);
  if (!isRank)
    count = std::max<uint64_t>(count, op.getTpSize().value_or(1));
  return count;
}

std::string dag::describeRanks(const DeploymentGraph &graph, NodeId id) {
  RangeSet devices = graph.getDevices(id);
  auto op = dyn_cast<NodeOp>(graph.getNode(id).op);
  if (devices.size() > 1)
    return "GPU " + devices.str();
  if (op && op.getTpSize().value_or(1) > 1)
    return "TP=" + std::to_string(*op.getTpSize());
  if (graph.hasAllDevices(id))
    return "all devices";
  // Drawn once, for all that is stated.
  if (devices.empty() && graph.getNode(id).lane == DeploymentGraph::kShared &&
      graph.getStatedTpSize() > 1)
    return "TP=" + std::to_string(graph.getStatedTpSize());
  return "several ranks";
}

std::vector<NodeId> dag::getDataOrder(const DeploymentGraph &graph,
                                      bool entersCycles) {
  size_t size = graph.getNodes().size();
  std::vector<unsigned> open(size);
  std::vector<NodeId> order;
  order.reserve(size);
  for (NodeId id = 0; id < size; ++id)
    if ((open[id] = graph.getInDegree(id)) == 0)
      order.push_back(id);
  llvm::BitVector isEntered(entersCycles ? size : 0);
  // What has been reached, and waits for what a cycle brings back.
  std::vector<NodeId> waiting;
  NodeId unseen = 0;
  auto enter = [&](NodeId id) {
    isEntered.set(id);
    order.push_back(id);
  };
  // Where all is behind a cycle, it is entered where the drawing begins.
  auto enterUnseen = [&] {
    while (unseen < size && (open[unseen] == 0 || isEntered[unseen]))
      ++unseen;
    if (unseen < size)
      enter(unseen);
  };
  if (entersCycles && order.empty())
    enterUnseen();
  for (size_t next = 0, wait = 0; next < order.size(); ++next) {
    for (uint32_t index : graph.getOutEdges(order[next])) {
      NodeId target = graph.getEdge(index).target;
      if (--open[target] == 0 && (!entersCycles || !isEntered[target]))
        order.push_back(target);
      else if (entersCycles && open[target] + 1 == graph.getInDegree(target))
        waiting.push_back(target);
    }
    if (!entersCycles || next + 1 < order.size())
      continue;
    while (wait < waiting.size() &&
           (open[waiting[wait]] == 0 || isEntered[waiting[wait]]))
      ++wait;
    if (wait < waiting.size())
      enter(waiting[wait++]);
    else
      enterUnseen();
  }
  return order;
}

std::vector<uint32_t> dag::getDepths(const DeploymentGraph &graph) {
  std::vector<uint32_t> depths(graph.getNodes().size());
  for (NodeId id : getDataOrder(graph))
    for (uint32_t index : graph.getOutEdges(id)) {
      uint32_t &depth = depths[graph.getEdge(index).target];
      depth = std::max(depth, depths[id] + 1);
    }
  return depths;
}

bool dag::isHeavy(Role role) {
  switch (role) {
  case Role::Layer:
  case Role::Attention:
  case Role::Ffn:
  case Role::Moe:
  case Role::QkvProjection:
  case Role::QProjection:
  case Role::KProjection:
  case Role::VProjection:
  case Role::AttentionScores:
  case Role::AttentionWeights:
  case Role::OutputProjection:
  case Role::FfnGate:
  case Role::FfnUp:
  case Role::FfnDown:
  case Role::Linear:
    return true;
  default:
    return false;
  }
}

namespace {

class DrawnSharing {
public:
  DrawnSharing(const DeploymentGraph &graph, CheckLog &log)
      : graph(graph), log(log) {}

  void run();

private:
  bool hasCollective(bool ofActivations = false) const;
  bool isOnSeveralDevices();
  NodeId findSharedWork();
  bool passesKeysOn() const;
  bool takesCollected(NodeId id) const;
  void checkUndrawn();
  void checkJoins();
  void checkSizes();
  void checkReplicas(SketchOp sketch);
  uint64_t countLayerDevices() const;
  void judge();

  const DeploymentGraph &graph;
  CheckLog &log;
  /// Shared work names its collective, as in `Layer 0, all-reduce x2`.
  bool namesOne = false;
  /// The words of the drawing that say that devices share work, and where.
  std::string words;
  std::optional<Location> wordsLoc;
  void findWords();
  void readWords(StringRef text, Location loc);
};

} // namespace

/// True for what deals a batch out to replicas, or puts it together again.
static bool dealsBatch(const DeploymentGraph &graph, NodeId id) {
  auto isReplica = [&](NodeId other) {
    return graph.getNode(other).replica != DeploymentGraph::kNone;
  };
  return (graph.getNode(id).role == Role::Scatter &&
          graph.getOutDegree(id) > 0 &&
          llvm::all_of(graph.getOutEdges(id).take_front(64),
                       [&](uint32_t index) {
                         return isReplica(graph.getEdge(index).target);
                       })) ||
         joinsReplicas(graph, id);
}

/// What adds up gradients is no collective of activations, nor what replicas
/// have in common.
bool DrawnSharing::hasCollective(bool ofActivations) const {
  for (NodeId id = 0; id < graph.getNodes().size(); ++id)
    if (isCollective(graph.getNode(id).role) &&
        !(ofActivations &&
          (StringRef(getDrawnText(graph, id)).contains("gradient") ||
           dealsBatch(graph, id))))
      return true;
  for (const auto &edge : graph.getEdges())
    if (auto role = graph.getEdgeRole(edge); role && isCollective(*role))
      return true;
  return false;
}

/// Finds a way to share work that a text states; `TP=1` states none.
void DrawnSharing::readWords(StringRef text, Location loc) {
  // Most texts have none of them.
  if (!text.contains_insensitive("parallel") &&
      !text.contains_insensitive("group"))
    return;
  for (StringRef word :
       {"tensor parallel", "tensor-parallel", "expert parallel",
        "expert-parallel", "sequence parallel", "sequence-parallel",
        "context parallel", "context-parallel", "tp group", "ep group"}) {
    size_t at = words.empty() ? text.find_insensitive(word) : StringRef::npos;
    if (at == StringRef::npos)
      continue;
    StringRef before = text.take_front(at).rtrim(" -(").take_back(8);
    StringRef after = text.drop_front(at + word.size()).ltrim("ismIzed");
    size_t digit = after.find_first_of("0123456789\n\\,;");
    StringRef number = digit == StringRef::npos
                           ? ""
                           : after.drop_front(digit).take_while(
                                 [](char c) { return isdigit(c); });
    if (number == "1" || before.ends_with_insensitive("no") ||
        before.ends_with_insensitive("without"))
      continue;
    words = text.substr(at, word.size()).str();
    wordsLoc = loc;
  }
}

void DrawnSharing::findWords() {
  auto read = [&](std::optional<DictionaryAttr> drawn, Location loc) {
    if (drawn)
      if (auto label = drawn->getAs<StringAttr>("label"))
        readWords(label.getValue(), loc);
  };
  read(cast<SketchOp>(graph.getRoot()).getDrawn(), graph.getRoot()->getLoc());
  if (Block *body = graph.getSketchBody())
    for (Operation &op : *body) {
      if (!words.empty())
        return;
      if (graph.getViolations().isMalformed(&op))
        continue;
      if (auto cluster = dyn_cast<ClusterOp>(op))
        read(cluster.getDrawn(), op.getLoc());
      else if (auto node = dyn_cast<NodeOp>(op);
               node && node.getDeploymentRole() != Role::Note)
        read(node.getDrawn(), op.getLoc());
    }
}

/// The first node that several devices work on without naming a collective;
/// norms, caches and residual adds
/// need no communication.
NodeId DrawnSharing::findSharedWork() {
  namesOne = false;
  // Of each part of a layer, the first rank, and whether others follow.
  DenseMap<uint64_t, std::pair<int64_t, bool>> parts;
  auto getKey = [](const DeploymentGraph::Node &node) {
    return static_cast<uint64_t>(
               llvm::hash_combine(node.layer, static_cast<uint32_t>(node.role),
                                  static_cast<uint32_t>(node.block))) >>
           1;
  };
  for (const auto &node : graph.getNodes())
    if (isHeavy(node.role) && node.lane != DeploymentGraph::kShared) {
      auto [it, isNew] = parts.try_emplace(getKey(node), node.lane, false);
      it->second.second |= it->second.first != node.lane;
    }
  // Where most parts are on one device, those on two are drawn twice: that is
  // no way to share work.
  size_t numShared =
      llvm::count_if(parts, [](auto &part) { return part.second.second; });
  bool sharesNone = graph.getStatedTpSize() <= 1 &&
                    numShared * 4 <= parts.size() && parts.size() > 4;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    if (!isHeavy(node.role))
      continue;
    const auto *layer = graph.getLayer(node.layer);
    bool hasRanks =
        !sharesNone && layer && layer->lanes.size() > 1 &&
        node.lane != DeploymentGraph::kShared &&
        parts.lookup(getKey(node)).second &&
        (node.role == Role::OutputProjection || node.role == Role::FfnDown ||
         node.role == Role::Ffn ||
         ((node.role == Role::Layer || node.role == Role::Attention) &&
          (node.tpRank != DeploymentGraph::kNone ||
           graph.getStatedTpSize() > 1 || !words.empty())));
    if (!hasRanks && countStatedRanks(graph, id) < 2)
      continue;
    if (!namesCollective(getDrawnText(graph, id)))
      return id;
    namesOne = true;
  }
  return DeploymentGraph::kNoNode;
}

bool DrawnSharing::isOnSeveralDevices() {
  std::set<const void *> places;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    if (node.role == Role::Expert)
      if (RangesAttr devices = graph.getDevicesAttr(id))
        if (places.insert(devices.getAsOpaquePointer()).second &&
            places.size() > 1)
          return true;
  }
  return findSharedWork() != DeploymentGraph::kNoNode || namesOne;
}

/// True if shards of the sequence send K and V to one another.
bool DrawnSharing::passesKeysOn() const {
  return graph.getLaneAxis() == DeploymentGraph::LaneAxis::Sequence &&
         llvm::any_of(graph.getNodes(), [](const auto &node) {
           return isTransfer(node.role) && node.layer != DeploymentGraph::kNone;
         });
}

/// The first box that states a number of TP ranks, and names no collective.
static NodeId findStatedSize(const DeploymentGraph &graph) {
  for (NodeId id = 0; id < graph.getNodes().size(); ++id)
    if (auto op = dyn_cast<NodeOp>(graph.getNode(id).op))
      if (op.getTpSize().value_or(1) > 1 &&
          graph.getNode(id).role != Role::Note)
        return namesCollective(getDrawnText(graph, id))
                   ? DeploymentGraph::kNoNode
                   : id;
  return DeploymentGraph::kNoNode;
}

/// True if a box for whole layers says that a collective is in it.
static bool isInBoxes(const DeploymentGraph &graph) {
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    Role role = graph.getNode(id).role;
    if ((role == Role::Layer || role == Role::Moe || role == Role::Stage) &&
        namesCollective(getDrawnText(graph, id)))
      return true;
  }
  return false;
}

/// Work over several devices, and no communication at all.
void DrawnSharing::checkUndrawn() {
  // Where it was said what lacks a collective, that is the cause.
  bool isSaid = llvm::any_of(log.getFindings(), [](const Finding &finding) {
    return finding.is(Code::DAG504) || finding.is(Code::DAG505);
  });
  if (isSaid || passesKeysOn())
    return;
  if (hasCollective()) {
    NodeId box = hasCollective(/*ofActivations=*/true)
                     ? DeploymentGraph::kNoNode
                     : findStatedSize(graph);
    if (box != DeploymentGraph::kNoNode)
      log.report(Code::DAG504, graph.getPlace(box),
                 "'" + graph.getName(box) + "' states TP=" +
                     Twine(*cast<NodeOp>(graph.getNode(box).op).getTpSize()) +
                     ", but the only collectives are those of gradients "
                     "and replicas");
    return;
  }
  int64_t tpSize = graph.getStatedTpSize();
  int64_t epSize = cast<SketchOp>(graph.getRoot()).getEpSize().value_or(0);
  if (NodeId id = findSharedWork(); id != DeploymentGraph::kNoNode)
    log.report(Code::DAG504, graph.getPlace(id),
               "'" + graph.getName(id) +
                   "' works on several devices, but no collective is drawn");
  else if (namesOne || isInBoxes(graph))
    return;
  else if (!words.empty())
    log.report(Code::DAG504, *wordsLoc, "",
               "'" + words + "' is stated, but no collective is drawn");
  else if (tpSize > 1 || epSize > 1)
    log.report(Code::DAG504, graph.getRoot()->getLoc(), "",
               Twine(tpSize > 1 ? "TP=" : "EP=") +
                   Twine(tpSize > 1 ? tpSize : epSize) +
                   " is stated, but no collective is drawn");
  else if (NodeId box = findStatedSize(graph); box != DeploymentGraph::kNoNode)
    log.report(Code::DAG504, graph.getPlace(box),
               "'" + graph.getName(box) + "' states TP=" +
                   Twine(*cast<NodeOp>(graph.getNode(box).op).getTpSize()) +
                   ", but no collective is drawn");
}

/// Results of several devices in one node that says neither that it adds them
/// nor that it puts them side by side.
void DrawnSharing::checkJoins() {
  std::vector<NodeId> joins;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    if (node.role != Role::Concat || node.block == Role::Moe ||
        graph.getInDegree(id) < 2)
      continue;
    // What replicas give is of other parts of the batch.
    if (joinsReplicas(graph, id))
      continue;
    RangesAttr first;
    RangeSet own = graph.getDevices(id);
    Role role = Role::Unknown;
    bool isJoin = false, isAlike = true;
    for (uint32_t index : graph.getInEdges(id)) {
      const auto &source = graph.getNode(graph.getEdge(index).source);
      RangesAttr devices = graph.getDevicesAttr(graph.getEdge(index).source);
      if (!devices || source.role == Role::Expert || isTransfer(source.role) ||
          isCollective(source.role))
        continue;
      // A device's own copy of what several have is no other device's.
      if (own.size() == 1 && devices.getSet().contains(own))
        continue;
      isJoin |= first && first != devices;
      isAlike &= !first || role == source.role;
      first = first ? first : devices;
      role = source.role;
    }
    if (!isJoin)
      continue;
    std::string text = getDrawnText(graph, id), shapeless;
    // Not the name of a dimension.
    bool isShape = false;
    for (char c : text) {
      isShape |= c == '[';
      if (!isShape)
        shapeless += c;
      isShape &= c != ']';
    }
    StringRef words = shapeless;
    if (words.contains("gather") || words.contains("sum") ||
        words.contains("dp") || words.contains("data parallel") ||
        words.contains("batch") || namesCollective(text))
      continue;
    // Tokens of an image and of a text are no slices of one value.
    if (!isAlike && (words.contains("cat") || words.contains("merge") ||
                     words.contains("splice")))
      continue;
    joins.push_back(id);
  }
  for (auto [id, count] : groupAlike(graph, joins))
    log.report(Code::DAG504, graph.getPlace(id),
               "'" + graph.getName(id) +
                   "' joins results of several devices; expected the kind of "
                   "the collective (a sum or a gather), but none is stated" +
                   describeAlike(count));
}

/// The most devices that a layer of one replica runs on.
uint64_t DrawnSharing::countLayerDevices() const {
  uint64_t most = 0;
  // Experts may name no layer.
  RangeSet loose;
  DenseSet<Attribute> known;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id)
    if (RangesAttr attr = graph.getDevicesAttr(id);
        attr && graph.getNode(id).layer == DeploymentGraph::kNone &&
        isExpertPart(graph.getNode(id)) && known.insert(attr).second)
      loose.insert(attr.getSet());
  most = loose.size();
  for (const auto &layer : graph.getLayers()) {
    DenseMap<int64_t, RangeSet> devices;
    DenseSet<std::pair<int64_t, Attribute>> seen;
    for (NodeId id : layer.nodes) {
      if (graph.hasAllDevices(id))
        return UINT64_MAX;
      most = std::max(most, countStatedRanks(graph, id));
      int64_t replica = graph.getNode(id).replica;
      if (RangesAttr attr = graph.getDevicesAttr(id);
          attr && seen.insert({replica, attr}).second)
        devices[replica].insert(attr.getSet());
    }
    for (auto &[replica, set] : devices)
      most = std::max<uint64_t>(most, set.size());
  }
  return most;
}

/// Replicas that are told apart, but fewer than are stated.
void DrawnSharing::checkReplicas(SketchOp sketch) {
  int64_t stated = sketch.getDpSize().value_or(0);
  RangeSet drawn;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id)
    if (int64_t rank = graph.getDpRank(id); rank >= 0)
      drawn.insert(rank);
  if (drawn.size() < 2 || drawn.back() + 1 >= stated)
    return;
  log.report(Code::DAG507, graph.getRoot()->getLoc(), "",
             "DP=" + Twine(stated) + " is stated, but only replicas " +
                 drawn.str() + " are drawn");
}

/// A group that is stated to be larger than any layer's devices. Ranks that are
/// named are counted elsewhere.
void DrawnSharing::checkSizes() {
  auto sketch = cast<SketchOp>(graph.getRoot());
  checkReplicas(sketch);
  int64_t tpSize = graph.getStatedTpSize();
  for (const auto &node : graph.getNodes())
    if (node.tpRank != DeploymentGraph::kNone)
      tpSize = 0;
  uint64_t most = countLayerDevices();
  // One device may stand for all of them.
  if (most < 2)
    return;
  const std::pair<StringRef, int64_t> sizes[] = {
      {"TP", tpSize},
      {"EP", sketch.getEpSize().value_or(0)},
      {"SP", sketch.getSpSize().value_or(0)}};
  for (auto [name, size] : sizes)
    if (size > 0 && static_cast<uint64_t>(size) > most) {
      log.report(Code::DAG507, graph.getRoot()->getLoc(), "",
                 name + "=" + Twine(size) +
                     " is stated, but no layer runs on more than " +
                     Twine(most) + " devices");
      return;
    }
}

/// True if a node takes nothing but what collectives have brought to its rank.
bool DrawnSharing::takesCollected(NodeId id) const {
  return llvm::all_of(graph.getInEdges(id).take_front(8), [&](uint32_t index) {
    return isCollective(graph.getNode(graph.getEdge(index).source).role);
  });
}

/// Whether the check had something to check, and could tell.
void DrawnSharing::judge() {
  auto sketch = cast<SketchOp>(graph.getRoot());
  bool isShared = isOnSeveralDevices() || graph.getStatedTpSize() > 1 ||
                  !words.empty() || sketch.getEpSize().value_or(0) > 1 ||
                  sketch.getSpSize().value_or(0) > 1 ||
                  llvm::any_of(graph.getLayers(), [](const auto &layer) {
                    return layer.lanes.size() > 1;
                  });
  int64_t rank = DeploymentGraph::kNone;
  bool hasRanks = false;
  for (const auto &node : graph.getNodes()) {
    if (node.tpRank == DeploymentGraph::kNone)
      continue;
    hasRanks |= rank != DeploymentGraph::kNone && rank != node.tpRank;
    rank = node.tpRank;
  }
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    if (node.role != Role::Unknown || node.kind == NodeKind::Input ||
        node.layer == DeploymentGraph::kNone || graph.getInDegree(id) == 0 ||
        graph.getOutDegree(id) == 0 || countStatedRanks(graph, id) < 2 ||
        takesCollected(id))
      continue;
    log.setUnverified("'" + graph.getName(id) + "' works on " +
                      describeRanks(graph, id) +
                      ", but nothing says what it does");
    break;
  }
  if (hasCollective() || !log.getFindings().empty())
    return;
  if (hasRanks)
    log.setUnverified("ranks are drawn, but none of their ops needs a "
                      "collective as far as their labels tell");
  else if (isOnNamedDevices(graph))
    log.setUnverified("devices have names alone, and nothing says which of "
                      "them share their work");
  else if (!isShared)
    log.setNothingToCheck(
        "every op is on one device, and nothing states TP, EP or SP");
}

void DrawnSharing::run() {
  findWords();
  checkUndrawn();
  checkJoins();
  checkSizes();
  judge();
}

void dag::checkDrawnSharing(const DeploymentGraph &graph, CheckLog &log) {
  DrawnSharing(graph, log).run();
}
