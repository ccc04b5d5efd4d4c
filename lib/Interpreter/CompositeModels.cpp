//===- CompositeModels.cpp - Composites by their parts -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "dag/Dialect/Dag/IR/CompositeParts.h"

#include <cmath>

using namespace mlir;
using namespace mlir::dag;

using Tensors = ArrayRef<const Tensor *>;
using Results = SmallVectorImpl<Tensor>;

/// Runs the parts of a composite. No result is rounded in between: that is for
/// what the program says. Gives its results and then what the caches hold, in
/// the order in which they are written.
static LogicalResult interpretParts(CompositeOpInterface op,
                                    const RankContext &rank, Tensors tensors,
                                    Results &results) {
  CompositeParts composites;
  FailureOr<const CompositeParts::Parts *> parts = composites.get(op);
  if (failed(parts))
    return failure();
  DenseMap<Value, const Tensor *> values;
  for (auto [argument, tensor] :
       llvm::zip_equal((*parts)->getOperands(), tensors))
    values[argument] = tensor;
  // Results stay where they are, so that they can be pointed at.
  SmallVector<std::unique_ptr<SmallVector<Tensor, 3>>> computed;
  SmallVector<Tensor, 2> written;
  for (Operation &part : (*parts)->getBlock()) {
    auto interpretable = dyn_cast<InterpretOpInterface>(&part);
    if (!interpretable)
      return op->emitError()
             << "expected an op that can be interpreted, but "
                "got '"
             << part.getName() << "' as a part of '" << op->getName() << "'";
    SmallVector<const Tensor *> operands;
    for (Value operand : part.getOperands())
      operands.push_back(values.lookup(operand));
    auto &outcome =
        *computed.emplace_back(std::make_unique<SmallVector<Tensor, 3>>());
    if (failed(interpretable.interpret(rank, operands, outcome)))
      return failure();
    for (auto [result, tensor] : llvm::zip(part.getResults(), outcome))
      values[result] = &tensor;
    for (Tensor &cache :
         MutableArrayRef<Tensor>(outcome).drop_front(part.getNumResults()))
      written.push_back(std::move(cache));
  }
  for (Value value : (*parts)->getResults())
    results.push_back(*values.lookup(value));
  llvm::move(written, std::back_inserter(results));
  return success();
}

namespace {
template <typename OpT>
struct CompositeModel
    : InterpretOpInterface::ExternalModel<CompositeModel<OpT>, OpT> {
  LogicalResult interpret(Operation *op, const RankContext &rank,
                          Tensors tensors, Results &results) const {
    return interpretParts(cast<OpT>(op), rank, tensors, results);
  }
  SmallVector<Value, 2> getWrittenCaches(Operation *op) const {
    if constexpr (std::is_same_v<OpT, MoeOp>)
      return {};
    else
      return SmallVector<Value, 2>(cast<OpT>(op).getCache());
  }
};

/// A rank's share of what it has. The interpreter runs slices with the
/// collectives, and those of composites here.
struct SliceModel : InterpretOpInterface::ExternalModel<SliceModel, SliceOp> {
  LogicalResult interpret(Operation *op, const RankContext &rank,
                          Tensors tensors, Results &results) const {
    auto slice = cast<SliceOp>(op);
    auto dim = static_cast<unsigned>(slice.getDim());
    ShardRange from =
        rank.getRange(cast<RankedTensorType>(slice.getX().getType()), dim);
    ShardRange kept =
        rank.getRange(cast<RankedTensorType>(slice.getType()), dim);
    // Whoever looks at padding spoils the result.
    results.push_back(tensors[0]->slice(dim, kept.offset - from.offset,
                                        kept.size, std::nan("")));
    return success();
  }
};
} // namespace

void dag::attachCompositeModels(MLIRContext *context) {
  AttentionOp::attachInterface<CompositeModel<AttentionOp>>(*context);
  LatentAttentionOp::attachInterface<CompositeModel<LatentAttentionOp>>(
      *context);
  MoeOp::attachInterface<CompositeModel<MoeOp>>(*context);
  SliceOp::attachInterface<SliceModel>(*context);
}
