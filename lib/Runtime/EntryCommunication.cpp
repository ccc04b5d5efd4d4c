//===- EntryCommunication.cpp - Communicators, operations, groups -*- C++
//-*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Entry.h"

#include <algorithm>

using namespace dag::runtime;

namespace {

/// Looks up and checks what a call names.
Error prepare(DagrtRank *rank, Call &call, const uint64_t *const numbers[4]) {
  CommView view;
  if (Error error = rank->viewComm(call.comm, view))
    return error;
  if (Error error = rank->checkStream(call.stream))
    return error;
  if (call.kind == CallKind::AllToAllV) {
    static constexpr const char *kNames[] = {
        "send counts", "send offsets", "receive counts", "receive offsets"};
    std::vector<uint64_t> *lists[] = {&call.sendCounts, &call.sendOffsets,
                                      &call.receiveCounts,
                                      &call.receiveOffsets};
    for (int i = 0; i < 4; ++i) {
      if (Error error = checkOutput(numbers[i], kNames[i]))
        return error;
      lists[i]->assign(numbers[i], numbers[i] + view.info->members.size());
    }
  }
  return checkCall(call, view, rank->memory);
}

/// Hands a call to the rank, or to its open group.
DagrtStatus communicate(DagrtRank *rank, Call call,
                        const uint64_t *const numbers[4] = nullptr) {
  return enter(
      rank, getCallName(call.kind), Entry::Communication, [&]() -> Error {
        Error error = prepare(rank, call, numbers);
        if (rank->groupDepth == 0) {
          if (error)
            return error;
          std::vector<Call> calls;
          calls.push_back(std::move(call));
          return rank->communicate(std::move(calls));
        }
        if (!error)
          rank->groupCalls.push_back(std::move(call));
        else if (!rank->groupError)
          rank->groupError =
              complete(error, int32_t(rank->number), getCallName(call.kind));
        return error;
      });
}

Error checkMembers(DagrtRank *rank, const std::vector<uint32_t> &members) {
  std::vector<uint32_t> sorted = members;
  std::sort(sorted.begin(), sorted.end());
  if (!sorted.empty() && sorted.back() >= rank->numRanks)
    return refuseArgument("there is no rank " + std::to_string(sorted.back()) +
                          " of " + std::to_string(rank->numRanks));
  auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end())
    return refuseArgument("rank " + std::to_string(*twice) +
                          " is a member twice");
  if (!std::binary_search(sorted.begin(), sorted.end(), rank->number))
    return refuseArgument("this rank is no member");
  return nullptr;
}

Call makeCall(CallKind kind, const void *send, void *receive, uint64_t count,
              DagrtDataType type, DagrtComm comm, DagrtStream stream) {
  Call call;
  call.kind = kind;
  call.send = send;
  call.receive = receive;
  call.count = count;
  call.type = type;
  call.comm = comm;
  call.stream = stream;
  return call;
}

} // namespace

extern "C" {

DagrtStatus dagrtCommGetWorld(DagrtRank *rank, DagrtComm *comm) {
  return enter(rank, "comm_get_world", Entry::Query, [&]() -> Error {
    if (Error error = checkOutput(comm, "comm"))
      return error;
    return rank->getWorld(*comm);
  });
}

DagrtStatus dagrtCommCreate(DagrtRank *rank, const uint32_t *members,
                            size_t numMembers, const char *name,
                            DagrtComm *comm) {
  return enter(rank, "comm_create", Entry::Work, [&]() -> Error {
    if (Error error = checkOutput(comm, "comm"))
      return error;
    if (Error error = checkOutput(members, "members"))
      return error;
    if (Error error = checkOutput(name, "name"))
      return error;
    if (numMembers > rank->numRanks)
      return refuseArgument(std::to_string(numMembers) + " members of " +
                            std::to_string(rank->numRanks) + " ranks");
    std::vector<uint32_t> list(members, members + numMembers);
    if (Error error = checkMembers(rank, list))
      return error;
    return rank->createComm(std::move(list), name, *comm);
  });
}

DagrtStatus dagrtCommSplit(DagrtRank *rank, DagrtComm parent, int32_t color,
                           int32_t key, const char *name, DagrtComm *comm) {
  return enter(rank, "comm_split", Entry::Work, [&]() -> Error {
    if (Error error = checkOutput(comm, "comm"))
      return error;
    if (Error error = checkOutput(name, "name"))
      return error;
    if (color < DAGRT_NO_COLOR)
      return refuseArgument("color is " + std::to_string(color) +
                            ", expected at least 0 or DAGRT_NO_COLOR");
    return rank->splitComm(parent, color, key, name, *comm);
  });
}

DagrtStatus dagrtCommDestroy(DagrtRank *rank, DagrtComm comm) {
  return enter(rank, "comm_destroy", Entry::Release,
               [&] { return rank->destroyComm(comm); });
}

DagrtStatus dagrtCommGetSize(DagrtRank *rank, DagrtComm comm, uint32_t *size) {
  return enter(rank, "comm_get_size", Entry::Query, [&]() -> Error {
    if (Error error = checkOutput(size, "size"))
      return error;
    CommView view;
    if (Error error = rank->viewComm(comm, view))
      return error;
    *size = view.info->members.size();
    return nullptr;
  });
}

DagrtStatus dagrtCommGetMember(DagrtRank *rank, DagrtComm comm,
                               uint32_t *member) {
  return enter(rank, "comm_get_member", Entry::Query, [&]() -> Error {
    if (Error error = checkOutput(member, "member"))
      return error;
    CommView view;
    if (Error error = rank->viewComm(comm, view))
      return error;
    *member = view.self;
    return nullptr;
  });
}

DagrtStatus dagrtAllReduce(DagrtRank *rank, const void *send, void *receive,
                           uint64_t count, DagrtDataType type,
                           DagrtReduction reduction, DagrtComm comm,
                           DagrtStream stream) {
  Call call =
      makeCall(CallKind::AllReduce, send, receive, count, type, comm, stream);
  call.reduction = reduction;
  return communicate(rank, std::move(call));
}

DagrtStatus dagrtAllGather(DagrtRank *rank, const void *send, void *receive,
                           uint64_t count, DagrtDataType type, DagrtComm comm,
                           DagrtStream stream) {
  return communicate(rank, makeCall(CallKind::AllGather, send, receive, count,
                                    type, comm, stream));
}

DagrtStatus dagrtReduceScatter(DagrtRank *rank, const void *send, void *receive,
                               uint64_t count, DagrtDataType type,
                               DagrtReduction reduction, DagrtComm comm,
                               DagrtStream stream) {
  Call call = makeCall(CallKind::ReduceScatter, send, receive, count, type,
                       comm, stream);
  call.reduction = reduction;
  return communicate(rank, std::move(call));
}

DagrtStatus dagrtAllToAll(DagrtRank *rank, const void *send, void *receive,
                          uint64_t count, DagrtDataType type, DagrtComm comm,
                          DagrtStream stream) {
  return communicate(rank, makeCall(CallKind::AllToAll, send, receive, count,
                                    type, comm, stream));
}

DagrtStatus dagrtAllToAllV(DagrtRank *rank, const void *send,
                           const uint64_t *sendCounts,
                           const uint64_t *sendOffsets, void *receive,
                           const uint64_t *receiveCounts,
                           const uint64_t *receiveOffsets, DagrtDataType type,
                           DagrtComm comm, DagrtStream stream) {
  const uint64_t *numbers[] = {sendCounts, sendOffsets, receiveCounts,
                               receiveOffsets};
  return communicate(
      rank, makeCall(CallKind::AllToAllV, send, receive, 0, type, comm, stream),
      numbers);
}

DagrtStatus dagrtBroadcast(DagrtRank *rank, const void *send, void *receive,
                           uint64_t count, DagrtDataType type, uint32_t root,
                           DagrtComm comm, DagrtStream stream) {
  Call call =
      makeCall(CallKind::Broadcast, send, receive, count, type, comm, stream);
  call.peer = root;
  return communicate(rank, std::move(call));
}

DagrtStatus dagrtSend(DagrtRank *rank, const void *send, uint64_t count,
                      DagrtDataType type, uint32_t peer, DagrtComm comm,
                      DagrtStream stream) {
  Call call =
      makeCall(CallKind::Send, send, nullptr, count, type, comm, stream);
  call.peer = peer;
  return communicate(rank, std::move(call));
}

DagrtStatus dagrtReceive(DagrtRank *rank, void *receive, uint64_t count,
                         DagrtDataType type, uint32_t peer, DagrtComm comm,
                         DagrtStream stream) {
  Call call =
      makeCall(CallKind::Receive, nullptr, receive, count, type, comm, stream);
  call.peer = peer;
  return communicate(rank, std::move(call));
}

DagrtStatus dagrtGroupBegin(DagrtRank *rank) {
  return enter(rank, "group_begin", Entry::Communication, [&]() -> Error {
    if (rank->groupDepth == 1u << 16)
      return refuseArgument("groups are nested too deeply");
    ++rank->groupDepth;
    return nullptr;
  });
}

DagrtStatus dagrtGroupEnd(DagrtRank *rank) {
  return enter(rank, "group_end", Entry::Communication, [&]() -> Error {
    if (rank->groupDepth == 0)
      return refuseArgument("no group has begun");
    if (--rank->groupDepth)
      return nullptr;
    std::vector<Call> calls = std::move(rank->groupCalls);
    Error error = std::move(rank->groupError);
    rank->groupCalls.clear();
    rank->groupError = nullptr;
    if (error)
      return error;
    return calls.empty() ? nullptr : rank->communicate(std::move(calls));
  });
}

} // extern "C"
