//===- CommunicationOrder.h - What each rank sends, in order -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_ANALYSIS_COMMUNICATIONORDER_H
#define DAG_ANALYSIS_COMMUNICATIONORDER_H

#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Support/Schedule.h"
#include "llvm/ADT/SmallVector.h"

#include <vector>

namespace mlir::dag {

enum class CommunicationKind : uint8_t { Send, Recv, Collective };

/// One call of NCCL. Calls that do not concern other classes of ranks are
/// counted, not kept: all ranks of a class make them at the same time.
struct CommunicationOp {
  CommunicationKind kind;
  /// True if it stands in one group with the op before it.
  bool joinsPrevious = false;
  /// The class at the other end, or the communicator.
  uint32_t other = 0;
  /// Where it comes from, in `CommunicationOrder::sites`.
  uint32_t site = 0;
  int32_t microbatch = -1;
  /// Of a transfer, what is sent; of a collective, the number of the text of
  /// what all ranks must agree on.
  uint64_t data = 0;
};

/// Ranks that behave alike: those of one coordinate of the pipeline.
struct RankClass {
  /// `rank 0`, `devices 0-7 of stage 0`.
  std::string name;
  Location loc;
  std::vector<CommunicationOp> ops;
  SmallVector<int64_t, 0> devices;
};

struct Communicator {
  /// `{pp}`, or the name in a table.
  std::string name;
  SmallVector<uint32_t> members;
};

/// A place in the plan or in a table that ops come from.
struct CommunicationSite {
  Location loc;
  /// `from stage 0 to stage 1`, `all_reduce on {pp}`.
  std::string text;
  bool isGradient = false;
};

/// Something wrong that is seen while the order is derived.
struct OrderIssue {
  StringRef code;
  Location loc;
  std::string message;
  SmallVector<std::pair<Location, std::string>, 2> notes;
};

struct CommunicationOrder {
  std::vector<RankClass> classes;
  std::vector<Communicator> communicators;
  std::vector<CommunicationSite> sites;
  /// What ranks must agree on in a collective, by number.
  std::vector<std::string> signatures;
  std::vector<OrderIssue> issues;
  /// Calls of all classes, those that are only counted included.
  int64_t numOps = 0;
  /// Why there is no order, or empty.
  std::string unknown;

  /// `send of micro-batch 3 from stage 0 to stage 1`.
  std::string describe(const CommunicationOp &op) const;
};

/// How to run a model that has no schedule.
struct OrderOptions {
  ScheduleKind kind = ScheduleKind::Forward;
  int64_t microbatches = 1;
};

/// The order of a plan under its schedule; without one, and for one forward of
/// one micro-batch, that of its ops as they stand. Linear in the ops of the
/// plan plus the actions of the schedule.
CommunicationOrder getCommunicationOrder(ModelOp model,
                                         const OrderOptions &options);
/// The order of a table without a model.
CommunicationOrder getCommunicationOrder(ScheduleOp schedule);

/// Stages of a model by the coordinate that they stand on, and what they send
/// each other.
struct PipelineLayout {
  int64_t numRanks = 0;
  /// By the index of stages, which go from 0 up.
  std::vector<int32_t> rankOfStages;
  std::vector<StageEdge> edges;
};
/// Nothing, and why, for a model whose stages are not numbered from 0.
std::optional<PipelineLayout> getPipelineLayout(ModelOp model,
                                                std::string &error);

/// The rows of a schedule: its table, or those of its kind for `layout`; with
/// sends and recvs if `insertsTransfers`. Nothing, and why or where it stopped.
std::optional<Schedule> getScheduleRows(ScheduleOp schedule,
                                        std::string &error);

//===----------------------------------------------------------------------===//
// Simulation
//===----------------------------------------------------------------------===//

/// A rank that waits, at one op of its order.
struct WaitingRank {
  uint32_t rankClass;
  uint32_t op;
  /// Whom it waits for.
  uint32_t waitsFor;
};

/// A pair of ops that meet and do not fit.
struct MismatchedOps {
  uint32_t classes[2];
  uint32_t ops[2];
  enum Reason { Data, Group, Signature } reason;
};

struct SimulationResult {
  std::vector<MismatchedOps> mismatches;
  /// The smallest cycle of ranks that wait for each other.
  std::vector<WaitingRank> cycle;
  /// All ranks that did not reach their end.
  std::vector<WaitingRank> stuck;
};

/// Runs all classes under NCCL's rules until nobody can move. Linear in the
/// ops. With `buffersSends` a send ends when it has begun.
SimulationResult simulate(const CommunicationOrder &order, bool buffersSends);

} // namespace mlir::dag

#endif // DAG_ANALYSIS_COMMUNICATIONORDER_H
