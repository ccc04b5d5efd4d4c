//===- ShardModel.cpp - How doubling is put on a mesh -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestDialect.h"
#include "dag/Interfaces/Shard/ShardModels.h"

using namespace mlir;
using namespace mlir::dag;

void test::attachShardModel(MLIRContext *context) {
  DoubleOp::attachInterface<shard::Scaled<DoubleOp>>(*context);
}
