//===- Moe.cpp - Experts and their slots -*- C++ -*-===//
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

namespace {

struct RouterModel : Model<RouterModel, RouterOp> {
  void relateSizes(Operation *op, SizeRelations &sizes) const {
    auto router = cast<RouterOp>(op);
    Value weight = router.getWeight();
    Size experts = sizes.get(weight, 0), topK = sizes.get(op, "top_k");
    sizes.equateDims(router.getX(), 2, weight, 1);
    for (Value vector : {router.getBias(), router.getCorrection()})
      if (vector)
        sizes.equateDims(vector, 0, weight, 0);
    for (Value result : op->getResults()) {
      equateDims(sizes, router.getX(), result, {0, 1});
      sizes.equate(sizes.get(result, 2), topK);
    }
    sizes.keepOrder(topK, experts);
    if (!router.getGroups())
      return;
    Size groups = sizes.get(op, "groups"), top = sizes.get(op, "top_groups");
    Size size = sizes.getQuotient(experts, groups);
    sizes.keepOrder(top, groups);
    sizes.keepOrder(sizes.get(op, "group_top"), size);
    sizes.keepOrder(topK, sizes.getProduct(top, size));
  }
};

struct DispatchModel : Model<DispatchModel, DispatchOp> {
  void relateSizes(Operation *op, SizeRelations &sizes) const {
    auto dispatch = cast<DispatchOp>(op);
    Value x = dispatch.getX(), result = dispatch.getResult();
    equateDims(sizes, x, dispatch.getIndices(), {0, 1});
    Size capacity = sizes.get(op, "capacity");
    sizes.equate(sizes.get(result, 0), sizes.get(op, "num_experts"));
    sizes.equate(sizes.get(result, 1), capacity);
    sizes.equateDims(result, 2, x, 2);
    // Slots for all tokens, or tokens that are dropped.
    sizes.keepOrder(capacity,
                    sizes.getProduct(sizes.get(x, 0), sizes.get(x, 1)));
  }
};

struct ExpertModel : Model<ExpertModel, ExpertOp> {
  void relateSizes(Operation *op, SizeRelations &sizes) const {
    auto expert = cast<ExpertOp>(op);
    Value x = expert.getX(), gate = expert.getWGate(), up = expert.getWUp(),
          down = expert.getWDown(), result = expert.getResult();
    sizes.equateShapes(gate, up);
    for (Value other : {down, x, result})
      sizes.equateDims(gate, 0, other, 0);
    sizes.equateDims(gate, 1, down, 2);
    sizes.equateDims(gate, 2, x, 2);
    sizes.equateDims(result, 1, x, 1);
    sizes.equateDims(result, 2, down, 1);
    Value weights[] = {gate, up, down};
    for (auto [bias, weight] : llvm::zip(expert.getBiases(), weights))
      equateDims(sizes, bias, weight, {0, 1});
  }
};

struct CombineModel : Model<CombineModel, CombineOp> {
  void relateSizes(Operation *op, SizeRelations &sizes) const {
    auto combine = cast<CombineOp>(op);
    sizes.equateShapes(combine.getWeights(), combine.getIndices());
    equateDims(sizes, combine.getWeights(), combine.getResult(), {0, 1});
    equateDims(sizes, combine.getY(), combine.getResult(), {2});
  }
};

} // namespace

void sizes::attachMoeModels(MLIRContext *context) {
  RouterOp::attachInterface<RouterModel>(*context);
  DispatchOp::attachInterface<DispatchModel>(*context);
  ExpertOp::attachInterface<ExpertModel>(*context);
  CombineOp::attachInterface<CombineModel>(*context);
}
