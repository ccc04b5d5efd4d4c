//===- DataEnds.h - Where data begins and ends ------------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_VERIFICATION_DATAENDS_H
#define DAG_LIB_VERIFICATION_DATAENDS_H

#include "dag/Graph/DeploymentGraph.h"
#include "llvm/ADT/BitVector.h"

namespace mlir::dag {

/// Weights, and what makes weights of weights alone, such as the gather before
/// a layer whose parameters are sharded. In plans caches as they are before the
/// run count as weights. Linear in the size of the graph.
llvm::BitVector findWeights(const DeploymentGraph &graph);

/// True if node `id` of a plan writes into a cache what nothing takes in this
/// run, neither from the cache nor before, though something reads the cache as
/// it was before the run.
bool isMissedUpdate(const DeploymentGraph &graph, DeploymentGraph::NodeId id);

} // namespace mlir::dag

#endif // DAG_LIB_VERIFICATION_DATAENDS_H
