//===- Elements.cpp - Constants in other shapes -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dag/Dialect/Dag/IR/Elements.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mlir::dag;

bool dag::areRoundedFloats(Type type) {
  Type element = getElementTypeOrSelf(type);
  return isa<FloatType>(element) && element.getIntOrFloatBitWidth() <= 8;
}

DenseElementsAttr dag::resizeElements(DenseElementsAttr value,
                                      RankedTensorType type) {
  if (value.isSplat())
    return value.resizeSplat(type);
  ArrayRef<int64_t> from = value.getType().getShape(), to = type.getShape();
  if (from == to)
    return value.reshape(type);
  SmallVector<Attribute> resized(
      type.getNumElements(),
      Builder(type.getContext()).getZeroAttr(type.getElementType()));
  for (auto [index, element] : llvm::enumerate(value.getValues<Attribute>())) {
    int64_t rest = index, place = 0, stride = 1;
    bool fits = true;
    for (unsigned dim = from.size(); dim-- > 0;) {
      int64_t position = rest % from[dim];
      rest /= from[dim];
      fits &= position < to[dim];
      place += position * stride;
      stride *= to[dim];
    }
    if (fits)
      resized[place] = element;
  }
  return DenseElementsAttr::get(type, resized);
}
