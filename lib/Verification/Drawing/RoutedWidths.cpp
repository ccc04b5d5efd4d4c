//===- RoutedWidths.cpp - Features of routed tokens -------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A dispatch gives each expert some of the tokens, however many, and a combine
// brings them back: their hidden size stays.
//
//===----------------------------------------------------------------------===//

#include "DimsNames.h"
#include "DrawnRules.h"

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

/// The hidden size that shapes state, if they state one.
static std::optional<int64_t> getHidden(ArrayRef<Attribute> shapes) {
  std::optional<int64_t> found;
  for (Attribute shape : shapes) {
    std::optional<int64_t> width = getHiddenWidth(toDims(shape));
    if (!width || (found && *found != *width))
      return std::nullopt;
    found = width;
  }
  return found;
}

void dag::checkRoutedWidths(const DeploymentGraph &graph, CheckLog &log,
                            DenseSet<NodeId> &reported) {
  auto routes = [&](NodeId id) {
    Role role = graph.getNode(id).role;
    return role == Role::Dispatch || role == Role::AllToAll ||
           role == Role::Combine;
  };
  std::vector<NodeId> odd;
  // What routes the tokens, and whether to the expert or back.
  DenseMap<NodeId, std::pair<NodeId, bool>> others;
  for (const auto &edge : graph.getEdges()) {
    bool isForward = routes(edge.source);
    NodeId expert = isForward ? edge.target : edge.source;
    if (isForward == routes(edge.target) ||
        graph.getNode(expert).role != Role::Expert || reported.contains(expert))
      continue;
    std::optional<int64_t> given = getHidden(graph.getOutputDims(edge.source));
    std::optional<int64_t> taken = getHidden(graph.getInputDims(edge.target));
    if (given && taken && *given != *taken && reported.insert(expert).second) {
      odd.push_back(expert);
      others[expert] = {isForward ? edge.source : edge.target, isForward};
    }
  }
  for (auto [id, count] : groupAlike(graph, odd)) {
    auto [other, isForward] = others[id];
    ArrayRef<Attribute> dims =
        isForward ? graph.getInputDims(id) : graph.getOutputDims(id);
    ArrayRef<Attribute> far =
        isForward ? graph.getOutputDims(other) : graph.getInputDims(other);
    log.report(
           Code::DAG701, graph.getPlace(id),
           "'" + graph.getName(id) + "' " + (isForward ? "takes " : "gives ") +
               toDims(dims.front()).str() + ", but '" + graph.getName(other) +
               "' " + (isForward ? "gives " : "takes ") +
               toDims(far.front()).str() +
               ": routed tokens keep their hidden size" + describeAlike(count))
        .note(graph.getPlace(other), "routes the tokens");
  }
}
