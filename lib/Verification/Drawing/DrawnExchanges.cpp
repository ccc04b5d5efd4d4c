//===- DrawnExchanges.cpp - Sequence against heads --------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Ranks that share a sequence may exchange it against heads before attention:
// each gives as many elements as it gets, and Q, K and V are exchanged alike.
//
//===----------------------------------------------------------------------===//

#include "DrawnRules.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

static constexpr int64_t kNone = DeploymentGraph::kNone;

/// Edges of a node that are looked at; what has more is no part of a layer.
static constexpr unsigned kMaxEdges = 64;

static bool isStatic(DimsAttr dims) {
  for (unsigned i = 0, e = dims.getRank(); i < e; ++i)
    if (!dims.isStatic(i))
      return false;
  return dims.getRank() > 1;
}

bool dag::isReshaped(DimsAttr one, DimsAttr other) {
  if (one.getRank() != other.getRank() || !isStatic(one) || !isStatic(other))
    return false;
  SmallVector<int64_t> left(one.getSizes()), right(other.getSizes());
  llvm::sort(left);
  llvm::sort(right);
  return left != right;
}

std::optional<unsigned> dag::getSlicedDim(DimsAttr whole, DimsAttr part) {
  if (whole.getRank() != part.getRank() || whole.getRank() < 2)
    return std::nullopt;
  std::optional<unsigned> found;
  for (unsigned i = 0, e = whole.getRank(); i < e; ++i) {
    if (whole.isStatic(i) != part.isStatic(i))
      return std::nullopt;
    if (!whole.isStatic(i)) {
      if (whole.getSymbols()[i] != part.getSymbols()[i])
        return std::nullopt;
      continue;
    }
    int64_t large = whole.getSizes()[i], small = part.getSizes()[i];
    if (large == small)
      continue;
    if (found || small <= 0 || large <= small || large % small != 0)
      return std::nullopt;
    found = i;
  }
  return found;
}

static double countElements(DimsAttr dims) {
  double count = 1;
  for (int64_t size : dims.getSizes())
    count *= static_cast<double>(size);
  return count;
}

bool dag::statesRestOf(const DeploymentGraph &graph, NodeId id, DimsAttr before,
                       DimsAttr after) {
  if (!isStatic(before) || !isStatic(after))
    return false;
  double one = countElements(before), other = countElements(after);
  double ratio = std::max(one, other) / std::min(one, other);
  if (!(ratio > 1 && ratio < 1e6) || ratio != std::floor(ratio))
    return false;
  std::string times = std::to_string(static_cast<int64_t>(ratio));
  std::string text = getDrawnText(graph, id);
  for (size_t at = text.find(times); at != std::string::npos;
       at = text.find(times, at + 1)) {
    StringRef lead = StringRef(text).take_front(at);
    StringRef rest = StringRef(text).drop_front(at + times.size());
    lead = lead.rtrim(' ');
    rest = rest.ltrim(' ');
    bool isBehind = lead.consume_back("x") || lead.consume_back("\u00d7");
    bool isBefore = rest.starts_with("x") || rest.starts_with("\u00d7");
    if ((isBehind && !lead.empty() && !llvm::isAlnum(lead.back()) &&
         !(rest.size() && llvm::isDigit(rest.front()))) ||
        (isBefore && (lead.empty() || !llvm::isAlnum(lead.back()))))
      return true;
  }
  return false;
}

namespace {
class DrawnExchanges {
public:
  DrawnExchanges(const DeploymentGraph &graph, CheckLog &log)
      : graph(graph), log(log) {}
  void run();
  void checkLayouts();

private:
  /// What scores and the weighted sum of one layer and rank take.
  struct Operands {
    /// An exchange, and edges that take a projection as it is.
    NodeId exchange = DeploymentGraph::kNoNode;
    SmallVector<uint32_t, 2> local;
  };

  bool isOfExperts(NodeId id) const;
  void checkSize(NodeId id);
  void checkUser(NodeId id);
  void readOperand(uint32_t index, Operands &operands) const;
  void checkOperands();
  bool isSummedBehind(NodeId id) const;
  void checkWayBack(const DenseSet<std::tuple<int64_t, int64_t, int64_t>> &);

  const DeploymentGraph &graph;
  CheckLog &log;
  std::vector<NodeId> resized, misfit;
};
} // namespace

/// An all-to-all of tokens and experts: each rank may get more than it gives.
bool DrawnExchanges::isOfExperts(NodeId id) const {
  auto isMoe = [&](NodeId other) {
    const auto &node = graph.getNode(other);
    return node.block == Role::Moe || node.expert != kNone ||
           node.role == Role::Router || node.role == Role::Dispatch ||
           node.role == Role::Combine || node.role == Role::Expert ||
           node.role == Role::Moe;
  };
  if (isMoe(id))
    return true;
  for (uint32_t index : graph.getInEdges(id).take_front(kMaxEdges))
    if (isMoe(graph.getEdge(index).source))
      return true;
  for (uint32_t index : graph.getOutEdges(id).take_front(kMaxEdges))
    if (isMoe(graph.getEdge(index).target))
      return true;
  std::string text = getDrawnText(graph, id);
  return llvm::any_of(
      ArrayRef<StringRef>{"dispatch", "combine", "expert", "moe", "token"},
      [&](StringRef word) { return StringRef(text).contains(word); });
}

void DrawnExchanges::checkSize(NodeId id) {
  ArrayRef<Attribute> inputs = graph.getInputDims(id);
  ArrayRef<Attribute> outputs = graph.getOutputDims(id);
  if (inputs.size() != 1 || outputs.size() != 1)
    return;
  auto before = cast<DimsAttr>(inputs.front());
  auto after = cast<DimsAttr>(outputs.front());
  if (isStatic(before) && isStatic(after) &&
      countElements(before) != countElements(after) &&
      !statesRestOf(graph, id, before, after))
    resized.push_back(id);
}

/// True if `part` has fewer heads than `whole`, and all else alike: Q, K and V
/// are exchanged as one, and each is taken by itself.
static bool isPartOfHeads(DimsAttr whole, DimsAttr part) {
  if (whole.getRank() != part.getRank())
    return false;
  unsigned numSmaller = 0;
  for (unsigned i = 0, e = whole.getRank(); i < e; ++i) {
    if (whole.getSizes()[i] == part.getSizes()[i] &&
        whole.getSymbols()[i] == part.getSymbols()[i])
      continue;
    if (!whole.isStatic(i) || !part.isStatic(i) ||
        whole.getSizes()[i] < part.getSizes()[i])
      return false;
    ++numSmaller;
  }
  return numSmaller == 1;
}

/// Heads and sequence are joined or not; where they are written alike, the
/// sizes are the same.
void DrawnExchanges::checkUser(NodeId id) {
  ArrayRef<Attribute> outputs = graph.getOutputDims(id);
  if (outputs.size() != 1)
    return;
  for (uint32_t index : graph.getOutEdges(id).take_front(kMaxEdges)) {
    NodeId user = graph.getEdge(index).target;
    ArrayRef<Attribute> inputs = graph.getInputDims(user);
    if (inputs.empty() || isCollective(graph.getNode(user).role))
      continue;
    bool fits = llvm::any_of(inputs, [&](Attribute input) {
      auto out = cast<DimsAttr>(outputs.front()), in = cast<DimsAttr>(input);
      return !isReshaped(out, in) || isPartOfHeads(out, in);
    });
    if (!fits)
      return misfit.push_back(id);
  }
}

void DrawnExchanges::readOperand(uint32_t index, Operands &operands) const {
  constexpr unsigned kMaxSteps = 5;
  uint32_t edge = index;
  for (unsigned i = 0; i < kMaxSteps; ++i) {
    NodeId source = graph.getEdge(edge).source;
    Role role = graph.getNode(source).role;
    auto edgeRole = graph.getEdgeRole(graph.getEdge(edge));
    if (role == Role::AllToAll || edgeRole == Role::AllToAll) {
      operands.exchange = source;
      return;
    }
    switch (role) {
    case Role::QkvProjection:
    case Role::QProjection:
    case Role::KProjection:
    case Role::VProjection:
      if (!edgeRole)
        operands.local.push_back(index);
      return;
    case Role::RotaryEmbedding:
    case Role::QkNorm:
    case Role::Slice:
      break;
    default:
      return;
    }
    if (graph.getInDegree(source) != 1 || edgeRole)
      return;
    edge = graph.getInEdges(source).front();
  }
}

/// Q, K and V are exchanged alike.
void DrawnExchanges::checkOperands() {
  llvm::MapVector<std::tuple<int64_t, int64_t, int64_t>, Operands> all;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    if (node.role != Role::AttentionScores &&
        node.role != Role::AttentionOutput)
      continue;
    Operands &operands = all[{node.layer, node.lane, node.replica}];
    for (uint32_t index : graph.getInEdges(id).take_front(kMaxEdges))
      readOperand(index, operands);
  }
  std::vector<NodeId> odd;
  DenseMap<NodeId, std::pair<uint32_t, NodeId>> causes;
  DenseSet<std::tuple<int64_t, int64_t, int64_t>> exchanged;
  for (auto &[key, operands] : all) {
    if (operands.exchange == DeploymentGraph::kNoNode)
      continue;
    exchanged.insert(key);
    for (uint32_t index : operands.local) {
      NodeId user = graph.getEdge(index).target;
      if (causes.try_emplace(user, index, operands.exchange).second)
        odd.push_back(user);
    }
  }
  for (auto [id, count] : groupAlike(graph, odd)) {
    auto [index, exchange] = causes[id];
    log.report(Code::DAG504, graph.getEdgePlace(index, id),
               "'" + graph.getName(id) + "' takes '" +
                   graph.getName(graph.getEdge(index).source) +
                   "' of its own shard, but other operands of the attention "
                   "are exchanged" +
                   describeAlike(count))
        // What is of a rank of another axis is exchanged otherwise.
        .severity(Severity::Unverified)
        .note(graph.getPlace(exchange), "such an exchange");
  }
  checkWayBack(exchanged);
}

/// True if a sum over the ranks follows a product: then each has multiplied its
/// own heads with a part of the weights.
bool DrawnExchanges::isSummedBehind(NodeId id) const {
  return llvm::any_of(
      graph.getOutEdges(id).take_front(kMaxEdges), [&](uint32_t index) {
        const auto &edge = graph.getEdge(index);
        Role role =
            graph.getEdgeRole(edge).value_or(graph.getNode(edge.target).role);
        auto kind = toCollectiveKind(role);
        return kind && reduces(*kind);
      });
}

/// Where heads were exchanged for the sequence, the sequence is exchanged back
/// before all heads of a token meet.
void DrawnExchanges::checkWayBack(
    const DenseSet<std::tuple<int64_t, int64_t, int64_t>> &exchanged) {
  std::vector<NodeId> odd;
  DenseMap<NodeId, NodeId> users;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    bool takesWeights =
        node.role == Role::AttentionOutput &&
        llvm::any_of(
            graph.getInEdges(id).take_front(kMaxEdges), [&](uint32_t index) {
              Role role = graph.getNode(graph.getEdge(index).source).role;
              return role == Role::AttentionWeights ||
                     role == Role::AttentionScores || role == Role::Dropout;
            });
    if (!takesWeights || node.lane == DeploymentGraph::kShared ||
        !exchanged.contains({node.layer, node.lane, node.replica}))
      continue;
    for (uint32_t index : graph.getOutEdges(id).take_front(kMaxEdges)) {
      const auto &edge = graph.getEdge(index);
      Role role = graph.getNode(edge.target).role;
      bool mixesHeads =
          (role == Role::OutputProjection && !isSummedBehind(edge.target)) ||
          role == Role::ResidualAdd || role == Role::Norm;
      if (!mixesHeads || graph.getEdgeRole(edge))
        continue;
      odd.push_back(id);
      users[id] = edge.target;
      break;
    }
  }
  for (auto [id, count] : groupAlike(graph, odd))
    log.report(Code::DAG504, graph.getPlace(id),
               "'" + graph.getName(id) +
                   "' has its rank's heads of the whole sequence, but it goes "
                   "to '" +
                   graph.getName(users[id]) + "' without an exchange back" +
                   describeAlike(count))
        .note(graph.getPlace(users[id]), "takes all heads of its tokens");
}

void DrawnExchanges::run() {
  bool hasExchange = false;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    hasExchange |= graph.getNode(id).role == Role::AllToAll;
    if (graph.getNode(id).role != Role::AllToAll || isOfExperts(id))
      continue;
    checkSize(id);
  }
  for (auto [id, count] : groupAlike(graph, resized))
    log.report(Code::DAG502, graph.getPlace(id),
               describeChange(graph, id) +
                   ", but an all-to-all keeps the number of elements" +
                   describeAlike(count, "collectives"));
  hasExchange |= llvm::any_of(graph.getEdges(), [&](const auto &edge) {
    return graph.getEdgeRole(edge) == Role::AllToAll;
  });
  if (hasExchange)
    checkOperands();
}

void DrawnExchanges::checkLayouts() {
  for (NodeId id = 0; id < graph.getNodes().size(); ++id)
    if (graph.getNode(id).role == Role::AllToAll && !isOfExperts(id))
      checkUser(id);
  for (auto [id, count] : groupAlike(graph, misfit))
    log.report(Code::DAG701, graph.getPlace(id),
               "'" + graph.getName(id) + "' gives " +
                   cast<DimsAttr>(graph.getOutputDims(id).front()).str() +
                   ", in another layout than what takes it" +
                   describeAlike(count, "collectives"));
}

void dag::checkExchangedLayouts(const DeploymentGraph &graph, CheckLog &log) {
  DrawnExchanges(graph, log).checkLayouts();
}

void dag::checkDrawnExchanges(const DeploymentGraph &graph, CheckLog &log) {
  DrawnExchanges(graph, log).run();
}
