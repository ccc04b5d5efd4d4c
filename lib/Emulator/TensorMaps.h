//===- TensorMaps.h - Boxes of tensors -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_EMULATOR_TENSORMAPS_H
#define DAG_EMULATOR_TENSORMAPS_H

#include "Machine.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace mlir::dag::ptx {

/// A row of a box, or a part of it, of 16 bytes of shared memory.
struct BoxChunk {
  /// Offset in shared memory, swizzled.
  uint32_t shared = 0;
  /// Offset from the tensor's address, if any of it is within.
  int64_t global = 0;
  /// Bytes from `first` on that are within the tensor's bounds.
  unsigned first = 0, count = 0;
};

/// Bytes of a box in shared memory, which are those that a barrier is told of.
unsigned getBoxBytes(const TensorMap &map);

/// Calls `body` with the chunks of the box at `coordinates`, whose image in
/// shared memory begins at `offset`.
void forEachChunk(const TensorMap &map, llvm::ArrayRef<int32_t> coordinates,
                  uint32_t offset,
                  llvm::function_ref<void(const BoxChunk &)> body);

/// The tensor map that bytes are, if they are one.
std::optional<TensorMap> decodeTensorMap(const uint8_t *bytes);

/// The tensor map at an address, or none after a finding.
std::optional<TensorMap> findTensorMap(Warp &warp, uint64_t address,
                                       unsigned rank, unsigned lane);

} // namespace mlir::dag::ptx

#endif // DAG_EMULATOR_TENSORMAPS_H
