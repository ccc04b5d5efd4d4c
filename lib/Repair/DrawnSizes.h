//===- DrawnSizes.h - The sizes that a deployment states -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_REPAIR_DRAWNSIZES_H
#define DAG_LIB_REPAIR_DRAWNSIZES_H

#include "ChangeReport.h"
#include "dag/Dialect/Dag/Transforms/Options.h"
#include "dag/Graph/DeploymentGraph.h"

namespace mlir::dag {

/// What a config.json leaves open and a deployment states.
struct DrawnSizes {
  /// A size that most nodes agree on, or 0.
  struct Size {
    int64_t value = 0;
    DeploymentGraph::NodeId node = DeploymentGraph::kNoNode;
    /// A node that states another one.
    int64_t otherValue = 0;
    DeploymentGraph::NodeId other = DeploymentGraph::kNoNode;
    unsigned numOthers = 0;
  };
  Size batch;
  Size seqLen;
  /// Tokens that a plan's KV cache has room for.
  int64_t cacheLen = 0;
  /// One token of each sequence is computed.
  bool isDecode = false;
  /// Element type of weights or of the nodes, in MLIR's spelling; empty if
  /// none is stated, or not one.
  std::string elementType;
  /// Reduce-scatter in place of all-reduce.
  bool isSequenceParallel = false;
  /// As a plan has its latent attention.
  Absorption absorption = Absorption::Auto;
};

DrawnSizes readSizes(const DeploymentGraph &graph);

/// Compares the sizes that nodes state with those of the model, which decides,
/// and reports what changes. `tp` is the number of ranks that share a size.
void compareWithModel(const DeploymentGraph &graph, ModelOp model, int64_t tp,
                      ChangeLog &log);

} // namespace mlir::dag

#endif // DAG_LIB_REPAIR_DRAWNSIZES_H
