//===- Widths.cpp - Maps of which the widths are stated ---------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `q_proj [3584] -> [16, 256]` says what becomes of the features of a token.
// How many tokens there are says what feeds the node: of `[B, S, 3584]`, it
// gives `[B, S, 16, 256]`. With that, such a node is a node like others. Where
// nothing says it, widths are compared with no shapes.
//
// A node that states no shape gives those that the labels of its edges state.
//
//===----------------------------------------------------------------------===//

#include "dag/Diagnostics/SourcePlace.h"
#include "dag/Graph/DeploymentGraph.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

/// Of many edges, the first tell.
static constexpr unsigned kMaxEdges = 16;
/// Heads are not larger, so that `[4096, 5120]` is no number of heads.
static constexpr int64_t kMaxHeadSize = 576;

namespace {
/// Puts tokens in front of widths, in the order of the data.
class Widths {
public:
  explicit Widths(DeploymentGraph &graph) : graph(graph) {}
  void run(llvm::function_ref<void(NodeId, ArrayAttr, ArrayAttr)> complete);

private:
  /// Dimensions that count tokens, with names or symbols.
  using Tokens = DimsAttr;

  void visit(NodeId id,
             llvm::function_ref<void(NodeId, ArrayAttr, ArrayAttr)> complete);
  SmallVector<DimsAttr> getTaken(NodeId id) const;
  std::optional<Tokens> findTokens(NodeId id, int64_t width) const;
  DimsAttr getShare(NodeId id, DimsAttr from) const;
  bool feedsTokens(NodeId id) const;

  DeploymentGraph &graph;
  /// What a node gives, or what passes through it.
  std::vector<ArrayRef<Attribute>> given;
};
} // namespace

/// The width that a shape of nothing but features has, or 0.
static int64_t getFeatures(DimsAttr dims) {
  unsigned rank = dims.getRank();
  if (rank == 0 || rank > 2)
    return 0;
  // Ids of tokens have none.
  for (unsigned i = 0; i < rank; ++i)
    if (Figure figure = getFigure(dims.getDimName(i));
        figure == Figure::Batch || figure == Figure::Sequence)
      return 0;
  int64_t width = 1;
  for (unsigned i = 0; i < rank; ++i)
    if (!dims.isStatic(i) ||
        llvm::MulOverflow(width, dims.getSizes()[i], width))
      return 0;
  return rank == 1 || dims.getSizes().back() <= kMaxHeadSize ? width : 0;
}

static DimsAttr pick(DimsAttr dims, ArrayRef<unsigned> places) {
  SmallVector<StringAttr> names, symbols;
  SmallVector<int64_t> sizes;
  for (unsigned place : places) {
    names.push_back(dims.getNames()[place]);
    sizes.push_back(dims.getSizes()[place]);
    symbols.push_back(dims.getSymbols()[place]);
  }
  return DimsAttr::get(dims.getContext(), names, sizes, symbols);
}

static DimsAttr join(DimsAttr tokens, DimsAttr features) {
  SmallVector<StringAttr> names(tokens.getNames());
  SmallVector<StringAttr> symbols(tokens.getSymbols());
  SmallVector<int64_t> sizes(tokens.getSizes());
  llvm::append_range(names, features.getNames());
  llvm::append_range(symbols, features.getSymbols());
  llvm::append_range(sizes, features.getSizes());
  return DimsAttr::get(tokens.getContext(), names, sizes, symbols);
}

/// What is left of a shape that has `width` features: `[B, S, 4096]`, `[B, S,
/// 32, 128]`, `[B, 32, S, 128]`.
static std::optional<DimsAttr> getTokens(DimsAttr dims, int64_t width) {
  unsigned rank = dims.getRank();
  if (rank == 0 || !dims.isStatic(rank - 1))
    return std::nullopt;
  SmallVector<unsigned, 4> places =
      llvm::to_vector<4>(llvm::seq<unsigned>(0, rank - 1));
  ArrayRef<int64_t> sizes = dims.getSizes();
  if (sizes.back() == width)
    return pick(dims, places);
  auto isHeads = [&](unsigned place) {
    int64_t product;
    return dims.isStatic(place) &&
           !llvm::MulOverflow(sizes[place], sizes.back(), product) &&
           product == width;
  };
  for (unsigned place : {rank - 2, 1u})
    if (rank > 2 && place < rank - 1 && isHeads(place)) {
      places.erase(places.begin() + place);
      return pick(dims, places);
    }
  return std::nullopt;
}

/// True for what gives as many tokens as it takes.
static bool keepsTokens(Role role) {
  switch (role) {
  case Role::Norm:
  case Role::FinalNorm:
  case Role::QkNorm:
  case Role::RotaryEmbedding:
  case Role::Dropout:
  case Role::ResidualAdd:
  case Role::Activation:
  case Role::Multiply:
  case Role::AllReduce:
  case Role::Layer:
  case Role::Attention:
  case Role::Ffn:
  case Role::Moe:
  // What stands for layers that are left out.
  case Role::Note:
    return true;
  default:
    return isTransfer(role);
  }
}

/// What reaches a node.
SmallVector<DimsAttr> Widths::getTaken(NodeId id) const {
  SmallVector<DimsAttr> taken;
  for (uint32_t index : graph.getInEdges(id).take_front(kMaxEdges)) {
    const DeploymentGraph::Edge &edge = graph.getEdge(index);
    if (auto dims = edge.op->getAttrOfType<DimsAttr>("dag.shape"))
      taken.push_back(dims);
    else
      for (Attribute attr : given[edge.source])
        taken.push_back(cast<DimsAttr>(attr));
  }
  return taken;
}

/// What a node takes, where it states what all ranks do and each has a share.
DimsAttr Widths::getShare(NodeId id, DimsAttr from) const {
  int64_t width = getFeatures(from), size = graph.getStatedTpSize();
  if (width == 0 || size < 2 || width % size != 0)
    return from;
  int64_t share = width / size;
  bool isShared = false;
  for (DimsAttr dims : getTaken(id)) {
    if (getTokens(dims, width))
      return from;
    isShared |= getTokens(dims, share).has_value();
  }
  return isShared
             ? DimsAttr::get(from.getContext(), from.getNames().take_back(),
                             ArrayRef(share), from.getSymbols().take_back())
             : from;
}

std::optional<DimsAttr> Widths::findTokens(NodeId id, int64_t width) const {
  DimsAttr odd;
  for (DimsAttr dims : getTaken(id)) {
    if (std::optional<DimsAttr> tokens = getTokens(dims, width))
      return tokens;
    unsigned rank = dims.getRank();
    if (!odd && (rank == 3 || rank == 4) && dims.isStatic(rank - 1))
      odd = dims;
  }
  // Another width arrives, which is for the checks to tell.
  if (!odd)
    return std::nullopt;
  if (odd.getRank() == 3)
    return pick(odd, {0, 1});
  // Of heads, there are fewer than tokens.
  bool isHeadFirst = odd.isStatic(1) && (!odd.isStatic(2) ||
                                         odd.getSizes()[1] < odd.getSizes()[2]);
  return pick(odd, {0, isHeadFirst ? 2u : 1u});
}

/// True if what takes a node's result states a shape with tokens.
bool Widths::feedsTokens(NodeId id) const {
  auto hasTokens = [](Attribute attr) {
    return cast<DimsAttr>(attr).getRank() > 2;
  };
  return llvm::any_of(
      graph.getOutEdges(id).take_front(kMaxEdges), [&](uint32_t index) {
        NodeId target = graph.getEdge(index).target;
        return llvm::any_of(graph.getInputDims(target), hasTokens) ||
               llvm::any_of(graph.getOutputDims(target), hasTokens);
      });
}

void Widths::visit(
    NodeId id,
    llvm::function_ref<void(NodeId, ArrayAttr, ArrayAttr)> complete) {
  ArrayRef<Attribute> inputs = graph.getInputDims(id);
  ArrayRef<Attribute> outputs = graph.getOutputDims(id);
  given[id] = outputs;
  Role role = graph.getNode(id).role;
  if (outputs.empty() && (role == Role::Input || keepsTokens(role))) {
    given[id] = inputs;
    for (uint32_t index : graph.getInEdges(id).take_front(kMaxEdges))
      if (given[id].empty())
        given[id] = given[graph.getEdge(index).source];
    return;
  }
  if (inputs.size() != 1 || outputs.empty())
    return;
  DimsAttr from = getShare(id, cast<DimsAttr>(inputs.front()));
  int64_t width = getFeatures(from);
  if (width == 0)
    return;
  bool areFeatures = llvm::all_of(outputs, [](Attribute attr) {
    return getFeatures(cast<DimsAttr>(attr)) != 0;
  });
  std::optional<DimsAttr> tokens;
  auto first = cast<DimsAttr>(outputs.front());
  if (areFeatures)
    tokens = findTokens(id, width);
  else if (from.getRank() == 1 && outputs.size() == 1 && first.getRank() == 3)
    tokens = pick(first, {0, 1});
  if (!tokens || tokens->getRank() == 0) {
    if (areFeatures && graph.getNode(id).op->hasAttr("dag.widths") &&
        feedsTokens(id)) {
      auto none = ArrayAttr::get(from.getContext(), {});
      complete(id, none, none);
      given[id] = {};
    }
    return;
  }
  SmallVector<Attribute> results;
  for (Attribute output : outputs)
    results.push_back(areFeatures ? join(*tokens, cast<DimsAttr>(output))
                                  : output);
  MLIRContext *context = from.getContext();
  complete(id, ArrayAttr::get(context, join(*tokens, from)),
           ArrayAttr::get(context, results));
  given[id] = graph.getOutputDims(id);
}

void Widths::run(
    llvm::function_ref<void(NodeId, ArrayAttr, ArrayAttr)> complete) {
  size_t numNodes = graph.getNodes().size();
  given.resize(numNodes);
  std::vector<unsigned> open(numNodes);
  std::vector<NodeId> work;
  for (NodeId id = 0; id < numNodes; ++id)
    if ((open[id] = graph.getInDegree(id)) == 0)
      work.push_back(id);
  size_t next = 0;
  auto goOn = [&] {
    for (; next < work.size(); ++next) {
      visit(work[next], complete);
      for (uint32_t index : graph.getOutEdges(work[next]))
        if (NodeId target = graph.getEdge(index).target;
            open[target] > 0 && --open[target] == 0)
          work.push_back(target);
    }
  };
  goOn();
  // Cycles begin where the drawing does.
  for (NodeId id = 0; id < numNodes; ++id)
    if (std::exchange(open[id], 0) > 0) {
      work.push_back(id);
      goOn();
    }
}

/// True if an edge may show the label of the one before it: statements `a -> b
/// -> c [...]` put it on both.
static bool isOfChain(const DeploymentGraph &graph,
                      const DeploymentGraph::Edge &edge) {
  auto getLine = [](const DeploymentGraph::Edge &edge) {
    return getSourcePlace(edge.op->getLoc()).line;
  };
  auto getDrawn = [](const DeploymentGraph::Edge &edge) {
    return cast<EdgeOp>(edge.op).getDrawnAttr();
  };
  return llvm::any_of(graph.getInEdges(edge.source).take_front(kMaxEdges),
                      [&](uint32_t index) {
                        const auto &other = graph.getEdge(index);
                        return getDrawn(other) == getDrawn(edge) &&
                               getLine(other) == getLine(edge);
                      });
}

void DeploymentGraph::completeFromEdges() {
  auto getShape = [&](const Edge &edge) {
    auto dims = edge.op->getAttrOfType<DimsAttr>("dag.shape");
    return dims && dims.getRank() > 1 && !isOfChain(*this, edge) ? dims
                                                                 : DimsAttr();
  };
  for (NodeId id = 0; id < nodes.size(); ++id) {
    if (!getOutputDims(id).empty() || nodes[id].role == Role::Note)
      continue;
    SmallVector<Attribute> outputs;
    for (uint32_t index : getOutEdges(id).take_front(kMaxEdges))
      if (DimsAttr dims = getShape(getEdge(index));
          dims && !llvm::is_contained(outputs, dims))
        outputs.push_back(dims);
    if (outputs.empty())
      continue;
    MLIRContext *context = root->getContext();
    completed[id] = {ArrayAttr::get(context, getInputDims(id)),
                     ArrayAttr::get(context, outputs)};
  }
}

void DeploymentGraph::completeWidths() {
  Widths(*this).run([&](NodeId id, ArrayAttr inputs, ArrayAttr outputs) {
    completed[id] = {inputs, outputs};
  });
}
