//===- Stages.h - Parts of the check of stages ------------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_VERIFICATION_STAGES_H
#define DAG_LIB_VERIFICATION_STAGES_H

#include "dag/Diagnostics/CheckLog.h"
#include "dag/Graph/DeploymentGraph.h"

namespace mlir::dag {

/// How virtual stages are dealt out to the ranks of a pipeline.
struct StageDeal {
  /// Ranks that have several stages each, or zero.
  size_t numRanks = 0;
  /// True if the stages go there and back.
  bool isV = false;
};

/// True for nodes that belong to one stage: not what moves data between stages,
/// nor the ends of the drawing.
bool belongsToStage(const DeploymentGraph::Node &node);

/// In a drawing, stages are dealt out in turn if their clusters state devices
/// that come again in the same order, after at least two stages.
StageDeal findDrawnDeal(const DeploymentGraph &graph);
/// True if the stages have chunks of layers in turn, as many each, and say so:
/// `Stage 0: layers 0-3 and 8-11`.
bool haveChunksInTurn(const DeploymentGraph &graph);
/// True if nothing that a reader sees marks one of several stages: only the
/// identifiers of nodes that have labels.
bool areNamesOnly(const DeploymentGraph &graph);
/// Nodes of a drawing and the devices of their stages.
void checkDrawnStages(const DeploymentGraph &graph, CheckLog &log);

/// Whether attention and experts that share no device are two stages, where
/// none is marked and no cluster is for the devices of either.
void checkApartStages(const DeploymentGraph &graph, CheckLog &log);

/// In a plan, stage `i` stands on coordinate `i mod n`, where `n` is the size
/// of the axis; or the stages go there and back.
StageDeal findPlannedDeal(const DeploymentGraph &graph);
/// True for a stage of a plan that states an empty range of layers.
bool statesNoLayers(const DeploymentGraph &graph,
                    const DeploymentGraph::Stage &stage);
/// Stages of a plan that have one number.
void checkDoubledStages(const DeploymentGraph &graph, CheckLog &log);
/// What a plan's stages say of their places against the mesh.
void checkPlannedStages(const DeploymentGraph &graph, CheckLog &log);

} // namespace mlir::dag

#endif // DAG_LIB_VERIFICATION_STAGES_H
