//===- Results.cpp - Are the results of ranks right? -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Judge.h"
#include "Placements.h"

#include <cmath>

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::typing;

static constexpr double kTolerance = 1e-9;

bool HeldElements::hasIdleRanks() const {
  return llvm::any_of(parts, [](const HeldElements::Part &part) {
    return llvm::any_of(
        part.ranges, [](const ShardRange &range) { return range.valid == 0; });
  });
}

//===----------------------------------------------------------------------===//
// Are the results right?
//===----------------------------------------------------------------------===//

/// Calls `visit(flat index in the shard, flat index in the whole)` for all
/// elements that are no padding, while it returns true.
static bool forEachElement(ArrayRef<ShardRange> ranges,
                           llvm::function_ref<bool(int64_t, int64_t)> visit) {
  int64_t elements = 1;
  for (const ShardRange &range : ranges)
    elements *= range.size;
  for (int64_t i = 0; i < elements; ++i) {
    int64_t rest = i, index = 0, stride = 1;
    bool isPadding = false;
    for (const ShardRange &range : llvm::reverse(ranges)) {
      int64_t local = rest % range.size;
      rest /= range.size;
      isPadding |= local >= range.valid;
      index += (range.offset + local) * stride;
      stride *= range.total;
    }
    if (!isPadding && !visit(i, index))
      return false;
  }
  return true;
}

static bool isClose(double actual, double expected) {
  return std::abs(actual - expected) <=
         kTolerance * std::max(1.0, std::abs(expected));
}

/// Where a type says that there are shards there are some, of the shape that
/// it says.
static bool haveShape(const HeldElements &layout,
                      const std::vector<Tensor> &shards) {
  return llvm::all_of_zip(
      layout.parts, shards,
      [](const HeldElements::Part &part, const Tensor &shard) {
        return part.exists == shard.exists() &&
               (!part.exists ||
                (part.ranges.size() == shard.getRank() &&
                 llvm::all_of_zip(part.ranges, shard.getShape(),
                                  [](const ShardRange &range, int64_t size) {
                                    return range.size == size;
                                  })));
      });
}

bool Judge::holds(RankedTensorType type, const Shards &held,
                  const Tensor &reference) {
  const HeldElements &layout = getHeld(type);
  if (!haveShape(layout, held))
    return false;
  // Every replica is compared.
  for (const HeldElements::Part &part : layout.parts) {
    if (part.summands.empty() || !part.exists)
      continue;
    auto isRight = [&](int64_t local, int64_t index) {
      double sum = 0;
      for (size_t rank : part.summands)
        sum += held[rank][local];
      return isClose(sum, reference[index]);
    };
    if (!forEachElement(part.ranges, isRight))
      return false;
  }
  return true;
}

/// The rows of an expert in an order of their own.
static std::vector<std::vector<double>> sortRows(const Tensor &tensor,
                                                 int64_t expert) {
  std::vector<std::vector<double>> rows;
  for (int64_t slot = 0, e = tensor.getDim(1); slot < e; ++slot) {
    const double *row = tensor.getRow(expert * e + slot);
    rows.emplace_back(row, row + tensor.getDim(2));
  }
  llvm::sort(rows);
  return rows;
}

/// The same as `holds`, but ranks fill their slots in an order of their own.
bool Judge::holdsSlots(RankedTensorType type, const Shards &held,
                       const Tensor &reference) {
  const HeldElements &layout = getHeld(type);
  if (!haveShape(layout, held))
    return false;
  Tensor sum(reference.getShape());
  std::vector<bool> known(sum.getNumElements());
  for (const HeldElements::Part &part : layout.parts) {
    if (part.summands.empty() || !part.exists)
      continue;
    auto place = [&](int64_t local, int64_t index) {
      double value = 0;
      for (size_t rank : part.summands)
        value += held[rank][local];
      bool isSame = !known[index] || sum[index] == value;
      sum[index] = value;
      known[index] = true;
      return isSame && !std::isnan(value);
    };
    if (!forEachElement(part.ranges, place))
      return false;
  }
  for (int64_t expert = 0, e = sum.getDim(0); expert < e; ++expert)
    for (auto [actual, expected] :
         llvm::zip_equal(sortRows(sum, expert), sortRows(reference, expert)))
      if (!llvm::all_of_zip(actual, expected, isClose))
        return false;
  return true;
}

/// Tokens are sharded, and there may be more of them than slots.
bool Judge::dropsMayDiffer() const {
  auto areSharded = [](Value value) {
    ShardedType type(cast<RankedTensorType>(value.getType()));
    return type.dims[0].isSharded() || type.dims[1].isSharded();
  };
  auto getTokens = [&](unsigned operand) {
    return whole[operand].getDim(0) * whole[operand].getDim(1);
  };
  if (auto dispatch = dyn_cast<DispatchOp>(op))
    return areSharded(dispatch.getX()) &&
           static_cast<int64_t>(dispatch.getCapacity()) < getTokens(0);
  if (auto combine = dyn_cast<CombineOp>(op))
    return areSharded(combine.getWeights()) &&
           whole[0].getDim(1) < getTokens(1);
  return false;
}

//===----------------------------------------------------------------------===//
// Types of results that would be right
//===----------------------------------------------------------------------===//

/// Local shapes of all ranks, as a key.
static std::string getSignature(const std::vector<Tensor> &shards) {
  std::string signature;
  for (const Tensor &shard : shards) {
    signature += shard.exists() ? '+' : '-';
    for (int64_t size : shard.getShape())
      signature += static_cast<char>(size);
  }
  return signature;
}

static std::string getSignature(const HeldElements &layout) {
  std::string signature;
  for (const HeldElements::Part &part : layout.parts) {
    signature += part.exists ? '+' : '-';
    if (part.exists)
      for (const ShardRange &range : part.ranges)
        signature += static_cast<char>(range.size);
  }
  return signature;
}

const std::vector<RankedTensorType> &
Judge::getCandidates(size_t result, const Shards &held, bool anyShape) {
  auto &bySignature = candidates[result];
  if (bySignature.empty()) {
    bySignature["all"] = {};
    SmallVector<CaseDim, 4> dims;
    for (int64_t size : references[result].getShape())
      dims.push_back({"", size, 1});
    Type elementType = unwrap(op->getResult(result).getType()).getElementType();
    for (RankedTensorType type :
         listPlacements(dims, elementType, ranks.getMesh(),
                        {/*roots=*/true, /*spareRemainders=*/false})) {
      if (getHeld(type).hasIdleRanks())
        continue;
      bySignature[getSignature(getHeld(type))].push_back(type);
      bySignature["all"].push_back(type);
    }
  }
  return bySignature[anyShape ? "all" : getSignature(held)];
}

/// True if every result would be right by some type.
bool Judge::findResults() {
  auto find = [&](ArrayRef<Shards> results) {
    for (size_t i = 0, e = op->getNumResults(); i < e; ++i)
      if (llvm::none_of(getCandidates(i, results[i], /*anyShape=*/false),
                        [&](RankedTensorType type) {
                          return holds(type, results[i], references[i]);
                        }))
        return false;
    return true;
  };
  std::vector<Shards> results;
  auto tryType = [&](RankedTensorType type) {
    op->getResult(0).setType(type);
    return compute(results) && find(results);
  };
  ShardedType x(unwrap(op->getOperand(0).getType()));
  if (isa<DispatchOp>(op)) {
    // How many slots a rank has is what the type of the result says.
    std::vector<RankedTensorType> types =
        getCandidates(0, {}, /*anyShape=*/true);
    return llvm::any_of(types, [&](RankedTensorType type) {
      op->getResult(0).setType(type);
      if (!compute(results))
        return false;
      return ShardedType(type).dims[1].isSharded()
                 ? holdsSlots(type, results[0], references[0])
                 : holds(type, results[0], references[0]);
    });
  }
  if (isa<AllGatherOp, GatherOp>(op)) {
    // With padding, and without it.
    auto dim = cast<CollectiveOpInterface>(op).getCollectiveDims().front();
    ShardedType result({}, x.elementType);
    for (int64_t size : whole[0].getShape())
      result.addDim(size);
    if (x.dims[dim].getPad() != 0 && tryType(result.toType()))
      return true;
    result.shape[dim] = std::numeric_limits<int32_t>::max();
    return tryType(result.toType());
  }
  if (isa<ReduceScatterOp, SliceOp, ScatterOp>(op)) {
    auto collective = cast<CollectiveOpInterface>(op);
    SmallVector<StringAttr> axes;
    for (Attribute axis : collective.getCollectiveAxes())
      axes.push_back(cast<StringAttr>(axis));
    // Shares of what a rank holds, as the attributes say.
    auto dim = collective.getCollectiveDims().front();
    bool uneven = theCase.attributes.contains("uneven");
    auto pad = theCase.attributes.getAs<IntegerAttr>("pad");
    auto held = llvm::find_if(
        *operands[0], [](const Tensor &shard) { return shard.exists(); });
    int64_t size = held->getDim(dim) + (pad ? pad.getInt() : 0);
    if (!uneven && size % ranks.getMesh().getSize(axes) != 0)
      return false;
    ShardedType result(x.shape, x.elementType);
    result.setDim(dim, size,
                  DimShardingAttr::get(context, axes, /*pad=*/0, uneven));
    return tryType(result.toType());
  }
  if (isa<CollectiveOpInterface>(op))
    return tryType(ShardedType(x.shape, x.elementType).toType());
  return compute(results) && find(results);
}
