//===- ElementwiseModels.cpp - Arithmetic of upstream -----------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A plan may hold arithmetic of another dialect, element by element. A rank
// does it on what it holds, summands of pending sums included.
//
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace mlir::dag;

/// Wraps around at the width of integers; floats are rounded by who keeps them.
static double wrap(double value, Type element) {
  auto integer = dyn_cast<IntegerType>(element);
  if (!integer || integer.getWidth() == 0 || integer.getWidth() >= 64)
    return value;
  return static_cast<double>(llvm::SignExtend64(
      static_cast<uint64_t>(static_cast<int64_t>(value)), integer.getWidth()));
}

namespace {
/// The integer that the bits of the operand are, with a sign: that of a truth
/// value is -1.
struct Signed {};

/// Applies `FunctionT` to the elements of one or two operands.
template <typename OpT, typename FunctionT>
struct ElementwiseModel
    : InterpretOpInterface::ExternalModel<ElementwiseModel<OpT, FunctionT>,
                                          OpT> {
  LogicalResult interpret(Operation *op, const RankContext &,
                          ArrayRef<const Tensor *> tensors,
                          SmallVectorImpl<Tensor> &results) const {
    auto type = dyn_cast<ShapedType>(op->getResult(0).getType());
    if (!type)
      return op->emitError()
             << "expected tensors, but got " << op->getResult(0).getType();
    Tensor result = *tensors[0];
    for (int64_t i = 0, e = result.getNumElements(); i < e; ++i) {
      double value;
      if constexpr (std::is_invocable_v<FunctionT, double, double>)
        value = FunctionT()((*tensors[0])[i], (*tensors[1])[i]);
      else if constexpr (std::is_same_v<FunctionT, Signed>)
        value = wrap((*tensors[0])[i], getElementTypeOrSelf(op->getOperand(0)));
      else
        value = FunctionT()((*tensors[0])[i]);
      result[i] = wrap(value, type.getElementType());
    }
    results.push_back(std::move(result));
    return success();
  }
};

struct Add {
  double operator()(double a, double b) const { return a + b; }
};
struct Subtract {
  double operator()(double a, double b) const { return a - b; }
};
struct Multiply {
  double operator()(double a, double b) const { return a * b; }
};
struct Divide {
  double operator()(double a, double b) const { return a / b; }
};
/// Of something that is no number it is no number.
struct Maximum {
  double operator()(double a, double b) const {
    return std::isnan(a) || std::isnan(b) ? NAN : std::max(a, b);
  }
};
struct Minimum {
  double operator()(double a, double b) const {
    return std::isnan(a) || std::isnan(b) ? NAN : std::min(a, b);
  }
};
/// The other one, if one is no number.
struct MaxNumber {
  double operator()(double a, double b) const { return std::fmax(a, b); }
};
struct MinNumber {
  double operator()(double a, double b) const { return std::fmin(a, b); }
};
struct Negate {
  double operator()(double a) const { return -a; }
};
struct Same {
  double operator()(double a) const { return a; }
};
} // namespace

template <typename FunctionT, typename... OpTs>
static void attach(MLIRContext *context) {
  (OpTs::template attachInterface<ElementwiseModel<OpTs, FunctionT>>(*context),
   ...);
}

void dag::attachElementwiseModels(MLIRContext *context) {
  attach<Add, arith::AddFOp, arith::AddIOp>(context);
  attach<Subtract, arith::SubFOp, arith::SubIOp>(context);
  attach<Multiply, arith::MulFOp, arith::MulIOp>(context);
  attach<Divide, arith::DivFOp>(context);
  attach<Maximum, arith::MaximumFOp, arith::MaxSIOp>(context);
  attach<Minimum, arith::MinimumFOp, arith::MinSIOp>(context);
  attach<MaxNumber, arith::MaxNumFOp>(context);
  attach<MinNumber, arith::MinNumFOp>(context);
  attach<Negate, arith::NegFOp>(context);
  attach<Same, arith::ExtFOp, arith::TruncFOp>(context);
  attach<Signed, arith::ExtSIOp, arith::SIToFPOp>(context);
}
