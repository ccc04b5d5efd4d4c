//===- TensorMaps.cpp - Tensor maps in memory -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TensorMaps.h"

#include <algorithm>
#include <cstring>

using namespace mlir::dag::ptx;
using llvm::Twine;

static bool isFloating(Type type) {
  return type == Type::F16 || type == Type::BF16 || type == Type::F32 ||
         type == Type::F64 || type == Type::TF32;
}

/// "expected WHAT, but got NUMBER".
static std::string expected(const Twine &what, int64_t number) {
  return ("expected " + what + ", but got " + Twine(number)).str();
}

/// What is wrong with the tensor: addresses, sizes and strides.
static std::string checkTensor(const TensorMap &map) {
  size_t rank = map.getRank();
  bool isInterleaved = map.interleave != Interleave::None;
  unsigned least = isInterleaved || map.isIm2col ? 3 : 1;
  if (rank < least || rank > 5)
    return expected("a rank from " + Twine(least) + " to 5", rank);
  unsigned align = map.interleave == Interleave::B32 ? 32 : 16;
  if (map.address % align != 0)
    return expected("an address that is a multiple of " + Twine(align) +
                        " bytes",
                    map.address);
  for (uint64_t size : map.dims)
    if (size == 0 || size > uint64_t(1) << 32)
      return expected("from 1 to 2^32 elements in each dimension", size);
  for (uint64_t stride : map.strides)
    if (stride % align != 0 || stride >= uint64_t(1) << 40)
      return expected("strides that are multiples of " + Twine(align) +
                          " bytes below 2^40",
                      stride);
  for (unsigned step : map.elementStrides)
    if (step == 0 || step > 8)
      return expected("steps of 1 to 8 elements", step);
  if (isInterleaved && map.elementStrides[0] != 1)
    return expected("a step of 1 channel", map.elementStrides[0]);
  if (map.fillsNaN && !isFloating(map.type))
    return "expected a floating-point type to be filled with NaN";
  return "";
}

/// What is wrong with the rows of shared memory that a box has.
static std::string checkRows(const TensorMap &map) {
  unsigned row = map.box[0] * map.elementBytes, slice = map.getSliceBytes();
  if (map.interleave == Interleave::B32 && map.swizzle != Swizzle::B32)
    return "expected a swizzle of 32 bytes for an interleave of 32 bytes";
  if (slice > 0 && row % slice != 0)
    return expected("whole slices of " + Twine(slice) + " bytes in a box", row);
  if (slice > 0 && map.isIm2col && row != slice)
    return expected("the " + Twine(slice) +
                        " bytes of one slice of channels "
                        "for im2col",
                    row);
  if (slice > 0)
    return "";
  unsigned widest = map.swizzle == Swizzle::B32    ? 32
                    : map.swizzle == Swizzle::B64  ? 64
                    : map.swizzle == Swizzle::B128 ? 128
                                                   : row;
  if (row > widest)
    return "expected rows of the box of at most " + std::to_string(widest) +
           " bytes, as the swizzle asks for, but got " + std::to_string(row);
  if (row % 16 != 0)
    return expected("rows of the box of a multiple of 16 bytes", row);
  return "";
}

/// What is wrong with the bounding box of im2col.
static std::string checkCorners(const TensorMap &map) {
  size_t images = map.getRank() - 2;
  if (map.box.size() != 2 || map.lowerCorner.size() != images ||
      map.upperCorner.size() != images)
    return "expected channels, pixels, and corners of " +
           std::to_string(images) + " dimensions";
  if (map.box[0] == 0 || map.box[0] > 256)
    return expected("1 to 256 channels of a pixel", map.box[0]);
  if (map.box[1] == 0 || map.box[1] > 1024)
    return expected("1 to 1024 pixels of a column", map.box[1]);
  int most = images == 1 ? 32767 : images == 2 ? 127 : 15;
  for (size_t i = 0; i < images; ++i) {
    for (int corner : {map.lowerCorner[i], map.upperCorner[i]})
      if (corner < -most - 1 || corner > most)
        return expected(
            "corners from " + Twine(-most - 1) + " to " + Twine(most), corner);
    if (map.lowerCorner[i] >= int64_t(map.dims[i + 1]) + map.upperCorner[i])
      return "expected a bounding box that is not empty";
  }
  return "";
}

std::string mlir::dag::ptx::checkTensorMap(const TensorMap &map) {
  if (std::string wrong = checkTensor(map); !wrong.empty())
    return wrong;
  if (map.isIm2col) {
    if (std::string wrong = checkCorners(map); !wrong.empty())
      return wrong;
  } else {
    for (unsigned size : map.box)
      if (size == 0 || size > 256)
        return expected("a box of 1 to 256 elements in each dimension", size);
  }
  return checkRows(map);
}

namespace {
/// What the bytes of a tensor map have.
struct Image {
  uint64_t magic, address;
  uint64_t dims[5], strides[4];
  uint16_t box[5];
  int16_t lowerCorner[3], upperCorner[3];
  uint8_t elementStrides[5];
  uint8_t rank, type, swizzle, interleave, isIm2col, fillsNaN;
};
} // namespace
static_assert(sizeof(Image) <= 128);

/// In the first eight bytes of what stands for a tensor map.
static constexpr uint64_t kMagic = 0x70616d726f736e65;

std::array<uint8_t, 128> mlir::dag::ptx::encodeTensorMap(const TensorMap &map) {
  Image image{};
  image.magic = kMagic;
  image.address = map.address;
  image.rank = std::min(map.getRank(), 5u);
  for (unsigned i = 0; i < image.rank; ++i) {
    image.dims[i] = map.dims[i];
    image.elementStrides[i] = map.elementStrides[i];
    if (i > 0)
      image.strides[i - 1] = map.strides[i - 1];
  }
  for (unsigned i = 0; i < map.box.size() && i < 5; ++i)
    image.box[i] = map.box[i];
  for (unsigned i = 0; i < map.lowerCorner.size() && i < 3; ++i) {
    image.lowerCorner[i] = map.lowerCorner[i];
    image.upperCorner[i] = map.upperCorner[i];
  }
  image.type = uint8_t(map.type);
  image.swizzle = uint8_t(map.swizzle);
  image.interleave = uint8_t(map.interleave);
  image.isIm2col = map.isIm2col;
  image.fillsNaN = map.fillsNaN;
  std::array<uint8_t, 128> bytes{};
  std::memcpy(bytes.data(), &image, sizeof image);
  return bytes;
}

std::optional<TensorMap> mlir::dag::ptx::decodeTensorMap(const uint8_t *bytes) {
  // Zeros are a map whose fields are still to be set.
  if (std::all_of(bytes, bytes + 128, [](uint8_t byte) { return byte == 0; })) {
    TensorMap map;
    map.elementBytes = 1;
    map.type = Type::U8;
    map.dims = {1};
    map.box = map.elementStrides = {1};
    return map;
  }
  Image image;
  std::memcpy(&image, bytes, sizeof image);
  if (image.magic != kMagic || image.rank == 0 || image.rank > 5 ||
      (image.isIm2col && image.rank < 3) ||
      image.swizzle > uint8_t(Swizzle::B128) ||
      image.interleave > uint8_t(Interleave::B32) ||
      image.type > uint8_t(Type::S16x2) || getBits(Type(image.type)) < 8)
    return std::nullopt;
  TensorMap map;
  map.address = image.address;
  map.type = Type(image.type);
  map.elementBytes = getBits(map.type) / 8;
  map.swizzle = Swizzle(image.swizzle);
  map.interleave = Interleave(image.interleave);
  map.isIm2col = image.isIm2col != 0;
  map.fillsNaN = image.fillsNaN != 0;
  map.dims.assign(image.dims, image.dims + image.rank);
  map.strides.assign(image.strides, image.strides + (image.rank - 1));
  map.box.assign(image.box, image.box + (map.isIm2col ? 2 : image.rank));
  map.elementStrides.assign(image.elementStrides,
                            image.elementStrides + image.rank);
  if (map.isIm2col) {
    map.lowerCorner.assign(image.lowerCorner,
                           image.lowerCorner + (image.rank - 2));
    map.upperCorner.assign(image.upperCorner,
                           image.upperCorner + (image.rank - 2));
  }
  return map;
}

/// A map that the kernel writes is read through a proxy of its own: asks for
/// the fence.
static void trackTensorMap(Warp &warp, Region &region, uint64_t offset,
                           unsigned lane) {
  Machine &machine = warp.machine;
  if (!region.shadow)
    return;
  Knowledge known;
  known.order = warp.known.order;
  known.fencedGlobal = VectorClock(warp.block.cluster.number);
  // Launches before have done all.
  machine.raiseLaunches(known.fencedGlobal);
  if (const VectorClock *clock =
          warp.known.fencedMaps.find(region.address + offset))
    known.fencedGlobal.join(*clock);
  Actor actor = warp.getActor(lane);
  actor.access.isAsync = true;
  actor.known = &known;
  machine.hint = "fence.proxy.tensormap::generic.acquire of the tensor map, "
                 "behind the release of who has written it";
  machine.track(region, offset, 128, AccessKind::Read, actor);
  machine.hint = nullptr;
}

std::optional<TensorMap>
mlir::dag::ptx::findTensorMap(Warp &warp, uint64_t address, unsigned rank,
                              bool isIm2col, unsigned lane) {
  Machine &machine = warp.machine;
  uint64_t offset = 0;
  Region *region = machine.memory.find(address);
  if (region)
    offset = address - region->address;
  auto fail = [&](Code code, const Twine &message) {
    machine.fault(code, warp, message, lane);
    return std::nullopt;
  };
  if (!region || offset > region->bytes->size() ||
      region->bytes->size() - offset < 128)
    return fail(Code::BadTensorMap,
                "the address of the tensor map is in no memory");
  std::optional<TensorMap> map =
      decodeTensorMap(region->bytes->data() + offset);
  if (!map)
    return fail(Code::BadTensorMap, "there is no tensor map at this address");
  if (offset % 64 != 0)
    return fail(Code::Misaligned, "the tensor map is not at a multiple of 64");
  if (map->getRank() != rank)
    return fail(
        Code::BadTensorMap,
        expected("a tensor map of rank " + Twine(rank), map->getRank()));
  if (map->isIm2col != isIm2col)
    return fail(Code::BadTensorMap,
                isIm2col
                    ? "expected a tensor map of im2col, but got a tiled one"
                    : "expected a tiled tensor map, but got one of im2col");
  if (std::string wrong = checkTensorMap(*map); !wrong.empty())
    return fail(Code::BadTensorMap, wrong);
  trackTensorMap(warp, *region, offset, lane);
  return map;
}
