//===- VerifyEquivalence.cpp - Does a plan compute its model? -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Equivalence/PlanComparison.h"
#include "dag/Support/Files.h"
#include "dag/Target/HuggingFace/ImportConfig.h"
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
                           CheckLog &log, StringRef name) {
  auto model = dyn_cast<ModelOp>(graph.getRoot());
  if (!model)
    return log.setUnverified("a drawing does not tell what it computes");
  // The proof rests on the typing rules.
  if (!keepsRules(graph, "the plan", log))
    return;
  if (model.getSampling())
    return log.setUnverified("'@" + model.getSymName() +
                             "' holds only some of the layers");
  PlanComparison(reference, model, log, name).run();
}

namespace {
struct VerifyEquivalence
    : CheckPass<dag::impl::DagVerifyEquivalenceBase<VerifyEquivalence>> {
  using CheckPass::CheckPass;

  const CheckInfo &getCheck() const override {
    return getCheckInfo(CheckId::Equivalence);
  }
  void checkGraph(const DeploymentGraph &graph, CheckLog &log) override;

protected:
  std::optional<CheckLog> checkModule() override;

private:
  void compareWithConfig(const DeploymentGraph &graph, CheckLog &log);
  void compareWithModel(const DeploymentGraph &graph, StringRef name,
                        CheckLog &log);
};
} // namespace

std::optional<CheckLog> VerifyEquivalence::checkModule() {
  // Of a drawing a configuration says what the figures are, and no more.
  if (reference.empty() && !config.empty() &&
      llvm::all_of(getAnalysis<DeploymentGraphs>().get(),
                   [](const auto &graph) { return graph->isSketch(); }))
    return std::nullopt;
  // Fields of nothing.
  if (reference.empty() && config.empty() && deferred)
    return std::nullopt;
  return CheckPass::checkModule();
}

void VerifyEquivalence::checkGraph(const DeploymentGraph &graph,
                                   CheckLog &log) {
  if (!config.empty() && !graph.isSketch())
    compareWithConfig(graph, log);
  if (!reference.empty())
    compareWithModel(graph, StringRef(reference).ltrim('@'), log);
  else if (config.empty())
    compareWithModel(graph, "logical", log);
}

/// `a hidden size of 256 and not 64`: why two programs are not of one model, or
/// an empty string.
static std::string findOtherFigure(ModelOp plan, ModelOp model) {
  auto differ = [](std::optional<uint64_t> a, std::optional<uint64_t> b,
                   const Twine &what) {
    return a && b && *a != *b
               ? (what + " of " + Twine(*a) + " and not " + Twine(*b)).str()
               : std::string();
  };
  for (std::string text :
       {differ(plan.getNumLayers(), model.getNumLayers(), "a number of layers"),
        differ(plan.getHiddenSize(), model.getHiddenSize(), "a hidden size"),
        differ(plan.getVocabSize(), model.getVocabSize(), "a vocabulary"),
        differ(plan.getNumHeads(), model.getNumHeads(), "a number of heads"),
        differ(plan.getHeadDim(), model.getHeadDim(), "a head size")})
    if (!text.empty())
      return text;
  return "";
}

/// Compares a plan with the program that its configuration gives.
void VerifyEquivalence::compareWithConfig(const DeploymentGraph &graph,
                                          CheckLog &log) {
  llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> buffer =
      readInputFile(config);
  if (!buffer)
    return log.setUnverified(llvm::toString(buffer.takeError()));
  if (graph.getViolations().hasMalformed())
    return (void)keepsRules(graph, "the plan", log);
  huggingface::ImportedLike imported = huggingface::importLike(
      **buffer, cast<ModelOp>(graph.getRoot()), ignoreFields);
  if (!imported.module)
    return log.setUnverified("'" + config + "' gives no program to compare " +
                                 "with: " + imported.obstacle,
                             imported.obstacleLoc);
  // Everything would differ; that the figures do is for another check to say.
  ModelOp model = *imported.module->getOps<ModelOp>().begin();
  auto plan = cast<ModelOp>(graph.getRoot());
  if (std::string figure = findOtherFigure(plan, model); !figure.empty())
    return log.setUnverified("the plan is of another model than that of '" +
                                 config + "': it has " + figure,
                             plan.getLoc());
  log.addFact({"Compared with", "'" + config + "': " + imported.describe(),
               "comparedWith"});
  checkEquivalence(model, graph, log, config);
}

void VerifyEquivalence::compareWithModel(const DeploymentGraph &graph,
                                         StringRef name, CheckLog &log) {
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
  checkEquivalence(model, graph, log);
}
