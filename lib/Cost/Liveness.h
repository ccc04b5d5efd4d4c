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

/// The elements of a constant that lie in memory as those of a weight do; null
/// for other ops and for what a kernel fills.
ElementsAttr getStoredElements(Operation *op);

/// Activations of a stage, or of a model without stages, that one rank runs op
/// after op. A tensor lives from the op that makes it to the last one that uses
/// it, within layers too. Where it lies, and what an op needs besides, ops say
/// by their `CostOpInterface`.
class Liveness {
public:
  Liveness(Operation *root, CostContext &costs, const KernelMemory &kernels);

  int64_t getPeak() const { return peak; }
  /// The op at which the most is live; null if nothing ever is.
  Operation *getPeakOp() const { return peakOp; }
  /// The largest tensors at the peak.
  const SmallVector<MemoryUse, 3> &getLargest() const { return largest; }
  /// Bytes of activations that values lie in, each once.
  int64_t getBytesOf(ArrayRef<Value> values) const;
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

  Liveness(CostContext &costs, const KernelMemory &kernels)
      : costs(costs), kernels(kernels) {}

  void visitBlock(Block &block);
  void visitOp(Operation *op);
  void use(Value value);
  /// Local bytes of a value that `op` makes; zero where they are not known.
  int64_t getBytes(Operation *op, Value value);
  void makeBuffer(Value value, Operation *op, int64_t bytes);
  /// Lets `value` share the buffer of `source`, if it has one.
  void share(Value value, Value source);
  bool isFused(Value value) const;
  /// The most that lives within a composite that does not say it.
  int64_t getWorkspaceOfParts(Operation *op);
  void placeResult(OpResult result, const ResultPlace &place);
  void findPeak();

  CostContext &costs;
  const KernelMemory &kernels;
  DenseMap<Value, BufferId> buffersOf;
  std::vector<Buffer> buffers;
  /// What results that are computed piece by piece keep alive.
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
