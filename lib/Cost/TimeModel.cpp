//===- TimeModel.cpp - How long ops take on a device -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Cost/TimeModel.h"
#include "dag/Support/Saturating.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::dag;

/// Ranks of which each is looked at to find what node it is on.
static constexpr int64_t kMaxRanks = 1 << 20;

//===----------------------------------------------------------------------===//
// Devices
//===----------------------------------------------------------------------===//

MeshDevices::MeshDevices(MeshOp mesh) {
  if (!mesh)
    return;
  MeshShape shape(mesh);
  axes.assign(shape.getAxes().begin(), shape.getAxes().end());
  sizes.assign(shape.getSizes().begin(), shape.getSizes().end());
  if (std::optional<ArrayRef<int64_t>> given = mesh.getDevices())
    numbers.assign(given->begin(), given->end());
}

int64_t MeshDevices::size() const {
  int64_t size = 1;
  for (int64_t extent : sizes)
    size = multiplySaturating(size, extent);
  return size;
}

Time &Time::operator+=(const Time &other) {
  compute += other.compute;
  collectives += other.collectives;
  sends += other.sends;
  return *this;
}

llvm::Expected<TimeModel> TimeModel::get(const Device &device,
                                         MeshDevices devices) {
  auto missing = [&](StringRef member) {
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   "expected device '" + device.name +
                                       "' to state '" + member +
                                       "' for an estimate of time");
  };
  if (device.bandwidth == 0)
    return missing("bandwidth");
  if (device.bf16Flops == 0)
    return missing("bf16_flops");
  if (devices.size() > 1) {
    if (device.linkBandwidth == 0)
      return missing("link_bandwidth");
    if (device.devicesPerNode == 0)
      return missing("devices_per_node");
  }
  TimeModel model(device, std::move(devices));
  // A list that does not fit the mesh says nothing.
  SmallVector<int64_t, 0> &numbers = model.devices.numbers;
  if (static_cast<int64_t>(numbers.size()) != model.devices.size())
    numbers.clear();
  if (model.devices.size() <= 1 || device.networkBandwidth > 0)
    return model;
  bool isOneNode = numbers.empty()
                       ? model.devices.size() <= device.devicesPerNode
                       : llvm::all_of(numbers, [&](int64_t number) {
                           return number / device.devicesPerNode ==
                                  numbers.front() / device.devicesPerNode;
                         });
  if (!isOneNode)
    return missing("network_bandwidth");
  return model;
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

SmallVector<unsigned, 4> TimeModel::getDims(ArrayAttr axes) const {
  SmallVector<unsigned, 4> dims;
  for (Attribute name : axes) {
    const auto *axis = llvm::find(devices.axes, name);
    if (axis != devices.axes.end() &&
        devices.sizes[axis - devices.axes.begin()] > 1)
      dims.push_back(axis - devices.axes.begin());
  }
  return dims;
}

SmallVector<int64_t, 4> TimeModel::getStrides() const {
  SmallVector<int64_t, 4> strides(devices.sizes.size(), 1);
  for (size_t i = strides.size(); i-- > 1;)
    strides[i - 1] = multiplySaturating(strides[i], devices.sizes[i]);
  return strides;
}

bool TimeModel::isListable() const {
  return !devices.numbers.empty() || devices.size() <= kMaxRanks;
}

int64_t TimeModel::getNode(int64_t rank) const {
  int64_t number = devices.numbers.empty() ? rank : devices.numbers[rank];
  return number / device.devicesPerNode;
}

TimeModel::GroupNodes TimeModel::getGroupNodes(ArrayAttr axes) {
  if (!axes || devices.size() <= 1)
    return {};
  auto [it, isNew] = groups.try_emplace(axes);
  if (isNew) {
    SmallVector<unsigned, 4> dims = getDims(axes);
    it->second = isListable() ? findGroupNodes(dims) : estimateGroupNodes(dims);
  }
  return it->second;
}

TimeModel::GroupNodes TimeModel::findGroupNodes(ArrayRef<unsigned> dims) const {
  SmallVector<int64_t, 4> strides = getStrides();
  // Each rank's group, by the first rank of it, and node.
  std::vector<std::pair<int64_t, int64_t>> places;
  for (int64_t rank = 0, size = devices.size(); rank < size; ++rank) {
    int64_t first = rank;
    for (unsigned dim : dims)
      first -= rank / strides[dim] % devices.sizes[dim] * strides[dim];
    places.emplace_back(first, getNode(rank));
  }
  llvm::sort(places);
  GroupNodes result;
  int64_t fewest = devices.size();
  for (size_t begin = 0; begin < places.size();) {
    int64_t nodes = 0, least = devices.size();
    size_t end = begin;
    while (end < places.size() && places[end].first == places[begin].first) {
      size_t next = end;
      while (next < places.size() && places[next] == places[end])
        ++next;
      least = std::min<int64_t>(least, next - end);
      ++nodes;
      end = next;
    }
    result.nodes = std::max(result.nodes, nodes);
    if (nodes > 1)
      fewest = std::min(fewest, least);
    begin = end;
  }
  result.perNode = result.nodes > 1 ? fewest : 1;
  return result;
}

TimeModel::GroupNodes
TimeModel::estimateGroupNodes(ArrayRef<unsigned> dims) const {
  GroupNodes result;
  if (dims.empty())
    return result;
  // A group lies within a run of ranks: those that differ on its outermost axis
  // or on one inside of that. It leaves a node unless runs fit into nodes.
  SmallVector<int64_t, 4> strides = getStrides();
  unsigned outermost = *llvm::min_element(dims);
  int64_t run =
      multiplySaturating(strides[outermost], devices.sizes[outermost]);
  if (device.devicesPerNode % run == 0)
    return result;
  int64_t members = 1;
  for (unsigned dim : dims)
    members = multiplySaturating(members, devices.sizes[dim]);
  result.nodes = std::min(members, run / device.devicesPerNode + 1);
  return result;
}

bool TimeModel::leavesNode(ArrayAttr axes, std::pair<int64_t, int64_t> ends) {
  auto [it, isNew] = transfers.try_emplace({axes, ends});
  if (isNew)
    it->second = isListable() ? findLeavesNode(getDims(axes), ends)
                              : getGroupNodes(axes).nodes > 1;
  return it->second;
}

bool TimeModel::findLeavesNode(ArrayRef<unsigned> dims,
                               std::pair<int64_t, int64_t> ends) const {
  SmallVector<int64_t, 4> strides = getStrides();
  // The distance of a position from the first rank of its group.
  auto getOffset = [&](int64_t position) {
    int64_t offset = 0;
    for (unsigned dim : llvm::reverse(dims)) {
      offset += position % devices.sizes[dim] * strides[dim];
      position /= devices.sizes[dim];
    }
    return offset;
  };
  int64_t from = getOffset(ends.first), to = getOffset(ends.second);
  for (int64_t rank = 0, size = devices.size(); rank < size; ++rank) {
    bool isFirst = llvm::all_of(dims, [&](unsigned dim) {
      return rank / strides[dim] % devices.sizes[dim] == 0;
    });
    if (isFirst && getNode(rank + from) != getNode(rank + to))
      return true;
  }
  return false;
}

//===----------------------------------------------------------------------===//
// Times
//===----------------------------------------------------------------------===//

double TimeModel::getComputeTime(const OpCost &cost) const {
  double rate = device.bf16Flops;
  if (cost.width == NumberWidth::Bits8 && device.fp8Flops > 0)
    rate = device.fp8Flops;
  else if (cost.width == NumberWidth::Bits32 && device.tf32Flops > 0)
    rate = device.tf32Flops;
  double bytes = static_cast<double>(cost.bytesRead) +
                 static_cast<double>(cost.bytesWritten);
  return std::max(static_cast<double>(cost.flops) / rate,
                  bytes / device.bandwidth);
}

double TimeModel::getCollectiveTime(const WireUse &wire) {
  GroupNodes group = getGroupNodes(wire.axes);
  auto ranks = static_cast<double>(wire.ranks);
  auto bytes = static_cast<double>(wire.bytes);
  auto nodes = static_cast<double>(group.nodes);
  auto perNode = static_cast<double>(group.perNode);
  double time = device.callLatency;
  // From one to each other member, with an adapter of its own.
  if (wire.kind == CollectiveKind::AllToAll ||
      wire.kind == CollectiveKind::Scatter ||
      wire.kind == CollectiveKind::Gather) {
    double far = nodes > 1 ? ranks - perNode : 0, near = ranks - 1 - far;
    double share = bytes / (ranks - 1);
    time += near * device.linkLatency + far * device.networkLatency;
    return time +
           std::max(near * share / device.linkBandwidth,
                    far > 0 ? far * share / device.networkBandwidth : 0.0);
  }
  // Around a ring; twice, to sum and to hand out.
  double rounds = wire.kind == CollectiveKind::AllReduce ? 2 : 1;
  double far = rounds * (nodes - 1), near = rounds * (ranks - 1) - far;
  double bandwidth = device.linkBandwidth;
  // As many rings leave a node as it has members, each by another adapter.
  if (nodes > 1)
    bandwidth = std::min(bandwidth, perNode * device.networkBandwidth);
  return time + near * device.linkLatency + far * device.networkLatency +
         bytes / bandwidth;
}

double TimeModel::getSendTime(const WireUse &wire) {
  // Stages of one rank hand over what is there.
  if (devices.size() <= 1 ||
      (wire.ends && wire.ends->first == wire.ends->second))
    return 0;
  bool leaves = wire.axes && (wire.ends ? leavesNode(wire.axes, *wire.ends)
                                        : getGroupNodes(wire.axes).nodes > 1);
  return device.callLatency +
         (leaves ? device.networkLatency : device.linkLatency) +
         static_cast<double>(wire.bytes) /
             (leaves ? device.networkBandwidth : device.linkBandwidth);
}

Time TimeModel::getTime(const OpCost &cost) {
  Time time;
  time.compute = getComputeTime(cost);
  if (cost.wire && cost.wire->kind == CollectiveKind::Send)
    time.sends = getSendTime(*cost.wire);
  else if (cost.wire)
    time.collectives = getCollectiveTime(*cost.wire);
  return time;
}
