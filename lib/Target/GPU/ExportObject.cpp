//===- ExportObject.cpp - Compiled kernels as files -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Target/GPU/ExportObject.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Tools/mlir-translate/Translation.h"

using namespace mlir;
using namespace mlir::dag;

LogicalResult gpu_target::exportObject(ModuleOp module, raw_ostream &os) {
  auto binaries = llvm::to_vector(module.getOps<gpu::BinaryOp>());
  if (binaries.size() != 1) {
    auto diag = module.emitError("expected one 'gpu.binary', but got ")
                << binaries.size();
    for (gpu::BinaryOp binary : binaries)
      diag.attachNote(binary.getLoc())
          << "this is '" << binary.getName() << '\'';
    return diag;
  }
  ArrayAttr objects = binaries.front().getObjects();
  if (objects.size() != 1)
    return binaries.front().emitError("expected one object, but got ")
           << objects.size();
  auto object = cast<gpu::ObjectAttr>(objects[0]);
  StringRef bytes = object.getObject().getValue();
  if (bytes.empty())
    return binaries.front().emitError("expected an object with bytes, but got "
                                      "an empty one");
  // Assembly ends with the zero of a string in C.
  if (object.getFormat() == gpu::CompilationTarget::Assembly)
    bytes = bytes.rtrim('\0');
  os << bytes;
  return success();
}

void gpu_target::registerExportObjectTranslation() {
  static TranslateFromMLIRRegistration registration(
      "gpu-binary-to-object", "write what kernels were compiled to",
      [](Operation *op, raw_ostream &os) -> LogicalResult {
        auto module = dyn_cast<ModuleOp>(op);
        if (!module)
          return op->emitError("expected a module");
        return exportObject(module, os);
      },
      [](DialectRegistry &registry) {
        registry
            .insert<gpu::GPUDialect, LLVM::LLVMDialect, NVVM::NVVMDialect>();
      });
}
