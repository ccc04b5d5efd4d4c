//===- VerifyCollectives.cpp - Is communication of ranks right --*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Drawing/DrawnRules.h"
#include "Plan/PlannedRules.h"
#include "StatedRules.h"
#include "dag/Verification/Checks.h"
#include "dag/Verification/Passes.h"

using namespace mlir;
using namespace mlir::dag;

namespace mlir::dag {
#define GEN_PASS_DEF_DAGVERIFYCOLLECTIVES
#include "dag/Verification/Passes.h.inc"
} // namespace mlir::dag

namespace {
struct VerifyCollectives
    : CheckPass<dag::impl::DagVerifyCollectivesBase<VerifyCollectives>> {
  using CheckPass::CheckPass;

  const CheckInfo &getCheck() const override {
    return getCheckInfo(CheckId::Collectives);
  }
  void checkGraph(const DeploymentGraph &graph, CheckLog &log) override;
};
} // namespace

void VerifyCollectives::checkGraph(const DeploymentGraph &graph,
                                   CheckLog &log) {
  // The types of a plan say all of this; its violations are reported by op.
  reportViolations(graph, log);
  // Beside other checks that is one of the input.
  if (!deferred)
    checkStatedMesh(graph, {"tp", "dp", "ep", "cp"}, log);
  if (!graph.isSketch())
    return checkForeignOps(graph, log);
  if (graph.isLaneAxisOpen())
    return log.setUnverified(
        "nothing tells whether the devices share the weights, the batch or the "
        "sequence; tp=, dp= or cp= decides");
  checkDividedDims(graph, log);
  checkDrawnCollectives(graph, log);
}
