//===- Passes.h - From kernels to NVVM -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_CONVERSION_TILETONVVM_PASSES_H
#define DAG_CONVERSION_TILETONVVM_PASSES_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Pass/Pass.h"

namespace mlir::dag {

#define GEN_PASS_DECL
#include "dag/Conversion/TileToNVVM/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "dag/Conversion/TileToNVVM/Passes.h.inc"

} // namespace mlir::dag

#endif // DAG_CONVERSION_TILETONVVM_PASSES_H
