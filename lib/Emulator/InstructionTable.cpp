//===- InstructionTable.cpp - Instructions by name -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "InstructionTable.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir::dag::ptx;
using llvm::StringRef;

bool Modifiers::has(StringRef flag) const {
  return llvm::is_contained(flags, flag);
}

static llvm::StringMap<const InstructionRow *> makeTable() {
  llvm::StringMap<const InstructionRow *> table;
  for (auto rows : {getIntegerRows(),  getBitRows(),       getFloatRows(),
                    getHalfRows(),     getCompareRows(),   getConvertRows(),
                    getMemoryRows(),   getAtomicRows(),    getMultimemRows(),
                    getWarpRows(),     getControlRows(),   getBarrierRows(),
                    getMbarrierRows(), getCopyRows(),      getBulkRows(),
                    getTensorRows(),   getTensorMapRows(), getRegisterRows(),
                    getMatrixRows(),   getWgmmaRows(),     getWmmaRows()})
    for (const InstructionRow &row : rows)
      table[row.name] = &row;
  return table;
}

const InstructionRow *mlir::dag::ptx::findRow(StringRef name) {
  static const llvm::StringMap<const InstructionRow *> table = makeTable();
  while (!name.empty()) {
    auto it = table.find(name);
    if (it != table.end())
      return it->second;
    size_t dot = name.rfind('.');
    if (dot == StringRef::npos)
      return nullptr;
    name = name.take_front(dot);
  }
  return nullptr;
}

namespace {
/// What instructions whose names begin so need.
struct TargetRow {
  StringRef name;
  unsigned architecture;
  /// Whether it is of sm_90a, sm_100a and the like; of one of them alone.
  bool isSpecific = false, isAlone = false;
};
} // namespace

/// "Target ISA Notes" of the instructions.
static constexpr TargetRow kTargets[] = {
    {"wgmma.", 90, true, true},
    {"setmaxnreg.", 90, true},
    {"tensormap.replace.", 90, true},
    {"tensormap.", 90},
    {"barrier.cluster.", 90},
    {"mapa.", 90},
    {"getctarank.", 90},
    {"griddepcontrol.", 90},
    {"elect.", 90},
    {"stmatrix.", 90},
    {"st.async.", 90},
    {"multimem.", 90},
    {"cp.async.bulk.", 90},
    {"cp.reduce.async.bulk", 90},
    {"fence.mbarrier_init.", 90},
    {"fence.proxy.async", 90},
    {"membar.proxy.async", 90},
    {"fence.proxy.tensormap", 90},
    {"mbarrier.try_wait.", 90},
    {"mbarrier.expect_tx.", 90},
    {"mbarrier.complete_tx.", 90},
    {"mbarrier.", 80},
    {"cp.async.", 80},
    {"redux.", 80},
    {"ldmatrix.", 75},
};

StringRef mlir::dag::ptx::getMissingTarget(StringRef name, StringRef target,
                                           unsigned architecture) {
  bool isSpecific = target.ends_with("a") || target.ends_with("f");
  for (const TargetRow &row : kTargets) {
    if (!name.starts_with(row.name))
      continue;
    bool isOther = row.isAlone && architecture != row.architecture;
    if (row.isSpecific && (isOther || !isSpecific))
      return row.isAlone ? "sm_90a" : "sm_90a, or a later one of its kind";
    if (architecture < row.architecture)
      return row.architecture == 90   ? "sm_90 or higher"
             : row.architecture == 80 ? "sm_80 or higher"
                                      : "sm_75 or higher";
    break;
  }
  // What lanes do together without saying which ones.
  bool isOld = name.starts_with("shfl.") || name.starts_with("vote.");
  if (isOld && !name.contains(".sync") && architecture >= 70)
    return "sm_62 or lower";
  // Accesses of 256 bits, and tf32 that is finite whatever the rounding.
  bool isWide = (name.starts_with("ld.") || name.starts_with("st.")) &&
                (name.contains(".v8.") ||
                 (name.contains(".v4.") && name.ends_with("64")));
  bool isFinite = name.starts_with("cvt.") && name.contains(".satfinite.") &&
                  name.contains(".tf32.") && !name.starts_with("cvt.rna.");
  if ((isWide || isFinite) && architecture < 100)
    return "sm_100 or higher";
  // Scopes and memory of clusters.
  bool hasCluster = name.contains(".cluster") || name.contains("::cluster") ||
                    name.contains(".expect_tx");
  return hasCluster && architecture < 90 ? "sm_90 or higher" : "";
}

static bool isAllowed(StringRef flags, StringRef flag) {
  while (!flags.empty()) {
    auto [first, rest] = flags.split(' ');
    if (first == flag || (first.consume_back("*") && flag.starts_with(first)))
      return true;
    flags = rest;
  }
  return false;
}

bool mlir::dag::ptx::parseModifiers(const InstructionRow &row, StringRef name,
                                    Modifiers &modifiers, StringRef &unknown) {
  StringRef rest = name.drop_front(row.name.size());
  while (rest.consume_front(".")) {
    size_t end = std::min(rest.find('.'), rest.size());
    StringRef flag = rest.take_front(end);
    rest = rest.drop_front(end);
    auto space =
        llvm::StringSwitch<std::optional<Space>>(flag)
            .Case("global", Space::Global)
            .Cases({"shared", "shared::cta"}, Space::Shared)
            .Case("shared::cluster", Space::SharedCluster)
            .Case("const", Space::Const)
            .Cases({"param", "param::entry", "param::func"}, Space::Param)
            .Case("local", Space::Local)
            .Default(std::nullopt);
    auto rounding = llvm::StringSwitch<std::optional<Rounding>>(flag)
                        .Cases({"rn", "rni"}, Rounding::Nearest)
                        .Cases({"rz", "rzi"}, Rounding::Zero)
                        .Cases({"rm", "rmi"}, Rounding::Down)
                        .Cases({"rp", "rpi"}, Rounding::Up)
                        .Case("rna", Rounding::NearestAway)
                        .Default(std::nullopt);
    if (std::optional<Type> type = parseType(flag)) {
      modifiers.types.push_back(*type);
    } else if (isAllowed(row.modifiers, flag)) {
      modifiers.flags.push_back(flag);
      if (space)
        modifiers.spaces.push_back(*space);
    } else if (space && isAllowed(row.modifiers, "@space")) {
      modifiers.spaces.push_back(*space);
    } else if (rounding && isAllowed(row.modifiers, "@round")) {
      modifiers.rounding = *rounding;
      modifiers.hasRounding = true;
      modifiers.flags.push_back(flag);
    } else if (flag == "ftz" && isAllowed(row.modifiers, "@ftz")) {
      modifiers.isFtz = true;
    } else if (flag == "sat" && isAllowed(row.modifiers, "@sat")) {
      modifiers.isSaturating = true;
    } else {
      unknown = flag;
      return false;
    }
  }
  return true;
}

Scope mlir::dag::ptx::getScope(const Modifiers &modifiers) {
  return modifiers.has("cta")       ? Scope::Cta
         : modifiers.has("cluster") ? Scope::Cluster
         : modifiers.has("sys")     ? Scope::Sys
                                    : Scope::Gpu;
}

Order mlir::dag::ptx::getOrder(const Modifiers &modifiers, Order def) {
  return modifiers.has("acquire")   ? Order::Acquire
         : modifiers.has("release") ? Order::Release
         : modifiers.has("acq_rel") ? Order::AcquireRelease
         : modifiers.has("sc")      ? Order::Sequential
         : modifiers.has("relaxed") || modifiers.has("volatile") ||
                 modifiers.has("mmio")
             ? Order::Relaxed
         : modifiers.has("weak") ? Order::Weak
                                 : def;
}
