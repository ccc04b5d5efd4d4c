//===- Foreign.cpp - Ops of other dialects -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "dag/Dialect/Check/IR/Check.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::costs;

void costs::attachCheckModels(MLIRContext *context) {
  attachFree<check::EqualOp, check::CloseOp>(context);
}

void costs::attachArithModels(MLIRContext *context) {
  attachFree<arith::ConstantOp>(context);
  attachStream<arith::AddFOp, arith::AddIOp, arith::DivFOp, arith::ExtFOp,
               arith::ExtSIOp, arith::ExtUIOp, arith::FPToSIOp,
               arith::IndexCastOp, arith::MaximumFOp, arith::MinimumFOp,
               arith::MulFOp, arith::MulIOp, arith::NegFOp, arith::SIToFPOp,
               arith::SubFOp, arith::SubIOp, arith::TruncFOp, arith::TruncIOp,
               arith::UIToFPOp>(context);
}
