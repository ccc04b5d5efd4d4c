//===- UpstreamOptions.cpp - Options that upstream reads ------------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Upstream takes some values that it cannot use, and goes on without them.
//
//===----------------------------------------------------------------------===//

#include "dag/Tools/UpstreamOptions.h"
#include "dag/Support/Files.h"
#include "dag/Tools/DiagnosticPrinter.h"
#include "dag/Tools/InputFile.h"
#include "mlir/Dialect/IRDL/IR/IRDL.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Regex.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace mlir::dag;

std::vector<std::string> dag::getUpstreamOutputs(ArrayRef<char *> arguments) {
  return getOptionValues(arguments,
                         {"info-output-file", "log-actions-to",
                          "mlir-generate-reproducer",
                          "mlir-pass-pipeline-crash-reproducer",
                          "profile-actions-to", "remarks-output-file"});
}

static bool isGiven(StringRef name) {
  const llvm::cl::Option *option =
      llvm::cl::getRegisteredOptions().lookup(name);
  return option && option->getNumOccurrences() > 0;
}

/// Upstream takes options that say how to do what nobody has asked for.
static LogicalResult checkBeside() {
  struct Need {
    StringRef option;
    SmallVector<StringRef, 4> others;
  };
  const Need needs[] = {
      {"elide-resource-data-from-bytecode", {"emit-bytecode"}},
      {"info-output-file", {"stats"}},
      {"log-mlir-actions-filter", {"log-actions-to"}},
      {"mlir-output-format", {"mlir-timing"}},
      {"mlir-pass-pipeline-local-reproducer",
       {"mlir-pass-pipeline-crash-reproducer"}},
      {"mlir-pass-statistics-display", {"mlir-pass-statistics"}},
      {"mlir-print-ir-after-change",
       {"mlir-print-ir-after-all", "mlir-print-ir-after"}},
      {"mlir-print-ir-tree-dir",
       {"mlir-print-ir-after-all", "mlir-print-ir-after",
        "mlir-print-ir-before-all", "mlir-print-ir-before",
        "mlir-print-ir-after-failure"}},
      {"mlir-timing-display", {"mlir-timing"}},
      {"output-split-marker", {"split-input-file"}},
      {"stats-json", {"stats"}},
  };
  for (const Need &need : needs)
    if (isGiven(need.option) && llvm::none_of(need.others, isGiven))
      return printError("expected --" + llvm::join(need.others, " or --") +
                        " with --" + need.option);
  return success();
}

StringRef dag::findUpstreamOption() {
  constexpr StringRef kRead[] = {"elide-resource-data-from-bytecode",
                                 "irdl-file",
                                 "log-actions-to",
                                 "log-mlir-actions-filter",
                                 "mlir-debug-counter",
                                 "mlir-diagnostic-verbosity-level",
                                 "mlir-disable-diagnostic-notes",
                                 "mlir-enable-debugger-hook",
                                 "mlir-generate-reproducer",
                                 "mlir-print-debug-counter",
                                 "mlir-very-unsafe-disable-verifier-on-parsing",
                                 "no-implicit-module",
                                 "profile-actions-to",
                                 "remark-format",
                                 "remark-policy",
                                 "remarks-filter",
                                 "remarks-filter-analyse",
                                 "remarks-filter-failed",
                                 "remarks-filter-missed",
                                 "remarks-filter-passed",
                                 "remarks-output-file",
                                 "run-reproducer",
                                 "verify-roundtrip"};
  const auto *read = llvm::find_if(kRead, isGiven);
  return read == std::end(kRead) ? StringRef() : *read;
}

/// Upstream looks for a marker without its last two characters.
static LogicalResult checkMarker(StringRef marker) {
  constexpr size_t kLeast = 3;
  if (marker.empty() || marker.size() >= kLeast)
    return success();
  return printError("expected a marker of at least 3 characters behind "
                    "'--split-input-file=', but got '" +
                    marker + "'");
}

static LogicalResult checkPlugins(ArrayRef<char *> arguments) {
  for (const std::string &file :
       getOptionValues(arguments, {"load-pass-plugin"}))
    if (llvm::Expected<PassPlugin> plugin = PassPlugin::load(file); !plugin)
      return printError(plugin.takeError());
  for (const std::string &file :
       getOptionValues(arguments, {"load-dialect-plugin"}))
    if (llvm::Expected<DialectPlugin> plugin = DialectPlugin::load(file);
        !plugin)
      return printError(plugin.takeError());
  return success();
}

/// Upstream aborts at what is no `name-skip=n` or `name-count=n`.
static LogicalResult checkCounters(ArrayRef<char *> arguments) {
  for (const std::string &text :
       getOptionValues(arguments, {"mlir-debug-counter"}))
    for (StringRef counter : llvm::split(text, ',')) {
      auto [name, value] = counter.split('=');
      int64_t number;
      if (value.getAsInteger(0, number) || number < 0 ||
          !(name.ends_with("-skip") || name.ends_with("-count")))
        return printError("expected counters such as 'name-skip=1' or "
                          "'name-count=1' behind '--mlir-debug-counter=', but "
                          "got '" +
                          counter + "'");
    }
  return success();
}

/// Upstream does without a filter that is no regular expression.
static LogicalResult checkFilters(ArrayRef<char *> arguments) {
  for (const std::string &text : getOptionValues(
           arguments,
           {"remarks-filter", "remarks-filter-analyse", "remarks-filter-failed",
            "remarks-filter-missed", "remarks-filter-passed"})) {
    std::string reason;
    if (!llvm::Regex(text).isValid(reason))
      return printError("expected a regular expression to filter remarks by, "
                        "but got '" +
                        text + "': " + reason);
  }
  return success();
}

/// Upstream recurses over dialects as over any module, and ends where one of
/// them has the name of a dialect that is there. It reads the file once more,
/// so that this is no pipe.
static LogicalResult checkDialects(StringRef file,
                                   const DialectRegistry &registry) {
  llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> buffer =
      readNamedFile(file);
  if (!buffer)
    return printError(buffer.takeError());
  if (failed(checkNesting(**buffer)))
    return failure();
  MLIRContext context(MLIRContext::Threading::DISABLED);
  context.loadDialect<irdl::IRDLDialect>();
  llvm::SourceMgr sourceMgr;
  sourceMgr.AddNewSourceBuffer(std::move(*buffer), SMLoc());
  DiagnosticPrinter printer(sourceMgr, &context);
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(sourceMgr, &context);
  if (!module)
    return failure();
  auto dialects = module->getOps<irdl::DialectOp>();
  if (dialects.empty())
    return module->emitError("expected an irdl.dialect, but found none");
  for (irdl::DialectOp dialect : dialects)
    if (llvm::is_contained(registry.getDialectNames(), dialect.getSymName()) ||
        dialect.getSymName() == "builtin")
      return dialect.emitError("expected the name of a new dialect, but got '")
             << dialect.getSymName() << "'";
  return success();
}

/// Upstream warns of a file that it cannot write, and goes on.
static std::error_code tryToWrite(StringRef file) {
  namespace fs = llvm::sys::fs;
  // What a crash is written to is not there without one; a pipe may wait for
  // its reader.
  bool isNew = !fs::exists(file);
  int descriptor;
  if (file == "-" || (!isNew && !fs::is_regular_file(file)))
    return std::error_code();
  if (std::error_code error = fs::openFileForWrite(
          file, descriptor, fs::CD_OpenAlways, fs::OF_Append))
    return error;
  llvm::sys::Process::SafelyCloseFileDescriptor(descriptor);
  return isNew ? fs::remove(file) : std::error_code();
}

llvm::Error dag::checkUpstreamOutput(StringRef file) {
  std::error_code error = tryToWrite(file);
  return error ? llvm::createStringError("cannot write '" + file +
                                         "': " + error.message())
               : llvm::Error::success();
}

ExitStatus dag::checkUpstreamOptions(ArrayRef<char *> arguments,
                                     const MlirOptMainConfig &config,
                                     const DialectRegistry &registry) {
  if (failed(checkMarker(config.inputSplitMarker())) ||
      failed(checkPlugins(arguments)) || failed(checkCounters(arguments)) ||
      failed(checkFilters(arguments)) || failed(checkBeside()))
    return ExitStatus::BadInput;
  for (const std::string &file : getOptionValues(arguments, {"irdl-file"}))
    if (failed(checkDialects(file, registry)))
      return ExitStatus::BadInput;
  for (const std::string &file : getUpstreamOutputs(arguments))
    if (llvm::Error error = checkUpstreamOutput(file)) {
      (void)printError(std::move(error));
      return ExitStatus::BadOutput;
    }
  for (const std::string &folder :
       getOptionValues(arguments, {"mlir-print-ir-tree-dir"}))
    if (std::error_code error = llvm::sys::fs::create_directories(folder)) {
      (void)printError("cannot make the folder '" + folder +
                       "': " + error.message());
      return ExitStatus::BadOutput;
    }
  return ExitStatus::Success;
}
