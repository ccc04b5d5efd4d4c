//===- CheckLog.cpp - What the checks find -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Verification/Checks.h"

using namespace mlir;
using namespace mlir::dag;

CheckLog::Handle &CheckLog::Handle::note(const DeploymentGraph &graph,
                                         DeploymentGraph::NodeId node,
                                         const Twine &message) {
  return note(graph.getLoc(node), message, graph.getName(node));
}

CheckLog::Handle &CheckLog::Handle::note(Location loc, const Twine &message,
                                         StringRef node) {
  finding.notes.push_back({loc, node.str(), message.str()});
  return *this;
}

CheckLog::Handle &CheckLog::Handle::hint(const Twine &text) {
  finding.hint = text.str();
  return *this;
}

CheckLog::Handle CheckLog::report(StringRef code, Location loc, StringRef node,
                                  const Twine &message) {
  const CodeInfo &info = getCodeInfo(code);
  findings.push_back({info.code, info.severity, message.str(), node.str(), loc,
                      /*notes=*/{}, /*hint=*/""});
  return Handle(findings.back());
}

CheckLog::Handle CheckLog::report(StringRef code, const DeploymentGraph &graph,
                                  DeploymentGraph::NodeId node,
                                  const Twine &message) {
  return report(code, graph.getLoc(node), graph.getName(node), message);
}

CheckLog::Handle CheckLog::reportEdge(StringRef code,
                                      const DeploymentGraph &graph,
                                      uint32_t edge,
                                      DeploymentGraph::NodeId node,
                                      const Twine &message) {
  return report(code, graph.getEdge(edge).op->getLoc(), graph.getName(node),
                message);
}

void CheckLog::setUnverified(const Twine &text) {
  if (reason.empty())
    reason = text.str();
}

void dag::reportViolations(const DeploymentGraph &graph, CheckLog &log) {
  for (const DeploymentGraph::Violation &violation : graph.getViolations()) {
    if (getCodeInfo(violation.code).check != log.getCheck())
      continue;
    auto finding =
        log.report(violation.code, violation.loc,
                   violation.op->getName().getStringRef(), violation.message);
    for (const auto &[loc, message] : violation.notes)
      finding.note(loc, message);
  }
}

CheckFunction dag::getCheckFunction(CheckId check) {
  switch (check) {
  case CheckId::Input:
    return checkInput;
  case CheckId::Attention:
    return checkAttention;
  case CheckId::Layers:
    return checkLayers;
  case CheckId::Transfers:
    return checkTransfers;
  case CheckId::Connectivity:
    return checkConnectivity;
  case CheckId::Collectives:
    return checkCollectives;
  case CheckId::Stages:
    return checkStages;
  case CheckId::Dimensions:
    return checkDimensions;
  case CheckId::Deadlock:
    return [](const DeploymentGraph &graph, CheckLog &log) {
      checkDeadlock(graph, DeadlockCheckOptions(), log);
    };
  case CheckId::Memory:
    return [](const DeploymentGraph &graph, CheckLog &log) {
      checkMemory(graph, MemoryCheckOptions(), log);
    };
  case CheckId::Equivalence:
    return [](const DeploymentGraph &graph, CheckLog &log) {
      log.setUnverified("no reference is named");
    };
  }
  llvm_unreachable("unknown check");
}
