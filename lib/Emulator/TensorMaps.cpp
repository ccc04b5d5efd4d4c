//===- TensorMaps.cpp - Boxes of tensors -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TensorMaps.h"

#include <algorithm>

using namespace mlir::dag::ptx;
using llvm::Twine;

unsigned mlir::dag::ptx::getBoxBytes(const TensorMap &map) {
  unsigned bytes = map.elementBytes;
  for (unsigned size : map.box)
    bytes *= size;
  return bytes;
}

/// Which address bits are exchanged depends on the address, not on the box.
static uint32_t swizzle(uint32_t address, Swizzle how) {
  uint32_t mask = how == Swizzle::B128  ? 7
                  : how == Swizzle::B64 ? 3
                  : how == Swizzle::B32 ? 1
                                        : 0;
  return address ^ ((address >> 7 & mask) << 4);
}

void mlir::dag::ptx::forEachChunk(
    const TensorMap &map, llvm::ArrayRef<int32_t> coordinates, uint32_t offset,
    llvm::function_ref<void(const BoxChunk &)> body) {
  unsigned rank = map.box.size(), rows = 1;
  for (unsigned i = 1; i < rank; ++i)
    rows *= map.box[i];
  unsigned rowBytes = map.box[0] * map.elementBytes;
  // Bytes of a row that are within the tensor.
  int64_t begin = int64_t(coordinates[0]) * map.elementBytes;
  int64_t low = std::max<int64_t>(0, -begin);
  int64_t high = std::min<int64_t>(
      rowBytes, int64_t(map.dims[0]) * map.elementBytes - begin);
  for (unsigned row = 0; row < rows; ++row) {
    bool isWithin = true;
    int64_t global = begin;
    for (unsigned i = 1, rest = row; i < rank; ++i) {
      int64_t place = coordinates[i] + int64_t(rest % map.box[i]);
      rest /= map.box[i];
      isWithin &= place >= 0 && place < int64_t(map.dims[i]);
      global += place * int64_t(map.strides[i - 1]);
    }
    for (unsigned byte = 0; byte < rowBytes; byte += 16) {
      BoxChunk chunk;
      chunk.shared = swizzle(offset + row * rowBytes + byte, map.swizzle);
      int64_t from = std::clamp<int64_t>(low - byte, 0, 16);
      int64_t to = std::clamp<int64_t>(high - byte, 0, 16);
      if (isWithin && to > from) {
        chunk.first = from;
        chunk.count = to - from;
        chunk.global = global + byte + from;
      }
      body(chunk);
    }
  }
}

const TensorMap *mlir::dag::ptx::findTensorMap(Warp &warp, uint64_t address,
                                               unsigned rank, unsigned lane) {
  Machine &machine = warp.machine;
  uint64_t offset = 0;
  Region *region = machine.memory.find(address);
  if (region)
    offset = address - region->address;
  if (!region || offset + 128 > region->bytes->size()) {
    machine.fault(Code::BadTensorMap, warp,
                  "the address of the tensor map is in no memory", lane);
    return nullptr;
  }
  std::optional<unsigned> index =
      readTensorMapBytes(region->bytes->data() + offset);
  if (!index || *index >= machine.launch.tensorMaps.size()) {
    machine.fault(Code::BadTensorMap, warp,
                  "there is no tensor map at this address", lane);
    return nullptr;
  }
  if (offset % 64 != 0) {
    machine.fault(Code::Misaligned, warp,
                  "the tensor map is not at a multiple of 64", lane);
    return nullptr;
  }
  const TensorMap &map = machine.launch.tensorMaps[*index];
  if (map.box.size() != rank) {
    machine.fault(Code::BadTensorMap, warp,
                  "expected a tensor map of rank " + Twine(rank) +
                      ", but got " + Twine(map.box.size()),
                  lane);
    return nullptr;
  }
  return &map;
}
