//===- RankContext.cpp - What a rank knows of itself -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Interpreter/RankContext.h"

using namespace mlir;
using namespace mlir::dag;

int64_t RankContext::getIndex(ArrayRef<StringAttr> axes) const {
  int64_t index = 0;
  for (StringAttr axis : axes) {
    const auto *it = llvm::find(mesh->getAxes(), axis);
    if (it == mesh->getAxes().end())
      continue;
    size_t position = it - mesh->getAxes().begin();
    index = index * mesh->getSizes()[position] + coordinates[position];
  }
  return index;
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
