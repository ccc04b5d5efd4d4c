//===- DrawnRules.h - Rules of drawings -------------------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// They read what nodes and edges state, beside the graph.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_VERIFICATION_DRAWING_DRAWNRULES_H
#define DAG_LIB_VERIFICATION_DRAWING_DRAWNRULES_H

#include "dag/Diagnostics/CheckLog.h"
#include "dag/Graph/DeploymentGraph.h"

namespace mlir::dag {

/// At least one layer is drawn with attention and a feed-forward network: else
/// nothing says what the model computes. `DAG008`.
void checkDrawnWhole(const DeploymentGraph &graph, CheckLog &log);
/// Syntax, and what every node is.
void checkDrawnInput(const DeploymentGraph &graph, CheckLog &log);
/// Edges that are drawn twice.
void checkDrawnEdges(const DeploymentGraph &graph, CheckLog &log);
void checkDrawnCollectives(const DeploymentGraph &graph, CheckLog &log);
/// Reports ranks of a layer, or of what stands outside of the layers, that have
/// more or less nodes of a kind than their peers.
void checkRankBalance(const DeploymentGraph &graph, CheckLog &log);
void checkDrawnDimensions(const DeploymentGraph &graph, CheckLog &log);

} // namespace mlir::dag

#endif // DAG_LIB_VERIFICATION_DRAWING_DRAWNRULES_H
