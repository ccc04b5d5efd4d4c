//===- ExportObject.h - Compiled kernels as files -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TARGET_GPU_EXPORTOBJECT_H
#define DAG_TARGET_GPU_EXPORTOBJECT_H

#include "mlir/IR/BuiltinOps.h"

namespace mlir::dag::gpu_target {

/// Writes the object of the `gpu.binary` below `module`, PTX or machine code,
/// as it is. Fails, with a message, unless there is one with one object.
LogicalResult exportObject(ModuleOp module, raw_ostream &os);

/// Registers `--gpu-binary-to-object`.
void registerExportObjectTranslation();

} // namespace mlir::dag::gpu_target

#endif // DAG_TARGET_GPU_EXPORTOBJECT_H
