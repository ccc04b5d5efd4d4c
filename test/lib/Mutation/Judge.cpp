//===- Judge.cpp - What a mutant does, and what is said of it -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Judge.h"
#include "dag/Graph/DeploymentGraph.h"
#include "dag/Pipelines/Verify.h"
#include "dag/Verification/Checks.h"
#include "dag/Verification/Passes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Pass/PassManager.h"

#include <cmath>

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::mutation;

bool Findings::hasOneOf(StringRef expected) const {
  SmallVector<StringRef> prefixes;
  expected.split(prefixes, ' ', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  return llvm::any_of(codes, [&](StringRef code) {
    return llvm::any_of(
        prefixes, [&](StringRef prefix) { return code.starts_with(prefix); });
  });
}

Findings mutation::verifyModule(ModuleOp module) {
  Findings findings;
  ScopedDiagnosticHandler handler(
      module.getContext(), [&](Diagnostic &diagnostic) {
        // What was not understood is a warning.
        if (diagnostic.getSeverity() != DiagnosticSeverity::Error &&
            diagnostic.getSeverity() != DiagnosticSeverity::Warning)
          return success();
        std::string message = diagnostic.str();
        StringRef text = message;
        if (text.consume_front("[") && text.starts_with("DAG")) {
          StringRef code = text.take_until([](char c) { return c == ']'; });
          if (!llvm::is_contained(findings.codes, code))
            findings.codes.push_back(code.str());
        } else if (findings.codes.empty()) {
          findings.codes.push_back("UNVERIFIED");
          for (const Diagnostic &note : diagnostic.getNotes())
            message += "; " + note.str();
        }
        if (findings.message.empty())
          findings.message = message;
        return success();
      });
  PassManager pm(module.getContext(), ModuleOp::getOperationName());
  pm.enableVerifier(false);
  VerifyPipelineOptions options;
  options.maxDiagnostics = 0;
  options.trial = TrialMode::Off;
  if (SymbolTable::lookupSymbolIn(module, "logical"))
    options.reference = "@logical";
  buildVerifyPipeline(pm, options);
  findings.passes = succeeded(pm.run(module));
  if (findings.passes)
    findings.codes.clear();
  return findings;
}

/// Calls `check` on the model `@logical`, the graph of the plan and a log.
static Opinion
ask(ModuleOp module,
    function_ref<void(ModelOp, const DeploymentGraph &, CheckLog &)> check) {
  CheckLog log(CheckId::Equivalence);
  auto reference = module.lookupSymbol<ModelOp>("logical");
  DeploymentGraphs graphs(module);
  for (const auto &graph : graphs.get())
    if (graph->getRoot() != reference)
      check(reference, *graph, log);
  Opinion opinion;
  opinion.finds = !log.getFindings().empty();
  opinion.reason = log.getReason().str();
  for (const SummaryFact &fact : log.getFacts())
    if (StringRef(fact.value).starts_with("not tried"))
      opinion.reason = fact.value;
  return opinion;
}

Opinion mutation::proveAlone(ModuleOp module) {
  return ask(module,
             [](ModelOp reference, const DeploymentGraph &graph,
                CheckLog &log) { checkEquivalence(reference, graph, log); });
}

Opinion mutation::tryAlone(ModuleOp module) {
  return ask(module, [](ModelOp reference, const DeploymentGraph &graph,
                        CheckLog &log) {
    checkTrial(reference, graph, TrialOptions(), log);
  });
}

//===----------------------------------------------------------------------===//
// Oracle
//===----------------------------------------------------------------------===//

FailureOr<Oracle> Oracle::create(ModelOp model) {
  Oracle oracle;
  // Tokens do not depend on what a mutant says of the vocabulary, and a step
  // of decoding comes behind some others.
  oracle.options.vocabulary = model.getVocabSize().value_or(0);
  int64_t tokens = 0, room = 0, sequences = 0, blocks = 1;
  for (InputOp input : model.getBody().getOps<InputOp>()) {
    auto type = cast<RankedTensorType>(input.getType());
    InputUse use = findInputUse(input);
    if (use.kind == InputUse::Kind::Pages)
      blocks = type.getDimSize(1);
    else if (use.kind == InputUse::Kind::Position && type.getRank() == 1)
      sequences = type.getDimSize(0);
    else if (type.getRank() == 2)
      tokens = type.getDimSize(1);
  }
  model.walk([&](Operation *op) {
    if (auto cache = dyn_cast<KvCacheOp>(op))
      room = cast<RankedTensorType>(cache.getType()).getDimSize(1);
  });
  int64_t position = std::max<int64_t>(room * blocks - tokens, 0);
  oracle.options.position = position;
  // Each in another place, with another number of tokens.
  for (int64_t i = 0; i < sequences; ++i) {
    oracle.options.positions.push_back(std::max<int64_t>(position - i, 0));
    oracle.options.queryLens.push_back(std::max<int64_t>(tokens - i, 1));
  }
  constexpr uint64_t kNumSeeds = 2;
  for (uint64_t seed = 0; seed < kNumSeeds; ++seed) {
    FailureOr<Outputs> outputs = oracle.run(model, seed);
    if (failed(outputs))
      return failure();
    oracle.expected.push_back(std::move(*outputs));
  }
  return oracle;
}

FailureOr<Outputs> Oracle::run(ModelOp model, uint64_t seed) const {
  RandomSource::Options seeded = options;
  seeded.seed = seed;
  RandomSource source(seeded);
  Interpreter interpreter(source, Precision::F64);
  return interpreter.run(model);
}

/// True if both are the same but for rounding.
static bool isEqual(const Tensor &a, const Tensor &b) {
  if (a.getShape() != b.getShape())
    return false;
  double largest = 0, difference = 0;
  for (int64_t i = 0, e = a.getNumElements(); i < e; ++i) {
    double d = std::fabs(a[i] - b[i]);
    if (std::isnan(d))
      return false;
    difference = std::max(difference, d);
    largest = std::max(largest, std::fabs(b[i]));
  }
  return difference <= 1e-9 * largest;
}

Effect Oracle::judge(ModelOp plan, std::string &reason) const {
  reason = findMisfit(plan);
  if (!reason.empty())
    return Effect::CannotRun;
  reason = findHang(plan);
  if (!reason.empty())
    return Effect::Hangs;
  for (uint64_t seed = 0; seed < expected.size(); ++seed)
    if (Effect effect = judge(plan, seed, reason); effect != Effect::Equal)
      return effect;
  return Effect::Equal;
}

Effect Oracle::judge(ModelOp plan, uint64_t seed, std::string &reason) const {
  ScopedDiagnosticHandler handler(plan.getContext(),
                                  [&](Diagnostic &diagnostic) {
                                    if (reason.empty())
                                      reason = diagnostic.str();
                                    return success();
                                  });
  FailureOr<Outputs> outputs = run(plan, seed);
  if (failed(outputs))
    return StringRef(reason).contains("to hold the same") ? Effect::Changed
                                                          : Effect::CannotRun;
  if (outputs->size() != expected[seed].size())
    return Effect::Changed;
  for (const auto &[name, tensor] : expected[seed]) {
    const auto *it = outputs->find(name);
    if (it == outputs->end() || !isEqual(it->second, tensor))
      return Effect::Changed;
  }
  return Effect::Equal;
}
