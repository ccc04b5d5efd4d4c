//===- DrawnOps.cpp - Shapes that follow from operands ----------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DrawnOps.h"
#include "DimsNames.h"
#include "DrawnRules.h"

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

DrawnOps::DrawnOps(const DeploymentGraph &graph, const UsualDimensions &peers,
                   const DrawnTypes &types)
    : graph(graph), peers(peers), types(types),
      readings(graph.getRoot()->getContext()) {}

ArrayRef<Attribute> DrawnOps::getGiven(NodeId id) const {
  auto it = inferred.find(id);
  return it == inferred.end() ? graph.getOutputDims(id) : ArrayRef(it->second);
}

//===----------------------------------------------------------------------===//
// Agreement
//===----------------------------------------------------------------------===//

/// One shape is the share of a rank of the other: only one of them says how
/// much a rank has. What one rank does by itself is stated in its own sizes.
bool DrawnOps::isShare(NodeId id, NodeId operand, DimsAttr one,
                       DimsAttr other) const {
  const auto &node = graph.getNode(id), &source = graph.getNode(operand);
  // Each rank keeps its part of the embedded sequence.
  if (node.role == Role::Embedding)
    if (std::optional<unsigned> dim = getSlicedDim(one, other);
        dim && *dim + 2 == one.getRank() &&
        one.getSizes()[*dim] / other.getSizes()[*dim] ==
            static_cast<int64_t>(countStatedRanks(graph, id)))
      return true;
  if (operand == id)
    return false;
  if (node.lane != DeploymentGraph::kShared && node.lane == source.lane)
    return false;
  std::optional<ShapeRatio> ratio = getShapeRatio(one, other);
  if (!ratio)
    return true;
  // Slices of features are added to no whole.
  if (node.role == Role::ResidualAdd && !isCollective(source.role) &&
      !isTransfer(source.role))
    if (std::optional<unsigned> dim = getSlicedDim(other, one);
        dim && *dim > 0 && *dim + 1 == one.getRank())
      return false;
  // Parts of a layer that are drawn alike are no ranks where none is stated.
  if (node.lane == source.lane && graph.getStatedTpSize() <= 1 &&
      graph.getDevices(id).empty() && graph.getDevices(operand).empty() &&
      !graph.hasAllDevices(id) && types.countUsers(operand, node.peerClass) < 2)
    return false;
  uint64_t whole = std::max(ratio->whole, ratio->part);
  uint64_t part = std::min(ratio->whole, ratio->part);
  // Tokens are cut into batches, not among the ranks that share weights.
  if (node.role == Role::Embedding) {
    auto axis = graph.getLaneAxis();
    bool isBatch = one.getRank() == other.getRank() && one.getRank() > 1 &&
                   one.getSizes().drop_front() == other.getSizes().drop_front();
    return part != 0 && whole % part == 0 &&
           (isBatch || axis == DeploymentGraph::LaneAxis::Data ||
            axis == DeploymentGraph::LaneAxis::Sequence ||
            types.countUsers(operand, node.peerClass) > 1);
  }
  return types.isDrawnShare(id, whole, part) ||
         types.isDrawnShare(operand, whole, part);
}

bool DrawnOps::fits(NodeId id, NodeId operand, Op op, DimsAttr stated,
                    DimsAttr first) {
  const DrawnReadings::Answer &answer = readings.ask(op, stated, first);
  if (answer.agreement == Agreement::Yes)
    held.insert({id, operand});
  return answer.agreement != Agreement::No ||
         llvm::any_of(answer.results, [&](DimsAttr result) {
           return isShare(id, operand, result, stated);
         });
}

void DrawnOps::infer(NodeId id, DimsAttr dims) {
  if (dims && dims.getRank() > 0)
    inferred[id] = dims;
}

/// One cause for all that are drawn alike. The odd one among peers is told as
/// such.
void DrawnOps::blame(NodeId id, NodeId operand, Code code,
                     const Twine &message) {
  if (reported->contains(id) ||
      peers.findDeviation(id, UsualDimensions::Side::Output))
    return;
  auto [it, isNew] =
      causes.insert({{graph.getNode(id).peerClass, unsigned(code)}, {}});
  if (isNew) {
    it->second.code = code;
    it->second.message = message.str();
  }
  it->second.nodes.push_back({id, operand});
}

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

/// What feeds a node as the tensor that its role works on.
bool DrawnOps::isOperand(const DeploymentGraph::Edge &edge, Op op) const {
  const auto &source = graph.getNode(edge.source);
  if (source.replica != graph.getNode(edge.target).replica)
    return false;
  if (auto role = graph.getEdgeRole(edge);
      role && *role != Role::AllReduce && !isTransfer(*role))
    return false;
  if (op == Op::Weights)
    return types.getValues(edge.source) == DrawnTypes::Weights;
  if (types.getValues(edge.source) & DrawnTypes::GateScores)
    return false;
  switch (source.role) {
  case Role::Unknown:
  case Role::Note:
  case Role::Parameter:
  case Role::Router:
  case Role::Dispatch:
  case Role::Expert:
  case Role::Combine:
  case Role::AllToAll:
  case Role::Slice:
  case Role::Scatter:
  case Role::CommBuffer:
  case Role::KvCache:
  case Role::AttentionMask:
  case Role::PositionEmbedding:
  case Role::Sampling:
  case Role::QkvProjection:
    return false;
  case Role::Input:
    return op == Op::Embedding;
  default:
    return op != Op::Embedding;
  }
}

SmallVector<DrawnOps::Operand, 4> DrawnOps::getOperands(NodeId id,
                                                        Op op) const {
  SmallVector<Operand, 4> operands;
  for (Attribute input : graph.getInputDims(id))
    operands.push_back({id, toDims(input)});
  if (!operands.empty())
    return operands;
  for (uint32_t index : graph.getInEdges(id).take_front(kMaxOperands)) {
    const DeploymentGraph::Edge &edge = graph.getEdge(index);
    if (!isOperand(edge, op))
      continue;
    // Of several parts that are given, the label of the edge tells which.
    if (auto part = edge.op->getAttrOfType<DimsAttr>("dag.shape");
        part && !getGiven(edge.source).empty() &&
        isPartOfWidth(part, toDims(getGiven(edge.source).front()))) {
      operands.push_back({edge.source, part});
      continue;
    }
    for (Attribute given : getGiven(edge.source))
      operands.push_back({edge.source, toDims(given)});
  }
  return operands;
}

//===----------------------------------------------------------------------===//
// One operand
//===----------------------------------------------------------------------===//

/// True if what comes behind a node states what the node does, and not what
/// follows.
bool DrawnOps::isConfirmed(NodeId id, DimsAttr stated, DimsAttr result) const {
  auto states = [&](Attribute attr) {
    return compareShapes(toDims(attr), stated) == Agreement::Yes &&
           compareShapes(toDims(attr), result) != Agreement::Yes;
  };
  return llvm::any_of(
      graph.getOutEdges(id).take_front(kMaxOperands), [&](uint32_t index) {
        NodeId target = graph.getEdge(index).target;
        return llvm::any_of(graph.getInputDims(target), states) ||
               llvm::any_of(graph.getOutputDims(target), states);
      });
}

/// True if what feeds a node gives what it takes, and the node is of a kind
/// that a word alone tells from a map of another width.
bool DrawnOps::isMeant(NodeId id, const Operand &operand) const {
  switch (graph.getNode(id).role) {
  case Role::Norm:
  case Role::QkNorm:
  case Role::Activation:
  case Role::RotaryEmbedding:
  case Role::Dropout:
    break;
  default:
    return false;
  }
  if (operand.node != id)
    return true;
  return llvm::any_of(
      graph.getInEdges(id).take_front(kMaxOperands), [&](uint32_t index) {
        return llvm::any_of(
            getGiven(graph.getEdge(index).source), [&](Attribute given) {
              return compareShapes(toDims(given), operand.dims) ==
                     Agreement::Yes;
            });
      });
}

/// True if a node takes several tensors, and not all of them are known to be of
/// one shape.
bool DrawnOps::isOneOfSeveral(NodeId id, ArrayRef<Operand> operands) const {
  if (operands.front().node == id || graph.getInDegree(id) < 2)
    return false;
  return llvm::any_of(graph.getInEdges(id).take_front(kMaxOperands),
                      [&](uint32_t index) {
                        NodeId source = graph.getEdge(index).source;
                        return graph.getNode(source).role == Role::Unknown;
                      }) ||
         llvm::any_of(operands, [&](const Operand &operand) {
           return compareShapes(operand.dims, operands.front().dims) ==
                  Agreement::No;
         });
}

/// Some operand gives what the node states.
void DrawnOps::checkUnary(NodeId id, Op op) {
  ArrayRef<Attribute> outputs = graph.getOutputDims(id);
  SmallVector<Operand, 4> operands = getOperands(id, op);
  if (operands.empty())
    return;
  if (outputs.empty()) {
    if (isOneOfSeveral(id, operands))
      return;
    const DrawnReadings::Answer &answer =
        readings.ask(op, DimsAttr(), operands.front().dims);
    if (answer.results.size() == 1)
      infer(id, answer.results.front());
    return;
  }
  for (const Operand &operand : operands)
    for (Attribute output : outputs)
      if (fits(id, operand.node, op, toDims(output), operand.dims))
        return;
  const Operand &odd = operands.front();
  if (graph.getNode(id).role == Role::FinalNorm &&
      isPooled(odd.dims, toDims(outputs.front())))
    return;
  const DrawnReadings::Answer &answer =
      readings.ask(op, toDims(outputs.front()), odd.dims);
  StringRef role = stringifyRole(graph.getNode(id).role);
  std::string text = "'" + graph.getName(id) + "' ";
  if (odd.node == id)
    text +=
        "goes from " + odd.dims.str() + " to " + toDims(outputs.front()).str();
  else
    text += "gives " + toDims(outputs.front()).str() + " of " + odd.dims.str() +
            " from '" + graph.getName(odd.node) + "'";
  DimsAttr result = answer.results.empty() ? odd.dims : answer.results.front();
  bool keeps = compareShapes(result, odd.dims) == Agreement::Yes;
  // Where those before and behind it agree, it is the word that is in doubt.
  if (keeps && isMeant(id, odd) &&
      isConfirmed(id, toDims(outputs.front()), result)) {
    if (doubtful == DeploymentGraph::kNoNode) {
      doubtful = id;
      doubt = text + ", as what stands beside it confirms, but the role '" +
              role.str() + "' keeps the shape";
    }
    return;
  }
  blame(id, odd.node, Code::DAG702,
        text + ", but " +
            (keeps
                 ? "the role '" + role + "' keeps the shape"
                 : "by the role '" + role + "' " + result.str() + " follows"));
  if (!isConfirmed(id, toDims(outputs.front()), result))
    infer(id, result);
}

/// All operands are of the shape of the result.
void DrawnOps::checkElementwise(NodeId id, Op op) {
  SmallVector<Operand, 4> operands = getOperands(id, op);
  ArrayRef<Attribute> outputs = graph.getOutputDims(id);
  if (operands.empty() || (operands.size() == 1 && op == Op::Product))
    return checkUnary(id, operands.empty() ? op : Op::Activation);
  bool isStated = !outputs.empty();
  DimsAttr result =
      toDims(isStated ? outputs.front() : Attribute(operands.front().dims));
  SmallVector<Operand, 4> odd;
  for (const Operand &operand : operands)
    if (!isOfEach(operand.dims, result) &&
        !fits(id, operand.node, op, result, operand.dims))
      odd.push_back(operand);
  if (!isStated)
    infer(id, result);
  if (odd.empty())
    return;
  const Operand &first = odd.front();
  // What a node takes is stated in its own words, or by most of what feeds it.
  bool isOwn = first.node == id || !isStated || odd.size() == operands.size();
  if (!isOwn) {
    for (const Operand &operand : odd)
      if (!reported->contains(id))
        blame(operand.node, id, Code::DAG701,
              "'" + graph.getName(operand.node) + "' gives " +
                  operand.dims.str() + ", but '" + graph.getName(id) + "' " +
                  (op == Op::Sum ? "adds it to " : "multiplies it with ") +
                  result.str());
    return;
  }
  bool adds = op == Op::Sum;
  if (odd.size() == operands.size()) {
    blame(id, first.node, Code::DAG702,
          "'" + graph.getName(id) + "' gives " + result.str() + ", but " +
              (adds ? "adds " : "multiplies ") + first.dims.str() +
              (first.node == id ? std::string()
                                : " from '" + graph.getName(first.node) + "'"));
    infer(id, first.dims);
    return;
  }
  blame(id, first.node, Code::DAG702,
        "'" + graph.getName(id) + "' " + (adds ? "adds " : "multiplies ") +
            result.str() + " and " + first.dims.str());
}

/// An exchange of heads for tokens keeps the number of elements; one of tokens
/// for experts gives as many as are routed.
void DrawnOps::checkExchange(NodeId id) {
  ArrayRef<Attribute> inputs = graph.getInputDims(id);
  ArrayRef<Attribute> outputs = graph.getOutputDims(id);
  if (inputs.size() != 1 || outputs.size() != 1)
    return;
  DimsAttr before = toDims(inputs.front()), after = toDims(outputs.front());
  if (before.getRank() != 4 || after.getRank() != 4 ||
      compareShapes(before, after) != Agreement::No ||
      statesRestOf(graph, id, before, after))
    return;
  // Heads on one side at least.
  for (uint32_t index : graph.getInEdges(id))
    if (getAttentionPosition(graph.getNode(graph.getEdge(index).source).role) ==
        0)
      return;
  // Partial results that are added up as they arrive.
  if (std::optional<ShapeRatio> ratio = getShapeRatio(before, after);
      ratio && ratio->whole > ratio->part &&
      types.isDrawnShare(id, ratio->whole, ratio->part))
    return;
  if (graph.getInDegree(id) > 0)
    blame(id, id, Code::DAG702,
          "'" + graph.getName(id) + "' goes from " + before.str() + " to " +
              after.str() + ", but an all-to-all keeps the number of elements");
}

/// What ranks give to be added up has one shape.
void DrawnOps::checkReduced(NodeId id) {
  ArrayRef<Attribute> results = getGiven(id);
  llvm::SmallDenseMap<uint32_t, NodeId, 4> firsts;
  for (uint32_t index : graph.getInEdges(id).take_front(kMaxOperands)) {
    NodeId source = graph.getEdge(index).source;
    ArrayRef<Attribute> given = getGiven(source);
    if (given.size() != 1 || graph.getInputDims(id).size() > 1)
      continue;
    auto [it, isNew] =
        firsts.try_emplace(graph.getNode(source).peerClass, source);
    NodeId first = it->second;
    DimsAttr own = toDims(given.front());
    DimsAttr other = toDims(getGiven(first).front());
    if (isNew || compareShapes(own, other) != Agreement::No ||
        graph.getNode(first).lane == graph.getNode(source).lane)
      continue;
    // The result tells which of them is odd.
    bool isFirst = !results.empty() && compareShapes(toDims(results.front()),
                                                     own) == Agreement::Yes;
    blame(isFirst ? first : source, id, Code::DAG701,
          "'" + graph.getName(isFirst ? first : source) + "' gives " +
              (isFirst ? other : own).str() + ", but '" + graph.getName(id) +
              "' adds it to " + (isFirst ? own : other).str());
  }
}

/// What comes out of the model is what its last node gives.
void DrawnOps::checkResult(NodeId id) {
  ArrayRef<Attribute> stated = graph.getInputDims(id);
  if (stated.empty())
    stated = graph.getOutputDims(id);
  if (stated.size() != 1 || graph.getInDegree(id) != 1)
    return;
  const DeploymentGraph::Edge &edge =
      graph.getEdge(graph.getInEdges(id).front());
  ArrayRef<Attribute> given = getGiven(edge.source);
  if (given.size() != 1 || !isOperand(edge, Op::Kept))
    return;
  DimsAttr taken = toDims(stated.front()), out = toDims(given.front());
  // Tokens are chosen of the logits, or only those of the last position count.
  if (taken.getRank() != out.getRank() ||
      llvm::is_contained(taken.getSizes(), 1) ||
      !graph.getInputDims(id).empty() ||
      fits(id, edge.source, Op::Kept, taken, out))
    return;
  blame(id, edge.source, Code::DAG701,
        "'" + graph.getName(edge.source) + "' gives " + out.str() + ", but '" +
            graph.getName(id) + "' takes " + taken.str());
}

/// What arrives by a transfer that states no shape is what was sent: what takes
/// it states that among its operands.
void DrawnOps::checkArrivals(NodeId id) {
  ArrayRef<Attribute> taken = graph.getInputDims(id);
  if (taken.empty() || doubtful != DeploymentGraph::kNoNode)
    return;
  for (uint32_t index : graph.getInEdges(id).take_front(16)) {
    NodeId source = graph.getEdge(index).source;
    ArrayRef<Attribute> given = getGiven(source);
    if (!isTransfer(graph.getNode(source).role) || given.size() != 1 ||
        !graph.getOutputDims(source).empty() ||
        !graph.getInputDims(source).empty())
      continue;
    DimsAttr sent = toDims(given.front());
    if (llvm::any_of(taken, [&](Attribute dims) {
          auto ratio = getShapeRatio(sent, toDims(dims));
          return compareShapes(sent, toDims(dims)) != Agreement::No ||
                 toDims(dims).getRank() != sent.getRank() ||
                 (ratio && types.isDrawnShare(id, ratio->whole, ratio->part));
        }))
      continue;
    doubtful = id;
    doubt = "'" + graph.getName(id) + "' takes " + toDims(taken.front()).str() +
            ", but '" + graph.getName(source) + "' brings " + sent.str();
  }
}

static bool isComposite(Role role) {
  return role == Role::Attention || role == Role::Ffn || role == Role::Moe ||
         role == Role::Layer;
}

/// A box that states only what it takes gives as much: what takes its result
/// takes it as wide, unless one of them hides a map.
void DrawnOps::checkComposite(NodeId id) {
  ArrayRef<Attribute> taken = graph.getInputDims(id);
  if (taken.size() != 1 || doubtful != DeploymentGraph::kNoNode)
    return;
  std::optional<int64_t> width = getWidth(toDims(taken.front()));
  for (uint32_t index : graph.getInEdges(id).take_front(16)) {
    NodeId source = graph.getEdge(index).source;
    ArrayRef<Attribute> given = graph.getInputDims(source);
    if (!isComposite(graph.getNode(source).role) || given.size() != 1 ||
        !graph.getOutputDims(source).empty())
      continue;
    DimsAttr before = toDims(given.front()), after = toDims(taken.front());
    std::optional<int64_t> other = getWidth(before);
    if (!width || !other || *width == *other ||
        before.getRank() != after.getRank() ||
        types.isDrawnShare(id, std::max(*width, *other),
                           std::min(*width, *other)))
      continue;
    doubtful = id;
    doubt = "'" + graph.getName(id) + "' takes " + after.str() + ", and '" +
            graph.getName(source) + "', which feeds it, takes " + before.str() +
            " and does not state what it gives";
  }
}

//===----------------------------------------------------------------------===//
// All nodes
//===----------------------------------------------------------------------===//

/// True for an activation of one operand by its name; others may multiply a
/// gate with what is beside it.
bool DrawnOps::keepsWidth(NodeId id) const {
  std::string text = getDrawnText(graph, id);
  StringRef words = text;
  return (words.contains("gelu") || words.contains("relu")) &&
         llvm::none_of(ArrayRef<StringRef>{"glu", "gate", "mul", "up", "silu"},
                       [&](StringRef word) { return words.contains(word); });
}

void DrawnOps::visit(NodeId id) {
  checkArrivals(id);
  switch (graph.getNode(id).role) {
  case Role::Norm:
  case Role::FinalNorm:
  case Role::QkNorm:
    return checkUnary(id, Op::Norm);
  case Role::Dropout:
    return checkUnary(id, Op::Dropout);
  case Role::RotaryEmbedding:
    return checkUnary(id, Op::Rotation);
  case Role::AttentionWeights:
    return checkUnary(id, Op::Weights);
  case Role::Activation:
    return checkUnary(id, keepsWidth(id) ? Op::Kept : Op::Activation);
  case Role::ResidualAdd:
    return checkElementwise(id, Op::Sum);
  case Role::Multiply:
    return checkElementwise(id, Op::Product);
  case Role::Send:
  case Role::Recv:
  case Role::Transfer:
    // What goes round a ring gathers what the others have.
    if (std::string text = getDrawnText(graph, id);
        namesRing(text) || StringRef(text).contains("exchange") ||
        spreadsTokens(graph, id))
      return;
    return checkUnary(id, Op::Kept);
  case Role::AllReduce:
    checkReduced(id);
    [[fallthrough]];
  case Role::Broadcast:
    // What they do to shapes is a matter of collectives.
    if (graph.getOutputDims(id).empty())
      checkUnary(id, Op::Kept);
    return;
  case Role::Concat:
    if (graph.getInDegree(id) == 1 && graph.getInputDims(id).empty())
      checkUnary(id, Op::Kept);
    return;
  case Role::QkvProjection:
  case Role::QProjection:
  case Role::KProjection:
  case Role::VProjection:
  case Role::OutputProjection:
  case Role::FfnGate:
  case Role::FfnUp:
  case Role::FfnDown:
  case Role::Linear:
    if (!graph.getOutputDims(id).empty())
      checkUnary(id, Op::Linear);
    return;
  case Role::Embedding:
    if (!graph.getOutputDims(id).empty())
      checkUnary(id, Op::Embedding);
    return;
  case Role::AttentionScores:
    return checkPair(id, Op::Scores, DrawnTypes::Query, DrawnTypes::Key);
  case Role::AttentionOutput:
    return checkPair(id, Op::WeightedSum, DrawnTypes::Weights,
                     DrawnTypes::Values);
  case Role::KvCache:
    return checkCache(id);
  case Role::AllToAll:
    return checkExchange(id);
  case Role::Attention:
  case Role::Ffn:
  case Role::Moe:
  case Role::Layer:
    return checkComposite(id);
  case Role::Output:
    return checkResult(id);
  default:
    return;
  }
}

void DrawnOps::check(CheckLog &log, DenseSet<NodeId> &reportedNodes) {
  reported = &reportedNodes;
  for (NodeId id : getDataOrder(graph))
    visit(id);
  for (auto &[key, cause] : causes) {
    auto [first, operand] = cause.nodes.front();
    auto finding =
        log.report(cause.code, graph.getPlace(first),
                   cause.message + describeAlike(cause.nodes.size()));
    if (operand != first)
      finding.note(graph.getPlace(operand), "this reaches it");
    for (auto [other, operand] :
         ArrayRef(cause.nodes).drop_front().take_front(8))
      finding.note(graph.getPlace(other), "drawn alike");
    for (auto [node, operand] : cause.nodes)
      reported->insert(node);
  }
  if (doubtful != DeploymentGraph::kNoNode)
    log.setUnverified(doubt, graph.getLoc(doubtful));
}
