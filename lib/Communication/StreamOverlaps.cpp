//===- StreamOverlaps.cpp - Calls that no event orders -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Ranks and the communicators that they call make a graph of two kinds of
// nodes. Ranks that wait for each other are a circle in it, which enters a rank
// by one communicator and leaves it by another one; so both edges lie in one
// biconnected part. Only there does it matter in which order a rank begins two
// calls, and only there are unordered ones reported.
//
//===----------------------------------------------------------------------===//

#include "StreamClocks.h"
#include "dag/Communication/CommunicationOrder.h"
#include "mlir/Support/LLVM.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::dag;

namespace {
/// The graph of ranks and communicators, its edges in biconnected parts.
class CommunicatorGraph {
public:
  explicit CommunicatorGraph(const CommunicationOrder &order);
  /// The part of the edge between a rank and a communicator that it calls.
  uint32_t getPart(uint32_t rankClass, uint64_t communicator) const {
    return parts[edges.lookup({rankClass, communicator})];
  }

private:
  void findParts(uint32_t root);

  /// Edges by their ends, and the edges of each node with the other node.
  llvm::DenseMap<std::pair<uint32_t, uint64_t>, uint32_t> edges;
  std::vector<SmallVector<std::pair<uint32_t, uint32_t>, 2>> adjacent;
  std::vector<uint32_t> parts, depth, low;
  std::vector<uint32_t> open;
  uint32_t numParts = 0, time = 0;
};
} // namespace

CommunicatorGraph::CommunicatorGraph(const CommunicationOrder &order) {
  llvm::DenseMap<uint64_t, uint32_t> nodes;
  adjacent.resize(order.classes.size());
  for (auto [rank, rankClass] : llvm::enumerate(order.classes))
    for (const CommunicationOp &op : rankClass.ops) {
      if (!op.isCall())
        continue;
      uint64_t key = op.getCommunicatorKey(rank);
      if (!edges.try_emplace({rank, key}, edges.size()).second)
        continue;
      auto [it, isNew] = nodes.try_emplace(key, adjacent.size());
      if (isNew)
        adjacent.emplace_back();
      uint32_t edge = edges.size() - 1;
      adjacent[rank].push_back({edge, it->second});
      adjacent[it->second].push_back({edge, static_cast<uint32_t>(rank)});
    }
  parts.resize(edges.size());
  depth.resize(adjacent.size());
  low.resize(adjacent.size());
  for (uint32_t root = 0; root < adjacent.size(); ++root)
    if (depth[root] == 0)
      findParts(root);
}

/// Tarjan's search for biconnected components, without recursion.
void CommunicatorGraph::findParts(uint32_t root) {
  struct Frame {
    uint32_t node, edge, next = 0;
  };
  constexpr uint32_t kNone = ~0u;
  std::vector<Frame> frames{{root, kNone}};
  depth[root] = low[root] = ++time;
  while (!frames.empty()) {
    Frame &frame = frames.back();
    uint32_t node = frame.node;
    if (frame.next < adjacent[node].size()) {
      auto [edge, other] = adjacent[node][frame.next++];
      if (edge == frame.edge)
        continue;
      if (depth[other] == 0) {
        open.push_back(edge);
        depth[other] = low[other] = ++time;
        frames.push_back({other, edge});
      } else if (depth[other] < depth[node]) {
        open.push_back(edge);
        low[node] = std::min(low[node], depth[other]);
      }
      continue;
    }
    uint32_t edge = frame.edge;
    frames.pop_back();
    if (frames.empty())
      break;
    uint32_t parent = frames.back().node;
    low[parent] = std::min(low[parent], low[node]);
    if (low[node] < depth[parent])
      continue;
    // What has been seen since this edge is one part.
    uint32_t last;
    do {
      last = open.back();
      open.pop_back();
      parts[last] = numParts;
    } while (last != edge);
    ++numParts;
  }
}

/// Finds for each overlap of collectives a rank that takes part in both.
static void addPeers(const CommunicationOrder &order,
                     MutableArrayRef<OverlappingOps> overlaps) {
  // The calls of a rank on a communicator, and the place of each among them.
  llvm::DenseMap<std::pair<uint32_t, uint32_t>, std::vector<uint32_t>> calls;
  std::vector<std::vector<uint32_t>> places(order.classes.size());
  for (auto [rank, rankClass] : llvm::enumerate(order.classes)) {
    places[rank].resize(rankClass.ops.size());
    for (auto [index, op] : llvm::enumerate(rankClass.ops))
      if (op.isCollective()) {
        std::vector<uint32_t> &known = calls[{rank, op.other}];
        places[rank][index] = known.size();
        known.push_back(index);
      }
  }
  for (OverlappingOps &overlap : overlaps) {
    uint32_t rank = overlap.rankClass;
    overlap.peer = rank;
    const CommunicationOp *ops[2];
    for (int i : {0, 1})
      ops[i] = &order.classes[rank].ops[overlap.ops[i]];
    if (!ops[0]->isCollective() || !ops[1]->isCollective())
      continue;
    for (uint32_t member : order.communicators[ops[0]->other].members) {
      uint32_t found[2];
      bool hasBoth =
          member != rank && llvm::all_of(ArrayRef({0, 1}), [&](int i) {
            auto it = calls.find({member, ops[i]->other});
            uint32_t place = places[rank][overlap.ops[i]];
            if (it == calls.end() || it->second.size() <= place)
              return false;
            found[i] = it->second[place];
            return true;
          });
      if (!hasBoth)
        continue;
      overlap.peer = member;
      overlap.peerOps[0] = found[0];
      overlap.peerOps[1] = found[1];
      break;
    }
  }
}

/// Adds the overlaps of one rank.
static void addOverlaps(const CommunicationOrder &order, uint32_t rankClass,
                        const CommunicatorGraph &graph,
                        std::vector<OverlappingOps> &overlaps) {
  constexpr uint32_t kAny = ~0u - 2, kWithinClass = ~0u - 3;
  constexpr size_t kMaxOverlaps = 256;
  struct Last {
    StreamClocks::Stamp stamp;
    uint32_t op;
  };
  const std::vector<CommunicationOp> &ops = order.classes[rankClass].ops;
  StreamClocks clocks;
  llvm::DenseMap<uint32_t, uint32_t> streams;
  // Sends that the rank waits for, as events.
  llvm::DenseMap<uint64_t, uint32_t> awaited;
  for (const CommunicationOp &op : ops)
    if (op.kind == CommunicationKind::WaitSend)
      awaited.try_emplace(op.data, awaited.size());
  auto getSendKey = [&](const CommunicationOp &op) -> std::optional<uint64_t> {
    auto it = awaited.find(op.data);
    if (it == awaited.end())
      return std::nullopt;
    return (uint64_t(3) << 61) | it->second;
  };
  // By stream and part: what stood there last.
  llvm::DenseMap<std::pair<uint32_t, uint32_t>, Last> last;
  llvm::DenseSet<std::pair<uint64_t, uint64_t>> seen;
  auto getEventKey = [](const CommunicationOp &op) {
    return (uint64_t(1) << 62) | op.other;
  };
  auto isWithinClass = [&](const CommunicationOp &op) {
    return op.isCollective() && order.communicators[op.other].isWithinClass;
  };
  auto check = [&](uint32_t index, uint32_t stream, uint32_t part) {
    uint64_t key = ops[index].getCommunicatorKey(rankClass);
    for (uint32_t other = 0;
         other < streams.size() && seen.size() < kMaxOverlaps; ++other) {
      auto it = last.find({other, part});
      if (other == stream || it == last.end() ||
          clocks.precedes(it->second.stamp, stream))
        continue;
      uint64_t otherKey = ops[it->second.op].getCommunicatorKey(rankClass);
      if (seen.insert({std::min(key, otherKey), std::max(key, otherKey)})
              .second)
        overlaps.push_back({rankClass, {it->second.op, index}});
    }
  };
  for (uint32_t begin = 0, end; begin < ops.size(); begin = end) {
    end = begin + 1;
    while (end < ops.size() && ops[end].joinsPrevious)
      ++end;
    const CommunicationOp &first = ops[begin];
    uint32_t stream =
        streams.try_emplace(first.stream, streams.size()).first->second;
    if (first.kind == CommunicationKind::Record)
      clocks.record(getEventKey(first), stream);
    if (first.kind == CommunicationKind::Wait)
      clocks.wait(getEventKey(first), stream);
    if (first.kind == CommunicationKind::WaitSend)
      clocks.wait(*getSendKey(first), stream);
    if (first.kind == CommunicationKind::Sync)
      clocks.join();
    // Whoever makes a communicator may wait for its streams, and need not: it
    // orders nothing, and occupies no GPU.
    if (!first.isCall() || first.blocksRank)
      continue;
    for (uint32_t i = begin; i < end; ++i)
      clocks.wait(ops[i].getCommunicatorKey(rankClass), stream);
    for (uint32_t i = begin; i < end; ++i) {
      if (isWithinClass(ops[i])) {
        check(i, stream, kAny);
        continue;
      }
      check(i, stream,
            graph.getPart(rankClass, ops[i].getCommunicatorKey(rankClass)));
      check(i, stream, kWithinClass);
    }
    StreamClocks::Stamp stamp = clocks.step(stream);
    for (uint32_t i = begin; i < end; ++i) {
      uint64_t key = ops[i].getCommunicatorKey(rankClass);
      clocks.record(key, stream);
      if (ops[i].kind == CommunicationKind::Send)
        if (std::optional<uint64_t> send = getSendKey(ops[i]))
          clocks.record(*send, stream);
      uint32_t part =
          isWithinClass(ops[i]) ? kWithinClass : graph.getPart(rankClass, key);
      last[{stream, part}] = last[{stream, kAny}] = {stamp, i};
    }
  }
}

std::vector<OverlappingOps> dag::findOverlaps(const CommunicationOrder &order) {
  std::vector<OverlappingOps> overlaps;
  if (!order.hasStreams())
    return overlaps;
  CommunicatorGraph graph(order);
  for (uint32_t rankClass = 0; rankClass < order.classes.size(); ++rankClass)
    addOverlaps(order, rankClass, graph, overlaps);
  addPeers(order, overlaps);
  return overlaps;
}
