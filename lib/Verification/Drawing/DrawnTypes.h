//===- DrawnTypes.h - Drawn ops typed by their roles ------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_VERIFICATION_DRAWING_DRAWNTYPES_H
#define DAG_LIB_VERIFICATION_DRAWING_DRAWNTYPES_H

#include "UsualDimensions.h"
#include "dag/Diagnostics/CheckLog.h"
#include "dag/Graph/DeploymentGraph.h"
#include "dag/Graph/ShapeAgreement.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::dag {

/// Types the nodes of a drawing by what their roles mean: finds the operands of
/// a node among what reaches it, looking through what changes nothing, and
/// holds the stated shapes against the rule of the role.
class DrawnTypes {
public:
  using NodeId = DeploymentGraph::NodeId;

  /// What a value is, as bits: several where a node gives several.
  enum Value : uint8_t {
    Query = 1,
    Key = 2,
    Values = 4,
    Weights = 8,
    GateScores = 16,
    Hidden = 32,
  };

  /// `peers` vote before `check` is called.
  DrawnTypes(const DeploymentGraph &graph, const UsualDimensions &peers);

  /// Reports each cause once, for all nodes that are drawn alike; adds the
  /// nodes to `reported`.
  void check(CheckLog &log, DenseSet<NodeId> &reported);
  /// True if `part` of `whole` can be the share of one of the ranks that the
  /// drawing shows to compute what the node computes.
  bool isDrawnShare(NodeId id, uint64_t whole, uint64_t part) const;

  /// True if an edge takes less than the width of the hidden states into a
  /// projection that needs all of it; a slice of tokens does not.
  bool cutsHidden(const DeploymentGraph::Edge &edge) const;

  /// How many nodes that are drawn alike use what a node gives.
  unsigned countUsers(NodeId source, uint32_t peerClass) const {
    return users.lookup({source, peerClass});
  }
  /// True where heads are drawn one by one and the edge takes its own of what
  /// the projection gives; several may share a head of K and V.
  bool takesOneHead(const DeploymentGraph::Edge &edge) const;
  /// A router of which only the scores are stated. One that states no result
  /// may pass the tokens on.
  bool isGate(NodeId id) const;
  /// What a node gives, as bits of `Value`.
  uint8_t getValues(NodeId id) const { return given[id]; }

private:
  enum class Rule {
    Tokens,
    Operands,
    Share,
    Reduction,
    Experts,
    ExpertWidth,
    Attention,
    HeadSize,
    GateAndUp,
    RouterInput,
    Weight,
    Concat,
    Values,
    Cache,
    Heads,
  };
  struct Cause {
    Code code;
    std::string message;
    SmallVector<NodeId, 4> nodes;
  };

  bool looksThrough(NodeId id) const;
  uint8_t getOwnValues(NodeId id) const;
  uint8_t getArriving(NodeId id) const;
  void propagate();
  void checkNode(NodeId id);
  void checkTokens(NodeId id);
  void checkRouterInput(NodeId id);
  void checkOperands(NodeId id);
  void checkConcat(NodeId id);
  void checkExpertsOfAdd(NodeId id);
  void checkWeight(NodeId id);
  void checkTied(NodeId id, DimsAttr weight);
  void checkColumns(NodeId id, DimsAttr weight);
  bool isLowRank(NodeId id, unsigned depth = 0) const;
  bool isBesideQueries(NodeId id) const;
  bool isMappedBack(NodeId id, ShapeRatio ratio) const;
  bool hasFittingPeer(NodeId id);
  void checkProjection(NodeId id);
  bool isUnevenShare(NodeId id, ShapeRatio ratio) const;
  void checkReduction(NodeId id);
  void checkExperts(NodeId id);
  void checkExpertWidth(NodeId id);
  void checkAttention(NodeId id);
  void checkPair(NodeId id, Role first, Role second);
  NodeId findStrayValues(NodeId id) const;
  void checkValues(NodeId id);
  void checkCacheInput(NodeId id);
  void checkAttentionWidth(NodeId id);
  void checkWidthBehind(NodeId id, DimsAttr out);
  void blame(NodeId id, Rule rule, Code code, const Twine &message);

  const DeploymentGraph &graph;
  const UsualDimensions &peers;
  /// The width of the hidden states, as the input or the embedding states it.
  std::optional<int64_t> hiddenWidth;
  /// Layers that nothing reaches.
  DenseSet<int64_t> cutLayers;
  /// What each node gives.
  std::vector<uint8_t> given;
  /// The nodes of a class in a layer: the ranks that share its work.
  DenseMap<std::tuple<uint32_t, int64_t, int64_t>, unsigned> layerPeers;
  /// Of which class and model some projection gives the share of a rank.
  std::optional<DenseSet<std::pair<uint32_t, int64_t>>> fitting;
  DenseMap<uint32_t, unsigned> classSizes;
  /// The devices that nodes of a class without a layer are on.
  DenseMap<uint32_t, DenseSet<Attribute>> classDevices;
  SmallVector<NodeId> embeddings;
  /// The users of a class that a node has.
  DenseMap<std::pair<NodeId, uint32_t>, unsigned> users;
  llvm::MapVector<std::pair<unsigned, uint32_t>, Cause> causes;
};

} // namespace mlir::dag

#endif // DAG_LIB_VERIFICATION_DRAWING_DRAWNTYPES_H
