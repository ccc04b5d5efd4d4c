//===- RandomSource.cpp - Numbers that look random -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Interpreter/Interpreter.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/xxhash.h"

#include <cmath>

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
  if (Attribute checkpoint = op.getCheckpointAttr())
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

/// Calls back for all inputs of the model, whose parts may be in different
/// functions of a program.
static void forEachInput(InputOp op, function_ref<void(InputOp)> callback) {
  SmallVector<Block *> blocks = {op->getBlock()};
  if (auto program = op->getParentOfType<ProgramOp>()) {
    blocks.clear();
    for (auto function : program.getBody().getOps<FunctionOp>())
      blocks.push_back(&function.getBody().front());
  }
  for (Block *block : blocks)
    for (InputOp input : block->getOps<InputOp>())
      callback(input);
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

FailureOr<Tensor> RandomSource::getInput(InputOp op) {
  auto type = cast<RankedTensorType>(op.getType());
  Tensor tensor(getUnpaddedShape(type));
  uint64_t seed = mix(options.seed ^ llvm::xxh3_64bits(op.getName()));
  if (isa<FloatType>(type.getElementType())) {
    fill(tensor, seed, 1, 0);
    return tensor;
  }
  // The length of a step, from the tokens of the model.
  if (type.getRank() == 0) {
    int64_t tokens = 0;
    forEachInput(op, [&](InputOp other) {
      if (cast<RankedTensorType>(other.getType()).getRank() == 2)
        tokens = cast<RankedTensorType>(other.getType()).getDimSize(1);
    });
    int64_t begin = options.position + step * tokens;
    if (!holdsBelow(type.getElementType(), begin + 1))
      return op.emitError() << "expected an integer that holds position "
                            << begin << ", but got " << type;
    tensor[0] = static_cast<double>(begin);
    return tensor;
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
  for (int64_t i = 0, e = tensor.getNumElements(); i < e; ++i) {
    int64_t index = (i / tokens * options.steps + step) * tokens + i % tokens;
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
