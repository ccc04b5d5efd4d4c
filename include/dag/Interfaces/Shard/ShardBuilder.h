//===- ShardBuilder.h - Re-create a block with sharded types -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A block of a logical program is re-created op by op. For each value of it the
// builder knows the new value, and makes other forms of that as consumers ask
// for them: reduced, in the layout of hidden states, or whole. That is where
// collectives come from, and why a sum is reduced no earlier than it has to be.
//
// How an op is re-created is said by its ShardOpInterface, which works on this
// class.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_INTERFACES_SHARD_SHARDBUILDER_H
#define DAG_INTERFACES_SHARD_SHARDBUILDER_H

#include "dag/Dialect/Dag/IR/Sharding.h"
#include "dag/Interfaces/Shard/ShardStrategy.h"
#include "dag/Interfaces/Shard/TokenNeeds.h"
#include "dag/Interfaces/ShardOpInterface.h"
#include "mlir/IR/Builders.h"

namespace mlir::dag::shard {

/// A bias that waits for the reduction of the sum it belongs to.
struct DeferredBias {
  Value bias;
  RoleAttr role;
};

/// What has become of a value.
struct Form {
  /// The new value; its sum may be pending.
  Value value;
  /// Added behind the reduction; none if nothing is pending.
  SmallVector<DeferredBias, 1> biases;
  /// Other layouts of the reduced value, as far as they are made.
  Value hidden, whole, tokens;
};

/// Re-creates one block of a logical program on a mesh.
class ShardBuilder {
public:
  /// Appends to `block`, which need not be part of an op yet.
  ShardBuilder(const ShardStrategy &strategy, MLIRContext *context,
               Block *block)
      : strategy(strategy), builder(context) {
    builder.setInsertionPointToEnd(block);
  }

  const ShardStrategy &getStrategy() const { return strategy; }
  /// For ops that nothing below makes: each is recorded with what it stands
  /// for.
  OpBuilder &getBuilder() { return builder; }
  /// Which values of the logical program are needed whole.
  TokenNeeds &getTokenNeeds() { return needs; }

  /// Re-creates `op`, which is no layer and no terminator, as its interface
  /// says. Emits an error for an op without it.
  LogicalResult shardOp(Operation *op);

  //===--- Values --------------------------------------------------------===//

  /// The new value of `old` has been made.
  void define(Value old, Value value, ArrayRef<DeferredBias> biases = {});
  /// As it is, its sum may be pending.
  Form &getForm(Value old);
  /// With its sum reduced and its biases added.
  Value getReduced(Value old);
  /// Reduced, in the layout that hidden states have between blocks.
  Value getHidden(Value old);
  /// Reduced and replicated, but for the batch.
  Value getWhole(Value old);
  /// The tokens for experts: whole, or the rank's share of the sequence.
  Value getTokens(Value old);
  /// What a parameter or a constant is to be split into; another value is
  /// brought into that.
  Value getParameter(Value old, ArrayRef<DimShardingAttr> dims);
  Value getReplicated(Value old);

  //===--- Layouts -------------------------------------------------------===//

  /// A dimension of `size` elements over `axes`, padded if need be.
  DimShardingAttr split(int64_t size, ArrayRef<StringAttr> axes) const;
  DimShardingAttr unsplit() const;
  static ShardedType getType(Value value);
  /// How `value` is split as hidden states between blocks, and replicated but
  /// for the batch.
  SmallVector<DimShardingAttr, 4> getHiddenDims(Value value) const;
  SmallVector<DimShardingAttr, 4> getWholeDims(Value value) const;
  /// `value` with its dimensions split as in `dims`; a pending sum over other
  /// axes stays so.
  Value reshard(Value value, ArrayRef<DimShardingAttr> dims);

  //===--- Ops -----------------------------------------------------------===//

  /// `op` with new operands and inferred types; null, with a diagnostic, where
  /// they do not fit.
  Operation *rebuild(Operation *op, ValueRange operands);
  /// The same, and the results are those of `op`.
  LogicalResult rebuildAndDefine(Operation *op, ValueRange operands);
  /// `op`, of one result, with new operands and a result of `type`.
  Operation *rebuild(Operation *op, ValueRange operands, RankedTensorType type);
  /// `op`, which has no operands and one result, with a result of `type`.
  Value rebuildAs(Operation *op, RankedTensorType type);
  /// The linear `op`, of weight `[out, in]` in the form that it has: where the
  /// features are split the sum is pending, and the bias, or null, is added
  /// behind its reduction as one of `role`.
  LogicalResult rebuildWithBias(Operation *op, Value x, Value weight,
                                Value bias, Role role);
  Value makeSlice(Value value, unsigned dim, ArrayRef<StringAttr> axes);
  Value makeAllToAll(Value value, unsigned splitDim, unsigned concatDim,
                     ArrayRef<StringAttr> axes);
  Value makeAllReduce(Value value, ArrayRef<StringAttr> axes);

  /// Notes that what was asked for cannot be made, after a message: the op that
  /// is worked on fails.
  void refuse() { hasRefused = true; }

  /// For each new op of the block, in order, the op that it stands for.
  ArrayRef<Operation *> getOrigins() const { return origins; }
  /// Says which op the ops to come stand for, where none is closer.
  void setCurrent(Operation *op) { current = op; }
  void record(Operation *origin) { origins.push_back(origin); }

private:
  /// Reduces a pending sum and adds its biases.
  Value reduce(Value value, ArrayRef<DeferredBias> biases);

  /// Collectives on a value stand for the op that made it.
  Operation *getOrigin(Value old) const;
  ArrayAttr getAxesAttr(ArrayRef<StringAttr> axes);
  template <typename OpTy, typename... Args>
  Value make(Args &&...args);

  const ShardStrategy &strategy;
  TokenNeeds needs;
  OpBuilder builder;
  DenseMap<Value, Form> forms;
  DenseMap<std::pair<Value, Type>, Value> parameters;
  SmallVector<Operation *> origins;
  Operation *current = nullptr;
  /// What the collectives that are being made stand for.
  Operation *origin = nullptr;
  bool hasRefused = false;
};

} // namespace mlir::dag::shard

#endif // DAG_INTERFACES_SHARD_SHARDBUILDER_H
