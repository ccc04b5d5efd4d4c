//===- DrawnTypes.cpp - Drawn ops typed by their roles ----------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DrawnTypes.h"
#include "DimsNames.h"
#include "DrawnRules.h"
#include "dag/Graph/ShapeAgreement.h"

#include <deque>

using namespace mlir;
using namespace mlir::dag;

DrawnTypes::DrawnTypes(const DeploymentGraph &graph,
                       const UsualDimensions &peers)
    : graph(graph), peers(peers) {
  for (const DeploymentGraph::Node &node : graph.getNodes()) {
    ++classSizes[node.peerClass];
    NodeId id = &node - graph.getNodes().data();
    if (RangesAttr devices = graph.getDevicesAttr(id);
        devices && node.layer == DeploymentGraph::kNone)
      classDevices[node.peerClass].insert(devices);
    if (node.role == Role::Embedding)
      embeddings.push_back(&node - graph.getNodes().data());
    if (node.layer != DeploymentGraph::kNone)
      ++layerPeers[{node.peerClass, node.layer, node.replica}];
  }
  for (const DeploymentGraph::Edge &edge : graph.getEdges())
    ++users[{edge.source, graph.getNode(edge.target).peerClass}];
  for (NodeId id = 0; id < graph.getNodes().size() && !hiddenWidth; ++id)
    if (Role role = graph.getNode(id).role;
        role == Role::Input || role == Role::Embedding)
      for (Attribute output : graph.getOutputDims(id))
        hiddenWidth = getHiddenWidth(toDims(output));
  // What comes before a layer may be missing as a whole: one cause.
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    if (node.layer != DeploymentGraph::kNone && graph.getInDegree(id) == 0 &&
        (node.role == Role::Norm || node.role == Role::QkvProjection ||
         node.role == Role::QProjection || node.role == Role::Recv))
      cutLayers.insert(node.layer);
  }
  propagate();
}

/// What comes out is what comes in, perhaps in another layout.
bool DrawnTypes::looksThrough(NodeId id) const {
  Role role = graph.getNode(id).role;
  switch (role) {
  case Role::Send:
  case Role::Recv:
  case Role::Transfer:
  case Role::CommBuffer:
  case Role::Dropout:
  case Role::RotaryEmbedding:
  case Role::QkNorm:
  case Role::Slice:
  case Role::Concat:
  case Role::Parameter:
  case Role::KvCache:
    return true;
  case Role::Unknown:
    return graph.getOutputDims(id).empty();
  case Role::Dispatch:
    return graph.getInputDims(id).empty() && graph.getOutputDims(id).empty();
  default:
    return isCollective(role);
  }
}

bool DrawnTypes::isGate(NodeId id) const {
  Role role = graph.getNode(id).role;
  ArrayRef<Attribute> outputs = graph.getOutputDims(id);
  if ((role != Role::Router && role != Role::Dispatch &&
       role != Role::Unknown) ||
      outputs.empty())
    return false;
  DimsAttr out = toDims(outputs.back());
  if (out.getRank() == 0)
    return false;
  if (!isExpertsName(out.getDimName(out.getRank() - 1))) {
    // Without a name: fewer than what comes in, in a router.
    std::optional<int64_t> width = getWidth(out);
    ArrayRef<Attribute> inputs = graph.getInputDims(id);
    if (role != Role::Router || !width || inputs.empty() || out.getRank() < 2)
      return false;
    std::optional<int64_t> taken = getWidth(toDims(inputs.front()));
    return outputs.size() == 1 && taken && *width < *taken && *width <= 1024;
  }
  // A list of lines may hold the input as the first of the shapes.
  return true;
}

uint8_t DrawnTypes::getOwnValues(NodeId id) const {
  switch (graph.getNode(id).role) {
  case Role::QkvProjection:
    return Query | Key | Values;
  case Role::QProjection:
    return Query;
  case Role::KProjection:
    return Key;
  case Role::VProjection:
    return Values;
  case Role::AttentionScores:
  case Role::AttentionWeights:
    return Weights;
  default:
    return isGate(id) ? GateScores : Hidden;
  }
}

/// What reaches a node along its edges.
uint8_t DrawnTypes::getArriving(NodeId id) const {
  uint8_t values = 0;
  for (uint32_t index : graph.getInEdges(id))
    values |= given[graph.getEdge(index).source];
  return values;
}

/// Each node enters the list at most once for each bit that it gets.
void DrawnTypes::propagate() {
  given.assign(graph.getNodes().size(), 0);
  std::deque<NodeId> worklist;
  for (NodeId id = 0; id < given.size(); ++id) {
    if (looksThrough(id) && graph.getInDegree(id) > 0)
      continue;
    given[id] = getOwnValues(id);
    worklist.push_back(id);
  }
  while (!worklist.empty()) {
    NodeId id = worklist.front();
    worklist.pop_front();
    for (uint32_t index : graph.getOutEdges(id)) {
      NodeId target = graph.getEdge(index).target;
      if (!looksThrough(target))
        continue;
      uint8_t values = given[id];
      // What states tokens is blamed itself where only scores reach it.
      ArrayRef<Attribute> outputs = graph.getOutputDims(target);
      if ((values & GateScores) && !outputs.empty() &&
          isTokens(toDims(outputs.front())))
        values = (values & ~GateScores) | Hidden;
      if ((given[target] | values) == given[target])
        continue;
      given[target] |= values;
      worklist.push_back(target);
    }
  }
}

void DrawnTypes::blame(NodeId id, Rule rule, Code code, const Twine &message) {
  auto [it, isNew] =
      causes.insert({{static_cast<unsigned>(rule), graph.getNode(id).peerClass},
                     Cause{code, "", {}}});
  if (isNew)
    it->second.message = message.str();
  it->second.nodes.push_back(id);
}

bool DrawnTypes::isDrawnShare(NodeId id, uint64_t whole, uint64_t part) const {
  if (part == 0 || whole % part != 0)
    return false;
  uint64_t count = whole / part;
  const auto &node = graph.getNode(id);
  auto divides = [&](uint64_t ranks) {
    return ranks > 1 && ranks % count == 0;
  };
  // How many all devices are need not be said.
  if (count == 1 || divides(graph.getDevices(id).size()) ||
      graph.hasAllDevices(id))
    return true;
  if (graph.getStatedTpSize() > 1 && divides(graph.getStatedTpSize()))
    return true;
  if (auto op = dyn_cast<NodeOp>(node.op))
    if (std::optional<uint64_t> size = op.getTpSize(); size && divides(*size))
      return true;
  // Shards of the sequence have all heads.
  bool sharesWeights =
      graph.getLaneAxis() != DeploymentGraph::LaneAxis::Sequence;
  if (sharesWeights && node.layer != DeploymentGraph::kNone &&
      divides(layerPeers.lookup({node.peerClass, node.layer, node.replica})))
    return true;
  // Without numbers of layers, the devices that have such a node.
  if (sharesWeights && node.layer == DeploymentGraph::kNone)
    if (auto it = classDevices.find(node.peerClass);
        it != classDevices.end() && divides(it->second.size()))
      return true;
  return llvm::any_of(graph.getInEdges(id), [&](uint32_t index) {
    return divides(users.lookup({graph.getEdge(index).source, node.peerClass}));
  });
}

/// A projection out of the hidden states takes their whole width on each rank:
/// its weights are cut in columns.
static bool takesWholeWidth(Role role) {
  switch (role) {
  case Role::QkvProjection:
  case Role::QProjection:
  case Role::KProjection:
  case Role::VProjection:
  case Role::FfnGate:
  case Role::FfnUp:
  case Role::Router:
    return true;
  default:
    return false;
  }
}

bool DrawnTypes::cutsHidden(const DeploymentGraph::Edge &edge) const {
  if (!takesWholeWidth(graph.getNode(edge.target).role))
    return false;
  ArrayRef<Attribute> outputs = graph.getOutputDims(edge.source);
  ArrayRef<Attribute> inputs = graph.getInputDims(edge.target);
  // The same may have been drawn elsewhere with shapes at both ends.
  if (outputs.empty() || inputs.empty())
    return false;
  DimsAttr out = toDims(outputs.front());
  DimsAttr in = toDims(inputs.front());
  return out.getRank() == 0 || in.getRank() == 0 ||
         out.getSizes().back() != in.getSizes().back() ||
         out.getSymbols().back() != in.getSymbols().back();
}

/// Heads that do not divide among the ranks: the largest share is rounded up.
bool DrawnTypes::isUnevenShare(NodeId id, ShapeRatio ratio) const {
  const auto &node = graph.getNode(id);
  if (ratio.part == 0 || ratio.whole % ratio.part == 0)
    return false;
  if (node.role == Role::QkvProjection)
    return true; // fused, with fewer heads of K and V than of Q
  // Where layers have no numbers, ranks have as many, or one more.
  int64_t numRanks = graph.getStatedTpSize();
  if (node.layer == DeploymentGraph::kNone)
    return numRanks > 1 && ratio.part - ratio.whole / numRanks < 2;
  return layerPeers.lookup({node.peerClass, node.layer, node.replica}) > 1;
}

/// A factor of a projection of low rank: another projection takes what it
/// gives, perhaps normed or kept.
bool DrawnTypes::isLowRank(NodeId id, unsigned depth) const {
  return llvm::any_of(graph.getOutEdges(id).take_front(16),
                      [&](uint32_t index) {
                        NodeId target = graph.getEdge(index).target;
                        switch (graph.getNode(target).role) {
                        case Role::QkvProjection:
                        case Role::QProjection:
                        case Role::KProjection:
                        case Role::VProjection:
                          return true;
                        case Role::Norm:
                        case Role::QkNorm:
                        case Role::KvCache:
                        case Role::Slice:
                          return depth < 2 && isLowRank(target, depth + 1);
                        default:
                          return false;
                        }
                      });
}

/// What stands between a projection and the output projection.
static bool leadsOn(Role role) {
  switch (role) {
  case Role::RotaryEmbedding:
  case Role::QkNorm:
  case Role::Attention:
  case Role::AttentionScores:
  case Role::AttentionMask:
  case Role::AttentionWeights:
  case Role::Dropout:
  case Role::AttentionOutput:
    return true;
  default:
    return false;
  }
}

/// True if all heads together are not as wide as the model, and the output
/// projection, which states what it takes where ranks share the weights, maps
/// back from what `ratio` says: heads of a size of their own.
bool DrawnTypes::isMappedBack(NodeId id, ShapeRatio ratio) const {
  constexpr unsigned kMaxNodes = 32;
  const auto &node = graph.getNode(id);
  // What divides is a share.
  if (ratio.part == 0 || ratio.whole % ratio.part == 0)
    return false;
  bool isShared =
      graph.getStatedTpSize() > 1 || graph.getDevices(id).size() > 1 ||
      layerPeers.lookup({node.peerClass, node.layer, node.replica}) > 1;
  DimsAttr whole = toDims(graph.getInputDims(id).front());
  SmallVector<NodeId, 8> work{id};
  for (size_t next = 0; next < work.size() && next < kMaxNodes; ++next) {
    for (uint32_t index : graph.getOutEdges(work[next]).take_front(16)) {
      NodeId target = graph.getEdge(index).target;
      Role role = graph.getNode(target).role;
      if (role != Role::OutputProjection) {
        if (leadsOn(role) && !llvm::is_contained(work, target))
          work.push_back(target);
        continue;
      }
      ArrayRef<Attribute> inputs = graph.getInputDims(target);
      if (inputs.empty() && !isShared)
        inputs = graph.getOutputDims(work[next]);
      ArrayRef<Attribute> outputs = graph.getOutputDims(target);
      if (inputs.size() != 1 || outputs.size() != 1 ||
          compareShapes(toDims(outputs.front()), whole) != Agreement::Yes)
        continue;
      std::optional<ShapeRatio> back =
          getShapeRatio(whole, toDims(inputs.front()));
      if (back && back->whole == ratio.whole && back->part == ratio.part)
        return true;
    }
  }
  return false;
}

/// The queries of all ranks are as wide as the model: a rank has its share.
void DrawnTypes::checkProjection(NodeId id) {
  ArrayRef<Attribute> inputs = graph.getInputDims(id);
  ArrayRef<Attribute> outputs = graph.getOutputDims(id);
  if (inputs.size() != 1 || outputs.size() != 1)
    return;
  std::optional<ShapeRatio> ratio =
      getShapeRatio(toDims(inputs.front()), toDims(outputs.front()));
  if (!ratio || ratio->whole <= ratio->part || isUnevenShare(id, *ratio) ||
      isDrawnShare(id, ratio->whole, ratio->part) || isLowRank(id) ||
      isBesideQueries(id) || (isMappedBack(id, *ratio) && !hasFittingPeer(id)))
    return;
  blame(id, Rule::Share, Code::DAG704,
        "'" + graph.getName(id) + "' makes " + toDims(outputs.front()).str() +
            " of " + toDims(inputs.front()).str() +
            ", neither the width nor the share of a rank that is drawn");
}

/// A sum has the shape of its terms.
void DrawnTypes::checkReduction(NodeId id) {
  ArrayRef<Attribute> inputs = graph.getInputDims(id);
  ArrayRef<Attribute> outputs = graph.getOutputDims(id);
  if (inputs.empty() || outputs.empty())
    return;
  for (Attribute input : inputs)
    for (Attribute output : outputs)
      if (compareShapes(toDims(input), toDims(output)) != Agreement::No)
        return;
  blame(id, Rule::Reduction, Code::DAG702,
        "'" + graph.getName(id) + "' goes from " +
            toDims(inputs.front()).str() + " to " +
            toDims(outputs.front()).str() +
            ", but an all-reduce keeps the shape");
}

/// As many experts arrive as the aggregation states.
void DrawnTypes::checkExperts(NodeId id) {
  size_t arriving = graph.getInDegree(id);
  if (arriving < 2)
    return;
  // The scores of all experts arrive, too.
  DenseSet<Attribute> scores;
  for (uint32_t index : graph.getInEdges(id))
    if (NodeId source = graph.getEdge(index).source; isGate(source))
      scores.insert(graph.getOutputDims(source).begin(),
                    graph.getOutputDims(source).end());
  for (Attribute input : graph.getInputDims(id)) {
    DimsAttr dims = toDims(input);
    if (graph.getInputDims(id).size() > 1 && scores.contains(input))
      continue;
    for (unsigned i = 0, e = dims.getRank(); i < e; ++i) {
      StringRef name = dims.getDimName(i);
      if (!dims.isStatic(i) || !isExpertsName(name) ||
          name.starts_with_insensitive("top"))
        continue;
      uint64_t stated = dims.getSizes()[i];
      if (stated <= arriving || stated > 4096)
        continue;
      // Several experts in one box would state them.
      for (uint32_t index : graph.getInEdges(id)) {
        NodeId source = graph.getEdge(index).source;
        const auto &node = graph.getNode(source);
        if (node.expert == DeploymentGraph::kNone && node.role != Role::Router)
          return;
      }
      blame(id, Rule::Experts, Code::DAG701,
            "'" + graph.getName(id) + "' takes " + dims.str() + ", but " +
                Twine(arriving) + " experts reach it");
      return;
    }
  }
}

/// A box for a whole expert gives tokens as wide as it takes them.
void DrawnTypes::checkExpertWidth(NodeId id) {
  ArrayRef<Attribute> inputs = graph.getInputDims(id);
  ArrayRef<Attribute> outputs = graph.getOutputDims(id);
  if (inputs.empty() || outputs.empty() || graph.getOutDegree(id) == 0)
    return;
  std::optional<int64_t> given = getWidth(toDims(outputs.back()));
  std::optional<int64_t> taken = getWidth(toDims(inputs.front()));
  if (!given || !taken || toDims(outputs.back()).getRank() < 2)
    return;
  // The last part of an expert takes its inner width.
  for (uint32_t index : graph.getInEdges(id).take_front(16))
    if (const auto &source = graph.getNode(graph.getEdge(index).source);
        isNetworkPart(source.role) || source.role == Role::Expert)
      return;
  for (Attribute input : inputs)
    if (getWidth(toDims(input)) == given || toDims(input).getRank() < 2)
      return;
  // What follows takes it as a result, and states no such width itself.
  for (uint32_t index : graph.getOutEdges(id).take_front(16)) {
    NodeId target = graph.getEdge(index).target;
    Role role = graph.getNode(target).role;
    if (role != Role::Combine && role != Role::ResidualAdd &&
        role != Role::Concat && !isCollective(role))
      return;
    for (Attribute input : graph.getInputDims(target))
      if (getWidth(toDims(input)) == given)
        return;
  }
  blame(id, Rule::ExpertWidth, Code::DAG704,
        "'" + graph.getName(id) + "' takes " + toDims(inputs.front()).str() +
            " and gives " + toDims(outputs.back()).str() +
            "; expected an expert to give tokens as wide as it takes them");
}

/// What attention gives has the heads of Q and the head size of V, or is the
/// model's width where the output projection is in the box.
void DrawnTypes::checkAttention(NodeId id) {
  ArrayRef<Attribute> inputs = graph.getInputDims(id);
  ArrayRef<Attribute> outputs = graph.getOutputDims(id);
  if (inputs.empty() || outputs.size() != 1)
    return;
  DimsAttr out = toDims(outputs.front());
  std::optional<int64_t> size = getHeadSize(out, /*byName=*/true);
  std::optional<int64_t> taken =
      getHeadSize(toDims(inputs.back()), /*byName=*/true);
  if (size && taken && *size != *taken) {
    blame(id, Rule::Attention, Code::DAG704,
          "'" + graph.getName(id) + "' gives heads of " + Twine(*size) +
              ", but its values have heads of " + Twine(*taken));
    return;
  }
  if (inputs.size() < 3)
    return;
  // Q, K and V: the result is neither of one of them nor of the width that
  // what follows returns to.
  for (Attribute input : inputs)
    if (compareShapes(toDims(input), out) != Agreement::No)
      return;
  for (uint32_t index : graph.getOutEdges(id))
    if (graph.getNode(graph.getEdge(index).target).role !=
        Role::OutputProjection)
      return;
  if (graph.getOutDegree(id) > 0)
    blame(id, Rule::Attention, Code::DAG702,
          "'" + graph.getName(id) + "' gives " + out.str() +
              ", but its queries are " + toDims(inputs.front()).str() +
              " and its values " + toDims(inputs.back()).str());
}

/// Queries and keys have heads of one size; gate and up are of one size.
void DrawnTypes::checkPair(NodeId id, Role first, Role second) {
  NodeId left = DeploymentGraph::kNoNode, right = DeploymentGraph::kNoNode;
  for (uint32_t index : graph.getInEdges(id)) {
    NodeId source = graph.getEdge(index).source;
    // The activation stands between.
    for (unsigned i = 0; i < 3 && graph.getInDegree(source) == 1; ++i) {
      Role role = graph.getNode(source).role;
      if (role != Role::Activation && role != Role::RotaryEmbedding &&
          role != Role::QkNorm)
        break;
      source = graph.getEdge(graph.getInEdges(source).front()).source;
    }
    if (graph.getOutputDims(source).size() != 1)
      continue;
    Role role = graph.getNode(source).role;
    if (role == first && left == DeploymentGraph::kNoNode)
      left = source;
    else if (role == second && right == DeploymentGraph::kNoNode)
      right = source;
  }
  if (left == DeploymentGraph::kNoNode || right == DeploymentGraph::kNoNode)
    return;
  DimsAttr one = toDims(graph.getOutputDims(left).front());
  DimsAttr other = toDims(graph.getOutputDims(right).front());
  bool isHeads = first == Role::QProjection;
  if (isHeads) {
    std::optional<int64_t> size = getHeadSize(one);
    std::optional<int64_t> keySize = getHeadSize(other);
    if (!size || !keySize || *size == *keySize)
      return;
  } else if (compareShapes(one, other) != Agreement::No) {
    return;
  }
  // The odd one is what differs from its peers, or from what the node takes.
  ArrayRef<Attribute> inputs = graph.getInputDims(id);
  bool isLeftOdd =
      peers.isUnusual(left, UsualDimensions::Side::Output) ||
      (!peers.isUnusual(right, UsualDimensions::Side::Output) &&
       inputs.size() == 1 &&
       compareShapes(toDims(inputs.front()), one) == Agreement::No);
  blame(isLeftOdd ? left : right, isHeads ? Rule::HeadSize : Rule::GateAndUp,
        isHeads ? Code::DAG704 : Code::DAG701,
        "'" + graph.getName(left) + "' gives " + one.str() + " and '" +
            graph.getName(right) + "' " + other.str() + ", but '" +
            graph.getName(id) + "' takes both in " +
            (isHeads ? "heads of one size" : "one shape"));
}

void DrawnTypes::checkNode(NodeId id) {
  checkWeight(id);
  switch (graph.getNode(id).role) {
  case Role::Expert:
    checkExpertWidth(id);
    return checkTokens(id);
  case Role::Dispatch:
  case Role::AllToAll:
  case Role::Send:
  case Role::Transfer:
  case Role::Moe:
    return checkTokens(id);
  case Role::Router:
    return checkRouterInput(id);
  case Role::ResidualAdd:
    checkExpertsOfAdd(id);
    return checkOperands(id);
  case Role::QkvProjection:
  case Role::QProjection:
    checkCacheInput(id);
    return checkProjection(id);
  case Role::KProjection:
  case Role::VProjection:
    return checkCacheInput(id);
  case Role::AllReduce:
    return checkReduction(id);
  case Role::Combine:
    checkTokens(id);
    return checkExperts(id);
  case Role::Attention:
    checkPair(id, Role::QProjection, Role::KProjection);
    checkAttentionWidth(id);
    return checkAttention(id);
  case Role::AttentionOutput:
    checkValues(id);
    return checkAttentionWidth(id);
  case Role::Concat:
    return checkConcat(id);
  case Role::Multiply:
  case Role::Activation:
  case Role::FfnDown:
    return checkPair(id, Role::FfnGate, Role::FfnUp);
  default:
    return;
  }
}

void DrawnTypes::check(CheckLog &log, DenseSet<NodeId> &reported) {
  for (NodeId id = 0; id < graph.getNodes().size(); ++id)
    checkNode(id);
  for (auto &[key, cause] : causes) {
    // Where most peers have their share, the odd one is told as such.
    if (key.first == static_cast<unsigned>(Rule::Share) &&
        cause.nodes.size() * 2 < classSizes.lookup(key.second) &&
        llvm::all_of(cause.nodes, [&](NodeId id) {
          return peers.findDeviation(id, UsualDimensions::Side::Output);
        }))
      continue;
    NodeId first = cause.nodes.front();
    auto finding =
        log.report(cause.code, graph.getPlace(first),
                   cause.message + describeAlike(cause.nodes.size()));
    for (NodeId other : ArrayRef(cause.nodes).drop_front().take_front(8))
      finding.note(graph.getPlace(other), "drawn alike");
    reported.insert(cause.nodes.begin(), cause.nodes.end());
  }
}
