//===- KernelLayout.h - Where a kernel has what -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_CONVERSION_TILETONVVM_KERNELLAYOUT_H
#define DAG_LIB_CONVERSION_TILETONVVM_KERNELLAYOUT_H

#include "dag/Dialect/Tile/IR/Tile.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace mlir::dag::tile {

/// What the lowering of an op asks about its kernel.
class KernelLayout {
public:
  /// Assigns shared memory, and computes at the start of `kernel` what all of
  /// its roles ask for. `shared` is its dynamic shared memory.
  KernelLayout(KernelOp kernel, LLVM::GlobalOp shared);

  /// Shared memory of the kernel, in bytes.
  int64_t getSharedBytes() const { return sharedBytes; }
  /// Where a pipeline, a staging or slots begin in shared memory, in bytes.
  int64_t getOffset(Operation *op) const { return offsets.lookup(op); }
  /// True if barriers of pipelines are initialised before the roles begin.
  bool hasBarriers() const { return usesBarriers; }
  /// Blocks of the cluster.
  int64_t getCluster() const { return cluster; }

  /// Address of shared memory, the thread in the block, and its warpgroup,
  /// which is one value for all threads of a warp.
  Value getShared() const { return base; }
  Value getThread() const { return thread; }
  Value getWarpgroup() const { return warpgroup; }

private:
  int64_t sharedBytes = 0;
  int64_t cluster = 1;
  bool usesBarriers = false;
  Value base, thread, warpgroup;
  DenseMap<Operation *, int64_t> offsets;
};

/// The first warpgroup of `role`, counted in the block.
int64_t getFirstWarpgroup(RoleOp role);

/// Arrivals that make a slot of `pipeline` empty: one of each warpgroup that
/// reads it, in all blocks whose copies fill it.
int64_t getNumReaders(PipelineOp pipeline);

} // namespace mlir::dag::tile

#endif // DAG_LIB_CONVERSION_TILETONVVM_KERNELLAYOUT_H
