//===- Schedule.h - What the ranks of a pipeline do, in order -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_SCHEDULE_SCHEDULE_H
#define DAG_SCHEDULE_SCHEDULE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mlir::dag {

constexpr int64_t kMaxMicrobatches = 1 << 20;
constexpr int64_t kMaxStages = 1 << 16;
/// Actions of a schedule that is made here, over all ranks.
constexpr int64_t kMaxActions = 1 << 22;
/// Streams of a rank in a table.
constexpr int64_t kMaxStreams = 64;

/// What a rank does at one time. `Backward` is the gradient of inputs and
/// weights; where these are apart, there are two actions for it.
enum class ActionKind : uint8_t {
  Forward,
  Backward,
  BackwardInput,
  BackwardWeight,
  SendForward,
  RecvForward,
  SendBackward,
  RecvBackward,
  /// The rank waits until what it has sent has been received, `0WAIT_SEND_F1`.
  WaitSendForward,
  WaitSendBackward,
  /// On a named communicator, `ALL_REDUCE:x:4096:bf16`.
  Collective,
  /// Something that does not concern other ranks of the pipeline, `0UNSHARD`.
  Local,
  /// An event is recorded on a stream, `RECORD:e`, or a stream waits for it.
  Record,
  Wait,
  /// The rank waits for all that it has launched, `SYNC`.
  Sync
};

/// How an action is tied to the one before it.
enum class ActionJoin : uint8_t {
  None,
  /// Computed at the same time.
  Overlap,
  /// In one group of NCCL.
  Group
};

struct Action {
  ActionKind kind = ActionKind::Local;
  ActionJoin join = ActionJoin::None;
  /// Of a `Backward`: written as `BW`, which is whole whatever stands beside
  /// it.
  bool isWhole = false;
  int32_t stage = 0;
  int32_t microbatch = 0;
  /// The stage at the other end of a transfer.
  int32_t peer = 0;
  /// The stream that communication or an event stands on; ranks compute on 0.
  int32_t stream = 0;
  /// Where it begins in the text of its row, counted from 1; 0 if it is in
  /// none.
  int32_t column = 0;
  /// Of a collective, a local action or an event, as written, without stream.
  std::string text;

  bool isCompute() const { return kind <= ActionKind::BackwardWeight; }
  bool isSend() const {
    return kind == ActionKind::SendForward || kind == ActionKind::SendBackward;
  }
  bool isRecv() const {
    return kind == ActionKind::RecvForward || kind == ActionKind::RecvBackward;
  }
  bool isTransfer() const { return isSend() || isRecv(); }
  bool isWaitForSend() const {
    return kind == ActionKind::WaitSendForward ||
           kind == ActionKind::WaitSendBackward;
  }
  /// True for backwards, and for transfers of what they make.
  bool isGradient() const {
    return (isCompute() && kind != ActionKind::Forward) ||
           kind == ActionKind::SendBackward ||
           kind == ActionKind::RecvBackward ||
           kind == ActionKind::WaitSendBackward;
  }
  /// True for `2UNSHARD`, where `name` is `UNSHARD`.
  bool isLocal(llvm::StringRef name) const {
    return kind == ActionKind::Local &&
           llvm::StringRef(text).ltrim("0123456789") == name;
  }
  /// The stages from which and to which a transfer, or what is waited for,
  /// goes.
  std::pair<int32_t, int32_t> getEnds() const {
    return isRecv() ? std::pair(peer, stage) : std::pair(stage, peer);
  }
  /// `x` of `ALL_REDUCE:x:4096:bf16` or of `WAIT:x`.
  llvm::StringRef getName() const {
    return llvm::StringRef(text).split(':').second.split(':').first;
  }
  /// True for the making of a communicator: `x` of `SPLIT:world:x`, `INIT:x`.
  bool makesCommunicator() const;
  /// Its name, or empty for a rank that is left out of it (`SPLIT:world:x/`).
  llvm::StringRef getMadeCommunicator() const;
  /// `2F3`, `0SEND_F1`, `2SEND_F1>4` for a peer that is not a neighbour.
  std::string str() const;
};

/// Behind the last action of the group or overlap that begins at `begin`, or of
/// the action there by itself: these begin and end together.
inline uint32_t findUnitEnd(llvm::ArrayRef<Action> row, uint32_t begin) {
  uint32_t end = begin + 1;
  while (end < row.size() && row[end].join != ActionJoin::None)
    ++end;
  return end;
}

/// One row of actions for each rank of a pipeline.
struct Schedule {
  std::vector<std::vector<Action>> rows;

  bool hasTransfers() const;
  /// True if it computes more than forwards.
  bool hasBackwards() const;
  /// One more than the largest stage.
  int64_t getNumStages() const;
  int64_t getNumMicrobatches() const;
  int64_t getNumActions() const;
  /// The rank that computes each stage, or -1.
  std::vector<int32_t> getRankOfStages() const;
};

/// What is wrong with a table, and where.
class ScheduleError : public llvm::ErrorInfo<ScheduleError> {
public:
  static char ID;

  ScheduleError(const llvm::Twine &message, llvm::StringRef rule = "",
                int32_t row = -1, int32_t column = 0)
      : row(row), column(column), message(message.str()), rule(rule.str()) {}

  llvm::StringRef getMessage() const { return message; }
  void log(llvm::raw_ostream &os) const override;
  std::error_code convertToErrorCode() const override {
    return llvm::inconvertibleErrorCode();
  }

  /// The rank, or -1; and where the action begins in the text of its row,
  /// counted from 1, or 0.
  int32_t row, column;

private:
  std::string message;
  /// Of `dag.schedule`, such as `C5`, or empty.
  std::string rule;
};

/// Reads a row in PyTorch's notation: actions between commas, empty ones left
/// out, `(a;b)OVERLAP_F_B` for two at once, `(a;b)GROUP` for a group, and
/// `a@1` for stream 1. Brackets may stand for parentheses, and `None` for an
/// empty cell, as PyTorch prints them. Fails on the first action that is
/// malformed.
llvm::Expected<std::vector<Action>> parseActions(llvm::StringRef text);
/// The inverse.
std::string printActions(llvm::ArrayRef<Action> actions);

/// Fails if an action or a part of a backward is there twice, two ranks run one
/// stage, a micro-batch is not below `microbatches`, a rank waits for an event
/// that it has not recorded, or for a send or a reduction that it has not
/// begun, or does not wait for one where it waits for others. A `B` beside a
/// `W` of the same stage and micro-batch becomes the gradient of inputs.
llvm::Error checkSchedule(Schedule &schedule, int64_t microbatches);

//===----------------------------------------------------------------------===//
// Kinds
//===----------------------------------------------------------------------===//

enum class ScheduleKind {
  Forward,
  GPipe,
  OneFOneB,
  Interleaved,
  ZeroBubbleH1,
  ZeroBubbleH2,
  ZeroBubbleV,
  DualPipeV
};

/// `1f1b`.
llvm::StringRef stringifyScheduleKind(ScheduleKind kind);
/// The inverse.
std::optional<ScheduleKind> parseScheduleKind(llvm::StringRef name);
/// All of them: `forward, gpipe, ...`.
std::string getScheduleKindNames();

/// The rank of a stage where stages are dealt out in turn, or there and back if
/// `isV`: ranks 0, 1, 1, 0 for two ranks and four stages.
int64_t getRankOfStage(int64_t stage, int64_t ranks, bool isV);
/// True if a kind takes two stages for each rank, there and back.
bool isVShaped(ScheduleKind kind);

/// What each of `ranks` computes, without transfers; `chunks` stages on each,
/// as `getRankOfStage` says. Fails if the kind does not take these numbers.
llvm::Expected<Schedule> makeSchedule(ScheduleKind kind, int64_t ranks,
                                      int64_t microbatches, int64_t chunks);

//===----------------------------------------------------------------------===//
// Transfers
//===----------------------------------------------------------------------===//

/// A value that goes through one buffer more than once: a number for it, how
/// often it does, and whether this is the first time.
struct RepeatedValue {
  int32_t number;
  int32_t times;
  bool isFirst;
};

/// A buffer that several edges go through: a number for it, its slots, and how
/// many tensors, or gradients, one micro-batch of an edge has in it.
struct SharedBuffer {
  int32_t number;
  int64_t slots;
  int64_t tensors;
  int64_t gradients;
  /// Those of the tensors that its source puts into it several times: they lie
  /// in one slot there until the last one has gone.
  llvm::SmallVector<RepeatedValue, 0> repeated = {};
};

/// Counts slots of shared buffers at the stage that makes what goes through
/// them.
class SourceSlots {
public:
  /// Slots that an edge takes when its tensors, or gradients, are made.
  static int64_t getTaken(const SharedBuffer &buffer, bool isGradient);
  /// Slots that are free when they have gone.
  int64_t getFreed(const SharedBuffer &buffer, bool isGradient,
                   int32_t microbatch) const;
  /// The same, and they have gone.
  int64_t free(const SharedBuffer &buffer, bool isGradient, int32_t microbatch);

private:
  /// By value and micro-batch, how often it has gone.
  std::map<std::pair<int32_t, int32_t>, int32_t> numGone;
};

/// Data that goes from one stage to another.
struct StageEdge {
  int32_t source;
  int32_t target;
  /// Buffers at either end; 0 is as many as it takes. An edge between two
  /// stages of one rank has one end.
  int64_t slots = 0;
  /// Those of its buffers that other edges go through, too.
  llvm::SmallVector<SharedBuffer, 1> shared = {};
  /// False if backwards send nothing back: integers have no gradient.
  bool hasGradient = true;
  /// `slots` for gradients.
  int64_t gradientSlots = slots;
};

/// The edges of a plain pipeline: each stage to the next one.
std::vector<StageEdge> getChainEdges(int64_t stages, int64_t slots = 0);

/// Where a schedule stopped.
struct StuckAction {
  int32_t rank;
  uint32_t position;
  /// The stage that owes data, or -1.
  int32_t waitsFor = -1;
  /// True if the data is there and no buffer is free.
  bool lacksSlot = false;
  /// True if it goes on if buffers that several edges share have more slots:
  /// another order of the transfers might do with those that there are.
  bool sharesBuffers = false;
};

/// Adds sends and recvs to rows that only compute. Both ends of a transfer get
/// theirs at one moment of a simulated run, as soon as a buffer is free, so
/// that all ranks follow one global order of transfers. Nothing, and where
/// it stopped, if actions wait for each other or too few buffers are there.
/// What stays on a rank is in the order of its row, whatever its buffers hold.
std::optional<Schedule> insertTransfers(const Schedule &schedule,
                                        llvm::ArrayRef<StageEdge> edges,
                                        std::vector<StuckAction> &stuck);

//===----------------------------------------------------------------------===//
// Times
//===----------------------------------------------------------------------===//

/// Costs of one stage and micro-batch. A full backward costs both of its parts.
struct ScheduleCosts {
  int64_t forward = 1, backwardInput = 1, backwardWeight = 1;
};

struct RankTimes {
  int64_t start = 0, end = 0, busy = 0;
  /// The most micro-batches (times stages) whose activations live at a time:
  /// from the forward to the whole of the backward.
  int64_t peakActivations = 0;
  int64_t getBubble() const { return end - start - busy; }
};

struct ScheduleTimes {
  std::vector<RankTimes> ranks;
  int64_t makespan = 0;
  /// The largest idle time of a rank between its first and last action.
  int64_t bubble = 0;
  /// What that rank works.
  int64_t busy = 0;
};

/// Runs the computing actions with transfers that take no time. Nothing, and
/// where it stopped, if they wait for each other.
std::optional<ScheduleTimes> getTimes(const Schedule &schedule,
                                      const ScheduleCosts &costs,
                                      std::vector<StuckAction> &stuck);

} // namespace mlir::dag

#endif // DAG_SCHEDULE_SCHEDULE_H
