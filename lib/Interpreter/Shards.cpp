//===- Shards.cpp - Whole tensors and what ranks hold of them -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Shards.h"
#include "mlir/IR/Diagnostics.h"

#include <cmath>

using namespace mlir;
using namespace mlir::dag;

/// Tensors of the interpreter are small: this is 1 GiB.
static constexpr int64_t kMaxElements = int64_t(1) << 27;

LogicalResult dag::checkSize(Operation *op, Type type) {
  if (auto transfer = dyn_cast<TransferType>(type))
    type = transfer.getPayload();
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return op->emitError() << "expected tensors, but got " << type;
  std::optional<int64_t> elements = 1;
  for (int64_t size : tensor.getShape()) {
    if (ShapedType::isDynamic(size))
      return op->emitError() << "expected static sizes, but got " << type;
    elements = elements ? multiplySizes(*elements, size) : elements;
  }
  if (!elements || *elements > kMaxElements)
    return op->emitError() << "expected a tensor of at most " << kMaxElements
                           << " elements, but got " << type;
  return success();
}

LogicalResult dag::checkWhole(Operation *op, const Tensor &whole,
                              RankedTensorType type) {
  if (whole.getShape() == ArrayRef<int64_t>(getUnpaddedShape(type)))
    return success();
  return op->emitError() << "expected a tensor of the shape of " << type;
}

Tensor dag::getShard(const Tensor &whole, RankedTensorType type,
                     const RankContext &rank, double fill) {
  Tensor shard = whole;
  for (unsigned dim = 0, e = type.getRank(); dim < e; ++dim) {
    ShardRange range = rank.getRange(type, dim);
    if (range.size != shard.getDim(dim) || range.offset != 0)
      shard = shard.slice(dim, range.offset, range.size, fill);
  }
  return shard;
}

bool dag::existsOn(RankedTensorType type, const RankContext &rank) {
  auto sharding = dyn_cast_if_present<ShardingAttr>(type.getEncoding());
  if (!sharding)
    return true;
  return llvm::all_of_zip(sharding.getRootAxes(), sharding.getRootCoordinates(),
                          [&](StringAttr axis, int64_t coordinate) {
                            return rank.getIndex(axis) == coordinate;
                          });
}

FailureOr<Tensor> dag::assemble(Operation *op, RankedTensorType type,
                                ArrayRef<RankContext> ranks,
                                ArrayRef<Tensor> shards) {
  Tensor whole(getUnpaddedShape(type));
  std::vector<bool> known(whole.getNumElements());
  for (auto [rank, shard] : llvm::zip_equal(ranks, shards)) {
    if (!shard.exists())
      continue;
    SmallVector<ShardRange> ranges;
    for (unsigned dim = 0, e = type.getRank(); dim < e; ++dim)
      ranges.push_back(rank.getRange(type, dim));
    for (int64_t i = 0, e = shard.getNumElements(); i < e; ++i) {
      // The place of the element in the whole.
      int64_t rest = i, index = 0, stride = 1;
      bool isPadding = false;
      for (unsigned dim = type.getRank(); dim-- > 0;) {
        int64_t local = rest % ranges[dim].size;
        rest /= ranges[dim].size;
        isPadding |= local >= ranges[dim].valid;
        index += (ranges[dim].offset + local) * stride;
        stride *= ranges[dim].total;
      }
      if (isPadding)
        continue;
      // Not a number stays so.
      bool isSame = whole[index] == shard[i] ||
                    (std::isnan(whole[index]) && std::isnan(shard[i]));
      if (known[index] && !isSame)
        return op->emitError()
               << "expected all ranks to hold the same, but element " << index
               << " is " << whole[index] << " and " << shard[i];
      whole[index] = shard[i];
      known[index] = true;
    }
  }
  if (llvm::is_contained(known, false))
    return op->emitError() << "expected a value on some rank, but some of its "
                              "elements are on none";
  return whole;
}
