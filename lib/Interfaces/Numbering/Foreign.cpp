//===- Foreign.cpp - What ops of upstream do to summands --------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "dag/Dialect/Dag/IR/Elements.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::dag;

namespace {
/// Conversions between floats round, and sums of 16 bits do, too. What has 8
/// bits or fewer is rounded to the few values that it can say, which the sum of
/// rounded summands is not.
template <typename OpT>
struct LinearModel : SummandOpInterface::ExternalModel<LinearModel<OpT>, OpT> {
  bool isLinear(Operation *op) const {
    return llvm::none_of(op->getResultTypes(), areRoundedFloats);
  }
};

template <typename OpT>
struct NonlinearModel
    : SummandOpInterface::ExternalModel<NonlinearModel<OpT>, OpT> {
  bool isLinear(Operation *) const { return false; }
};
} // namespace

void dag::attachSummandModels(MLIRContext *context) {
  attachNumberingModels<LinearModel, arith::AddFOp, arith::SubFOp,
                        arith::NegFOp, arith::AddIOp, arith::SubIOp,
                        arith::ExtFOp, arith::TruncFOp, arith::ExtSIOp,
                        arith::ExtUIOp, arith::SIToFPOp, arith::UIToFPOp>(
      context);
  attachNumberingModels<
      NonlinearModel, arith::MulFOp, arith::DivFOp, arith::RemFOp,
      arith::MaximumFOp, arith::MinimumFOp, arith::MaxNumFOp, arith::MinNumFOp,
      arith::MulIOp, arith::DivSIOp, arith::DivUIOp, arith::CeilDivSIOp,
      arith::CeilDivUIOp, arith::FloorDivSIOp, arith::RemSIOp, arith::RemUIOp,
      arith::MaxSIOp, arith::MaxUIOp, arith::MinSIOp, arith::MinUIOp,
      arith::AndIOp, arith::OrIOp, arith::XOrIOp, arith::ShLIOp, arith::ShRSIOp,
      arith::ShRUIOp, arith::FPToSIOp, arith::FPToUIOp, arith::BitcastOp,
      arith::CmpFOp, arith::CmpIOp, arith::SelectOp>(context);
}
