//===- RankBalance.cpp - Have all ranks the same parts? -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DrawnRules.h"
#include "dag/Graph/Deviations.h"

#include <map>

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

namespace {
class RankBalance {
public:
  RankBalance(const DeploymentGraph &graph, CheckLog &log)
      : graph(graph), log(log) {}

  void run();

private:
  void gatherOutside();
  void countBalanced();
  void checkRanks(const DeploymentGraph::Layer &layer);

  const DeploymentGraph &graph;
  CheckLog &log;
  DeploymentGraph::Layer outside;
  /// For each kind of node: layers in which all ranks have as many, and all.
  std::map<PartKey, std::pair<unsigned, unsigned>> balanced;
};
} // namespace

/// What stands before and behind the layers, as one more layer.
void RankBalance::gatherOutside() {
  outside.index = DeploymentGraph::kNone;
  SmallVector<int64_t> lanes;
  // Where no layer has a number, all that is drawn is one. Its devices are
  // ranks if as many are stated.
  bool isAll = graph.getLayers().empty();
  DenseSet<int64_t> devices;
  for (const auto &node : graph.getNodes())
    if (isAll && node.lane != DeploymentGraph::kShared)
      devices.insert(node.lane);
  bool areRanks = devices.size() > 1 && static_cast<int64_t>(devices.size()) ==
                                            graph.getStatedTpSize();
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    if (node.tpRank == DeploymentGraph::kNone &&
        !(areRanks && node.lane != DeploymentGraph::kShared))
      continue;
    lanes.push_back(node.lane);
    if (node.role == Role::Embedding || node.role == Role::FinalNorm ||
        node.role == Role::Head || isAll)
      outside.nodes.push_back(id);
  }
  llvm::sort(lanes);
  lanes.erase(llvm::unique(lanes), lanes.end());
  outside.lanes.assign(lanes.begin(), lanes.end());
}

void RankBalance::countBalanced() {
  SmallVector<const DeploymentGraph::Layer *> all{&outside};
  for (const auto &layer : graph.getLayers())
    all.push_back(&layer);
  for (const auto *entry : all) {
    const auto &layer = *entry;
    if (layer.lanes.size() < 2)
      continue;
    std::map<PartKey, std::map<int64_t, unsigned>> counts;
    for (NodeId id : layer.nodes) {
      const auto &node = graph.getNode(id);
      if (node.lane != DeploymentGraph::kShared)
        ++counts[{node.role, node.block}][node.lane];
    }
    for (auto &[key, byLane] : counts) {
      auto &[even, all] = balanced[key];
      ++all;
      unsigned first = byLane.begin()->second;
      even += byLane.size() == layer.lanes.size() &&
              llvm::all_of(byLane, [first](const auto &entry) {
                return entry.second == first;
              });
    }
  }
}

void RankBalance::checkRanks(const DeploymentGraph::Layer &layer) {
  if (layer.lanes.size() < 2)
    return;
  std::map<PartKey, std::map<int64_t, SmallVector<NodeId, 2>>> byKey;
  for (NodeId id : layer.nodes) {
    const auto &node = graph.getNode(id);
    // Experts are different by nature.
    if (node.lane == DeploymentGraph::kShared || node.role == Role::Expert ||
        node.role == Role::Unknown)
      continue;
    byKey[{node.role, node.block}][node.lane].push_back(id);
  }
  size_t numEven = 0;
  for (auto &[key, byLane] : byKey) {
    size_t size = byLane.begin()->second.size();
    numEven += byLane.size() == layer.lanes.size() &&
               llvm::all_of(byLane, [size](const auto &entry) {
                 return entry.second.size() == size;
               });
  }
  for (auto &[key, byLane] : byKey) {
    auto [even, all] = balanced[key];
    // Where ranks differ in many layers, or where only one rank of several has
    // such a node, they are meant to.
    // In a single layer, the other kinds of nodes tell.
    unsigned others = all - 1;
    bool isUsuallyEven = others == 0
                             ? numEven * 3 >= byKey.size() * 2
                             : even * 4 >= others * 3 || even * 2 >= all;
    if (!isUsuallyEven)
      continue;
    std::map<size_t, unsigned> sizes;
    for (int64_t lane : layer.lanes)
      ++sizes[byLane.count(lane) ? byLane[lane].size() : 0];
    if (sizes.size() < 2)
      continue;
    // The usual count; of two that are equally frequent, the one of the other
    // layers, where there was one of each.
    size_t usual = 1;
    unsigned best = 0;
    for (auto [size, count] : sizes)
      if (count > best || (count == best && size == 1)) {
        best = count;
        usual = size;
      }
    NodeId peer = byLane.begin()->second.front();
    for (int64_t lane : layer.lanes)
      if (byLane.count(lane) && byLane[lane].size() == usual)
        peer = byLane[lane].front();
    for (int64_t lane : layer.lanes) {
      size_t size = byLane.count(lane) ? byLane[lane].size() : 0;
      if (size == usual)
        continue;
      NodeId place = peer;
      if (size > usual)
        place = byLane[lane].back();
      log.report(Code::DAG507, graph.getPlace(place),
                 "expected " + Twine(usual) + " '" + key.str() +
                     "' on TP rank " + Twine(lane) +
                     (layer.index == DeploymentGraph::kNone
                          ? Twine("")
                          : " of layer " + Twine(layer.index)) +
                     " as on its peers, but got " + Twine(size))
          .note(graph.getPlace(peer), "a peer");
    }
  }
}

void RankBalance::run() {
  gatherOutside();
  countBalanced();
  checkRanks(outside);
  DenseSet<int64_t> doubled = getDoubledLayers(graph);
  for (const auto &layer : graph.getLayers())
    if (!doubled.contains(layer.index))
      checkRanks(layer);
}

bool dag::checkNamedRanks(const DeploymentGraph &graph, CheckLog &log) {
  RangeSet lanes;
  bool fromRanks = false;
  for (const auto &node : graph.getNodes())
    if (node.tpRank != DeploymentGraph::kNone) {
      lanes.insert(node.tpRank);
      fromRanks = true;
    }
  int64_t size = graph.getStatedTpSize();
  if (!fromRanks || size == DeploymentGraph::kNone)
    return false;
  RangeSet absent = RangeSet(0, size - 1).subtract(lanes);
  if (absent.empty())
    return false;
  log.report(Code::DAG507, graph.getRoot()->getLoc(), "",
             "TP=" + Twine(size) + " is stated, but TP rank " + absent.str() +
                 " has no node");
  return true;
}

void dag::checkRankBalance(const DeploymentGraph &graph, CheckLog &log) {
  RankBalance(graph, log).run();
}
