//===- DagOptMain.cpp - The driver of dag-opt -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Tools/DagOptMain.h"
#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Target/Dot/ImportDot.h"
#include "dag/Target/HuggingFace/ImportConfig.h"
#include "dag/Verification/Passes.h"
#include "mlir/Bytecode/BytecodeReader.h"
#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Support/Timing.h"
#include "mlir/Support/ToolUtilities.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/ToolOutputFile.h"

using namespace mlir;
using namespace mlir::dag;

LogicalResult dag::checkNesting(llvm::MemoryBufferRef buffer) {
  // Upstream's parser and verifier recurse once or more for each level, which
  // takes less than 1 KiB of the 8 MiB that a thread has.
  constexpr unsigned kMaxDepth = 4000;
  if (isBytecode(buffer))
    return success();
  StringRef text = buffer.getBuffer();
  unsigned depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
    case '(':
    case '[':
    case '{':
      ++depth;
      break;
    case '<':
      ++depth;
      break;
    case ')':
    case ']':
    case '}':
      depth -= depth > 0;
      break;
    case '>':
      if (i == 0 || text[i - 1] != '-')
        depth -= depth > 0;
      break;
    case '"':
      for (++i; i < text.size() && text[i] != '"' && text[i] != '\n'; ++i)
        i += text[i] == '\\';
      break;
    case '/':
      if (i + 1 < text.size() && text[i + 1] == '/')
        i = std::min(text.find('\n', i), text.size());
      break;
    default:
      break;
    }
    if (depth > kMaxDepth) {
      StringRef before = text.take_front(i);
      llvm::errs() << buffer.getBufferIdentifier() << ':'
                   << before.count('\n') + 1 << ':'
                   << i - (before.rfind('\n') + 1) + 1
                   << ": error: expected at most " << kMaxDepth
                   << " levels of nesting, but got more\n";
      return failure();
    }
  }
  return success();
}

/// True if `buffer` is a model's config.json: its name ends so, or its text
/// begins like an object of JSON.
static bool isConfig(llvm::MemoryBufferRef buffer) {
  StringRef name = buffer.getBufferIdentifier();
  if (name.ends_with(".json"))
    return true;
  StringRef text = buffer.getBuffer().ltrim();
  return text.consume_front("{") && text.ltrim().starts_with("\"");
}

namespace {

/// What the passes of the command line take and do.
struct PassTraits {
  /// All of them verify, and there is one.
  bool onlyVerifies = false;
  /// They take a module that does not verify: what comes behind checks, if
  /// anything, is the repair.
  bool takesInvalid = false;
};

/// Reads and processes one module: a drawing, a model's configuration, or MLIR
/// that need not verify.
class Driver {
public:
  Driver(const MlirOptMainConfig &config, DialectRegistry &registry,
         PassTraits traits, bool prints)
      : config(config), registry(registry), traits(traits), prints(prints) {}

  LogicalResult process(std::unique_ptr<llvm::MemoryBuffer> buffer,
                        raw_ostream &os);

private:
  LogicalResult processBuffer(llvm::SourceMgr &sourceMgr, MLIRContext *context,
                              raw_ostream &os);

  const MlirOptMainConfig &config;
  DialectRegistry &registry;
  PassTraits traits;
  bool prints;
};

} // namespace

LogicalResult Driver::processBuffer(llvm::SourceMgr &sourceMgr,
                                    MLIRContext *context, raw_ostream &os) {
  DefaultTimingManager timingManager;
  applyDefaultTimingManagerCLOptions(timingManager);
  TimingScope timing = timingManager.getRootScope();

  llvm::MemoryBufferRef buffer =
      sourceMgr.getMemoryBuffer(sourceMgr.getMainFileID())->getMemBufferRef();
  TimingScope parserTiming = timing.nest("Parser");
  OwningOpRef<ModuleOp> module;
  if (dot::isDot(buffer)) {
    context->loadDialect<DagDialect>();
    module = dot::importDot(buffer, context, dot::getDotCLOptions());
  } else if (isConfig(buffer)) {
    context->loadDialect<DagDialect>();
    module = huggingface::importConfig(buffer, context,
                                       huggingface::ImportOptions());
  } else {
    ParserConfig parserConfig(context,
                              /*verifyAfterParse=*/!traits.takesInvalid);
    module = parseSourceFile<ModuleOp>(sourceMgr, parserConfig);
  }
  parserTiming.stop();
  if (!module)
    return failure();

  PassManager pm(context, ModuleOp::getOperationName());
  pm.enableVerifier(config.shouldVerifyPasses() && !traits.onlyVerifies);
  if (failed(applyPassManagerCLOptions(pm)))
    return failure();
  pm.enableTiming(timing);
  if (failed(config.setupPassPipeline(pm)) || failed(pm.run(*module)))
    return failure();
  if (!prints)
    return success();
  // A pass that changed nothing was not verified behind.
  if (traits.takesInvalid && !traits.onlyVerifies && failed(verify(*module)))
    return failure();

  TimingScope outputTiming = timing.nest("Output");
  if (config.shouldEmitBytecode()) {
    BytecodeWriterConfig writerConfig;
    if (std::optional<int64_t> version = config.bytecodeVersionToEmit())
      writerConfig.setDesiredBytecodeVersion(*version);
    return writeBytecodeToFile(*module, os, writerConfig);
  }
  module->print(os);
  os << '\n';
  return success();
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

LogicalResult Driver::process(std::unique_ptr<llvm::MemoryBuffer> buffer,
                              raw_ostream &os) {
  auto sourceMgr = std::make_shared<llvm::SourceMgr>();
  sourceMgr->AddNewSourceBuffer(std::move(buffer), SMLoc());
  MLIRContext context(registry);
  context.allowUnregisteredDialects(config.shouldAllowUnregisteredDialects());
  if (config.shouldVerifyDiagnostics()) {
    context.printOpOnDiagnostic(false);
    SourceMgrDiagnosticVerifierHandler handler(*sourceMgr, &context,
                                               config.verifyDiagnosticsLevel());
    (void)processBuffer(*sourceMgr, &context, os);
    return handler.verify();
  }
  // Each diagnostic shows its line of the source, unless a line is so long
  // that this hides the message.
  constexpr size_t kMaxLine = 4096;
  StringRef text =
      sourceMgr->getMemoryBuffer(sourceMgr->getMainFileID())->getBuffer();
  bool hasLongLine = false;
  for (size_t begin = 0; begin < text.size() && !hasLongLine;) {
    size_t end = std::min(text.find('\n', begin), text.size());
    hasLongLine = end - begin > kMaxLine;
    begin = end + 1;
  }
  if (!hasLongLine) {
    SourceMgrDiagnosticHandler handler(*sourceMgr, &context);
    return processBuffer(*sourceMgr, &context, os);
  }
  context.printOpOnDiagnostic(false);
  ScopedDiagnosticHandler handler(&context, [](Diagnostic &diagnostic) {
    printPlain(diagnostic);
    for (Diagnostic &note : diagnostic.getNotes())
      printPlain(note);
    return success();
  });
  return processBuffer(*sourceMgr, &context, os);
}

static PassTraits getPassTraits(const MlirOptMainConfig &config) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  ScopedDiagnosticHandler silence(&context,
                                  [](Diagnostic &) { return success(); });
  PassManager pm(&context, ModuleOp::getOperationName());
  if (failed(config.setupPassPipeline(pm)) || pm.empty())
    return {};
  auto other = llvm::find_if(pm.getPasses(), [](Pass &pass) {
    return !isVerificationPass(pass.getArgument());
  });
  PassTraits traits;
  traits.onlyVerifies = other == pm.end();
  traits.takesInvalid =
      traits.onlyVerifies || other->getArgument() == "dag-raise-sketch";
  return traits;
}

int dag::dagOptMain(int argc, char **argv, DialectRegistry &registry) {
  llvm::InitLLVM init(argc, argv);
  registerTransformsPasses();
  dot::registerDotCLOptions();
  auto [inputFilename, outputFilename] = registerAndParseCLIOptions(
      argc, argv, "deployment DAG verifier and compiler\n", registry);

  const MlirOptMainConfig config = MlirOptMainConfig::createFromCLOptions();
  if (config.shouldShowDialects() || config.shouldListPasses())
    return asMainReturnCode(
        MlirOptMain(argc, argv, inputFilename, outputFilename, registry));

  std::string message;
  std::unique_ptr<llvm::MemoryBuffer> input =
      openInputFile(inputFilename, &message);
  if (!input) {
    llvm::errs() << message << '\n';
    return EXIT_FAILURE;
  }
  PassTraits traits = getPassTraits(config);
  bool isDrawing = dot::isDot(*input);
  bool isModel = !isDrawing && isConfig(*input);
  if (!isDrawing && !isModel && failed(checkNesting(*input)))
    return EXIT_FAILURE;
  bool namesOutput =
      llvm::any_of(ArrayRef(argv, argc).drop_front(), [](StringRef argument) {
        return argument == "-o" || argument == "--o" ||
               argument.starts_with("-o=") || argument.starts_with("--o=");
      });
  std::unique_ptr<llvm::ToolOutputFile> output =
      openOutputFile(outputFilename, &message);
  if (!output) {
    llvm::errs() << message << '\n';
    return EXIT_FAILURE;
  }

  // Source lines are printed character by character.
  llvm::errs().SetBuffered();
  auto flush = llvm::make_scope_exit([] { llvm::errs().flush(); });
  LogicalResult result = failure();
  if (isDrawing || isModel || traits.takesInvalid) {
    Driver driver(config, registry, traits,
                  !traits.onlyVerifies || namesOutput);
    result = splitAndProcessBuffer(
        std::move(input),
        [&](std::unique_ptr<llvm::MemoryBuffer> chunk,
            const llvm::MemoryBufferRef &,
            raw_ostream &os) { return driver.process(std::move(chunk), os); },
        output->os(), config.inputSplitMarker(), config.outputSplitMarker());
  } else {
    result = MlirOptMain(output->os(), std::move(input), registry, config);
  }
  if (succeeded(result))
    output->keep();
  return asMainReturnCode(result);
}
