//===- CheckModels.cpp - Asserts, on what a rank holds -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "dag/Dialect/Check/IR/Check.h"
#include "dag/Dialect/Dag/IR/Number.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/bit.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace mlir::dag;

using Tensors = ArrayRef<const Tensor *>;
using Results = SmallVectorImpl<Tensor>;

/// The unit in the last place that `type` has at `value`.
static double getUlp(FloatType type, double value) {
  const llvm::fltSemantics &semantics = type.getFloatSemantics();
  int exponent = llvm::APFloat::semanticsMinExponent(semantics);
  if (value != 0 && std::isfinite(value))
    exponent = std::max(exponent, std::ilogb(value));
  int digits =
      static_cast<int>(llvm::APFloat::semanticsPrecision(semantics)) - 1;
  return std::ldexp(1.0, exponent - digits);
}

/// How far two numbers are apart; infinity where they can't be compared.
static double getDistance(double a, double b) {
  if (a == b || (std::isnan(a) && std::isnan(b)))
    return 0;
  double distance = std::fabs(a - b);
  return std::isnan(distance) ? std::numeric_limits<double>::infinity()
                              : distance;
}

static bool isEqual(double a, double b) {
  return llvm::bit_cast<uint64_t>(a) == llvm::bit_cast<uint64_t>(b) ||
         (std::isnan(a) && std::isnan(b));
}

/// `[1, 0, 3]`, for a row-major index into the whole tensor.
static std::string formatIndex(int64_t index, RankedTensorType type) {
  SmallVector<int64_t, 4> shape = getUnpaddedShape(type);
  SmallVector<int64_t, 4> indices(shape.size());
  for (unsigned dim = shape.size(); dim-- > 0; index /= shape[dim])
    indices[dim] = index % shape[dim];
  std::string text = "[";
  llvm::raw_string_ostream os(text);
  llvm::interleaveComma(indices, os);
  return text + "]";
}

static std::string formatElement(double value, Type type) {
  bool isWhole = isa<IntegerType>(type) && std::fabs(value) < 0x1p63;
  return isWhole ? std::to_string(static_cast<int64_t>(value))
                 : formatNumber(value);
}

/// Looks at the elements of a rank that are no padding, and complains about the
/// first one that does not pass. `within` says what would, `describe` how far
/// off a distance is.
static LogicalResult
compare(Operation *op, const RankContext &rank, Tensors tensors,
        function_ref<bool(double, double)> passes, const Twine &within,
        function_ref<std::string(double distance, double expected)> describe) {
  auto type = cast<RankedTensorType>(op->getOperand(0).getType());
  Type element = type.getElementType();
  const Tensor &actual = *tensors[0], &expected = *tensors[1];
  int64_t numElements = 0, numWrong = 0, first = 0, firstOfAll = 0;
  rank.forEachElement(type, [&](int64_t i, int64_t index) {
    ++numElements;
    if (passes(actual[i], expected[i]) || numWrong++ > 0)
      return;
    first = i;
    firstOfAll = index;
  });
  if (numWrong == 0)
    return success();
  double wanted = expected[first];
  InFlightDiagnostic diagnostic =
      op->emitOpError("expected element ")
      << formatIndex(firstOfAll, type) << " to be "
      << formatElement(wanted, element) << within << ", but got "
      << formatElement(actual[first], element) << " on rank "
      << rank.getIndex(rank.getMesh().getAxes());
  double distance = getDistance(actual[first], wanted);
  if (std::isfinite(distance))
    diagnostic << ", " << describe(distance, wanted) << " away";
  return diagnostic << " (" << numWrong << " of its " << numElements
                    << " elements differ)";
}

namespace {

template <typename ConcreteT, typename OpT>
using Model = InterpretOpInterface::ExternalModel<ConcreteT, OpT>;

struct EqualModel : Model<EqualModel, check::EqualOp> {
  LogicalResult interpret(Operation *op, const RankContext &rank,
                          Tensors tensors, Results &) const {
    Type type = cast<check::EqualOp>(op).getActual().getType().getElementType();
    return compare(
        op, rank, tensors, isEqual, "",
        [&](double distance, double expected) -> std::string {
          auto floatType = dyn_cast<FloatType>(type);
          if (!floatType)
            return formatElement(distance, type);
          return formatNumber(distance / getUlp(floatType, expected)) + " ulp";
        });
  }
};

struct CloseModel : Model<CloseModel, check::CloseOp> {
  LogicalResult interpret(Operation *op, const RankContext &rank,
                          Tensors tensors, Results &) const {
    auto close = cast<check::CloseOp>(op);
    RankedTensorType type = close.getExpected().getType();
    auto floatType = cast<FloatType>(type.getElementType());
    if (std::optional<double> bound = toDouble(close.getUlp()))
      return compareWithin(
          op, rank, tensors,
          [&](double expected) { return *bound * getUlp(floatType, expected); },
          formatNumber(*bound) + " ulp",
          [&](double distance, double expected) {
            return formatNumber(distance / getUlp(floatType, expected)) +
                   " ulp";
          });
    if (std::optional<double> bound = toDouble(close.getRelative())) {
      double largest = 0;
      rank.forEachElement(type, [&](int64_t i, int64_t) {
        double magnitude = std::fabs((*tensors[1])[i]);
        if (std::isfinite(magnitude))
          largest = std::max(largest, magnitude);
      });
      return compareWithin(
          op, rank, tensors, [&](double) { return *bound * largest; },
          formatNumber(*bound) + " of " + formatNumber(largest),
          [&](double distance, double) {
            return formatNumber(distance / largest) + " of it";
          });
    }
    double bound = *toDouble(close.getAbsolute());
    return compareWithin(
        op, rank, tensors, [&](double) { return bound; }, formatNumber(bound),
        [](double distance, double) { return formatNumber(distance); });
  }

private:
  static LogicalResult compareWithin(
      Operation *op, const RankContext &rank, Tensors tensors,
      function_ref<double(double expected)> getBound, const Twine &within,
      function_ref<std::string(double distance, double expected)> describe) {
    return compare(
        op, rank, tensors,
        [&](double actual, double expected) {
          return getDistance(actual, expected) <= getBound(expected);
        },
        " within " + within, describe);
  }
};

} // namespace

void dag::attachCheckModels(MLIRContext *context) {
  check::EqualOp::attachInterface<EqualModel>(*context);
  check::CloseOp::attachInterface<CloseModel>(*context);
}
