//===- End.h - What an end of the runtime implements -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// C++, for those who write an end: the functions of the ABI check what they can
// and call a rank's virtual functions. Nothing here is part of the ABI.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_RUNTIME_END_H
#define DAG_RUNTIME_END_H

#include "dag/Runtime/Allocations.h"
#include "dag/Runtime/Communication.h"
#include "dag/Runtime/Errors.h"

#include <string>
#include <vector>

namespace dag::runtime {

enum class CallKind : uint8_t {
  AllReduce,
  AllGather,
  ReduceScatter,
  AllToAll,
  AllToAllV,
  Broadcast,
  Send,
  Receive,
  Split,
  Create,
};

inline bool isTransfer(CallKind kind) {
  return kind == CallKind::Send || kind == CallKind::Receive;
}

/// A call on a communicator.
struct Call {
  CallKind kind;
  const void *send = nullptr;
  void *receive = nullptr;
  uint64_t count = 0;
  DagrtDataType type = DAGRT_F32;
  DagrtReduction reduction = DAGRT_SUM;
  /// The other member of a transfer, the root of a broadcast.
  uint32_t peer = 0;
  DagrtComm comm = {0};
  DagrtStream stream = {0};
  /// all_to_all with counts, in elements: one number for each member.
  std::vector<uint64_t> sendCounts, sendOffsets, receiveCounts, receiveOffsets;
  /// A split, and the name of what it or a creation makes.
  int32_t color = 0, key = 0;
  std::string name;
  /// The memory that is read and written, once for each buffer.
  std::vector<Allocation *> uses;
};

/// The name of an operation, such as "all_reduce".
const char *getCallName(CallKind kind);

/// What has a name and members: ranks, in order.
struct CommInfo {
  std::string name;
  std::vector<uint32_t> members;
};

/// A communicator as one of its members sees it.
struct CommView {
  const CommInfo *info = nullptr;
  /// The place of this rank.
  uint32_t self = 0;
};

/// A call in words: "all_reduce of 4 x f32, sum".
std::string describe(const Call &call, const CommInfo &comm);

/// Whether the arguments of a call fit together and its buffers are memory that
/// the rank has; fills `uses`.
Error checkCall(Call &call, const CommView &comm, const AllocationMap &memory);

/// What a function of the ABI may be called during.
enum class Entry : uint8_t {
  /// Always: also after a failure and inside of a group.
  Query,
  /// Frees or destroys: also after a failure.
  Release,
  /// Does or awaits work.
  Work,
  /// Communicates: also inside of a group.
  Communication,
};

} // namespace dag::runtime

/// One rank of an end. Functions have been given arguments that are not null;
/// handles are the end's to look up.
struct DagrtRank {
  using Error = dag::runtime::Error;

  DagrtRank(uint32_t number, uint32_t numRanks, uint64_t memoryLimit)
      : number(number), numRanks(numRanks), memory(memoryLimit) {}
  virtual ~DagrtRank();

  virtual const char *getEndName() const = 0;
  /// Whether the ABI may be entered now: the right thread, no failure.
  virtual Error enter(dag::runtime::Entry entry) = 0;
  virtual Error synchronize() = 0;
  virtual Error abort(const char *reason) = 0;

  virtual Error allocate(uint64_t bytes, void *&pointer) = 0;
  virtual void release(void *pointer) = 0;
  virtual Error registerMemory(void *memory, uint64_t bytes, void *&device) = 0;
  virtual void unregisterMemory(void *memory) = 0;

  /// A copy or a fill: `uses` is the device's memory in it.
  struct Copy {
    void *target;
    /// Null if bytes are set to `value`.
    const void *source;
    uint64_t bytes;
    uint8_t value;
    std::vector<dag::runtime::Allocation *> uses;
  };
  virtual Error enqueueCopy(Copy copy, DagrtStream stream) = 0;

  virtual Error createStream(const char *name, DagrtStream &stream) = 0;
  virtual Error destroyStream(DagrtStream stream) = 0;
  virtual Error synchronizeStream(DagrtStream stream) = 0;
  virtual Error queryStream(DagrtStream stream, bool &isDone) = 0;

  virtual Error createEvent(DagrtEvent &event) = 0;
  virtual Error destroyEvent(DagrtEvent event) = 0;
  virtual Error recordEvent(DagrtEvent event, DagrtStream stream) = 0;
  virtual Error synchronizeEvent(DagrtEvent event) = 0;
  virtual Error queryEvent(DagrtEvent event, bool &isDone) = 0;
  virtual Error waitEvent(DagrtStream stream, DagrtEvent event) = 0;

  virtual Error loadModule(const DagrtModuleSource &source,
                           DagrtModule &module) = 0;
  virtual Error unloadModule(DagrtModule module) = 0;
  virtual Error getFunction(DagrtModule module, const char *name,
                            std::vector<DagrtParameter> parameters,
                            DagrtFunction &function) = 0;
  /// The parameters of a function.
  virtual Error getParameters(DagrtFunction function,
                              const std::vector<DagrtParameter> *&result) = 0;
  virtual Error launch(DagrtFunction function, const DagrtLaunchShape *shape,
                       void *const *arguments,
                       std::vector<dag::runtime::Allocation *> uses,
                       DagrtStream stream) = 0;

  virtual Error getWorld(DagrtComm &comm) = 0;
  virtual Error viewComm(DagrtComm comm, dag::runtime::CommView &view) = 0;
  virtual Error createComm(std::vector<uint32_t> members, const char *name,
                           DagrtComm &comm) = 0;
  virtual Error splitComm(DagrtComm parent, int32_t color, int32_t key,
                          const char *name, DagrtComm &comm) = 0;
  virtual Error destroyComm(DagrtComm comm) = 0;
  virtual Error checkStream(DagrtStream stream) = 0;
  /// One call, or those of a group.
  virtual Error communicate(std::vector<dag::runtime::Call> calls) = 0;

  const uint32_t number;
  const uint32_t numRanks;
  dag::runtime::AllocationMap memory;

  /// The open group: how deep it is nested, what was called in it, and the
  /// first refusal.
  uint32_t groupDepth = 0;
  std::vector<dag::runtime::Call> groupCalls;
  Error groupError;
};

#endif // DAG_RUNTIME_END_H
