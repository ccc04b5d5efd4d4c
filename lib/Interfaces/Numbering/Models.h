//===- Models.h - What models of ops share -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_INTERFACES_NUMBERING_MODELS_H
#define DAG_LIB_INTERFACES_NUMBERING_MODELS_H

#include "dag/Interfaces/NumberingOpInterface.h"

namespace mlir::dag {

using ValueNumbers = ArrayRef<ValueNumber>;

template <typename ConcreteT, typename OpT>
using NumberingModel = NumberingOpInterface::ExternalModel<ConcreteT, OpT>;

/// Results are functions of all operands and of the attributes.
template <typename OpT>
struct FunctionModel : NumberingModel<FunctionModel<OpT>, OpT> {
  LogicalResult number(Operation *op, NumberingContext &context,
                       ValueNumbers operands) const {
    return context.numberAsFunction(op, operands);
  }
};

/// The result is the first operand, as a global tensor.
template <typename OpT>
struct ErasedModel : NumberingModel<ErasedModel<OpT>, OpT> {
  LogicalResult number(Operation *op, NumberingContext &context,
                       ValueNumbers operands) const {
    return context.defineResult(op, operands[0]);
  }
};

/// The op computes nothing.
template <typename OpT>
struct EmptyModel : NumberingModel<EmptyModel<OpT>, OpT> {
  LogicalResult number(Operation *, NumberingContext &, ValueNumbers) const {
    return success();
  }
  bool followsSlots(Operation *, unsigned) const { return true; }
};

/// True if the results of `op` are rounded to the few values of floats of 8
/// bits or fewer, or wrap as sums and products of integers do: such are not put
/// in another order, nor scaled one by one, and are other ones in other types.
bool isRounded(Operation *op);

/// Doubts a contraction of two tensors, over a dimension of each, that adds up
/// padding which need not be zero.
void doubtPadding(Operation *op, NumberingContext &context, Value left,
                  int64_t leftDim, Value right, int64_t rightDim);

/// Makes what an op computes of operands.
using MakeNumber = function_ref<ValueNumber(ValueNumbers)>;

/// What `op` gives, which works on each token alone: `makeNumber` of the
/// operands. Of the last tokens of values it is the last token of what it gives
/// of all, so that it does not matter where they are taken. The first
/// `numValues` operands have tokens.
ValueNumber makeOfTokens(Operation *op, NumberingContext &context,
                         ValueNumbers operands, unsigned numValues,
                         MakeNumber makeNumber);

/// Results are functions of each token of the first operand, and of all others.
template <typename OpT>
struct TokenModel : NumberingModel<TokenModel<OpT>, OpT> {
  LogicalResult number(Operation *op, NumberingContext &context,
                       ValueNumbers operands) const {
    for (OpResult result : op->getResults())
      context.define(
          result, makeOfTokens(op, context, operands, 1, [&](auto values) {
            return context.makeFunction(values, op, result.getResultNumber());
          }));
    return success();
  }
};

/// A product with a weight. A bias is a summand of its own.
template <typename OpT>
struct BiasedModel : NumberingModel<BiasedModel<OpT>, OpT> {
  LogicalResult number(Operation *op, NumberingContext &context,
                       ValueNumbers operands) const {
    auto product = cast<OpT>(op);
    // Heads are the features of what they are joined to.
    int64_t rank = product.getX().getType().getRank();
    bool joinsHeads = std::is_same_v<OpT, OutputProjectionOp>;
    doubtPadding(op, context, product.getX(), joinsHeads ? 2 : rank - 1,
                 product.getWeight(), 1);
    auto makeProduct = [&](ValueNumbers values) {
      if (values.size() == 2 || isRounded(op))
        return context.makeFunction(values, op);
      return context.makeBiased(context.makeFunction(values.take_front(2), op),
                                values[2], op);
    };
    return context.defineResult(
        op, makeOfTokens(op, context, operands, 1, makeProduct));
  }
};

/// A parameter, an input or a KV cache: it is its name, its global type and
/// where it comes from.
LogicalResult numberLeaf(Operation *op, NumberingContext &context,
                         StringAttr name, Attribute checkpoint = {});

template <template <typename> class ModelT, typename... OpTs>
void attachNumberingModels(MLIRContext *context) {
  (OpTs::template attachInterface<ModelT<OpTs>>(*context), ...);
}

void attachStructureNumbering(MLIRContext *context);
void attachComputeNumbering(MLIRContext *context);
void attachAttentionNumbering(MLIRContext *context);
void attachAbsorbedNumbering(MLIRContext *context);
void attachMoeNumbering(MLIRContext *context);
void attachCollectiveNumbering(MLIRContext *context);
void attachTransferNumbering(MLIRContext *context);
void attachSummandModels(MLIRContext *context);

} // namespace mlir::dag

#endif // DAG_LIB_INTERFACES_NUMBERING_MODELS_H
