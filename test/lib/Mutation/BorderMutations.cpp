//===- BorderMutations.cpp - What does not belong into a plan ---*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Results of other numbers, ops of other dialects and of programs of ranks, the
// axis of the stages inside of a stage.
//
//===----------------------------------------------------------------------===//

#include "Mutation.h"

using namespace mlir;
using namespace mlir::dag;
using namespace mlir::dag::mutation;

/// One result of an op in the place of another one.
static void otherResult(Sites &sites) {
  sites.getPlan().walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (isa<StageOp, LayerOp>(op))
      return;
    for (OpResult a : op->getResults())
      for (OpResult b : op->getResults())
        if (a != b && a.getType() == b.getType() && !a.use_empty())
          sites.add(op,
                    "result " + Twine(b.getResultNumber()) +
                        " in the place of result " + Twine(a.getResultNumber()),
                    [a, b]() mutable { a.replaceAllUsesWith(b); });
  });
}

/// Puts an op of `value` with itself behind it.
static void squareAll(Value value, StringRef name) {
  OpBuilder builder(value.getContext());
  value.getContext()->getOrLoadDialect(name.split('.').first);
  builder.setInsertionPointAfterValue(value);
  Operation *op =
      createOp(builder, value.getLoc(), name, {value, value}, value.getType());
  value.replaceAllUsesExcept(op->getResult(0), op);
}

/// What is not linear, in a dialect without typing rules, on summands.
static void foreignProduct(Sites &sites) {
  sites.getPlan().walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (op->getNumResults() != 1)
      return;
    Value result = op->getResult(0);
    std::optional<ShardedType> type = ShardedType::get(result.getType());
    if (!type || !type->hasPartial() || !isa<FloatType>(type->elementType))
      return;
    for (StringRef name : {"arith.mulf", "arith.maximumf"})
      sites.add(op, name + " of its summands",
                [result, name] { squareAll(result, name); },
                {"DAG505", name == "arith.maximumf"
                               ? "the larger of two equal numbers is both"
                               : ""});
  });
}

/// An op of programs of ranks on parts of tensors.
static void rankOp(Sites &sites) {
  sites.forEach<AttentionScoresOp>([&](AttentionScoresOp scores) {
    Value value = scores->getResult(0);
    if (hasSharding(value.getType()))
      sites.add(scores, "biased by dag.alibi", [value] {
        OpBuilder builder(value.getContext());
        builder.setInsertionPointAfterValue(value);
        int64_t heads = cast<RankedTensorType>(value.getType()).getDimSize(1);
        Operation *op = createOp(
            builder, value.getLoc(), "dag.alibi", value, value.getType(),
            {builder.getNamedAttr("heads", builder.getI64IntegerAttr(heads)),
             builder.getNamedAttr("base", builder.getF64FloatAttr(8.0)),
             builder.getNamedAttr("operandSegmentSizes",
                                  builder.getDenseI32ArrayAttr({1, 0, 0}))});
        Value(value).replaceAllUsesExcept(op->getResult(0), op);
      });
  });
}

/// A parameter of a stage is split over the axis on which stages lie.
static void stageAxis(Sites &sites) {
  StringAttr axis = sites.getStageAxis();
  if (!axis || sites.getMesh().getSize(axis).value_or(1) < 2)
    return;
  sites.forEach<ParameterOp>([&](ParameterOp op) {
    auto type = cast<RankedTensorType>(op.getType());
    if (type.getDimSize(0) % *sites.getMesh().getSize(axis) == 0)
      sites.add(op, "split over " + axis.getValue(),
                [op, type, axis]() mutable {
                  op->getResult(0).setType(withDim(type, 0, axis));
                });
  });
}

ArrayRef<Kind> mutation::getBorderKinds() {
  static const Kind kinds[] = {
      {"other-result",
       {"DAG79", "the same data comes twice"},
       "another result of an op",
       otherResult},
      {"foreign-product",
       {"DAG505", ""},
       "an op of another dialect on a pending sum",
       foreignProduct},
      {"rank-op",
       {"DAG508", ""},
       "an op of programs of ranks on parts of a tensor",
       rankOp},
      {"stage-axis",
       {"DAG509", "a stage has one coordinate on its axis"},
       "a weight is split over the axis of the stages",
       stageAxis},
  };
  return kinds;
}
