//===- DagReduceMain.cpp - The main of dag-reduce -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Tools/DagReduceMain.h"
#include "dag/Support/Files.h"
#include "dag/Target/Dot/ImportDot.h"
#include "dag/Tools/CommandLine.h"
#include "dag/Tools/DiagnosticPrinter.h"
#include "dag/Tools/InputFile.h"
#include "dag/Tools/UntrustedBytecode.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Reducer/Passes.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace mlir::dag;
namespace cl = llvm::cl;

constexpr StringRef kOverview =
    "reduces an input that shows a defect\n\n"
    "  Reads drawings (.dot), models' configurations (config.json) and MLIR, "
    "and prints\n  the least MLIR that still is what a test asks for:\n"
    "  --reduction-tree='traversal-mode=0 test=FILE'. The test is run with a "
    "file of MLIR,\n  and ends with 1 where that is of interest.\n\n"
    "  Exit status: 0 success, 1 a pass that fails, 3 input or options that "
    "could not be\n  read, 4 output that could not be written.\n";

constexpr StringRef kShownOptions[] = {"dot-rules", "pass-pipeline"};

/// Upstream ends the process where a test cannot be run.
static LogicalResult checkTests(const PassManager &pm) {
  std::string text;
  llvm::raw_string_ostream os(text);
  pm.printAsTextualPipeline(os);
  SmallVector<StringRef> words;
  llvm::SplitString(text, words, " {}");
  for (StringRef word : words)
    if (word.consume_front("test=") && !llvm::sys::fs::can_execute(word))
      return printError("expected a test that can be run, but got '" + word +
                        "'");
  return success();
}

/// Runs the passes. What the verifier says of modules that are tried on the way
/// is no error of this run.
static LogicalResult run(PassManager &pm, ModuleOp module) {
  std::vector<Diagnostic> diagnostics;
  LogicalResult result = success();
  {
    ScopedDiagnosticHandler handler(
        module.getContext(), [&](Diagnostic &diagnostic) {
          if (diagnostic.getSeverity() != DiagnosticSeverity::Error)
            return failure();
          diagnostics.push_back(std::move(diagnostic));
          return success();
        });
    result = pm.run(module);
  }
  if (failed(result) && !diagnostics.empty())
    module.getContext()->getDiagEngine().emit(std::move(diagnostics.back()));
  return result;
}

static ExitStatus reduce(std::unique_ptr<llvm::MemoryBuffer> buffer,
                         MLIRContext *context,
                         const PassPipelineCLParser &passes, raw_ostream &os) {
  // The rules are for drawings, but wrong for any input.
  if (llvm::Error error = dot::checkRulesFile(dot::getDotCLOptions())) {
    (void)printError(std::move(error));
    return ExitStatus::BadInput;
  }
  if (getInputKind(*buffer) == InputKind::Module &&
      (failed(replaceUntrusted(buffer)) || failed(checkNesting(*buffer))))
    return ExitStatus::BadInput;
  llvm::SourceMgr sourceMgr;
  sourceMgr.AddNewSourceBuffer(std::move(buffer), SMLoc());
  DiagnosticPrinter printer(sourceMgr, context);
  OwningOpRef<ModuleOp> module =
      readInput(sourceMgr, context, /*verifies=*/true);
  if (!module)
    return ExitStatus::BadInput;
  PassManager pm(context, ModuleOp::getOperationName());
  if (failed(passes.addToPipeline(
          pm, [](const Twine &message) { return printError(message); })) ||
      failed(checkTests(pm)))
    return ExitStatus::BadInput;
  if (failed(run(pm, *module)))
    return ExitStatus::Failure;
  module->print(os);
  os << '\n';
  return ExitStatus::Success;
}

int dag::dagReduceMain(int argc, char **argv, DialectRegistry &registry) {
  if (std::optional<int> status = readAsChild(argc, argv, registry))
    return *status;
  llvm::InitLLVM init(argc, argv);
  prepareTool();
  registerUntrustedOption();
  registerReducerPasses();
  dot::registerDotCLOptions();
  registerDiagnosticOptions();
  PassPipelineCLParser passes("", "Reduction passes to run");
  cl::opt<std::string> inputFile(cl::Positional, cl::desc("<input file>"),
                                 cl::init("-"), cl::cat(getToolCategory()));
  cl::opt<std::string> outputFile("o", cl::desc("Where the result is written"),
                                  cl::value_desc("file"), cl::init("-"),
                                  cl::cat(getToolCategory()));
  cl::opt<bool> allowsUnregistered(
      "allow-unregistered-dialect",
      cl::desc("Allow operations of dialects that are not registered"));
  if (!parseCommandLine(argc, argv, kOverview, kShownOptions, {},
                        describePasses()))
    return static_cast<int>(ExitStatus::BadInput);

  // The test is an input as well.
  for (const char *argument : ArrayRef(argv, argc))
    for (auto [before, rest] = StringRef(argument).split("test=");
         !rest.empty(); std::tie(before, rest) = rest.split("test="))
      noteInputFile(rest.take_until(
          [](char c) { return c == ' ' || c == '}' || c == ','; }));

  MLIRContext context(registry);
  context.allowUnregisteredDialects(allowsUnregistered);
  context.printOpOnDiagnostic(false);
  return static_cast<int>(processFile(
      inputFile, outputFile,
      [&](std::unique_ptr<llvm::MemoryBuffer> buffer, raw_ostream &os) {
        return reduce(std::move(buffer), &context, passes, os);
      }));
}
