//===- DescribeValues.h - Values in words -----------------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_EQUIVALENCE_DESCRIBEVALUES_H
#define DAG_LIB_EQUIVALENCE_DESCRIBEVALUES_H

#include "mlir/IR/Attributes.h"
#include "mlir/IR/Operation.h"

#include <string>

namespace mlir::dag {

/// ` of layer 3`, or nothing.
std::string describePlace(Operation *op);

/// An attribute in a message; `none` for null.
std::string formatAttribute(Attribute attribute);

/// What is done with a stored tensor, in words: `elements [0, 6) x [0, 4) of
/// [12, 4], transposed`.
std::string formatOrigin(Attribute attribute);

} // namespace mlir::dag

#endif // DAG_LIB_EQUIVALENCE_DESCRIBEVALUES_H
