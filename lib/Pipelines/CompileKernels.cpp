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
static constexpr int64_t kMaxVectorElements = 4096;
/// What a kernel takes as parameters, in bytes, and so at most in elements.
static constexpr uint64_t kMaxParameterBytes = 32764;
/// PTX writes each of them out.
static constexpr int64_t kMaxConstantElements = int64_t(1) << 24;
/// LLVM takes some code apart in time that grows with a power of its size.
static constexpr unsigned kMaxSeconds = 600;

/// True for a type that is no part of PTX, and that nothing is expanded into.
static bool isForeignType(Type type) {
  if (auto integer = dyn_cast<IntegerType>(type))
    return integer.getWidth() > kMaxIntegerBits;
  if (isa<Float80Type, Float128Type, FloatTF32Type, LLVM::LLVMPPCFP128Type,
          LLVM::LLVMX86AMXType>(type))
    return true;
  if (auto vector = dyn_cast<VectorType>(type))
    return vector.getNumElements() > kMaxVectorElements;
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

/// True if an array, of arrays, is more than the parameters of a kernel hold.
static bool isTooLargeParameter(Type type) {
  uint64_t elements = 1;
  while (auto array = dyn_cast<LLVM::LLVMArrayType>(type)) {
    if (array.getNumElements() > kMaxParameterBytes)
      return true;
    elements *= std::max<uint64_t>(array.getNumElements(), 1);
    if (elements > kMaxParameterBytes)
      return true;
    type = array.getElementType();
  }
  return false;
}

/// What is as large as no kernel has it, and takes LLVM without end.
static LogicalResult checkSizes(Operation *op) {
  for (NamedAttribute attribute : op->getAttrs())
    if (auto values = dyn_cast<DenseElementsAttr>(attribute.getValue());
        values && values.getNumElements() > kMaxConstantElements)
      return op->emitError("expected constants of at most ")
             << kMaxConstantElements << " elements, but got "
             << values.getNumElements();
  if (auto function = dyn_cast<LLVM::LLVMFuncOp>(op))
    for (Type type : function.getFunctionType().getParams())
      if (isTooLargeParameter(type))
        return op->emitError("expected parameters of at most ")
               << kMaxParameterBytes << " bytes, but got " << type;
  return success();
}

static LogicalResult checkKernels(gpu::GPUModuleOp module) {
  auto result = module->walk([](Operation *op) {
    if (failed(checkSizes(op)))
      return WalkResult::interrupt();
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

  CompileKernels(OpPassManager conversions, StringRef format, StringRef toolkit)
      : conversions(std::move(conversions)),
        compilation(ModuleOp::getOperationName()) {
    GpuModuleToBinaryPassOptions options;
    options.compilationTarget = format.str();
    options.toolkitPath = toolkit.str();
    compilation.addPass(createGpuModuleToBinaryPass(std::move(options)));
  }

  StringRef getName() const override { return "compile-kernels"; }

  void getDependentDialects(DialectRegistry &registry) const override {
    conversions.getDependentDialects(registry);
    compilation.getDependentDialects(registry);
  }

  void runOnOperation() override {
    if (failed(runAlone(conversions)))
      return signalPassFailure();
    bool isRefused = false;
    getOperation()->walk([&](gpu::GPUModuleOp module) {
      isRefused |= failed(checkKernels(module));
      return WalkResult::skip();
    });
    if (isRefused || failed(runAlone(compilation)))
      return signalPassFailure();
  }

private:
  /// The first of the kernels, as LLVM doesn't say which one it is at.
  Location getPlace() {
    auto modules = getOperation().getOps<gpu::GPUModuleOp>();
    return modules.empty() ? getOperation()->getLoc()
                           : (*modules.begin()).getLoc();
  }

  LogicalResult runAlone(OpPassManager &pipeline) {
    Location loc = getPlace();
    std::string late;
    llvm::raw_string_ostream(late) << "expected kernels that LLVM compiles in "
                                   << kMaxSeconds << " seconds: " << loc;
    ScopedTimeLimit limit(kMaxSeconds, std::move(late));
    bool hasReason = false;
    ScopedDiagnosticHandler watch(&getContext(), [&](Diagnostic &diagnostic) {
      hasReason |= diagnostic.getSeverity() == DiagnosticSeverity::Error;
      return failure();
    });
    bool isCompiled = false;
    std::optional<std::string> end = runGuarded(
        [&] { isCompiled = succeeded(runPipeline(pipeline, getOperation())); });
    if (isCompiled)
      return success();
    if (!end && hasReason)
      return failure();
    return emitError(loc) << "expected kernels that LLVM can compile, but it "
                          << (!end ? "refused them"
                              : end->empty()
                                  ? "crashed"
                                  : "ended: " + withoutAddresses(*end));
  }

  OpPassManager conversions, compilation;
};
} // namespace

std::unique_ptr<Pass> dag::createCompileKernels(OpPassManager conversions,
                                                StringRef format,
                                                StringRef toolkit) {
  return std::make_unique<CompileKernels>(std::move(conversions), format,
                                          toolkit);
}
