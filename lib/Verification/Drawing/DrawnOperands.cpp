//===- DrawnOperands.cpp - What reaches a drawn op --------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DimsNames.h"
#include "DrawnRules.h"
#include "DrawnTypes.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

//===----------------------------------------------------------------------===//
// Names of dimensions
//===----------------------------------------------------------------------===//

std::optional<int64_t> dag::getWidth(DimsAttr dims) {
  unsigned rank = dims.getRank();
  if (rank == 0 || !dims.isStatic(rank - 1))
    return std::nullopt;
  return dims.getSizes()[rank - 1];
}

std::optional<int64_t> dag::getHeadSize(DimsAttr dims, bool byName) {
  unsigned rank = dims.getRank();
  if (rank < 3 || !dims.isStatic(rank - 1))
    return std::nullopt;
  StringRef last = dims.getDimName(rank - 1);
  bool isNamed =
      last.equals_insensitive("d_k") || last.equals_insensitive("d_v") ||
      last.equals_insensitive("head_dim") ||
      last.equals_insensitive("d_head") || last.equals_insensitive("head_size");
  if (!isNamed && (byName || rank < 4))
    return std::nullopt;
  return dims.getSizes()[rank - 1];
}

std::optional<int64_t> dag::getHeadsWidth(DimsAttr dims) {
  std::optional<int64_t> size = getHeadSize(dims, /*byName=*/true);
  if (!size)
    return std::nullopt;
  for (unsigned i = 0, e = dims.getRank() - 1; i < e; ++i) {
    StringRef name = dims.getDimName(i);
    int64_t width;
    if (dims.isStatic(i) &&
        (name.equals_insensitive("heads") || name.equals_insensitive("head") ||
         name.equals_insensitive("num_heads") ||
         name.equals_insensitive("n_heads")))
      return llvm::MulOverflow(dims.getSizes()[i], *size, width)
                 ? std::nullopt
                 : std::optional(width);
  }
  return std::nullopt;
}

std::optional<int64_t> dag::getHiddenWidth(DimsAttr dims) {
  std::optional<int64_t> width = getWidth(dims);
  if (!width || dims.getRank() < 2)
    return std::nullopt;
  StringRef name = dims.getDimName(dims.getRank() - 1);
  return name.starts_with_insensitive("hidden") ||
                 name.contains_insensitive("model") ||
                 name.contains_insensitive("embed")
             ? width
             : std::nullopt;
}

bool dag::isSquare(DimsAttr dims) {
  unsigned rank = dims.getRank();
  if (rank < 2)
    return false;
  return dims.getSizes()[rank - 1] == dims.getSizes()[rank - 2] &&
         dims.getSymbols()[rank - 1] == dims.getSymbols()[rank - 2];
}

bool dag::isExpertsName(StringRef name) {
  return name.equals_insensitive("experts") ||
         name.equals_insensitive("num_experts") ||
         name.equals_insensitive("n_experts") ||
         name.equals_insensitive("top_k") || name.equals_insensitive("topk");
}

bool dag::isTokens(DimsAttr dims) {
  return dims.getRank() > 1 &&
         !isExpertsName(dims.getDimName(dims.getRank() - 1));
}

bool dag::isPartOfWidth(DimsAttr part, DimsAttr whole) {
  unsigned rank = part.getRank();
  if (rank == 0 || rank != whole.getRank() || !part.isStatic(rank - 1) ||
      !whole.isStatic(rank - 1))
    return false;
  return part.getSizes().drop_back() == whole.getSizes().drop_back() &&
         part.getSymbols().drop_back() == whole.getSymbols().drop_back() &&
         part.getSizes().back() < whole.getSizes().back();
}

bool dag::isPooled(DimsAttr all, DimsAttr one) {
  if (all.getRank() != 3)
    return false;
  auto sizes = all.getSizes();
  auto symbols = all.getSymbols();
  unsigned rank = one.getRank();
  return (rank == 2 || (rank == 3 && one.getSizes()[1] == 1)) &&
         one.getSizes().front() == sizes.front() &&
         one.getSymbols().front() == symbols.front() &&
         one.getSizes().back() == sizes.back() &&
         one.getSymbols().back() == symbols.back();
}

bool dag::isOfEach(DimsAttr operand, DimsAttr result) {
  unsigned rank = operand.getRank(), more = result.getRank() - rank;
  if (rank < 2 || rank > result.getRank())
    return false;
  for (unsigned i = 0; i < rank; ++i)
    if ((operand.getSizes()[i] != result.getSizes()[more + i] ||
         operand.getSymbols()[i] != result.getSymbols()[more + i]) &&
        (i > 0 || more > 0 || operand.getSizes()[i] != 1))
      return false;
  return true;
}

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

/// Experts and their dispatch take tokens: the scores alone do not do.
void DrawnTypes::checkTokens(NodeId id) {
  ArrayRef<Attribute> inputs = graph.getInputDims(id);
  ArrayRef<Attribute> outputs = graph.getOutputDims(id);
  Role role = graph.getNode(id).role;
  if (isGate(id) || getArriving(id) != GateScores)
    return;
  if (inputs.empty() && outputs.empty()) {
    // By their role alone; a box for all of them holds the dispatch, too.
    if ((role == Role::Expert || role == Role::Moe) &&
        !StringRef(getDrawnText(graph, id)).contains("experts"))
      blame(id, Rule::Tokens, Code::DAG701,
            "'" + graph.getName(id) +
                "' takes tokens, but only the scores of a gate reach it");
    return;
  }
  DimsAttr dims = toDims(inputs.empty() ? outputs.front() : inputs.front());
  // What states the scores alone has no tokens to give.
  bool takesScores =
      inputs.size() == 1 &&
      llvm::all_of(graph.getInEdges(id), [&](uint32_t index) {
        return llvm::is_contained(
            graph.getOutputDims(graph.getEdge(index).source), inputs.front());
      });
  if (takesScores && role == Role::Dispatch && !outputs.empty())
    dims = toDims(outputs.front());
  if (!isTokens(dims))
    return;
  for (uint32_t index : graph.getInEdges(id)) {
    NodeId source = graph.getEdge(index).source;
    for (Attribute output : graph.getOutputDims(source))
      if (getWidth(toDims(output)) == getWidth(dims))
        return;
  }
  blame(id, Rule::Tokens, Code::DAG701,
        "'" + graph.getName(id) + "' " + (takesScores ? "gives" : "takes") +
            " tokens of " + dims.str() +
            ", but only the scores of a gate reach it");
}

/// A router that states what it takes gets it from somewhere.
void DrawnTypes::checkRouterInput(NodeId id) {
  ArrayRef<Attribute> inputs = graph.getInputDims(id);
  if (inputs.size() != 1 || graph.getInDegree(id) == 0)
    return;
  std::optional<int64_t> taken = getWidth(toDims(inputs.front()));
  if (!taken)
    return;
  NodeId odd = DeploymentGraph::kNoNode;
  for (uint32_t index : graph.getInEdges(id)) {
    NodeId source = graph.getEdge(index).source;
    ArrayRef<Attribute> outputs = graph.getOutputDims(source);
    if (outputs.empty() || graph.getNode(source).role == Role::Input)
      return;
    for (Attribute output : outputs) {
      std::optional<int64_t> width = getWidth(toDims(output));
      if (!width || *width == *taken ||
          compareShapes(toDims(output), toDims(inputs.front())) !=
              Agreement::No)
        return;
    }
    odd = source;
  }
  blame(id, Rule::RouterInput, Code::DAG701,
        "'" + graph.getName(id) + "' takes " + toDims(inputs.front()).str() +
            ", but '" + graph.getName(odd) + "' gives " +
            toDims(graph.getOutputDims(odd).front()).str());
}

/// An add of two operands takes two values.
void DrawnTypes::checkOperands(NodeId id) {
  size_t stated = graph.getInputDims(id).size();
  if (stated < 2 || graph.getInDegree(id) != 1 ||
      cutLayers.contains(graph.getNode(id).layer))
    return;
  blame(id, Rule::Operands, Code::DAG701,
        "'" + graph.getName(id) + "' adds " + Twine(stated) +
            " operands, but only '" +
            graph.getName(graph.getEdge(graph.getInEdges(id).front()).source) +
            "' reaches it");
}

/// The values that go to the scores of a weighted sum instead, if any do.
NodeId DrawnTypes::findStrayValues(NodeId id) const {
  constexpr unsigned kMaxSteps = 4, kMaxEdges = 16;
  for (unsigned i = 0; i < kMaxSteps && graph.getInDegree(id) > 0; ++i) {
    NodeId next = DeploymentGraph::kNoNode;
    for (uint32_t index : graph.getInEdges(id).take_front(kMaxEdges)) {
      NodeId source = graph.getEdge(index).source;
      if (given[source] == Values)
        return source;
      if (given[source] == Weights)
        next = source;
    }
    if (next == DeploymentGraph::kNoNode)
      break;
    id = next;
  }
  return DeploymentGraph::kNoNode;
}

/// A weighted sum gets the values: those that it states, and those that the
/// scores have no use for.
void DrawnTypes::checkValues(NodeId id) {
  if (getArriving(id) != Weights)
    return;
  DimsAttr weights, values;
  for (uint32_t index : graph.getInEdges(id))
    for (Attribute output : graph.getOutputDims(graph.getEdge(index).source))
      weights = toDims(output);
  if (NodeId stray = findStrayValues(id); stray != DeploymentGraph::kNoNode) {
    blame(id, Rule::Values, Code::DAG701,
          "'" + graph.getName(id) + "' takes weights and values, but '" +
              graph.getName(stray) + "' gives its values to the scores");
    return;
  }
  if (!weights || weights.getRank() < 3)
    return;
  for (Attribute input : graph.getInputDims(id)) {
    DimsAttr dims = toDims(input);
    if (getHeadSize(dims) && compareShapes(dims, weights) == Agreement::No)
      values = dims;
  }
  if (values)
    blame(id, Rule::Values, Code::DAG701,
          "'" + graph.getName(id) + "' takes values of " + values.str() +
              ", but only the weights, " + weights.str() + ", reach it");
}

/// A projection takes hidden states; what a cache gives comes in behind it.
void DrawnTypes::checkCacheInput(NodeId id) {
  ArrayRef<Attribute> inputs = graph.getInputDims(id);
  if (inputs.empty() || graph.getInDegree(id) == 0)
    return;
  DimsAttr cached;
  NodeId cache = DeploymentGraph::kNoNode;
  for (uint32_t index : graph.getInEdges(id)) {
    NodeId source = graph.getEdge(index).source;
    ArrayRef<Attribute> outputs = graph.getOutputDims(source);
    if (graph.getNode(source).role != Role::KvCache || outputs.empty())
      return;
    cached = toDims(outputs.front());
    cache = source;
    for (Attribute input : inputs)
      if (compareShapes(toDims(input), cached) != Agreement::No)
        return;
  }
  blame(id, Rule::Cache, Code::DAG701,
        "'" + graph.getName(id) + "' takes " + toDims(inputs.front()).str() +
            ", but only the cache '" + graph.getName(cache) +
            "' reaches it, with " + cached.str());
}

/// What takes the heads of attention as they are takes heads times head size.
void DrawnTypes::checkWidthBehind(NodeId id, DimsAttr out) {
  std::optional<int64_t> width = getHeadsWidth(out);
  if (!width || !hiddenWidth || *width == *hiddenWidth ||
      isDrawnShare(id, *hiddenWidth, *width))
    return;
  for (uint32_t index : graph.getOutEdges(id)) {
    NodeId target = graph.getEdge(index).target;
    switch (graph.getNode(target).role) {
    case Role::Router:
    case Role::Norm:
    case Role::FinalNorm:
    case Role::ResidualAdd:
    case Role::Ffn:
    case Role::FfnUp:
    case Role::FfnGate:
    case Role::Moe:
      blame(id, Rule::Heads, Code::DAG704,
            "'" + graph.getName(id) + "' gives " + out.str() +
                ", heads x head size = " + Twine(*width) + ", but '" +
                graph.getName(target) + "' takes hidden states of " +
                Twine(*hiddenWidth) + "; expected an output projection");
      return;
    default:
      break;
    }
  }
}

/// Heads times head size is kept up to the output projection, which makes the
/// hidden size of it.
void DrawnTypes::checkAttentionWidth(NodeId id) {
  ArrayRef<Attribute> inputs = graph.getInputDims(id);
  ArrayRef<Attribute> outputs = graph.getOutputDims(id);
  if (outputs.size() != 1)
    return;
  DimsAttr out = toDims(outputs.front());
  checkWidthBehind(id, out);
  std::optional<int64_t> given = getHiddenWidth(out);
  if (inputs.empty() || !given || *given == 0 || graph.getOutDegree(id) == 0)
    return;
  for (uint32_t index : graph.getOutEdges(id))
    if (graph.getNode(graph.getEdge(index).target).role !=
        Role::OutputProjection)
      return;
  for (Attribute input : inputs) {
    std::optional<int64_t> taken = getHeadsWidth(toDims(input));
    // A multiple may be Q, K and V in one, a part the share of a rank.
    if (!taken || *taken == 0 || *taken % *given == 0 || *given % *taken == 0)
      return;
    // The heads of Q, K and V may be counted in one.
    int64_t shared = (*taken - *given) / 2;
    if (shared > 0 && *given % shared == 0)
      return;
  }
  blame(id, Rule::Heads, Code::DAG704,
        "'" + graph.getName(id) + "' gives " + out.str() + " of " +
            toDims(inputs.front()).str() +
            ", which is not heads x head size, before its output projection");
}
