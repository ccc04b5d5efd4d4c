//===- WholeType.h - The type of a tensor as a checkpoint has it -*- C++
//-*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_DIALECT_DAG_IR_WHOLETYPE_H
#define DAG_DIALECT_DAG_IR_WHOLETYPE_H

#include "mlir/IR/BuiltinTypes.h"

namespace mlir::dag {

/// The tensor with its global shape, without padding and sharding; any other
/// type as it is.
Type getWholeType(Type type);

} // namespace mlir::dag

#endif // DAG_DIALECT_DAG_IR_WHOLETYPE_H
