//===- Transfers.h - Parts of the check of transfers ------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_VERIFICATION_TRANSFERS_H
#define DAG_LIB_VERIFICATION_TRANSFERS_H

#include "dag/Diagnostics/CheckLog.h"
#include "dag/Graph/DeploymentGraph.h"
#include "dag/Graph/Deviations.h"

namespace mlir::dag {

/// Boundaries (from, to) between stages that some node or edge deals with.
using Boundaries = DenseSet<std::pair<int64_t, int64_t>>;

/// What is behind a send or before a recv, seen through a buffer.
struct FarEnd {
  SmallVector<DeploymentGraph::NodeId, 4> nodes;
  /// Those of them that are recvs, or sends.
  SmallVector<DeploymentGraph::NodeId, 2> partners;
  /// True if an edge between states a transfer by itself.
  bool hasTransferEdge = false;
};

inline std::string getStageName(int64_t stage) {
  return "stage " + std::to_string(stage);
}

/// True if the edge states a transfer by itself.
inline bool isTransferEdge(const DeploymentGraph &graph,
                           const DeploymentGraph::Edge &edge) {
  std::optional<Role> role = graph.getEdgeRole(edge);
  return role && isTransfer(*role);
}

/// True for a collective in no stage that hands what one stage gives to the
/// ranks of another: it sends and receives.
bool crossesStages(const DeploymentGraph &graph, DeploymentGraph::NodeId id);

/// Tokens that experts send each other are no matter of stages; what leaves
/// them for another stage is.
bool movesTokens(const DeploymentGraph &graph, DeploymentGraph::NodeId id);

/// Two parts of a layer that share no device: attention and experts, or the
/// projections and what is computed with them.
struct ApartParts {
  RangeSet first, second;
  StringRef firstName, secondName;
  /// True for a pool of devices that attention alone runs on: no stage.
  bool isPool = false;
};

/// What a drawing says of them; nothing if they share a device, or if either
/// is not known.
std::optional<ApartParts> findApartParts(const DeploymentGraph &graph);

/// What nodes and edges of a drawing state of transfers.
class DrawnTransfers {
public:
  using NodeId = DeploymentGraph::NodeId;

  DrawnTransfers(const DeploymentGraph &graph, Boundaries &served,
                 CheckLog &log)
      : graph(graph), served(served), log(log),
        doubled(getDoubledLayers(graph)) {}

  void checkSend(NodeId id);
  void checkRecv(NodeId id, const FarEnd &farEnd);
  /// One node for both ends.
  void checkTransfer(NodeId id);
  /// An edge whose label is a transfer.
  void checkEdge(uint32_t index);
  /// Boxes for whole parts of layers, on devices of their own, of which one
  /// feeds the next, where no stage tells. True if there are any.
  bool checkWholeParts();
  /// Parts on devices that the others have no part of. True if there are any.
  bool checkApartParts();
  bool checkUnstaged();
  /// Models between which a transfer stands, each of one of them.
  Boundaries findSentModels() const;
  /// The devices that a recv names are those of its send.
  void checkSource(NodeId send, NodeId recv);
  bool goesToNextChunk(NodeId send, NodeId recv) const;
  bool namesDevice(NodeId send, NodeId recv) const;

private:
  bool isWholePart(NodeId id) const;
  bool statesShape(NodeId id) const;
  bool isBuffered(NodeId id) const;
  void checkBuffer(NodeId id, StringRef what);
  void checkArrival(NodeId send, NodeId recv);
  bool hasPairs();
  bool isStray(DeploymentGraph::NodeId id, const RangeSet &named) const;
  void checkOnce(NodeId id);
  void checkEnds(NodeId id);
  bool isOnTheWay(NodeId id) const;
  bool isBetweenCopies(NodeId id) const;
  void checkMoved(uint32_t index);
  void checkLabelDevices(uint32_t index, const RangeSet &stated, int64_t stage,
                         StringRef end);

  const DeploymentGraph &graph;
  Boundaries &served;
  CheckLog &log;
  /// Layers that are drawn twice.
  DenseSet<int64_t> doubled;
  std::optional<bool> pairs;
  /// Transfers by the node that feeds them, and their lane.
  DenseMap<std::pair<NodeId, int64_t>, NodeId> transfers;
};

/// What ops of a plan say of transfers.
class PlannedTransfers {
public:
  using NodeId = DeploymentGraph::NodeId;

  PlannedTransfers(const DeploymentGraph &graph, CheckLog &log)
      : graph(graph), log(log) {}

  void checkSend(NodeId id, const FarEnd &farEnd);
  /// True if stage `to` need take nothing of stage `from`, the one before it,
  /// as they are of branches side by side: what the one computes goes past the
  /// other one, which takes from a stage before both, or begins with an input.
  bool areBesideEachOther(int64_t from, int64_t to);

private:
  void findEnds();

  const DeploymentGraph &graph;
  CheckLog &log;
  /// By stage: the last one that it sends floats to, and the first one that it
  /// receives some from.
  DenseMap<int64_t, int64_t> lastTarget, firstSource;
  /// Stages that begin with an input.
  DenseSet<int64_t> beginning;
  bool hasEnds = false;
  /// Sends by what they send, and the stage that it goes to.
  DenseMap<std::pair<Value, int64_t>, NodeId> sent;
};

} // namespace mlir::dag

#endif // DAG_LIB_VERIFICATION_TRANSFERS_H
