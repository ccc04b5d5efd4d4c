//===- Host.h - Ranks that are threads of one process -*- C -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_RUNTIME_HOST_HOST_H
#define DAG_RUNTIME_HOST_HOST_H

#include "dag/Runtime/Communication.h"

#ifdef __cplusplus
extern "C" {
#endif

/// What all ranks run. The rank lives until it returns; memory and handles that
/// it left are freed then. Something else than 0 is a failure of the rank. An
/// exception that leaves it is caught and is one, too.
typedef DagrtStatus (*DagrtRankFunction)(DagrtRank *rank, void *argument);

/// Options of a run; zeros are the defaults.
typedef struct DagrtHostOptions {
  /// The size of this structure, in bytes.
  size_t size;
  uint32_t numRanks;
  /// How long a rank waits without progress before it fails; 0 is 600,000.
  uint32_t timeLimitMs;
  /// Bytes that a rank may allocate; 0 is no limit.
  uint64_t memoryLimit;
  /// Whether a rank's communication is done in the order of its calls, one at
  /// a time, over all streams: a GPU with room for one kernel.
  int32_t oneAtATime;
} DagrtHostOptions;

typedef struct DagrtHostRun DagrtHostRun;

/// Runs `function` on each rank, in a thread of its own, and returns when all
/// have ended: the status of the rank that failed first, DAGRT_OK if none did.
/// `run` may be null; else it says more and is to be destroyed.
DagrtStatus dagrtHostRun(const DagrtHostOptions *options,
                         DagrtRankFunction function, void *argument,
                         DagrtHostRun **run);

/// How a rank ended; null if there is no such rank. Lives as long as the run.
const DagrtError *dagrtHostGetOutcome(const DagrtHostRun *run, uint32_t rank);

void dagrtHostDestroy(DagrtHostRun *run);

#ifdef __cplusplus
} // extern "C"
#endif

#endif // DAG_RUNTIME_HOST_HOST_H
