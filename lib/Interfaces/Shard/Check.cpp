//===- Check.cpp - Asserts and constants, sharded -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Check/IR/Check.h"
#include "Models.h"
#include "dag/Dialect/Dag/IR/Elements.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::shard;

namespace {

/// On the value as others see it; what it is compared with follows.
template <typename OpT>
struct AssertModel : Model<AssertModel<OpT>, OpT> {
  LogicalResult shard(Operation *op, ShardBuilder &builder) const {
    Value actual = builder.getReduced(op->getOperand(0));
    Value expected = builder.getParameter(op->getOperand(1),
                                          ShardBuilder::getType(actual).dims);
    return success(builder.rebuild(op, {actual, expected}) != nullptr);
  }
};

struct ConstantModel : Model<ConstantModel, arith::ConstantOp> {
  LogicalResult shard(Operation *op, ShardBuilder &builder) const {
    return isMadeWhereUsed(op) ? success()
                               : builder.rebuildAndDefine(op, ValueRange());
  }
  bool isMadeWhereUsed(Operation *op) const {
    return isa<DenseElementsAttr>(cast<arith::ConstantOp>(op).getValue());
  }
  Value makeAs(Operation *op, ShardBuilder &builder,
               RankedTensorType type) const {
    auto elements =
        cast<DenseElementsAttr>(cast<arith::ConstantOp>(op).getValue());
    builder.record(op);
    return arith::ConstantOp::create(builder.getBuilder(), op->getLoc(),
                                     resizeElements(elements, type));
  }
};

} // namespace

void shard::attachCheckModels(MLIRContext *context) {
  check::EqualOp::attachInterface<AssertModel<check::EqualOp>>(*context);
  check::CloseOp::attachInterface<AssertModel<check::CloseOp>>(*context);
}

void shard::attachConstantModel(MLIRContext *context) {
  arith::ConstantOp::attachInterface<ConstantModel>(*context);
}
