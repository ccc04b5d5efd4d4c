//===- ShardStrategy.h - What is split over which axis -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The decisions that hold for a whole model: the axes of its mesh, and how
// heads, sequences and the tokens of experts lie on them. They follow from what
// is asked for and from what the ops of the model say by ShardOpInterface.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_INTERFACES_SHARD_SHARDSTRATEGY_H
#define DAG_INTERFACES_SHARD_SHARDSTRATEGY_H

#include "dag/Dialect/Dag/IR/Caches.h"
#include "dag/Dialect/Dag/IR/Dag.h"

#include <optional>

namespace mlir::dag::shard {

/// What is asked for.
struct ShardOptions {
  /// Name of the axis of tensor parallelism.
  StringRef axis;
  /// Ranks of tensor and of expert parallelism, both positive.
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

class ShardStrategy {
public:
  /// Asks the ops of `model`, which is not on a mesh. What cannot be split is
  /// an error at the op that shows it.
  static FailureOr<ShardStrategy> choose(ModelOp model,
                                         const ShardOptions &options);

  //===--- What ops say --------------------------------------------------===//

  /// Heads of an attention are split over the axis of tensor parallelism, KV
  /// heads as far as there are some for each rank. Emits an error at `op`.
  LogicalResult addHeads(Operation *op, int64_t heads, int64_t kvHeads);
  /// Experts are split over their axis; those with biases, which a rank can't
  /// add to its part of a sum, over that of tensor parallelism as well. Emits
  /// an error at `op`.
  LogicalResult addExperts(Operation *op, int64_t experts, bool biased);
  /// Number of sequences that an input or a cache holds, first dimension.
  void addBatch(int64_t sequences);
  /// Number of pages of a pool, which are split as sequences are.
  void addPages(int64_t pages) { canSplitBatch &= pages % ep == 0; }
  /// True for a pool of pages.
  bool isPaged(KvCacheOp cache) const {
    return pagedCaches.contains(cache.getNameAttr());
  }
  /// Tokens go to experts: sequences and tokens of each, and slots for as many
  /// tokens in each expert.
  void addDispatch(int64_t sequences, int64_t tokens, int64_t capacity);
  /// Somebody sees which slot of an expert a token has.
  void keepExpertTokensWhole() { canSplitTokens = false; }

  //===--- Decisions -----------------------------------------------------===//

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
  explicit ShardStrategy(const ShardOptions &options)
      : tp(options.tp), ep(options.ep),
        sequenceParallel(options.sequenceParallel) {}

  LogicalResult askOps(ModelOp model);
  void makeAxes(MLIRContext *context, StringRef axis);
  void chooseExpertTokens();

  SmallVector<std::pair<StringAttr, int64_t>, 3> mesh;
  SmallVector<StringAttr, 2> tensorAxes;
  SmallVector<StringAttr, 1> expertAxes;
  int64_t tp, ep;
  bool sequenceParallel;
  ExpertTokens expertTokens = ExpertTokens::Whole;

  /// KV heads, where they are fewer than ranks and more than one, and the op
  /// that says so.
  int64_t splitKvHeads = 0;
  Operation *splitKvOp = nullptr;
  bool hasExperts = false;
  DenseSet<StringAttr> pagedCaches;
  /// Number of sequences, once it is known, and what of the tokens for experts
  /// can be split.
  std::optional<int64_t> batch;
  bool canSplitTokens = true, canSplitBatch = true, canSplitSequence = true;
};

} // namespace mlir::dag::shard

#endif // DAG_INTERFACES_SHARD_SHARDSTRATEGY_H
