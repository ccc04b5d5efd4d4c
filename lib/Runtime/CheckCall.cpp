//===- CheckCall.cpp - What one rank's arguments tell -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Runtime/End.h"

#include <algorithm>

using namespace dag::runtime;

namespace {

/// A buffer of a call, in elements from its pointer on.
struct Buffer {
  const char *what;
  const void *pointer;
  uint64_t count;
};

class CallCheck {
public:
  CallCheck(Call &call, const CommView &comm, const AllocationMap &memory)
      : call(call), comm(comm), memory(memory),
        type(dagrtGetDataTypeInfo(call.type)) {}

  Error check();

private:
  Error checkType() const;
  Error checkPeer() const;
  Error checkParts(const std::vector<uint64_t> &counts,
                   const std::vector<uint64_t> &offsets, const char *what,
                   bool mayOverlap, uint64_t &extent) const;
  Error checkBuffer(const Buffer &buffer);
  Error checkOverlap(const Buffer &send, const Buffer &receive) const;
  /// `count` elements for each member.
  Error multiply(uint64_t &count) const;
  Error getExtents(Buffer &send, Buffer &receive) const;

  Call &call;
  const CommView &comm;
  const AllocationMap &memory;
  const DagrtDataTypeInfo *type;
};

bool isReducing(CallKind kind) {
  return kind == CallKind::AllReduce || kind == CallKind::ReduceScatter;
}

} // namespace

Error CallCheck::checkType() const {
  if (!type)
    return refuseArgument("there is no data type " + std::to_string(call.type));
  if (!isReducing(call.kind))
    return nullptr;
  if (!dagrtGetReductionName(call.reduction))
    return refuseArgument("there is no reduction " +
                          std::to_string(call.reduction));
  if (!type->isReducible)
    return refuseArgument(std::string(type->name) +
                          " is not reducible, only moved");
  return nullptr;
}

Error CallCheck::checkPeer() const {
  bool isRoot = call.kind == CallKind::Broadcast;
  if (!isRoot && !isTransfer(call.kind))
    return nullptr;
  size_t size = comm.info->members.size();
  if (call.peer < size)
    return nullptr;
  return refuseArgument(std::string(isRoot ? "root" : "peer") + " is member " +
                        std::to_string(call.peer) + " of " +
                        std::to_string(size) + ", counted from 0");
}

Error CallCheck::multiply(uint64_t &count) const {
  uint64_t size = comm.info->members.size();
  if (count > UINT64_MAX / size)
    return refuseArgument("the count is too large for " + std::to_string(size) +
                          " members");
  count *= size;
  return nullptr;
}

/// Parts that are written may not overlap each other.
Error CallCheck::checkParts(const std::vector<uint64_t> &counts,
                            const std::vector<uint64_t> &offsets,
                            const char *what, bool mayOverlap,
                            uint64_t &extent) const {
  std::vector<std::pair<uint64_t, uint64_t>> parts;
  extent = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0)
      continue;
    if (offsets[i] > UINT64_MAX - counts[i])
      return refuseArgument(std::string(what) + " part of member " +
                            std::to_string(i) + " is too large");
    parts.emplace_back(offsets[i], offsets[i] + counts[i]);
    extent = std::max(extent, parts.back().second);
  }
  if (mayOverlap)
    return nullptr;
  std::sort(parts.begin(), parts.end());
  for (size_t i = 1; i < parts.size(); ++i)
    if (parts[i].first < parts[i - 1].second)
      return refuseArgument(std::string(what) + " parts overlap each other");
  return nullptr;
}

Error CallCheck::getExtents(Buffer &send, Buffer &receive) const {
  switch (call.kind) {
  case CallKind::AllGather:
    return multiply(receive.count);
  case CallKind::ReduceScatter:
    return multiply(send.count);
  case CallKind::AllToAll:
    if (Error error = multiply(send.count))
      return error;
    receive.count = send.count;
    return nullptr;
  case CallKind::AllToAllV:
    if (Error error = checkParts(call.sendCounts, call.sendOffsets, "send",
                                 true, send.count))
      return error;
    return checkParts(call.receiveCounts, call.receiveOffsets, "receive", false,
                      receive.count);
  case CallKind::Broadcast:
    if (call.peer != comm.self)
      send.count = 0;
    return nullptr;
  case CallKind::Send:
    receive.count = 0;
    return nullptr;
  case CallKind::Receive:
    send.count = 0;
    return nullptr;
  default:
    return nullptr;
  }
}

Error CallCheck::checkBuffer(const Buffer &buffer) {
  if (buffer.count > UINT64_MAX / type->bytes)
    return refuseArgument(std::string(buffer.what) + " of " +
                          std::to_string(buffer.count) + " x " + type->name +
                          " is too large");
  Allocation *found = nullptr;
  if (Error error = memory.find(buffer.pointer, buffer.count * type->bytes,
                                buffer.what, found))
    return error;
  if (!found)
    return nullptr;
  if (reinterpret_cast<uintptr_t>(buffer.pointer) % type->bytes)
    return refuseArgument(std::string(buffer.what) + " is not aligned to " +
                          std::to_string(type->bytes) + " bytes of " +
                          type->name);
  call.uses.push_back(found);
  return nullptr;
}

/// A send buffer is apart from the receive buffer, or where it may be in it.
Error CallCheck::checkOverlap(const Buffer &send, const Buffer &receive) const {
  if (send.count == 0 || receive.count == 0)
    return nullptr;
  auto first = reinterpret_cast<uintptr_t>(send.pointer);
  auto second = reinterpret_cast<uintptr_t>(receive.pointer);
  uint64_t sendBytes = send.count * type->bytes;
  uint64_t receiveBytes = receive.count * type->bytes;
  if (first < second ? second - first >= sendBytes
                     : first - second >= receiveBytes)
    return nullptr;
  uint64_t part = uint64_t(comm.self) * call.count * type->bytes;
  switch (call.kind) {
  case CallKind::AllReduce:
  case CallKind::Broadcast:
    if (first == second)
      return nullptr;
    break;
  case CallKind::AllGather:
    if (first == second + part)
      return nullptr;
    break;
  case CallKind::ReduceScatter:
    if (second == first + part)
      return nullptr;
    break;
  default:
    return refuseArgument("send and receive buffer overlap");
  }
  return refuseArgument(
      "send and receive buffer overlap, but not as this operation in place");
}

Error CallCheck::check() {
  if (Error error = checkType())
    return error;
  if (Error error = checkPeer())
    return error;
  Buffer send = {"send buffer", call.send, call.count};
  Buffer receive = {"receive buffer", call.receive, call.count};
  if (Error error = getExtents(send, receive))
    return error;
  if (Error error = checkBuffer(send))
    return error;
  if (Error error = checkBuffer(receive))
    return error;
  return checkOverlap(send, receive);
}

Error dag::runtime::checkCall(Call &call, const CommView &comm,
                              const AllocationMap &memory) {
  Error error = CallCheck(call, comm, memory).check();
  if (!error)
    return nullptr;
  Fault fault = *error;
  fault.communicator = comm.info->name;
  return std::make_shared<const Fault>(std::move(fault));
}

const char *dag::runtime::getCallName(CallKind kind) {
  switch (kind) {
  case CallKind::AllReduce:
    return "all_reduce";
  case CallKind::AllGather:
    return "all_gather";
  case CallKind::ReduceScatter:
    return "reduce_scatter";
  case CallKind::AllToAll:
    return "all_to_all";
  case CallKind::AllToAllV:
    return "all_to_all_v";
  case CallKind::Broadcast:
    return "broadcast";
  case CallKind::Send:
    return "send";
  case CallKind::Receive:
    return "recv";
  case CallKind::Split:
    return "comm_split";
  case CallKind::Create:
    return "comm_create";
  }
  return "call";
}

std::string dag::runtime::describe(const Call &call, const CommInfo &comm) {
  std::string text = getCallName(call.kind);
  if (call.kind == CallKind::Split)
    return text;
  if (call.kind == CallKind::Create) {
    text += " of ranks";
    for (uint32_t member : comm.members)
      text += " " + std::to_string(member);
    return text;
  }
  const char *type = dagrtGetDataTypeInfo(call.type)->name;
  text += call.kind == CallKind::AllToAllV
              ? std::string(" of ") + type
              : " of " + std::to_string(call.count) + " x " + type;
  if (isReducing(call.kind))
    text += std::string(", ") + dagrtGetReductionName(call.reduction);
  const char *direction =
      call.kind == CallKind::Send ? " to rank " : " from rank ";
  if (isTransfer(call.kind) || call.kind == CallKind::Broadcast)
    text += direction + std::to_string(comm.members[call.peer]);
  return text;
}

DagrtRank::~DagrtRank() = default;
