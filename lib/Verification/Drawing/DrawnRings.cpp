//===- DrawnRings.cpp - Keys that go round ----------------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// In a ring each rank multiplies its queries with the keys of all ranks, those
// of one rank in each step. The keys are followed from the projection that
// makes them through what sends and keeps them.
//
//===----------------------------------------------------------------------===//

#include "DrawnRules.h"
#include "llvm/ADT/MapVector.h"

#include <map>

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

static constexpr int64_t kNone = DeploymentGraph::kNone;
/// The keys of several ranks.
static constexpr int64_t kMixed = -2;

namespace {

class DrawnRings {
public:
  DrawnRings(const DeploymentGraph &graph, CheckLog &log)
      : graph(graph), log(log), origins(graph.getNodes().size(), kNone) {}

  void run();

private:
  /// The steps of a rank, by the rank whose keys they take.
  using Steps = std::map<int64_t, SmallVector<NodeId, 2>>;

  int64_t findOrigin(NodeId id) const;
  int64_t findKeys(NodeId scores) const;
  void checkSteps(int64_t lane, const Steps &steps, size_t numRanks,
                  size_t numWhole);

  const DeploymentGraph &graph;
  CheckLog &log;
  /// Whose keys or values a node gives.
  std::vector<int64_t> origins;
};

} // namespace

/// Of what a node gives on, or of what it makes itself.
int64_t DrawnRings::findOrigin(NodeId id) const {
  const auto &node = graph.getNode(id);
  switch (node.role) {
  case Role::KProjection:
  case Role::VProjection:
  case Role::QkvProjection:
    return node.lane;
  case Role::RotaryEmbedding:
  case Role::QkNorm:
  case Role::KvCache:
  case Role::CommBuffer:
    break;
  default:
    if (!isTransfer(node.role))
      return kNone;
  }
  int64_t origin = kNone;
  for (uint32_t index : graph.getInEdges(id)) {
    int64_t other = origins[graph.getEdge(index).source];
    if (other == kNone)
      continue;
    if (origin != kNone && origin != other)
      return kMixed;
    origin = other;
  }
  return origin;
}

/// The rank whose keys reach scores: another one's where queries and keys are
/// made together.
int64_t DrawnRings::findKeys(NodeId scores) const {
  int64_t lane = graph.getNode(scores).lane, keys = kNone;
  bool takesOwn = false;
  for (uint32_t index : graph.getInEdges(scores)) {
    NodeId source = graph.getEdge(index).source;
    int64_t origin = origins[source];
    if (origin == kNone)
      continue;
    if (origin == kMixed)
      return kMixed;
    if (origin == lane && graph.getNode(source).role == Role::QkvProjection) {
      takesOwn = true;
      continue;
    }
    if (keys != kNone && keys != origin)
      return kMixed;
    keys = origin;
  }
  return keys == kNone && takesOwn ? lane : keys;
}

/// Each step takes the keys of a rank of its own.
void DrawnRings::checkSteps(int64_t lane, const Steps &steps, size_t numRanks,
                            size_t numWhole) {
  size_t least = SIZE_MAX, most = 0;
  int64_t twice = kNone;
  for (auto &[origin, scores] : steps) {
    least = std::min(least, scores.size());
    if (scores.size() > most) {
      most = scores.size();
      twice = origin;
    }
  }
  // A rank of a causal ring may leave out later keys, but then most do.
  if (steps.size() < numRanks && numWhole * 2 > numRanks && least == most)
    log.report(Code::DAG504, graph.getPlace(steps.begin()->second.front()),
               "rank " + Twine(lane) + " takes the keys of " +
                   Twine(steps.size()) + " ranks, but " + Twine(numWhole) +
                   " of " + Twine(numRanks) + " ranks take those of all");
  // Heads of their own take all keys as often.
  if (least == most || steps.size() < 2 || steps.size() >= numRanks)
    return;
  NodeId again = steps.at(twice).back();
  log.report(Code::DAG504, graph.getPlace(again),
             "'" + graph.getName(again) + "' takes the keys of rank " +
                 Twine(twice) + " again, but of " + Twine(numRanks) +
                 " ranks the keys of " + Twine(numRanks - steps.size()) +
                 " never reach rank " + Twine(lane))
      .note(graph.getPlace(steps.at(twice).front()), "takes them first");
}

void DrawnRings::run() {
  if (graph.getLaneAxis() != DeploymentGraph::LaneAxis::Sequence)
    return;
  // Layer and replica, then the rank.
  std::map<std::pair<int64_t, int64_t>, std::map<int64_t, Steps>> rings;
  for (NodeId id : getDataOrder(graph, /*entersCycles=*/true)) {
    const auto &node = graph.getNode(id);
    origins[id] = findOrigin(id);
    if (node.role != Role::AttentionScores ||
        node.lane == DeploymentGraph::kShared)
      continue;
    if (int64_t keys = findKeys(id); keys >= 0)
      rings[{node.layer, node.replica}][node.lane][keys].push_back(id);
  }
  for (auto &[key, ranks] : rings) {
    size_t numWhole = 0;
    for (auto &[lane, steps] : ranks)
      numWhole += steps.size() == ranks.size();
    for (auto &[lane, steps] : ranks)
      checkSteps(lane, steps, ranks.size(), numWhole);
  }
}

void dag::checkDrawnRings(const DeploymentGraph &graph, CheckLog &log) {
  DrawnRings(graph, log).run();
}
