//===- CompileKernels.h - LLVM's back end behind a guard --------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_PIPELINES_COMPILEKERNELS_H
#define DAG_LIB_PIPELINES_COMPILEKERNELS_H

#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassManager.h"

namespace mlir::dag {

/// Makes a `gpu.binary` of each GPU module that `conversions` bring into LLVM's
/// dialect, in the form that upstream calls `format`. What LLVM's back end has
/// no types for is refused at its place, and where upstream ends otherwise, a
/// module is an error, too.
std::unique_ptr<Pass> createCompileKernels(OpPassManager conversions,
                                           StringRef format, StringRef toolkit);

} // namespace mlir::dag

#endif // DAG_LIB_PIPELINES_COMPILEKERNELS_H
