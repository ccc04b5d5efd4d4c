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

#include "dag/Dialect/Dag/IR/Sharding.h"

#include <array>
#include <deque>

namespace mlir::dag {

/// Sums and products of numbers that are not negative; they stop at the largest
/// integer.
int64_t addSaturating(int64_t a, int64_t b);
int64_t multiplySaturating(int64_t a, int64_t b);
/// `value * numerator / denominator`, rounded up. The denominator is positive.
int64_t scaleSaturating(int64_t value, int64_t numerator, int64_t denominator);

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
/// largest shards. Figures saturate at the largest integer.
struct Cost {
  /// Floating-point operations of matrix products; a multiply-add is two.
  int64_t flops = 0;
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
  /// False if something has a size that is not known: it counts as nothing.
  bool isComplete = true;

  Cost &operator+=(const Cost &other);
  bool operator==(const Cost &other) const;
  bool operator!=(const Cost &other) const { return !(*this == other); }
};

/// The part of a tensor that a rank holds; the largest one.
struct LocalTensor {
  SmallVector<int64_t, 4> shape;
  /// Zero where a size is not known.
  int64_t elements = 0;
  int64_t bytes = 0;
  bool isKnown = false;
};

/// Figures of ops on a mesh. What it learns of a type is kept, so that one
/// object should serve all ops of a model.
class CostModel {
public:
  explicit CostModel(const MeshShape &mesh) : mesh(mesh) {}

  const MeshShape &getMesh() const { return mesh; }
  /// The local part of a tensor; unknown for any other type.
  const LocalTensor &getLocal(Type type);

  /// The cost of one op, without the ops in its regions. An op that is not
  /// known costs nothing.
  Cost getCost(Operation *op);
  /// The cost of an op and all ops in it.
  Cost getTotalCost(Operation *op);

private:
  MeshShape mesh;
  DenseMap<Type, const LocalTensor *> known;
  std::deque<LocalTensor> tensors;
};

/// The same for a single op.
Cost getCost(Operation *op, const MeshShape &mesh);
Cost getTotalCost(Operation *op, const MeshShape &mesh);

/// How many slots of a mixture's capacity hold a token, as a fraction of all:
/// `routed / slots` when routing is balanced.
struct SlotUse {
  int64_t routed = 1;
  int64_t slots = 1;
  /// That share of `value`, rounded up.
  int64_t apply(int64_t value) const {
    return routed < slots ? scaleSaturating(value, routed, slots) : value;
  }
};

/// The use of the slots of `value`, which stems from a `dag.dispatch` through
/// collectives; all of them for any other value.
SlotUse getSlotUse(Value value);

} // namespace mlir::dag

#endif // DAG_COST_COST_H
