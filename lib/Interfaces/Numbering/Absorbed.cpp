//===- Absorbed.cpp - Numbers of absorbed latent attention -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Products of matrices are associative: `(q W) . c = q . (W c)`, so that scores
// of absorbed queries and latent vectors are those of queries and keys; and
// `(sum_j w_j c_j) V^T = sum_j w_j (c_j V^T)`, so that values may be made of
// the weighted sum. A value in between has a number of its own, beside which
// stands that of the value which it is in the other form.
//
//===----------------------------------------------------------------------===//

#include "Models.h"

using namespace mlir;
using namespace mlir::dag;

namespace {
struct AbsorbedQkvProjectionModel
    : NumberingModel<AbsorbedQkvProjectionModel, AbsorbedQkvProjectionOp> {
  /// Queries are of their own weight and that which they absorb.
  bool dependsOn(Operation *op, unsigned result, unsigned operand) const {
    auto qkv = cast<AbsorbedQkvProjectionOp>(op);
    OpOperand *of = &op->getOpOperand(operand);
    if (of == &qkv.getKRopeMutable())
      return result == 1;
    return (of == &qkv.getLatentMutable()) == (result != 0);
  }
  LogicalResult number(Operation *op, NumberingContext &context,
                       ValueNumbers operands) const {
    if (isRounded(op))
      return context.numberAsFunction(op, operands);
    auto qkv = cast<AbsorbedQkvProjectionOp>(op);
    ValueTable &table = context.getTable();
    AbsorbedValue value;
    value.weight = operands[4];
    value.nopeDim = qkv.getNopeDim();
    value.ropeDim = qkv.getRopeDim();
    value.vDim = qkv.getVDim();
    value.latentDim = qkv.getV().getType().getDimSize(3);
    uint32_t expanded = table.getOpcode(
        ValueOpcode::Op, LatentQkvProjectionOp::getOperationName(),
        table.getAttributes(table.getOpcodeOf(op)));
    static constexpr AbsorbedValue::Kind kinds[] = {
        AbsorbedValue::Query, AbsorbedValue::Key, AbsorbedValue::Value};
    for (auto [result, kind] : llvm::zip_equal(op->getResults(), kinds)) {
      unsigned index = result.getResultNumber();
      value.kind = kind;
      value.expanded = context.make(expanded, operands, op, index);
      context.define(result, context.makeAside(operands, op, index, value));
    }
    return success();
  }
};

/// Of the part of absorbed queries that is rotated: it stands behind the latent
/// there.
struct RotaryEmbeddingModel
    : NumberingModel<RotaryEmbeddingModel, RotaryEmbeddingOp> {
  LogicalResult number(Operation *op, NumberingContext &context,
                       ValueNumbers operands) const {
    auto rotary = cast<RotaryEmbeddingOp>(op);
    const AbsorbedValue *before = context.getAbsorbed(operands[0]);
    if (!before || before->kind != AbsorbedValue::Query ||
        static_cast<int64_t>(rotary.getOffset()) != before->latentDim ||
        static_cast<int64_t>(rotary.getRotaryDim().value_or(0)) !=
            before->ropeDim)
      return context.numberAsFunction(op, operands);
    AbsorbedValue value = *before;
    ValueTable &table = context.getTable();
    NamedAttrList attributes(table.getAttributes(table.getOpcodeOf(op)));
    Builder builder(op->getContext());
    attributes.set(rotary.getOffsetAttrName(),
                   builder.getI64IntegerAttr(value.nopeDim));
    SmallVector<ValueNumber, 2> expanded(operands);
    expanded[0] = value.expanded;
    value.expanded = context.make(table.getOpcode(ValueOpcode::Op,
                                                  op->getName().getStringRef(),
                                                  attributes.getAttrs()),
                                  expanded, op);
    return context.defineResult(op, context.makeAside(operands, op, 0, value));
  }
};

struct AttentionScoresModel
    : NumberingModel<AttentionScoresModel, AttentionScoresOp> {
  LogicalResult number(Operation *op, NumberingContext &context,
                       ValueNumbers operands) const {
    auto scores = cast<AttentionScoresOp>(op);
    doubtPadding(op, context, scores.getQ(), 3, scores.getK(), 3);
    const AbsorbedValue *q = context.getAbsorbed(operands[0]),
                        *k = context.getAbsorbed(operands[1]);
    if (!q || !k || q->kind != AbsorbedValue::Query ||
        k->kind != AbsorbedValue::Key || !q->hasWeightOf(*k))
      return context.numberAsFunction(op, operands);
    return context.numberAsFunction(op, {q->expanded, k->expanded});
  }
};

struct AttentionOutputModel
    : NumberingModel<AttentionOutputModel, AttentionOutputOp> {
  LogicalResult number(Operation *op, NumberingContext &context,
                       ValueNumbers operands) const {
    auto output = cast<AttentionOutputOp>(op);
    doubtPadding(op, context, output.getWeights(), 3, output.getV(), 1);
    const AbsorbedValue *v = context.getAbsorbed(operands[1]);
    if (!v || v->kind != AbsorbedValue::Value)
      return context.numberAsFunction(op, operands);
    AbsorbedValue sum = *v;
    sum.kind = AbsorbedValue::Sum;
    sum.expanded = context.makeFunction({operands[0], v->expanded}, op);
    return context.defineResult(op, context.makeAside(operands, op, 0, sum));
  }
};

struct AbsorbedValuesModel
    : NumberingModel<AbsorbedValuesModel, AbsorbedValuesOp> {
  LogicalResult number(Operation *op, NumberingContext &context,
                       ValueNumbers operands) const {
    auto values = cast<AbsorbedValuesOp>(op);
    const AbsorbedValue *sum = context.getAbsorbed(operands[0]);
    if (!sum || sum->kind != AbsorbedValue::Sum || sum->weight != operands[1] ||
        sum->nopeDim != static_cast<int64_t>(values.getNopeDim()) ||
        sum->vDim != static_cast<int64_t>(values.getVDim()))
      return context.numberAsFunction(op, operands);
    return context.defineResult(op, sum->expanded);
  }
};
} // namespace

void dag::attachAbsorbedNumbering(MLIRContext *context) {
  AbsorbedQkvProjectionOp::attachInterface<AbsorbedQkvProjectionModel>(
      *context);
  RotaryEmbeddingOp::attachInterface<RotaryEmbeddingModel>(*context);
  AttentionScoresOp::attachInterface<AttentionScoresModel>(*context);
  AttentionOutputOp::attachInterface<AttentionOutputModel>(*context);
  AbsorbedValuesOp::attachInterface<AbsorbedValuesModel>(*context);
}
