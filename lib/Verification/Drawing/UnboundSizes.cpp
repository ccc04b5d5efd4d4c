//===- UnboundSizes.cpp - Sizes that no rule has compared -------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A tick says that the sizes of a drawing follow from one another. Where a node
// states sizes of which no rule says how they come of what reaches it, what was
// compared says nothing of them, and no tick is due.
//
//===----------------------------------------------------------------------===//

#include "DimsNames.h"
#include "DrawnOps.h"
#include "DrawnRules.h"
#include "dag/Graph/ShapeAgreement.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Regex.h"

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

/// True for what gives the shape that it takes.
static bool keepsShape(Role role) {
  return role == Role::Norm || role == Role::FinalNorm ||
         role == Role::ResidualAdd || role == Role::Dropout ||
         role == Role::Activation || role == Role::RotaryEmbedding ||
         role == Role::QkNorm;
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

/// The number that the last group of a pattern has in a text.
static int64_t findNumber(StringRef text, StringRef pattern) {
  SmallVector<StringRef, 4> groups;
  int64_t number = 0;
  if (!llvm::Regex(pattern).match(text, &groups) ||
      groups.back().getAsInteger(10, number))
    return 0;
  return number;
}

/// A box for attention that states its heads, which are neither the width that
/// it takes nor the share of a rank: some models have such heads.
static std::optional<std::string> describeHeads(const DeploymentGraph &graph,
                                                NodeId id) {
  ArrayRef<Attribute> taken = graph.getInputDims(id);
  if (graph.getNode(id).role != Role::Attention || taken.empty() ||
      graph.getStatedBeside().model)
    return std::nullopt;
  std::optional<int64_t> width = getWidth(toDims(taken.front()));
  // What shapes say of heads is compared elsewhere.
  std::string text;
  unsigned depth = 0;
  for (char c : getDrawnText(graph, id)) {
    depth += c == '[';
    if (depth == 0)
      text += c;
    depth -= c == ']' && depth > 0;
  }
  int64_t heads = findNumber(text, "([0-9]+) +heads");
  if (heads == 0)
    heads = findNumber(text, "heads ?[=:] ?([0-9]+)");
  int64_t size =
      findNumber(text, "(head[_ ]?dim|head[_ ]?size|d_k|d_head)[ =:]*([0-9]+)");
  int64_t all = 0;
  if (!width || *width < 1 || heads < 1 || size < 1 ||
      llvm::MulOverflow(heads, size, all) || all % *width == 0 ||
      *width % all == 0)
    return std::nullopt;
  return ("'" + graph.getName(id) + "' states " + Twine(heads) + " heads of " +
          Twine(size) + ", " + Twine(all) + " in all, but it takes " +
          Twine(*width) + "; config= decides")
      .str();
}

//===----------------------------------------------------------------------===//
// Sizes that follow from none
//===----------------------------------------------------------------------===//

namespace {
/// Holds what each node states against what reaches it. A tick says that the
/// sizes of a drawing follow from one another: one of which that can't be said
/// leaves it open.
class BoundSizes {
public:
  BoundSizes(const DeploymentGraph &graph, const DrawnTypes &types,
             const DrawnOps &ops, const OpenOperands &openOperands)
      : graph(graph), types(types), ops(ops), openOperands(openOperands) {
    for (const auto &node : graph.getNodes())
      if (node.op->hasAttr("dag.other_mixer"))
        mixers.insert(node.layer);
  }

  /// Whether what a node states follows from what reaches it, or what it gives
  /// from what it takes; `Yes` where nothing reaches it that states a shape.
  Agreement relate(NodeId id);
  /// What was held against the node last, and what gives it.
  std::pair<NodeId, DimsAttr> getLast() const { return last; }

private:
  struct Source {
    NodeId node;
    ArrayRef<Attribute> given;
  };
  SmallVector<Source, 4> getSources(NodeId id) const;
  bool choosesTokens(NodeId id) const;
  bool isShare(NodeId id, NodeId other, DimsAttr one, DimsAttr two) const;
  Agreement relateShapes(NodeId id, NodeId other, DimsAttr from, DimsAttr to,
                         bool isMap);
  Agreement relateAny(NodeId id, const Source &source,
                      ArrayRef<Attribute> stated, bool isMap);
  Agreement relateOperand(NodeId id, const Source &source);

  const DeploymentGraph &graph;
  const DrawnTypes &types;
  const DrawnOps &ops;
  const OpenOperands &openOperands;
  /// Layers that mix tokens in another way than attention.
  DenseSet<int64_t> mixers;
  std::pair<NodeId, DimsAttr> last;
  /// What symbols stand for, by where they meet a number first.
  llvm::StringMap<uint64_t> symbols;
};
} // namespace

/// True for what gives or takes no activations.
static bool isBeside(Role role) {
  return role == Role::Note || role == Role::Parameter ||
         role == Role::CommBuffer || role == Role::Sampling ||
         role == Role::AttentionMask || role == Role::PositionEmbedding ||
         role == Role::KvCache;
}

/// True for what cuts a tensor, or puts its parts together.
static bool cutsOrJoins(Role role) {
  return role == Role::Slice || role == Role::Scatter || role == Role::Concat ||
         role == Role::Gather || role == Role::AllGather ||
         role == Role::ReduceScatter;
}

/// True for what gives another shape than it takes.
static bool isMap(Role role) {
  return cutsOrJoins(role) ||
         (!keepsShape(role) && !isCollective(role) && !isTransfer(role));
}

/// All but the last dimension, which a map may change.
static DimsAttr getRows(DimsAttr dims) {
  unsigned rank = dims.getRank() - 1;
  return DimsAttr::get(dims.getContext(), dims.getNames().take_front(rank),
                       dims.getSizes().take_front(rank),
                       dims.getSymbols().take_front(rank));
}

/// `whole` has a multiple of the elements of `part`.
static Agreement isMultiple(DimsAttr whole, DimsAttr part) {
  std::optional<ShapeRatio> ratio = getShapeRatio(whole, part);
  if (!ratio)
    return Agreement::Open;
  return ratio->part != 0 && ratio->whole % ratio->part == 0 ? Agreement::Yes
                                                             : Agreement::No;
}

/// True if each row of `to` is one of `from`, or the last of many: what follows
/// of a prompt is told by its last position.
static bool areLastRows(DimsAttr from, DimsAttr to) {
  if (from.getRank() != to.getRank())
    return false;
  for (unsigned i = 0, e = to.getRank() - 1; i < e; ++i)
    if (to.getSizes()[i] != 1 && (to.getSizes()[i] != from.getSizes()[i] ||
                                  to.getSymbols()[i] != from.getSymbols()[i]))
      return false;
  return true;
}

/// True if the last dimensions are equal.
static bool haveOneWidth(DimsAttr one, DimsAttr two) {
  return one.getSizes().back() == two.getSizes().back() &&
         one.getSymbols().back() == two.getSymbols().back();
}

/// True for what takes or gives some of the tokens, however it counts them.
bool BoundSizes::choosesTokens(NodeId id) const {
  if (graph.getNode(id).expert != DeploymentGraph::kNone)
    return true;
  switch (graph.getNode(id).role) {
  case Role::Router:
  case Role::Dispatch:
  case Role::AllToAll:
  case Role::Expert:
  case Role::Combine:
  case Role::Moe:
  case Role::Head:
  case Role::Output:
    return true;
  case Role::Send:
  case Role::Recv:
  case Role::Transfer:
    return spreadsTokens(graph, id);
  default:
    return false;
  }
}

bool BoundSizes::isShare(NodeId id, NodeId other, DimsAttr one,
                         DimsAttr two) const {
  std::optional<ShapeRatio> ratio = getShapeRatio(one, two);
  if (!ratio)
    return false;
  uint64_t whole = std::max(ratio->whole, ratio->part);
  uint64_t part = std::min(ratio->whole, ratio->part);
  return types.isDrawnShare(id, whole, part) ||
         types.isDrawnShare(other, whole, part);
}

/// Equal sizes, as many features of other tokens, or the share of a rank; of a
/// map, the rows of one in the other.
Agreement BoundSizes::relateShapes(NodeId id, NodeId other, DimsAttr from,
                                   DimsAttr to, bool isMap) {
  last = {other, from};
  bool isVector = std::min(from.getRank(), to.getRank()) < 2;
  // What experts give is put together before it is added.
  bool isAdd = graph.getNode(id).role == Role::ResidualAdd;
  bool isChoice = choosesTokens(id) ||
                  (choosesTokens(other) &&
                   !(isAdd && graph.getNode(other).role == Role::Expert));
  if (haveOneWidth(from, to) && (isVector || isChoice))
    return Agreement::Yes;
  // A number of experts is no shape, and a loss none of logits.
  if (isVector)
    return isExpertsName(from.getDimName(from.getRank() - 1)) ||
                   isExpertsName(to.getDimName(to.getRank() - 1)) ||
                   graph.getNode(id).role == Role::Head
               ? Agreement::Yes
               : Agreement::Open;
  Agreement agreement = compareShapes(from, to);
  if (std::optional<SymbolSize> size = getSymbolSize(from, to))
    if (symbols.try_emplace(size->symbol, size->size).first->second ==
        size->size)
      agreement = Agreement::Yes;
  if (isMap)
    agreement = std::min({agreement, isMultiple(to, getRows(from)),
                          isMultiple(from, getRows(to))});
  if ((isAdd && isOfEach(from, to)) ||
      (isMap && graph.getNode(id).role == Role::Head && areLastRows(from, to)))
    return Agreement::Yes;
  if (cutsOrJoins(graph.getNode(id).role) ||
      cutsOrJoins(graph.getNode(other).role))
    agreement =
        std::min({agreement, isMultiple(from, to), isMultiple(to, from)});
  // What cuts a tensor is drawn, but for ranks that each take their part.
  bool isKept = id != other && keepsShape(graph.getNode(id).role) &&
                graph.getNode(id).lane == graph.getNode(other).lane;
  if (agreement == Agreement::No && !isKept && isShare(id, other, from, to))
    return Agreement::Yes;
  return agreement;
}

Agreement BoundSizes::relateAny(NodeId id, const Source &source,
                                ArrayRef<Attribute> stated, bool isMap) {
  Agreement result = Agreement::No;
  // Of what is fused a part is taken, and state spaces cut what one map gives.
  const auto &from = graph.getNode(source.node);
  isMap |= from.role == Role::QkvProjection || mixers.contains(from.layer);
  for (Attribute from : source.given)
    for (Attribute to : stated)
      if (toDims(from).getRank() > 0 && toDims(to).getRank() > 0)
        result = std::min(result, relateShapes(id, source.node, toDims(from),
                                               toDims(to), isMap));
  return result;
}

/// An operand of attention, by what it is: scores end with as many keys as
/// there are.
Agreement BoundSizes::relateOperand(NodeId id, const Source &source) {
  uint8_t values = types.getValues(source.node);
  if (ops.isHeld(id, source.node))
    return Agreement::Yes;
  ArrayRef<Attribute> stated = graph.getOutputDims(id);
  if (graph.getNode(id).role == Role::AttentionOutput)
    return values == DrawnTypes::Weights ? relateAny(id, source, stated, true)
                                         : Agreement::Yes;
  if (values != DrawnTypes::Key)
    return values == DrawnTypes::Query ? relateAny(id, source, stated, true)
                                       : Agreement::Yes;
  DimsAttr scores = toDims(stated.front());
  DimsAttr keys = toDims(source.given.front());
  last = {source.node, keys};
  for (unsigned i = 0, e = keys.getRank(); i < e; ++i)
    if (keys.getSizes()[i] == scores.getSizes().back() &&
        keys.getSymbols()[i] == scores.getSymbols().back())
      return Agreement::Yes;
  return Agreement::Open;
}

SmallVector<BoundSizes::Source, 4> BoundSizes::getSources(NodeId id) const {
  constexpr unsigned kMaxSources = 64;
  SmallVector<Source, 4> sources;
  for (uint32_t index : graph.getInEdges(id).take_front(kMaxSources)) {
    const auto &edge = graph.getEdge(index);
    const auto &source = graph.getNode(edge.source);
    if (source.replica != graph.getNode(id).replica || graph.getEdgeRole(edge))
      continue;
    ArrayRef<Attribute> given = ops.getGiven(edge.source);
    // RoPE of queries and keys gives both.
    if (!isMap(source.role) && graph.getOutputDims(edge.source).empty() &&
        graph.getInputDims(edge.source).size() > given.size())
      given = graph.getInputDims(edge.source);
    if (!given.empty())
      sources.push_back({edge.source, given});
  }
  return sources;
}

Agreement BoundSizes::relate(NodeId id) {
  Role role = graph.getNode(id).role;
  ArrayRef<Attribute> taken = graph.getInputDims(id);
  ArrayRef<Attribute> given = graph.getOutputDims(id);
  if (isBeside(role))
    return Agreement::Yes;
  Agreement result = Agreement::Yes;
  if (!taken.empty() && !given.empty() && !ops.isHeld(id, id))
    result = relateAny(id, {id, taken}, given, isMap(role));
  SmallVector<Source, 4> sources = getSources(id);
  if (sources.empty() || result != Agreement::Yes)
    return result;
  auto getBest = [&](ArrayRef<Attribute> stated, bool isMap) {
    Agreement best = Agreement::No;
    for (const Source &source : sources)
      best = std::min(best, relateAny(id, source, stated, isMap));
    return best;
  };
  for (Attribute input : taken) {
    result = getBest(input, /*isMap=*/false);
    if (result == Agreement::Yes)
      continue;
    if (!openOperands.contains(id, input))
      return result;
    result = Agreement::Yes;
  }
  if (role == Role::ResidualAdd && (!taken.empty() || !given.empty()))
    for (const Source &source : sources)
      // What a router gives to a sum weighs it.
      if (graph.getNode(source.node).role != Role::Router)
        result = std::max(
            result, std::min(relateAny(id, source, taken, /*isMap=*/false),
                             relateAny(id, source, given, /*isMap=*/false)));
  // The logits of a head are as many as there are words.
  if (!taken.empty() || given.empty() || role == Role::Head ||
      role == Role::ResidualAdd)
    return result;
  if (role != Role::AttentionScores && role != Role::AttentionOutput)
    return llvm::any_of(sources,
                        [&](const Source &source) {
                          return ops.isHeld(id, source.node);
                        })
               ? Agreement::Yes
               : getBest(given, isMap(role));
  bool hasCache = llvm::any_of(sources, [&](const Source &source) {
    return graph.getNode(source.node).role == Role::KvCache;
  });
  for (const Source &source : sources)
    if (!hasCache || types.getValues(source.node) != DrawnTypes::Key)
      result = std::max(result, relateOperand(id, source));
  return result;
}

void dag::checkUnbound(const DeploymentGraph &graph, const DrawnTypes &types,
                       const DrawnOps &ops, const OpenOperands &openOperands,
                       CheckLog &log) {
  if (!log.getFindings().empty())
    return;
  BoundSizes sizes(graph, types, ops, openOperands);
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    if (sizes.relate(id) == Agreement::Yes)
      continue;
    ArrayRef<Attribute> stated = graph.getInputDims(id);
    auto [source, given] = sizes.getLast();
    if (source == id || stated.empty())
      stated = graph.getOutputDims(id);
    // Shapes without sizes say nothing.
    if (stated.empty() || !given)
      continue;
    log.setUnverified(
        "'" + graph.getName(id) + "' states " + toDims(stated.front()).str() +
            ", and nothing says how that follows from " + given.str() +
            (source == id ? std::string(", which it takes")
                          : " of '" + graph.getName(source) + "'"),
        graph.getLoc(id));
    return;
  }
  for (NodeId id = 0; id < graph.getNodes().size(); ++id)
    if (auto heads = describeHeads(graph, id))
      return log.setUnverified(*heads, graph.getLoc(id));
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
