//===- Session.cpp - A context for many inputs -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Session.h"
#include "Fuzzers.h"
#include "dag/Dialect/Dag/IR/Malformed.h"
#include "dag/InitAll.h"
#include "dag/Pipelines/Verify.h"
#include "dag/Target/Dot/ExportDot.h"
#include "dag/Target/HuggingFace/ImportConfig.h"
#include "dag/Verification/Reports/Report.h"
#include "dag/Verification/VerificationLog.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::fuzz;

static DialectRegistry &getRegistry() {
  static DialectRegistry *registry = [] {
    auto *made = new DialectRegistry;
    dag::registerAllDialects(*made);
    dag::registerAllPasses();
    return made;
  }();
  return *registry;
}

Session::Session()
    : context(getRegistry(), MLIRContext::Threading::DISABLED),
      quiet(&context, [](Diagnostic &diagnostic) { (void)diagnostic.str(); }),
      verification(&context, ModuleOp::getOperationName()) {
  context.loadAllAvailableDialects();
  context.printOpOnDiagnostic(false);
  verification.enableVerifier(false);
  buildVerifyPipeline(verification, VerifyPipelineOptions());
  setResultHandler(verification, [this](VerificationResult &&result) {
    results.push_back(std::move(result));
  });
}

Session &Session::begin() {
  constexpr unsigned kMaxInputs = 1000;
  static std::unique_ptr<Session> session;
  if (!session || session->numInputs++ == kMaxInputs) {
    session.reset();
    session.reset(new Session);
  }
  return *session;
}

OwningOpRef<ModuleOp> Session::read(llvm::MemoryBufferRef text) {
  llvm::SourceMgr sourceMgr;
  sourceMgr.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBuffer(text),
                               llvm::SMLoc());
  OwningOpRef<ModuleOp> module = parseUnverified(sourceMgr, &context);
  if (module) {
    (void)verifyPipeline(*module);
    draw(*module);
  }
  return module;
}

CheckStatus Session::verifyPipeline(ModuleOp module) {
  results.clear();
  LogicalResult ran = verification.run(module);
  demand(results.size() == 1, "one result of a run");
  CheckStatus verdict = results.front().verdict;
  demand(succeeded(ran) == (verdict == CheckStatus::Pass),
         "a run that succeeds where the verdict is PASS, and fails elsewhere");
  writeMarkdownReport(results, llvm::nulls());
  writeJSONReport(results, llvm::nulls());
  writeSARIFReport(results, llvm::nulls());
  demand(verdict != CheckStatus::Pass || succeeded(verify(module)),
         "what passes to verify");
  // They hold locations of the module's context.
  results.clear();
  return verdict;
}

LogicalResult Session::run(StringRef pipeline, ModuleOp module) {
  std::unique_ptr<PassManager> &pm = passes[pipeline.str()];
  if (!pm) {
    pm = std::make_unique<PassManager>(&context, ModuleOp::getOperationName());
    LogicalResult parsed = parsePassPipeline(pipeline, *pm, llvm::nulls());
    demand(succeeded(parsed), "a pipeline");
  }
  return pm->run(module);
}

void Session::draw(ModuleOp module) {
  (void)dot::exportDot(module, llvm::nulls(), rules, dot::ExportOptions());
}

static constexpr StringLiteral kSmallConfig = R"json({
  "architectures": ["LlamaForCausalLM"], "model_type": "llama",
  "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2,
  "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 4,
  "vocab_size": 32, "max_position_embeddings": 64, "rms_norm_eps": 1e-05,
  "rope_theta": 10000.0, "hidden_act": "silu", "tie_word_embeddings": false,
  "torch_dtype": "bfloat16"
})json";

ArrayRef<OwningOpRef<ModuleOp>> Session::getSmallModules() {
  if (!smallModules.empty())
    return smallModules;
  huggingface::ImportOptions options;
  options.seqLen = 8;
  for (StringRef pipeline : {"", "dag-plan{tp=2 pp=2 keep-reference=true}",
                             "dag-plan{tp=2 pp=2},dag-localize"}) {
    smallModules.push_back(huggingface::importConfig(
        llvm::MemoryBufferRef(kSmallConfig, "config.json"), &context, options));
    demand(smallModules.back() &&
               (pipeline.empty() ||
                succeeded(run(pipeline, *smallModules.back()))),
           "the small models to be made");
  }
  return smallModules;
}
