//===- ComputeModels.cpp - Compute ops, one by one -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"

#include <cmath>

using namespace mlir;
using namespace mlir::dag;

using Tensors = ArrayRef<const Tensor *>;
using Results = SmallVectorImpl<Tensor>;

/// Applies a function to every element.
template <typename FunctionT>
static Tensor map(const Tensor &x, FunctionT function) {
  Tensor result = x;
  for (int64_t i = 0, e = x.getNumElements(); i < e; ++i)
    result[i] = function(x[i]);
  return result;
}

namespace {

template <typename ConcreteT, typename OpT>
using Model = InterpretOpInterface::ExternalModel<ConcreteT, OpT>;

struct EmbeddingModel : Model<EmbeddingModel, EmbeddingOp> {
  LogicalResult interpret(Operation *op, const RankContext &rank,
                          Tensors tensors, Results &results) const {
    auto embedding = cast<EmbeddingOp>(op);
    Operands operands(op, rank, tensors);
    const Tensor &ids = operands[embedding.getIds()];
    const Tensor &table = operands[embedding.getTable()];
    ShardRange rows = operands.getRange(embedding.getTable(), 0);
    // Padding is no number.
    for (int64_t i = 0, e = ids.getNumElements(); i < e; ++i)
      if (ids[i] < 0 || ids[i] >= static_cast<double>(rows.total))
        return op->emitError() << "expected token ids in [0, " << rows.total
                               << "), but got " << ids[i];
    results.push_back(kernels::embedding(ids, table, rows.offset, rows.valid));
    return success();
  }
};

struct PositionEmbeddingModel
    : Model<PositionEmbeddingModel, PositionEmbeddingOp> {
  LogicalResult interpret(Operation *op, const RankContext &rank,
                          Tensors tensors, Results &results) const {
    auto embedding = cast<PositionEmbeddingOp>(op);
    Operands operands(op, rank, tensors);
    const Tensor &ids = operands[embedding.getIds()];
    const Tensor &table = operands[embedding.getTable()];
    kernels::Positions first = operands.getPositions(embedding.getPosition()) +
                               static_cast<int64_t>(embedding.getOffset()) +
                               operands.getRange(embedding.getIds(), 1).offset;
    int64_t valid = operands.getRange(embedding.getIds(), 1).valid;
    Tensor result({ids.getDim(0), ids.getDim(1), table.getDim(1)});
    for (int64_t i = 0, e = ids.getNumElements(); i < e; ++i) {
      int64_t token = i % ids.getDim(1);
      if (token >= valid)
        continue;
      int64_t position = first.get(i / ids.getDim(1)) + token;
      // Padding of a sequence that has a position of its own.
      if (first.areEach() && token > 0 && position >= table.getDim(0))
        continue;
      if (position < 0 || position >= table.getDim(0))
        return op->emitError() << "expected positions in [0, "
                               << table.getDim(0) << "), but got " << position;
      std::copy_n(table.getRow(position), table.getDim(1), result.getRow(i));
    }
    results.push_back(std::move(result));
    return success();
  }
};

struct RmsNormModel : Model<RmsNormModel, RmsNormOp> {
  LogicalResult interpret(Operation *op, const RankContext &, Tensors tensors,
                          Results &results) const {
    auto norm = cast<RmsNormOp>(op);
    results.push_back(kernels::rmsNorm(*tensors[0], *tensors[1],
                                       norm.getEpsilon().convertToDouble(),
                                       norm.getUnitOffset()));
    return success();
  }
};

struct LayerNormModel : Model<LayerNormModel, LayerNormOp> {
  LogicalResult interpret(Operation *op, const RankContext &rank,
                          Tensors tensors, Results &results) const {
    auto norm = cast<LayerNormOp>(op);
    Operands operands(op, rank, tensors);
    results.push_back(kernels::layerNorm(*tensors[0], *tensors[1],
                                         operands.find(norm.getBias()),
                                         norm.getEpsilon().convertToDouble()));
    return success();
  }
};

struct LinearModel : Model<LinearModel, LinearOp> {
  LogicalResult interpret(Operation *op, const RankContext &rank,
                          Tensors tensors, Results &results) const {
    auto linear = cast<LinearOp>(op);
    Operands operands(op, rank, tensors);
    results.push_back(kernels::linear(
        *tensors[0], *tensors[1], operands.find(linear.getBias()),
        operands.getRange(linear.getWeight(), 1).valid));
    return success();
  }
};

struct RotaryEmbeddingModel : Model<RotaryEmbeddingModel, RotaryEmbeddingOp> {
  LogicalResult interpret(Operation *op, const RankContext &rank,
                          Tensors tensors, Results &results) const {
    auto rotary = cast<RotaryEmbeddingOp>(op);
    Operands operands(op, rank, tensors);
    const Tensor &x = *tensors[0];
    unsigned last = x.getRank() - 1;
    auto offset = static_cast<int64_t>(rotary.getOffset());
    int64_t dim = rotary.getRotaryDim().value_or(x.getDim(last) - offset);
    kernels::Positions positions = operands.getPositions(rotary.getPosition());
    ShardRange tokens = operands.getRange(rotary.getX(), 1);
    SmallVector<kernels::RotaryTable, 1> tables;
    for (int64_t b = 0, e = positions.areEach() ? x.getDim(0) : 1; b < e; ++b) {
      FailureOr<kernels::RotaryTable> table = kernels::getRotaryTable(
          op->getLoc(), rotary.getTheta().convertToDouble(), dim,
          rotary.getScalingAttr(), positions.get(b) + tokens.total);
      if (failed(table))
        return failure();
      tables.push_back(std::move(*table));
    }
    results.push_back(kernels::rotate(
        x, tables, offset, rotary.getInterleaved(), positions + tokens.offset));
    return success();
  }
};

struct ActivationModel : Model<ActivationModel, ActivationOp> {
  LogicalResult interpret(Operation *op, const RankContext &, Tensors tensors,
                          Results &results) const {
    ActivationKind kind = cast<ActivationOp>(op).getKind();
    results.push_back(
        map(*tensors[0], [&](double x) { return kernels::activate(kind, x); }));
    return success();
  }
};

struct MultiplyModel : Model<MultiplyModel, MultiplyOp> {
  LogicalResult interpret(Operation *, const RankContext &, Tensors tensors,
                          Results &results) const {
    Tensor result = *tensors[0];
    for (int64_t i = 0, e = result.getNumElements(); i < e; ++i)
      result[i] *= (*tensors[1])[i];
    results.push_back(std::move(result));
    return success();
  }
};

struct AddModel : Model<AddModel, AddOp> {
  LogicalResult interpret(Operation *, const RankContext &, Tensors tensors,
                          Results &results) const {
    Tensor result = *tensors[0];
    for (int64_t i = 0, e = result.getNumElements(); i < e; ++i)
      result[i] += (*tensors[1])[i];
    results.push_back(std::move(result));
    return success();
  }
};

struct BiasAddModel : Model<BiasAddModel, BiasAddOp> {
  LogicalResult interpret(Operation *, const RankContext &, Tensors tensors,
                          Results &results) const {
    Tensor result = *tensors[0];
    int64_t size = tensors[1]->getDim(0);
    for (int64_t i = 0, e = result.getNumElements(); i < e; ++i)
      result[i] += (*tensors[1])[i % size];
    results.push_back(std::move(result));
    return success();
  }
};

struct SplitModel : Model<SplitModel, SplitOp> {
  LogicalResult interpret(Operation *op, const RankContext &, Tensors tensors,
                          Results &results) const {
    int64_t begin = 0;
    for (int64_t size : cast<SplitOp>(op).getSizes()) {
      results.push_back(
          tensors[0]->slice(tensors[0]->getRank() - 1, begin, size));
      begin += size;
    }
    return success();
  }
};

struct ScaleModel : Model<ScaleModel, ScaleOp> {
  LogicalResult interpret(Operation *op, const RankContext &, Tensors tensors,
                          Results &results) const {
    double factor = cast<ScaleOp>(op).getFactor().convertToDouble();
    results.push_back(map(*tensors[0], [&](double x) { return x * factor; }));
    return success();
  }
};

struct LastTokenModel : Model<LastTokenModel, LastTokenOp> {
  LogicalResult interpret(Operation *op, const RankContext &, Tensors tensors,
                          Results &results) const {
    const Tensor &x = *tensors[0];
    if (tensors.size() == 1) {
      results.push_back(x.slice(1, x.getDim(1) - 1, 1));
      return success();
    }
    Tensor result({x.getDim(0), 1, x.getDim(2)});
    for (int64_t b = 0, e = x.getDim(0); b < e; ++b) {
      double length = (*tensors[1])[b];
      // Padding is no number.
      if (length < 1 || length > static_cast<double>(x.getDim(1)))
        return op->emitError() << "expected from 1 to " << x.getDim(1)
                               << " tokens of a sequence, but got " << length;
      int64_t last = std::isnan(length) ? 0 : static_cast<int64_t>(length) - 1;
      std::copy_n(x.getRow(b * x.getDim(1) + last), x.getDim(2),
                  result.getRow(b));
    }
    results.push_back(std::move(result));
    return success();
  }
};

struct DequantizeModel : Model<DequantizeModel, DequantizeOp> {
  LogicalResult interpret(Operation *op, const RankContext &, Tensors tensors,
                          Results &results) const {
    auto dequantize = cast<DequantizeOp>(op);
    Tensor result = *tensors[0];
    if (dequantize.getScale())
      applyScales(result, *tensors[1],
                  dequantize.getZero() ? tensors[2] : nullptr,
                  *dequantize.getBlock());
    results.push_back(std::move(result));
    return success();
  }

private:
  /// Padding behind the last block has none of its own.
  static void applyScales(Tensor &tensor, const Tensor &scale,
                          const Tensor *zero, ArrayRef<int64_t> block) {
    ArrayRef<int64_t> shape = tensor.getShape();
    for (int64_t i = 0, e = tensor.getNumElements(); i < e; ++i) {
      int64_t rest = i, place = 0, stride = 1;
      for (unsigned dim = shape.size(); dim-- > 0;) {
        int64_t count = scale.getDim(dim);
        int64_t index = count == 1 ? 0 : rest % shape[dim] / block[dim];
        place += std::min(index, count - 1) * stride;
        rest /= shape[dim];
        stride *= count;
      }
      tensor[i] = (tensor[i] - (zero ? (*zero)[place] : 0)) * scale[place];
    }
  }
};

struct SoftCapModel : Model<SoftCapModel, SoftCapOp> {
  LogicalResult interpret(Operation *op, const RankContext &, Tensors tensors,
                          Results &results) const {
    double cap = cast<SoftCapOp>(op).getCap().convertToDouble();
    results.push_back(
        map(*tensors[0], [&](double x) { return cap * std::tanh(x / cap); }));
    return success();
  }
};

} // namespace

void dag::attachComputeModels(MLIRContext *context) {
  EmbeddingOp::attachInterface<EmbeddingModel>(*context);
  PositionEmbeddingOp::attachInterface<PositionEmbeddingModel>(*context);
  RmsNormOp::attachInterface<RmsNormModel>(*context);
  LayerNormOp::attachInterface<LayerNormModel>(*context);
  LinearOp::attachInterface<LinearModel>(*context);
  RotaryEmbeddingOp::attachInterface<RotaryEmbeddingModel>(*context);
  ActivationOp::attachInterface<ActivationModel>(*context);
  MultiplyOp::attachInterface<MultiplyModel>(*context);
  AddOp::attachInterface<AddModel>(*context);
  BiasAddOp::attachInterface<BiasAddModel>(*context);
  SplitOp::attachInterface<SplitModel>(*context);
  ScaleOp::attachInterface<ScaleModel>(*context);
  SoftCapOp::attachInterface<SoftCapModel>(*context);
  LastTokenOp::attachInterface<LastTokenModel>(*context);
  DequantizeOp::attachInterface<DequantizeModel>(*context);
}
