//===- Floats.cpp - Arithmetic of f32 and f64 -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lanes.h"

#include <algorithm>

using namespace mlir::dag::ptx;

template <typename T>
static T canonical(T value) {
  if constexpr (sizeof(T) == 4)
    return value != value ? toFloat(kNaN32) : value;
  else
    return value;
}

template <typename T>
static T add(T a, T b) {
  return canonical(a + b);
}
template <typename T>
static T sub(T a, T b) {
  return canonical(a - b);
}
template <typename T>
static T mul(T a, T b) {
  return canonical(a * b);
}
template <typename T>
static T div(T a, T b) {
  return canonical(a / b);
}
template <typename T>
static T fma(T a, T b, T c) {
  return canonical(std::fma(a, b, c));
}
/// The fma of most processors is slow without its instruction.
static float fma32(float a, float b, float c) {
  return canonical(float(fuseToOdd(a, b, c)));
}
template <typename T>
static T sqrtOf(T a) {
  return canonical(std::sqrt(a));
}
template <typename T>
static T rcp(T a) {
  return canonical(T(1) / a);
}
template <typename T>
static T neg(T a) {
  return -a;
}
template <typename T>
static T absolute(T a) {
  return std::fabs(a);
}

/// The other number where one is NaN; -0 is less than +0.
template <typename T, bool IsMax>
static T minMax(T a, T b) {
  if (a != a || b != b)
    return a != a ? (b != b ? canonical(b) : b) : a;
  if (a == b)
    return std::signbit(a) == IsMax ? b : a;
  return (a > b) == IsMax ? a : b;
}
template <bool IsMax>
static float minMaxNaN(float a, float b) {
  return a != a || b != b ? toFloat(kNaN32) : minMax<float, IsMax>(a, b);
}
template <bool IsMax, bool IsNaN>
static float minMaxMagnitude(float a, float b) {
  bool isNegative = std::signbit(a) != std::signbit(b);
  float result = IsNaN ? minMaxNaN<IsMax>(std::fabs(a), std::fabs(b))
                       : minMax<float, IsMax>(std::fabs(a), std::fabs(b));
  return isNegative ? -result : result;
}

/// Approximations of the machine are as near as f32 can be, which is within
/// the error that PTX states.
static float sine(float a) { return canonical(float(std::sin(double(a)))); }
static float cosine(float a) { return canonical(float(std::cos(double(a)))); }
static float log2Of(float a) { return canonical(float(std::log2(double(a)))); }
static float exp2Of(float a) { return canonical(float(std::exp2(double(a)))); }
static float tanhOf(float a) { return canonical(float(std::tanh(double(a)))); }
template <typename T>
static T rsqrt(T a) {
  return canonical(T(1.0 / std::sqrt(double(a))));
}
/// `rcp.approx.ftz.f64` and its like keep the upper half of a number.
static double upperHalf(double a) {
  return toDouble(toBits(a) & 0xffffffff00000000);
}
static double rcpUpper(double a) { return upperHalf(1 / upperHalf(a)); }
static double rsqrtUpper(double a) {
  return upperHalf(1 / std::sqrt(upperHalf(a)));
}
static float copysign32(float a, float b) { return std::copysign(b, a); }
static double copysign64(double a, double b) { return std::copysign(b, a); }

template <typename T, Arithmetic Op, Rounding Mode>
static T rounded1(T a) {
  return canonical(compute(Op, a, T(0), T(0), Mode));
}
template <typename T, Rounding Mode>
static T roundedRcp(T a) {
  return canonical(compute(Arithmetic::Div, T(1), a, T(0), Mode));
}
template <typename T, Arithmetic Op, Rounding Mode>
static T rounded2(T a, T b) {
  return canonical(compute(Op, a, b, T(0), Mode));
}
template <typename T, Rounding Mode>
static T rounded3(T a, T b, T c) {
  return canonical(compute(Arithmetic::Fma, a, b, c, Mode));
}

/// The form of an operation for f32 or f64, in a rounding that is not nearest.
template <typename Pick>
static Execute byRounding(const Modifiers &modifiers, Pick pick) {
  using R = Rounding;
  bool isDouble = modifiers.type() == Type::F64;
  switch (modifiers.rounding) {
  case R::Zero:
    return pick(std::integral_constant<R, R::Zero>(), isDouble);
  case R::Down:
    return pick(std::integral_constant<R, R::Down>(), isDouble);
  case R::Up:
    return pick(std::integral_constant<R, R::Up>(), isDouble);
  default:
    return nullptr;
  }
}

template <Arithmetic Op>
static Execute rounded(const Modifiers &modifiers) {
  return byRounding(modifiers, [&](auto mode, bool isDouble) -> Execute {
    constexpr Rounding kMode = decltype(mode)::value;
    if constexpr (Op == Arithmetic::Fma)
      return isDouble ? run<rounded3<double, kMode>>
                      : runFloat<rounded3<float, kMode>>(modifiers);
    else if constexpr (Op == Arithmetic::Sqrt)
      return isDouble ? run<rounded1<double, Op, kMode>>
                      : runFloat<rounded1<float, Op, kMode>>(modifiers);
    else
      return isDouble ? run<rounded2<double, Op, kMode>>
                      : runFloat<rounded2<float, Op, kMode>>(modifiers);
  });
}

static bool isFloat(Type type) {
  return type == Type::F32 || type == Type::F64;
}
static bool isNearest(const Modifiers &modifiers) {
  return modifiers.rounding == Rounding::Nearest;
}

static Execute selectOther(llvm::StringRef opcode, const Modifiers &modifiers,
                           Inst &inst) {
  Type type = modifiers.type();
  bool isHalf = type >= Type::F16 && type <= Type::BF16x2;
  return isHalf ? selectHalf(opcode, modifiers, inst)
                : selectInteger(opcode, modifiers, inst);
}

static Execute selectAdd(const Modifiers &modifiers, Inst &inst) {
  if (!isFloat(modifiers.type()))
    return selectOther("add", modifiers, inst);
  if (!isNearest(modifiers))
    return rounded<Arithmetic::Add>(modifiers);
  return modifiers.type() == Type::F64 ? run<add<double>>
                                       : runFloat<add<float>>(modifiers);
}
static Execute selectSub(const Modifiers &modifiers, Inst &inst) {
  if (!isFloat(modifiers.type()))
    return selectOther("sub", modifiers, inst);
  if (!isNearest(modifiers))
    return rounded<Arithmetic::Sub>(modifiers);
  return modifiers.type() == Type::F64 ? run<sub<double>>
                                       : runFloat<sub<float>>(modifiers);
}
static Execute selectMul(const Modifiers &modifiers, Inst &inst) {
  if (!isFloat(modifiers.type()))
    return selectOther("mul", modifiers, inst);
  if (!isNearest(modifiers))
    return rounded<Arithmetic::Mul>(modifiers);
  return modifiers.type() == Type::F64 ? run<mul<double>>
                                       : runFloat<mul<float>>(modifiers);
}
static Execute selectFma(const Modifiers &modifiers, Inst &inst) {
  if (!modifiers.hasRounding)
    return nullptr;
  if (!isFloat(modifiers.type()))
    return selectHalf("fma", modifiers, inst);
  if (!isNearest(modifiers))
    return rounded<Arithmetic::Fma>(modifiers);
  return modifiers.type() == Type::F64 ? run<fma<double>>
                                       : runFloat<fma32>(modifiers);
}
static Execute selectMad(const Modifiers &modifiers, Inst &inst) {
  if (isFloat(modifiers.type()))
    return selectFma(modifiers, inst);
  return selectInteger("mad", modifiers, inst);
}
/// As a product with 1 / b, which is 0 for large ones (9.7.3.8).
static float divideApprox(float a, float b) {
  float magnitude = std::fabs(b);
  if (magnitude <= 0x1p126f || !std::isfinite(magnitude))
    return div<float>(a, b);
  if (!std::isfinite(a))
    return toFloat(kNaN32);
  return std::copysign(0.0f, std::signbit(a) == std::signbit(b) ? 1.0f : -1.0f);
}

static Execute selectDiv(const Modifiers &modifiers, Inst &inst) {
  if (!isFloat(modifiers.type()))
    return selectOther("div", modifiers, inst);
  if (!isNearest(modifiers))
    return rounded<Arithmetic::Div>(modifiers);
  if (modifiers.has("approx"))
    return runFloat<divideApprox>(modifiers);
  return modifiers.type() == Type::F64 ? run<div<double>>
                                       : runFloat<div<float>>(modifiers);
}

template <bool IsMax>
static Execute selectMinMax(const Modifiers &modifiers, Inst &inst) {
  Type type = modifiers.type();
  if (!isFloat(type))
    return selectOther(IsMax ? "max" : "min", modifiers, inst);
  if (type == Type::F64)
    return run<minMax<double, IsMax>>;
  bool isNaN = modifiers.has("NaN");
  if (modifiers.has("xorsign"))
    return isNaN ? runFloat<minMaxMagnitude<IsMax, true>>(modifiers)
                 : runFloat<minMaxMagnitude<IsMax, false>>(modifiers);
  return isNaN ? runFloat<minMaxNaN<IsMax>>(modifiers)
               : runFloat<minMax<float, IsMax>>(modifiers);
}

static Execute selectNeg(const Modifiers &modifiers, Inst &inst) {
  if (!isFloat(modifiers.type()))
    return selectOther("neg", modifiers, inst);
  return modifiers.type() == Type::F64 ? run<neg<double>>
                                       : runFloat<neg<float>>(modifiers);
}
static Execute selectAbs(const Modifiers &modifiers, Inst &inst) {
  if (!isFloat(modifiers.type()))
    return selectOther("abs", modifiers, inst);
  return modifiers.type() == Type::F64 ? run<absolute<double>>
                                       : runFloat<absolute<float>>(modifiers);
}

static Execute selectRcp(const Modifiers &modifiers, Inst &) {
  bool isDouble = modifiers.type() == Type::F64;
  if (modifiers.has("approx") && isDouble)
    return run<rcpUpper>;
  if (!isNearest(modifiers))
    return byRounding(modifiers, [&](auto mode, bool) -> Execute {
      constexpr Rounding kMode = decltype(mode)::value;
      return isDouble ? run<roundedRcp<double, kMode>>
                      : runFloat<roundedRcp<float, kMode>>(modifiers);
    });
  return isDouble ? run<rcp<double>> : runFloat<rcp<float>>(modifiers);
}
static Execute selectSqrt(const Modifiers &modifiers, Inst &) {
  if (!isNearest(modifiers))
    return rounded<Arithmetic::Sqrt>(modifiers);
  return modifiers.type() == Type::F64 ? run<sqrtOf<double>>
                                       : runFloat<sqrtOf<float>>(modifiers);
}
static Execute selectRsqrt(const Modifiers &modifiers, Inst &) {
  if (modifiers.type() == Type::F64)
    return modifiers.isFtz ? run<rsqrtUpper> : run<rsqrt<double>>;
  return runFloat<rsqrt<float>>(modifiers);
}

static Execute selectSin(const Modifiers &modifiers, Inst &) {
  return runFloat<sine>(modifiers);
}
static Execute selectCos(const Modifiers &modifiers, Inst &) {
  return runFloat<cosine>(modifiers);
}
static Execute selectLg2(const Modifiers &modifiers, Inst &) {
  return runFloat<log2Of>(modifiers);
}
static Execute selectEx2(const Modifiers &modifiers, Inst &inst) {
  return modifiers.type() == Type::F32 ? runFloat<exp2Of>(modifiers)
                                       : selectHalf("ex2", modifiers, inst);
}
static Execute selectTanh(const Modifiers &modifiers, Inst &inst) {
  return modifiers.type() == Type::F32 ? runFloat<tanhOf>(modifiers)
                                       : selectHalf("tanh", modifiers, inst);
}
static Execute selectCopysign(const Modifiers &modifiers, Inst &) {
  return modifiers.type() == Type::F64 ? run<copysign64> : run<copysign32>;
}

template <typename T, int Class>
static bool testp(T a) {
  int kind = std::fpclassify(a);
  switch (Class) {
  case 0:
    return kind != FP_INFINITE && kind != FP_NAN;
  case 1:
    return kind == FP_INFINITE;
  case 2:
    return kind != FP_NAN;
  case 3:
    return kind == FP_NAN;
  case 4:
    return kind == FP_NORMAL || kind == FP_ZERO;
  default:
    return kind == FP_SUBNORMAL;
  }
}
template <typename T>
static Execute selectTestpOf(const Modifiers &modifiers) {
  return modifiers.has("finite")       ? run<testp<T, 0>>
         : modifiers.has("infinite")   ? run<testp<T, 1>>
         : modifiers.has("number")     ? run<testp<T, 2>>
         : modifiers.has("notanumber") ? run<testp<T, 3>>
         : modifiers.has("normal")     ? run<testp<T, 4>>
         : modifiers.has("subnormal")  ? run<testp<T, 5>>
                                       : nullptr;
}
static Execute selectTestp(const Modifiers &modifiers, Inst &) {
  return modifiers.type() == Type::F64 ? selectTestpOf<double>(modifiers)
                                       : selectTestpOf<float>(modifiers);
}

/// The forms of instructions that both have, for integers and for other
/// numbers.
template <Execute (*Select)(const Modifiers &modifiers, Inst &inst)>
static Execute selectEither(const Modifiers &modifiers, Inst &inst) {
  Type type = modifiers.type();
  bool isWhole = isSigned(type) || isUnsigned(type) || isBits(type) ||
                 type == Type::U16x2 || type == Type::S16x2;
  static constexpr llvm::StringLiteral others[] = {"lo", "hi", "wide", "cc"};
  bool isOther = isWhole ? modifiers.hasRounding || modifiers.isFtz
                         : llvm::any_of(others, [&](llvm::StringRef flag) {
                             return modifiers.has(flag);
                           });
  return isOther ? nullptr : Select(modifiers, inst);
}

static const InstructionRow kRows[] = {
    {"add", "dss", "@round @ftz @sat cc", selectEither<selectAdd>},
    {"sub", "dss", "@round @ftz @sat cc", selectEither<selectSub>},
    {"mul", "dss", "@round @ftz @sat lo hi wide", selectEither<selectMul>},
    {"mad", "dsss", "@round @ftz @sat lo hi wide cc", selectEither<selectMad>},
    {"fma", "dsss", "@round @ftz @sat relu oob", selectFma},
    {"div", "dss", "@round @ftz approx full", selectEither<selectDiv>},
    {"min", "dss", "@ftz NaN xorsign abs relu",
     selectEither<selectMinMax<false>>},
    {"max", "dss", "@ftz NaN xorsign abs relu",
     selectEither<selectMinMax<true>>},
    {"neg", "ds", "@ftz", selectEither<selectNeg>},
    {"abs", "ds", "@ftz", selectEither<selectAbs>},
    {"rcp", "ds", "@round @ftz approx", selectRcp},
    {"sqrt", "ds", "@round @ftz approx", selectSqrt},
    {"rsqrt", "ds", "@ftz approx", selectRsqrt},
    {"sin", "ds", "@ftz approx", selectSin},
    {"cos", "ds", "@ftz approx", selectCos},
    {"lg2", "ds", "@ftz approx", selectLg2},
    {"ex2", "ds", "@ftz approx", selectEx2},
    {"tanh", "ds", "approx", selectTanh},
    {"copysign", "dss", "", selectCopysign},
    {"testp", "ds", "finite infinite number notanumber normal subnormal",
     selectTestp},
};

llvm::ArrayRef<InstructionRow> mlir::dag::ptx::getFloatRows() { return kRows; }
