//===- DagOptMain.cpp - The main of dag-opt -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Tools/DagOptMain.h"
#include "Driver.h"
#include "dag/Support/FatalErrors.h"
#include "dag/Support/Files.h"
#include "dag/Target/Dot/ImportDot.h"
#include "dag/Tools/DiagnosticPrinter.h"
#include "dag/Tools/UntrustedBytecode.h"
#include "dag/Tools/UpstreamOptions.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;
using namespace mlir::dag;
namespace cl = llvm::cl;

/// What of upstream's options a user of this tool needs.
constexpr StringRef kShownOptions[] = {
    "dot-explain",
    "dot-rules",
    "emit-bytecode",
    "mlir-print-ir-after-all",
    "mlir-print-op-on-diagnostic",
    "mlir-timing",
    "pass-pipeline",
};

constexpr StringRef kOverview =
    "verifier and compiler for deployment DAGs\n\n"
    "  Reads drawings (.dot), models' configurations (config.json) and MLIR, "
    "runs passes\n  in the order of their options, and prints the module.\n\n"
    "  Exit status: 0 success or PASS, 1 FAIL, 2 UNVERIFIED, 3 input or "
    "options "
    "that\n  could not be read, 4 output or report that could not be "
    "written.\n";

/// A refusal is a message, and not a module of thousands of lines.
static void printNoOps() {
  cl::Option *option =
      cl::getRegisteredOptions().lookup("mlir-print-op-on-diagnostic");
  if (option)
    static_cast<cl::opt<bool> *>(option)->setInitialValue(false);
}

int dag::dagOptMain(int argc, char **argv, DialectRegistry &registry) {
  if (std::optional<int> status = readAsChild(argc, argv, registry))
    return *status;
  llvm::InitLLVM init(argc, argv);
  prepareTool();
  registerUntrustedOption();
  registerTransformsPasses();
  dot::registerDotCLOptions();
  registerDiagnosticOptions();
  (void)registerCLIOptions("", registry);
  printNoOps();
  cl::list<std::string> inputs(cl::Positional, cl::desc("<input files>"),
                               cl::cat(getToolCategory()));
  cl::opt<std::string> outputFile(
      "o",
      cl::desc("Where the module is printed; with checks and tables alone it "
               "is not, unless this is given"),
      cl::value_desc("file"), cl::init("-"), cl::cat(getToolCategory()));
  if (!parseCommandLine(argc, argv, kOverview, kShownOptions, {},
                        describePasses()))
    return static_cast<int>(ExitStatus::BadInput);

  const MlirOptMainConfig config = MlirOptMainConfig::createFromCLOptions();
  if (config.shouldShowDialects() || config.shouldListPasses())
    return asMainReturnCode(MlirOptMain(argc, argv, "-", outputFile, registry));

  ExitStatus status =
      checkUpstreamOptions(ArrayRef(argv, argc), config, registry);
  if (status != ExitStatus::Success)
    return static_cast<int>(status);
  std::vector<std::string> files(inputs.begin(), inputs.end());
  if (files.empty())
    files.push_back("-");
  for (const std::string &file : files)
    noteInputFile(file);
  Driver driver(config, registry);
  if (failed(driver.prepare(ArrayRef(argv, argc).drop_front())))
    return static_cast<int>(ExitStatus::BadInput);
  bool prints =
      !driver.getTraits().changesNothing || outputFile.getNumOccurrences() > 0;
  if (prints && files.size() > 1 && outputFile != "/dev/null")
    return static_cast<int>(driver.refuse(
        files, "expected one input file where a module is printed, but got " +
                   llvm::Twine(files.size())));
  status = driver.checkOutputs(files, prints ? outputFile.getValue() : "",
                               outputFile.getNumOccurrences() > 0,
                               getUpstreamOutputs(ArrayRef(argv, argc)));
  if (status != ExitStatus::Success)
    return static_cast<int>(status);
  // The rules are for drawings, but wrong for any input.
  if (llvm::Error error = dot::checkRulesFile(dot::getDotCLOptions()))
    return static_cast<int>(
        driver.refuse(files, llvm::toString(std::move(error))));
  // What is not printed is not written either.
  llvm::Expected<OutputFile> output =
      OutputFile::open(prints ? outputFile.getValue() : "/dev/null");
  if (!output)
    return static_cast<int>(
        getWorse(driver.refuse(files, llvm::toString(output.takeError())),
                 ExitStatus::BadOutput));

  // Source lines are printed character by character. What is buffered goes out
  // before the module does, or a message would be torn where both are one file.
  llvm::errs().SetBuffered();
  output->os().tie(&llvm::errs());
  auto flush = llvm::make_scope_exit([] { llvm::errs().flush(); });
  for (const std::string &file : files)
    status = getWorse(status, driver.process(file, prints, output->os()));
  status = closeOutput(*output, status);
  status = getWorse(status, driver.finish());
  if (hasUnreadInput())
    status = getWorse(status, ExitStatus::BadInput);
  if (hasUnwrittenOutput())
    status = getWorse(status, ExitStatus::BadOutput);
  endIfAbandoned(static_cast<int>(status));
  return static_cast<int>(status);
}
