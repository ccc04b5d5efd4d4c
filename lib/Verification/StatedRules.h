//===- StatedRules.h - Against what is stated beside the file -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_VERIFICATION_STATEDRULES_H
#define DAG_LIB_VERIFICATION_STATEDRULES_H

#include "dag/Diagnostics/CheckLog.h"
#include "dag/Graph/DeploymentGraph.h"

namespace mlir::dag {

/// The sizes of groups that a drawing or a plan states against those that are
/// stated beside it. DAG009.
void checkStatedLayout(const DeploymentGraph &graph, CheckLog &log);
/// That of a plan, as far as these options state it.
void checkStatedMesh(const DeploymentGraph &graph, ArrayRef<StringRef> options,
                     CheckLog &log);
/// The same of the number of layers. DAG207.
void checkStatedLayers(const DeploymentGraph &graph, CheckLog &log);
/// The sizes of tensors, heads and experts against a configuration. DAG706.
void checkStatedModel(const DeploymentGraph &graph, CheckLog &log);

} // namespace mlir::dag

#endif // DAG_LIB_VERIFICATION_STATEDRULES_H
