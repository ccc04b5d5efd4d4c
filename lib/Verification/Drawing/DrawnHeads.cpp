//===- DrawnHeads.cpp - Heads, keys and weights of drawn ops ----*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DimsNames.h"
#include "DrawnRules.h"
#include "DrawnTypes.h"
#include "dag/Graph/ShapeAgreement.h"

using namespace mlir;
using namespace mlir::dag;

bool DrawnTypes::takesOneHead(const DeploymentGraph::Edge &edge) const {
  const auto &source = graph.getNode(edge.source);
  const auto &target = graph.getNode(edge.target);
  if (source.role != Role::QProjection && source.role != Role::KProjection &&
      source.role != Role::VProjection && source.role != Role::RotaryEmbedding)
    return false;
  if (getAttentionPosition(target.role) == 0 && target.role != Role::Attention)
    return false;
  for (Attribute output : graph.getOutputDims(edge.source))
    for (Attribute input : graph.getInputDims(edge.target)) {
      std::optional<ShapeRatio> ratio =
          getShapeRatio(toDims(output), toDims(input));
      if (!ratio || ratio->part == 0 || ratio->whole <= ratio->part ||
          ratio->whole % ratio->part != 0)
        continue;
      uint64_t numHeads = ratio->whole / ratio->part;
      if (countUsers(edge.source, target.peerClass) % numHeads == 0)
        return true;
    }
  return false;
}

/// The same sizes, in another order perhaps.
static bool isPermutation(DimsAttr lhs, DimsAttr rhs) {
  SmallVector<int64_t> left(lhs.getSizes()), right(rhs.getSizes());
  llvm::sort(left);
  llvm::sort(right);
  return left == right;
}

/// The heads that come together are as many as the concatenation gives.
void DrawnTypes::checkConcat(NodeId id) {
  constexpr int64_t kMax = int64_t(1) << 20;
  ArrayRef<Attribute> outputs = graph.getOutputDims(id);
  if (outputs.size() != 1 || graph.getInDegree(id) < 2)
    return;
  auto getElements = [&](DimsAttr dims) {
    int64_t elements = 1;
    for (unsigned i = 1, e = dims.getRank(); i < e; ++i)
      elements =
          dims.isStatic(i) && elements < kMax * kMax
              ? elements * std::clamp<int64_t>(dims.getSizes()[i], 1, kMax)
              : 0;
    return elements;
  };
  int64_t sum = 0;
  for (uint32_t index : graph.getInEdges(id)) {
    NodeId source = graph.getEdge(index).source;
    ArrayRef<Attribute> given = graph.getOutputDims(source);
    if (graph.getNode(source).role != Role::AttentionOutput ||
        given.size() != 1 ||
        toDims(given.front()).getRank() + 1 != toDims(outputs[0]).getRank())
      return;
    int64_t elements = getElements(toDims(given.front()));
    if (elements == 0 || sum > kMax * kMax)
      return;
    sum += elements;
  }
  int64_t whole = getElements(toDims(outputs[0]));
  if (whole == 0 || whole == sum)
    return;
  blame(id, Rule::Concat, Code::DAG705,
        "'" + graph.getName(id) + "' gives " + toDims(outputs[0]).str() +
            ", but " + Twine(graph.getInDegree(id)) + " heads of " +
            toDims(graph.getOutputDims(
                       graph.getEdge(graph.getInEdges(id).front()).source)[0])
                .str() +
            " come together");
}

/// What experts give comes together before it is added to anything.
void DrawnTypes::checkExpertsOfAdd(NodeId id) {
  size_t stated = graph.getInputDims(id).size();
  if (stated < 2 || graph.getInDegree(id) <= stated)
    return;
  NodeId expert = DeploymentGraph::kNoNode;
  unsigned numExperts = 0;
  for (uint32_t index : graph.getInEdges(id)) {
    NodeId source = graph.getEdge(index).source;
    const auto &node = graph.getNode(source);
    if (node.role != Role::Expert || node.expert == DeploymentGraph::kNone)
      continue;
    expert = source;
    ++numExperts;
  }
  if (numExperts >= stated)
    blame(id, Rule::Experts, Code::DAG701,
          "'" + graph.getName(id) + "' adds " + Twine(stated) +
              " operands, but " + Twine(numExperts) + " experts such as '" +
              graph.getName(expert) +
              "' reach it; expected what combines them by their scores");
}

/// The shape of a node's weight, if it is a matrix of known sizes.
static DimsAttr getWeight(const DeploymentGraph &graph,
                          DeploymentGraph::NodeId id) {
  auto dims = graph.getNode(id).op->getAttrOfType<DimsAttr>("dag.weight");
  return dims && dims.getRank() == 2 && dims.isStatic(0) && dims.isStatic(1)
             ? dims
             : DimsAttr();
}

/// True if a shape has a size, in its last dimension or in all behind the
/// sequence.
static bool hasWidth(DimsAttr dims, int64_t size) {
  unsigned rank = dims.getRank();
  int64_t product = 1;
  for (unsigned i = rank; i > 0; --i) {
    if (!dims.isStatic(i - 1))
      return true; // it may
    product *= std::clamp<int64_t>(dims.getSizes()[i - 1], 1, 1 << 20);
    if (product == size)
      return true;
    if (product > (int64_t(1) << 40))
      break;
  }
  return false;
}

/// What a row-parallel product gives is as wide as a side of its weight: each
/// rank has a part of the sum, and no slice of it.
void DrawnTypes::checkColumns(NodeId id, DimsAttr weight) {
  Role role = graph.getNode(id).role;
  ArrayRef<Attribute> outputs = graph.getOutputDims(id);
  if ((role != Role::FfnDown && role != Role::OutputProjection) ||
      outputs.size() != 1 || toDims(outputs.front()).getRank() < 2)
    return;
  DimsAttr out = toDims(outputs.front());
  if (llvm::any_of(weight.getSizes(),
                   [&](int64_t size) { return hasWidth(out, size); }))
    return;
  blame(id, Rule::Weight, Code::DAG702,
        "'" + graph.getName(id) + "' gives " + out.str() +
            ", but its weight is " + weight.str());
}

/// One side of a weight is as wide as what it is multiplied with.
void DrawnTypes::checkWeight(NodeId id) {
  DimsAttr weight = getWeight(graph, id);
  ArrayRef<Attribute> inputs = graph.getInputDims(id);
  if (!weight)
    return;
  if (graph.getNode(id).role == Role::Head)
    checkTied(id, weight);
  checkColumns(id, weight);
  // Where it states nothing of what it takes, that is what comes.
  if (inputs.empty() && graph.getInDegree(id) == 1)
    inputs =
        graph.getOutputDims(graph.getEdge(graph.getInEdges(id).front()).source);
  if (inputs.size() != 1 || toDims(inputs.front()).getRank() < 3)
    return;
  DimsAttr in = toDims(inputs.front());
  if (hasWidth(in, weight.getSizes()[0]) || hasWidth(in, weight.getSizes()[1]))
    return;
  // Of the whole weight each rank has its rows.
  int64_t ranks = countStatedRanks(graph, id), rows = weight.getSizes()[0];
  if (ranks > 1 && rows % ranks == 0 && hasWidth(in, rows / ranks))
    return;
  blame(id, Rule::Weight, Code::DAG701,
        "'" + graph.getName(id) + "' multiplies " + in.str() +
            " with a weight " + weight.str() + ", which does not take it");
}

/// A head that is tied to the embedding has its weight.
void DrawnTypes::checkTied(NodeId id, DimsAttr weight) {
  if (!StringRef(getDrawnText(graph, id)).contains("tied"))
    return;
  for (NodeId other : ArrayRef(embeddings).take_front(64)) {
    DimsAttr table = getWeight(graph, other);
    if (!table || isPermutation(table, weight))
      return;
  }
  if (!embeddings.empty())
    blame(id, Rule::Weight, Code::DAG701,
          "'" + graph.getName(id) + "' has a weight " + weight.str() +
              ", but is tied to '" + graph.getName(embeddings.front()) +
              "', which has " + getWeight(graph, embeddings.front()).str());
}

/// True if what takes the result takes queries of another node, too, or what it
/// works on goes to the queries: it is keys and values in one, of which there
/// may be less.
bool DrawnTypes::isBesideQueries(NodeId id) const {
  constexpr unsigned kMaxEdges = 16;
  auto meets = [&](ArrayRef<uint32_t> edges, bool isForward) {
    return llvm::any_of(edges.take_front(kMaxEdges), [&](uint32_t index) {
      const auto &edge = graph.getEdge(index);
      NodeId end = isForward ? edge.target : edge.source;
      return llvm::any_of(
          (isForward ? graph.getInEdges(end) : graph.getOutEdges(end))
              .take_front(kMaxEdges),
          [&](uint32_t other) {
            const auto &beside = graph.getEdge(other);
            NodeId node = isForward ? beside.source : beside.target;
            return node != id && given[node] == Query;
          });
    });
  };
  return meets(graph.getOutEdges(id), /*isForward=*/true) ||
         meets(graph.getInEdges(id), /*isForward=*/false);
}

/// True if another projection that is drawn alike has the share of a rank.
bool DrawnTypes::hasFittingPeer(NodeId id) {
  if (!fitting) {
    fitting.emplace();
    for (NodeId other = 0; other < graph.getNodes().size(); ++other) {
      const auto &node = graph.getNode(other);
      ArrayRef<Attribute> inputs = graph.getInputDims(other);
      ArrayRef<Attribute> outputs = graph.getOutputDims(other);
      if (node.role != Role::QProjection || inputs.size() != 1 ||
          outputs.size() != 1)
        continue;
      std::optional<ShapeRatio> ratio =
          getShapeRatio(toDims(inputs.front()), toDims(outputs.front()));
      if (ratio && isDrawnShare(other, ratio->whole, ratio->part))
        fitting->insert({node.peerClass, node.model});
    }
  }
  const auto &node = graph.getNode(id);
  return node.role == Role::QProjection &&
         fitting->contains({node.peerClass, node.model});
}
