//===- Session.h - A context for many inputs -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TEST_FUZZ_SESSION_H
#define DAG_TEST_FUZZ_SESSION_H

#include "dag/Diagnostics/Finding.h"
#include "dag/Target/Dot/Recognition.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Pass/PassManager.h"

#include <map>
#include <optional>

namespace mlir::dag::fuzz {

/// A context that says nothing. What inputs leave in it stays there, so that
/// there is a new one from time to time.
class Session {
public:
  /// For the next input.
  static Session &begin();

  MLIRContext *getContext() { return &context; }
  const dot::RuleTable &getRules() const { return rules; }
  /// The module of a text, verified and drawn as it is; null if it is none.
  OwningOpRef<ModuleOp> read(llvm::MemoryBufferRef text);
  /// Runs `--verify-pipeline`, writes the report in all forms, and demands that
  /// what passes verifies.
  CheckStatus verifyPipeline(ModuleOp module);
  /// Runs passes over a module that they may change.
  LogicalResult run(StringRef pipeline, ModuleOp module);
  /// Draws it.
  void draw(ModuleOp module);
  /// A model of two layers, its plan for four ranks beside it, and the programs
  /// of these.
  ArrayRef<OwningOpRef<ModuleOp>> getSmallModules();

private:
  Session();

  unsigned numInputs = 0;
  MLIRContext context;
  ScopedDiagnosticHandler quiet;
  PassManager verification;
  std::map<std::string, std::unique_ptr<PassManager>, std::less<>> passes;
  dot::RuleTable rules;
  std::vector<VerificationResult> results;
  std::vector<OwningOpRef<ModuleOp>> smallModules;

public:
  /// What a fuzzer keeps as long as the context.
  std::shared_ptr<void> kept;
};

} // namespace mlir::dag::fuzz

#endif // DAG_TEST_FUZZ_SESSION_H
