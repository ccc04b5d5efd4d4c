//===- DrawnInput.cpp - Was a drawing understood ----------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DrawnRules.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

/// Groups of one code that get a finding of their own; the rest share one.
static constexpr size_t kMaxGroups = 8;
/// Places that the finding of a group names.
static constexpr size_t kMaxPlaces = 3;

namespace {
/// Findings of one code, those of one cause together.
class GroupedFindings {
public:
  GroupedFindings(const DeploymentGraph &graph, CheckLog &log, CodeRef code,
                  StringRef what)
      : graph(graph), log(log), code(code), what(what) {}

  /// Adds a finding; those with one key have one cause.
  void add(StringRef key, NodeId node, const Twine &message) {
    // What comes behind the first groups is the last one's.
    bool isRest = !indices.count(key) && groups.size() >= kMaxGroups;
    auto [it, isNew] =
        indices.try_emplace(isRest ? StringRef() : key, groups.size());
    if (isNew)
      groups.emplace_back().isRest = isRest;
    Group &group = groups[it->second];
    if (group.count++ == 0)
      group.message = message.str();
    if (group.nodes.size() < kMaxPlaces)
      group.nodes.push_back(node);
  }
  void report();

private:
  struct Group {
    std::string message;
    SmallVector<NodeId, kMaxPlaces> nodes;
    size_t count = 0;
    bool isRest = false;
  };

  const DeploymentGraph &graph;
  CheckLog &log;
  CodeRef code;
  StringRef what;
  std::vector<Group> groups;
  llvm::StringMap<size_t> indices;
};
} // namespace

void GroupedFindings::report() {
  for (const Group &group : groups) {
    std::string message = group.message;
    if (group.count > 1)
      message += "; " + std::to_string(group.count - 1) + " more " +
                 (group.isRest ? "nodes of further kinds" : what.str());
    auto finding =
        log.report(code, graph.getPlace(group.nodes.front()), message);
    for (NodeId node : ArrayRef(group.nodes).drop_front())
      finding.note(graph.getPlace(node),
                   "'" + cast<NodeOp>(graph.getNode(node).op).getName() +
                       "' too");
  }
}

/// A text with its numbers left out, so that what is alike reads alike.
static std::string getPattern(StringRef text) {
  std::string pattern;
  for (char c : text.take_front(80))
    if (!llvm::isDigit(c))
      pattern += c;
    else if (pattern.empty() || pattern.back() != '#')
      pattern += '#';
  return pattern;
}

/// Syntax errors stand in the sketch as ops.
static void checkSyntax(const DeploymentGraph &graph, CheckLog &log) {
  Block *body = graph.getSketchBody();
  if (!body)
    return;
  for (Operation &op : *body)
    if (auto error = dyn_cast<SyntaxErrorOp>(op);
        error && !graph.getViolations().isMalformed(error))
      log.report(Code::DAG001, error.getLoc(), "",
                 error.getCount() > 1
                     ? Twine(error.getCount()) + " " + error.getMessage()
                     : Twine(error.getMessage()));
}

/// What kind of node a drawing shows: the first line of its label, or else its
/// name.
static std::string getNodePattern(NodeOp op) {
  StringRef text = op.getName();
  if (DictionaryAttr drawn = op.getDrawnAttr())
    if (auto label = drawn.getAs<StringAttr>("label"))
      text = label.getValue();
  return getPattern(
      text.take_front(std::min(text.find('\\'), text.find('\n'))));
}

/// Contradictions that a name takes part in have one cause: the names are not
/// kept up with the labels.
static std::string getContradictionKey(StringRef message) {
  if (message.starts_with("name says") || message.contains(", name says"))
    return "name";
  return getPattern(message);
}

llvm::BitVector dag::findUndeclared(const DeploymentGraph &graph) {
  llvm::BitVector result(graph.getNodes().size());
  for (NodeId id = 0; id < result.size(); ++id)
    if (auto op = dyn_cast<NodeOp>(graph.getNode(id).op);
        op && op.getUndeclared())
      result.set(id);
  // A drawing of bare edges declares no node at all.
  if (result.all())
    result.reset();
  return result;
}

static void checkNodes(const DeploymentGraph &graph, CheckLog &log) {
  GroupedFindings undeclared(graph, log, Code::DAG006, "such nodes");
  GroupedFindings unknown(graph, log, Code::DAG002, "of this kind");
  GroupedFindings contradicting(graph, log, Code::DAG003, "such nodes");
  size_t numDeclared = llvm::count_if(graph.getNodes(), [](const auto &node) {
    return !cast<NodeOp>(node.op).getUndeclared();
  });
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    auto op = cast<NodeOp>(node.op);
    // A drawing of bare edges declares no node at all; a drawing that declares
    // its nodes has a slip where one is missing.
    if (op.getUndeclared() && graph.isCutOff())
      continue; // declared in the rest of the file
    if (op.getUndeclared() && numDeclared > 0)
      undeclared.add(getPattern(op.getName()), id,
                     "expected '" + op.getName() +
                         "' to be declared, but only edges mention it");
    else if (node.role == Role::Unknown && node.kind != NodeKind::Note)
      unknown.add(getNodePattern(op), id,
                  "no rule says what '" + op.getName() + "' is");
    if (auto contradictions = op.getContradictions())
      for (Attribute message : *contradictions)
        if (auto text = dyn_cast<StringAttr>(message))
          contradicting.add(getContradictionKey(text.getValue()), id,
                            "'" + op.getName() + "': " + text.getValue());
  }
  undeclared.report();
  unknown.report();
  contradicting.report();
}

void dag::checkDrawnInput(const DeploymentGraph &graph, CheckLog &log) {
  checkSyntax(graph, log);
  if (graph.getNodes().empty())
    log.report(Code::DAG004, graph.getRoot()->getLoc(), "",
               "expected a drawing with nodes, but there is none");
  auto sketch = dyn_cast<SketchOp>(graph.getRoot());
  if (sketch && !sketch.getOtherKind().empty()) {
    log.report(Code::DAG004, sketch.getLoc(), "",
               "read as " + sketch.getOtherKind() +
                   ", not as a deployment of a language model");
    return;
  }
  checkNodes(graph, log);
}
