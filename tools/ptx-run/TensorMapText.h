//===- TensorMapText.h - Tensor maps on the command line -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TOOLS_PTXRUN_TENSORMAPTEXT_H
#define DAG_TOOLS_PTXRUN_TENSORMAPTEXT_H

#include "Arguments.h"

namespace mlir::dag::ptx {

/// A tensor map of a buffer, from options with commas between them. Sizes have
/// the slowest dimension first, as shapes of buffers have:
///
///   box=64x64                     elements of a box
///   im2col,channels=64,pixels=128,lower=-1x-1,upper=-1x-1
///                                 instead of a box; corners of H and W
///   shape=128x64, strides=256     if they are not the buffer's; in bytes
///   steps=1x2x2x1                 from one element to the next
///   swizzle=128, interleave=16, fill=nan
llvm::Expected<TensorMap> parseTensorMap(llvm::StringRef options,
                                         uint64_t address,
                                         const BufferType &type);

} // namespace mlir::dag::ptx

#endif // DAG_TOOLS_PTXRUN_TENSORMAPTEXT_H
