//===- Converts.cpp - Moves and conversions -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lanes.h"
#include "Specials.h"

#include <algorithm>

using namespace mlir::dag::ptx;

static uint64_t maskOf(unsigned bits) {
  return bits >= 64 ? ~uint64_t(0) : (uint64_t(1) << bits) - 1;
}

//===----------------------------------------------------------------------===//
// mov
//===----------------------------------------------------------------------===//

static void runMov(Warp &warp, const Inst &inst) {
  const uint64_t *from = warp.source(inst.ops[1]);
  uint64_t *to = warp.destination(inst.ops[0]);
  // A register that is moved is as old as what it has: compilers put constants
  // and copies where a wgmma begins, and ptxas has them before the fence.
  if (!warp.writeStamp.empty() && inst.ops[0].kind == Op::Kind::Row) {
    unsigned row = inst.ops[1].row;
    warp.writeStamp[inst.ops[0].row] =
        row < warp.writeStamp.size() ? warp.writeStamp[row] : 0;
  }
  uint64_t mask = inst.type == Type::Pred ? 1 : maskOf(getBits(inst.type));
  uint64_t flip = inst.ops[1].isNegated;
  forEachLane(warp.mask,
              [&](unsigned lane) { to[lane] = (from[lane] ^ flip) & mask; });
}

/// From one register to several.
static void runUnpack(Warp &warp, const Inst &inst) {
  auto parts = warp.machine.program.getList(inst.ops[0]);
  unsigned bits = getBits(inst.type) / parts.size();
  uint64_t values[kLanes];
  std::copy_n(warp.source(inst.ops[1]), kLanes, values);
  for (unsigned i = 0; i < parts.size(); ++i) {
    uint64_t *to = warp.destinationRow(parts[i]);
    forEachLane(warp.mask, [&](unsigned lane) {
      to[lane] = values[lane] >> (i * bits) & maskOf(bits);
    });
  }
}

static void runPack(Warp &warp, const Inst &inst) {
  auto parts = warp.machine.program.getList(inst.ops[1]);
  unsigned bits = getBits(inst.type) / parts.size();
  uint64_t values[kLanes] = {};
  for (unsigned i = 0; i < parts.size(); ++i) {
    const uint64_t *from = warp.source(parts[i]);
    for (unsigned lane = 0; lane < kLanes; ++lane)
      values[lane] |= (from[lane] & maskOf(bits)) << (i * bits);
  }
  uint64_t *to = warp.destination(inst.ops[0]);
  forEachLane(warp.mask, [&](unsigned lane) { to[lane] = values[lane]; });
}

static void runClock(Warp &warp, const Inst &inst) {
  uint64_t value = warp.machine.steps;
  if (getSpecial(inst.aux[0]) == Special::ClockHi ||
      getSpecial(inst.aux[0]) == Special::GlobaltimerHi)
    value >>= 32;
  value &= maskOf(getBits(inst.type));
  uint64_t *to = warp.destination(inst.ops[0]);
  forEachLane(warp.mask, [&](unsigned lane) { to[lane] = value; });
}

static Execute selectMov(const Modifiers &modifiers, Inst &inst) {
  const Op &to = inst.ops[0], &from = inst.ops[1];
  if (modifiers.types.size() != 1 || modifiers.type() == Type::B128)
    return nullptr;
  if (to.kind == Op::Kind::List)
    return from.kind == Op::Kind::List || to.count < 2 ? nullptr : runUnpack;
  if (from.kind == Op::Kind::List)
    return from.count < 2 ? nullptr : runPack;
  if (from.kind != Op::Kind::Row)
    return nullptr;
  if (from.second != kNoRow && changes(getSpecial(from.second))) {
    inst.aux[0] = from.second;
    return runClock;
  }
  return runMov;
}

//===----------------------------------------------------------------------===//
// cvt
//===----------------------------------------------------------------------===//

static const Format *getFormat(Type type) {
  switch (type) {
  case Type::F16:
  case Type::F16x2:
    return &kF16;
  case Type::BF16:
  case Type::BF16x2:
    return &kBF16;
  case Type::TF32:
    return &kTF32;
  case Type::F32:
    return &kF32;
  case Type::E4M3:
  case Type::E4M3x2:
    return &kE4M3;
  case Type::E5M2:
  case Type::E5M2x2:
    return &kE5M2;
  default:
    return nullptr;
  }
}

static bool isInteger(Type type) {
  return type >= Type::B8 && type <= Type::S64 && type != Type::B128;
}

/// `aux[0]`: rounding, then flags.
enum ConvertFlags : uint32_t {
  kFtz = 16,
  kSat = 32,
  kRelu = 64,
  kSatFinite = 128,
  kToIntegral = 256
};

static double readFloat(uint64_t bits, Type type) {
  if (type == Type::F64)
    return toDouble(bits);
  if (type == Type::F32)
    return toFloat(bits);
  return decode(bits, *getFormat(type));
}

static uint64_t writeFloat(double value, Type type, uint32_t flags) {
  auto rounding = Rounding(flags & 15);
  if ((flags & kRelu) && !(value > 0) && value == value)
    value = 0;
  if (flags & kSat)
    value = value > 0 ? std::min(value, 1.0) : 0;
  if (type == Type::F64)
    return toBits(value);
  if (type == Type::F32 && std::isnan(value))
    return kNaN32;
  if (type == Type::TF32)
    return uint64_t(encode(value, kTF32, rounding, flags & kSatFinite)) << 13;
  uint64_t bits = encode(value, *getFormat(type), rounding, flags & kSatFinite);
  if (type == Type::F32 && (flags & kFtz))
    bits = toBits(flush(toFloat(bits)));
  return bits;
}

static uint64_t signExtend(uint64_t value, Type type) {
  unsigned bits = getBits(type);
  if (bits >= 64)
    return value;
  value &= maskOf(bits);
  if (isSigned(type) && (value >> (bits - 1) & 1))
    value |= ~maskOf(bits);
  return value;
}

static uint64_t saturateInteger(uint64_t value, Type from, Type to) {
  unsigned bits = getBits(to);
  if (isSigned(to)) {
    int64_t most = maskOf(bits - 1), least = -most - 1;
    if (isSigned(from))
      return std::clamp(int64_t(value), least, most);
    return std::min(value, uint64_t(most));
  }
  if (isSigned(from) && int64_t(value) < 0)
    return 0;
  return std::min(value, maskOf(bits));
}

static uint64_t convert(uint64_t value, const Inst &inst) {
  Type to = inst.type, from = inst.fromType;
  uint32_t flags = inst.aux[0];
  auto rounding = Rounding(flags & 15);
  if (isInteger(from)) {
    value = signExtend(value, from);
    if (isInteger(to)) {
      if (flags & kSat)
        value = saturateInteger(value, from, to);
      return signExtend(value, to);
    }
    if (to == Type::F32 || to == Type::F64) {
      uint64_t bits =
          integerToFloat(value, isSigned(from), to == Type::F64, rounding);
      return flags & kSat ? writeFloat(readFloat(bits, to), to, flags) : bits;
    }
    return writeFloat(integerToOdd(value, isSigned(from)), to, flags);
  }
  if (from == Type::F32 && (flags & kFtz))
    value = toBits(flush(toFloat(value)));
  double number = readFloat(value, from);
  if (isInteger(to) && std::isnan(number) && from == Type::F64)
    return uint64_t(1) << (getBits(to) - 1);
  if (isInteger(to))
    return floatToInteger(number, getBits(to), isSigned(to), rounding);
  if (flags & kToIntegral)
    number = std::copysign(roundToIntegral(number, rounding), number);
  return writeFloat(number, to, flags);
}

static void runCvt(Warp &warp, const Inst &inst) {
  const uint64_t *from = warp.source(inst.ops[1]);
  uint64_t *to = warp.destination(inst.ops[0]);
  uint64_t mask = maskOf(inst.ops[0].bits);
  forEachLane(warp.mask, [&](unsigned lane) {
    to[lane] = convert(from[lane], inst) & mask;
  });
}

/// Two f32 into the halves of a register, the first one above.
static void runCvtPair(Warp &warp, const Inst &inst) {
  const uint64_t *high = warp.source(inst.ops[1]);
  const uint64_t *low = warp.source(inst.ops[2]);
  uint64_t *to = warp.destination(inst.ops[0]);
  unsigned bits = getBits(inst.type) / 2;
  forEachLane(warp.mask, [&](unsigned lane) {
    to[lane] = convert(high[lane], inst) << bits | convert(low[lane], inst);
  });
}

/// Both halves of a register by themselves.
static void runCvtPacked(Warp &warp, const Inst &inst) {
  const uint64_t *from = warp.source(inst.ops[1]);
  uint64_t *to = warp.destination(inst.ops[0]);
  unsigned bits = getBits(inst.type) / 2, fromBits = getBits(inst.fromType) / 2;
  forEachLane(warp.mask, [&](unsigned lane) {
    uint64_t low = from[lane] & maskOf(fromBits);
    uint64_t high = from[lane] >> fromBits & maskOf(fromBits);
    to[lane] = convert(high, inst) << bits | convert(low, inst);
  });
}

static bool isPackedType(Type type) {
  return type == Type::F16x2 || type == Type::BF16x2 || type == Type::E4M3x2 ||
         type == Type::E5M2x2;
}

static Execute selectCvt(const Modifiers &modifiers, Inst &inst) {
  if (modifiers.types.size() != 2)
    return nullptr;
  Type to = inst.type, from = inst.fromType;
  bool toIntegral = modifiers.has("rni") || modifiers.has("rzi") ||
                    modifiers.has("rmi") || modifiers.has("rpi");
  inst.aux[0] = uint32_t(modifiers.rounding) | (modifiers.isFtz ? kFtz : 0) |
                (modifiers.isSaturating ? kSat : 0) |
                (modifiers.has("relu") ? kRelu : 0) |
                (modifiers.has("satfinite") ? kSatFinite : 0) |
                (toIntegral ? kToIntegral : 0);
  auto isKnown = [](Type type) {
    return isInteger(type) || type == Type::F64 || getFormat(type);
  };
  if (!isKnown(to) || !isKnown(from))
    return nullptr;
  if (isPackedType(to) && from == Type::F32)
    return inst.numOps == 3 ? runCvtPair : nullptr;
  if (inst.numOps != 2)
    return nullptr;
  if (isPackedType(to) != isPackedType(from))
    return nullptr;
  return isPackedType(to) ? runCvtPacked : runCvt;
}

/// `cvt.pack.sat.s8.s32.b32 d, a, b, c`.
static void runCvtPack(Warp &warp, const Inst &inst) {
  const uint64_t *a = warp.source(inst.ops[1]), *b = warp.source(inst.ops[2]);
  const uint64_t *c = inst.numOps > 3 ? warp.source(inst.ops[3]) : nullptr;
  uint64_t *to = warp.destination(inst.ops[0]);
  unsigned bits = getBits(inst.type);
  forEachLane(warp.mask, [&](unsigned lane) {
    auto part = [&](uint64_t value) {
      return saturateInteger(signExtend(value, Type::S32), Type::S32,
                             inst.type) &
             maskOf(bits);
    };
    uint64_t both = part(a[lane]) << bits | part(b[lane]);
    to[lane] = (both | (c ? c[lane] << (2 * bits) : 0)) & maskOf(32);
  });
}
static Execute selectCvtPack(const Modifiers &modifiers, Inst &inst) {
  bool isKnown = modifiers.isSaturating && modifiers.type(1) == Type::S32 &&
                 (getBits(inst.type) == 16 || inst.numOps == 4);
  return isKnown && getBits(inst.type) >= 8 ? runCvtPack : nullptr;
}

//===----------------------------------------------------------------------===//
// Addresses
//===----------------------------------------------------------------------===//

/// Only shared memory has addresses of its own.
static void runCvta(Warp &warp, const Inst &inst) {
  const uint64_t *from = warp.source(inst.ops[1]);
  uint64_t *to = warp.destination(inst.ops[0]);
  int64_t offset = inst.aux[0] ? (inst.aux[1] ? -int64_t(window::kShared)
                                              : int64_t(window::kShared))
                               : 0;
  forEachLane(warp.mask,
              [&](unsigned lane) { to[lane] = from[lane] + offset; });
}
static Execute selectCvta(const Modifiers &modifiers, Inst &inst) {
  if (modifiers.spaces.size() != 1 || modifiers.type() != Type::U64)
    return nullptr;
  inst.aux[0] =
      inst.space == Space::Shared || inst.space == Space::SharedCluster;
  inst.aux[1] = modifiers.has("to");
  return runCvta;
}

static void runIsspacep(Warp &warp, const Inst &inst) {
  const uint64_t *from = warp.source(inst.ops[1]);
  uint64_t *to = warp.destination(inst.ops[0]);
  forEachLane(warp.mask, [&](unsigned lane) {
    uint64_t slot = from[lane] >> window::kSlotBits;
    unsigned rank = (from[lane] & (window::kSlot - 1)) >> window::kRankShift;
    bool isIn = false;
    switch (inst.space) {
    case Space::Global:
      isIn = slot >= window::kFirstVariable;
      break;
    case Space::Shared:
      isIn = slot == 1 && (rank == 0 || rank == warp.block.rank + 1);
      break;
    case Space::SharedCluster:
      isIn = slot == 1;
      break;
    case Space::Local:
      isIn = slot == 2;
      break;
    case Space::Param:
      isIn = slot == 3;
      break;
    case Space::Const:
      isIn = slot == 4;
      break;
    case Space::Generic:
      break;
    }
    to[lane] = isIn;
  });
}
static Execute selectIsspacep(const Modifiers &modifiers, Inst &) {
  return modifiers.spaces.size() == 1 ? runIsspacep : nullptr;
}

/// The address of the same variable in another block of the cluster.
static void runMapa(Warp &warp, const Inst &inst) {
  const uint64_t *from = warp.source(inst.ops[1]);
  const uint64_t *rank = warp.source(inst.ops[2]);
  uint64_t *to = warp.destination(inst.ops[0]);
  constexpr uint64_t kOffset = (uint64_t(1) << window::kRankShift) - 1;
  bool isGeneric = inst.space == Space::Generic;
  forEachLane(warp.mask, [&](unsigned lane) {
    to[lane] = (from[lane] & kOffset) | (rank[lane] + 1) << window::kRankShift |
               (isGeneric ? window::kShared : 0);
  });
}
static Execute selectMapa(const Modifiers &, Inst &) { return runMapa; }

static void runGetctarank(Warp &warp, const Inst &inst) {
  const uint64_t *from = warp.source(inst.ops[1]);
  uint64_t *to = warp.destination(inst.ops[0]);
  forEachLane(warp.mask, [&](unsigned lane) {
    uint64_t rank = (from[lane] & (window::kSlot - 1)) >> window::kRankShift;
    to[lane] = rank == 0 ? warp.block.rank : rank - 1;
  });
}
static Execute selectGetctarank(const Modifiers &, Inst &) {
  return runGetctarank;
}

static const InstructionRow kRows[] = {
    {"mov", "DS", "", selectMov},
    {"cvt", "dss?", "@round @ftz @sat relu satfinite", selectCvt, 2},
    {"cvt.pack", "dsss?", "@sat", selectCvtPack, 3},
    {"cvta", "ds", "to @space", selectCvta},
    {"isspacep", "ds", "@space", selectIsspacep},
    {"mapa", "dss", "@space", selectMapa},
    {"getctarank", "ds", "@space", selectGetctarank},
};

llvm::ArrayRef<InstructionRow> mlir::dag::ptx::getConvertRows() {
  return kRows;
}
