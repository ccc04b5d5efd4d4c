//===- Integers.cpp - Arithmetic of integers -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lanes.h"

#include <algorithm>

using namespace mlir::dag::ptx;

namespace {
template <typename T>
struct WideOf {
  using Type = std::conditional_t<std::is_signed_v<T>, int64_t, uint64_t>;
};
template <>
struct WideOf<int16_t> {
  using Type = int32_t;
};
template <>
struct WideOf<uint16_t> {
  using Type = uint32_t;
};
template <typename T>
using Wide = typename WideOf<T>::Type;

template <typename T>
struct Ops {
  using U = std::make_unsigned_t<T>;
  using W = Wide<T>;
  static T add(T a, T b) { return T(U(a) + U(b)); }
  static T sub(T a, T b) { return T(U(a) - U(b)); }
  static T mulLow(T a, T b) { return T(uint64_t(a) * uint64_t(b)); }
  static T mulHigh(T a, T b) {
    if constexpr (sizeof(T) == 8 && std::is_signed_v<T>)
      return T(__int128(a) * b >> 64);
    else if constexpr (sizeof(T) == 8)
      return T((unsigned __int128)(a)*b >> 64);
    else
      return T(mulWide(a, b) >> (8 * sizeof(T)));
  }
  static W mulWide(T a, T b) { return W(uint64_t(a) * uint64_t(b)); }
  static T madLow(T a, T b, T c) { return add(mulLow(a, b), c); }
  static T madHigh(T a, T b, T c) { return add(mulHigh(a, b), c); }
  static W madWide(T a, T b, W c) {
    return W(uint64_t(mulWide(a, b)) + uint64_t(c));
  }
  /// The machine divides by zero to all ones.
  static T div(T a, T b) {
    if (b == 0)
      return T(-1);
    return std::is_signed_v<T> && b == T(-1) ? neg(a) : T(a / b);
  }
  static T rem(T a, T b) {
    if (b == 0)
      return a;
    return std::is_signed_v<T> && b == T(-1) ? T(0) : T(a % b);
  }
  static T min(T a, T b) { return std::min(a, b); }
  static T max(T a, T b) { return std::max(a, b); }
  static T neg(T a) { return T(U(0) - U(a)); }
  static T abs(T a) { return a < 0 ? neg(a) : a; }
  static T sad(T a, T b, T c) {
    return T(U(a < b ? U(b) - U(a) : U(a) - U(b)) + U(c));
  }
};

/// 24 bits of `a`.
template <typename T>
int64_t low24(T a) {
  return std::is_signed_v<T> ? int64_t(uint64_t(a) << 40) >> 40
                             : int64_t(uint64_t(a) & 0xffffff);
}
} // namespace

static int32_t addSat(int32_t a, int32_t b) {
  return std::clamp<int64_t>(int64_t(a) + b, INT32_MIN, INT32_MAX);
}
static int32_t subSat(int32_t a, int32_t b) {
  return std::clamp<int64_t>(int64_t(a) - b, INT32_MIN, INT32_MAX);
}
static int32_t madHighSat(int32_t a, int32_t b, int32_t c) {
  return addSat(Ops<int32_t>::mulHigh(a, b), c);
}
template <typename T>
static T mul24Low(T a, T b) {
  return T(low24(a) * low24(b));
}
template <typename T>
static T mul24High(T a, T b) {
  return T(low24(a) * low24(b) >> 16);
}
template <typename T>
static T mad24Low(T a, T b, T c) {
  return Ops<T>::add(mul24Low(a, b), c);
}
template <typename T>
static T mad24High(T a, T b, T c) {
  return Ops<T>::add(mul24High(a, b), c);
}

/// Two or four parts of a word, each by itself.
template <typename T, T (*F)(T, T)>
static uint32_t byParts(uint32_t a, uint32_t b) {
  uint32_t result = 0;
  for (unsigned i = 0; i < 32; i += 8 * sizeof(T))
    result |= uint32_t(std::make_unsigned_t<T>(F(T(a >> i), T(b >> i)))) << i;
  return result;
}

template <typename A, typename B>
static int32_t dot4(uint32_t a, uint32_t b, int32_t c) {
  uint32_t sum = c;
  for (unsigned i = 0; i < 32; i += 8)
    sum += uint32_t(int32_t(A(a >> i)) * int32_t(B(b >> i)));
  return sum;
}
template <typename A, typename B, unsigned Half>
static int32_t dot2(uint32_t a, uint32_t b, int32_t c) {
  uint32_t sum = c;
  for (unsigned i = 0; i < 2; ++i)
    sum += uint32_t(int32_t(A(a >> (16 * i))) *
                    int32_t(B(b >> (8 * (i + 2 * Half)))));
  return sum;
}

/// An operation with a carry: `aux[0]` says whether it takes one in, `aux[1]`
/// whether it gives one, `aux[2]` whether factors are signed.
enum class Carry : uint8_t { Add, Sub, MadLow, MadHigh };
template <typename T, Carry Kind>
static void runCarry(Warp &warp, const Inst &inst) {
  using Twice = unsigned __int128;
  const uint64_t *a = warp.source(inst.ops[1]), *b = warp.source(inst.ops[2]);
  const uint64_t *c = inst.numOps > 3 ? warp.source(inst.ops[3]) : b;
  uint64_t *result = warp.destination(inst.ops[0]);
  forEachLane(warp.mask, [&](unsigned lane) {
    unsigned in = inst.aux[0] ? warp.carry >> lane & 1 : 0;
    Twice x = T(a[lane]), y = T(b[lane]), sum;
    if (Kind == Carry::Sub) {
      sum = x - y - in;
    } else if (Kind == Carry::Add) {
      sum = x + y + in;
    } else {
      using S = std::make_signed_t<T>;
      Twice product = inst.aux[2] ? Twice(__int128(S(x)) * S(y)) : x * y;
      sum = T(Kind == Carry::MadLow ? product : product >> (8 * sizeof(T)));
      sum += Twice(T(c[lane])) + in;
    }
    result[lane] = T(sum);
    bool out = sum >> (8 * sizeof(T)) & 1;
    if (inst.aux[1])
      warp.carry = (warp.carry & ~(1u << lane)) | uint32_t(out) << lane;
  });
}

template <Carry Kind>
static Execute selectCarry(const Modifiers &modifiers, Inst &inst, bool takes) {
  inst.aux[0] = takes;
  inst.aux[1] = modifiers.has("cc");
  inst.aux[2] = isSigned(modifiers.type());
  unsigned bits = getBits(modifiers.type());
  if (!isSigned(modifiers.type()) && !isUnsigned(modifiers.type()))
    return nullptr;
  return bits == 32   ? runCarry<uint32_t, Kind>
         : bits == 64 ? runCarry<uint64_t, Kind>
                      : nullptr;
}

static Execute selectAdd(const Modifiers &modifiers, Inst &inst) {
  Type type = modifiers.type();
  if (modifiers.has("cc"))
    return selectCarry<Carry::Add>(modifiers, inst, false);
  if (modifiers.isSaturating)
    return type == Type::S32 ? run<addSat> : nullptr;
  if (type == Type::U16x2 || type == Type::S16x2)
    return run<byParts<uint16_t, Ops<uint16_t>::add>>;
  return byInteger(type,
                   [](auto zero) { return run<Ops<decltype(zero)>::add>; });
}

static Execute selectSub(const Modifiers &modifiers, Inst &inst) {
  if (modifiers.has("cc"))
    return selectCarry<Carry::Sub>(modifiers, inst, false);
  if (modifiers.isSaturating)
    return modifiers.type() == Type::S32 ? run<subSat> : nullptr;
  return byInteger(modifiers.type(),
                   [](auto zero) { return run<Ops<decltype(zero)>::sub>; });
}

static Execute selectMul(const Modifiers &modifiers, Inst &) {
  bool hasPart =
      modifiers.has("lo") || modifiers.has("hi") || modifiers.has("wide");
  if (modifiers.isSaturating || modifiers.has("cc") || !hasPart)
    return nullptr;
  return byInteger(modifiers.type(), [&](auto zero) -> Execute {
    using T = decltype(zero);
    if constexpr (sizeof(T) == 1)
      return nullptr;
    else if (modifiers.has("wide"))
      return sizeof(T) == 8 ? nullptr : run<Ops<T>::mulWide>;
    else
      return modifiers.has("hi") ? run<Ops<T>::mulHigh> : run<Ops<T>::mulLow>;
  });
}

static Execute selectMad(const Modifiers &modifiers, Inst &inst) {
  if (modifiers.has("cc"))
    return modifiers.has("hi")
               ? selectCarry<Carry::MadHigh>(modifiers, inst, false)
               : selectCarry<Carry::MadLow>(modifiers, inst, false);
  if (modifiers.isSaturating)
    return modifiers.has("hi") && modifiers.type() == Type::S32
               ? run<madHighSat>
               : nullptr;
  return byInteger(modifiers.type(), [&](auto zero) -> Execute {
    using T = decltype(zero);
    if constexpr (sizeof(T) == 1)
      return nullptr;
    else if (modifiers.has("wide"))
      return sizeof(T) == 8 ? nullptr : run<Ops<T>::madWide>;
    else
      return modifiers.has("hi") ? run<Ops<T>::madHigh> : run<Ops<T>::madLow>;
  });
}

static Execute selectMadCarry(const Modifiers &modifiers, Inst &inst) {
  return modifiers.has("hi")
             ? selectCarry<Carry::MadHigh>(modifiers, inst, true)
             : selectCarry<Carry::MadLow>(modifiers, inst, true);
}
static Execute selectAddCarry(const Modifiers &modifiers, Inst &inst) {
  return selectCarry<Carry::Add>(modifiers, inst, true);
}
static Execute selectSubCarry(const Modifiers &modifiers, Inst &inst) {
  return selectCarry<Carry::Sub>(modifiers, inst, true);
}

static Execute selectMul24(const Modifiers &modifiers, Inst &inst) {
  bool isMad = inst.numOps == 4, isHigh = modifiers.has("hi");
  if (modifiers.isSaturating)
    return nullptr;
  if (modifiers.type() == Type::S32)
    return isMad ? (isHigh ? run<mad24High<int32_t>> : run<mad24Low<int32_t>>)
                 : (isHigh ? run<mul24High<int32_t>> : run<mul24Low<int32_t>>);
  if (modifiers.type() != Type::U32)
    return nullptr;
  return isMad ? (isHigh ? run<mad24High<uint32_t>> : run<mad24Low<uint32_t>>)
               : (isHigh ? run<mul24High<uint32_t>> : run<mul24Low<uint32_t>>);
}

static Execute selectDiv(const Modifiers &modifiers, Inst &) {
  return byInteger(modifiers.type(),
                   [](auto zero) { return run<Ops<decltype(zero)>::div>; });
}
static Execute selectRem(const Modifiers &modifiers, Inst &) {
  return byInteger(modifiers.type(),
                   [](auto zero) { return run<Ops<decltype(zero)>::rem>; });
}

/// Not below zero.
template <typename T, T (*F)(T, T)>
static T relu(T a, T b) {
  return std::max<T>(F(a, b), 0);
}

template <bool IsMax>
static Execute selectMinMax(const Modifiers &modifiers, Inst &) {
  for (llvm::StringRef flag : {"NaN", "xorsign", "abs"})
    if (modifiers.has(flag) || modifiers.isFtz)
      return nullptr;
  if (modifiers.has("relu")) {
    constexpr auto kInt = IsMax ? Ops<int32_t>::max : Ops<int32_t>::min;
    constexpr auto kShort = IsMax ? Ops<int16_t>::max : Ops<int16_t>::min;
    return modifiers.type() == Type::S32 ? run<relu<int32_t, kInt>>
           : modifiers.type() == Type::S16x2
               ? run<byParts<int16_t, relu<int16_t, kShort>>>
               : nullptr;
  }
  if (modifiers.type() == Type::U16x2)
    return run<
        byParts<uint16_t, IsMax ? Ops<uint16_t>::max : Ops<uint16_t>::min>>;
  if (modifiers.type() == Type::S16x2)
    return run<byParts<int16_t, IsMax ? Ops<int16_t>::max : Ops<int16_t>::min>>;
  return byInteger(modifiers.type(), [](auto zero) {
    using T = decltype(zero);
    return IsMax ? run<Ops<T>::max> : run<Ops<T>::min>;
  });
}

static Execute selectNeg(const Modifiers &modifiers, Inst &) {
  return byInteger(modifiers.type(),
                   [](auto zero) { return run<Ops<decltype(zero)>::neg>; });
}
static Execute selectAbs(const Modifiers &modifiers, Inst &) {
  return byInteger(modifiers.type(),
                   [](auto zero) { return run<Ops<decltype(zero)>::abs>; });
}
static Execute selectSad(const Modifiers &modifiers, Inst &) {
  return byInteger(modifiers.type(),
                   [](auto zero) { return run<Ops<decltype(zero)>::sad>; });
}

static Execute selectDot4(const Modifiers &modifiers, Inst &) {
  bool a = modifiers.type() == Type::S32, b = modifiers.type(1) == Type::S32;
  return a ? (b ? run<dot4<int8_t, int8_t>> : run<dot4<int8_t, uint8_t>>)
           : (b ? run<dot4<uint8_t, int8_t>> : run<dot4<uint8_t, uint8_t>>);
}

template <unsigned Half>
static Execute selectDot2Half(bool a, bool b) {
  return a ? (b ? run<dot2<int16_t, int8_t, Half>>
                : run<dot2<int16_t, uint8_t, Half>>)
           : (b ? run<dot2<uint16_t, int8_t, Half>>
                : run<dot2<uint16_t, uint8_t, Half>>);
}
static Execute selectDot2(const Modifiers &modifiers, Inst &) {
  bool a = modifiers.type() == Type::S32, b = modifiers.type(1) == Type::S32;
  return modifiers.has("hi") ? selectDot2Half<1>(a, b)
                             : selectDot2Half<0>(a, b);
}

namespace mlir::dag::ptx {
Execute selectInteger(llvm::StringRef opcode, const Modifiers &modifiers,
                      Inst &inst) {
  if (opcode == "add")
    return selectAdd(modifiers, inst);
  if (opcode == "sub")
    return selectSub(modifiers, inst);
  if (opcode == "mul")
    return selectMul(modifiers, inst);
  if (opcode == "mad")
    return selectMad(modifiers, inst);
  if (opcode == "div")
    return selectDiv(modifiers, inst);
  if (opcode == "min")
    return selectMinMax<false>(modifiers, inst);
  if (opcode == "max")
    return selectMinMax<true>(modifiers, inst);
  if (opcode == "neg")
    return selectNeg(modifiers, inst);
  if (opcode == "abs")
    return selectAbs(modifiers, inst);
  return nullptr;
}
} // namespace mlir::dag::ptx

/// Absolute differences of the parts of a word, or their sum and `c`.
static void runDifferences(Warp &warp, const Inst &inst) {
  unsigned bits = inst.aux[0];
  auto part = [bits](uint64_t word, unsigned shift, bool isSigned) -> int32_t {
    uint32_t value = uint32_t(word) >> shift << (32 - bits);
    return isSigned ? int32_t(value) >> (32 - bits)
                    : int32_t(value >> (32 - bits));
  };
  uint64_t *to = warp.destination(inst.ops[0]);
  forEachLane(warp.mask, [&](unsigned lane) {
    uint64_t a = warp.get(inst.ops[1], lane), b = warp.get(inst.ops[2], lane);
    uint32_t sum = uint32_t(warp.get(inst.ops[3], lane)), parts = 0;
    for (unsigned shift = 0; shift < 32; shift += bits) {
      int32_t difference =
          part(a, shift, inst.aux[2] & 1) - part(b, shift, inst.aux[2] >> 1);
      uint32_t size = uint32_t(difference < 0 ? -difference : difference);
      sum += size;
      parts |= (size & ((1u << bits) - 1)) << shift;
    }
    to[lane] = inst.aux[1] ? sum : parts;
  });
}

template <unsigned Bits>
static Execute selectDifferences(const Modifiers &modifiers, Inst &inst) {
  for (unsigned i = 0; i < 3; ++i)
    if (modifiers.type(i) != Type::U32 && modifiers.type(i) != Type::S32)
      return nullptr;
  inst.aux[0] = Bits;
  inst.aux[1] = modifiers.has("add");
  inst.aux[2] = unsigned(modifiers.type(1) == Type::S32) |
                unsigned(modifiers.type(2) == Type::S32) << 1;
  return modifiers.types.size() == 3 ? runDifferences : nullptr;
}

static const InstructionRow kRows[] = {
    {"addc", "dss", "cc", selectAddCarry},
    {"subc", "dss", "cc", selectSubCarry},
    {"madc", "dsss", "lo hi cc", selectMadCarry},
    {"mul24", "dss", "lo hi", selectMul24},
    {"mad24", "dsss", "lo hi @sat", selectMul24},
    {"rem", "dss", "", selectRem},
    {"sad", "dsss", "", selectSad},
    {"dp4a", "dsss", "", selectDot4, 2},
    {"dp2a", "dsss", "lo hi", selectDot2, 2},
    {"vabsdiff2", "dsss", "add", selectDifferences<16>, 3},
    {"vabsdiff4", "dsss", "add", selectDifferences<8>, 3},
};

llvm::ArrayRef<InstructionRow> mlir::dag::ptx::getIntegerRows() {
  return kRows;
}
