//===- Compares.cpp - Comparisons and selections -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lanes.h"

using namespace mlir::dag::ptx;

/// `lt`, and for numbers that may be NaN `ltu`, `num`, `nan`.
enum class Compare : uint8_t { Eq, Ne, Lt, Le, Gt, Ge, Num, NaN };
enum class Combine : uint8_t { None, And, Or, Xor };

static std::optional<Compare> getCompare(const Modifiers &modifiers,
                                         bool &isUnordered) {
  static const std::pair<llvm::StringRef, Compare> kNames[] = {
      {"eq", Compare::Eq},  {"ne", Compare::Ne},   {"lt", Compare::Lt},
      {"le", Compare::Le},  {"gt", Compare::Gt},   {"ge", Compare::Ge},
      {"lo", Compare::Lt},  {"ls", Compare::Le},   {"hi", Compare::Gt},
      {"hs", Compare::Ge},  {"equ", Compare::Eq},  {"neu", Compare::Ne},
      {"ltu", Compare::Lt}, {"leu", Compare::Le},  {"gtu", Compare::Gt},
      {"geu", Compare::Ge}, {"num", Compare::Num}, {"nan", Compare::NaN}};
  for (const auto &[name, compare] : kNames)
    if (modifiers.has(name)) {
      isUnordered = name.size() == 3 && name.back() == 'u';
      return compare;
    }
  return std::nullopt;
}

/// Compares all lanes, whether or not they run: a bit each. `get` returns the
/// two values of a lane.
template <typename Get>
static uint32_t compareLanes(Compare how, bool isUnordered, Get get) {
  uint32_t less = 0, equal = 0, greater = 0;
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    auto [a, b] = get(lane);
    less |= uint32_t(a < b) << lane;
    equal |= uint32_t(a == b) << lane;
    greater |= uint32_t(a > b) << lane;
  }
  uint32_t isNaN = ~(less | equal | greater);
  uint32_t otherwise = isUnordered ? isNaN : 0;
  switch (how) {
  case Compare::Eq:
    return equal | otherwise;
  case Compare::Ne:
    return less | greater | otherwise;
  case Compare::Lt:
    return less | otherwise;
  case Compare::Le:
    return less | equal | otherwise;
  case Compare::Gt:
    return greater | otherwise;
  case Compare::Ge:
    return greater | equal | otherwise;
  case Compare::Num:
    return ~isNaN;
  case Compare::NaN:
    return isNaN;
  }
  return 0;
}

/// Subnormal numbers of 16 bits are flushed before they are wider.
static float asFloat(uint16_t bits, bool isBfloat, bool isFtz) {
  if (isFtz && (bits & (isBfloat ? 0x7f80 : 0x7c00)) == 0)
    return 0;
  return isBfloat ? bfloatToFloat(bits) : halfToFloat(bits);
}

/// What all lanes compare; `part` is the half of packed types.
static uint32_t compareSources(Warp &warp, const Inst &inst, unsigned part) {
  const uint64_t *a = warp.source(inst.ops[1]), *b = warp.source(inst.ops[2]);
  Compare how = Compare(inst.aux[0] & 255);
  bool isUnordered = inst.aux[0] >> 8 & 1, isFtz = inst.aux[0] >> 9 & 1;
  auto compareAs = [&](auto convert) {
    return compareLanes(how, isUnordered, [&](unsigned lane) {
      return std::pair(convert(a[lane]), convert(b[lane]));
    });
  };
  switch (inst.type) {
  case Type::F32:
    if (isFtz)
      return compareAs([](uint64_t bits) { return flush(toFloat(bits)); });
    return compareAs([](uint64_t bits) { return toFloat(bits); });
  case Type::F64:
    return compareAs([](uint64_t bits) { return toDouble(bits); });
  case Type::F16:
  case Type::F16x2:
  case Type::BF16:
  case Type::BF16x2: {
    bool isBfloat = inst.type == Type::BF16 || inst.type == Type::BF16x2;
    return compareAs([&](uint64_t bits) {
      return asFloat(bits >> (16 * part), isBfloat, isFtz);
    });
  }
  case Type::S16:
    return compareAs([](uint64_t bits) { return int16_t(bits); });
  case Type::S32:
    return compareAs([](uint64_t bits) { return int32_t(bits); });
  case Type::S64:
    return compareAs([](uint64_t bits) { return int64_t(bits); });
  default: {
    unsigned bits = getBits(inst.type);
    uint64_t mask = bits == 64 ? ~uint64_t(0) : (uint64_t(1) << bits) - 1;
    return compareAs([&](uint64_t value) { return value & mask; });
  }
  }
}

/// What comes of the lanes' comparisons and of the predicate behind them.
static uint32_t combine(Warp &warp, const Inst &inst, uint32_t value) {
  uint32_t with = 0;
  if (inst.numOps > 3)
    for (unsigned lane = 0; lane < kLanes; ++lane)
      with |= uint32_t(warp.get(inst.ops[3], lane) & 1) << lane;
  switch (Combine(inst.aux[1])) {
  case Combine::None:
    return value;
  case Combine::And:
    return value & with;
  case Combine::Or:
    return value | with;
  case Combine::Xor:
    return value ^ with;
  }
  return value;
}

static void runSetp(Warp &warp, const Inst &inst) {
  uint32_t value = compareSources(warp, inst, 0);
  uint32_t other = inst.aux[2] ? compareSources(warp, inst, 1) : ~value;
  uint32_t first = combine(warp, inst, value);
  uint32_t second = combine(warp, inst, other);
  auto write = [&](const Op &to, uint32_t bits) {
    uint64_t *result = warp.destination(to);
    forEachLane(warp.mask,
                [&](unsigned lane) { result[lane] = bits >> lane & 1; });
  };
  write(inst.ops[0], first);
  if (inst.ops[0].second != kNoRow)
    write(warp.machine.program.getExtra(inst.ops[0]), second);
}

static void runSet(Warp &warp, const Inst &inst) {
  // What true is, by the type of the result.
  uint64_t isTrue = inst.aux[3];
  uint32_t low = combine(warp, inst, compareSources(warp, inst, 0));
  uint32_t high =
      inst.aux[2] ? combine(warp, inst, compareSources(warp, inst, 1)) : 0;
  uint64_t *result = warp.destination(inst.ops[0]);
  forEachLane(warp.mask, [&](unsigned lane) {
    result[lane] =
        (low >> lane & 1 ? isTrue : 0) | (high >> lane & 1 ? isTrue << 16 : 0);
  });
}

/// `type` is the one that is compared.
static bool fillCompare(const Modifiers &modifiers, Type type, Inst &inst) {
  bool isUnordered = false;
  std::optional<Compare> how = getCompare(modifiers, isUnordered);
  if (!how || (isBits(type) && *how != Compare::Eq && *how != Compare::Ne))
    return false;
  inst.aux[0] = unsigned(*how) | unsigned(isUnordered) << 8 |
                unsigned(modifiers.isFtz) << 9;
  inst.aux[1] = unsigned(modifiers.has("and")   ? Combine::And
                         : modifiers.has("or")  ? Combine::Or
                         : modifiers.has("xor") ? Combine::Xor
                                                : Combine::None);
  return (inst.aux[1] != 0) == (inst.numOps > 3);
}

static bool isPacked(Type type) {
  return type == Type::F16x2 || type == Type::BF16x2;
}

static Execute selectSetp(const Modifiers &modifiers, Inst &inst) {
  inst.aux[2] = isPacked(modifiers.type());
  return fillCompare(modifiers, modifiers.type(), inst) ? runSetp : nullptr;
}

/// `set.lt.u32.f32`: the type of the result, and the one that is compared.
static Execute selectSet(const Modifiers &modifiers, Inst &inst) {
  if (modifiers.types.size() != 2 ||
      !fillCompare(modifiers, modifiers.type(1), inst))
    return nullptr;
  Type to = modifiers.type(0);
  inst.type = modifiers.type(1);
  inst.aux[2] = isPacked(inst.type);
  inst.aux[3] = to == Type::F32                        ? 0x3f800000
                : to == Type::F16 || to == Type::F16x2 ? 0x3c00
                : to == Type::BF16 || to == Type::BF16x2
                    ? 0x3f80
                    : (inst.aux[2] || getBits(to) == 16 ? 0xffff : ~0u);
  return runSet;
}

static void runSelp(Warp &warp, const Inst &inst) {
  const uint64_t *a = warp.source(inst.ops[1]), *b = warp.source(inst.ops[2]);
  const uint64_t *which = warp.source(inst.ops[3]);
  uint64_t isNegated = inst.ops[3].isNegated;
  uint64_t *result = warp.destination(inst.ops[0]);
  unsigned bits = getBits(inst.type);
  uint64_t mask = bits == 64 ? ~uint64_t(0) : (uint64_t(1) << bits) - 1;
  forEachLane(warp.mask, [&](unsigned lane) {
    result[lane] = ((which[lane] ^ isNegated) & 1 ? a[lane] : b[lane]) & mask;
  });
}
static Execute selectSelp(const Modifiers &, Inst &) { return runSelp; }

static void runSlct(Warp &warp, const Inst &inst) {
  const uint64_t *a = warp.source(inst.ops[1]), *b = warp.source(inst.ops[2]);
  const uint64_t *which = warp.source(inst.ops[3]);
  uint64_t *result = warp.destination(inst.ops[0]);
  bool isFloat = inst.fromType == Type::F32, isFtz = inst.aux[0];
  forEachLane(warp.mask, [&](unsigned lane) {
    float value = toFloat(which[lane]);
    bool first = isFloat ? (isFtz ? flush(value) : value) >= 0
                         : int32_t(which[lane]) >= 0;
    result[lane] = first ? a[lane] : b[lane];
  });
}
static Execute selectSlct(const Modifiers &modifiers, Inst &inst) {
  if (modifiers.types.size() != 2)
    return nullptr;
  inst.aux[0] = modifiers.isFtz;
  bool isFloat = inst.fromType == Type::F32;
  bool isKnown = isFloat || (inst.fromType == Type::S32 && !modifiers.isFtz);
  return isKnown ? runSlct : nullptr;
}

static const InstructionRow kRows[] = {
    {"setp", "dsss?",
     "eq ne lt le gt ge lo ls hi hs equ neu ltu leu gtu geu num nan and or xor "
     "@ftz",
     selectSetp},
    {"set", "dsss?",
     "eq ne lt le gt ge lo ls hi hs equ neu ltu leu gtu geu num nan and or xor "
     "@ftz",
     selectSet, 2},
    {"selp", "dsss", "", selectSelp},
    {"slct", "dsss", "@ftz", selectSlct, 2},
};

llvm::ArrayRef<InstructionRow> mlir::dag::ptx::getCompareRows() {
  return kRows;
}
