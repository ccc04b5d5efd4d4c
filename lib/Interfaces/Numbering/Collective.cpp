//===- Collective.cpp - Collectives change where elements lie -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"

using namespace mlir;
using namespace mlir::dag;

// Of this dialect only: an interface promises less than these ops do.
void dag::attachCollectiveNumbering(MLIRContext *context) {
  attachNumberingModels<ErasedModel, AllReduceOp, AllGatherOp, ReduceScatterOp,
                        SliceOp, AllToAllOp, BroadcastOp, ScatterOp, GatherOp>(
      context);
}
