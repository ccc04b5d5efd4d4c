//===- TileToNVVM.cpp - Kernels to NVVM -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "dag/Conversion/TileToNVVM/Passes.h"
#include "mlir/Dialect/SCF/Transforms/Patterns.h"

namespace mlir::dag {
#define GEN_PASS_DEF_TILETONVVM
#include "dag/Conversion/TileToNVVM/Passes.h.inc"
} // namespace mlir::dag

using namespace mlir;
using namespace mlir::dag::tile;

/// Dynamic shared memory: of no size, which a launch gives, and at the
/// alignment of the widest swizzle.
static LLVM::GlobalOp addSharedMemory(gpu::GPUModuleOp module) {
  StringRef name = "tile_shared";
  if (auto global = module.lookupSymbol<LLVM::GlobalOp>(name))
    return global;
  auto builder = OpBuilder::atBlockBegin(module.getBody());
  auto type = LLVM::LLVMArrayType::get(builder.getI8Type(), 0);
  return LLVM::GlobalOp::create(builder, module.getLoc(), type,
                                /*isConstant=*/false, LLVM::Linkage::External,
                                name, Attribute(), kTileAlignment,
                                kSharedSpace);
}

/// Lowers what is in the roles of a kernel; the roles stay.
static LogicalResult lowerBody(KernelOp kernel, const KernelLayout &layout) {
  RegisterTypeConverter converter;
  RewritePatternSet patterns(kernel.getContext());
  populatePipelinePatterns(converter, layout, patterns);
  populateRegisterPatterns(converter, layout, patterns);
  populateStorePatterns(converter, layout, patterns);
  populateThreadPatterns(converter, layout, patterns);
  ConversionTarget target(*kernel.getContext());
  target.addIllegalDialect<TileDialect>();
  target.addLegalOp<KernelOp, RoleOp>();
  target.markUnknownOpDynamicallyLegal([](Operation *) { return true; });
  scf::populateSCFStructuralTypeConversionsAndLegality(converter, patterns,
                                                       target);
  return applyPartialConversion(kernel, target, std::move(patterns));
}

//===----------------------------------------------------------------------===//
// Roles
//===----------------------------------------------------------------------===//

/// Registers back, or more of them.
static void setRegisters(RoleOp role, int64_t atLaunch, Emit &emit) {
  int64_t registers = role.getRegisters();
  // One role has all that there are.
  bool isOnly = llvm::hasSingleElement(role->getBlock()->getOps<RoleOp>());
  if (isOnly || registers == atLaunch)
    return;
  emit.create<NVVM::SetMaxRegisterOp>(
      static_cast<uint32_t>(registers),
      registers < atLaunch ? NVVM::SetMaxRegisterAction::decrease
                           : NVVM::SetMaxRegisterAction::increase);
}

/// Moves the ops of a role to the place of `emit`.
static void inlineRole(RoleOp role, const KernelLayout &layout,
                       int64_t atLaunch, Emit &emit) {
  setRegisters(role, atLaunch, emit);
  auto move = [&] {
    OpBuilder &builder = emit.getBuilder();
    Block *block = builder.getInsertionBlock();
    block->getOperations().splice(builder.getInsertionPoint(),
                                  role.getBody().front().getOperations());
  };
  if (!role.getElected()) {
    move();
    return;
  }
  int64_t first = getFirstWarpgroup(role) * kWarpgroupSize;
  emit.createIf(emit.equals(layout.getThread(), first), move);
}

/// Puts the roles into branches on the warpgroup.
static void lowerRoles(KernelOp kernel, const KernelLayout &layout) {
  auto roles = llvm::to_vector(kernel.getBody().getOps<RoleOp>());
  int64_t atLaunch = kernel.getLaunchRegisters();
  Emit emit(OpBuilder(roles.front()), kernel.getLoc());
  // Barriers that one thread has initialised are seen by all of the cluster.
  if (layout.hasBarriers())
    emit.createIf(emit.equals(layout.getThread(), 0),
                  [&] { emit.create<NVVM::FenceMbarrierInitOp>(); });
  if (layout.hasBarriers() || layout.getCluster() != 1)
    emit.meet(layout.getCluster());

  int64_t end = 0;
  OpBuilder &builder = emit.getBuilder();
  OpBuilder::InsertPoint behind = builder.saveInsertionPoint();
  for (RoleOp role : roles) {
    end += role.getWarpgroups();
    if (role == roles.back()) {
      inlineRole(role, layout, atLaunch, emit);
      break;
    }
    auto branch = emit.create<scf::IfOp>(
        emit.isLess(layout.getWarpgroup(), end), /*withElseRegion=*/true);
    builder.setInsertionPointToStart(branch.thenBlock());
    inlineRole(role, layout, atLaunch, emit);
    builder.setInsertionPointToStart(branch.elseBlock());
  }
  builder.restoreInsertionPoint(behind);
  // The shared memory of a block is there as long as others may reach it.
  if (layout.getCluster() != 1)
    emit.meet(layout.getCluster());
  emit.create<LLVM::ReturnOp>(ValueRange());
  for (RoleOp role : roles)
    role.erase();
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

/// What a tensor map is as a parameter: 128 bytes, at 64, that all blocks
/// share.
static void setMapAttributes(LLVM::LLVMFuncOp function, unsigned number) {
  constexpr int64_t kMapBytes = 128, kMapAlignment = 64;
  MLIRContext *context = function.getContext();
  auto type = LLVM::LLVMArrayType::get(IntegerType::get(context, 8), kMapBytes);
  function.setArgAttr(number, LLVM::LLVMDialect::getByValAttrName(),
                      TypeAttr::get(type));
  function.setArgAttr(
      number, LLVM::LLVMDialect::getAlignAttrName(),
      IntegerAttr::get(IntegerType::get(context, 64), kMapAlignment));
  function.setArgAttr(number, NVVM::NVVMDialect::getGridConstantAttrName(),
                      UnitAttr::get(context));
}

static LLVM::LLVMFuncOp createFunction(KernelOp kernel,
                                       const KernelLayout &layout) {
  OpBuilder builder(kernel);
  MLIRContext *context = kernel.getContext();
  auto pointer = LLVM::LLVMPointerType::get(context);
  auto types = llvm::map_to_vector(kernel.getArgumentTypes(), [&](Type type) {
    return isa<TensorMapType>(type) ? pointer : type;
  });
  auto type =
      LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(context), types);
  auto function = LLVM::LLVMFuncOp::create(builder, kernel.getLoc(),
                                           kernel.getSymName(), type);
  auto set = [&](StringRef name, Attribute value) {
    function->setAttr(name, value);
  };
  set(NVVM::NVVMDialect::getKernelFuncAttrName(), builder.getUnitAttr());
  set(NVVM::NVVMDialect::getReqntidAttrName(),
      builder.getDenseI32ArrayAttr(
          {static_cast<int32_t>(kernel.getNumThreads()), 1, 1}));
  set(NVVM::NVVMDialect::getMinctasmAttrName(), builder.getI32IntegerAttr(1));
  if (layout.getCluster() != 1)
    set(NVVM::NVVMDialect::getClusterDimAttrName(),
        builder.getDenseI32ArrayAttr(
            {static_cast<int32_t>(layout.getCluster()), 1, 1}));
  set("tile.shared_bytes", builder.getI64IntegerAttr(layout.getSharedBytes()));
  for (auto [i, argument] : llvm::enumerate(kernel.getArgumentTypes()))
    if (isa<TensorMapType>(argument))
      setMapAttributes(function, i);
  return function;
}

/// Replaces the arguments of a kernel by those of its function.
static void moveBody(KernelOp kernel, LLVM::LLVMFuncOp function) {
  Block &body = kernel.getBody().front();
  for (auto [argument, type] :
       llvm::zip_equal(body.getArguments(), function.getArgumentTypes())) {
    if (argument.getType() == type)
      continue;
    for (Operation *user : llvm::to_vector(argument.getUsers())) {
      auto cast = llvm::cast<UnrealizedConversionCastOp>(user);
      cast.getResult(0).replaceAllUsesWith(argument);
      cast.erase();
    }
    argument.setType(type);
  }
  function.getBody().takeBody(kernel.getBody());
}

namespace {
struct TileToNVVM : dag::impl::TileToNVVMBase<TileToNVVM> {
  void runOnOperation() override {
    gpu::GPUModuleOp module = getOperation();
    auto kernels = llvm::to_vector(module.getOps<KernelOp>());
    if (kernels.empty())
      return;
    LLVM::GlobalOp shared = addSharedMemory(module);
    for (KernelOp kernel : kernels) {
      KernelLayout layout(kernel, shared);
      if (failed(lowerBody(kernel, layout)))
        return signalPassFailure();
      LLVM::LLVMFuncOp function = createFunction(kernel, layout);
      lowerRoles(kernel, layout);
      moveBody(kernel, function);
      kernel.erase();
    }
  }
};
} // namespace
