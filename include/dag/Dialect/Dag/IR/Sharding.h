//===- Sharding.h - Tensor types and where their parts lie -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_IR_SHARDING_H
#define DAG_DIALECT_DAG_IR_SHARDING_H

#include "dag/Dialect/Dag/IR/Dag.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"

#include <optional>

namespace mlir::dag {

/// The axes of a mesh and their sizes, for quick look-up.
class MeshShape {
public:
  MeshShape() = default;
  explicit MeshShape(MeshOp mesh);

  /// Size of `axis`, or nothing if the mesh does not have it.
  std::optional<int64_t> getSize(StringAttr axis) const;
  /// Product of the sizes of `axes`, all of which the mesh has; saturates.
  int64_t getSize(ArrayRef<StringAttr> axes) const;
  ArrayRef<StringAttr> getAxes() const { return axes; }
  ArrayRef<int64_t> getSizes() const { return sizes; }

private:
  SmallVector<StringAttr, 4> axes;
  SmallVector<int64_t, 4> sizes;
};

/// A coordinate on one axis.
struct AxisCoordinate {
  StringAttr axis;
  int64_t coordinate;
  bool operator==(const AxisCoordinate &other) const {
    return axis == other.axis && coordinate == other.coordinate;
  }
  bool operator!=(const AxisCoordinate &other) const {
    return !(*this == other);
  }
};

/// A ranked tensor type taken apart: global shape, element type and sharding.
/// The value semantics make rules easy to write; `toType` brings the result
/// into its one form (a sharding that says nothing is left out, sets of axes
/// are sorted by name).
class ShardedType {
public:
  ShardedType() = default;
  /// An unsharded tensor.
  ShardedType(ArrayRef<int64_t> shape, Type elementType);
  explicit ShardedType(RankedTensorType type);

  /// Nothing if `type` is not a ranked tensor.
  static std::optional<ShardedType> get(Type type);
  RankedTensorType toType() const;

  unsigned getRank() const { return shape.size(); }
  MLIRContext *getContext() const { return elementType.getContext(); }
  bool isReplicated() const;
  bool hasPartial() const { return !partial.empty(); }
  bool hasRoot() const { return !roots.empty(); }
  bool isPartialOver(StringAttr axis) const {
    return llvm::is_contained(partial, axis);
  }

  /// Adds a dimension at the end.
  void addDim(int64_t size, DimShardingAttr sharding);
  /// Adds an unsharded dimension at the end.
  void addDim(int64_t size);
  void setDim(unsigned dim, int64_t size, DimShardingAttr sharding) {
    shape[dim] = size;
    dims[dim] = sharding;
  }
  /// Adds axes that are not yet in the set of pending sums.
  void addPartial(ArrayRef<StringAttr> axes);
  void removePartial(ArrayRef<StringAttr> axes);

  /// The first axis that is used twice, or null.
  StringAttr findRepeatedAxis() const;

  /// True if shapes, element types, shardings, pending sums and roots agree.
  bool operator==(const ShardedType &other) const;
  /// True if both differ at most in sharding, pending sums and roots.
  bool hasSameShape(const ShardedType &other) const {
    return shape == other.shape && elementType == other.elementType;
  }

  SmallVector<int64_t, 4> shape;
  Type elementType;
  SmallVector<DimShardingAttr, 4> dims;
  SmallVector<StringAttr, 2> partial;
  SmallVector<AxisCoordinate, 1> roots;
};

/// True for a tensor of which ranks hold different parts, summands or nothing.
bool hasSharding(Type type);

/// `a * b`, or nothing if the product leaves the range of a size. A dynamic
/// size makes the product dynamic.
std::optional<int64_t> multiplySizes(int64_t a, int64_t b);

/// Number of elements that one rank holds of a dimension, at `coordinate` on
/// the (linearized, major to minor) axes of `sharding`; the largest number
/// over the ranks if there is no coordinate. Padding counts. Dynamic sizes
/// stay dynamic.
int64_t getLocalSize(int64_t size, DimShardingAttr sharding,
                     const MeshShape &mesh,
                     std::optional<int64_t> coordinate = std::nullopt);

/// Shape of the shard at `coordinates`, one for each axis of the mesh; the
/// largest shard (which an SPMD program allocates) if there are none.
SmallVector<int64_t> getLocalShape(RankedTensorType type, const MeshShape &mesh,
                                   ArrayRef<int64_t> coordinates = {});

/// Bytes of the largest shard; nothing if a size is dynamic, the element type
/// has no width, or the number does not fit.
std::optional<int64_t> getLocalBytes(RankedTensorType type,
                                     const MeshShape &mesh);
/// Bytes of the whole tensor, under the same conditions.
std::optional<int64_t> getGlobalBytes(RankedTensorType type);

/// Prints `{tp, rep}`.
std::string formatAxes(ArrayRef<StringAttr> axes);
/// Prints a type's sharding, or `replicated`.
std::string formatSharding(const ShardedType &type);

} // namespace mlir::dag

#endif // DAG_DIALECT_DAG_IR_SHARDING_H
