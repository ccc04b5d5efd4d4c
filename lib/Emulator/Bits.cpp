//===- Bits.cpp - Operations on bits -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lanes.h"

#include "llvm/ADT/bit.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir::dag::ptx;

template <typename T>
static T bitAnd(T a, T b) {
  return a & b;
}
template <typename T>
static T bitOr(T a, T b) {
  return a | b;
}
template <typename T>
static T bitXor(T a, T b) {
  return a ^ b;
}
template <typename T>
static T bitNot(T a) {
  return ~a;
}
template <typename T>
static T logicalNot(T a) {
  return a == 0;
}

/// Predicates keep one bit, and may be negated where they are read.
template <typename Function>
static void runPredicates(Warp &warp, const Inst &inst, Function function) {
  uint64_t values[kLanes];
  const Op &last = inst.ops[inst.numOps - 1];
  forEachLane(warp.mask, [&](unsigned lane) {
    values[lane] =
        function(warp.get(inst.ops[1], lane), warp.get(last, lane)) & 1;
  });
  uint64_t *result = warp.destination(inst.ops[0]);
  forEachLane(warp.mask, [&](unsigned lane) { result[lane] = values[lane]; });
}

static void andPredicates(Warp &warp, const Inst &inst) {
  runPredicates(warp, inst, [](uint64_t a, uint64_t b) { return a & b; });
}
static void orPredicates(Warp &warp, const Inst &inst) {
  runPredicates(warp, inst, [](uint64_t a, uint64_t b) { return a | b; });
}
static void xorPredicates(Warp &warp, const Inst &inst) {
  runPredicates(warp, inst, [](uint64_t a, uint64_t b) { return a ^ b; });
}
static void notPredicates(Warp &warp, const Inst &inst) {
  runPredicates(warp, inst, [](uint64_t a, uint64_t) { return ~a; });
}

static Execute selectAnd(const Modifiers &modifiers, Inst &) {
  if (modifiers.type() == Type::Pred)
    return andPredicates;
  return byInteger(modifiers.type(),
                   [](auto zero) { return run<bitAnd<decltype(zero)>>; });
}
static Execute selectOr(const Modifiers &modifiers, Inst &) {
  if (modifiers.type() == Type::Pred)
    return orPredicates;
  return byInteger(modifiers.type(),
                   [](auto zero) { return run<bitOr<decltype(zero)>>; });
}
static Execute selectXor(const Modifiers &modifiers, Inst &) {
  if (modifiers.type() == Type::Pred)
    return xorPredicates;
  return byInteger(modifiers.type(),
                   [](auto zero) { return run<bitXor<decltype(zero)>>; });
}
static Execute selectNot(const Modifiers &modifiers, Inst &) {
  if (modifiers.type() == Type::Pred)
    return notPredicates;
  return byInteger(modifiers.type(),
                   [](auto zero) { return run<bitNot<decltype(zero)>>; });
}
static Execute selectCnot(const Modifiers &modifiers, Inst &) {
  return byInteger(modifiers.type(),
                   [](auto zero) { return run<logicalNot<decltype(zero)>>; });
}

template <typename T>
static T shiftLeft(T a, uint32_t by) {
  return by >= 8 * sizeof(T) ? T(0) : T(a << by);
}
template <typename T>
static T shiftRight(T a, uint32_t by) {
  uint32_t most = 8 * sizeof(T) - 1;
  if (by > most)
    return std::is_signed_v<T> ? T(a >> most) : T(0);
  return a >> by;
}
static Execute selectShl(const Modifiers &modifiers, Inst &) {
  return byInteger(modifiers.type(),
                   [](auto zero) { return run<shiftLeft<decltype(zero)>>; });
}
static Execute selectShr(const Modifiers &modifiers, Inst &) {
  return byInteger(modifiers.type(),
                   [](auto zero) { return run<shiftRight<decltype(zero)>>; });
}

template <bool IsLeft, bool Wraps>
static uint32_t funnel(uint32_t low, uint32_t high, uint32_t by) {
  by = Wraps ? by & 31 : std::min(by, 32u);
  uint64_t both = uint64_t(high) << 32 | low;
  return IsLeft ? uint32_t(by == 32 ? low : (both << by) >> 32)
                : uint32_t(by == 32 ? high : both >> by);
}
static Execute selectShf(const Modifiers &modifiers, Inst &) {
  bool wraps = modifiers.has("wrap");
  return modifiers.has("l")
             ? (wraps ? run<funnel<true, true>> : run<funnel<true, false>>)
             : (wraps ? run<funnel<false, true>> : run<funnel<false, false>>);
}

/// The function of 32 or of 64 bits; null for what is no integer.
static Execute bySize(const Modifiers &modifiers, Execute of32, Execute of64) {
  Type type = modifiers.type();
  if (!isBits(type) && !isUnsigned(type) && !isSigned(type))
    return nullptr;
  return getBits(type) == 64 ? of64 : getBits(type) == 32 ? of32 : nullptr;
}

/// The table is an immediate; it is read as a source.
static uint32_t lop3(uint32_t a, uint32_t b, uint32_t c, uint32_t table) {
  uint32_t result = 0;
  for (unsigned i = 0; i < 8; ++i)
    if (table >> i & 1)
      result |= (i & 4 ? a : ~a) & (i & 2 ? b : ~b) & (i & 1 ? c : ~c);
  return result;
}
/// `aux[0]`: whether the predicate is of "and" rather than of "or".
static void runLop3WithPredicate(Warp &warp, const Inst &inst) {
  const uint64_t *sources[4];
  for (unsigned i = 0; i < 4; ++i)
    sources[i] = warp.source(inst.ops[i + 1]);
  uint64_t results[kLanes];
  uint32_t isTrue = 0;
  forEachLane(warp.mask, [&](unsigned lane) {
    results[lane] = lop3(sources[0][lane], sources[1][lane], sources[2][lane],
                         sources[3][lane]);
    bool isSet = results[lane] != 0, other = warp.get(inst.ops[5], lane) & 1;
    isTrue |= uint32_t(inst.aux[0] ? isSet && other : isSet || other) << lane;
  });
  uint64_t *to = warp.destination(inst.ops[0]);
  forEachLane(warp.mask, [&](unsigned lane) { to[lane] = results[lane]; });
  to = warp.destination(warp.machine.program.getExtra(inst.ops[0]));
  forEachLane(warp.mask, [&](unsigned lane) { to[lane] = isTrue >> lane & 1; });
}
static Execute selectLop3(const Modifiers &modifiers, Inst &inst) {
  bool isAnd = modifiers.has("and"), isOr = modifiers.has("or");
  bool hasSecond = inst.ops[0].second != kNoRow;
  if (!isAnd && !isOr)
    return inst.numOps == 5 && !hasSecond
               ? bySize(modifiers, run<lop3>, nullptr)
               : nullptr;
  inst.aux[0] = isAnd;
  return inst.numOps == 6 && hasSecond && isAnd != isOr
             ? bySize(modifiers, runLop3WithPredicate, nullptr)
             : nullptr;
}

template <typename T>
static uint32_t popc(T a) {
  return llvm::popcount(a);
}
template <typename T>
static uint32_t clz(T a) {
  return llvm::countl_zero(a);
}
template <typename T>
static T brev(T a) {
  return llvm::reverseBits(a);
}
static Execute selectPopc(const Modifiers &modifiers, Inst &) {
  return bySize(modifiers, run<popc<uint32_t>>, run<popc<uint64_t>>);
}
static Execute selectClz(const Modifiers &modifiers, Inst &) {
  return bySize(modifiers, run<clz<uint32_t>>, run<clz<uint64_t>>);
}
static Execute selectBrev(const Modifiers &modifiers, Inst &) {
  return bySize(modifiers, run<brev<uint32_t>>, run<brev<uint64_t>>);
}

/// The highest bit that is not the sign.
template <typename T, bool IsShift>
static uint32_t bfind(T a) {
  using U = std::make_unsigned_t<T>;
  U bits = a < 0 ? U(~a) : U(a);
  if (bits == 0)
    return ~0u;
  uint32_t top = llvm::Log2_64(bits);
  return IsShift ? 8 * sizeof(T) - 1 - top : top;
}
static Execute selectBfind(const Modifiers &modifiers, Inst &) {
  return byInteger(modifiers.type(), [&](auto zero) {
    using T = decltype(zero);
    return modifiers.has("shiftamt") ? run<bfind<T, true>>
                                     : run<bfind<T, false>>;
  });
}

template <typename T>
static T bfe(T a, uint32_t start, uint32_t length) {
  using U = std::make_unsigned_t<T>;
  constexpr unsigned kBits = 8 * sizeof(T);
  start &= 255;
  length &= 255;
  if (length == 0)
    return 0;
  unsigned last = std::min(start + length - 1, kBits - 1);
  bool sign = std::is_signed_v<T> && (U(a) >> last & 1);
  U field = start >= kBits ? 0 : U(a) >> start;
  unsigned kept = start >= kBits ? 0 : std::min(length, kBits - start);
  U mask = kept >= kBits ? ~U(0) : (U(1) << kept) - 1;
  return T((field & mask) | (sign ? U(~mask) : U(0)));
}
static Execute selectBfe(const Modifiers &modifiers, Inst &) {
  return byInteger(modifiers.type(),
                   [](auto zero) { return run<bfe<decltype(zero)>>; });
}

template <typename T>
static T bfi(T a, T b, uint32_t start, uint32_t length) {
  constexpr unsigned kBits = 8 * sizeof(T);
  start &= 255;
  length &= 255;
  if (start >= kBits || length == 0)
    return b;
  T mask = length >= kBits ? ~T(0) : (T(1) << length) - 1;
  mask <<= start;
  return (b & ~mask) | (T(a << start) & mask);
}
static Execute selectBfi(const Modifiers &modifiers, Inst &) {
  return bySize(modifiers, run<bfi<uint32_t>>, run<bfi<uint64_t>>);
}

template <bool Wraps>
static uint32_t bmsk(uint32_t start, uint32_t length) {
  start = Wraps ? start & 31 : std::min(start, 32u);
  length = Wraps ? length & 31 : std::min(length, 32u);
  return start == 32 ? 0 : uint32_t(((uint64_t(1) << length) - 1) << start);
}
static Execute selectBmsk(const Modifiers &modifiers, Inst &) {
  return modifiers.has("wrap") ? run<bmsk<true>> : run<bmsk<false>>;
}
template <bool IsSigned, bool Wraps>
static uint32_t szext(uint32_t a, uint32_t bits) {
  bits = Wraps ? bits & 31 : std::min(bits, 32u);
  if (bits == 32)
    return a;
  if (bits == 0)
    return 0;
  uint32_t mask = (1u << bits) - 1;
  bool sign = IsSigned && (a >> (bits - 1) & 1);
  return (a & mask) | (sign ? ~mask : 0);
}
static Execute selectSzext(const Modifiers &modifiers, Inst &) {
  bool wraps = modifiers.has("wrap");
  return modifiers.type() == Type::S32
             ? (wraps ? run<szext<true, true>> : run<szext<true, false>>)
             : (wraps ? run<szext<false, true>> : run<szext<false, false>>);
}

/// The bytes that `selector` names, of `b` above `a`.
static uint32_t prmt(uint32_t a, uint32_t b, uint32_t selector) {
  uint64_t both = uint64_t(b) << 32 | a;
  uint32_t result = 0;
  for (unsigned i = 0; i < 4; ++i) {
    unsigned choice = selector >> (4 * i) & 15;
    uint8_t byte = both >> (8 * (choice & 7));
    if (choice & 8)
      byte = byte & 0x80 ? 0xff : 0;
    result |= uint32_t(byte) << (8 * i);
  }
  return result;
}
/// Modes of prmt as the selector that does the same.
static constexpr uint16_t kPrmtModes[6][4] = {
    {0x3210, 0x4321, 0x5432, 0x6543}, {0x5670, 0x6701, 0x7012, 0x0123},
    {0x0000, 0x1111, 0x2222, 0x3333}, {0x3210, 0x3211, 0x3222, 0x3333},
    {0x0000, 0x1110, 0x2210, 0x3210}, {0x1010, 0x3232, 0x1010, 0x3232}};
template <unsigned Mode>
static uint32_t prmtMode(uint32_t a, uint32_t b, uint32_t selector) {
  return prmt(a, b, kPrmtModes[Mode][selector & 3]);
}
static Execute selectPrmt(const Modifiers &modifiers, Inst &) {
  return modifiers.has("f4e")    ? run<prmtMode<0>>
         : modifiers.has("b4e")  ? run<prmtMode<1>>
         : modifiers.has("rc8")  ? run<prmtMode<2>>
         : modifiers.has("ecl")  ? run<prmtMode<3>>
         : modifiers.has("ecr")  ? run<prmtMode<4>>
         : modifiers.has("rc16") ? run<prmtMode<5>>
                                 : run<prmt>;
}

/// The place of the n-th bit from a base.
static uint32_t fns(uint32_t mask, uint32_t base, int32_t offset) {
  int step = offset < 0 ? -1 : 1;
  int left = offset < 0 ? -offset : offset;
  if (left == 0)
    return base < 32 && (mask >> base & 1) ? base : ~0u;
  for (int place = base; place >= 0 && place < 32; place += step)
    if ((mask >> place & 1) && --left == 0)
      return place;
  return ~0u;
}
static Execute selectFns(const Modifiers &, Inst &) { return run<fns>; }

static const InstructionRow kRows[] = {
    {"and", "dss", "", selectAnd},
    {"or", "dss", "", selectOr},
    {"xor", "dss", "", selectXor},
    {"not", "ds", "", selectNot},
    {"cnot", "ds", "", selectCnot},
    {"lop3", "dsssss?", "and or", selectLop3},
    {"shl", "dss", "", selectShl},
    {"shr", "dss", "", selectShr},
    {"shf", "dsss", "l r wrap clamp", selectShf},
    {"popc", "ds", "", selectPopc},
    {"clz", "ds", "", selectClz},
    {"brev", "ds", "", selectBrev},
    {"bfind", "ds", "shiftamt", selectBfind},
    {"bfe", "dsss", "", selectBfe},
    {"bfi", "dssss", "", selectBfi},
    {"bmsk", "dss", "clamp wrap", selectBmsk},
    {"szext", "dss", "clamp wrap", selectSzext},
    {"prmt", "dsss", "f4e b4e rc8 ecl ecr rc16", selectPrmt},
    {"fns", "dsss", "", selectFns},
};

llvm::ArrayRef<InstructionRow> mlir::dag::ptx::getBitRows() { return kRows; }
