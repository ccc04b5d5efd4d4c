//===- RandomSource.cpp - Numbers that look random -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/IR/Origin.h"
#include "dag/Interpreter/Interpreter.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/xxhash.h"

#include <cmath>
#include <numeric>

using namespace mlir;
using namespace mlir::dag;

/// The mixer of splitmix64.
static uint64_t mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

/// Between -1 and 1.
static double toUnit(uint64_t bits) {
  return static_cast<double>(bits >> 11) * 0x1.0p-52 - 1;
}

static void fill(Tensor &tensor, uint64_t seed, double scale, double offset) {
  for (int64_t i = 0, e = tensor.getNumElements(); i < e; ++i)
    tensor[i] = offset + scale * toUnit(mix(seed + mix(i)));
}

/// Numbers of a type of few bits, of all sizes that it has but the largest.
static void fillSmall(Tensor &tensor, uint64_t seed, Type type) {
  if (auto integer = dyn_cast<IntegerType>(type)) {
    uint64_t count = uint64_t(1) << integer.getWidth();
    double least = integer.isUnsigned() ? 0.0 : -double(count / 2);
    for (int64_t i = 0, e = tensor.getNumElements(); i < e; ++i)
      tensor[i] = least + double(mix(seed + mix(i)) % count);
    return;
  }
  fill(tensor, seed, 4, 0);
  tensor.roundTo(type);
}

/// A tensor of floats to be filled. Integers mean something, so that nobody can
/// make them up.
static FailureOr<Tensor> makeFloats(Operation *op) {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  if (isa<FloatType>(type.getElementType()))
    return Tensor(getUnpaddedShape(type));
  return op->emitError() << "expected floats, to draw random numbers, but got "
                         << type;
}

/// True if elements of an integer type can be numbers below `bound`.
static bool holdsBelow(Type element, int64_t bound) {
  auto integer = cast<IntegerType>(element);
  unsigned bits = integer.getWidth();
  // A single bit is zero or one.
  if (!integer.isUnsigned() && bits > 1)
    --bits;
  return bits >= 63 || bound <= int64_t(1) << bits;
}

FailureOr<Tensor> RandomSource::getParameter(ParameterOp op) {
  auto type = cast<RankedTensorType>(op.getType());
  auto integer = dyn_cast<IntegerType>(type.getElementType());
  bool isSmall = type.getElementType().isIntOrFloat() &&
                 type.getElementTypeBitWidth() > 1 &&
                 type.getElementTypeBitWidth() <= 8;
  FailureOr<Tensor> numbers =
      integer && isSmall ? FailureOr<Tensor>(Tensor(getUnpaddedShape(type)))
                         : makeFloats(op);
  if (failed(numbers))
    return failure();
  Tensor &tensor = *numbers;
  // The same stored tensor gives the same numbers; its parts differ.
  std::string name = op.getName().str();
  if (Attribute checkpoint = getOrigin(op))
    llvm::raw_string_ostream(name) << checkpoint;
  uint64_t seed = mix(options.seed ^ llvm::xxh3_64bits(name));
  if (isSmall) {
    fillSmall(tensor, seed, type.getElementType());
  } else if (tensor.getRank() < 2) {
    fill(tensor, seed, 0.25, 0.5);
  } else {
    double features = std::max<int64_t>(tensor.getShape().back(), 1);
    fill(tensor, seed, std::sqrt(3 / features), 0);
  }
  return numbers;
}

/// A figure of the model around an op, or zero.
static int64_t getFigure(Operation *op, StringRef name) {
  IntegerAttr figure;
  if (auto model = op->getParentOfType<ModelOp>())
    figure = model->getAttrOfType<IntegerAttr>(name);
  else if (auto program = op->getParentOfType<ProgramOp>())
    if (DictionaryAttr figures = program.getFiguresAttr())
      figure = figures.getAs<IntegerAttr>(name);
  return figure ? figure.getInt() : 0;
}

int64_t RandomSource::getQueryLen(const Options &options, int64_t sequence,
                                  int64_t tokens) {
  const std::vector<int64_t> &lens = options.queryLens;
  return lens.empty() ? tokens : lens[lens.size() == 1 ? 0 : sequence];
}

int64_t RandomSource::getBegin(const Options &options, int64_t sequence,
                               int64_t step, int64_t tokens) {
  const std::vector<int64_t> &positions = options.positions;
  int64_t first = positions.empty()
                      ? options.position
                      : positions[positions.size() == 1 ? 0 : sequence];
  return first + step * getQueryLen(options, sequence, tokens);
}

LogicalResult RandomSource::checkSequences(InputOp op) const {
  auto type = cast<RankedTensorType>(op.getType());
  auto check = [&](StringRef what, size_t count) -> LogicalResult {
    if (count <= 1 ||
        (type.getRank() > 0 && count == size_t(getUnpaddedShape(type).front())))
      return success();
    return op.emitError() << "expected one of " << what
                          << " for all sequences, or one for each, but got "
                          << count << " for " << type;
  };
  if (failed(check("positions", options.positions.size())) ||
      failed(check("numbers of new tokens", options.queryLens.size())))
    return failure();
  int64_t tokens = getNumTokens(op);
  for (int64_t length : options.queryLens)
    if (length > tokens)
      return op.emitError() << "expected at most " << tokens
                            << " new tokens, but got " << length;
  return success();
}

/// Where the new tokens begin.
FailureOr<Tensor> RandomSource::getPositions(InputOp op) const {
  auto type = cast<RankedTensorType>(op.getType());
  if (failed(checkSequences(op)))
    return failure();
  if (type.getRank() == 0 && !options.queryLens.empty())
    return op.emitError() << "expected a position for each sequence where "
                             "numbers of new tokens differ, but got "
                          << type;
  Tensor tensor(getUnpaddedShape(type));
  // Padding may be behind the end of a cache, new tokens may not.
  std::optional<int64_t> room =
      type.getRank() == 1 ? findRoom(op) : std::nullopt;
  for (int64_t i = 0, e = tensor.getNumElements(); i < e; ++i) {
    int64_t begin = getBegin(options, i, step, getNumTokens(op));
    int64_t count = getQueryLen(options, i, getNumTokens(op));
    if (room && begin > *room - count)
      return op.emitError()
             << "expected room for " << count << " tokens in a cache of "
             << *room << ", but got position " << begin << " of sequence " << i;
    if (!holdsBelow(type.getElementType(), begin + 1))
      return op.emitError() << "expected an integer that holds position "
                            << begin << ", but got " << type;
    tensor[i] = static_cast<double>(begin);
  }
  return tensor;
}

/// A block table: each sequence has its share of the pages, in an order that
/// looks random, and takes one after the other. Where it has fewer than blocks,
/// the last ones have them. However pages and sequences are split evenly, ranks
/// have the pages of their sequences.
FailureOr<Tensor> RandomSource::getPages(InputOp op,
                                         RankedTensorType cache) const {
  auto type = cast<RankedTensorType>(op.getType());
  if (!cache.hasStaticShape())
    return op.emitError() << "expected static sizes of the pool that pages are "
                             "of, but got "
                          << cache;
  Tensor tensor(getUnpaddedShape(type));
  int64_t pages = cache.getDimSize(0), size = cache.getDimSize(1);
  int64_t batches = tensor.getDim(0), blocks = tensor.getDim(1);
  int64_t share = batches == 0 ? 0 : pages / batches;
  if (share == 0 || size == 0)
    return op.emitError() << "expected a page for each of " << batches
                          << " sequences, but got " << pages << " pages of "
                          << size << " tokens";
  if (!holdsBelow(type.getElementType(), pages) || failed(checkSequences(op)))
    return op.emitError() << "expected integers that hold pages below " << pages
                          << ", but got " << type;
  std::vector<int64_t> order(share);
  std::iota(order.begin(), order.end(), 0);
  uint64_t seed = mix(options.seed ^ llvm::xxh3_64bits(op.getName()));
  int64_t tokens = getNumTokens(op);
  for (int64_t b = 0; b < batches; ++b) {
    for (int64_t i = share - 1; i > 0; --i)
      std::swap(order[i], order[mix(seed + mix(i)) % (i + 1)]);
    // The shares of all sequences before, and what is left over of them.
    int64_t first = b * share + b * (pages % batches) / batches;
    int64_t end =
        getBegin(options, b, step, tokens) + getQueryLen(options, b, tokens);
    // What is behind the last block has no place.
    int64_t last = std::min((end - 1) / size, blocks - 1);
    for (int64_t block = 0; block < blocks; ++block)
      tensor[b * blocks + block] =
          block > last - share && block <= last
              ? static_cast<double>(first + order[block % share])
              : -1.0;
  }
  return tensor;
}

FailureOr<Tensor> RandomSource::getInput(InputOp op) {
  auto type = cast<RankedTensorType>(op.getType());
  Tensor tensor(getUnpaddedShape(type));
  uint64_t seed = mix(options.seed ^ llvm::xxh3_64bits(op.getName()));
  if (isa<FloatType>(type.getElementType())) {
    fill(tensor, seed, 1, 0);
    return tensor;
  }
  switch (InputUse use = findInputUse(op); use.kind) {
  case InputUse::Kind::Position:
    return getPositions(op);
  case InputUse::Kind::QueryLens:
    if (failed(checkSequences(op)))
      return failure();
    for (int64_t i = 0, e = tensor.getNumElements(); i < e; ++i)
      tensor[i] = getQueryLen(options, i, getNumTokens(op));
    return tensor;
  case InputUse::Kind::Pages:
    return getPages(op, use.cache);
  case InputUse::Kind::Data:
    // An integer that nobody looks at.
    if (type.getRank() == 0)
      return getPositions(op);
    break;
  }
  int64_t vocabulary = options.vocabulary;
  if (vocabulary <= 0)
    vocabulary = getFigure(op, "vocab_size");
  if (vocabulary <= 0)
    return op.emitError("expected the size of the vocabulary, to draw tokens "
                        "from");
  if (!holdsBelow(type.getElementType(), vocabulary))
    return op.emitError() << "expected integers that hold tokens below "
                          << vocabulary << ", but got " << type;
  // All steps together read what one long step would.
  int64_t tokens = std::max<int64_t>(tensor.getShape().back(), 1);
  if (failed(checkSequences(op)))
    return failure();
  for (int64_t i = 0, e = tensor.getNumElements(); i < e; ++i) {
    int64_t row = i / tokens;
    int64_t behind = getBegin(options, row, step, tokens) -
                     getBegin(options, row, 0, tokens);
    int64_t index = row * options.steps * tokens + behind + i % tokens;
    tensor[i] = mix(seed + mix(index)) % vocabulary;
  }
  return tensor;
}

FailureOr<Tensor> RandomSource::getCache(KvCacheOp op) {
  FailureOr<Tensor> tensor = makeFloats(op);
  if (succeeded(tensor))
    fill(*tensor, mix(options.seed ^ llvm::xxh3_64bits(op.getName())), 1, 0);
  return tensor;
}
