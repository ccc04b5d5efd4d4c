//===- Lanes.h - From a function of values to one of lanes -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_EMULATOR_LANES_H
#define DAG_EMULATOR_LANES_H

#include "InstructionTable.h"
#include "Machine.h"
#include "Numbers.h"

namespace mlir::dag::ptx {

template <typename T>
inline T unpack(uint64_t bits) {
  if constexpr (std::is_same_v<T, float>)
    return toFloat(bits);
  else if constexpr (std::is_same_v<T, double>)
    return toDouble(bits);
  else
    return T(bits);
}

/// Values are kept in registers without what is beyond their width.
template <typename T>
inline uint64_t pack(T value) {
  if constexpr (std::is_floating_point_v<T>)
    return toBits(value);
  else if constexpr (std::is_same_v<T, bool>)
    return value;
  else
    return std::make_unsigned_t<T>(value);
}

/// What the order of a load or a store of `address` acquires, or releases.
void acquireFor(Warp &warp, const Inst &inst, uint64_t address, unsigned lane);
void releaseFor(Warp &warp, const Inst &inst, uint64_t address, unsigned lane);

/// Whether all live lanes are here, which `.aligned` promises; a finding
/// otherwise.
void checkAligned(Warp &warp, const Inst &inst);

template <auto Function>
struct Lanes;

/// `run` executes `Function` in each lane on its operands: the destination, and
/// the sources in their order. `Ftz` flushes what goes in and comes out, `Sat`
/// clamps to [0, 1].
template <typename R, typename... A, R (*Function)(A...)>
struct Lanes<Function> {
  template <bool Ftz, bool Sat>
  static R apply(A... arguments) {
    if constexpr (std::is_same_v<R, float>) {
      float result;
      if constexpr (Ftz)
        result = flush(Function(flushed(arguments)...));
      else
        result = Function(arguments...);
      if constexpr (Sat)
        result = result > 0 ? std::min(result, 1.0f) : 0.0f;
      return result;
    } else if constexpr (Ftz) {
      return Function(flushed(arguments)...);
    } else {
      return Function(arguments...);
    }
  }
  template <typename T>
  static T flushed(T value) {
    if constexpr (std::is_same_v<T, float>)
      return flush(value);
    else
      return value;
  }
  template <bool Ftz, bool Sat, size_t... I>
  static void runAll(Warp &warp, const Inst &inst, std::index_sequence<I...>) {
    const uint64_t *sources[] = {warp.source(inst.ops[I + 1])...};
    uint64_t *result = warp.destination(inst.ops[0]);
    forEachLane(warp.mask, [&](unsigned lane) {
      result[lane] = pack(apply<Ftz, Sat>(unpack<A>(sources[I][lane])...));
    });
  }
  template <bool Ftz = false, bool Sat = false>
  static void run(Warp &warp, const Inst &inst) {
    runAll<Ftz, Sat>(warp, inst, std::index_sequence_for<A...>());
  }
};

template <auto Function>
inline constexpr Execute run = &Lanes<Function>::run;

/// The form for f32 that `.ftz` and `.sat` ask for.
template <auto Function>
Execute runFloat(const Modifiers &modifiers) {
  if (modifiers.isFtz)
    return modifiers.isSaturating ? &Lanes<Function>::template run<true, true>
                                  : &Lanes<Function>::template run<true, false>;
  return modifiers.isSaturating ? &Lanes<Function>::template run<false, true>
                                : &Lanes<Function>::template run<false, false>;
}

/// Calls `pick` with a value of the integer type that `type` is; bits count as
/// unsigned. Null for another type.
template <typename Pick>
Execute byInteger(Type type, Pick pick) {
  switch (type) {
  case Type::U8:
  case Type::B8:
    return pick(uint8_t());
  case Type::S8:
    return pick(int8_t());
  case Type::U16:
  case Type::B16:
    return pick(uint16_t());
  case Type::S16:
    return pick(int16_t());
  case Type::U32:
  case Type::B32:
    return pick(uint32_t());
  case Type::S32:
    return pick(int32_t());
  case Type::U64:
  case Type::B64:
    return pick(uint64_t());
  case Type::S64:
    return pick(int64_t());
  default:
    return nullptr;
  }
}

inline bool isSigned(Type type) {
  return type >= Type::S8 && type <= Type::S64;
}
inline bool isUnsigned(Type type) {
  return type >= Type::U8 && type <= Type::U64;
}
inline bool isBits(Type type) { return type >= Type::B8 && type <= Type::B64; }

} // namespace mlir::dag::ptx

#endif // DAG_EMULATOR_LANES_H
