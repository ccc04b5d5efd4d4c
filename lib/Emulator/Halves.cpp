//===- Halves.cpp - Arithmetic of f16 and bf16 -*- C++ -*-===//
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
/// A 16-bit format: to and from f64, which holds its values.
template <const Format &F>
struct Half {
  static float decode(uint16_t bits) {
    return &F == &kF16 ? halfToFloat(bits) : bfloatToFloat(bits);
  }
  static uint16_t encode(double value) {
    return mlir::dag::ptx::encode(value, F);
  }
  static bool isNaN(uint16_t bits) {
    return (bits & 0x7fff) > (&F == &kF16 ? 0x7c00 : 0x7f80);
  }
  static constexpr uint16_t kNaN = 0x7fff;

  static uint16_t add(uint16_t a, uint16_t b) {
    return encode(fuseToOdd(1, decode(a), decode(b)));
  }
  static uint16_t sub(uint16_t a, uint16_t b) {
    return encode(fuseToOdd(1, decode(a), -decode(b)));
  }
  static uint16_t mul(uint16_t a, uint16_t b) {
    return encode(double(decode(a)) * decode(b));
  }
  static uint16_t fma(uint16_t a, uint16_t b, uint16_t c) {
    return encode(fuseToOdd(decode(a), decode(b), decode(c)));
  }
  static uint16_t neg(uint16_t a) { return a ^ 0x8000; }
  static uint16_t abs(uint16_t a) { return a & 0x7fff; }
  template <bool IsMax>
  static uint16_t minMax(uint16_t a, uint16_t b) {
    if (isNaN(a) || isNaN(b))
      return isNaN(a) ? (isNaN(b) ? kNaN : b) : a;
    float x = decode(a), y = decode(b);
    if (x == y)
      return bool(a & 0x8000) == IsMax ? b : a;
    return (x > y) == IsMax ? a : b;
  }
  template <bool IsMax>
  static uint16_t minMaxNaN(uint16_t a, uint16_t b) {
    return isNaN(a) || isNaN(b) ? kNaN : minMax<IsMax>(a, b);
  }
  /// Of the magnitudes, with the signs' exclusive or.
  template <bool IsMax, bool PropagatesNaN>
  static uint16_t minMaxMagnitude(uint16_t a, uint16_t b) {
    uint16_t result = PropagatesNaN ? minMaxNaN<IsMax>(abs(a), abs(b))
                                    : minMax<IsMax>(abs(a), abs(b));
    return isNaN(result) ? kNaN : result | ((a ^ b) & 0x8000);
  }
  static uint16_t exp2(uint16_t a) {
    return encode(std::exp2(double(decode(a))));
  }
  static uint16_t tanh(uint16_t a) {
    return encode(std::tanh(double(decode(a))));
  }

  static uint16_t relu(uint16_t a) {
    return isNaN(a) ? kNaN : (a & 0x8000 ? 0 : a);
  }
  static uint16_t saturate(uint16_t a) {
    if (isNaN(a) || (a & 0x8000))
      return 0;
    return encode(std::min(decode(a), 1.0f));
  }
  static uint16_t flush(uint16_t a) {
    return (a & (&F == &kF16 ? 0x7c00 : 0x7f80)) == 0 ? a & 0x8000 : a;
  }
};
} // namespace

enum HalfFlags : uint32_t { kFtz = 1, kSat = 2, kRelu = 4 };

/// Runs a function of 16-bit values on one or both halves of the registers.
template <const Format &F, auto Function>
struct HalfLanes;
template <const Format &F, typename... A, uint16_t (*Function)(A...)>
struct HalfLanes<F, Function> {
  template <size_t... I>
  static void runAll(Warp &warp, const Inst &inst, std::index_sequence<I...>) {
    const uint64_t *sources[] = {warp.source(inst.ops[I + 1])...};
    uint64_t *result = warp.destination(inst.ops[0]);
    uint32_t flags = inst.aux[0];
    unsigned width = inst.aux[1];
    forEachLane(warp.mask, [&](unsigned lane) {
      uint32_t both = 0;
      for (unsigned shift = 0; shift < width; shift += 16) {
        auto in = [&](uint64_t value) {
          uint16_t bits = value >> shift;
          return flags & kFtz ? Half<F>::flush(bits) : bits;
        };
        uint16_t out = Function(in(sources[I][lane])...);
        if (flags & kFtz)
          out = Half<F>::flush(out);
        if (flags & kSat)
          out = Half<F>::saturate(out);
        if (flags & kRelu)
          out = Half<F>::relu(out);
        both |= uint32_t(out) << shift;
      }
      result[lane] = both;
    });
  }
  static void run(Warp &warp, const Inst &inst) {
    runAll(warp, inst, std::index_sequence_for<A...>());
  }
};

template <const Format &F>
static Execute selectOf(llvm::StringRef opcode, const Modifiers &modifiers) {
  using H = Half<F>;
  bool isNaN = modifiers.has("NaN");
  if (opcode == "add")
    return HalfLanes<F, H::add>::run;
  if (opcode == "sub")
    return HalfLanes<F, H::sub>::run;
  if (opcode == "mul")
    return HalfLanes<F, H::mul>::run;
  if (opcode == "fma")
    return HalfLanes<F, H::fma>::run;
  if (opcode == "neg")
    return HalfLanes<F, H::neg>::run;
  if (opcode == "abs")
    return HalfLanes<F, H::abs>::run;
  if (modifiers.has("xorsign")) {
    bool isMax = opcode == "max";
    if (isNaN)
      return isMax
                 ? HalfLanes<F, H::template minMaxMagnitude<true, true>>::run
                 : HalfLanes<F, H::template minMaxMagnitude<false, true>>::run;
    return isMax ? HalfLanes<F, H::template minMaxMagnitude<true, false>>::run
                 : HalfLanes<F, H::template minMaxMagnitude<false, false>>::run;
  }
  if (opcode == "min")
    return isNaN ? HalfLanes<F, H::template minMaxNaN<false>>::run
                 : HalfLanes<F, H::template minMax<false>>::run;
  if (opcode == "max")
    return isNaN ? HalfLanes<F, H::template minMaxNaN<true>>::run
                 : HalfLanes<F, H::template minMax<true>>::run;
  if (opcode == "ex2")
    return HalfLanes<F, H::exp2>::run;
  if (opcode == "tanh")
    return HalfLanes<F, H::tanh>::run;
  return nullptr;
}

namespace mlir::dag::ptx {
Execute selectHalf(llvm::StringRef opcode, const Modifiers &modifiers,
                   Inst &inst) {
  Type type = modifiers.type();
  if (modifiers.has("oob") ||
      (modifiers.hasRounding && modifiers.rounding != Rounding::Nearest))
    return nullptr;
  inst.aux[0] = (modifiers.isFtz ? kFtz : 0) |
                (modifiers.isSaturating ? kSat : 0) |
                (modifiers.has("relu") ? kRelu : 0);
  inst.aux[1] = getBits(type);
  if (type == Type::F16 || type == Type::F16x2)
    return selectOf<kF16>(opcode, modifiers);
  if (type == Type::BF16 || type == Type::BF16x2)
    return selectOf<kBF16>(opcode, modifiers);
  return nullptr;
}
} // namespace mlir::dag::ptx

llvm::ArrayRef<InstructionRow> mlir::dag::ptx::getHalfRows() { return {}; }
