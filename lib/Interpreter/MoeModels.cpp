//===- MoeModels.cpp - Mixture of experts and its parts -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"

using namespace mlir;
using namespace mlir::dag;

using Tensors = ArrayRef<const Tensor *>;
using Results = SmallVectorImpl<Tensor>;

namespace {

template <typename ConcreteT, typename OpT>
using Model = InterpretOpInterface::ExternalModel<ConcreteT, OpT>;

struct RouterModel : Model<RouterModel, RouterOp> {
  LogicalResult interpret(Operation *op, const RankContext &rank,
                          Tensors tensors, Results &results) const {
    auto router = cast<RouterOp>(op);
    Operands operands(op, rank, tensors);
    kernels::Routing routing;
    routing.topK = router.getTopK();
    routing.scoring = router.getScoring();
    routing.normalize = router.getNormalize();
    routing.scale = toDouble(router.getScale()).value_or(1);
    routing.groups = router.getGroups();
    routing.topGroups = router.getTopGroups().value_or(0);
    routing.groupTop = router.getGroupTop().value_or(0);
    auto [weights, indices] = kernels::route(
        *tensors[0], *tensors[1], operands.find(router.getBias()),
        operands.find(router.getCorrection()), routing);
    results.push_back(std::move(weights));
    results.push_back(std::move(indices));
    return success();
  }
};

struct DispatchModel : Model<DispatchModel, DispatchOp> {
  LogicalResult interpret(Operation *op, const RankContext &rank,
                          Tensors tensors, Results &results) const {
    auto dispatch = cast<DispatchOp>(op);
    // The slots of this rank's tokens.
    ShardRange slots =
        rank.getRange(cast<RankedTensorType>(dispatch.getType()), 1);
    results.push_back(kernels::dispatch(*tensors[0], *tensors[1],
                                        dispatch.getNumExperts(), slots.size));
    return success();
  }
};

struct ExpertModel : Model<ExpertModel, ExpertOp> {
  LogicalResult interpret(Operation *op, const RankContext &rank,
                          Tensors tensors, Results &results) const {
    auto expert = cast<ExpertOp>(op);
    Operands operands(op, rank, tensors);
    kernels::ExpertSettings figures{expert.getActivation(),
                                    toDouble(expert.getAlpha()),
                                    toDouble(expert.getLimit()),
                                    toDouble(expert.getUpOffset()).value_or(0)};
    results.push_back(
        kernels::runExperts(*tensors[0], *tensors[1], *tensors[2], *tensors[3],
                            tensors.drop_front(4), figures,
                            operands.getRange(expert.getWDown(), 2).valid));
    return success();
  }
};

struct CombineModel : Model<CombineModel, CombineOp> {
  LogicalResult interpret(Operation *op, const RankContext &rank,
                          Tensors tensors, Results &results) const {
    Operands operands(op, rank, tensors);
    results.push_back(
        kernels::combine(*tensors[0], *tensors[1], *tensors[2],
                         operands.getRange(cast<CombineOp>(op).getY(), 0)));
    return success();
  }
};

} // namespace

void dag::attachMoeModels(MLIRContext *context) {
  RouterOp::attachInterface<RouterModel>(*context);
  DispatchOp::attachInterface<DispatchModel>(*context);
  ExpertOp::attachInterface<ExpertModel>(*context);
  CombineOp::attachInterface<CombineModel>(*context);
}
