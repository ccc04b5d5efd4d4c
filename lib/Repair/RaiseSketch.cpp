//===- RaiseSketch.cpp - From a drawing to a plan -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The drawing decides the layout and the sizes of batch and sequence, the
// config.json the model. What the drawing shows of the model is compared with
// it, and otherwise not used: a drawing is no specification of a layer.
//
//===----------------------------------------------------------------------===//

#include "DrawnLayout.h"
#include "DrawnSizes.h"
#include "KeptParts.h"
#include "PlanChanges.h"

#include "dag/Dialect/Dag/IR/Elements.h"
#include "dag/Dialect/Dag/IR/Reference.h"
#include "dag/Dialect/Dag/Transforms/Passes.h"
#include "dag/Repair/Passes.h"
#include "dag/Support/Files.h"
#include "dag/Target/HuggingFace/ImportConfig.h"
#include "dag/Verification/CheckRegistry.h"
#include "dag/Verification/Checks.h"
#include "dag/Verification/Reports/Report.h"
#include "dag/Verification/VerificationLog.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::dag;

namespace mlir::dag {
#define GEN_PASS_DEF_DAGRAISESKETCH
#include "dag/Repair/Passes.h.inc"
} // namespace mlir::dag

using NodeId = DeploymentGraph::NodeId;

static ModelOp findModel(ModuleOp module) {
  for (ModelOp model : module.getOps<ModelOp>())
    if (!isReference(model))
      return model;
  return {};
}

/// Compares a plan with the program that its configuration gives, or, if there
/// is none, with the references beside it.
static void checkProgram(const DeploymentGraph &graph, StringRef config,
                         CheckLog &log) {
  auto plan = cast<ModelOp>(graph.getRoot());
  // A configuration takes the place of the references, also in the result.
  if (config.empty())
    for (ModelOp other : plan->getBlock()->getOps<ModelOp>())
      if (other != plan && isReference(other) && Violations(other).empty())
        checkEquivalence(other, graph, log);
  if (config.empty() || graph.getViolations().hasMalformed())
    return;
  llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> buffer =
      readInputFile(config);
  // That it cannot be read is said where it is needed.
  if (!buffer)
    return log.setUnverified(llvm::toString(buffer.takeError()));
  huggingface::ImportedLike imported =
      huggingface::importLike(**buffer, plan, /*ignoredFields=*/"");
  if (!imported.module)
    return log.setUnverified(imported.obstacle);
  checkEquivalence(findModel(*imported.module), graph, log, config);
}

/// Runs the checks of the checklist, as `--verify-pipeline` does; with
/// `program`, that of what plans compute, too.
static VerificationResult runChecks(
    const DeploymentGraphs &graphs, ModuleOp module,
    function_ref<void(const DeploymentGraph &, CheckLog &)> program = nullptr) {
  VerificationLog log(module);
  for (const Check &check : getChecks()) {
    if (check.info->kind == CheckKind::Beyond)
      continue;
    std::unique_ptr<GraphCheck> pass = check.create(CheckRequest());
    log.add(runCheck(*check.info, graphs, module, /*onlyDeployments=*/true,
                     [&](const DeploymentGraph &graph, CheckLog &log) {
                       pass->checkGraph(graph, log);
                     }));
  }
  if (program)
    log.add(runCheck(getCheckInfo(CheckId::Equivalence), graphs, module,
                     /*onlyDeployments=*/true, program));
  return log.finish(Severity::Medium);
}

namespace {
struct RaiseSketch : dag::impl::DagRaiseSketchBase<RaiseSketch> {
  using DagRaiseSketchBase::DagRaiseSketchBase;

  LogicalResult initialize(MLIRContext *context) override;
  void runOnOperation() override;

private:
  const DeploymentGraph *findSource(const DeploymentGraphs &graphs);
  std::string getChoices();
  bool keepIfPassing(const DeploymentGraph &source,
                     const VerificationResult &result);
  LogicalResult raise(const DeploymentGraph &source,
                      const VerificationResult &result);
  void refuseDamage(const DeploymentGraph &source);
  huggingface::ImportOptions chooseSizes(const DeploymentGraph &source,
                                         const DrawnSizes &sizes);
  OwningOpRef<ModuleOp> importModel(const huggingface::ImportOptions &options);
  LogicalResult makePlan(ModuleOp module, const ResolvedLayout &layout,
                         const DrawnSizes &sizes, bool keepReference);
  LogicalResult verifyPlan(const DeploymentGraphs &graphs, ModuleOp module);
  LogicalResult replace(Operation *source, ModuleOp plan);
  /// Says everything there is to say; fails if something was refused.
  LogicalResult finish();
  void writeReport(StringRef file, StringRef config);

  ChangeLog log;
};
} // namespace

//===----------------------------------------------------------------------===//
// Before
//===----------------------------------------------------------------------===//

/// Options that no drawing makes right.
LogicalResult RaiseSketch::initialize(MLIRContext *context) {
  bool isGood = true;
  auto check = [&](Option<int64_t> &option, int64_t largest) {
    if (option >= 0 && option <= largest)
      return;
    emitError(UnknownLoc::get(context))
        << "expected " << option.getArgStr() << "= between 1 and " << largest
        << ", or 0 for what is drawn, but got " << option.getValue();
    isGood = false;
  };
  constexpr int64_t kMaxRanks = int64_t(1) << 20;
  constexpr int64_t kMaxTokens = int64_t(1) << 31;
  check(tp, kMaxRanks);
  check(pp, kMaxRanks);
  check(ep, kMaxRanks);
  check(batch, kMaxTokens);
  check(seqLen, kMaxTokens);
  return success(isGood);
}

const DeploymentGraph *RaiseSketch::findSource(const DeploymentGraphs &graphs) {
  auto getRoot = [&](size_t index) { return graphs.get()[index]->getRoot(); };
  if (graphs.get().size() > 1) {
    log.refuse(getRoot(1)->getLoc(),
               "expected one dag.sketch or dag.model, but got " +
                   Twine(graphs.get().size()))
        .note(getRoot(0)->getLoc(), "the first one");
    return nullptr;
  }
  if (graphs.get().empty()) {
    log.refuse(getOperation().getLoc(),
               "expected a dag.sketch or a dag.model, but found neither");
    return nullptr;
  }
  const DeploymentGraph *graph = graphs.get().front().get();
  if (!graph->isLogical())
    return graph;
  log.refuse(getRoot(0)->getLoc(),
             "expected a drawing or a plan, but '@" +
                 cast<ModelOp>(getRoot(0)).getSymName() +
                 "' is a program for one device, of which --dag-plan makes a "
                 "plan");
  return nullptr;
}

/// The options that choose what a new plan is like, as `tp=, batch=`.
std::string RaiseSketch::getChoices() {
  SmallVector<std::string> names;
  for (auto &[name, isGiven] :
       {std::pair(tp.getArgStr(), tp != 0), std::pair(pp.getArgStr(), pp != 0),
        std::pair(ep.getArgStr(), ep != 0),
        std::pair(layout.getArgStr(), !layout.empty()),
        std::pair(devices.getArgStr(), !devices.empty()),
        std::pair(batch.getArgStr(), batch != 0),
        std::pair(seqLen.getArgStr(), seqLen != 0),
        std::pair(phase.getArgStr(), phase != RaisedPhase::Auto)})
    if (isGiven)
      names.push_back((name + "=").str());
  return llvm::join(names, ", ");
}

/// A plan in which nothing is found wrong needs no repair.
bool RaiseSketch::keepIfPassing(const DeploymentGraph &source,
                                const VerificationResult &result) {
  // What could not be looked into is not wrong; a malformed op is.
  bool isKept = keepPassing && !source.isSketch() &&
                result.verdict != CheckStatus::Fail &&
                source.getViolations().empty();
  if (!isKept)
    return false;
  Location loc = getPlainLoc(source.getRoot()->getLoc());
  if (result.verdict == CheckStatus::Unverified) {
    InFlightDiagnostic diagnostic =
        emitWarning(loc) << "nothing is found wrong, so the plan is left as it "
                            "is, but not all of it could be verified";
    for (const CheckResult &check : result.checks)
      if (check.status == CheckStatus::Unverified)
        diagnostic.attachNote(loc) << check.check->name << ": " << check.reason;
  }
  if (std::string unused = getChoices(); !unused.empty())
    emitWarning(loc) << "nothing is found wrong, so the plan is left as it is, "
                        "whatever "
                     << unused << " would choose";
  log.setUnchanged();
  writeReport(getSourcePlace(loc).file, /*config=*/"");
  return true;
}

/// What could not be read may be a stage.
void RaiseSketch::refuseDamage(const DeploymentGraph &source) {
  Block *body = source.getSketchBody();
  if (!body || (tp > 0 && !layout.empty()))
    return;
  constexpr unsigned kMaxShown = 8;
  unsigned count = 0;
  for (auto error : body->getOps<SyntaxErrorOp>())
    if (!source.getViolations().isMalformed(error) && count++ < kMaxShown)
      log.refuse(error.getLoc(),
                 "the drawing can't be read here: " + error.getMessage() +
                     "; mend it, or state by tp= and layout= what it shows");
}

//===----------------------------------------------------------------------===//
// The model
//===----------------------------------------------------------------------===//

huggingface::ImportOptions
RaiseSketch::chooseSizes(const DeploymentGraph &source,
                         const DrawnSizes &sizes) {
  Location root = source.getRoot()->getLoc();
  constexpr int64_t kMaxTokens = int64_t(1) << 31;
  auto choose = [&](StringRef what, StringRef name, int64_t option,
                    const DrawnSizes::Size &drawn, int64_t byDefault) {
    bool isDrawn = drawn.node != DeploymentGraph::kNoNode && drawn.value > 0;
    if (option > 0) {
      if (isDrawn && drawn.value != option)
        log.add(ChangeKind::Changed, source.getLoc(drawn.node),
                what + " from " + Twine(drawn.value) + " to " + Twine(option) +
                    ", as " + name + "= says");
      return option;
    }
    if (!isDrawn) {
      if (byDefault > 0)
        log.add(ChangeKind::Assumed, root,
                what + " of " + Twine(byDefault) +
                    ", since no number is drawn");
      return byDefault;
    }
    if (drawn.value > kMaxTokens) {
      log.refuse(source.getLoc(drawn.node),
                 "expected " + what + " of at most " + Twine(kMaxTokens) +
                     ", but got " + Twine(drawn.value) + "; " + name +
                     "= decides");
      return byDefault;
    }
    log.add(ChangeKind::Kept, source.getLoc(drawn.node),
            what + " of " + Twine(drawn.value));
    if (drawn.numOthers > 0)
      log.add(ChangeKind::Changed, source.getLoc(drawn.other),
              what + " of '" + source.getName(drawn.other) + "'" +
                  (drawn.numOthers > 1 ? " and other places" : "") + " from " +
                  Twine(drawn.otherValue) + " to " + Twine(drawn.value) +
                  ", which most nodes state");
    return drawn.value;
  };

  huggingface::ImportOptions options;
  // A drawing has a head for all tokens; a plan says whether it has.
  options.allLogits =
      !source.getRoot()
           ->walk([](LastTokenOp) { return WalkResult::interrupt(); })
           .wasInterrupted();
  options.batch = choose("batch", "batch", batch, sizes.batch, options.batch);
  options.decode = phase == RaisedPhase::Auto ? sizes.isDecode
                                              : phase == RaisedPhase::Decode;
  DrawnSizes::Size length = sizes.seqLen;
  // One token is computed; what the cache holds is another number.
  if (options.decode && sizes.isDecode) {
    length = {};
    if (sizes.cacheLen > 0)
      length = {sizes.cacheLen, sizes.seqLen.node, 0, DeploymentGraph::kNoNode,
                0};
  }
  options.seqLen =
      choose(options.decode ? "sequence in the cache" : "sequence length",
             "seq-len", seqLen, length, options.seqLen);
  if (options.decode)
    log.add(sizes.isDecode ? ChangeKind::Kept : ChangeKind::Changed, root,
            "decode: one token of each sequence");
  else if (sizes.isDecode)
    log.add(ChangeKind::Changed, root,
            "decode to prefill of all tokens, as phase= says");
  else if (source.isSketch() && phase == RaisedPhase::Auto)
    log.add(ChangeKind::Assumed, root, "prefill of all tokens");
  if (sizes.isSequenceParallel)
    log.add(ChangeKind::Kept, root,
            "sequence parallelism: reduce-scatter and all-gather in place of "
            "all-reduce");
  if (llvm::is_contained({"bf16", "f16", "f32"}, sizes.elementType)) {
    options.dtype = sizes.elementType;
    options.isLike = true;
    log.add(ChangeKind::Kept, root, "element type " + sizes.elementType);
  } else if (source.isSketch()) {
    log.add(ChangeKind::Assumed, root,
            "the element type of config=" +
                (sizes.elementType.empty()
                     ? std::string()
                     : ", since weights of " + sizes.elementType +
                           " are not supported"));
  }
  return options;
}

OwningOpRef<ModuleOp>
RaiseSketch::importModel(const huggingface::ImportOptions &options) {
  llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> buffer =
      readInputFile(config);
  if (!buffer) {
    log.refuse(UnknownLoc::get(&getContext()),
               llvm::toString(buffer.takeError()));
    return {};
  }
  // What the importer complains of belongs into the report, too.
  ScopedDiagnosticHandler handler(&getContext(), [&](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() != DiagnosticSeverity::Error)
      return failure();
    auto refusal = log.refuse(diagnostic.getLocation(), diagnostic.str());
    for (Diagnostic &note : diagnostic.getNotes())
      refusal.note(note.getLocation(), note.str());
    return success();
  });
  auto model = huggingface::importConfig(**buffer, &getContext(), options);
  if (!model)
    noteUnreadInput();
  return model;
}

static int64_t countLayers(ModelOp model) {
  if (auto numLayers = model.getNumLayers())
    return *numLayers;
  return llvm::range_size(model.getBody().getOps<LayerOp>());
}

//===----------------------------------------------------------------------===//
// The plan
//===----------------------------------------------------------------------===//

LogicalResult RaiseSketch::makePlan(ModuleOp module,
                                    const ResolvedLayout &layout,
                                    const DrawnSizes &sizes,
                                    bool keepReference) {
  PlanPipelineOptions options;
  options.tp = layout.tp;
  options.pp = layout.pp;
  options.ep = layout.ep;
  options.virtualStages = layout.virtualStages;
  options.placement = layout.placement;
  options.absorb = sizes.absorption;
  options.layout = ArrayRef<int64_t>(layout.layout);
  // Ascending devices need no mention.
  bool ascends = true;
  for (auto [i, device] : llvm::enumerate(layout.devices))
    ascends &= device == static_cast<int64_t>(i);
  if (!ascends)
    options.devices = ArrayRef<int64_t>(layout.devices);
  options.sequenceParallel = sizes.isSequenceParallel && layout.tp > 1;
  options.keepReference = keepReference;
  OpPassManager pm(ModuleOp::getOperationName());
  buildPlanPipeline(pm, options);

  // What the passes complain of belongs into the report, too.
  ScopedDiagnosticHandler handler(&getContext(), [&](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
      log.refuse(diagnostic.getLocation(),
                 diagnostic.str() + "; another tp=, pp= or layout= may do");
    return success(diagnostic.getSeverity() == DiagnosticSeverity::Error);
  });
  if (succeeded(runPipeline(pm, module)))
    return success();
  if (!log.hasRefusals())
    log.refuse(module.getLoc(),
               "no plan of this layout could be made of the model; another "
               "tp=, pp= or layout= may do");
  return failure();
}

/// What is handed out has passed; a plan that does not is no repair.
LogicalResult RaiseSketch::verifyPlan(const DeploymentGraphs &graphs,
                                      ModuleOp module) {
  VerificationResult result = runChecks(graphs, module);
  if (result.verdict == CheckStatus::Pass)
    return success();
  emitFindings(result.findings, Severity::Medium, /*maxPerCode=*/4,
               &getContext());
  for (const CheckResult &check : result.checks)
    if (check.status == CheckStatus::Unverified)
      emitWarning(getPlainLoc(module.getLoc()))
          << check.check->name << ": " << check.reason;
  log.refuse(module.getLoc(), "the plan that was made does not pass: verdict " +
                                  stringifyStatus(result.verdict));
  return failure();
}

/// Puts the ops of `plan` in the place of the source.
LogicalResult RaiseSketch::replace(Operation *source, ModuleOp plan) {
  ModuleOp module = getOperation();
  Operation *mesh = nullptr;
  if (auto model = dyn_cast<ModelOp>(source))
    if (auto name = model->getAttrOfType<FlatSymbolRefAttr>("mesh"))
      mesh = SymbolTable::lookupSymbolIn(module, name.getAttr());
  SmallVector<Operation *> old = {source};
  for (ModelOp model : module.getOps<ModelOp>())
    if (isReference(model) && model != source)
      old.push_back(model);
  // What does not verify may use values of another region.
  for (Operation *op : old)
    op->walk([](Operation *inner) {
      inner->dropAllReferences();
      inner->dropAllUses();
    });
  for (Operation *op : old)
    op->erase();
  if (isa_and_nonnull<MeshOp>(mesh) &&
      SymbolTable::symbolKnownUseEmpty(mesh, module))
    mesh->erase();
  for (Operation &op : plan.getOps()) {
    StringAttr name = SymbolTable::getSymbolName(&op);
    Operation *other =
        name ? SymbolTable::lookupSymbolIn(module, name) : nullptr;
    if (other)
      return emitError(getPlainLoc(other->getLoc()))
             << "expected no symbol " << name
             << " beside the plan, which has one of its own";
  }
  module.getBody()->getOperations().splice(plan->getIterator(),
                                           plan.getBody()->getOperations());
  plan.erase();
  return success();
}

/// The plan is good without its report; the exit status tells.
void RaiseSketch::writeReport(StringRef file, StringRef config) {
  if (report.empty())
    return;
  if (llvm::Error error = log.write(report, file, config))
    emitError(UnknownLoc::get(&getContext()))
        << llvm::toString(std::move(error));
}

LogicalResult RaiseSketch::finish() {
  log.emit();
  writeReport(getSourcePlace(getOperation().getLoc()).file, config);
  return failure(log.hasRefusals());
}

/// The length that the importer chose where none is drawn.
static int64_t getLength(ModelOp model) {
  int64_t length = 0;
  model.walk([&](Operation *op) {
    if (!isa<InputOp, KvCacheOp>(op))
      return;
    auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
    if (type && type.getRank() >= 2)
      length = std::max(length, type.getDimSize(1));
  });
  return length;
}

LogicalResult RaiseSketch::raise(const DeploymentGraph &source,
                                 const VerificationResult &result) {
  Location root = source.getRoot()->getLoc();
  if (source.getNodes().empty()) {
    log.refuse(root, "expected a drawing or a plan, but it is empty");
    return finish();
  }
  DrawnLayout drawn = readLayout(source);
  DrawnSizes sizes = readSizes(source);
  log.addFindings(result.findings);
  refuseDamage(source);
  auto given = dyn_cast<ModelOp>(source.getRoot());
  if (Operation *op = given ? findUnkept(given) : nullptr)
    log.refuse(op->getLoc(),
               "expected a plan with weights and caches as the model computes, "
               "without pages, chunks or lengths of sequences, without a "
               "schedule, and on ranks of tp, pp and ep, since nothing else is "
               "made anew, but got '" +
                   op->getName().getStringRef().str() + "'");
  huggingface::ImportOptions options = chooseSizes(source, sizes);
  if (config.empty()) {
    if (source.isSketch()) {
      log.refuse(root, "expected config= with the model's config.json, which a "
                       "drawing does not replace");
    } else {
      auto refusal = log.refuse(
          root, "expected config= with the model's config.json, to make the "
                "plan anew");
      for (const Finding &finding : ArrayRef(result.findings).take_front(8))
        if (finding.severity >= Severity::Medium)
          refusal.note(finding.loc,
                       "[" + finding.getCode() + "] " + finding.message);
    }
    return finish();
  }
  OwningOpRef<ModuleOp> imported = importModel(options);
  if (!imported)
    return finish();
  ModelOp model = findModel(*imported);
  if (!model || countLayers(model) < 1) {
    log.refuse(root, "expected a model with layers in config=");
    return finish();
  }

  for (auto other : getOperation().getOps<ModelOp>()) {
    ParameterOp weight;
    if (isReference(other) && other != given &&
        (weight = findOtherWeight(other, model)))
      log.refuse(weight.getLoc(),
                 "expected '@" + other.getSymName() +
                     "' to be the model of config=, which is made anew, but it "
                     "has the parameter '" +
                     weight.getName() + "', and that has not");
  }
  if (options.seqLen == 0)
    log.add(ChangeKind::Assumed, root,
            "sequence length of " + Twine(getLength(model)) +
                ", since no number is drawn");

  LayoutChoice choice{tp, pp, ep, {}, {}};
  choice.layout.assign(layout.begin(), layout.end());
  choice.devices.assign(devices.begin(), devices.end());
  std::optional<ResolvedLayout> planned =
      resolveLayout(source, drawn, choice, countLayers(model), log);
  if (!planned)
    return finish();
  log.setStages(planned->stages);
  compareWithModel(source, model, planned->tp, log);

  // A pass pipeline runs on what is inside of the module only.
  bool keepReference =
      llvm::any_of(getOperation().getOps<ModelOp>(),
                   [](ModelOp other) { return isReference(other); });
  ModuleOp plan = imported.release();
  getOperation().getBody()->getOperations().insert(
      std::next(source.getRoot()->getIterator()), plan);
  auto giveUp = [&]() {
    plan.erase();
    return finish();
  };
  if (failed(makePlan(plan, *planned, sizes, keepReference)))
    return giveUp();
  model = findModel(plan);
  if (!model) {
    log.refuse(root, "expected a plan of the model in config=, but got none");
    return giveUp();
  }
  if (given)
    keepSlots(given, model);
  moveLocations(source, drawn, *planned, model);
  DeploymentGraphs graphs(plan);
  if (failed(verifyPlan(graphs, plan)))
    return giveUp();
  compareWithPlan(source, drawn, *planned, *graphs.get().front(), log);
  if (failed(finish()))
    return failure();
  return replace(source.getRoot(), plan);
}

void RaiseSketch::runOnOperation() {
  log = ChangeLog();
  const auto &graphs = getAnalysis<DeploymentGraphs>();
  const DeploymentGraph *source = findSource(graphs);
  if (!source) {
    (void)finish();
    return signalPassFailure();
  }
  bool isComparable =
      keepPassing && !source->isSketch() &&
      (!config.empty() ||
       llvm::any_of(getOperation().getOps<ModelOp>(),
                    [](ModelOp model) { return isReference(model); }));
  auto program = [&](const DeploymentGraph &graph, CheckLog &log) {
    checkProgram(graph, config, log);
  };
  VerificationResult result = isComparable
                                  ? runChecks(graphs, getOperation(), program)
                                  : runChecks(graphs, getOperation());
  if (keepIfPassing(*source, result))
    return markAllAnalysesPreserved();
  if (failed(raise(*source, result)))
    signalPassFailure();
}
