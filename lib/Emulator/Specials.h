//===- Specials.h - Special registers -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_EMULATOR_SPECIALS_H
#define DAG_EMULATOR_SPECIALS_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>

namespace mlir::dag::ptx {

enum class Special : uint8_t {
  // With components x, y, z; 0 for w.
  Tid,
  Ntid,
  Ctaid,
  Nctaid,
  Clusterid,
  Nclusterid,
  ClusterCtaid,
  ClusterNctaid,
  // Of one number.
  Laneid,
  Warpid,
  Nwarpid,
  Smid,
  Nsmid,
  Gridid,
  IsExplicitCluster,
  ClusterCtarank,
  ClusterNctarank,
  LanemaskEq,
  LanemaskLe,
  LanemaskLt,
  LanemaskGe,
  LanemaskGt,
  TotalSmemSize,
  AggrSmemSize,
  DynamicSmemSize,
  CurrentGraphExec,
  GridBarrierHi,
  GridBarrierLo,
  ReservedSmem,
  ReservedSmemEnd,
  Zero,
  // That change while a warp runs.
  Clock,
  ClockHi,
  Clock64,
  Globaltimer,
  GlobaltimerLo,
  GlobaltimerHi
};

/// A special register and its component, as a number: 4 * register + component.
std::optional<unsigned> findSpecial(llvm::StringRef name,
                                    llvm::StringRef component);
inline Special getSpecial(unsigned number) { return Special(number / 4); }
inline unsigned getComponent(unsigned number) { return number % 4; }
inline bool changes(Special special) { return special >= Special::Clock; }

} // namespace mlir::dag::ptx

#endif // DAG_EMULATOR_SPECIALS_H
