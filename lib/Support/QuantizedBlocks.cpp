//===- QuantizedBlocks.cpp - Values of GGUF's blocks -----------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The formats are those of ggml (`ggml-common.h`, `ggml-quants.c`): a block has
// a factor `d` for all of its integers, and one that moves them, `m`; those
// with a K have 256 elements in groups whose factors are integers times `d` and
// `dmin`. All is computed in f32, each product and sum rounded by itself.
//
//===----------------------------------------------------------------------===//

#include "dag/Support/StoredTensor.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/Support/Endian.h"

using namespace mlir;
using namespace mlir::dag;
using llvm::StringRef;

static unsigned getByte(StringRef bytes, unsigned index) {
  return static_cast<uint8_t>(bytes[index]);
}

static float readHalf(StringRef bytes) {
  uint16_t bits = llvm::support::endian::read16le(bytes.data());
  llvm::APFloat value(llvm::APFloat::IEEEhalf(), llvm::APInt(16, bits));
  return static_cast<float>(value.convertToDouble());
}

/// A product and a sum that no compiler makes one of.
static float scaleAndAdd(float scale, int quant, float sum) {
  volatile float product = scale * static_cast<float>(quant);
  return product + sum;
}

/// The low or the high four bits of a byte.
static unsigned getNibble(StringRef bytes, unsigned index, bool isHigh) {
  return isHigh ? getByte(bytes, index) >> 4 : getByte(bytes, index) & 15;
}

/// Blocks of 32: the low halves of 16 bytes, then the high ones.
static unsigned getQuarter(StringRef quants, unsigned index) {
  return getNibble(quants, index % 16, index >= 16);
}

/// Bit `index` of 32.
static unsigned getFifthBit(StringRef bits, unsigned index) {
  return getByte(bits, index / 8) >> (index % 8) & 1;
}

namespace {
/// Of Q4_K and Q5_K: what a group of 32 is multiplied by, and what is taken
/// away.
struct Group {
  float scale, min;

  Group(StringRef block, unsigned group) {
    StringRef packed = block.substr(4, 12);
    unsigned sixBits, minBits;
    if (group < 4) {
      sixBits = getByte(packed, group) & 63;
      minBits = getByte(packed, group + 4) & 63;
    } else {
      sixBits = (getByte(packed, group + 4) & 15) |
                getByte(packed, group - 4) >> 6 << 4;
      minBits =
          getByte(packed, group + 4) >> 4 | getByte(packed, group) >> 6 << 4;
    }
    scale = readHalf(block) * static_cast<float>(sixBits);
    min = readHalf(block.drop_front(2)) * static_cast<float>(minBits);
  }
};
} // namespace

/// Groups of 32 take turns in the halves of 32 bytes.
static unsigned getGrouped(StringRef quants, unsigned index) {
  unsigned group = index / 32;
  return getNibble(quants, group / 2 * 32 + index % 32, group % 2 == 1);
}

/// Of each 128 elements the lower four bits are in 64 bytes, the upper two in
/// 32; 16 share a factor.
static float decodeQ6K(StringRef block, unsigned index) {
  StringRef low = block.substr(index / 128 * 64, 64);
  StringRef high = block.substr(128 + index / 128 * 32, 32);
  unsigned quarter = index % 128 / 32, lane = index % 32;
  unsigned bits = getNibble(low, quarter % 2 * 32 + lane, quarter >= 2) |
                  (getByte(high, lane) >> (2 * quarter) & 3) << 4;
  auto scale = static_cast<int8_t>(getByte(block, 192 + index / 16));
  float factor = readHalf(block.drop_front(208)) * static_cast<float>(scale);
  return factor * static_cast<float>(static_cast<int>(bits) - 32);
}

float dag::decodeBlock(StoredType type, StringRef block, unsigned index) {
  float d = readHalf(block);
  switch (type) {
  case StoredType::Q4_0:
    return d *
           static_cast<float>(
               static_cast<int>(getQuarter(block.drop_front(2), index)) - 8);
  case StoredType::Q4_1:
    return scaleAndAdd(d, getQuarter(block.drop_front(4), index),
                       readHalf(block.drop_front(2)));
  case StoredType::Q5_0: {
    unsigned quant = getQuarter(block.drop_front(6), index) |
                     getFifthBit(block.drop_front(2), index) << 4;
    return d * static_cast<float>(static_cast<int>(quant) - 16);
  }
  case StoredType::Q5_1: {
    unsigned quant = getQuarter(block.drop_front(8), index) |
                     getFifthBit(block.drop_front(4), index) << 4;
    return scaleAndAdd(d, quant, readHalf(block.drop_front(2)));
  }
  case StoredType::Q8_0:
    return d * static_cast<float>(static_cast<int8_t>(block[2 + index]));
  case StoredType::Q4_K: {
    Group group(block, index / 32);
    return scaleAndAdd(group.scale, getGrouped(block.drop_front(16), index),
                       -group.min);
  }
  case StoredType::Q5_K: {
    Group group(block, index / 32);
    unsigned upper = getByte(block, 16 + index % 32) >> (index / 32) & 1;
    return scaleAndAdd(group.scale,
                       getGrouped(block.drop_front(48), index) | upper << 4,
                       -group.min);
  }
  case StoredType::Q6_K:
    return decodeQ6K(block, index);
  default:
    llvm_unreachable("a type without blocks");
  }
}
