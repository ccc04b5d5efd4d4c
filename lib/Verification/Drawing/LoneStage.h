//===- LoneStage.h - The stage before the only marked one ----- -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_VERIFICATION_DRAWING_LONESTAGE_H
#define DAG_LIB_VERIFICATION_DRAWING_LONESTAGE_H

#include "dag/Graph/DeploymentGraph.h"

namespace mlir::dag {

/// Where a single stage is marked, and it is not the first: the edge that leads
/// into it from other devices, which are of a stage that nothing marks.
std::optional<uint32_t> findUnmarkedBefore(const DeploymentGraph &graph);

} // namespace mlir::dag

#endif // DAG_LIB_VERIFICATION_DRAWING_LONESTAGE_H
