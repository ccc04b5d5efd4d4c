//===- LaunchUnits.cpp - What a rank begins at one time -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LaunchUnits.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::dag;

uint32_t LaunchUnits::addUnits(ArrayRef<CommunicationOp> ops, uint32_t begin,
                               uint32_t end) {
  uint32_t group = begins.size();
  for (uint32_t i = begin; i < end; ++i) {
    if (i == begin || !ops[i].isTransfer() || !ops[i - 1].isTransfer()) {
      begins.push_back(i);
      groupOf.push_back(group);
      grouped.push_back(end - begin > 1);
    }
    unitOf.push_back(begins.size() - 1);
  }
  return begins.size() - 1;
}

void LaunchUnits::chainUnits(uint32_t first) {
  for (uint32_t unit = first + 1; unit < begins.size(); ++unit) {
    beforeBegins.push_back(before.size());
    before.push_back(unit - 1);
  }
}

LaunchUnits::LaunchUnits(const CommunicationOrder &order, uint32_t rankClass,
                         bool inLaunchOrder) {
  const std::vector<CommunicationOp> &ops = order.classes[rankClass].ops;
  constexpr uint32_t kNone = ~0u;
  // The last unit of each stream since the last one that blocked the rank.
  llvm::MapVector<uint16_t, uint32_t> lastOnStream;
  llvm::DenseMap<uint64_t, uint32_t> lastOnCommunicator;
  llvm::DenseMap<uint64_t, uint32_t> events;
  // Units of sends, where the rank waits for some.
  llvm::DenseMap<uint64_t, uint32_t> sends;
  bool hasWaits = llvm::any_of(ops, [](const CommunicationOp &op) {
    return op.kind == CommunicationKind::WaitSend;
  });
  uint32_t lastBlocking = kNone;
  unitOf.reserve(ops.size());
  before.reserve(ops.size());
  for (uint32_t begin = 0, end; begin < ops.size(); begin = end) {
    bool blocksRank = false;
    end = begin;
    do {
      blocksRank |= ops[end].blocksRank;
      ++end;
    } while (end < ops.size() && ops[end].joinsPrevious);
    // A group begins behind all that one of its ops is behind, and what is
    // behind one of them is behind the last.
    uint32_t unit = begins.size();
    uint32_t last = addUnits(ops, begin, end);
    beforeBegins.push_back(before.size());
    auto isBehind = [&](uint32_t other) {
      if (other != kNone && other != last)
        before.push_back(other);
    };
    if (inLaunchOrder) {
      isBehind(unit == 0 ? kNone : unit - 1);
      chainUnits(unit);
      continue;
    }
    const CommunicationOp &first = ops[begin];
    if (blocksRank) {
      for (auto [stream, other] : lastOnStream)
        isBehind(other);
      if (lastOnStream.empty())
        isBehind(lastBlocking);
      lastOnStream.clear();
      lastBlocking = last;
    } else {
      auto [it, isNew] = lastOnStream.try_emplace(first.stream, lastBlocking);
      isBehind(it->second);
      it->second = last;
    }
    for (uint32_t i = begin; i < end; ++i) {
      const CommunicationOp &op = ops[i];
      if (op.kind == CommunicationKind::Record)
        events[op.other] = last;
      // An event that was not recorded is no reason to wait, as with CUDA.
      if (op.kind == CommunicationKind::Wait)
        if (auto it = events.find(op.other); it != events.end())
          isBehind(it->second);
      // A send in a group ends with the group.
      if (hasWaits && op.kind == CommunicationKind::Send)
        sends[op.data] = last;
      if (op.kind == CommunicationKind::WaitSend)
        if (auto it = sends.find(op.data); it != sends.end())
          isBehind(it->second);
      if (!op.isCall())
        continue;
      auto [it, isNew] = lastOnCommunicator.try_emplace(
          op.getCommunicatorKey(rankClass), kNone);
      isBehind(it->second);
      it->second = last;
    }
    chainUnits(unit);
  }
  begins.push_back(ops.size());
  beforeBegins.push_back(before.size());
}
