//===- LazyCommunicators.cpp - Pairs made at first use -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Communication/CommunicationOrder.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::dag;

/// Both ends of a transfer, the sender first.
static std::pair<uint32_t, uint32_t> getEnds(uint32_t rank,
                                             const CommunicationOp &op) {
  if (op.kind == CommunicationKind::Send)
    return {rank, op.other};
  return {op.other, rank};
}

void dag::addDirectedCommunicators(CommunicationOrder &order) {
  llvm::DenseMap<std::pair<uint32_t, uint32_t>, uint32_t> communicators;
  for (auto [index, rankClass] : llvm::enumerate(order.classes)) {
    uint32_t rank = index;
    for (CommunicationOp &op : rankClass.ops) {
      if (!op.isTransfer() || op.communicator != CommunicationOp::kOwnPair)
        continue;
      auto [from, to] = getEnds(rank, op);
      auto [it, isNew] =
          communicators.try_emplace({from, to}, order.communicators.size());
      op.communicator = it->second;
      if (!isNew)
        continue;
      Communicator &made = order.communicators.emplace_back();
      made.name = "what goes from " + order.classes[from].name + " to " +
                  order.classes[to].name;
      made.members = {std::min(from, to), std::max(from, to)};
    }
  }
}

void dag::addLazyCommunicators(CommunicationOrder &order, bool isDirected) {
  /// What makes the communicator of two classes.
  struct Pair {
    uint32_t communicator, site;
    uint64_t signature;
  };
  llvm::DenseMap<std::pair<uint32_t, uint32_t>, Pair> pairs;
  auto getKey = [&](uint32_t rank, const CommunicationOp &op) {
    auto [from, to] = getEnds(rank, op);
    return isDirected ? std::pair(from, to)
                      : std::pair(std::min(from, to), std::max(from, to));
  };
  auto getPair = [&](std::pair<uint32_t, uint32_t> key) {
    auto [it, isNew] = pairs.try_emplace(key);
    if (!isNew)
      return it->second;
    auto [low, high] = std::minmax(key.first, key.second);
    std::string name = isDirected
                           ? "the pair from " + order.classes[key.first].name +
                                 " to " + order.classes[key.second].name
                           : "the pair of " + order.classes[low].name +
                                 " and " + order.classes[high].name;
    it->second = {static_cast<uint32_t>(order.communicators.size()),
                  static_cast<uint32_t>(order.sites.size()),
                  order.signatures.size()};
    order.sites.push_back(
        {order.classes[low].loc, "first use of " + name, false});
    order.signatures.push_back(name);
    Communicator &communicator = order.communicators.emplace_back();
    communicator.name = std::move(name);
    communicator.members = {low, high};
    return it->second;
  };
  for (auto [index, rankClass] : llvm::enumerate(order.classes)) {
    uint32_t rank = index;
    std::vector<CommunicationOp> ops;
    ops.reserve(rankClass.ops.size());
    llvm::DenseSet<std::pair<uint32_t, uint32_t>> known;
    for (uint32_t begin = 0, end; begin < rankClass.ops.size(); begin = end) {
      end = begin;
      do {
        const CommunicationOp &op = rankClass.ops[end++];
        if (!op.isTransfer() || op.other == rank ||
            op.communicator != CommunicationOp::kOwnPair ||
            !known.insert(getKey(rank, op)).second)
          continue;
        Pair pair = getPair(getKey(rank, op));
        CommunicationOp making;
        making.kind = CommunicationKind::Collective;
        making.blocksRank = true;
        making.stream = op.stream;
        making.other = pair.communicator;
        making.site = pair.site;
        making.data = pair.signature;
        ops.push_back(making);
        ++order.numOps;
      } while (end < rankClass.ops.size() && rankClass.ops[end].joinsPrevious);
      ops.insert(ops.end(), rankClass.ops.begin() + begin,
                 rankClass.ops.begin() + end);
    }
    rankClass.ops = std::move(ops);
  }
}
