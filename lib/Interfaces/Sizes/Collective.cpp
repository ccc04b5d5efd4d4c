//===- Collective.cpp - Sizes before and after a collective -*- C++ -*-===//
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

/// The global tensor stays as it is, but for padding that comes or goes.
template <typename OpT>
struct CollectiveModel : Model<CollectiveModel<OpT>, OpT> {
  void relateSizes(Operation *op, SizeRelations &sizes) const {
    Value result = op->getResult(0);
    int64_t rank = sizes.getShape(result).rank;
    for (int64_t dim = 0; dim < rank; ++dim)
      sizes.equateDims(op->getOperand(0), dim, result, dim);
    if (auto dim = op->getAttrOfType<IntegerAttr>("dim"))
      sizes.bindPadding(op, "pad", result, dim.getInt());
  }
};

} // namespace

void sizes::attachCollectiveModels(MLIRContext *context) {
  attachModels<CollectiveModel, AllReduceOp, AllGatherOp, ReduceScatterOp,
               SliceOp, AllToAllOp, BroadcastOp, ScatterOp, GatherOp>(context);
}
