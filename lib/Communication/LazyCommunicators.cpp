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

void dag::addLazyCommunicators(CommunicationOrder &order) {
  /// What makes the communicator of two classes.
  struct Pair {
    uint32_t communicator, site;
    uint64_t signature;
  };
  llvm::DenseMap<std::pair<uint32_t, uint32_t>, Pair> pairs;
  auto getPair = [&](uint32_t a, uint32_t b) {
    auto [low, high] = std::minmax(a, b);
    auto [it, isNew] = pairs.try_emplace({low, high});
    if (!isNew)
      return it->second;
    std::string name = "the pair of " + order.classes[low].name + " and " +
                       order.classes[high].name;
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
    llvm::DenseSet<uint32_t> known;
    for (uint32_t begin = 0, end; begin < rankClass.ops.size(); begin = end) {
      end = begin;
      do {
        const CommunicationOp &op = rankClass.ops[end++];
        if (!op.isTransfer() || op.other == rank ||
            op.communicator != CommunicationOp::kOwnPair ||
            !known.insert(op.other).second)
          continue;
        Pair pair = getPair(rank, op.other);
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
