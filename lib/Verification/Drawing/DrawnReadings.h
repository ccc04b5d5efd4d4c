//===- DrawnReadings.h - Ways to read drawn shapes --------------*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_VERIFICATION_DRAWING_DRAWNREADINGS_H
#define DAG_LIB_VERIFICATION_DRAWING_DRAWNREADINGS_H

#include "PlanRules.h"
#include "dag/Graph/ShapeAgreement.h"

#include <memory>

namespace mlir::dag {

/// What follows from drawn shapes. A drawing writes one tensor in several ways:
/// heads before or behind the sequence, or joined to one width; without the
/// batch; queries, keys and values in one. Each reading is asked of the typing
/// rule of the plan's op.
class DrawnReadings {
public:
  /// What a node does to its operands.
  enum class Op {
    Kept,
    Norm,
    Dropout,
    Rotation,
    Weights,
    Activation,
    Sum,
    Product,
    Linear,
    Embedding,
    Scores,
    WeightedSum,
    Cache,
  };

  struct Answer {
    /// Whether some reading gives what is stated.
    Agreement agreement = Agreement::Open;
    /// What follows, of all readings.
    SmallVector<DimsAttr, 2> results;
    /// A symbol of one operand is stated where one of the other follows.
    bool takesOtherSymbol = false;
  };

  explicit DrawnReadings(MLIRContext *context) : rules(context) {}

  /// What an op makes of shapes, held against what is `stated` unless that is
  /// null. A fused operand is queries, keys and values in one width. The same
  /// question is answered once.
  const Answer &ask(Op op, DimsAttr stated, DimsAttr first,
                    DimsAttr second = {}, bool isFirstFused = false,
                    bool isSecondFused = false);

private:
  using Question = std::tuple<unsigned, Attribute, Attribute, Attribute>;

  using Results = std::optional<SmallVector<Sizes>>;

  struct Operands {
    DimsAttr stated, first, second;
    bool isFirstFused, isSecondFused;
  };
  /// What follows, of all readings; nothing at all where there is none.
  Results apply(Op op, const Operands &operands);
  Results applyUnary(Op op, DimsAttr x);
  Results applyLinear(DimsAttr stated, DimsAttr x);
  Results applyEmbedding(DimsAttr stated, DimsAttr ids);
  Results applyScores(const Operands &operands);
  Results applyWeightedSum(const Operands &operands);
  Results applyCache(DimsAttr cache, DimsAttr tokens);
  SmallVector<Sizes> readValues(const Operands &operands, const Sizes &weights);

  PlanRules rules;
  DenseMap<Question, std::unique_ptr<Answer>> answers;
};

/// True if `part` can be a piece of `whole`, or says the same in other words.
bool isSlice(DimsAttr whole, DimsAttr part);

} // namespace mlir::dag

#endif // DAG_LIB_VERIFICATION_DRAWING_DRAWNREADINGS_H
