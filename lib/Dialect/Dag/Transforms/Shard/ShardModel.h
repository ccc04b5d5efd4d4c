//===- ShardModel.h - Re-create a model on a mesh -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_DIALECT_DAG_TRANSFORMS_SHARD_SHARDMODEL_H
#define DAG_LIB_DIALECT_DAG_TRANSFORMS_SHARD_SHARDMODEL_H

#include "dag/Interfaces/Shard/ShardBuilder.h"

#include <memory>

namespace mlir::dag::shard {

/// Shards the body of one model. Layers that differ in the names of their
/// parameters and caches only are worked on once.
class ModelSharder {
public:
  explicit ModelSharder(const ShardStrategy &strategy) : strategy(strategy) {}

  /// Fills `result` with what `model` holds, sharded.
  LogicalResult shard(ModelOp model, ModelOp result);

  unsigned getNumCopiedLayers() const { return numCopied; }

private:
  /// A layer that others can be copied from.
  struct LayerClass {
    LayerOp logical, sharded;
    SmallVector<Type> operandTypes;
    /// For each op of the sharded layer, the index of what it stands for in
    /// the logical one.
    SmallVector<unsigned> origins;
  };

  LogicalResult shardLayer(LayerOp layer, ShardBuilder &outer);
  LogicalResult shardBody(LayerOp layer, Block &block, LayerClass &layerClass);
  void copyBody(LayerOp layer, const LayerClass &layerClass, Block &block);

  const ShardStrategy &strategy;
  DenseMap<size_t, SmallVector<std::unique_ptr<LayerClass>, 1>> classes;
  unsigned numCopied = 0;
};

} // namespace mlir::dag::shard

#endif // DAG_LIB_DIALECT_DAG_TRANSFORMS_SHARD_SHARDMODEL_H
