//===- WholeType.cpp - The type of a tensor as a checkpoint has it -*- C++
//-*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/IR/WholeType.h"
#include "dag/Dialect/Dag/IR/Sharding.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::dag;

Type dag::getWholeType(Type type) {
  std::optional<ShardedType> sharded = ShardedType::get(type);
  if (!sharded)
    return type;
  for (auto [size, dim] : llvm::zip_equal(sharded->shape, sharded->dims))
    if (!ShapedType::isDynamic(size) && dim.getPad() < size)
      size -= dim.getPad();
  return RankedTensorType::get(sharded->shape, sharded->elementType);
}
