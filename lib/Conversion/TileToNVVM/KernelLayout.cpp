//===- KernelLayout.cpp - Where a kernel has what -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelLayout.h"
#include "Patterns.h"

using namespace mlir;
using namespace mlir::dag::tile;

KernelLayout::KernelLayout(KernelOp kernel, LLVM::GlobalOp shared)
    : cluster(kernel.getCluster()) {
  forEachSharedOp(kernel, [&](Operation *op, int64_t bytes) {
    offsets[op] = sharedBytes;
    sharedBytes += bytes;
    usesBarriers |= isa<PipelineOp>(op);
  });

  Emit emit(OpBuilder::atBlockBegin(&kernel.getBody().front()),
            kernel.getLoc());
  base = emit.create<LLVM::AddressOfOp>(shared);
  thread = emit.getThread();
  // Through a shuffle, so that the compiler sees one value for each warp.
  warpgroup = emit.getFirstLane(emit.shiftRight(thread, 7));
}

int64_t mlir::dag::tile::getFirstWarpgroup(RoleOp role) {
  int64_t number = 0;
  for (RoleOp other : role->getBlock()->getOps<RoleOp>()) {
    if (other == role)
      break;
    number += other.getWarpgroups();
  }
  return number;
}

Value mlir::dag::tile::getWarpgroupOfRole(RoleOp role,
                                          const KernelLayout &layout,
                                          Emit &emit) {
  return emit.sub(layout.getWarpgroup(), getFirstWarpgroup(role));
}

int64_t mlir::dag::tile::getNumReaders(PipelineOp pipeline) {
  int64_t readers = 0;
  for (Operation *user : pipeline.getResult().getUsers())
    if (isa<ConsumeOp>(user))
      readers += cast<RoleOp>(user->getParentOp()).getWarpgroups();
  auto kernel = cast<KernelOp>(pipeline->getParentOp());
  return pipeline.getType().getMulticast() ? readers * kernel.getCluster()
                                           : readers;
}
