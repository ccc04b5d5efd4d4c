//===- TimeModel.h - How long ops take on a device -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An op takes the longer of computing and of moving its bytes (a roofline); a
// call takes its latencies and then the bytes over the slowest link of its
// ring. docs/Memory.md has the formulas and their sources.
//
//===----------------------------------------------------------------------===//

#ifndef DAG_COST_TIMEMODEL_H
#define DAG_COST_TIMEMODEL_H

#include "dag/Cost/Devices.h"
#include "dag/Interfaces/CostOpInterface.h"

namespace mlir::dag {

/// The devices of a mesh, by the row-major index of their coordinates.
struct MeshDevices {
  SmallVector<StringAttr, 4> axes;
  SmallVector<int64_t, 4> sizes;
  /// Their numbers; ascending from 0 if there are none.
  SmallVector<int64_t, 0> numbers;

  MeshDevices() = default;
  /// Null is one device.
  explicit MeshDevices(MeshOp mesh);

  /// How many there are; saturates.
  int64_t size() const;
};

/// Seconds that a piece of a plan takes on a rank if nothing overlaps.
struct Time {
  double compute = 0;
  double collectives = 0;
  double sends = 0;

  double getTotal() const { return compute + collectives + sends; }
  Time &operator+=(const Time &other);
};

/// Times of ops on the devices of a mesh. What it learns of a group is kept, so
/// that one object should serve all ops of a model or program.
class TimeModel {
public:
  /// An error names a figure that the device lacks.
  static llvm::Expected<TimeModel> get(const Device &device,
                                       MeshDevices devices);

  const Device &getDevice() const { return device; }
  Time getTime(const OpCost &cost);

private:
  /// How a group of ranks lies on nodes.
  struct GroupNodes {
    /// The most nodes that one group is on.
    int64_t nodes = 1;
    /// The fewest members that a group on several nodes has on one.
    int64_t perNode = 1;
  };

  TimeModel(const Device &device, MeshDevices devices)
      : device(device), devices(std::move(devices)) {}

  double getComputeTime(const OpCost &cost) const;
  /// Around a ring, or from one to each other member.
  double getCollectiveTime(const WireUse &wire);
  double getSendTime(const WireUse &wire);

  /// True if the ranks are few enough to look at each.
  bool isListable() const;
  int64_t getNode(int64_t rank) const;
  GroupNodes getGroupNodes(ArrayAttr axes);
  GroupNodes findGroupNodes(ArrayRef<unsigned> dims) const;
  /// The same without a look at each rank, for devices that ascend.
  GroupNodes estimateGroupNodes(ArrayRef<unsigned> dims) const;
  /// True if a transfer between two positions on the axes leaves a node.
  bool leavesNode(ArrayAttr axes, std::pair<int64_t, int64_t> ends);
  bool findLeavesNode(ArrayRef<unsigned> dims,
                      std::pair<int64_t, int64_t> ends) const;
  /// Indices of axes of the mesh.
  SmallVector<unsigned, 4> getDims(ArrayAttr axes) const;
  /// For each axis the distance of ranks that are neighbors on it.
  SmallVector<int64_t, 4> getStrides() const;

  Device device;
  MeshDevices devices;
  DenseMap<ArrayAttr, GroupNodes> groups;
  DenseMap<std::pair<ArrayAttr, std::pair<int64_t, int64_t>>, bool> transfers;
};

} // namespace mlir::dag

#endif // DAG_COST_TIMEMODEL_H
