//===- DagTranslateMain.cpp - The main of dag-translate -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Tools/DagTranslateMain.h"
#include "dag/Dialect/Check/IR/Check.h"
#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Tools/CommandLine.h"
#include "dag/Tools/DiagnosticPrinter.h"
#include "dag/Tools/InputFile.h"
#include "dag/Tools/UntrustedBytecode.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Support/Timing.h"
#include "mlir/Support/ToolUtilities.h"
#include "mlir/Tools/mlir-translate/Translation.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace mlir::dag;
namespace cl = llvm::cl;

constexpr StringRef kOverview =
    "translation into plans and out of them\n\n"
    "  Exit status: 0 success, 3 input or options that could not be read, "
    "4 output that\n  could not be written.\n";

constexpr StringRef kShownOptions[] = {
    "dot-explain", "dot-layer-clusters", "dot-layers",
    "dot-ranks",   "dot-rules",          "dot-symbol",
};

/// Options that not every translation takes, and those that do.
struct OptionTakers {
  StringRef option;
  SmallVector<StringRef, 2> translations;
};

static ArrayRef<OptionTakers> getOptionTakers() {
  static const OptionTakers takers[] = {
      {"batch", {"hf-config-to-dag", "gguf-to-dag"}},
      {"dtype", {"hf-config-to-dag", "gguf-to-dag"}},
      {"ignore-fields", {"hf-config-to-dag", "gguf-to-dag", "gguf-to-config"}},
      {"kv-dtype", {"hf-config-to-dag", "gguf-to-dag"}},
      {"new-tokens", {"hf-config-to-dag", "gguf-to-dag"}},
      {"page-size", {"hf-config-to-dag", "gguf-to-dag"}},
      {"pages", {"hf-config-to-dag", "gguf-to-dag"}},
      {"ragged", {"hf-config-to-dag", "gguf-to-dag"}},
      {"window-pages", {"hf-config-to-dag", "gguf-to-dag"}},
      {"logits", {"hf-config-to-dag", "gguf-to-dag"}},
      {"phase", {"hf-config-to-dag", "gguf-to-dag"}},
      {"seq-len", {"hf-config-to-dag", "gguf-to-dag"}},
      {"weights-dtype", {"hf-config-to-dag"}},
      {"dot-explain", {"dot-to-dag", "dag-to-dot"}},
      {"dot-layer-clusters", {"dag-to-dot"}},
      {"dot-layers", {"dag-to-dot"}},
      {"dot-ranks", {"dag-to-dot"}},
      {"dot-rules", {"dot-to-dag", "dag-to-dot"}},
      {"dot-symbol", {"dag-to-dot"}},
  };
  return takers;
}

namespace {
using DiagnosticVerifier = SourceMgrDiagnosticVerifierHandler;

/// The command line; registered when this is made.
struct Options {
  /// A list, so that several are seen.
  cl::list<const Translation *, bool, TranslationParser> translations{
      "", cl::desc("Translation to perform"), cl::cat(getToolCategory())};
  cl::opt<std::string> inputFile{cl::Positional, cl::desc("<input file>"),
                                 cl::init("-"), cl::cat(getToolCategory())};
  cl::opt<std::string> outputFile{"o", cl::desc("Where the result is written"),
                                  cl::value_desc("file"), cl::init("-"),
                                  cl::cat(getToolCategory())};
  cl::opt<bool> allowsUnregistered{
      "allow-unregistered-dialect",
      cl::desc("Allow operations of dialects that are not registered")};
  cl::opt<bool> splits{"split-input-file",
                       cl::desc("Translate the chunks between lines of // "
                                "----- each by itself")};
  cl::opt<bool> verifiesDiagnostics{
      "verify-diagnostics",
      cl::desc("Check that diagnostics are those of the expected-* comments")};

  /// The name of a translation that is asked for.
  StringRef getName(const Translation *translation);
  /// Fails, with a message, unless one translation is asked for, with options
  /// that it takes.
  LogicalResult check();
};
} // namespace

StringRef Options::getName(const Translation *translation) {
  TranslationParser &parser = translations.getParser();
  for (unsigned i = 0, e = parser.getNumOptions(); i < e; ++i)
    if (parser.getDescription(i) == translation->getDescription())
      return parser.getOption(i);
  return "";
}

LogicalResult Options::check() {
  if (translations.empty()) {
    std::string names;
    TranslationParser &parser = translations.getParser();
    for (unsigned i = 0, e = parser.getNumOptions(); i < e; ++i)
      names += (i == 0 ? "--" : ", --") + parser.getOption(i).str();
    return printError("expected one translation of " + names +
                      ", but got none");
  }
  StringRef name = getName(translations.front());
  if (translations.size() > 1)
    return printError("expected one translation, but got --" + name +
                      " and --" + getName(translations[1]));
  for (const auto &[option, takers] : getOptionTakers()) {
    cl::Option *given = cl::getRegisteredOptions().lookup(option);
    if (given && given->getNumOccurrences() > 0 &&
        !llvm::is_contained(takers, name))
      return printError("expected options of --" + name + ", but got --" +
                        option + ", which --" + llvm::join(takers, " and --") +
                        (takers.size() == 1 ? " takes" : " take"));
  }
  return success();
}

/// MLIR is read by upstream's parser; the other readers do not recurse.
static LogicalResult checkInput(StringRef translation,
                                llvm::MemoryBufferRef buffer) {
  bool isText = translation != "gpu-binary-to-object" &&
                (translation != "dag-to-dot" ||
                 getInputKind(buffer) == InputKind::Drawing);
  return isText ? success() : checkNesting(buffer);
}

static LogicalResult translate(Options &options,
                               std::unique_ptr<llvm::MemoryBuffer> buffer,
                               DiagnosticCount &count, raw_ostream &os) {
  MLIRContext context;
  context.allowUnregisteredDialects(options.allowsUnregistered);
  context.printOpOnDiagnostic(false);
  const Translation &translation = *options.translations.front();
  if (failed(replaceUntrusted(buffer)) ||
      failed(checkInput(options.getName(&translation), *buffer)))
    return failure();
  auto sourceMgr = std::make_shared<llvm::SourceMgr>();
  sourceMgr->AddNewSourceBuffer(std::move(buffer), SMLoc());
  if (options.verifiesDiagnostics) {
    DiagnosticVerifier handler(*sourceMgr, &context);
    (void)translation(sourceMgr, os, &context);
    return handler.verify();
  }
  DiagnosticPrinter printer(*sourceMgr, &context, count);
  return translation(sourceMgr, os, &context);
}

int dag::dagTranslateMain(int argc, char **argv) {
  // What is drawn, or was compiled, is of these.
  DialectRegistry registry;
  registry.insert<DagDialect, check::CheckDialect, arith::ArithDialect,
                  gpu::GPUDialect, LLVM::LLVMDialect, NVVM::NVVMDialect>();
  if (std::optional<int> status = readAsChild(argc, argv, registry))
    return *status;
  llvm::InitLLVM init(argc, argv);
  prepareTool();
  registerUntrustedOption();
  registerAsmPrinterCLOptions();
  registerMLIRContextCLOptions();
  registerTranslationCLOptions();
  registerDiagnosticOptions();
  Options options;
  // Translations have categories of their own for what they take.
  SmallVector<cl::OptionCategory *> own;
  for (auto &entry : cl::getRegisteredOptions())
    for (cl::OptionCategory *category : entry.second->Categories)
      if (category->getName().starts_with("Options of --"))
        own.push_back(category);
  if (!parseCommandLine(argc, argv, kOverview, kShownOptions, own) ||
      failed(options.check()))
    return static_cast<int>(ExitStatus::BadInput);

  StringRef marker = options.splits ? kDefaultSplitMarker : "";
  DiagnosticCount count;
  if (options.splits)
    count.limit = DiagnosticCount::kMaxOfParts;
  auto processChunk = [&](std::unique_ptr<llvm::MemoryBuffer> chunk,
                          const llvm::MemoryBufferRef &, raw_ostream &os) {
    return translate(options, std::move(chunk), count, os);
  };
  return static_cast<int>(processFile(
      options.inputFile, options.outputFile,
      [&](std::unique_ptr<llvm::MemoryBuffer> buffer, raw_ostream &os) {
        LogicalResult result = checkSplit(*buffer, marker);
        if (succeeded(result))
          result = splitAndProcessBuffer(std::move(buffer), processChunk, os,
                                         marker, /*outputMarker=*/"");
        count.report(options.inputFile);
        return succeeded(result) ? ExitStatus::Success : ExitStatus::BadInput;
      }));
}
