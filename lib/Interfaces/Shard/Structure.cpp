//===- Structure.cpp - Parameters, inputs and outputs, sharded -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::shard;

namespace {

struct ParameterModel : Model<ParameterModel, ParameterOp> {
  LogicalResult shard(Operation *, ShardBuilder &) const { return success(); }
  bool isMadeWhereUsed(Operation *) const { return true; }
  Value makeAs(Operation *op, ShardBuilder &builder,
               RankedTensorType type) const {
    return builder.rebuildAs(op, type);
  }
  StringRef getNameKey(Operation *op) const {
    return cast<ParameterOp>(op).getNameAttrName();
  }
};

struct InputModel : Model<InputModel, InputOp> {
  LogicalResult shard(Operation *op, ShardBuilder &builder) const {
    Value old = op->getResult(0);
    ShardedType type = ShardBuilder::getType(old);
    if (type.getRank() > 0)
      type.dims[0] =
          builder.split(type.shape[0], builder.getStrategy().getBatchAxes());
    builder.define(old, builder.rebuildAs(op, type.toType()));
    return success();
  }
  LogicalResult constrain(Operation *op, ShardStrategy &strategy) const {
    ArrayRef<int64_t> shape = cast<InputOp>(op).getType().getShape();
    if (!shape.empty())
      strategy.addBatch(shape.front());
    return success();
  }
};

} // namespace

void shard::attachStructureModels(MLIRContext *context) {
  ParameterOp::attachInterface<ParameterModel>(*context);
  InputOp::attachInterface<InputModel>(*context);
  OutputOp::attachInterface<Whole<OutputOp>>(*context);
}
