//===- PartTyper.h - Types of the parts of attention -*- C++ -*-===//
//
// Part of the dag project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef DAG_LIB_DIALECT_DAG_IR_PARTTYPER_H
#define DAG_LIB_DIALECT_DAG_IR_PARTTYPER_H

#include "AttentionRules.h"
#include "Composites.h"

#include <array>

namespace mlir::dag {

/// Listens to what a composite of attention is made of, and applies the rule of
/// one part after the other, under the constraint of the composite that says
/// so. After a failure, which was reported, types mean nothing.
class PartTyper {
public:
  using Part = TypedOperand;
  using Pair = std::pair<TypedOperand, TypedOperand>;
  using Triple = std::array<TypedOperand, 3>;
  /// Of a weight, and of what it gives.
  using Names = std::pair<StringRef, StringRef>;

  explicit PartTyper(const TypingRule &rule) : rule(rule) {}

  MLIRContext *getContext() const { return rule.getContext(); }
  bool hasFailed() const { return isFailed; }

  Part take(StringRef constraint, Value value, StringRef name);

  Triple projectQkv(StringRef constraint, Value x, ArrayRef<Value> weights,
                    ValueRange biases, std::array<IntegerAttr, 3> figures);
  Triple projectLatent(StringRef constraint, const Part &qInput,
                       const Part &latent, const Part &shared, Value wq,
                       Value wkv, std::array<IntegerAttr, 4> figures,
                       bool isAbsorbed);
  Part absorbValues(StringRef constraint, const Part &x, Value wkv,
                    IntegerAttr nopeDim, IntegerAttr vDim);
  Part normalizeHeads(StringRef constraint, const Part &x, Value weight,
                      FloatAttr epsilon, UnitAttr unitOffset);
  Part rotate(StringRef constraint, const Part &x, Value position,
              const RotationAttrs &rotation);
  Part updateCache(StringRef constraint, Value cache, const Part &tokens,
                   Value position, Value pages);
  Part scores(StringRef constraint, const Part &q, const Part &k,
              FloatAttr scale);
  Part softCap(StringRef constraint, const Part &x, FloatAttr cap);
  Part weights(StringRef constraint, const Part &scores, Value position,
               Value sinks, MaskKind mask, IntegerAttr window, FloatAttr alibi);
  Part dropout(StringRef constraint, const Part &x, FloatAttr p);
  Part output(StringRef constraint, const Part &weights, const Part &v);
  Part projectBack(StringRef constraint, const Part &x, Value weight,
                   Value bias);

  Part linear(StringRef constraint, const Part &x, Value weight, RoleAttr role,
              Names names);
  Part normalize(StringRef constraint, const Part &x, Value weight,
                 FloatAttr epsilon, StringRef name);
  Pair splitOff(StringRef constraint, const Part &x, int64_t size, Names names);

private:
  Part keep(FailureOr<TypedOperand> part);
  Part keepIf(LogicalResult result, const Part &part);
  Triple keep(FailureOr<Qkv> qkv);

  TypingRule rule;
  bool isFailed = false;
};

/// The type that a composite of one result has, by those of its parts; the
/// constraint is that of the last.
inline LogicalResult addPartsResult(const TypingRule &rule,
                                    StringRef constraint,
                                    const PartTyper &parts,
                                    const TypedOperand &result,
                                    SmallVectorImpl<Type> &results) {
  if (parts.hasFailed())
    return failure();
  return rule.under(constraint).addResult(constraint, result, results);
}

} // namespace mlir::dag

#endif // DAG_LIB_DIALECT_DAG_IR_PARTTYPER_H
