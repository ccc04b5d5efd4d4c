//===- Specials.cpp - Special registers -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Specials.h"

using namespace mlir::dag::ptx;
using llvm::StringRef;

namespace {
struct Row {
  StringRef name;
  Special special;
};
} // namespace

static const Row kSpecials[] = {
    {"%tid", Special::Tid},
    {"%ntid", Special::Ntid},
    {"%ctaid", Special::Ctaid},
    {"%nctaid", Special::Nctaid},
    {"%clusterid", Special::Clusterid},
    {"%nclusterid", Special::Nclusterid},
    {"%cluster_ctaid", Special::ClusterCtaid},
    {"%cluster_nctaid", Special::ClusterNctaid},
    {"%laneid", Special::Laneid},
    {"%warpid", Special::Warpid},
    {"%nwarpid", Special::Nwarpid},
    {"%smid", Special::Smid},
    {"%nsmid", Special::Nsmid},
    {"%gridid", Special::Gridid},
    {"%is_explicit_cluster", Special::IsExplicitCluster},
    {"%cluster_ctarank", Special::ClusterCtarank},
    {"%cluster_nctarank", Special::ClusterNctarank},
    {"%lanemask_eq", Special::LanemaskEq},
    {"%lanemask_le", Special::LanemaskLe},
    {"%lanemask_lt", Special::LanemaskLt},
    {"%lanemask_ge", Special::LanemaskGe},
    {"%lanemask_gt", Special::LanemaskGt},
    {"%total_smem_size", Special::TotalSmemSize},
    {"%aggr_smem_size", Special::AggrSmemSize},
    {"%dynamic_smem_size", Special::DynamicSmemSize},
    {"%current_graph_exec", Special::CurrentGraphExec},
    // As drivers use them, and cooperative groups read them.
    {"%envreg1", Special::GridBarrierHi},
    {"%envreg2", Special::GridBarrierLo},
    {"%clock", Special::Clock},
    {"%clock_hi", Special::ClockHi},
    {"%clock64", Special::Clock64},
    {"%globaltimer", Special::Globaltimer},
    {"%globaltimer_lo", Special::GlobaltimerLo},
    {"%globaltimer_hi", Special::GlobaltimerHi},
};

std::optional<unsigned> mlir::dag::ptx::findSpecial(StringRef name,
                                                    StringRef component) {
  for (const Row &row : kSpecials) {
    if (row.name != name)
      continue;
    bool isVector = row.special <= Special::ClusterNctaid;
    if (!isVector)
      return component.empty() ? std::optional(4 * unsigned(row.special))
                               : std::nullopt;
    size_t index = StringRef(".x.y.z.w").find(component);
    if (component.size() != 2 || index == StringRef::npos)
      return std::nullopt;
    return 4 * unsigned(row.special) + index / 2;
  }
  // Performance monitors count nothing.
  StringRef rest = name;
  bool isMonitor = rest.consume_front("%pm") && !rest.empty() &&
                   rest[0] >= '0' && rest[0] <= '7' &&
                   (rest.size() == 1 || rest.drop_front() == "_64");
  if (name.starts_with("%reserved_smem_offset"))
    return 4 * unsigned(name.ends_with("end") || name.ends_with("cap")
                            ? Special::ReservedSmemEnd
                            : Special::ReservedSmem);
  if (isMonitor || name.starts_with("%envreg"))
    return 4 * unsigned(Special::Zero);
  return std::nullopt;
}
