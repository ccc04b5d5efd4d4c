//===- Attention.cpp - Numbers of the parts of attention -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"

using namespace mlir;
using namespace mlir::dag;

namespace {
struct KvCacheModel : NumberingModel<KvCacheModel, KvCacheOp> {
  LogicalResult number(Operation *op, NumberingContext &context,
                       ValueNumbers) const {
    if (failed(numberLeaf(op, context, cast<KvCacheOp>(op).getNameAttr())))
      return failure();
    context.setCache(op->getResult(0));
    return success();
  }
};

struct KvCacheUpdateModel
    : NumberingModel<KvCacheUpdateModel, KvCacheUpdateOp> {
  LogicalResult number(Operation *op, NumberingContext &context,
                       ValueNumbers operands) const {
    // What was moved is another tensor, and the cache stays as it is.
    bool isCache = context.isCache(cast<KvCacheUpdateOp>(op).getCache());
    if (!isCache && context.holdsCache(operands[0]))
      context.doubtAt(op, "it writes into a copy of a cache");
    context.define(op->getResult(0), context.makeUpdate(operands, op));
    if (isCache)
      context.setCache(op->getResult(0));
    return success();
  }
};

struct QkvProjectionModel
    : NumberingModel<QkvProjectionModel, QkvProjectionOp> {
  LogicalResult number(Operation *op, NumberingContext &context,
                       ValueNumbers operands) const {
    return context.numberAsFunction(op, operands);
  }
  bool dependsOn(Operation *, unsigned result, unsigned operand) const {
    return operand == 0 || (operand - 1) % 3 == result;
  }
};

struct LatentQkvProjectionModel
    : NumberingModel<LatentQkvProjectionModel, LatentQkvProjectionOp> {
  LogicalResult number(Operation *op, NumberingContext &context,
                       ValueNumbers operands) const {
    return context.numberAsFunction(op, operands);
  }
  bool dependsOn(Operation *op, unsigned result, unsigned operand) const {
    auto qkv = cast<LatentQkvProjectionOp>(op);
    OpOperand *of = &op->getOpOperand(operand);
    if (of == &qkv.getKRopeMutable())
      return result == 1;
    bool isOfQueries =
        of == &qkv.getQInputMutable() || of == &qkv.getWqMutable();
    return isOfQueries == (result == 0);
  }
};

struct DropoutModel : NumberingModel<DropoutModel, DropoutOp> {
  LogicalResult number(Operation *op, NumberingContext &context,
                       ValueNumbers operands) const {
    if (cast<DropoutOp>(op).getP().isZero())
      return context.defineResult(op, operands[0]);
    context.doubtAt(op, "it draws random numbers");
    return context.numberAsFunction(op, operands);
  }
};
} // namespace

// Composites have no model: they are the values of their parts.
void dag::attachAttentionNumbering(MLIRContext *context) {
  attachNumberingModels<FunctionModel, QkNormOp, AttentionWeightsOp,
                        KvCacheGatherOp>(context);
  QkvProjectionOp::attachInterface<QkvProjectionModel>(*context);
  LatentQkvProjectionOp::attachInterface<LatentQkvProjectionModel>(*context);
  attachAbsorbedNumbering(context);
  OutputProjectionOp::attachInterface<BiasedModel<OutputProjectionOp>>(
      *context);
  KvCacheOp::attachInterface<KvCacheModel>(*context);
  KvCacheUpdateOp::attachInterface<KvCacheUpdateModel>(*context);
  DropoutOp::attachInterface<DropoutModel>(*context);
}
