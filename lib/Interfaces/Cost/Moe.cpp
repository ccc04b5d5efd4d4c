//===- Moe.cpp - Costs of the parts of a mixture of experts -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::costs;

Share costs::getSlotUse(Value value) {
  // Between dispatch and experts there are a slice, an all-to-all or both.
  constexpr unsigned kMaxSteps = 8;
  for (unsigned step = 0; step < kMaxSteps && value; ++step) {
    Operation *op = value.getDefiningOp();
    if (auto dispatch = dyn_cast_if_present<DispatchOp>(op)) {
      auto indices =
          dyn_cast<RankedTensorType>(dispatch.getIndices().getType());
      auto result = dyn_cast<RankedTensorType>(dispatch.getResult().getType());
      if (!indices || !result || !indices.hasStaticShape() ||
          !result.hasStaticShape() || result.getRank() != 3)
        return {};
      Share use;
      use.part = 1;
      for (int64_t size : indices.getShape())
        use.part = multiplySaturating(use.part, size);
      use.whole =
          multiplySaturating(result.getDimSize(0), result.getDimSize(1));
      return use.whole > 0 ? use : Share();
    }
    if (!isa_and_present<CollectiveOpInterface, CommunicationOpInterface,
                         DynamicSliceOp, ExpertOp>(op) ||
        op->getNumOperands() == 0)
      return {};
    value = op->getOperand(0);
  }
  return {};
}

ResultPlace costs::getSlotPlace(OpResult result,
                                const LivenessContext &context) {
  if (context.kernels.padsExperts)
    return ResultPlace::own();
  const LocalTensor &tensor = context.costs.getLocal(result.getType());
  return ResultPlace::ownBytes(getSlotUse(result).apply(tensor.bytes));
}

namespace {
struct RouterModel : Model<RouterModel, RouterOp> {
  OpCost getCost(Operation *op, CostContext &context) const {
    auto router = cast<RouterOp>(op);
    Value x = router.getX(), weight = router.getWeight();
    CostBuilder cost(context);
    return cost.multiply({cost.elements(x), cost.dim(weight, 0)})
        .in({x, weight})
        .read(op->getOperands())
        .write(op->getResults());
  }
};

struct DispatchModel : Model<DispatchModel, DispatchOp> {
  OpCost getCost(Operation *op, CostContext &context) const {
    Value slots = cast<DispatchOp>(op).getResult();
    CostBuilder cost(context);
    return cost.read(op->getOperands())
        .write(getSlotUse(slots, context).apply(cost.bytes(slots)));
  }
  ResultPlace getResultPlace(Operation *op, OpResult result,
                             const LivenessContext &context) const {
    return getSlotPlace(result, context);
  }
};

/// A slot without a token costs nothing: kernels group the tokens.
struct ExpertModel : Model<ExpertModel, ExpertOp> {
  OpCost getCost(Operation *op, CostContext &context) const {
    auto expert = cast<ExpertOp>(op);
    Value x = expert.getX(), down = expert.getWDown();
    Share use = getSlotUse(x, context);
    CostBuilder cost(context);
    int64_t slots =
        use.apply(multiplySaturating(cost.dim(x, 0), cost.dim(x, 1)));
    int64_t inner = addSaturating(cost.dim(expert.getWGate(), 1),
                                  cost.dim(expert.getWUp(), 1));
    return cost.multiply({slots, cost.dim(x, 2), inner})
        .multiply({slots, cost.dim(down, 1), cost.dim(down, 2)})
        .in({x, down})
        .read(use.apply(cost.bytes(x)))
        .read(op->getOperands().drop_front())
        .write(use.apply(cost.bytes(expert.getResult())));
  }
  /// The products with the gate and with up.
  int64_t getWorkspaceBytes(Operation *op,
                            const LivenessContext &context) const {
    auto expert = cast<ExpertOp>(op);
    Value x = expert.getX();
    int64_t slots =
        multiplySaturating(getDim(context, x, 0), getDim(context, x, 1));
    if (!context.kernels.padsExperts)
      slots = getSlotUse(x).apply(slots);
    return getBytes(x, {2, slots, getDim(context, expert.getWUp(), 1)});
  }
  ResultPlace getResultPlace(Operation *op, OpResult result,
                             const LivenessContext &context) const {
    return getSlotPlace(result, context);
  }
};

template <typename OpT>
struct CombineModel : Model<CombineModel<OpT>, OpT> {
  OpCost getCost(Operation *op, CostContext &context) const {
    Value y = cast<OpT>(op).getY();
    CostBuilder cost(context);
    return cost.read(getSlotUse(y, context).apply(cost.bytes(y)))
        .read(op->getOperands().drop_front())
        .write(op->getResults());
  }
};
} // namespace

void costs::attachMoeModels(MLIRContext *context) {
  RouterOp::attachInterface<RouterModel>(*context);
  DispatchOp::attachInterface<DispatchModel>(*context);
  ExpertOp::attachInterface<ExpertModel>(*context);
  CombineOp::attachInterface<CombineModel<CombineOp>>(*context);
  ExpertParallelCombineOp::attachInterface<
      CombineModel<ExpertParallelCombineOp>>(*context);
}
