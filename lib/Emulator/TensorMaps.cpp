//===- TensorMaps.cpp - Boxes of tensors -*- C++ -*-===//
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

std::string mlir::dag::ptx::checkTensorMap(const TensorMap &map) {
  size_t rank = map.box.size();
  if (rank == 0 || rank > 5)
    return "expected a rank from 1 to 5, but got " + std::to_string(rank);
  for (unsigned size : map.box)
    if (size == 0 || size > 256)
      return "expected a box of 1 to 256 elements in each dimension, but got " +
             std::to_string(size);
  for (uint64_t size : map.dims)
    if (size == 0 || size > uint64_t(1) << 32)
      return "expected from 1 to 2^32 elements in each dimension, but got " +
             std::to_string(size);
  unsigned row = map.box[0] * map.elementBytes;
  unsigned widest = map.swizzle == Swizzle::B32    ? 32
                    : map.swizzle == Swizzle::B64  ? 64
                    : map.swizzle == Swizzle::B128 ? 128
                                                   : row;
  if (row > widest)
    return "expected rows of the box of at most " + std::to_string(widest) +
           " bytes, as the swizzle asks for, but got " + std::to_string(row);
  if (row % 16 != 0)
    return "expected rows of the box of a multiple of 16 bytes, but got " +
           std::to_string(row);
  for (uint64_t stride : map.strides)
    if (stride % 16 != 0 || stride >= uint64_t(1) << 40)
      return "expected strides that are multiples of 16 bytes below 2^40, but "
             "got " +
             std::to_string(stride);
  return "";
}

namespace {
/// What the bytes of a tensor map have.
struct Image {
  uint64_t magic, address;
  uint64_t dims[5], strides[4];
  uint16_t box[5];
  uint8_t elementStrides[5];
  uint8_t rank, type, swizzle, fillsNaN;
};
} // namespace
static_assert(sizeof(Image) <= 128);

/// In the first eight bytes of what stands for a tensor map.
static constexpr uint64_t kMagic = 0x70616d726f736e65;

std::array<uint8_t, 128> mlir::dag::ptx::encodeTensorMap(const TensorMap &map) {
  Image image{};
  image.magic = kMagic;
  image.address = map.address;
  image.rank = map.box.size();
  for (unsigned i = 0; i < image.rank && i < 5; ++i) {
    image.dims[i] = map.dims[i];
    image.box[i] = map.box[i];
    image.elementStrides[i] = map.elementStrides[i];
    if (i > 0)
      image.strides[i - 1] = map.strides[i - 1];
  }
  image.type = uint8_t(map.type);
  image.swizzle = uint8_t(map.swizzle);
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
      image.swizzle > uint8_t(Swizzle::B128) ||
      image.type > uint8_t(Type::S16x2) || getBits(Type(image.type)) < 8)
    return std::nullopt;
  TensorMap map;
  map.address = image.address;
  map.type = Type(image.type);
  map.elementBytes = getBits(map.type) / 8;
  map.swizzle = Swizzle(image.swizzle);
  map.fillsNaN = image.fillsNaN != 0;
  map.dims.assign(image.dims, image.dims + image.rank);
  map.strides.assign(image.strides, image.strides + image.rank - 1);
  map.box.assign(image.box, image.box + image.rank);
  map.elementStrides.assign(image.elementStrides,
                            image.elementStrides + image.rank);
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
  known.fencedGlobal = warp.known.fencedMaps;
  Actor actor = warp.getActor(lane);
  actor.access.isAsync = true;
  actor.known = &known;
  machine.hint = "fence.proxy.tensormap::generic.acquire of the tensor map, "
                 "behind the release of who has written it";
  machine.track(region, offset, 128, AccessKind::Read, actor);
  machine.hint = nullptr;
}

std::optional<TensorMap> mlir::dag::ptx::findTensorMap(Warp &warp,
                                                       uint64_t address,
                                                       unsigned rank,
                                                       unsigned lane) {
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
  if (map->box.size() != rank)
    return fail(Code::BadTensorMap, "expected a tensor map of rank " +
                                        Twine(rank) + ", but got " +
                                        Twine(map->box.size()));
  if (std::string wrong = checkTensorMap(*map); !wrong.empty())
    return fail(Code::BadTensorMap, wrong);
  trackTensorMap(warp, *region, offset, lane);
  return map;
}
