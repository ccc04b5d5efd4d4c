//===- Repair.h - The pipeline that mends -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_PIPELINES_REPAIR_H
#define DAG_PIPELINES_REPAIR_H

#include "mlir/Pass/PassOptions.h"

namespace mlir::dag {

/// Options of `--dag-repair`; those of `--dag-raise-sketch`.
struct RepairPipelineOptions
    : public PassPipelineOptions<RepairPipelineOptions> {
  Option<std::string> config{*this, "config",
                             llvm::cl::desc("The model's config.json"),
                             llvm::cl::init("")};
  Option<int64_t> tp{
      *this, "tp",
      llvm::cl::desc("Ranks of a tensor-parallel group; as drawn by default"),
      llvm::cl::init(0)};
  Option<int64_t> pp{*this, "pp",
                     llvm::cl::desc("Pipeline stages; as drawn by default"),
                     llvm::cl::init(0)};
  Option<int64_t> ep{
      *this, "ep",
      llvm::cl::desc("Ranks that experts are spread over; 1 by default"),
      llvm::cl::init(0)};
  ListOption<int64_t> layout{
      *this, "layout",
      llvm::cl::desc("Layers of each stage; as drawn by default")};
  ListOption<int64_t> devices{
      *this, "devices",
      llvm::cl::desc("Devices of all stages in order; as drawn by default")};
  Option<int64_t> batch{*this, "batch",
                        llvm::cl::desc("Sequences; as drawn by default, or 1"),
                        llvm::cl::init(0)};
  Option<int64_t> seqLen{
      *this, "seq-len",
      llvm::cl::desc("Tokens of a sequence; as drawn by default, or 2048"),
      llvm::cl::init(0)};
  Option<std::string> phase{
      *this, "phase",
      llvm::cl::desc("prefill or decode; as drawn by default, or prefill"),
      llvm::cl::init("")};
  Option<std::string> report{
      *this, "report",
      llvm::cl::desc("File for the report of changes as Markdown, or - for "
                     "standard output"),
      llvm::cl::init("")};
};

/// Makes a plan that passes from a drawing or from a plan that does not.
void buildRepairPipeline(OpPassManager &pm,
                         const RepairPipelineOptions &options);

/// Registers `--dag-repair`.
void registerRepairPipeline();

} // namespace mlir::dag

#endif // DAG_PIPELINES_REPAIR_H
