//===- DrawnTransfers.cpp - Transfers of a drawing --------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Transfers.h"
#include "DrawnRules.h"
#include "EdgeLabels.h"
#include "LoneStage.h"
#include "dag/Graph/ShapeAgreement.h"
#include "llvm/ADT/MapVector.h"

#include <map>

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

//===----------------------------------------------------------------------===//
// Sends and recvs
//===----------------------------------------------------------------------===//

/// Whether a node states the shape of what it moves.
bool DrawnTransfers::statesShape(NodeId id) const {
  auto op = dyn_cast<NodeOp>(graph.getNode(id).op);
  return !op || op.getBuffer() || !graph.getInputDims(id).empty() ||
         !graph.getOutputDims(id).empty();
}

/// Whether a node, or a buffer beside it, states that shape.
bool DrawnTransfers::isBuffered(NodeId id) const {
  if (statesShape(id))
    return true;
  auto isBuffer = [&](NodeId other) {
    const auto &node = graph.getNode(other);
    return isTransfer(node.role) && statesShape(other);
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

void DrawnTransfers::checkBuffer(NodeId id, StringRef what) {
  if (!isBuffered(id))
    log.report(Code::DAG305, graph.getPlace(id),
               "expected the " + what + " '" + graph.getName(id) +
                   "' to state the shape of its buffer, but it states none")
        .severity(Severity::Low);
}

void DrawnTransfers::checkSend(NodeId id) { checkBuffer(id, "send"); }

void DrawnTransfers::checkRecv(NodeId id, const FarEnd &farEnd) {
  checkBuffer(id, "recv");
  for (NodeId send : farEnd.partners)
    checkArrival(send, id);
}

/// What is sent is what arrives, whole or in the same shards.
/// True if a node is not on the devices of its stage, which are those that its
/// other end names: a matter of stages.
bool DrawnTransfers::isStray(NodeId id, const RangeSet &named) const {
  const auto *stage = graph.getStage(graph.getNode(id).stage);
  return stage && !stage->statedDevices.empty() &&
         !stage->statedDevices.intersects(graph.getDevices(id)) &&
         stage->statedDevices.intersects(named);
}

void DrawnTransfers::checkArrival(NodeId send, NodeId recv) {
  std::string name = graph.getName(recv);
  ArrayRef<Attribute> sent = graph.getOutputDims(send);
  if (sent.empty())
    sent = graph.getInputDims(send);
  ArrayRef<Attribute> received = graph.getInputDims(recv);
  if (received.empty())
    received = graph.getOutputDims(recv);
  // What a send does to a shape is a matter of dimensions; this says which
  // transfer it is.
  bool isTold =
      !sent.empty() && !received.empty() &&
      compareShapes(cast<DimsAttr>(sent.front()),
                    cast<DimsAttr>(received.front())) == Agreement::No;
  if (isTold) {
    auto finding =
        log.report(Code::DAG304, graph.getPlace(recv),
                   "the recv '" + name + "' takes " +
                       cast<DimsAttr>(received.front()).str() +
                       ", but its send '" + graph.getName(send) + "' gives " +
                       cast<DimsAttr>(sent.front()).str());
    finding.severity(Severity::Low);
    finding.note(graph.getPlace(send), "the send");
  }
  auto sendOp = cast<NodeOp>(graph.getNode(send).op);
  auto recvOp = cast<NodeOp>(graph.getNode(recv).op);
  if (!isTold && sendOp.getBuffer() && recvOp.getBuffer() &&
      compareShapes(*sendOp.getBuffer(), *recvOp.getBuffer()) == Agreement::No)
    log.report(Code::DAG304, graph.getPlace(recv),
               "the recv '" + name + "' has a buffer of " +
                   recvOp.getBuffer()->str() + ", but its send '" +
                   graph.getName(send) + "' has one of " +
                   sendOp.getBuffer()->str())
        .note(graph.getPlace(send), "the send");
  // A send may name the devices at the far end.
  RangeSet target = graph.getTargetDevices(send);
  RangeSet devices = graph.getDevices(recv);
  if (!target.empty() && !devices.empty() && !target.intersects(devices) &&
      !isStray(recv, target))
    log.report(Code::DAG306, graph.getPlace(send),
               "the send '" + graph.getName(send) + "' names GPU " +
                   target.str() + ", but its recv '" + name + "' is on GPU " +
                   devices.str())
        .note(graph.getPlace(recv), "the recv");
}

//===----------------------------------------------------------------------===//
// One node for both ends
//===----------------------------------------------------------------------===//

/// True for two devices, one of what leads to the node and one of what is
/// behind it: `between GPU 7 and GPU 8`.
static bool namesBothEnds(const DeploymentGraph &graph, NodeId id) {
  RangeSet own = graph.getDevices(id), before, behind;
  if (own.size() != 2)
    return false;
  for (uint32_t index : graph.getInEdges(id).take_front(16))
    before.insert(graph.getDevices(graph.getEdge(index).source));
  for (uint32_t index : graph.getOutEdges(id).take_front(16))
    behind.insert(graph.getDevices(graph.getEdge(index).target));
  return own.intersects(before.subtract(behind)) &&
         own.intersects(behind.subtract(before));
}

/// Whether a send of the drawing leads to a recv.
bool DrawnTransfers::hasPairs() {
  if (!pairs)
    pairs = llvm::any_of(graph.getEdges(), [&](const auto &edge) {
      return graph.getNode(edge.source).role == Role::Send &&
             graph.getNode(edge.target).role == Role::Recv;
    });
  return *pairs;
}

void DrawnTransfers::checkTransfer(NodeId id) {
  const auto &node = graph.getNode(id);
  bool namesSource = node.statedStage != DeploymentGraph::kNone ||
                     !graph.getDevices(id).empty() ||
                     cast<NodeOp>(node.op).getDeviceName();
  bool namesTarget = node.targetStage != DeploymentGraph::kNone ||
                     !graph.getTargetDevices(id).empty() ||
                     node.targetLayer != DeploymentGraph::kNone ||
                     !graph.getTargetDeviceName(id).empty() ||
                     namesBothEnds(graph, id);
  if (!namesTarget) {
    auto finding =
        log.report(Code::DAG302, graph.getPlace(id),
                   "expected '" + graph.getName(id) +
                       "', one node for send and recv, to name both ends, but "
                       "it names " +
                       (namesSource ? "one" : "none"));
    // The other one may be named in words that are not known, unless other
    // boundaries have a send and a recv.
    if (namesSource && !hasPairs())
      finding.severity(Severity::Unverified);
  }
  checkBuffer(id, "transfer");
  checkOnce(id);
  checkEnds(id);
}

/// True if the number of a stage that there is not is that of a device:
/// `dst=4`.
bool DrawnTransfers::namesDevice(NodeId send, NodeId recv) const {
  if (!graph.isSketch())
    return false;
  auto drawn = cast<NodeOp>(graph.getNode(send).op).getDrawn();
  auto label = drawn ? drawn->getAs<StringAttr>("label") : StringAttr();
  if (label && label.getValue().contains_insensitive("stage"))
    return false;
  int64_t number = graph.getNode(send).targetStage;
  return !graph.getStage(number) && graph.getDevices(recv).contains(number);
}

/// The data of a node crosses once on each lane.
void DrawnTransfers::checkOnce(NodeId id) {
  if (graph.getInDegree(id) == 0)
    return;
  const auto &node = graph.getNode(id);
  NodeId feeder = graph.getEdge(graph.getInEdges(id).front()).source;
  auto [it, isNew] = transfers.try_emplace({feeder, node.lane}, id);
  if (!isNew && graph.getDevicesAttr(it->second) == graph.getDevicesAttr(id) &&
      graph.getNode(it->second).targetStage == node.targetStage)
    log.report(Code::DAG307, graph.getPlace(id),
               "expected one transfer of the data of '" +
                   graph.getName(feeder) + "', but '" + graph.getName(id) +
                   "' is a second one")
        .note(graph.getPlace(it->second), "the first one");
}

/// True if a transfer leads from one layer to the next one that is drawn.
bool DrawnTransfers::isOnTheWay(NodeId id) const {
  if (graph.getInDegree(id) == 0 || graph.getOutDegree(id) == 0)
    return false;
  int64_t from =
      graph.getNode(graph.getEdge(graph.getInEdges(id).front()).source).layer;
  int64_t to =
      graph.getNode(graph.getEdge(graph.getOutEdges(id).front()).target).layer;
  return from != DeploymentGraph::kNone && to == from + 1;
}

/// True if a transfer leads from one copy of a layer to the other: a matter of
/// layers.
bool DrawnTransfers::isBetweenCopies(NodeId id) const {
  if (graph.getInDegree(id) == 0 || graph.getOutDegree(id) == 0)
    return false;
  int64_t layer =
      graph.getNode(graph.getEdge(graph.getInEdges(id).front()).source).layer;
  return doubled.contains(layer) &&
         graph.getNode(graph.getEdge(graph.getOutEdges(id).front()).target)
                 .layer == layer;
}

/// Where its neighbors and its own words say that it leads from and to.
void DrawnTransfers::checkEnds(NodeId id) {
  const auto &node = graph.getNode(id);
  std::string name = graph.getName(id);
  int64_t from = node.statedStage, to = node.targetStage;
  int64_t drawnFrom = DeploymentGraph::kNone, drawnTo = DeploymentGraph::kNone;
  for (uint32_t index : graph.getInEdges(id))
    if (int64_t stage = graph.getOwningStage(graph.getEdge(index).source);
        stage != DeploymentGraph::kNone)
      drawnFrom = stage;
  for (uint32_t index : graph.getOutEdges(id))
    if (int64_t stage = graph.getOwningStage(graph.getEdge(index).target);
        stage != DeploymentGraph::kNone)
      drawnTo = stage;
  RangeSet targets = graph.getTargetDevices(id);
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
  if (isBetweenCopies(id))
    return;
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
  checkDevices(graph.getDevices(id), drawnFrom, "source");
  checkDevices(targets, drawnTo, "target");
  if (drawnFrom == DeploymentGraph::kNone || drawnFrom != drawnTo)
    return;
  auto finding =
      log.report(Code::DAG306, graph.getPlace(id),
                 "expected the transfer '" + name +
                     "' to reach another stage, but both its ends are in " +
                     getStageName(drawnTo));
  // Between a layer and the next one it is one too many, and no wrong way.
  if (isOnTheWay(id))
    finding.severity(Severity::Low);
}

//===----------------------------------------------------------------------===//
// Parts of layers on devices of their own
//===----------------------------------------------------------------------===//

/// A box for a layer, or for its attention or network, on devices of its own.
bool DrawnTransfers::isWholePart(NodeId id) const {
  const auto &node = graph.getNode(id);
  return (node.role == Role::Layer || node.role == Role::Attention ||
          node.role == Role::Ffn) &&
         node.layer != DeploymentGraph::kNone && !graph.isUndeclared(id) &&
         node.tpRank == DeploymentGraph::kNone &&
         node.expert == DeploymentGraph::kNone && graph.getDevicesAttr(id) &&
         !graph.hasAllDevices(id);
}

bool DrawnTransfers::checkWholeParts() {
  using Part = std::tuple<int64_t, Role, int64_t>; // layer, role, replica
  auto getPart = [&](NodeId id) {
    const auto &node = graph.getNode(id);
    return Part{node.layer, node.role, node.replica};
  };
  // Ranks that share a part, or shards of a sequence, are several of it.
  std::map<Part, unsigned> counts;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id)
    if (isWholePart(id))
      ++counts[getPart(id)];
  bool areAny = false;
  for (uint32_t index = 0; index < graph.getEdges().size(); ++index) {
    const DeploymentGraph::Edge &edge = graph.getEdge(index);
    if (!isWholePart(edge.source) || !isWholePart(edge.target) ||
        graph.getEdgeRole(edge) || counts[getPart(edge.source)] > 1 ||
        counts[getPart(edge.target)] > 1)
      continue;
    int64_t from = graph.getOwningStage(edge.source);
    if (from != graph.getOwningStage(edge.target))
      continue;
    RangeSet source = graph.getDevices(edge.source);
    RangeSet target = graph.getDevices(edge.target);
    if (source.intersects(target))
      continue;
    areAny = true;
    log.report(Code::DAG301, graph.getEdgePlace(index, edge.source),
               "data of '" + graph.getName(edge.source) + "' goes from GPU " +
                   source.str() + " to GPU " + target.str() +
                   " without a send, a recv and a buffer")
        .note(graph.getPlace(edge.target), "to here");
  }
  return areAny;
}

//===----------------------------------------------------------------------===//
// Parts of a layer on devices of their own
//===----------------------------------------------------------------------===//

namespace {
enum class Part { None, Projection, Product, Expert };
} // namespace

static Part getApartPart(const DeploymentGraph::Node &node) {
  if (node.role == Role::Expert || node.expert != DeploymentGraph::kNone)
    return Part::Expert;
  switch (node.role) {
  case Role::QkvProjection:
  case Role::QProjection:
    return Part::Projection;
  case Role::Attention:
  case Role::AttentionScores:
  case Role::AttentionWeights:
  case Role::AttentionOutput:
    return Part::Product;
  default:
    return Part::None;
  }
}

std::optional<ApartParts> dag::findApartParts(const DeploymentGraph &graph) {
  std::map<Part, RangeSet> devices;
  DenseSet<std::pair<Attribute, unsigned>> seen;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    Part part = getApartPart(graph.getNode(id));
    if (part == Part::None)
      continue;
    if (graph.hasAllDevices(id))
      return std::nullopt;
    if (RangesAttr attr = graph.getDevicesAttr(id);
        attr && seen.insert({attr, static_cast<unsigned>(part)}).second)
      devices[part].insert(attr.getSet());
  }
  auto areApart = [](const RangeSet &first, const RangeSet &second) {
    return !first.empty() && !second.empty() && !first.intersects(second);
  };
  RangeSet attention = devices[Part::Projection];
  attention.insert(devices[Part::Product]);
  if (areApart(attention, devices[Part::Expert]))
    return ApartParts{attention, devices[Part::Expert], "attention",
                      "the experts' network"};
  if (areApart(devices[Part::Projection], devices[Part::Product]))
    return ApartParts{devices[Part::Projection], devices[Part::Product],
                      "the projection to Q, K and V", "attention",
                      /*isPool=*/true};
  return std::nullopt;
}

/// True if what goes into or out of a node is moved by it, or is no matter of
/// devices: scores of a router go with the tokens.
static bool movesByItself(const DeploymentGraph::Node &node) {
  return isCollective(node.role) || isTransfer(node.role) ||
         !isLayerRole(node.role) || node.role == Role::Embedding ||
         node.role == Role::Router || node.role == Role::Dispatch ||
         node.role == Role::Combine;
}

/// Data that goes straight from the devices of one part to those of the other,
/// or back: neither sent nor exchanged.
bool DrawnTransfers::checkApartParts() {
  if (std::optional<uint32_t> index = findUnmarkedBefore(graph)) {
    const DeploymentGraph::Edge &edge = graph.getEdge(*index);
    log.report(Code::DAG301, graph.getEdgePlace(*index, edge.source),
               "data of '" + graph.getName(edge.source) + "' goes from GPU " +
                   graph.getDevices(edge.source).str() + " to " +
                   getStageName(graph.getStages().front().index) +
                   " without a send, a recv and a buffer");
    return true;
  }
  std::optional<ApartParts> apart = findApartParts(graph);
  if (!apart)
    return false;
  DenseMap<Attribute, unsigned> sides;
  auto getSide = [&](NodeId id) -> unsigned {
    RangesAttr devices = graph.getDevicesAttr(id);
    if (!devices || movesByItself(graph.getNode(id)))
      return 0;
    auto [side, isNew] = sides.try_emplace(devices, 0);
    if (isNew)
      side->second = apart->first.contains(devices.getSet())    ? 1
                     : apart->second.contains(devices.getSet()) ? 2
                                                                : 0;
    return side->second;
  };
  // One finding for a layer and a direction.
  llvm::MapVector<std::pair<int64_t, unsigned>, SmallVector<uint32_t, 2>>
      crossings;
  for (uint32_t index = 0; index < graph.getEdges().size(); ++index) {
    const DeploymentGraph::Edge &edge = graph.getEdge(index);
    unsigned from = getSide(edge.source), to = getSide(edge.target);
    if (from != 0 && to != 0 && from != to && !graph.getEdgeRole(edge))
      crossings[{graph.getNode(edge.source).layer, from}].push_back(index);
  }
  for (auto &[key, edges] : crossings) {
    const DeploymentGraph::Edge &first = graph.getEdge(edges.front());
    auto finding = log.report(
        Code::DAG301, graph.getEdgePlace(edges.front(), first.source),
        "data of '" + graph.getName(first.source) + "' goes from GPU " +
            graph.getDevices(first.source).str() + " to '" +
            graph.getName(first.target) + "' on GPU " +
            graph.getDevices(first.target).str() +
            " without a send, a recv and a buffer, or an exchange");
    for (uint32_t index : ArrayRef(edges).drop_front().take_front(8))
      finding.note(graph.getEdgePlace(index, graph.getEdge(index).source),
                   "as here");
  }
  return true;
}

/// Transfers between devices that are no stages by what is stated: data comes
/// from where they say, and goes there. True if that is open for one.
bool DrawnTransfers::checkUnstaged() {
  auto meets = [&](NodeId other, const RangeSet &devices) {
    RangeSet theirs = graph.getDevices(other);
    return theirs.empty() || theirs.intersects(devices) ||
           graph.hasAllDevices(other) || isTransfer(graph.getNode(other).role);
  };
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    RangeSet from = graph.getDevices(id), to = graph.getTargetDevices(id);
    if ((node.role != Role::Send && node.role != Role::Transfer) ||
        node.block == Role::Moe || from.empty() || to.empty() ||
        from.intersects(to) || namesRing(getDrawnText(graph, id)))
      continue;
    for (uint32_t index : graph.getOutEdges(id).take_front(64)) {
      const DeploymentGraph::Edge &edge = graph.getEdge(index);
      NodeId target = edge.target;
      // Words on the edge say what is left out between them.
      auto op = cast<EdgeOp>(edge.op);
      if (meets(target, to) ||
          op.getDrawn()
              .value_or(DictionaryAttr::get(op.getContext()))
              .contains("label"))
        continue;
      log.setUnverified("'" + graph.getName(id) + "' moves data to GPU " +
                            to.str() + ", but '" + graph.getName(target) +
                            "', which takes it, is on GPU " +
                            graph.getDevices(target).str(),
                        graph.getLoc(id));
      return true;
    }
  }
  return false;
}

//===----------------------------------------------------------------------===//
// Edges whose label is a transfer
//===----------------------------------------------------------------------===//

/// What the label says is moved is what an end states.
void DrawnTransfers::checkMoved(uint32_t index) {
  const DeploymentGraph::Edge &edge = graph.getEdge(index);
  auto op = cast<EdgeOp>(edge.op);
  if (!op.getBuffer())
    return;
  for (ArrayRef<Attribute> dims :
       {graph.getOutputDims(edge.source), graph.getInputDims(edge.target)}) {
    // Of several shapes, one is what is moved.
    if (dims.empty() || llvm::any_of(dims, [&](Attribute shape) {
          return compareShapes(*op.getBuffer(), cast<DimsAttr>(shape)) !=
                 Agreement::No;
        }))
      continue;
    auto finding = log.report(
        Code::DAG304, graph.getEdgePlace(index, edge.source),
        "the label of the edge from '" + graph.getName(edge.source) + "' to '" +
            graph.getName(edge.target) + "' moves " + op.getBuffer()->str() +
            ", but its end states " + cast<DimsAttr>(dims.front()).str());
    // A shape that is no share of what it moves is a matter of dimensions.
    if (isLabelRefuted(graph, edge))
      finding.severity(Severity::Low);
    break;
  }
}

void DrawnTransfers::checkEdge(uint32_t index) {
  const DeploymentGraph::Edge &edge = graph.getEdge(index);
  auto op = cast<EdgeOp>(edge.op);
  bool betweenNodes = isTransfer(graph.getNode(edge.source).role) ||
                      isTransfer(graph.getNode(edge.target).role);
  int64_t from = graph.getOwningStage(edge.source);
  int64_t to = graph.getOwningStage(edge.target);
  if (betweenNodes || from == to)
    return;
  std::string name = graph.getName(edge.source);
  bool namesEnds = (op.getStage() && op.getTargetStage()) ||
                   (op.getDevices() && op.getTargetDevices());
  if (!namesEnds) {
    auto finding = log.report(
        Code::DAG302, graph.getEdgePlace(index, edge.source),
        "expected the label of the edge from '" + name + "' to '" +
            graph.getName(edge.target) + "' to name both ends of the transfer");
    // A send and a recv are there, on the devices of the edge's ends.
    if (op->hasAttr("dag.sends_and_receives") &&
        graph.getDevicesAttr(edge.source) && graph.getDevicesAttr(edge.target))
      finding.severity(Severity::Low);
  }
  if (!op.getBuffer())
    log.report(Code::DAG305, graph.getEdgePlace(index, edge.source),
               "expected the label of the edge from '" + name + "' to '" +
                   graph.getName(edge.target) +
                   "' to state the shape of the buffer")
        .severity(Severity::Low);
  checkMoved(index);
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
  if (op.getDevices() && op.getTargetDevices()) {
    checkLabelDevices(index, op.getDevices()->getSet(), from, "source");
    checkLabelDevices(index, op.getTargetDevices()->getSet(), to, "target");
  }
}

/// The devices that the label names are those of the stages at the ends.
void DrawnTransfers::checkLabelDevices(uint32_t index, const RangeSet &stated,
                                       int64_t stage, StringRef end) {
  const DeploymentGraph::Edge &edge = graph.getEdge(index);
  const auto *owner = graph.getStage(stage);
  if (stated.empty() || !owner || owner->devices.empty() ||
      owner->devices.contains(stated))
    return;
  log.report(Code::DAG306, graph.getEdgePlace(index, edge.source),
             "the label of the edge from '" + graph.getName(edge.source) +
                 "' to '" + graph.getName(edge.target) + "' names GPU " +
                 stated.str() + " as its " + end + ", but " +
                 getStageName(stage) + " has GPU " + owner->devices.str());
}

void DrawnTransfers::checkSource(NodeId send, NodeId recv) {
  RangeSet named = graph.getTargetDevices(recv), own = graph.getDevices(send);
  if (!named.empty() && !own.empty() && !named.intersects(own) &&
      !isStray(send, named))
    log.report(Code::DAG306, graph.getPlace(recv),
               "the recv '" + graph.getName(recv) + "' names GPU " +
                   named.str() + " as its source, but its send '" +
                   graph.getName(send) + "' is on GPU " + own.str())
        .note(graph.getPlace(send), "the send");
}

/// True if the last stage sends to the first one, which goes on with later
/// layers: each has several chunks of them.
bool DrawnTransfers::goesToNextChunk(NodeId send, NodeId recv) const {
  constexpr size_t kMaxEdges = 64;
  ArrayRef<DeploymentGraph::Stage> stages = graph.getStages();
  if (graph.getNode(send).stage != stages.back().index ||
      graph.getNode(recv).stage != stages.front().index)
    return false;
  RangeSet before, behind;
  for (uint32_t index : graph.getInEdges(send).take_front(kMaxEdges))
    before.insert(graph.getStatedLayers(graph.getEdge(index).source));
  for (uint32_t index : graph.getOutEdges(recv).take_front(kMaxEdges))
    behind.insert(graph.getStatedLayers(graph.getEdge(index).target));
  return !before.empty() && !behind.empty() && behind.front() > before.back();
}

Boundaries DrawnTransfers::findSentModels() const {
  constexpr size_t kMaxFan = 64;
  Boundaries sent;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    if (!graph.isSketch() || !isTransfer(graph.getNode(id).role))
      continue;
    for (uint32_t in : graph.getInEdges(id).take_front(kMaxFan))
      for (uint32_t out : graph.getOutEdges(id).take_front(kMaxFan)) {
        int64_t from = graph.getNode(graph.getEdge(in).source).model;
        int64_t to = graph.getNode(graph.getEdge(out).target).model;
        if (from != DeploymentGraph::kNone && to != DeploymentGraph::kNone &&
            from != to)
          sent.insert({from, to});
      }
  }
  return sent;
}
