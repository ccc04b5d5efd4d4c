//===- TensorBoxes.h - Boxes and columns of tensors -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_EMULATOR_TENSORBOXES_H
#define DAG_EMULATOR_TENSORBOXES_H

#include "dag/Emulator/Launch.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace mlir::dag::ptx {

/// 16 bytes of shared memory, and where they are in the tensor.
struct BoxChunk {
  /// Offset in shared memory, swizzled.
  uint32_t shared = 0;
  /// Offset from the tensor's address, if any of it is within.
  int64_t global = 0;
  /// Bytes from `first` on that are within the tensor's bounds.
  unsigned first = 0, count = 0;
};

/// Where a copy begins: coordinates, the fastest dimension first, and of im2col
/// the offsets of W, H, D, of which a store has none.
struct BoxPlace {
  llvm::ArrayRef<int32_t> coordinates;
  llvm::ArrayRef<uint16_t> offsets;
};

/// Bytes of a copy in shared memory, which are those that a barrier is told of.
unsigned getBoxBytes(const TensorMap &map);

/// What is wrong with the place of a copy, or empty.
std::string checkPlace(const TensorMap &map, const BoxPlace &place);

/// Calls `body` with the chunks of the copy, whose image in shared memory
/// begins at `offset`. The map and the place have been checked.
void forEachChunk(const TensorMap &map, const BoxPlace &place, uint32_t offset,
                  llvm::function_ref<void(const BoxChunk &)> body);

} // namespace mlir::dag::ptx

#endif // DAG_EMULATOR_TENSORBOXES_H
