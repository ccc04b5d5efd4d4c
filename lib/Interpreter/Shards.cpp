//===- Shards.cpp - Whole tensors and what ranks hold of them -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Shards.h"
#include "mlir/IR/Diagnostics.h"

#include <cmath>

using namespace mlir;
using namespace mlir::dag;

/// Whether an element of the type can be kept as a double.
static bool hasNumbers(Type element) {
  constexpr unsigned kMaxWidth = 64;
  if (auto integer = dyn_cast<IntegerType>(element))
    return integer.getWidth() > 0 && integer.getWidth() <= kMaxWidth;
  return isa<FloatType>(element);
}

LogicalResult dag::checkSize(Operation *op, Type type) {
  if (auto transfer = dyn_cast<TransferType>(type))
    type = transfer.getPayload();
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return op->emitError() << "expected tensors, but got " << type;
  if (!hasNumbers(tensor.getElementType()))
    return op->emitError()
           << "expected elements that are floats, or integers of 1 to 64 bits, "
              "but got "
           << type;
  std::optional<int64_t> elements = 1;
  for (int64_t size : tensor.getShape()) {
    if (ShapedType::isDynamic(size))
      return op->emitError() << "expected static sizes, but got " << type;
    elements = elements ? multiplySizes(*elements, size) : elements;
  }
  if (!elements || *elements > kMaxElements)
    return op->emitError() << "expected a tensor of at most " << kMaxElements
                           << " elements, but got " << type;
  return success();
}

LogicalResult dag::checkWhole(Operation *op, const Tensor &whole,
                              RankedTensorType type) {
  if (whole.getShape() == ArrayRef<int64_t>(getUnpaddedShape(type)))
    return success();
  return op->emitError() << "expected a tensor of the shape of " << type;
}

FailureOr<Tensor> dag::assemble(Operation *op, RankedTensorType type,
                                ArrayRef<RankContext> ranks,
                                ArrayRef<Tensor> shards) {
  Tensor whole(getUnpaddedShape(type));
  std::vector<bool> known(whole.getNumElements());
  for (size_t i = 0; i < ranks.size(); ++i) {
    const Tensor &shard = shards[i];
    if (!shard.exists())
      continue;
    bool agrees = true;
    ranks[i].forEachElement(type, [&](int64_t from, int64_t index) {
      // Not a number stays so.
      bool isSame = whole[index] == shard[from] ||
                    (std::isnan(whole[index]) && std::isnan(shard[from]));
      if (known[index] && !isSame && agrees) {
        agrees = false;
        op->emitError() << "expected all ranks to hold the same, but element "
                        << index << " is " << whole[index] << " and "
                        << shard[from];
      }
      whole[index] = shard[from];
      known[index] = true;
    });
    if (!agrees)
      return failure();
  }
  if (llvm::is_contained(known, false))
    return op->emitError() << "expected a value on some rank, but some of its "
                              "elements are on none";
  return whole;
}
