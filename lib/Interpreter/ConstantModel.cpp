//===- ConstantModel.cpp - Constants of tests -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "dag/Dialect/Dag/IR/ForeignOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::dag;

static double toDouble(APFloat value) {
  bool losesInfo;
  (void)value.convert(llvm::APFloat::IEEEdouble(),
                      llvm::APFloat::rmNearestTiesToEven, &losesInfo);
  return value.convertToDouble();
}

/// The whole tensor, padding included.
static FailureOr<Tensor> toTensor(Operation *op, Attribute value) {
  auto elements = dyn_cast<DenseElementsAttr>(value);
  if (!elements)
    return op->emitError() << "expected dense elements, but got " << value;
  Tensor tensor(elements.getType().getShape());
  Type type = elements.getElementType();
  if (isa<FloatType>(type)) {
    for (auto [i, number] : llvm::enumerate(elements.getValues<APFloat>()))
      tensor[i] = toDouble(number);
    return tensor;
  }
  bool isUnsigned = type.isUnsignedInteger() || type.isInteger(1);
  for (auto [i, number] : llvm::enumerate(elements.getValues<APInt>()))
    tensor[i] =
        isUnsigned ? number.roundToDouble() : number.signedRoundToDouble();
  return tensor;
}

namespace {
/// A rank holds its shard of a constant, as the type says. What the constant
/// has in the place of padding means nothing.
struct ConstantModel
    : InterpretOpInterface::ExternalModel<ConstantModel, arith::ConstantOp> {
  LogicalResult interpret(Operation *op, const RankContext &rank,
                          ArrayRef<const Tensor *>,
                          SmallVectorImpl<Tensor> &results) const {
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    if (ShardedType sharded(type); sharded.hasPartial() && !isZeroConstant(op))
      return op->emitError() << "expected a constant without a pending sum, "
                                "but got one over "
                             << formatAxes(sharded.partial);
    if (!rank.holds(type)) {
      results.emplace_back();
      return success();
    }
    FailureOr<Tensor> whole =
        toTensor(op, cast<arith::ConstantOp>(op).getValue());
    if (failed(whole))
      return failure();
    for (auto [dim, size] : llvm::enumerate(getUnpaddedShape(type)))
      *whole = whole->slice(dim, 0, size);
    results.push_back(rank.getShard(*whole, type));
    return success();
  }
};
} // namespace

void dag::attachConstantModel(MLIRContext *context) {
  arith::ConstantOp::attachInterface<ConstantModel>(*context);
}
