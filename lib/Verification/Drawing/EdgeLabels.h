//===- EdgeLabels.h - Shapes that labels of edges state ------- -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_VERIFICATION_DRAWING_EDGELABELS_H
#define DAG_LIB_VERIFICATION_DRAWING_EDGELABELS_H

#include "dag/Graph/DeploymentGraph.h"

namespace mlir::dag {

/// True if an end of an edge states no shape that may be the one on its label:
/// a matter of dimensions, whatever else the label says.
bool isLabelRefuted(const DeploymentGraph &graph,
                    const DeploymentGraph::Edge &edge);

} // namespace mlir::dag

#endif // DAG_LIB_VERIFICATION_DRAWING_EDGELABELS_H
