//===- MultimemOps.cpp - Memory of several GPUs at one address -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lanes.h"
#include "Matrix.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"

#include <cstring>

using namespace mlir::dag::ptx;
using llvm::Twine;

namespace {
/// Bytes of each buffer that a multicast address stands for, and their own
/// addresses.
struct Replica {
  uint8_t *bytes;
  uint64_t address;
};
using Replicas = llvm::SmallVector<Replica, 8>;

enum class Action : uint32_t { LoadReduce, Store, Reduce };
} // namespace

/// What the address of a lane stands for; empty after a finding.
static Replicas findReplicas(Warp &warp, const Inst &inst, uint64_t address,
                             unsigned bytes, AccessKind kind, unsigned lane) {
  Machine &machine = warp.machine;
  Replicas replicas;
  uint64_t index = (address >> window::kSlotBits) - window::kFirstMulticast;
  const auto &multicasts = machine.launch.multicasts;
  if (index >= multicasts.size()) {
    machine.fault(Code::BadAddress, warp,
                  "address 0x" + llvm::utohexstr(address, true) +
                      " is not a multicast address",
                  lane);
    return replicas;
  }
  for (unsigned buffer : multicasts[index]) {
    uint64_t own = getBufferAddress(buffer) | (address & (window::kSlot - 1));
    uint8_t *at = machine.resolve(warp, Space::Global, own, bytes, kind, lane,
                                  inst.order != Order::Weak);
    if (!at)
      return {};
    replicas.push_back({at, own});
  }
  return replicas;
}

static uint64_t read(const uint8_t *from, unsigned size) {
  uint64_t value = 0;
  std::memcpy(&value, from, size);
  return value;
}

/// The sum of halves in f32, rounded once.
static uint64_t addWide(Type type, const Replicas &replicas, unsigned offset,
                        unsigned size) {
  Type half = type == Type::F16x2    ? Type::F16
              : type == Type::BF16x2 ? Type::BF16
                                     : type;
  uint64_t result = 0;
  for (unsigned part = 0; part < size; part += 2) {
    float sum = 0;
    for (const Replica &replica : replicas) {
      float value =
          float(decodeNumber(read(replica.bytes + offset + part, 2), half));
      sum = &replica == replicas.begin() ? value : sum + value;
    }
    result |= encodeNumber(sum, half) << (8 * part);
  }
  return result;
}

/// `aux[0]`: the operation of `reduce`; `aux[2]`: whether halves are added in
/// f32.
static void runLoadReduce(Warp &warp, const Inst &inst) {
  Machine &machine = warp.machine;
  auto rows = machine.program.getList(inst.ops[0]);
  unsigned size = getBits(inst.type) / 8;
  uint64_t results[8][kLanes] = {};
  forEachLane(warp.mask, [&](unsigned lane) {
    if (machine.hasStopped)
      return;
    Replicas replicas =
        findReplicas(warp, inst, warp.getAddress(inst.ops[1], lane),
                     size * rows.size(), AccessKind::Read, lane);
    if (replicas.empty())
      return;
    if (inst.order != Order::Weak)
      for (const Replica &replica : replicas)
        acquireFor(warp, inst, replica.address, lane);
    for (unsigned i = 0; i < rows.size(); ++i) {
      uint64_t value = read(replicas[0].bytes + i * size, size);
      for (const Replica &replica : llvm::drop_begin(replicas))
        value = reduce(inst.aux[0], inst.type, value,
                       read(replica.bytes + i * size, size));
      if (inst.aux[2])
        value = addWide(inst.type, replicas, i * size, size);
      results[i][lane] = value;
    }
  });
  warp.isSpinning = inst.order != Order::Weak;
  bool isSink = inst.ops[0].kind == Op::Kind::Sink;
  for (unsigned i = 0; i < rows.size(); ++i) {
    uint64_t *to = warp.destinationRow(isSink ? kNoRow : rows[i]);
    forEachLane(warp.mask, [&](unsigned lane) { to[lane] = results[i][lane]; });
  }
}

/// Stores to all, or reduces in all.
template <Action What>
static void runWrite(Warp &warp, const Inst &inst) {
  Machine &machine = warp.machine;
  auto rows = machine.program.getList(inst.ops[1]);
  unsigned size = getBits(inst.type) / 8;
  forEachLane(warp.mask, [&](unsigned lane) {
    if (machine.hasStopped)
      return;
    Replicas replicas =
        findReplicas(warp, inst, warp.getAddress(inst.ops[0], lane),
                     size * rows.size(), AccessKind::Write, lane);
    for (const Replica &replica : replicas) {
      if (inst.order != Order::Weak)
        releaseFor(warp, inst, replica.address, lane);
      for (unsigned i = 0; i < rows.size(); ++i) {
        uint8_t *to = replica.bytes + i * size;
        uint64_t value = warp.source(rows[i])[lane];
        if constexpr (What == Action::Reduce)
          value = reduce(inst.aux[0], inst.type, read(to, size), value);
        std::memcpy(to, &value, size);
      }
    }
  });
  machine.progress();
}

/// Floating-point types may be vectors of 32, 64 or 128 bits together.
static bool hasVector(const Modifiers &modifiers, const Op &op) {
  unsigned count = modifiers.getVectorSize();
  unsigned bits = count * getBits(modifiers.type());
  if (count == 1)
    return op.kind != Op::Kind::List;
  bool isFloat = modifiers.type() >= Type::F16 && modifiers.type() <= Type::F32;
  return op.kind == Op::Kind::List && op.count == count && isFloat &&
         (bits == 32 || bits == 64 || bits == 128);
}

static bool hasOperation(Type type, llvm::StringRef operation) {
  bool isAdd = operation == "add";
  bool isRange = operation == "min" || operation == "max";
  switch (type) {
  case Type::B32:
  case Type::B64:
    return !isAdd && !isRange;
  case Type::F32:
  case Type::F64:
    return isAdd;
  case Type::U32:
  case Type::S32:
  case Type::U64:
  case Type::S64:
  case Type::F16:
  case Type::F16x2:
  case Type::BF16:
  case Type::BF16x2:
    return isAdd || isRange;
  default:
    return false;
  }
}

template <Action What>
static Execute select(const Modifiers &modifiers, Inst &inst) {
  constexpr bool kIsLoad = What == Action::LoadReduce;
  unsigned bits = getBits(modifiers.type());
  if (modifiers.types.size() != 1 || modifiers.spaces.size() > 1 || bits < 16 ||
      bits > 64 || !hasVector(modifiers, inst.ops[kIsLoad ? 0 : 1]) ||
      (!modifiers.spaces.empty() && modifiers.spaces[0] != Space::Global))
    return nullptr;
  for (llvm::StringRef name : {"add", "min", "max", "and", "or", "xor"})
    if (modifiers.has(name) && !hasOperation(modifiers.type(), name))
      return nullptr;
  int operation = findOperation(modifiers);
  if ((What == Action::Store) != (operation < 0))
    return nullptr;
  inst.aux[0] = unsigned(operation);
  inst.aux[2] = modifiers.has("acc::f32");
  if (inst.aux[2] && (!modifiers.has("add") || modifiers.type() < Type::F16 ||
                      modifiers.type() > Type::BF16x2))
    return nullptr;
  bool hasScope =
      modifiers.has("cta") || modifiers.has("cluster") || modifiers.has("gpu");
  inst.scope = hasScope ? getScope(modifiers) : Scope::Sys;
  inst.order = getOrder(modifiers,
                        What == Action::Reduce ? Order::Relaxed : Order::Weak);
  if constexpr (kIsLoad)
    return runLoadReduce;
  else
    return runWrite<What>;
}

static const InstructionRow kRows[] = {
    {"multimem.ld_reduce", "Dm",
     "@space weak relaxed acquire cta cluster gpu sys add min max and or xor "
     "acc::f32 v2 v4 v8",
     select<Action::LoadReduce>},
    {"multimem.st", "mS",
     "@space weak relaxed release cta cluster gpu sys v2 v4 v8",
     select<Action::Store>},
    {"multimem.red", "mS",
     "@space relaxed release cta cluster gpu sys add min max and or xor v2 v4 "
     "v8",
     select<Action::Reduce>},
};

llvm::ArrayRef<InstructionRow> mlir::dag::ptx::getMultimemRows() {
  return kRows;
}
