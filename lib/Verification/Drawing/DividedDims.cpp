//===- DividedDims.cpp - What a collective cuts or joins --------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A collective that divides or joins a dimension is drawn with the shape on
// either side, and what takes its result states what it expects. Both may be
// 1/n of the whole and differ in the dimension: ranks that keep a part of the
// sequence get a part of the features.
//
//===----------------------------------------------------------------------===//

#include "DrawnRules.h"

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

/// Of many users, the first tell.
static constexpr unsigned kMaxUsers = 64;

/// Returns a user of `id` that takes the other dimension, if none takes what
/// is given.
static std::optional<NodeId> findOddUser(const DeploymentGraph &graph,
                                         NodeId id, DimsAttr before,
                                         DimsAttr after, bool divides) {
  std::optional<unsigned> dim =
      divides ? getSlicedDim(before, after) : getSlicedDim(after, before);
  if (!dim)
    return std::nullopt;
  std::optional<NodeId> odd;
  for (uint32_t index : graph.getOutEdges(id).take_front(kMaxUsers)) {
    NodeId user = graph.getEdge(index).target;
    for (Attribute input : graph.getInputDims(user)) {
      auto taken = cast<DimsAttr>(input);
      std::optional<unsigned> other =
          divides ? getSlicedDim(before, taken) : getSlicedDim(taken, before);
      if (other == dim)
        return std::nullopt;
      if (other && !odd)
        odd = user;
    }
  }
  return odd;
}

/// What an add takes: what it states, or what it gives.
static ArrayRef<Attribute> getOperands(const DeploymentGraph &graph,
                                       NodeId add) {
  ArrayRef<Attribute> inputs = graph.getInputDims(add);
  return inputs.empty() ? graph.getOutputDims(add) : inputs;
}

/// Returns a user that takes a slice of the rows of what an all-reduce gives,
/// if all of several do: ranks that keep a part of the sequence, which a
/// reduce-scatter gives each.
static std::optional<NodeId> findSlicedSum(const DeploymentGraph &graph,
                                           NodeId id) {
  ArrayRef<Attribute> outputs = graph.getOutputDims(id);
  ArrayRef<uint32_t> edges = graph.getOutEdges(id);
  if (graph.getNode(id).role != Role::AllReduce || outputs.size() != 1 ||
      edges.size() < 2 || edges.size() > kMaxUsers)
    return std::nullopt;
  auto whole = cast<DimsAttr>(outputs.front());
  for (uint32_t index : edges) {
    NodeId user = graph.getEdge(index).target;
    bool isSliced =
        graph.getNode(user).role == Role::ResidualAdd &&
        llvm::any_of(getOperands(graph, user), [&](Attribute input) {
          auto part = cast<DimsAttr>(input);
          std::optional<unsigned> dim = getSlicedDim(whole, part);
          return dim && *dim + 1 < whole.getRank() &&
                 whole.getSizes()[*dim] / part.getSizes()[*dim] ==
                     static_cast<int64_t>(edges.size());
        });
    if (!isSliced)
      return std::nullopt;
  }
  return graph.getEdge(edges.front()).target;
}

void dag::checkSlicedSums(const DeploymentGraph &graph, Code code,
                          CheckLog &log) {
  std::vector<NodeId> odd;
  DenseMap<NodeId, NodeId> users;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id)
    if (auto user = findSlicedSum(graph, id)) {
      odd.push_back(id);
      users[id] = *user;
    }
  for (auto [id, count] : groupAlike(graph, odd)) {
    NodeId user = users[id];
    log.report(code, graph.getPlace(id),
               "'" + graph.getName(id) + "' gives " +
                   cast<DimsAttr>(graph.getOutputDims(id).front()).str() +
                   " on each rank, but '" + graph.getName(user) + "' takes " +
                   cast<DimsAttr>(getOperands(graph, user).front()).str() +
                   ", the slice of a rank; expected a reduce-scatter" +
                   describeAlike(count, "collectives"))
        .note(graph.getPlace(user), "takes a slice");
  }
}

void dag::checkDividedDims(const DeploymentGraph &graph, CheckLog &log) {
  checkSlicedSums(graph, Code::DAG502, log);
  std::vector<NodeId> odd;
  DenseMap<NodeId, NodeId> users;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    auto kind = toCollectiveKind(graph.getNode(id).role);
    bool divides = kind && scatters(*kind);
    bool joins = kind && gathers(*kind);
    ArrayRef<Attribute> inputs = graph.getInputDims(id);
    ArrayRef<Attribute> outputs = graph.getOutputDims(id);
    if ((!divides && !joins) || inputs.size() != 1 || outputs.size() != 1)
      continue;
    if (auto user = findOddUser(graph, id, cast<DimsAttr>(inputs.front()),
                                cast<DimsAttr>(outputs.front()), divides)) {
      odd.push_back(id);
      users[id] = *user;
    }
  }
  for (auto [id, count] : groupAlike(graph, odd))
    log.report(Code::DAG502, graph.getPlace(id),
               describeChange(graph, id) +
                   ", but what takes it has another dimension " +
                   (gathers(*toCollectiveKind(graph.getNode(id).role))
                        ? "joined"
                        : "divided") +
                   describeAlike(count, "collectives"))
        .note(graph.getPlace(users[id]), "takes its result");
}
