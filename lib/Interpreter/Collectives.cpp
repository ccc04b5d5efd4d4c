//===- Collectives.cpp - Collectives on the shards of all ranks -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Collectives.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using namespace mlir::dag;

RankSet::RankSet(const MeshShape &mesh) : mesh(mesh) {
  SmallVector<int64_t, 4> coordinates(mesh.getSizes().size());
  while (true) {
    ranks.emplace_back(this->mesh, coordinates);
    int64_t axis = static_cast<int64_t>(coordinates.size()) - 1;
    for (; axis >= 0; --axis) {
      if (++coordinates[axis] < mesh.getSizes()[axis])
        break;
      coordinates[axis] = 0;
    }
    if (axis < 0)
      return;
  }
}

size_t RankSet::getRankAt(ArrayRef<int64_t> coordinates) const {
  size_t rank = 0;
  for (auto [size, coordinate] : llvm::zip_equal(mesh.getSizes(), coordinates))
    rank = rank * size + coordinate;
  return rank;
}

SmallVector<size_t> RankSet::getGroup(size_t rank,
                                      ArrayRef<StringAttr> axes) const {
  SmallVector<size_t> group = {rank};
  SmallVector<int64_t, 4> first(ranks[rank].getCoordinates());
  SmallVector<size_t, 4> positions;
  for (StringAttr axis : axes)
    positions.push_back(llvm::find(mesh.getAxes(), axis) -
                        mesh.getAxes().begin());
  group.clear();
  for (int64_t i = 0, e = mesh.getSize(axes); i < e; ++i) {
    SmallVector<int64_t, 4> coordinates = first;
    int64_t rest = i;
    for (size_t position : llvm::reverse(positions)) {
      coordinates[position] = rest % mesh.getSizes()[position];
      rest /= mesh.getSizes()[position];
    }
    group.push_back(getRankAt(coordinates));
  }
  return group;
}

namespace {
/// The shards of a group, and which of them is looked at.
struct Group {
  SmallVector<const Tensor *> shards;
  size_t self;
};
} // namespace

static Tensor addUp(const Group &group) {
  Tensor sum = *group.shards.front();
  for (const Tensor *shard : ArrayRef(group.shards).drop_front())
    for (int64_t i = 0, e = sum.getNumElements(); i < e; ++i)
      sum[i] += (*shard)[i];
  return sum;
}

/// The part of a dimension that the member `index` of `count` gets. The type of
/// the result says what is done about a remainder, and how large a share is
/// that has padding.
static Tensor cut(const Tensor &whole, unsigned dim, RankedTensorType type,
                  const RankContext &rank, int64_t index, int64_t count) {
  bool uneven = ShardedType(type).dims[dim].getUneven();
  int64_t size = whole.getDim(dim);
  int64_t share = uneven ? size / count : rank.getRange(type, dim).size;
  int64_t begin = index * share, rest = uneven ? size % count : 0;
  return whole.slice(dim, begin + std::min(index, rest), share + (index < rest),
                     /*fill=*/std::nan(""));
}

/// One behind the other, without what pads the dimension of the result.
static Tensor join(const Group &group, unsigned dim, int64_t size) {
  Tensor whole = Tensor::concat(group.shards, dim);
  return whole.getDim(dim) > size ? whole.slice(dim, 0, size)
                                  : std::move(whole);
}

FailureOr<std::vector<Tensor>> RankSet::run(Operation *op,
                                            const std::vector<Tensor> &shards,
                                            ArrayRef<size_t> active) const {
  auto collective = cast<CollectiveOpInterface>(op);
  SmallVector<StringAttr> axes;
  for (Attribute axis : collective.getCollectiveAxes())
    axes.push_back(cast<StringAttr>(axis));
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  std::vector<Tensor> results(size());
  for (size_t rank : active) {
    SmallVector<size_t> members = getGroup(rank, axes);
    Group group;
    for (auto [i, member] : llvm::enumerate(members)) {
      group.shards.push_back(&shards[member]);
      if (member == rank)
        group.self = i;
    }
    int64_t index = group.self, count = members.size();
    const Tensor &own = shards[rank];
    // The member that a root's coordinates name.
    size_t root = 0;
    for (auto [axis, coordinate] :
         llvm::zip(axes, collective.getRootCoordinates()))
      root = root * *mesh.getSize(axis) + coordinate;
    // What exists at a root only is worked on there.
    bool fromRoot = isa<BroadcastOp, ScatterOp>(op);
    if (fromRoot ? !group.shards[root]->exists()
                 : llvm::any_of(group.shards, [](const Tensor *shard) {
                     return !shard->exists();
                   }))
      continue;
    auto getPart = [&](const Tensor &from, unsigned dim) {
      return cut(from, dim, type, ranks[rank], index, count);
    };
    auto getJoined = [&](unsigned dim) {
      return join(group, dim, ranks[rank].getRange(type, dim).size);
    };
    FailureOr<Tensor> result =
        llvm::TypeSwitch<Operation *, FailureOr<Tensor>>(op)
            .Case([&](AllReduceOp) { return addUp(group); })
            .Case(
                [&](AllGatherOp gather) { return getJoined(gather.getDim()); })
            .Case([&](ReduceScatterOp scatter) {
              return getPart(addUp(group), scatter.getDim());
            })
            .Case([&](SliceOp slice) { return getPart(own, slice.getDim()); })
            .Case([&](AllToAllOp exchange) {
              SmallVector<Tensor> parts;
              for (const Tensor *shard : group.shards)
                parts.push_back(getPart(*shard, exchange.getSplitDim()));
              SmallVector<const Tensor *> pointers;
              for (const Tensor &part : parts)
                pointers.push_back(&part);
              return Tensor::concat(pointers, exchange.getConcatDim());
            })
            .Case([&](BroadcastOp) { return *group.shards[root]; })
            .Case([&](ScatterOp scatter) {
              return getPart(*group.shards[root], scatter.getDim());
            })
            .Case([&](GatherOp gather) {
              return group.self == root ? getJoined(gather.getDim()) : Tensor();
            })
            .Default([](Operation *unknown) -> FailureOr<Tensor> {
              return unknown->emitError()
                     << "expected a collective that the interpreter knows";
            });
    if (failed(result))
      return failure();
    results[rank] = std::move(*result);
  }
  return results;
}
