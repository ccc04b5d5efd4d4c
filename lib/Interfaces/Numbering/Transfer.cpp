//===- Transfer.cpp - Transfers give what they are given -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"

using namespace mlir;
using namespace mlir::dag;

void dag::attachTransferNumbering(MLIRContext *context) {
  attachNumberingModels<ErasedModel, SendOp, RecvOp>(context);
  CommBufferOp::attachInterface<EmptyModel<CommBufferOp>>(*context);
}
