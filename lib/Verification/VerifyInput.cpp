//===- VerifyInput.cpp - Was the input understood ---------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Drawing/DrawnRules.h"
#include "StatedRules.h"
#include "dag/Verification/Checks.h"
#include "dag/Verification/Passes.h"

using namespace mlir;
using namespace mlir::dag;

namespace mlir::dag {
#define GEN_PASS_DEF_DAGVERIFYINPUT
#include "dag/Verification/Passes.h.inc"
} // namespace mlir::dag

namespace {
struct VerifyInput : CheckPass<dag::impl::DagVerifyInputBase<VerifyInput>> {
  using CheckPass::CheckPass;

  const CheckInfo &getCheck() const override {
    return getCheckInfo(CheckId::Input);
  }
  void checkGraph(const DeploymentGraph &graph, CheckLog &log) override;

protected:
  std::optional<CheckLog> checkModule() override;
};
} // namespace

std::optional<CheckLog> VerifyInput::checkModule() {
  std::optional<CheckLog> log = CheckPass::checkModule();
  if (log && getAnalysis<DeploymentGraphs>().get().empty() &&
      getAnalysis<StatedFactsOfRun>().facts.isStated())
    log->setUnverified("expected a drawing or a plan to compare with what is "
                       "stated beside it, but there is none");
  return log;
}

void VerifyInput::checkGraph(const DeploymentGraph &graph, CheckLog &log) {
  reportViolations(graph, log);
  checkStatedLayout(graph, log);
  if (!graph.isSketch())
    return;
  checkDrawnInput(graph, log);
  // A matter of the verdict on the whole.
  if (deferred)
    checkDrawnWhole(graph, log);
}
