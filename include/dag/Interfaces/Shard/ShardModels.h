//===- ShardModels.h - Ways to shard that many ops share -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Models of ShardOpInterface that are the whole answer of an op, to be attached
// in one line: `MyOp::attachInterface<shard::Reduced<MyOp>>(*context)`.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_INTERFACES_SHARD_SHARDMODELS_H
#define DAG_INTERFACES_SHARD_SHARDMODELS_H

#include "dag/Interfaces/Shard/ShardBuilder.h"

namespace mlir::dag::shard {

template <typename ModelT, typename OpT>
using Model = ShardOpInterface::ExternalModel<ModelT, OpT>;

/// An op that works on any share of its operands, whose sums are reduced.
template <typename OpT>
struct Reduced : Model<Reduced<OpT>, OpT> {
  LogicalResult shard(Operation *op, ShardBuilder &builder) const {
    return builder.rebuildAndDefine(
        op, llvm::map_to_vector(op->getOperands(), [&](Value operand) {
          return builder.getReduced(operand);
        }));
  }
};

/// What is one for all sequences, or one for each of the first dimension of
/// `batch`, which is in shards already.
inline Value getOneEach(ShardBuilder &builder, Value value, Value batch) {
  Value reduced = builder.getReduced(value);
  if (ShardBuilder::getType(reduced).getRank() != 1)
    return reduced;
  return builder.reshard(reduced, {ShardBuilder::getType(batch).dims[0]});
}

/// An op that needs its operands reduced and replicated, but for the batch.
template <typename OpT>
struct Whole : Model<Whole<OpT>, OpT> {
  LogicalResult shard(Operation *op, ShardBuilder &builder) const {
    return builder.rebuildAndDefine(
        op, llvm::map_to_vector(op->getOperands(), [&](Value operand) {
          return builder.getWhole(operand);
        }));
  }
  std::optional<int64_t> getFeaturesGatheredBehind(Operation *,
                                                   OpOperand &) const {
    return std::nullopt;
  }
};

/// An op that multiplies its operand by a number: a sum stays pending, and the
/// biases that wait for its reduction are multiplied with it.
template <typename OpT>
struct Scaled : Model<Scaled<OpT>, OpT> {
  LogicalResult shard(Operation *op, ShardBuilder &builder) const {
    Form form = builder.getForm(op->getOperand(0));
    Operation *result = builder.rebuild(op, form.value);
    if (!result)
      return failure();
    SmallVector<DeferredBias, 1> biases;
    for (const DeferredBias &bias : form.biases) {
      Operation *scaled = builder.rebuild(op, bias.bias);
      if (!scaled)
        return failure();
      biases.push_back({scaled->getResult(0), bias.role});
    }
    builder.define(op->getResult(0), result->getResult(0), biases);
    return success();
  }
};

} // namespace mlir::dag::shard

#endif // DAG_INTERFACES_SHARD_SHARDMODELS_H
