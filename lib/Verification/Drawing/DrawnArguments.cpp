//===- DrawnArguments.cpp - Operands of attention ---------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DimsNames.h"
#include "DrawnOps.h"
#include "DrawnRules.h"

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

/// What gives a node its queries, keys, values or weights. A fused projection
/// gives the first three.
SmallVector<DrawnOps::Operand, 4>
DrawnOps::getArguments(NodeId id, uint8_t value, bool &isKnown) const {
  constexpr uint8_t kFused =
      DrawnTypes::Query | DrawnTypes::Key | DrawnTypes::Values;
  SmallVector<Operand, 4> operands;
  bool hasCache = false;
  unsigned numSources = 0;
  // Beside queries of their own, what is fused is keys and values.
  bool hasQueries =
      value == DrawnTypes::Query &&
      llvm::any_of(graph.getInEdges(id).take_front(kMaxOperands),
                   [&](uint32_t index) {
                     return types.getValues(graph.getEdge(index).source) ==
                            DrawnTypes::Query;
                   });
  for (uint32_t index : graph.getInEdges(id).take_front(kMaxOperands)) {
    NodeId source = graph.getEdge(index).source;
    uint8_t values = types.getValues(source);
    bool isFused = (values & kFused) == kFused;
    // A cache has keys and values, whatever leads to it.
    if ((isFused && hasQueries) ||
        (value == DrawnTypes::Query &&
         graph.getNode(source).role == Role::KvCache))
      continue;
    if (!(values & value) || (!isFused && values != value &&
                              graph.getNode(source).role != Role::KvCache))
      continue;
    ++numSources;
    hasCache |= graph.getNode(source).role == Role::KvCache;
    ArrayRef<Attribute> given = getGiven(source);
    isKnown &= !given.empty() &&
               graph.getNode(source).replica == graph.getNode(id).replica;
    for (Attribute dims : given)
      operands.push_back({source, toDims(dims), isFused && given.size() == 1});
  }
  // What is new comes behind what the cache has.
  isKnown &= !operands.empty() && numSources <= 4 &&
             !(hasCache && numSources > 1) &&
             graph.getInDegree(id) <= kMaxOperands;
  return operands;
}

/// Attention that does not look at all keys.
static bool limitsKeys(StringRef text) {
  for (StringRef word : {"window", "local", "sparse", "linear attention",
                         "block", "chunk", "latent", "stream"})
    if (text.contains(word))
      return true;
  return false;
}

/// True for a box that holds the output projection, too: it gives a width of
/// its own.
static bool mapsOutput(StringRef text) {
  return text.contains("proj") || text.contains("wo ") || text.ends_with("wo");
}

/// True for `weights x V`, `probs @ V`, `softmax * V`.
static bool namesWeightsFirst(StringRef text) {
  StringRef rest = text.split('\n').second.ltrim();
  for (StringRef word : {"weights", "probs", "softmax", "attention", "attn"})
    if (rest.consume_front(word)) {
      rest = rest.ltrim();
      return (rest.consume_front("x ") || rest.consume_front("*") ||
              rest.consume_front("@")) &&
             rest.ltrim().starts_with("v");
    }
  return false;
}

bool DrawnOps::fitsPair(NodeId id, Op op, DimsAttr stated, const Operand &first,
                        const Operand &second) {
  const DrawnReadings::Answer &answer = readings.ask(
      op, stated, first.dims, second.dims, first.isFused, second.isFused);
  if (!stated && answer.results.size() == 1)
    infer(id, answer.results.front());
  if (answer.takesOtherSymbol)
    return false;
  if (answer.agreement == Agreement::Yes) {
    held.insert({id, first.node});
    held.insert({id, second.node});
  }
  return answer.agreement != Agreement::No ||
         llvm::any_of(answer.results, [&](DimsAttr result) {
           return isShare(id, first.node, result, stated) ||
                  isShare(id, second.node, result, stated);
         });
}

/// The pairs of shapes that a node states as its inputs; each by itself where
/// there is one.
SmallVector<std::pair<DimsAttr, DimsAttr>, 2>
DrawnOps::getOwnPairs(NodeId id) const {
  SmallVector<std::pair<DimsAttr, DimsAttr>, 2> pairs;
  ArrayRef<Attribute> inputs = graph.getInputDims(id).take_front(kMaxOperands);
  if (inputs.size() == 1)
    return {{toDims(inputs.front()), DimsAttr()}};
  for (auto [index, first] : llvm::enumerate(inputs))
    for (Attribute second : inputs.drop_front(index + 1)) {
      pairs.push_back({toDims(first), toDims(second)});
      pairs.push_back({toDims(second), toDims(first)});
    }
  return pairs;
}

/// A node may take a slice, or the head of a rank, and state that as its input.
bool DrawnOps::fitsOwnInputs(NodeId id, Op op, DimsAttr stated,
                             const Operand &first, const Operand &second) {
  for (uint32_t index : graph.getInEdges(id))
    if (types.takesOneHead(graph.getEdge(index)))
      return true;
  return llvm::any_of(getOwnPairs(id), [&](auto pair) {
    return isSlice(first.dims, pair.first) &&
           isSlice(second.dims, pair.second ? pair.second : pair.first) &&
           readings.ask(op, stated, pair.first,
                        pair.second ? pair.second : pair.first)
                   .agreement != Agreement::No;
  });
}

/// What a node states as its inputs gives what it states as its output. True if
/// it is blamed.
bool DrawnOps::checkOwnPair(NodeId id, Op op) {
  ArrayRef<Attribute> outputs = graph.getOutputDims(id);
  auto pairs = getOwnPairs(id);
  if (outputs.empty() || pairs.empty() ||
      (op == Op::WeightedSum && !pairs.front().second))
    return false;
  DimsAttr stated = toDims(outputs.front());
  std::string text = getDrawnText(graph, id);
  // `weights x V` names them in the order of their shapes.
  if (op == Op::WeightedSum && graph.getInputDims(id).size() == 2 &&
      namesWeightsFirst(text))
    pairs.pop_back();
  for (auto [first, second] : pairs) {
    Agreement agreement = readings.ask(op, stated, first, second).agreement;
    if (agreement == Agreement::Yes)
      held.insert({id, id});
    if (agreement != Agreement::No)
      return false;
  }
  if (limitsKeys(text) || (op == Op::WeightedSum && mapsOutput(text)))
    return false;
  auto [first, second] = pairs.front();
  blamePair(id, op, stated, {id, first}, {id, second});
  return true;
}

/// True if most sizes differ: then nobody read the operands this way.
static bool isFar(DimsAttr result, DimsAttr stated) {
  if (!stated || result.getRank() != stated.getRank())
    return false;
  unsigned count = 0;
  for (auto [left, right] : llvm::zip(result.getSizes(), stated.getSizes()))
    count += left == right;
  return count * 2 < result.getRank();
}

void DrawnOps::blamePair(NodeId id, Op op, DimsAttr stated,
                         const Operand &first, const Operand &second) {
  const DrawnReadings::Answer &answer = readings.ask(
      op, stated, first.dims, second.dims, first.isFused, second.isFused);
  bool isScores = op == Op::Scores;
  auto describe = [&](const Operand &operand) {
    return operand.dims.str() +
           (operand.node == id ? std::string()
                               : " from '" + graph.getName(operand.node) + "'");
  };
  std::string text =
      "'" + graph.getName(id) + "' " +
      (stated ? "gives " + stated.str() + " of " : std::string("takes ")) +
      (isScores ? "queries " : "weights ") + describe(first);
  if (second.dims)
    text += (isScores ? " and keys " : " and values ") + describe(second);
  if (answer.results.empty() || isFar(answer.results.front(), stated)) {
    blame(id, second.node, Code::DAG704,
          text + "; expected equal batches, " +
              (isScores ? "equal head sizes" : "as many values as keys") +
              ", and heads that are a multiple of the KV heads");
    return;
  }
  blame(id, second.node, Code::DAG702,
        text + ", of which " + answer.results.front().str() + " follows");
  infer(id, answer.results.front());
}

/// Scores end with the keys. True for those that end with a head size, by its
/// name.
bool DrawnOps::blameHeadsOfScores(NodeId id) {
  ArrayRef<Attribute> outputs = graph.getOutputDims(id);
  if (outputs.empty() || !getHeadSize(toDims(outputs.front()), /*byName=*/true))
    return false;
  blame(id, id, Code::DAG702,
        "'" + graph.getName(id) + "' gives " + toDims(outputs.front()).str() +
            ", which ends with the size of a head; expected scores of each "
            "query to each key");
  return true;
}

/// The shapes of two operands, in some reading, give what is stated.
void DrawnOps::checkPair(NodeId id, Op op, uint8_t firstValue,
                         uint8_t secondValue) {
  if (op == Op::Scores && blameHeadsOfScores(id))
    return;
  // What a node states itself has to fit by itself.
  if (graph.getInputDims(id).size() > 1 && checkOwnPair(id, op))
    return;
  bool isKnown = true;
  SmallVector<Operand, 4> firsts = getArguments(id, firstValue, isKnown);
  SmallVector<Operand, 4> seconds = getArguments(id, secondValue, isKnown);
  if (!isKnown) {
    if (graph.getInputDims(id).size() == 1)
      checkOwnPair(id, op);
    return;
  }
  ArrayRef<Attribute> outputs = graph.getOutputDims(id);
  DimsAttr stated = outputs.empty() ? DimsAttr() : toDims(outputs.front());
  for (const Operand &first : firsts)
    for (const Operand &second : seconds)
      if (fitsPair(id, op, stated, first, second))
        return;
  if (!limitsKeys(getDrawnText(graph, id)) &&
      !fitsOwnInputs(id, op, stated, firsts.front(), seconds.front()))
    blamePair(id, op, stated, firsts.front(), seconds.front());
}

/// A cache has the heads of the keys and values that it keeps.
void DrawnOps::checkCache(NodeId id) {
  ArrayRef<Attribute> outputs = graph.getOutputDims(id);
  if (outputs.size() != 1)
    return;
  DimsAttr cache = toDims(outputs.front());
  for (uint32_t index : graph.getInEdges(id).take_front(kMaxOperands)) {
    NodeId source = graph.getEdge(index).source;
    ArrayRef<Attribute> given = getGiven(source);
    if (!(types.getValues(source) & (DrawnTypes::Key | DrawnTypes::Values)) ||
        (types.getValues(source) & DrawnTypes::Query) || given.size() != 1)
      continue;
    DimsAttr tokens = toDims(given.front());
    if (fits(id, source, Op::Cache, cache, tokens))
      continue;
    blame(id, source, Code::DAG704,
          "'" + graph.getName(id) + "' keeps " + cache.str() + ", but '" +
              graph.getName(source) + "' gives it " + tokens.str());
    return;
  }
}
