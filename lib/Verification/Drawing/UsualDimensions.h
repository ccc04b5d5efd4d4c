//===- UsualDimensions.h - What the peers of a node state -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_VERIFICATION_DRAWING_USUALDIMENSIONS_H
#define DAG_LIB_VERIFICATION_DRAWING_USUALDIMENSIONS_H

#include "dag/Graph/DeploymentGraph.h"

namespace mlir::dag {

/// What the peers of a node state, to tell the odd one from the others.
class UsualDimensions {
public:
  using NodeId = DeploymentGraph::NodeId;
  enum class Side { Input, Output };

  /// The usual dimensions of a class of peers.
  struct Usual {
    Attribute dims;
    /// Peers that state them, of all that state some.
    unsigned count = 0;
    unsigned all = 0;
    NodeId example = DeploymentGraph::kNoNode;
  };

  explicit UsualDimensions(const DeploymentGraph &graph) : graph(graph) {}

  /// Finds the usual dimensions of all classes.
  void vote();
  /// All shapes that a node states on one side, or null.
  ArrayAttr getDims(NodeId id, Side side) const;
  /// True if most peers, at least three of four, have other dimensions.
  bool isUnusual(NodeId id, Side side) const;
  /// What is usual, if the node is one of few that state other sizes.
  const Usual *findDeviation(NodeId id, Side side) const;

private:
  void vote(Side side);
  const Usual *findUsual(NodeId id, Side side) const;

  const DeploymentGraph &graph;
  DenseMap<uint32_t, Usual> usualInputs, usualOutputs;
};

} // namespace mlir::dag

#endif // DAG_LIB_VERIFICATION_DRAWING_USUALDIMENSIONS_H
