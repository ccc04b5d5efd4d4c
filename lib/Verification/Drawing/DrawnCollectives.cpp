//===- DrawnCollectives.cpp - Collectives of a drawing ----------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DrawnSums.h"
#include "dag/Graph/Deviations.h"
#include "dag/Graph/ShapeAgreement.h"

#include <map>

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

namespace {

class DrawnCollectives {
public:
  DrawnCollectives(const DeploymentGraph &graph, CheckLog &log)
      : graph(graph), log(log) {}

  void run();

private:
  void checkCollective(NodeId id);
  bool statesShapeAround(NodeId id);
  bool groupFollows(NodeId id) const;
  bool neighborsStateShapes(NodeId id) const;
  void checkDetail(NodeId id);
  void checkShape(NodeId id);
  void checkSummands(NodeId id);
  void checkGroup(NodeId id);
  void checkDoubled(NodeId id);
  bool isAlone(NodeId id) const;
  void reportAlone();
  void checkLanes();
  void checkIdleDevices();
  RangeSet getLayerDevices(const DeploymentGraph::Layer &layer) const;
  const RangeSet &getComputeDevices(int64_t layer);

  const DeploymentGraph &graph;
  CheckLog &log;
  /// Collectives whose group is reported as wrong.
  DenseSet<NodeId> misgrouped;
  /// Collectives in which no rank meets another.
  std::vector<NodeId> alone;
  /// Layers that lack a rank.
  DenseSet<int64_t> lackingLayers;
  DenseMap<int64_t, RangeSet> computeDevices;
  /// Where dimensions are stated or follow; found when first asked for.
  llvm::BitVector typed;
};

} // namespace

/// `all-reduce`, as drawings write it.
static std::string getKindName(CollectiveKind kind) {
  std::string name = stringifyCollectiveKind(kind).str();
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

/// True if a collective states its dimensions on one side, or they follow from
/// what feeds it or takes its result.
bool DrawnCollectives::statesShapeAround(NodeId id) {
  if (!graph.getInputDims(id).empty() || !graph.getOutputDims(id).empty())
    return true;
  if (typed.empty())
    typed = findTyped(graph);
  return typed.test(id);
}

/// True if what feeds a collective, or takes its result, tells its group: a
/// node on several devices, or nodes on different ones.
bool DrawnCollectives::groupFollows(NodeId id) const {
  auto tell = [&](ArrayRef<uint32_t> edges, bool isSource) {
    RangesAttr first;
    for (uint32_t index : edges.take_front(64)) {
      const auto &edge = graph.getEdge(index);
      NodeId other = isSource ? edge.source : edge.target;
      RangesAttr devices = graph.getDevicesAttr(other);
      if ((devices && devices.getSet().size() > 1) ||
          countStatedRanks(graph, other) > 1 || (first && devices != first))
        return true;
      first = devices;
    }
    return false;
  };
  return tell(graph.getInEdges(id), true) || tell(graph.getOutEdges(id), false);
}

/// True if all that feeds a collective, or all that takes its result, states a
/// shape.
bool DrawnCollectives::neighborsStateShapes(NodeId id) const {
  auto state = [&](ArrayRef<uint32_t> edges, bool isSource) {
    return !edges.empty() &&
           llvm::all_of(edges.take_front(64), [&](uint32_t index) {
             const auto &edge = graph.getEdge(index);
             return isSource ? !graph.getOutputDims(edge.source).empty()
                             : !graph.getInputDims(edge.target).empty();
           });
  };
  return state(graph.getInEdges(id), true) ||
         state(graph.getOutEdges(id), false);
}

void DrawnCollectives::checkDetail(NodeId id) {
  const auto &node = graph.getNode(id);
  std::string missing;
  auto lacks = [&](StringRef what) {
    if (!missing.empty())
      missing += ", ";
    missing += what;
  };
  // Each of a ring sends to the next one.
  if (node.role == Role::Collective && !namesRing(getDrawnText(graph, id)))
    lacks("its kind");
  auto op = cast<NodeOp>(node.op);
  // With kind and devices, and dimensions on one side at least, little is left
  // open: many kinds keep the shape, and the neighbours state theirs.
  bool isLittle = missing.empty();
  if (!op.getDevices() && !op.getAllDevices() && !op.getTpSize()) {
    lacks("its devices or ranks");
    isLittle &= groupFollows(id);
  }
  isLittle &= statesShapeAround(id) || neighborsStateShapes(id) ||
              holdsSizes(getDrawnText(graph, id));
  if (graph.getInputDims(id).empty())
    lacks("its dimensions before");
  if (graph.getOutputDims(id).empty())
    lacks("its dimensions after");
  if (missing.empty())
    return;
  auto finding = log.report(
      Code::DAG501, graph.getPlace(id),
      "expected '" + graph.getName(id) +
          "' to state kind, devices and dimensions, but it lacks " + missing);
  if (isLittle)
    finding.severity(Severity::Low);
}

/// What each rank gives to a sum has the shape of the sum.
void DrawnCollectives::checkSummands(NodeId id) {
  auto kind = toCollectiveKind(graph.getNode(id).role);
  ArrayRef<Attribute> dims = graph.getOutputDims(id);
  if (kind != CollectiveKind::AllReduce && kind != CollectiveKind::Reduce)
    return;
  if (dims.empty())
    dims = graph.getInputDims(id);
  NodeId user = DeploymentGraph::kNoNode;
  if (dims.empty()) {
    // It keeps the shape, so what takes its result says as much.
    for (uint32_t index : graph.getOutEdges(id).take_front(8)) {
      NodeId target = graph.getEdge(index).target;
      Role role = graph.getNode(target).role;
      if (graph.getInputDims(target).size() == 1 && role != Role::Concat &&
          role != Role::Combine && role != Role::Output &&
          !isCollective(role) && !isTransfer(role)) {
        dims = graph.getInputDims(target);
        user = target;
      }
    }
  }
  if (dims.size() != 1)
    return;
  auto sum = cast<DimsAttr>(dims.front());
  for (uint32_t index : graph.getInEdges(id).take_front(8)) {
    NodeId source = graph.getEdge(index).source;
    ArrayRef<Attribute> given = graph.getOutputDims(source);
    // Slices of heads or features are said of the operand.
    if (given.size() != 1 || isTransfer(graph.getNode(source).role) ||
        isCollective(graph.getNode(source).role) ||
        isColumnParallel(graph.getNode(source).role))
      continue;
    auto part = cast<DimsAttr>(given.front());
    auto ratio = getShapeRatio(sum, part);
    if (!ratio || ratio->whole <= ratio->part)
      continue;
    // Without a statement of its own, only a whole number of slices says it.
    bool isOwn = user == DeploymentGraph::kNoNode;
    if (!isOwn && (ratio->part == 0 || ratio->whole % ratio->part != 0 ||
                   sum.getRank() != part.getRank()))
      continue;
    auto finding = log.report(
        Code::DAG502, graph.getPlace(id),
        "'" + graph.getName(id) + "' makes " + sum.str() + " of what '" +
            graph.getName(source) + "' gives, " + part.str() +
            "; slices are put side by side by a gather, an "
            "all-reduce adds up equal shapes");
    finding.note(graph.getPlace(source), "gives " + part.str());
    if (!isOwn)
      finding.note(graph.getPlace(user), "takes " + sum.str());
    return;
  }
}

void DrawnCollectives::checkShape(NodeId id) {
  std::optional<CollectiveKind> kind = toCollectiveKind(graph.getNode(id).role);
  ArrayRef<Attribute> inputs = graph.getInputDims(id);
  ArrayRef<Attribute> outputs = graph.getOutputDims(id);
  if (inputs.empty() || outputs.empty())
    checkSummands(id);
  if (!kind || inputs.empty() || outputs.empty())
    return;
  auto op = cast<NodeOp>(graph.getNode(id).op);
  uint64_t group = op.getDevices() ? op.getDevices()->getSet().size() : 0;
  if (group == 1)
    group = 0; // its root, or one rank's share of it
  if (op.getTpSize() && (group == 0 || *op.getTpSize() < group))
    group = *op.getTpSize(); // several groups of this size
  auto before = cast<DimsAttr>(inputs.front());
  auto after = cast<DimsAttr>(outputs.front());
  Agreement agreement = Agreement::Open;
  std::string expected;
  switch (*kind) {
  case CollectiveKind::AllReduce:
  case CollectiveKind::Reduce:
  case CollectiveKind::Broadcast:
    agreement = isReshaped(before, after) ? Agreement::No
                                          : compareShapes(before, after);
    expected = "keeps the shape";
    break;
  case CollectiveKind::AllGather:
  case CollectiveKind::Gather:
    expected = "multiplies one dimension by the group";
    if (group != 0)
      agreement = isOfSubgroups(graph, id, before, after, group) ||
                          joinsAsStated(graph, id, before, after)
                      ? Agreement::Yes
                      : isScaled(before, after, group);
    else if (auto ratio = getShapeRatio(after, before))
      agreement = ratio->part != 0 && ratio->whole % ratio->part == 0
                      ? Agreement::Yes
                      : Agreement::No;
    break;
  case CollectiveKind::ReduceScatter:
  case CollectiveKind::Scatter:
    expected = "divides one dimension by the group";
    if (group != 0)
      agreement = isOfSubgroups(graph, id, after, before, group)
                      ? Agreement::Yes
                      : isScaled(after, before, group);
    else if (auto ratio = getShapeRatio(before, after))
      agreement = ratio->part != 0 && ratio->whole % ratio->part == 0
                      ? Agreement::Yes
                      : Agreement::No;
    break;
  case CollectiveKind::AllToAll:
  case CollectiveKind::Slice:
  case CollectiveKind::Send:
  case CollectiveKind::Recv:
    break;
  }
  if (agreement != Agreement::No)
    checkSummands(id);
  else
    log.report(Code::DAG502, graph.getPlace(id),
               "'" + graph.getName(id) + "' goes from " + before.str() +
                   " to " + after.str() + ", but " +
                   (*kind == CollectiveKind::AllReduce ||
                            *kind == CollectiveKind::AllGather
                        ? "an "
                        : "a ") +
                   getKindName(*kind) + " " + expected +
                   (group > 1 && expected.find("group") != std::string::npos
                        ? Twine(" (") + Twine(group) + " devices)"
                        : Twine("")));
}

RangeSet
DrawnCollectives::getLayerDevices(const DeploymentGraph::Layer &layer) const {
  RangeSet devices;
  DenseSet<Attribute> seen;
  for (NodeId id : layer.nodes)
    if (RangesAttr attr = graph.getDevicesAttr(id);
        attr && !isCollective(graph.getNode(id).role))
      if (seen.insert(attr).second)
        devices.insert(attr.getSet());
  return devices;
}

/// The devices that compute in a layer, collectives aside.
const RangeSet &DrawnCollectives::getComputeDevices(int64_t layer) {
  auto [it, isNew] = computeDevices.try_emplace(layer);
  if (isNew)
    if (const auto *found = graph.getLayer(layer))
      it->second = getLayerDevices(*found);
  return it->second;
}

void DrawnCollectives::checkGroup(NodeId id) {
  const auto &node = graph.getNode(id);
  RangeSet group = getGroupOfTwins(graph, id);
  // A rank's own share of an all-to-all is no group.
  if (group.empty() || (node.role == Role::AllToAll && group.size() == 1))
    return;
  RangeSet fed;
  for (uint32_t index : graph.getInEdges(id)) {
    NodeId source = graph.getEdge(index).source;
    const auto &from = graph.getNode(source);
    bool isRing = node.role == Role::Collective; // takes what one step gives
    if (isTransfer(from.role) || (isRing && from.peerClass == node.peerClass))
      continue;
    RangeSet devices = graph.getDevices(source);
    // Groups along other axes of the mesh cross this one; each device takes
    // what it has itself.
    if (isCollective(from.role) && devices.intersects(group) &&
        !devices.contains(group))
      continue;
    fed.insert(devices);
  }
  // Tokens come from devices that have no part in what takes them, and what is
  // gathered goes to a root.
  auto kind = toCollectiveKind(node.role);
  bool hasRoot = kind && gathers(*kind) && group.size() == 1;
  if ((node.role == Role::AllToAll || hasRoot) && !fed.intersects(group))
    return;
  RangeSet outside = fed.subtract(group);
  std::string name = graph.getName(id);
  if (!outside.empty()) {
    misgrouped.insert(id);
    auto finding =
        log.report(Code::DAG503, graph.getPlace(id),
                   "the group of '" + name + "' is GPU " + group.str() +
                       ", but GPU " + outside.str() + " feeds it too");
    for (uint32_t index : graph.getInEdges(id)) {
      NodeId source = graph.getEdge(index).source;
      if (graph.getDevices(source).intersects(outside))
        finding.note(graph.getPlace(source),
                     "'" + graph.getName(source) + "' is on GPU " +
                         graph.getDevices(source).str());
    }
    return;
  }
  // Too large a group: it waits for a device that has no part in the layer.
  const RangeSet &computing = getComputeDevices(node.layer);
  const auto *stage = graph.getStage(graph.getOwningStage(id));
  if (fed.empty() || computing.empty())
    return;
  RangeSet idle = group.subtract(computing);
  if (stage && !stage->devices.empty()) {
    RangeSet foreign = idle.subtract(stage->devices);
    if (!foreign.empty())
      log.report(Code::DAG503, graph.getPlace(id),
                 "the group of '" + name + "' is GPU " + group.str() +
                     ", but GPU " + foreign.str() + " has no part in " +
                     (node.layer == DeploymentGraph::kNone
                          ? Twine("it")
                          : "layer " + Twine(node.layer)));
  }
}

/// True if all that a collective combines is on one device, so that no rank
/// meets another in it.
bool DrawnCollectives::isAlone(NodeId id) const {
  const auto &node = graph.getNode(id);
  auto kind = toCollectiveKind(node.role);
  if (!kind ||
      !(reduces(*kind) || gathers(*kind) || *kind == CollectiveKind::AllToAll))
    return false;
  RangesAttr only;
  for (uint32_t index : graph.getInEdges(id)) {
    RangesAttr devices = graph.getDevicesAttr(graph.getEdge(index).source);
    if (!devices || (only && devices != only))
      return false;
    only = devices;
  }
  if (!only || only.getSet().size() != 1)
    return false;
  // Pieces of one device, such as patches, are put together there.
  if (*kind == CollectiveKind::Gather && graph.getInDegree(id) > 1 &&
      graph.getDevicesAttr(id) == only && !graph.hasAllDevices(id))
    return false;
  // What other ranks take from it, they meet in.
  RangesAttr group = graph.getDevicesAttr(id);
  for (uint32_t index : graph.getOutEdges(id).take_front(64)) {
    RangesAttr devices = graph.getDevicesAttr(graph.getEdge(index).target);
    if (*kind == CollectiveKind::AllToAll && devices && devices != only)
      return false;
  }
  return !graph.hasAllDevices(id) || group != only;
}

/// One finding for the collectives that are drawn alike on each rank.
void DrawnCollectives::reportAlone() {
  for (auto [id, count] : groupAlike(graph, alone)) {
    bool isShare = areSharesOfRanks(graph, alone, id);
    if (isShare && graph.getNode(id).role == Role::AllToAll &&
        !graph.getInputDims(id).empty() && !graph.getOutputDims(id).empty())
      continue;
    NodeId source = graph.getEdge(graph.getInEdges(id).front()).source;
    auto finding =
        log.report(Code::DAG503, graph.getPlace(id),
                   "expected '" + graph.getName(id) +
                       "' to combine what several ranks have, but only GPU " +
                       graph.getDevices(source).str() + " feeds it" +
                       describeAlike(count, "collectives"));
    finding.note(graph.getPlace(source), "all that it combines is here");
    if (isShare)
      finding.severity(Severity::Unverified);
  }
}

void DrawnCollectives::checkDoubled(NodeId id) {
  const auto &node = graph.getNode(id);
  if (node.role != Role::AllReduce && node.role != Role::ReduceScatter)
    return;
  // `all_reduce + residual` takes what was reduced as its other operand.
  bool addsResidual =
      graph.getInDegree(id) > 1 &&
      getDrawnText(graph, id).find("resid") != std::string::npos;
  for (uint32_t index : graph.getInEdges(id)) {
    NodeId source = graph.getEdge(index).source;
    const auto &before = graph.getNode(source);
    if ((before.role == Role::AllReduce ||
         before.role == Role::ReduceScatter) &&
        !addsResidual &&
        graph.getDevicesAttr(source) == graph.getDevicesAttr(id) &&
        before.block == node.block && before.layer == node.layer) {
      log.report(Code::DAG506, graph.getPlace(id),
                 "'" + graph.getName(id) + "' reduces what '" +
                     graph.getName(source) + "' has reduced already")
          .note(graph.getPlace(source), "the first reduction");
      return;
    }
  }
  // A twin beside it, fed by the same nodes.
  if (graph.getInDegree(id) == 0)
    return;
  NodeId feeder = graph.getEdge(graph.getInEdges(id).front()).source;
  // Only small fans are looked through; a sum has few users.
  if (graph.getOutDegree(feeder) > 64)
    return;
  for (uint32_t index : graph.getOutEdges(feeder)) {
    NodeId twin = graph.getEdge(index).target;
    const auto &other = graph.getNode(twin);
    if (twin >= id || other.role != node.role || other.block != node.block ||
        other.layer != node.layer || other.expert != node.expert ||
        other.replica != node.replica ||
        graph.getDevicesAttr(twin) != graph.getDevicesAttr(id) ||
        graph.getInDegree(twin) != graph.getInDegree(id))
      continue;
    log.report(Code::DAG506, graph.getPlace(id),
               "'" + graph.getName(id) + "' reduces the same sum as '" +
                   graph.getName(twin) + "'")
        .note(graph.getPlace(twin), "the other reduction");
    return;
  }
}

/// A rank that a layer lacks, while the other layers of the stage have it.
/// Stated ranks are the same in all stages; devices are not.
void DrawnCollectives::checkLanes() {
  bool hasRanks = llvm::any_of(graph.getNodes(), [](const auto &node) {
    return node.tpRank != DeploymentGraph::kNone;
  });
  auto getGroup = [&](const DeploymentGraph::Layer &layer) {
    return hasRanks ? DeploymentGraph::kNone : layer.home;
  };
  std::map<int64_t, std::map<SmallVector<int64_t, 4>, unsigned>> byStage;
  for (const auto &layer : graph.getLayers())
    if (!layer.lanes.empty())
      ++byStage[getGroup(layer)][layer.lanes];
  for (const auto &layer : graph.getLayers()) {
    auto stage = byStage.find(getGroup(layer));
    // One box for a layer is no rank of it.
    if (layer.lanes.empty() || stage == byStage.end() ||
        layer.nodes.size() == 1)
      continue;
    const SmallVector<int64_t, 4> *usual = nullptr;
    unsigned best = 1;
    for (auto &[lanes, count] : stage->second)
      if (count > best) {
        best = count;
        usual = &lanes;
      }
    if (!usual || *usual == layer.lanes ||
        stage->second[layer.lanes] * 2 >= best)
      continue;
    SmallVector<int64_t> absent;
    std::set_difference(usual->begin(), usual->end(), layer.lanes.begin(),
                        layer.lanes.end(), std::back_inserter(absent));
    if (!absent.empty())
      lackingLayers.insert(layer.index);
    for (int64_t lane : absent)
      log.report(Code::DAG507, graph.getPlace(layer.nodes.front()),
                 "expected TP rank " + Twine(lane) + " in layer " +
                     Twine(layer.index) + " as in " + Twine(best) +
                     " other layers, but none of its nodes is "
                     "there");
  }
}

/// A group that waits for a device that computes nothing in its layer.
void DrawnCollectives::checkIdleDevices() {
  DenseSet<Attribute> reported;
  auto omitted =
      graph.getRoot()->getAttrOfType<RangesAttr>("dag.omitted_devices");
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    RangesAttr attr = graph.getDevicesAttr(id);
    if (!isCollective(node.role) || !attr || misgrouped.contains(id) ||
        node.layer == DeploymentGraph::kNone || graph.getInDegree(id) == 0)
      continue;
    const RangeSet &computing = getComputeDevices(node.layer);
    const auto *layer = graph.getLayer(node.layer);
    if (computing.empty() || !layer || layer->lanes.empty())
      continue;
    RangeSet idle = attr.getSet().subtract(computing);
    if (omitted)
      idle = idle.subtract(omitted.getSet());
    const auto *stage = graph.getStage(graph.getOwningStage(id));
    if (stage && !stage->devices.empty())
      idle = idle.subtract(idle.subtract(stage->devices));
    if (idle.empty() || lackingLayers.contains(node.layer) ||
        !reported.insert(attr).second)
      continue;
    log.report(Code::DAG507, graph.getPlace(id),
               "the group of '" + graph.getName(id) + "' is GPU " +
                   attr.getSet().str() + ", but GPU " + idle.str() +
                   " computes nothing in layer " + Twine(node.layer));
  }
}

/// True if something is wrong, not only left out.
static bool hasFinding(CheckLog &log) {
  return llvm::any_of(log.getFindings(), [](const Finding &finding) {
    return finding.severity >= Severity::Medium;
  });
}

void DrawnCollectives::checkCollective(NodeId id) {
  // A legend, not a part of the graph; what it states holds all the same.
  if (graph.getInDegree(id) == 0 && graph.getOutDegree(id) == 0)
    return checkShape(id);
  if (joinsReplicas(graph, id))
    return checkShape(id);
  checkDetail(id);
  checkShape(id);
  checkGroup(id);
  if (isAlone(id))
    alone.push_back(id);
  checkDoubled(id);
}

void DrawnCollectives::run() {
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    if (isCollective(graph.getNode(id).role))
      checkCollective(id);
  }
  // A rank's part that goes elsewhere is said of that rank.
  std::vector<uint32_t> depths = getDepths(graph);
  DenseSet<int64_t> pending = checkDrawnSums(graph, depths, log);
  llvm::erase_if(alone, [&](NodeId id) {
    RangesAttr devices = graph.getDevicesAttr(id);
    return devices && devices.getSet().size() > 1 &&
           pending.contains(graph.getNode(id).layer);
  });
  reportAlone();
  checkDrawnGroups(graph, depths, log);
  checkDrawnMembers(graph, log);
  checkDrawnExchanges(graph, log);
  checkDrawnRings(graph, log);
  checkCollectiveLabels(graph, log);
  checkDrawnExperts(graph, depths, log);
  checkRankBalance(graph, log);
  checkLanes();
  if (!checkNamedRanks(graph, log))
    checkIdleDevices();
  checkGatheredOutputs(graph, Code::DAG504, log);
  checkDrawnSharing(graph, log);
  if (!log.getNothingToCheck().empty() || hasFinding(log))
    return;
  // Nothing was found, and one of several may not be as the others.
  checkLikeness(graph, log);
}

void dag::checkDrawnCollectives(const DeploymentGraph &graph, CheckLog &log) {
  DrawnCollectives(graph, log).run();
}
