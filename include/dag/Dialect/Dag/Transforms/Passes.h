//===- Passes.h - Passes that make and mend plans -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_TRANSFORMS_PASSES_H
#define DAG_DIALECT_DAG_TRANSFORMS_PASSES_H

#include "dag/Diagnostics/VerificationPass.h"
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

} // namespace mlir::dag

#endif // DAG_DIALECT_DAG_TRANSFORMS_PASSES_H
