//===- Liveness.h - Activations that live at one time -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_COST_LIVENESS_H
#define DAG_LIB_COST_LIVENESS_H

#include "dag/Cost/Memory.h"

#include <vector>

namespace mlir::dag {

/// Keeps the three largest uses, in descending order.
void keepLargest(SmallVectorImpl<MemoryUse> &uses, MemoryUse use);

/// Activations of a stage, or of a model without stages, that one rank runs op
/// after op. A tensor lives from the op that makes it to the last one that uses
/// it, within layers too. These take no memory of their own:
///
/// * parameters and KV caches, and what is written into a cache;
/// * a received tensor, which lies in the buffer of its transfer;
/// * a dropout with p = 0, the parts of a split, and an all-reduce of what
///   nothing else uses, which NCCL does in place;
/// * scores and weights of a fused attention, but for a logarithm of the sum
///   for each query; instead, queries and keys live until values are summed
///   (arXiv 2205.14135).
class Liveness {
public:
  Liveness(Operation *root, CostModel &costs, const MemoryOptions &options);

  int64_t getPeak() const { return peak; }
  /// The op at which the most is live; null if nothing ever is.
  Operation *getPeakOp() const { return peakOp; }
  /// The largest tensors at the peak.
  const SmallVector<MemoryUse, 3> &getLargest() const { return largest; }
  /// The first op with a result of a size that is not known, and their number.
  Operation *getUnknown() const { return unknown; }
  int64_t getNumUnknown() const { return numUnknown; }

private:
  using BufferId = uint32_t;
  struct Buffer {
    Operation *op;
    int64_t bytes;
    uint32_t first;
    uint32_t last;
  };

  void visitBlock(Block &block);
  void visitOp(Operation *op);
  void use(Value value);
  /// Local bytes of a value that `op` makes; zero where they are not known.
  int64_t getBytes(Operation *op, Value value);
  void makeBuffer(Value value, Operation *op, int64_t bytes);
  /// Lets `value` share the buffer of `source`, if it has one.
  void share(Value value, Value source);
  bool isFused(Value value) const;
  /// The value whose memory the result of `op` takes over, or null.
  Value getInPlace(Operation *op) const;
  int64_t getWorkspace(Operation *op);
  void findPeak();

  CostModel &costs;
  const MemoryOptions &options;
  DenseMap<Value, BufferId> buffersOf;
  std::vector<Buffer> buffers;
  /// What the scores of a fused attention keep alive.
  DenseMap<BufferId, SmallVector<BufferId, 2>> kept;
  std::vector<Operation *> ops;
  std::vector<std::pair<uint32_t, int64_t>> workspaces;

  int64_t peak = 0;
  Operation *peakOp = nullptr;
  SmallVector<MemoryUse, 3> largest;
  Operation *unknown = nullptr;
  int64_t numUnknown = 0;
};

} // namespace mlir::dag

#endif // DAG_LIB_COST_LIVENESS_H
