//===- TensorBoxes.cpp - Boxes and columns of tensors -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a copy by a tensor map visits, and in which order it lies in shared
// memory (PTX ISA, 5.5.3 to 5.5.7): a box as the tensor has it, or the pixels
// of a column one behind the other.
//
//===----------------------------------------------------------------------===//

#include "TensorBoxes.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>

using namespace mlir::dag::ptx;

/// Elements that a box of `cuTensorMapEncodeTiled` has in a dimension. There is
/// no step in the first one.
static unsigned getBoxSize(const TensorMap &map, unsigned dim) {
  return dim == 0 ? map.box[0]
                  : llvm::divideCeil(map.box[dim], map.elementStrides[dim]);
}

unsigned mlir::dag::ptx::getBoxBytes(const TensorMap &map) {
  unsigned bytes = map.elementBytes * map.box[0];
  if (map.isIm2col)
    return bytes * map.box[1];
  for (unsigned i = 1; i < map.box.size(); ++i)
    bytes *= getBoxSize(map, i);
  return bytes;
}

/// The last pixel of the bounding box in a dimension of the image.
static int64_t getLast(const TensorMap &map, unsigned image) {
  return int64_t(map.dims[image + 1]) - 1 + map.upperCorner[image];
}

std::string mlir::dag::ptx::checkPlace(const TensorMap &map,
                                       const BoxPlace &place) {
  if (unsigned slice = map.getSliceBytes();
      slice > 0 && place.coordinates[0] * int64_t(map.elementBytes) % slice)
    return "expected the first channel at the begin of a slice of " +
           std::to_string(slice / map.elementBytes) + ", but got " +
           std::to_string(place.coordinates[0]);
  if (!map.isIm2col)
    return "";
  // 16, 8 or 5 bits for each offset.
  unsigned most = map.getRank() == 3 ? 65535 : map.getRank() == 4 ? 255 : 31;
  static const char *const kNames[] = {"W", "H", "D"};
  for (unsigned i = 0; i + 2 < map.getRank(); ++i) {
    int64_t base = place.coordinates[i + 1];
    if (base < map.lowerCorner[i] || base > getLast(map, i))
      return std::string("expected ") + kNames[i] +
             " in the bounding box, from " +
             std::to_string(map.lowerCorner[i]) + " to " +
             std::to_string(getLast(map, i)) + ", but got " +
             std::to_string(base);
    if (i < place.offsets.size() && place.offsets[i] > most)
      return std::string("expected an offset of ") + kNames[i] +
             " of at most " + std::to_string(most) + ", but got " +
             std::to_string(place.offsets[i]);
  }
  return "";
}

/// Which address bits are exchanged depends on the address, not on the box.
static uint32_t swizzle(uint32_t address, Swizzle how) {
  uint32_t mask = how == Swizzle::B128  ? 7
                  : how == Swizzle::B64 ? 3
                  : how == Swizzle::B32 ? 1
                                        : 0;
  return address ^ ((address >> 7 & mask) << 4);
}

namespace {
/// Lays rows of channels one behind the other in shared memory.
struct Rows {
  const TensorMap &map;
  llvm::function_ref<void(const BoxChunk &)> body;
  uint32_t offset;

  /// `channel` is the first one, and `global` where it is if `isWithin`.
  void add(int64_t channel, unsigned bytes, int64_t global, bool isWithin) {
    int64_t begin = channel * map.elementBytes;
    int64_t low = std::max<int64_t>(0, -begin);
    int64_t high = std::min<int64_t>(
        bytes, int64_t(map.dims[0]) * map.elementBytes - begin);
    for (unsigned byte = 0; byte < bytes; byte += 16) {
      BoxChunk chunk;
      chunk.shared = swizzle(offset + byte, map.swizzle);
      int64_t from = std::clamp<int64_t>(low - byte, 0, 16);
      int64_t to = std::clamp<int64_t>(high - byte, 0, 16);
      if (isWithin && to > from) {
        chunk.first = from;
        chunk.count = to - from;
        chunk.global = global + byte + from;
      }
      body(chunk);
    }
    offset += bytes;
  }
};

/// A dimension other than that of channels in a row: how many places are
/// visited, and which.
struct Loop {
  unsigned count = 1;
  int64_t first = 0;
  unsigned step = 1;
  uint64_t size = 1;
  int64_t stride = 0;
  /// Channels in a slice, if it is of these.
  unsigned channels = 0;
};
} // namespace

/// The stride of a dimension behind the first one.
static int64_t getStride(const TensorMap &map, unsigned dim) {
  unsigned slice = map.getSliceBytes();
  if (slice == 0 || dim + 1 == map.getRank())
    return map.strides[dim - 1];
  return dim == 1 ? slice : map.strides[dim - 2];
}

/// The stride of slices of channels.
static int64_t getSliceStride(const TensorMap &map) {
  return map.strides[map.getRank() - 3];
}

static void visitBox(const TensorMap &map, const BoxPlace &place, Rows rows) {
  llvm::SmallVector<Loop, 5> loops;
  unsigned rowBytes = map.box[0] * map.elementBytes, rowCount = 1;
  if (unsigned slice = map.getSliceBytes())
    rowBytes = slice;
  for (unsigned i = 1; i < map.getRank(); ++i) {
    if (map.interleave != Interleave::None && i + 1 == map.getRank()) {
      // Slices are between the images and their batch.
      unsigned channels = rowBytes / map.elementBytes;
      loops.push_back({map.box[0] / channels,
                       place.coordinates[0] / int64_t(channels), 1,
                       llvm::divideCeil(map.dims[0], channels),
                       getSliceStride(map), channels});
    }
    loops.push_back({getBoxSize(map, i), place.coordinates[i],
                     map.elementStrides[i], map.dims[i], getStride(map, i)});
  }
  for (const Loop &loop : loops)
    rowCount *= loop.count;
  for (unsigned row = 0; row < rowCount; ++row) {
    bool isWithin = true;
    int64_t channel = place.coordinates[0], global = 0;
    unsigned rest = row;
    for (const Loop &loop : loops) {
      int64_t at = loop.first + int64_t(rest % loop.count) * loop.step;
      rest /= loop.count;
      isWithin &= at >= 0 && at < int64_t(loop.size);
      global += at * loop.stride;
      if (loop.channels > 0)
        channel = at * loop.channels;
    }
    if (map.interleave == Interleave::None)
      global += channel * map.elementBytes;
    rows.add(channel, rowBytes, global, isWithin);
  }
}

/// The base goes through the bounding box, and on into the next image; what is
/// read is at the offsets from it.
static void visitColumn(const TensorMap &map, const BoxPlace &place,
                        Rows rows) {
  unsigned rank = map.getRank(), rowBytes = map.box[0] * map.elementBytes;
  llvm::SmallVector<int64_t, 5> base(place.coordinates.begin(),
                                     place.coordinates.end());
  int64_t channel = base[0], first = channel * map.elementBytes;
  if (unsigned slice = map.getSliceBytes())
    first = first / slice * getSliceStride(map);
  for (unsigned pixel = 0; pixel < map.box[1]; ++pixel) {
    bool isWithin = true;
    int64_t global = first;
    for (unsigned i = 1; i < rank; ++i) {
      int64_t at = base[i];
      if (i - 1 < place.offsets.size())
        at += place.offsets[i - 1];
      isWithin &= at >= 0 && at < int64_t(map.dims[i]);
      global += at * getStride(map, i);
    }
    rows.add(channel, rowBytes, global, isWithin);
    unsigned i = 1;
    for (; i + 1 < rank; ++i) {
      base[i] += map.elementStrides[i];
      if (base[i] <= getLast(map, i - 1))
        break;
      base[i] = map.lowerCorner[i - 1];
    }
    if (i + 1 == rank)
      ++base[i];
  }
}

void mlir::dag::ptx::forEachChunk(
    const TensorMap &map, const BoxPlace &place, uint32_t offset,
    llvm::function_ref<void(const BoxChunk &)> body) {
  Rows rows{map, body, offset};
  if (map.isIm2col)
    visitColumn(map, place, rows);
  else
    visitBox(map, place, rows);
}
