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
#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "llvm/Support/FileSystem.h"

using namespace mlir;
using namespace mlir::dag;

std::vector<std::string> dag::getUpstreamOutputs(ArrayRef<char *> arguments) {
  return getOptionValues(arguments,
                         {"info-output-file", "log-actions-to",
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

ExitStatus dag::checkUpstreamOptions(ArrayRef<char *> arguments,
                                     const MlirOptMainConfig &config) {
  if (failed(checkMarker(config.inputSplitMarker())) ||
      failed(checkPlugins(arguments)))
    return ExitStatus::BadInput;
  for (const std::string &folder :
       getOptionValues(arguments, {"mlir-print-ir-tree-dir"}))
    if (std::error_code error = llvm::sys::fs::create_directories(folder)) {
      (void)printError("cannot make the folder '" + folder +
                       "': " + error.message());
      return ExitStatus::BadOutput;
    }
  return ExitStatus::Success;
}
