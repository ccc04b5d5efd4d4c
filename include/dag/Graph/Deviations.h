//===- Deviations.h - Nodes that ought to be alike -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_GRAPH_DEVIATIONS_H
#define DAG_GRAPH_DEVIATIONS_H

#include "dag/Graph/DeploymentGraph.h"

#include <vector>

namespace mlir::dag {

/// An edge that sets a node apart from its peers: the nodes that have the same
/// role in other layers and on other ranks.
struct PeerDeviation {
  DeploymentGraph::NodeId node;
  /// A peer that is as most are.
  DeploymentGraph::NodeId peer;
  unsigned numPeers;
  /// True if the peers have an edge that the node has not.
  bool isMissing;
  /// The extra edge, unless `isMissing`.
  uint32_t edge = 0;
  /// The role at the other end, and in words: `'softmax' on the same rank`.
  Role role;
  Role block;
  std::string what;
};

/// Compares the edges into each node with those into its peers. Edges from
/// other layers count only as one fact (there are some, there are none), since
/// the ends of stages differ there. Needs at least three of four peers to
/// agree; says nothing where they don't. Linear in the number of edges.
std::vector<PeerDeviation> findEdgeDeviations(const DeploymentGraph &graph);

/// What part of a layer counts as one kind of node: role and block.
struct PartKey {
  Role role;
  Role block;
  bool operator<(const PartKey &other) const {
    return std::tie(role, block) < std::tie(other.role, other.block);
  }
  bool operator==(const PartKey &other) const {
    return role == other.role && block == other.block;
  }
  /// `attention all_reduce`.
  std::string str() const;
};

/// How many nodes of each kind a layer has.
using Census = std::vector<std::pair<PartKey, unsigned>>;

/// A layer that has other nodes than most layers have.
struct LayerDeviation {
  const DeploymentGraph::Layer *layer;
  /// A layer that is as most are.
  const DeploymentGraph::Layer *peer;
  unsigned numPeers;
  /// What the layer has too few and too many of, with its own count and that
  /// of its peers.
  struct Difference {
    PartKey key;
    unsigned count;
    unsigned expected;
  };
  SmallVector<Difference, 2> missing;
  SmallVector<Difference, 2> extra;
  /// True if the layer has at least twice of everything.
  bool isDoubled = false;
};

/// Compares the layers with each other. A layer that has other kinds of nodes
/// is another kind of layer (a dense one among sparse ones), not a deviation.
/// Needs most of at least three layers to agree.
std::vector<LayerDeviation> findLayerDeviations(const DeploymentGraph &graph);

/// The layers that have at least twice the nodes of their peers.
DenseSet<int64_t> getDoubledLayers(const DeploymentGraph &graph);

/// The layers of which no more than a norm or a residual add is drawn, where
/// others have many parts.
DenseSet<int64_t> getFragments(const DeploymentGraph &graph);

} // namespace mlir::dag

#endif // DAG_GRAPH_DEVIATIONS_H
