//===- ShardLayout.h - What is split over which axis -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The decisions that hold for a whole model: the axes of its mesh, and how
// heads, sequences and the tokens of experts lie on them.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_DIALECT_DAG_TRANSFORMS_SHARD_SHARDLAYOUT_H
#define DAG_LIB_DIALECT_DAG_TRANSFORMS_SHARD_SHARDLAYOUT_H

#include "dag/Dialect/Dag/IR/Dag.h"

namespace mlir::dag::shard {

struct Options {
  StringRef axis;
  int64_t tp;
  int64_t ep;
  bool sequenceParallel;
};

/// How the tokens that experts work on lie over the axis of the experts.
enum class ExpertTokens {
  Whole,    // every rank has all tokens, and sums up what its experts give
  Batch,    // sequences are split, in the whole model
  Sequence, // tokens are split for the experts and gathered behind them
};

class Layout {
public:
  /// Reads the sizes off `model`, which is not on a mesh. What cannot be split
  /// is an error at the op that shows it.
  static FailureOr<Layout> compute(ModelOp model, const Options &options);

  /// Names and sizes of the mesh's axes, from the major to the minor one.
  ArrayRef<std::pair<StringAttr, int64_t>> getMeshAxes() const { return mesh; }

  /// All axes of tensor parallelism; none on one rank.
  ArrayRef<StringAttr> getTensorAxes() const { return tensorAxes; }
  /// The axis of expert parallelism, or none.
  ArrayRef<StringAttr> getExpertAxes() const { return expertAxes; }
  /// The axes over which as many heads are split, of queries or of KV: all
  /// axes of tensor parallelism, or the first, or none.
  ArrayRef<StringAttr> getHeadAxes(int64_t heads) const;
  /// The axes over which sequences are split throughout.
  ArrayRef<StringAttr> getBatchAxes() const;
  ExpertTokens getExpertTokens() const { return expertTokens; }
  /// True if hidden states are split over the sequence between blocks.
  bool splitsHiddenStates() const {
    return sequenceParallel && !tensorAxes.empty();
  }

  /// Number of ranks on `axes`.
  int64_t getRanks(ArrayRef<StringAttr> axes) const;
  /// `axes` in the order of the mesh.
  SmallVector<StringAttr, 2> sortAxes(ArrayRef<StringAttr> axes) const;

private:
  LogicalResult checkOps(ModelOp model);
  LogicalResult checkHeads(Operation *op, int64_t heads, int64_t kvHeads);
  LogicalResult checkExperts(Operation *op, int64_t experts, bool biased);
  void makeAxes(MLIRContext *context, StringRef axis);
  void chooseExpertTokens(ModelOp model);

  SmallVector<std::pair<StringAttr, int64_t>, 3> mesh;
  SmallVector<StringAttr, 2> tensorAxes;
  SmallVector<StringAttr, 1> expertAxes;
  int64_t tp = 1, ep = 1;
  /// KV heads, where they are fewer than ranks and more than one, and the op
  /// that says so.
  int64_t splitKvHeads = 0;
  Operation *splitKvOp = nullptr;
  bool hasExperts = false;
  bool sequenceParallel = false;
  ExpertTokens expertTokens = ExpertTokens::Whole;
};

} // namespace mlir::dag::shard

#endif // DAG_LIB_DIALECT_DAG_TRANSFORMS_SHARD_SHARDLAYOUT_H
