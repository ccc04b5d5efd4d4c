//===- StateFacts.cpp - What the command line states --------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConfiguredPrograms.h"
#include "dag/Graph/StatedFacts.h"
#include "dag/Support/Files.h"
#include "dag/Target/HuggingFace/ImportConfig.h"
#include "dag/Verification/Passes.h"
#include "dag/Verification/VerificationLog.h"

using namespace mlir;
using namespace mlir::dag;

namespace mlir::dag {
#define GEN_PASS_DEF_DAGSTATE
#include "dag/Verification/Passes.h.inc"
} // namespace mlir::dag

namespace {
struct State : dag::impl::DagStateBase<State> {
  using DagStateBase::DagStateBase;

  /// Whether any fact is stated.
  bool isStated() const {
    return llvm::any_of(
        ArrayRef{&tp, &pp, &dp, &ep, &cp, &layers, &config, &reference},
        [](const Option<std::string> *option) { return !option->empty(); });
  }

  LogicalResult initialize(MLIRContext *context) override;
  CheckStatus verify() override {
    // A graph that was built before does not know of the facts.
    markAnalysesPreserved<StatedFactsOfRun, VerificationLog,
                          ConfiguredPrograms>();
    getAnalysis<StatedFactsOfRun>().facts = facts;
    auto &programs = getAnalysis<ConfiguredPrograms>();
    programs.setConfig(config, ignoreFields);
    programs.setDefault(notes);
    return CheckStatus::Pass;
  }

private:
  LogicalResult readModel(MLIRContext *context);

  StatedFacts facts;
  ConfiguredPrograms::Notes notes;
};
} // namespace

/// Reads a size as the value of an option; empty is not stated.
static LogicalResult readSize(MLIRContext *context, StringRef option,
                              StringRef text, int64_t &size) {
  // More ranks or layers than anybody has, and products of them fit.
  constexpr int64_t kMaxSize = int64_t(1) << 24;
  size = 0;
  if (text.empty() ||
      (!text.trim().getAsInteger(10, size) && size > 0 && size <= kMaxSize))
    return success();
  return emitError(UnknownLoc::get(context))
         << "expected " << option << " to be a whole number from 1 to "
         << kMaxSize << ", but got '" << text << "'";
}

LogicalResult State::readModel(MLIRContext *context) {
  llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> buffer =
      readInputFile(config);
  if (!buffer)
    return emitError(UnknownLoc::get(context))
           << llvm::toString(buffer.takeError());
  huggingface::ImportOptions options;
  options.setIgnoredFields(ignoreFields);
  OwningOpRef<ModuleOp> module =
      huggingface::importConfig(**buffer, context, options);
  if (!module)
    return failure();
  auto layers = std::make_shared<LayersOfNames>();
  for (ModelOp model : module->getOps<ModelOp>()) {
    facts.model = ModelFigures(model);
    notes = ConfiguredPrograms::Notes(model);
    addLayersOfNames(model, *layers);
  }
  facts.layersOfNames = std::move(layers);
  return success();
}

LogicalResult State::initialize(MLIRContext *context) {
  facts = StatedFacts();
  notes = {};
  facts.reference = StringRef(reference).ltrim('@').str();
  if (failed(readSize(context, "tp", tp, facts.tp)) ||
      failed(readSize(context, "pp", pp, facts.pp)) ||
      failed(readSize(context, "dp", dp, facts.dp)) ||
      failed(readSize(context, "ep", ep, facts.ep)) ||
      failed(readSize(context, "cp", cp, facts.cp)) ||
      failed(readSize(context, "layers", layers, facts.layers)))
    return failure();
  if (!config.empty() && failed(readModel(context)))
    return failure();
  // Both state what the model is.
  if (facts.layers != 0 && facts.model && facts.model->layers != 0 &&
      facts.layers != facts.model->layers)
    return emitError(UnknownLoc::get(context))
           << "expected layers and config to state one model, but got layers="
           << facts.layers << " and " << facts.model->layers << " layers in '"
           << config << "'";
  return success();
}

llvm::Error dag::checkStates(OpPassManager &pm) {
  // Facts stand until others are stated.
  bool isPending = false;
  auto fail = [] {
    return llvm::createStringError(
        "expected a check behind each --dag-state, which states facts for it");
  };
  for (Pass &pass : pm.getPasses()) {
    if (pass.getTypeID() == TypeID::get<State>()) {
      if (isPending)
        return fail();
      isPending = static_cast<State &>(pass).isStated();
    } else if (pass.getArgument() != "dag-report") {
      isPending &= !isa<LenientPass>(pass);
    }
  }
  return isPending ? fail() : llvm::Error::success();
}
