//===- RankBalance.h - Have all ranks the same parts? -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_VERIFICATION_RANKBALANCE_H
#define DAG_LIB_VERIFICATION_RANKBALANCE_H

#include "dag/Verification/Checks.h"

namespace mlir::dag {

/// Reports ranks of a layer, or of what stands outside of the layers, that have
/// more or less nodes of a kind than their peers.
void checkRankBalance(const DeploymentGraph &graph, CheckLog &log);

} // namespace mlir::dag

#endif // DAG_LIB_VERIFICATION_RANKBALANCE_H
