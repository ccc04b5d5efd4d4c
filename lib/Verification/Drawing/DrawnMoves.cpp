//===- DrawnMoves.cpp - Data that changes devices unexplained ---*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Transfers.h"
#include "DrawnRules.h"

#include <map>

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

namespace {
/// Finds an edge between devices that have none in common, of which nothing
/// says how data goes along it.
class Moves {
public:
  explicit Moves(const DeploymentGraph &graph)
      : graph(graph), others(graph.getNodes().size()) {
    for (NodeId id = 0; id < others.size(); ++id)
      others[id] = getOtherStage(id);
  }

  std::optional<uint32_t> find();
  /// Edges within a stage, one end of which is on the devices of another one.
  SmallVector<std::pair<uint32_t, int64_t>> findStrays() const;

private:
  using Kind = std::pair<uint32_t, int64_t>; // class, layer

  bool isCandidate(const DeploymentGraph::Edge &edge) const;
  bool works(NodeId id) const;
  bool beginsDrawing(NodeId id) const;
  bool isOfOneStage(const DeploymentGraph::Edge &edge) const;
  int64_t getOtherStage(NodeId id) const;
  bool isSlip(NodeId id) const;
  const RangeSet &getDevicesOfKind(NodeId id);

  const DeploymentGraph &graph;
  /// The stages on whose devices nodes are, or none.
  std::vector<int64_t> others;
  std::map<Kind, RangeSet> devices;
};
} // namespace

/// True for a node that computes, and is neither an end of the drawing nor a
/// way from device to device.
bool Moves::works(NodeId id) const {
  const auto &node = graph.getNode(id);
  switch (node.role) {
  case Role::Input:
  case Role::Output:
  case Role::Note:
  case Role::Parameter:
  case Role::CommBuffer:
  case Role::Slice:
  case Role::Concat:
  case Role::Dispatch:
  case Role::Combine:
    return false;
  default:
    return !isCollective(node.role) && !isTransfer(node.role) &&
           node.kind != NodeKind::Communication && node.kind != NodeKind::Note;
  }
}

bool Moves::isCandidate(const DeploymentGraph::Edge &edge) const {
  RangesAttr from = graph.getDevicesAttr(edge.source);
  RangesAttr to = graph.getDevicesAttr(edge.target);
  if (!from || !to || from == to || !works(edge.source) ||
      !works(edge.target) || from.getSet().intersects(to.getSet()))
    return false;
  // Words on the edge say what it is. Scores choose the experts, and are no
  // data of theirs. What begins the drawing is an input.
  auto op = dyn_cast<EdgeOp>(edge.op);
  auto drawn = op ? op.getDrawn().value_or(nullptr) : DictionaryAttr();
  return !graph.getEdgeRole(edge) && !(drawn && drawn.contains("label")) &&
         graph.getNode(edge.source).role != Role::Router &&
         !beginsDrawing(edge.source) && !isOfOneStage(edge) &&
         !isSlip(edge.source) && !isSlip(edge.target);
}

/// True if nothing leads to the node but what is called an input.
bool Moves::beginsDrawing(NodeId id) const {
  return llvm::all_of(graph.getInEdges(id), [&](uint32_t index) {
    return graph.getNode(graph.getEdge(index).source).role == Role::Input;
  });
}

/// True if both ends are on the devices of the stage that they say they are in:
/// it is no matter of stages how these share their work.
bool Moves::isOfOneStage(const DeploymentGraph::Edge &edge) const {
  int64_t index = graph.getNode(edge.source).statedStage;
  const auto *stage = graph.getStage(index);
  if (!stage || graph.getNode(edge.target).statedStage != index)
    return false;
  const RangeSet &devices =
      stage->statedDevices.empty() ? stage->devices : stage->statedDevices;
  return devices.contains(graph.getDevices(edge.source)) &&
         devices.contains(graph.getDevices(edge.target));
}

const RangeSet &Moves::getDevicesOfKind(NodeId id) {
  if (devices.empty()) {
    DenseSet<std::pair<Kind, Attribute>> seen;
    for (NodeId other = 0; other < graph.getNodes().size(); ++other) {
      const auto &node = graph.getNode(other);
      Kind kind(node.peerClass, node.layer);
      if (RangesAttr attr = graph.getDevicesAttr(other);
          attr && seen.insert({kind, attr}).second)
        devices[kind].insert(attr.getSet());
    }
  }
  const auto &node = graph.getNode(id);
  return devices[{node.peerClass, node.layer}];
}

std::optional<uint32_t> Moves::find() {
  constexpr unsigned kMaxLooked = 4096;
  unsigned numLooked = 0;
  for (uint32_t index = 0; index < graph.getEdges().size(); ++index) {
    const auto &edge = graph.getEdge(index);
    if (!isCandidate(edge))
      continue;
    if (++numLooked > kMaxLooked)
      break;
    // Where others of its kind are on the devices at the far end, they work
    // side by side, and how they share data is a matter of collectives.
    if (!getDevicesOfKind(edge.target)
             .intersects(graph.getDevices(edge.source)) &&
        !getDevicesOfKind(edge.source)
             .intersects(graph.getDevices(edge.target)))
      return index;
  }
  return std::nullopt;
}

static const RangeSet &getDevices(const DeploymentGraph::Stage &stage) {
  return stage.statedDevices.empty() ? stage.devices : stage.statedDevices;
}

/// The stage on whose devices a node is, where it is on none of its own.
int64_t Moves::getOtherStage(NodeId id) const {
  const auto *own = graph.getStage(graph.getNode(id).statedStage);
  RangeSet devices = graph.getDevices(id);
  if (!own || devices.empty() || getDevices(*own).empty() ||
      getDevices(*own).intersects(devices))
    return DeploymentGraph::kNone;
  for (const auto &stage : graph.getStages())
    if (getDevices(stage).contains(devices))
      return stage.index;
  return DeploymentGraph::kNone;
}

/// One node among others that are where they say has a wrong mark, which is a
/// matter of stages; nothing is meant to move.
bool Moves::isSlip(NodeId id) const {
  auto isAtHome = [&](NodeId other) {
    return others[other] == DeploymentGraph::kNone &&
           graph.getNode(other).statedStage == graph.getNode(id).statedStage;
  };
  constexpr unsigned kMaxEdges = 16;
  return others[id] != DeploymentGraph::kNone && graph.getInDegree(id) > 0 &&
         graph.getOutDegree(id) > 0 &&
         llvm::all_of(graph.getInEdges(id).take_front(kMaxEdges),
                      [&](uint32_t index) {
                        return isAtHome(graph.getEdge(index).source);
                      }) &&
         llvm::all_of(graph.getOutEdges(id).take_front(kMaxEdges),
                      [&](uint32_t index) {
                        return isAtHome(graph.getEdge(index).target);
                      });
}

SmallVector<std::pair<uint32_t, int64_t>> Moves::findStrays() const {
  SmallVector<std::pair<uint32_t, int64_t>> strays;
  for (auto [index, edge] : llvm::enumerate(graph.getEdges())) {
    int64_t from = others[edge.source], to = others[edge.target];
    // What is of another stage by its layer is a matter of crossings.
    if (from != to &&
        (from == DeploymentGraph::kNone || to == DeploymentGraph::kNone) &&
        graph.getNode(edge.source).statedStage ==
            graph.getNode(edge.target).statedStage &&
        graph.getOwningStage(edge.source) ==
            graph.getOwningStage(edge.target) &&
        isCandidate(edge))
      strays.push_back({index, from == DeploymentGraph::kNone ? to : from});
  }
  return strays;
}

void dag::checkStrayMoves(const DeploymentGraph &graph, CheckLog &log) {
  for (auto [index, stage] : Moves(graph).findStrays()) {
    const auto &edge = graph.getEdge(index);
    log.report(Code::DAG301, graph.getEdgePlace(index, edge.source),
               "data of '" + graph.getName(edge.source) + "' goes from GPU " +
                   graph.getDevices(edge.source).str() + " to GPU " +
                   graph.getDevices(edge.target).str() +
                   " without a send, a recv and a buffer, though " +
                   (graph.getDevices(edge.source)
                            .intersects(getDevices(*graph.getStage(stage)))
                        ? "the former"
                        : "the latter") +
                   " is of stage " + Twine(stage))
        .note(graph.getPlace(edge.target), "to here");
  }
}

bool dag::checkOpenMove(const DeploymentGraph &graph, CheckLog &log) {
  std::optional<uint32_t> index = Moves(graph).find();
  if (!index)
    return false;
  const auto &edge = graph.getEdge(*index);
  auto describe = [&](NodeId id) {
    return "'" + graph.getName(id) + "' on GPU " + graph.getDevices(id).str();
  };
  log.setUnverified("data goes from " + describe(edge.source) + " to " +
                        describe(edge.target) +
                        ", and nothing says how, or in which stages they are",
                    edge.op->getLoc());
  return true;
}

bool dag::isOnNamedDevices(const DeploymentGraph &graph) {
  StringRef first;
  for (const auto &node : graph.getNodes()) {
    auto op = dyn_cast<NodeOp>(node.op);
    if (!op || op.getDevices() || !op.getDeviceName() ||
        !isLayerRole(node.role))
      continue;
    if (!first.empty() && first != *op.getDeviceName())
      return true;
    first = *op.getDeviceName();
  }
  return false;
}

bool dag::checkLoneRecvs(const DeploymentGraph &graph, CheckLog &log) {
  struct Class {
    unsigned numSent = 0;
    SmallVector<NodeId, 2> lone;
  };
  llvm::MapVector<uint32_t, Class> classes;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    if (graph.getNode(id).role != Role::Recv || graph.getInDegree(id) == 0)
      continue;
    Class &found = classes[graph.getNode(id).peerClass];
    if (llvm::any_of(graph.getInEdges(id).take_front(64), [&](uint32_t index) {
          const auto &edge = graph.getEdge(index);
          return isTransfer(graph.getNode(edge.source).role) ||
                 graph.getEdgeRole(edge);
        }))
      ++found.numSent;
    else
      found.lone.push_back(id);
  }
  bool isReported = false;
  for (auto &[peerClass, found] : classes)
    for (NodeId id : found.lone) {
      if (found.numSent <= found.lone.size())
        break;
      isReported = true;
      NodeId source = graph.getEdge(graph.getInEdges(id).front()).source;
      log.report(Code::DAG303, graph.getPlace(id),
                 "expected a send before the recv '" + graph.getName(id) +
                     "', as before others like it, but its data comes from '" +
                     graph.getName(source) + "'")
          .note(graph.getPlace(source), "its data comes from here");
    }
  return isReported;
}

bool dag::crossesStages(const DeploymentGraph &graph, NodeId id) {
  constexpr size_t kMaxFan = 64;
  const auto &node = graph.getNode(id);
  if ((node.role != Role::Broadcast && node.role != Role::Scatter &&
       node.role != Role::Gather) ||
      node.layer != DeploymentGraph::kNone ||
      node.statedStage != DeploymentGraph::kNone)
    return false;
  // The one stage that nodes on a side are of.
  auto findStage = [&](bool isBefore) {
    int64_t stage = DeploymentGraph::kNone;
    for (uint32_t index :
         (isBefore ? graph.getInEdges(id) : graph.getOutEdges(id))
             .take_front(kMaxFan)) {
      const auto &edge = graph.getEdge(index);
      int64_t other =
          graph.getOwningStage(isBefore ? edge.source : edge.target);
      if (stage != DeploymentGraph::kNone && other != stage)
        return DeploymentGraph::kNone;
      stage = other;
    }
    return stage;
  };
  int64_t from = findStage(/*isBefore=*/true);
  int64_t to = findStage(/*isBefore=*/false);
  return from != DeploymentGraph::kNone && to != DeploymentGraph::kNone &&
         from != to;
}

bool dag::movesTokens(const DeploymentGraph &graph, NodeId id) {
  constexpr size_t kMaxFan = 64;
  auto isRouting = [&](NodeId other) {
    Role role = graph.getNode(other).role;
    return role == Role::Router || role == Role::Dispatch ||
           role == Role::Combine || role == Role::Expert || role == Role::Moe ||
           role == Role::AllToAll;
  };
  if (graph.getNode(id).block == Role::Moe)
    return true;
  bool comes = false, goes = false, changes = false;
  int64_t from = DeploymentGraph::kNone;
  for (uint32_t index : graph.getInEdges(id).take_front(kMaxFan)) {
    NodeId source = graph.getEdge(index).source;
    comes |= isRouting(source);
    from = std::max(from, graph.getOwningStage(source));
  }
  for (uint32_t index : graph.getOutEdges(id).take_front(kMaxFan)) {
    NodeId target = graph.getEdge(index).target;
    goes |= isRouting(target);
    changes |= from != DeploymentGraph::kNone &&
               graph.getOwningStage(target) > DeploymentGraph::kNone &&
               graph.getOwningStage(target) != from;
  }
  return goes || (comes && !changes);
}

bool dag::spreadsTokens(const DeploymentGraph &graph, NodeId id) {
  auto moves = [&](NodeId other) {
    return isTransfer(graph.getNode(other).role) && movesTokens(graph, other);
  };
  return moves(id) ||
         llvm::any_of(graph.getInEdges(id).take_front(16),
                      [&](uint32_t index) {
                        return moves(graph.getEdge(index).source);
                      }) ||
         llvm::any_of(graph.getOutEdges(id).take_front(16),
                      [&](uint32_t index) {
                        return moves(graph.getEdge(index).target);
                      });
}

void dag::checkOpenSends(const DeploymentGraph &graph, CheckLog &log) {
  std::vector<NodeId> open;
  NodeId usual = DeploymentGraph::kNoNode;
  unsigned numUsual = 0;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    Role role = graph.getNode(id).role;
    if ((role != Role::Send && role != Role::Transfer) ||
        graph.getInDegree(id) == 0)
      continue;
    if (graph.getOutDegree(id) == 0) {
      open.push_back(id);
    } else {
      usual = numUsual++ == 0 ? id : usual;
    }
  }
  if (numUsual <= open.size())
    return;
  for (auto [id, count] : groupAlike(graph, open))
    log.report(Code::DAG302, graph.getPlace(id),
               "expected a recv behind the send '" + graph.getName(id) +
                   "', but nothing takes its data" + describeAlike(count))
        .note(graph.getPlace(usual), "the data of this one is taken");
}
