//===- DeploymentFacts.h - What was verified --------------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_VERIFICATION_DEPLOYMENTFACTS_H
#define DAG_LIB_VERIFICATION_DEPLOYMENTFACTS_H

#include "ConfiguredPrograms.h"
#include "dag/Cost/Devices.h"
#include "dag/Cost/Memory.h"
#include "dag/Diagnostics/Finding.h"
#include "dag/Graph/DeploymentGraph.h"

namespace mlir::dag {

/// What stands in front of a report. Of a plan: the model, its mesh, devices,
/// phase and sizes, what a rank sends and holds. Of a drawing: what is drawn.
/// Linear in the nodes. Memory is left out if a check has its own figure of it.
/// `notes` are those of a configuration beside it.
std::vector<SummaryFact> getFacts(const DeploymentGraph &graph, bool withMemory,
                                  const ConfiguredPrograms::Notes &notes);

/// What the whole was read as, and from what, in one line: `80 layers, TP 2,
/// PP 4 (8 devices), from stated sizes (layers, TP) and clusters (PP)`. `facts`
/// are those of the graph.
std::string describeReading(const DeploymentGraph &graph,
                            ArrayRef<SummaryFact> facts);

/// The fact of the fullest of `ranks`, against a device or alone.
SummaryFact getMemoryFact(ArrayRef<RankMemory> ranks, const Device *device);

/// `70.00 GiB`, or `at least 70.00 GiB` where not all is known.
std::string getTotalText(const RankMemory &memory);

/// The rank that holds most; there is one.
const RankMemory &getFullest(ArrayRef<RankMemory> ranks);

/// `weights 70.00 GiB, KV cache 1.25 GiB, ...`.
std::string getBreakdown(const RankMemory &memory);

} // namespace mlir::dag

#endif // DAG_LIB_VERIFICATION_DEPLOYMENTFACTS_H
