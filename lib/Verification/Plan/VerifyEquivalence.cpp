//===- VerifyEquivalence.cpp - Does a plan compute its model? -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../ConfiguredPrograms.h"
#include "PlannedRules.h"
#include "dag/Dialect/Dag/IR/Reference.h"
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

/// The first rule that is broken, or null if the root verifies. That a layer
/// stands twice breaks no rule of a type, and is for this check to see as well.
static const Violation *findBrokenRule(const DeploymentGraph &graph) {
  ArrayRef<Violation> violations = graph.getViolations().get();
  const Violation *found =
      llvm::find_if(violations, [](const Violation &violation) {
        return violation.code != Code::DAG203;
      });
  return found == violations.end() ? nullptr : found;
}

/// False if the root breaks a rule, which the line says then.
static bool keepsRules(const DeploymentGraph &graph, const Twine &name,
                       CheckLog &log) {
  const Violation *broken = findBrokenRule(graph);
  if (broken)
    log.setUnverified(
        name + " breaks rules that the proof rests on: " + broken->message,
        broken->loc);
  return !broken;
}

void dag::checkEquivalence(ModelOp reference, const DeploymentGraph &graph,
                           CheckLog &log, StringRef name) {
  auto model = dyn_cast<ModelOp>(graph.getRoot());
  if (!model)
    return log.setUnverified("a drawing does not tell what it computes");
  // The proof rests on the typing rules.
  if (!keepsRules(graph, "the plan", log))
    return;
  if (model.isSampled())
    return log.setUnverified("'@" + model.getSymName() +
                             "' holds only some of the layers");
  PlanComparison(reference, model, log, name).run();
}

/// Reports what a trial has shown of `root`, and says so in a fact.
static void reportTrial(const TrialResult &result, Operation *root,
                        StringRef title, ModelOp reference, CheckLog &log) {
  switch (result.status) {
  case TrialResult::Status::NotTried:
    return log.addFact(title, "not tried: " + result.text);
  case TrialResult::Status::Agrees:
    return log.addFact(title, result.coverage + "; " + result.text);
  case TrialResult::Status::Differs:
    break;
  }
  log.addFact(title, result.coverage + "; other numbers");
  log.report(Code::DAG797, result.loc.value_or(root->getLoc()),
             root->getName().getStringRef(),
             result.text + "; of " + result.coverage)
      .note(reference.getLoc(), "the reference is here");
}

void dag::checkTrial(ModelOp reference, const DeploymentGraph &graph,
                     const TrialOptions &options, CheckLog &log) {
  auto model = dyn_cast<ModelOp>(graph.getRoot());
  if (!model || model.isSampled())
    return;
  constexpr StringLiteral kTitle = "Trial";
  if (findBrokenRule(graph))
    return log.addFact(kTitle, "not tried: the plan breaks rules");
  reportTrial(tryPlan(reference, model, options), model, kTitle, reference,
              log);
}

void dag::checkProgram(ArrayRef<ModelOp> references, ArrayRef<ModelOp> plans,
                       ProgramOp program, std::optional<TrialOptions> options,
                       CheckLog &log) {
  std::string name = ("'@" + program.getSymName() + "'").str();
  if (!Violations(program).empty())
    return log.setUnverified(name + " breaks rules of its ops",
                             program.getLoc());
  // What is proved of a plan is proved of the programs that are made of it.
  if (llvm::any_of(plans,
                   [&](ModelOp plan) { return isProgramOf(program, plan); }))
    return;
  std::string reason =
      name + " is not what --dag-localize makes of a plan here";
  if (!options)
    return log.setUnverified(reason, program.getLoc());
  // Nobody says which plan it was made of.
  ModelOp reference = references.front();
  TrialResult result = tryProgram(reference, program, *options);
  for (ModelOp other : references.drop_front()) {
    if (result.status == TrialResult::Status::Agrees)
      break;
    TrialResult next = tryProgram(other, program, *options);
    if (next.status == TrialResult::Status::Agrees ||
        result.status == TrialResult::Status::NotTried)
      std::tie(result, reference) = std::pair(std::move(next), other);
  }
  reportTrial(result, program, "Trial of " + program.getSymName().str(),
              reference, log);
  if (result.status != TrialResult::Status::Differs)
    log.setUnverified(reason + (result.status == TrialResult::Status::Agrees
                                    ? ", and a run is no proof"
                                    : ", and was not tried: " + result.text),
                      program.getLoc());
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
  void comparePlan(ModelOp model, const DeploymentGraph &graph, StringRef name,
                   CheckLog &log);
  void comparePrograms(CheckLog &log);
  /// The plans that keep their rules, but for `reference`.
  SmallVector<ModelOp> findSoundPlans(Operation *reference);
  /// What the configuration gives for each plan.
  SmallVector<ModelOp> ofConfig;
  /// The name of the model to compare with; empty if it comes from a file.
  StringRef getReferenceName() const {
    if (reference.empty())
      return config.empty() ? "logical" : "";
    return StringRef(reference).ltrim('@');
  }
  Operation *findReference() {
    StringRef name = getReferenceName();
    return name.empty() ? nullptr
                        : SymbolTable::lookupSymbolIn(getOperation(), name);
  }
  /// Nothing if no trial is to be made.
  std::optional<TrialOptions> getTrialOptions() const {
    if (trial == TrialMode::Off)
      return std::nullopt;
    TrialOptions options;
    options.seed = trialSeed;
    if (trial == TrialMode::Auto)
      options.maxSeconds = 1;
    return options;
  }
};
} // namespace

std::optional<CheckLog> VerifyEquivalence::checkModule() {
  // Of a drawing a configuration says what the figures are, and no more.
  ArrayRef<std::unique_ptr<DeploymentGraph>> graphs =
      getAnalysis<DeploymentGraphs>().get();
  if (reference.empty() && !config.empty() && !graphs.empty() &&
      getOperation().getOps<ProgramOp>().empty() &&
      llvm::all_of(graphs, [](const auto &graph) { return graph->isSketch(); }))
    return std::nullopt;
  // Fields of nothing.
  if (reference.empty() && config.empty() && deferred) {
    SmallVector<ProgramOp> programs = findForeignPrograms(getOperation());
    if (programs.empty() || graphs.empty())
      return std::nullopt;
    CheckLog log(CheckId::Equivalence);
    log.setUnverified("'@" + programs.front().getSymName() +
                          "' is not what --dag-localize makes of a plan here",
                      programs.front().getLoc());
    return log;
  }
  ofConfig.clear();
  std::optional<CheckLog> log = CheckPass::checkModule();
  if (log) {
    comparePrograms(*log);
    // The reference, which may be a plan, is not run beside the others.
    checkCachesBeside(findSoundPlans(findReference()), *log);
  }
  return log;
}

SmallVector<ModelOp> VerifyEquivalence::findSoundPlans(Operation *reference) {
  SmallVector<ModelOp> plans;
  for (const auto &graph : getAnalysis<DeploymentGraphs>().get()) {
    auto plan = dyn_cast<ModelOp>(graph->getRoot());
    if (plan && plan != reference && plan.lookupMesh() && !isReference(plan) &&
        graph->getViolations().empty())
      plans.push_back(plan);
  }
  return plans;
}

/// Programs of ranks beside the plans that they are made of.
void VerifyEquivalence::comparePrograms(CheckLog &log) {
  auto programs = getOperation().getOps<ProgramOp>();
  auto model = dyn_cast_if_present<ModelOp>(findReference());
  SmallVector<ModelOp> references;
  if (model)
    references.push_back(model);
  for (auto other : getOperation().getOps<ModelOp>())
    if (model && other != model && isReference(other))
      references.push_back(other);
  if (!model)
    llvm::append_range(references, ofConfig);
  if (programs.empty())
    return;
  if (references.empty() && !config.empty())
    log.setUnverified("there is no plan that tells for which sizes '" + config +
                      "' is compared with '@" +
                      ProgramOp(*programs.begin()).getSymName() + "'");
  if (references.empty())
    return;
  for (const auto &graph : getAnalysis<DeploymentGraphs>().get())
    if (model && graph->getRoot() == model && !graph->getViolations().empty())
      return;
  SmallVector<ModelOp> plans = findSoundPlans(model);
  for (ProgramOp program : programs)
    checkProgram(references, plans, program, getTrialOptions(), log);
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

/// Why a reference is not all of its model, by what it states itself; or an
/// empty string.
static std::string findMissingLayers(ModelOp reference) {
  if (reference.isSampled())
    return "holds only some of the layers";
  std::optional<uint64_t> stated = reference.getNumLayers();
  if (!stated)
    return "";
  RangeSet layers;
  reference->walk<WalkOrder::PreOrder>([&](LayerOp layer) {
    layers.insert(toIndex(layer.getIndex()));
    return WalkResult::skip();
  });
  // Where none is marked, nobody knows.
  if (layers.empty() || layers.size() == *stated)
    return "";
  return ("states " + Twine(*stated) + " layers, but has " +
          Twine(layers.size()))
      .str();
}

/// Compares a plan with the program that its configuration gives.
void VerifyEquivalence::compareWithConfig(const DeploymentGraph &graph,
                                          CheckLog &log) {
  if (graph.getViolations().hasMalformed())
    return (void)keepsRules(graph, "the plan", log);
  auto plan = cast<ModelOp>(graph.getRoot());
  auto &programs = getAnalysis<ConfiguredPrograms>();
  programs.setConfig(config, ignoreFields);
  llvm::Expected<huggingface::ImportedLike &> imported = programs.import(plan);
  if (!imported)
    return log.setUnverified(llvm::toString(imported.takeError()));
  if (!imported->module)
    return log.setUnverified("'" + config + "' gives no program to compare " +
                                 "with: " + imported->obstacle,
                             imported->obstacleLoc);
  // Everything would differ; that the figures do is for another check to say.
  ModelOp model = *imported->module->getOps<ModelOp>().begin();
  if (std::string figure = findOtherFigure(plan, model); !figure.empty())
    return log.setUnverified("the plan is of another model than that of '" +
                                 config + "': it has " + figure,
                             plan.getLoc());
  std::string ignored =
      ignoreFields.empty()
          ? ""
          : ", without a look at the fields " + std::string(ignoreFields);
  log.addFact({"Compared with",
               "'" + config + "': " + imported->describe() + ignored,
               "comparedWith"});
  comparePlan(model, graph, config, log);
  ofConfig.push_back(model);
}

/// True if two references are one but for their names.
static bool areEqual(ModelOp a, ModelOp b) {
  return OperationEquivalence::isRegionEquivalentTo(
      &a.getBody(), &b.getBody(), OperationEquivalence::IgnoreLocations);
}

/// The references of the plan where `model`, which the run names, is one of
/// another plan in the module; none where the plan is compared with `model`,
/// and several where they differ and nobody says which is meant.
static SmallVector<ModelOp, 1> findOwnReferences(Operation *root,
                                                 ModelOp model) {
  auto plan = dyn_cast<ModelOp>(root);
  if (!plan || !isReference(model))
    return {};
  auto models = plan->getBlock()->getOps<ModelOp>();
  for (unsigned numKinds : {3, 2, 1, 0}) {
    auto fits = [&](ModelOp reference, ModelOp other) {
      return isReferenceOf(reference, other) &&
             (numKinds < 1 || hasInputsOf(reference, other)) &&
             (numKinds < 2 || hasCachesOf(reference, other)) &&
             (numKinds < 3 || hasOutputsOf(reference, other));
    };
    if (fits(model, plan))
      return {};
    // What nobody else is compared with is meant for this plan.
    if (llvm::none_of(models, [&](ModelOp other) {
          return other != plan && other.getMeshAttr() && fits(model, other);
        }))
      continue;
    SmallVector<ModelOp, 1> found;
    for (ModelOp other : models)
      if (fits(other, plan) && llvm::none_of(found, [&](ModelOp known) {
            return areEqual(known, other);
          }))
        found.push_back(other);
    if (!found.empty())
      return found;
  }
  return {};
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
    if (graphs.size() == 1 && getOperation().getOps<ProgramOp>().empty())
      log.setUnverified("there is no plan beside '@" + name + "'");
    return;
  }
  // A model and its draft, or its prefill and its decode, stand in one file,
  // each with a reference.
  SmallVector<ModelOp, 1> owns = findOwnReferences(graph.getRoot(), model);
  if (owns.size() > 1)
    return log.setUnverified("'@" + owns[0].getSymName() + "' and '@" +
                                 owns[1].getSymName() +
                                 "' are references of this plan, and differ: "
                                 "reference= names another one",
                             graph.getRoot()->getLoc());
  if (!owns.empty()) {
    ModelOp own = owns.front();
    log.addFact("Reference of '@" +
                    cast<ModelOp>(graph.getRoot()).getSymName().str() + "'",
                "'@" + own.getSymName() + "', since '@" + name +
                    "' is that of another plan");
    model = own;
  }
  name = model.getSymName();
  for (const auto &other : graphs)
    if (other->getRoot() == model &&
        !keepsRules(*other, "'@" + name + "'", log))
      return;
  if (std::string missing = findMissingLayers(model); !missing.empty())
    return log.setUnverified("'@" + name + "' " + missing, model.getLoc());
  if (auto plan = dyn_cast<ModelOp>(graph.getRoot()))
    if (std::string figure = findOtherFigure(plan, model); !figure.empty())
      log.setUnverified("the plan is of another model than '@" + name +
                            "': it states " + figure,
                        plan.getLoc());
  comparePlan(model, graph, /*name=*/"", log);
}

/// The proof and the trial, as far as they are asked for.
void VerifyEquivalence::comparePlan(ModelOp model, const DeploymentGraph &graph,
                                    StringRef name, CheckLog &log) {
  if (proof)
    checkEquivalence(model, graph, log, name);
  else
    log.setUnverified("no proof was asked for");
  if (std::optional<TrialOptions> options = getTrialOptions())
    checkTrial(model, graph, *options, log);
}
