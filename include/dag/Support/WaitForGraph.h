//===- WaitForGraph.h - Who waits for whom -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_SUPPORT_WAITFORGRAPH_H
#define DAG_SUPPORT_WAITFORGRAPH_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <utility>
#include <vector>

namespace mlir::dag {

/// A wait: a node, and the index of the one of its waits that is meant.
using WaitStep = std::pair<uint32_t, uint32_t>;

/// The smallest cycle of a wait-for graph, in which node `i` waits for each of
/// `waits[i]` (a number that is no node's waits for nobody); empty if there is
/// none. A breadth-first search from each node:
/// it ends early with a cycle of two, or when it has looked at ten million
/// waits, and gives the smallest cycle that it has found by then.
llvm::SmallVector<WaitStep>
findSmallestCycle(llvm::ArrayRef<std::vector<uint32_t>> waits);

} // namespace mlir::dag

#endif // DAG_SUPPORT_WAITFORGRAPH_H
