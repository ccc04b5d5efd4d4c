//===- RowClocks.h - Streams of a row of a table ------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_COMMUNICATION_ROWCLOCKS_H
#define DAG_LIB_COMMUNICATION_ROWCLOCKS_H

#include "StreamClocks.h"
#include "dag/Schedule/Schedule.h"
#include "mlir/Support/LLVM.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"

namespace mlir::dag {

/// Follows one row of a table with its streams.
class RowClocks {
public:
  RowClocks(ArrayRef<Action> row, ArrayRef<int32_t> rankOf)
      : row(row), rankOf(rankOf), stamps(row.size()),
        hasStreams(llvm::any_of(
            row, [](const Action &action) { return action.stream != 0; })) {}

  /// Goes on to an action: what its stream waits for has been waited for.
  void begin(uint32_t index) {
    const Action &action = row[index];
    if (!hasStreams)
      return;
    if (action.kind == ActionKind::Record)
      clocks.record(getKey("RECORD", action.getName()), action.stream);
    else if (action.kind == ActionKind::Wait)
      clocks.wait(getKey("RECORD", action.getName()), action.stream);
    else if (action.isWaitForSend())
      clocks.wait(getSendKey(action), action.stream);
    else if (action.kind == ActionKind::Sync)
      clocks.join();
    else if (std::optional<uint64_t> key = getCommunicator(action))
      clocks.wait(*key, action.stream);
  }
  void end(uint32_t index) {
    const Action &action = row[index];
    if (!hasStreams || action.kind >= ActionKind::Local)
      return;
    stamps[index] = clocks.step(action.stream);
    // To make a communicator may wait for the device, and need not.
    if (std::optional<uint64_t> key = getCommunicator(action))
      clocks.record(*key, action.stream);
    // A send in a group ends with the group.
    if (action.isSend())
      sendsOfGroup.push_back(getSendKey(action));
    if (index + 1 < row.size() && row[index + 1].join == ActionJoin::Group)
      return;
    for (uint64_t send : sendsOfGroup)
      clocks.record(send, action.stream);
    sendsOfGroup.clear();
  }
  /// True if `first` has ended when `second`, at which the row is, begins.
  bool isOrdered(uint32_t first, uint32_t second) {
    return !hasStreams || clocks.precedes(stamps[first], row[second].stream);
  }

private:
  uint64_t getKey(StringRef kind, StringRef name) {
    return names.try_emplace((kind + ":" + name).str(), names.size())
        .first->second;
  }
  /// The same number for a send and the wait for it.
  uint64_t getSendKey(const Action &action) {
    return getKey(action.isGradient() ? "SEND_B" : "SEND_F",
                  (Twine(action.stage) + ":" + Twine(action.peer) + ":" +
                   Twine(action.microbatch))
                      .str());
  }
  std::optional<uint64_t> getCommunicator(const Action &action) {
    if (action.kind == ActionKind::Collective)
      return getKey("COMMUNICATOR", action.getName());
    if (!action.isTransfer() ||
        action.peer >= static_cast<int64_t>(rankOf.size()))
      return std::nullopt;
    return (uint64_t(1) << 32) | static_cast<uint32_t>(rankOf[action.peer]);
  }

  ArrayRef<Action> row;
  ArrayRef<int32_t> rankOf;
  StreamClocks clocks;
  std::vector<StreamClocks::Stamp> stamps;
  bool hasStreams;
  SmallVector<uint64_t, 2> sendsOfGroup;
  llvm::StringMap<uint64_t> names;
};

} // namespace mlir::dag

#endif // DAG_LIB_COMMUNICATION_ROWCLOCKS_H
