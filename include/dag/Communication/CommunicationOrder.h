//===- CommunicationOrder.h - What each rank sends, in order -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_COMMUNICATION_COMMUNICATIONORDER_H
#define DAG_COMMUNICATION_COMMUNICATIONORDER_H

#include "dag/Diagnostics/Codes.h"
#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Schedule/Schedule.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"

#include <vector>

namespace mlir::dag {

/// `Record`, `Wait` and `Sync` are no communication: an event is recorded on a
/// stream, a stream waits for it, and the rank waits for all that it launched.
/// Nor is `WaitSend`, behind which what the rank has sent has been received.
enum class CommunicationKind : uint8_t {
  Send,
  Recv,
  Collective,
  Record,
  Wait,
  Sync,
  WaitSend
};

/// One call of NCCL or of the streams' runtime, in the order of launches. Calls
/// of NCCL that do not concern other classes of ranks are counted, not kept:
/// all ranks of a class make them at the same time.
///
/// A call begins when what its stream had before has ended, and what the stream
/// waited for, and the call before on the same communicator: NCCL serializes
/// those whatever their streams. Members of a group stand on one stream; those
/// that are transfers side by side begin together, others in order.
struct CommunicationOp {
  /// A transfer that goes over a communicator of its two ranks.
  static constexpr uint32_t kOwnPair = ~0u;

  CommunicationKind kind;
  /// True if it stands in one group with the op before it.
  bool joinsPrevious = false;
  /// True if the rank launches nothing more before it has ended, and it begins
  /// when all before it has ended: `Sync`, and the making of a communicator,
  /// which may wait for what is before it, and orders nothing by that.
  bool blocksRank = false;
  /// In a byte that is free otherwise, see `getColumn`.
  uint8_t columnHigh = 0;
  /// Any number; it stands for a stream of this rank alone.
  uint16_t stream = 0;
  uint16_t columnLow = 0;
  /// The class at the other end, the communicator, or the event: a number that
  /// stands for an event of this rank alone.
  uint32_t other = 0;
  /// Of a transfer: the communicator that it goes over.
  uint32_t communicator = kOwnPair;
  /// Where it comes from, in `CommunicationOrder::sites`.
  uint32_t site = 0;
  int32_t microbatch = -1;
  /// Of a transfer, what is sent: a number that the send, its recv and the wait
  /// for it share with no others. Of a collective, the number of the text of
  /// what all ranks must agree on, in `CommunicationOrder::signatures`.
  uint64_t data = 0;

  bool isTransfer() const { return kind <= CommunicationKind::Recv; }
  bool isCollective() const { return kind == CommunicationKind::Collective; }
  /// Other ranks take part in it.
  bool isCall() const { return kind <= CommunicationKind::Collective; }
  /// The column of its cell in the row of its rank; 0 if there is no file with
  /// rows, or the row is longer than 16 MiB.
  uint32_t getColumn() const { return uint32_t(columnHigh) << 16 | columnLow; }
  void setColumn(uint32_t column) {
    bool fits = column < (1u << 24);
    columnHigh = fits ? column >> 16 : 0;
    columnLow = fits ? column & 0xFFFF : 0;
  }
  /// A number for the communicator of a call of `rankClass`.
  uint64_t getCommunicatorKey(uint32_t rankClass) const;
};

/// Ranks that behave alike: those of one coordinate of the pipeline.
struct RankClass {
  /// `rank 0`, `devices 0-7 of stage 0`.
  std::string name;
  /// The stage, the program, or the row of a file.
  Location loc;
  std::vector<CommunicationOp> ops;
  SmallVector<int64_t, 0> devices;
};

struct Communicator {
  /// `{pp}`, or the name in a table.
  std::string name;
  /// Classes whose ranks are in it, each once.
  SmallVector<uint32_t> members;
  /// It stands for collectives of the ranks of one class among themselves,
  /// which end at once. They are there only if streams are.
  bool isWithinClass = false;
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
  Code code;
  Location loc;
  std::string message;
  SmallVector<std::pair<Location, std::string>, 2> notes;
  /// What mends it, where that is not what mends others of its code.
  std::string hint = "";
};

/// Where it comes from is of no concern to what follows: whoever has programs
/// of ranks fills `classes`, one for each rank or for ranks that behave alike,
/// with their ops in the order of launches, `communicators` and `sites`, and
/// gives it to `simulate` and `findOverlaps`, or to `checkDeadlock` for a
/// report. `CommunicationOp::other` and `site` have to be in bounds.
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
  /// Where that shows, if at one place.
  std::optional<Location> unknownLoc;
  /// What the order rests on and nothing shows, or empty.
  std::string assumption;

  /// `send of micro-batch 3 from stage 0 to stage 1`.
  std::string describe(const CommunicationOp &op) const;
  /// What the peer has to do for it: a recv for a send, the same collective.
  std::string describePartner(const CommunicationOp &op) const;
  /// Where an op of a class stands: its cell, or its site.
  Location getLoc(uint32_t rankClass, const CommunicationOp &op) const;
  /// True if a rank has calls on more than one stream.
  bool hasStreams() const;
};

/// How to run a model that has no schedule.
struct OrderOptions {
  ScheduleKind kind = ScheduleKind::Forward;
  int64_t microbatches = 1;
};

/// The order of a plan under one of its schedules; without one, and for one
/// forward of one micro-batch, that of its ops as they stand. Linear in the ops
/// of the plan plus the actions of the schedule.
CommunicationOrder getCommunicationOrder(ModelOp model, ScheduleOp schedule,
                                         const OrderOptions &options);
/// The order of a table without a model.
CommunicationOrder getCommunicationOrder(ScheduleOp schedule);
/// The order of the programs of ranks, each of which is a class of its own.
/// Linear in the calls of all ranks. The program verifies.
CommunicationOrder getCommunicationOrder(ProgramOp program);

/// Has each two ranks make a communicator of their own at their first transfer,
/// a collective that blocks them, as PyTorch does for sends and recvs outside
/// of `batch_isend_irecv`. Those in a group make theirs one after the other
/// before it. With `isDirected` there is one for each direction.
void addLazyCommunicators(CommunicationOrder &order, bool isDirected = false);

/// Gives what goes from one rank to another a communicator of its own, apart
/// from what comes back, as PyTorch does with `pipeline_per_edge_p2p`.
void addDirectedCommunicators(CommunicationOrder &order);

/// Stages of a model by the coordinate that they stand on, and what they send
/// each other.
struct PipelineLayout {
  int64_t numRanks = 0;
  /// By the index of stages, which go from 0 up.
  std::vector<int32_t> rankOfStages;
  std::vector<StageEdge> edges;
};
/// An error for a model whose stages are not numbered from 0.
llvm::Expected<PipelineLayout> getPipelineLayout(ModelOp model);
/// The order of a kind for the stages of a pipeline. An error if it has them on
/// other ranks, or there is none.
llvm::Expected<Schedule> makeSchedule(ScheduleKind kind,
                                      const PipelineLayout &layout,
                                      int64_t microbatches);

/// The rows of the table of a schedule, which has one. An error for one that
/// does not parse or contradicts itself.
llvm::Expected<Schedule> getScheduleRows(ScheduleOp schedule);

//===----------------------------------------------------------------------===//
// Simulation
//===----------------------------------------------------------------------===//

/// A rank that waits, at one op of its order.
struct WaitingRank {
  uint32_t rankClass;
  uint32_t op;
  /// Whom it waits for.
  uint32_t waitsFor;
  /// True if that rank never does its part.
  bool isMissing = false;
};

/// A pair of ops that meet and do not fit.
struct MismatchedOps {
  uint32_t classes[2];
  uint32_t ops[2];
  enum Reason { Data, Group, Signature } reason;
};

struct SimulationResult {
  std::vector<MismatchedOps> mismatches;
  /// The smallest cycle of ranks that wait for each other. A rank is there
  /// twice if the cycle goes through two of its streams.
  std::vector<WaitingRank> cycle;
  /// All ranks that did not reach their end.
  std::vector<WaitingRank> stuck;
};

struct SimulationOptions {
  /// A send ends when it has begun.
  bool buffersSends = false;
  /// A rank does one call (or group) at a time, in the order of launches, as on
  /// a GPU that has room for one kernel; else all streams progress, and what
  /// events do not order may overlap.
  bool inLaunchOrder = false;
};

/// Runs all classes under NCCL's rules until nobody can move. Nothing is chosen
/// by it: of all runs that the options allow, each ends in the same state.
/// Linear in the ops.
SimulationResult simulate(const CommunicationOrder &order,
                          const SimulationOptions &options = {});

/// Two calls of one rank that no event orders, the first one first launched.
struct OverlappingOps {
  uint32_t rankClass;
  uint32_t ops[2];
  /// Another rank that takes part in both, if they are collectives, and its
  /// ops; or `rankClass` again.
  uint32_t peer = 0;
  uint32_t peerOps[2] = {0, 0};
};

/// Calls of different communicators on streams of one rank that may begin in
/// either order, where that matters: some circle of communicators, each of
/// which shares a rank with the next one, goes through both. Without such a
/// pair no choice of order makes a cycle that the simulation with streams does
/// not have. One pair for each two communicators and rank, and 256 of a rank at
/// most; linear in the ops times the streams of a rank.
std::vector<OverlappingOps> findOverlaps(const CommunicationOrder &order);

} // namespace mlir::dag

#endif // DAG_COMMUNICATION_COMMUNICATIONORDER_H
