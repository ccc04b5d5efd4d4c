//===- VerifyDimensions.cpp - Do dimensions agree along edges ---*- C++ -*-===//
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
#define GEN_PASS_DEF_DAGVERIFYDIMENSIONS
#include "dag/Verification/Passes.h.inc"
} // namespace mlir::dag

namespace {
struct VerifyDimensions
    : CheckPass<dag::impl::DagVerifyDimensionsBase<VerifyDimensions>> {
  using CheckPass::CheckPass;

  const CheckInfo &getCheck() const override {
    return getCheckInfo(CheckId::Dimensions);
  }
  void checkGraph(const DeploymentGraph &graph, CheckLog &log) override;
};
} // namespace

void VerifyDimensions::checkGraph(const DeploymentGraph &graph, CheckLog &log) {
  // The types of a plan agree, or its violations are reported by op.
  reportViolations(graph, log);
  checkStatedModel(graph, log);
  if (graph.isSketch()) {
    checkDrawnDimensions(graph, log);
    checkDrawnRouters(graph, log);
    checkExchangedLayouts(graph, log);
    return checkShapeLabels(graph, log);
  }
  checkModelSizes(graph, log);
  checkNamedTensors(graph, log);
  checkPools(graph, log);
}
