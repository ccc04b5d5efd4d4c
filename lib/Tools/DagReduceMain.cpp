//===- DagReduceMain.cpp - The main of dag-reduce -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Tools/DagReduceMain.h"
#include "DiagnosticPrinter.h"
#include "dag/Support/Files.h"
#include "dag/Target/Dot/ImportDot.h"
#include "dag/Tools/CommandLine.h"
#include "dag/Tools/InputFile.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Reducer/Passes.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/WithColor.h"

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

static LogicalResult refuse(const Twine &message) {
  llvm::WithColor::error() << message << '\n';
  return failure();
}

/// Upstream ends the process where a test cannot be run.
static LogicalResult checkTests(const PassManager &pm) {
  std::string text;
  llvm::raw_string_ostream os(text);
  pm.printAsTextualPipeline(os);
  SmallVector<StringRef> words;
  llvm::SplitString(text, words, " {}");
  for (StringRef word : words)
    if (word.consume_front("test=") && !llvm::sys::fs::can_execute(word))
      return refuse("expected a test that can be run, but got '" + word + "'");
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
  if (getInputKind(*buffer) == InputKind::Module &&
      failed(checkNesting(*buffer)))
    return ExitStatus::BadInput;
  llvm::SourceMgr sourceMgr;
  sourceMgr.AddNewSourceBuffer(std::move(buffer), SMLoc());
  DiagnosticPrinter printer(sourceMgr, context);
  OwningOpRef<ModuleOp> module =
      readInput(sourceMgr, context, /*verifies=*/true);
  if (!module)
    return ExitStatus::BadInput;
  PassManager pm(context, ModuleOp::getOperationName());
  if (failed(passes.addToPipeline(pm, refuse)) || failed(checkTests(pm)))
    return ExitStatus::BadInput;
  if (failed(run(pm, *module)))
    return ExitStatus::Failure;
  module->print(os);
  os << '\n';
  return ExitStatus::Success;
}

int dag::dagReduceMain(int argc, char **argv, DialectRegistry &registry) {
  llvm::InitLLVM init(argc, argv);
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

  llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> input =
      readInputFile(inputFile);
  if (!input) {
    llvm::WithColor::error() << llvm::toString(input.takeError()) << '\n';
    return static_cast<int>(ExitStatus::BadInput);
  }
  // Before a long search.
  llvm::Expected<OutputFile> output = OutputFile::open(outputFile);
  if (!output) {
    llvm::WithColor::error() << llvm::toString(output.takeError()) << '\n';
    return static_cast<int>(ExitStatus::BadOutput);
  }
  MLIRContext context(registry);
  context.allowUnregisteredDialects(allowsUnregistered);
  context.printOpOnDiagnostic(false);
  return static_cast<int>(closeOutput(
      *output, reduce(std::move(*input), &context, passes, output->os())));
}
