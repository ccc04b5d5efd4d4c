//===- TensorMapText.cpp - Tensor maps on the command line -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TensorMapText.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir::dag::ptx;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

static llvm::Error fail(const Twine &message) {
  return llvm::createStringError(message);
}

namespace {
/// What the options say, before it is put together.
struct Options {
  std::vector<uint64_t> shape, strides, box, steps;
  std::vector<int> lower, upper;
  uint64_t channels = 0, pixels = 0;
  bool isIm2col = false, fillsNaN = false;
  Swizzle swizzle = Swizzle::None;
  Interleave interleave = Interleave::None;

  llvm::Error read(StringRef option);

private:
  llvm::Error readSizes(StringRef text, std::vector<uint64_t> &sizes);
  llvm::Error readCorner(StringRef text, std::vector<int> &corner);
  llvm::Error readCount(StringRef text, uint64_t &count);
};
} // namespace

llvm::Error Options::readSizes(StringRef text, std::vector<uint64_t> &sizes) {
  Expected<std::vector<uint64_t>> read = readShape(text);
  if (!read)
    return read.takeError();
  sizes = std::move(*read);
  return llvm::Error::success();
}

/// `-1x-1`.
llvm::Error Options::readCorner(StringRef text, std::vector<int> &corner) {
  llvm::SmallVector<StringRef> parts;
  text.split(parts, 'x');
  corner.clear();
  for (StringRef part : parts) {
    int16_t place;
    if (part.getAsInteger(10, place))
      return fail("expected a corner such as -1x-1, but got '" + text + "'");
    corner.push_back(place);
  }
  return llvm::Error::success();
}

llvm::Error Options::readCount(StringRef text, uint64_t &count) {
  if (!text.getAsInteger(10, count) && count > 0 && count <= 1024)
    return llvm::Error::success();
  return fail("expected a number from 1 to 1024, but got '" + text + "'");
}

llvm::Error Options::read(StringRef option) {
  auto [key, value] = option.split('=');
  if (option == "im2col") {
    isIm2col = true;
    return llvm::Error::success();
  }
  if (key == "box")
    return readSizes(value, box);
  if (key == "shape")
    return readSizes(value, shape);
  if (key == "strides")
    return readSizes(value, strides);
  if (key == "steps")
    return readSizes(value, steps);
  if (key == "lower")
    return readCorner(value, lower);
  if (key == "upper")
    return readCorner(value, upper);
  if (key == "channels")
    return readCount(value, channels);
  if (key == "pixels")
    return readCount(value, pixels);
  if (key == "swizzle") {
    auto found = llvm::StringSwitch<std::optional<Swizzle>>(value)
                     .Cases({"0", "none"}, Swizzle::None)
                     .Case("32", Swizzle::B32)
                     .Case("64", Swizzle::B64)
                     .Case("128", Swizzle::B128)
                     .Default(std::nullopt);
    if (!found)
      return fail("expected swizzle=none, 32, 64 or 128, but got '" + value +
                  "'");
    swizzle = *found;
    return llvm::Error::success();
  }
  if (key == "interleave") {
    auto found = llvm::StringSwitch<std::optional<Interleave>>(value)
                     .Cases({"0", "none"}, Interleave::None)
                     .Case("16", Interleave::B16)
                     .Case("32", Interleave::B32)
                     .Default(std::nullopt);
    if (!found)
      return fail("expected interleave=none, 16 or 32, but got '" + value +
                  "'");
    interleave = *found;
    return llvm::Error::success();
  }
  if (key == "fill" && (value == "nan" || value == "zero")) {
    fillsNaN = value == "nan";
    return llvm::Error::success();
  }
  return fail("expected box=, im2col, channels=, pixels=, lower=, upper=, "
              "shape=, strides=, steps=, swizzle=, interleave= or fill=, but "
              "got '" +
              option + "'");
}

/// Whether what is asked for is there, and of the tensor's rank.
static llvm::Error checkOptions(const Options &options) {
  size_t rank = options.shape.size();
  if (rank > 5)
    return fail("expected a tensor of rank 5 at most, but got " + Twine(rank));
  if (!options.strides.empty() && options.strides.size() != rank - 1)
    return fail("expected " + Twine(rank - 1) + " strides in bytes");
  if (!options.steps.empty() && options.steps.size() != rank)
    return fail("expected " + Twine(rank) + " steps");
  if (!options.isIm2col) {
    if (options.channels > 0 || options.pixels > 0 || !options.lower.empty() ||
        !options.upper.empty())
      return fail("expected channels=, pixels=, lower= and upper= with im2col "
                  "alone");
    if (options.box.size() != rank)
      return fail("expected a box of rank " + Twine(rank));
    return llvm::Error::success();
  }
  if (!options.box.empty())
    return fail("expected channels= and pixels= for im2col, but got a box");
  if (rank < 3)
    return fail("expected a tensor of rank 3 to 5 for im2col, but got " +
                Twine(rank));
  if (options.channels == 0 || options.pixels == 0)
    return fail("expected channels= and pixels= for im2col");
  if (options.lower.size() != rank - 2 || options.upper.size() != rank - 2)
    return fail("expected lower= and upper= of " + Twine(rank - 2) +
                " numbers for im2col of a tensor of rank " + Twine(rank));
  return llvm::Error::success();
}

/// The strides of a tensor without gaps, from the first one that a map has.
static std::vector<uint64_t> getPackedStrides(const TensorMap &map) {
  std::vector<uint64_t> strides;
  unsigned slice = map.getSliceBytes();
  uint64_t stride = slice > 0 ? slice : map.elementBytes;
  if (slice == 0) {
    for (size_t i = 0; i + 1 < map.dims.size(); ++i)
      strides.push_back(stride *= map.dims[i]);
    return strides;
  }
  // H, D, the slices, N.
  for (size_t i = 1; i + 1 < map.dims.size(); ++i)
    strides.push_back(stride *= map.dims[i]);
  strides.push_back(stride *
                    llvm::divideCeil(map.dims[0] * map.elementBytes, slice));
  return strides;
}

Expected<TensorMap> mlir::dag::ptx::parseTensorMap(StringRef text,
                                                   uint64_t address,
                                                   const BufferType &type) {
  Options options;
  options.shape = type.shape;
  llvm::SmallVector<StringRef> parts;
  text.split(parts, ',', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  llvm::StringSet<> keys;
  for (StringRef part : parts) {
    StringRef key = part.split('=').first;
    if (!keys.insert(key).second)
      return fail("expected '" + key + "' once, but got it twice");
    if (llvm::Error error = options.read(part))
      return std::move(error);
  }
  if (llvm::Error error = checkOptions(options))
    return std::move(error);
  TensorMap map;
  map.address = address;
  map.type = type.type;
  map.elementBytes = getBits(map.type) / 8;
  map.swizzle = options.swizzle;
  map.interleave = options.interleave;
  map.fillsNaN = options.fillsNaN;
  map.isIm2col = options.isIm2col;
  map.dims.assign(options.shape.rbegin(), options.shape.rend());
  map.elementStrides.assign(map.dims.size(), 1);
  if (!options.steps.empty())
    map.elementStrides.assign(options.steps.rbegin(), options.steps.rend());
  map.box.assign(options.box.rbegin(), options.box.rend());
  if (map.isIm2col)
    map.box = {unsigned(options.channels), unsigned(options.pixels)};
  map.lowerCorner.assign(options.lower.rbegin(), options.lower.rend());
  map.upperCorner.assign(options.upper.rbegin(), options.upper.rend());
  map.strides.assign(options.strides.rbegin(), options.strides.rend());
  if (map.strides.empty())
    map.strides = getPackedStrides(map);
  if (std::string wrong = checkTensorMap(map); !wrong.empty())
    return fail(wrong);
  return map;
}
