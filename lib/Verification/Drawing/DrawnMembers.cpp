//===- DrawnMembers.cpp - Who gives to a collective, who takes --*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each rank of a group gives its part and takes the result; what a rank takes
// whole, of which it has a part, comes from a collective.
//
//===----------------------------------------------------------------------===//

#include "DrawnSums.h"
#include "dag/Graph/ShapeAgreement.h"

#include <map>

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

static constexpr int64_t kNone = DeploymentGraph::kNone;

namespace {

class DrawnMembers {
public:
  DrawnMembers(const DeploymentGraph &graph, CheckLog &log)
      : graph(graph), log(log) {}

  void run();

private:
  using Edge = DeploymentGraph::Edge;

  /// Role, block, layer, replica, device.
  using Member = std::tuple<Role, Role, int64_t, int64_t, const void *>;
  Member getMember(NodeId id, Attribute devices) const {
    const auto &node = graph.getNode(id);
    // Experts of all replicas meet in one exchange.
    return {node.role, node.block, node.layer,
            node.role == Role::Expert ? kNone : node.replica,
            devices.getAsOpaquePointer()};
  }
  NodeId findLeftOut(NodeId id, bool isInput);
  uint64_t countStatedParts(NodeId id) const;
  void checkPartCounts(const DenseSet<NodeId> &told);
  void checkMembers();
  void checkGathered(NodeId id);
  bool takesAll(const Edge &edge) const;
  void checkOperand(NodeId id);
  void checkWholes();

  const DeploymentGraph &graph;
  CheckLog &log;
  /// Of what one device has: a node by its part and its device.
  std::map<Member, NodeId> members;
  size_t numLanes = 0;
};

} // namespace

/// A node that is drawn like those that a collective combines, or gives its
/// result to, on the one device of its stated group that no edge joins to it.
NodeId DrawnMembers::findLeftOut(NodeId id, bool isInput) {
  RangesAttr attr = graph.getDevicesAttr(id);
  if (!attr || attr.getSet().size() < 3)
    return DeploymentGraph::kNoNode;
  RangeSet group = attr.getSet(), met;
  uint32_t peerClass = 0;
  NodeId example = DeploymentGraph::kNoNode;
  for (uint32_t index :
       isInput ? graph.getInEdges(id) : graph.getOutEdges(id)) {
    const Edge &edge = graph.getEdge(index);
    NodeId end = isInput ? edge.source : edge.target;
    RangesAttr devices = graph.getDevicesAttr(end);
    const auto &node = graph.getNode(end);
    // The weights of a router go with the tokens; what only an edge names is
    // no node of a rank.
    if ((isInput && node.role == Role::Router) ||
        (graph.declaresNodes() && graph.isUndeclared(end)))
      continue;
    // What several devices have joins all of them.
    if (!devices || devices.getSet().size() != 1 ||
        !group.contains(devices.getSet()) || isCollective(node.role) ||
        isTransfer(node.role))
      return DeploymentGraph::kNoNode;
    if (example == DeploymentGraph::kNoNode)
      peerClass = node.peerClass;
    if (node.peerClass != peerClass && node.expert == kNone)
      return DeploymentGraph::kNoNode;
    example = end;
    met.insert(devices.getSet());
  }
  RangeSet rest = group.subtract(met);
  if (rest.size() != 1 || met.size() < 2)
    return DeploymentGraph::kNoNode;
  if (members.empty())
    for (NodeId other = 0; other < graph.getNodes().size(); ++other)
      if (RangesAttr devices = graph.getDevicesAttr(other);
          devices && devices.getSet().size() == 1)
        members.insert({getMember(other, devices), other});
  auto it = members.find(
      getMember(example, RangesAttr::get(attr.getContext(), rest)));
  if (it == members.end())
    return DeploymentGraph::kNoNode;
  return it->second;
}

/// How many parts an exchange states where fewer come, each from a node of one
/// device; else zero.
uint64_t DrawnMembers::countStatedParts(NodeId id) const {
  unsigned degree = graph.getInDegree(id);
  DictionaryAttr drawn = graph.getDrawnAttr(id);
  auto label = drawn ? drawn.getAs<StringAttr>("label") : StringAttr();
  if (graph.getNode(id).role != Role::AllToAll || degree < 2 || !label)
    return 0;
  uint64_t stated = readCopies(label.getValue().lower(), /*isInput=*/true);
  bool isEach =
      stated > degree && stated < 2 * degree &&
      llvm::all_of(
          graph.getInEdges(id),
          [&](uint32_t index) {
            return graph.getDevices(graph.getEdge(index).source).size() == 1;
          });
  return isEach ? stated : 0;
}

/// An exchange that states how many parts it takes, and gets fewer.
void DrawnMembers::checkPartCounts(const DenseSet<NodeId> &told) {
  std::vector<NodeId> lacking;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id)
    if (!told.contains(id) && countStatedParts(id) > 0)
      lacking.push_back(id);
  for (auto [id, count] : groupAlike(graph, lacking))
    log.report(Code::DAG503, graph.getPlace(id),
               "'" + graph.getName(id) + "' takes " +
                   Twine(countStatedParts(id)) + " parts, but only " +
                   Twine(graph.getInDegree(id)) + " come" +
                   describeAlike(count, "collectives"));
}

/// Each rank of a stated group gives its part and takes the result.
void DrawnMembers::checkMembers() {
  DenseSet<NodeId> told;
  for (bool isInput : {true, false}) {
    std::vector<NodeId> lacking;
    DenseMap<NodeId, NodeId> leftOut;
    for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
      auto kind = toCollectiveKind(graph.getNode(id).role);
      bool joins = kind && (*kind == CollectiveKind::AllReduce ||
                            *kind == CollectiveKind::AllGather ||
                            *kind == CollectiveKind::ReduceScatter ||
                            *kind == CollectiveKind::AllToAll);
      if (!joins)
        continue;
      NodeId other = findLeftOut(id, isInput);
      if (other == DeploymentGraph::kNoNode)
        continue;
      lacking.push_back(id);
      leftOut[id] = other;
      told.insert(id);
    }
    for (auto [id, count] : groupAlike(graph, lacking)) {
      NodeId other = leftOut[id];
      log.report(Code::DAG503, graph.getPlace(id),
                 "the group of '" + graph.getName(id) + "' is GPU " +
                     graph.getDevices(id).str() + ", but '" +
                     graph.getName(other) + "' on GPU " +
                     graph.getDevices(other).str() +
                     (isInput ? " does not feed it as the others do"
                              : " does not take its result as the others do") +
                     describeAlike(count, "collectives"))
          .note(graph.getPlace(other), "left out");
    }
  }
  checkPartCounts(told);
}

/// A gather of which one shape is stated, the one that each of several ranks
/// gives to it and that what is behind it takes.
void DrawnMembers::checkGathered(NodeId id) {
  if (toCollectiveKind(graph.getNode(id).role) != CollectiveKind::AllGather)
    return;
  ArrayRef<Attribute> dims = graph.getOutputDims(id);
  if (dims.empty())
    dims = graph.getInputDims(id);
  if (dims.size() != 1 || graph.getInDegree(id) < 2 ||
      graph.getOutDegree(id) == 0)
    return;
  RangeSet ranks;
  bool areSums = true;
  for (uint32_t index : graph.getInEdges(id).take_front(64)) {
    NodeId source = graph.getEdge(index).source;
    ArrayRef<Attribute> given = graph.getOutputDims(source);
    if (given.size() != 1 || given.front() != dims.front() ||
        graph.getDevices(source).size() != 1)
      return;
    ranks.insert(graph.getDevices(source));
    areSums &= isRowParallel(graph.getNode(source).role);
  }
  NodeId user = DeploymentGraph::kNoNode;
  for (uint32_t index : graph.getOutEdges(id).take_front(64)) {
    user = graph.getEdge(index).target;
    ArrayRef<Attribute> taken = graph.getInputDims(user);
    Role role = graph.getNode(user).role;
    if (taken.empty() && (role == Role::ResidualAdd || role == Role::Norm))
      taken = graph.getOutputDims(user);
    // Parts of a sum are no slices, whatever the stream states.
    if (taken.empty() && role == Role::ResidualAdd && areSums)
      continue;
    if (!llvm::is_contained(taken, dims.front()))
      return;
  }
  if (ranks.size() < 2)
    return;
  std::string shape = cast<DimsAttr>(dims.front()).str();
  log.report(Code::DAG502, graph.getPlace(id),
             "'" + graph.getName(id) + "' gathers " + shape + " of GPU " +
                 ranks.str() + ", but " + shape +
                 " is what is behind it; an all-gather multiplies one "
                 "dimension by the group")
      .note(graph.getPlace(user), "takes " + shape);
}

/// Parts of a layer that each rank has one of.
static bool isOfRank(Role role) {
  return role == Role::Norm || role == Role::ResidualAdd || isHeavy(role) ||
         role == Role::Dropout || role == Role::Activation;
}

/// True if a rank has one part of a tensor and the next node on it takes as
/// many parts as there are ranks: one dimension is larger by their number.
bool DrawnMembers::takesAll(const Edge &edge) const {
  const auto &source = graph.getNode(edge.source);
  const auto &target = graph.getNode(edge.target);
  const auto *layer = graph.getLayer(target.layer);
  size_t numRanks = layer ? layer->lanes.size() : numLanes;
  if (source.lane == DeploymentGraph::kShared || source.lane != target.lane ||
      numRanks < 2 || graph.getInDegree(edge.target) != 1 ||
      source.replica != target.replica || graph.getEdgeRole(edge) ||
      !isOfRank(source.role) || !isOfRank(target.role) ||
      isRowParallel(target.role)) // takes its own rows
    return false;
  ArrayRef<Attribute> outputs = graph.getOutputDims(edge.source);
  ArrayRef<Attribute> inputs = graph.getInputDims(edge.target);
  if (outputs.size() != 1 || inputs.size() != 1)
    return false;
  auto out = cast<DimsAttr>(outputs.front());
  auto in = cast<DimsAttr>(inputs.front());
  if (out.getRank() != in.getRank())
    return false;
  unsigned numLarger = 0;
  for (unsigned i = 0, e = out.getRank(); i < e; ++i) {
    int64_t small = out.getSizes()[i], large = in.getSizes()[i];
    if (small == large && out.getSymbols()[i] == in.getSymbols()[i])
      continue;
    if (!out.isStatic(i) || !in.isStatic(i) || small <= 0 ||
        large / small != static_cast<int64_t>(numRanks) || large % small != 0)
      return false;
    ++numLarger;
  }
  return numLarger == 1;
}

/// Where all ranks take the whole of what each has a part of, a collective is
/// lost; one rank alone is a slip in a size.
void DrawnMembers::checkWholes() {
  DenseSet<int64_t> lanes;
  for (const auto &node : graph.getNodes())
    if (node.lane != DeploymentGraph::kShared)
      lanes.insert(node.lane);
  numLanes = lanes.size();
  std::map<std::pair<uint32_t, int64_t>, SmallVector<NodeId, 2>> whole;
  for (const Edge &edge : graph.getEdges())
    if (takesAll(edge)) {
      const auto &node = graph.getNode(edge.target);
      whole[{node.peerClass, node.layer}].push_back(edge.target);
    }
  std::vector<NodeId> lacking;
  for (auto &[key, nodes] : whole)
    if (nodes.size() > 1)
      llvm::append_range(lacking, nodes);
  llvm::sort(lacking);
  for (auto [id, count] : groupAlike(graph, lacking)) {
    NodeId source = graph.getEdge(graph.getInEdges(id).front()).source;
    log.report(Code::DAG504, graph.getPlace(id),
               "'" + graph.getName(id) + "' takes " +
                   cast<DimsAttr>(graph.getInputDims(id).front()).str() +
                   ", but its rank has " +
                   cast<DimsAttr>(graph.getOutputDims(source).front()).str() +
                   " of it; expected a collective that brings the parts of "
                   "the other ranks" +
                   describeAlike(count))
        .note(graph.getPlace(source), "one rank's part");
  }
}

/// What each rank gives to a sum is no slice.
void DrawnMembers::checkOperand(NodeId id) {
  if (graph.getNode(id).role != Role::AllReduce &&
      graph.getNode(id).role != Role::ReduceScatter)
    return;
  NodeId slice = DeploymentGraph::kNoNode;
  for (uint32_t index : graph.getInEdges(id)) {
    NodeId source = graph.getEdge(index).source;
    if (!isColumnParallel(graph.getNode(source).role))
      return;
    slice = source;
  }
  if (slice == DeploymentGraph::kNoNode)
    return;
  log.report(Code::DAG504, graph.getPlace(id),
             "'" + graph.getName(id) + "' adds up parts of a sum, but '" +
                 graph.getName(slice) +
                 "' gives slices; the row-parallel product between them, a "
                 "gather, or the slicing is not shown")
      // A mesh of ranks shares the inner dimension too.
      .severity(Severity::Unverified)
      .note(graph.getPlace(slice),
            "gives a slice of heads or features on each rank");
}

void DrawnMembers::run() {
  checkMembers();
  for (NodeId id = 0; id < graph.getNodes().size(); ++id)
    if (isCollective(graph.getNode(id).role)) {
      checkGathered(id);
      if (graph.getInDegree(id) + graph.getOutDegree(id) > 0 &&
          !joinsReplicas(graph, id))
        checkOperand(id);
    }
  checkWholes();
}

bool dag::areSharesOfRanks(const DeploymentGraph &graph, ArrayRef<NodeId> alone,
                           NodeId id) {
  DenseMap<Attribute, unsigned> counts;
  for (NodeId other : alone)
    if (graph.getNode(other).peerClass == graph.getNode(id).peerClass)
      ++counts[graph.getDevicesAttr(
          graph.getEdge(graph.getInEdges(other).front()).source)];
  unsigned first = counts.begin()->second;
  return counts.size() > 1 && llvm::all_of(counts, [&](const auto &entry) {
           return entry.second == first;
         });
}

void dag::checkDrawnMembers(const DeploymentGraph &graph, CheckLog &log) {
  DrawnMembers(graph, log).run();
}
