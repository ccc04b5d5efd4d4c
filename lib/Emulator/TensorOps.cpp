//===- TensorOps.cpp - Copies of tensors -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BulkOps.h"
#include "Lanes.h"
#include "TensorBoxes.h"
#include "TensorMaps.h"

using namespace mlir::dag::ptx;

namespace {
/// What a copy of a tensor is of.
struct TensorCopy {
  TensorMap map;
  unsigned bytes = 0;
  /// Of the map and the coordinates, from the fastest dimension on.
  llvm::SmallVector<int32_t, 5> coordinates;
  llvm::SmallVector<uint16_t, 3> offsets;

  std::vector<Piece> getPieces(uint32_t offset) const;
};
} // namespace

std::vector<Piece> TensorCopy::getPieces(uint32_t offset) const {
  std::vector<Piece> pieces;
  pieces.reserve(bytes / 16);
  forEachChunk(map, {coordinates, offsets}, offset, [&](const BoxChunk &chunk) {
    pieces.push_back({chunk.shared, map.address + chunk.global, 16, chunk.first,
                      chunk.count});
  });
  return pieces;
}

/// `aux[2]`: the rank; `aux[3]`: whether it is of im2col, and the operand of
/// its offsets above that, or 0.
static std::optional<TensorCopy> findCopy(Warp &warp, const Inst &inst,
                                          const Op &address, unsigned lane) {
  const Program &program = warp.machine.program;
  std::optional<TensorMap> map = findTensorMap(
      warp, warp.getAddress(address, lane), inst.aux[2], inst.aux[3] & 1, lane);
  if (!map)
    return std::nullopt;
  TensorCopy copy;
  for (unsigned row : program.getList(program.getExtra(address)))
    copy.coordinates.push_back(int32_t(warp.source(row)[lane]));
  if (unsigned operand = inst.aux[3] >> 1)
    for (unsigned row : program.getList(inst.ops[operand]))
      copy.offsets.push_back(uint16_t(warp.source(row)[lane]));
  std::string wrong = checkPlace(*map, {copy.coordinates, copy.offsets});
  if (!wrong.empty()) {
    warp.machine.fault(Code::BadTensorMap, warp, wrong, lane);
    return std::nullopt;
  }
  copy.bytes = getBoxBytes(*map);
  copy.map = std::move(*map);
  return copy;
}

static void runTensorLoad(Warp &warp, const Inst &inst) {
  Machine &machine = warp.machine;
  forEachLane(warp.mask, [&](unsigned lane) {
    if (machine.hasStopped)
      return;
    std::optional<TensorCopy> copy = findCopy(warp, inst, inst.ops[1], lane);
    if (!copy)
      return;
    uint32_t offset, barrier;
    Block *block =
        machine.getShared(warp, inst.space, warp.getAddress(inst.ops[0], lane),
                          copy->bytes, offset, lane);
    Block *other = machine.getShared(
        warp, inst.space, warp.getAddress(inst.ops[2], lane), 8, barrier, lane);
    if (!block || !other ||
        !checkAlignment(warp, offset, 128, "the target", lane))
      return;
    const Op *mask = inst.aux[0] ? &inst.ops[inst.aux[0]] : nullptr;
    if (!mask && !checkBlock(warp, *block, *other, lane))
      return;
    std::vector<Piece> pieces = copy->getPieces(offset);
    for (Block *target : getTargets(warp, block, mask, lane))
      beginLoad(warp, *target, barrier, lane, pieces, copy->bytes,
                copy->map.fillsNaN ? 0xff : 0);
  });
}

static void runTensorStore(Warp &warp, const Inst &inst) {
  Machine &machine = warp.machine;
  forEachLane(warp.mask, [&](unsigned lane) {
    if (machine.hasStopped)
      return;
    std::optional<TensorCopy> copy = findCopy(warp, inst, inst.ops[0], lane);
    if (!copy)
      return;
    uint32_t offset;
    Block *block = machine.getShared(warp, Space::Shared,
                                     warp.getAddress(inst.ops[1], lane),
                                     copy->bytes, offset, lane);
    if (!block || !checkAlignment(warp, offset, 128, "the source", lane))
      return;
    beginStore(warp, lane, copy->getPieces(offset), copy->bytes,
               int(inst.aux[0]) - 1, copy->map.type);
  });
}

//===----------------------------------------------------------------------===//
// Forms
//===----------------------------------------------------------------------===//

static unsigned getRank(const Modifiers &modifiers) {
  for (llvm::StringRef flag : modifiers.flags)
    if (flag.size() == 2 && flag[1] == 'd' && flag[0] >= '1' && flag[0] <= '5')
      return flag[0] - '0';
  return 0;
}

/// The coordinates have to be as many as the rank says.
static bool hasCoordinates(const Inst &inst, unsigned operand, unsigned rank) {
  const auto &elements = inst.source->operands[operand].elements;
  return elements.size() == 2 && elements[1].kind == Operand::Kind::Vector &&
         elements[1].elements.size() == rank;
}

/// Takes note of im2col and of its offsets at operand `operand`, one less than
/// the rank has dimensions of an image and a batch. A store has no offsets.
static bool takeIm2col(const Modifiers &modifiers, Inst &inst, unsigned rank,
                       unsigned operand, bool isStore) {
  bool isIm2col = modifiers.has(isStore ? "im2col_no_offs" : "im2col");
  if (modifiers.has(isStore ? "im2col" : "im2col_no_offs") ||
      (isIm2col && (rank < 3 || modifiers.has("tile"))))
    return false;
  if (!isIm2col)
    return true;
  inst.aux[3] = 1 | (isStore ? 0 : operand << 1);
  if (isStore)
    return true;
  if (operand >= inst.numOps)
    return false;
  const Operand &offsets = inst.source->operands[operand];
  return offsets.kind == Operand::Kind::Vector &&
         offsets.elements.size() == rank - 2;
}

static Execute selectTensor(const Modifiers &modifiers, Inst &inst) {
  unsigned rank = inst.aux[2] = getRank(modifiers);
  if (rank == 0 || modifiers.spaces.size() != 2)
    return nullptr;
  bool isMulticast = modifiers.has("multicast::cluster");
  bool isLoad = isShared(modifiers.spaces[0]);
  if (!takeIm2col(modifiers, inst, rank, 3, !isLoad))
    return nullptr;
  if (isLoad) {
    unsigned mask = inst.aux[3] ? 4 : 3;
    if (modifiers.spaces[1] != Space::Global ||
        inst.numOps < mask + isMulticast || !hasCoordinates(inst, 1, rank) ||
        inst.source->operands[2].kind != Operand::Kind::Address ||
        !modifiers.has("mbarrier::complete_tx::bytes"))
      return nullptr;
    if (mask < inst.numOps && inst.ops[mask].kind == Op::Kind::List)
      return nullptr;
    inst.aux[0] = isMulticast ? mask : 0;
    return runTensorLoad;
  }
  return hasCoordinates(inst, 0, rank) && inst.numOps <= 3 &&
                 inst.source->operands[1].kind == Operand::Kind::Address
             ? runTensorStore
             : nullptr;
}

static Execute selectTensorReduce(const Modifiers &modifiers, Inst &inst) {
  int operation = findOperation(modifiers);
  unsigned rank = inst.aux[2] = getRank(modifiers);
  if (operation < 0 || rank == 0 || !hasCoordinates(inst, 0, rank) ||
      !takeIm2col(modifiers, inst, rank, 0, /*isStore=*/true))
    return nullptr;
  inst.aux[0] = operation + 1;
  return runTensorStore;
}

/// A prefetch moves nothing, but its map and place have to be right.
static void runTensorPrefetch(Warp &warp, const Inst &inst) {
  forEachLane(warp.mask, [&](unsigned lane) {
    if (!warp.machine.hasStopped)
      (void)findCopy(warp, inst, inst.ops[0], lane);
  });
}

static Execute selectTensorPrefetch(const Modifiers &modifiers, Inst &inst) {
  unsigned rank = inst.aux[2] = getRank(modifiers);
  unsigned last = inst.numOps - 1;
  return rank > 0 && hasCoordinates(inst, 0, rank) &&
                 takeIm2col(modifiers, inst, rank, 1, /*isStore=*/false) &&
                 (inst.ops[last].kind != Op::Kind::List || inst.aux[3])
             ? runTensorPrefetch
             : nullptr;
}

static constexpr llvm::StringRef kTensor =
    "@space 1d 2d 3d 4d 5d tile im2col im2col_no_offs "
    "mbarrier::complete_tx::bytes bulk_group multicast::cluster L2::*";

static const InstructionRow kRows[] = {
    {"cp.async.bulk.tensor", "mmy?S?s?s?", kTensor, selectTensor},
    {"cp.reduce.async.bulk.tensor", "mms?",
     "@space 1d 2d 3d 4d 5d tile im2col_no_offs bulk_group and or xor add inc "
     "dec min max "
     "L2::*",
     selectTensorReduce},
    {"cp.async.bulk.prefetch.tensor", "mS?s?",
     "1d 2d 3d 4d 5d L2 @space tile im2col L2::*", selectTensorPrefetch},
};

llvm::ArrayRef<InstructionRow> mlir::dag::ptx::getTensorRows() { return kRows; }
