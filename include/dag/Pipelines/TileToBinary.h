//===- TileToBinary.h - From kernels to binaries -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_PIPELINES_TILETOBINARY_H
#define DAG_PIPELINES_TILETOBINARY_H

#include "dag/Pipelines/BinaryOptions.h"
#include "mlir/Pass/PassOptions.h"

namespace mlir::dag {

#include "dag/Pipelines/TileToBinary.h.inc"

/// Makes a `gpu.binary` of each GPU module. PTX is made by LLVM; other forms
/// ask for ptxas, and fail with a message where there is none.
void buildTileToBinaryPipeline(OpPassManager &pm,
                               const TileToBinaryPipelineOptions &options);

/// Registers `--tile-to-binary`.
void registerTileToBinaryPipeline();

} // namespace mlir::dag

#endif // DAG_PIPELINES_TILETOBINARY_H
