//===- DrawnInput.cpp - Was a drawing understood ----------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DrawnRules.h"

using namespace mlir;
using namespace mlir::dag;

using NodeId = DeploymentGraph::NodeId;

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

static void checkNodes(const DeploymentGraph &graph, CheckLog &log) {
  size_t numDeclared = llvm::count_if(graph.getNodes(), [](const auto &node) {
    return !cast<NodeOp>(node.op).getUndeclared();
  });
  for (NodeId id = 0; id < graph.getNodes().size(); ++id) {
    const auto &node = graph.getNode(id);
    auto op = cast<NodeOp>(node.op);
    // A drawing of bare edges declares no node at all; a drawing that declares
    // its nodes has a slip where one is missing.
    if (op.getUndeclared() && numDeclared > 0)
      log.report(Code::DAG006, graph.getPlace(id),
                 "expected '" + op.getName() +
                     "' to be declared, but only edges mention it");
    else if (node.role == Role::Unknown && node.kind != NodeKind::Note)
      log.report(Code::DAG002, graph.getPlace(id),
                 "no rule says what '" + op.getName() + "' is");
    if (auto contradictions = op.getContradictions())
      for (Attribute message : *contradictions)
        if (auto text = dyn_cast<StringAttr>(message))
          log.report(Code::DAG003, graph.getPlace(id),
                     "'" + op.getName() + "': " + text.getValue());
  }
}

void dag::checkDrawnInput(const DeploymentGraph &graph, CheckLog &log) {
  checkSyntax(graph, log);
  if (graph.getNodes().empty())
    log.report(Code::DAG004, graph.getRoot()->getLoc(), "",
               "expected a drawing with nodes, but there is none");
  checkNodes(graph, log);
}
