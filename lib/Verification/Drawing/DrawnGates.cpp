//===- DrawnGates.cpp - Scores of as many as there are ----------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DimsNames.h"
#include "DrawnOps.h"
#include "DrawnRules.h"

#include <map>

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

namespace {
/// The experts of a layer, as far as each is a node with its number.
struct Experts {
  RangeSet drawn;
  bool isOpen = false;

  /// How many they are; nothing where some may not be drawn.
  std::optional<int64_t> count() const {
    if (isOpen || drawn.size() < 2 || drawn.front() > 1 ||
        drawn.getRanges().size() != 1)
      return std::nullopt;
    return static_cast<int64_t>(drawn.size());
  }
};
} // namespace

/// The last dimension of a router's scores, unless it may count those that are
/// chosen: nobody chooses three of them, or seven.
static std::optional<int64_t> getScores(DimsAttr dims, int64_t numExperts) {
  unsigned last = dims.getRank() - 1;
  StringRef name = dims.getDimName(last);
  if (!dims.isStatic(last) || name.contains_insensitive("top") ||
      name.equals_insensitive("k"))
    return std::nullopt;
  int64_t scores = dims.getSizes()[last];
  bool isNamed = isExpertsName(name) || name.equals_insensitive("e");
  if (scores < numExperts && !isNamed &&
      llvm::is_contained({1, 2, 4, 6, 8, 10}, scores))
    return std::nullopt;
  return scores;
}

/// True if a node that is no router states a number of experts, which are then
/// missing.
static bool statesExperts(const DeploymentGraph &graph, int64_t count) {
  std::string text = std::to_string(count) + " expert";
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    if (graph.getNode(id).role == Role::Router)
      continue;
    if (StringRef(getDrawnText(graph, id)).contains(text))
      return true;
    for (ArrayRef<Attribute> shapes :
         {graph.getInputDims(id), graph.getOutputDims(id)})
      for (Attribute shape : shapes) {
        DimsAttr dims = toDims(shape);
        for (unsigned i = 0, e = dims.getRank(); i < e; ++i)
          if (isExpertsName(dims.getDimName(i)) && dims.isStatic(i) &&
              dims.getSizes()[i] == count)
            return true;
      }
  }
  return false;
}

/// A router has a score for each expert.
void DrawnOps::checkGates() {
  std::map<int64_t, Experts> layers;
  std::vector<NodeId> routers;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    bool isNumbered = node.expert != DeploymentGraph::kNone;
    if (node.role == Role::Router && graph.getOutputDims(id).size() == 1)
      routers.push_back(id);
    // All tokens go to a shared expert; no gate has a score for it.
    if ((node.role != Role::Expert && !isNumbered) ||
        StringRef(getDrawnText(graph, id)).contains("shared"))
      continue;
    Experts &experts = layers[node.layer];
    if (isNumbered)
      experts.drawn.insert(RangeSet(node.expert, node.expert));
    else
      experts.isOpen = true;
  }
  if (layers.empty() || routers.empty() || leavesOut(graph))
    return;
  std::map<int64_t, bool> isStated;
  for (NodeId id : routers) {
    auto it = layers.find(graph.getNode(id).layer);
    std::optional<int64_t> count;
    if (it != layers.end())
      count = it->second.count();
    DimsAttr out = toDims(graph.getOutputDims(id).front());
    if (!count || out.getRank() < 2)
      continue;
    std::optional<int64_t> scores = getScores(out, *count);
    if (!scores || *scores == *count || (*scores > *count && !types.isGate(id)))
      continue;
    if (*scores > *count) {
      auto [known, isNew] = isStated.try_emplace(*scores, false);
      if (isNew)
        known->second = statesExperts(graph, *scores);
      if (known->second)
        continue;
    }
    blame(id, id, Code::DAG702,
          "'" + graph.getName(id) + "' gives " + out.str() + ", but " +
              Twine(*count) + " experts are drawn; expected a score for each");
  }
}
