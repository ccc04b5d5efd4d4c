//===- Check.cpp - Asserts and constants of a rank -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Check/IR/Check.h"
#include "Models.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::dag;

void localize::attachCheckModels(MLIRContext *context) {
  check::EqualOp::attachInterface<SameOnShards<check::EqualOp>>(*context);
  check::CloseOp::attachInterface<SameOnShards<check::CloseOp>>(*context);
}

void localize::attachConstantModel(MLIRContext *context) {
  arith::ConstantOp::attachInterface<BorderModel<arith::ConstantOp>>(*context);
}
