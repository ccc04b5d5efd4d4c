//===- Checks.h - Checks with settings of their own -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_VERIFICATION_CHECKS_H
#define DAG_VERIFICATION_CHECKS_H

#include "dag/Cost/Devices.h"
#include "dag/Cost/Memory.h"
#include "dag/Diagnostics/CheckLog.h"
#include "dag/Graph/DeploymentGraph.h"
#include "dag/Schedule/Schedule.h"
#include "dag/Trial/Trial.h"

namespace mlir::dag {

struct CommunicationOrder;

/// What the memory is checked against.
struct MemoryCheckOptions {
  std::optional<Device> device;
  MemoryOptions memory;
  /// Percent of what is free beside the KV cache that engines give to it.
  int64_t cachePercent = 90;
  /// Percent of the device that engines take for all there is.
  int64_t memoryPercent = 100;
  /// Percent that the fullest rank may need more than the average.
  int64_t imbalancePercent = 20;
  /// Why nobody knows how weights are stored, as far as a configuration beside
  /// the plan tells; or empty.
  std::string unknownStorage = {};
};
/// Checks the memory of each rank; without a device it is UNVERIFIED.
void checkMemory(const DeploymentGraph &graph,
                 const MemoryCheckOptions &options, CheckLog &log);

/// What the order of communication is derived under.
struct DeadlockCheckOptions {
  /// The schedule where the model has none.
  ScheduleKind kind = ScheduleKind::Forward;
  int64_t microbatches = 1;
  /// True if a send ends when it has begun, as with buffers in the transport.
  bool buffersSends = false;
  /// True if each two ranks make a communicator at their first transfer.
  bool makesPairsLazily = false;
  /// True if each direction between two ranks has a communicator of its own.
  bool hasDirectedPairs = false;
};
/// Checks that every rank can run to its end.
void checkDeadlock(const DeploymentGraph &graph,
                   const DeadlockCheckOptions &options, CheckLog &log);
/// The same for a schedule without a model.
void checkDeadlock(ScheduleOp schedule, const DeadlockCheckOptions &options,
                   CheckLog &log);
/// The same for the programs of ranks; one that does not verify is UNVERIFIED.
void checkDeadlock(ProgramOp program, const DeadlockCheckOptions &options,
                   CheckLog &log);
/// The same for an order that was derived elsewhere; `loc` is for what concerns
/// it as a whole.
void checkDeadlock(CommunicationOrder order, Location loc,
                   const DeadlockCheckOptions &options, CheckLog &log);
/// Checks that a plan, or another program, computes what `reference` does:
/// outputs and writes to KV caches. Both have to verify. Messages call the
/// reference by `name`, or else by its symbol.
void checkEquivalence(ModelOp reference, const DeploymentGraph &graph,
                      CheckLog &log, StringRef name = {});
/// Runs a plan beside `reference` on small sizes, and reports numbers that
/// differ; a fact of the log says what was run, or why nothing was. Nothing is
/// run of what breaks rules.
void checkTrial(ModelOp reference, const DeploymentGraph &graph,
                const TrialOptions &options, CheckLog &log);
/// Compares a program of ranks with `reference`: it is made of one of `plans`,
/// or it is run, if there are options to run it with. What only ran is
/// UNVERIFIED.
void checkProgram(ArrayRef<ModelOp> references, ArrayRef<ModelOp> plans,
                  ProgramOp program, std::optional<TrialOptions> options,
                  CheckLog &log);

/// Reports what the verifier finds in a plan under the codes of the log's
/// check: each check of a plan begins with it.
void reportViolations(const DeploymentGraph &graph, CheckLog &log);

} // namespace mlir::dag

#endif // DAG_VERIFICATION_CHECKS_H
