//===- DrawnShards.cpp - Parts of a tensor and the whole --------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DrawnRules.h"
#include "dag/Dialect/Dag/IR/Roles.h"
#include "dag/Graph/ShapeAgreement.h"
#include "llvm/ADT/StringExtras.h"

#include <set>

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

namespace {

class DrawnShards {
public:
  DrawnShards(const DeploymentGraph &graph, CheckLog &log,
              DenseSet<NodeId> &reported)
      : graph(graph), log(log), reported(reported) {}

  void run();

private:
  DimsAttr getFirstDims(NodeId id, bool isInput) const;
  void checkSizes(NodeId id);
  uint64_t countParties(NodeId id, bool isInput) const;
  void checkCopies(NodeId id);
  size_t countEnds(NodeId id, bool isInput) const;
  void checkCopies(NodeId id, bool joins, bool needsPeer = false);
  bool isSampled();
  bool hasWholePeer(NodeId id, bool joins, uint64_t stated);

  const DeploymentGraph &graph;
  CheckLog &log;
  DenseSet<NodeId> &reported;
  /// Whether a note says that not all is drawn; unknown at first.
  std::optional<bool> sampled;
  /// By class and side, the degrees that occur; empty at first.
  std::set<std::tuple<unsigned, bool, uint64_t>> degrees;
};

} // namespace

DimsAttr DrawnShards::getFirstDims(NodeId id, bool isInput) const {
  ArrayRef<Attribute> dims =
      isInput ? graph.getInputDims(id) : graph.getOutputDims(id);
  return dims.empty() ? DimsAttr() : cast<DimsAttr>(dims.front());
}

/// Shards that come together add up to the whole; shards that a node cuts do.
void DrawnShards::checkSizes(NodeId id) {
  const auto &node = graph.getNode(id);
  bool joins = node.role == Role::Concat || node.role == Role::Gather ||
               node.role == Role::AllGather;
  bool cuts = node.role == Role::Slice || node.role == Role::Scatter;
  if (!joins && !cuts)
    return;
  DimsAttr whole = getFirstDims(id, !joins);
  ArrayRef<uint32_t> edges =
      joins ? graph.getInEdges(id) : graph.getOutEdges(id);
  if (!whole || edges.size() < 2)
    return;
  SmallVector<DimsAttr> shards;
  SmallVector<NodeId> parties;
  for (uint32_t index : edges) {
    const auto &edge = graph.getEdge(index);
    NodeId party = joins ? edge.source : edge.target;
    DimsAttr dims = getFirstDims(party, !joins);
    if (!dims || dims.getRank() != whole.getRank())
      return;
    if (!parties.empty() &&
        graph.getNode(party).role != graph.getNode(parties.front()).role)
      return;
    shards.push_back(dims);
    parties.push_back(party);
  }
  // The dimension in which the shards differ from the whole.
  std::optional<unsigned> splitDim;
  for (unsigned i = 0, e = whole.getRank(); i < e; ++i) {
    bool allEqual = true;
    for (DimsAttr shard : shards) {
      if (!shard.isStatic(i) || !whole.isStatic(i)) {
        if (shard.isStatic(i) != whole.isStatic(i) ||
            shard.getSymbols()[i] != whole.getSymbols()[i])
          return;
        continue;
      }
      allEqual &= shard.getSizes()[i] == whole.getSizes()[i];
    }
    if (allEqual)
      continue;
    if (splitDim)
      return;
    splitDim = i;
  }
  if (!splitDim)
    return;
  uint64_t sum = 0;
  std::string list;
  for (DimsAttr shard : shards) {
    sum += shard.getSizes()[*splitDim];
    if (list.size() < 80)
      list += (list.empty() ? "" : " + ") +
              std::to_string(shard.getSizes()[*splitDim]);
  }
  if (sum == static_cast<uint64_t>(whole.getSizes()[*splitDim]))
    return;
  reported.insert(id);
  auto finding =
      log.report(Code::DAG705, graph.getPlace(id),
                 "the shards of '" + graph.getName(id) + "' add up to " + list +
                     " = " + Twine(sum) + ", but the whole is " +
                     Twine(whole.getSizes()[*splitDim]));
  for (NodeId party : ArrayRef(parties).take_front(8))
    finding.note(graph.getPlace(party), "a shard");
}

/// The factor beside the only shape of a text: `32x[..]`, `[..] x 8`; 0 if
/// there is none.
static uint64_t readFactor(StringRef text) {
  size_t open = text.find('['), close = text.find(']');
  if (open == StringRef::npos || close == StringRef::npos || close < open ||
      text.find('[', open + 1) != StringRef::npos)
    return 0;
  auto dropSign = [](StringRef &piece, bool isFront) {
    piece = isFront ? piece.ltrim(" ") : piece.rtrim(" ");
    for (StringRef sign : {"\u00d7", "x", "*"})
      if (isFront ? piece.consume_front(sign) : piece.consume_back(sign))
        return true;
    return false;
  };
  StringRef before = text.take_front(open), after = text.drop_front(close + 1);
  StringRef digits;
  if (dropSign(before, /*isFront=*/false)) {
    before = before.rtrim(" ");
    digits = before.drop_front(before.find_last_not_of("0123456789") + 1);
  } else if (dropSign(after, /*isFront=*/true)) {
    digits = after.ltrim(" ").take_while(llvm::isDigit);
  }
  uint64_t factor = 0;
  return digits.empty() || digits.getAsInteger(10, factor) ? 0 : factor;
}

uint64_t dag::readCopies(StringRef text, bool isInput) {
  StringRef previous;
  while (!text.empty()) {
    size_t end = std::min(text.find("\n"), text.find("\\n"));
    StringRef line = text.take_front(end).trim(" ");
    text = end == StringRef::npos ? StringRef() : text.drop_front(end);
    if (!text.consume_front("\n"))
      text.consume_front("\\n");
    if (line.starts_with(isInput ? "in" : "out") && line.contains(':'))
      return readFactor(line);
    // Both sides in one line.
    for (StringRef arrow : {"\u2192", "->"})
      if (auto [before, after] = line.split(arrow); after.contains('[')) {
        // The arrow may begin a line of its own.
        if (before.empty())
          before = previous;
        if (before.contains('['))
          return readFactor(isInput ? before : after);
      }
    previous = line;
  }
  return 0;
}

bool dag::joinsAsStated(const DeploymentGraph &graph, NodeId id, DimsAttr part,
                        DimsAttr whole) {
  DictionaryAttr drawn = graph.getDrawnAttr(id);
  auto label = drawn ? drawn.getAs<StringAttr>("label") : StringAttr();
  uint64_t stated =
      label ? readCopies(label.getValue().lower(), /*isInput=*/true) : 0;
  return stated > 1 && graph.getInDegree(id) == stated &&
         isScaled(part, whole, stated) == Agreement::Yes;
}

/// How many of the nodes on one side are drawn alike; 0 if that says nothing.
uint64_t DrawnShards::countParties(NodeId id, bool isInput) const {
  DenseMap<uint32_t, uint64_t> counts;
  uint64_t most = 0;
  ArrayRef<uint32_t> edges =
      isInput ? graph.getInEdges(id) : graph.getOutEdges(id);
  for (uint32_t index : edges) {
    const auto &edge = graph.getEdge(index);
    NodeId party = isInput ? edge.source : edge.target;
    const auto &node = graph.getNode(party);
    // One node that stands for several, or for what is left out.
    if (countStatedRanks(graph, party) > 1 || node.role == Role::Note ||
        node.role == Role::Unknown ||
        (node.role == Role::Expert && node.expert == DeploymentGraph::kNone))
      return 0;
    most = std::max(most, ++counts[node.peerClass]);
  }
  return most;
}

bool dag::leavesOut(const DeploymentGraph &graph) {
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    std::string text = getDrawnText(graph, id);
    for (StringRef word : {"omitted", "not shown", "for brevity", "remaining"})
      if (StringRef(text).contains(word))
        return true;
    // An open dimension is written `...`, too.
    Role role = graph.getNode(id).role;
    if (role != Role::Note && role != Role::Unknown)
      continue;
    for (StringRef word : {"represent", "sample", "similar", "..."})
      if (StringRef(text).contains(word))
        return true;
  }
  return false;
}

/// True if a note says that there is more than is drawn.
bool DrawnShards::isSampled() {
  if (!sampled)
    sampled = leavesOut(graph);
  return *sampled;
}

/// True if another node that is drawn alike has as many parts as are stated.
bool DrawnShards::hasWholePeer(NodeId id, bool joins, uint64_t stated) {
  if (degrees.empty())
    for (NodeId other = 0; other < graph.getNodes().size(); ++other) {
      unsigned peerClass = graph.getNode(other).peerClass;
      degrees.insert({peerClass, true, countEnds(other, true)});
      degrees.insert({peerClass, false, countEnds(other, false)});
    }
  return degrees.count({graph.getNode(id).peerClass, joins, stated}) != 0;
}

/// Where a node states how many parts it takes or gives, as many nodes give or
/// take them.
void DrawnShards::checkCopies(NodeId id) {
  switch (graph.getNode(id).role) {
  case Role::Concat:
  case Role::Gather:
  case Role::AllGather:
  case Role::Combine:
  case Role::AllReduce:
  case Role::ReduceScatter:
  case Role::AllToAll:
    return checkCopies(id, /*joins=*/true);
  case Role::Slice:
  case Role::Scatter:
  case Role::Dispatch:
    return checkCopies(id, /*joins=*/false);
  case Role::AttentionOutput:
  case Role::ResidualAdd:
  case Role::Unknown:
    // Words of other kinds may count heads: one that has all of them settles
    // it.
    return checkCopies(id, /*joins=*/true, /*needsPeer=*/true);
  default:
    return;
  }
}

/// How many nodes give a tensor to a node, or take one of it: the scores of a
/// gate go with the tokens.
size_t DrawnShards::countEnds(NodeId id, bool isInput) const {
  if (!isInput)
    return graph.getOutDegree(id);
  return llvm::count_if(graph.getInEdges(id), [&](uint32_t index) {
    Role role = graph.getNode(graph.getEdge(index).source).role;
    return role != Role::Router && role != Role::Note;
  });
}

void DrawnShards::checkCopies(NodeId id, bool joins, bool needsPeer) {
  Role role = graph.getNode(id).role;
  if (reported.contains(id))
    return;
  size_t degree = countEnds(id, joins);
  DictionaryAttr drawn = graph.getDrawnAttr(id);
  auto label = drawn ? drawn.getAs<StringAttr>("label") : StringAttr();
  uint64_t stated = label ? readCopies(label.getValue().lower(), joins) : 0;
  if (stated < 2)
    return;
  // As many of them as are stated make the whole. Collectives say how.
  DimsAttr part = getFirstDims(id, joins), whole = getFirstDims(id, !joins);
  bool isKept = (role == Role::AllGather || role == Role::Gather) && part &&
                part == whole;
  if (part && whole &&
      (isKept || ((role == Role::Slice || role == Role::Concat) &&
                  isScaled(part, whole, stated) == Agreement::No))) {
    reported.insert(id);
    log.report(Code::DAG705, graph.getPlace(id),
               "'" + graph.getName(id) + "' states " + Twine(stated) +
                   " parts of " + part.str() + ", but the whole is " +
                   whole.str());
    return;
  }
  bool hasPeer = degree < stated && hasWholePeer(id, joins, stated);
  // One rank of several that a sum takes.
  bool isOne =
      joins && degree == 1 && graph.getDevices(id).size() == stated &&
      (role == Role::AllReduce || role == Role::ReduceScatter) &&
      graph.getDevices(graph.getEdge(graph.getInEdges(id).front()).source)
              .size() == 1;
  if (degree == 0 || (!hasPeer && !isOne && (degree < 2 || needsPeer)))
    return;
  uint64_t count = countParties(id, joins);
  // What each party stands for is settled by a node that is drawn alike.
  if ((count == 0 || degree < 2) && hasPeer)
    count = degree;
  // A box may stand for several experts: some of one kind are left out where
  // most are there.
  if (role == Role::AllToAll && (count > stated || count * 2 <= stated))
    return;
  if (count == 0 || (count < 2 && !hasPeer && !isOne) || count == stated ||
      degree == stated || isSampled())
    return;
  reported.insert(id);
  log.report(Code::DAG705, graph.getPlace(id),
             "'" + graph.getName(id) + "' states " + Twine(stated) +
                 " parts, but " + Twine(count) +
                 (joins ? " reach it" : " take one"));
}

/// The node that gives each rank its slice of what an output has as a whole, or
/// none. What stands beside its name is what an output takes.
static NodeId findUngathered(const DeploymentGraph &graph, NodeId output) {
  ArrayRef<Attribute> wholes = graph.getOutputDims(output);
  if (graph.getNode(output).role != Role::Output || wholes.size() != 1 ||
      !graph.getInputDims(output).empty() || graph.getInDegree(output) != 1 ||
      graph.getStatedTpSize() < 2)
    return DeploymentGraph::kNoNode;
  const auto &edge = graph.getEdge(graph.getInEdges(output).front());
  NodeId source = edge.source;
  auto gathers = [&](NodeId id) {
    std::string text = getDrawnText(graph, id);
    return namesCollective(text) ||
           StringRef(text).contains_insensitive("gather") ||
           StringRef(text).contains_insensitive("concat");
  };
  if (graph.getEdgeRole(edge) || gathers(source) || gathers(output))
    return DeploymentGraph::kNoNode;
  Role role = graph.getNode(source).role;
  ArrayRef<Attribute> slices = graph.getOutputDims(source);
  if (isCollective(role) || isTransfer(role) || role == Role::Concat ||
      role == Role::Gather || slices.size() != 1)
    return DeploymentGraph::kNoNode;
  auto whole = cast<DimsAttr>(wholes.front());
  auto slice = cast<DimsAttr>(slices.front());
  std::optional<unsigned> dim = getSlicedDim(whole, slice);
  return dim && *dim > 0 && *dim + 1 == whole.getRank() &&
                 whole.getSizes()[*dim] ==
                     slice.getSizes()[*dim] * graph.getStatedTpSize()
             ? source
             : DeploymentGraph::kNoNode;
}

void dag::checkGatheredOutputs(const DeploymentGraph &graph, Code code,
                               CheckLog &log) {
  for (NodeId id = 0; id < graph.getNodes().size(); ++id)
    if (NodeId source = findUngathered(graph, id);
        source != DeploymentGraph::kNoNode)
      log.report(code, graph.getPlace(source),
                 "'" + graph.getName(source) + "' gives " +
                     cast<DimsAttr>(graph.getOutputDims(source).front()).str() +
                     " on each of " + Twine(graph.getStatedTpSize()) +
                     " ranks, but '" + graph.getName(id) + "' is " +
                     cast<DimsAttr>(graph.getOutputDims(id).front()).str() +
                     ", and nothing gathers the slices")
          .note(graph.getPlace(id), "the whole");
}

void DrawnShards::run() {
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    checkSizes(id);
    checkCopies(id);
  }
}

void dag::checkDrawnShards(const DeploymentGraph &graph, CheckLog &log,
                           DenseSet<NodeId> &reported) {
  DrawnShards(graph, log, reported).run();
  checkGatheredOutputs(graph, Code::DAG701, log);
  checkSlicedSums(graph, Code::DAG701, log);
  checkRoutedWidths(graph, log, reported);
}
