//===- LocalizeModel.cpp - Doubling of shards -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestDialect.h"
#include "dag/Interfaces/Localize/Localizer.h"

using namespace mlir;
using namespace mlir::dag;

void test::attachLocalizeModel(MLIRContext *context) {
  DoubleOp::attachInterface<SameOnShards<DoubleOp>>(*context);
}
