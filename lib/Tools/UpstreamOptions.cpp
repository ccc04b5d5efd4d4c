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
#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Process.h"

using namespace mlir;
using namespace mlir::dag;

std::vector<std::string> dag::getUpstreamOutputs(ArrayRef<char *> arguments) {
  return getOptionValues(arguments,
                         {"info-output-file", "log-actions-to",
                          "mlir-generate-reproducer",
                          "mlir-pass-pipeline-crash-reproducer",
                          "profile-actions-to", "remarks-output-file"});
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

ExitStatus dag::checkUpstreamOptions(ArrayRef<char *> arguments,
                                     const MlirOptMainConfig &config) {
  if (failed(checkMarker(config.inputSplitMarker())) ||
      failed(checkPlugins(arguments)) || failed(checkCounters(arguments)))
    return ExitStatus::BadInput;
  for (const std::string &file : getOptionValues(arguments, {"irdl-file"}))
    if (auto buffer = readInputFile(file); !buffer) {
      (void)printError(buffer.takeError());
      return ExitStatus::BadInput;
    }
  for (const std::string &file : getUpstreamOutputs(arguments))
    if (std::error_code error = tryToWrite(file)) {
      (void)printError("cannot write '" + file + "': " + error.message());
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
