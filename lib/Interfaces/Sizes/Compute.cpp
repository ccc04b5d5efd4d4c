//===- Compute.cpp - Sizes of linear layers, norms and pointwise ops -*- C++
//-*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::sizes;

/// All dimensions of `left` but the last are those of `right`.
static void equateLeading(SizeRelations &sizes, Value left, Value right) {
  for (int64_t dim = 0, end = sizes.getShape(left).rank; dim + 1 < end; ++dim)
    sizes.equateDims(left, dim, right, dim);
}

namespace {

struct EmbeddingModel : Model<EmbeddingModel, EmbeddingOp> {
  void relateSizes(Operation *op, SizeRelations &sizes) const {
    auto embedding = cast<EmbeddingOp>(op);
    equateLeading(sizes, embedding.getResult(), embedding.getIds());
    sizes.equateDims(embedding.getResult(), -1, embedding.getTable(), 1);
    sizes.boundIndices(sizes.get(embedding.getTable(), 0));
  }
};

struct PositionEmbeddingModel
    : Model<PositionEmbeddingModel, PositionEmbeddingOp> {
  void relateSizes(Operation *op, SizeRelations &sizes) const {
    auto embedding = cast<PositionEmbeddingOp>(op);
    equateLeading(sizes, embedding.getResult(), embedding.getIds());
    sizes.equateDims(embedding.getResult(), -1, embedding.getTable(), 1);
    Size rows = sizes.get(embedding.getTable(), 0);
    Size tokens = sizes.getPadded(sizes.getShape(embedding.getIds()), 1);
    auto offset = static_cast<int64_t>(embedding.getOffset());
    Size needed =
        offset == 0 ? tokens : sizes.getSum(tokens, sizes.getConstant(offset));
    sizes.keepAtMost(needed, rows);
    // Room for two runs.
    if (embedding.getPosition())
      sizes.wishAtMost(sizes.getSum(needed, tokens), rows);
    sizes.boundPositions(rows, tokens, offset);
    relateSequences(sizes, embedding.getPosition(), embedding.getIds());
  }
};

/// Vectors over the last dimension: of a norm, or a bias.
template <typename OpT>
struct VectorsModel : Model<VectorsModel<OpT>, OpT> {
  void relateSizes(Operation *op, SizeRelations &sizes) const {
    sizes.equateShapes(op->getOperand(0), op->getResult(0));
    for (Value vector : op->getOperands().drop_front())
      sizes.equateDims(op->getResult(0), -1, vector, 0);
  }
};

struct LinearModel : Model<LinearModel, LinearOp> {
  void relateSizes(Operation *op, SizeRelations &sizes) const {
    auto linear = cast<LinearOp>(op);
    equateLeading(sizes, linear.getX(), linear.getResult());
    sizes.equateDims(linear.getX(), -1, linear.getWeight(), 1);
    sizes.equateDims(linear.getResult(), -1, linear.getWeight(), 0);
    if (linear.getBias())
      sizes.equateDims(linear.getBias(), 0, linear.getWeight(), 0);
  }
};

struct RotaryEmbeddingModel : Model<RotaryEmbeddingModel, RotaryEmbeddingOp> {
  void relateSizes(Operation *op, SizeRelations &sizes) const {
    auto rotary = cast<RotaryEmbeddingOp>(op);
    sizes.equateShapes(rotary.getX(), rotary.getResult());
    relateSequences(sizes, rotary.getPosition(), rotary.getX());
    Size last = sizes.get(rotary.getX(), -1), rotated = last;
    bool hasOffset = rotary.getOffset() != 0;
    Size offset = hasOffset ? sizes.get(op, "offset") : Size();
    if (rotary.getRotaryDim()) {
      rotated = sizes.get(op, "rotary_dim");
      // To the end of a head.
      if (hasOffset &&
          sizes.getOriginal(last) ==
              sizes.getOriginal(offset) + sizes.getOriginal(rotated))
        sizes.equate(last, sizes.getSum(offset, rotated));
      sizes.keepAtMost(hasOffset ? sizes.getSum(offset, rotated) : rotated,
                       last);
    } else if (hasOffset) {
      rotated = sizes.getRest(last, offset);
    }
    // Pairs, of more than one frequency.
    sizes.setDivisor(rotated, 2);
    sizes.setLeast(rotated, 4);
    if (holdsList(rotary.getScalingAttr()))
      sizes.keep(rotated);
  }

private:
  /// True if there is a factor for each pair.
  static bool holdsList(DictionaryAttr scaling) {
    return scaling && llvm::any_of(scaling, [](NamedAttribute attribute) {
             return isa<ArrayAttr, DenseF64ArrayAttr>(attribute.getValue());
           });
  }
};

struct SplitModel : Model<SplitModel, SplitOp> {
  void relateSizes(Operation *op, SizeRelations &sizes) const {
    auto split = cast<SplitOp>(op);
    SmallVector<Size> parts;
    for (auto [i, result] : llvm::enumerate(op->getResults())) {
      equateLeading(sizes, split.getX(), result);
      parts.push_back(sizes.get(op, "sizes", i));
      sizes.equate(parts.back(), sizes.get(result, -1));
    }
    sizes.add(sizes.get(split.getX(), -1), parts);
  }
};

struct LastTokenModel : Model<LastTokenModel, LastTokenOp> {
  void relateSizes(Operation *op, SizeRelations &sizes) const {
    Value x = op->getOperand(0), result = op->getResult(0);
    for (int64_t dim = 0, rank = sizes.getShape(x).rank; dim < rank; ++dim)
      if (dim != 1)
        sizes.equateDims(x, dim, result, dim);
    relateSequences(sizes, cast<LastTokenOp>(op).getLengths(), x);
  }
};

/// Scales for blocks.
struct DequantizeModel : Model<DequantizeModel, DequantizeOp> {
  void relateSizes(Operation *op, SizeRelations &sizes) const {
    auto dequantize = cast<DequantizeOp>(op);
    Value x = dequantize.getX();
    sizes.equateShapes(x, dequantize.getResult());
    for (Value scale : {dequantize.getScale(), dequantize.getZero()})
      if (scale)
        for (int64_t dim = 0, rank = sizes.getShape(x).rank; dim < rank; ++dim)
          relateBlocks(op, sizes, x, scale, dim);
  }

private:
  static void relateBlocks(Operation *op, SizeRelations &sizes, Value x,
                           Value scale, int64_t dim) {
    Size block = sizes.get(op, "block", dim);
    Size real = sizes.get(x, dim), count = sizes.get(scale, dim);
    int64_t size = sizes.getOriginal(real), number = sizes.getOriginal(count),
            width = sizes.getOriginal(block);
    // One block that is whole, or larger than what there is.
    if (number == 1 && !ShapedType::isDynamic(size) && size <= width)
      return sizes.keepOrder(real, block);
    if (!ShapedType::isDynamic(size) && size == number * width)
      return sizes.multiplyDims(x, dim, scale, dim, block);
    // A rest.
    for (Size kept : {block, real, count})
      sizes.keep(kept);
  }
};

} // namespace

void sizes::attachComputeModels(MLIRContext *context) {
  EmbeddingOp::attachInterface<EmbeddingModel>(*context);
  PositionEmbeddingOp::attachInterface<PositionEmbeddingModel>(*context);
  RotaryEmbeddingOp::attachInterface<RotaryEmbeddingModel>(*context);
  LinearOp::attachInterface<LinearModel>(*context);
  SplitOp::attachInterface<SplitModel>(*context);
  LastTokenOp::attachInterface<LastTokenModel>(*context);
  DequantizeOp::attachInterface<DequantizeModel>(*context);
  attachModels<VectorsModel, RmsNormOp, LayerNormOp, BiasAddOp>(context);
  attachModels<SameShapeModel, ActivationOp, SoftCapOp, ScaleOp, MultiplyOp,
               AddOp>(context);
}
