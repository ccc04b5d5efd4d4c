//===- VerifyEquivalence.cpp - Does a plan compute its model? -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Equivalence/PlanComparison.h"
#include "dag/Verification/Checks.h"
#include "dag/Verification/Passes.h"
#include "mlir/IR/SymbolTable.h"

using namespace mlir;
using namespace mlir::dag;

namespace mlir::dag {
#define GEN_PASS_DEF_DAGVERIFYEQUIVALENCE
#include "dag/Verification/Passes.h.inc"
} // namespace mlir::dag

/// False, with the first rule that is broken, if the root does not verify. That
/// a layer stands twice breaks no rule of a type, and is for this check to see
/// as well.
static bool keepsRules(const DeploymentGraph &graph, const Twine &name,
                       CheckLog &log) {
  for (const Violation &violation : graph.getViolations().get())
    if (violation.code != Code::DAG203) {
      log.setUnverified(
          name + " breaks rules that the proof rests on: " + violation.message,
          violation.loc);
      return false;
    }
  return true;
}

void dag::checkEquivalence(ModelOp reference, const DeploymentGraph &graph,
                           CheckLog &log) {
  auto model = dyn_cast<ModelOp>(graph.getRoot());
  if (!model)
    return log.setUnverified("a drawing does not tell what it computes");
  // The proof rests on the typing rules.
  if (!keepsRules(graph, "the plan", log))
    return;
  if (model.getSampling())
    return log.setUnverified("'@" + model.getSymName() +
                             "' holds only some of the layers");
  PlanComparison(reference, model, log).run();
}

void dag::checkTrial(ModelOp reference, const DeploymentGraph &graph,
                     const TrialOptions &options, CheckLog &log) {
  auto model = dyn_cast<ModelOp>(graph.getRoot());
  if (!model || model.getSampling() || !graph.getViolations().get().empty())
    return;
  constexpr StringLiteral kTitle = "Trial";
  TrialResult result = tryPlan(reference, model, options);
  switch (result.status) {
  case TrialResult::Status::NotTried:
    return log.addFact(kTitle, "not tried: " + result.text);
  case TrialResult::Status::Agrees:
    return log.addFact(kTitle, result.coverage + "; " + result.text);
  case TrialResult::Status::Differs:
    break;
  }
  log.addFact(kTitle, result.coverage + "; other numbers");
  log.report(Code::DAG797, result.loc.value_or(model.getLoc()),
             model->getName().getStringRef(),
             result.text + "; of " + result.coverage)
      .note(reference.getLoc(), "the reference is here");
}

namespace {
struct VerifyEquivalence
    : CheckPass<dag::impl::DagVerifyEquivalenceBase<VerifyEquivalence>> {
  using CheckPass::CheckPass;

  const CheckInfo &getCheck() const override {
    return getCheckInfo(CheckId::Equivalence);
  }
  void checkGraph(const DeploymentGraph &graph, CheckLog &log) override;
};
} // namespace

void VerifyEquivalence::checkGraph(const DeploymentGraph &graph,
                                   CheckLog &log) {
  StringRef name = StringRef(reference).ltrim('@');
  Operation *symbol = SymbolTable::lookupSymbolIn(getOperation(), name);
  auto model = dyn_cast_if_present<ModelOp>(symbol);
  if (!model) {
    auto finding = log.report(
        Code::DAG796, graph.getRoot()->getLoc(),
        graph.getRoot()->getName().getStringRef(),
        "expected a model '@" + name + "' to compare with, but there is " +
            (symbol ? "'" + symbol->getName().getStringRef() + "'"
                    : Twine("none")) +
            " of this name");
    if (symbol)
      finding.note(symbol->getLoc(), "this has the name");
    return log.setUnverified("there is no model '@" + name + "'");
  }
  // Graphs hold what is verified, and a reference that does not verify.
  ArrayRef<std::unique_ptr<DeploymentGraph>> graphs =
      getAnalysis<DeploymentGraphs>().get();
  if (graph.getRoot() == model) {
    if (graphs.size() == 1)
      log.setUnverified("there is no plan beside '@" + name + "'");
    return;
  }
  for (const auto &other : graphs)
    if (other->getRoot() == model &&
        !keepsRules(*other, "'@" + name + "'", log))
      return;
  if (proof)
    checkEquivalence(model, graph, log);
  else
    log.setUnverified("no proof was asked for");
  if (trial == TrialMode::Off)
    return;
  TrialOptions options;
  options.seed = trialSeed;
  if (trial == TrialMode::Auto)
    options.maxSeconds = 1;
  checkTrial(model, graph, options, log);
}
