//===- CommandLine.h - What the tools' command lines have in common -*- C++
//-*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TOOLS_COMMANDLINE_H
#define DAG_TOOLS_COMMANDLINE_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

#include <string>
#include <vector>

namespace mlir::dag {
class OutputFile;

/// How a tool ends. What is not PASS is told apart from what could not be
/// tried.
enum class ExitStatus : int {
  /// Done; the verdict is PASS where something was verified.
  Success = 0,
  /// The verdict is FAIL, or a pass or a program failed.
  Failure = 1,
  /// The verdict is UNVERIFIED.
  Unverified = 2,
  /// The input or the options could not be read.
  BadInput = 3,
  /// An output or a report could not be written.
  BadOutput = 4
};

/// The worse one: output, input, FAIL, UNVERIFIED, success.
ExitStatus getWorse(ExitStatus a, ExitStatus b);

/// The category that `--help` shows first: what the tool itself takes.
llvm::cl::OptionCategory &getToolCategory();

/// To be called first, behind InitLLVM: ends the process with the status that
/// is meant where LLVM would end it: an output that cannot be written, memory
/// that is not there.
void prepareTool();

/// Parses a command line, all options of which are registered. `--help` shows
/// the options named `shown`, under the tool's category, and those of `own`
/// categories; `--help-hidden` shows all. `details` stands below the options.
/// `--version` says the project's version and LLVM's. Returns false, with a
/// message, where there is an option that is unknown or cannot be read.
bool parseCommandLine(int argc, char **argv, StringRef overview,
                      ArrayRef<StringRef> shown,
                      ArrayRef<llvm::cl::OptionCategory *> own = {},
                      StringRef details = "");

/// Says what is wrong, and fails.
LogicalResult printError(const Twine &message);
LogicalResult printError(llvm::Error error);

/// The values of one of the options `names` on a command line.
std::vector<std::string> getOptionValues(ArrayRef<char *> arguments,
                                         ArrayRef<StringRef> names);

/// Reads `input`, and has `process` make `output` of it, which is kept if that
/// succeeds. Both are opened before, so that no work is done in vain, and an
/// output that is an input is refused before anything is read. The status of
/// the tool, with a message where one of them is not what it should be.
ExitStatus processFile(
    StringRef input, StringRef output,
    function_ref<ExitStatus(std::unique_ptr<llvm::MemoryBuffer>, raw_ostream &)>
        process);

/// Ends an output: keeps it if `status` is success. The status of the tool,
/// with a message if the output could not be written.
ExitStatus closeOutput(OutputFile &output, ExitStatus status);

/// The passes and pipelines on the command line, in groups, a line or two each.
std::string describePasses();

/// The names of the options of a pass, or nothing for a pipeline.
std::vector<std::string> getPassOptions(StringRef argument);

/// The names of all passes and pipelines on the command line.
std::vector<std::string> getPassNames();

} // namespace mlir::dag

#endif // DAG_TOOLS_COMMANDLINE_H
