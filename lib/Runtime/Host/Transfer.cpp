//===- Transfer.cpp - Moving the data of calls that have met -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "World.h"

#include "dag/Runtime/Reduce.h"

#include <algorithm>
#include <cstring>

using namespace dag::runtime;

namespace {

/// Copies elements, where they are not in place already.
void move(void *target, uint64_t targetOffset, const void *source,
          uint64_t sourceOffset, uint64_t count, uint64_t bytes) {
  if (count == 0)
    return;
  char *to = static_cast<char *>(target) + targetOffset * bytes;
  const char *from = static_cast<const char *>(source) + sourceOffset * bytes;
  if (to != from)
    std::memcpy(to, from, count * bytes);
}

/// Block by block: all inputs of a block are read before any output is written,
/// since buffers may be in place.
void allReduce(const std::vector<Posted> &parts, uint64_t bytes) {
  const Call &call = parts[0].getCall();
  std::vector<const void *> sources;
  for (const Posted &part : parts)
    sources.push_back(part.getCall().send);
  alignas(8) char block[kReduceBlock * 8];
  for (uint64_t i = 0; i < call.count; i += kReduceBlock) {
    uint64_t count = std::min(kReduceBlock, call.count - i);
    reduceBlock(call.type, call.reduction, sources, i, count, block);
    for (const Posted &part : parts)
      move(part.getCall().receive, i, block, 0, count, bytes);
  }
}

/// Each member's part is a sum by itself, and may lie in its own input only.
void reduceScatter(const std::vector<Posted> &parts, uint64_t bytes) {
  const Call &call = parts[0].getCall();
  std::vector<const void *> sources;
  for (const Posted &part : parts)
    sources.push_back(part.getCall().send);
  alignas(8) char block[kReduceBlock * 8];
  for (size_t member = 0; member < parts.size(); ++member)
    for (uint64_t i = 0; i < call.count; i += kReduceBlock) {
      uint64_t count = std::min(kReduceBlock, call.count - i);
      reduceBlock(call.type, call.reduction, sources, member * call.count + i,
                  count, block);
      move(parts[member].getCall().receive, i, block, 0, count, bytes);
    }
}

} // namespace

void World::carryOut(const Match &match) {
  const std::vector<Posted> &parts = match.parts;
  const Call &call = parts[0].getCall();
  uint64_t bytes = dagrtGetDataTypeInfo(call.type)->bytes;
  uint64_t count = call.count;
  switch (call.kind) {
  case CallKind::AllReduce:
    return allReduce(parts, bytes);
  case CallKind::ReduceScatter:
    return reduceScatter(parts, bytes);
  case CallKind::AllGather:
    for (const Posted &to : parts)
      for (size_t i = 0; i < parts.size(); ++i)
        move(to.getCall().receive, i * count, parts[i].getCall().send, 0, count,
             bytes);
    return;
  case CallKind::AllToAll:
    for (size_t j = 0; j < parts.size(); ++j)
      for (size_t i = 0; i < parts.size(); ++i)
        move(parts[j].getCall().receive, i * count, parts[i].getCall().send,
             j * count, count, bytes);
    return;
  case CallKind::AllToAllV:
    for (size_t j = 0; j < parts.size(); ++j)
      for (size_t i = 0; i < parts.size(); ++i) {
        const Call &from = parts[i].getCall(), &to = parts[j].getCall();
        move(to.receive, to.receiveOffsets[i], from.send, from.sendOffsets[j],
             from.sendCounts[j], bytes);
      }
    return;
  case CallKind::Broadcast:
    for (const Posted &to : parts)
      move(to.getCall().receive, 0, parts[call.peer].getCall().send, 0, count,
           bytes);
    return;
  case CallKind::Send:
  case CallKind::Receive:
    return move(parts[1].getCall().receive, 0, parts[0].getCall().send, 0,
                count, bytes);
  case CallKind::Split:
  case CallKind::Create:
    return;
  }
}
