//===- Elements.h - Constants in other shapes -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_IR_ELEMENTS_H
#define DAG_DIALECT_DAG_IR_ELEMENTS_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"

namespace mlir::dag {

/// True for floats of 8 bits or fewer, as tensors or elements. Rounding to the
/// few values that they can say is a function of the model, not a matter of
/// precision.
bool areRoundedFloats(Type type);

/// The elements of `value` as a tensor of `type`, which has its rank and
/// element type: what has no place in a dimension is left out, what is new is
/// zero. That is how padding comes and goes.
DenseElementsAttr resizeElements(DenseElementsAttr value,
                                 RankedTensorType type);

} // namespace mlir::dag

#endif // DAG_DIALECT_DAG_IR_ELEMENTS_H
