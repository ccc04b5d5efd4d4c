//===- Passes.h - Passes that make and mend plans -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_TRANSFORMS_PASSES_H
#define DAG_DIALECT_DAG_TRANSFORMS_PASSES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassOptions.h"

namespace mlir::dag {

#define GEN_PASS_DECL
#include "dag/Dialect/Dag/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "dag/Dialect/Dag/Transforms/Passes.h.inc"

/// Options of `--dag-plan`.
struct PlanPipelineOptions : public PassPipelineOptions<PlanPipelineOptions> {
  Option<int64_t> tp{*this, "tp",
                     llvm::cl::desc("Ranks of a tensor-parallel group"),
                     llvm::cl::init(1)};
  Option<int64_t> pp{*this, "pp", llvm::cl::desc("Pipeline ranks"),
                     llvm::cl::init(1)};
  Option<int64_t> ep{*this, "ep",
                     llvm::cl::desc("Ranks that experts are spread over"),
                     llvm::cl::init(1)};
  Option<int64_t> virtualStages{*this, "virtual",
                                llvm::cl::desc("Stages on each pipeline rank"),
                                llvm::cl::init(1)};
  Option<std::string> placement{
      *this, "placement",
      llvm::cl::desc("How virtual stages are dealt out: loop or v"),
      llvm::cl::init("loop")};
  ListOption<int64_t> layout{*this, "layout",
                             llvm::cl::desc("Layers of each stage")};
  Option<std::string> balance{
      *this, "balance", llvm::cl::desc("What is balanced: layers or cost"),
      llvm::cl::init("layers")};
  ListOption<int64_t> devices{
      *this, "devices", llvm::cl::desc("Device of each coordinate, row-major")};
  Option<bool> sequenceParallel{
      *this, "sequence-parallel",
      llvm::cl::desc("Split hidden states over the sequence between blocks"),
      llvm::cl::init(false)};
  Option<std::string> scatterGather{
      *this, "scatter-gather",
      llvm::cl::desc("Send replicated tensors in shards: always, never, auto"),
      llvm::cl::init("auto")};
  Option<int64_t> devicesPerNode{
      *this, "devices-per-node",
      llvm::cl::desc("Devices that share the fast interconnect"),
      llvm::cl::init(8)};
  Option<int64_t> slots{
      *this, "slots", llvm::cl::desc("Tensors that a transfer's buffer holds"),
      llvm::cl::init(2)};
  Option<bool> keepReference{
      *this, "keep-reference",
      llvm::cl::desc("Keep the logical program beside the plan, as @logical"),
      llvm::cl::init(false)};
};

/// From a logical program to a plan: decompose, shard, partition, transfers.
void buildPlanPipeline(OpPassManager &pm, const PlanPipelineOptions &options);

/// Registers `--dag-plan`.
void registerPlanPipeline();

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

#endif // DAG_DIALECT_DAG_TRANSFORMS_PASSES_H
