//===- TestCodes.cpp - Show the table of codes ------------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// `--test-dag-print-codes` prints `code|check|severity|title|anchor` for each
// code. `--test-dag-report-unreadable` writes the report of files that could
// not be read, whether they are there or not.
//
//===----------------------------------------------------------------------===//

#include "dag/Diagnostics/Codes.h"
#include "dag/Verification/Reports/Report.h"
#include "dag/Verification/VerificationLog.h"
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

struct TestReportUnreadable
    : public PassWrapper<TestReportUnreadable, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(TestReportUnreadable)

  TestReportUnreadable() = default;
  TestReportUnreadable(const TestReportUnreadable &other)
      : PassWrapper(other) {}

  StringRef getArgument() const final { return "test-dag-report-unreadable"; }
  StringRef getDescription() const final {
    return "Write the report of files that could not be read";
  }

  void runOnOperation() final {
    std::vector<VerificationResult> results;
    for (const std::string &file : files) {
      results.push_back(makeUnreadableResult(
          file, UnknownLoc::get(&getContext()),
          "cannot open input file '" + file + "': No such file or directory"));
      emitFindings(results.back().findings, Severity::Medium, /*maxPerCode=*/0,
                   &getContext());
    }
    if (llvm::Error error = writeReport(results, report)) {
      emitError(UnknownLoc::get(&getContext()))
          << llvm::toString(std::move(error));
      signalPassFailure();
    }
  }

  Option<std::string> report{*this, "report", llvm::cl::desc("The report")};
  ListOption<std::string> files{*this, "files", llvm::cl::desc("The files")};
};
} // namespace

namespace mlir::dag::test {
void registerTestCodes() {
  PassRegistration<TestPrintCodes>();
  PassRegistration<TestReportUnreadable>();
}
} // namespace mlir::dag::test
