//===- InitAll.cpp - Registration of everything in the project -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/InitAll.h"
#include "dag/Communication/Passes.h"
#include "dag/Conversion/TileToNVVM/Passes.h"
#include "dag/Cost/Passes.h"
#include "dag/Dialect/Check/IR/Check.h"
#include "dag/Dialect/Dag/IR/Dag.h"
#include "dag/Dialect/Dag/Transforms/Passes.h"
#include "dag/Dialect/Tile/IR/Tile.h"
#include "dag/Interfaces/CostOpInterface.h"
#include "dag/Interfaces/LocalizeOpInterface.h"
#include "dag/Interfaces/NumberingOpInterface.h"
#include "dag/Interfaces/ShardOpInterface.h"
#include "dag/Interfaces/SizesOpInterface.h"
#include "dag/Interpreter/InterpretOpInterface.h"
#include "dag/Pipelines/Repair.h"
#include "dag/Pipelines/TileToBinary.h"
#include "dag/Pipelines/Verify.h"
#include "dag/Repair/Passes.h"
#include "dag/Verification/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Target/LLVM/NVVM/Target.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/GPU/GPUToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/NVVM/NVVMToLLVMIRTranslation.h"

using namespace mlir;

void dag::registerAllDialects(DialectRegistry &registry) {
  registry.insert<DagDialect, check::CheckDialect, tile::TileDialect,
                  arith::ArithDialect, gpu::GPUDialect, scf::SCFDialect,
                  LLVM::LLVMDialect, NVVM::NVVMDialect>();
  registerAllExternalModels(registry);
  // From kernels to LLVM IR, and to PTX and machine code.
  registerBuiltinDialectTranslation(registry);
  registerGPUDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  registerNVVMDialectTranslation(registry);
  NVVM::registerNVVMTargetInterfaceExternalModels(registry);
}

void dag::registerAllExternalModels(DialectRegistry &registry) {
  registerCostExternalModels(registry);
  registerInterpreterModels(registry);
  registerLocalizeExternalModels(registry);
  registerNumberingExternalModels(registry);
  registerShardExternalModels(registry);
  registerSizesExternalModels(registry);
}

void dag::registerAllPasses() {
  registerDagTileToNVVMPasses();
  registerDagCostPasses();
  registerDagCommunicationPasses();
  registerDagTransformsPasses();
  registerDagRepairPasses();
  registerDagVerificationPasses();

  registerPlanPipeline();
  registerRepairPipeline();
  registerTileToBinaryPipeline();
  registerVerifyPipeline();
}
