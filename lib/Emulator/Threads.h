//===- Threads.h - Blocks on threads -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_EMULATOR_THREADS_H
#define DAG_EMULATOR_THREADS_H

#include "Program.h"
#include "dag/Emulator/Launch.h"

namespace mlir::dag::ptx {

/// Whether the blocks of a launch can run on several threads: hazards are not
/// looked for, and nothing in the program lets blocks tell each other of
/// something, such as atomic operations, or variables in global memory.
bool canUseThreads(const Program &program, const Launch &launch);

/// Runs parts of the grid on threads. What is found, counted and printed is in
/// the order of the blocks.
Result runOnThreads(const Program &program, Launch &launch);

} // namespace mlir::dag::ptx

#endif // DAG_EMULATOR_THREADS_H
