//===- VerifyTransfers.cpp - Does data change stage by sends? ---*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Drawing/DrawnRules.h"
#include "Transfers.h"
#include "dag/Verification/Checks.h"
#include "dag/Verification/Passes.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace mlir::dag;

namespace mlir::dag {
#define GEN_PASS_DEF_DAGVERIFYTRANSFERS
#include "dag/Verification/Passes.h.inc"
} // namespace mlir::dag

using NodeId = DeploymentGraph::NodeId;

namespace {

/// A buffer has one send and one recv for each rank. Of a buffer with more
/// ends than any machine has ranks, only so many are looked at.
constexpr size_t kMaxFan = 64;

/// What holds for a drawing and a plan alike.
class TransfersCheck {
public:
  TransfersCheck(const DeploymentGraph &graph, CheckLog &log)
      : graph(graph), log(log), drawn(graph, served, log), planned(graph, log) {
  }

  void run();

private:
  using Edge = DeploymentGraph::Edge;

  void checkCrossing();
  bool checkModels();
  FarEnd lookBehind(NodeId send) const;
  FarEnd lookBefore(NodeId recv) const;
  void checkSend(NodeId id);
  void checkPartner(NodeId send, NodeId recv, bool isOnly);
  void checkPartnersStage(NodeId send, NodeId recv);
  void checkRecv(NodeId id);
  bool isChainNamed() const;
  void followTransfers();
  void checkBoundaries();
  void checkNamed();
  bool standsForBoth(NodeId id, ArrayRef<NodeId> far) const;
  void countRecvs();
  void reportNoRecv(NodeId id, const FarEnd &end);
  bool lacksRecv(NodeId id) const;
  int64_t getOwningStage(NodeId id) const { return graph.getOwningStage(id); }
  /// True if data into or out of the node never needs a transfer.
  static bool isOutside(const DeploymentGraph::Node &node) {
    return node.role == Role::Input || node.role == Role::Output ||
           node.role == Role::Note || node.role == Role::Parameter ||
           node.role == Role::CommBuffer;
  }
  bool isCollectiveEdge(const Edge &edge) const {
    std::optional<Role> role = graph.getEdgeRole(edge);
    return role && isCollective(*role);
  }

  const DeploymentGraph &graph;
  CheckLog &log;
  Boundaries served;
  /// Of the sends that are drawn alike, those that a recv follows.
  DenseMap<uint32_t, unsigned> numReceived;
  DrawnTransfers drawn;
  PlannedTransfers planned;
};

} // namespace

/// Whether one node, drawn as a send or a recv, names both ends, and the nodes
/// at its far end are there.
bool TransfersCheck::standsForBoth(NodeId id, ArrayRef<NodeId> far) const {
  const auto &node = graph.getNode(id);
  RangeSet devices = graph.getTargetDevices(id);
  if (graph.getDevices(id).empty() || devices.empty())
    return false;
  return llvm::all_of(far, [&](NodeId other) {
    RangeSet theirs = graph.getDevices(other);
    return theirs.empty()
               ? node.targetStage == getOwningStage(other)
               : theirs.intersects(devices) || graph.hasAllDevices(other);
  });
}

void TransfersCheck::checkCrossing() {
  // One finding for a node and the stage that its data goes to.
  llvm::MapVector<std::pair<NodeId, int64_t>, SmallVector<uint32_t, 2>>
      crossings;
  DenseSet<std::pair<NodeId, NodeId>> moved;
  for (uint32_t index = 0; index < graph.getEdges().size(); ++index) {
    const Edge &edge = graph.getEdge(index);
    const auto &source = graph.getNode(edge.source);
    const auto &target = graph.getNode(edge.target);
    if (isOutside(source) || isOutside(target))
      continue;
    int64_t from = getOwningStage(edge.source);
    int64_t to = getOwningStage(edge.target);
    if (from == DeploymentGraph::kNone || to == DeploymentGraph::kNone ||
        from == to)
      continue;
    served.insert({from, to});
    if (isTransferEdge(graph, edge))
      moved.insert({edge.source, edge.target});
    if (isTransfer(source.role) || isTransfer(target.role) ||
        isTransferEdge(graph, edge) || isCollectiveEdge(edge))
      continue;
    // In a plan, what is under way has a type of its own.
    if (!graph.isSketch() && target.role == Role::Recv)
      continue;
    // Nothing moves on one device, whatever marks say: those are told of.
    RangesAttr devices = graph.getDevicesAttr(edge.source);
    if (graph.isSketch() && devices && devices.getSet().size() == 1 &&
        devices == graph.getDevicesAttr(edge.target))
      continue;
    crossings[{edge.source, to}].push_back(index);
  }
  for (auto &[key, edges] : crossings) {
    NodeId source = key.first;
    int64_t to = key.second;
    // The edge that states the transfer may be drawn beside another one.
    llvm::erase_if(edges, [&](uint32_t index) {
      return moved.contains({source, graph.getEdge(index).target});
    });
    if (edges.empty())
      continue;
    int64_t from = getOwningStage(source);
    auto finding =
        log.report(Code::DAG301, graph.getEdgePlace(edges.front(), source),
                   "data of '" + graph.getName(source) + "' goes from " +
                       getStageName(from) + " to " + getStageName(to) +
                       " without a send, a recv and a buffer");
    finding.note(graph.getPlace(source), "from here");
    for (uint32_t index : ArrayRef(edges).take_front(8))
      finding.note(graph.getPlace(graph.getEdge(index).target), "to here");
  }
}

/// Models on devices of their own, such as prefill and decode, are no stages;
/// what goes from one to the other is sent all the same. True if anything does.
bool TransfersCheck::checkModels() {
  if (graph.getModelNames().empty())
    return false;
  bool crosses = false;
  // What stands beside the models is of the one on whose devices it is.
  std::vector<RangeSet> devices(graph.getModelNames().size());
  DenseSet<std::pair<int64_t, Attribute>> seen;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id)
    if (int64_t model = graph.getNode(id).model;
        model != DeploymentGraph::kNone)
      if (RangesAttr attr = graph.getDevicesAttr(id);
          attr && seen.insert({model, attr}).second)
        devices[model].insert(attr.getSet());
  auto getModel = [&](NodeId id) {
    int64_t found = graph.getNode(id).model;
    if (found != DeploymentGraph::kNone)
      return found;
    RangeSet own = graph.getDevices(id);
    for (size_t model = 0; model < devices.size(); ++model)
      if (devices[model].intersects(own)) {
        if (found != DeploymentGraph::kNone)
          return DeploymentGraph::kNone;
        found = model;
      }
    return found;
  };
  Boundaries sent = drawn.findSentModels();
  llvm::MapVector<std::pair<NodeId, int64_t>, SmallVector<NodeId, 2>> missing;
  llvm::SetVector<NodeId> unreceived;
  for (const Edge &edge : graph.getEdges()) {
    const auto &source = graph.getNode(edge.source);
    const auto &target = graph.getNode(edge.target);
    RangesAttr from = graph.getDevicesAttr(edge.source);
    RangesAttr to = graph.getDevicesAttr(edge.target);
    if (isOutside(source) || isOutside(target))
      continue;
    int64_t left = getModel(edge.source), right = getModel(edge.target);
    // Without devices, what else is sent tells that models are apart.
    bool isApart = from && to ? !from.getSet().intersects(to.getSet())
                              : sent.contains({left, right});
    if (left == right || !isApart)
      continue;
    crosses = true;
    if (source.role == Role::Send && !isTransfer(target.role) &&
        lacksRecv(edge.source))
      unreceived.insert(edge.source);
    if (left == DeploymentGraph::kNone || right == DeploymentGraph::kNone ||
        isTransfer(source.role) || isTransfer(target.role) ||
        isCollective(target.role) || graph.getEdgeRole(edge))
      continue;
    missing[{edge.source, right}].push_back(edge.target);
  }
  for (NodeId send : unreceived)
    reportNoRecv(send, lookBehind(send));
  for (auto &[key, targets] : missing) {
    NodeId source = key.first, target = targets.front();
    auto getPlaceName = [&](NodeId id) {
      RangeSet places = graph.getDevices(id);
      std::string name = graph.getModelNames()[getModel(id)].str();
      return places.empty() ? name : name + " on GPU " + places.str();
    };
    auto finding =
        log.report(Code::DAG301, graph.getPlace(source),
                   "data of '" + graph.getName(source) + "' goes from " +
                       getPlaceName(source) + " to " + getPlaceName(target) +
                       " without a send, a recv and a buffer");
    for (NodeId id : ArrayRef(targets).take_front(8))
      finding.note(graph.getPlace(id), "to here");
  }
  return crosses;
}

//===----------------------------------------------------------------------===//
// Sends
//===----------------------------------------------------------------------===//

FarEnd TransfersCheck::lookBehind(NodeId send) const {
  FarEnd end;
  for (uint32_t index : graph.getOutEdges(send)) {
    NodeId target = graph.getEdge(index).target;
    // A buffer between them belongs to the transfer.
    if (graph.getNode(target).role == Role::CommBuffer) {
      for (uint32_t further : graph.getOutEdges(target).take_front(kMaxFan))
        end.nodes.push_back(graph.getEdge(further).target);
      continue;
    }
    end.nodes.push_back(target);
    end.hasTransferEdge |= isTransferEdge(graph, graph.getEdge(index));
  }
  for (NodeId target : end.nodes)
    if (graph.getNode(target).role == Role::Recv)
      end.partners.push_back(target);
  return end;
}

void TransfersCheck::countRecvs() {
  for (NodeId id = 0; id < graph.getNodes().size(); ++id)
    if (graph.getNode(id).role == Role::Send &&
        !lookBehind(id).partners.empty())
      ++numReceived[graph.getNode(id).peerClass];
}

/// True for a send without a recv where those that are drawn alike have one:
/// it names both ends as they do, and stands for one of them.
bool TransfersCheck::lacksRecv(NodeId id) const {
  return graph.isSketch() &&
         numReceived.lookup(graph.getNode(id).peerClass) > 0;
}

void TransfersCheck::reportNoRecv(NodeId id, const FarEnd &end) {
  auto finding = log.report(
      Code::DAG302, graph.getPlace(id),
      "expected a recv behind the send '" + graph.getName(id) + "', but " +
          (end.nodes.empty() ? Twine("nothing takes its data")
                             : "its data goes to '" +
                                   graph.getName(end.nodes.front()) + "'"));
  for (NodeId target : ArrayRef(end.nodes).take_front(4))
    finding.note(graph.getPlace(target), "its data goes here");
}

void TransfersCheck::checkSend(NodeId id) {
  const auto &node = graph.getNode(id);
  int64_t from = node.stage;
  FarEnd end = lookBehind(id);
  std::string name = graph.getName(id);
  // A send that names the far end, where its data goes, is both, unless others
  // have their recvs.
  if (graph.isSketch() && end.nodes.empty() && numReceived.empty() &&
      standsForBoth(id, end.nodes)) {
    // The edge is missing, which is a matter of connectivity.
    served.insert({from, node.targetStage != DeploymentGraph::kNone
                             ? node.targetStage
                             : from + 1});
  } else if (end.partners.empty() && !end.nodes.empty() && !lacksRecv(id) &&
             standsForBoth(id, end.nodes)) {
    for (NodeId target : end.nodes)
      served.insert({from, getOwningStage(target)});
  } else if (end.partners.empty() && (!end.hasTransferEdge || lacksRecv(id))) {
    reportNoRecv(id, end);
    if (from != DeploymentGraph::kNone)
      served.insert({from, node.targetStage != DeploymentGraph::kNone
                               ? node.targetStage
                               : from + 1});
  }
  if (graph.isSketch())
    drawn.checkSend(id);
  else
    planned.checkSend(id, end);

  DenseMap<int64_t, NodeId> byLane;
  for (NodeId recv : end.partners) {
    const auto &peer = graph.getNode(recv);
    auto [it, isNew] = byLane.try_emplace(peer.lane, recv);
    if (!isNew && it->second != recv &&
        (node.lane != DeploymentGraph::kShared ||
         peer.lane == DeploymentGraph::kShared))
      log.report(Code::DAG307, graph.getPlace(recv),
                 "expected one recv for the send '" + name + "', but '" +
                     graph.getName(recv) + "' is a second one")
          .note(graph.getPlace(it->second), "the first one");
    checkPartner(id, recv, /*isOnly=*/end.partners.size() == 1);
  }
}

/// The recv of a send: the same rank of the next stage.
void TransfersCheck::checkPartner(NodeId send, NodeId recv, bool isOnly) {
  const auto &node = graph.getNode(send);
  const auto &peer = graph.getNode(recv);
  std::string name = graph.getName(send);
  // Where the sizes of the groups agree.
  if (node.tpRank != DeploymentGraph::kNone &&
      peer.tpRank != DeploymentGraph::kNone && node.tpRank != peer.tpRank &&
      isOnly && graph.getInDegree(recv) == 1)
    log.report(Code::DAG306, graph.getPlace(send),
               "the send '" + name + "' of TP rank " + Twine(node.tpRank) +
                   " reaches the recv '" + graph.getName(recv) +
                   "' of TP rank " + Twine(peer.tpRank))
        .note(graph.getPlace(recv), "the recv");
  // What a recv states as its far end is where it receives from.
  if (peer.targetStage != DeploymentGraph::kNone &&
      node.stage != DeploymentGraph::kNone && peer.targetStage != node.stage)
    log.report(Code::DAG306, graph.getPlace(recv),
               "the recv '" + graph.getName(recv) + "' names " +
                   getStageName(peer.targetStage) + ", but its send '" + name +
                   "' is in " + getStageName(node.stage))
        .note(graph.getPlace(send), "the send");
  drawn.checkSource(send, recv);
  if (node.stage != DeploymentGraph::kNone &&
      peer.stage != DeploymentGraph::kNone)
    checkPartnersStage(send, recv);
}

void TransfersCheck::checkPartnersStage(NodeId send, NodeId recv) {
  const auto &node = graph.getNode(send);
  int64_t from = node.stage, to = graph.getNode(recv).stage;
  std::string name = graph.getName(send);
  served.insert({from, to});
  if (to == from) {
    auto finding =
        log.report(Code::DAG306, graph.getPlace(send),
                   "expected the send '" + name +
                       "' to reach another stage, but its recv is in " +
                       getStageName(to) + " too");
    finding.note(graph.getPlace(recv), "the recv");
    // It names other devices, so that the stages may have been misread.
    RangeSet devices = graph.getTargetDevices(send);
    if (graph.isSketch() && !devices.empty() &&
        !devices.intersects(graph.getDevices(send)))
      finding.severity(Severity::Unverified);
  } else if (node.targetStage != DeploymentGraph::kNone &&
             node.targetStage != to && !drawn.namesDevice(send, recv))
    log.report(Code::DAG306, graph.getPlace(send),
               "the send '" + name + "' names " +
                   getStageName(node.targetStage) + ", but its recv is in " +
                   getStageName(to))
        .note(graph.getPlace(recv), "the recv");
  else if (!graph.getStage(from) || !graph.getStage(to))
    return;
  else if (!graph.isSketch() && to > from)
    return; // in a plan, the value itself says which stage uses it
  else if (graph.getStage(to) != graph.getStage(from) + 1 &&
           !drawn.goesToNextChunk(send, recv))
    log.report(Code::DAG306, graph.getPlace(send),
               "expected the send '" + name + "' of " + getStageName(from) +
                   " to reach the next stage, but its recv is in " +
                   getStageName(to))
        .note(graph.getPlace(recv), "the recv");
}

//===----------------------------------------------------------------------===//
// Recvs
//===----------------------------------------------------------------------===//

FarEnd TransfersCheck::lookBefore(NodeId recv) const {
  FarEnd end;
  for (uint32_t index : graph.getInEdges(recv)) {
    NodeId source = graph.getEdge(index).source;
    if (graph.getNode(source).role == Role::CommBuffer) {
      for (uint32_t further : graph.getInEdges(source).take_front(kMaxFan))
        end.nodes.push_back(graph.getEdge(further).source);
      continue;
    }
    end.nodes.push_back(source);
    end.hasTransferEdge |= isTransferEdge(graph, graph.getEdge(index));
  }
  for (NodeId source : end.nodes)
    if (graph.getNode(source).role == Role::Send)
      end.partners.push_back(source);
  return end;
}

void TransfersCheck::checkRecv(NodeId id) {
  const auto &node = graph.getNode(id);
  std::string name = graph.getName(id);
  FarEnd end = lookBefore(id);
  if (end.partners.empty() && !end.nodes.empty() &&
      standsForBoth(id, end.nodes)) {
    for (NodeId source : end.nodes)
      served.insert({getOwningStage(source), node.stage});
  } else if (end.partners.empty() && !end.hasTransferEdge) {
    auto finding = log.report(
        Code::DAG303, graph.getPlace(id),
        "expected a send before the recv '" + name + "', but " +
            (end.nodes.empty() ? Twine("nothing leads to it")
                               : "its data comes from '" +
                                     graph.getName(end.nodes.front()) + "'"));
    for (NodeId source : ArrayRef(end.nodes).take_front(4))
      finding.note(graph.getPlace(source), "its data comes from here");
    if (node.stage != DeploymentGraph::kNone)
      served.insert({node.stage - 1, node.stage});
  } else if (end.partners.empty()) {
    // The edge that leads to it states the transfer.
    for (NodeId source : end.nodes) {
      int64_t from = getOwningStage(source);
      served.insert(
          {from == DeploymentGraph::kNone ? node.stage - 1 : from, node.stage});
    }
  }
  DenseMap<int64_t, NodeId> byLane;
  for (NodeId send : end.partners) {
    auto [it, isNew] = byLane.try_emplace(graph.getNode(send).lane, send);
    if (!isNew && it->second != send)
      log.report(Code::DAG307, graph.getPlace(send),
                 "expected one send for the recv '" + name + "', but '" +
                     graph.getName(send) + "' is a second one")
          .note(graph.getPlace(it->second), "the first one");
  }
  if (graph.isSketch())
    drawn.checkRecv(id, end);
}

/// True if transfers name the stages that devices are only guessed to be, one
/// after the other.
bool TransfersCheck::isChainNamed() const {
  DenseSet<int64_t> named;
  for (const auto &node : graph.getNodes())
    if (isTransfer(node.role) && node.statedStage != DeploymentGraph::kNone &&
        node.targetStage == node.statedStage + 1)
      named.insert(node.statedStage);
  return graph.hasInferredStages() &&
         named.size() + 1 >= graph.getStages().size();
}

/// Transfers that state no stage serve the boundary between the stages before
/// and behind them.
void TransfersCheck::followTransfers() {
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    if (!isTransfer(graph.getNode(id).role) && !crossesStages(graph, id))
      continue;
    SmallVector<int64_t, 4> from, to;
    for (bool isForward : {false, true}) {
      SmallVector<NodeId, 8> open(1, id);
      for (unsigned i = 0; i < open.size() && open.size() < kMaxFan; ++i)
        for (uint32_t index : (isForward ? graph.getOutEdges(open[i])
                                         : graph.getInEdges(open[i]))
                                  .take_front(kMaxFan)) {
          const Edge &edge = graph.getEdge(index);
          NodeId next = isForward ? edge.target : edge.source;
          if (isTransfer(graph.getNode(next).role))
            open.push_back(next);
          else if (int64_t stage = getOwningStage(next);
                   stage != DeploymentGraph::kNone)
            (isForward ? to : from).push_back(stage);
        }
    }
    for (int64_t source : from)
      for (int64_t target : to)
        if (source != target)
          served.insert({source, target});
  }
}

void TransfersCheck::checkBoundaries() {
  if (isChainNamed())
    return;
  if (graph.isSketch())
    followTransfers();
  // Two stages that nothing connects.
  ArrayRef<DeploymentGraph::Stage> stages = graph.getStages();
  DenseMap<int64_t, NodeId> firstNode;
  for (const auto &layer : graph.getLayers())
    firstNode.try_emplace(layer.stage, layer.nodes.front());
  for (size_t i = 0; i + 1 < stages.size(); ++i) {
    int64_t from = stages[i].index, to = stages[i + 1].index;
    if (served.contains({from, to}) ||
        (!graph.isSketch() && planned.areBesideEachOther(from, to)))
      continue;
    auto first = firstNode.find(to);
    NodeId place =
        first == firstNode.end() ? DeploymentGraph::kNoNode : first->second;
    std::string message = "expected a transfer from " + getStageName(from) +
                          " to " + getStageName(to) +
                          ", but nothing leads from one to the other";
    if (place == DeploymentGraph::kNoNode)
      log.report(Code::DAG301,
                 stages[i + 1].op ? stages[i + 1].op->getLoc()
                                  : graph.getRoot()->getLoc(),
                 "", message);
    else
      log.report(Code::DAG301, graph.getPlace(place), message);
  }
}

/// Boundaries that transfers name at both ends, where no node says in which
/// stage it is.
void TransfersCheck::checkNamed() {
  int64_t numStages = graph.getStatedPpSize();
  DenseSet<std::pair<int64_t, int64_t>> named;
  for (const auto &node : graph.getNodes())
    if (isTransfer(node.role) && node.statedStage != DeploymentGraph::kNone &&
        node.targetStage != DeploymentGraph::kNone)
      named.insert({node.statedStage, node.targetStage});
  if (named.size() + 1 < static_cast<uint64_t>(numStages))
    log.setUnverified("no node says in which of the " + Twine(numStages) +
                      " stages it is, and transfers name " +
                      Twine(named.size()) + " of the " + Twine(numStages - 1) +
                      " boundaries between them");
}

void TransfersCheck::run() {
  bool isOneStage = graph.getStages().size() < 2;
  bool isPipeline = !graph.getStages().empty() || graph.getStatedPpSize() > 1;
  countRecvs();
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    if (isTransfer(node.role) && movesTokens(graph, id))
      continue;
    // Within one stage, keys and values are sent from shard to shard.
    if (!isPipeline && node.statedStage == DeploymentGraph::kNone &&
        node.targetStage == DeploymentGraph::kNone)
      continue;
    if (node.role == Role::Send)
      checkSend(id);
    else if (node.role == Role::Recv)
      checkRecv(id);
    else if (node.role == Role::Transfer)
      drawn.checkTransfer(id);
  }
  if (isOneStage) {
    if (graph.isSketch() && !isPipeline)
      checkOpenSends(graph, log);
    bool crosses = checkModels();
    crosses |= graph.isSketch() && drawn.checkWholeParts();
    crosses |= graph.isSketch() && drawn.checkApartParts();
    crosses |= graph.isSketch() && checkLoneRecvs(graph, log);
    if (graph.getStatedPpSize() > 1)
      checkNamed();
    else if (graph.isSketch() && isOnNamedDevices(graph))
      log.setUnverified("devices have names alone, and nothing says in which "
                        "stages they are");
    else if (graph.isSketch() && !crosses && !checkOpenMove(graph, log) &&
             !drawn.checkUnstaged())
      log.setNothingToCheck("one stage");
    return;
  }
  checkCrossing();
  if (graph.isSketch())
    checkStrayMoves(graph, log);
  if (graph.hasInferredStages())
    drawn.checkWholeParts();
  for (uint32_t index = 0; index < graph.getEdges().size(); ++index)
    if (isTransferEdge(graph, graph.getEdge(index)))
      drawn.checkEdge(index);
  checkBoundaries();
  if (graph.isSketch() &&
      llvm::none_of(log.getFindings(), [](const Finding &finding) {
        return finding.severity >= Severity::Medium;
      }))
    checkOpenMove(graph, log);
}

namespace {
struct VerifyTransfers
    : CheckPass<dag::impl::DagVerifyTransfersBase<VerifyTransfers>> {
  using CheckPass::CheckPass;

  const CheckInfo &getCheck() const override {
    return getCheckInfo(CheckId::Transfers);
  }
  void checkGraph(const DeploymentGraph &graph, CheckLog &log) override;
};
} // namespace

void VerifyTransfers::checkGraph(const DeploymentGraph &graph, CheckLog &log) {
  reportViolations(graph, log);
  TransfersCheck(graph, log).run();
}
