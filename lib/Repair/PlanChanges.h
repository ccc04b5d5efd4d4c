//===- PlanChanges.h - A plan beside its drawing -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_REPAIR_PLANCHANGES_H
#define DAG_LIB_REPAIR_PLANCHANGES_H

#include "DrawnLayout.h"

namespace mlir::dag {

/// Gives stages, layers and ops of the plan the places of the nodes that were
/// drawn for them.
void moveLocations(const DeploymentGraph &source, const DrawnLayout &drawn,
                   const ResolvedLayout &layout, ModelOp plan);

/// Reports what the plan has and the drawing has not, and the other way round.
void compareWithPlan(const DeploymentGraph &source, const DrawnLayout &drawn,
                     const ResolvedLayout &layout, const DeploymentGraph &plan,
                     ChangeLog &log);

} // namespace mlir::dag

#endif // DAG_LIB_REPAIR_PLANCHANGES_H
