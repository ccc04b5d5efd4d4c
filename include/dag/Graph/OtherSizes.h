//===- OtherSizes.h - Sizes that are not the model's -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_GRAPH_OTHERSIZES_H
#define DAG_GRAPH_OTHERSIZES_H

#include "dag/Graph/DeploymentGraph.h"

#include <set>

namespace mlir::dag {

/// A size that drawn nodes state and that is not the model's.
struct OtherSize {
  Figure figure;
  int64_t size;
  /// The first node that states it, and how many do.
  DeploymentGraph::NodeId first;
  unsigned count;
};

/// False for experts and routing, which have sizes of their own.
bool isDense(const DeploymentGraph::Node &node);

/// Compares the sizes that drawn nodes state with those of the model, of which
/// `tp` ranks may have a share. In order of appearance.
/// Adds the figures of which some size was compared to `compared`.
std::vector<OtherSize> findOtherSizes(const DeploymentGraph &graph,
                                      const ModelFigures &model, int64_t tp,
                                      std::set<Figure> *compared = nullptr);

} // namespace mlir::dag

#endif // DAG_GRAPH_OTHERSIZES_H
