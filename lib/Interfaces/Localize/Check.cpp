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

template <typename... OpTs>
static void attachSameOnShards(MLIRContext *context) {
  (OpTs::template attachInterface<SameOnShards<OpTs>>(*context), ...);
}

/// Element by element it makes no difference which elements a rank has. A
/// division makes no number of the zeros that pad a shard, and is left out.
void localize::attachElementwiseModels(MLIRContext *context) {
  attachSameOnShards<arith::AddFOp, arith::SubFOp, arith::MulFOp, arith::NegFOp,
                     arith::MaximumFOp, arith::MinimumFOp, arith::MaxNumFOp,
                     arith::MinNumFOp, arith::ExtFOp, arith::TruncFOp,
                     arith::AddIOp, arith::SubIOp, arith::MulIOp,
                     arith::MaxSIOp, arith::MinSIOp, arith::ExtSIOp,
                     arith::SIToFPOp>(context);
}
