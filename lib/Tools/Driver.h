//===- Driver.h - Passes over several files -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TOOLS_DRIVER_H
#define DAG_LIB_TOOLS_DRIVER_H

#include "dag/Diagnostics/Finding.h"
#include "dag/Tools/CommandLine.h"
#include "dag/Tools/DiagnosticPrinter.h"
#include "dag/Verification/Reports/Report.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "llvm/Support/SourceMgr.h"

namespace mlir::dag {

/// What the passes of the command line take and do.
struct PipelineTraits {
  /// All of them verify, and there is one.
  bool onlyVerifies = false;
  /// All of them verify or print, and there is one: the module is as it was.
  bool changesNothing = false;
  /// They take a module that does not verify: what comes behind checks, if
  /// anything, is the repair.
  bool takesInvalid = false;
  /// The last of them reports.
  bool reports = false;
  /// Where to; empty for diagnostics alone.
  std::string reportPath;
  /// All files that they write, the report too.
  std::vector<std::string> outputs;
  /// Those of passes of upstream.
  std::vector<std::string> upstreamOutputs;
};

/// Runs the passes of the command line over each file by itself, and writes one
/// report of all files.
class Driver {
public:
  Driver(const MlirOptMainConfig &config, DialectRegistry &registry)
      : config(config), registry(registry) {}

  /// Makes the pipeline once without a module, so that what is wrong with it is
  /// said once; `arguments` are those of the command line.
  LogicalResult prepare(ArrayRef<const char *> arguments);
  const PipelineTraits &getTraits() const { return traits; }

  /// Reads a file, runs the passes, and prints the module if `prints`.
  ExitStatus process(StringRef path, bool prints, raw_ostream &os);

  /// Ends a run that cannot begin: says why, here and in the report of each
  /// file.
  ExitStatus refuse(ArrayRef<std::string> files, const Twine &reason);

  /// Refuses a run whose outputs are its inputs or one another: those of the
  /// passes, the file of the `module`, which is empty where none is printed,
  /// and `others`.
  /// `isNamed`: the command line says where the module goes.
  ExitStatus checkOutputs(ArrayRef<std::string> files, StringRef module,
                          bool isNamed, ArrayRef<std::string> others);

  /// Writes the report, and a line for each file.
  ExitStatus finish();

private:
  class FailureRecorder;
  struct FirstError;

  bool isReadInSilence(llvm::MemoryBufferRef buffer);
  LogicalResult processUpstream(std::unique_ptr<llvm::MemoryBuffer> buffer,
                                raw_ostream &os);
  LogicalResult processChunk(std::unique_ptr<llvm::MemoryBuffer> buffer,
                             bool prints, raw_ostream &os);
  LogicalResult verifyDiagnostics(llvm::SourceMgr &sourceMgr, bool prints,
                                  raw_ostream &os);
  /// What the input is split into, here or by upstream.
  void processParts(std::unique_ptr<llvm::MemoryBuffer> input, bool isModule,
                    bool prints, raw_ostream &os);
  LogicalResult processModule(llvm::SourceMgr &sourceMgr, MLIRContext *context,
                              bool prints, raw_ostream &os);
  LogicalResult print(ModuleOp module, raw_ostream &os);
  MLIRContext &getContext();
  LogicalResult fail(ExitStatus reason) {
    status = getWorse(status, reason);
    return failure();
  }
  void addUnreadable(StringRef file, Location loc, StringRef message,
                     StringRef reason = kUnreadableReason);
  /// The same for what was not opened.
  void addUnopened(StringRef file, StringRef message,
                   StringRef reason = kUnreadableReason);

  const MlirOptMainConfig &config;
  DialectRegistry &registry;
  PipelineTraits traits;
  /// Of the file in hand.
  ExitStatus status = ExitStatus::Success;
  /// Messages of the parts of one file.
  DiagnosticCount count;
  /// Of all files: results hold locations, and threads are not without end.
  std::unique_ptr<MLIRContext> context;
  std::vector<VerificationResult> results;
};

} // namespace mlir::dag

#endif // DAG_LIB_TOOLS_DRIVER_H
