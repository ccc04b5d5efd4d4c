//===- StageRanks.h - The ranks of a plan and what they hold ----*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_TARGET_DOT_STAGERANKS_H
#define DAG_LIB_TARGET_DOT_STAGERANKS_H

#include "dag/Dialect/Dag/IR/Sharding.h"
#include "dag/Support/RangeSet.h"

#include <map>
#include <optional>
#include <vector>

namespace mlir::dag::dot {

/// How the ranks of a stage form the groups of a collective.
struct RankGroups {
  std::vector<unsigned> groupOf;
  std::vector<SmallVector<unsigned, 8>> members;
};

/// The ranks of one stage, or of a plan without stages: the coordinates on all
/// axes of the mesh but that of the stages, in row-major order.
class StageRanks {
public:
  /// Without a stage, all ranks of the mesh; without a mesh, one.
  StageRanks(MeshOp mesh, StageOp stage);

  uint64_t getNumRanks() const { return numRanks; }
  /// The device of a rank, if it is known.
  std::optional<int64_t> getDevice(unsigned rank) const;
  /// All of them, or those that the stage states.
  const RangeSet &getDevices() const { return devices; }

  /// The groups of a collective over `axes`; cached.
  const RankGroups &getGroups(ArrayRef<StringAttr> axes);
  /// One group of all ranks.
  const RankGroups &getWhole();

  /// What `rank` holds of a tensor. Of a padded dimension in `unpadded`, only
  /// what is no padding.
  SmallVector<int64_t, 4> getLocalShape(const ShardedType &type, unsigned rank,
                                        unsigned unpadded) const;
  /// True if `getLocalShape` is the same on all ranks.
  static bool isEven(const ShardedType &type, unsigned unpadded);

private:
  /// Index of a rank among those that `axes` tell apart, and their number.
  std::pair<int64_t, int64_t> getCoordinate(ArrayRef<StringAttr> axes,
                                            unsigned rank) const;

  struct Axis {
    StringAttr name;
    int64_t size;
    /// Distance of ranks that are neighbors on it.
    uint64_t stride;
  };
  SmallVector<Axis, 4> axes;
  uint64_t numRanks = 1;
  SmallVector<int64_t, 0> rankDevices;
  RangeSet devices;
  std::map<SmallVector<const void *, 2>, RankGroups> groups;
};

} // namespace mlir::dag::dot

#endif // DAG_LIB_TARGET_DOT_STAGERANKS_H
