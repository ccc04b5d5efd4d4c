//===- RankModels.cpp - Ops that only ranks run -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "mlir/IR/Diagnostics.h"

using namespace mlir;
using namespace mlir::dag;

using Tensors = ArrayRef<const Tensor *>;
using Results = SmallVectorImpl<Tensor>;

namespace {

template <typename ConcreteT, typename OpT>
using Model = InterpretOpInterface::ExternalModel<ConcreteT, OpT>;

struct ShardOffsetModel : Model<ShardOffsetModel, ShardOffsetOp> {
  LogicalResult interpret(Operation *op, const RankContext &rank, Tensors,
                          Results &results) const {
    auto offset = cast<ShardOffsetOp>(op);
    DimShardingAttr split = offset.getSplit();
    Tensor result(
        cast<RankedTensorType>(offset.getResult().getType()).getShape());
    auto begin = static_cast<double>(
        getShardRange(offset.getSize(), split, rank.getMesh(),
                      rank.getIndex(split.getAxes()))
            .offset);
    if (offset.getNegated())
      begin = -begin;
    for (int64_t i = 0, e = result.getNumElements(); i < e; ++i)
      result[i] = begin;
    results.push_back(std::move(result));
    return success();
  }
};

struct DynamicSliceModel : Model<DynamicSliceModel, DynamicSliceOp> {
  LogicalResult interpret(Operation *op, const RankContext &rank,
                          Tensors tensors, Results &results) const {
    auto slice = cast<DynamicSliceOp>(op);
    Operands operands(op, rank, tensors);
    auto dim = static_cast<unsigned>(slice.getDim());
    auto size = static_cast<int64_t>(slice.getSize());
    int64_t offset = operands.getPosition(slice.getOffset());
    int64_t whole = tensors[0]->getDim(dim);
    if (offset < 0 || offset > whole - size)
      return op->emitError()
             << "expected " << size << " of " << whole
             << " elements, but got those from " << offset << " on";
    results.push_back(tensors[0]->slice(dim, offset, size));
    return success();
  }
};

struct PadModel : Model<PadModel, PadOp> {
  LogicalResult interpret(Operation *op, const RankContext &, Tensors tensors,
                          Results &results) const {
    auto pad = cast<PadOp>(op);
    auto dim = static_cast<unsigned>(pad.getDim());
    results.push_back(tensors[0]->slice(
        dim, 0,
        tensors[0]->getDim(dim) + static_cast<int64_t>(pad.getAmount())));
    return success();
  }
};

struct VocabParallelEmbeddingModel
    : Model<VocabParallelEmbeddingModel, VocabParallelEmbeddingOp> {
  LogicalResult interpret(Operation *op, const RankContext &rank,
                          Tensors tensors, Results &results) const {
    auto embedding = cast<VocabParallelEmbeddingOp>(op);
    Operands operands(op, rank, tensors);
    results.push_back(kernels::embedding(
        operands[embedding.getIds()], operands[embedding.getTable()],
        operands.getPosition(embedding.getOffset()),
        operands[embedding.getTable()].getDim(0)));
    return success();
  }
};

struct AlibiModel : Model<AlibiModel, AlibiOp> {
  LogicalResult interpret(Operation *op, const RankContext &rank,
                          Tensors tensors, Results &results) const {
    auto alibi = cast<AlibiOp>(op);
    Operands operands(op, rank, tensors);
    results.push_back(kernels::addAlibi(
        *tensors[0], alibi.getBase().convertToDouble(), alibi.getHeads(),
        operands.getPosition(alibi.getOffset()),
        operands.getPositions(alibi.getPosition())));
    return success();
  }
};

struct ExpertParallelCombineModel
    : Model<ExpertParallelCombineModel, ExpertParallelCombineOp> {
  LogicalResult interpret(Operation *op, const RankContext &rank,
                          Tensors tensors, Results &results) const {
    auto combine = cast<ExpertParallelCombineOp>(op);
    Operands operands(op, rank, tensors);
    ShardRange experts;
    experts.offset = operands.getPosition(combine.getOffset());
    experts.size = experts.valid = tensors[0]->getDim(0);
    results.push_back(
        kernels::combine(*tensors[0], *tensors[1], *tensors[2], experts));
    return success();
  }
};

} // namespace

void dag::attachRankModels(MLIRContext *context) {
  ShardOffsetOp::attachInterface<ShardOffsetModel>(*context);
  DynamicSliceOp::attachInterface<DynamicSliceModel>(*context);
  PadOp::attachInterface<PadModel>(*context);
  VocabParallelEmbeddingOp::attachInterface<VocabParallelEmbeddingModel>(
      *context);
  AlibiOp::attachInterface<AlibiModel>(*context);
  ExpertParallelCombineOp::attachInterface<ExpertParallelCombineModel>(
      *context);
}
