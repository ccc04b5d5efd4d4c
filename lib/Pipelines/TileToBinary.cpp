//===- TileToBinary.cpp - From kernels to binaries -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Pipelines/TileToBinary.h"
#include "CompileKernels.h"
#include "dag/Conversion/TileToNVVM/Passes.h"
#include "dag/Support/PipelineRegistration.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/GPU/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

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

namespace {
/// Fails where the folder that is named as the toolkit is none: upstream says
/// so and goes on with another one. Only GPU modules of the module itself are
/// compiled.
class CheckInput : public PassWrapper<CheckInput, OperationPass<ModuleOp>> {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(CheckInput)

  explicit CheckInput(StringRef folder) : folder(folder) {}

  StringRef getName() const override { return "check-tile-to-binary-input"; }

  void runOnOperation() override {
    markAllAnalysesPreserved();
    ModuleOp module = getOperation();
    if (!folder.empty() && failed(checkToolkit()))
      return signalPassFailure();
    if (!module.getOps<gpu::GPUModuleOp>().empty())
      return;
    Operation *nested = nullptr;
    module->walk([&](gpu::GPUModuleOp kernels) {
      nested = kernels;
      return WalkResult::interrupt();
    });
    if (!nested) {
      module.emitRemark("found no gpu.module to compile");
      return;
    }
    nested->emitError("expected GPU modules in the module itself, but got one "
                      "in another op");
    signalPassFailure();
  }

private:
  LogicalResult checkToolkit() {
    SmallString<128> assembler(folder);
    llvm::sys::path::append(assembler, "bin", "ptxas");
    if (llvm::sys::fs::can_execute(assembler))
      return success();
    return getOperation().emitError("expected 'bin/ptxas' in the toolkit '")
           << folder << "', but found none";
  }

  std::string folder;
};
} // namespace

void dag::buildTileToBinaryPipeline(
    OpPassManager &pm, const TileToBinaryPipelineOptions &options) {
  pm.addPass(std::make_unique<CheckInput>(options.toolkit));
  pm.addNestedPass<gpu::GPUModuleOp>(createTileToNVVM());
  OpPassManager conversions(ModuleOp::getOperationName());
  conversions.addPass(createSCFToControlFlowPass());
  conversions.addPass(createCanonicalizerPass());
  conversions.addPass(createCSEPass());
  conversions.addPass(createConvertNVVMToLLVMPass());
  conversions.addPass(createConvertControlFlowToLLVMPass());
  conversions.addPass(createArithToLLVMConversionPass());
  conversions.addPass(createConvertIndexToLLVMPass());
  conversions.addPass(createReconcileUnrealizedCastsPass());
  conversions.addPass(createCanonicalizerPass());
  conversions.addPass(createCSEPass());

  GpuNVVMAttachTargetOptions target;
  auto [chip, features] = getTarget(options.chip);
  target.chip = chip.str();
  target.features = features.str();
  target.optLevel = 3;
  conversions.addPass(createGpuNVVMAttachTarget(std::move(target)));
  pm.addPass(createCompileKernels(std::move(conversions),
                                  getUpstreamName(options.format),
                                  options.toolkit));
}

void dag::registerTileToBinaryPipeline() {
  registerPipeline(TileToBinaryPipelineOptions::kArgument,
                   TileToBinaryPipelineOptions::kSummary,
                   buildTileToBinaryPipeline);
}
