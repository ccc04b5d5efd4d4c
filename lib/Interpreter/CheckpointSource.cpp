//===- CheckpointSource.cpp - Tensors from files -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Interpreter/CheckpointSource.h"
#include "dag/Support/Saturating.h"

#include <cmath>

using namespace mlir;
using namespace mlir::dag;

/// A shape for a message: `[2, 3]`.
static std::string toString(ArrayRef<int64_t> shape) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << '[';
  llvm::interleaveComma(shape, os);
  os << ']';
  return text;
}

/// A 4-bit float of MXFP4 and NVFP4: a sign, two bits of exponent, one more.
static double decodeFloat4(unsigned bits) {
  static constexpr double kValues[] = {0, 0.5, 1, 1.5, 2, 3, 4, 6};
  return bits & 8 ? -kValues[bits & 7] : kValues[bits & 7];
}

/// The value of 4 bits.
static double decode(Packing packing, Type type, unsigned bits) {
  if (isa<FloatType>(type))
    return decodeFloat4(bits);
  switch (packing) {
  case Packing::Words:
    return static_cast<double>(bits) - 8;
  case Packing::GptqZeros:
    return bits + 1;
  default:
    return bits;
  }
}

static unsigned getPackedCount(Packing packing) {
  return packing == Packing::Bytes ? 2 : 8;
}

/// The dimension of a stored tensor in which elements hold several values.
static unsigned getPackedDim(const StoredTensor &stored, Packing packing) {
  return packing == Packing::Gptq ? 0 : stored.shape.size() - 1;
}

/// Takes 4-bit values out of the elements that hold several, which replace them
/// in one dimension.
static Tensor unpack(const StoredTensor &stored, Packing packing, Type type) {
  static constexpr unsigned kAwqOrder[] = {0, 2, 4, 6, 1, 3, 5, 7};
  unsigned count = getPackedCount(packing);
  SmallVector<int64_t, 4> shape(stored.shape);
  unsigned dim = getPackedDim(stored, packing);
  int64_t inner = 1;
  for (int64_t size : ArrayRef(shape).drop_front(dim + 1))
    inner *= size;
  shape[dim] *= count;
  Tensor tensor(shape);
  for (int64_t i = 0, e = stored.getNumElements(); i < e; ++i) {
    auto word = static_cast<uint32_t>(
        static_cast<int64_t>(stored.getElement(i)) & 0xffffffff);
    int64_t first = i / inner * count * inner + i % inner;
    for (unsigned j = 0; j < count; ++j) {
      unsigned index = packing == Packing::Awq ? kAwqOrder[j] : j;
      tensor[first + index * inner] =
          decode(packing, type, word >> (4 * j) & 15);
    }
  }
  return tensor;
}

static Tensor read(const StoredTensor &stored, Type type = {},
                   CheckpointAttr checkpoint = {}) {
  if (checkpoint && checkpoint.getPacking() != Packing::None)
    return unpack(stored, checkpoint.getPacking(), type);
  Tensor tensor(stored.shape);
  bool isExponent =
      isa_and_present<Float8E8M0FNUType>(type) && stored.type == StoredType::U8;
  for (int64_t i = 0, e = tensor.getNumElements(); i < e; ++i) {
    tensor[i] = stored.getElement(i);
    if (isExponent)
      tensor[i] = std::ldexp(1.0, static_cast<int>(tensor[i]) - 127);
  }
  return tensor;
}

/// Elements `[begin, begin + size)` of the second dimension.
static Tensor readSlice(const StoredTensor &stored, int64_t begin,
                        int64_t size) {
  SmallVector<int64_t, 4> shape(stored.shape);
  shape[1] = size;
  Tensor tensor(shape);
  int64_t inner = tensor.getInnerSize(1);
  for (int64_t i = 0, e = tensor.getNumElements(); i < e; ++i) {
    int64_t row = i / (size * inner), column = i % (size * inner);
    tensor[i] =
        stored.getElement((row * stored.shape[1] + begin) * inner + column);
  }
  return tensor;
}

static Tensor reshape(const Tensor &tensor, ArrayRef<int64_t> shape) {
  Tensor result(shape);
  std::copy_n(tensor.getData(), tensor.getNumElements(), result.getData());
  return result;
}

/// The last two dimensions change places.
static Tensor transpose(const Tensor &tensor) {
  SmallVector<int64_t, 4> shape(tensor.getShape());
  std::swap(shape[shape.size() - 2], shape.back());
  Tensor result(shape);
  int64_t rows = shape[shape.size() - 2], columns = shape.back();
  for (int64_t i = 0, e = result.getNumElements(); i < e; ++i) {
    int64_t matrix = i / (rows * columns), row = i / columns % rows;
    result[i] = tensor[matrix * rows * columns + i % columns * rows + row];
  }
  return result;
}

/// A stored tensor of the kind, integer or float, that the type has.
static FailureOr<const StoredTensor *>
lookup(Operation *op, const Checkpoint &files, StringRef name, Type type) {
  const StoredTensor *stored = files.lookup(name);
  if (!stored) {
    StringRef place = isa<ParameterOp>(op) ? "weights"
                      : isa<InputOp>(op)   ? "inputs"
                                           : "expected outputs";
    return op->emitError() << "expected tensor '" << name << "' in the "
                           << place << ", but it is not there";
  }
  Type element = cast<ShapedType>(type).getElementType();
  auto parameter = dyn_cast<ParameterOp>(op);
  Packing packing = parameter && parameter.getCheckpointAttr()
                        ? parameter.getCheckpointAttr().getPacking()
                        : Packing::None;
  if (packing != Packing::None) {
    unsigned size = packing == Packing::Bytes ? 1 : 4;
    if (isFloat(stored->type) || getBlockBytes(stored->type) != size ||
        stored->shape.empty())
      return op->emitError()
             << "expected the stored tensor '" << name << "' to be of integers "
             << "of " << 8 * size
             << " bits, which hold several values, but got "
             << stringifyStoredType(stored->type);
    return stored;
  }
  bool wantsFloat = isa<FloatType>(element);
  bool isExponent =
      isa<Float8E8M0FNUType>(element) && stored->type == StoredType::U8;
  if (isFloat(stored->type) != wantsFloat && !isExponent)
    return op->emitError() << "expected the stored tensor '" << name
                           << "' to be of "
                           << (wantsFloat ? "floats" : "integers")
                           << ", but got " << stringifyStoredType(stored->type);
  // Weights in 8 bits have scales of their own, which nobody applies where the
  // program takes them for weights.
  if (parameter && getBlockBytes(stored->type) == 1 && element.isIntOrFloat() &&
      element.getIntOrFloatBitWidth() > 8)
    for (StringRef suffix : {"_scale_inv", "_scale"})
      if (std::string scale = (name + suffix).str(); files.lookup(scale))
        return op->emitError() << "expected weights without scales, but got '"
                               << scale << "' for '" << name << "'";
  return stored;
}

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

namespace {
/// What a file holds for a parameter, before anything of it is converted.
struct StoredParameter {
  /// Several where they are stacked, of one shape.
  SmallVector<const StoredTensor *> parts;
  /// Of all parts, unpacked and transposed.
  SmallVector<int64_t, 4> shape;
};
} // namespace

static bool isStacked(ParameterOp op) {
  CheckpointAttr checkpoint = op.getCheckpointAttr();
  return checkpoint && checkpoint.getStacked();
}

/// All tensors that have a number in place of the `{}`.
static LogicalResult findStacked(ParameterOp op, const Checkpoint &files,
                                 StoredParameter &found) {
  auto [before, after] = op.getName().split("{}");
  auto type = cast<RankedTensorType>(op.getType());
  // A view may see them in any shape.
  bool hasView = !op.getCheckpointAttr().getView().empty();
  SmallVector<int64_t, 4> wanted = getUnpaddedShape(type);
  int64_t number =
      hasView || wanted.empty() ? 1 : std::max<int64_t>(wanted[0], 1);
  for (int64_t i = 0;; ++i) {
    std::string name = (before + Twine(i) + after).str();
    if (i >= number && !files.lookup(name))
      return success();
    FailureOr<const StoredTensor *> stored = lookup(op, files, name, type);
    if (failed(stored))
      return failure();
    found.parts.push_back(*stored);
    ArrayRef<int64_t> first = found.parts.front()->shape;
    if (ArrayRef<int64_t>((*stored)->shape) != first)
      return op.emitError()
             << "expected the stored tensor '" << name
             << "' to have the shape of the first one, " << toString(first)
             << ", but got " << toString((*stored)->shape);
  }
}

/// The tensors of a parameter, and the shape that they will have.
static FailureOr<StoredParameter> find(ParameterOp op,
                                       const Checkpoint &files) {
  StoredParameter found;
  if (isStacked(op)) {
    if (failed(findStacked(op, files, found)))
      return failure();
  } else {
    FailureOr<const StoredTensor *> stored =
        lookup(op, files, op.getName(), op.getType());
    if (failed(stored))
      return failure();
    found.parts.push_back(*stored);
  }
  const StoredTensor &first = *found.parts.front();
  found.shape.assign(first.shape.begin(), first.shape.end());
  CheckpointAttr checkpoint = op.getCheckpointAttr();
  if (!checkpoint)
    return found;
  if (Packing packing = checkpoint.getPacking(); packing != Packing::None) {
    int64_t &size = found.shape[getPackedDim(first, packing)];
    size = multiplySaturating(size, getPackedCount(packing));
  }
  if (checkpoint.getStacked())
    found.shape.insert(found.shape.begin(), found.parts.size());
  if (!checkpoint.getTransposed())
    return found;
  if (found.shape.size() < 2)
    return op.emitError() << "expected the stored tensor '" << op.getName()
                          << "' to have two dimensions to transpose, but got "
                          << toString(found.shape);
  std::swap(found.shape[found.shape.size() - 2], found.shape.back());
  return found;
}

/// Converts what was found, along a new first dimension where it is stacked.
static Tensor read(ParameterOp op, const StoredParameter &found) {
  CheckpointAttr checkpoint = op.getCheckpointAttr();
  Type type = cast<RankedTensorType>(op.getType()).getElementType();
  SmallVector<Tensor> parts;
  for (const StoredTensor *stored : found.parts) {
    Tensor part = read(*stored, type, checkpoint);
    if (!isStacked(op))
      return checkpoint && checkpoint.getTransposed() ? transpose(part) : part;
    SmallVector<int64_t, 4> shape(part.getShape());
    shape.insert(shape.begin(), 1);
    parts.push_back(reshape(part, shape));
  }
  SmallVector<const Tensor *> pointers;
  for (const Tensor &part : parts)
    pointers.push_back(&part);
  Tensor tensor = Tensor::concat(pointers, 0);
  return checkpoint.getTransposed() ? transpose(tensor) : tensor;
}

/// The part of a view; as many elements as the view has.
static Tensor takePart(const Tensor &tensor, CheckpointAttr checkpoint) {
  Tensor part = reshape(tensor, checkpoint.getView());
  for (auto [dim, offset, size] :
       llvm::enumerate(checkpoint.getOffsets(), checkpoint.getSizes()))
    if (size != part.getDim(dim))
      part = part.slice(dim, offset, size);
  return part;
}

FailureOr<Tensor> CheckpointSource::getParameter(ParameterOp op) {
  if (weights.empty())
    return RandomSource::getParameter(op);
  CheckpointAttr checkpoint = op.getCheckpointAttr();
  // What does not fit is refused before gigabytes are converted.
  FailureOr<StoredParameter> found = find(op, weights);
  if (failed(found))
    return failure();
  SmallVector<int64_t, 4> shape =
      getUnpaddedShape(cast<RankedTensorType>(op.getType()));
  if (!checkpoint || checkpoint.getView().empty()) {
    if (found->shape == shape)
      return read(op, *found);
    return op.emitError() << "expected the stored tensor '" << op.getName()
                          << "' to have the shape " << toString(shape)
                          << ", but got " << toString(found->shape);
  }
  auto count = [](ArrayRef<int64_t> sizes) {
    std::optional<int64_t> elements = 1;
    for (int64_t size : sizes)
      elements = elements ? multiplySizes(*elements, size) : elements;
    return elements;
  };
  std::optional<int64_t> elements = count(checkpoint.getView());
  if (!elements || elements != count(found->shape))
    return op.emitError() << "expected the stored tensor '" << op.getName()
                          << "' to have as many elements as its view "
                          << toString(checkpoint.getView()) << ", but got "
                          << toString(found->shape);
  return reshape(takePart(read(op, *found), checkpoint), shape);
}

//===----------------------------------------------------------------------===//
// Inputs, outputs, caches
//===----------------------------------------------------------------------===//

/// Elements `[begin, begin + size)` of a sequence in the second dimension.
static FailureOr<Tensor> readPart(Operation *op, const Checkpoint &files,
                                  StringRef name, Type type,
                                  ArrayRef<int64_t> shape, uint64_t begin) {
  FailureOr<const StoredTensor *> stored = lookup(op, files, name, type);
  if (failed(stored))
    return failure();
  ArrayRef<int64_t> storedShape = (*stored)->shape;
  SmallVector<int64_t, 4> wanted(shape);
  bool isSequence = wanted.size() >= 2 && storedShape.size() >= 2;
  bool isLongEnough =
      !isSequence || (uint64_t(storedShape[1]) >= begin &&
                      uint64_t(storedShape[1]) - begin >= uint64_t(wanted[1]));
  if (isSequence && isLongEnough)
    wanted[1] = storedShape[1];
  if (!isLongEnough || storedShape != ArrayRef<int64_t>(wanted)) {
    InFlightDiagnostic diagnostic =
        op->emitError() << "expected the stored tensor '" << name
                        << "' to have the shape " << toString(shape);
    if (isSequence && begin != 0)
      diagnostic << " from position " << begin << " on";
    return diagnostic << ", but got " << toString(storedShape);
  }
  return isSequence ? readSlice(**stored, begin, shape[1]) : read(**stored);
}

/// Fails unless a token is stored of each sequence in the first step, and of
/// one in each later step: what is all padding would agree with anything.
static LogicalResult checkStoredTokens(Operation *op, StringRef name,
                                       ArrayRef<int64_t> shape,
                                       const RandomSource::Options &options,
                                       int64_t step, int64_t tokens) {
  int64_t numEnded = 0;
  for (int64_t b = 0; b < shape[0]; ++b) {
    int64_t begin = RandomSource::getBegin(options, b, step, tokens);
    if (begin < shape[1])
      continue;
    if (step == 0 || ++numEnded == shape[0])
      return op->emitError()
             << "expected the stored tensor '" << name << "' to have tokens "
             << "of sequence " << b << " from position " << begin
             << " on, but got " << toString(shape);
  }
  return success();
}

/// The new tokens of each sequence, from its own position on; behind them, and
/// behind its end, is padding: zeros.
FailureOr<Tensor> CheckpointSource::readRagged(InputOp op) const {
  auto type = cast<RankedTensorType>(op.getType());
  FailureOr<const StoredTensor *> stored =
      lookup(op, inputs, op.getName(), type);
  if (failed(stored) || failed(checkSequences(op)))
    return failure();
  Tensor result(getUnpaddedShape(type));
  ArrayRef<int64_t> shape = (*stored)->shape;
  if (shape.size() != 2 || result.getRank() != 2 ||
      shape[0] != result.getDim(0))
    return op.emitError() << "expected the stored tensor '" << op.getName()
                          << "' to have " << result.getDim(0)
                          << " sequences, but got " << toString(shape);
  int64_t tokens = result.getDim(1);
  if (failed(checkStoredTokens(op, op.getName(), shape, options, step, tokens)))
    return failure();
  for (int64_t b = 0; b < shape[0]; ++b) {
    int64_t begin = getBegin(options, b, step, tokens);
    int64_t count = std::min(getQueryLen(options, b, tokens),
                             std::max<int64_t>(shape[1] - begin, 0));
    for (int64_t i = 0; i < count; ++i)
      result[b * tokens + i] = (*stored)->getElement(b * shape[1] + begin + i);
  }
  return result;
}

/// Holds stored tokens to the vocabulary that is asked for.
static FailureOr<Tensor> checkTokens(InputOp op, FailureOr<Tensor> tensor,
                                     int64_t vocabulary) {
  auto type = cast<RankedTensorType>(op.getType());
  if (failed(tensor) || vocabulary <= 0 ||
      isa<FloatType>(type.getElementType()))
    return tensor;
  for (int64_t i = 0, e = tensor->getNumElements(); i < e; ++i)
    if (!((*tensor)[i] < vocabulary))
      return op.emitError()
             << "expected the stored tensor '" << op.getName()
             << "' to have tokens below " << vocabulary << ", but got "
             << static_cast<int64_t>((*tensor)[i]);
  return tensor;
}

/// Of a stored block table -1 is no page, and nothing is less.
static FailureOr<Tensor> checkPages(InputOp op, FailureOr<Tensor> table) {
  for (int64_t i = 0, e = succeeded(table) ? table->getNumElements() : 0; i < e;
       ++i)
    if ((*table)[i] < -1)
      return op.emitError() << "expected the stored tensor '" << op.getName()
                            << "' to have pages, or -1 for none, but got "
                            << static_cast<int64_t>((*table)[i]);
  return table;
}

bool CheckpointSource::isOfRun(InputOp op) {
  InputUse::Kind kind = findInputUse(op).kind;
  return cast<RankedTensorType>(op.getType()).getRank() == 0 ||
         kind == InputUse::Kind::Position || kind == InputUse::Kind::QueryLens;
}

FailureOr<Tensor> CheckpointSource::getInput(InputOp op) {
  auto type = cast<RankedTensorType>(op.getType());
  // Pages are made up where nobody states them.
  bool isData = findInputUse(op).kind == InputUse::Kind::Data;
  if (inputs.empty() || isOfRun(op) ||
      (!isData && !inputs.lookup(op.getName())))
    return RandomSource::getInput(op);
  SmallVector<int64_t, 4> shape = getUnpaddedShape(type);
  if (!isData)
    return checkPages(
        op, readPart(op, inputs, op.getName(), type, shape, /*begin=*/0));
  if (areRagged(options) && shape.size() >= 2)
    return checkTokens(op, readRagged(op), options.vocabulary);
  uint64_t begin = options.position;
  if (shape.size() >= 2)
    begin += uint64_t(step) * shape[1];
  return checkTokens(op, readPart(op, inputs, op.getName(), type, shape, begin),
                     options.vocabulary);
}

FailureOr<Tensor> CheckpointSource::getCache(KvCacheOp op) {
  if (weights.empty())
    return RandomSource::getCache(op);
  return Tensor(getUnpaddedShape(cast<RankedTensorType>(op.getType())));
}

/// What an output of sequences in different places should be: a row for each
/// token, or for the last one of each step. Rows of padding, and those behind
/// the end of what is stored, are as they are.
static FailureOr<Tensor>
getRaggedExpected(OutputOp op, const Tensor &output, const Checkpoint &files,
                  const RandomSource::Options &options) {
  FailureOr<const StoredTensor *> found =
      lookup(op, files, op.getName(), op.getValue().getType());
  if (failed(found))
    return failure();
  ArrayRef<int64_t> shape = (*found)->shape;
  Tensor result = output;
  int64_t width = output.getInnerSize(1), tokens = 0;
  Operation *model = op->getParentOp();
  while (model && !isa<ModelOp, ProgramOp>(model))
    model = model->getParentOp();
  model->walk([&](InputOp input) {
    tokens = getNumTokens(input);
    return WalkResult::interrupt();
  });
  int64_t rows = output.getDim(1) / options.steps;
  if (shape.size() != output.getRank() || shape[0] != output.getDim(0) ||
      shape.drop_front(2) != output.getShape().drop_front(2) ||
      (rows != tokens && rows != 1))
    return op.emitError() << "expected the stored tensor '" << op.getName()
                          << "' to be of the sequences of the output, "
                          << toString(output.getShape()) << ", but got "
                          << toString(shape);
  for (int64_t step = 0; step < options.steps; ++step)
    if (failed(
            checkStoredTokens(op, op.getName(), shape, options, step, tokens)))
      return failure();
  for (int64_t b = 0; b < shape[0]; ++b)
    for (int64_t step = 0; step < options.steps; ++step) {
      int64_t begin = RandomSource::getBegin(options, b, step, tokens);
      int64_t length = RandomSource::getQueryLen(options, b, tokens);
      for (int64_t i = rows == tokens ? 0 : length - 1; i < length; ++i)
        if (begin + i < shape[1]) {
          int64_t row =
              b * output.getDim(1) + step * rows + (rows == tokens ? i : 0);
          for (int64_t j = 0; j < width; ++j)
            result[row * width + j] =
                (*found)->getElement((b * shape[1] + begin + i) * width + j);
        }
    }
  return result;
}

FailureOr<llvm::MapVector<StringAttr, Tensor>> CheckpointSource::getExpected(
    Operation *model, const llvm::MapVector<StringAttr, Tensor> &outputs,
    const Checkpoint &files, const Options &options) {
  llvm::MapVector<StringAttr, Tensor> expected;
  if (outputs.empty())
    return model->emitError("expected outputs to compare, but there are none");
  SmallVector<OutputOp> ops;
  model->walk([&](OutputOp op) { ops.push_back(op); });
  for (OutputOp op : ops) {
    auto it = outputs.find(op.getNameAttr());
    if (it == outputs.end())
      continue;
    Type type = op.getValue().getType();
    FailureOr<Tensor> tensor =
        areRagged(options) && it->second.getRank() >= 2
            ? getRaggedExpected(op, it->second, files, options)
            : readPart(op, files, op.getName(), type, it->second.getShape(),
                       options.position);
    if (failed(tensor))
      return failure();
    expected[op.getNameAttr()] = std::move(*tensor);
  }
  return expected;
}
