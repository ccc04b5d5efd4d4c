//===- Cost.h - What ops cost on a rank -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// docs/Memory.md has the formulas and their sources.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_COST_COST_H
#define DAG_COST_COST_H

#include "dag/Interfaces/CostOpInterface.h"

#include <array>

namespace mlir::dag {

/// The mesh of a model; without axes for a logical program or a dangling name.
MeshShape getMeshShape(ModelOp model);

/// A number of collectives, and the bytes that a rank sends in them.
struct Traffic {
  int64_t count = 0;
  int64_t bytes = 0;
  bool operator==(const Traffic &other) const {
    return count == other.count && bytes == other.bytes;
  }
};

/// The collectives that communicate, in the order of `Cost::traffic`.
constexpr CollectiveKind kTrafficKinds[] = {
    CollectiveKind::AllReduce,     CollectiveKind::AllGather,
    CollectiveKind::ReduceScatter, CollectiveKind::AllToAll,
    CollectiveKind::Broadcast,     CollectiveKind::Scatter,
    CollectiveKind::Gather};
constexpr unsigned kNumTrafficKinds = std::size(kTrafficKinds);

/// What one run of a piece of a plan costs on one rank, the one with the
/// largest shards: the sum over its ops. Figures saturate at the largest
/// integer.
struct Cost {
  /// Floating-point operations of matrix products; a multiply-add is two.
  int64_t flops = 0;
  /// Bytes that move between memory and chip, op by op.
  int64_t bytesRead = 0;
  int64_t bytesWritten = 0;
  /// Elements and bytes of parameters, and bytes of KV caches, that are kept.
  int64_t parameters = 0;
  int64_t parameterBytes = 0;
  int64_t cacheBytes = 0;
  /// Number of collectives, and bytes that a rank sends in them over a ring;
  /// `traffic` has the same for each kind.
  int64_t collectives = 0;
  int64_t collectiveBytes = 0;
  std::array<Traffic, kNumTrafficKinds> traffic;
  /// Number of sends, and their bytes.
  int64_t sends = 0;
  int64_t sendBytes = 0;
  UnknownFigures unknown;

  Cost &operator+=(const Cost &other);
  Cost &operator+=(const OpCost &op);
  bool operator==(const Cost &other) const;
  bool operator!=(const Cost &other) const { return !(*this == other); }
  /// False if a figure was too large, and is none.
  bool fits() const;
};

/// Calls `callback` with an op, and all ops in it, and what each costs. An op
/// that does not say what it costs, or costs more than numbers can say, is an
/// error, with a diagnostic.
LogicalResult
forEachCost(Operation *op, CostContext &context,
            function_ref<void(Operation *, const OpCost &)> callback);
/// The sum.
FailureOr<Cost> getTotalCost(Operation *op, CostContext &context);

} // namespace mlir::dag

#endif // DAG_COST_COST_H
