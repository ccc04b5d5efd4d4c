//===- Transfer.cpp - Sizes of transfers -*- C++ -*-===//
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

/// What goes from stage to stage has the shape of its buffer.
template <typename OpT>
struct TransferModel : Model<TransferModel<OpT>, OpT> {
  void relateSizes(Operation *op, SizeRelations &sizes) const {
    sizes.equateShapes(op->getOperand(0), op->getResult(0));
    FlatSymbolRefAttr name = cast<OpT>(op).getBufferAttr();
    if (auto buffer = dyn_cast_if_present<CommBufferOp>(sizes.lookup(op, name)))
      sizes.equateShapes(sizes.getShape(op->getResult(0)),
                         sizes.getShape(buffer, "type"));
  }
};

} // namespace

void sizes::attachTransferModels(MLIRContext *context) {
  attachModels<TransferModel, SendOp, RecvOp>(context);
  attachModels<EmptyModel, CommBufferOp>(context);
}
