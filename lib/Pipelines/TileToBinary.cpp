//===- TileToBinary.cpp - From kernels to binaries -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Pipelines/TileToBinary.h"
#include "dag/Conversion/TileToNVVM/Passes.h"
#include "dag/Support/PipelineRegistration.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/GPU/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace mlir::dag;

/// The chip as LLVM and ptxas name it, and the oldest PTX that has all that its
/// kernels use: setmaxnreg and stmatrix came with 8.0, wgmma too.
static std::pair<StringRef, StringRef> getTarget(Chip chip) {
  switch (chip) {
  case Chip::Sm80:
    return {"sm_80", "+ptx70"};
  case Chip::Sm90a:
    return {"sm_90a", "+ptx80"};
  }
  llvm_unreachable("unknown chip");
}

static StringRef getUpstreamName(BinaryFormat format) {
  switch (format) {
  case BinaryFormat::Ptx:
    return "isa";
  case BinaryFormat::Cubin:
    return "bin";
  case BinaryFormat::Fatbin:
    return "fatbin";
  }
  llvm_unreachable("unknown format");
}

void dag::buildTileToBinaryPipeline(
    OpPassManager &pm, const TileToBinaryPipelineOptions &options) {
  pm.addNestedPass<gpu::GPUModuleOp>(createTileToNVVM());
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createConvertNVVMToLLVMPass());
  pm.addPass(createConvertControlFlowToLLVMPass());
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createConvertIndexToLLVMPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());

  GpuNVVMAttachTargetOptions target;
  auto [chip, features] = getTarget(options.chip);
  target.chip = chip.str();
  target.features = features.str();
  target.optLevel = 3;
  pm.addPass(createGpuNVVMAttachTarget(std::move(target)));
  GpuModuleToBinaryPassOptions binary;
  binary.compilationTarget = getUpstreamName(options.format).str();
  binary.toolkitPath = options.toolkit;
  pm.addPass(createGpuModuleToBinaryPass(std::move(binary)));
}

void dag::registerTileToBinaryPipeline() {
  registerPipeline(TileToBinaryPipelineOptions::kArgument,
                   TileToBinaryPipelineOptions::kSummary,
                   buildTileToBinaryPipeline);
}
