//===- Atomics.cpp - Atomic operations -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lanes.h"

#include <algorithm>
#include <cstring>

using namespace mlir::dag::ptx;

enum class AtomicKind : uint8_t {
  And,
  Or,
  Xor,
  Exch,
  Cas,
  Add,
  Inc,
  Dec,
  Min,
  Max
};

static std::optional<AtomicKind> getOperation(const Modifiers &modifiers) {
  static const std::pair<llvm::StringRef, AtomicKind> kNames[] = {
      {"and", AtomicKind::And}, {"or", AtomicKind::Or},
      {"xor", AtomicKind::Xor}, {"exch", AtomicKind::Exch},
      {"cas", AtomicKind::Cas}, {"add", AtomicKind::Add},
      {"inc", AtomicKind::Inc}, {"dec", AtomicKind::Dec},
      {"min", AtomicKind::Min}, {"max", AtomicKind::Max}};
  for (const auto &[name, operation] : kNames)
    if (modifiers.has(name))
      return operation;
  return std::nullopt;
}

template <typename T>
static uint64_t reduceAs(AtomicKind operation, uint64_t oldBits,
                         uint64_t bits) {
  T old = unpack<T>(oldBits), value = unpack<T>(bits);
  switch (operation) {
  case AtomicKind::Min:
    return pack(std::min(old, value));
  case AtomicKind::Max:
    return pack(std::max(old, value));
  default:
    return pack(T(old + value));
  }
}

template <const Format &F>
static uint64_t reduceHalves(AtomicKind operation, uint64_t old, uint64_t bits,
                             unsigned width) {
  uint64_t result = 0;
  for (unsigned shift = 0; shift < width; shift += 16) {
    double a = decode(uint16_t(old >> shift), F);
    double b = decode(uint16_t(bits >> shift), F);
    double value = operation == AtomicKind::Min   ? std::fmin(a, b)
                   : operation == AtomicKind::Max ? std::fmax(a, b)
                                                  : fuseToOdd(1, a, b);
    result |= uint64_t(encode(value, F)) << shift;
  }
  return result;
}

namespace mlir::dag::ptx {
uint64_t reduce(unsigned number, Type type, uint64_t old, uint64_t value) {
  auto operation = AtomicKind(number);
  switch (operation) {
  case AtomicKind::And:
    return old & value;
  case AtomicKind::Or:
    return old | value;
  case AtomicKind::Xor:
    return old ^ value;
  case AtomicKind::Exch:
  case AtomicKind::Cas:
    return value;
  case AtomicKind::Inc:
    return old >= value ? 0 : old + 1;
  case AtomicKind::Dec:
    return old == 0 || old > value ? value : old - 1;
  default:
    break;
  }
  switch (type) {
  case Type::F32:
    return reduceAs<float>(operation, old, value);
  case Type::F64:
    return reduceAs<double>(operation, old, value);
  case Type::F16:
  case Type::F16x2:
    return reduceHalves<kF16>(operation, old, value, getBits(type));
  case Type::BF16:
  case Type::BF16x2:
    return reduceHalves<kBF16>(operation, old, value, getBits(type));
  case Type::S32:
    return reduceAs<int32_t>(operation, old, value);
  case Type::S64:
    return reduceAs<int64_t>(operation, old, value);
  case Type::U64:
  case Type::B64:
    return reduceAs<uint64_t>(operation, old, value);
  default:
    return reduceAs<uint32_t>(operation, old, value);
  }
}

int findOperation(const Modifiers &modifiers) {
  std::optional<AtomicKind> operation = getOperation(modifiers);
  return operation ? int(*operation) : -1;
}
} // namespace mlir::dag::ptx

/// One lane: `bytes` are changed; the old value. `order` and scope are those
/// of the instruction.
static void synchronise(Warp &warp, const Inst &inst, uint64_t address,
                        unsigned lane) {
  Machine &machine = warp.machine;
  uint64_t key = machine.getKey(warp, inst.space, address);
  if (inst.order == Order::Acquire || inst.order >= Order::AcquireRelease)
    machine.acquire(warp, key, inst.scope, lane);
  if (inst.order >= Order::Release) {
    machine.release(warp, key, inst.scope, lane);
    return;
  }
  machine.acquireByFence(warp, key, inst.scope);
  machine.releaseAgain(warp, key, inst.scope, lane);
}

/// `aux[0]`: the operation; `aux[1]`: the operand of the address.
static void runAtomic(Warp &warp, const Inst &inst) {
  Machine &machine = warp.machine;
  auto operation = AtomicKind(inst.aux[0]);
  const Op &address = inst.ops[inst.aux[1]];
  const Op &valueOp = inst.ops[inst.aux[1] + 1];
  auto valueRows = machine.program.getList(valueOp);
  unsigned size = getBits(inst.type) / 8, count = valueRows.size();
  bool hasResult = inst.aux[1] == 1;
  bool isRead = hasResult && machine.program.isRead(inst.ops[0]);
  uint64_t results[8][kLanes];
  bool hasChanged = false;
  uint64_t mask = size == 8 ? ~uint64_t(0) : (uint64_t(1) << 8 * size) - 1;
  bool canFlush = inst.type == Type::F32 && operation == AtomicKind::Add;
  forEachLane(warp.mask, [&](unsigned lane) {
    uint64_t place = warp.getAddress(address, lane);
    // Sums of f32 have no subnormal numbers in global memory (9.7.13.5).
    bool isFlushed =
        canFlush &&
        (inst.space == Space::Global ||
         (inst.space == Space::Generic && place >> window::kSlotBits != 1));
    auto flushed = [&](uint64_t bits) {
      return isFlushed ? toBits(flush(toFloat(bits))) : bits;
    };
    if (machine.hasStopped ||
        !machine.checkAlignment(warp, place, size * count, lane))
      return;
    Actor actor = warp.getActor(lane, /*isStrong=*/true);
    actor.isAtomic = true;
    actor.observes = isRead;
    actor.reads = operation != AtomicKind::Exch || hasResult;
    uint8_t *bytes = machine.resolveFor(warp, actor, inst.space, place,
                                        size * count, AccessKind::Write);
    if (!bytes)
      return;
    synchronise(warp, inst, place, lane);
    for (unsigned i = 0; i < count; ++i) {
      uint64_t old = 0, value = warp.source(valueRows[i])[lane] & mask;
      std::memcpy(&old, bytes + i * size, size);
      results[i][lane] = old;
      uint64_t next;
      if (operation == AtomicKind::Cas)
        next = old == value ? warp.get(inst.ops[inst.aux[1] + 2], lane) : old;
      else
        next = flushed(
            reduce(inst.aux[0], inst.type, flushed(old), flushed(value)));
      next &= mask;
      hasChanged |= next != old;
      std::memcpy(bytes + i * size, &next, size);
    }
  });
  if (hasChanged)
    machine.progress();
  if (!hasResult)
    return;
  llvm::SmallVector<uint64_t, kLanes> places, values;
  forEachLane(warp.mask, [&](unsigned lane) {
    places.push_back(warp.getAddress(address, lane));
    for (unsigned i = 0; i < count; ++i)
      values.push_back(results[i][lane]);
  });
  warp.isSpinning = warp.isSame(places, values) && !hasChanged;
  auto rows = machine.program.getList(inst.ops[0]);
  for (unsigned i = 0; i < count; ++i) {
    uint64_t *to = warp.destinationRow(
        inst.ops[0].kind == Op::Kind::Sink ? kNoRow : rows[i]);
    forEachLane(warp.mask, [&](unsigned lane) { to[lane] = results[i][lane]; });
  }
}

static Execute selectReduction(const Modifiers &modifiers, Inst &inst,
                               unsigned address) {
  std::optional<AtomicKind> operation = getOperation(modifiers);
  unsigned bits = getBits(modifiers.type());
  if (!operation || modifiers.types.size() != 1 || bits < 16 || bits > 64)
    return nullptr;
  // Of f32 and f64 there are sums alone, and of single halves.
  Type type = modifiers.type();
  bool isHalf = type >= Type::F16 && type <= Type::BF16x2;
  bool isFloat = type == Type::F32 || type == Type::F64;
  bool isSingle = isHalf && modifiers.getVectorSize() == 1;
  if ((isFloat || isSingle) && *operation != AtomicKind::Add)
    return nullptr;
  bool isCas = *operation == AtomicKind::Cas;
  if (inst.numOps < address + (isCas ? 3u : 2u))
    return nullptr;
  const Op &value = inst.ops[address + 1];
  if (value.kind == Op::Kind::List && (isCas || value.count > 8))
    return nullptr;
  if (address == 1 &&
      (inst.ops[0].kind == Op::Kind::List) != (value.kind == Op::Kind::List))
    return nullptr;
  inst.aux[0] = unsigned(*operation);
  inst.aux[1] = address;
  inst.scope = getScope(modifiers);
  inst.order = getOrder(modifiers, Order::Relaxed);
  return runAtomic;
}

static Execute selectAtom(const Modifiers &modifiers, Inst &inst) {
  return selectReduction(modifiers, inst, 1);
}
static Execute selectRed(const Modifiers &modifiers, Inst &inst) {
  return selectReduction(modifiers, inst, 0);
}

static constexpr llvm::StringRef kFlags =
    "@space relaxed acquire release acq_rel cta cluster gpu sys and or xor "
    "exch "
    "cas add inc dec min max noftz v2 v4 v8 L2::*";

static const InstructionRow kRows[] = {
    {"atom", "DmSs?s?", kFlags, selectAtom},
    {"red", "mSs?", kFlags, selectRed},
};

llvm::ArrayRef<InstructionRow> mlir::dag::ptx::getAtomicRows() { return kRows; }
