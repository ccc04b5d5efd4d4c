//===- Products.h - What products of tiles are like -------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_DIALECT_TILE_IR_PRODUCTS_H
#define DAG_LIB_DIALECT_TILE_IR_PRODUCTS_H

#include "dag/Dialect/Tile/IR/Tile.h"

namespace mlir::dag::tile {

/// The extents of a product of two tiles, whose last axis is contracted.
ExtentsAttr getProductExtents(BufferType lhs, BufferType rhs);

/// What is wrong with the numbers of two tiles of a slot, or nothing.
std::string describeTileFault(ArrayRef<BufferType> tiles, uint64_t lhs,
                              uint64_t rhs);

} // namespace mlir::dag::tile

#endif // DAG_LIB_DIALECT_TILE_IR_PRODUCTS_H
