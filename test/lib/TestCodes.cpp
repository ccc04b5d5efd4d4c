//===- TestCodes.cpp - Show the table of codes ------------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// `--test-dag-print-codes` prints `code|check|severity|title|anchor` for each
// code.
//
//===----------------------------------------------------------------------===//

#include "dag/Diagnostics/Codes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

using namespace mlir;
using namespace mlir::dag;

namespace {
struct TestPrintCodes
    : public PassWrapper<TestPrintCodes, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(TestPrintCodes)

  StringRef getArgument() const final { return "test-dag-print-codes"; }
  StringRef getDescription() const final { return "Print the table of codes"; }

  void runOnOperation() final {
    for (const CodeInfo *info : getCodes())
      llvm::outs() << info->code << '|' << info->check->name << '|'
                   << stringifySeverity(info->severity) << '|' << info->title
                   << '|' << info->anchor << '\n';
  }
};
} // namespace

namespace mlir::dag::test {
void registerTestCodes() { PassRegistration<TestPrintCodes>(); }
} // namespace mlir::dag::test
