//===- DrawnSums.h - Sums and slices of a drawing --------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_VERIFICATION_DRAWING_DRAWNSUMS_H
#define DAG_LIB_VERIFICATION_DRAWING_DRAWNSUMS_H

#include "DrawnRules.h"
#include "llvm/ADT/DenseMap.h"

#include <vector>

namespace mlir::dag {

/// What each rank holds of a node's result.
struct RankState {
  /// The product whose sum over the ranks is pending.
  DeploymentGraph::NodeId pending = DeploymentGraph::kNoNode;
  /// The collective that reduced it, as far as only norms and adds follow.
  DeploymentGraph::NodeId reducer = DeploymentGraph::kNoNode;
  /// A composite that several devices share and nothing has combined yet.
  DeploymentGraph::NodeId composite = DeploymentGraph::kNoNode;
  /// Each rank has a slice of the hidden size, the sequence or the batch.
  bool hidden = false, sequence = false, batch = false;
};

/// What comes in over all edges.
struct RankInputs {
  RankState any;
  unsigned count = 0, numPending = 0, numReduced = 0, numSequence = 0,
           numCombined = 0, numSplit = 0;
  bool hasKey = false;
};

/// Follows sums and slices through a drawing.
class DrawnSums {
public:
  using NodeId = DeploymentGraph::NodeId;

  DrawnSums(const DeploymentGraph &graph, ArrayRef<uint32_t> depths,
            CheckLog &log)
      : graph(graph), log(log), depths(depths), states(graph.getNodes().size()),
        reduced(graph.getNodes().size()),
        statesSequence(cast<SketchOp>(graph.getRoot()).getSpSize().value_or(1) >
                       1),
        sharesSequence(graph.getLaneAxis() ==
                           DeploymentGraph::LaneAxis::Sequence &&
                       statesSequence) {}

  DenseSet<int64_t> run();

private:
  struct Violation {
    NodeId source, user;
  };

  void countLanes();
  RankInputs gather(NodeId id);
  void visit(NodeId id);
  void checkSummands(DeploymentGraph::NodeId id);
  void visitCollective(NodeId id, const RankInputs &in);
  bool staysPending(NodeId id, const RankInputs &in) const;
  bool isAdapter(NodeId id) const;
  bool isPartOfExperts(NodeId id) const;
  bool sumsOwnExperts(NodeId id) const;
  bool isSplitBox(NodeId id) const;
  bool hasWholeWeights(NodeId id) const;
  bool onlyGathers(const DeploymentGraph::Edge &edge) const;
  RankState makeSum(NodeId id, const RankInputs &in);
  bool holdsWhole(NodeId id) const;
  void sliceState(NodeId id, RankState &state) const;
  bool takesHiddenSlice(NodeId id, const RankInputs &in) const;
  bool takesInnerSlice(NodeId id) const;
  bool isShared(NodeId id, const RankInputs &in) const;
  bool isOnSeveralLanes(NodeId id) const;
  bool standsForRanks(NodeId id) const;
  bool isOfSeveralRanks(NodeId id) const;
  bool isSplitComposite(NodeId id, const RankInputs &in) const;
  bool needsCombined(NodeId id) const;
  uint64_t getKey(NodeId id) const;
  void report(const Violation &violation, unsigned count);
  void reportAlike(ArrayRef<NodeId> nodes, StringRef what);

  const DeploymentGraph &graph;
  CheckLog &log;
  ArrayRef<uint32_t> depths;
  std::vector<RankState> states;
  /// Products that some collective takes before anything else does.
  std::vector<bool> reduced;
  /// Ranks are stated to share the sequence; they are lanes of the drawing.
  bool statesSequence, sharesSequence;
  /// The devices of the largest stage.
  uint64_t maxStageDevices = 0;
  std::vector<Violation> violations;
  /// Layers in which one rank feeds the next.
  DenseSet<int64_t> chained;
  /// For each kind of node in a layer, its first lane, and whether others
  /// follow.
  DenseMap<uint64_t, std::pair<int64_t, bool>> lanes;
  /// Attention that sees its own shard of the sequence only.
  std::vector<NodeId> blindAttention;
  /// Layers, lanes and replicas in which attention takes keys of others.
  DenseSet<std::tuple<int64_t, int64_t, int64_t>> seeing;
  /// Products that each rank computes whole.
  std::vector<NodeId> copies;
};

inline bool isRowParallel(Role role) {
  return role == Role::OutputProjection || role == Role::FfnDown;
}

/// Results that are slices, of heads or of features, on each rank.
inline bool isColumnParallel(Role role) {
  return role == Role::QkvProjection || role == Role::QProjection ||
         role == Role::KProjection || role == Role::VProjection ||
         role == Role::AttentionScores || role == Role::AttentionWeights ||
         role == Role::FfnUp || role == Role::FfnGate;
}

inline bool isProjection(Role role) {
  return role == Role::QkvProjection || role == Role::QProjection ||
         role == Role::KProjection || role == Role::VProjection ||
         role == Role::FfnUp || role == Role::FfnGate || role == Role::Linear;
}

} // namespace mlir::dag

#endif // DAG_LIB_VERIFICATION_DRAWING_DRAWNSUMS_H
