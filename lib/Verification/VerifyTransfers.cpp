//===- VerifyTransfers.cpp - Does data change stage by a send and a recv -*- C++
//-*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Graph/ShapeAgreement.h"
#include "dag/Verification/Checks.h"
#include "dag/Verification/Passes.h"
#include "llvm/ADT/MapVector.h"

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

class TransfersCheck {
public:
  TransfersCheck(const DeploymentGraph &graph, CheckLog &log)
      : graph(graph), log(log) {}

  void run();

private:
  using Edge = DeploymentGraph::Edge;

  void checkCrossing();
  void checkSend(NodeId id);
  void checkRecv(NodeId id);
  void checkTransferNode(NodeId id);
  void checkTransferEdge(uint32_t index);
  bool hasDifferentDevices(const Edge &edge) const;
  void checkBoundaries();
  bool standsForBoth(NodeId id, ArrayRef<NodeId> far) const;
  bool movesTokens(NodeId id) const;
  bool hasBuffer(NodeId id) const;
  bool isBuffered(NodeId id) const;
  std::string getStageName(int64_t stage) const;
  int64_t getOwningStage(NodeId id) const { return graph.getOwningStage(id); }
  /// True if data into or out of the node never needs a transfer.
  static bool isOutside(const DeploymentGraph::Node &node) {
    return node.role == Role::Input || node.role == Role::Output ||
           node.role == Role::Note || node.role == Role::Parameter ||
           node.role == Role::CommBuffer;
  }
  static bool isCollectiveEdge(const Edge &edge) {
    auto op = dyn_cast<EdgeOp>(edge.op);
    return op && op.getRole() && isCollective(*op.getRole());
  }
  static bool isTransferEdge(const Edge &edge) {
    auto op = dyn_cast<EdgeOp>(edge.op);
    return op && op.getRole() && isTransfer(*op.getRole());
  }

  const DeploymentGraph &graph;
  CheckLog &log;
  /// Boundaries (from, to) that some node or edge deals with.
  DenseSet<std::pair<int64_t, int64_t>> served;
  /// Sends of a plan by what they send, and the stage that it goes to.
  DenseMap<std::pair<Value, int64_t>, NodeId> sent;
  /// Transfer nodes by the node that feeds them, and their lane.
  DenseMap<std::pair<NodeId, int64_t>, NodeId> transfers;
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

/// Tokens that experts send each other are no matter of stages.
bool TransfersCheck::movesTokens(NodeId id) const {
  auto isRouting = [&](NodeId other) {
    Role role = graph.getNode(other).role;
    return role == Role::Router || role == Role::Dispatch ||
           role == Role::Combine || role == Role::Expert || role == Role::Moe ||
           role == Role::AllToAll;
  };
  return graph.getNode(id).block == Role::Moe ||
         llvm::any_of(graph.getInEdges(id),
                      [&](uint32_t index) {
                        return isRouting(graph.getEdge(index).source);
                      }) ||
         llvm::any_of(graph.getOutEdges(id), [&](uint32_t index) {
           return isRouting(graph.getEdge(index).target);
         });
}

std::string TransfersCheck::getStageName(int64_t stage) const {
  return "stage " + std::to_string(stage);
}

/// Whether a node states the shape of what it moves.
bool TransfersCheck::hasBuffer(NodeId id) const {
  if (!graph.isSketch())
    return true; // a verifier's matter
  auto op = cast<NodeOp>(graph.getNode(id).op);
  return op.getBuffer() || !graph.getInputDims(id).empty() ||
         !graph.getOutputDims(id).empty();
}

/// Whether a node, or a buffer beside it, states that shape.
bool TransfersCheck::isBuffered(NodeId id) const {
  if (hasBuffer(id))
    return true;
  auto isBuffer = [&](NodeId other) {
    const auto &node = graph.getNode(other);
    return isTransfer(node.role) && hasBuffer(other);
  };
  for (uint32_t index : graph.getOutEdges(id)) {
    auto op = dyn_cast<EdgeOp>(graph.getEdge(index).op);
    if (isBuffer(graph.getEdge(index).target) || (op && op.getBuffer()))
      return true;
  }
  return llvm::any_of(graph.getInEdges(id), [&](uint32_t index) {
    auto op = dyn_cast<EdgeOp>(graph.getEdge(index).op);
    return isBuffer(graph.getEdge(index).source) || (op && op.getBuffer());
  });
}

void TransfersCheck::checkCrossing() {
  // One finding for a node and the stage that its data goes to.
  llvm::MapVector<std::pair<NodeId, int64_t>, SmallVector<uint32_t, 2>>
      crossings;
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
    if (isTransfer(source.role) || isTransfer(target.role) ||
        isTransferEdge(edge) || isCollectiveEdge(edge))
      continue;
    // In a plan, what is under way has a type of its own.
    if (!graph.isSketch() && target.role == Role::Recv)
      continue;
    crossings[{edge.source, to}].push_back(index);
  }
  for (auto &[key, edges] : crossings) {
    auto [source, to] = key;
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

void TransfersCheck::checkSend(NodeId id) {
  const auto &node = graph.getNode(id);
  int64_t from = node.stage;
  SmallVector<NodeId, 2> recvs;
  bool onEdge = false;
  SmallVector<NodeId, 4> next;
  for (uint32_t index : graph.getOutEdges(id)) {
    NodeId target = graph.getEdge(index).target;
    // A buffer between them belongs to the transfer.
    if (graph.getNode(target).role == Role::CommBuffer) {
      for (uint32_t further : graph.getOutEdges(target).take_front(kMaxFan))
        next.push_back(graph.getEdge(further).target);
      continue;
    }
    next.push_back(target);
    onEdge |= isTransferEdge(graph.getEdge(index));
  }
  for (NodeId target : next)
    if (graph.getNode(target).role == Role::Recv)
      recvs.push_back(target);
  std::string name = graph.getName(id);
  // A send that names the far end, where its data goes, is both.
  if (recvs.empty() && !next.empty() && standsForBoth(id, next)) {
    for (NodeId target : next)
      served.insert({from, getOwningStage(target)});
  } else if (recvs.empty() && !onEdge) {
    auto finding =
        log.report(Code::DAG302, graph.getPlace(id),
                   "expected a recv behind the send '" + name + "', but " +
                       (next.empty() ? Twine("nothing takes its data")
                                     : "its data goes to '" +
                                           graph.getName(next.front()) + "'"));
    for (NodeId target : ArrayRef(next).take_front(4))
      finding.note(graph.getPlace(target), "its data goes here");
    if (from != DeploymentGraph::kNone)
      served.insert({from, node.targetStage != DeploymentGraph::kNone
                               ? node.targetStage
                               : from + 1});
  }
  if (!isBuffered(id))
    log.report(Code::DAG305, graph.getPlace(id),
               "expected the send '" + name +
                   "' to state the shape of its buffer, but it states none");

  // In a plan, a value goes to a stage once.
  if (auto op = dyn_cast<SendOp>(node.op); op && op->getNumOperands() != 0) {
    auto [it, isNew] =
        sent.try_emplace({op.getValue(), toIndex(op.getStage())}, id);
    if (!isNew)
      log.report(Code::DAG307, graph.getPlace(id),
                 "expected one send of this value to " +
                     getStageName(op.getStage()) + ", but '" + name +
                     "' is a second one")
          .note(graph.getPlace(it->second), "the first one");
  }

  DenseMap<int64_t, NodeId> byLane;
  for (NodeId recv : recvs) {
    const auto &peer = graph.getNode(recv);
    int64_t to = peer.stage;
    auto [it, isNew] = byLane.try_emplace(peer.lane, recv);
    if (!isNew && it->second != recv &&
        (node.lane != DeploymentGraph::kShared ||
         peer.lane == DeploymentGraph::kShared))
      log.report(Code::DAG307, graph.getPlace(recv),
                 "expected one recv for the send '" + name + "', but '" +
                     graph.getName(recv) + "' is a second one")
          .note(graph.getPlace(it->second), "the first one");
    // A rank sends to the same rank of the next stage, where the sizes of the
    // groups agree.
    if (node.tpRank != DeploymentGraph::kNone &&
        peer.tpRank != DeploymentGraph::kNone && node.tpRank != peer.tpRank &&
        recvs.size() == 1 && graph.getInDegree(recv) == 1)
      log.report(Code::DAG306, graph.getPlace(id),
                 "the send '" + name + "' of TP rank " + Twine(node.tpRank) +
                     " reaches the recv '" + graph.getName(recv) +
                     "' of TP rank " + Twine(peer.tpRank))
          .note(graph.getPlace(recv), "the recv");
    // In a plan, both ends name the buffer that the data goes through.
    auto sendOp = dyn_cast<TransferOpInterface>(node.op);
    auto recvOp = dyn_cast<TransferOpInterface>(peer.op);
    if (sendOp && recvOp &&
        sendOp.getTransferBuffer() != recvOp.getTransferBuffer())
      log.report(Code::DAG304, graph.getPlace(recv),
                 "the recv '" + graph.getName(recv) + "' takes '@" +
                     recvOp.getTransferBuffer().getValue() +
                     "', but its send '" + name + "' fills '@" +
                     sendOp.getTransferBuffer().getValue() + "'")
          .note(graph.getPlace(id), "the send")
          .hint("Name the same buffer at both ends.");
    // What a recv states as its far end is where it receives from.
    if (peer.targetStage != DeploymentGraph::kNone &&
        from != DeploymentGraph::kNone && peer.targetStage != from)
      log.report(Code::DAG306, graph.getPlace(recv),
                 "the recv '" + graph.getName(recv) + "' names " +
                     getStageName(peer.targetStage) + ", but its send '" +
                     name + "' is in " + getStageName(from))
          .note(graph.getPlace(id), "the send");
    if (from == DeploymentGraph::kNone || to == DeploymentGraph::kNone)
      continue;
    served.insert({from, to});
    if (to == from)
      log.report(Code::DAG306, graph.getPlace(id),
                 "expected the send '" + name +
                     "' to reach another stage, but its recv is in " +
                     getStageName(to) + " too")
          .note(graph.getPlace(recv), "the recv");
    else if (node.targetStage != DeploymentGraph::kNone &&
             node.targetStage != to)
      log.report(Code::DAG306, graph.getPlace(id),
                 "the send '" + name + "' names " +
                     getStageName(node.targetStage) + ", but its recv is in " +
                     getStageName(to))
          .note(graph.getPlace(recv), "the recv");
    else if (!graph.getStage(from) || !graph.getStage(to))
      continue;
    else if (!graph.isSketch() && to > from)
      continue; // in a plan, the value itself says which stage uses it
    else if (graph.getStage(to) != graph.getStage(from) + 1)
      log.report(Code::DAG306, graph.getPlace(id),
                 "expected the send '" + name + "' of " + getStageName(from) +
                     " to reach the next stage, but its recv is in " +
                     getStageName(to))
          .note(graph.getPlace(recv), "the recv");
  }
}

void TransfersCheck::checkRecv(NodeId id) {
  const auto &node = graph.getNode(id);
  std::string name = graph.getName(id);
  SmallVector<NodeId, 2> sends;
  SmallVector<NodeId, 4> before;
  bool onEdge = false;
  for (uint32_t index : graph.getInEdges(id)) {
    NodeId source = graph.getEdge(index).source;
    if (graph.getNode(source).role == Role::CommBuffer) {
      for (uint32_t further : graph.getInEdges(source).take_front(kMaxFan))
        before.push_back(graph.getEdge(further).source);
      continue;
    }
    before.push_back(source);
    onEdge |= isTransferEdge(graph.getEdge(index));
  }
  for (NodeId source : before)
    if (graph.getNode(source).role == Role::Send)
      sends.push_back(source);
  if (sends.empty() && !before.empty() && standsForBoth(id, before)) {
    for (NodeId source : before)
      served.insert({getOwningStage(source), node.stage});
  } else if (sends.empty() && !onEdge) {
    auto finding = log.report(
        Code::DAG303, graph.getPlace(id),
        "expected a send before the recv '" + name + "', but " +
            (before.empty() ? Twine("nothing leads to it")
                            : "its data comes from '" +
                                  graph.getName(before.front()) + "'"));
    for (NodeId source : ArrayRef(before).take_front(4))
      finding.note(graph.getPlace(source), "its data comes from here");
    if (node.stage != DeploymentGraph::kNone)
      served.insert({node.stage - 1, node.stage});
  }
  if (!isBuffered(id))
    log.report(Code::DAG305, graph.getPlace(id),
               "expected the recv '" + name +
                   "' to state the shape of its buffer, but it states none");
  DenseMap<int64_t, NodeId> byLane;
  for (NodeId send : sends) {
    auto [it, isNew] = byLane.try_emplace(graph.getNode(send).lane, send);
    if (!isNew && it->second != send)
      log.report(Code::DAG307, graph.getPlace(send),
                 "expected one send for the recv '" + name + "', but '" +
                     graph.getName(send) + "' is a second one")
          .note(graph.getPlace(it->second), "the first one");
    // What is sent is what arrives, whole or in the same shards.
    ArrayRef<Attribute> sent = graph.getOutputDims(send);
    if (sent.empty())
      sent = graph.getInputDims(send);
    ArrayRef<Attribute> received = graph.getInputDims(id);
    if (received.empty())
      received = graph.getOutputDims(id);
    if (!sent.empty() && !received.empty() &&
        compareShapes(cast<DimsAttr>(sent.front()),
                      cast<DimsAttr>(received.front())) == Agreement::No)
      log.report(Code::DAG304, graph.getPlace(id),
                 "the recv '" + name + "' takes " +
                     cast<DimsAttr>(received.front()).str() +
                     ", but its send '" + graph.getName(send) + "' gives " +
                     cast<DimsAttr>(sent.front()).str())
          .note(graph.getPlace(send), "the send");
    if (graph.isSketch()) {
      auto sendOp = cast<NodeOp>(graph.getNode(send).op);
      auto recvOp = cast<NodeOp>(node.op);
      if (sendOp.getBuffer() && recvOp.getBuffer() &&
          compareShapes(*sendOp.getBuffer(), *recvOp.getBuffer()) ==
              Agreement::No)
        log.report(Code::DAG304, graph.getPlace(id),
                   "the recv '" + name + "' has a buffer of " +
                       recvOp.getBuffer()->str() + ", but its send '" +
                       graph.getName(send) + "' has one of " +
                       sendOp.getBuffer()->str())
            .note(graph.getPlace(send), "the send");
      // A send may name the devices at the far end.
      RangeSet target = graph.getTargetDevices(send);
      RangeSet devices = graph.getDevices(id);
      if (!target.empty() && !devices.empty() && !target.intersects(devices))
        log.report(Code::DAG306, graph.getPlace(send),
                   "the send '" + graph.getName(send) + "' names GPU " +
                       target.str() + ", but its recv '" + name +
                       "' is on GPU " + devices.str())
            .note(graph.getPlace(id), "the recv");
    }
  }
}

void TransfersCheck::checkTransferNode(NodeId id) {
  const auto &node = graph.getNode(id);
  std::string name = graph.getName(id);
  // Its neighbors and its own words say where it leads from and to.
  int64_t from = node.statedStage, to = node.targetStage;
  int64_t drawnFrom = DeploymentGraph::kNone, drawnTo = DeploymentGraph::kNone;
  for (uint32_t index : graph.getInEdges(id))
    if (int64_t stage = getOwningStage(graph.getEdge(index).source);
        stage != DeploymentGraph::kNone)
      drawnFrom = stage;
  for (uint32_t index : graph.getOutEdges(id))
    if (int64_t stage = getOwningStage(graph.getEdge(index).target);
        stage != DeploymentGraph::kNone)
      drawnTo = stage;
  RangeSet devices = graph.getDevices(id);
  RangeSet targets = graph.getTargetDevices(id);
  bool namesEnds = to != DeploymentGraph::kNone || !targets.empty() ||
                   node.targetLayer != DeploymentGraph::kNone;
  if (!namesEnds)
    log.report(Code::DAG302, graph.getPlace(id),
               "expected '" + name +
                   "', one node for send and recv, to name both ends, but it "
                   "names " +
                   (from != DeploymentGraph::kNone || !devices.empty()
                        ? "one"
                        : "none"));
  if (!isBuffered(id))
    log.report(Code::DAG305, graph.getPlace(id),
               "expected the transfer '" + name +
                   "' to state the shape of its buffer, but it states none");
  if (graph.getInDegree(id) > 0) {
    NodeId feeder = graph.getEdge(graph.getInEdges(id).front()).source;
    auto [it, isNew] = transfers.try_emplace({feeder, node.lane}, id);
    const auto &twin = graph.getNode(it->second);
    if (!isNew &&
        graph.getDevicesAttr(it->second) == graph.getDevicesAttr(id) &&
        twin.targetStage == node.targetStage)
      log.report(Code::DAG307, graph.getPlace(id),
                 "expected one transfer of the data of '" +
                     graph.getName(feeder) + "', but '" + name +
                     "' is a second one")
          .note(graph.getPlace(it->second), "the first one");
  }
  if (drawnFrom != DeploymentGraph::kNone && drawnTo != DeploymentGraph::kNone)
    served.insert({drawnFrom, drawnTo});
  else if (from != DeploymentGraph::kNone && to != DeploymentGraph::kNone)
    served.insert({from, to});
  auto check = [&](int64_t stated, int64_t drawn, StringRef end) {
    if (to == DeploymentGraph::kNone || stated == DeploymentGraph::kNone ||
        drawn == DeploymentGraph::kNone || stated == drawn)
      return;
    log.report(Code::DAG306, graph.getPlace(id),
               "the transfer '" + name + "' names " + getStageName(stated) +
                   " as its " + end + ", but its edge leads " +
                   (end == "source" ? "from " : "to ") + getStageName(drawn));
  };
  check(from, drawnFrom, "source");
  check(to, drawnTo, "target");
  // The devices that it names are those of the stages at its ends.
  auto checkDevices = [&](const RangeSet &stated, int64_t stage,
                          StringRef end) {
    const auto *owner = graph.getStage(stage);
    if (targets.empty() || stated.empty() || !owner || owner->devices.empty() ||
        owner->devices.contains(stated))
      return;
    log.report(Code::DAG306, graph.getPlace(id),
               "the transfer '" + name + "' names GPU " + stated.str() +
                   " as its " + end + ", but " + getStageName(stage) +
                   " has GPU " + owner->devices.str());
  };
  checkDevices(devices, drawnFrom, "source");
  checkDevices(targets, drawnTo, "target");
  if (drawnFrom != DeploymentGraph::kNone && drawnFrom == drawnTo)
    log.report(Code::DAG306, graph.getPlace(id),
               "expected the transfer '" + name +
                   "' to reach another stage, but both its ends are in " +
                   getStageName(drawnTo));
}

/// True if the nodes at both ends of an edge state devices of their own, so
/// that the edge names both ends by itself.
bool TransfersCheck::hasDifferentDevices(const Edge &edge) const {
  RangeSet source = graph.getDevices(edge.source);
  RangeSet target = graph.getDevices(edge.target);
  return source.size() == 1 && target.size() == 1 && source != target;
}

void TransfersCheck::checkTransferEdge(uint32_t index) {
  const Edge &edge = graph.getEdge(index);
  auto op = cast<EdgeOp>(edge.op);
  bool betweenNodes = isTransfer(graph.getNode(edge.source).role) ||
                      isTransfer(graph.getNode(edge.target).role);
  int64_t from = getOwningStage(edge.source);
  int64_t to = getOwningStage(edge.target);
  if (betweenNodes || from == to)
    return;
  std::string name = graph.getName(edge.source);
  bool namesEnds = (op.getStage() && op.getTargetStage()) ||
                   (op.getDevices() && op.getTargetDevices()) ||
                   hasDifferentDevices(edge);
  if (!namesEnds)
    log.report(Code::DAG302, graph.getEdgePlace(index, edge.source),
               "expected the label of the edge from '" + name + "' to '" +
                   graph.getName(edge.target) +
                   "' to name both ends of the transfer");
  if (!op.getBuffer())
    log.report(Code::DAG305, graph.getEdgePlace(index, edge.source),
               "expected the label of the edge from '" + name + "' to '" +
                   graph.getName(edge.target) +
                   "' to state the shape of the buffer");
  if (op.getBuffer())
    for (ArrayRef<Attribute> dims :
         {graph.getOutputDims(edge.source), graph.getInputDims(edge.target)}) {
      // Of several shapes, one is what is moved.
      if (dims.empty() || llvm::any_of(dims, [&](Attribute shape) {
            return compareShapes(*op.getBuffer(), cast<DimsAttr>(shape)) !=
                   Agreement::No;
          }))
        continue;
      log.report(Code::DAG304, graph.getEdgePlace(index, edge.source),
                 "the label of the edge from '" + name + "' to '" +
                     graph.getName(edge.target) + "' moves " +
                     op.getBuffer()->str() + ", but its end states " +
                     cast<DimsAttr>(dims.front()).str());
      break;
    }
  if (op.getStage() && op.getTargetStage() && from != DeploymentGraph::kNone &&
      to != DeploymentGraph::kNone &&
      (static_cast<int64_t>(*op.getStage()) != from ||
       static_cast<int64_t>(*op.getTargetStage()) != to))
    log.report(Code::DAG306, graph.getEdgePlace(index, edge.source),
               "the label of the edge from '" + name + "' to '" +
                   graph.getName(edge.target) + "' names stages " +
                   Twine(*op.getStage()) + " and " +
                   Twine(*op.getTargetStage()) + ", but it leads from " +
                   getStageName(from) + " to " + getStageName(to));
}

void TransfersCheck::checkBoundaries() {
  // Two stages that nothing connects.
  ArrayRef<DeploymentGraph::Stage> stages = graph.getStages();
  DenseMap<int64_t, NodeId> firstNode;
  for (const auto &layer : graph.getLayers())
    firstNode.try_emplace(layer.stage, layer.nodes.front());
  for (size_t i = 0; i + 1 < stages.size(); ++i) {
    int64_t from = stages[i].index, to = stages[i + 1].index;
    if (served.contains({from, to}))
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

void TransfersCheck::run() {
  bool isOneStage = graph.getStages().size() < 2;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    if (isTransfer(node.role) && movesTokens(id))
      continue;
    if (node.role == Role::Send)
      checkSend(id);
    else if (node.role == Role::Recv)
      checkRecv(id);
    else if (node.role == Role::Transfer)
      checkTransferNode(id);
  }
  if (isOneStage) {
    if (graph.getStatedPpSize() > 1)
      log.setUnverified("no node says in which of the " +
                        Twine(graph.getStatedPpSize()) + " stages it is");
    return;
  }
  checkCrossing();
  for (uint32_t index = 0; index < graph.getEdges().size(); ++index)
    if (isTransferEdge(graph.getEdge(index)))
      checkTransferEdge(index);
  checkBoundaries();
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
