//===- RankContext.h - What a rank knows of itself -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_INTERPRETER_RANKCONTEXT_H
#define DAG_INTERPRETER_RANKCONTEXT_H

#include "dag/Dialect/Dag/IR/Sharding.h"
#include "dag/Kernels/Reference/ShardRange.h"
#include "dag/Kernels/Reference/Tensor.h"

namespace mlir::dag {

/// One rank of a mesh: its coordinates, and what follows from them.
class RankContext {
public:
  RankContext(const MeshShape &mesh, SmallVector<int64_t, 4> coordinates)
      : mesh(&mesh), coordinates(std::move(coordinates)) {}

  const MeshShape &getMesh() const { return *mesh; }
  ArrayRef<int64_t> getCoordinates() const { return coordinates; }
  /// Position of the rank in the group over `axes`, major to minor.
  int64_t getIndex(ArrayRef<StringAttr> axes) const;
  /// The part of a dimension of `type` that this rank holds.
  ShardRange getRange(RankedTensorType type, unsigned dim) const;
  /// True if a tensor of this type exists on the rank.
  bool holds(RankedTensorType type) const;
  /// The part of a whole tensor, without padding, that the rank holds. Padding
  /// is NaN where nobody says otherwise: whoever looks at it spoils the result.
  Tensor
  getShard(const Tensor &whole, RankedTensorType type,
           double padding = std::numeric_limits<double>::quiet_NaN()) const;
  /// Calls `callback` with the index in the shard and the one in the whole
  /// tensor, both row-major, of every element that is no padding.
  void forEachElement(RankedTensorType type,
                      function_ref<void(int64_t, int64_t)> callback) const;

private:
  const MeshShape *mesh;
  SmallVector<int64_t, 4> coordinates;
};

/// The shape of the whole tensor, without its padding. Sizes are static.
SmallVector<int64_t, 4> getUnpaddedShape(RankedTensorType type);

/// The part of a dimension at a position on its axes.
ShardRange getShardRange(int64_t size, DimShardingAttr sharding,
                         const MeshShape &mesh, int64_t index);

} // namespace mlir::dag

#endif // DAG_INTERPRETER_RANKCONTEXT_H
