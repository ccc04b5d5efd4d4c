//===- Models.cpp - What cost models of ops share -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "dag/Dialect/Dag/IR/LookThrough.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::costs;

//===----------------------------------------------------------------------===//
// CostBuilder
//===----------------------------------------------------------------------===//

int64_t CostBuilder::known(int64_t size) {
  if (size >= 0)
    return size;
  // Sizes tell how many products there are, or how much of a tensor is read.
  cost.unknown.flops = cost.unknown.moved = true;
  return 0;
}

int64_t CostBuilder::elements(Value value) {
  const LocalTensor &tensor = context.getLocal(value.getType());
  return known(tensor.isKnown ? tensor.elements : -1);
}

int64_t CostBuilder::dim(Value value, unsigned index) {
  const LocalTensor &tensor = context.getLocal(value.getType());
  return known(index < tensor.shape.size() ? tensor.shape[index] : -1);
}

int64_t CostBuilder::bytes(Value value) {
  // What is stored is what is read; scales may be stored so, too.
  constexpr unsigned kMaxParts = 16;
  SmallVector<Value, kMaxParts> parts = {value};
  int64_t total = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    auto dequantize = parts[i].getDefiningOp<DequantizeOp>();
    if (dequantize && parts.size() < kMaxParts)
      llvm::append_range(parts, dequantize->getOperands());
    else
      total = addSaturating(total, bytesInMemory(parts[i]));
  }
  return total;
}

int64_t CostBuilder::bytesInMemory(Value value) {
  if (!isa<RankedTensorType>(value.getType()))
    return 0;
  const LocalTensor &tensor = context.getLocal(value.getType());
  cost.unknown.moved |= !tensor.isKnown;
  return tensor.bytes;
}

CostBuilder &CostBuilder::multiply(std::initializer_list<int64_t> factors) {
  cost.flops = addSaturating(
      cost.flops, multiplySaturating(2, multiplySaturating(factors)));
  return *this;
}

CostBuilder &CostBuilder::in(ValueRange values) {
  unsigned widest = 0;
  for (Value value : values) {
    Type type = getElementTypeOrSelf(value.getType());
    if (type.isIntOrFloat())
      widest = std::max(widest, type.getIntOrFloatBitWidth());
  }
  cost.width = widest <= 8    ? NumberWidth::Bits8
               : widest <= 16 ? NumberWidth::Bits16
                              : NumberWidth::Bits32;
  return *this;
}

CostBuilder &CostBuilder::read(int64_t bytes) {
  cost.bytesRead = addSaturating(cost.bytesRead, bytes);
  return *this;
}

CostBuilder &CostBuilder::write(int64_t bytes) {
  cost.bytesWritten = addSaturating(cost.bytesWritten, bytes);
  return *this;
}

CostBuilder &CostBuilder::read(ValueRange values) {
  for (Value value : values)
    read(bytes(value));
  return *this;
}

CostBuilder &CostBuilder::write(ValueRange values) {
  for (Value value : values)
    write(bytes(value));
  return *this;
}

//===----------------------------------------------------------------------===//
// Workspaces
//===----------------------------------------------------------------------===//

int64_t costs::getDim(const LivenessContext &context, Value value,
                      unsigned index) {
  const LocalTensor &tensor = context.costs.getLocal(value.getType());
  return tensor.isKnown && index < tensor.shape.size() ? tensor.shape[index]
                                                       : int64_t(0);
}

int64_t costs::getBytes(Value like, std::initializer_list<int64_t> sizes) {
  auto type = dyn_cast<RankedTensorType>(like.getType());
  if (!type || !type.getElementType().isIntOrFloat())
    return 0;
  int64_t bits = type.getElementType().getIntOrFloatBitWidth();
  return scaleSaturating(multiplySaturating(bits, multiplySaturating(sizes)), 1,
                         8);
}

bool costs::hasSoleUse(Value value, const LivenessContext &context) {
  // Parts of parts end in what computes.
  constexpr unsigned kMaxNames = 64;
  for (unsigned numNames = 0; numNames < kMaxNames; ++numNames) {
    if (!value.hasOneUse())
      return false;
    if (Value before = lookThroughRegion(value)) {
      value = before;
      continue;
    }
    auto result = dyn_cast<OpResult>(value);
    auto op = result ? dyn_cast<CostOpInterface>(result.getOwner()) : nullptr;
    if (!op)
      return static_cast<bool>(result);
    // In place where its operand has no other use.
    if (isa<AllReduceOp, CommAllReduceOp>(op))
      return true;
    ResultPlace place = op.getResultPlace(result, context);
    if (place.kind != ResultPlace::Kind::Shared)
      return true;
    value = place.source;
  }
  return false;
}
