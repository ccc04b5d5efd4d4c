//===- UnboundSizes.cpp - Sizes that no rule has compared -------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Sizes stand at both ends of an edge, differ, and no rule says how one comes
// of the other: what was compared says nothing of them, and no tick is due.
//
//===----------------------------------------------------------------------===//

#include "DimsNames.h"
#include "DrawnRules.h"
#include "dag/Graph/ShapeAgreement.h"

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

/// True for what gives the shape that it takes.
static bool keepsShape(Role role) {
  return role == Role::Norm || role == Role::FinalNorm ||
         role == Role::ResidualAdd || role == Role::Dropout ||
         role == Role::Activation;
}

/// The shapes that a node takes, as far as it states them.
static ArrayRef<Attribute> getTaken(const DeploymentGraph &graph, NodeId id) {
  ArrayRef<Attribute> taken = graph.getInputDims(id);
  return taken.empty() && keepsShape(graph.getNode(id).role)
             ? graph.getOutputDims(id)
             : taken;
}

/// True if nothing that is given is what is taken, though one edge is all that
/// leads there.
static bool differ(ArrayRef<Attribute> given, ArrayRef<Attribute> taken) {
  return !given.empty() && !taken.empty() &&
         llvm::none_of(given, [&](Attribute out) {
           return llvm::any_of(taken, [&](Attribute in) {
             return compareShapes(toDims(out), toDims(in)) != Agreement::No;
           });
         });
}

/// A node of which nothing says what it does, between sizes that differ.
static bool isUnknownMap(const DeploymentGraph &graph,
                         const DeploymentGraph::Edge &edge) {
  const auto &source = graph.getNode(edge.source);
  const auto &target = graph.getNode(edge.target);
  if ((source.role != Role::Unknown && target.role != Role::Unknown) ||
      source.kind == NodeKind::Note || target.kind == NodeKind::Note ||
      isCollective(source.role) || isTransfer(source.role) ||
      source.replica != target.replica || graph.getEdgeRole(edge) ||
      graph.getInDegree(edge.target) != 1)
    return false;
  return differ(graph.getOutputDims(edge.source), getTaken(graph, edge.target));
}

/// The keys of scores are as many as the scores are wide; `T` beside 1500 keys
/// may be as many, or not.
static bool isOpenWidth(const DeploymentGraph &graph,
                        const DeploymentGraph::Edge &edge) {
  const auto &source = graph.getNode(edge.source);
  ArrayRef<Attribute> given = graph.getOutputDims(edge.source);
  ArrayRef<Attribute> scores = graph.getOutputDims(edge.target);
  if (source.role != Role::KProjection ||
      graph.getNode(edge.target).role != Role::AttentionScores ||
      given.size() != 1 || scores.size() != 1)
    return false;
  DimsAttr keys = toDims(given.front()), width = toDims(scores.front());
  unsigned last = width.getRank() - 1;
  if (width.getRank() != 4 || keys.getRank() < 3 || width.isStatic(last))
    return false;
  // Nothing but the batch may be a symbol: then the keys are counted.
  for (unsigned i = 1, e = keys.getRank(); i < e; ++i)
    if (!keys.isStatic(i))
      return false;
  return true;
}

/// Projections that are drawn alike, on as many ranks, of which one gives all
/// heads and another those of a rank: one of them is not what it says.
static std::optional<std::pair<NodeId, NodeId>>
findMixedShares(const DeploymentGraph &graph) {
  DenseMap<std::tuple<uint32_t, int64_t, uint64_t>, NodeId> firsts;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    ArrayRef<Attribute> given = graph.getOutputDims(id);
    uint64_t numRanks = countStatedRanks(graph, id);
    if ((node.role != Role::QProjection && node.role != Role::KProjection &&
         node.role != Role::VProjection) ||
        given.size() != 1 || numRanks < 2)
      continue;
    NodeId first =
        firsts.try_emplace({node.peerClass, node.model, numRanks}, id)
            .first->second;
    std::optional<ShapeRatio> ratio = getShapeRatio(
        toDims(graph.getOutputDims(first).front()), toDims(given.front()));
    if (ratio && (ratio->whole == ratio->part * numRanks ||
                  ratio->part == ratio->whole * numRanks))
      return std::make_pair(first, id);
  }
  return std::nullopt;
}

void dag::checkUnbound(const DeploymentGraph &graph,
                       const DenseSet<NodeId> &reported, CheckLog &log) {
  for (const auto &edge : graph.getEdges()) {
    if (reported.contains(edge.source) || reported.contains(edge.target))
      continue;
    bool isMap = isUnknownMap(graph, edge);
    if (!isMap && !isOpenWidth(graph, edge))
      continue;
    ArrayRef<Attribute> taken =
        isMap ? getTaken(graph, edge.target) : graph.getOutputDims(edge.target);
    log.setUnverified(
        "'" + graph.getName(edge.source) + "' gives " +
            toDims(graph.getOutputDims(edge.source).front()).str() + ", but '" +
            graph.getName(edge.target) + "' " + (isMap ? "takes " : "gives ") +
            toDims(taken.front()).str() +
            ", and nothing says how one comes of the other",
        edge.op->getLoc());
    return;
  }
  if (auto mixed = findMixedShares(graph))
    log.setUnverified(
        "'" + graph.getName(mixed->second) + "' gives " +
            toDims(graph.getOutputDims(mixed->second).front()).str() +
            ", but '" + graph.getName(mixed->first) +
            "', which is drawn alike, gives " +
            toDims(graph.getOutputDims(mixed->first).front()).str() +
            ": one is the share of a rank, the other is not",
        graph.getLoc(mixed->second));
}
