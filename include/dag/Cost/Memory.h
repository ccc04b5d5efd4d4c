//===- Memory.h - What a rank has to hold -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The memory of a rank at inference: weights, KV cache, the largest sum of
// activations that live at one time, the buffers of transfers, and what
// libraries keep. docs/Memory.md has the formulas and their sources.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_COST_MEMORY_H
#define DAG_COST_MEMORY_H

#include "dag/Cost/Cost.h"
#include "dag/Cost/ExpertPadding.h"

#include <optional>
#include <vector>

namespace mlir::dag {

struct MemoryOptions {
  KernelMemory kernels;
  /// Batches whose KV caches a rank holds at one time: a full pipeline has
  /// one in each stage. Pools of pages are for all of them.
  int64_t microBatches = 1;
  /// Sets of stages, by index, that the rank which has them runs at one time,
  /// each on a micro-batch of its own; a stage may be in a set twice.
  std::vector<SmallVector<int64_t, 2>> sideBySide;
  /// What the context of the device and the libraries take, and what NCCL
  /// takes: by the size of the largest group if it is not given.
  int64_t libraryBytes = int64_t(3584) << 20;
  std::optional<int64_t> ncclBytes;
  /// How kernels pad the weights of experts: by their type if it is not given.
  std::optional<ExpertPadding> expertPadding;
};

/// An op, and the bytes that it makes necessary.
struct MemoryUse {
  Operation *op = nullptr;
  int64_t bytes = 0;
};

/// What the ranks of one pipeline coordinate hold; they are alike, and where
/// shards are uneven it is the fullest of them.
struct RankMemory {
  /// The stages on the coordinate; none for a model without stages.
  SmallVector<StageOp, 1> stages;
  /// The first stage, or the model.
  Operation *anchor = nullptr;

  int64_t weights = 0;
  /// That part of the weights by which kernels of experts pad them.
  int64_t padding = 0;
  int64_t cache = 0;
  int64_t activations = 0;
  int64_t buffers = 0;
  int64_t libraries = 0;

  /// Bytes of KV cache for one token of one sequence in the caches that have
  /// room for all tokens, and of the caches that have not, as those of windows.
  int64_t cachePerToken = 0;
  int64_t smallerCaches = 0;
  /// How many ranks have these: those of the coordinate by those that the
  /// tokens are divided over.
  int64_t cacheCopies = 1;
  /// Tokens that the caches have room for, in all batches.
  int64_t tokens = 0;

  /// The largest parameters, caches of all kinds, and the op at which most
  /// activations live, with the largest of them.
  SmallVector<MemoryUse, 3> largestWeights;
  Operation *firstCache = nullptr;
  Operation *peak = nullptr;
  SmallVector<MemoryUse, 3> largestActivations;

  /// The first op with a size that is not known, and how many there are.
  Operation *unknown = nullptr;
  int64_t numUnknown = 0;
  /// The parts that it has a size in.
  struct {
    bool weights = false, cache = false, activations = false, buffers = false;
  } isPartUnknown;
  /// The first op that does not say what memory it needs.
  Operation *silent = nullptr;

  /// True if the model has layers that are not there, by its sampling.
  bool isSample = false;
  /// True if nobody knows how weights are stored, so that none count.
  bool isStorageUnknown = false;

  /// False if it is more, by sizes, ops, layers or weights that are not known.
  bool isComplete() const {
    return !unknown && !silent && !isSample && !isStorageUnknown;
  }
  /// Takes the weights for unknown.
  void forgetWeights();

  /// Everything.
  int64_t getTotal() const;
  /// What the plan itself puts there: everything but the libraries.
  int64_t getPlanned() const;
  /// `stage 3`, `stages 0, 4` or `the model`.
  std::string getName() const;
  /// What the caches hold: `the KV caches hold 4096 tokens of 1.00 KiB each`.
  std::string getCacheText() const;
};

/// The memory of the ranks of a model by pipeline coordinate, in order of
/// their first stage. Linear in the number of ops.
SmallVector<RankMemory, 0> getMemory(ModelOp model,
                                     const MemoryOptions &options = {});

} // namespace mlir::dag

#endif // DAG_COST_MEMORY_H
