//===- Inference.h - Types that others follow from -------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_DIALECT_TILE_IR_INFERENCE_H
#define DAG_LIB_DIALECT_TILE_IR_INFERENCE_H

#include "dag/Dialect/Tile/IR/Tile.h"

namespace mlir::dag::tile {

/// The type of an operand that types of results follow from, or null with a
/// message: results are inferred before operands are verified.
template <typename TypeT>
TypeT getInferredFrom(std::optional<Location> location, Value operand,
                      StringRef name) {
  auto type = dyn_cast<TypeT>(operand.getType());
  if (!type)
    (void)emitOptionalError(location, "expected a type '!", TypeT::name,
                            "' as '", name, "', but got ", operand.getType());
  return type;
}

} // namespace mlir::dag::tile

#endif // DAG_LIB_DIALECT_TILE_IR_INFERENCE_H
