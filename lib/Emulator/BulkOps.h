//===- BulkOps.h - What bulk copies have in common -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_EMULATOR_BULKOPS_H
#define DAG_EMULATOR_BULKOPS_H

#include "Machine.h"

namespace mlir::dag::ptx {

/// A piece of a copy: where it is in shared and in global memory.
struct Piece {
  uint32_t shared;
  uint64_t global;
  /// Bytes of shared memory, and those that there are in global memory.
  unsigned size, first, count;
};

/// Begins a copy of pieces into the shared memory of `block`, which tells
/// `barrier` when it is done. It is done as late as it may. What is missing in
/// global memory is filled with bytes `fill`. `operation` is of `reduce`, or -1
/// to store.
void beginLoad(Warp &warp, Block &block, uint32_t barrierOffset, unsigned lane,
               const std::vector<Piece> &pieces, unsigned bytes, uint8_t fill,
               int operation = -1, Type type = Type::None);

/// Begins a copy of pieces out of the shared memory of the own block.
/// `operation` is of `reduce`, or -1 to store.
void beginStore(Warp &warp, unsigned lane, std::vector<Piece> pieces,
                unsigned bytes, int operation, Type type);

/// The blocks that a copy goes to: one, or those of a mask.
llvm::SmallVector<Block *, 16> getTargets(Warp &warp, Block *one,
                                          const Op *mask, unsigned lane);

/// Whether an offset and a size are multiples of what a copy asks for.
bool checkAlignment(Warp &warp, uint64_t value, unsigned align,
                    const char *what, unsigned lane);

/// Whether data and the mbarrier that is told of it are in one block, as they
/// have to be.
bool checkBlock(Warp &warp, const Block &data, const Block &barrier,
                unsigned lane);

bool isShared(Space space);

} // namespace mlir::dag::ptx

#endif // DAG_EMULATOR_BULKOPS_H
