//===- Driver.cpp - Passes over several files -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Driver.h"
#include "dag/Diagnostics/VerificationPass.h"
#include "dag/Support/NearestName.h"
#include "dag/Tools/InputFile.h"
#include "dag/Verification/Reports/Report.h"
#include "dag/Verification/VerificationLog.h"
#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassInstrumentation.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Support/Timing.h"
#include "mlir/Support/ToolUtilities.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;
using namespace mlir::dag;
namespace cl = llvm::cl;

//===----------------------------------------------------------------------===//
// The pipeline
//===----------------------------------------------------------------------===//

/// Upstream's message about a pipeline, with the name that was meant.
static std::string explainPipelineError(StringRef message,
                                        ArrayRef<const char *> arguments) {
  message = message.rtrim();
  StringRef name = message.split(" does not refer to a registered pass").first;
  if (name.size() != message.size()) {
    name = name.rtrim('\'');
    name = name.substr(name.rfind('\'') + 1);
    return "no such pass '" + name.str() + "'" +
           askNearestName(name, getPassNames());
  }
  if (!message.contains("<Pass-Options-Parser>"))
    return message.str();
  // Upstream does not say which pass.
  std::vector<std::string> options;
  for (const std::string &pass : getPassNames())
    if (llvm::any_of(arguments, [&](StringRef argument) {
          return argument.contains(pass);
        }))
      llvm::append_range(options, getPassOptions(pass));
  return explainOptionError(message, options);
}

LogicalResult Driver::prepare(ArrayRef<const char *> arguments) {
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  // A pipeline as text may name ops.
  const cl::Option *text = cl::getRegisteredOptions().lookup("pass-pipeline");
  if (text && text->getNumOccurrences() > 0)
    context.loadAllAvailableDialects();
  std::string message;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    if (message.empty())
      message = diagnostic.str();
    return success();
  });
  PassManager pm(&context, ModuleOp::getOperationName());
  if (failed(config.setupPassPipeline(pm))) {
    // Upstream has spoken of a value that it can't read.
    if (!StringRef(message).trim().empty())
      llvm::WithColor::error()
          << explainPipelineError(message, arguments) << '\n';
    return failure();
  }
  if (pm.empty())
    return success();
  auto other = llvm::find_if(
      pm.getPasses(), [](Pass &pass) { return !isa<VerificationPass>(pass); });
  traits.onlyVerifies = other == pm.end();
  traits.takesInvalid = traits.onlyVerifies || isa<LenientPass>(*other);
  traits.reports = hasReport(pm);
  traits.reportPath = getReportPath(pm);
  if (!traits.reportPath.empty())
    if (llvm::Error error = checkReportPath(traits.reportPath)) {
      llvm::WithColor::error() << llvm::toString(std::move(error)) << '\n';
      return failure();
    }
  return success();
}

//===----------------------------------------------------------------------===//
// A file
//===----------------------------------------------------------------------===//

/// Notes why a pass failed.
class Driver::FailureRecorder : public PassInstrumentation {
public:
  explicit FailureRecorder(ExitStatus &status) : status(status) {}

  void runAfterPassFailed(Pass *pass, Operation *) override {
    auto *check = dyn_cast<VerificationPass>(pass);
    bool isUnverified = check && check->getStatus() == CheckStatus::Unverified;
    status = getWorse(status, isUnverified ? ExitStatus::Unverified
                                           : ExitStatus::Failure);
  }

private:
  ExitStatus &status;
};

/// The error that a report of a file without a result gives as its reason.
struct Driver::FirstError {
  explicit FirstError(MLIRContext *context)
      : handler(context, [this](Diagnostic &diagnostic) {
          if (!loc && diagnostic.getSeverity() == DiagnosticSeverity::Error) {
            loc = diagnostic.getLocation();
            message = diagnostic.str();
          }
          return failure();
        }) {}

  std::optional<Location> loc;
  std::string message;
  ScopedDiagnosticHandler handler;
};

void Driver::addUnreadable(StringRef file, Location loc, StringRef message,
                           StringRef reason) {
  if (!traits.reports)
    return;
  results.push_back(makeUnreadableResult(file, loc, message));
  if (!reason.empty())
    for (CheckResult &check : results.back().checks)
      check.reason = reason.str();
}

LogicalResult Driver::print(ModuleOp module, raw_ostream &os) {
  if (config.shouldEmitBytecode()) {
    BytecodeWriterConfig writerConfig;
    if (std::optional<int64_t> version = config.bytecodeVersionToEmit())
      writerConfig.setDesiredBytecodeVersion(*version);
    return writeBytecodeToFile(module, os, writerConfig);
  }
  module->print(os);
  os << '\n';
  return success();
}

LogicalResult Driver::processModule(llvm::SourceMgr &sourceMgr,
                                    MLIRContext *context, bool prints,
                                    raw_ostream &os) {
  DefaultTimingManager timingManager;
  applyDefaultTimingManagerCLOptions(timingManager);
  TimingScope timing = timingManager.getRootScope();
  StringRef file = sourceMgr.getMemoryBuffer(sourceMgr.getMainFileID())
                       ->getBufferIdentifier();

  FirstError error(context);
  TimingScope parserTiming = timing.nest("Parser");
  OwningOpRef<ModuleOp> module =
      readInput(sourceMgr, context, /*verifies=*/!traits.takesInvalid);
  parserTiming.stop();
  Location unknown = UnknownLoc::get(context);
  if (!module) {
    addUnreadable(file, error.loc.value_or(unknown), error.message);
    return fail(ExitStatus::BadInput);
  }

  PassManager pm(context, ModuleOp::getOperationName());
  pm.enableVerifier(config.shouldVerifyPasses() && !traits.onlyVerifies);
  if (failed(applyPassManagerCLOptions(pm)))
    return fail(ExitStatus::BadInput);
  pm.enableTiming(timing);
  if (failed(config.setupPassPipeline(pm)))
    return fail(ExitStatus::BadInput);
  if (config.shouldDumpPassPipeline()) {
    pm.dump();
    llvm::errs() << '\n';
  }
  pm.addInstrumentation(std::make_unique<FailureRecorder>(status));
  size_t numResults = results.size();
  setResultHandler(pm, [&](VerificationResult &&result) {
    results.push_back(std::move(result));
  });
  if (failed(pm.run(*module))) {
    if (results.size() == numResults)
      addUnreadable(file, error.loc.value_or(unknown), error.message,
                    "a pass before the checks failed");
    return status == ExitStatus::Success ? fail(ExitStatus::Failure)
                                         : failure();
  }
  if (!prints)
    return success();
  // A pass that changed nothing was not verified behind.
  if (traits.takesInvalid && !traits.onlyVerifies && failed(verify(*module)))
    return fail(ExitStatus::Failure);
  TimingScope outputTiming = timing.nest("Output");
  return failed(print(*module, os)) ? fail(ExitStatus::BadOutput) : success();
}

/// Prints `file:line:column: error: message`.
static void printPlain(const Diagnostic &diagnostic) {
  raw_ostream &os = llvm::errs();
  if (auto loc = dyn_cast<FileLineColLoc>(diagnostic.getLocation()))
    os << loc.getFilename().getValue() << ':' << loc.getLine() << ':'
       << loc.getColumn() << ": ";
  switch (diagnostic.getSeverity()) {
  case DiagnosticSeverity::Note:
    os << "note: ";
    break;
  case DiagnosticSeverity::Warning:
    os << "warning: ";
    break;
  case DiagnosticSeverity::Error:
    os << "error: ";
    break;
  case DiagnosticSeverity::Remark:
    os << "remark: ";
    break;
  }
  os << diagnostic << '\n';
}

/// True if a line is so long that showing it would hide the message.
static bool hasLongLine(StringRef text) {
  constexpr size_t kMaxLine = 4096;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = std::min(text.find('\n', begin), text.size());
    if (end - begin > kMaxLine)
      return true;
    begin = end + 1;
  }
  return false;
}

LogicalResult Driver::processChunk(std::unique_ptr<llvm::MemoryBuffer> buffer,
                                   bool prints, raw_ostream &os) {
  auto sourceMgr = std::make_shared<llvm::SourceMgr>();
  StringRef text = buffer->getBuffer();
  sourceMgr->AddNewSourceBuffer(std::move(buffer), SMLoc());
  auto owner = std::make_unique<MLIRContext>(registry);
  MLIRContext &context = *owner;
  context.allowUnregisteredDialects(config.shouldAllowUnregisteredDialects());
  if (traits.reports)
    contexts.push_back(std::move(owner));
  if (config.shouldVerifyDiagnostics()) {
    // Failures are what is expected there.
    context.printOpOnDiagnostic(false);
    SourceMgrDiagnosticVerifierHandler handler(*sourceMgr, &context,
                                               config.verifyDiagnosticsLevel());
    ExitStatus before = status;
    (void)processModule(*sourceMgr, &context, prints, os);
    status = before;
    return failed(handler.verify()) ? fail(ExitStatus::Failure) : success();
  }
  if (!hasLongLine(text)) {
    SourceMgrDiagnosticHandler handler(*sourceMgr, &context);
    return processModule(*sourceMgr, &context, prints, os);
  }
  context.printOpOnDiagnostic(false);
  ScopedDiagnosticHandler handler(&context, [](Diagnostic &diagnostic) {
    printPlain(diagnostic);
    for (Diagnostic &note : diagnostic.getNotes())
      printPlain(note);
    return success();
  });
  return processModule(*sourceMgr, &context, prints, os);
}

/// MLIR, and passes that want it to verify: all that `mlir-opt` can do.
LogicalResult
Driver::processUpstream(std::unique_ptr<llvm::MemoryBuffer> buffer,
                        raw_ostream &os) {
  bool isRead = false;
  MlirOptMainConfig watched = config;
  watched.setPassPipelineSetupFn([&](PassManager &pm) {
    isRead = true;
    if (failed(config.setupPassPipeline(pm)))
      return failure();
    pm.addInstrumentation(std::make_unique<FailureRecorder>(status));
    return success();
  });
  LogicalResult result = MlirOptMain(os, std::move(buffer), registry, watched);
  if (config.shouldVerifyDiagnostics())
    status = succeeded(result) ? ExitStatus::Success : ExitStatus::Failure;
  else if (failed(result) && status == ExitStatus::Success)
    status = isRead ? ExitStatus::Failure : ExitStatus::BadInput;
  return result;
}

ExitStatus Driver::process(StringRef path, bool prints, raw_ostream &os) {
  status = ExitStatus::Success;
  std::string message;
  std::unique_ptr<llvm::MemoryBuffer> input = openInputFile(path, &message);
  if (!input) {
    llvm::errs() << message << '\n';
    contexts.push_back(std::make_unique<MLIRContext>());
    addUnreadable(path, UnknownLoc::get(contexts.back().get()), message);
    return ExitStatus::BadInput;
  }
  bool isModule = getInputKind(*input) == InputKind::Module;
  if (isModule && failed(checkNesting(*input))) {
    contexts.push_back(std::make_unique<MLIRContext>());
    addUnreadable(path, UnknownLoc::get(contexts.back().get()),
                  "the file nests too deeply");
    return ExitStatus::BadInput;
  }
  if (isModule && !traits.takesInvalid && !traits.reports)
    (void)processUpstream(std::move(input), os);
  else if (failed(splitAndProcessBuffer(
               std::move(input),
               [&](std::unique_ptr<llvm::MemoryBuffer> chunk,
                   const llvm::MemoryBufferRef &, raw_ostream &chunkOs) {
                 return processChunk(std::move(chunk), prints, chunkOs);
               },
               os, config.inputSplitMarker(), config.outputSplitMarker())) &&
           status == ExitStatus::Success)
    status = ExitStatus::Failure;
  return status;
}

ExitStatus Driver::finish() {
  if (!config.shouldVerifyDiagnostics())
    for (const VerificationResult &result : results)
      llvm::errs() << summarize(result) << '\n';
  if (traits.reportPath.empty())
    return ExitStatus::Success;
  if (llvm::Error error = writeReport(results, traits.reportPath)) {
    llvm::WithColor::error() << llvm::toString(std::move(error)) << '\n';
    return ExitStatus::BadOutput;
  }
  return ExitStatus::Success;
}
