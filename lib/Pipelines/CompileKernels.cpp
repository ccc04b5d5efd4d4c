//===- CompileKernels.cpp - LLVM's back end behind a guard -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CompileKernels.h"
#include "dag/Support/FatalErrors.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/GPU/Transforms/Passes.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::dag;

/// Wider ones are taken apart in time that grows with their square and more.
static constexpr unsigned kMaxIntegerBits = 128;

/// True for a type that is no part of PTX, and that nothing is expanded into.
static bool isForeignType(Type type) {
  if (auto integer = dyn_cast<IntegerType>(type))
    return integer.getWidth() > kMaxIntegerBits;
  if (isa<Float80Type, Float128Type, FloatTF32Type, LLVM::LLVMPPCFP128Type,
          LLVM::LLVMX86AMXType>(type))
    return true;
  auto pointer = dyn_cast<LLVM::LLVMPointerType>(type);
  // Generic, global, shared, constant, local, parameters, shared of a cluster,
  // of tensors, and of entries.
  constexpr unsigned kSpaces[] = {0, 1, 3, 4, 5, 6, 7, 101};
  return pointer && !llvm::is_contained(kSpaces, pointer.getAddressSpace());
}

/// A type that PTX does not have in a type, or null.
static Type findForeignType(Type type) {
  Type found;
  type.walk([&](Type part) {
    if (!isForeignType(part))
      return WalkResult::advance();
    found = part;
    return WalkResult::interrupt();
  });
  return found;
}

/// A type that PTX does not have in an op, or null.
static Type findForeignType(Operation *op) {
  for (TypeRange types :
       {TypeRange(op->getOperandTypes()), TypeRange(op->getResultTypes())})
    for (Type type : types)
      if (Type found = findForeignType(type))
        return found;
  for (Region &region : op->getRegions())
    for (Block &block : region)
      for (Type type : block.getArgumentTypes())
        if (Type found = findForeignType(type))
          return found;
  for (NamedAttribute attribute : op->getAttrs())
    if (auto type = dyn_cast<TypeAttr>(attribute.getValue()))
      if (Type found = findForeignType(type.getValue()))
        return found;
  return {};
}

/// Characters of names that LLVM makes one of PTX of.
static bool isNameOfPtx(StringRef name) {
  return llvm::all_of(name, [](char c) {
    return llvm::isAlnum(c) || llvm::is_contained(StringRef("_$.@-"), c);
  });
}

static LogicalResult checkKernels(gpu::GPUModuleOp module) {
  auto result = module->walk([](Operation *op) {
    if (Type type = findForeignType(op)) {
      op->emitError("expected types that PTX has, but got ") << type;
      return WalkResult::interrupt();
    }
    auto symbol = dyn_cast<SymbolOpInterface>(op);
    if (symbol && symbol.getNameAttr() && !isNameOfPtx(symbol.getName())) {
      op->emitError("expected a name of letters, digits, '_', '$' and '.', but "
                    "got ")
          << symbol.getNameAttr();
      return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

/// What LLVM says without where it had it.
static std::string withoutAddresses(StringRef reason) {
  SmallVector<StringRef> words;
  reason.split(words, ' ');
  llvm::erase_if(words, [](StringRef word) { return word.starts_with("0x"); });
  return llvm::join(words, " ");
}

namespace {
class CompileKernels
    : public PassWrapper<CompileKernels, OperationPass<ModuleOp>> {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(CompileKernels)

  CompileKernels(StringRef format, StringRef toolkit)
      : pipeline(ModuleOp::getOperationName()) {
    GpuModuleToBinaryPassOptions options;
    options.compilationTarget = format.str();
    options.toolkitPath = toolkit.str();
    pipeline.addPass(createGpuModuleToBinaryPass(std::move(options)));
  }

  StringRef getName() const override { return "compile-kernels"; }

  void getDependentDialects(DialectRegistry &registry) const override {
    pipeline.getDependentDialects(registry);
  }

  void runOnOperation() override {
    Location loc = getOperation()->getLoc();
    bool isRefused = false;
    getOperation()->walk([&](gpu::GPUModuleOp module) {
      loc = module.getLoc();
      isRefused |= failed(checkKernels(module));
      return WalkResult::skip();
    });
    if (isRefused)
      return signalPassFailure();
    bool hasReason = false;
    ScopedDiagnosticHandler watch(&getContext(), [&](Diagnostic &diagnostic) {
      hasReason |= diagnostic.getSeverity() == DiagnosticSeverity::Error;
      return failure();
    });
    bool isCompiled = false;
    std::optional<std::string> end = runGuarded(
        [&] { isCompiled = succeeded(runPipeline(pipeline, getOperation())); });
    if (isCompiled)
      return;
    if (end || !hasReason)
      emitError(loc) << "expected kernels that LLVM can compile, but it "
                     << (!end           ? "refused them"
                         : end->empty() ? "crashed"
                                        : "ended: " + withoutAddresses(*end));
    signalPassFailure();
  }

private:
  OpPassManager pipeline;
};
} // namespace

std::unique_ptr<Pass> dag::createCompileKernels(StringRef format,
                                                StringRef toolkit) {
  return std::make_unique<CompileKernels>(format, toolkit);
}
