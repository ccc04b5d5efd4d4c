//===- TensorMapOps.cpp - Tensor maps that kernels change -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// tensormap.replace writes a field of a tensor map in memory; who copies by
// that map reads it through a proxy of its own, and needs the fence of that
// (PTX ISA, 9.7.13.4 and 9.7.13.18).
//
//===----------------------------------------------------------------------===//

#include "Lanes.h"
#include "TensorMaps.h"

#include "llvm/ADT/StringSwitch.h"

#include <cstring>

using namespace mlir::dag::ptx;
using llvm::Twine;

namespace {
enum class Field : uint32_t {
  Address,
  Rank,
  Box,
  Dim,
  Stride,
  ElementStride,
  Type,
  Interleave,
  Swizzle,
  Fill
};
} // namespace

/// Of tensormap.replace.elemtype, by number.
static constexpr Type kTypes[] = {Type::U8,  Type::U16, Type::U32,  Type::S32,
                                  Type::U64, Type::S64, Type::F16,  Type::F32,
                                  Type::F32, Type::F64, Type::BF16, Type::TF32,
                                  Type::TF32};

/// False if a field may not have this value.
static bool setField(TensorMap &map, Field field, uint64_t place,
                     uint64_t value) {
  size_t rank = map.getRank();
  switch (field) {
  case Field::Address:
    map.address = value;
    return value % 16 == 0;
  case Field::Rank:
    if (value >= 5)
      return false;
    map.box.resize(value + 1, 1);
    map.dims.resize(value + 1, 1);
    map.elementStrides.resize(value + 1, 1);
    map.strides.resize(value);
    return true;
  case Field::Box:
    return place < rank && value - 1 < 256 &&
           (map.box[place] = uint32_t(value), true);
  case Field::Dim:
    return place < rank && (map.dims[place] = uint32_t(value), true);
  case Field::Stride:
    return place + 1 < rank && (map.strides[place] = value, true);
  case Field::ElementStride:
    return place < rank && value - 1 < 8 &&
           (map.elementStrides[place] = uint32_t(value), true);
  case Field::Type:
    return value < std::size(kTypes) && (map.type = kTypes[value], true);
  case Field::Interleave:
    return value <= uint64_t(mlir::dag::ptx::Interleave::B32) &&
           (map.interleave = mlir::dag::ptx::Interleave(value), true);
  case Field::Swizzle:
    return value <= uint64_t(Swizzle::B128) &&
           (map.swizzle = mlir::dag::ptx::Swizzle(value), true);
  case Field::Fill:
    return value <= 1 && (map.fillsNaN = value == 1, true);
  }
  return false;
}

static void runReplace(Warp &warp, const Inst &inst) {
  Machine &machine = warp.machine;
  auto field = Field(inst.aux[0]);
  bool hasPlace = inst.numOps == 3;
  forEachLane(warp.mask, [&](unsigned lane) {
    if (machine.hasStopped)
      return;
    uint8_t *bytes = machine.resolveFor(warp, warp.getActor(lane), inst.space,
                                        warp.getAddress(inst.ops[0], lane), 128,
                                        AccessKind::Write);
    if (!bytes)
      return;
    std::optional<TensorMap> map = decodeTensorMap(bytes);
    if (!map)
      return machine.fault(Code::BadTensorMap, warp,
                           "there is no tensor map at this address", lane);
    if (map->isIm2col)
      return machine.fault(Code::BadTensorMap, warp,
                           "tensormap.replace.tile of a tensor map of im2col",
                           lane);
    uint64_t place = hasPlace ? warp.get(inst.ops[1], lane) : 0;
    uint64_t value = warp.get(inst.ops[inst.numOps - 1], lane);
    if (!setField(*map, field, place, value))
      return machine.fault(Code::BadTensorMap, warp,
                           "a tensor map of rank " + Twine(map->getRank()) +
                               " cannot have this field, or not the value " +
                               Twine(value),
                           lane);
    std::array<uint8_t, 128> changed = encodeTensorMap(*map);
    std::memcpy(bytes, changed.data(), changed.size());
  });
  machine.progress();
}

static Execute selectReplace(const Modifiers &modifiers, Inst &inst) {
  if (!modifiers.has("tile") || !modifiers.has("b1024") ||
      modifiers.spaces.size() > 1)
    return nullptr;
  static constexpr std::pair<const char *, Field> kFields[] = {
      {"global_address", Field::Address},
      {"rank", Field::Rank},
      {"box_dim", Field::Box},
      {"global_dim", Field::Dim},
      {"global_stride", Field::Stride},
      {"element_stride", Field::ElementStride},
      {"elemtype", Field::Type},
      {"interleave_layout", Field::Interleave},
      {"swizzle_mode", Field::Swizzle},
      {"fill_mode", Field::Fill}};
  for (auto [name, field] : kFields) {
    if (!modifiers.has(name))
      continue;
    bool hasPlace = field >= Field::Box && field <= Field::ElementStride;
    inst.aux[0] = uint32_t(field);
    return inst.numOps == (hasPlace ? 3 : 2) ? runReplace : nullptr;
  }
  return nullptr;
}

/// Copies a map from shared to global memory, and publishes it.
static void runCopy(Warp &warp, const Inst &inst) {
  Machine &machine = warp.machine;
  unsigned lane = warp.firstLane();
  if (warp.getUniform(inst.ops[2]) != 128)
    return machine.fault(Code::BadTensorMap, warp, "expected to copy 128 bytes",
                         lane);
  Actor actor = warp.getActor(lane);
  const uint8_t *from = machine.resolveFor(warp, actor, Space::Shared,
                                           warp.getAddress(inst.ops[1], lane),
                                           128, AccessKind::Read);
  uint8_t *to = from ? machine.resolveFor(warp, actor, Space::Global,
                                          warp.getAddress(inst.ops[0], lane),
                                          128, AccessKind::Write)
                     : nullptr;
  if (!to)
    return;
  std::memcpy(to, from, 128);
  machine.fence(warp, inst.scope);
  machine.progress();
}
static Execute selectCopy(const Modifiers &modifiers, Inst &inst) {
  inst.scope = getScope(modifiers);
  return modifiers.has("release") ? runCopy : nullptr;
}

static void runAcquire(Warp &warp, const Inst &inst) {
  Machine &machine = warp.machine;
  machine.fence(warp, inst.scope);
  forEachLane(warp.mask, [&](unsigned lane) {
    if (warp.get(inst.ops[1], lane) != 128)
      return machine.fault(Code::BadTensorMap, warp,
                           "expected a fence of 128 bytes, but got " +
                               Twine(warp.get(inst.ops[1], lane)),
                           lane);
    warp.known.fencedMaps.join(warp.getAddress(inst.ops[0], lane),
                               warp.known.order);
  });
}
static Execute selectAcquire(const Modifiers &modifiers, Inst &inst) {
  inst.scope = getScope(modifiers);
  return runAcquire;
}

static void runRelease(Warp &warp, const Inst &inst) {
  warp.machine.fence(warp, inst.scope);
}
static Execute selectRelease(const Modifiers &modifiers, Inst &inst) {
  inst.scope = getScope(modifiers);
  return runRelease;
}

static const InstructionRow kRows[] = {
    {"tensormap.replace", "mss?",
     "@space tile b1024 global_address rank box_dim global_dim global_stride "
     "element_stride elemtype interleave_layout swizzle_mode fill_mode",
     selectReplace},
    {"tensormap.cp_fenceproxy", "mms",
     "@space tensormap::generic release cta cluster gpu sys sync aligned",
     selectCopy},
    {"fence.proxy.tensormap::generic.acquire", "ms", "cta cluster gpu sys",
     selectAcquire},
    {"fence.proxy.tensormap::generic.release", "", "cta cluster gpu sys",
     selectRelease},
};

llvm::ArrayRef<InstructionRow> mlir::dag::ptx::getTensorMapRows() {
  return kRows;
}
