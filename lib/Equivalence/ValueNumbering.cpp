//===- ValueNumbering.cpp - What a model computes, by numbers -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Equivalence/ValueNumbering.h"
#include "dag/Dialect/Check/IR/Check.h"

using namespace mlir;
using namespace mlir::dag;

/// An assert computes nothing, and what it alone looks at is not the model's.
bool ValueNumbering::isIgnored(Operation *op) {
  return check::isCheck(op) || checked.contains(op);
}

LogicalResult ValueNumbering::run(ModelOp model) {
  checked = check::findChecked(model);
  // Stages hold layers, and layers hold ops: the depth is bounded.
  return number(model.getBody().front());
}
