//===- Driver.cpp - Passes over several files -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Driver.h"
#include "HeldErrors.h"
#include "PassOptions.h"
#include "dag/Diagnostics/VerificationPass.h"
#include "dag/Support/Files.h"
#include "dag/Support/NearestName.h"
#include "dag/Tools/DiagnosticPrinter.h"
#include "dag/Tools/InputFile.h"
#include "dag/Tools/UntrustedBytecode.h"
#include "dag/Tools/UpstreamOptions.h"
#include "dag/Verification/Reports/Report.h"
#include "dag/Verification/VerificationLog.h"
#include "mlir/Bytecode/BytecodeReader.h"
#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassInstrumentation.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/Timing.h"
#include "mlir/Support/ToolUtilities.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::dag;
namespace cl = llvm::cl;

//===----------------------------------------------------------------------===//
// The pipeline
//===----------------------------------------------------------------------===//

/// The options of those passes of a command line that are given `option` and
/// have no such one: upstream does not say which pass it is.
static std::vector<std::string>
findRefusingOptions(StringRef option, ArrayRef<const char *> arguments) {
  std::vector<std::string> found;
  for (const std::string &pass : getPassNames()) {
    bool isGiven = llvm::any_of(arguments, [&](StringRef argument) {
      size_t begin = argument.find(pass);
      return begin != StringRef::npos &&
             argument.substr(begin + pass.size()).contains(option);
    });
    std::vector<std::string> options;
    if (isGiven)
      options = getPassOptions(pass);
    if (!llvm::is_contained(options, option))
      llvm::append_range(found, options);
  }
  return found;
}

/// Upstream's message about a pipeline, with the name that was meant; empty
/// where it has spoken of a value that it can't read.
static std::string explainPipelineError(StringRef message,
                                        ArrayRef<const char *> arguments) {
  StringRef line = message.split('\n').first.rtrim();
  StringRef name = line.split(" does not refer to a registered pass").first;
  if (name.size() != line.size()) {
    name = name.rtrim('\'');
    name = name.substr(name.rfind('\'') + 1);
    return "no such pass '" + name.str() + "'" +
           askNearestName(name, getPassNames());
  }
  if (line.contains("anchor operation type") &&
      llvm::any_of(arguments, [](StringRef argument) {
        return argument.contains("builtin.module(") &&
               argument.count('(') > argument.count(')');
      }))
    return "expected the passes of builtin.module( to end with ')'";
  StringRef option = line.split("no such option ").second;
  if (option.empty())
    return line.str();
  // Pipelines know their options, and have explained it.
  if (option.starts_with("'"))
    return line.str();
  return explainOptionError(line, findRefusingOptions(option, arguments));
}

/// Writes the smallest module, to know before anything is read.
static LogicalResult checkBytecodeVersion(const MlirOptMainConfig &config,
                                          MLIRContext &context) {
  std::optional<int64_t> version = config.bytecodeVersionToEmit();
  if (!config.shouldEmitBytecode() || !version)
    return success();
  ScopedDiagnosticHandler quiet(&context, [](Diagnostic &) {});
  BytecodeWriterConfig writer;
  writer.setDesiredBytecodeVersion(*version);
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  llvm::raw_null_ostream os;
  if (succeeded(writeBytecodeToFile(*module, os, writer)))
    return success();
  return printError("no such version of bytecode: " + Twine(*version));
}

/// The values that passes have for options of some names, from the text of
/// their pipeline: `pass{name=value other={with a space}}`.
static std::vector<std::string> getOptionValues(StringRef pipeline,
                                                ArrayRef<StringRef> names) {
  std::vector<std::string> values;
  for (size_t at = pipeline.find('='); at != StringRef::npos;
       at = pipeline.find('=', at + 1)) {
    StringRef before = pipeline.take_front(at);
    StringRef value = pipeline.drop_front(at + 1);
    value = value.consume_front("{")
                ? value.split('}').first
                : value.take_until([](char c) { return c == ' ' || c == '}'; });
    StringRef name = before.substr(before.find_last_of(" {") + 1);
    if (!value.empty() && llvm::is_contained(names, name))
      values.push_back(value.str());
  }
  return values;
}

/// Notes the files that the passes read and write.
static void findFiles(StringRef text, PipelineTraits &traits) {
  for (const std::string &file :
       getOptionValues(text, {"config", "device-file", "devices", "test"}))
    noteInputFile(file);
  traits.upstreamOutputs = getOptionValues(text, {"filename"});
  traits.outputs = getOptionValues(text, {"output", "report"});
  llvm::append_range(traits.outputs, traits.upstreamOutputs);
}

/// Adds the passes. Parsers of options speak for themselves.
static LogicalResult setUpPipeline(const MlirOptMainConfig &config,
                                   PassManager &pm) {
  HeldErrors held;
  LogicalResult result = config.setupPassPipeline(pm);
  if (succeeded(result))
    held.accept();
  return result;
}

LogicalResult Driver::prepare(ArrayRef<const char *> arguments) {
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  // A pipeline as text may name ops.
  const cl::Option *text = cl::getRegisteredOptions().lookup("pass-pipeline");
  if (text && text->getNumOccurrences() > 0)
    context.loadAllAvailableDialects();
  if (failed(checkBytecodeVersion(config, context)))
    return failure();
  if (failed(checkPassOptions(arguments)))
    return failure();
  std::string message;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    if (message.empty())
      message = diagnostic.str();
    return success();
  });
  PassManager pm(&context, ModuleOp::getOperationName());
  if (failed(setUpPipeline(config, pm))) {
    std::string text = explainPipelineError(message, arguments);
    return text.empty() ? failure() : printError(text);
  }
  if (pm.empty())
    return success();
  std::string pipeline;
  llvm::raw_string_ostream os(pipeline);
  pm.printAsTextualPipeline(os);
  if (failed(checkNestedChecks(pipeline)))
    return failure();
  auto other = llvm::find_if(
      pm.getPasses(), [](Pass &pass) { return !isa<VerificationPass>(pass); });
  traits.onlyVerifies = other == pm.end();
  traits.changesNothing = llvm::all_of(pm.getPasses(), [](Pass &pass) {
    return isa<VerificationPass, PrintingPass>(pass);
  });
  traits.takesInvalid = traits.onlyVerifies || isa<LenientPass>(*other);
  if (llvm::Error error = llvm::joinErrors(deferChecks(pm), checkStates(pm)))
    return printError(std::move(error));
  traits.reports = hasReport(pm);
  traits.reportPath = getReportPath(pm);
  bool isOntoInput =
      !traits.reportPath.empty() && isInputFile(traits.reportPath);
  findFiles(pipeline, traits);
  if (traits.reportPath.empty())
    return success();
  if (llvm::Error error = checkReportPath(traits.reportPath))
    return printError(std::move(error));
  if (isOntoInput)
    return printError("expected the report in a file of its own, but '" +
                      traits.reportPath + "' is an input");
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
  results.push_back(makeUnreadableResult(file, loc, message, reason));
}

MLIRContext &Driver::getContext() {
  if (!context) {
    context = std::make_unique<MLIRContext>(registry);
    context->allowUnregisteredDialects(
        config.shouldAllowUnregisteredDialects());
  }
  return *context;
}

void Driver::addUnopened(StringRef file, StringRef message, StringRef reason) {
  addUnreadable(file, UnknownLoc::get(&getContext()), message, reason);
}

ExitStatus Driver::refuse(ArrayRef<std::string> files, const Twine &reason) {
  std::string message = reason.str();
  (void)printError(message);
  // A report that is in the way of another file is not written.
  bool isInTheWay =
      llvm::count_if(traits.outputs, [&](StringRef output) {
        return output != "-" && isSameFile(output, traits.reportPath);
      }) > 1;
  if (isInTheWay)
    traits.reportPath.clear();
  for (const std::string &file : files)
    addUnopened(file, message, "an option could not be read");
  return getWorse(ExitStatus::BadInput, finish());
}

ExitStatus Driver::checkOutputs(ArrayRef<std::string> files, StringRef module,
                                bool isNamed, ArrayRef<std::string> others) {
  llvm::append_range(traits.outputs, others);
  if (!module.empty())
    traits.outputs.insert(traits.outputs.begin(), module.str());
  if (!module.empty() && module != "-" && !traits.reportPath.empty() &&
      isSameFile(module, traits.reportPath))
    return refuse(files, "expected the module and the report in different "
                         "files, but got '" +
                             module + "' for both");
  // Where nobody has said where the module goes, what is told follows it.
  if (!module.empty() && isNamed)
    if (llvm::Error error = checkStandardOutput(
            module.str(), ArrayRef(traits.outputs).drop_front()))
      return refuse(files, llvm::toString(std::move(error)) +
                               "; the module goes where -o says");
  llvm::Error error = checkOutputFiles(traits.outputs);
  for (const std::string &file : traits.upstreamOutputs)
    if (!error)
      error = checkUpstreamOutput(file);
  if (!error)
    return ExitStatus::Success;
  return getWorse(refuse(files, llvm::toString(std::move(error))),
                  ExitStatus::BadOutput);
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

/// The name of a file; of a part of one that is split, `file:line`.
static std::string describeFile(StringRef identifier) {
  if (identifier.consume_front("within split at "))
    return identifier.split(" offset ").first.str();
  return identifier.str();
}

LogicalResult Driver::processModule(llvm::SourceMgr &sourceMgr,
                                    MLIRContext *context, bool prints,
                                    raw_ostream &os) {
  DefaultTimingManager timingManager;
  applyDefaultTimingManagerCLOptions(timingManager);
  TimingScope timing = timingManager.getRootScope();
  std::string file =
      describeFile(sourceMgr.getMemoryBuffer(sourceMgr.getMainFileID())
                       ->getBufferIdentifier());

  FirstError error(context);
  TimingScope parserTiming = timing.nest("Parser");
  OwningOpRef<ModuleOp> module =
      readInput(sourceMgr, context, /*verifies=*/!traits.takesInvalid);
  parserTiming.stop();
  Location unknown = UnknownLoc::get(context);
  if (!module) {
    // Upstream says nothing of some bytecode that it can't read.
    if (!error.loc)
      emitError(unknown) << file << ": the input could not be read";
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
  llvm::consumeError(deferChecks(pm));
  linkChecks(pm);
  pm.addInstrumentation(std::make_unique<FailureRecorder>(status));
  size_t numResults = results.size();
  setResultHandler(pm, [&](VerificationResult &&result) {
    // A module may say that it comes from elsewhere.
    result.file = file;
    results.push_back(std::move(result));
  });
  if (failed(pm.run(*module))) {
    // No pass has run where the options of one are wrong.
    bool isRefused = status == ExitStatus::Success;
    if (results.size() == numResults)
      addUnreadable(file, error.loc.value_or(unknown), error.message,
                    isRefused ? "an option could not be read"
                              : "a pass before the checks failed");
    return isRefused ? fail(ExitStatus::BadInput) : failure();
  }
  if (!prints)
    return success();
  // A pass that changed nothing was not verified behind.
  if (traits.takesInvalid && !traits.onlyVerifies && failed(verify(*module)))
    return fail(ExitStatus::Failure);
  TimingScope outputTiming = timing.nest("Output");
  return failed(print(*module, os)) ? fail(ExitStatus::BadOutput) : success();
}

LogicalResult Driver::processChunk(std::unique_ptr<llvm::MemoryBuffer> buffer,
                                   bool prints, raw_ostream &os) {
  auto sourceMgr = std::make_shared<llvm::SourceMgr>();
  sourceMgr->AddNewSourceBuffer(std::move(buffer), SMLoc());
  MLIRContext &context = getContext();
  if (config.shouldVerifyDiagnostics())
    return verifyDiagnostics(*sourceMgr, prints, os);
  DiagnosticPrinter printer(*sourceMgr, &context, count);
  return processModule(*sourceMgr, &context, prints, os);
}

static bool isOnlyExpected(SourceMgrDiagnosticVerifierHandler::Level level) {
  return level == SourceMgrDiagnosticVerifierHandler::Level::OnlyExpected;
}

/// True if a text expects what makes a run end so.
static bool expectsEnd(StringRef text, ExitStatus status) {
  return status == ExitStatus::Success || text.contains("expected-error") ||
         (status == ExitStatus::Unverified &&
          text.contains("expected-warning"));
}

LogicalResult Driver::verifyDiagnostics(llvm::SourceMgr &sourceMgr, bool prints,
                                        raw_ostream &os) {
  auto level = config.verifyDiagnosticsLevel();
  // Failures are what is expected there.
  context->printOpOnDiagnostic(false);
  SourceMgrDiagnosticVerifierHandler handler(sourceMgr, context.get(), level);
  ExitStatus before = std::exchange(status, ExitStatus::Success);
  (void)processModule(sourceMgr, context.get(), prints, os);
  ExitStatus end = std::exchange(status, before);
  if (failed(handler.verify()))
    return fail(ExitStatus::Failure);
  const llvm::MemoryBuffer &input =
      *sourceMgr.getMemoryBuffer(sourceMgr.getMainFileID());
  // Nobody has looked at the rest.
  if (!isOnlyExpected(level) || expectsEnd(input.getBuffer(), end))
    return success();
  (void)printError(describeFile(input.getBufferIdentifier()) +
                   ": expected an 'expected-error' where the run fails, but "
                   "got none");
  return fail(end);
}

/// MLIR, and passes that want it to verify: all that `mlir-opt` can do.
LogicalResult
Driver::processUpstream(std::unique_ptr<llvm::MemoryBuffer> buffer,
                        raw_ostream &os) {
  MlirOptMainConfig watched = config;
  DiagnosticFilter filter(buffer->getMemBufferRef(), count);
  watched.setPassPipelineSetupFn([&](PassManager &pm) {
    // The context is upstream's, and ends before the filter does.
    if (!config.shouldVerifyDiagnostics())
      pm.getContext()->getDiagEngine().registerHandler(
          [&](Diagnostic &diagnostic) { return filter.handle(diagnostic); });
    if (failed(config.setupPassPipeline(pm)))
      return failure();
    linkChecks(pm);
    pm.addInstrumentation(std::make_unique<FailureRecorder>(status));
    return success();
  });
  std::string name = describeFile(buffer->getBufferIdentifier());
  uint64_t before = llvm::errs().tell();
  LogicalResult result = MlirOptMain(os, std::move(buffer), registry, watched);
  // What its parser says does not come through the filter.
  bool isSilent = llvm::errs().tell() == before && count.shown == 0;
  if (config.shouldVerifyDiagnostics())
    status = succeeded(result) ? ExitStatus::Success : ExitStatus::Failure;
  else if (failed(result) && status == ExitStatus::Success)
    status = ExitStatus::BadInput;
  // Some of what upstream and its ops refuse, they refuse without a word.
  if (failed(result) && !config.shouldVerifyDiagnostics() && isSilent)
    (void)printError(name + ": expected what can be read and compiled, but it "
                            "was refused, and no reason was given");
  return result;
}

/// True for a line that would hide a message.
static bool hasLongLine(StringRef text) {
  constexpr size_t kMaxLine = 4096;
  while (!text.empty()) {
    auto [line, rest] = text.split('\n');
    if (line.size() > kMaxLine)
      return true;
    text = rest;
  }
  return false;
}

/// True for a module that may have locations of its own.
static bool hasLocations(llvm::MemoryBufferRef buffer) {
  if (isBytecode(buffer))
    return true;
  StringRef text = buffer.getBuffer();
  for (size_t at = text.find("loc"); at != StringRef::npos;
       at = text.find("loc", at)) {
    at += StringRef("loc").size();
    StringRef next = text.drop_front(at).ltrim();
    if (next.starts_with("(") || next.starts_with("//"))
      return true;
  }
  return false;
}

/// Upstream shows lines of any length and of any file that a location names, or
/// hangs on it, until it has read the input, and counts no messages of parts.
/// So where there are such, it gets only what it can read without a word.
bool Driver::isReadInSilence(llvm::MemoryBufferRef buffer) {
  if (!hasLocations(buffer) && !hasLongLine(buffer.getBuffer()) &&
      config.inputSplitMarker().empty())
    return true;
  auto read = [&](std::unique_ptr<llvm::MemoryBuffer> chunk,
                  const llvm::MemoryBufferRef &, raw_ostream &) {
    MLIRContext context(registry, MLIRContext::Threading::DISABLED);
    context.allowUnregisteredDialects(
        config.shouldAllowUnregisteredDialects() ||
        !config.getIrdlFile().empty());
    bool isSilent = true;
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &) {
      isSilent = false;
      return success();
    });
    llvm::SourceMgr sourceMgr;
    sourceMgr.AddNewSourceBuffer(std::move(chunk), SMLoc());
    return success(parseSourceFile<ModuleOp>(sourceMgr, &context) && isSilent);
  };
  return succeeded(splitAndProcessBuffer(
      llvm::MemoryBuffer::getMemBuffer(buffer,
                                       /*RequiresNullTerminator=*/false),
      read, llvm::nulls(), config.inputSplitMarker()));
}

ExitStatus Driver::process(StringRef path, bool prints, raw_ostream &os) {
  status = ExitStatus::Success;
  llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> opened =
      readInputFile(path);
  if (!opened) {
    std::string message = llvm::toString(opened.takeError());
    (void)printError(message);
    addUnopened(path, message);
    return ExitStatus::BadInput;
  }
  std::unique_ptr<llvm::MemoryBuffer> input = std::move(*opened);
  bool isModule = getInputKind(*input) == InputKind::Module;
  if (getInputKind(*input) != InputKind::Drawing)
    for (StringRef name : {"dot-rules", "dot-explain"})
      if (const cl::Option *option = cl::getRegisteredOptions().lookup(name);
          option && option->getNumOccurrences() > 0) {
        std::string message =
            (path + ": expected a drawing with '--" + name + "', but got none")
                .str();
        (void)printError(message);
        addUnopened(path, message, "an option could not be read");
        return ExitStatus::BadInput;
      }
  if (isModule && failed(replaceUntrusted(input))) {
    addUnopened(path, "the bytecode could not be read");
    return ExitStatus::BadInput;
  }
  if (isModule && failed(checkNesting(*input))) {
    addUnopened(path, "the file nests too deeply");
    return ExitStatus::BadInput;
  }
  if (failed(checkSplit(*input, config.inputSplitMarker()))) {
    addUnopened(path, "the file cannot be split");
    return ExitStatus::BadInput;
  }
  count = DiagnosticCount();
  if (!config.inputSplitMarker().empty())
    count.limit = DiagnosticCount::kMaxOfParts;
  processParts(std::move(input), isModule, prints, os);
  count.report(path);
  return status;
}

void Driver::processParts(std::unique_ptr<llvm::MemoryBuffer> input,
                          bool isModule, bool prints, raw_ostream &os) {
  bool isForUpstream = isModule && !traits.takesInvalid && !traits.reports &&
                       !isOnlyExpected(config.verifyDiagnosticsLevel());
  if (isForUpstream &&
      (config.shouldVerifyDiagnostics() || isReadInSilence(*input)))
    return void(processUpstream(std::move(input), os));
  StringRef option = findUpstreamOption();
  auto refuseOption = [&] {
    (void)fail(ExitStatus::BadInput);
    (void)printError("expected MLIR, and other passes than checks, with '--" +
                     option + "', which nothing else reads");
  };
  if (!option.empty() && !isForUpstream)
    return refuseOption();
  if (failed(splitAndProcessBuffer(
          std::move(input),
          [&](std::unique_ptr<llvm::MemoryBuffer> chunk,
              const llvm::MemoryBufferRef &, raw_ostream &chunkOs) {
            return processChunk(std::move(chunk), prints, chunkOs);
          },
          os, config.inputSplitMarker(), config.outputSplitMarker())) &&
      status == ExitStatus::Success)
    status = ExitStatus::Failure;
  // What has been read with a warning is what upstream would have read.
  if (!option.empty() && status == ExitStatus::Success)
    refuseOption();
}

ExitStatus Driver::finish() {
  if (!config.shouldVerifyDiagnostics())
    for (const VerificationResult &result : results)
      llvm::errs() << summarize(result) << '\n';
  if (traits.reportPath.empty())
    return ExitStatus::Success;
  if (llvm::Error error = writeReport(results, traits.reportPath)) {
    (void)printError(std::move(error));
    return ExitStatus::BadOutput;
  }
  return ExitStatus::Success;
}
