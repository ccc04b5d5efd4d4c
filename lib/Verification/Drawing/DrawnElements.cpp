//===- DrawnElements.cpp - What no layout changes ---------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Two shapes may have as many elements and yet be no layouts of one tensor, and
// tokens that are routed are counted by what gives and by what takes them.
//
//===----------------------------------------------------------------------===//

#include "DimsNames.h"
#include "DrawnRules.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

namespace {

class DrawnElements {
public:
  DrawnElements(const DeploymentGraph &graph, CheckLog &log,
                DenseSet<NodeId> &reported)
      : graph(graph), log(log), reported(reported) {}

  void run();

private:
  using Edge = DeploymentGraph::Edge;

  void checkRouted(const Edge &edge);
  void checkUnrouted(const Edge &edge);
  void checkSequence(const Edge &edge);
  void checkConcat(NodeId id);
  void checkJoined(NodeId id);
  void checkTable(NodeId id, NodeId source, DimsAttr stream, DimsAttr table);
  void checkTables(NodeId id);
  bool mayArrive(const Edge &edge, int64_t given, int64_t taken) const;
  void blame(NodeId id, NodeId other, Code code, const Twine &message);

  /// Nodes that are drawn alike have one finding.
  struct Cause {
    Code code;
    std::string message;
    SmallVector<NodeId, 2> nodes;
    NodeId other;
  };

  const DeploymentGraph &graph;
  CheckLog &log;
  DenseSet<NodeId> &reported;
  llvm::MapVector<std::pair<uint32_t, unsigned>, Cause> causes;
};

} // namespace

void DrawnElements::blame(NodeId id, NodeId other, Code code,
                          const Twine &message) {
  if (reported.contains(id))
    return;
  auto [it, isNew] = causes.insert(
      {{graph.getNode(id).peerClass, static_cast<unsigned>(code)}, {}});
  if (isNew)
    it->second = {code, message.str(), {}, other};
  if (it->second.nodes.empty() || it->second.nodes.back() != id)
    it->second.nodes.push_back(id);
}

/// The only shape of a list, or null.
static DimsAttr getOnly(ArrayRef<Attribute> shapes) {
  return shapes.size() == 1 ? toDims(shapes.front()) : DimsAttr();
}

//===----------------------------------------------------------------------===//
// Tokens of experts
//===----------------------------------------------------------------------===//

/// The number of tokens in a shape of tokens and their width, or zero.
static int64_t countTokens(DimsAttr dims) {
  if (!dims || dims.getRank() != 2 || !dims.isStatic(0))
    return 0;
  bool isTokens = llvm::StringSwitch<bool>(dims.getDimName(0))
                      .CasesLower({"tokens", "token", "t", "n_tokens"}, true)
                      .CasesLower({"num_tokens", "capacity", "cap", "n"}, true)
                      .Default(false);
  return isTokens ? dims.getSizes()[0] : 0;
}

/// True for what sends tokens to experts, or takes their results.
static bool routes(Role role) {
  return role == Role::Dispatch || role == Role::Combine ||
         role == Role::AllToAll;
}

/// True if so many tokens can come of those that are given: some experts' share
/// of all, or what several ranks send.
bool DrawnElements::mayArrive(const Edge &edge, int64_t given,
                              int64_t taken) const {
  if (given % taken == 0)
    return true;
  if (taken % given != 0)
    return false;
  int64_t ratio = taken / given;
  bool isInto = routes(graph.getNode(edge.source).role);
  NodeId router = isInto ? edge.source : edge.target;
  NodeId expert = isInto ? edge.target : edge.source;
  // As many as send to it, or take from it.
  int64_t degree = 0;
  for (uint32_t index :
       isInto ? graph.getInEdges(expert) : graph.getOutEdges(expert)) {
    const Edge &other = graph.getEdge(index);
    degree += routes(graph.getNode(isInto ? other.source : other.target).role);
  }
  return ratio <= degree ||
         ratio == static_cast<int64_t>(countStatedRanks(graph, router)) ||
         ratio == cast<SketchOp>(graph.getRoot()).getDpSize().value_or(0) ||
         ratio == cast<SketchOp>(graph.getRoot()).getEpSize().value_or(0);
}

/// An expert takes the tokens that are sent to it, and gives back as many.
void DrawnElements::checkRouted(const Edge &edge) {
  Role source = graph.getNode(edge.source).role;
  Role target = graph.getNode(edge.target).role;
  bool isInto = routes(source) && isExpertPart(graph.getNode(edge.target));
  bool isBack = routes(target) && isExpertPart(graph.getNode(edge.source));
  if (isInto == isBack)
    return;
  DimsAttr out = getOnly(graph.getOutputDims(edge.source));
  DimsAttr in = getOnly(graph.getInputDims(edge.target));
  int64_t given = countTokens(out), taken = countTokens(in);
  if (given <= 0 || taken <= 0 || getWidth(out) != getWidth(in))
    return;
  // Behind the experts, parts come together.
  bool fits = isInto ? mayArrive(edge, given, taken)
                     : mayArrive(edge, taken, given) || taken % given == 0;
  if (fits)
    return;
  NodeId expert = isInto ? edge.target : edge.source;
  blame(expert, isInto ? edge.source : edge.target, Code::DAG701,
        "'" + graph.getName(edge.source) + "' gives " + out.str() + ", but '" +
            graph.getName(edge.target) + "' takes " + in.str());
}

/// True for tokens of one expert: so many as a symbol says that is no product
/// of others.
static bool areSomeTokens(DimsAttr dims) {
  if (!dims || dims.getRank() != 2 || dims.isStatic(0))
    return false;
  StringRef tokens = dims.getSymbols()[0].getValue();
  return tokens.find_first_of("*/+?") == StringRef::npos;
}

/// The stream has all tokens in rows, an expert those that are sent to it: what
/// goes straight from one to the other is not the same tensor.
void DrawnElements::checkUnrouted(const Edge &edge) {
  auto isStream = [&](NodeId id) {
    Role role = graph.getNode(id).role;
    return role == Role::Norm || role == Role::ResidualAdd;
  };
  auto isExpert = [&](NodeId id) {
    return graph.getNode(id).role == Role::Expert ||
           isExpertPart(graph.getNode(id));
  };
  bool isInto = isStream(edge.source) && isExpert(edge.target);
  bool isBack = isExpert(edge.source) && isStream(edge.target);
  if ((!isInto && !isBack) || graph.getEdgeRole(edge))
    return;
  DimsAttr out = getOnly(graph.getOutputDims(edge.source));
  DimsAttr in = getOnly(graph.getInputDims(edge.target));
  if (!in && isBack)
    in = getOnly(graph.getOutputDims(edge.target));
  DimsAttr stream = isInto ? out : in;
  if (!stream || stream.getRank() != 3 || !areSomeTokens(isInto ? in : out) ||
      getWidth(out) != getWidth(in))
    return;
  blame(isInto ? edge.target : edge.source, isInto ? edge.source : edge.target,
        Code::DAG701,
        "'" + graph.getName(edge.source) + "' gives " + out.str() + ", but '" +
            graph.getName(edge.target) + "' takes " + in.str() +
            ": other tokens, which nothing routes");
}

//===----------------------------------------------------------------------===//
// The sequence of a rank
//===----------------------------------------------------------------------===//

namespace {
/// One dimension as it is written.
struct Size {
  int64_t number;
  StringRef symbol;
  bool operator==(const Size &other) const {
    return number == other.number && symbol == other.symbol;
  }
};
} // namespace

static Size getSize(DimsAttr dims, unsigned index) {
  if (dims.isStatic(index))
    return {dims.getSizes()[index], ""};
  return {0, dims.getSymbols()[index].getValue()};
}

/// True for `S` and `S/4`, or 4096 and 1024.
static bool isPart(Size whole, Size part) {
  if (!whole.symbol.empty() && !part.symbol.empty()) {
    auto [base, divisor] = part.symbol.split('/');
    return base == whole.symbol && !divisor.empty();
  }
  return whole.symbol.empty() && part.symbol.empty() && part.number > 1 &&
         whole.number > part.number && whole.number % part.number == 0;
}

/// Heads are joined to one width, and the sequence stays as it is: fewer tokens
/// of more heads would be those of other ranks.
void DrawnElements::checkSequence(const Edge &edge) {
  const auto &source = graph.getNode(edge.source);
  const auto &target = graph.getNode(edge.target);
  if (source.role != Role::AttentionOutput ||
      target.role != Role::OutputProjection || graph.getEdgeRole(edge) ||
      source.lane != target.lane)
    return;
  DimsAttr out = getOnly(graph.getOutputDims(edge.source));
  DimsAttr in = getOnly(graph.getInputDims(edge.target));
  if (!out || !in || in.getRank() + 1 != out.getRank() || in.getRank() < 2)
    return;
  // The tokens stand before the width.
  Size tokens = getSize(in, in.getRank() - 2);
  bool isKept = false, isWhole = false;
  for (unsigned i = 0, e = out.getRank(); i + 1 < e; ++i) {
    isKept |= getSize(out, i) == tokens;
    isWhole |= isPart(getSize(out, i), tokens);
  }
  if (!isKept && isWhole)
    blame(edge.target, edge.source, Code::DAG701,
          "'" + graph.getName(edge.source) + "' gives " + out.str() +
              ", but '" + graph.getName(edge.target) + "' takes " + in.str() +
              ": other tokens, which no exchange brings");
}

//===----------------------------------------------------------------------===//
// One behind the other
//===----------------------------------------------------------------------===//

/// What is put behind each other along the sequence is equally wide.
void DrawnElements::checkConcat(NodeId id) {
  constexpr unsigned kMaxEdges = 64;
  DimsAttr whole = getOnly(graph.getOutputDims(id));
  std::optional<int64_t> width = whole ? getWidth(whole) : std::nullopt;
  if (!width || graph.getInDegree(id) < 2 || graph.getInDegree(id) > kMaxEdges)
    return;
  NodeId odd = DeploymentGraph::kNoNode;
  bool hasEqual = false;
  int64_t sum = 0;
  for (uint32_t index : graph.getInEdges(id)) {
    NodeId source = graph.getEdge(index).source;
    // What a transfer without a shape brings is what was sent.
    for (unsigned i = 0;
         i < 3 && isTransfer(graph.getNode(source).role) &&
         graph.getOutputDims(source).empty() && graph.getInDegree(source) == 1;
         ++i)
      source = graph.getEdge(graph.getInEdges(source).front()).source;
    Role role = graph.getNode(source).role;
    DimsAttr part = getOnly(graph.getOutputDims(source));
    std::optional<int64_t> given = part ? getWidth(part) : std::nullopt;
    if (!given || part.getRank() < 2 || getAttentionPosition(role) != 0 ||
        role == Role::Router || *given > (int64_t(1) << 40))
      return;
    hasEqual |= *given == *width;
    sum += *given;
    if (*given != *width)
      odd = source;
  }
  if (odd == DeploymentGraph::kNoNode || !hasEqual || sum == *width)
    return;
  blame(id, odd, Code::DAG701,
        "'" + graph.getName(odd) + "' gives " +
            toDims(graph.getOutputDims(odd).front()).str() + ", but '" +
            graph.getName(id) + "' puts it beside what is " + Twine(*width) +
            " wide");
}

/// The only dimension in which all parts may differ from each other and from
/// the whole, where they are as large otherwise; nothing if several do.
static std::optional<unsigned> getJoinedDim(ArrayRef<DimsAttr> parts,
                                            DimsAttr whole) {
  std::optional<unsigned> joined;
  for (DimsAttr part : parts)
    for (unsigned i = 0, e = whole.getRank(); i < e; ++i) {
      if (getSize(part, i) == getSize(whole, i))
        continue;
      if (!part.isStatic(i) || !whole.isStatic(i) || (joined && *joined != i) ||
          part.getSizes()[i] > (1 << 30))
        return std::nullopt;
      joined = i;
    }
  return joined;
}

/// What is put behind each other makes, where it differs, their sum.
void DrawnElements::checkJoined(NodeId id) {
  constexpr unsigned kMaxParts = 64;
  DimsAttr whole = getOnly(graph.getOutputDims(id));
  SmallVector<DimsAttr, 4> parts;
  for (Attribute input : graph.getInputDims(id).take_front(kMaxParts))
    parts.push_back(toDims(input));
  if (parts.size() < 2 && graph.getInDegree(id) <= kMaxParts) {
    parts.clear();
    for (uint32_t index : graph.getInEdges(id))
      parts.push_back(
          getOnly(graph.getOutputDims(graph.getEdge(index).source)));
  }
  if (!whole || parts.size() < 2 || llvm::any_of(parts, [&](DimsAttr part) {
        return !part || part.getRank() != whole.getRank();
      }))
    return;
  std::optional<unsigned> joined = getJoinedDim(parts, whole);
  if (!joined)
    return;
  int64_t sum = 0;
  for (DimsAttr part : parts)
    sum += part.getSizes()[*joined];
  // Several of a kind may be stated once; what is as long as the whole has
  // scores or positions beside it.
  int64_t size = whole.getSizes()[*joined];
  if (sum == size || llvm::all_equal(parts) ||
      llvm::any_of(parts, [&](DimsAttr part) {
        return part.getSizes()[*joined] == size;
      }))
    return;
  blame(id, id, Code::DAG702,
        "'" + graph.getName(id) + "' gives " + whole.str() +
            ", but what it puts behind each other is " + Twine(sum) +
            " long in all");
}

//===----------------------------------------------------------------------===//
// Tables of positions
//===----------------------------------------------------------------------===//

/// A table of positions has a row for each token that it is added to.
void DrawnElements::checkTable(NodeId id, NodeId source, DimsAttr stream,
                               DimsAttr table) {
  unsigned rank = table ? table.getRank() : 0;
  if (!stream || rank < 2 || rank > stream.getRank())
    return;
  unsigned shift = stream.getRank() - rank;
  int64_t rows = table.isStatic(rank - 2) ? table.getSizes()[rank - 2] : 0;
  int64_t tokens = stream.isStatic(rank - 2 + shift)
                       ? stream.getSizes()[rank - 2 + shift]
                       : 0;
  bool isTable = rank == 2 || (table.isStatic(0) && table.getSizes()[0] == 1);
  if (!isTable || rows < 2 || tokens <= rows ||
      getWidth(table) != getWidth(stream))
    return;
  blame(id, source, Code::DAG701,
        "the positions " + table.str() + " have " + Twine(rows) +
            " rows, but '" + graph.getName(id) + "' adds them to " +
            stream.str());
}

void DrawnElements::checkTables(NodeId id) {
  ArrayRef<Attribute> inputs = graph.getInputDims(id);
  // `(32, 257, 1024) + (1, 257, 1024)` alone are what it adds.
  if (inputs.empty())
    inputs = graph.getOutputDims(id);
  if (graph.getNode(id).role == Role::PositionEmbedding && inputs.size() == 2) {
    DimsAttr first = toDims(inputs[0]), second = toDims(inputs[1]);
    checkTable(id, id, first, second);
    checkTable(id, id, second, first);
  }
  // A table of its own, added to the stream.
  DimsAttr stream = getOnly(graph.getOutputDims(id));
  if (graph.getInDegree(id) != 2 || !stream)
    return;
  for (uint32_t index : graph.getInEdges(id)) {
    NodeId source = graph.getEdge(index).source;
    const auto &node = graph.getNode(source);
    if (node.role == Role::PositionEmbedding && graph.getInDegree(source) == 0)
      checkTable(id, source, stream, getOnly(graph.getOutputDims(source)));
  }
}

void DrawnElements::run() {
  for (const Edge &edge : graph.getEdges()) {
    checkRouted(edge);
    checkUnrouted(edge);
    checkSequence(edge);
  }
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    if (graph.getNode(id).role == Role::Concat) {
      checkConcat(id);
      checkJoined(id);
    }
    checkTables(id);
  }
  for (auto &[key, cause] : causes) {
    NodeId first = cause.nodes.front();
    log.report(cause.code, graph.getPlace(first),
               cause.message + describeAlike(cause.nodes.size()))
        .note(graph.getPlace(cause.other), "the other end");
    reported.insert(cause.nodes.begin(), cause.nodes.end());
  }
}

/// True for what passes on what it gets, and states no result of its own.
static bool passesOn(const DeploymentGraph &graph, NodeId id) {
  Role role = graph.getNode(id).role;
  return graph.getOutputDims(id).empty() &&
         (role == Role::Input || role == Role::Slice || role == Role::Unknown ||
          role == Role::Scatter || isTransfer(role));
}

/// What samples tokens gives their numbers, which no layer takes: an embedding
/// stands between.
static void checkTokenIds(const DeploymentGraph &graph, CheckLog &log,
                          DenseSet<NodeId> &reported) {
  auto isIds = [](DimsAttr dims) {
    return dims.getRank() == 1 ||
           (dims.getRank() == 2 && dims.isStatic(1) && dims.getSizes()[1] == 1);
  };
  auto isHidden = [](Attribute attr) {
    DimsAttr dims = toDims(attr);
    return dims.getRank() == 3 && dims.isStatic(2) && dims.getSizes()[2] > 1;
  };
  llvm::BitVector seen(graph.getNodes().size());
  std::vector<NodeId> work, takers;
  for (NodeId id = 0; id < graph.getNodes().size(); ++id)
    if (ArrayRef<Attribute> given = graph.getOutputDims(id);
        graph.getNode(id).role == Role::Sampling && given.size() == 1 &&
        isIds(toDims(given.front())))
      work.push_back(id);
  while (!work.empty()) {
    NodeId id = work.back();
    work.pop_back();
    for (uint32_t index : graph.getOutEdges(id)) {
      NodeId target = graph.getEdge(index).target;
      if (seen.test(target))
        continue;
      seen.set(target);
      Role role = graph.getNode(target).role;
      ArrayRef<Attribute> taken = graph.getInputDims(target);
      if (passesOn(graph, target))
        work.push_back(target);
      else if (isLayerRole(role) && role != Role::Embedding && !taken.empty() &&
               llvm::all_of(taken, isHidden))
        takers.push_back(target);
    }
  }
  for (auto [id, count] : groupAlike(graph, takers)) {
    log.report(Code::DAG701, graph.getPlace(id),
               "'" + graph.getName(id) + "' takes " +
                   toDims(graph.getInputDims(id).front()).str() +
                   ", but tokens that were sampled reach it without an "
                   "embedding" +
                   describeAlike(count));
    reported.insert(id);
  }
}

void dag::checkDrawnElements(const DeploymentGraph &graph, CheckLog &log,
                             DenseSet<NodeId> &reported) {
  DrawnElements(graph, log, reported).run();
  checkTokenIds(graph, log, reported);
}
