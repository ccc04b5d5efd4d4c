//===- DrawnDimensions.cpp - Dimensions of a drawing ------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DrawnOps.h"
#include "DrawnRules.h"
#include "DrawnTypes.h"
#include "UsualDimensions.h"
#include "dag/Graph/ShapeAgreement.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

/// Of so many nodes one may state nothing, where the others agree.
static constexpr size_t kOpenShare = 5;

namespace {

class DrawnDimensions {
public:
  DrawnDimensions(const DeploymentGraph &graph, CheckLog &log)
      : graph(graph), log(log), peers(graph), types(graph, peers),
        ops(graph, peers, types), openOperands(graph) {}

  void run();

private:
  using Side = UsualDimensions::Side;
  using Edge = DeploymentGraph::Edge;
  static bool statesDims(const DeploymentGraph::Node &node);
  bool splitsBatch(const Edge &edge) const;
  bool isCompared(const Edge &edge);
  Agreement compareEdge(const Edge &edge) const;
  bool takesPart(const DeploymentGraph::Node &source,
                 const DeploymentGraph::Node &target) const;
  void checkEdges();
  void checkTarget(NodeId target);
  bool lacksInput(NodeId target) const;
  void checkInputs(NodeId target);
  bool cutsTokens(const Edge &edge) const;
  bool isUndrawnSlice(uint32_t index);
  void blame(uint32_t index);
  void reportBlamed();
  void checkPeers();
  void checkHeads(NodeId id);
  void checkElementTypes();
  void checkCoverage();
  DimsAttr getFirstDims(NodeId id, Side side) const;
  static std::string str(Attribute dims);

  const DeploymentGraph &graph;
  CheckLog &log;
  UsualDimensions peers;
  DrawnTypes types;
  DrawnOps ops;
  OpenOperands openOperands;
  /// Layers that mix tokens in another way than attention.
  DenseSet<int64_t> mixers;
  /// Mismatched edges by the node to blame.
  llvm::MapVector<NodeId, SmallVector<uint32_t, 2>> mismatches;
  DenseSet<NodeId> reported;
  /// Of a class, the nodes that take as much as they state, and all that state
  /// several inputs.
  DenseMap<uint32_t, std::pair<unsigned, unsigned>> numComplete;
};

} // namespace

/// Nodes that move or make tensors, whose dimensions a drawing has to state.
bool DrawnDimensions::statesDims(const DeploymentGraph::Node &node) {
  switch (node.role) {
  case Role::Unknown:
  case Role::Input:
  case Role::Output:
  case Role::Parameter:
  case Role::Note:
  case Role::KvCache:
  case Role::AttentionMask:
  case Role::PositionEmbedding:
  case Role::CommBuffer:
  case Role::Sampling:
    return false;
  default:
    return true;
  }
}

DimsAttr DrawnDimensions::getFirstDims(NodeId id, Side side) const {
  ArrayAttr dims = peers.getDims(id, side);
  return dims ? cast<DimsAttr>(dims[0]) : DimsAttr();
}

std::string DrawnDimensions::str(Attribute dims) {
  if (auto single = dyn_cast<DimsAttr>(dims))
    return single.str();
  std::string text;
  for (Attribute element : cast<ArrayAttr>(dims))
    text += (text.empty() ? "" : ", ") + cast<DimsAttr>(element).str();
  return text;
}

/// The projections give Q, K and V together, of which a consumer may take one;
/// a fused gate and up projection likewise.
bool DrawnDimensions::takesPart(const DeploymentGraph::Node &source,
                                const DeploymentGraph::Node &target) const {
  // State spaces take apart what one map gives.
  if ((source.role == Role::Linear || source.role == Role::FfnUp) &&
      source.layer == target.layer && mixers.contains(source.layer))
    return true;
  return source.role == Role::QkvProjection ||
         (source.role == Role::FfnUp &&
          (target.role == Role::Activation || target.role == Role::Multiply));
}

/// Between replicas a batch is split, or put together again.
bool DrawnDimensions::splitsBatch(const Edge &edge) const {
  const auto &source = graph.getNode(edge.source);
  const auto &target = graph.getNode(edge.target);
  if (source.replica == target.replica ||
      (isTransfer(source.role) && isTransfer(target.role)))
    return false;
  // A collective of one replica's ranks need not be said to be in it.
  bool isInside =
      (isCollective(source.role) && source.replica == DeploymentGraph::kNone) ||
      (isCollective(target.role) && target.replica == DeploymentGraph::kNone);
  ArrayRef<Attribute> given = ops.getGiven(edge.source);
  ArrayRef<Attribute> taken = graph.getInputDims(edge.target);
  if (!isInside || given.empty() || taken.empty())
    return true;
  auto out = cast<DimsAttr>(given.front()), in = cast<DimsAttr>(taken.front());
  return out.getRank() == 0 || in.getRank() == 0 ||
         out.getSizes()[0] != in.getSizes()[0] ||
         out.getSymbols()[0] != in.getSymbols()[0];
}

/// Edges whose ends state the same tensor.
bool DrawnDimensions::isCompared(const Edge &edge) {
  const auto &source = graph.getNode(edge.source);
  const auto &target = graph.getNode(edge.target);
  auto isRouting = [](Role role) {
    return role == Role::Router || role == Role::Dispatch ||
           role == Role::Combine || role == Role::Expert ||
           role == Role::AllToAll || role == Role::KvCache ||
           role == Role::AttentionMask || role == Role::Note ||
           role == Role::Unknown || role == Role::CommBuffer ||
           role == Role::Sampling;
  };
  // Replicas that come together are no experts, and leave the model.
  bool leaves = source.role == Role::Combine && target.role == Role::Output;
  if ((isRouting(source.role) && !leaves) || isRouting(target.role) ||
      source.role == Role::PositionEmbedding)
    return false;
  // Positions are of tokens, or are added to what embeds them.
  if (target.role == Role::PositionEmbedding &&
      (source.role != Role::Embedding || graph.getInDegree(edge.target) != 1))
    return false;
  if (splitsBatch(edge))
    return false;
  // A collective among ranks is no operand of theirs.
  if (auto role = graph.getEdgeRole(edge);
      role && isCollective(*role) && source.peerClass == target.peerClass)
    return false;
  if (ops.getGiven(edge.source).empty() ||
      graph.getInputDims(edge.target).empty())
    return false;
  // Between QKV and whatever stands where the rest of attention is missing,
  // nothing can be said.
  unsigned from = getAttentionPosition(source.role);
  if (from > 0 && from < 5 && source.layer == target.layer &&
      getAttentionPosition(target.role) == 0 &&
      target.role != Role::RotaryEmbedding && target.role != Role::QkNorm &&
      target.role != Role::AttentionMask && target.role != Role::Slice) {
    auto out = cast<DimsAttr>(ops.getGiven(edge.source).front());
    auto in = cast<DimsAttr>(graph.getInputDims(edge.target).front());
    // A box for all of attention takes its parts.
    std::optional<ShapeRatio> ratio = getShapeRatio(out, in);
    bool isPart =
        target.role == Role::Attention && ratio && ratio->part <= ratio->whole;
    if (compareShapes(out, in) == Agreement::No && !isPart)
      log.setUnverified(
          "'" + graph.getName(edge.source) + "' goes to '" +
          graph.getName(edge.target) +
          "' though the attention between them is not drawn, so their "
          "dimensions can't be compared");
    return false;
  }
  return true;
}

/// True if `values` can be the [B, S, heads, head size] to the weights
/// [B, heads, S, S].
static bool statesValues(DimsAttr values, DimsAttr weights) {
  if (!values.isStatic(3) || !weights.isStatic(3))
    return true;
  // The weights have a pair of equal sizes that the values do not have.
  return values.getSizes()[3] != weights.getSizes()[3];
}

/// Parts whose operands and results are tokens by features, whichever axis is
/// cut.
static bool isOfTokens(Role role) {
  return getAttentionPosition(role) > 0 || role == Role::OutputProjection ||
         role == Role::FfnUp || role == Role::FfnGate ||
         role == Role::FfnDown || role == Role::Norm ||
         role == Role::ResidualAdd || role == Role::Activation ||
         role == Role::RotaryEmbedding || role == Role::QkNorm ||
         role == Role::AllReduce || role == Role::ReduceScatter ||
         role == Role::AllGather;
}

/// True if `input` is all of several outputs side by side, as gate and up, or
/// Q, K and V.
static bool isAllOf(ArrayRef<Attribute> outputs, DimsAttr input) {
  unsigned rank = input.getRank();
  if (outputs.size() < 2 || rank == 0 || !input.isStatic(rank - 1))
    return false;
  int64_t width = 0;
  for (Attribute output : outputs) {
    auto dims = cast<DimsAttr>(output);
    if (dims.getRank() != rank || !dims.isStatic(rank - 1) ||
        dims.getSizes().drop_back() != input.getSizes().drop_back() ||
        dims.getSymbols().drop_back() != input.getSymbols().drop_back() ||
        llvm::AddOverflow(width, dims.getSizes().back(), width))
      return false;
  }
  return width == input.getSizes().back();
}

Agreement DrawnDimensions::compareEdge(const Edge &edge) const {
  const auto &source = graph.getNode(edge.source);
  const auto &target = graph.getNode(edge.target);
  for (Attribute input : graph.getInputDims(edge.target))
    if (isAllOf(ops.getGiven(edge.source), cast<DimsAttr>(input)))
      return Agreement::Yes;
  bool isOpen = false;
  for (Attribute output : ops.getGiven(edge.source))
    for (Attribute input : graph.getInputDims(edge.target)) {
      auto out = cast<DimsAttr>(output);
      auto in = cast<DimsAttr>(input);
      Agreement agreement = compareShapes(out, in);
      // Patches and windows are cut and joined by nodes of their own.
      if (agreement == Agreement::Yes && isOfTokens(source.role) &&
          isOfTokens(target.role) && tradesSizes(out, in))
        continue;
      if (agreement == Agreement::Yes)
        return agreement;
      if (agreement == Agreement::Open) {
        isOpen = true;
        continue;
      }
      std::optional<ShapeRatio> ratio = getShapeRatio(out, in);
      if (!ratio)
        continue;
      // Of a fused gate and up projection half is left.
      bool isPart =
          source.role == Role::FfnUp && !mixers.contains(source.layer)
              ? ratio->part == ratio->whole || ratio->whole == 2 * ratio->part
              : ratio->part <= ratio->whole;
      if (takesPart(source, target) && isPart)
        return Agreement::Yes;
      // The weighted sum takes weights and values, and may state either.
      if (target.role == Role::AttentionOutput &&
          (source.role == Role::AttentionWeights ||
           source.role == Role::Dropout) &&
          graph.getInputDims(edge.target).size() == 1 &&
          out.getRank() == in.getRank() && out.getRank() == 4)
        return statesValues(in, out) ? Agreement::Open : Agreement::No;
      // Slices for one rank each, where the slicing is not drawn as a node of
      // its own; or shards that a concatenation puts together.
      if (source.role == Role::Slice || source.role == Role::Scatter ||
          (source.role == Role::Input && !cutsTokens(edge)))
        if (ratio->part <= ratio->whole)
          return Agreement::Open;
      if (target.role == Role::Concat || target.role == Role::Gather ||
          target.role == Role::AllGather || target.role == Role::Output)
        if (ratio->whole <= ratio->part && graph.getInDegree(edge.target) > 1)
          return Agreement::Open;
    }
  return isOpen ? Agreement::Open : Agreement::No;
}

/// Decides which end of a mismatched edge is the odd one.
void DrawnDimensions::blame(uint32_t index) {
  const Edge &edge = graph.getEdge(index);
  NodeId culprit = edge.target;
  bool isInputOdd = peers.isUnusual(edge.target, Side::Input);
  bool isOutputOdd = peers.isUnusual(edge.source, Side::Output);
  if (isOutputOdd && !isInputOdd)
    culprit = edge.source;
  else if (!isInputOdd && reported.contains(edge.source))
    culprit = edge.source;
  mismatches[culprit].push_back(index);
}

void DrawnDimensions::checkTarget(NodeId target) {
  const auto &node = graph.getNode(target);
  SmallVector<uint32_t, 4> agreeing, open, failing;
  DenseSet<uint32_t> agreeingClasses, failingClasses;
  for (uint32_t index : graph.getInEdges(target)) {
    const Edge &edge = graph.getEdge(index);
    if (!isCompared(edge))
      continue;
    uint32_t peerClass = graph.getNode(edge.source).peerClass;
    switch (compareEdge(edge)) {
    case Agreement::Yes:
      agreeing.push_back(index);
      agreeingClasses.insert(peerClass);
      break;
    case Agreement::Open:
      open.push_back(index);
      break;
    case Agreement::No:
      failing.push_back(index);
      failingClasses.insert(peerClass);
      break;
    }
  }
  if (failing.empty()) {
    checkInputs(target);
    return;
  }
  // A side input, such as V beside the weights, need not be what the node
  // states, unless the node adds or multiplies its inputs, or its peers agree.
  bool isElementwise = node.role == Role::ResidualAdd ||
                       node.role == Role::Multiply || isCollective(node.role);
  for (uint32_t index : failing) {
    const Edge &edge = graph.getEdge(index);
    uint32_t peerClass = graph.getNode(edge.source).peerClass;
    bool isSideInput = !agreeing.empty() && !isElementwise &&
                       !agreeingClasses.contains(peerClass) &&
                       !peers.isUnusual(edge.source, Side::Output) &&
                       !peers.isUnusual(target, Side::Input);
    if (!isSideInput && !isUndrawnSlice(index) && !types.takesOneHead(edge))
      blame(index);
  }
}

/// True if the sizes differ in the number of tokens of a sequence alone; what a
/// collective has put together has tokens in front.
bool DrawnDimensions::cutsTokens(const Edge &edge) const {
  auto out = cast<DimsAttr>(ops.getGiven(edge.source).front());
  auto in = cast<DimsAttr>(graph.getInputDims(edge.target).front());
  if (out.getRank() == 2 && in.getRank() == 2)
    return isCollective(graph.getNode(edge.source).role) && out.isStatic(0) &&
           in.isStatic(0) && out.getSizes()[0] > in.getSizes()[0] &&
           out.getSizes()[1] == in.getSizes()[1] &&
           out.getSymbols()[1] == in.getSymbols()[1];
  if (out.getRank() != 3 || in.getRank() != 3)
    return false;
  auto isSame = [&](unsigned i) {
    return out.getSizes()[i] == in.getSizes()[i] &&
           out.getSymbols()[i] == in.getSymbols()[i];
  };
  return isSame(0) && isSame(2) && out.isStatic(1) && in.isStatic(1) &&
         out.getSizes()[1] > in.getSizes()[1];
}

/// A tensor that all ranks have, of which each takes its slice: the slicing is
/// not drawn, but no size is wrong.
bool DrawnDimensions::isUndrawnSlice(uint32_t index) {
  const Edge &edge = graph.getEdge(index);
  const auto &target = graph.getNode(edge.target);
  if (target.lane == DeploymentGraph::kShared ||
      graph.getNode(edge.source).lane != DeploymentGraph::kShared)
    return false;
  if (types.cutsHidden(edge) || cutsTokens(edge))
    return false;
  unsigned count = types.countUsers(edge.source, target.peerClass);
  return count > 1 &&
         isScaled(cast<DimsAttr>(graph.getInputDims(edge.target).front()),
                  cast<DimsAttr>(ops.getGiven(edge.source).front()),
                  count) == Agreement::Yes;
}

/// True if a node takes less than it states, and most that are drawn alike take
/// all: an edge is missing. One to a residual add is no matter of sizes.
bool DrawnDimensions::lacksInput(NodeId target) const {
  const auto &node = graph.getNode(target);
  if (graph.getInDegree(target) + 1 != graph.getInputDims(target).size() ||
      node.role == Role::ResidualAdd || node.role == Role::Unknown ||
      isCollective(node.role) || isTransfer(node.role))
    return false;
  auto [complete, all] = numComplete.lookup(node.peerClass);
  return all > 2 && complete * 2 > all;
}

/// Of several inputs that a node states, each is given by some edge.
void DrawnDimensions::checkInputs(NodeId target) {
  ArrayRef<Attribute> inputs = graph.getInputDims(target);
  if (inputs.size() < 2 || graph.getInDegree(target) == 0 ||
      (graph.getInDegree(target) < 2 && !lacksInput(target)))
    return;
  for (uint32_t index : graph.getInEdges(target))
    if (!isCompared(graph.getEdge(index)) ||
        takesPart(graph.getNode(graph.getEdge(index).source),
                  graph.getNode(target)))
      return;
  for (Attribute input : inputs) {
    bool isGiven = llvm::any_of(graph.getInEdges(target), [&](uint32_t index) {
      return llvm::any_of(
          ops.getGiven(graph.getEdge(index).source), [&](Attribute output) {
            return compareShapes(cast<DimsAttr>(output),
                                 cast<DimsAttr>(input)) != Agreement::No;
          });
    });
    if (isGiven || openOperands.contains(target, input) ||
        !reported.insert(target).second)
      continue;
    log.report(Code::DAG701, graph.getPlace(target),
               "'" + graph.getName(target) + "' takes " + str(input) +
                   ", but none of its predecessors gives that");
  }
}

void DrawnDimensions::checkEdges() {
  for (NodeId id = 0; id < graph.getNodes().size(); ++id)
    if (size_t stated = graph.getInputDims(id).size(); stated > 1) {
      auto &[complete, all] = numComplete[graph.getNode(id).peerClass];
      complete += graph.getInDegree(id) >= stated;
      ++all;
    }
  for (NodeId id = 0; id < graph.getNodes().size(); ++id)
    if (!graph.getInputDims(id).empty())
      checkTarget(id);
}

void DrawnDimensions::reportBlamed() {
  // One tensor that all ranks take in another shape is one cause.
  DenseSet<std::tuple<NodeId, Attribute, Attribute>> told;
  for (auto &[culprit, edges] : mismatches) {
    const Edge &odd = graph.getEdge(edges.front());
    bool isTold = !told.insert({odd.source, ops.getGiven(odd.source).front(),
                                graph.getInputDims(odd.target).front()})
                       .second;
    if (isTold && types.cutsHidden(odd))
      reported.insert(culprit);
    if (reported.contains(culprit)) {
      // A wrong shape inside of the node explains its edges.
      continue;
    }
    reported.insert(culprit);
    const Edge &edge = graph.getEdge(edges.front());
    std::string message = "'" + graph.getName(edge.source) + "' gives " +
                          str(ops.getGiven(edge.source).front()) + ", but '" +
                          graph.getName(edge.target) + "' takes " +
                          str(graph.getInputDims(edge.target).front());
    auto finding = log.report(Code::DAG701, graph.getPlace(culprit), message);
    for (uint32_t index : ArrayRef(edges).take_front(8)) {
      const Edge &other = graph.getEdge(index);
      bool isSource = other.source == culprit;
      NodeId party = isSource ? other.target : other.source;
      ArrayRef<Attribute> dims =
          isSource ? graph.getInputDims(party) : ops.getGiven(party);
      finding.note(graph.getPlace(party), "'" + graph.getName(party) + "' " +
                                              (isSource ? "takes " : "gives ") +
                                              str(dims.front()));
      finding.note(other.op->getLoc(), "along this edge");
    }
  }
}

void DrawnDimensions::checkPeers() {
  DenseSet<NodeId> neighbors;
  for (auto &[culprit, edges] : mismatches)
    for (uint32_t index : edges) {
      neighbors.insert(graph.getEdge(index).source);
      neighbors.insert(graph.getEdge(index).target);
    }
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    if (reported.contains(id) || neighbors.contains(id) ||
        node.role == Role::Unknown ||
        (node.layer == DeploymentGraph::kNone &&
         (!graph.getLayers().empty() || node.lane == DeploymentGraph::kShared ||
          node.role == Role::KvCache ||
          graph.getLaneAxis() != DeploymentGraph::LaneAxis::Tensor)))
      continue;
    for (Side side : {Side::Input, Side::Output}) {
      const UsualDimensions::Usual *usual = peers.findDeviation(id, side);
      if (!usual)
        continue;
      reported.insert(id);
      log.report(Code::DAG703, graph.getPlace(id),
                 "'" + graph.getName(id) + "' " +
                     (side == Side::Input ? "takes " : "gives ") +
                     str(peers.getDims(id, side)) + ", but " +
                     Twine(usual->count) + " peers " +
                     (side == Side::Input ? "take " : "give ") +
                     str(usual->dims))
          .note(graph.getPlace(usual->example), "a peer");
      break;
    }
  }
}

/// The size of the dimension with one of `names`, if it is a number.
static std::optional<int64_t> getNamedDim(Attribute attr,
                                          ArrayRef<StringRef> names) {
  auto dims = cast<DimsAttr>(attr);
  for (unsigned i = 0, e = dims.getRank(); i < e; ++i)
    if (dims.isStatic(i) && llvm::any_of(names, [&](StringRef name) {
          return dims.getDimName(i).equals_insensitive(name);
        }))
      return dims.getSizes()[i];
  return std::nullopt;
}

void DrawnDimensions::checkHeads(NodeId id) {
  const auto &node = graph.getNode(id);
  if (getAttentionPosition(node.role) == 0 && node.role != Role::Attention)
    return;
  for (ArrayRef<Attribute> shapes :
       {graph.getInputDims(id), graph.getOutputDims(id)}) {
    std::optional<int64_t> heads, kvHeads;
    for (Attribute dims : shapes) {
      if (!heads)
        heads = getNamedDim(dims, {"heads", "num_heads", "n_heads", "q_heads",
                                   "nheads", "num_attention_heads"});
      if (!kvHeads)
        kvHeads = getNamedDim(dims, {"kv_heads", "num_kv_heads", "n_kv_heads",
                                     "num_key_value_heads"});
    }
    if (!heads || !kvHeads || *kvHeads < 1 || *heads % *kvHeads == 0)
      continue;
    log.report(Code::DAG704, graph.getPlace(id),
               "'" + graph.getName(id) + "' has " + Twine(*heads) +
                   " heads over " + Twine(*kvHeads) +
                   " KV heads; expected a multiple");
    return;
  }
}

void DrawnDimensions::checkElementTypes() {
  for (uint32_t index = 0; index < graph.getEdges().size(); ++index) {
    const Edge &edge = graph.getEdge(index);
    auto source = dyn_cast<NodeOp>(graph.getNode(edge.source).op);
    auto target = dyn_cast<NodeOp>(graph.getNode(edge.target).op);
    if (!source || !target || !source.getElementType() ||
        !target.getElementType() ||
        source.getElementTypeAttr() == target.getElementTypeAttr() ||
        graph.getNode(edge.source).role == Role::Input)
      continue;
    log.report(Code::DAG707, graph.getEdgePlace(index, edge.target),
               "'" + source.getName() + "' gives " + *source.getElementType() +
                   ", but '" + target.getName() + "' takes " +
                   *target.getElementType())
        .note(graph.getPlace(edge.source), "from here")
        .note(graph.getPlace(edge.target), "to here");
  }
}

void DrawnDimensions::checkCoverage() {
  size_t all = 0, without = 0, stated = 0;
  llvm::BitVector typed = findTyped(graph);
  NodeId example = DeploymentGraph::kNoNode;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    if (!statesDims(node))
      continue;
    // A node without edges is a matter of connectivity.
    bool isStated = statesShape(graph, id);
    if (!isStated && graph.getInDegree(id) + graph.getOutDegree(id) == 0)
      continue;
    ++all;
    stated += isStated || node.op->hasAttr("dag.weight") ||
              node.op->hasAttr("dag.widths");
    if (typed.test(id))
      continue;
    if (without++ == 0)
      example = id;
  }
  if (all == 0 && !graph.getNodes().empty())
    log.setUnverified("no node in the flow states dimensions");
  else if (without * kOpenShare > all)
    log.setUnverified(Twine(without) + " of " + Twine(all) +
                      " nodes state no dimensions, '" + graph.getName(example) +
                      "' first");
  else if (stated * 3 < all)
    log.setUnverified("only " + Twine(stated) + " of " + Twine(all) +
                      " nodes state dimensions");
  else if (without > 0)
    log.addFact("Nodes without dimensions",
                Twine(without) + " of " + Twine(all) + ", '" +
                    graph.getName(example) + "' first");
}

void DrawnDimensions::run() {
  peers.vote();
  for (const auto &node : graph.getNodes())
    if (node.op->hasAttr("dag.other_mixer"))
      mixers.insert(node.layer);
  types.check(log, reported);
  ops.check(log, reported);
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    checkHeads(id);
  }
  checkDrawnShards(graph, log, reported);
  checkDrawnElements(graph, log, reported);
  checkEdges();
  reportBlamed();
  checkPeers();
  checkDrawnValues(graph, log);
  checkElementTypes();
  checkUnbound(graph, types, ops, openOperands, log);
  checkCoverage();
}

void dag::checkDrawnDimensions(const DeploymentGraph &graph, CheckLog &log) {
  DrawnDimensions(graph, log).run();
}
