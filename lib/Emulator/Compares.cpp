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

template <typename T>
static bool compare(Compare how, bool isUnordered, T a, T b) {
  if (a != a || b != b)
    return how == Compare::NaN || (how != Compare::Num && isUnordered);
  switch (how) {
  case Compare::Eq:
    return a == b;
  case Compare::Ne:
    return a != b;
  case Compare::Lt:
    return a < b;
  case Compare::Le:
    return a <= b;
  case Compare::Gt:
    return a > b;
  case Compare::Ge:
    return a >= b;
  case Compare::Num:
    return true;
  case Compare::NaN:
    return false;
  }
  return false;
}

static float asFloat(uint16_t bits, bool isBfloat) {
  return isBfloat ? bfloatToFloat(bits) : halfToFloat(bits);
}

/// One comparison of a lane; `part` is the half of packed types.
static bool compareLane(const Inst &inst, uint64_t a, uint64_t b,
                        unsigned part) {
  Compare how = Compare(inst.aux[0] & 255);
  bool isUnordered = inst.aux[0] >> 8 & 1, isFtz = inst.aux[0] >> 9 & 1;
  unsigned shift = 16 * part;
  switch (inst.type) {
  case Type::F32: {
    float x = toFloat(a), y = toFloat(b);
    return isFtz ? compare(how, isUnordered, flush(x), flush(y))
                 : compare(how, isUnordered, x, y);
  }
  case Type::F64:
    return compare(how, isUnordered, toDouble(a), toDouble(b));
  case Type::F16:
  case Type::F16x2:
  case Type::BF16:
  case Type::BF16x2: {
    bool isBfloat = inst.type == Type::BF16 || inst.type == Type::BF16x2;
    return compare(how, isUnordered, asFloat(a >> shift, isBfloat),
                   asFloat(b >> shift, isBfloat));
  }
  case Type::S16:
    return compare(how, false, int16_t(a), int16_t(b));
  case Type::S32:
    return compare(how, false, int32_t(a), int32_t(b));
  case Type::S64:
    return compare(how, false, int64_t(a), int64_t(b));
  default: {
    unsigned bits = getBits(inst.type);
    uint64_t mask = bits == 64 ? ~uint64_t(0) : (uint64_t(1) << bits) - 1;
    return compare(how, false, a & mask, b & mask);
  }
  }
}

static bool combine(const Inst &inst, bool value, bool with) {
  switch (Combine(inst.aux[1])) {
  case Combine::None:
    return value;
  case Combine::And:
    return value && with;
  case Combine::Or:
    return value || with;
  case Combine::Xor:
    return value != with;
  }
  return value;
}

static void runSetp(Warp &warp, const Inst &inst) {
  const uint64_t *a = warp.source(inst.ops[1]), *b = warp.source(inst.ops[2]);
  uint32_t first = 0, second = 0;
  bool isPacked = inst.aux[2];
  forEachLane(warp.mask, [&](unsigned lane) {
    bool with = inst.numOps > 3 ? warp.get(inst.ops[3], lane) & 1 : false;
    bool value = compareLane(inst, a[lane], b[lane], 0);
    bool other = isPacked ? compareLane(inst, a[lane], b[lane], 1) : !value;
    first |= uint32_t(combine(inst, value, with)) << lane;
    second |= uint32_t(combine(inst, other, with)) << lane;
  });
  uint64_t *result = warp.destination(inst.ops[0]);
  forEachLane(warp.mask,
              [&](unsigned lane) { result[lane] = first >> lane & 1; });
  if (inst.ops[0].second == kNoRow)
    return;
  uint64_t *others =
      warp.destination(warp.machine.program.getExtra(inst.ops[0]));
  forEachLane(warp.mask,
              [&](unsigned lane) { others[lane] = second >> lane & 1; });
}

static void runSet(Warp &warp, const Inst &inst) {
  const uint64_t *a = warp.source(inst.ops[1]), *b = warp.source(inst.ops[2]);
  uint64_t *result = warp.destination(inst.ops[0]);
  // What true is, by the type of the result.
  uint64_t isTrue = inst.aux[3];
  bool isPacked = inst.aux[2];
  forEachLane(warp.mask, [&](unsigned lane) {
    bool with = inst.numOps > 3 ? warp.get(inst.ops[3], lane) & 1 : false;
    uint64_t value = combine(inst, compareLane(inst, a[lane], b[lane], 0), with)
                         ? isTrue
                         : 0;
    if (isPacked && combine(inst, compareLane(inst, a[lane], b[lane], 1), with))
      value |= isTrue << 16;
    result[lane] = value;
  });
}

static bool fillCompare(const Modifiers &modifiers, Inst &inst) {
  bool isUnordered = false;
  std::optional<Compare> how = getCompare(modifiers, isUnordered);
  if (!how)
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
  return fillCompare(modifiers, inst) ? runSetp : nullptr;
}

/// `set.lt.u32.f32`: the type of the result, and the one that is compared.
static Execute selectSet(const Modifiers &modifiers, Inst &inst) {
  if (modifiers.types.size() != 2 || !fillCompare(modifiers, inst))
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
  bool isFloat = inst.fromType == Type::F32;
  forEachLane(warp.mask, [&](unsigned lane) {
    bool first =
        isFloat ? toFloat(which[lane]) >= 0 : int32_t(which[lane]) >= 0;
    result[lane] = first ? a[lane] : b[lane];
  });
}
static Execute selectSlct(const Modifiers &modifiers, Inst &) {
  return modifiers.types.size() == 2 ? runSlct : nullptr;
}

static const InstructionRow kRows[] = {
    {"setp", "dsss?",
     "eq ne lt le gt ge lo ls hi hs equ neu ltu leu gtu geu num nan and or xor "
     "@ftz",
     selectSetp},
    {"set", "dsss?",
     "eq ne lt le gt ge lo ls hi hs equ neu ltu leu gtu geu num nan and or xor "
     "@ftz",
     selectSet},
    {"selp", "dsss", "", selectSelp},
    {"slct", "dsss", "@ftz", selectSlct},
};

llvm::ArrayRef<InstructionRow> mlir::dag::ptx::getCompareRows() {
  return kRows;
}
