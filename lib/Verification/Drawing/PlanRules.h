//===- PlanRules.h - Typing rules of plans, asked of shapes -----*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_VERIFICATION_DRAWING_PLANRULES_H
#define DAG_LIB_VERIFICATION_DRAWING_PLANRULES_H

#include "dag/Dialect/Dag/IR/Dag.h"
#include "llvm/ADT/DenseMap.h"

#include <optional>

namespace mlir::dag {

/// The sizes of a tensor.
using Sizes = SmallVector<int64_t, 4>;

/// Asks the typing rules of the ops of a plan what shape follows from those of
/// the operands. A symbol of a drawing is a size of its own, and a symbol
/// again in what follows. Nothing follows where a rule rejects its operands.
class PlanRules {
public:
  explicit PlanRules(MLIRContext *context) : context(context) {}

  /// False for what stands for a symbol.
  static bool isNumber(int64_t size);
  Sizes toSizes(DimsAttr dims);
  DimsAttr toDims(ArrayRef<int64_t> sizes) const;

  /// `[B, T, heads, d]` twice to `[B, heads, S, T]`.
  std::optional<Sizes> inferScores(const Sizes &q, const Sizes &k);
  /// `[B, heads, S, T]` and `[B, T, heads, d]` to `[B, S, heads, d]`.
  std::optional<Sizes> inferWeightedSum(const Sizes &weights, const Sizes &v);
  /// `[B, heads, S, T]`.
  std::optional<Sizes> inferWeights(const Sizes &scores);
  std::optional<Sizes> inferActivation(const Sizes &x);
  std::optional<Sizes> inferDropout(const Sizes &x);
  std::optional<Sizes> inferNorm(const Sizes &x);
  std::optional<Sizes> inferRotation(const Sizes &x);
  std::optional<Sizes> inferSum(const Sizes &lhs, const Sizes &rhs);
  std::optional<Sizes> inferProduct(const Sizes &lhs, const Sizes &rhs);
  /// The product of the two halves of `x`.
  std::optional<Sizes> inferGated(const Sizes &x);
  std::optional<Sizes> inferLinear(const Sizes &x, int64_t width);
  /// Tokens to hidden states.
  std::optional<Sizes> inferEmbedding(const Sizes &ids, int64_t width);
  /// `[B, T, heads, d]`, with room for new tokens.
  std::optional<Sizes> inferCache(const Sizes &cache, const Sizes &tokens);
  /// The values of a fused projection to heads of one size.
  std::optional<Sizes> inferValues(const Sizes &x, int64_t heads,
                                   int64_t kvHeads, int64_t headDim);

private:
  RankedTensorType getFloats(ArrayRef<int64_t> sizes) const;
  RankedTensorType getIntegers(ArrayRef<int64_t> sizes) const;
  /// The result `index` of an op, if its rule takes these operands.
  std::optional<Sizes> ask(StringRef opName, ArrayRef<Type> operands,
                           ArrayRef<NamedAttribute> attrs = {},
                           unsigned index = 0);
  NamedAttribute getNumber(StringRef name, double value) const;
  NamedAttribute getInteger(StringRef name, int64_t value) const;

  MLIRContext *context;
  DenseMap<StringAttr, int64_t> symbols;
  SmallVector<StringAttr> symbolOf;
};

} // namespace mlir::dag

#endif // DAG_LIB_VERIFICATION_DRAWING_PLANRULES_H
