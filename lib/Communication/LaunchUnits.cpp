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

LaunchUnits::LaunchUnits(const CommunicationOrder &order, uint32_t rankClass,
                         bool inLaunchOrder) {
  const std::vector<CommunicationOp> &ops = order.classes[rankClass].ops;
  constexpr uint32_t kNone = ~0u;
  // The last unit of each stream since the last one that blocked the rank.
  llvm::MapVector<uint16_t, uint32_t> lastOnStream;
  llvm::DenseMap<uint64_t, uint32_t> lastOnCommunicator;
  llvm::DenseMap<uint64_t, uint32_t> events;
  uint32_t lastBlocking = kNone;
  unitOf.reserve(ops.size());
  before.reserve(ops.size());
  for (uint32_t begin = 0, end; begin < ops.size(); begin = end) {
    uint32_t unit = begins.size();
    begins.push_back(begin);
    beforeBegins.push_back(before.size());
    auto isBehind = [&](uint32_t other) {
      if (other != kNone && other != unit)
        before.push_back(other);
    };
    bool blocksRank = false;
    end = begin;
    do {
      blocksRank |= ops[end].blocksRank;
      unitOf.push_back(unit);
      ++end;
    } while (end < ops.size() && ops[end].joinsPrevious);
    if (inLaunchOrder) {
      isBehind(unit == 0 ? kNone : unit - 1);
      continue;
    }
    const CommunicationOp &first = ops[begin];
    if (blocksRank) {
      for (auto [stream, last] : lastOnStream)
        isBehind(last);
      if (lastOnStream.empty())
        isBehind(lastBlocking);
      lastOnStream.clear();
      lastBlocking = unit;
    } else {
      auto [it, isNew] = lastOnStream.try_emplace(first.stream, lastBlocking);
      isBehind(it->second);
      it->second = unit;
    }
    for (uint32_t i = begin; i < end; ++i) {
      const CommunicationOp &op = ops[i];
      if (op.kind == CommunicationKind::Record)
        events[op.other] = unit;
      // An event that was not recorded is no reason to wait, as with CUDA.
      if (op.kind == CommunicationKind::Wait)
        if (auto it = events.find(op.other); it != events.end())
          isBehind(it->second);
      if (!op.isCall())
        continue;
      auto [it, isNew] = lastOnCommunicator.try_emplace(
          op.getCommunicatorKey(rankClass), kNone);
      isBehind(it->second);
      it->second = unit;
    }
  }
  begins.push_back(ops.size());
  beforeBegins.push_back(before.size());
}
