//===- RankContext.cpp - What a rank knows of itself -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Interpreter/RankContext.h"
#include "dag/Dialect/Dag/IR/Program.h"

#include <cmath>

using namespace mlir;
using namespace mlir::dag;

int64_t RankContext::getIndex(ArrayRef<StringAttr> axes) const {
  return getPosition(*mesh, axes, coordinates);
}

SmallVector<int64_t, 4> dag::getUnpaddedShape(RankedTensorType type) {
  ShardedType sharded(type);
  for (auto [size, dim] : llvm::zip_equal(sharded.shape, sharded.dims))
    size -= dim.getPad();
  return sharded.shape;
}

ShardRange dag::getShardRange(int64_t size, DimShardingAttr sharding,
                              const MeshShape &mesh, int64_t index) {
  ShardRange range;
  range.total = size - sharding.getPad();
  int64_t ranks = mesh.getSize(sharding.getAxes());
  int64_t share = size / ranks, rest = size % ranks;
  range.offset = index * share;
  range.size = share;
  if (sharding.getUneven()) {
    range.offset += std::min(index, rest);
    range.size += index < rest;
  }
  range.valid = std::clamp<int64_t>(range.total - range.offset, 0, range.size);
  return range;
}

ShardRange RankContext::getRange(RankedTensorType type, unsigned dim) const {
  auto sharding = dyn_cast_if_present<ShardingAttr>(type.getEncoding());
  DimShardingAttr dimSharding = sharding
                                    ? sharding.getDims()[dim]
                                    : DimShardingAttr::get(type.getContext());
  return getShardRange(type.getDimSize(dim), dimSharding, *mesh,
                       getIndex(dimSharding.getAxes()));
}

bool RankContext::holds(RankedTensorType type) const {
  auto sharding = dyn_cast_if_present<ShardingAttr>(type.getEncoding());
  if (!sharding)
    return true;
  return llvm::all_of_zip(
      sharding.getRootAxes(), sharding.getRootCoordinates(),
      [&](StringAttr axis, int64_t root) { return getIndex(axis) == root; });
}

Tensor RankContext::getShard(const Tensor &whole, RankedTensorType type,
                             double padding) const {
  Tensor shard = whole;
  for (unsigned dim = 0, e = type.getRank(); dim < e; ++dim) {
    ShardRange range = getRange(type, dim);
    if (range.size != shard.getDim(dim) || range.offset != 0)
      shard = shard.slice(dim, range.offset, range.size, padding);
  }
  return shard;
}

void RankContext::forEachElement(
    RankedTensorType type,
    function_ref<void(int64_t, int64_t)> callback) const {
  SmallVector<ShardRange> ranges;
  int64_t size = 1;
  for (unsigned dim = 0, e = type.getRank(); dim < e; ++dim) {
    ranges.push_back(getRange(type, dim));
    size *= ranges.back().size;
  }
  for (int64_t i = 0; i < size; ++i) {
    int64_t rest = i, index = 0, stride = 1;
    bool isPadding = false;
    for (const ShardRange &range : llvm::reverse(ranges)) {
      int64_t local = rest % range.size;
      rest /= range.size;
      isPadding |= local >= range.valid;
      index += (range.offset + local) * stride;
      stride *= range.total;
    }
    if (!isPadding)
      callback(i, index);
  }
}
