//===- LaunchUnits.h - What a rank begins at one time -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_COMMUNICATION_LAUNCHUNITS_H
#define DAG_LIB_COMMUNICATION_LAUNCHUNITS_H

#include "dag/Communication/CommunicationOrder.h"

namespace mlir::dag {

/// The ops of one rank in units that begin together, in the order of launches,
/// with the units that each begins behind. A unit is a single op, or what
/// stands together in a group: sends and recvs side by side. What else a group
/// holds is begun one after the other, since NCCL asks for one order of issue
/// inside of it, too. Linear in the ops.
class LaunchUnits {
public:
  /// With `inLaunchOrder` each unit is behind the one before it.
  LaunchUnits(const CommunicationOrder &order, uint32_t rankClass,
              bool inLaunchOrder);

  uint32_t size() const { return begins.size() - 1; }
  /// Its ops are `[getBegin(unit), getBegin(unit + 1))`.
  uint32_t getBegin(uint32_t unit) const { return begins[unit]; }
  uint32_t getUnit(uint32_t op) const { return unitOf[op]; }
  /// The ops of a group, in however many units; a number for each group.
  uint32_t getGroup(uint32_t unit) const { return groupOf[unit]; }
  bool isGrouped(uint32_t unit) const { return grouped[unit]; }
  /// Units that have to end before `unit` begins; all have smaller numbers.
  ArrayRef<uint32_t> getBefore(uint32_t unit) const {
    return ArrayRef(before).slice(beforeBegins[unit],
                                  beforeBegins[unit + 1] - beforeBegins[unit]);
  }

private:
  /// Splits `[begin, end)` of a group into units, and returns the last of them.
  uint32_t addUnits(ArrayRef<CommunicationOp> ops, uint32_t begin,
                    uint32_t end);
  /// Has each unit of a group but the first begin behind the one before it.
  void chainUnits(uint32_t first);

  std::vector<uint32_t> begins, unitOf, groupOf, before, beforeBegins;
  std::vector<bool> grouped;
};

} // namespace mlir::dag

#endif // DAG_LIB_COMMUNICATION_LAUNCHUNITS_H
