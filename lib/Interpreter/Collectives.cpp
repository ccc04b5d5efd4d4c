//===- Collectives.cpp - Collectives on the shards of all ranks -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Collectives.h"
#include "mlir/IR/Diagnostics.h"

#include <cmath>

using namespace mlir;
using namespace mlir::dag;

static Tensor addUp(ArrayRef<const Tensor *> members) {
  Tensor sum = *members.front();
  for (const Tensor *tensor : members.drop_front())
    for (int64_t i = 0, e = sum.getNumElements(); i < e; ++i)
      sum[i] += (*tensor)[i];
  return sum;
}

/// The part of a dimension that the member `index` of `count` gets.
static Tensor cut(const Tensor &whole, const CollectiveCall &call,
                  int64_t index, int64_t count) {
  int64_t size = whole.getDim(call.dim);
  int64_t share = call.uneven  ? size / count
                  : call.share ? *call.share
                               : llvm::divideCeil(size, count);
  int64_t begin = index * share, rest = call.uneven ? size % count : 0;
  // Whoever looks at padding spoils the result.
  return whole.slice(call.dim, begin + std::min(index, rest),
                     share + (index < rest), std::nan(""));
}

static LogicalResult emitMissing(Location loc, size_t rank) {
  return emitError(loc) << "expected the operand on every rank of the group, "
                           "but rank "
                        << rank << " does not have it";
}

/// The members whose tensors a call takes.
template <typename T>
static ArrayRef<T> getSources(const CollectiveCall &call, ArrayRef<T> members) {
  if (call.kind == Role::Broadcast || call.kind == Role::Scatter)
    return members.slice(call.root, 1);
  return members;
}

/// Tensors that are put together are equal in all other dimensions; those that
/// are added up in all.
static LogicalResult checkShapes(Location loc, const CollectiveCall &call,
                                 ArrayRef<const Tensor *> members,
                                 ArrayRef<size_t> ranks) {
  bool gathers = call.kind == Role::AllGather || call.kind == Role::Gather;
  ArrayRef<const Tensor *> tensors = getSources(call, members);
  const Tensor &first = *tensors.front();
  for (auto [tensor, rank] :
       llvm::zip_equal(tensors, getSources(call, ranks))) {
    if (!tensor->exists())
      return emitMissing(loc, rank);
    bool fits = tensor->getRank() == first.getRank();
    for (unsigned dim = 0; fits && dim < first.getRank(); ++dim)
      fits = tensor->getDim(dim) == first.getDim(dim) ||
             (gathers && dim == call.dim);
    if (!fits)
      return emitError(loc)
             << "expected tensors of one shape, but that of "
                "rank "
             << rank << " differs from that of rank " << ranks.front();
  }
  return success();
}

FailureOr<Tensor> dag::runCollective(Location loc, const CollectiveCall &call,
                                     ArrayRef<const Tensor *> members,
                                     ArrayRef<size_t> ranks, size_t self) {
  // Off the root of a tensor there is nothing to work on.
  if (llvm::none_of(getSources(call, members),
                    [](const Tensor *tensor) { return tensor->exists(); }))
    return Tensor();
  if (failed(checkShapes(loc, call, members, ranks)))
    return failure();
  auto index = static_cast<int64_t>(self);
  auto count = static_cast<int64_t>(members.size());
  switch (call.kind) {
  case Role::AllReduce:
    return addUp(members);
  case Role::AllGather:
    return Tensor::concat(members, call.dim);
  case Role::ReduceScatter:
    return cut(addUp(members), call, index, count);
  case Role::AllToAll: {
    SmallVector<Tensor> parts;
    for (const Tensor *tensor : members)
      parts.push_back(cut(*tensor, call, index, count));
    SmallVector<const Tensor *> pointers;
    for (const Tensor &part : parts)
      pointers.push_back(&part);
    return Tensor::concat(pointers, call.concatDim);
  }
  case Role::Broadcast:
    return *members[call.root];
  case Role::Scatter:
    return cut(*members[call.root], call, index, count);
  case Role::Gather:
    return self == call.root ? Tensor::concat(members, call.dim) : Tensor();
  default:
    return emitError(loc) << "expected a collective that the interpreter "
                             "knows, but got '"
                          << stringifyRole(call.kind) << "'";
  }
}

FailureOr<std::vector<Tensor>>
dag::runCollective(CollectiveOpInterface op, const RankSet &ranks,
                   ArrayRef<const Tensor *> shards, ArrayRef<size_t> active) {
  SmallVector<StringAttr> axes;
  for (Attribute axis : op.getCollectiveAxes())
    axes.push_back(cast<StringAttr>(axis));
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  auto operandType =
      cast<RankedTensorType>(op.getCollectiveOperand().getType());

  CollectiveCall call;
  call.kind = cast<RoleOpInterface>(op.getOperation()).getDeploymentRole();
  SmallVector<int64_t, 2> dims = op.getCollectiveDims();
  if (!dims.empty())
    call.dim = dims.front();
  if (dims.size() > 1)
    call.concatDim = dims.back();
  // The type of the result says what becomes of remainders.
  auto encoding = dyn_cast_if_present<ShardingAttr>(type.getEncoding());
  if (encoding && !dims.empty())
    call.uneven = encoding.getDims()[call.dim].getUneven();
  for (auto [axis, coordinate] : llvm::zip(axes, op.getRootCoordinates()))
    call.root = call.root * *ranks.getMesh().getSize(axis) + coordinate;

  std::vector<Tensor> results(ranks.size());
  for (size_t rank : active) {
    SmallVector<size_t> members = ranks.getGroup(rank, axes);
    SmallVector<const Tensor *> tensors;
    for (size_t member : members)
      tensors.push_back(shards[member]);
    size_t self = llvm::find(members, rank) - members.begin();
    bool isLocal = isa<SliceOp>(*op);
    // What the type says is there has to be there.
    for (size_t source :
         isLocal ? ArrayRef<size_t>(rank) : getSources<size_t>(call, members))
      if (!shards[source]->exists() &&
          ranks.getRanks()[source].holds(operandType))
        return emitMissing(op->getLoc(), source);
    if (!call.uneven && !dims.empty())
      call.share = ranks.getRanks()[rank].getRange(type, call.dim).size;
    if (isLocal) {
      if (shards[rank]->exists())
        results[rank] = cut(*shards[rank], call, self, members.size());
      continue;
    }
    FailureOr<Tensor> result =
        runCollective(op->getLoc(), call, tensors, members, self);
    if (failed(result))
      return failure();
    // What pads the dimension of a gathered result is cut off.
    if (isa<AllGatherOp, GatherOp>(*op) && result->exists()) {
      int64_t size = ranks.getRanks()[rank].getRange(type, call.dim).size;
      if (result->getDim(call.dim) > size)
        *result = result->slice(call.dim, 0, size);
    }
    results[rank] = std::move(*result);
  }
  return results;
}
