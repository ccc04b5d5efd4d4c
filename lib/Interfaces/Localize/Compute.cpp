//===- Compute.cpp - Embeddings, linear layers and sums of a rank -*- C++
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
using namespace mlir::dag::localize;

namespace {

struct EmbeddingModel : Model<EmbeddingModel, EmbeddingOp> {
  LogicalResult localize(Operation *op, Localizer &localizer) const {
    auto embedding = cast<EmbeddingOp>(op);
    Value table = embedding.getTable();
    DimShardingAttr rows = Localizer::getSplit(table, 0);
    if (!rows.isSharded()) {
      localizer.clone(op);
      return success();
    }
    Value offset = localizer.getOffset(
        op->getLoc(), Localizer::getType(table).getDimSize(0), rows);
    localizer.define(op->getResult(0), VocabParallelEmbeddingOp::create(
                                           localizer.getBuilder(), op->getLoc(),
                                           localizer.get(embedding.getIds()),
                                           localizer.get(table), offset)
                                           .getResult());
    return success();
  }
};

struct PositionEmbeddingModel
    : Model<PositionEmbeddingModel, PositionEmbeddingOp> {
  LogicalResult localize(Operation *op, Localizer &localizer) const {
    auto embedding = cast<PositionEmbeddingOp>(op);
    Value position = localizer.getPosition(
        op->getLoc(), embedding.getPosition(), embedding.getIds(), /*dim=*/1);
    auto copy = cast<PositionEmbeddingOp>(localizer.clone(op));
    copy.getPositionMutable().assign(position ? ValueRange(position)
                                              : ValueRange());
    return success();
  }
};

struct RotaryEmbeddingModel : Model<RotaryEmbeddingModel, RotaryEmbeddingOp> {
  LogicalResult localize(Operation *op, Localizer &localizer) const {
    constexpr unsigned kTokens = 1;
    auto rotary = cast<RotaryEmbeddingOp>(op);
    if (Localizer::getSplit(rotary.getX(), kTokens).isSharded() &&
        failed(checkScaling(rotary)))
      return failure();
    Value position = localizer.getPosition(op->getLoc(), rotary.getPosition(),
                                           rotary.getX(), kTokens);
    auto copy = cast<RotaryEmbeddingOp>(localizer.clone(op));
    copy.getPositionMutable().assign(position ? ValueRange(position)
                                              : ValueRange());
    return success();
  }

private:
  /// A rank that has some of the tokens does not know their number.
  static LogicalResult checkScaling(RotaryEmbeddingOp op) {
    DictionaryAttr scaling = op.getScalingAttr();
    if (!scaling)
      return success();
    for (StringRef key : {"rope_type", "type"}) {
      auto kind = scaling.getAs<StringAttr>(key);
      if (kind && llvm::is_contained({"dynamic", "longrope"}, kind.getValue()))
        return op.emitError() << "expected all tokens for a rotation that is "
                                 "scaled by their number ('"
                              << kind.getValue() << "'), but they are split";
    }
    return success();
  }
};

} // namespace

void localize::attachComputeModels(MLIRContext *context) {
  EmbeddingOp::attachInterface<EmbeddingModel>(*context);
  PositionEmbeddingOp::attachInterface<PositionEmbeddingModel>(*context);
  RotaryEmbeddingOp::attachInterface<RotaryEmbeddingModel>(*context);
  RmsNormOp::attachInterface<SameOnShards<RmsNormOp>>(*context);
  LayerNormOp::attachInterface<SameOnShards<LayerNormOp>>(*context);
  LinearOp::attachInterface<SameOnShards<LinearOp>>(*context);
  LastTokenOp::attachInterface<SameOnShards<LastTokenOp>>(*context);
  DequantizeOp::attachInterface<SameOnShards<DequantizeOp>>(*context);
  ActivationOp::attachInterface<SameOnShards<ActivationOp>>(*context);
  SoftCapOp::attachInterface<SameOnShards<SoftCapOp>>(*context);
  ScaleOp::attachInterface<SameOnShards<ScaleOp>>(*context);
  MultiplyOp::attachInterface<SameOnShards<MultiplyOp>>(*context);
  AddOp::attachInterface<SameOnShards<AddOp>>(*context);
  BiasAddOp::attachInterface<SameOnShards<BiasAddOp>>(*context);
  SplitOp::attachInterface<SameOnShards<SplitOp>>(*context);
}
