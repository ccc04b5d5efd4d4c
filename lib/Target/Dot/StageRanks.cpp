//===- StageRanks.cpp - The ranks of a plan and what they hold ------------===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StageRanks.h"
#include "dag/Target/Dot/ExportDot.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::dot;

StageRanks::StageRanks(MeshOp mesh, StageOp stage) {
  StringAttr stageAxis;
  int64_t coordinate = 0;
  if (stage && stage.getAxisAttr()) {
    stageAxis = stage.getAxisAttr();
    coordinate = stage.getCoordinate().value_or(0);
  }
  MeshShape shape;
  if (mesh)
    shape = MeshShape(mesh);
  // Distances in the whole mesh tell the device of a rank.
  SmallVector<uint64_t, 4> strides(shape.getSizes().size(), 1);
  for (size_t i = strides.size(); i-- > 1;)
    strides[i - 1] =
        llvm::SaturatingMultiply<uint64_t>(strides[i], shape.getSizes()[i]);
  uint64_t base = 0;
  SmallVector<uint64_t, 4> meshStrides;
  for (size_t i = 0; i < strides.size(); ++i) {
    StringAttr name = shape.getAxes()[i];
    int64_t size = shape.getSizes()[i];
    uint64_t stride = strides[i];
    if (name == stageAxis) {
      base = llvm::SaturatingMultiply<uint64_t>(stride, coordinate);
      continue;
    }
    axes.push_back({name, size, 1});
    meshStrides.push_back(stride);
  }
  for (size_t i = axes.size(); i-- > 0;) {
    axes[i].stride = numRanks;
    numRanks = llvm::SaturatingMultiply<uint64_t>(numRanks, axes[i].size);
  }
  if (numRanks > kMaxDrawnNodes)
    return; // too many to be drawn

  if (stage && stage.getDevicesAttr()) {
    ArrayRef<int64_t> stated = stage.getDevicesAttr().asArrayRef();
    for (int64_t device : stated)
      devices.insert(device);
    if (stated.size() == numRanks)
      rankDevices.assign(stated.begin(), stated.end());
    return;
  }
  if (!mesh && stage)
    return;
  std::optional<ArrayRef<int64_t>> meshDevices;
  if (mesh)
    meshDevices = mesh.getDevices();
  for (uint64_t rank = 0; rank < numRanks; ++rank) {
    uint64_t index = base;
    for (auto [axis, stride] : llvm::zip_equal(axes, meshStrides))
      index += rank / axis.stride % axis.size * stride;
    int64_t device = index;
    if (meshDevices) {
      if (index >= meshDevices->size()) {
        rankDevices.clear();
        return;
      }
      device = (*meshDevices)[index];
    }
    rankDevices.push_back(device);
  }
  for (int64_t device : rankDevices)
    devices.insert(device);
}

std::optional<int64_t> StageRanks::getDevice(unsigned rank) const {
  return rank < rankDevices.size() ? std::optional(rankDevices[rank])
                                   : std::nullopt;
}

std::pair<int64_t, int64_t>
StageRanks::getCoordinate(ArrayRef<StringAttr> names, unsigned rank) const {
  int64_t index = 0, count = 1;
  for (StringAttr name : names) {
    const Axis *axis = llvm::find_if(
        axes, [&](const Axis &other) { return other.name == name; });
    // The stages' own axis, or one that no verified plan names.
    if (axis == axes.end())
      continue;
    index = index * axis->size + rank / axis->stride % axis->size;
    count *= axis->size;
  }
  return {index, count};
}

const RankGroups &StageRanks::getGroups(ArrayRef<StringAttr> names) {
  SmallVector<const void *, 2> key;
  for (StringAttr name : names)
    key.push_back(name.getAsOpaquePointer());
  llvm::sort(key);
  auto [it, isNew] = groups.try_emplace(key);
  RankGroups &result = it->second;
  if (!isNew)
    return result;
  SmallVector<StringAttr, 4> others;
  for (const Axis &axis : axes)
    if (!llvm::is_contained(names, axis.name))
      others.push_back(axis.name);
  for (unsigned rank = 0; rank < numRanks; ++rank) {
    unsigned group = getCoordinate(others, rank).first;
    result.groupOf.push_back(group);
    if (group >= result.members.size())
      result.members.resize(group + 1);
    result.members[group].push_back(rank);
  }
  return result;
}

const RankGroups &StageRanks::getWhole() {
  SmallVector<StringAttr, 4> names;
  for (const Axis &axis : axes)
    names.push_back(axis.name);
  return getGroups(names);
}

SmallVector<int64_t, 4> StageRanks::getLocalShape(const ShardedType &type,
                                                  unsigned rank,
                                                  unsigned unpadded) const {
  SmallVector<int64_t, 4> shape;
  for (auto [i, size] : llvm::enumerate(type.shape)) {
    DimShardingAttr dim = type.dims[i];
    auto [index, count] = getCoordinate(dim.getAxes(), rank);
    if (ShapedType::isDynamic(size) || count < 1) {
      shape.push_back(size);
      continue;
    }
    int64_t local = size / count + (index < size % count);
    if (i < 32 && (unpadded & (1u << i)))
      local =
          std::clamp<int64_t>(size - dim.getPad() - index * local, 0, local);
    shape.push_back(local);
  }
  return shape;
}

bool StageRanks::isEven(const ShardedType &type, unsigned unpadded) {
  for (auto [i, dim] : llvm::enumerate(type.dims))
    if (dim.getUneven() ||
        (dim.getPad() != 0 && i < 32 && (unpadded & (1u << i))))
      return false;
  // A size that does not divide, in a plan that does not verify.
  return true;
}
