//===- Outputs.h - What a run leaves -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_TOOLS_PTXRUN_OUTPUTS_H
#define DAG_TOOLS_PTXRUN_OUTPUTS_H

#include "Arguments.h"

namespace mlir::dag::ptx {

/// `name f32[4] = 1 2 3 4`, at most `count` elements.
void printBuffer(const Buffer &buffer, const BufferType &type, uint64_t count,
                 llvm::raw_ostream &os);
/// Writes all buffers that have a name as a safetensors file.
void writeSafetensors(const Launch &launch, llvm::ArrayRef<BufferType> types,
                      llvm::raw_ostream &os);
/// Compares buffers with the tensors of the same name; says where they differ
/// by more than `tolerance` of the largest element: 1e-5 where none is given,
/// for integers 0. False if some do.
llvm::Expected<bool> compare(const Launch &launch,
                             llvm::ArrayRef<BufferType> types,
                             llvm::StringRef path,
                             std::optional<double> tolerance,
                             llvm::raw_ostream &os);
/// Counters as text or as JSON.
void writeProfile(const Result &result, bool isJson, llvm::raw_ostream &os);
/// Events of warps and engines, in Chrome's trace format.
void writeTimeline(const Result &result, llvm::raw_ostream &os);

} // namespace mlir::dag::ptx

#endif // DAG_TOOLS_PTXRUN_OUTPUTS_H
