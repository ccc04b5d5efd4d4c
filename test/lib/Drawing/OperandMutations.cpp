//===- OperandMutations.cpp - Parts that take the wrong things ------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Changes of what a part takes, in all ranks alike. What the nodes state goes
// with the edges, so that only the meaning is wrong.
//
//===----------------------------------------------------------------------===//

#include "Mutator.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir::dag::drawing;
using llvm::StringRef;

//===----------------------------------------------------------------------===//
// Scope
//===----------------------------------------------------------------------===//

void Mutator::setCodes(llvm::ArrayRef<StringRef> codes) {
  for (StringRef code : codes)
    m.codes.push_back(code.str());
  m.consequences = {"DAG1", "DAG2", "DAG3", "DAG4", "DAG5", "DAG6", "DAG7"};
}

void Mutator::blameAround(uint32_t node) {
  const Node &blamed = drawing.nodes[node];
  m.blamedNodes.push_back(node);
  blameNeighbours(node);
  blameEdges(node);
  blameBlock(blamed);
  addNearby(blamed);
}

std::vector<uint32_t> Mutator::pickScope(Predicate predicate,
                                         llvm::ArrayRef<StringRef> codes) {
  m.variant = pickVariant({"layer", "everywhere"}).str();
  const Node &site = pickNode([&](const Node &node) {
    return matchesSelector(node) && predicate(node);
  });
  if (failed)
    return {};
  std::vector<uint32_t> scope;
  for (const Node &node : drawing.nodes)
    if (predicate(node) && node.part == site.part &&
        (m.variant == "everywhere" || node.layer == site.layer))
      scope.push_back(node.id);
  touch(site);
  setCodes(codes);
  for (uint32_t node : scope)
    blameAround(node);
  return scope;
}

int Mutator::findPart(const Node &node, Part part, int layer) const {
  for (const Node &other : drawing.nodes)
    if (other.part == part && other.layer == layer && other.isSameCopy(node) &&
        areSameRank(other.id, node.id) &&
        (other.head < 0 || node.head < 0 || other.head == node.head))
      return other.id;
  return -1;
}

int Mutator::findEdgeFrom(uint32_t node, Predicate predicate) const {
  for (uint32_t edge : incoming[node])
    if (predicate(drawing.nodes[drawing.edges[edge].source]))
      return edge;
  return -1;
}

void Mutator::removeEdge(uint32_t edge) {
  llvm::erase(outgoing[drawing.edges[edge].source], edge);
  llvm::erase(incoming[drawing.edges[edge].target], edge);
  removeStatement(Statement::EdgeStmt, edge);
}

void Mutator::setSource(uint32_t edge, uint32_t source) {
  uint32_t target = drawing.edges[edge].target;
  // What ranks gave alike is given once.
  for (uint32_t other : outgoing[source])
    if (other != edge && drawing.edges[other].target == target)
      return removeEdge(edge);
  llvm::erase(outgoing[drawing.edges[edge].source], edge);
  // An edge inside a cluster would draw its source into it.
  if (drawing.options.usesClusters() &&
      drawing.nodes[source].stage != drawing.nodes[target].stage) {
    removeStatement(Statement::EdgeStmt, edge);
    drawing.statements.push_back({Statement::EdgeStmt, edge});
  }
  drawing.edges[edge].source = source;
  outgoing[source].push_back(edge);
}

void Mutator::setTarget(uint32_t edge, uint32_t target) {
  llvm::erase(incoming[drawing.edges[edge].target], edge);
  drawing.edges[edge].target = target;
  incoming[target].push_back(edge);
}

void Mutator::bridge(uint32_t node) {
  for (uint32_t in : llvm::to_vector(incoming[node]))
    for (uint32_t out : llvm::to_vector(outgoing[node])) {
      uint32_t source = drawing.edges[in].source;
      uint32_t target = drawing.edges[out].target;
      if (areSameRank(source, target))
        m.blamedEdges.push_back(addEdge(source, target));
    }
  removeNodes([&](const Node &other) { return other.id == node; });
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

/// True for what gives the attention weights.
static bool isWeights(const Node &node) {
  return node.part == Part::Weights || node.part == Part::Dropout;
}

void Mutator::bypassValue() {
  for (uint32_t sum : pickScope(Part::AttentionOutput, {"DAG1", "DAG410"})) {
    int edge =
        findEdgeFrom(sum, [](const Node &node) { return !isWeights(node); });
    if (edge < 0 || outgoing[sum].empty())
      return fail();
    uint32_t target = drawing.edges[outgoing[sum].front()].target;
    Node &taker = drawing.nodes[target];
    if (taker.numInputs < 2 && taker.repeat == 1)
      taker.addInput(drawing.nodes[sum].inputs[1]);
    drawing.nodes[sum].numInputs = 1;
    setTarget(edge, target);
  }
}

void Mutator::swapKeyAndValue() {
  for (uint32_t scores :
       pickScope(Part::Scores, {"DAG101", "DAG102", "DAG410", "DAG411"})) {
    int sum = findPart(drawing.nodes[scores], Part::AttentionOutput);
    int toScores = findEdgeFrom(
        scores, [](const Node &node) { return node.part == Part::Key; });
    int toSum =
        sum < 0
            ? -1
            : findEdgeFrom(
                  sum,
                  [](const Node &node) { return node.part == Part::Value; });
    if (toScores < 0 || toSum < 0)
      return fail();
    uint32_t key = drawing.edges[toScores].source;
    setSource(toScores, drawing.edges[toSum].source);
    setSource(toSum, key);
  }
}

void Mutator::bypassWeights() {
  for (uint32_t sum :
       pickScope(Part::AttentionOutput, {"DAG101", "DAG102", "DAG402", "DAG406",
                                         "DAG410", "DAG411"})) {
    int edge = findEdgeFrom(sum, isWeights);
    int scores = findPart(drawing.nodes[sum], Part::Scores);
    if (edge < 0 || scores < 0)
      return fail();
    setSource(edge, scores);
  }
}

void Mutator::takeKeyOfOtherLayer() {
  // The first layer has none before it.
  auto isLater = [&](const Node &node) {
    return node.part == Part::Scores &&
           findPart(node, Part::Key, node.layer - 1) >= 0;
  };
  for (uint32_t scores :
       pickScope(isLater, {"DAG101", "DAG102", "DAG202", "DAG204", "DAG402",
                           "DAG410", "DAG411"})) {
    int edge = findEdgeFrom(
        scores, [](const Node &node) { return node.part == Part::Key; });
    if (edge < 0)
      return fail();
    const Node &node = drawing.nodes[scores];
    blameAround(drawing.edges[edge].source);
    setSource(edge, findPart(node, Part::Key, node.layer - 1));
    blameAround(drawing.edges[edge].source);
  }
}

void Mutator::dropProjection() {
  for (uint32_t node :
       pickScope(Part::OutputProjection, {"DAG101", "DAG206", "DAG7"}))
    bridge(node);
}

void Mutator::loseHead() {
  const Node &head = pickNode([&](const Node &node) {
    return matchesSelector(node) && node.part == Part::AttentionOutput &&
           node.head >= 0;
  });
  if (failed)
    return;
  touch(head);
  setCodes({"DAG402", "DAG406", "DAG410"});
  blameAround(head.id);
  for (uint32_t edge : llvm::to_vector(outgoing[head.id]))
    removeEdge(edge);
}

//===----------------------------------------------------------------------===//
// Residuals and the network
//===----------------------------------------------------------------------===//

static bool isResidual(const Node &node) {
  return node.part == Part::AttentionResidual || node.part == Part::FfnResidual;
}

void Mutator::loseSkip() {
  for (uint32_t add :
       pickScope(isResidual, {"DAG410", "DAG7", "DAG206", "DAG507"})) {
    // What is added comes first, the stream second.
    if (incoming[add].size() < 2)
      return fail();
    removeEdge(incoming[add].back());
    drawing.nodes[add].numInputs = 1;
  }
}

void Mutator::normSkip() {
  for (uint32_t add :
       pickScope(isResidual, {"DAG410", "DAG411", "DAG206", "DAG7"})) {
    const Node &node = drawing.nodes[add];
    int norm = findPart(node, node.part == Part::AttentionResidual ||
                                      drawing.options.parallelResidual
                                  ? Part::AttentionNorm
                                  : Part::FfnNorm);
    // In all adds of a model, it is another model.
    if (norm < 0 || incoming[add].size() < 2 ||
        (drawing.options.parallelResidual && m.variant == "everywhere"))
      return fail();
    setSource(incoming[add].back(), norm);
  }
}

void Mutator::feedUpOther() {
  for (uint32_t up :
       pickScope(Part::Up, {"DAG410", "DAG411", "DAG206", "DAG7"})) {
    int residual = findPart(drawing.nodes[up], Part::AttentionResidual);
    if (residual < 0 || incoming[up].empty())
      return fail();
    setSource(incoming[up].front(), residual);
  }
}

//===----------------------------------------------------------------------===//
// Experts
//===----------------------------------------------------------------------===//

void Mutator::feedDispatchScores() {
  for (uint32_t dispatch :
       pickScope(Part::Dispatch, {"DAG410", "DAG206", "DAG7"})) {
    int edge = findEdgeFrom(
        dispatch, [](const Node &node) { return node.part != Part::Router; });
    if (edge < 0)
      return fail();
    removeEdge(edge);
    Node &node = drawing.nodes[dispatch];
    node.inputs[0] = node.inputs[1];
    node.numInputs = 1;
  }
}

void Mutator::loseRouting() {
  for (uint32_t combine :
       pickScope(Part::Combine, {"DAG410", "DAG206", "DAG402", "DAG7"})) {
    int edge = findEdgeFrom(
        combine, [](const Node &node) { return node.part == Part::Router; });
    // In all layers, the scores may travel with the tokens: no mistake.
    if (edge < 0 || m.variant == "everywhere")
      return fail();
    removeEdge(edge);
    drawing.nodes[combine].numInputs = 1;
  }
}

/// Takes away what leads into one expert, or out of it.
void Mutator::cutExpert(bool into, llvm::ArrayRef<llvm::StringRef> codes) {
  const Node &expert = pickNode([&](const Node &node) {
    return matchesSelector(node) && node.part == Part::Experts &&
           drawing.options.expertsApart;
  });
  if (failed)
    return;
  touch(expert);
  setCodes(codes);
  blameAround(expert.id);
  for (uint32_t edge : llvm::to_vector((into ? incoming : outgoing)[expert.id]))
    removeEdge(edge);
}

void Mutator::unfeedExpert() {
  cutExpert(/*into=*/true, {"DAG401", "DAG405", "DAG410"});
}

void Mutator::uncombineExpert() {
  cutExpert(/*into=*/false, {"DAG402", "DAG406", "DAG410"});
}

void Mutator::uncombineExperts() {
  bool exchanges = llvm::any_of(drawing.nodes, [](const Node &node) {
    return node.part == Part::CombineExchange;
  });
  for (uint32_t node :
       pickScope(exchanges ? Part::CombineExchange : Part::Combine,
                 {"DAG206", "DAG402", "DAG5", "DAG7"})) {
    // Tokens are brought back; their scores are not.
    for (uint32_t edge : llvm::to_vector(incoming[node]))
      if (drawing.nodes[drawing.edges[edge].source].part == Part::Router)
        removeEdge(edge);
    bridge(node);
  }
}

void Mutator::doubleExpert() {
  const Node &site = pickNode([&](const Node &node) {
    return matchesSelector(node) && node.part == Part::Experts &&
           node.numExperts == 1 && drawing.options.experts > 1;
  });
  if (failed)
    return;
  Node &expert = drawing.nodes[site.id];
  setCodes({"DAG103", "DAG203", "DAG206", "DAG507", "DAG705"});
  expert.firstExpert = (expert.firstExpert + 1) % drawing.options.experts;
  ++expert.copy;
  touch(expert);
  blameAround(expert.id);
}

void Mutator::moveExpert() {
  const DrawingOptions &o = drawing.options;
  const Node &site = pickNode([&](const Node &node) {
    return matchesSelector(node) && node.part == Part::Experts && o.ep > 1;
  });
  if (failed)
    return;
  Node &expert = drawing.nodes[site.id];
  setCodes({"DAG503", "DAG504", "DAG507", "DAG602", "DAG607"});
  // Where only the device says the rank, it is the other rank's expert now.
  if (o.style == Style::Terse)
    m.codes.push_back("DAG411");
  unsigned first = expert.firstDevice - expert.rank;
  expert.firstDevice = first + (expert.rank + 1) % o.tp;
  ++expert.copy;
  touch(expert);
  blameAround(expert.id);
}

void Mutator::overlapExperts() {
  const Node &site = pickNode([&](const Node &node) {
    return matchesSelector(node) && node.part == Part::Experts &&
           node.numExperts > 1 && node.firstExpert > 0;
  });
  if (failed)
    return;
  setCodes({"DAG203", "DAG206", "DAG5", "DAG705"});
  --drawing.nodes[site.id].firstExpert;
  touch(site);
  blameAround(site.id);
}
