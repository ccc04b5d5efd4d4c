//===- Verify.h - All checks and the report -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_PIPELINES_VERIFY_H
#define DAG_PIPELINES_VERIFY_H

#include "mlir/Pass/PassOptions.h"

namespace mlir::dag {

/// Options of `--verify-pipeline`.
struct VerifyPipelineOptions
    : public PassPipelineOptions<VerifyPipelineOptions> {
  Option<std::string> report{
      *this, "report",
      llvm::cl::desc("File for the report; .md, .json or .sarif by ending, or "
                     "- for Markdown on standard output"),
      llvm::cl::init("")};
  Option<std::string> failOn{
      *this, "fail-on",
      llvm::cl::desc(
          "Least severity that fails: low, medium, high or critical"),
      llvm::cl::init("medium")};
  Option<unsigned> maxDiagnostics{
      *this, "max-diagnostics",
      llvm::cl::desc("Diagnostics to emit for one code; 0 is all of them"),
      llvm::cl::init(20)};
  Option<std::string> device{
      *this, "device",
      llvm::cl::desc("Check the memory of each rank, too: the device of all "
                     "ranks, such as h100-sxm"),
      llvm::cl::init("")};
  Option<std::string> devices{*this, "devices",
                              llvm::cl::desc("JSON file with further devices"),
                              llvm::cl::init("")};
  Option<std::string> reference{
      *this, "reference",
      llvm::cl::desc("Check that the plan computes this model, too, such as "
                     "@logical"),
      llvm::cl::init("")};
};

/// Adds all checks and the report.
void buildVerifyPipeline(OpPassManager &pm,
                         const VerifyPipelineOptions &options);

/// Registers `--verify-pipeline`.
void registerVerifyPipeline();

} // namespace mlir::dag

#endif // DAG_PIPELINES_VERIFY_H
